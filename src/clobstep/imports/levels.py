"""Ladders of snapshot tables: lists of prices and sizes as flat exact columns, and as events.

Owns the packing of three levels into a BOOK_SNAPSHOT record, for many books at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from clobstep.core import EVENT_DTYPE
from clobstep.enums import PIPS, EventKind, Flag, Side
from clobstep.imports import exact, parquet
from clobstep.imports.exact import Doubles, Flags, Ints
from clobstep.imports.recording import Events
from clobstep.imports.tally import RecordingError

IN_A_RECORD: Final = 3


@dataclass(slots=True)
class Ladders:
    """One side of many books: levels start[i] .. start[i] + count[i] of the flat columns."""

    start: Ints
    count: Ints
    price_pips: Ints
    sizes: Ints
    uneven: Flags  # by book: prices and sizes are not equally many
    price: Flags  # by book: a price cannot be taken
    size: Flags  # by book: a size cannot be taken

    @property
    def any(self) -> Flags:
        """Whether a book has a level on this side."""
        return self.count > 0

    def best(self, *, highest: bool) -> Ints:
        """The highest (or lowest) price of each book; what an empty one gives means nothing."""
        edge = np.maximum if highest else np.minimum
        found = np.zeros(len(self.start), np.int64)
        full = np.flatnonzero(self.any)
        if len(full):  # the levels of one book end where those of the next begin
            found[full] = edge.reduceat(self.price_pips, self.start[full])
        return found


def read(table: parquet.Table, prices: str, sizes: str, path: Path) -> Ladders:
    """Two columns of lists. Raises RecordingError where they are none."""
    price_values, start, count = _lists(table, prices, path)
    size_values, size_start, size_count = _lists(table, sizes, path)
    uneven = count != size_count
    if np.any(uneven):  # levels of such a book stay apart: it is not taken
        price_values, start, count, size_values = _even(
            price_values, start, count, size_values, size_start, uneven
        )
    pips, on, within = exact.pips(price_values)
    micros, fine, fits = exact.micros(size_values)
    return Ladders(
        start, count, pips, micros, uneven,
        _any_of(~(on & within), start, count), _any_of(~(fine & fits), start, count),
    )  # fmt: skip


def _even(
    prices: Doubles, start: Ints, count: Ints, sizes: Doubles, size_start: Ints, uneven: Flags
) -> tuple[Doubles, Ints, Ints, Doubles]:
    """The same columns with the uneven books emptied."""
    count = np.where(uneven, 0, count)
    where = _indices(start, count)
    size_where = _indices(size_start, count)
    return prices[where], np.cumsum(count) - count, count, sizes[size_where]


def _indices(start: Ints, count: Ints) -> Ints:
    """start[0] .. start[0] + count[0], start[1] .. and so on, in one row."""
    first = np.cumsum(count) - count
    return np.repeat(start - first, count) + np.arange(int(count.sum()))


def _lists(table: parquet.Table, name: str, path: Path) -> tuple[Doubles, Ints, Ints]:
    pyarrow, _ = parquet.modules()
    kind = table[name].type
    if not (pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind)):
        raise RecordingError(f"{path}: column {name} is {kind}, lists of numbers are needed")
    if not (
        pyarrow.types.is_floating(kind.value_type) or pyarrow.types.is_integer(kind.value_type)
    ):
        raise RecordingError(f"{path}: column {name} is {kind}, lists of numbers are needed")
    with parquet.legible(path, f"column {name}"):
        column = table[name].combine_chunks()
        if isinstance(column, pyarrow.ChunkedArray):
            column = column.combine_chunks() if column.num_chunks else pyarrow.array([], kind)
        lengths = pyarrow.compute.list_value_length(column).fill_null(0)
        count = np.asarray(lengths.to_numpy(zero_copy_only=False), np.int64)
        values = column.flatten().cast(pyarrow.float64()).to_numpy(zero_copy_only=False)
    return np.asarray(values, np.float64), np.cumsum(count) - count, count


def _any_of(bad: Flags, start: Ints, count: Ints) -> Flags:
    """By book: whether any of its levels is bad."""
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(bad)))
    return np.asarray(before[start + count] > before[start], np.bool_)


def mirrored(bids: Ladders, asks: Ladders, one: Ints, two: Ints) -> Flags:
    """Whether book `two[i]` is the mirror image of book `one[i]`: its bids the other's asks."""
    return _same(bids, one, asks, two) & _same(asks, one, bids, two)


def _same(left: Ladders, one: Ints, right: Ladders, two: Ints) -> Flags:
    """Whether the levels are the same, at 1 - p, in the same order (best first in both)."""
    equal = left.count[one] == right.count[two]
    at = _indices(left.start[one], np.where(equal, left.count[one], 0))
    other = _indices(right.start[two], np.where(equal, right.count[two], 0))
    differs = (left.price_pips[at] != PIPS - right.price_pips[other]) | (
        left.sizes[at] != right.sizes[other]
    )
    count = np.where(equal, left.count[one], 0)
    return np.asarray(equal & ~_any_of(differs, np.cumsum(count) - count, count), np.bool_)


def snapshot_events(bids: Ladders, asks: Ladders, rows: Ints, time_ns: Ints, token: Ints) -> Events:
    """BOOK_SNAPSHOT records of these books, bids before asks, an empty book in one record."""
    n_bids = -(-bids.count[rows] // IN_A_RECORD)
    n_asks = -(-asks.count[rows] // IN_A_RECORD)
    n_bids = np.where(n_bids + n_asks == 0, 1, n_bids)  # an empty book is a record too
    n = n_bids + n_asks
    events = np.zeros(int(n.sum()), EVENT_DTYPE)
    book = np.repeat(np.arange(len(rows)), n)
    turn = np.arange(len(book)) - np.repeat(np.cumsum(n) - n, n)  # which record of its book
    events["kind"] = EventKind.BOOK_SNAPSHOT
    events["time_ns"] = events["venue_time_ns"] = time_ns[book]
    events["token"] = token[book]
    on_ask = turn >= n_bids[book]
    events["side"] = np.where(on_ask, Side.SELL, Side.BUY)
    flags = np.where(turn == 0, int(Flag.SNAP_FIRST), 0)
    events["flags"] = flags + np.where(turn == n[book] - 1, int(Flag.SNAP_LAST), 0)
    for side, ladders in ((on_ask, asks), (~on_ask, bids)):
        at = np.flatnonzero(side)
        row = rows[book[at]]
        first = (turn[at] - np.where(on_ask[at], n_bids[book[at]], 0)) * IN_A_RECORD
        left = np.minimum(ladders.count[row] - first, IN_A_RECORD)
        events["code"][at] = np.maximum(left, 0)
        for k, (price, size) in enumerate(
            (("price_pips", "size"), ("bid_pips", "amount"), ("ask_pips", "order_id"))
        ):
            here = at[left > k]
            level = (ladders.start[row] + first + k)[left > k]
            events[price][here] = ladders.price_pips[level]
            events[size][here] = ladders.sizes[level]
    return events
