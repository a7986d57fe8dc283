"""Book hashes: the rule on official and recorded books, the search, the verdicts."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pytest

import recordings
from clobstep import EFFECT_DTYPE, Engine, EngineConfig
from clobstep.enums import Alert, EffectKind, EventKind, FeedSign, Flag
from clobstep.venue.book_hash import LASTING_GROUPS
from clobstep.venue.hash_text import Shape, head, price_text, size_text, trade_text
from clobstep.venue.market import MarketCodec
from venue.made import NO, YES, Market
from venue.reference import messages

GOOD, BAD, LASTING = FeedSign.HASH_GOOD, FeedSign.HASH_BAD, FeedSign.HASH_LASTING


def signs(events: Any) -> list[int]:
    return [int(e["code"]) for e in events if e["kind"] == EventKind.FEED]


def counted(codec: MarketCodec, group: str = "groups") -> dict[str, int]:
    counters = codec.counters
    names = ("checked", "known", "complement", "remembered", "grid", "reordered", "failed")
    return {n: c for n in names if (c := counters.get(f"hash_{group}_{n}", 0))}


class Feed:
    """A codec and a market; each message is decoded a millisecond after the last."""

    def __init__(self, hashes: Any = "always", **market: Any) -> None:
        self.codec = MarketCodec(hashes=hashes)
        self.market = Market(**market)
        self.at = 1

    def __call__(self, raw: bytes) -> list[int]:
        self.at += 1
        return signs(self.codec.decode(raw, self.at))

    def bad_change(self, k: int, after_ms: int = 1) -> bytes:
        """A change whose hash fits no book."""
        self.market.change("BUY", 30, k + 1, after_ms)
        entries = self.market.entries("BUY", 30, k + 1)
        return self.market.changes([e | {"hash": f"{k:040x}"} for e in entries])


# ---- the text


def test_the_vector_of_the_official_client() -> None:
    size = 100_000_000
    start = head(
        "0xaabbcc", "100", 123456789, ({3000: size, 4000: size}, {6000: size, 7000: size}), 0
    )
    # The client hashes levels as they are given; its vector gives the asks ascending.
    text = start.replace(
        '{"price":"0.7","size":"100"},{"price":"0.6","size":"100"}',
        '{"price":"0.6","size":"100"},{"price":"0.7","size":"100"}',
    )
    tails = [t for s, t in Shape(4, "0.01", None, "100", "false").tails()]
    assert len(tails) == 1
    said = hashlib.sha1((text + tails[0] + '0.5"}').encode()).hexdigest()
    assert said == "0458ea5755c9f73d64a14636fa5c36ed460ec394"


def test_numbers_as_the_venue_writes_them() -> None:
    assert [price_text(p) for p in (1000, 5000, 5200, 5, 9990, 0, 10_000)] == [
        "0.1", "0.5", "0.52", "0.0005", "0.999", "0", "1",
    ]  # fmt: skip
    assert [size_text(s) for s in (5_000_000, 40_730_000, 1, 219_217_767)] == [
        "5", "40.73", "0.000001", "219.217767",
    ]  # fmt: skip
    assert [trade_text(p) for p in (1300, 5000, 20, 8705, 10_000)] == [
        "0.130", "0.500", "0.002", "0.8705", "1.000",
    ]  # fmt: skip


# ---- what has to be known


def test_known_complement_grid_and_remembered() -> None:
    feed = Feed(trade="0.520")
    assert feed(feed.market.book(last_trade_price="0.520", tick_size="0.01")) == [GOOD]
    assert feed(feed.market.change("BUY", 47, 5)) == []
    feed.market.trade = "0.480"
    assert feed(feed.market.change("BUY", 47, 6)) == [GOOD]  # of the group before
    assert counted(feed.codec) == {"checked": 1, "known": 1}
    feed.market.trade = "0.730"
    feed(feed.market.change("BUY", 47, 7))
    assert counted(feed.codec) == {"checked": 2, "known": 1, "complement": 1}
    feed(feed.market.change("BUY", 47, 8))
    feed.market.trade = "0.270"
    feed(feed.market.change("BUY", 47, 9))
    assert counted(feed.codec)["grid"] == counted(feed.codec)["remembered"] == 1
    feed(feed.market.traded("0.27"))
    assert signs(feed.codec.flush(99)) == [GOOD]
    assert counted(feed.codec) == {
        "checked": 5, "known": 2, "complement": 1, "grid": 1, "remembered": 1,
    }  # fmt: skip
    assert signs(feed.codec.flush(100)) == []


@pytest.mark.parametrize("scheme", [0, 3, 4])
@pytest.mark.parametrize("tick, neg_risk", [("0.01", False), ("0.001", True), ("0.0025", False)])
def test_what_no_message_says_is_found(scheme: int, tick: str, neg_risk: bool) -> None:
    feed = Feed(scheme=scheme)
    feed.market.tick, feed.market.neg_risk = tick, neg_risk
    assert feed(feed.market.book()) == [GOOD]
    feed(feed.market.change("SELL", 52, 0))
    assert feed(feed.market.change("SELL", 51, 3)) == [GOOD]


def test_a_tick_change_is_followed() -> None:
    feed = Feed()
    feed(feed.market.book(tick_size="0.01"))
    feed(feed.market.change("BUY", 47, 5))
    tick = json.dumps({"event_type": "tick_size_change", "asset_id": YES, "market": "0x",
                       "new_tick_size": "0.001", "timestamp": str(feed.market.ms)})  # fmt: skip
    feed(tick.encode())
    feed.market.tick = "0.001"
    assert feed(feed.market.change("BUY", 47, 6)) == [GOOD]
    assert feed(feed.market.change("BUY", 47, 7)) == [GOOD]
    assert counted(feed.codec) == {"checked": 2, "known": 2}


def test_one_token_alone_is_enough() -> None:
    feed = Feed()
    feed(feed.market.book(NO))
    feed.market.change("BUY", 47, 5)
    feed(feed.market.changes(feed.market.entries("BUY", 47, 5)[1:]))
    assert signs(feed.codec.flush(9)) == [GOOD]


# ---- groups


def test_a_group_is_judged_by_its_end_and_before_the_next_message() -> None:
    feed = Feed()
    feed(feed.market.book())
    market = feed.market
    for k, (side, cents) in enumerate([("BUY", 45), ("BUY", 48), ("SELL", 55)]):
        market.ms += k == 0
        market.set(side, cents, 0)
    for side, cents in [("BUY", 45), ("BUY", 48), ("SELL", 55)]:  # one hash, that of the end
        assert feed(market.changes(market.entries(side, cents, 0))) == []
    group_ms = market.ms
    events = feed.codec.decode(market.change("BUY", 44, 1), 77)
    assert [int(e["kind"]) for e in events] == [EventKind.FEED, EventKind.BOOK_DELTA]
    assert (events[0]["code"], events[0]["token"], events[0]["time_ns"]) == (GOOD, 0, 77)
    assert events[0]["venue_time_ns"] == group_ms * 1_000_000
    events = feed.codec.decode(market.book(), 78)
    assert [int(e["kind"]) for e in events] == [EventKind.FEED, *[EventKind.BOOK_SNAPSHOT] * 2,
                                                EventKind.FEED]  # fmt: skip
    assert counted(feed.codec) == {"checked": 2, "known": 2}


def test_a_frame_of_several_is_woven_object_by_object() -> None:
    feed = Feed()
    market = feed.market
    frame = [market.book(), *[market.change("BUY", 47, k + 1) for k in range(3)]]
    events = feed.codec.decode(b"[" + b",".join(frame) + b"]", 5)
    assert [int(e["kind"]) for e in events] == [2, 2, 6, 1, 6, 1, 6, 1]
    assert signs(events) == [GOOD] * 3


def test_every_nth_group_and_never() -> None:
    feed = Feed(hashes=3)
    assert feed(feed.market.book()) == [GOOD]
    found = [feed(feed.market.change("BUY", 47, k + 1)) for k in range(7)]
    assert found == [[], [], [], [GOOD], [], [], [GOOD]]
    assert feed.codec.counters["hash_groups_unchecked"] == 4
    feed = Feed(hashes="never")
    assert feed(feed.market.book()) == []
    assert not [name for name in feed.codec.counters if name.startswith("hash")]


def test_messages_of_one_millisecond_out_of_order_are_put_right() -> None:
    feed = Feed()
    market = feed.market
    feed(market.book())
    first = market.change("BUY", 47, 5)
    second = market.change("BUY", 47, 6, after_ms=0)
    feed(second)
    feed(first)  # so 47 seems to end at 5, and its hash says so too
    at_ms = market.ms
    assert feed(market.change("BUY", 30, 1)) == [GOOD]
    events = feed.codec.decode(market.change("BUY", 30, 2), 50)
    assert [int(e["kind"]) for e in events] == [EventKind.BOOK_DELTA, EventKind.FEED,
                                                EventKind.BOOK_DELTA]  # fmt: skip
    right = events[0]
    assert (right["price_pips"], right["size"], right["side"]) == (4700, 6_000_000, 0)
    assert right["venue_time_ns"] == (at_ms + 1) * 1_000_000
    assert right["flags"] == 0
    assert counted(feed.codec) == {"checked": 2, "known": 1, "reordered": 1}
    assert feed.codec.counters["hash_levels_put_right"] == 1
    assert signs(feed.codec.flush(60)) == [GOOD]


# ---- what does not fit


def test_a_mismatch_is_bad_and_healed_by_the_next_that_fits() -> None:
    feed = Feed()
    feed(feed.market.book())
    feed(feed.bad_change(0))
    assert feed(feed.market.change("BUY", 47, 1)) == [BAD]
    assert feed(feed.market.change("BUY", 47, 2)) == [GOOD]
    assert counted(feed.codec) == {"checked": 2, "known": 1, "failed": 1}
    assert feed.codec.counters["hash_lasting"] == 0


def test_it_lasts_after_so_many_groups() -> None:
    feed = Feed()
    feed(feed.market.book())
    found = [feed(feed.bad_change(k)) for k in range(LASTING_GROUPS + 3)]
    assert found[0] == []
    assert found[1:LASTING_GROUPS] == [[BAD]] * (LASTING_GROUPS - 1)
    assert found[LASTING_GROUPS] == [BAD, LASTING]
    assert found[LASTING_GROUPS + 1 :] == [[], []]  # nothing can be proven before a snapshot
    assert feed(feed.market.book()) == [GOOD]
    feed(feed.market.change("BUY", 47, 1))
    assert feed(feed.market.change("BUY", 47, 2)) == [GOOD]


def test_it_lasts_after_a_quarter_of_a_second() -> None:
    feed = Feed()
    feed(feed.market.book())
    feed(feed.bad_change(0))
    assert feed(feed.bad_change(1, 249)) == [BAD]
    assert feed(feed.bad_change(2, 1)) == [BAD]
    assert feed(feed.market.change("BUY", 47, 1)) == [BAD, LASTING]


def test_what_is_no_hash_is_not_judged() -> None:
    feed = Feed()
    feed(feed.market.book(hash="0xhash001"))
    feed(feed.market.changes([e | {"hash": "0x1"} for e in feed.market.entries("BUY", 48, 10)]))
    assert signs(feed.codec.flush(9)) == []
    counters = feed.codec.counters
    assert counters["hash_books_unchecked"] == counters["hash_groups_unchecked"] == 1


def test_after_a_reconnect_nothing_is_judged_before_a_book() -> None:
    feed = Feed()
    feed(feed.market.book())
    feed(feed.market.change("BUY", 47, 1))
    feed.market.change("BUY", 46, 9)  # lost
    feed.codec.forget_books()
    assert feed(feed.market.change("BUY", 47, 2)) == []
    assert feed(feed.market.change("BUY", 47, 3)) == []
    assert feed(feed.market.book()) == [GOOD]
    assert counted(feed.codec) == {}


# ---- recordings


def recorded(name: str) -> list[bytes]:
    raws = list(messages(recordings.data(name)))
    said = [(json.loads(raw), raw) for raw in raws]
    key = [(int(m["timestamp"]), m.get("event_type") != "price_change") for m, _ in said]
    return [said[k][1] for k in sorted(range(len(raws)), key=lambda k: key[k])]


def test_the_recording_with_hashes() -> None:
    """Books 100 %, groups at least 99 %; what is known alone fits far less; nothing is STALE."""
    codec = MarketCodec(hashes="always")
    events = codec.decode_many(recorded("market_ws/btc_5m_2026-04-21.jsonl"))
    events = np.concatenate([events, codec.flush(int(events["time_ns"][-1]))])
    groups, books = counted(codec), counted(codec, "books")
    assert books == {"checked": 46, "known": 14, "complement": 12, "remembered": 20}
    fit = groups["checked"] - groups["failed"]
    print(f"groups {fit / groups['checked']:.2%} of {groups['checked']}: {groups}")
    print(f"books 100 % of 46: {books}")
    assert fit / groups["checked"] >= 0.99
    assert 0.54 < groups["known"] / groups["checked"] < 0.57
    assert 0.91 < (groups["known"] + groups["complement"]) / groups["checked"] < 0.96
    assert codec.counters["hash_lasting"] == 0
    found = signs(events)
    assert found.count(BAD) == groups["failed"]
    assert found.count(GOOD) == fit + 46

    engine = Engine(EngineConfig())
    effects = np.zeros(engine.effects_needed, EFFECT_DTYPE)
    done = rebuilt = 0
    held: dict[int, Any] = {}
    seen: set[int] = set()
    for at in np.flatnonzero(events["kind"] == EventKind.BOOK_SNAPSHOT).tolist():
        done = stepped(engine, events, done, at, effects)
        token, flags = int(events[at]["token"]), events[at]["flags"]
        if flags & Flag.SNAP_FIRST:
            held[token] = levels(engine, token)
        if flags & Flag.SNAP_LAST:
            done = stepped(engine, events, done, at + 1, effects)
            if token & ~1 in seen:
                assert held[token] == levels(engine, token)
                rebuilt += 1
            seen.add(token & ~1)
    stepped(engine, events, done, len(events), effects)
    assert rebuilt == 44
    assert engine.view.refusals() == {}
    assert engine.view.counters()["resyncs"] == 0


def stepped(engine: Engine, events: Any, done: int, end: int, effects: Any) -> int:
    while done < end:
        taken, n = engine.step_batch(np.ascontiguousarray(events[done:end]), effects)
        stale = (effects[:n]["kind"] == EffectKind.ALERT) & (
            effects[:n]["code"] == Alert.FEED_STALE
        )
        assert not stale.any()
        done += taken
    return done


def levels(engine: Engine, token: int) -> tuple[Any, Any]:
    return engine.view.levels(token, 0), engine.view.levels(token, 1)


FOLDERS = ["order", "orderbook", "stream"]


def objects(path: Any) -> list[Any]:
    """Books and changes of a captured file: JSON or Python literals, a line or a file each."""
    text = path.read_text()
    if "book_data" in path.name:
        return [json.loads(text)["book"]]
    found = []
    for line in text.splitlines():
        if line[:1] in ("[", "{"):
            try:
                found.append(json.loads(line))
            except ValueError:
                continue  # written over several lines, or with single quotes
    return found


def test_books_as_given() -> None:
    """REST books, first WebSocket books and captured ones of all three forms, 2024 to 2026."""
    folder = recordings.data("market_ws")
    codec = MarketCodec(hashes="always")
    for path in sorted(folder.glob("btc_15m_*[0-9a-zA-Z].jsonl")):
        if ".markets." not in path.name:
            for raw in messages(path):
                codec.decode(raw, 1)
            codec.forget_books()  # each session reconnects
    assert counted(codec, "books") == {"checked": 330, "known": 330}
    assert counted(codec)["failed"] <= 1

    codec = MarketCodec(hashes="always")
    captured = recordings.data("user_ws/captured")
    for name in ("order/data/book_data_a.txt", "order/data/book_data_b.txt"):
        codec.decode(json.dumps(objects(captured / name)[0]).encode(), 1)
    for name in ("messages_hash.txt", "ws_msg_book_yes.json"):
        for said in objects(captured / "orderbook" / "data" / name):
            codec.decode(json.dumps(said).encode(), 1)
    for raw in (recordings.data("gamma/fed-decision-in-june-825/clob-books.json").read_bytes(),):
        codec.decode(raw, 1)
    assert counted(codec, "books") == {"checked": 16, "known": 16}
    assert counted(codec) == {"checked": 2, "known": 2}
