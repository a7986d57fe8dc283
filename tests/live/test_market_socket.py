"""The market channel's task against peers in memory: what it says, and does when they fail."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
import trio
import trio.testing

from clobstep import Engine, EngineConfig
from clobstep.enums import EventKind, FeedSign, FeedState
from clobstep.live.backoff import Backoff
from clobstep.live.clock import SECOND, Clock
from clobstep.live.inbox import Inbox
from clobstep.live.market_socket import Hint, MarketSocket, split
from clobstep.live.wire_socket import WireError
from clobstep.venue.interning import Interning
from clobstep.venue.market import MarketCodec
from clobstep.venue.notes import Note
from live.wire_peer import URL, Peer, Venue, answering, silent
from venue.made import NO, START_MS, YES, Market, raw

START_NS = START_MS * 1_000_000
SEED = 7


class Desk:
    """A market socket with its surroundings; `events` takes what came in so far."""

    def __init__(self, venue: Venue, **settings: Any) -> None:
        self.names = Interning()
        self.names.pair(Market().name, YES, NO)
        self.inbox = Inbox()
        self.hints: list[Hint] = []
        self.notes: list[Note] = []
        settings = {"tokens": [0, 1], "hashes": "never"} | settings
        hashes = settings.pop("hashes")
        self.socket = MarketSocket(
            settings.pop("tokens"),
            url=URL,
            codec=MarketCodec(self.names, strangers=False, hashes=hashes),
            inbox=self.inbox,
            clock=Clock(start_ns=START_NS),
            rng=random.Random(SEED),
            connect=venue.connect,
            on_hint=self.hints.append,
            on_note=self.notes.append,
            **settings,
        )
        self.raws: list[tuple[int, str, bytes]] = []

    def events(self) -> np.ndarray:
        batches = self.inbox.take()
        self.raws += [raw for batch in batches for raw in batch.raws]
        return np.concatenate([batch.events for batch in batches] or [np.zeros(0)])

    def kinds(self) -> list[str]:
        """Names of what came in; of FEED its sign."""
        return [
            FeedSign(e["code"]).name if e["kind"] == EventKind.FEED else EventKind(e["kind"]).name
            for e in self.events()
        ]

    @property
    def reasons(self) -> list[str]:
        return [note.text for note in self.notes if note.kind == "market_lost"]


def play(
    work: Callable[[Desk, Venue], Awaitable[None]], *scripts: Any, **settings: Any
) -> tuple[Desk, Venue]:
    """Run the socket's task beside `work`, on trio's mock clock."""

    async def main() -> tuple[Desk, Venue]:
        async with trio.open_nursery() as nursery:
            venue = Venue(nursery, *scripts)
            desk = Desk(venue, **settings)
            nursery.start_soon(desk.socket.run)
            await work(desk, venue)
            nursery.cancel_scope.cancel()
        return desk, venue

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def pauses(n: int) -> list[float]:
    backoff = Backoff(random.Random(SEED))
    return [backoff.next_ns() / SECOND for _ in range(n)]


async def opened(peer: Peer) -> None:
    """Accepts, and sends both first books when subscribed."""
    await peer.accept()
    market = Market()
    await peer.next()
    await peer.say(market.book(YES), market.book(NO))


async def lively(peer: Peer) -> None:
    await opened(peer)
    await peer.pong()


def test_it_subscribes_at_once_and_hears_the_books() -> None:
    said: list[bytes] = []

    async def listen(peer: Peer) -> None:
        await peer.accept()
        said.append(await peer.next())
        market = Market()
        await peer.say(market.book(YES), market.change("BUY", 49, 7))
        await peer.pong()

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(1)
        assert trio.current_time() - venue.at[0] == 1
        assert desk.kinds() == ["CONNECTED"] + ["BOOK_SNAPSHOT"] * 2 + ["BOOK_DELTA"]
        assert desk.socket.is_connected

    desk, _ = play(work, listen)
    assert json.loads(said[0]) == {
        "assets_ids": [YES, NO], "type": "market", "custom_feature_enabled": True,
        "initial_dump": True, "level": 2,
    }  # fmt: skip
    assert desk.socket.counters["messages"] == 2
    assert desk.socket.counters["events"] == 3
    assert desk.socket.counters["bytes"] > 500


def test_all_of_one_read_has_one_time_and_raws_go_along_when_wanted() -> None:
    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(1)
        times = desk.events()["time_ns"]
        assert set(times[1:].tolist()) == {START_NS}

    desk, _ = play(work, lively, keep_raw=True)
    market = Market()
    assert desk.raws == [
        (START_NS, "market", market.book(YES)),
        (START_NS, "market", market.book(NO)),
    ]


def test_it_pings_every_ten_seconds_and_is_content_with_pongs() -> None:
    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(601)
        assert desk.socket.counters["pongs"] == 60
        assert len(venue.at) == 1
        assert desk.reasons == []

    play(work, lively)


def test_without_a_pong_for_thirty_seconds_the_line_is_given_up() -> None:
    """A half-open line: our PINGs go, nothing comes."""

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(30 + pauses(1)[0] + 1)
        assert venue.at == pytest.approx([0, 30 + pauses(1)[0]])
        assert desk.reasons[0].startswith("no PONG for 30 s; again in 0.")
        assert desk.kinds() == [
            "CONNECTED", "LOST", "CONNECTED", *["BOOK_SNAPSHOT"] * 4,
        ]  # fmt: skip

    play(work, silent, lively)


def test_a_peer_that_takes_nothing_in_is_given_up_too() -> None:
    async def deaf(peer: Peer) -> None:
        await peer.accept()
        await trio.sleep_forever()

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(40)
        assert len(venue.at) == 2

    play(work, deaf, lively)


async def slams(peer: Peer) -> None:
    await peer.accept()
    await peer.close(1011, "restart")


def test_reconnects_follow_the_seed_exactly() -> None:
    """Doubling from 0.25 s to 15 s, each pause shortened by the generator's next draw."""

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(100)
        expected, at = [0.0], 0.0
        for pause in pauses(len(venue.at) - 1):
            at += pause
            expected.append(at)
        assert venue.at == pytest.approx(expected)
        assert len(venue.at) > 10
        longest = max(b - a for a, b in zip(venue.at, venue.at[1:], strict=False))
        assert 7.5 <= longest <= 15

    desk, _ = play(work, slams)
    assert "the peer closed with code 1011, saying 'restart'; again in" in desk.reasons[0]
    assert desk.socket.counters["lost_closed"] == len(desk.reasons)


