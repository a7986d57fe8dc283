"""CSV rows of tick changes, and what comes with them."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest

import recordings
from clobstep import effects
from clobstep.enums import Alert, EffectKind, EventKind
from clobstep.imports.run import import_files
from clobstep.imports.tally import RecordingError
from clobstep.session.reader import Session
from imports.tables import MS, events, imported

HEAD = (
    "event_slug,timestamp_ms,event_type,price,size,side,token_id,is_winning_token,outcome,"
    "old_tick_size,new_tick_size,error_message"
)


def row(ms: int, kind: str, token: str = "1", **fields: str) -> str:
    names = HEAD.split(",")
    outcome = {"1": "Down", "2": "Up"}.get(token, "")
    given = {
        "event_slug": "slug", "timestamp_ms": str(MS + ms), "event_type": kind,
        "token_id": token, "outcome": outcome, **fields,
    }  # fmt: skip
    return ",".join(given.get(name, "") for name in names)


def change(ms: int, token: str, old: str) -> str:
    return row(ms, "tick_size_change", token, old_tick_size=old, new_tick_size="0.001")


def written(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    return path


def tick_alerts(path: Path) -> Counter[int]:
    """TICK_CHANGED alerts of a session by condition: what the engine took for a change."""
    found: Counter[int] = Counter()
    with Session.open(path) as session:
        for part in session.effects():
            for effect in effects.unpack_all(part.tobytes()):
                if (effect.kind, effect.code) == (EffectKind.ALERT, Alert.TICK_CHANGED):
                    found[effect.token >> 1] += 1
    return found


def test_four_messages_are_one_change(tmp_path: Path) -> None:
    rows = [change(0, "1", "0.01"), change(0, "2", "0.01")]
    rows += [change(1, "1", "0.001"), change(1, "2", "0.001")]
    result = imported(tmp_path, written(tmp_path / "t.csv", *rows))
    assert tick_alerts(result.out) == {0: 1}
    assert result.recording.interning.asset(0) == "2"  # Up stands first
    assert result.recording.interning.pairs_known_from(0) == "message"


def test_every_kind_of_row(tmp_path: Path) -> None:
    rows = [
        row(0, "market_open"),
        row(1, "last_trade_price", side="SELL", price="0.99", size="97.82"),
        row(2, "bid", side="BID", price="0.99", size="5"),
        row(3, "error", token="", error_message="connection closed"),
        row(4, "market_resolved", "1", is_winning_token="true"),
        row(4, "market_resolved", "2", is_winning_token="false"),
        row(5, "weather"),
        row(6, "last_trade_price", side="SELL", price="0.9900001", size="1"),
        row(7, "last_trade_price", side="SELL", price="0.99", size="0"),
        row(8, "last_trade_price", side="SOLD", price="0.99", size="1"),
        row(9, "tick_size_change", new_tick_size="0.003"),
        row(10, "tick_size_change", token=""),
        "slug,,tick_size_change",
    ]
    result = imported(tmp_path, written(tmp_path / "t.csv", *rows))
    assert result.kinds == {"PRINT": 1, "RESOLVED": 1}
    (tally,) = result.recording.tallies
    assert {name: r.first for name, r in tally.skipped.items()} == {
        "a single level of a book that was not recorded": [4],
        "unknown event type": [8],
        "a price, size, side or tick that cannot be read": [9, 10, 11, 12],
        "no asset id": [13],
        "no time, or one outside 2020 to 2100": [14],
    }
    assert tally.remarked["a connection was lost"].example == "connection closed"
    (resolved,) = events(result)[events(result)["kind"] == EventKind.RESOLVED]
    assert (resolved["token"], resolved["price_pips"]) == (1, 10_000)


def test_a_file_that_breaks_off_gives_what_was_whole(tmp_path: Path) -> None:
    rows = [change(k, "1", "0.01") for k in range(2_000)]
    whole = gzip.compress("\n".join([HEAD, *rows]).encode())
    (tmp_path / "t.csv.gz").write_bytes(whole[:-20])
    result = imported(tmp_path, tmp_path / "t.csv.gz")
    (tally,) = result.recording.tallies
    assert tally.skipped["the file breaks off here"].count == 1
    assert 0 < tally.taken < 2_000


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("event_slug,event_type\nslug,tick_size_change\n")
    with pytest.raises(RecordingError, match=r"t.csv lacks the column.s. timestamp_ms"):
        import_files([path], tmp_path / "S.clob")


@pytest.mark.parametrize(
    "name, messages, conditions",
    [("near_resolution_2026-02-20.csv.gz", 292, 73), ("ticker_changes.csv", 36, 9)],
)
def test_each_real_change_is_taken_once(
    tmp_path: Path, name: str, messages: int, conditions: int
) -> None:
    """Real: every change came as four messages; the engine tells one a condition."""
    result = imported(tmp_path, recordings.data(f"ticks/{name}"), sort=True)
    assert result.kinds["TICK_CHANGE"] == messages == 4 * conditions
    assert Counter(tick_alerts(result.out).values()) == {1: conditions}
    assert not result.refusals
