"""CSV files of tick changes, as a bot wrote them, beside trades and the end of each market.

    event_slug, timestamp_ms, event_type, token_id or asset_id, old_tick_size, new_tick_size, ...

Owns what becomes of each kind of row: tick_size_change, last_trade_price and market_resolved are
events; rows of single levels near 0.99 make no book and are not taken, so the feeds stay DOWN; an
error row says that a connection was lost, which is counted. A pair is named by `event_slug`, with
`outcome` where there is one.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final, TextIO

from clobstep import events, units
from clobstep.imports import parquet
from clobstep.imports.known import KnownPairs
from clobstep.imports.recording import MS, Options, Progress, Recording, Spool
from clobstep.imports.tally import RecordingError, Tally, tallies

SHAPE: Final = "CSV rows of tick changes"
COLUMNS: Final = ("event_slug", "timestamp_ms", "event_type")
_FIRST: Final = {"up", "yes"}

Row = dict[str, str]


def read(
    paths: list[Path], interning: KnownPairs, spool: Spool, options: Options, progress: Progress
) -> Recording:
    """Put the rows of these files into the spool. Raises RecordingError."""
    recording = Recording(SHAPE, spool, interning, connects_itself=True)
    rows: list[tuple[int, int, Tally, Row]] = []
    recording.tallies = tallies(paths, "line")
    for path, tally in zip(paths, recording.tallies, strict=True):
        progress(f"reading {path.name}", 0, 1)
        for number, row in _rows(path, tally):
            time_ns = _time_ns(row, number, tally)
            if time_ns:
                rows.append((time_ns, number, tally, row))
    times = [row[0] for row in rows]
    recording.out_of_order = sum(b < a for a, b in pairwise(times))
    if options.sort:
        rows.sort(key=lambda row: row[0])  # stable: file order otherwise
    _pair(rows, interning)
    reader = _Reader(recording)
    for time_ns, number, tally, row in rows:
        reader.take(row, time_ns, number, tally)
    reader.finish()
    return recording


def opened(path: Path) -> TextIO:
    """A text file, through gzip if its first bytes say so. Raises RecordingError."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        if packed:
            return gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="")
        return path.open(encoding="utf-8", errors="replace", newline="")
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}") from None


def _rows(path: Path, tally: Tally) -> Iterator[tuple[int, Row]]:
    """(line, row) of each row; a gzip file that was cut off ends with its last whole row."""
    with opened(path) as file:
        reader = csv.DictReader(file)
        try:
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise RecordingError(
                    f"{path} lacks the column(s) {', '.join(missing)} in its first line"
                )
            for row in reader:
                tally.read += 1
                yield reader.line_num, {k: v or "" for k, v in row.items() if isinstance(k, str)}
        except (EOFError, zlib.error, gzip.BadGzipFile, csv.Error) as error:
            tally.read += 1
            tally.skip("the file breaks off here", tally.read + 1, str(error))


def _time_ns(row: Row, number: int, tally: Tally) -> int:
    text = row["timestamp_ms"]
    time_ns = int(text) * MS if text.isascii() and text.isdigit() and len(text) < 16 else 0
    if not parquet.EARLIEST_NS <= time_ns < parquet.LATEST_NS:
        tally.skip("no time, or one outside 2020 to 2100", number, text)
        return 0
    return time_ns


def _asset(row: Row) -> str:
    return row.get("token_id") or row.get("asset_id") or ""


def _pair(rows: list[tuple[int, int, Tally, Row]], interning: KnownPairs) -> None:
    """Name the pairs: two assets of one slug; Up or Yes first where the file says so."""
    named: dict[str, dict[str, str]] = {}
    for _, _, _, row in rows:
        if _asset(row):
            outcomes = named.setdefault(row["event_slug"], {})
            outcomes.setdefault(_asset(row), row.get("outcome", "").lower())
    for slug, outcomes in named.items():
        assets = sorted(outcomes, key=lambda asset: outcomes[asset] not in _FIRST)
        if len(assets) == 2 and not any(interning.info_of(slug, asset) for asset in assets):
            interning.pair(slug, *assets, source="message")


class _Reader:
    """Turns rows into event records."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._made: list[bytes] = []
        self._now_ns = 0

    def take(self, row: Row, time_ns: int, number: int, tally: Tally) -> None:
        """Take one row, or say in the tally why not."""
        self._now_ns = max(self._now_ns, time_ns)
        kind = row["event_type"]
        if kind == "error":
            tally.remark("a connection was lost", number, row.get("error_message", ""))
        elif kind in ("bid", "ask"):
            tally.skip("a single level of a book that was not recorded", number)
        elif not _asset(row):
            tally.skip("no asset id", number)
        elif kind in _EVENTS:
            token = self._recording.interning.token(row["event_slug"], _asset(row))
            try:
                made = _EVENTS[kind](row, token, self._now_ns, time_ns)
                self._tick_before(row, token)
            except ValueError as error:  # UnitError is one
                tally.skip("a price, size, side or tick that cannot be read", number, str(error))
            else:
                self._made += made
        elif kind != "market_open":
            tally.skip("unknown event type", number, kind)

    def _tick_before(self, row: Row, token: int) -> None:
        """The first change of a market tells which tick it had until then."""
        said = self._recording.facts_of.setdefault(token & ~1, {})
        old = row.get("old_tick_size", "")
        if old and old != row.get("new_tick_size"):
            said.setdefault("tick_pips", units.parse_tick(old))

    def finish(self) -> None:
        """Put what was made into the spool."""
        self._recording.spool.put_records(b"".join(self._made))


def _tick(row: Row, token: int, at: int, venue_time: int) -> list[bytes]:
    tick = row.get("new_tick_size", "")
    return [events.tick_change(token, tick=tick, at=at, venue_time=venue_time)]


def _trade(row: Row, token: int, at: int, venue_time: int) -> list[bytes]:
    side, price, size = row.get("side", ""), row.get("price", ""), row.get("size", "")
    if not units.parse_size(size):
        raise ValueError("a trade of no shares")
    return [events.public_trade(token, side, price=price, size=size, at=at, venue_time=venue_time)]


def _resolved(row: Row, token: int, at: int, venue_time: int) -> list[bytes]:
    """The winner's row says it; the loser's row says nothing more."""
    if row.get("is_winning_token") != "true":
        return []
    return [events.resolved(token, payout="1", at=at, venue_time=venue_time)]


_EVENTS: Final[dict[str, Callable[[Row, int, int, int], list[bytes]]]] = {
    "tick_size_change": _tick,
    "last_trade_price": _trade,
    "market_resolved": _resolved,
}
