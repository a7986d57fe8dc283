"""Thinning for plots keeps the extremes, the ends, and the limit."""

from __future__ import annotations

import numpy as np
import pytest

from clobstep.report._series import MOST, changes, thin


def test_short_series_stay_whole() -> None:
    times = np.arange(10, dtype=np.int64)
    assert thin(times, (times,), 10).tolist() == list(range(10))


@pytest.mark.parametrize("columns", [1, 2])
def test_the_limit_holds_and_the_extremes_stay(columns: int) -> None:
    draw = np.random.Generator(np.random.PCG64(1))
    times = np.sort(draw.integers(0, 10**15, 200_000)).astype(np.int64)
    values = tuple(np.cumsum(draw.integers(-5, 6, 200_000)) for _ in range(columns))
    rows = thin(times, values)
    assert 1_000 < len(rows) <= MOST
    assert (np.diff(rows) > 0).all()
    assert rows[0] == 0
    assert rows[-1] == len(times) - 1
    for value in values:
        assert value[rows].min() == value.min()
        assert value[rows].max() == value.max()


def test_a_spike_of_one_row_is_drawn() -> None:
    times = np.arange(100_000, dtype=np.int64)
    values = np.zeros(100_000, np.int64)
    values[54_321] = 9
    assert 54_321 in thin(times, (values,), 100)


def test_years_of_nanoseconds_do_not_overflow() -> None:
    times = np.linspace(0, 4 * 10**18, 9_000).astype(np.int64)
    assert len(thin(times, (times,), 900)) <= 900


def test_changes() -> None:
    one, two = np.array([1, 1, 2, 2, 2]), np.array([7, 7, 7, 8, 8])
    assert changes(one, two).tolist() == [0, 2, 3, 4]
    assert changes(one[:0]).tolist() == []
