"""Fewer points for a plot, without losing what the eye looks for: the extremes.

Owns: which rows of a series are drawn. Every row it gives is a row of the series; none is averaged.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from clobstep.report.mids import Ints

MOST: Final = 5_000  # points of one drawn series


def changes(*columns: Ints) -> Ints:
    """Rows at which any column differs from the row above; the first and the last row always."""
    n = len(columns[0])
    if not n:
        return np.zeros(0, np.int64)
    moved = np.zeros(n, np.bool_)
    moved[0] = moved[-1] = True
    for column in columns:
        moved[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(moved)


def thin(times: Ints, columns: tuple[Ints, ...], most: int = MOST) -> Ints:
    """At most `most` rows: of each stretch of equal length the first, and each column's lowest and
    highest; the first and the last row of all."""
    n = len(times)
    if n <= most:
        return np.arange(n, dtype=np.int64)
    stretches = max(1, (most - 2) // (2 * len(columns) + 1))
    width = int(times[-1] - times[0]) // stretches + 1
    stretch = (times - times[0]) // width
    begins = np.flatnonzero(np.append(True, stretch[1:] != stretch[:-1]))
    kept = [np.array([0, n - 1], np.int64), begins]
    for column in columns:
        order = np.lexsort((column, stretch))  # rows of a stretch stay together, lowest first
        kept += [order[begins], order[np.append(begins[1:], n) - 1]]
    return np.unique(np.concatenate(kept))
