"""Parquet rows of changes and trades: pairs, twins, bests, bad rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import recordings
from clobstep import events as made
from clobstep.enums import EventKind, FeedState, Flag, Side
from clobstep.imports.run import import_files
from clobstep.imports.tally import RecordingError
from clobstep.session.reader import Session
from imports.tables import MS, NO, OTHER, YES, both, changes, events, imported, some_changes


def of_kind(found: np.ndarray, kind: EventKind) -> np.ndarray:
    return found[found["kind"] == kind]


def test_a_pair_is_told_by_its_mirrored_changes_and_taken_once(tmp_path: Path) -> None:
    result = imported(tmp_path, changes(tmp_path / "a.parquet", some_changes()))
    found = events(result)
    assert made.unpack(found[0].tobytes()).kind == EventKind.FEED
    (market,) = of_kind(found, EventKind.MARKET)
    assert market["flags"] == Flag.META_OPEN | Flag.META_ASSUMED
    deltas = of_kind(found, EventKind.BOOK_DELTA)
    assert len(deltas) == 601
    assert set(deltas["token"]) == {0}
    assert set(deltas["flags"]) == {Flag.BOOK_END | Flag.BOOK_BEST}
    assert result.recording.interning.pairs_known_from(0) == "mirror"
    assert result.recording.interning.asset(0) == YES
    assert result.as_dict()["markets"][0]["pair_known_from"] == "mirror"
    assert result.feeds == {"SYNCED": 1}


def test_numbers_are_exact(tmp_path: Path) -> None:
    rows = both(0, "BID", 0.001, 0.000001, 0.001, 0.999) + both(7, "ASK", 0.07, 1.1, 0.001, 0.07)
    first, second = of_kind(events(imported(tmp_path, changes(tmp_path / "a.parquet", rows))),
                            EventKind.BOOK_DELTA)  # fmt: skip
    assert (first["price_pips"], first["size"], first["side"]) == (10, 1, Side.BUY)
    assert (first["bid_pips"], first["ask_pips"]) == (10, 9_990)
    assert (second["price_pips"], second["size"], second["side"]) == (700, 1_100_000, Side.SELL)
    assert second["time_ns"] == second["venue_time_ns"] == (MS + 7) * 1_000_000


def test_a_group_ends_with_the_last_change_of_a_market_and_millisecond(tmp_path: Path) -> None:
    rows = both(0, "BID", 0.5, 1, 0.5, 1) + both(0, "BID", 0.4, 1, 0.5, 1)
    rows += both(1, "BID", 0.3, 1, 0.5, 1)
    found = of_kind(events(imported(tmp_path, changes(tmp_path / "a.parquet", rows))),
                    EventKind.BOOK_DELTA)  # fmt: skip
    assert (found["flags"] & Flag.BOOK_END).tolist() == [0, 1, 1]


def test_a_trade_is_a_print_of_the_takers_side_and_carries_no_best(tmp_path: Path) -> None:
    rows = [*both(0, "BID", 0.5, 1, 0.5, 1), (1, NO, "BID", 0.53, 2.5, 0.0, 0.0)]
    path = changes(tmp_path / "a.parquet", rows, ["PRICE_CHANGE", "PRICE_CHANGE", "LAST_TRADE"])
    result = imported(tmp_path, path)
    (one,) = of_kind(events(result), EventKind.PRINT)
    assert (one["token"], one["side"], one["price_pips"], one["size"]) == (1, 0, 5_300, 2_500_000)
    assert one["flags"] == 0
    assert result.recording.held.prints


def test_empty_sides_are_none(tmp_path: Path) -> None:
    rows = both(0, "BID", 0.5, 1, 0.5, 1.0)
    (one,) = of_kind(events(imported(tmp_path, changes(tmp_path / "a.parquet", rows))),
                     EventKind.BOOK_DELTA)  # fmt: skip
    assert (one["bid_pips"], one["ask_pips"]) == (5_000, 10_000)


@pytest.mark.parametrize(
    "row, reason",
    [
        ((5, YES, "BID", 0.50004, 1, 0.5, 1), "price is off the 0.0001 grid"),
        ((5, YES, "BID", 1.2, 1, 0.5, 1), "price is not between 0 and 1"),
        ((5, YES, "BID", -0.1, 1, 0.5, 1), "price is not between 0 and 1"),
        ((5, YES, "BID", 0.5, -1, 0.5, 1), "size is negative, too large or no number"),
        ((5, YES, "BID", 0.5, 1e12, 0.5, 1), "size is negative, too large or no number"),
        ((5, YES, "BID", 0.5, float("nan"), 0.5, 1), "size is negative, too large or no number"),
        ((5, YES, "BID", 0.5, 0.00000025, 0.5, 1), "size is off the grid of microshares"),
        ((5, YES, "???", 0.5, 1, 0.5, 1), "side is neither BID nor ASK"),
        ((-MS, YES, "BID", 0.5, 1, 0.5, 1), "no time, or one outside 2020 to 2100"),
        ((10**15, YES, "BID", 0.5, 1, 0.5, 1), "no time, or one outside 2020 to 2100"),
    ],
)
def test_a_bad_row_is_counted_with_its_number(tmp_path: Path, row: tuple, reason: str) -> None:
    rows = [*both(0, "BID", 0.5, 1, 0.5, 1), row]
    result = imported(tmp_path, changes(tmp_path / "a.parquet", rows))
    (tally,) = result.recording.tallies
    assert (tally.read, tally.taken) == (3, 2)
    assert {name: (r.count, r.first) for name, r in tally.skipped.items()} == {reason: (1, [3])}
    assert not result.refusals


def test_unknown_kinds_and_empty_trades_are_counted(tmp_path: Path) -> None:
    rows = [*both(0, "BID", 0.5, 1, 0.5, 1), (1, YES, "BID", 0.5, 0.0, 0.0, 0.0)] * 2
    kinds = ["PRICE_CHANGE", "PRICE_CHANGE", "LAST_TRADE"] + ["PRICE_CHANGE"] * 2 + ["NEWS"]
    (tally,) = imported(tmp_path, changes(tmp_path / "a.parquet", rows, kinds)).recording.tallies
    assert {name: r.first for name, r in tally.skipped.items()} == {
        "unknown event type": [6],
        "trade of no shares": [3],
    }
    assert tally.remarked["equal to an earlier row; kept"].first == [4, 5]


def test_a_change_whose_best_cannot_be_read_is_taken_without_it(tmp_path: Path) -> None:
    rows = [*both(0, "BID", 0.5, 1, 0.5, 1), (1, YES, "BID", 0.4, 1, 0.5, float("nan"))]
    result = imported(tmp_path, changes(tmp_path / "a.parquet", rows))
    last = events(result)[-1]
    assert last["flags"] == Flag.BOOK_END
    (tally,) = result.recording.tallies
    assert tally.remarked["change without a best bid and ask that can be read"].first == [3]
    assert tally.remarked["change without its mirrored row"].first == [3]


def test_a_twin_with_another_best_is_told(tmp_path: Path) -> None:
    one, two = both(0, "BID", 0.5, 1, 0.5, 0.6)
    result = imported(tmp_path, changes(tmp_path / "a.parquet", [one, (*two[:6], 0.7)]))
    (tally,) = result.recording.tallies
    assert tally.remarked["best bid and ask are not the mirror image's"].first == [2]


def test_an_asset_without_a_partner_has_a_market_of_its_own(tmp_path: Path) -> None:
    rows = [*both(0, "BID", 0.5, 1, 0.5, 1), (1, OTHER, "BID", 0.4, 1, 0.4, 1)]
    result = imported(tmp_path, changes(tmp_path / "a.parquet", rows))
    assert result.recording.interning.pairs_known_from(2) == "none"
    assert any("name the pairs with --markets" in text for text in result.recording.said)


def test_metadata_names_the_pair_and_which_is_yes(tmp_path: Path) -> None:
    known = tmp_path / "m.json"
    known.write_text(
        '{"conditionId": "0xc", "slug": "s", "upTokenId": "222", "downTokenId": "111", '
        '"tickSize": 0.001, "minOrderSize": 5}'
    )
    path = changes(tmp_path / "a.parquet", some_changes())
    result = imported(tmp_path, path, markets=[known], fee_ppm=20_000)
    assert result.recording.interning.pairs_known_from(0) == "file"
    assert result.recording.interning.asset(0) == NO
    (market,) = of_kind(events(result), EventKind.MARKET)
    assert (market["price_pips"], market["size"], market["amount"]) == (10, 5_000_000, 20_000)
    assert [line for line in result.assumed if "tick" in line or "fee" in line] == []


def test_metadata_of_another_recording_is_told(tmp_path: Path) -> None:
    known = tmp_path / "m.json"
    known.write_text('{"conditionId": "0xc", "upTokenId": "111", "downTokenId": "999"}')
    path = changes(tmp_path / "a.parquet", some_changes())
    result = imported(tmp_path, path, markets=[known])
    assert any("is it of this recording?" in text for text in result.recording.said)


def test_rows_out_of_order_are_counted_and_sorted_when_asked(tmp_path: Path) -> None:
    rows = both(5, "BID", 0.5, 1, 0.5, 1) + both(3, "BID", 0.4, 1, 0.5, 1)
    path = changes(tmp_path / "a.parquet", rows)
    result = imported(tmp_path, path)
    assert result.recording.out_of_order == 1
    assert np.all(np.diff(events(result)["time_ns"]) >= 0)
    assert events(result)["venue_time_ns"][-2:].tolist() == [(MS + 5) * 10**6, (MS + 3) * 10**6]
    result.out.unlink()
    assert events(imported(tmp_path, path, sort=True))["venue_time_ns"][-2:].tolist() == [
        (MS + 3) * 10**6,
        (MS + 5) * 10**6,
    ]


def test_several_tables_are_one_stream(tmp_path: Path) -> None:
    rows = some_changes()
    half = len(rows) // 2
    one = changes(tmp_path / "one.parquet", rows[:half])
    two = changes(tmp_path / "two.parquet", [*rows[half:], (-MS, YES, "BID", 0.5, 1, 0.5, 1)])
    result = imported(tmp_path, one, two)
    tallies = result.recording.tallies
    assert [(t.name, t.read, t.taken) for t in tallies] == [
        ("one.parquet", half, half),
        ("two.parquet", len(rows) - half + 1, len(rows) - half),
    ]
    assert of_kind(events(result), EventKind.BOOK_DELTA).size == 601


@pytest.mark.parametrize("column", ["price", "asset_id", "timestamp"])
def test_a_column_of_the_wrong_type_is_named(tmp_path: Path, column: str) -> None:
    table = pq.read_table(changes(tmp_path / "a.parquet", some_changes()))
    wrong = pa.array([True] * table.num_rows)
    pq.write_table(table.set_column(table.column_names.index(column), column, wrong),
                   tmp_path / "b.parquet")  # fmt: skip
    with pytest.raises(RecordingError, match=f"b.parquet: column {column} is bool"):
        import_files([tmp_path / "b.parquet"], tmp_path / "S.clob")
    assert not (tmp_path / "S.clob").exists()


def test_the_hockey_final(tmp_path: Path) -> None:
    """Real: six markets, fourteen minutes. Every row is taken, every market warms up."""
    path = recordings.data("market_ws/nhl_2026-06-07_0130.parquet")
    result = imported(tmp_path, path)
    (tally,) = result.recording.tallies
    assert (tally.read, tally.taken, tally.skipped) == (206_848, 206_848, {})
    assert result.kinds == {"BOOK_DELTA": 103_183, "PRINT": 483}
    assert result.feeds == {FeedState.SYNCED.name: 6}
    assert result.recording.counters["twins_dropped"] == 103_182
    assert tally.remarked["change without its mirrored row"].first == [206_848]  # cut off there
    assert "best bid and ask are not the mirror image's" not in tally.remarked
    assert not result.refusals
    assert not result.alerts
    with Session.open(result.out) as session:
        holds = session.manifest.holds
        assert (holds.deltas, holds.prints, holds.carried_best) == (True, True, True)
        assert (holds.snapshots, holds.receive_times, holds.hashes) == (False, False, False)
        assert session.manifest.sources[0].lines == 206_848
        assert session.manifest.config["warm_time_ns"] == 300 * 10**9
