"""Raw messages as they came in, gathered into compressed blocks.

Owns: the form of a block (zstd over MessagePack rows of [seq, time_ns, source, payload]) and which
messages are kept. A block is written with a commit once it is large or a second old by the times of
its own messages, so a crash loses at most a second of raw messages and never an event.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import zstandard

from clobstep.session.format import RAW_BLOCK_BYTES, RAW_BLOCK_NS, SessionError, digest

Block = tuple[int, int, int, int, bytes, bytes]


class Raw(NamedTuple):
    """A message: events before it, when it came in, from where, and its bytes."""

    seq: int
    time_ns: int
    source: str
    payload: bytes


_ROWS = msgspec.msgpack.Decoder(list[Raw])


class RawBlocks:
    """What waits to be written."""

    def __init__(self, setting: str, every: int) -> None:
        self._seen = 0
        self._every = {"kept": 1, "sampled": max(every, 1), "dropped": 0}[setting]
        self._waiting: list[Raw] = []
        self._bytes = 0
        self._closed = False

    def add(self, seq: int, time_ns: int, source: str, payload: bytes) -> None:
        """Take a message, or count it only."""
        self._seen += 1
        if self._every and (self._seen - 1) % self._every == 0:
            self._waiting.append(Raw(seq, time_ns, source, bytes(payload)))
            self._bytes += len(payload)

    def close(self) -> None:
        """From now on whatever waits is due."""
        self._closed = True

    @property
    def due(self) -> bool:
        """Is there a block to be written now?"""
        rows = self._waiting
        if not rows:
            return False
        span = rows[-1].time_ns - rows[0].time_ns
        return self._closed or self._bytes >= RAW_BLOCK_BYTES or span >= RAW_BLOCK_NS

    def take(self) -> Block:
        """What waits, as a block: n, first seq, first and last time, digest, data."""
        rows = self._waiting
        data = zstandard.ZstdCompressor(level=3).compress(msgspec.msgpack.encode(rows))
        head = (len(rows), rows[0].seq, rows[0].time_ns, rows[-1].time_ns)
        self._waiting, self._bytes = [], 0
        return (*head, digest(head, data), data)


def unpack(head: tuple[int, int, int, int], stated: bytes, data: bytes) -> list[Raw]:
    """The messages of a block. Errors: SessionError when it is damaged."""
    if digest(head, data) != stated:
        raise SessionError("its digest does not fit")
    try:
        rows = _ROWS.decode(zstandard.ZstdDecompressor().decompress(data))
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise SessionError(str(error)) from error
    if len(rows) != head[0]:
        raise SessionError(f"it has {len(rows)} messages, {head[0]} are stated")
    return rows