def test_a_line_that_lasted_begins_with_the_short_pause_again() -> None:
    async def lasts(peer: Peer) -> None:
        await opened(peer)
        await trio.sleep(20)
        await peer.close()

    refused = WireError("refused", "127.0.0.1: port 9 does not answer")

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(60)
        first = sum(pauses(4))
        assert venue.at[4] == pytest.approx(first)
        assert 0.125 <= venue.at[5] - (first + 20) <= 0.25

    desk, _ = play(work, refused, refused, refused, refused, lasts, lively)
    assert desk.socket.counters["failed_refused"] == 4
    assert desk.kinds()[0] == "CONNECTED"  # no LOST for lines that never were


@pytest.mark.parametrize("n", [*range(0, 40, 3), 131, 140, 500, 2_000])
def test_a_line_that_breaks_at_any_byte_is_made_again(n: int) -> None:
    async def breaks(peer: Peer) -> None:
        await peer.accept()
        await peer.next()
        market = Market()
        for text in (market.book(YES), market.book(NO), market.change("BUY", 49, 7)):
            peer.protocol.send_text(text)
        sent = b"".join(peer.protocol.data_to_send())
        await peer.stream.send_all(sent[:n])
        await peer.stream.aclose()

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(2)
        kinds = desk.kinds()
        after = kinds[kinds.index("LOST") :]
        assert after == ["LOST", "CONNECTED", *["BOOK_SNAPSHOT"] * 4]
        assert desk.reasons[0].startswith("the peer ended the connection without a word")

    play(work, breaks, lively)


