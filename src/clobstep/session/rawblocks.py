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
    """What waits to be written, as blocks and as messages that are not yet enough for one."""

    def __init__(self, setting: str, every: int) -> None:
        self._every = {"kept": 1, "sampled": max(every, 1), "dropped": 0}[setting]
        self._seen = 0
        self._waiting: list[Raw] = []
        self._bytes = 0
        self._blocks: list[Block] = []

    def add(self, seq: int, time_ns: int, source: str, payload: bytes) -> None:
        """Take a message, or count it only."""
        self._seen += 1
        if not self._every or (self._seen - 1) % self._every:
            return
        self._waiting.append(Raw(seq, time_ns, source, bytes(payload)))
        self._bytes += len(payload)
        if self._bytes >= RAW_BLOCK_BYTES or time_ns - self._waiting[0].time_ns >= RAW_BLOCK_NS:
            self.close()

    def close(self) -> None:
        """Make a block of whatever waits."""
        rows = self._waiting
        if rows:
            data = zstandard.ZstdCompressor(level=3).compress(msgspec.msgpack.encode(rows))
            head = (len(rows), rows[0].seq, rows[0].time_ns, rows[-1].time_ns)
            self._blocks.append((*head, digest(head, data), data))
            self._waiting, self._bytes = [], 0

    @property
    def due(self) -> bool:
        """Is there a block to be written now?"""
        return bool(self._blocks)

    def take(self) -> list[Block]:
        """The blocks: n, first seq, first and last time, digest, data."""
        blocks, self._blocks = self._blocks, []
        return blocks


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
