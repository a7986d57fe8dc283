"""Doubles onto the grids of pips and microshares: exactly, or not at all."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clobstep.enums import MAX_SIZE
from clobstep.imports import exact


@given(st.integers(0, 10_000))
def test_every_price_written_as_a_double_comes_back(pips: int) -> None:
    value = float(Decimal(pips) / 10_000)
    whole, on, within = exact.pips(np.array([value]))
    assert (whole[0], on[0], within[0]) == (pips, True, True)


@given(st.integers(0, MAX_SIZE))
def test_every_size_written_as_a_double_comes_back(micros: int) -> None:
    value = float(Decimal(micros) / 1_000_000)
    whole, on, fits = exact.micros(np.array([value]))
    assert (whole[0], on[0], fits[0]) == (micros, True, True)


def test_noise_of_arithmetic_is_taken_and_more_is_not() -> None:
    values = np.array([0.1 + 0.2, 0.3 + 0.9e-9, 0.3 + 1.1e-9, 0.30004])
    whole, on, within = exact.pips(values)
    assert whole.tolist() == [3_000, 3_000, 3_000, 3_000]
    assert on.tolist() == [True, True, False, False]
    assert within.all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e300])
def test_what_is_no_number_is_never_on_a_grid(value: float) -> None:
    for read in (exact.pips, exact.micros):
        whole, on, _ = read(np.array([value]))
        assert (whole[0], on[0]) == (0, False)
    assert not exact.micros(np.array([value]))[2][0]


def test_ranges() -> None:
    assert exact.pips(np.array([-0.0001, 0.0, 1.0, 1.0001]))[2].tolist() == [
        False, True, True, False,
    ]  # fmt: skip
    largest = MAX_SIZE / 1e6
    assert exact.micros(np.array([-1e-6, 0.0, largest, largest * 1.01]))[2].tolist() == [
        False, True, True, False,
    ]  # fmt: skip
