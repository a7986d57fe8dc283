"""Tables of book snapshots: both sides, the end of a market, its payout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import recordings
from clobstep.enums import EventKind, FeedSign, Flag, Side
from clobstep.imports.run import import_files
from clobstep.imports.tally import RecordingError
from clobstep.replay import state
from clobstep.session.reader import Session
from imports.tables import MS, Book, books, events, imported, markets

UP: Book = (0, "0xa", "UP", [0.5, 0.49], [10, 20], [0.52, 0.53, 0.54, 0.6], [1, 2, 3, 4.5])
DOWN: Book = (0, "0xa", "DOWN", [0.48, 0.47, 0.46, 0.4], [1, 2, 3, 4.5], [0.5, 0.51], [10, 20])


def later(book: Book, ms: int) -> Book:
    return (ms, *book[1:])


def test_a_book_is_rebuilt_level_by_level(tmp_path: Path) -> None:
    result = imported(tmp_path, books(tmp_path / "b.parquet", [UP]))
    with Session.open(result.out) as session:
        snapshot = session.snapshot_before(session.last_seq)
        assert snapshot is not None
        before_end = state.at(session, session.last_seq - 1)  # the last event ends the feed
    view = before_end.view
    assert view.levels(0, Side.BUY) == [(5_000, 10_000_000), (4_900, 20_000_000)]
    assert view.levels(0, Side.SELL) == [
        (5_200, 1_000_000), (5_300, 2_000_000), (5_400, 3_000_000), (6_000, 4_500_000),
    ]  # fmt: skip


def test_the_mirrored_side_is_compared_and_dropped(tmp_path: Path) -> None:
    rows = [DOWN, UP, later(UP, 1_000), later((*DOWN[:6], [10, 21]), 1_000)]
    result = imported(tmp_path, books(tmp_path / "b.parquet", rows))
    found = events(result)
    firsts = found[(found["kind"] == EventKind.BOOK_SNAPSHOT) & (found["flags"] & 1 == 1)]
    assert firsts["token"].tolist() == [0, 0, 1]
    (tally,) = result.recording.tallies
    assert tally.remarked["not the mirror image of the other side: both are taken"].first == [4]
    assert "1 books are the exact mirror image" in result.recording.said[0]


def test_a_side_alone_and_an_empty_book_are_taken(tmp_path: Path) -> None:
    rows: list[Book] = [UP, (1_000, "0xa", "DOWN", [], [], [], [])]
    result = imported(tmp_path, books(tmp_path / "b.parquet", rows))
    snapshots = events(result)[events(result)["kind"] == EventKind.BOOK_SNAPSHOT]
    last = snapshots[-1]
    assert (last["code"], last["flags"]) == (0, Flag.SNAP_FIRST | Flag.SNAP_LAST)
    (tally,) = result.recording.tallies
    assert tally.remarked["side without the other one"].count == 2
    assert tally.remarked["a book without any level"].first == [2]


def test_a_market_resolves_after_its_last_book_and_not_before_its_end(tmp_path: Path) -> None:
    rows = [UP, later(UP, 1_000), (0, "0xb", *UP[2:]), (9_000, "0xb", *UP[2:])]
    table = markets(tmp_path / "m.parquet", [("0xa", "a", 5_000, 1.0), ("0xb", "b", 5_000, 0.0)])
    result = imported(tmp_path, books(tmp_path / "b.parquet", rows), table)
    found = events(result)
    resolved = found[found["kind"] == EventKind.RESOLVED]
    assert resolved["token"].tolist() == [0, 2]
    assert resolved["price_pips"].tolist() == [10_000, 0]
    assert resolved["time_ns"].tolist() == [(MS + 5_000) * 10**6, (MS + 9_000) * 10**6]
    feeds = found[found["kind"] == EventKind.FEED]
    assert feeds["code"].tolist() == [FeedSign.CONNECTED] * 2 + [FeedSign.LOST] * 2
    assert np.all(np.diff(found["time_ns"]) >= 0)
    assert result.as_dict()["markets"][1]["slug"] == "b"


def test_a_payout_that_is_none_is_not_made_up(tmp_path: Path) -> None:
    table = markets(tmp_path / "m.parquet", [("0xa", "a", 5_000, None)])
    result = imported(tmp_path, books(tmp_path / "b.parquet", [UP]), table)
    assert not (events(result)["kind"] == EventKind.RESOLVED).any()


def test_one_market_of_many(tmp_path: Path) -> None:
    rows = [UP, (0, "0xb", *UP[2:])]
    table = markets(tmp_path / "m.parquet", [("0xa", "a", 5_000, 1.0), ("0xb", "b", 5_000, 0.0)])
    path = books(tmp_path / "b.parquet", rows)
    for number, name in enumerate(("b", "0xb")):
        folder = tmp_path / str(number)
        folder.mkdir()
        result = imported(folder, path, markets=[table], market=name)
        assert [m["slug"] for m in result.as_dict()["markets"]] == ["b"]
        (tally,) = result.recording.tallies
        assert tally.skipped["of another market than the one asked for"].first == [1]
    with pytest.raises(RecordingError, match=r"--market c: b.parquet has no such market; it has a"):
        imported(tmp_path, path, markets=[table], market="c")


@pytest.mark.parametrize(
    "row, reason",
    [
        ((0, "0xa", "LEFT", [0.5], [1], [], []), "side is neither UP nor DOWN"),
        (
            (0, "0xa", "UP", [0.5, 0.4], [1], [], []),
            "prices and sizes of a side are not equally many",
        ),
        (
            (0, "0xa", "UP", [0.50001], [1], [], []),
            "a price that is not between 0 and 1, or off the 0.0001 grid",
        ),
        (
            (0, "0xa", "UP", [], [], [1.5], [1]),
            "a price that is not between 0 and 1, or off the 0.0001 grid",
        ),
        (
            (0, "0xa", "UP", [0.5], [-1], [], []),
            "a size that is negative, too large or off the grid",
        ),
        ((-MS, "0xa", "UP", [0.5], [1], [], []), "no time, or one outside 2020 to 2100"),
    ],
)
def test_a_bad_book_is_counted_with_its_number(tmp_path: Path, row: Book, reason: str) -> None:
    result = imported(tmp_path, books(tmp_path / "b.parquet", [UP, row, later(UP, 5)]))
    (tally,) = result.recording.tallies
    assert {name: r.first for name, r in tally.skipped.items()} == {reason: [2]}
    assert (result.counters["snapshots"], result.refusals) == (2, {})


def test_a_crossed_book_is_taken_and_not_believed(tmp_path: Path) -> None:
    crossed: Book = (0, "0xa", "UP", [0.5], [1], [0.5], [1])
    result = imported(tmp_path, books(tmp_path / "b.parquet", [UP, later(crossed, 5)]))
    (tally,) = result.recording.tallies
    assert tally.remarked["best bid not below best ask: taken, and not believed"].first == [2]
    assert result.alerts == {"FEED_STALE": 1}


def test_lists_of_something_else_are_named(tmp_path: Path) -> None:
    table = pq.read_table(books(tmp_path / "b.parquet", [UP]))
    wrong = pa.array([["a"]])
    pq.write_table(table.set_column(3, "bid_px", wrong), tmp_path / "c.parquet")
    with pytest.raises(RecordingError, match="column bid_px is list<"):
        import_files([tmp_path / "c.parquet"], tmp_path / "S.clob")


def test_a_table_of_markets_alone_is_no_recording(tmp_path: Path) -> None:
    table = markets(tmp_path / "m.parquet", [("0xa", "a", 5_000, 1.0)])
    with pytest.raises(RecordingError, match="name the table of their books too"):
        import_files([table], tmp_path / "S.clob")


def test_nine_settled_markets(tmp_path: Path) -> None:
    """Real: top-20 books of nine 15-minute markets, and what they paid."""
    files = [recordings.data(f"settled_books/{name}.parquet") for name in ("books", "markets")]
    result = imported(tmp_path, *files)
    (tally,) = result.recording.tallies
    assert (tally.read, tally.taken, tally.skipped) == (18_832, 18_832, {})
    assert result.kinds["RESOLVED"] == 9
    assert result.counters["snapshots"] == 18_832 - 9_237
    assert not result.refusals
    with Session.open(result.out) as session:
        rows = session.manifest.markets
        assert [row["payout_yes_pips"] for row in rows] == [0] * 3 + [10_000] * 6
        engine = state.at(session, session.last_seq)
        assert session.manifest.holds.snapshots
        assert not session.manifest.holds.deltas
        assert 0.9e9 < session.manifest.holds.cadence_ns < 1.1e9
    assert all(engine.view.market(2 * k).resolved for k in range(9))
    assert engine.config.tokens == 18
