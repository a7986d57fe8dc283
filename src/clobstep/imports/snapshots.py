"""Tables of book snapshots, and the table of their markets with the payouts.

    books:   market_id, ts (ms), side UP/DOWN, bid_px, bid_sz, ask_px, ask_sz (lists of one length)
    markets: market_id, slug, question, start_ts, end_ts (ms), payout_up, payout_down

Owns what such a recording lacks: asset ids (named after market and side), deltas and prints (there
are none: only crossing can be seen), the second side of a book (the mirror image of the first: it
is compared and dropped). A market resolves after its last book, not before its end. The table is
kept market by market, so its rows are always ordered by time.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from clobstep.core import EVENT_DTYPE
from clobstep.enums import NO_TOKEN, PIPS, EventKind, FeedSign
from clobstep.imports import exact, levels, parquet
from clobstep.imports.exact import Flags, Ints
from clobstep.imports.known import KnownPairs
from clobstep.imports.recording import Events, Options, Progress, Recording, Spool, feed_event
from clobstep.imports.tally import RecordingError, Tally
from clobstep.venue.markets import MarketInfo

SHAPE: Final = "Parquet book snapshots"
COLUMNS: Final = ("market_id", "ts", "side", "bid_px", "bid_sz", "ask_px", "ask_sz")
MARKET_COLUMNS: Final = ("market_id", "slug", "start_ts", "end_ts", "payout_up", "payout_down")
ROWS_AT_ONCE: Final = 2_048


@dataclass(slots=True)
class Books:
    """A table of snapshots: a row each, its levels in flat columns."""

    time: Ints  # nanoseconds
    market: Ints
    down: Flags
    bids: levels.Ladders
    asks: levels.Ladders
    ok: Flags
    names: list[str]  # market ids, by `market`


def up_asset(condition: str) -> str:
    """The name an UP token gets, since such a table names no asset."""
    return f"{condition}:UP"


def down_asset(condition: str) -> str:
    """The name a DOWN token gets."""
    return f"{condition}:DOWN"


def read(
    paths: list[Path], interning: KnownPairs, spool: Spool, options: Options, progress: Progress
) -> Recording:
    """Put the books of these tables into the spool, by time. Raises RecordingError."""
    recording = Recording(SHAPE, spool, interning, connects_itself=True)
    progress(f"reading {paths[0].name}", 0, 1)
    table = parquet.joined([parquet.table(path, COLUMNS) for path in paths], paths)
    tally = Tally(paths, " + ".join(path.name for path in paths), "book")
    recording.tallies.append(tally)
    books = _books(table, tally, paths[0])
    if options.market is not None:
        _only(books, options.market, interning, tally)
    rows = _one_side(books, tally, recording)
    rows = rows[np.argsort(books.time[rows], kind="stable")]
    _put(books, rows, recording, progress)
    return recording


def _books(table: parquet.Table, tally: Tally, path: Path) -> Books:
    """The table's columns as integers, with what is wrong with its rows counted."""
    sides = parquet.texts(table, "side", path)
    market, names = parquet.categories(table, "market_id", path)
    time = parquet.times(table, "ts", path)
    bids = levels.read(table, "bid_px", "bid_sz", path)
    asks = levels.read(table, "ask_px", "ask_sz", path)
    tally.read = table.num_rows
    ok = np.ones(table.num_rows, np.bool_)
    for reason, bad in (
        ("no market id", market < 0),
        ("no time, or one outside 2020 to 2100", ~parquet.plausible(time)),
        ("side is neither UP nor DOWN", (sides != "UP") & (sides != "DOWN")),
        ("prices and sizes of a side are not equally many", bids.uneven | asks.uneven),
        ("a price that is not between 0 and 1, or off the 0.0001 grid", bids.price | asks.price),
        ("a size that is negative, too large or off the grid", bids.size | asks.size),
    ):
        tally.skip_rows(reason, ok & bad)
        ok &= ~bad
    crossed = ok & bids.any & asks.any & (bids.best(highest=True) >= asks.best(highest=False))
    tally.remark_rows("best bid not below best ask: taken, and not believed", crossed)
    tally.remark_rows("a book without any level", ok & ~bids.any & ~asks.any)
    return Books(time, market, sides == "DOWN", bids, asks, ok, names)


def _only(books: Books, wanted: str, interning: KnownPairs, tally: Tally) -> None:
    """Leave only the market that is asked for by its id or slug. Raises RecordingError."""
    slugs = {name: _slug(interning, name) for name in books.names}
    found = [name for name, slug in slugs.items() if wanted in (name, slug)]
    if not found:
        known = ", ".join(slug or name for name, slug in list(slugs.items())[:12])
        raise RecordingError(f"--market {wanted}: {tally.name} has no such market; it has {known}")
    other = books.ok & (books.market != books.names.index(found[0]))
    tally.skip_rows("of another market than the one asked for", other)
    books.ok &= ~other


def _slug(interning: KnownPairs, condition: str) -> str:
    info = interning.info_of(condition)
    return info.slug if info is not None else ""


