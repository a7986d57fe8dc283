"""Whole books out of an array of events, for likeness: every level in the frame of YES."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from clobstep.enums import EventKind, Flag, Side

Array = npt.NDArray[Any]
PIPS: Final = 10_000
NEAR: Final = 20  # levels a side: some recordings hold no more


@dataclass(frozen=True)
class Books:
    """`at`: when each was. Then a row a level, best first within a book's side (0 bids, 1 asks)."""

    at: Array
    book: Array
    side: Array
    price: Array
    size: Array

    @property
    def n(self) -> int:
        """How many."""
        return len(self.at)

    def counts(self) -> Array:
        """Levels by book and side."""
        found = np.bincount(2 * self.book + self.side, minlength=2 * self.n)
        return found.reshape(self.n, 2)

    def best(self) -> tuple[Array, Array]:
        """Best bid and ask of each; 0 and 10,000 where there is none."""
        bid, ask = np.zeros(self.n, dtype=int), np.full(self.n, PIPS)
        np.maximum.at(bid, self.book[self.side == 0], self.price[self.side == 0])
        np.minimum.at(ask, self.book[self.side == 1], self.price[self.side == 1])
        return bid, ask

    def away(self) -> Array:
        """Distance of the near levels from the best of their side."""
        best = np.stack(self.best(), axis=1)[self.book, self.side]
        return np.asarray(np.abs(best - self.price)[self._near()])

    def near_sizes(self) -> Array:
        """Sizes of the near levels."""
        return np.asarray(self.size[self._near()])

    def _near(self) -> Array:
        counts = self.counts().ravel()
        first = np.cumsum(counts) - counts
        return np.asarray(np.arange(len(self.book)) - first[2 * self.book + self.side] < NEAR)


def books_of(words: Array) -> Books:
    """The books among the words of one market; one that is not whole is left out."""
    w = words[words["kind"] == EventKind.BOOK_SNAPSHOT]
    number = np.cumsum(w["flags"] & Flag.SNAP_FIRST > 0) - 1
    w, number = w[number >= 0], number[number >= 0]
    n = int(number[-1]) + 1 if len(number) else 0
    at = w["venue_time_ns"][w["flags"] & Flag.SNAP_FIRST > 0]
    pairs = (("price_pips", "size"), ("bid_pips", "amount"), ("ask_pips", "order_id"))
    has = [w["code"] > k for k in range(3)]
    book = np.concatenate([number[has[k]] for k in range(3)]).astype(int)
    price = np.concatenate([w[pairs[k][0]][has[k]] for k in range(3)]).astype(int)
    size = np.concatenate([w[pairs[k][1]][has[k]].astype(np.int64) for k in range(3)])
    is_no = np.concatenate([w["token"][has[k]] & 1 for k in range(3)]) > 0
    side = np.concatenate([w["side"][has[k]] == Side.SELL for k in range(3)]) != is_no
    price = np.where(is_no, PIPS - price, price)
    order = np.lexsort((np.where(side, price, -price), side, book))
    assert n == len(at)
    return Books(at, book[order], side[order].astype(int), price[order], size[order])
