"""Recovery: the engine and the writer of a session that was left, whole, at its last durable event.

Owns: last snapshot + the events after it. That it equals a replay from the first event is proven by
the chain, and held by tests. Events that were not committed are gone; nobody was told of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clobstep import Engine
from clobstep.core import EFFECT_DTYPE
from clobstep.session.format import SessionError
from clobstep.session.lock import WriterLock
from clobstep.session.manifest import Manifest
from clobstep.session.reader import Session
from clobstep.session.writer import SessionWriter


class Recorded(Protocol):
    """What `engine_at` asks of a session: a `Session`, or a `Series` of them."""

    @property
    def path(self) -> Path:
        """The file, for messages."""

    @property
    def manifest(self) -> Manifest:
        """With the engine's config."""

    @property
    def begins_at(self) -> int:
        """Events before the first."""

    @property
    def last_seq(self) -> int:
        """The last event."""

    def events(self, first: int = 0) -> Iterator[NDArray[np.void]]:
        """Those after number `first`."""

    def checkpoint_before(self, seq: int) -> tuple[int, int] | None:
        """(seq, chain)."""

    def snapshot_before(self, seq: int) -> tuple[int, int, bytes] | None:
        """(seq, chain, bytes)."""


def engine_at(session: Recorded, seq: int | None = None, *, from_start: bool = False) -> Engine:
    """The engine after event `seq` (by default the last), from the nearest snapshot before it.

    The last checkpoint on the way must agree.
    `from_start` steps all events of the file instead. Errors: SessionError when the session is
    damaged, or its events now give another chain; ValueError when it has no such event.
    """
    last = session.last_seq
    seq = last if seq is None else seq
    if not session.begins_at <= seq <= last:
        raise ValueError(
            f"event {seq}: {session.path} has events {session.begins_at + 1} to {last}"
        )
    engine = _start(session, session.begins_at if from_start else seq)
    mark = session.checkpoint_before(seq)
    if mark is not None and mark[0] >= engine.seq:
        _step_to(engine, session, mark[0])
        if engine.chain != mark[1]:
            raise SessionError(
                f"{session.path}: after event {mark[0]} the chain is {engine.chain:016x}, the file "
                f"says {mark[1]:016x}; `clobstep replay --verify` finds the event"
            )
    _step_to(engine, session, seq)
    return engine


def _step_to(engine: Engine, session: Recorded, seq: int) -> None:
    effects: NDArray[np.void] = np.zeros(max(engine.effects_needed, 4096), EFFECT_DTYPE)
    for part in session.events(engine.seq) if engine.seq < seq else ():
        wanted = part[: seq - engine.seq]
        done = 0
        while done < len(wanted):
            done += engine.step_batch(wanted[done:], effects)[0]
        if engine.seq == seq:
            break


def _start(session: Recorded, seq: int) -> Engine:
    """The engine at the last snapshot up to `seq`, or at the beginning."""
    found = session.snapshot_before(seq)
    if found is None:
        if session.begins_at:
            raise SessionError(
                f"{session.path}: part {session.manifest.part} of a series without its first "
                "snapshot; take another copy"
            )
        return Engine(session.manifest.engine_config())
    at, chain, blob = found
    try:
        engine = Engine.restore(blob)
    except ValueError as error:
        raise SessionError(f"{session.path}: at event {at}: {error}") from None
    if (engine.seq, engine.chain) != (at, chain):
        raise SessionError(
            f"{session.path}: the snapshot at event {at} is of event {engine.seq} with chain "
            f"{engine.chain:016x}, not {chain:016x}; take another copy"
        )
    return engine


def recover(path: Path | str, *, from_start: bool = False) -> tuple[Engine, SessionWriter]:
    """The engine as it was after the last durable event, and a writer that goes on from there.

    `from_start` believes no snapshot and steps all events. Errors: SessionError when another writer
    has the file, or it is sealed or damaged, or its events now give another chain.
    """
    path = Path(path)
    lock = WriterLock.take(path)
    try:
        with Session.open(path) as session:
            if session.sealed:
                raise SessionError(f"{path}: is sealed; a new session may begin where it ended")
            engine = engine_at(session, from_start=from_start)
            head = session.manifest
        writer = SessionWriter.resume(path, lock, head, engine.chain)
    except BaseException as error:
        lock.release()
        if isinstance(error, sqlite3.Error):
            raise SessionError(f"{path}: cannot be recovered: {error}") from error
        raise
    if writer.seq != engine.seq:
        writer.close()
        raise SessionError(
            f"{path}: ends at event {writer.seq}, but {engine.seq} were read; `clobstep replay "
            "--verify` finds what is damaged"
        )
    return engine, writer
