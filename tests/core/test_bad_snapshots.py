"""Snapshots that are none, are old, are of another layout, or were damaged: a clear error."""

from __future__ import annotations

import random
import struct
from typing import Any, Final

import pytest

from clobstep import Engine, EngineConfig, events
from clobstep.config import BOUNDS
from core import support_stream
from core.support import HEAD, VARS, Rig

MASK: Final = (1 << 64) - 1
PI: Final = (
    0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89,
    0x452821E638D01377, 0xBE5466CF34E90C6C, 0xC0AC29B7C97C50DD, 0x3F84D5B5B5470917,
)  # fmt: skip
TABLES: Final = (
    "markets", "tokens", "orders", "order index", "tombstones", "tombstone index", "fills",
    "clusters",
)  # fmt: skip


def fold(a: int, b: int) -> int:
    product = a * b
    return product & MASK ^ product >> 64


def digest(data: bytes) -> int:
    """The digest at a snapshot's end, written again from what core/bits.h says."""
    h = len(data)
    for at in range(0, len(data) // 64 * 64 + 64, 64):
        words = struct.unpack("<8Q", data[at : at + 64].ljust(64, b"\0"))
        mixed = 0
        for k in range(0, 8, 2):
            mixed ^= fold(words[k] ^ PI[k], words[k + 1] ^ PI[k + 1])
        h = (fold(h ^ mixed, 0x9E3779B97F4A7C15) + 0x9216D5D98979FB1B) & MASK
    return h


def signed(data: bytes) -> bytes:
    """The data with the digest that fits it."""
    return data[:-8] + struct.pack("<Q", digest(data[:-8]))


@pytest.fixture(scope="module")
def snapshot() -> bytes:
    engine = support_stream.engine()
    stream = support_stream.make(9, 3_000)
    for at in range(0, len(stream), 64):
        engine.step(stream[at : at + 64])
    return engine.snapshot()


def sections(snapshot: bytes) -> dict[str, tuple[int, int]]:
    """name -> (offset of its content, length); found from the end of the scalars on."""
    end = len(snapshot) - 8
    config = Engine.restore(snapshot).config
    at = next(
        k for k in range(VARS, VARS + 4096, 8) if walk(snapshot, k, end) == end and k > VARS + 8
    )
    found = {"head": (0, HEAD), "config": (HEAD, VARS - HEAD), "scalars": (VARS, at - VARS)}
    for name in (*TABLES, "books"):
        (size,) = struct.unpack_from("<q", snapshot, at)
        found[name] = (at + 8, size)
        at += 8 + size
    assert found["tombstones"][1] == 48 * config.tombstones
    return found


def walk(snapshot: bytes, at: int, end: int) -> int:
    """Follow nine lengths from here; where they lead, or -1."""
    for _ in range(len(TABLES) + 1):
        if at + 8 > end:
            return -1
        (size,) = struct.unpack_from("<q", snapshot, at)
        if not 0 <= size <= end - at - 8:
            return -1
        at += 8 + size
    return at


def refuse(data: Any, words: str, error: type[Exception] = ValueError) -> None:
    with pytest.raises(error, match=words):
        Engine.restore(data)


def test_digest_is_understood(snapshot: bytes) -> None:
    """What follows forges snapshots; the forger must be able to write a good one."""
    assert signed(snapshot) == snapshot
    assert Engine.restore(signed(snapshot)).snapshot() == snapshot


@pytest.mark.parametrize(
    "data, words",
    [
        (None, "snapshot: NoneType given, bytes needed"),
        ("text", "snapshot: str given"),
        (bytearray(10), "snapshot: bytearray given"),
        (memoryview(b""), "snapshot: memoryview given"),
    ],
)
def test_wrong_type(data: Any, words: str) -> None:
    refuse(data, words, TypeError)


def test_foreign_bytes(snapshot: bytes) -> None:
    for data in (b"", b"CLOBSTEP", bytes(100_000), random.Random(1).randbytes(100_000)):
        refuse(data, "snapshot: .* no clobstep snapshot")
    refuse(b"SQLite f" + snapshot[8:], "snapshot: .* no clobstep snapshot")
    refuse(snapshot[:VARS], "snapshot: .* no clobstep snapshot")


def test_other_format(snapshot: bytes) -> None:
    """An old or a newer format is named, whatever its digest."""
    for number in (0, 1, 1 << 40):
        other = snapshot[:8] + struct.pack("<Q", number) + snapshot[16:]
        refuse(other, f"snapshot: format {number}, this engine reads 2")
        refuse(signed(other), f"snapshot: format {number}, this engine reads 2")


def test_other_layout(snapshot: bytes) -> None:
    other = snapshot[:16] + struct.pack("<Q", 0xABC) + snapshot[24:]
    refuse(signed(other), "snapshot: layout 0000000000000abc, this engine has [0-9a-f]{16}; replay")


def test_truncated(snapshot: bytes) -> None:
    """At the end of every section, around it, and at random; and with something added."""
    ends = [at + size for at, size in sections(snapshot).values()]
    rng = random.Random(2)
    lengths = {max(0, end + off) for end in ends for off in (-8, -1, 0, 1, 7)}
    lengths |= {rng.randrange(len(snapshot)) for _ in range(200)}
    for length in sorted(lengths - {len(snapshot)}):
        refuse(snapshot[:length], r"snapshot: (damaged \(digest\)|\d+ bytes that are no)")
    refuse(snapshot + b"\0", r"snapshot: damaged \(digest\)")
    refuse(snapshot + bytes(64), r"snapshot: damaged \(digest\)")


def test_flipped_bits(snapshot: bytes) -> None:
    """A bit anywhere in every section, its first and last byte among them, and in the digest."""
    rng = random.Random(3)
    for name, (start, size) in sections(snapshot).items():
        assert size > 0, name
        places = {start, start + size - 1} | {start + rng.randrange(size) for _ in range(20)}
        for place in places:
            damaged = bytearray(snapshot)
            damaged[place] ^= 1 << rng.randrange(8)
            refuse(bytes(damaged), r"snapshot: (damaged|format|layout|\d+ bytes that are no)")
    damaged = bytearray(snapshot)
    damaged[-1] ^= 1
    refuse(bytes(damaged), r"snapshot: damaged \(digest\)")


@pytest.mark.parametrize("name", list(BOUNDS))
def test_config_outside_its_bounds(name: str, snapshot: bytes) -> None:
    """Signed or not, a snapshot cannot ask for an engine that nobody could configure."""
    at = HEAD + 8 * list(BOUNDS).index(name)
    for value in (BOUNDS[name][0] - 1, BOUNDS[name][1] + 1):
        forged = snapshot[:at] + struct.pack("<q", value) + snapshot[at + 8 :]
        refuse(signed(forged), f"EngineConfig.{name}: {value} is outside")


def test_tables_of_another_size(snapshot: bytes) -> None:
    """The configuration says one length, the section another: named, before it is believed."""
    at = HEAD + 8 * list(BOUNDS).index("orders")
    forged = snapshot[:at] + struct.pack("<q", 32) + snapshot[at + 8 :]
    refuse(signed(forged), "snapshot: section 2 has another length")
    for number, name in enumerate(TABLES):
        start, size = sections(snapshot)[name]
        longer = snapshot[: start - 8] + struct.pack("<q", size + 8) + snapshot[start:]
        refuse(signed(longer), f"snapshot: section {number} has another length")
        cut = snapshot[: start + size // 2] + bytes(8)
        refuse(signed(cut), f"snapshot: section {number} has another length")


def test_books_that_are_none(snapshot: bytes) -> None:
    """A count, a price or a size that no book can have."""
    start, size = sections(snapshot)["books"]
    first = next(k for k in range(start, start + size, 8) if level_follows(snapshot, k))
    for offset, value in ((0, 1 << 40), (8, 10_001), (8, -1), (16, 0), (16, -5)):
        at = first + offset
        forged = snapshot[:at] + struct.pack("<q", value) + snapshot[at + 8 :]
        refuse(signed(forged), "snapshot: section books is no list of levels")
    refuse(signed(snapshot[:-16] + bytes(8)), "snapshot: section books")
    refuse(signed(snapshot[:-8] + bytes(16)), "snapshot: section books")


def level_follows(snapshot: bytes, at: int) -> bool:
    """Whether a token's count of one level or more stands here."""
    count, price, size = struct.unpack_from("<qqq", snapshot, at)
    return 0 < count < 50 and 0 < price < 10_000 and size > 0


def test_a_failed_restore_leaves_other_engines_alone(snapshot: bytes) -> None:
    rig = Rig().trading()
    before = rig.engine.snapshot()
    refuse(snapshot[:-1], "damaged")
    assert rig.engine.snapshot() == before
    timer = events.timer(at=rig.now)
    assert Engine.restore(before).step(timer) == rig.engine.step(timer)


def test_a_snapshot_of_another_engine_is_not_foreign(snapshot: bytes) -> None:
    """It brings its own configuration."""
    engine = Engine.restore(snapshot)
    assert engine.config == EngineConfig(**support_stream.CONFIG)
    assert engine.seq == 3_000
