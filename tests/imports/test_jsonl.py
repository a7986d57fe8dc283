"""JSON lines: envelopes, order, times, duplicates, reconnects, and lines that are none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recordings
from clobstep.enums import EventKind, FeedSign
from clobstep.imports.run import import_files
from clobstep.imports.tally import RecordingError
from clobstep.replay import books, verify
from clobstep.session.reader import Session
from imports.lines import CONDITION, MS, NO, YES, Json, change, session, tick, written
from imports.tables import events, imported


def kinds(path: Path) -> list[str]:
    with Session.open(path) as found:
        return [EventKind(int(k)).name for chunk in found.events() for k in chunk["kind"]]


def skipped(result: Any) -> dict[str, list[int]]:
    (tally,) = result.recording.tallies
    return {name: reason.first for name, reason in tally.skipped.items()}


def remarked(result: Any) -> dict[str, list[int]]:
    (tally,) = result.recording.tallies
    return {name: reason.first for name, reason in tally.remarked.items()}


# ---- Shapes


def in_object(message: Json, ms: int) -> Json:
    return {"capturedAt": MS // 1_000, "payload": message}


def in_text(message: Json, ms: int) -> Json:
    return {"source": "clob", "recv_wall_ts": MS + ms, "payload": json.dumps(message)}


def in_text_with_more(message: Json, ms: int) -> Json:
    return {"run_id": "x", **in_text(message, ms), "ingest_seq": ms}


@pytest.mark.parametrize("wrap", [None, in_object, in_text, in_text_with_more])
@pytest.mark.parametrize("packed", [False, True])
def test_every_envelope_gives_the_same_books(tmp_path: Path, wrap: Any, packed: bool) -> None:
    plain = imported(tmp_path, written(tmp_path / "plain", session()), hashes="never")
    expected = events(plain)
    plain.out.unlink()
    lines = session() if wrap is None else [wrap(m, k + 50) for k, m in enumerate(session())]
    path = written(tmp_path / "wrapped", lines)
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes()))
    result = imported(tmp_path, path, hashes="never")
    found = events(result)
    for name in ("venue_time_ns", "token", "kind", "price_pips", "size", "flags"):
        assert found[name].tolist() == expected[name].tolist(), name
    assert skipped(result) == {}


def test_the_head_comes_first(tmp_path: Path) -> None:
    result = imported(tmp_path, written(tmp_path / "a", session()), hashes="never")
    assert kinds(result.out)[:3] == ["FEED", "MARKET", "BOOK_SNAPSHOT"]
    found = events(result)
    assert found["token"][0] == 0xFFFFFFFF
    assert found["code"][0] == FeedSign.CONNECTED


def test_an_array_is_its_messages(tmp_path: Path) -> None:
    result = imported(tmp_path, written(tmp_path / "a", [session()]), hashes="never")
    (tally,) = result.recording.tallies
    assert (tally.read, tally.taken) == (1, 1)
    assert result.counters["deltas"] == 5


def test_other_sources_are_counted_by_name(tmp_path: Path) -> None:
    feed = {"source": "binance", "recv_wall_ts": MS, "payload": '{"stream":"btcusdt@trade"}'}
    path = written(tmp_path / "a", [feed, *session(), feed | {"recv_wall_ts": MS + 1}])
    result = imported(tmp_path, path)
    assert skipped(result) == {"source binance: no message of the market channel": [1, 10]}


# ---- Times


def test_receive_times_of_a_millisecond_are_taken(tmp_path: Path) -> None:
    lines = [in_text(m, 100 + k) for k, m in enumerate(session())]
    result = imported(tmp_path, written(tmp_path / "a", lines), hashes="never")
    found = events(result)
    assert result.recording.held.receive_times
    assert found["time_ns"][2] == (MS + 100) * 1_000_000
    assert found["venue_time_ns"][2] == MS * 1_000_000


def test_whole_seconds_are_too_coarse(tmp_path: Path) -> None:
    lines = [in_object(m, k) for k, m in enumerate(session())]
    result = imported(tmp_path, written(tmp_path / "a", lines))
    reason = "received at a whole second: too coarse, the venue's time is taken"
    assert remarked(result)[reason] == [1, 2, 3, 4, 5]
    assert not result.recording.held.receive_times
    with Session.open(result.out) as found:
        assert not found.manifest.holds.receive_times
    taken = events(result)
    assert (taken["time_ns"][2:] == taken["venue_time_ns"][2:]).all()


@pytest.mark.parametrize(
    "value, ns",
    [
        (MS, MS * 10**6),
        (f"{MS}", MS * 10**6),
        (MS * 1_000, MS * 10**6),
        (MS * 10**6 + 7, MS * 10**6 + 7),
        (MS / 1_000 + 0.25, MS * 10**6 + 250_000_000),
        ("2026-05-28T20:26:40.000001Z", 1_780_000_000_000_001_000),
    ],
)
def test_a_receive_time_tells_its_unit_by_its_size(tmp_path: Path, value: Any, ns: int) -> None:
    line = {"received_at": value, "payload": session()[0]}
    found = events(imported(tmp_path, written(tmp_path / "a", [line])))
    assert found["time_ns"][0] == ns


def test_receive_times_never_go_back(tmp_path: Path) -> None:
    lines = [in_text(m, 100 - k) for k, m in enumerate(session())]
    result = imported(tmp_path, written(tmp_path / "a", lines))
    assert np.all(np.diff(events(result)["time_ns"]) == 0)
    assert len(remarked(result)["received before the one before it: taken at that one's time"]) == 5


@pytest.mark.parametrize("stamp", ["0", "", "x", "99999999999999999999", None, 1.5])
def test_a_time_that_is_none_is_counted(tmp_path: Path, stamp: Any) -> None:
    path = written(tmp_path / "a", [*session(), change(40, "0.47", "1") | {"timestamp": stamp}])
    result = imported(tmp_path, path)
    assert skipped(result) == {"no time, or one outside 2020 to 2100": [9]}


def test_a_time_far_ahead_does_not_make_all_others_old(tmp_path: Path) -> None:
    lines = [in_text(m, 100 + k) for k, m in enumerate(session())]
    far = in_text(change(10**9, "0.47", "1"), 104)
    result = imported(tmp_path, written(tmp_path / "a", [*lines[:4], far, *lines[4:]]))
    assert skipped(result) == {"exchange time more than a day after it was received": [5]}


# ---- Order


def test_sorted_by_exchange_time_with_changes_before_a_book(tmp_path: Path) -> None:
    """The later book shows the change of its own millisecond, whatever the file's order."""
    made = session()
    later = made.pop()
    made.insert(3, later)
    made.append(change(30, "0.47", "3"))
    later["bids"].insert(0, {"price": "0.47", "size": "3"})
    path = written(tmp_path / "a", made)
    result = imported(tmp_path, path, hashes="never")
    assert (result.recording.out_of_order, result.recording.books_out_of_order) == (4, 3)
    with Session.open(result.out) as found:
        assert books.check(found).ok is False
        assert books.check(found).unsorted == 3
    result.out.unlink()
    result = imported(tmp_path, path, sort=True, hashes="never")
    with Session.open(result.out) as found:
        check = books.check(found)
    assert (check.ok, check.equal, check.unsorted, check.stale) == (True, 1, 0, 0)


