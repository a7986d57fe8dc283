"""The displayed book of one condition as the reference sees it: plain dictionaries.

Written from docs and design pages only. A book is two ladders of bids, one a token; the asks of a
token are the bids of the other at 1 - p, so an order of either side is a bid of one of the two.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sortedcontainers import SortedList

PIPS = 10_000
LOW = 100  # a book whose best bid is at or below this, and best ask at or beyond 1 - this, is none
ROUNDED = 10_000
"""A displayed size has two decimals of a share, a print six: so far apart they are the same."""
LEAST_LAG_NS = 15_000_000
"""No print came sooner after its decrease."""
NO_BOUND = 1 << 62


@dataclass(eq=False)
class Volume:
    """Some size at a level that waits to be told of twice: by a print and by a decrease.

    What it did to a queue: `traded` of it were at the head, `left` was displayed right after it.
    """

    time_ns: int
    size: int
    seq: int
    traded: int = 0
    left: int = NO_BOUND


@dataclass
class Level:
    """What is displayed at a price, what we took of it, and what waits to be explained."""

    shown: int = 0
    taken: int = 0
    printed: list[Volume] = field(default_factory=list)
    """Prints whose decrease has not come yet."""
    missing: list[Volume] = field(default_factory=list)
    """Decreases whose print has not come yet."""

    @property
    def free(self) -> int:
        """What is displayed and not ours already."""
        return self.shown - self.taken


class Book:
    """Both ladders; `known` is false from a gap until a whole new book."""

    def __init__(self) -> None:
        self.known = False
        self.ladders: tuple[dict[int, Level], dict[int, Level]] = ({}, {})
        self.shown: tuple[SortedList, SortedList] = (SortedList(), SortedList())

    def level(self, which: int, price: int) -> Level:
        """The level of ladder 0 (even token) or 1 (odd token); made when it is not there."""
        ladder = self.ladders[which]
        if price not in ladder:
            ladder[price] = Level()
        return ladder[price]

    def show(self, which: int, price: int, size: int) -> int:
        """Set the displayed size; by how much it fell (0 if it did not)."""
        level = self.level(which, price)
        if level.shown and not size:
            self.shown[which].remove(price)
        elif size and not level.shown:
            self.shown[which].add(price)
        fell = max(0, level.shown - size)
        level.shown = size
        level.taken = min(level.taken, size)
        return fell

    def best(self, which: int) -> int:
        """Highest displayed bid of a ladder; 0 for none."""
        return self.shown[which][-1] if self.shown[which] else 0

    @property
    def placeholder(self) -> bool:
        """Best bid at 0.01 or less and best ask at 0.99 or more; an empty side counts as such."""
        return self.best(0) <= LOW and self.best(1) <= LOW

    @property
    def fillable(self) -> bool:
        """Whether what is displayed may fill anybody."""
        return self.known and not self.placeholder

    def opposite(self, which: int, price: int) -> list[tuple[int, Level]]:
        """Levels that a bid of ladder `which` at `price` meets, the best for it first."""
        other = 1 - which
        met = self.shown[other].irange(PIPS - price, None, reverse=True)
        return [(at, self.ladders[other][at]) for at in met]


def explain(
    volumes: list[Volume], size: int, old_ns: int | None = None
) -> list[tuple[Volume, int]]:
    """Which of the waiting volumes a new one of this size is, and how much of each.

    One of the same size, as far as displayed sizes are rounded; else as many as it takes. The first
    in this order: those of `old_ns` or before, the newest of them first, then the younger ones, the
    oldest first. Without `old_ns` the oldest first.
    """
    old = [] if old_ns is None else [one for one in volumes if one.time_ns <= old_ns]
    order = old[::-1] + volumes[len(old) :]
    for one in order:
        if abs(one.size - size) <= ROUNDED:
            one.size = 0
            volumes.remove(one)
            return [(one, size)]
    parts = []
    for one in order:
        if not size:
            break
        same = abs(one.size - size) <= ROUNDED
        part = size if same else min(size, one.size)
        parts.append((one, part))
        one.size = 0 if same else one.size - part
        size -= part
        if one.size == 0:
            volumes.remove(one)
    return parts
