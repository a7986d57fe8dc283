"""Sessions for tests: a stream with orders, fills, refusals, wakes, books; what a file holds.

`records(n)` is deterministic; `record(path, ...)` makes a session of it; `content(session)` is
everything a reader can get, to be compared.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clobstep import Engine, EngineConfig, events
from clobstep.bench import lifecycle, streams
from clobstep.core import EVENT_DTYPE
from clobstep.enums import Wake
from clobstep.session import Manifest, Recorder, Session, SessionWriter

Array = NDArray[np.void]
CONFIG = EngineConfig(
    tokens=8, wide_books=1, orders=64, fills=1024, tombstones=1024, cooldown_ns=0,
    stale_after_ns=1 << 50, metadata_cycle_ns=1 << 59,
)  # fmt: skip


@cache
def records(orders: int = 150, deltas: int = 600) -> Array:
    """Orders and their fills in market 0, then a book in market 1 that wakes a strategy."""
    start = np.frombuffer(b"".join(lifecycle.opening()), EVENT_DTYPE)
    rounds = lifecycle.rounds(orders)
    book = streams.deltas(streams.make(n=deltas), token=2)
    at = int(rounds["time_ns"][-1])
    book["time_ns"] += at - int(book["time_ns"][0]) + 1
    book["venue_time_ns"] = book["time_ns"] - 20_000_000
    woken = np.frombuffer(events.wake_on(2, Wake.BBO, at=at), EVENT_DTYPE)
    damaged = np.frombuffer(bytes(range(100, 164)), EVENT_DTYPE)
    out: Array = np.concatenate([start, rounds, woken, damaged, book])
    return out


def record(
    path: Path,
    stream: Array | None = None,
    *,
    commit_every: int = 100,
    snapshot_events: int = 500,
    seal: bool = True,
    **manifest: Any,
) -> Engine:
    """A session of the stream, with raw messages, notes and names; the engine after it."""
    stream = records() if stream is None else stream
    engine = Engine(CONFIG)
    with SessionWriter.create(path, Manifest.of("fuzz", CONFIG, **manifest)) as writer:
        recorder = Recorder(engine, writer, snapshot_events=snapshot_events)
        writer.intern([("token", 0, "yes of A", "A"), ("order", (1 << 63) + 5, "0xab", "")])
        writer.note(0, "unknown", "a message of a new kind")
        for at in range(0, len(stream), commit_every):
            part = stream[at : at + commit_every]
            writer.raw(int(part["time_ns"][0]), "market", b'{"n":%d}' % at)
            recorder.step(part)
            writer.commit()
        writer.note(engine.seq, "end", "é")
        if seal:
            writer.seal()
    return engine


def content(session: Session) -> dict[str, Any]:
    """All that a reader gives; equal contents are equal sessions."""
    return {
        "manifest": session.manifest,
        "n_events": session.n_events,
        "events": b"".join(part.tobytes() for part in session.events()),
        "effects": b"".join(part.tobytes() for part in session.effects()),
        "checkpoints": session.checkpoints(),
        "snapshots": list(session.snapshots()),
        "raw": list(session.raw()),
        "notes": session.notes(),
        "interning": session.interning_rows(),
    }


def read(path: Path) -> dict[str, Any]:
    """The content of a file."""
    with Session.open(path) as session:
        return content(session)


def stepped(stream: Array) -> tuple[Engine, bytes]:
    """An engine over the stream without any session, and all effects."""
    engine = Engine(CONFIG)
    out = b"".join(engine.step(record.tobytes()) for record in stream)
    return engine, out