def test_several_files_are_one_stream(tmp_path: Path) -> None:
    made = session()
    one = written(tmp_path / "one.jsonl", made[0::2])
    two = written(tmp_path / "two.jsonl", made[1::2])
    whole = imported(tmp_path, written(tmp_path / "all.jsonl", made), hashes="never")
    expected = events(whole)
    whole.out.unlink()
    result = imported(tmp_path, one, two, sort=True, hashes="never")
    assert events(result).tolist() == expected.tolist()
    result.out.unlink()
    result = imported(tmp_path, one, two, hashes="never")
    assert result.recording.out_of_order > 0
    assert [tally.name for tally in result.recording.tallies] == ["one.jsonl", "two.jsonl"]


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    made = session()
    paths = []
    for name, part in (("a", made[:4]), ("b", made[4:])):
        (tmp_path / name).mkdir()
        paths.append(written(tmp_path / name / "x.jsonl", part))
    result = imported(tmp_path, *paths)
    assert [tally.name for tally in result.recording.tallies] == [str(path) for path in paths]
    with Session.open(result.out) as found:
        assert [source.lines for source in found.manifest.sources] == [4, 4]
        assert found.manifest.sources[0].sha256 != found.manifest.sources[1].sha256


def test_sorted_files_find_duplicates_however_far_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clobstep.imports.jsonl.REMEMBERED", 3)
    path = written(tmp_path / "a", [*session(), session()[0]])
    assert skipped(imported(tmp_path, path, hashes="never")) == {}
    (tmp_path / "S.clob").unlink()
    assert skipped(imported(tmp_path, path, sort=True)) == {"the same line again": [9]}


