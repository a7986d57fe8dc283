"""The reader of a session, sealed or still being written.

Owns: what may be believed. Everything it hands out was compared with the digest beside it, follows
what came before without a gap, and in a sealed file agrees with the totals; anything else is a
SessionError that names the file and the event. Memory does not grow with the session's length.

A sealed file opens with immutable=1 (also where nothing can be written). An unsealed one is read
inside one read transaction: a still picture, while another process may go on writing. SQLite keeps
what it wrote meanwhile in the log: who looks for hours should look at a copy (`seal.live_copy`).
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import zstandard
from numpy.typing import NDArray

from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE, LAYOUT_HASH
from clobstep.session import manifest as manifests
from clobstep.session import rawblocks
from clobstep.session._columns import CODEC, unpack_effects, unpack_events
from clobstep.session.damage import has_log, told_as_ours
from clobstep.session.format import (
    CHUNK_EVENTS,
    SessionError,
    connect,
    digest,
    digested,
    rows_digest,
    table_digest,
    tail_crc,
    unsigned,
)
from clobstep.session.manifest import Manifest, Sealed

Array = NDArray[np.void]
_CANNOT_WRITE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
_MARK = struct.Struct("<QQ")
_KINDS = {"i": int, "b": bytes, "s": str}


class Note(NamedTuple):
    """Something to be read by people: about event `seq`, or about none (0)."""

    seq: int
    kind: str
    text: str


class Session:
    """A session opened for reading; made by `open`. A context manager."""

    def __init__(self, path: Path, db: sqlite3.Connection, head: Manifest):
        self.path = path
        self.manifest = head
        self.db = db
        """SQLite's own, for questions that have no method here."""
        self._compared: set[str] = set()

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Errors: SessionError, for a file that is none, is damaged, or is of another version."""
        path = Path(path)
        logged = has_log(path)
        with told_as_ours(path, "the file"):
            db = _connect(path, logged)
        try:
            with told_as_ours(path, "the manifest"):
                row = db.execute("SELECT digest, body FROM manifest WHERE id = 1").fetchone()
            if row is None or type(row[1]) is not str or digest((), row[1].encode()) != row[0]:
                raise SessionError(f"{path}: the manifest is damaged; take another copy")
            found = manifests.decode(row[1], path)
            if found.layout_hash != LAYOUT_HASH:
                raise SessionError(
                    f"{path}: its records have layout {found.layout_hash:016x}, this clobstep has "
                    f"{LAYOUT_HASH:016x}; read it with the version that made it"
                )
        except BaseException:
            db.close()
            raise
        return cls(path, db, found)

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    # --- what it is -------------------------------------------------------------------------------

    @property
    def sealed(self) -> bool:
        """Nothing is added any more, and the totals are known."""
        return self.manifest.sealed is not None

    @property
    def begins_at(self) -> int:
        """Events before the first of this file: 0 but in later parts of a series."""
        return self.manifest.begins_at

    @property
    def n_events(self) -> int:
        """Events in this file."""
        sealed = self.manifest.sealed
        if sealed is not None:
            return sealed.events
        ask = (
            "SELECT (SELECT coalesce(sum(n), 0) FROM chunks) + "
            "(SELECT coalesce(sum(n), 0) FROM tail)"
        )
        return int(next(iter(self._rows("events", "i", ask)))[0])

    @property
    def last_seq(self) -> int:
        """Sequence number of the last event."""
        return self.begins_at + self.n_events

    # --- events and effects -----------------------------------------------------------------------

    def events(self, first: int = 0) -> Iterator[Array]:
        """The events after number `first`, in arrays of at most 65,536 of one reused buffer.

        An array is valid until the next one is asked for. Errors: SessionError naming the event.
        """
        self._compare_table("chunks")
        buffer: Array = np.zeros(CHUNK_EVENTS, EVENT_DTYPE)
        for before, n in self._parts(first, buffer):
            skip = max(first - before, 0)
            if skip < n:
                yield buffer[skip:n]

    def effects(self, first_seq: int = 0) -> Iterator[Array]:
        """The effects of events from `first_seq` on, as `events` gives the events."""
        self._compare_table("effects")
        buffer: Array = np.zeros(CHUNK_EVENTS, EFFECT_DTYPE)
        ask = (
            "SELECT first, n, first_seq, last_seq, codec, digest, data FROM effects "
            "WHERE last_seq >= ? ORDER BY first"
        )
        expected = None
        for first, n, since, last, codec, stated, data in self._rows(
            "effects", "iiiiibb", ask, first_seq
        ):
            if expected not in (None, first):
                raise self._damaged(f"effects {expected} to {first - 1} are missing")
            expected = first + n
            self._unpack("effects", [first, n, since, last, codec], stated, data, buffer)
            part = buffer[:n]
            yield part[np.searchsorted(part["seq"], first_seq) if since < first_seq else 0 :]
        for _, _, _, data in self._tail(first_seq):
            part = np.frombuffer(data, EFFECT_DTYPE)
            skip = int(np.searchsorted(part["seq"], first_seq))
            for at in range(skip, len(part), CHUNK_EVENTS):
                yield part[at : at + CHUNK_EVENTS]

    # --- beside them ------------------------------------------------------------------------------

    def checkpoints(self) -> list[tuple[int, int]]:
        """(seq, chain) every few hundred events, and of the last one; rising."""
        self._compare_table("checkpoints")
        out = [mark for block in self._mark_blocks(self.begins_at) for mark in block]
        if self.manifest.sealed is None:
            ask = "SELECT last_seq, chain FROM tail ORDER BY last_seq"
            out += [(seq, unsigned(chain)) for seq, chain in self._rows("the tail", "ii", ask)]
        return out

    def checkpoint_before(self, seq: int) -> tuple[int, int] | None:
        """The last checkpoint at or before event `seq`: (seq, chain)."""
        self._compare_table("checkpoints")
        ask = "SELECT last_seq, chain FROM tail WHERE last_seq <= ? ORDER BY last_seq DESC LIMIT 1"
        for at, chain in self._rows("the tail", "ii", ask, seq):
            return at, unsigned(chain)
        ask = "SELECT coalesce(max(last_seq), 0) FROM checkpoints WHERE first_seq <= ?"
        ((last,),) = self._rows("checkpoints", "i", ask, seq)
        marks = [mark for block in self._mark_blocks(last) for mark in block if mark[0] <= seq]
        return marks[-1] if marks else None

    def _mark_blocks(self, since: int) -> Iterator[list[tuple[int, int]]]:
        """Checkpoints of sealed chunks, chunk by chunk, from the one that ends at `since` on."""
        ask = (
            "SELECT last_seq, first_seq, n, digest, data FROM checkpoints WHERE last_seq >= ? "
            "ORDER BY last_seq"
        )
        for last, first, n, stated, data in self._rows("checkpoints", "iiibb", ask, since):
            if digest((last, first, n), data) != stated or len(data) != 16 * n:
                raise self._damaged(
                    f"the checkpoints up to event {last}: their digest does not fit"
                )
            yield list(_MARK.iter_unpack(data))

    def snapshot_before(self, seq: int) -> tuple[int, int, bytes] | None:
        """The last snapshot at or before event `seq`: (event, chain, bytes to restore from)."""
        ask = (
            "SELECT seq, chain, digest, data FROM snapshots WHERE seq <= ? "
            "ORDER BY seq DESC LIMIT 1"
        )
        return next(self._snapshots(ask, seq), None)

    def snapshots(self) -> Iterator[tuple[int, int, bytes]]:
        """All snapshots in their order, as `snapshot_before` gives one."""
        return self._snapshots("SELECT seq, chain, digest, data FROM snapshots ORDER BY seq")

    def raw(self) -> Iterator[rawblocks.Raw]:
        """The raw messages that were kept, as they came in."""
        self._compare_table("raw")
        ask = (
            "SELECT id, n, first_seq, first_time_ns, last_time_ns, digest, data FROM raw "
            "ORDER BY id"
        )
        for number, n, seq, since, last, stated, data in self._rows("raw messages", "iiiiibb", ask):
            try:
                yield from rawblocks.unpack((n, seq, since, last), stated, data)
            except SessionError as error:
                raise self._damaged(f"block {number} of raw messages: {error}") from None

    def notes(self) -> list[Note]:
        """All notes, in the order they were made."""
        return [Note(*row) for _, *row in self._table("notes", "iiss")]

    def interning_rows(self) -> list[tuple[str, int, str, str]]:
        """Rows of the interning: (kind, number, text, extra), in the order they were made."""
        rows = self._table("interning", "isiss")
        return [(kind, unsigned(n), text, extra) for _, kind, n, text, extra in rows]

    # --- inside -----------------------------------------------------------------------------------

    def _damaged(self, what: str) -> SessionError:
        return SessionError(f"{self.path}: damaged: {what}; take another copy")

    def _rows(self, what: str, kinds: str, sql: str, *values: int) -> Iterator[Any]:
        """Rows whose values are of the kinds: i integer, b bytes, s text."""
        wanted = [{_KINDS[kind]} for kind in kinds]
        at_once = 1 if "b" in kinds else 1024  # bytes are long
        with told_as_ours(self.path, what):
            found = self.db.execute(sql, values)
            while some := found.fetchmany(at_once):
                if [set(map(type, column)) for column in zip(*some, strict=True)] != wanted:
                    raise self._damaged(f"{what}: a row of {some!r:.80} holds something else")
                yield from some

    def _snapshots(self, ask: str, *values: int) -> Iterator[tuple[int, int, bytes]]:
        self._compare_table("snapshots")
        for at, chain, stated, data in self._rows("snapshots", "iibb", ask, *values):
            if digest((at, chain), data) != stated:
                raise self._damaged(f"the snapshot at event {at}: its digest does not fit")
            with told_as_ours(self.path, f"the snapshot at event {at}"):
                blob = zstandard.ZstdDecompressor().decompress(data)
            yield at, unsigned(chain), blob

    def _table(self, table: str, kinds: str) -> list[Any]:
        """A table without bytes, whole."""
        rows = list(self._rows(table, kinds, digested(table)))
        self._compare(table, lambda: rows_digest(table, [rows]))
        return rows

    def _compare_table(self, table: str) -> None:
        self._compare(table, lambda: table_digest(self.db, table))

    def _compare(self, table: str, tell: Callable[[], tuple[int, bytes]]) -> None:
        """Of a sealed session, once: no row was added, lost or changed."""
        sealed: Sealed | None = self.manifest.sealed
        if sealed is None or table in self._compared:
            return
        with told_as_ours(self.path, table):
            rows, told = tell()
        if [rows, told.hex()] != list(sealed.tables.get(table, ())):
            raise self._damaged(f"the table {table} does not agree with the manifest")
        self._compared.add(table)

    def _unpack(
        self, what: str, head: list[int], stated: bytes, data: bytes, buffer: Array
    ) -> None:
        """Fill the buffer; `head` is (first, n, ..., codec version)."""
        where = f"{what} from {head[0]}"
        if digest(head, data) != stated:
            raise self._damaged(f"{where}: their digest does not fit")
        if head[-1] != CODEC:
            raise SessionError(
                f"{self.path}: {where}: columns of version {head[-1]}, this clobstep reads "
                f"{CODEC}; upgrade clobstep"
            )
        unpack = unpack_events if what == "events" else unpack_effects
        try:
            got = unpack(data, buffer)
        except (ValueError, zstandard.ZstdError) as error:
            raise self._damaged(f"{where}: {error}") from error
        if got != head[1]:
            raise self._damaged(f"{where}: {got} records, {head[1]} are stated")

    def _parts(self, first: int, buffer: Array) -> Iterator[tuple[int, int]]:
        """Fill the buffer with one chunk after the other: (events before it, events in it)."""
        ask = (
            "SELECT first_seq, n, codec, digest, data FROM chunks WHERE first_seq >= coalesce("
            "(SELECT max(first_seq) FROM chunks WHERE first_seq <= ?), 0) ORDER BY first_seq"
        )
        before = self.begins_at
        known = first <= before  # else the first chunk asked for says where it begins
        for first_seq, n, codec, stated, data in self._rows("events", "iiibb", ask, first + 1):
            if known and first_seq != before + 1:
                raise self._damaged(f"events {before + 1} to {first_seq - 1} are missing")
            self._unpack("events", [first_seq, n, codec], stated, data, buffer)
            known, before = True, first_seq - 1
            yield before, n
            before += n
        if self.manifest.sealed is not None and before != self.last_seq:
            raise self._damaged(f"events {before + 1} to {self.last_seq} are missing")
        at = 0
        for last, n, data, _ in self._tail():
            if last - n != before + at:
                raise self._damaged(f"events {before + at + 1} to {last - n} are missing")
            if at + n > len(buffer):
                yield before, at
                before, at = before + at, 0
            buffer[at : at + n] = np.frombuffer(data, EVENT_DTYPE)
            at += n
        if at:
            yield before, at

    def _tail(self, since: int = 0) -> Iterator[tuple[int, int, bytes, bytes]]:
        """Rows of the unsealed tail: (last event, how many, the events, their effects)."""
        ask = (
            "SELECT last_seq, n, chain, crc, events, effects FROM tail "
            "WHERE last_seq >= ? ORDER BY last_seq"
        )
        for last, n, chain, crc, events, effects in self._rows("the tail", "iiiibb", ask, since):
            fits = len(events) == n * EVENT_DTYPE.itemsize
            if not fits or tail_crc(last, n, chain, events, effects) != crc:
                raise self._damaged(f"events {last - n + 1} to {last}: their CRC does not fit")
            yield last, n, events, effects


def _connect(path: Path, logged: bool) -> sqlite3.Connection:
    """For reading, all of it as it is now. Errors: SessionError, and sqlite3's."""
    if not logged:
        return connect(path, "immutable")
    db = connect(path, "ro")
    try:
        db.execute("BEGIN")
        db.execute("SELECT id FROM manifest").fetchone()  # the picture is taken here
    except sqlite3.OperationalError as error:
        db.close()
        if error.sqlite_errorcode & 0xFF not in _CANNOT_WRITE:
            raise
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size:
            raise SessionError(
                f"{path}: is not sealed, and its log cannot be read where nothing can be written; "
                f"copy it and {log.name} to a folder of yours"
            ) from None
        db = connect(path, "immutable")  # the log is empty: all is in the file
    return db