@pytest.mark.parametrize(
    "garbage",
    [b"\xff" * 40, b"\x81\xfe" + b"x" * 40, b"\x81\x7f\xff" + b"\0" * 20, b"\x88\x02\x00\x01"],
)
def test_garbage_on_the_line_is_a_reconnect(garbage: bytes) -> None:
    async def babbles(peer: Peer) -> None:
        await peer.accept()
        await peer.stream.send_all(garbage)
        await peer.pong()

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(2)
        assert len(venue.at) == 2
        assert len(desk.reasons) == 1

    play(work, babbles, lively)


def test_garbage_in_messages_is_noted_and_the_line_stays() -> None:
    async def babbles(peer: Peer) -> None:
        await opened(peer)
        await peer.say(b"\xff\xfe", b"{", b"[[[[", b'{"event_type":"poem"}', b"", b"[]")
        await peer.pong()

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(60)
        assert len(venue.at) == 1
        assert desk.kinds() == ["CONNECTED", *["BOOK_SNAPSHOT"] * 4]

    desk, _ = play(work, babbles)
    assert {note.kind for note in desk.notes} == {"not_json", "unknown_type"}
    assert desk.socket.counters["notes_unknown_type"] == 1


def test_the_engine_has_no_book_from_a_break_until_the_next_snapshot() -> None:
    async def breaks(peer: Peer) -> None:
        await opened(peer)
        await trio.sleep(5)
        await peer.close()

    async def later(peer: Peer) -> None:
        await peer.accept()
        await peer.next()
        await trio.sleep(2)
        await peer.say(Market().book(YES))
        await peer.pong()

    engine = Engine(EngineConfig(tokens=2))

    def state(desk: Desk) -> FeedState:
        for event in desk.events():
            engine.step(event.tobytes())
        return FeedState(engine.view.market(0).feed)

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(1)
        assert state(desk) is FeedState.SYNCED
        await trio.sleep(5)
        assert state(desk) is FeedState.DOWN
        await trio.sleep(3)
        assert state(desk) is FeedState.SYNCED

    play(work, breaks, later)


def test_tokens_are_added_and_removed_while_the_line_is_up() -> None:
    said: list[dict[str, Any]] = []
    other = Market()
    other.name = "0x" + "77" * 32

    def change(asset: str) -> bytes:
        entry = {"asset_id": asset, "price": "0.4", "size": "1", "side": "BUY"}
        return raw({"event_type": "price_change", "market": other.name,
                    "timestamp": str(other.ms), "price_changes": [entry]})  # fmt: skip

    async def listen(peer: Peer) -> None:
        await peer.accept()
        while True:
            text = await peer.next()
            if text == b"PING":
                await peer.say(b"PONG")
                continue
            said.append(json.loads(text))
            await peer.say(change("111"))

    async def work(desk: Desk, venue: Venue) -> None:
        desk.names.pair(other.name, "111", "222")
        await trio.sleep(1)
        desk.events()
        desk.socket.add([2, 3])
        await trio.sleep(1)
        assert desk.kinds() == ["CONNECTED", "BOOK_DELTA"]
        desk.socket.remove([2])
        await trio.sleep(1)
        assert desk.kinds() == ["BOOK_DELTA"]  # its partner is still wanted
        desk.socket.remove([3])
        await trio.sleep(1)
        assert desk.kinds() == ["LOST"]  # what was under way is not passed on
        desk.socket.add([2])
        await trio.sleep(1)
        assert desk.kinds() == ["CONNECTED", "BOOK_DELTA"]
        assert desk.socket.tokens == [0, 1, 2]
        assert len(venue.at) == 1

    play(work, listen)
    assert said[1:] == [
        {"assets_ids": ["111", "222"], "operation": "subscribe"},
        {"assets_ids": ["111"], "operation": "unsubscribe"},
        {"assets_ids": ["222"], "operation": "unsubscribe"},
        {"assets_ids": ["111"], "operation": "subscribe"},
    ]