def test_what_cannot_be_sorted_is_left_out_and_counted(tmp_path: Path) -> None:
    timeless = change(0, "0.40", "1")
    del timeless["timestamp"]
    path = written(tmp_path / "a", [*session(), timeless])
    assert skipped(imported(tmp_path, path, sort=True)) == {"no exchange time to sort by": [9]}


# ---- Bad lines


def test_bad_lines_are_counted_by_reason(tmp_path: Path) -> None:
    half = json.dumps(change(40, "0.47", "1"))[:-20]
    lines: list[Any] = [
        *session(),
        "not JSON at all",
        "",
        '{"event_type": "book"',
        {"event_type": "weather", "market": CONDITION, "asset_id": YES, "timestamp": str(MS + 40)},
        {"hello": "world"},
        "[]",
        half,
    ]
    path = written(tmp_path / "a", lines)
    path.write_text(path.read_text()[:-1])  # the last line has no end either
    result = imported(tmp_path, path)
    assert skipped(result) == {
        "no JSON": [9],
        "empty": [10],
        "not whole: cut off or damaged JSON": [11, 15],
        "unknown event type": [12],
        "no message of the market channel": [13],
    }
    assert result.recording.tallies[0].taken == 9
    assert result.counters["deltas"] == 5


@pytest.mark.parametrize(
    "price, size, reason",
    [
        ("0.48005", "1", "price_changes.price has more decimals than the grid"),
        ("1.2", "1", "price_changes.price is out of range"),
        ("-0.1", "1", "price_changes.price is negative"),
        ("0.48", "-1", "price_changes.size is negative"),
        ("0.48", "9999999999999", "price_changes.size is out of range"),
        ("0.48", "0.00000001", "price_changes.size has more decimals than the grid"),
        ("x", "1", "price_changes.price is no plain decimal"),
    ],
)  # fmt: skip
def test_numbers_that_cannot_be_are_counted(
    tmp_path: Path, price: str, size: str, reason: str
) -> None:
    bad = change(40, "0.48", "1")
    for one in bad["price_changes"]:
        one["price"], one["size"] = price, size
    result = imported(tmp_path, written(tmp_path / "a", [*session(), bad]))
    met = {**skipped(result), **remarked(result)}
    assert [first for name, first in met.items() if name.startswith(reason)] == [[9]]
    assert not result.refusals


def test_the_same_line_again_is_dropped(tmp_path: Path) -> None:
    made = session()
    path = written(tmp_path / "a", [*made, made[6], made[6]])
    result = imported(tmp_path, path)
    assert skipped(result) == {"the same line again": [9, 10]}
    assert result.counters["prints"] == 1


def test_the_same_message_received_again_is_not(tmp_path: Path) -> None:
    lines = [in_text(m, 100 + k) for k, m in enumerate([*session(), session()[0]])]
    assert skipped(imported(tmp_path, written(tmp_path / "a", lines))) == {}


