"""Event streams to measure with: a made one, or the peers' own.

A stream is arrays of one market at one tick: kind (0 delta, 1 trade, 2 snapshot), times, side, tick
index, size in microshares, and the best bid and ask in ticks after each event.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind, Flag

Array = npt.NDArray[Any]
MADE_DELTAS = 300_000


@dataclass(frozen=True)
class Stream:
    """Columns of equal length, and `snap`: rows (position, side, tick, size) of the snapshots."""

    ticks: int
    kind: Array
    time_ns: Array
    venue_time_ns: Array
    side: Array
    tick: Array
    size: Array
    best_bid: Array
    best_ask: Array
    snap: Array
    checksum: int | None

    @property
    def tick_pips(self) -> int:
        """Pips in one tick."""
        return 10_000 // self.ticks


def read_peers(path: Path, checksum: int | None) -> Stream:
    """The peers' npz file; `checksum` is the one every book must reach."""
    z = np.load(path)
    return Stream(
        ticks=int(z["ticks"][0]),
        kind=z["kind"],
        time_ns=z["local_ns"],
        venue_time_ns=z["ts_ms"] * 1_000_000,
        side=z["side"],
        tick=z["tick"],
        size=z["size"],
        best_bid=z["best_bid"],
        best_ask=z["best_ask"],
        snap=z["snap"],
        checksum=checksum,
    )