def _one_side(books: Books, tally: Tally, recording: Recording) -> Ints:
    """The rows to take: of two sides of one book that are mirror images only UP's."""
    rows = np.flatnonzero(books.ok)
    order = rows[np.lexsort((books.down[rows], books.time[rows], books.market[rows]))]
    now, after = order[:-1], order[1:]
    two = (
        (books.market[now] == books.market[after])
        & (books.time[now] == books.time[after])
        & (books.down[now] != books.down[after])
    )
    first, second = now[two], after[two]
    same = levels.mirrored(books.bids, books.asks, first, second)
    tally.remark_rows(
        "not the mirror image of the other side: both are taken", np.sort(second[~same])
    )
    paired = np.concatenate((first, second))
    tally.remark_rows("side without the other one", np.setdiff1d(rows, paired))
    recording.said.append(
        f"{np.count_nonzero(same):,} books are the exact mirror image of the other side's, and "
        "are taken once"
    )
    keep = books.ok.copy()
    keep[second[same]] = False
    return np.flatnonzero(keep)


def _put(books: Books, rows: Ints, recording: Recording, progress: Progress) -> None:
    """Write the books as events, each market between its CONNECTED and its resolution."""
    tokens = _tokens(books, rows, recording)
    seen, indices = np.unique(books.market[rows], return_index=True)
    first = dict(zip(seen.tolist(), indices.tolist(), strict=True))
    steps = [(int(books.time[rows[i]]), i, m, True) for m, i in first.items()]
    for market in first:
        end_ns = int(books.time[rows[books.market[rows] == market]].max())
        info = _info(recording, books.names[market])
        if info is not None and info.end_ns is not None:
            end_ns = max(end_ns, info.end_ns)
        at = int(np.searchsorted(books.time[rows], end_ns, side="right"))
        steps.append((end_ns, at, market, False))
    done = 0
    for time_ns, at, market, begins in sorted(steps, key=lambda step: (step[1], step[0])):
        _put_books(books, rows[done:at], tokens, recording.spool, progress)
        done = at
        token = int(tokens[market])
        if begins:
            recording.spool.put(feed_event(FeedSign.CONNECTED, token, time_ns, time_ns))
        else:
            info = _info(recording, books.names[market])
            recording.spool.put(_end(info, token, time_ns))
    _put_books(books, rows[done:], tokens, recording.spool, progress)


def _tokens(books: Books, rows: Ints, recording: Recording) -> Ints:
    """The even token of each market of these rows, in the order in which they appear."""
    interning = recording.interning
    tokens = np.full(len(books.names), NO_TOKEN, np.int64)
    seen, first = np.unique(books.market[rows], return_index=True)
    for market in seen[np.argsort(first)].tolist():
        name = books.names[market]
        token = interning.pair(name, up_asset(name), down_asset(name), source="message")
        tokens[market] = token
    return tokens


def _info(recording: Recording, condition: str) -> MarketInfo | None:
    return recording.interning.info_of(condition)


def _end(info: MarketInfo | None, token: int, time_ns: int) -> Events:
    """RESOLVED where the payout is known, and the end of the market's feed."""
    lost = feed_event(FeedSign.LOST, token, time_ns, time_ns)
    if info is None or info.payout_yes_pips is None:
        return lost
    resolved = np.zeros(1, EVENT_DTYPE)
    resolved["kind"], resolved["token"] = EventKind.RESOLVED, token
    resolved["price_pips"] = info.payout_yes_pips
    resolved["time_ns"] = resolved["venue_time_ns"] = time_ns
    return np.concatenate((resolved, lost))


def _put_books(books: Books, rows: Ints, tokens: Ints, spool: Spool, progress: Progress) -> None:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        progress("reading books", start, len(rows))
        part = rows[start : start + ROWS_AT_ONCE]
        token = tokens[books.market[part]] + books.down[part]
        spool.put(levels.snapshot_events(books.bids, books.asks, part, books.time[part], token))


def market_table(path: Path) -> list[MarketInfo]:
    """The metadata of a table of markets; fields it does not name stay unknown."""
    table = parquet.table(path, MARKET_COLUMNS)
    names = set(parquet.column_names(path))
    payout, on, within = exact.pips(parquet.doubles(table, "payout_up", path))
    other, other_on, _ = exact.pips(parquet.doubles(table, "payout_down", path))
    sound = on & other_on & within & (payout + other == PIPS)
    extra = parquet.table(path, [n for n in ("question", "tick_size") if n in names])
    times = {n: parquet.times(table, n, path) for n in ("start_ts", "end_ts")}
    with parquet.legible(path, "its texts"):
        rows: list[dict[str, Any]] = table.select(["market_id", "slug"]).to_pylist()
        questions = extra["question"].to_pylist() if "question" in names else [""] * len(rows)
    return [
        MarketInfo(
            condition=str(row["market_id"]),
            yes=up_asset(str(row["market_id"])),
            no=down_asset(str(row["market_id"])),
            slug=str(row["slug"] or ""),
            question=str(questions[i] or ""),
            start_ns=int(times["start_ts"][i]) or None,
            end_ns=int(times["end_ts"][i]) or None,
            payout_yes_pips=int(payout[i]) if sound[i] else None,
            source=f"{path.name}, row {i + 1}",
        )
        for i, row in enumerate(rows)
    ]
