"""Equity over time: profit and loss of all conditions together, and how far it fell.

Owns: putting the conditions' steps together. Everything is integers of micro-pUSD on the venue's
clock; the last value of the curve is the profit of the summary, to the micro.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from clobstep.report.ledger import Ledger
from clobstep.report.mids import Ints


class Fall(NamedTuple):
    """The deepest fall from a peak: micros lost, from when to when; zeros if it never fell."""

    micros: int
    from_ns: int
    to_ns: int


@dataclass(frozen=True)
class Equity:
    """`micros[i]` holds from `times_ns[i]` to the next; times rise, none twice."""

    times_ns: Ints
    micros: Ints

    def fall(self) -> Fall:
        """The deepest fall from the highest value so far, the start (0) included."""
        if not len(self.micros):
            return Fall(0, 0, 0)
        peaks = np.maximum.accumulate(np.maximum(self.micros, 0))
        low = int(np.argmax(peaks - self.micros))
        lost = int(peaks[low] - self.micros[low])
        if lost == 0:
            return Fall(0, 0, 0)
        reached = np.flatnonzero(self.micros[: low + 1] == peaks[low])
        top = int(reached[-1]) if len(reached) else 0
        return Fall(lost, int(self.times_ns[top]), int(self.times_ns[low]))

    def on_grid(self, step_ns: int) -> Equity:
        """The values at multiples of `step_ns` after the first time, and at the last time."""
        if not len(self.times_ns):
            return self
        first, last = int(self.times_ns[0]), int(self.times_ns[-1])
        grid = np.arange(first, last, step_ns, dtype=np.int64)
        grid = np.append(grid, last)
        return Equity(grid, self.micros[np.searchsorted(self.times_ns, grid, "right") - 1])


def equity(ledgers: list[Ledger]) -> Equity:
    """The sum over the conditions, at each time at which a mark or a position of one changed."""
    times, changes = [], []
    for ledger in ledgers:
        when, value = ledger.equity()
        times.append(when)
        changes.append(np.diff(value, prepend=np.int64(0)))
    if not times:
        return Equity(np.zeros(0, np.int64), np.zeros(0, np.int64))
    when = np.concatenate(times)
    order = np.argsort(when, kind="stable")
    when, total = when[order], np.cumsum(np.concatenate(changes)[order])
    last = np.append(when[1:] != when[:-1], True)[: len(when)]
    return Equity(when[last], total[last])
