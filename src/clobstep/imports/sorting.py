"""Messages by exchange time: on ties changes come before books, and file order decides otherwise.

The book of a trade already shows its changes, so they have to come first. Owns what is held until
all was read: the messages' text, and a row of numbers for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clobstep.imports._lines import KINDS, gathered
from clobstep.imports.batches import Batch, Ints, Item
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
        if not n:
            return
        text = np.full(n, len(self._texts), np.int32)
        firsts = np.concatenate((np.zeros(1, np.int64), batch.ends[:-1]))
        owner = next(k for k, tally in enumerate(self._tallies) if tally is batch.tallies[0])
        self._texts.append(batch.text)
        self._rows.append(_Rows(
            2 * batch.times + _RANKS[batch.kinds], text, firsts, batch.ends.copy(),
            batch.times.copy(), batch.received.copy(), batch.numbers.copy(),
            batch.markets.copy(), batch.kinds.copy(), np.full(n, owner, np.int32),
        ))  # fmt: skip

    def add_item(self, item: Item) -> None:
        """Hold a message of an odd line; it has a time."""
        message = item.message
        none, small = np.zeros(1, np.int64), np.zeros(1, np.int32)
        key = np.array([2 * message.time_ns + RANK.get(message.kind, 1)])
        at = np.array([len(self._items)])
        self._items.append(item)
        self._rows.append(_Rows(
            key, np.full(1, _ITEM, np.int32), at, at, none, none, none, small,
            np.zeros(1, np.int8), small,
        ))  # fmt: skip

    def parts(self) -> Iterator[Batch | Item]:
        """All of it, sorted."""
        if not self._rows:
            return
        rows = _Rows(*map(np.concatenate, zip(*self._rows, strict=True)))
        self._rows.clear()
        order = np.argsort(rows.keys, kind="stable")
        is_item = rows.texts[order] == _ITEM
        done = 0
        for at in [*np.flatnonzero(is_item).tolist(), len(order)]:
            for k in range(done, at, BATCH):
                yield self._batch(rows, order[k : min(k + BATCH, at)])
            if at < len(order):
                yield self._items[rows.firsts[order[at]]]
            done = at + 1

    def _batch(self, rows: _Rows, of: NDArray[np.intp]) -> Batch:
        firsts, ends = rows.firsts[of], rows.ends[of]
        text = gathered(self._texts, rows.texts[of], firsts, ends)
        return Batch(
            text, np.cumsum(ends - firsts), rows.times[of], rows.received[of], rows.numbers[of],
            rows.markets[of], rows.kinds[of], self._tallies, rows.owners[of], [],
        )  # fmt: skip
