"""Places in a queue, as the fill models say. Exact integers and fractions.

A place is the size ahead of an order at its level. It is None while nobody can know it: the order
came to rest on a book that was not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import floor

HUNDREDTH = 10_000  # microshares in 0.01 shares: the unit of f


@dataclass(frozen=True)
class Model:
    """Name and exponent; which of the evidence fills a resting order."""

    name: str
    power: int = 3

    @property
    def prints(self) -> bool:
        """Prints strictly through the price fill."""
        return self.name != "crossing"

    @property
    def queue(self) -> bool:
        """Prints at the price fill, after the queue."""
        return self.name not in ("crossing", "trade-through")

    def ahead(self, decrease: int, front: int, back: int) -> int:
        """How much of a decrease by cancels was ahead of us, at least."""
        if self.name in ("front", "risk-averse"):
            return 0
        f_front, f_back = self.weight(front), self.weight(back)
        behind = decrease
        if f_front:
            behind = floor(decrease * Fraction(f_back, f_front + f_back))
        return decrease - min(behind, back)  # no more can have been behind than was there

    def weight(self, size: int) -> int:
        """f of the model."""
        hundredths = size // HUNDREDTH
        if self.name == "power":
            return hundredths**self.power
        return log2_16(1 + hundredths)


@cache
def log2_16(x: int) -> int:
    """log2(x) in units of 2**-16, rounded down: one bit after the other, from the square."""
    scale = x.bit_length() - 1
    digits = scale
    value = Fraction(x, 1 << scale)  # 1 <= value < 2
    for _ in range(16):
        value *= value
        value = Fraction(floor(value * (1 << 200)), 1 << 200)  # far beyond what can matter
        digits *= 2
        if value >= 2:
            value /= 2
            digits += 1
    return digits
