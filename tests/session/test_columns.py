"""Columns give every record back bit for bit, and no bytes make them fail in any other way."""

import random

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE
from clobstep.session._columns import pack_effects, pack_events, unpack_effects, unpack_events
from session.support import records, stepped

EVENTS = (EVENT_DTYPE, pack_events, unpack_events)
EFFECTS = (EFFECT_DTYPE, pack_effects, unpack_effects)
BOTH = pytest.mark.parametrize("form", [EVENTS, EFFECTS], ids=["events", "effects"])


def there_and_back(form, array) -> None:
    dtype, pack, unpack = form
    out = np.full((len(array) + 1) * dtype.itemsize, 0xEE, np.uint8).view(dtype)
    assert unpack(pack(array), out) == len(array)
    assert out[:-1].tobytes() == array.tobytes()
    assert out[-1:].tobytes() == b"\xee" * dtype.itemsize, "it wrote beyond its records"


@BOTH
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_records_come_back(form, data) -> None:
    width = form[0].itemsize
    rows = data.draw(st.lists(st.binary(min_size=width, max_size=width), min_size=1, max_size=9))
    repeats = data.draw(st.integers(1, 60))
    there_and_back(form, np.frombuffer(b"".join(rows) * repeats, form[0]))


@BOTH
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_the_ends_of_every_field_come_back(form, data) -> None:
    array = np.zeros(data.draw(st.integers(1, 300)), form[0])
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 32)))
    for name in form[0].names:
        info = np.iinfo(form[0][name])
        ends = [0, 1, 10_000, 1_000_000, info.max, info.min, info.max - 1, info.max // 2]
        values = np.array([v for v in ends if v <= info.max], form[0][name])
        array[name] = rng.choice(values, len(array))
    there_and_back(form, array)


@BOTH
@pytest.mark.parametrize("n", [1, 127, 128, 129, 4096, 65_535, 65_536])
def test_every_length_comes_back(form, n: int) -> None:
    array = np.zeros(n, form[0])
    array["time_ns"] = 1_760_000_000_000_000_000 + np.arange(n) * 7
    array["size"] = np.arange(n)[::-1] * 10_000
    array["flags"] = np.arange(n) % 200
    array["token"] = np.arange(n) % 1000
    there_and_back(form, array)


def test_as_many_tags_as_records_come_back() -> None:
    array = np.zeros(65_536, EVENT_DTYPE)
    array["generation"] = np.arange(65_536)
    there_and_back(EVENTS, array)


def test_a_real_run_comes_back() -> None:
    stream = records()
    _, effects = stepped(stream)
    there_and_back(EVENTS, stream)
    there_and_back(EFFECTS, np.frombuffer(effects, EFFECT_DTYPE))


def test_a_pack_is_the_same_every_time() -> None:
    assert pack_events(records()) == pack_events(records().copy())


def apart(pack: bytes) -> tuple[bytes, bytes]:
    """What the frame of a pack holds, and the planes behind it."""
    frame = 4 + int.from_bytes(pack[:4], "little")
    return zstandard.ZstdDecompressor().decompress(pack[4:frame]), pack[frame:]


def together(inside: bytes, outside: bytes) -> bytes:
    frame = zstandard.ZstdCompressor().compress(inside)
    return len(frame).to_bytes(4, "little") + frame + outside


@BOTH
def test_damaged_insides_are_an_error_or_other_records(form) -> None:
    """Never a crash and nothing beyond the array, whatever the bytes after decompression."""
    dtype, pack, unpack = form
    source = records()[:400] if form is EVENTS else np.frombuffer(stepped(records())[1], dtype)
    inside, outside = apart(pack(source[:400]))
    rng = random.Random(3)
    refused = 0
    for k in range(3000):
        damaged = bytearray(inside)
        at = k if k < 700 else rng.randrange(len(damaged))  # the head, every byte of it
        damaged[at] ^= rng.randrange(1, 256)
        out = np.full(401 * dtype.itemsize, 0xEE, np.uint8).view(dtype)
        try:
            assert unpack(together(damaged, outside), out) <= 400
        except ValueError:
            refused += 1
        assert out[-1:].tobytes() == b"\xee" * dtype.itemsize
    assert refused > 200


def test_noise_stands_outside_of_the_frame_and_what_repeats_itself_inside() -> None:
    rng = np.random.default_rng(5)
    array = np.zeros(4096, EVENT_DTYPE)
    array["size"] = rng.integers(0, 256, 4096) * 1_000_000
    assert len(apart(pack_events(array))[1]) == 4096
    there_and_back(EVENTS, array)
    array["size"] = np.tile(array["size"][:64], 64)
    assert len(apart(pack_events(array))[1]) == 0
    there_and_back(EVENTS, array)


@BOTH
def test_bytes_that_are_no_pack_are_refused(form) -> None:
    dtype, pack, unpack = form
    out = np.zeros(10, dtype)
    good = pack(np.zeros(5, dtype))
    inside, outside = apart(good)
    for bad in (
        b"", b"x", b"x" * 100, good[:-1], good[:20], good + b"x", bytes(4) + good[4:],
        together(b"", outside), together(inside[:-1], outside), together(inside + b"x", outside),
        together(bytes(1 << 24), outside), together(bytes(len(inside)), outside),
    ):  # fmt: skip
        with pytest.raises((ValueError, zstandard.ZstdError)):
            unpack(bad, out)


def test_one_kind_of_pack_is_not_the_other() -> None:
    with pytest.raises(ValueError, match="as long as their head says"):
        unpack_effects(pack_events(np.zeros(5, EVENT_DTYPE)), np.zeros(5, EFFECT_DTYPE))


@BOTH
def test_arrays_that_do_not_fit_are_named(form) -> None:
    dtype, pack, unpack = form
    with pytest.raises(ValueError, match="0 records"):
        pack(np.zeros(0, dtype))
    with pytest.raises(ValueError, match="65537 records"):
        pack(np.zeros(65_537, dtype))
    with pytest.raises(TypeError, match=r"array of (64|72)-byte records"):
        pack(np.zeros(5, "u1"))
    with pytest.raises(ValueError, match="ascontiguousarray"):
        pack(np.zeros(10, dtype)[::2])
    with pytest.raises(ValueError, match="5 records, there is room for 4"):
        unpack(pack(np.zeros(5, dtype)), np.zeros(4, dtype))
    with pytest.raises(TypeError, match="bytes"):
        unpack(bytearray(pack(np.zeros(5, dtype))), np.zeros(5, dtype))
