"""Random streams: the numbers of a seed are fixed, no stream shifts another, rates are right."""

from __future__ import annotations

import math

import pytest

from clobstep_sim.kernel import Stream, log2_of, number_of

MASK = (1 << 64) - 1


def splitmix(state: int) -> tuple[int, int]:
    """The same in plain Python."""
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return state, z ^ (z >> 31)


def test_a_stream_is_splitmix64_of_seed_and_name() -> None:
    stream = Stream(42, "feed")
    state = splitmix(42 ^ (number_of("feed") * 0xD1342543DE82EF95 & MASK))[1]
    for _ in range(1_000):
        state, wanted = splitmix(state)
        assert stream.next() == wanted


def test_the_published_numbers_of_splitmix64() -> None:
    """Of the reference implementation, seed 1234567."""
    state, told = 1_234_567, []
    for _ in range(3):
        state, number = splitmix(state)
        told.append(number)
    assert told == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]


def test_names_and_seeds_give_other_streams() -> None:
    pairs = [(seed, name) for seed in range(50) for name in ("a", "b", "")]
    firsts = {pair: Stream(*pair).next() for pair in pairs}
    assert len(set(firsts.values())) == len(firsts)


def test_a_draw_more_in_one_shifts_no_other() -> None:
    one, other = Stream(1, "one"), Stream(1, "other")
    one.next()
    fresh = Stream(1, "other")
    assert [other.next() for _ in range(20)] == [fresh.next() for _ in range(20)]


@pytest.mark.parametrize("n", [1, 2, 7, 1_000, 10**12])
def test_below_is_even(n: int) -> None:
    stream = Stream(3, "below")
    count = 40_000
    values = [stream.below(n) for _ in range(count)]
    assert min(values) >= 0
    assert max(values) < n
    spread = math.sqrt((n * n - 1) / 12 / count) if n > 1 else 0
    assert abs(sum(values) / count - (n - 1) / 2) <= 4 * spread


@pytest.mark.parametrize("millionths", [0, 1_000, 250_000, 1_000_000])
def test_a_chance_comes_so_often(millionths: int) -> None:
    stream = Stream(9, "chance")
    p, count = millionths / 1e6, 100_000
    hits = sum(stream.chance(millionths) for _ in range(count))
    assert abs(hits - p * count) <= 4 * math.sqrt(p * (1 - p) * count)


@pytest.mark.parametrize("mean", [0, 1, 1_000, 50_000_000, (1 << 40) - 1])
def test_exponential_has_its_mean_and_its_tail(mean: int) -> None:
    stream = Stream(4, "gaps")
    count = 60_000
    values = [stream.exponential(mean) for _ in range(count)]
    assert min(values) >= 0
    # rounded down, so a mean of 1 shows 1 / (e - 1)
    wanted = mean if mean > 100 else (1 / math.expm1(1 / mean) if mean else 0)
    assert abs(sum(values) / count - wanted) <= 5 * max(wanted, 1) / math.sqrt(count)
    if mean > 100:
        beyond = sum(value > 3 * mean for value in values)
        p = math.exp(-3)
        assert abs(beyond - p * count) <= 4 * math.sqrt(p * count)


def log2_by_squares(x: int) -> int:
    """floor(log2(x) * 2^16), a bit a squaring: what draws.h is held to, bit for bit."""
    top = x.bit_length() - 1
    y = x >> 1 if top > 62 else x << (62 - top)
    for _ in range(16):
        y = y * y >> 62
        top = 2 * top + (y >> 63)
        y >>= y >> 63
    return top


def test_the_logarithm_is_that_of_squares() -> None:
    stream = Stream(5, "logarithm")
    numbers = [stream.next() >> k % 64 or 1 for k in range(20_000)]
    numbers += [n for k in range(64) for n in (1 << k, (1 << k) + 1, (2 << k) - 1)]
    assert [log2_of(n) for n in numbers] == [log2_by_squares(n) for n in numbers]


def test_the_logarithm_steps_where_squares_do() -> None:
    """The first number of a value and the one before it: there a near one may be wrong."""
    for step in range(1, 1 << 16, 97):
        low, high = 1 << 62, 1 << 63
        while low < high:
            middle = (low + high) // 2
            if log2_by_squares(middle) >= (62 << 16) + step:
                high = middle
            else:
                low = middle + 1
        assert (log2_of(low - 1), log2_of(low)) == ((62 << 16) + step - 1, (62 << 16) + step)


def test_what_cannot_be_drawn_is_said() -> None:
    stream = Stream(0, "")
    with pytest.raises(ValueError, match="nothing is below 0"):
        stream.below(0)
    with pytest.raises(ValueError, match="0 has no logarithm"):
        log2_of(0)
    with pytest.raises(ValueError, match="a mean of -1"):
        stream.exponential(-1)
