"""The writer of a session: events, effects and all that goes with them, durable at `commit`.

Theory of operation. Events and their effects wait as bytes. `commit` writes what is new as one row
of `tail` (one page of SQLite's log, so that a commit costs one small write and one sync). When
there are enough for a chunk, all of them become sealed columns, and the tail is emptied in the same
transaction. So at every moment the file holds whole chunks, then a tail, and nothing twice.

Owns: the order of writes. A write that fails ends the writer: it says so once, takes nothing more,
and what was durable stays readable. Nothing here reads a clock; times come with what is written.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import zstandard
from numpy.typing import NDArray

from clobstep import Engine
from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE
from clobstep.session._columns import CODEC, pack_effects, pack_events
from clobstep.session.files import make, open_to_write
from clobstep.session.format import (
    CHECKPOINT_EVENTS,
    CHUNK_EVENTS,
    SessionError,
    digest,
    signed,
    tail_crc,
    unsigned,
)
from clobstep.session.lock import WriterLock
from clobstep.session.manifest import Manifest
from clobstep.session.rawblocks import RawBlocks
from clobstep.session.totals import finish

Array = NDArray[np.void]


class SessionWriter:
    """Writes one session file. Made by `create`, or by `recover.recover` for one that was left.

    `seq` and `chain` are those of the engine after the last event appended; `durable_seq` is the
    last event that is proven to be on disk.
    """

    def __init__(self, path: Path, lock: WriterLock, db: sqlite3.Connection, head: Manifest):
        self.path = path
        self.manifest = head
        self.seq = self.durable_seq = head.begins_at
        self.chain = head.begin_chain
        self.notes: dict[str, int] = dict(head.notes)
        self._lock = lock
        self._db = db
        self._ended = ""  # why nothing more is taken
        self._n = self._saved = 0  # events waiting for a chunk; those in the tail
        self._events: list[bytes] = []  # those in the tail
        self._effects: list[bytes] = []
        self._new_events: list[bytes] = []  # those not yet
        self._new_effects: list[bytes] = []
        self._effects_sealed = 0
        self._marks: list[tuple[int, int]] = []  # checkpoints of the events that wait for a chunk
        self._marked = head.begins_at
        self._rows: list[tuple[str, tuple[Any, ...]]] = []  # (SQL, values) for the next commit
        self._raw = RawBlocks(head.raw, head.raw_every)

    # --- making one -------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path | str, manifest: Manifest) -> Self:
        """A new session file. Errors: SessionError when it exists or cannot be made."""
        path = Path(path)
        if not manifest.begins_at:
            manifest.begin_chain = Engine(manifest.engine_config()).chain
        lock = WriterLock.take(path)
        try:
            if path.exists():
                raise SessionError(f"{path}: is there already; name another file or remove it")
            make(path, manifest)
            return cls(path, lock, open_to_write(path), manifest)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def resume(cls, path: Path, lock: WriterLock, head: Manifest, chain: int) -> Self:
        """Go on with a file that was left, at this chain; for `recover`, which proves it."""
        db = open_to_write(path)
        try:
            # What a failed sync left in the log may be in memory only: copy it all, and sync that.
            busy, logged, copied = db.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
            if busy or logged != copied:
                raise SessionError(
                    f"{path}: another program reads an old state of it; close it there"
                )
            self = cls(path, lock, db, head)
            self._go_on(chain)
        except BaseException:
            db.close()
            raise
        return self

    def _go_on(self, chain: int) -> None:
        """Take up what the file has that is in no chunk yet."""
        db, head = self._db, self.manifest
        (self._effects_sealed,) = db.execute("SELECT coalesce(sum(n), 0) FROM effects").fetchone()
        (sealed,) = db.execute("SELECT coalesce(sum(n), 0) FROM chunks").fetchone()
        self.seq = head.begins_at + sealed
        (marked,) = db.execute("SELECT max(last_seq) FROM checkpoints").fetchone()
        self._marked = marked or head.begins_at
        for n, at, events, effects in db.execute(
            "SELECT n, chain, events, effects FROM tail ORDER BY last_seq"
        ):
            self._events.append(events)
            self._effects.append(effects)
            self._n += n
            self.seq += n
            if self.seq - self._marked >= CHECKPOINT_EVENTS:
                self._mark(unsigned(at))
        self._saved, self.chain, self.durable_seq = self._n, chain, self.seq
        for kind, n in db.execute("SELECT kind, count(*) FROM notes GROUP BY kind"):
            self.notes[kind] = n

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close; after a block without an error everything is committed first."""
        if error is None and not self._ended:
            self._raw.close()
            self.commit()
        self.close()

    # --- what is written --------------------------------------------------------------------------

    def append(self, events: Array, effects: Array, seq: int, chain: int) -> None:
        """Take events that an engine has stepped, and the effects that came out.

        `seq` and `chain` are the engine's after the last of them. Nothing is on disk before
        `commit`, but a full chunk is written at once. Errors: SessionError when a write failed or
        the writer has ended; ValueError when the events do not follow the last ones.
        """
        if self._ended:
            raise self._refusal()
        n = len(events)
        if seq != self.seq + n:
            raise ValueError(f"append: {n} events up to {seq} do not follow event {self.seq}")
        while n >= CHUNK_EVENTS - self._n:
            room = CHUNK_EVENTS - self._n
            upto = int(np.searchsorted(effects["seq"], self.seq + room, side="right"))
            self._take(events[:room], effects[:upto])
            events, effects, n = events[room:], effects[upto:], n - room
            if not n:
                self._mark(chain)
            self._write(self._seal_chunk)
        if n:
            self._take(events, effects)
            if seq - self._marked >= CHECKPOINT_EVENTS:
                self._mark(chain)
        self.chain = chain

    def raw(self, time_ns: int, source: str, payload: bytes) -> None:
        """Keep a message as it came in, before its events are appended; as the manifest says."""
        self._may_write()
        self._raw.add(self.seq, time_ns, source, payload)

    def note(self, seq: int, kind: str, text: str) -> None:
        """Keep something to be read by people, about event `seq` (0: about none)."""
        self._may_write()
        self.notes[kind] = self.notes.get(kind, 0) + 1
        self._rows.append(("INSERT INTO notes VALUES (NULL, ?, ?, ?)", (seq, kind, text)))

    def intern(self, rows: Iterable[tuple[str, int, str, str]]) -> None:
        """Keep new rows of the interning: (kind, number, text, extra)."""
        self._may_write()
        self._rows += [
            ("INSERT INTO interning VALUES (NULL, ?, ?, ?, ?)", (kind, signed(n), text, extra))
            for kind, n, text, extra in rows
        ]

    def snapshot(self, seq: int, chain: int, blob: bytes) -> None:
        """Keep the engine's snapshot after event `seq`, which is the last one appended."""
        self._may_write()
        if seq != self.seq:
            raise ValueError(f"snapshot: of event {seq}, the last one appended is {self.seq}")
        data = zstandard.ZstdCompressor(level=3).compress(blob)
        row = (seq, signed(chain), digest((seq, chain), data), data)
        self._rows.append(("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)", row))

    def commit(self) -> None:
        """Make everything so far durable. Errors: SessionError; then nothing more is taken."""
        if self._ended:
            raise self._refusal()
        if self._rows or self._raw.due:
            self._write(self._save_tail)
            return
        try:
            self._save_tail()  # a statement alone is a transaction, and costs less
        except sqlite3.Error as error:
            raise self._fail(error) from error
        self.durable_seq = self.seq

    # --- ending -----------------------------------------------------------------------------------

    def seal(self, manifest: Manifest | None = None) -> None:
        """Turn everything into chunks, write the totals, and close: nothing is added after it."""
        self._may_write()
        self._raw.close()
        self._mark(self.chain)
        self._write(self._seal_chunk)
        head = manifest or self.manifest
        head.begins_at, head.begin_chain = self.manifest.begins_at, self.manifest.begin_chain
        head.notes = self.notes
        try:
            finish(self._db, self.path, head, self.chain)
        except sqlite3.Error as error:
            raise self._fail(error) from error
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the file; what was not committed is dropped. A second call does nothing."""
        self._ended = self._ended or "it is closed"
        with contextlib.suppress(sqlite3.Error):
            self._db.close()
        self._lock.release()

    # --- inside -----------------------------------------------------------------------------------

    def _refusal(self) -> SessionError:
        return SessionError(
            f"{self.path}: nothing more is written: {self._ended}; "
            f"events up to {self.durable_seq} are in it"
        )

    def _may_write(self) -> None:
        if self._ended:
            raise self._refusal()

    def _take(self, events: Array, effects: Array) -> None:
        self._new_events.append(events.tobytes())
        if len(effects):
            self._new_effects.append(effects.tobytes())
        self._n += len(events)
        self.seq += len(events)

    def _mark(self, chain: int) -> None:
        if self._marked != self.seq:
            self._marked = self.seq
            self._marks.append((self.seq, chain))

    def _write(self, fill: Callable[[], None]) -> None:
        """One transaction: what `fill` writes, and all rows that wait."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            fill()
            for sql, values in self._rows:
                self._db.execute(sql, values)
            for block in self._raw.take():
                self._db.execute("INSERT INTO raw VALUES (NULL, ?, ?, ?, ?, ?, ?)", block)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._fail(error) from error
        except BaseException as error:  # a key press in the middle: what is in the file is whole
            self._stop(f"a write was broken off ({type(error).__name__})")
            raise
        self._rows.clear()
        self.durable_seq = self.seq

    def _stop(self, why: str) -> None:
        """End the writer. The log is left as it is, for recovery."""
        self._ended = why
        with contextlib.suppress(sqlite3.Error):
            self._db.rollback()
        self.close()

    def _fail(self, error: sqlite3.Error) -> SessionError:
        self._stop(f"a write failed ({error})")
        return SessionError(
            f"{self.path}: a write failed after event {self.durable_seq}: {error}; "
            "all up to that event is in the file: mend the disk, then recover it"
        )

    def _save_tail(self) -> None:
        n = self._n - self._saved
        if not n:
            return
        events, effects = b"".join(self._new_events), b"".join(self._new_effects)
        head = (self.seq, n, signed(self.chain))
        row = (*head, tail_crc(*head, events, effects), events, effects)
        self._db.execute("INSERT INTO tail VALUES (?, ?, ?, ?, ?, ?)", row)
        self._new_events.clear()
        self._new_effects.clear()
        self._events.append(events)
        self._effects.append(effects)
        self._saved = self._n

    def _seal_marks(self) -> None:
        if not self._marks:
            return
        data = np.array(self._marks, "<u8").tobytes()
        head = (self._marks[-1][0], self._marks[0][0], len(self._marks))
        row = (*head, digest(head, data), data)
        self._db.execute("INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?)", row)
        self._marks.clear()

    def _seal_chunk(self) -> None:
        self._seal_marks()
        if not self._n:
            return
        first = self.seq - self._n + 1
        events = np.frombuffer(b"".join(self._events + self._new_events), EVENT_DTYPE)
        effects = np.frombuffer(b"".join(self._effects + self._new_effects), EFFECT_DTYPE)
        data = pack_events(events)
        row = (first, self._n, CODEC, digest((first, self._n, CODEC), data), data)
        self._db.execute("INSERT INTO chunks VALUES (?, ?, ?, ?, ?)", row)
        for at in range(0, len(effects), CHUNK_EVENTS):
            self._seal_effects(effects[at : at + CHUNK_EVENTS])
        self._db.execute("DELETE FROM tail")
        for waiting in (self._events, self._effects, self._new_events, self._new_effects):
            waiting.clear()
        self._n = self._saved = 0

    def _seal_effects(self, effects: Array) -> None:
        first, n = self._effects_sealed, len(effects)
        span = (int(effects["seq"][0]), int(effects["seq"][-1]))
        data = pack_effects(effects)
        head = (first, n, *span, CODEC)
        self._db.execute(
            "INSERT INTO effects VALUES (?, ?, ?, ?, ?, ?, ?)", (*head, digest(head, data), data)
        )
        self._effects_sealed += n
