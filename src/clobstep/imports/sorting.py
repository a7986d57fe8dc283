"""Messages by exchange time: on ties changes come before books, and file order decides otherwise.

The book of a trade already shows its changes, so they have to come first. Owns what is held until
all was read: the messages' text, and a row of numbers for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clobstep.imports import batches
from clobstep.imports._lines import KINDS, gathered
from clobstep.imports.batches import Batch, Ints, Item
from clobstep.imports.envelope import Message
from clobstep.imports.tally import Tally

RANK: Final = {"price_change": 0, "tick_size_change": 0}  # others 1
BATCH: Final = 16_384  # messages
_RANKS: Final = np.array([RANK.get(kind, 1) for kind in KINDS], np.int64)
_ITEM: Final = -1  # in place of a text's: the row is an item, and `firsts` says which


class _Rows(NamedTuple):
    """Columns of what is held, and where its text is."""

    keys: Ints
    texts: NDArray[np.int32]
    firsts: Ints
    ends: Ints
    times: Ints
    received: Ints
    numbers: Ints
    markets: NDArray[np.int32]
    kinds: NDArray[np.int8]
    owners: NDArray[np.int32]


class Sorter:
    """Takes batches and items, and gives them again in order of time."""

    def __init__(self, tallies: list[Tally]) -> None:
        self._tallies = tallies
        self._texts: list[bytes] = []
        self._items: list[Item] = []
        self._rows: list[_Rows] = []

    def add_batch(self, batch: Batch) -> None:
        """Hold messages; what is told of them is the caller's to count."""
        n = len(batch.ends)
        text = np.full(n, len(self._texts), np.int32)
        firsts = np.concatenate((np.zeros(1, np.int64), batch.ends[:-1]))
        owner = self._owner(batch.tallies[0])
        self._texts.append(batch.text)
        self._rows.append(_Rows(
            2 * batch.times + _RANKS[batch.kinds], text, firsts, batch.ends, batch.times,
            batch.received, batch.numbers, batch.markets, batch.kinds, np.full(n, owner, np.int32),
        ))  # fmt: skip

    def add_item(self, item: Item) -> None:
        """Hold a message of an odd line; it has a time."""
        self._items.append(item)

    def _owner(self, tally: Tally) -> int:
        return next(k for k, known in enumerate(self._tallies) if known is tally)

    def _item_rows(self) -> _Rows:
        """A row for each item."""
        items, n = self._items, len(self._items)
        keys = [2 * i.message.time_ns + RANK.get(i.message.kind, 1) for i in items]
        none, small, places = np.zeros(n, np.int64), np.zeros(n, np.int32), np.arange(n)
        return _Rows(
            np.array(keys, np.int64), np.full(n, _ITEM, np.int32), places, places, none, none,
            np.array([item.number for item in items], np.int64), small, np.zeros(n, np.int8),
            np.array([self._owner(item.tally) for item in items], np.int32),
        )  # fmt: skip

    def parts(self) -> Iterator[Batch | Item]:
        """All of it, sorted."""
        every = [*self._rows, self._item_rows()]
        self._rows.clear()
        rows = _Rows(*map(np.concatenate, zip(*every, strict=True)))
        order = np.lexsort((rows.numbers, rows.owners))  # as in the files; stable within a line
        order = order[np.argsort(rows.keys[order], kind="stable")]
        is_item = rows.texts[order] == _ITEM
        done = 0
        for at in [*np.flatnonzero(is_item).tolist(), len(order)]:
            if at - done <= batches.FEW:
                yield from (self._item(rows, int(row)) for row in order[done:at])
            else:
                for k in range(done, at, BATCH):
                    yield self._batch(rows, order[k : min(k + BATCH, at)])
            if at < len(order):
                yield self._items[rows.firsts[order[at]]]
            done = at + 1

    def _item(self, rows: _Rows, row: int) -> Item:
        """A message of a usual line by itself: between odd ones batches are not worth making."""
        raw = self._texts[rows.texts[row]][rows.firsts[row] : rows.ends[row] - 1]
        message = Message(raw, KINDS[rows.kinds[row]], int(rows.times[row]), "", in_array=False)
        return Item(message, int(rows.markets[row]), int(rows.received[row]),
                    int(rows.numbers[row]), self._tallies[rows.owners[row]])  # fmt: skip

    def _batch(self, rows: _Rows, of: NDArray[np.intp]) -> Batch:
        firsts, ends = rows.firsts[of], rows.ends[of]
        text = gathered(self._texts, rows.texts[of], firsts, ends)
        return Batch(
            text, np.cumsum(ends - firsts), rows.times[of], rows.received[of], rows.numbers[of],
            rows.markets[of], rows.kinds[of], self._tallies, rows.owners[of], [],
        )  # fmt: skip
