"""A session in several files: rolled by UTC day or by size, and read as one.

Owns: the names of the parts (live.clob becomes live.0000.clob, live.0001.clob, ...) and what makes
one follow the other: each begins with the snapshot and chain at which the one before it ended, and
names its digest. A part that is missing, or does not follow, is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from clobstep import Engine
from clobstep.session.format import SessionError
from clobstep.session.manifest import Manifest, Previous
from clobstep.session.rawblocks import Raw
from clobstep.session.reader import Note, Session
from clobstep.session.recorder import SNAPSHOT_EVENTS, Recorder
from clobstep.session.recover import engine_at, recover
from clobstep.session.writer import SessionWriter

Array = NDArray[np.void]
DAY_NS = 86_400_000_000_000
_PART = re.compile(r"(?P<stem>.+)\.(?P<number>\d{4,})(?P<suffix>\.\w+)")


class Roll(NamedTuple):
    """When a new part begins: with the first event of a UTC day, or when a part is this long."""

    daily: bool = True
    most_bytes: int = 0
    """0: no matter how long."""


def part_path(base: Path, number: int) -> Path:
    """The file of a part; `base` is the name without number."""
    return base.with_name(f"{base.stem}.{number:04d}{base.suffix}")


def parts_of(path: Path | str) -> list[tuple[int, Path]]:
    """The parts that are there, by number; `path` is any of them, or the name without number."""
    path = Path(path)
    found = _PART.fullmatch(path.name)
    stem, suffix = (found["stem"], found["suffix"]) if found else (path.stem, path.suffix)
    parts = []
    for other in path.parent.iterdir() if path.parent.is_dir() else ():
        hit = _PART.fullmatch(other.name)
        if hit and (hit["stem"], hit["suffix"]) == (stem, suffix):
            parts.append((int(hit["number"]), other))
    return sorted(parts)


class RollingRecorder(Recorder):
    """A Recorder whose `writer` goes on in a new file at a UTC midnight or at a size."""

    def __init__(
        self,
        engine: Engine,
        writer: SessionWriter,
        base: Path,
        roll: Roll,
        *,
        snapshot_events: int = SNAPSHOT_EVENTS,
        watch: Callable[[Array, Array], None] | None = None,
    ) -> None:
        super().__init__(engine, writer, snapshot_events=snapshot_events, watch=watch)
        self._base = base
        self._roll = roll
        self.before_seal: Callable[[], None] = lambda: None
        """Called before a part is sealed: what its events need and is not written yet."""
        self._max_ahead = engine.config.max_time_step_ns
        self._day = engine.view.now_ns // DAY_NS if engine.seq else -1

    @classmethod
    def create(cls, base: Path | str, engine: Engine, manifest: Manifest, roll: Roll) -> Self:
        """Begin a series. Errors: SessionError when parts of it are there already."""
        base = Path(base)
        if there := parts_of(base):
            raise SessionError(f"{there[0][1]}: is there already; name another series")
        writer = SessionWriter.create(part_path(base, 0), manifest)
        return cls(engine, writer, base, roll)

    @classmethod
    def resume(cls, base: Path | str, roll: Roll) -> Self:
        """Go on with a series that was left, from its last durable event. Errors: SessionError."""
        base = Path(base)
        parts = parts_of(base)
        if not parts:
            raise SessionError(f"{base}: no part of such a series is there")
        path = parts[-1][1]
        with Session.open(path) as session:
            sealed = session.manifest.sealed
            engine = engine_at(session) if sealed else None
        if engine is None:
            engine, writer = recover(path)
        else:
            writer = _next_part(base, engine, path)
        return cls(engine, writer, base, roll)

    def step(self, events: Array) -> int:
        """As Recorder.step; events of a later UTC day go into a new part."""
        count = 0
        while self._roll.daily and len(events):
            days = events["time_ns"] // DAY_NS
            later = np.flatnonzero(days > self._day)
            if not len(later):
                break
            at = int(later[0])
            count += super().step(events[:at])
            ahead = int(events["time_ns"][at]) - self.engine.view.now_ns
            if self._day >= 0 and ahead > self._max_ahead:  # will be refused: no new day for it
                count += super().step(events[at : at + 1])
                events = events[at + 1 :]
                continue
            if self._day >= 0:
                self.roll()
            self._day, events = int(days[at]), events[at:]
        count += super().step(events)
        if self._roll.most_bytes and self._bytes() >= self._roll.most_bytes:
            self.roll()
        return count

    def roll(self) -> None:
        """Seal this part and begin the next; without an event in this one it does nothing."""
        if self.engine.seq == self.writer.manifest.begins_at:
            return
        self.before_seal()
        self.snapshot()
        path = self.writer.path
        self.writer.seal()
        self.writer = _next_part(self._base, self.engine, path)

    def _bytes(self) -> int:
        path = self.writer.path
        return sum(p.stat().st_size for p in (path, path.with_name(path.name + "-wal")))


def _next_part(base: Path, engine: Engine, path: Path) -> SessionWriter:
    """The part after the sealed one at `path`, with its first snapshot and all interned names."""
    with Session.open(path) as before:
        sealed = before.manifest.sealed
        if sealed is None or (sealed.last_seq, sealed.chain) != (engine.seq, engine.chain):
            raise SessionError(f"{path}: does not end at event {engine.seq} of this engine")
        head: Manifest = msgspec.structs.replace(
            before.manifest,
            part=before.manifest.part + 1,
            begins_at=engine.seq,
            begin_chain=engine.chain,
            previous=Previous(
                name=path.name, seq=engine.seq, chain=engine.chain, digest=sealed.digest
            ),
            sealed=None,
            notes={},
        )
        names = before.interning_rows()
    writer = SessionWriter.create(part_path(base, head.part), head)
    writer.intern(names)
    writer.snapshot(engine.seq, engine.chain, engine.snapshot())
    writer.commit()
    return writer


class Series:
    """Parts opened for reading, as one; the methods are those of Session."""

    def __init__(self, parts: list[Session]) -> None:
        self.parts = parts
        first = parts[0].manifest
        self.missing_before = first.part
        """Parts before the first of these; it begins with a snapshot all the same."""

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """All parts of a series. Errors: SessionError, naming a part that is missing."""
        found = parts_of(path)
        if not found:
            raise SessionError(f"{path}: no part of such a series is there")
        parts: list[Session] = []
        try:
            for number, part in found:
                session = Session.open(part)
                parts.append(session)
                _follows(parts[-2] if len(parts) > 1 else None, session, number)
        except BaseException:
            for session in parts:
                session.close()
            raise
        return cls(parts)

    def close(self) -> None:
        """Let go of all files."""
        for part in self.parts:
            part.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The first file."""
        return self.parts[0].path

    @property
    def manifest(self) -> Manifest:
        """Of the first part."""
        return self.parts[0].manifest

    @property
    def sealed(self) -> bool:
        """Are all parts sealed?"""
        return self.parts[-1].sealed

    @property
    def begins_at(self) -> int:
        """Events before the first part that is here."""
        return self.parts[0].begins_at

    @property
    def n_events(self) -> int:
        """Events of all parts."""
        return sum(part.n_events for part in self.parts)

    @property
    def last_seq(self) -> int:
        """Sequence number of the last event."""
        return self.parts[-1].last_seq

    def events(self, first: int = 0) -> Iterator[Array]:
        """As Session.events."""
        for part in self.parts:
            if part.last_seq > first:
                yield from part.events(first)

    def effects(self, first_seq: int = 0) -> Iterator[Array]:
        """As Session.effects."""
        for part in self.parts:
            if part.last_seq >= first_seq:
                yield from part.effects(first_seq)

    def checkpoints(self) -> list[tuple[int, int]]:
        """As Session.checkpoints."""
        return [mark for part in self.parts for mark in part.checkpoints()]

    def checkpoint_before(self, seq: int) -> tuple[int, int] | None:
        """As Session.checkpoint_before."""
        found = (part.checkpoint_before(seq) for part in reversed(self.parts))
        return next((mark for mark in found if mark is not None), None)

    def snapshot_before(self, seq: int) -> tuple[int, int, bytes] | None:
        """As Session.snapshot_before."""
        for part in reversed(self.parts):
            if part.begins_at <= seq and (found := part.snapshot_before(seq)) is not None:
                return found
        return None

    def snapshots(self) -> Iterator[tuple[int, int, bytes]]:
        """As Session.snapshots; each part begins with one."""
        for part in self.parts:
            yield from part.snapshots()

    def raw(self) -> Iterator[Raw]:
        """As Session.raw."""
        for part in self.parts:
            yield from part.raw()

    def notes(self) -> list[Note]:
        """As Session.notes."""
        return [note for part in self.parts for note in part.notes()]

    def interning_rows(self) -> list[tuple[str, int, str, str]]:
        """As Session.interning_rows: the last part has them all."""
        return self.parts[-1].interning_rows()


