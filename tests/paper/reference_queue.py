"""Places in a queue, as the fill models say. Exact fractions; only `log` needs a real number.

A place is the size ahead of an order at its level. It is None while nobody can know it: the order
came to rest on a book that was not known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

CENT_SHARE = 10_000  # microshares in 0.01 shares: the unit of f


@dataclass(frozen=True)
class Model:
    """Name and exponent; which of the evidence fills a resting order."""

    name: str
    power: int = 1

    @property
    def prints(self) -> bool:
        """Prints strictly through the price fill."""
        return self.name != "crossing"

    @property
    def queue(self) -> bool:
        """Prints at the price fill, after the queue."""
        return self.name not in ("crossing", "trade-through")

    def ahead(self, decrease: int, front: int, back: int) -> int:
        """How much of a decrease by cancels was ahead of us, rounded down: our place is no better
        than the model says."""
        if self.name == "front":
            return 0
        if self.name == "risk-averse":
            return 0
        x, y = front // CENT_SHARE, back // CENT_SHARE
        if self.name == "log":
            f, b = math.log1p(x), math.log1p(y)
            return math.floor(decrease * f / (f + b)) if f else 0
        f_front, f_back = x**self.power, y**self.power
        if f_front == 0:
            return 0
        return math.floor(decrease * Fraction(f_front, f_front + f_back))
