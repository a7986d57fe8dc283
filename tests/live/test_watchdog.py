"""Quiet markets are left in peace; a frozen feed is noticed, though its PONGs still come."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
import trio
import trio.testing

from clobstep import Engine, EngineConfig
from clobstep.core import EVENT_DTYPE
from clobstep.enums import FeedState
from clobstep.live.clock import SECOND, Clock
from clobstep.live.inbox import Inbox
from clobstep.live.market_socket import MarketSocket
from clobstep.live.watchdog import Seen, Watchdog, silent_after
from clobstep.venue.interning import Interning
from clobstep.venue.market import MarketCodec
from clobstep.venue.notes import Note
from live.wire_peer import URL, Peer, Venue
from venue.made import START_MS, Market

STALE_NS = 30 * SECOND
MARKETS = 4


class World:
    """Some markets of a venue that can be asked over REST, and our engine behind the socket."""

    def __init__(self, venue: Venue, **settings: Any) -> None:
        self.markets = [Market() for _ in range(MARKETS)]
        names = Interning()
        for k, market in enumerate(self.markets):
            market.name = f"0x{k:064x}"
            names.pair(market.name, f"yes{k}", f"no{k}")
        self.clock = Clock(start_ns=START_MS * 1_000_000)
        self.inbox = Inbox()
        self.codec = MarketCodec(names, strangers=False)
        self.engine = Engine(EngineConfig(tokens=2 * MARKETS, stale_after_ns=STALE_NS))
        self.socket = MarketSocket(
            range(2 * MARKETS), url=URL, codec=self.codec, inbox=self.inbox, clock=self.clock,
            rng=random.Random(3), connect=venue.connect,
        )  # fmt: skip
        self.notes: list[Note] = []
        self.asked: list[tuple[float, list[int]]] = []
        self.rest_is_up = True
        self.was_stale = False
        self.dog = Watchdog(
            self.socket, probe=self.probe, ours=self.ours, clock=self.clock,
            silent_ns=silent_after(STALE_NS), on_note=self.notes.append, **settings,
        )  # fmt: skip

    def book(self, k: int, asset: str = "yes") -> bytes:
        return self.markets[k].book().replace(b"7132104567925221259462638553270691275033272857194"
                                              b"2532289631379312455583992563",
                                              f"{asset}{k}".encode())  # fmt: skip

    def ours(self, token: int) -> Seen:
        self.step()
        book = self.engine.view.book(token)
        return Seen(book.bid_pips, book.ask_pips)

    def step(self) -> None:
        for batch in self.inbox.take():
            for event in batch.events:
                self.engine.step(event.tobytes())
        states = [self.engine.view.market(2 * k).feed for k in range(MARKETS)]
        self.was_stale |= FeedState.STALE in states

    async def engine_task(self) -> None:
        """Steps what comes, and time each second."""
        from clobstep import events

        while True:
            self.step()
            self.engine.step(events.timer(at=self.clock.now_ns()))
            await trio.sleep(1)

    async def probe(self, tokens: list[int]) -> None:
        self.asked.append((trio.current_time(), tokens))
        await trio.sleep(0.2)
        if not self.rest_is_up:
            return
        for token in tokens:
            market = self.markets[token >> 1]
            bid, ask = max(market.bids), min(market.asks)
            self.dog.shown(token, Seen(100 * bid, 100 * ask))
            events = self.codec.decode(self.book(token >> 1), self.clock.now_ns())
            self.inbox.market(events)

    @property
    def said(self) -> list[str]:
        return [note.text for note in self.notes]


def play(
    work: Callable[[World, Venue], Awaitable[None]],
    serve: Callable[[World, Peer], Awaitable[None]],
    **settings: Any,
) -> None:
    worlds: list[World] = []

    async def script(peer: Peer) -> None:
        await serve(worlds[0], peer)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            venue = Venue(nursery, script)
            worlds.append(World(venue, **settings))
            nursery.start_soon(worlds[0].socket.run)
            nursery.start_soon(worlds[0].dog.run)
            nursery.start_soon(worlds[0].engine_task)
            await work(worlds[0], venue)
            nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


async def books(world: World, peer: Peer) -> None:
    await peer.accept()
    await peer.next()
    await peer.say(*[world.book(k) for k in range(MARKETS)])


async def quiet(world: World, peer: Peer) -> None:
    """First books, then PONGs and no data ever."""
    await books(world, peer)
    await peer.pong()


def test_quiet_markets_are_looked_up_and_left_in_peace() -> None:
    """Ten minutes without a word: no reconnect, and the engine believes its books all the time."""

    async def work(world: World, venue: Venue) -> None:
        await trio.sleep(600)
        assert len(venue.at) == 1
        assert world.said == []
        assert not world.was_stale
        assert 20 <= len(world.asked) <= 30
        assert world.asked[0][1] == [0, 2, 4, 6]
        assert world.dog.counters["agreed"] == 4 * len(world.asked)

    play(work, quiet)


def test_without_a_watchdog_the_engine_would_have_given_up() -> None:
    """What the look-ups are for: the same silence, unanswered."""

    async def work(world: World, venue: Venue) -> None:
        world.rest_is_up = False
        world.dog._several = 99
        await trio.sleep(60)
        assert world.was_stale

    play(work, quiet)


def test_pongs_without_data_are_noticed_when_the_venue_shows_another_book() -> None:
    async def work(world: World, venue: Venue) -> None:
        await trio.sleep(15)
        world.markets[2].bids[49] = 5  # and the feed says nothing
        await trio.sleep(15)
        assert len(venue.at) == 2
        assert 20 <= venue.at[1] <= 25
        assert world.said == [
            "token 4 was silent for 23 s; the venue shows 0.49/0.52, we have 0.48/0.52"
        ]
        world.step()
        assert world.engine.view.book(4).bid_pips == 4900

    play(work, quiet)


def test_one_token_that_stops_while_others_go_on_is_looked_up_alone() -> None:
    async def serve(world: World, peer: Peer) -> None:
        await books(world, peer)
        while True:
            await trio.sleep(5)
            await peer.say(*[world.book(k) for k in range(3)], b"PONG")

    async def work(world: World, venue: Venue) -> None:
        await trio.sleep(100)
        assert {tuple(tokens) for _, tokens in world.asked} == {(6,)}
        assert len(venue.at) == 1
        world.markets[3].asks[51] = 1
        await trio.sleep(30)
        assert len(venue.at) == 2

    play(work, serve)


def test_busy_markets_that_fall_silent_together_need_no_proof() -> None:
    async def serve(world: World, peer: Peer) -> None:
        await books(world, peer)
        for _ in range(20):
            await trio.sleep(0.5)
            await peer.say(*[world.book(k) for k in range(MARKETS)], b"PONG")
        await peer.pong()

    async def work(world: World, venue: Venue) -> None:
        world.rest_is_up = False
        await trio.sleep(35)
        assert world.said == ["4 busy markets fell silent together"]
        assert len(venue.at) == 2
        assert world.asked == []

    play(work, serve)


def test_silence_that_cannot_be_looked_up_is_doubted_but_rarely() -> None:
    async def work(world: World, venue: Venue) -> None:
        world.rest_is_up = False
        await trio.sleep(410)
        assert world.said == ["4 markets are silent and cannot be looked up"] * 2
        assert venue.at[2] - venue.at[1] >= 199

    play(work, quiet)


def test_a_look_up_that_hangs_is_no_answer() -> None:
    async def work(world: World, venue: Venue) -> None:
        async def hangs(tokens: list[int]) -> None:
            await trio.sleep_forever()

        world.dog._probe = hangs
        await trio.sleep(40)
        assert world.said == ["4 markets are silent and cannot be looked up"]

    play(work, quiet)


def test_what_was_heard_while_it_was_looked_up_counts_more() -> None:
    async def serve(world: World, peer: Peer) -> None:
        await books(world, peer)
        while not world.asked:
            await trio.sleep(0.1)
        world.markets[0].bids[49] = 5
        await peer.say(*[world.book(k) for k in range(MARKETS)], b"PONG")
        await peer.pong()

    async def work(world: World, venue: Venue) -> None:
        await trio.sleep(30)
        assert len(world.asked) == 1
        assert world.dog.counters["agreed"] == world.dog.counters["differed"] == 0
        assert len(venue.at) == 1

    play(work, serve)


def test_who_is_not_wanted_or_not_connected_is_not_looked_up() -> None:
    async def work(world: World, venue: Venue) -> None:
        world.socket.remove([0, 1, 2])
        await trio.sleep(30)
        assert {tuple(tokens) for _, tokens in world.asked} == {(3, 4, 6)}
        world.socket.remove(range(8))
        await trio.sleep(1)
        asked = len(world.asked)
        await trio.sleep(100)
        assert len(world.asked) == asked

    play(work, quiet)


def test_prints_alone_are_no_sign_of_a_book() -> None:
    async def work(world: World, venue: Venue) -> None:
        print_ = np.zeros(1, EVENT_DTYPE)
        print_["kind"] = 3
        await trio.sleep(25)
        before = world.dog._last_ns.copy()
        world.dog.heard(print_, world.clock.now_ns())
        assert (world.dog._last_ns == before).all()
        print_["kind"] = 4
        world.dog.heard(print_, world.clock.now_ns())
        assert world.dog._last_ns[0] == world.clock.now_ns()

    play(work, quiet)


def test_equal_hashes_prove_what_tops_do_not() -> None:
    assert Seen(1, 2, "aa").is_as(Seen(1, 3, "aa"))
    assert Seen(1, 2, "aa").is_as(Seen(1, 2, "bb"))
    assert not Seen(1, 2, "aa").is_as(Seen(1, 3, "bb"))
    assert not Seen(1, 2).is_as(Seen(1, 3))


def test_the_silence_that_is_allowed_leaves_the_engine_time() -> None:
    assert silent_after(30 * SECOND) == 20 * SECOND
    assert silent_after(3600 * SECOND) == 30 * SECOND
    for stale_ns in (30 * SECOND, 60 * SECOND):
        silent_ns = silent_after(stale_ns)
        assert silent_ns + max(SECOND, silent_ns // 6) + 5 * SECOND < stale_ns


def test_a_silence_that_is_none_is_refused() -> None:
    async def work(world: World, venue: Venue) -> None:
        with pytest.raises(ValueError, match="silent_ns: 1 is less than a second"):
            Watchdog(world.socket, probe=world.probe, ours=world.ours, clock=world.clock,
                     silent_ns=1)  # fmt: skip

    play(work, quiet)
