"""Doubles of a table as exact integers: onto the grid of pips or microshares, or not at all.

Owns the only place where a float meets a price or a size. A double is taken when the grid point
next to it is within 1e-9 (a decimal written as a double is off by less); the integer is that grid
point, so no float goes further. What is off the grid is for the caller to count.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clobstep.enums import MAX_SIZE, PIPS

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Doubles = NDArray[np.float64]

NEAR: Final = 1e-9
MICROS: Final = 1_000_000
_LARGEST: Final = float(MAX_SIZE) / MICROS


def on_grid(values: Doubles, units_in_one: int) -> tuple[Ints, Flags]:
    """The grid point next to each value, and whether the value is on it.

    Values that are no number, or beyond 64 bits, give 0 and False.
    """
    sound = np.isfinite(values) & (np.abs(values) < 2.0**62 / units_in_one)
    safe = np.where(sound, values, 0.0)
    nearest = np.rint(safe * units_in_one)
    return nearest.astype(np.int64), sound & (np.abs(safe - nearest / units_in_one) <= NEAR)


def pips(values: Doubles) -> tuple[Ints, Flags, Flags]:
    """Prices as pips; which are on the 0.0001 grid; which are between 0 and 1."""
    whole, on = on_grid(values, PIPS)
    return whole, on, (whole >= 0) & (whole <= PIPS)


def micros(values: Doubles) -> tuple[Ints, Flags, Flags]:
    """Sizes as microshares; which are on that grid; which are within 0 and the largest size."""
    whole, on = on_grid(values, MICROS)
    fits = np.isfinite(values) & (values >= 0) & (values <= _LARGEST)
    return whole, on, fits
