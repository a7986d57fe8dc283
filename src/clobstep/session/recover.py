"""Recovery: the engine and the writer of a session that was left, whole, at its last durable event.

Owns: last snapshot + the events after it. That it equals a replay from the first event is proven by
the chain, and held by tests. Events that were not committed are gone; nobody was told of them.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clobstep import Engine
from clobstep.core import EFFECT_DTYPE
from clobstep.session.format import SessionError
from clobstep.session.lock import WriterLock
from clobstep.session.reader import Session
from clobstep.session.writer import SessionWriter


def engine_at_end(session: Session) -> Engine:
    """The engine after the last event of a session, from its last snapshot.

    Errors: SessionError when the session is damaged, or its events now give another chain.
    """
    found = session.snapshot_before(session.last_seq)
    if found is None and session.begins_at:
        raise SessionError(
            f"{session.path}: part {session.manifest.part} of a series without its first snapshot; "
            "take another copy"
        )
    try:
        engine = Engine.restore(found[2]) if found else Engine(session.manifest.engine_config())
    except ValueError as error:
        raise SessionError(
            f"{session.path}: snapshot at event {found and found[0]}: {error}"
        ) from None
    effects: NDArray[np.void] = np.zeros(max(engine.effects_needed, 4096), EFFECT_DTYPE)
    for part in session.events(engine.seq):
        done = 0
        while done < len(part):
            done += engine.step_batch(part[done:], effects)[0]
    marks = session.checkpoints()
    if marks and marks[-1] != (engine.seq, engine.chain):
        seq, chain = marks[-1]
        raise SessionError(
            f"{session.path}: after event {engine.seq} the chain is {engine.chain:016x}, the file "
            f"says {chain:016x} after event {seq}; `clobstep replay --verify` finds the event"
        )
    return engine


def recover(path: Path | str) -> tuple[Engine, SessionWriter]:
    """The engine as it was after the last durable event, and a writer that goes on from there.

    Errors: SessionError when another writer has the file, or it is sealed or damaged.
    """
    path = Path(path)
    lock = WriterLock.take(path)
    try:
        with Session.open(path) as session:
            if session.sealed:
                raise SessionError(f"{path}: is sealed; a new session may begin where it ended")
            engine = engine_at_end(session)
            head = session.manifest
        writer = SessionWriter.resume(path, lock, head)
        if (writer.seq, writer.chain) != (engine.seq, engine.chain):
            raise SessionError(f"{path}: changed while it was read; try again")
    except sqlite3.Error as error:
        lock.release()
        raise SessionError(f"{path}: cannot be recovered: {error}") from error
    except BaseException:
        lock.release()
        raise
    return engine, writer
