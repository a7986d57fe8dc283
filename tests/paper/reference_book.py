"""The displayed book of one condition as the reference sees it: plain dictionaries.

Written from docs and design pages only. A book is two ladders of bids, one a token; the asks of a
token are the bids of the other at 1 - p, so an order of either side is a bid of one of the two.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PIPS = 10_000
LOW, HIGH = 100, 9_900  # a book whose bests lie at or beyond these is a placeholder


@dataclass
class Volume:
    """Some size at a level that waits to be told of twice: by a print and by a decrease."""

    time_ns: int
    size: int
    seq: int


@dataclass
class Level:
    """What is displayed at a price, what we took of it, and what waits to be explained."""

    shown: int = 0
    taken: int = 0
    printed: list[Volume] = field(default_factory=list)
    """Prints whose decrease has not come yet."""
    missing: list[Volume] = field(default_factory=list)
    """Decreases whose print has not come yet."""

    def show(self, size: int) -> int:
        """Set the displayed size; by how much it fell (0 if it did not)."""
        fell = max(0, self.shown - size)
        self.shown = size
        self.taken = min(self.taken, size)
        return fell


@dataclass
class Book:
    """Both ladders; `known` is false from a gap until a whole new book."""

    known: bool = True
    ladders: tuple[dict[int, Level], dict[int, Level]] = field(default_factory=lambda: ({}, {}))

    def level(self, which: int, price: int) -> Level:
        """The level of ladder 0 (even token) or 1 (odd token); made when it is not there."""
        return self.ladders[which].setdefault(price, Level())

    def best(self, which: int) -> int:
        """Highest displayed bid of a ladder; 0 for none."""
        return max((p for p, level in self.ladders[which].items() if level.shown > 0), default=0)

    @property
    def placeholder(self) -> bool:
        """Best bid at 0.01 or less and best ask at 0.99 or more; an empty side counts as such."""
        return self.best(0) <= LOW and self.best(1) <= PIPS - HIGH

    @property
    def fillable(self) -> bool:
        """Whether what is displayed may fill anybody."""
        return self.known and not self.placeholder

    def opposite(self, which: int, price: int) -> list[tuple[int, Level]]:
        """Levels that a bid of ladder `which` at `price` meets, the best for it first."""
        other = self.ladders[1 - which]
        met = [(q, level) for q, level in other.items() if q + price >= PIPS and level.shown > 0]
        return sorted(met, key=lambda one: -one[0])
