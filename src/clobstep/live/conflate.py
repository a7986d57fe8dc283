"""Fewer changes of the same books when the engine cannot keep up: only what the end depends on.

Owns nothing. Of a level only the last size stays, and a whole book makes what came before it
needless. What else happened (prints, ticks, resolutions, signs) all stays, in its order.

What is left of a condition then is one group at its last time. The venue's best that was carried in
between is about books that are not shown any more, so it is taken off: the core compares nothing
that it cannot know. Two words of it stay true and are kept: those of the group that was open
before, which ends as it would have, and a BEST that comes after all changes of its condition.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clobstep.core import EVENT_DTYPE
from clobstep.enums import PIPS, EventKind, Flag

Array = NDArray[np.void]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]

_KEY_BITS: Final = 1 << 14  # above any price in pips


def conflate(events: Array) -> tuple[Array, int]:
    """What has to be stepped instead of `events`, and how many are left out.

    The ladders end equal. Events must be such as the codec makes: the records of a snapshot stand
    together, and none would be refused. The array given is not changed.
    """
    kinds = events["kind"]
    of_book = (kinds == EventKind.BOOK_DELTA) | (kinds == EventKind.BOOK_SNAPSHOT)
    at = np.flatnonzero(of_book | (kinds == EventKind.BEST))
    if not len(at):
        return events, 0
    rows = rows_of(events)
    book = Book(records(rows[at]))
    keep = book.kept()
    if keep.all():
        return events, 0
    chosen = np.ones(len(events), np.bool_)
    chosen[at[~keep]] = False
    out = rows.copy()
    out[at] = rows_of(book.events)
    return records(out[chosen]), int(np.count_nonzero(~keep))


def rows_of(events: Array) -> NDArray[np.int64]:
    """Each record as eight words: numpy copies fields one by one, which takes far longer."""
    return np.ascontiguousarray(events).view(np.int64).reshape(len(events), -1)


def records(rows: NDArray[np.int64]) -> Array:
    """The records of rows."""
    return rows.view(EVENT_DTYPE).reshape(len(rows))


class Book:
    """The changes, whole books and BESTs of a batch, in order; `kept` marks them as it goes."""

    def __init__(self, events: Array) -> None:
        self.events = events  # a copy: it was chosen by an index array
        kind = events["kind"]
        self.is_delta: Mask = kind == EventKind.BOOK_DELTA
        self.is_best: Mask = kind == EventKind.BEST
        self.is_first: Mask = (kind == EventKind.BOOK_SNAPSHOT) & (
            events["flags"] & Flag.SNAP_FIRST != 0
        )
        self.token = events["token"].astype(np.int64)
        named = (self.token >> 1 << 16) | events["generation"]
        _, self.condition = np.unique(named, return_inverse=True)
        self.n = int(self.condition.max()) + 1
        self.place = np.arange(len(events))

    def kept(self) -> Mask:
        """Which events stay; those of a group that lost some are changed where needed."""
        began = self._last(self.is_first)
        keep: Mask = self.place >= began[self.condition]
        open_before = keep & self._open_before(keep, began)
        later = keep & ~open_before
        lost = self._superseded(self.is_delta & open_before)
        lost |= self._superseded(self.is_best & open_before)
        lost_later = self._superseded(self.is_delta & later)
        lost_later |= self._superseded(self.is_best & later)
        touched = np.zeros(self.n, np.bool_)
        touched[self.condition[lost_later]] = True
        middle = later & touched[self.condition]
        last_change = self._last(middle & ~self.is_best)
        lost_later |= middle & self.is_best & (self.place < last_change[self.condition])
        keep &= ~(lost | lost_later)
        self._one_group(keep & middle & self.is_delta)
        cut = np.zeros(self.n, np.bool_)
        cut[self.condition[lost]] = True
        self._end_once(keep & open_before & cut[self.condition])
        return keep

    def _last(self, mask: Mask) -> Places:
        """Of each condition the place of the last marked event, -1 for none."""
        out = np.full(self.n, -1)
        np.maximum.at(out, self.condition[mask], self.place[mask])
        return out

    def _open_before(self, keep: Mask, began: Places) -> Mask:
        """Events of the time that their condition begins with: a group may be open since before.

        After a whole book none is. An unknown time tells no group from another.
        """
        first = np.full(self.n, len(self.events))
        np.minimum.at(first, self.condition[keep], self.place[keep])
        time = self.events["venue_time_ns"]
        began_at = time[np.minimum(first, len(time) - 1)]
        same: Mask = time == began_at[self.condition]
        return same & (time > 0) & (began < 0)[self.condition]

    def _superseded(self, mask: Mask) -> Mask:
        """Marked events that a later one of the same level (of a BEST: condition) replaces."""
        chosen = self.place[mask]
        token = self.token[chosen]
        side = self.events["side"][chosen].astype(np.int64)
        price = self.events["price_pips"][chosen].astype(np.int64)
        price = np.where(side == 1, PIPS - price, price)
        level = np.where(self.is_best[chosen], 0, (token ^ side) & 1) * _KEY_BITS
        level += np.where(self.is_best[chosen], 0, price)
        key = self.condition[chosen] * (2 * _KEY_BITS) + level
        _, from_end = np.unique(key[::-1], return_index=True)
        out = mask.copy()
        out[chosen[len(chosen) - 1 - from_end]] = False
        return out

    def _one_group(self, mask: Mask) -> None:
        """Changes that belong to one group from now on, of which nothing is compared."""
        time = np.zeros(self.n, np.int64)
        np.maximum.at(time, self.condition[mask], self.events["venue_time_ns"][mask])
        self.events["venue_time_ns"][mask] = time[self.condition[mask]]
        self.events["flags"][mask] &= ~np.uint8(Flag.BOOK_BEST | Flag.BOOK_END)
        self.events["bid_pips"][mask] = 0
        self.events["ask_pips"][mask] = 0

    def _end_once(self, mask: Mask) -> None:
        """An end before the last event of a group would compare what is not whole any more."""
        mask = mask & ~(self.place == self._last(mask)[self.condition])
        mask &= self.is_delta | self.is_best
        self.events["flags"][mask] &= ~np.uint8(Flag.BOOK_END)
