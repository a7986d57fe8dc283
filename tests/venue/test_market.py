"""What each message of the market channel becomes, and what is said of what cannot be read."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import recordings
from clobstep import show
from clobstep.enums import MAX_SIZE, EventKind, FeedSign, Flag
from clobstep.venue import market_notes as notes
from clobstep.venue._scan import PROBLEM_NAMES, Scanner
from clobstep.venue.interning import Interning
from clobstep.venue.market import MarketCodec
from venue.made import NO, START_MS, YES, Market, raw

AT = 1_795_651_200_123_456_789
VENUE_NS = START_MS * 1_000_000


def fields(event: Any, *names: str) -> tuple[int, ...]:
    return tuple(int(event[name]) for name in names)


def kinds(events: Any) -> list[str]:
    return [EventKind(int(e["kind"])).name for e in events]


def decode(said: Any, codec: MarketCodec | None = None) -> tuple[Any, list[str]]:
    """Events, copied, and the notes as `kind: text`."""
    codec = codec or MarketCodec()
    events = codec.decode(said if isinstance(said, bytes) else raw(said), AT).copy()
    return events, [f"{n.kind}: {n.text}" for n in codec.take_notes()]


# ---- each message


def test_a_change_is_one_delta_with_its_best() -> None:
    market = Market()
    events, said = decode(market.change("BUY", 47, 12))
    assert not said
    assert kinds(events) == ["BOOK_DELTA"]
    assert fields(events[0], "time_ns", "venue_time_ns") == (AT, VENUE_NS + 1_000_000)
    assert fields(events[0], "token", "side", "price_pips", "size") == (0, 0, 4700, 12_000_000)
    assert fields(events[0], "bid_pips", "ask_pips", "flags") == (4800, 5200, Flag.BOOK_BEST)


@pytest.mark.parametrize(
    "bid, ask, wanted",
    [("0.5", "1", (5000, 10_000)), ("0", "0.5", (0, 5000)), ("", "", (0, 10_000)),
     ("0", "0", (0, 10_000)), ("1", "1", (0, 10_000)), ("0.001", "0.9999", (10, 9999))],
)  # fmt: skip
def test_an_empty_side_of_the_best(bid: str, ask: str, wanted: tuple[int, int]) -> None:
    entry = Market().entries("BUY", 48, 1)[0] | {"best_bid": bid, "best_ask": ask}
    events, said = decode(Market().changes([entry]))
    assert (said, fields(events[0], "bid_pips", "ask_pips")) == ([], wanted)
    events, said = decode({"event_type": "best_bid_ask", "asset_id": YES, "timestamp": "1",
                           "best_bid": bid, "best_ask": ask})  # fmt: skip
    assert kinds(events) == ["BEST"]
    assert (said, fields(events[0], "bid_pips", "ask_pips", "flags")) == ([], (*wanted, 0))


def test_a_change_without_a_best() -> None:
    entry = {k: v for k, v in Market().entries("BUY", 48, 1)[0].items() if "best" not in k}
    events, said = decode(Market().changes([entry]))
    assert (said, fields(events[0], "bid_pips", "ask_pips", "flags")) == ([], (0, 0, 0))
    text = Market().changes([entry | {"best_bid": "0.4", "best_ask": "0.61234"}])
    events, said = decode(text)
    assert fields(events[0], "size", "bid_pips", "flags") == (1_000_000, 0, 0)
    (told,) = said
    where = f"byte {text.index(b'0.61234')}: price_changes[0].best_ask"
    assert told.startswith(f"malformed: {where} has more decimals than the grid")
    assert told.endswith(": 0.61234")


def test_the_old_form_of_changes() -> None:
    said = {
        "event_type": "price_change",
        "asset_id": NO,
        "market": "0x1",
        "timestamp": "5",
        "hash": "a" * 40,
        "changes": [
            {"price": "0.4", "side": "SELL", "size": "3300"},
            {"price": "0.5", "side": "BUY", "size": "0"},
        ],
    }
    events, told = decode(said)
    assert (kinds(events), told) == (["BOOK_DELTA"] * 2, [])
    assert fields(events[0], "token", "side", "price_pips", "size", "flags") == (
        0, 1, 4000, 3_300_000_000, 0,
    )  # fmt: skip


def test_a_book_is_packed_three_levels_a_record() -> None:
    market = Market()
    market.bids[30] = 7
    events, said = decode(market.book())
    assert not said
    shape = [fields(e, "side", "code", "flags") for e in events]
    first, last = int(Flag.SNAP_FIRST), int(Flag.SNAP_LAST)
    assert shape == [(0, 3, first), (0, 1, 0), (1, 3, last)]
    assert fields(events[0], "price_pips", "bid_pips", "ask_pips") == (3000, 4000, 4500)
    sizes = fields(events[0], "size", "amount", "order_id")
    assert sizes == (7_000_000, 100_000_000, 50_000_000)
    assert fields(events[2], "price_pips", "bid_pips", "ask_pips") == (6000, 5500, 5200)
    assert "0.30" in show.event(events[0].tobytes())


@pytest.mark.parametrize("empty", [[], None])
def test_an_empty_book(empty: Any) -> None:
    events, said = decode(raw({"asset_id": YES, "market": "0x", "timestamp": "1",
                               "bids": empty, "asks": []}))  # fmt: skip
    assert not said
    assert fields(events[0], "kind", "code", "flags") == (EventKind.BOOK_SNAPSHOT, 0, 3)


def test_a_print_a_tick_and_a_resolution() -> None:
    events, said = decode(Market().traded("0.456", "SELL", "219.217767"))
    assert (kinds(events), said) == (["PRINT"], [])
    assert fields(events[0], "side", "price_pips", "size") == (1, 4560, 219_217_767)
    events, said = decode(
        {
            "event_type": "tick_size_change",
            "asset_id": YES,
            "market": "0x",
            "old_tick_size": "0.01",
            "new_tick_size": "0.001",
            "timestamp": "1",
        }
    )
    assert (kinds(events), said, int(events[0]["price_pips"])) == (["TICK_CHANGE"], [], 10)
    codec = MarketCodec()
    codec.interning.pair("0x", YES, NO)
    events, said = decode(
        {"event_type": "market_resolved", "id": "1", "market": "0x", "assets_ids": [YES, NO],
         "winning_asset_id": NO, "winning_outcome": "No", "timestamp": "1"}, codec,
    )  # fmt: skip
    assert (kinds(events), said) == (["RESOLVED"], [])
    assert fields(events[0], "token", "price_pips") == (1, 10_000)


FIXTURES = {
    "ws_book_snapshot": ["BOOK_SNAPSHOT"] * 2, "ws_last_trade": ["PRINT"],
    "ws_market_best_bid_ask_msg": ["BEST"], "ws_market_book_msg": ["BOOK_SNAPSHOT"] * 2,
    "ws_market_last_trade_msg": ["PRINT"], "ws_market_new_market_msg": [],
    "ws_market_price_change_msg": ["BOOK_DELTA"], "ws_market_resolved_msg": ["RESOLVED"],
    "ws_market_tick_size_msg": ["TICK_CHANGE"], "ws_tick_size_change": ["TICK_CHANGE"],
    "ws_quotes": ["FEED", "BOOK_DELTA", "BOOK_DELTA"],
}  # fmt: skip


@pytest.mark.parametrize("name", FIXTURES)
def test_fixtures(name: str) -> None:
    text = recordings.data(f"fixtures/nautilus/{name}.json").read_bytes()
    events, said = decode(text)
    assert kinds(events) == FIXTURES[name]
    assert [s.split(":")[0] for s in said] == (["new_market"] if "new_market" in name else [])


# ---- mirrored pairs


def test_which_of_the_pair_comes_first_is_kept() -> None:
    market = Market()
    yes, no = market.entries("BUY", 48, 10)
    codec = MarketCodec()
    codec.interning.pair(market.name, YES, NO)
    events, _ = decode(market.changes([no, yes]), codec)
    assert [fields(e, "token", "side", "price_pips") for e in events] == [(1, 1, 5200)]
    events, _ = decode(market.changes([yes, yes, no, no]), codec)  # not side by side
    assert [int(e["token"]) for e in events] == [0, 0]
    assert codec.counters["twins_dropped"] == 3
    assert codec.counters["mirror_mismatches"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": "11"},
        {"best_bid": "0.47"},
        {"best_ask": "0.53"},
        {"price": "0.51"},
        {"side": "BUY"},
    ],
)
def test_a_twin_that_is_none(wrong: dict[str, str]) -> None:
    market = Market()
    yes, no = market.entries("BUY", 48, 10)
    codec = MarketCodec()
    events, said = decode(market.changes([yes, no | wrong]), codec)
    assert not said
    lone = {"price", "side"} & wrong.keys()
    assert kinds(events) == ["FEED", "BOOK_DELTA"] * 2 if lone else ["FEED", *["BOOK_DELTA"] * 2]
    assert fields(events[0], "token", "code") == (0, FeedSign.MIRROR_MISMATCH)
    assert [int(e["token"]) for e in events if e["kind"] == EventKind.BOOK_DELTA] == [0, 1]
    assert codec.counters["mirror_mismatches"] == (2 if lone else 1)


def test_one_side_alone_is_no_mismatch() -> None:
    market = Market()
    events, _ = decode(market.changes(market.entries("BUY", 48, 10)[:1]))
    assert kinds(events) == ["BOOK_DELTA"]


# ---- what cannot be read

BAD_VALUES = {
    "price": ["0.12345", "1.0001", "-0.5", "1e-2", "x", "", None, 2, {}],
    "size": ["-1", "0.0000001", "900000000.000001", "1E3", "5.", [], True],
    "side": ["buy", "", None, 1],
    "asset_id": ["", None, []],
}


@pytest.mark.parametrize("key, value", [(k, v) for k, vs in BAD_VALUES.items() for v in vs])
def test_of_a_message_with_a_bad_entry_the_rest_is_taken(key: str, value: Any) -> None:
    market = Market()
    one, two = market.entries("BUY", 48, 10)[0], market.entries("SELL", 52, 20)[0]
    codec = MarketCodec()
    events, said = decode(market.changes([one, two | {key: value}]), codec)
    assert kinds(events) == ["BOOK_DELTA", "FEED"]
    assert fields(events[1], "token", "code") == (0, FeedSign.GAP)
    assert len(said) == 1
    assert said[0].startswith("malformed: byte ")
    assert f"price_changes[1].{key} " in said[0]
    assert codec.counters["gaps"] == codec.counters["notes_malformed"] == 1


@pytest.mark.parametrize("key, value", [(k, v) for k in ("price", "size") for v in BAD_VALUES[k]])
def test_a_book_with_a_bad_level_is_not_taken(key: str, value: Any) -> None:
    market = Market()
    said = json.loads(market.book())
    said["asks"][1][key] = value
    events, told = decode(said)
    assert [fields(e, "kind", "code") for e in events] == [(EventKind.FEED, FeedSign.GAP)]
    assert len(told) == 1
    assert f"asks[1].{key} " in told[0]


def test_the_largest_size_and_numbers_for_strings() -> None:
    market = Market()
    entry = market.entries("BUY", 48, 10)[0]
    largest = entry | {"size": "900000000", "price": 0.48}
    events, said = decode(market.changes([largest, entry | {"size": 7, "best_bid": 0.480}]))
    assert not said
    assert [int(e["size"]) for e in events] == [MAX_SIZE, 7_000_000]
    assert [int(e["price_pips"]) for e in events] == [4800, 4800]


def test_other_objects_of_a_frame_are_still_taken() -> None:
    market = Market()
    good = market.change("BUY", 47, 1)
    frame = b"[" + b", ".join([good, raw({"event_type": "zap"}), b"17", good]) + b"]"
    events, said = decode(frame)
    assert kinds(events) == ["BOOK_DELTA"] * 2
    assert said[0].endswith(': unknown event type: {"event_type":"zap"}')
    assert said[1] == f"malformed: byte {len(good) + 25}: an object is expected here: 17"
    events, said = decode(frame[: -len(good) // 2])
    assert kinds(events) == ["BOOK_DELTA"]
    assert said[-1].startswith("not_json: byte ")


@pytest.mark.parametrize(
    "text, kind",
    [(b"hello", "not_json"), (b"{", "not_json"), (b'{"a":1,}', "not_json"), (b"[ x", "not_json"),
     (b'{"a":"\\x"}', "not_json"), (b"[]{}", "not_json"), (b"[" * 100, "not_json"),
     (b'{"a":' + b"[" * 100 + b"]" * 100 + b"}", "not_json"), (b'{"a":01}', "not_json"),
     (b"{}", "unknown_type"), (b'{"event_type":null}', "unknown_type"), (b"[null]", "malformed"),
     (b'{"event_type":"book","event_type":"book"}', "malformed"), (b"\xff\xfe", "not_json")],
)  # fmt: skip
def test_what_is_no_message_is_noted(text: bytes, kind: str) -> None:
    events, said = decode(text)
    assert len(events) == 0
    assert {s.split(":")[0] for s in said} == {kind}


@pytest.mark.parametrize("text", [b"", b" \n", b"[]", b"PONG", b"PING\n"])
def test_what_says_nothing_is_counted_only(text: bytes) -> None:
    codec = MarketCodec()
    events, said = decode(text, codec)
    assert (len(events), said) == (0, [])
    counters = codec.counters
    assert (counters["messages"], counters["troubles"]) == (1, 0)
    assert counters["empty"] + counters["pings"] == (text != b"[]")


def test_a_key_twice_and_both_forms_at_once() -> None:
    market = Market()
    text = market.change("BUY", 47, 1)
    events, said = decode(text[:-1] + b',"timestamp":"1"}')
    assert [fields(e, "kind", "code") for e in events] == [(EventKind.FEED, FeedSign.GAP)]
    assert "timestamp stands there twice" in said[0]
    events, said = decode(text[:-1] + b',"changes":[]}')
    assert kinds(events) == ["FEED"]


def test_notes_are_bounded_and_counted() -> None:
    codec = MarketCodec()
    codec.decode_many([b"?"] * (notes.MOST_NOTES + 5))
    told = codec.take_notes()
    assert len(told) == notes.MOST_NOTES
    assert told[17].text.startswith("message 17, byte 0: ")
    assert codec.counters["notes_lost"] == 5
    assert codec.take_notes() == []
    codec.decode(b"[" + b"1," * 50 + b"1]", AT)
    assert len(codec.take_notes()) == 32
    assert codec.counters["troubles"] == 51


def test_every_problem_has_words() -> None:
    assert set(PROBLEM_NAMES) - {"NONE"} == set(notes.WORDS)


# ---- times


def test_which_time_is_taken() -> None:
    text = Market().traded("0.5")
    assert fields(MarketCodec().decode(text, -1)[0], "time_ns", "venue_time_ns") == (VENUE_NS,) * 2
    codec = MarketCodec(assume_receive=5)
    assert int(codec.decode(text, -1)[0]["time_ns"]) == VENUE_NS + 5
    assert int(codec.decode(text, 7)[0]["time_ns"]) == 7
    for bad in (b'"x"', b'"5000000000000"', b"null", b"-1", b"1.5"):
        other = text.replace(b'"%d"' % START_MS, bad)
        events, said = decode(other)
        assert fields(events[0], "time_ns", "venue_time_ns") == (AT, 0)
        assert len(said) == 1
        codec = MarketCodec()
        assert len(codec.decode(other, -1)) == 0
        assert len(codec.take_notes()) == 2
        assert codec.counters["not_taken"] == 1


def test_there_is_a_time_for_each_message() -> None:
    codec = MarketCodec(hashes="always")
    for one in (codec, MarketCodec()):
        for raws in ([b"[]", b"[]"], b"[]\n[]"):
            with pytest.raises(ValueError, match="1 times for 2 messages"):
                one.decode_many(raws, [1])
            assert len(one.decode_many(raws, [1, 2])) == 0
    with pytest.raises(TypeError, match="message 1 is str"):
        MarketCodec().decode_many([b"[]", "[]"])  # type: ignore[list-item]
    for wrong in ("sometimes", -1, True):
        with pytest.raises(ValueError, match="hashes is"):
            MarketCodec(hashes=wrong)  # type: ignore[arg-type]


# ---- tokens


def test_assets_are_interned_by_their_condition() -> None:
    codec = MarketCodec()
    decode({"event_type": "best_bid_ask", "asset_id": NO, "timestamp": "1", "best_bid": "0.4",
            "best_ask": "0.5"}, codec)  # fmt: skip
    assert codec.interning.find(NO) == 0
    assert codec.interning.condition(0) == ""
    market = Market()
    events, _ = decode(market.changes(market.entries("BUY", 48, 1)), codec)  # now it is named
    assert codec.interning.find(YES) == 1
    assert codec.interning.pairs_known_from(0) == "message"
    assert int(events[0]["token"]) == 1
    third = market.entries("BUY", 48, 1)[0] | {"asset_id": "333"}
    events, said = decode(market.changes([third]), codec)
    assert len(events) == 0
    assert [s.split(":")[0] for s in said] == ["conflict", "no_token"]


def test_strangers_are_noted_until_they_are_named() -> None:
    names = Interning()
    codec = MarketCodec(names, strangers=False)
    market = Market()
    text = market.change("BUY", 47, 1)
    for _ in range(2):
        events, said = decode(text, codec)
        assert (len(events), len(said), names.n_tokens) == (0, 2, 0)
        assert "price_changes[0].asset_id has no token: not taken" in said[0]
    names.pair(market.name, YES, NO)
    events, said = decode(text, codec)
    assert (kinds(events), said) == (["BOOK_DELTA"], [])


def test_a_new_market_completes_a_pair_and_makes_none() -> None:
    codec = MarketCodec()
    said = {"event_type": "new_market", "market": "0xc", "assets_ids": [YES, NO],
            "outcomes": ["Yes", "No"], "timestamp": "1"}  # fmt: skip
    _, told = decode(said, codec)
    assert told == [f"new_market: byte 0: a market was announced: {raw(said).decode()}"]
    assert codec.interning.n_tokens == 0
    codec.interning.pair("0xc")
    decode(said, codec)
    assert (codec.interning.find(YES), codec.interning.find(NO)) == (0, 1)
    for odd in ({"assets_ids": [YES]}, {"outcomes": 5}, {"assets_ids": 7}, {"market": "0xd"}):
        decode(said | odd, codec)
    assert codec.interning.n_tokens == 2


def test_many_assets_and_ids_of_any_kind() -> None:
    codec = MarketCodec()
    ids = (
        [str(7**k) for k in range(1, 90)] + [f"{k}" * 20 for k in range(3000)] + ["é", 'q"q', "\\"]
    )
    ids += ["7132104567925221" + str(k) for k in range(300)]  # the same first sixteen
    for _ in range(2):
        for k, asset in enumerate(ids):
            told = {"event_type": "best_bid_ask", "asset_id": asset, "market": f"0x{k}",
                    "timestamp": "1", "best_bid": "0.4", "best_ask": "0.5"}  # fmt: skip
            assert int(codec.decode(raw(told), AT)[0]["token"]) == 2 * k
            assert codec.interning.asset(2 * k) == asset


def test_an_error_of_the_name_giver_is_not_swallowed() -> None:
    def broken(market: bytes, asset: bytes) -> tuple[int | None, str]:
        raise LookupError("gone")

    scanner = Scanner(broken)
    with pytest.raises(LookupError, match="gone"):
        scanner.scan(Market().book(), AT)

    def again(market: bytes, asset: bytes) -> tuple[int | None, str]:
        scanner.scan(b"[]", AT)
        return 0, "x"

    scanner = Scanner(again)
    with pytest.raises(RuntimeError, match="a scan is running"):
        scanner.scan(Market().book(), AT)
    assert scanner.scan(b"[]", AT) == 0


# ---- large input


def test_a_large_frame() -> None:
    levels = [{"price": f"0.{k:04d}", "size": str(k)} for k in range(1, 10_000)]
    market = Market()
    book = {"asset_id": YES, "market": market.name, "timestamp": "1", "bids": levels,
            "asks": levels[::-1]}  # fmt: skip
    codec = MarketCodec()
    events, said = decode([book, book], codec)
    assert not said
    assert len(events) == 4 * 3333
    sizes = [sum(int(events[n].sum()) for n in ("size", "amount")) + int(events["order_id"].sum())]
    assert sizes == [4 * 1_000_000 * sum(range(1, 10_000))]
    one = market.entries("BUY", 48, 10)
    events, _ = decode(market.changes(one * 500), codec)
    assert len(events) == 500
    assert codec.counters["twins_dropped"] == 500


@pytest.mark.parametrize("n", [1, 50, 3000])
def test_the_densest_frames_find_room(n: int) -> None:
    """The shortest texts that become something, as many as there may be."""
    bad = b'{"price_changes":[%s]}' % b",".join([b'{"asset_id":%d}' % (k % 10) for k in range(n)])
    good = b'{"asset_id":%d,"price":1,"size":%d,"side":"BUY"}'
    pairs = [good % (k % 2, 1 + k % 3) for k in range(n)]
    book = b'{"bids":[%s],"asks":[],"asset_id":1}' % b",".join([b'{"price":1,"size":1}'] * n)
    for hashes in ("never", "always"):
        codec = MarketCodec(hashes=hashes)  # type: ignore[arg-type]
        frames = [bad, b'{"price_changes":[%s]}' % b",".join(pairs), book]
        frames += [b"[%s]" % b",".join([b'{"winning_asset_id":1}'] * n)]
        frames += [b"[%s]" % b",".join([b'{"bids":[],"asks":[],"asset_id":1}'] * n)]
        found = [len(codec.decode(frame, AT)) for frame in frames]
        assert not [told for told in codec.take_notes() if told.kind == "not_json"]
        assert found[0] == min(n, 10)
        assert found[1] == n + codec.counters["mirror_mismatches"]
        assert found[2:] == [-(-n // 3), n, n]


def test_views_are_of_one_reused_array() -> None:
    codec = MarketCodec()
    first = codec.decode(Market().traded("0.5"), 1)
    kept = first.copy()
    second = codec.decode(Market().traded("0.6"), 2)
    assert np.shares_memory(first, second)
    assert int(kept[0]["price_pips"]) == 5000