def _follows(before: Session | None, part: Session, number: int) -> None:
    """Errors: SessionError when `part` is not what comes after `before`."""
    head = part.manifest
    if head.part != number:
        raise SessionError(f"{part.path}: is part {head.part}; give it its own name back")
    if before is None:
        return
    sealed, previous = before.manifest.sealed, head.previous
    if number != before.manifest.part + 1:
        names = ", ".join(
            part_path(_base_of(part.path), n).name for n in range(before.manifest.part + 1, number)
        )
        raise SessionError(
            f"{part.path}: missing before it: {names}, with events {before.last_seq + 1} to "
            f"{part.begins_at}; bring it back, or read the parts after it alone"
        )
    if sealed is None or previous is None:
        raise SessionError(f"{before.path}: is not sealed, but {part.path.name} comes after it")
    ended = (sealed.last_seq, sealed.chain, sealed.digest)
    if ended != (previous.seq, previous.chain, previous.digest):
        raise SessionError(
            f"{part.path}: does not follow {before.path.name}, which ends at event {ended[0]}, "
            f"chain {ended[1]:016x}; it begins after event {previous.seq}, chain "
            f"{previous.chain:016x}; bring the right one back"
        )


def _base_of(path: Path) -> Path:
    found = _PART.fullmatch(path.name)
    return path.with_name(found["stem"] + found["suffix"]) if found else path