def test_gzip_data_that_breaks_off_gives_what_was_whole(tmp_path: Path) -> None:
    many = [change(k, "0.48", str(k % 90)) for k in range(3_000)]
    packed = gzip.compress("\n".join(map(json.dumps, [session()[0], *many])).encode())
    (tmp_path / "a").write_bytes(packed[: len(packed) // 2])
    result = imported(tmp_path, tmp_path / "a", hashes="never")
    assert "the gzip data breaks off" in skipped(result)
    assert 0 < result.counters["deltas"] < 3_000


@pytest.mark.parametrize("content", [b"\x00\xff" * 5_000, b"hello\nworld\n", b"{}\n[1]\n"])
def test_nothing_taken_makes_no_session(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    result = imported(tmp_path, tmp_path / "a")
    assert result.events == 0
    assert not result.out.exists()
    (tally,) = result.recording.tallies
    assert tally.taken == 0
    assert tally.read == sum(reason.count for reason in tally.skipped.values())


def test_a_missing_and_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(RecordingError, match="is empty; give a file"):
        import_files([tmp_path / "a"], tmp_path / "S.clob")
    with pytest.raises(RecordingError, match="cannot be read: No such file"):
        import_files([tmp_path / "b"], tmp_path / "S.clob")


# ---- Metadata


def test_the_first_book_says_metadata(tmp_path: Path) -> None:
    made = session()
    made[0] |= {"tick_size": "0.001", "min_order_size": "15", "neg_risk": False}
    known = tmp_path / "m.json"
    known.write_text(
        json.dumps(
            {"conditionId": CONDITION, "slug": "s", "upTokenId": NO, "downTokenId": YES,
             "tickSize": 0.01, "minOrderSize": 15}
        )
    )  # fmt: skip
    result = imported(tmp_path, written(tmp_path / "a", made), markets=[known])
    (market,) = events(result)[events(result)["kind"] == EventKind.MARKET]
    assert (market["price_pips"], market["size"]) == (10, 15_000_000)
    assert "s: --markets says tick 0.01, the recording tick 0.001, which is taken" in (
        result.recording.said
    )
    assert result.assumed == ["fee rate 0.1 (1 of 1 markets)", "taking orders (1 of 1 markets)"]
    assert result.recording.interning.asset(0) == NO


def test_the_tick_before_a_change_is_the_one_to_begin_with(tmp_path: Path) -> None:
    made = [*session(), tick(40, "0.001", "0.0001"), tick(40, "0.0001", "0.0001")]
    result = imported(tmp_path, written(tmp_path / "a", made))
    assert result.alerts == {"TICK_CHANGED": 1}
    (market,) = events(result)[events(result)["kind"] == EventKind.MARKET]
    assert market["price_pips"] == 10


def test_a_market_of_the_file_that_never_appears_takes_no_place(tmp_path: Path) -> None:
    known = tmp_path / "m.json"
    known.write_text('{"conditionId": "0xother", "upTokenId": "7", "downTokenId": "8"}')
    result = imported(tmp_path, written(tmp_path / "a", session()), markets=[known])
    assert len(result.as_dict()["markets"]) == 1
    assert result.as_dict()["markets"][0]["pair_known_from"] == "message"


def test_metadata_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    known = tmp_path / "m.json"
    known.write_text("{")
    with pytest.raises(RecordingError, match=r"--markets: m.json"):
        imported(tmp_path, written(tmp_path / "a", session()), markets=[known])


# ---- Reconnects


def dump(ms: int) -> list[Json]:
    """The first books of a new connection: an array, with the times of their last changes."""
    first = session()[0]
    other = first | {"asset_id": NO, "bids": [{"price": "0.48", "size": "7"}], "asks": []}
    return [m | {"timestamp": str(MS + ms)} for m in (first, other)]


def test_a_second_answer_to_a_subscription_is_a_reconnect(tmp_path: Path) -> None:
    rest = dump(50)[0]
    del rest["event_type"]  # a book that was asked for: no sign of a connection
    lines = [dump(0), *session()[1:7], rest, dump(60), change(70, "0.48", "1")]
    result = imported(tmp_path, written(tmp_path / "a", lines), hashes="never")
    found = events(result)
    feeds = found[found["kind"] == EventKind.FEED]
    signs = [FeedSign(int(code)).name for code in feeds["code"]]
    assert signs == ["CONNECTED", "LOST", "CONNECTED"]
    assert feeds["token"].tolist()[1:] == [0, 0]
    assert feeds["time_ns"].tolist()[1:] == [(MS + 20) * 10**6, (MS + 60) * 10**6]
    lost = int(np.flatnonzero(found["code"] * (found["kind"] == EventKind.FEED) == 1)[0])
    assert found["kind"][lost - 1] == EventKind.PRINT  # the last that was pushed
    assert np.all(np.diff(found["time_ns"]) >= 0)
    assert result.recording.counters["reconnects"] == 1
    assert result.feeds == {"SYNCED": 1}


# ---- Real


def test_five_seconds_of_bitcoin_sorted(tmp_path: Path) -> None:
    """Real: both tokens at 500 messages a second, shuffled by the recorder."""
    known = recordings.data("market_ws/btc_5m_2026-04-21.markets.json")
    path = recordings.data("market_ws/btc_5m_2026-04-21.jsonl")
    result = imported(tmp_path, path, sort=True, markets=[known])
    (tally,) = result.recording.tallies
    assert (tally.read, tally.taken) == (2_649, 2_648)
    assert skipped(result) == {"the same line again": [150]}
    assert (result.alerts, result.refusals) == ({}, {})
    with Session.open(result.out) as found:
        check = books.check(found)
        replayed = verify.replay(found)
    assert check.ok
    assert (check.first, check.uncompared, check.equal) == (2, 1, 43)
    assert check.stale == 0
    assert check.hashes["books"]["fit"] == check.hashes["books"]["checked"] == 46
    assert check.hashes["groups"]["fit"] / check.hashes["groups"]["checked"] >= 0.99
    assert check.hashes["groups"]["known"] / check.hashes["groups"]["checked"] < 0.6
    assert replayed.same


def test_the_same_in_file_order_is_wrong_and_says_so(tmp_path: Path) -> None:
    path = recordings.data("market_ws/btc_5m_2026-04-21.jsonl")
    result = imported(tmp_path, path, hashes="never")
    assert result.recording.out_of_order == 624
    with Session.open(result.out) as found:
        check = books.check(found)
        assert verify.replay(found).same
    assert check.ok is False
    assert check.unsorted > 0


SESSIONS = [
    "pyth-proxy-natural-20260428a", "pyth-proxy-self-verify-20260428a",
    "pyth-proxy-smoke-20260428c", "rtds-chainlink-smoke-20260428b",
    "rtds-current-window-rootcause-20260429T0312Z",
    "rtds-current-window-startuplog-20260429T035356Z", "rtds-natural-20260428d",
    "rtds-natural-20260428e", "runtime-smoke-20260427b",
]  # fmt: skip


# Books that were asked for after the recorder had stopped listening, with no connection after
# that: changes are missing, and `books --check` is what finds it.
STOPPED_LISTENING = (
    "rtds-current-window-rootcause-20260429T0312Z",
    "rtds-current-window-startuplog-20260429T035356Z",
    "rtds-natural-20260428e",
)


@pytest.mark.parametrize("name", SESSIONS)
def test_sessions_that_reconnect(tmp_path: Path, name: str) -> None:
    """Real: every book's hash is right; what the reconnects lost is LOST, never believed."""
    path = recordings.data(f"market_ws/btc_15m_{name}.jsonl")
    known = recordings.data(f"market_ws/btc_15m_{name}.markets.jsonl")
    result = imported(tmp_path, path, markets=[known])
    (tally,) = result.recording.tallies
    assert set(result.alerts) <= {"FEED_STALE"}
    assert not result.refusals
    assert all(name.startswith("source ") for name in tally.skipped)
    counters = result.recording.counters
    assert counters["hash_books_checked"] == counters["hash_books_known"] > 0
    # The recorder kept four messages a connection: one of a cancel-all, whose hash is of its end.
    assert counters["hash_groups_failed"] == (name == "rtds-natural-20260428d")
    assert result.recording.held.receive_times
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    cycles = {row["ingest_seq"] // 1_000_000 for row in rows}
    conditions = len(result.infos)
    assert counters.get("reconnects", 0) <= (len(cycles) - 1) * conditions
    with Session.open(result.out) as found:
        assert verify.replay(found).same
        assert (books.check(found).ok is False) is (name in STOPPED_LISTENING)
        assert found.manifest.markets[0]["pair_known_from"] == "file"
