"""Parquet rows of changed levels and trades, with the best bid and ask that each change carried.

    timestamp, price, size, best_bid, best_ask, side BID/ASK, event_type, asset_id

Owns what such a table lacks: conditions and pairs (told by mirrored changes, or by --markets), the
first book (books start empty and warm up), the twin of each change (dropped after it was compared).
A trade's side is the taker's: of the trades with a known book before them most BIDs are at the ask
and most ASKs at the bid (docs/imports.md). A trade row carries no best.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from clobstep.core import EVENT_DTYPE
from clobstep.enums import PIPS, EventKind, Flag, Side
from clobstep.imports import exact, mirrors, parquet
from clobstep.imports.exact import Flags, Ints
from clobstep.imports.known import KnownPairs
from clobstep.imports.recording import CHUNK, Options, Progress, Recording, Spool
from clobstep.imports.tally import Tally, tallies

SHAPE: Final = "Parquet rows of changes and trades"
COLUMNS: Final = (
    "timestamp", "price", "size", "best_bid", "best_ask", "side", "event_type", "asset_id",
)  # fmt: skip
CHANGE: Final = "PRICE_CHANGE"
TRADE: Final = "LAST_TRADE"


@dataclass(slots=True)
class Rows:
    """A table as exact columns; `ok` says which rows can be taken."""

    time: Ints  # nanoseconds
    asset: Ints
    price: Ints
    size: Ints
    bid: Ints
    ask: Ints
    best: Flags  # the row carries a best
    is_ask: Flags
    trade: Flags
    ok: Flags
    names: list[str] = field(default_factory=list)  # asset ids, by `asset`


def read(
    paths: list[Path], interning: KnownPairs, spool: Spool, options: Options, progress: Progress
) -> Recording:
    """Put the rows of these tables into the spool, one table after the other.

    Several tables are one stream; `options.sort` orders all rows by time. Raises RecordingError.
    """
    recording = Recording(SHAPE, spool, interning, without_first_book=True)
    counts = recording.tallies = tallies(paths, "row")
    tables = []
    for path, tally in zip(paths, counts, strict=True):
        progress(f"reading {path.name}", 0, 1)
        tables.append(_rows(parquet.table(path, COLUMNS), tally, path))
    rows, starts = _joined(tables)
    recording.out_of_order = int(np.count_nonzero(np.diff(rows.time[rows.ok]) < 0))
    tokens, known = _tokens(rows, interning, recording)
    changes = np.flatnonzero(rows.ok & ~rows.trade)
    recording.books_out_of_order = _late(tokens[rows.asset[changes]] >> 1, rows.time[changes])
    keep, first_of_two = _without_twins(rows, tokens, recording, starts)
    if options.sort:
        order = np.argsort(rows.time[keep], kind="stable")
        keep = keep[order]
    _put(rows, tokens, keep, spool, progress)
    recording.facts["pairs"] = known
    recording.counters["twins_dropped"] = first_of_two
    return recording


def _rows(table: parquet.Table, tally: Tally, path: Path) -> Rows:
    """The columns of one table as integers, with what is wrong with its rows counted."""
    kinds = parquet.texts(table, "event_type", path)
    sides = parquet.texts(table, "side", path)
    price, price_on, price_in = exact.pips(parquet.doubles(table, "price", path))
    size, size_on, size_in = exact.micros(parquet.doubles(table, "size", path))
    bid, bid_on, bid_in = exact.pips(parquet.doubles(table, "best_bid", path))
    ask, ask_on, ask_in = exact.pips(parquet.doubles(table, "best_ask", path))
    asset, names = parquet.categories(table, "asset_id", path)
    time = parquet.times(table, "timestamp", path)
    trade = kinds == TRADE
    tally.read = table.num_rows
    ok = np.ones(table.num_rows, np.bool_)
    for reason, bad in (
        ("no asset id", asset < 0),
        ("no time, or one outside 2020 to 2100", ~parquet.plausible(time)),
        ("unknown event type", ~trade & (kinds != CHANGE)),
        ("side is neither BID nor ASK", (sides != "BID") & (sides != "ASK")),
        ("price is not between 0 and 1", ~price_in),
        ("price is off the 0.0001 grid", ~price_on),
        ("size is negative, too large or no number", ~size_in),
        ("size is off the grid of microshares", ~size_on),
        ("trade of no shares", trade & (size == 0)),
    ):
        tally.skip_rows(reason, ok & bad)
        ok &= ~bad
    best = ok & ~trade & bid_on & bid_in & ask_on & ask_in & (ask > 0)
    tally.remark_rows("change without a best bid and ask that can be read", ok & ~trade & ~best)
    return Rows(
        time, asset, price, size, bid, ask, best, sides == "ASK", trade, ok, names
    )  # fmt: skip


def _joined(tables: list[Rows]) -> tuple[Rows, list[int]]:
    """Several tables as one, assets renumbered, and where each begins."""
    if len(tables) == 1:
        return tables[0], [0]
    number: dict[str, int] = {}
    assets = []
    for rows in tables:
        places = [number.setdefault(name, len(number)) for name in rows.names]
        assets.append(np.array([*places, -1], np.int64)[rows.asset])
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(rows, name) for rows in tables])
        for name in Rows.__slots__
        if name != "names"
    }
    columns["asset"] = np.concatenate(assets)
    starts = np.cumsum([0, *(len(rows.time) for rows in tables)])[:-1].tolist()
    return Rows(**columns, names=list(number)), starts


def _tokens(rows: Rows, interning: KnownPairs, recording: Recording) -> tuple[Ints, dict[str, str]]:
    """Token of each asset number; pairs that no file names are told by their mirrored changes."""
    of_changes = np.flatnonzero(rows.ok & ~rows.trade)
    changes = mirrors.Changes(
        rows.time[of_changes], rows.asset[of_changes], rows.is_ask[of_changes],
        rows.price[of_changes], rows.size[of_changes],
    )  # fmt: skip
    found = mirrors.pairs(changes, len(rows.names))
    taken, first = np.unique(rows.asset[rows.ok], return_index=True)
    tokens = np.full(len(rows.names), -1, np.int64)
    alone: list[str] = []
    odd: list[str] = []
    known: dict[str, str] = {}
    for asset in taken[np.argsort(first)].tolist():
        name = rows.names[asset]
        partner, count, total = found.get(asset, (-1, 0, 0))
        other = rows.names[partner] if partner >= 0 else ""
        named = interning.info_of("", name) or (other and interning.info_of("", other))
        if other and not named and interning.find(name) is None:
            even = interning.pair("", name, other, source="mirror")
            known[str(even)] = f"{min(count, total):,} of {total:,} changes are mirrored"
        tokens[asset] = token = interning.token("", name)
        if other and named and token ^ 1 != interning.token("", other):
            odd.append(name)
        if interning.pairs_known_from(token) == "none":
            alone.append(name)
    if alone:
        recording.said.append(
            f"{len(alone)} asset(s) have no partner that the changes tell "
            f"(first: {alone[0][:12]}...): each has a condition of its own; "
            "name the pairs with --markets"
        )
    if odd:
        recording.said.append(
            f"{len(odd)} asset(s) are mirrored by another asset than --markets pairs them with "
            f"(first: {odd[0][:12]}...): the file was believed; is it of this recording?"
        )
    return tokens, known


def _without_twins(
    rows: Rows, tokens: Ints, recording: Recording, starts: list[int]
) -> tuple[Ints, int]:
    """The rows to take, in file order, without the second row of each change; and how many."""
    changes = np.flatnonzero(rows.ok & ~rows.trade)
    ask = rows.is_ask[changes]
    token = tokens[rows.asset[changes]]
    owner = np.where(ask, token ^ 1, token)
    level = np.where(ask, PIPS - rows.price[changes], rows.price[changes])
    one, two = mirrors.twins(rows.time[changes], owner, level, rows.size[changes], ask)
    first, second = changes[one], changes[two]
    differs = (rows.bid[first] != PIPS - rows.ask[second]) | (
        rows.ask[first] != PIPS - rows.bid[second]
    )
    differs &= rows.best[first] & rows.best[second]
    counts = recording.tallies
    lone = np.setdiff1d(changes, np.concatenate((first, second)))
    _remark(counts, starts, "change without its mirrored row", lone)
    _remark(counts, starts, "best bid and ask are not the mirror image's", second[differs])
    keep = rows.ok.copy()
    keep[second] = False
    recording.said.append(
        f"{len(second):,} mirrored rows say what another row says, and are taken once"
    )
    _repeated(rows, counts, starts)
    return np.flatnonzero(keep), len(second)


def _repeated(rows: Rows, counts: list[Tally], starts: list[int]) -> None:
    """Count rows equal to an earlier one. They are kept: a row has no id that could tell."""
    columns = (rows.time, rows.asset, rows.trade, rows.is_ask, rows.price, rows.size, rows.bid)
    order = np.lexsort((np.arange(len(rows.time)), *columns[::-1], rows.ask))
    now, after = order[:-1], order[1:]
    same = rows.ok[after] & (rows.ask[now] == rows.ask[after])
    for column in columns:
        same &= column[now] == column[after]
    _remark(counts, starts, "equal to an earlier row; kept", np.sort(after[same]))


def _remark(counts: list[Tally], starts: list[int], reason: str, rows: Ints) -> None:
    """Remark rows of the joined table in the tally of the file they came from."""
    ends = [*starts[1:], np.iinfo(np.int64).max]
    for tally, start, end in zip(counts, starts, ends, strict=True):
        tally.remark_rows(reason, rows[(rows >= start) & (rows < end)] - start)


def _put(rows: Rows, tokens: Ints, keep: Ints, spool: Spool, progress: Progress) -> None:
    """Write the kept rows as events. The last change of a condition's millisecond ends a group."""
    time = rows.time[keep]
    own_time = np.maximum.accumulate(time) if len(time) else time
    token = tokens[rows.asset[keep]]
    ends = _group_ends(token >> 1, time, ~rows.trade[keep])
    for start in range(0, len(keep), CHUNK):
        progress("reading rows", start, len(keep))
        part = slice(start, start + CHUNK)
        row = keep[part]
        trade, best = rows.trade[row], rows.best[row]
        events = np.zeros(len(row), EVENT_DTYPE)
        events["kind"] = np.where(trade, EventKind.PRINT, EventKind.BOOK_DELTA)
        events["time_ns"], events["venue_time_ns"] = own_time[part], time[part]
        events["token"], events["price_pips"] = token[part], rows.price[row]
        events["size"] = rows.size[row]
        events["side"] = np.where(rows.is_ask[row], Side.SELL, Side.BUY)
        events["bid_pips"] = np.where(best, rows.bid[row], 0)
        events["ask_pips"] = np.where(best, rows.ask[row], 0)
        events["flags"] = best * int(Flag.BOOK_BEST) + ends[part] * int(Flag.BOOK_END)
        spool.put(events)


def _late(condition: Ints, time: Ints) -> int:
    """How many are earlier than the one before them of the same condition."""
    order = np.argsort(condition, kind="stable")
    same = condition[order][1:] == condition[order][:-1]
    return int(np.count_nonzero(same & (np.diff(time[order]) < 0)))


def _group_ends(condition: Ints, time: Ints, change: Flags) -> Flags:
    """Which changes are the last of a run of one condition and one time."""
    ends = np.zeros(len(time), np.bool_)
    rows = np.flatnonzero(change)
    rows = rows[np.argsort(condition[rows], kind="stable")]
    last = np.ones(len(rows), np.bool_)
    last[:-1] = (condition[rows][1:] != condition[rows][:-1]) | (time[rows][1:] != time[rows][:-1])
    ends[rows[last]] = True
    return ends
