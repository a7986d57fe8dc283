"""How far a made feed is from a recorded one: features of event records, and a figure for each.

Owns: what is measured of a feed. Times are the venue's, prices in the frame of YES, distances in
ticks. What one of the two does not have (no books, no prints, too short) is not compared, and a
kind of message that only one of them has is left out of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from clobstep.enums import EventKind, Flag, Side
from clobstep_sim.fuzz.likeness_books import Array, Books, books_of

SECOND: Final = 1_000_000_000
MILLI: Final = 1_000_000
PIPS: Final = 10_000
SHARE: Final = 1_000_000
STEP_NS: Final = 100 * MILLI  # the mid and the spread are looked at so often
WARM_NS: Final = 300 * SECOND  # a feed without a first book
KINDS: Final = {
    EventKind.BOOK_DELTA: "change",
    EventKind.BOOK_SNAPSHOT: "book",
    EventKind.BEST: "best",
    EventKind.PRINT: "print",
}
FEWEST: Final = 8  # values, or there is nothing to compare
LEAST: Final = 1e-4  # shares and scales below it are as good as none


@dataclass(frozen=True)
class Row:
    """A feature: how it is compared, what it is in either, and how far these are apart.

    `ks` compares samples, whose 10 %, 50 % and 95 % are shown; `ratio` is |ln(made / recorded)|;
    `difference` is the plain one. None: one of the two does not have it.
    """

    name: str
    by: str
    made: tuple[float, ...] | None
    recorded: tuple[float, ...] | None
    distance: float | None


@dataclass(frozen=True)
class Likeness:
    """All features of a pair of feeds."""

    rows: tuple[Row, ...]

    def as_dict(self) -> dict[str, float | None]:
        """The distance of each feature."""
        return {row.name: row.distance for row in self.rows}

    def text(self) -> str:
        """A line a feature; `-` where one of the two does not have it."""
        lines = [f"{'feature':<18} {'by':<10} {'made':>24} {'recorded':>24} {'distance':>9}"]
        for row in self.rows:
            apart = "-" if row.distance is None else f"{row.distance:.3f}"
            made, recorded = _shown(row.made), _shown(row.recorded)
            lines.append(f"{row.name:<18} {row.by:<10} {made:>24} {recorded:>24} {apart:>9}")
        return "\n".join(lines)


def compare(made: Array, recorded: Array) -> Likeness:
    """Two arrays of events (EVENT_DTYPE), each of one market or of several alike."""
    kinds = [k for k in KINDS if all((a["kind"] == k).any() for a in (made, recorded))]
    ours, theirs = features(made, kinds), features(recorded, kinds)
    return Likeness(tuple(_row(name, by, ours[name], theirs[name]) for name, by in HOW.items()))


def of_market(events: Array, market: int) -> Array:
    """The events of one market; a busy and a quiet one together are like neither."""
    return np.asarray(events[(events["token"] >> 1) == market])


def features(events: Array, kinds: list[EventKind] | None = None) -> dict[str, Array]:
    """Each feature's values, over all markets of the array; empty where there are none."""
    kinds = list(KINDS) if kinds is None else kinds
    is_word = np.isin(events["kind"], kinds)
    found: dict[str, list[Array]] = {name: [] for name in HOW}
    for market in np.unique(events["token"][is_word] >> 1):
        tick = _tick(events, int(market))
        for name, values in _of_one(of_market(events[is_word], int(market)), tick):
            found[name].append(np.atleast_1d(np.asarray(values, dtype=float)))
    return {name: np.concatenate(v) if v else np.empty(0) for name, v in found.items()}


def _of_one(words: Array, tick: int) -> Iterator[tuple[str, Any]]:
    order = np.argsort(words["venue_time_ns"], kind="stable")
    words = words[order]
    books = books_of(words)
    yield from _rhythm(words)
    yield from _changes(words, tick)
    yield from _levels(words, books, tick)
    at, bid, ask = _quotes(words, books)
    yield from _mid(at, bid, ask, tick)
    yield from _trades(words, books, (at, bid, ask))


