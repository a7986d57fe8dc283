"""The session file: its tables, its numbers, its error, and how SQLite is opened for each use.

Owns: what every other module of this package must agree on. A session is one SQLite file, so that
any user can open it: rows are explained in docs/sessions.md. Touches no event and no engine.

Numbers that need all of 64 bits (chains, order ids) stand in SQLite's signed integers as two's
complement: `signed` and `unsigned` turn them.
"""

from __future__ import annotations

import hashlib
import sqlite3
import struct
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec

APPLICATION_ID: Final = 0x434C4F42  # "CLOB"
FORMAT: Final = 1  # raised with every change that an older reader would misread
CHUNK_EVENTS: Final = 65_536  # the most events of a sealed chunk
CHECKPOINT_EVENTS: Final = 256  # between two chain checkpoints, at least
RAW_BLOCK_BYTES: Final = 262_144  # raw messages are compressed in blocks of about this size
RAW_BLOCK_NS: Final = 1_000_000_000  # or of this long by their own times, whichever is first
HEADER_BYTES: Final = 100  # of an SQLite file
MAGIC: Final = b"SQLite format 3\0"

# A column of bytes comes last: what stands before it is read without touching its pages.
SCHEMA: Final = """
CREATE TABLE manifest (id INTEGER PRIMARY KEY, digest BLOB, body TEXT);
CREATE TABLE chunks (first_seq INTEGER PRIMARY KEY, n INTEGER, codec INTEGER, digest BLOB,
                     data BLOB);
CREATE TABLE effects (first INTEGER PRIMARY KEY, n INTEGER, first_seq INTEGER, last_seq INTEGER,
                      codec INTEGER, digest BLOB, data BLOB);
CREATE TABLE tail (last_seq INTEGER PRIMARY KEY, n INTEGER, chain INTEGER, crc INTEGER,
                   events BLOB, effects BLOB);
CREATE TABLE checkpoints (last_seq INTEGER PRIMARY KEY, first_seq INTEGER, n INTEGER, digest BLOB,
                          data BLOB);
CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, chain INTEGER, digest BLOB, data BLOB);
CREATE TABLE raw (id INTEGER PRIMARY KEY, n INTEGER, first_seq INTEGER, first_time_ns INTEGER,
                  last_time_ns INTEGER, digest BLOB, data BLOB);
CREATE TABLE interning (id INTEGER PRIMARY KEY, kind TEXT, number INTEGER, text TEXT, extra TEXT);
CREATE TABLE notes (id INTEGER PRIMARY KEY, seq INTEGER, kind TEXT, text TEXT);
"""
# What the digest of a table is made of: every column but the bytes, which have a digest beside.
DIGESTED: Final = {
    "chunks": "first_seq, n, codec, digest",
    "effects": "first, n, first_seq, last_seq, codec, digest",
    "checkpoints": "last_seq, first_seq, n, digest",
    "snapshots": "seq, chain, digest",
    "raw": "id, n, first_seq, first_time_ns, last_time_ns, digest",
    "interning": "id, kind, number, text, extra",
    "notes": "id, seq, kind, text",
}


_TAIL_HEAD = struct.Struct("<3q")
_encode = msgspec.msgpack.Encoder().encode


class SessionError(Exception):
    """A session file cannot be read or written; says what is wrong, where, and the way out."""


def signed(number: int) -> int:
    """A 64-bit number as SQLite holds it. ValueError when it does not fit 64 bits."""
    if not -(1 << 63) <= number < 1 << 64:
        raise ValueError(f"{number} does not fit 64 bits")
    return number - (1 << 64) if number >= 1 << 63 else number


def unsigned(number: int) -> int:
    """A number from SQLite as the 64 bits that were stored."""
    return number & 0xFFFFFFFFFFFFFFFF


def digest(numbers: Iterable[int], data: bytes = b"") -> bytes:
    """SHA-256 of numbers, 8 bytes each, little-endian, and then of bytes."""
    words = [n & 0xFFFFFFFFFFFFFFFF for n in numbers]
    told = hashlib.sha256(struct.pack(f"<{len(words)}Q", *words))
    told.update(data)
    return told.digest()


def tail_crc(last_seq: int, n: int, chain: int, events: bytes, effects: bytes) -> int:
    """CRC-32 of a row of the tail: it lives for a chunk only, and SHA-256 costs 10 us a commit."""
    return zlib.crc32(effects, zlib.crc32(events, zlib.crc32(_TAIL_HEAD.pack(last_seq, n, chain))))


def table_digest(db: sqlite3.Connection, table: str) -> tuple[int, bytes]:
    """Rows of a table, and a SHA-256 of them: of the MessagePack array of each, in key order.

    The columns are those of DIGESTED; bytes stand for themselves through the digest beside them.
    """
    found = db.execute(digested(table))
    return rows_digest(table, iter(lambda: found.fetchmany(4096), []))


def digested(table: str) -> str:
    """The query for what the digest of a table is made of."""
    return f"SELECT {DIGESTED[table]} FROM {table} ORDER BY 1"  # noqa: S608 - names of ours


def rows_digest(table: str, batches: Iterable[list[Any]]) -> tuple[int, bytes]:
    """As table_digest, of rows that were read already."""
    told = hashlib.sha256(table.encode())
    count = 0
    for some in batches:
        told.update(b"".join(map(_encode, some)))
        count += len(some)
    return count, told.digest()


class Connection(sqlite3.Connection):
    """A connection that is counted while it is open."""

    key = ""

    def close(self) -> None:
        """Close it; a second call does nothing."""
        if self.key:
            _open_here[self.key] -= 1
            self.key = ""
        super().close()


_open_here: Counter[str] = Counter()


def is_open_here(path: Path) -> bool:
    """Has this process the file open through SQLite?

    Then it must not be opened in any other way: closing that would drop SQLite's own locks on it.
    """
    return _open_here[str(path.resolve())] > 0


def connect(path: Path, mode: str) -> Connection:
    """Open by URI: `mode` is rw, ro, or immutable (read-only, and nobody writes it any more)."""
    options = "mode=ro&immutable=1" if mode == "immutable" else f"mode={mode}"
    db = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?{options}",
        uri=True,
        isolation_level=None,
        timeout=2,
        factory=Connection,
    )
    if mode != "immutable":  # without locks there is nothing to be dropped
        db.key = str(path.resolve())
        _open_here[db.key] += 1
    db.execute("PRAGMA temp_store = MEMORY")
    return db