def test_tokens_added_while_the_line_is_down_are_in_the_next_subscription() -> None:
    said: list[list[str]] = []

    async def listen(peer: Peer) -> None:
        await peer.accept()
        said.append(json.loads(await peer.next())["assets_ids"])
        await peer.pong()

    async def work(desk: Desk, venue: Venue) -> None:
        assert not desk.socket.is_connected
        desk.socket.remove([0])
        await trio.sleep(5)
        assert said == [[NO]]

    play(work, WireError("refused", "no"), listen)


def test_without_tokens_nobody_is_called() -> None:
    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(100)
        assert venue.at == []
        desk.socket.add([0])
        await trio.sleep(1)
        assert venue.at == [100]

    play(work, lively, tokens=[])


def test_what_the_metadata_should_know_is_hinted() -> None:
    market = Market()
    tick = raw({"event_type": "tick_size_change", "asset_id": YES, "market": market.name,
                "old_tick_size": "0.01", "new_tick_size": "0.001",
                "timestamp": str(market.ms)})  # fmt: skip
    over = raw({"event_type": "market_resolved", "id": "1", "market": market.name,
                "assets_ids": [YES, NO], "winning_asset_id": YES, "winning_outcome": "Yes",
                "timestamp": str(market.ms)})  # fmt: skip
    new = raw({"event_type": "new_market", "id": "2", "market": "0x1", "assets_ids": ["8", "9"],
               "outcomes": ["Yes", "No"], "timestamp": str(market.ms)})  # fmt: skip

    async def tells(peer: Peer) -> None:
        await peer.accept()
        await peer.next()
        await peer.say(tick, over, new)
        await peer.pong()

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(1)
        assert desk.kinds() == ["CONNECTED", "TICK_CHANGE", "RESOLVED"]

    desk, _ = play(work, tells)
    assert {(h.kind, h.token) for h in desk.hints} == {
        ("new_market", None), ("market_resolved", 0), ("tick_size_change", 0),
    }  # fmt: skip
    assert '"assets_ids":["8","9"]' in next(h.text for h in desk.hints if h.kind == "new_market")


def test_a_line_is_given_up_when_asked() -> None:
    async def work(desk: Desk, venue: Venue) -> None:
        desk.socket.reconnect("there is none yet")
        await trio.sleep(3)
        desk.socket.reconnect("3 tokens are silent")
        await trio.sleep(3)
        assert desk.reasons == [f"3 tokens are silent; again in {pauses(1)[0]:.2f} s"]
        assert len(venue.at) == 2
        assert desk.socket.counters["lost_given_up"] == 1

    play(work, answering)


def test_hashes_of_a_lost_line_are_not_judged_until_the_next_book() -> None:
    async def first(peer: Peer) -> None:
        await opened(peer)
        await peer.close()

    async def second(peer: Peer) -> None:
        await peer.accept()
        market = Market()
        market.set("BUY", 49, 3)  # what was lost
        await peer.say(market.change("BUY", 30, 5), market.change("BUY", 31, 5))
        await peer.pong()

    async def work(desk: Desk, venue: Venue) -> None:
        await trio.sleep(5)
        assert "HASH_BAD" not in desk.kinds()
        assert len(venue.at) == 2

    play(work, first, second, hashes="always")


def test_tokens_are_split_without_parting_a_pair() -> None:
    groups = split([0, 1, 2, 3, 5, 4, 6, 0], 4)
    assert groups == [[0, 1, 2, 3], [5, 4, 6]]
    assert split([]) == []
    assert [len(g) for g in split(range(450))] == [200, 200, 50]


def test_more_tokens_than_a_line_takes_are_refused() -> None:
    async def work(desk: Desk, venue: Venue) -> None:
        with pytest.raises(ValueError, match=r"tokens: 201 for one connection, 200 at most"):
            desk.socket.add(range(201))

    play(work, answering)


def test_a_pause_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"first_ns: 0 is not in 1\.\."):
        Backoff(random.Random(1), first_ns=0)