def _rhythm(words: Array) -> Iterator[tuple[str, Any]]:
    """A book is one message, of however many records."""
    is_one = (words["kind"] != EventKind.BOOK_SNAPSHOT) | (words["flags"] & Flag.SNAP_FIRST > 0)
    at, kind = words["venue_time_ns"][is_one], words["kind"][is_one]
    for k, name in KINDS.items():
        if (kind == k).any():
            yield f"share_{name}", np.mean(kind == k)
    span = int(at[-1] - at[0])
    yield "gap_ms", np.diff(at) / MILLI
    if span:
        yield "rate", len(at) * SECOND / span
    for name, width in (("fano_1s", SECOND), ("fano_10s", 10 * SECOND)):
        n = span // width
        if n >= 3:
            count = np.bincount((at - at[0]) // width, minlength=n)[:n]
            yield name, float(np.var(count)) / max(float(np.mean(count)), LEAST)


def _changes(words: Array, tick: int) -> Iterator[tuple[str, Any]]:
    """Levels that changed: to what size, by how much, how far from the best of their side."""
    d = words[words["kind"] == EventKind.BOOK_DELTA]
    if not len(d):
        return
    yield "removals", np.mean(d["size"] == 0)
    yield "level_size", d["size"][d["size"] > 0] / SHARE
    with_best = d[d["flags"] & Flag.BOOK_BEST > 0]
    is_bid = with_best["side"] == Side.BUY
    own = np.where(is_bid, with_best["bid_pips"], with_best["ask_pips"]).astype(int)
    away = np.where(is_bid, 1, -1) * (own - with_best["price_pips"])
    yield "change_ticks", away[(own > 0) & (own < PIPS)] / tick
    key = _level_keys(d)
    order = np.argsort(key, kind="stable")
    is_same = np.diff(key[order]) == 0
    yield "step_size", np.abs(np.diff(d["size"][order])[is_same]) / SHARE


def _levels(words: Array, books: Books, tick: int) -> Iterator[tuple[str, Any]]:
    """Whole books, or what changes alone make of an empty one once it is warm."""
    if books.n:
        yield "levels", books.counts().ravel()
        yield "one_sided", np.mean(books.counts().min(axis=1) == 0)
        yield "book_ticks", books.away() / tick
        yield "book_size", books.near_sizes() / SHARE
        return
    d = words[words["kind"] == EventKind.BOOK_DELTA]
    if not len(d):
        return
    key, is_bid = _level_keys(d), (d["side"] == Side.BUY) != (d["token"] & 1 > 0)
    order = np.argsort(key, kind="stable")
    there = (d["size"] > 0)[order].astype(int)
    begins = np.diff(key[order], prepend=-1) != 0
    more = np.empty(len(d), dtype=int)
    more[order] = there - np.where(begins, 0, np.concatenate(([0], there[:-1])))
    warm = d["venue_time_ns"] >= d["venue_time_ns"][0] + WARM_NS
    sides = [np.cumsum(np.where(one, more, 0))[warm] for one in (is_bid, ~is_bid)]
    yield "levels", np.concatenate(sides)


def _mid(at: Array, bid: Array, ask: Array, tick: int) -> Iterator[tuple[str, Any]]:
    """Looked at in even steps, so that a busy feed and a slow one can be compared."""
    if not len(at):
        return
    two_sided = (bid > 0) & (ask < PIPS)
    steps = np.arange(at[0], at[-1] + 1, STEP_NS)
    k = np.searchsorted(at, steps, side="right") - 1
    yield "spread_ticks", ((ask - bid) / tick)[k][two_sided[k]]
    mid = ((bid + ask) / 2)[k]
    for name, seconds in (("mid_1s_ticks", 1), ("mid_60s_ticks", 60)):
        width = seconds * SECOND // STEP_NS
        if len(mid) > FEWEST * width:
            yield name, np.abs(np.diff(mid[::width])).mean() / tick


def _trades(
    words: Array, books: Books, quotes: tuple[Array, Array, Array]
) -> Iterator[tuple[str, Any]]:
    p = words[words["kind"] == EventKind.PRINT]
    if not len(p):
        return
    yield "trade_size", p["size"] / SHARE
    yield "trade_buys", np.mean(p["side"] == Side.BUY)
    up = (p["side"] == Side.BUY) != (p["token"] & 1 > 0)
    if len(p) >= FEWEST:
        sign = np.where(up, 1.0, -1.0)
        yield "sign_lag_1", np.mean(sign[1:] * sign[:-1])
    at, bid, ask = quotes
    if len(at):
        price = np.where(p["token"] & 1, PIPS - p["price_pips"], p["price_pips"])
        k = np.maximum(np.searchsorted(at, p["venue_time_ns"], side="right") - 1, 0)
        yield "trade_moves", np.mean(np.where(up, ask[k] > price, bid[k] < price))
    if books.n:
        k = np.searchsorted(books.at, p["venue_time_ns"], side="right") - 1
        yield "print_ms", (p["venue_time_ns"] - books.at[k])[k >= 0] / MILLI


def _quotes(words: Array, books: Books) -> tuple[Array, Array, Array]:
    """The best bid and ask over time, in the frame of YES: the last of each millisecond."""
    w = words[(words["kind"] == EventKind.BEST) | (words["flags"] & Flag.BOOK_BEST > 0)]
    w = w[w["kind"] != EventKind.BOOK_SNAPSHOT]
    is_no = w["token"] & 1 > 0
    own_bid, own_ask = w["bid_pips"].astype(int), w["ask_pips"].astype(int)
    at = np.concatenate((w["venue_time_ns"], books.at))
    bid = np.concatenate((np.where(is_no, PIPS - own_ask, own_bid), books.best()[0]))
    ask = np.concatenate((np.where(is_no, PIPS - own_bid, own_ask), books.best()[1]))
    order = np.argsort(at, kind="stable")
    at, bid, ask = at[order], bid[order], ask[order]
    last = np.diff(at, append=np.iinfo(np.int64).max) > 0
    return at[last], bid[last], ask[last]


def _level_keys(d: Array) -> Array:
    """A number for each level of a market's one book."""
    is_no = d["token"] & 1 > 0
    price = np.where(is_no, PIPS - d["price_pips"].astype(int), d["price_pips"])
    return np.asarray(price * 2 + ((d["side"] == Side.BUY) != is_no))


def _tick(events: Array, market: int) -> int:
    said = events["price_pips"][
        (events["kind"] == EventKind.MARKET) & (events["token"] >> 1 == market)
    ]
    return int(said[0]) if len(said) and said[0] > 0 else 100


def _ks(a: Array, b: Array) -> float:
    """The largest distance of two distribution functions."""
    both = np.concatenate((a, b))
    above = [np.searchsorted(np.sort(x), both, side="right") / len(x) for x in (a, b)]
    return float(np.abs(above[0] - above[1]).max())


def _ratio(a: Array, b: Array) -> float:
    return float(abs(np.log(max(np.median(a), LEAST) / max(np.median(b), LEAST))))


def _difference(a: Array, b: Array) -> float:
    return float(abs(np.mean(a) - np.mean(b)))


MEASURES: Final[dict[str, Callable[[Array, Array], float]]] = {
    "ks": _ks,
    "ratio": _ratio,
    "difference": _difference,
}
HOW: Final = {
    "share_change": "difference",  # of messages, by kind
    "share_book": "ratio",
    "share_best": "ratio",
    "share_print": "ratio",
    "rate": "ratio",  # messages a second
    "fano_1s": "ratio",  # variance of the count in such a window, by its mean
    "fano_10s": "ratio",
    "gap_ms": "ks",  # between two messages
    "level_size": "ks",  # of a changed level, after it
    "step_size": "ks",  # how much a level changed: orders that came or went
    "removals": "difference",  # of changes
    "change_ticks": "ks",  # from the best of its side after the change; below 0: better than it
    "levels": "ks",  # a side
    "one_sided": "difference",  # of books
    "book_ticks": "ks",  # of the best 20 levels a side from the first of them
    "book_size": "ks",  # of these levels
    "spread_ticks": "ks",
    "mid_1s_ticks": "ratio",  # mean absolute change
    "mid_60s_ticks": "ratio",
    "trade_size": "ks",
    "trade_buys": "difference",  # of trades, the taker's side
    "trade_moves": "difference",  # of trades: nothing is left at their price when they are printed
    "sign_lag_1": "difference",  # autocorrelation of the side, in the frame of YES
    "print_ms": "ratio",  # after the book it made
}


def _row(name: str, by: str, made: Array, recorded: Array) -> Row:
    least = FEWEST if by == "ks" else 1
    told = [_told(v, by) if len(v) >= least else None for v in (made, recorded)]
    apart = None if None in told else MEASURES[by](made, recorded)
    return Row(name, by, told[0], told[1], apart)


def _told(values: Array, by: str) -> tuple[float, ...]:
    if by == "ks":
        return tuple(float(q) for q in np.quantile(values, (0.1, 0.5, 0.95)))
    return (float(np.median(values) if by == "ratio" else np.mean(values)),)


def _shown(values: tuple[float, ...] | None) -> str:
    return "-" if values is None else " ".join(f"{v:.4g}" for v in values)
