"""A session: one SQLite file of events, effects, raw messages, chain checkpoints and snapshots.

Owns: the file's format, its durability and its recovery. Knows events only as 64-byte records and
the engine only through `Engine`; reads no venue format and runs no strategy.
"""

from clobstep.session.format import SessionError
from clobstep.session.manifest import Holds, Manifest, Source
from clobstep.session.reader import Session
from clobstep.session.recorder import Recorder
from clobstep.session.writer import SessionWriter

__all__ = [
    "Holds", "Manifest", "Recorder", "Session", "SessionError", "SessionWriter", "Source",
]  # fmt: skip