class _Book:
    """A made market at the cent: bids up to `top`, asks above it."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.top = 50
        self.sides = [[0] * 101, [0] * 101]
        self.due: list[tuple[int, int, int]] = []  # what follows from the last change or trade
        for depth in range(30):
            self.sides[0][50 - depth] = self.sides[1][51 + depth] = 100_000_000 * (1 + depth)

    def best(self) -> tuple[int, int]:
        bid = next((t for t in range(self.top, 0, -1) if self.sides[0][t]), 0)
        ask = next((t for t in range(self.top + 1, 100) if self.sides[1][t]), 100)
        return bid, ask

    def levels(self) -> list[tuple[int, int, int]]:
        return [(s, t, q) for s in (0, 1) for t, q in enumerate(self.sides[s]) if q]

    def some_size(self) -> int:
        return self.rng.randrange(1, 100_000) * 10_000

    def trade(self) -> tuple[int, int, int] | None:
        """A taker's side, tick and size; the change of depth it causes is due."""
        side = self.rng.randrange(2)
        tick = self.best()[side]
        there = self.sides[side][tick]
        if not there:
            return None
        size = min(self.some_size() // 2 // 10_000 * 10_000 or 10_000, there)
        self.due.append((side, tick, there - size))
        return 1 - side, tick, size

    def change(self) -> tuple[int, int, int]:
        """The next delta: what is due, now and then a step of the market, else some level."""
        rng = self.rng
        if self.due:
            side, tick, size = self.due.pop()
        elif rng.random() < 0.01:
            up = self.top < 80 and (rng.random() < 0.5 or self.top < 20)
            side, tick, size = (1, self.top + 1, 0) if up else (0, self.top, 0)
            self.top += 1 if up else -1
            self.due.append((1 - side, tick, self.some_size()))
        else:
            side = rng.randrange(2)
            depth = int(rng.expovariate(0.2))
            tick = max(self.top - depth, 1) if side == 0 else min(self.top + 1 + depth, 99)
            gone = self.sides[side][tick] and rng.random() < 0.2
            size = 0 if gone else self.some_size()
        self.sides[side][tick] = size
        return side, tick, size


def make(seed: int = 7, n: int = MADE_DELTAS) -> Stream:
    """A stream of our own on the cent grid: `n` changes, 50 ms apart and 22 ms on their way.

    A fifth of them are removals; for every fifty there is a trade, for every 25,000 a snapshot.
    """
    rng = random.Random(seed)  # noqa: S311 - a stream to measure with
    book = _Book(rng)
    table: list[tuple[int, ...]] = []
    snap: list[tuple[int, int, int, int]] = []
    at_ms, seen_ns, checksum = 1_757_900_000_000, 0, 0

    def row(kind: int, side: int, tick: int, size: int) -> None:
        nonlocal seen_ns
        lag_ns = 2_000_000 + int(rng.gammavariate(4.0, 5_000_000.0))
        seen_ns = max(seen_ns, at_ms * 1_000_000 + lag_ns)
        table.append((kind, seen_ns, at_ms * 1_000_000, side, tick, size, *book.best()))

    for nth in range(n):
        if nth % 25_000 == 0:
            snap += [(len(table), *level) for level in book.levels()]
            row(2, 0, 0, 0)
        at_ms += 1 + int(rng.expovariate(1 / 50))
        if nth % 50 == 25 and not book.due and (trade := book.trade()):
            row(1, *trade)
        row(0, *book.change())
        checksum += 31 * table[-1][-2] + table[-1][-1]
    kind, time_ns, venue_time_ns, side, tick, size, bid, ask = np.array(table, dtype=np.int64).T
    levels = np.array(snap, dtype=np.int64)
    return Stream(
        100, kind, time_ns, venue_time_ns, side, tick, size, bid, ask, levels, checksum
    )  # fmt: skip


def deltas(stream: Stream, token: int = 0) -> Array:
    """The deltas as BOOK_DELTA events, each carrying the venue's best and ending its group."""
    pick = stream.kind == 0
    events = np.zeros(int(pick.sum()), EVENT_DTYPE)
    events["kind"] = EventKind.BOOK_DELTA
    _columns(events, stream, pick, token)
    events["flags"] = Flag.BOOK_END | Flag.BOOK_BEST
    return events


def spread(stream: Stream, tokens: int) -> tuple[Array, dict[int, int]]:
    """The deltas over many conditions in a fixed shuffled order, and where each condition starts.

    A condition takes the deltas that follow one of the stream's snapshots, so that what each
    carries is the best of its own book.
    """
    all_deltas = deltas(stream)
    n = tokens // 2
    before = np.cumsum(stream.kind == 0)  # deltas up to each row
    positions = [int(p) for p in np.flatnonzero(stream.kind == 2)]
    starts = {2 * c: positions[c % len(positions)] for c in range(n)}
    each = min(len(all_deltas) // n, len(all_deltas) // len(positions))
    order = np.random.default_rng(7).permutation(np.repeat(np.arange(n), each))
    nth = np.zeros(len(order), np.int64)
    for c in range(n):
        mine = order == c
        nth[mine] = int(before[starts[2 * c]]) + np.arange(int(mine.sum()))
    events: Array = all_deltas[nth]
    events["token"] = 2 * order
    events["time_ns"] = events["venue_time_ns"] = int(stream.time_ns[0]) + np.arange(len(order))
    return events, starts


def _columns(events: Array, stream: Stream, pick: Array, token: int) -> None:
    events["time_ns"] = stream.time_ns[pick]
    events["venue_time_ns"] = stream.venue_time_ns[pick]
    events["token"] = token
    events["side"] = stream.side[pick]
    events["price_pips"] = stream.tick[pick] * stream.tick_pips
    events["size"] = stream.size[pick]
    events["bid_pips"] = stream.best_bid[pick] * stream.tick_pips
    events["ask_pips"] = stream.best_ask[pick] * stream.tick_pips


def snapshot(stream: Stream, position: int, token: int = 0) -> Array:
    """One snapshot as BOOK_SNAPSHOT events, three levels a record."""
    rows = stream.snap[stream.snap[:, 0] == position]
    parts = []
    for side in (0, 1):
        levels = rows[rows[:, 1] == side]
        part = np.zeros((len(levels) + 2) // 3, EVENT_DTYPE)
        part["side"] = side
        for k, (price, size) in enumerate(
            (("price_pips", "size"), ("bid_pips", "amount"), ("ask_pips", "order_id"))
        ):
            some = levels[k::3]
            part[price][: len(some)] = some[:, 2] * stream.tick_pips
            part[size][: len(some)] = some[:, 3]
            part["code"][: len(some)] = k + 1
        parts.append(part)
    events: Array = np.concatenate(parts)
    events["kind"] = EventKind.BOOK_SNAPSHOT
    events["token"] = token
    events["time_ns"] = stream.time_ns[position]
    events["venue_time_ns"] = stream.venue_time_ns[position]
    events["flags"][0] |= Flag.SNAP_FIRST
    events["flags"][-1] |= Flag.SNAP_LAST
    return events


def whole(stream: Stream) -> Array:
    """Deltas, prints and snapshots in their order."""
    pick = stream.kind < 2
    events = np.zeros(int(pick.sum()), EVENT_DTYPE)
    events["kind"] = np.where(stream.kind[pick] == 0, EventKind.BOOK_DELTA, EventKind.PRINT)
    _columns(events, stream, pick, 0)
    events["flags"] = np.where(stream.kind[pick] == 0, Flag.BOOK_END | Flag.BOOK_BEST, 0)
    where = np.cumsum(pick)  # events before and up to each row
    parts = []
    last = 0
    for position in np.flatnonzero(stream.kind == 2):
        at = int(where[position])
        parts += [events[last:at], snapshot(stream, int(position))]
        last = at
    return np.concatenate([*parts, events[last:]])
