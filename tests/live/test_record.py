"""A recording of the public feed: what it holds, how it ends, and what may go wrong meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import trio
import trio.testing

from clobstep import events
from clobstep.enums import EventKind, FeedSign, FeedState
from clobstep.live.clock import SECOND, Clock
from clobstep.live.config import ConfigError, Markets
from clobstep.live.feed import FeedError, find
from clobstep.live.gamma import GammaError
from clobstep.live.record import following
from clobstep.replay.verify import replay
from clobstep.session import Session
from clobstep.session.format import SessionError
from clobstep.session.recover import recover
from clobstep.session.series import Series, part_path
from clobstep_sim.fuzz import profile
from clobstep_sim.replayed.paper import paper
from clobstep_sim.server.server import Running, serve
from clobstep_sim.server.venue import VenueSettings
from live.fake_gamma import FakeGamma
from live.follow import START_NS, config_at, events_of, recording, spoken
from live.room import until, venue


def on_mock(main: Any) -> None:
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def signs(session: Series) -> list[FeedSign]:
    found = events_of(session, lambda part: part["kind"] == EventKind.FEED)
    return [FeedSign(int(code)) for code in found["code"]]


# ---- at a venue


@pytest.mark.parametrize("name", ["calm", "busy", "feed-hell"])
def test_what_is_recorded_replays_and_is_tradable(tmp_path: Path, name: str) -> None:
    base = tmp_path / "s.clob"

    async def main() -> None:
        async with venue(name, speed=8) as running:
            config = config_at(running.port, speed=8, hashes=1)
            async with recording(config, base) as record:
                await until(lambda: record.engine.view.counters()["deltas"] >= 200, 60)
                await until(lambda: record.state().synced == 2)
            counters = record.engine.view.counters()
            assert record.state().markets == 2
            assert counters["groups_agreed"] > 100
            assert name == "feed-hell" or counters["hash_bad"] == 0

    trio.run(main)
    with Series.open(base) as series:
        assert series.sealed
        assert series.manifest.kind == "record"
        assert [one["token"] for one in series.manifest.markets] == [0, 2]
        assert replay(series, verify=True).same
        assert signs(series)[0] == FeedSign.CONNECTED
        assert signs(series)[-1] == FeedSign.LOST  # nothing is known after the end
        sources = {raw.source for raw in series.raw()}
        assert {"market", "gamma"} <= sources
        assert {row[0] for row in series.interning_rows()} >= {"pair", "token", "cluster"}
    result = paper(base_session(base), "maker", record=tmp_path / "paper.clob")
    assert result.counts["intents"] > 0
    with Session.open(tmp_path / "paper.clob") as session:
        assert replay(session, verify=True).same


def base_session(base: Path) -> Path:
    return part_path(base, 0)


def test_a_venue_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    base, settings, notes = tmp_path / "s.clob", VenueSettings(profile.load("calm"), markets=2), []

    async def up(nursery: trio.Nursery, port: int) -> Running:
        return await nursery.start(
            lambda task_status: serve(settings, port, task_status=task_status)
        )

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            running = await up(nursery, 0)
            config = config_at(running.port)
            async with recording(config, base, on_note=notes.append) as record:
                await until(lambda: record.state().synced == 2)
                running.stop()
                await until(lambda: record.state().lost >= 1)
                await until(lambda: record.state().synced == 0)
                running = await up(nursery, running.port)
                await until(lambda: record.state().synced == 2)
                assert record.state().connects == 2
            running.stop()

    trio.run(main)
    assert any(note.kind == "market_lost" and "again in" in note.text for note in notes)
    with Series.open(base) as series:
        per_market = signs(series)
        assert per_market[:6] == 2 * [FeedSign.CONNECTED] + 2 * [FeedSign.LOST] + 2 * [
            FeedSign.CONNECTED
        ]
        assert any(note.kind == "market_lost" for note in series.notes())
        assert replay(series, verify=True).same


def test_a_recording_that_was_left_goes_on(tmp_path: Path) -> None:
    base = tmp_path / "s.clob"

    async def main() -> None:
        async with venue() as running:
            first = config_at(running.port, Markets(slugs=("market-1-1",)))
            both = config_at(running.port, Markets(slugs=("market-0-1", "market-1-1")))
            for _ in range(2):
                async with recording(first, base) as record:
                    await until(lambda r=record: r.state().synced == 1)
            with pytest.raises(SessionError, match="has places for 1 markets"):
                async with following(both, base):
                    pass
            with pytest.raises(SessionError, match="is there already"):
                async with following(first, base, goes_on=False):
                    pass

    trio.run(main)
    with Series.open(base) as series:
        assert len(series.parts) == 2
        assert series.sealed
        assert signs(series) == [FeedSign.CONNECTED] + 2 * [FeedSign.LOST] + [
            FeedSign.LOST, FeedSign.CONNECTED
        ] + 2 * [FeedSign.LOST]  # fmt: skip
        assert replay(series, verify=True).same
        assert len([row for row in series.interning_rows() if row[0] == "token"]) == 2


def test_names_that_the_venue_does_not_know(tmp_path: Path) -> None:
    wrong = {
        "market 'market-7-1'": Markets(slugs=("market-0-1", "market-7-1")),
        "a market's slug": Markets(slugs=("no/slug",)),
        "event 'event-9'": Markets(events=("event-9",)),
        "an event's slug": Markets(events=("../x",)),
        "0xabcd: the venue knows no market": Markets(conditions=("0xabcd",)),
        "a market's condition": Markets(conditions=("0xzz",)),
        "no market is named": Markets(),
    }

    async def main() -> None:
        async with venue() as running:
            for said, markets in wrong.items():
                with pytest.raises(FeedError, match=said):
                    async with following(config_at(running.port, markets), tmp_path / "s.clob"):
                        pass

    trio.run(main)
    assert not list(tmp_path.iterdir())


def test_markets_by_slug_by_condition_and_by_event_are_each_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with venue(markets=4) as running:
            condition = running.venue.names.condition(3)
            markets = Markets(
                events=("event-0",), slugs=("market-2-1", "market-1-1"), conditions=(condition,)
            )
            async with following(config_at(running.port, markets), tmp_path / "s.clob") as record:
                slugs = [info.slug for info in record.feed.infos.values()]
            assert slugs == ["market-0-1", "market-1-1", "market-2-1", "market-3-1"]

    trio.run(main)
    assert not list(tmp_path.glob("s.*"))  # nobody ran it


def test_another_clock_is_for_loopback_and_starts_with_the_venues(tmp_path: Path) -> None:
    async def main() -> None:
        async with venue(speed=50, start_ns=START_NS) as running:
            await trio.sleep(0.2)
            config = config_at(running.port, speed=50)
            async with following(config, tmp_path / "s.clob") as record:
                behind = running.venue.now_ns - record.feed.clock.now_ns()
                assert abs(behind) <= 2 * SECOND

    trio.run(main)
    with pytest.raises(ConfigError, match="for loopback only"):
        trio.run(elsewhere, tmp_path)
    with pytest.raises(FeedError, match="the venue's time cannot be had"):
        trio.run(nobody, tmp_path)


async def elsewhere(tmp_path: Path) -> None:
    from clobstep.live.config import Config, Live

    async with following(Config(live=Live(speed=2.0)), tmp_path / "s.clob"):
        pass


async def nobody(tmp_path: Path) -> None:
    async with following(config_at(1, speed=2.0), tmp_path / "s.clob"):
        pass


def test_no_network_is_said_after_some_tries() -> None:
    async def main() -> None:
        fake = FakeGamma()
        fake.next = [httpx.ConnectError("no route") for _ in range(20)]
        began = trio.current_time()
        with pytest.raises(GammaError, match="no route"):
            await find(fake.fetcher(), Markets(slugs=("a-market",)))
        assert 1 < trio.current_time() - began < 120

    on_mock(main)


# ---- a feed that the test speaks, on a clock that it moves


def test_it_ends_when_all_markets_have_resolved(tmp_path: Path) -> None:
    async def main() -> None:
        record, feed = spoken(tmp_path / "s.clob", Clock(start_ns=START_NS))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(record.run)
            await trio.sleep(5)
            feed.book()
            await trio.sleep(5)
            assert record.state().synced == 1
            assert record.state().resolved == 0
            feed.inbox.private(events.resolved(0, payout="1", at=feed.clock.now_ns()))

    on_mock(main)
    with Series.open(tmp_path / "s.clob") as series:
        assert series.sealed
        assert replay(series, verify=True).same
        assert events_of(series, lambda part: part["kind"] == EventKind.RESOLVED).size == 1


class Heard:
    """What a listener heard, and how far it was told that it may go."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self.passed_ns = 0
        self.fails: Exception | None = None

    def heard(self, found: Any) -> None:
        assert (found["time_ns"] >= self.passed_ns).all()
        self.parts.append(found.copy())

    def passed(self, now_ns: int) -> None:
        assert now_ns >= self.passed_ns
        self.passed_ns = now_ns
        if self.fails is not None and len(self.parts) > 2:
            raise self.fails


def test_a_listener_hears_what_is_kept_in_its_order(tmp_path: Path) -> None:
    heard = Heard()

    async def main() -> None:
        record, feed = spoken(tmp_path / "s.clob", Clock(start_ns=START_NS), heard)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(record.run)
            for k in range(50):
                await trio.sleep(0.3)
                feed.book()
                at = feed.clock.now_ns()
                feed.say(events.delta(0, "BUY", price="0.47", size=str(k + 1), at=at))
                feed.inbox.private(events.cluster(1, at=at))
            record.stop()
        assert heard.passed_ns >= at

    on_mock(main)
    with Series.open(tmp_path / "s.clob") as series:
        kept = events_of(series, lambda part: np.ones(len(part), bool))
    assert np.concatenate(heard.parts).tobytes() == kept.tobytes()
    assert len(kept) > 200


def test_what_a_listener_raises_ends_it_and_the_feed_is_sealed(tmp_path: Path) -> None:
    heard = Heard()
    heard.fails = ZeroDivisionError("of the strategy")

    async def main() -> None:
        record, feed = spoken(tmp_path / "s.clob", Clock(start_ns=START_NS), heard)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(say_on, feed)
            with pytest.raises(ZeroDivisionError, match="of the strategy"):
                await record.run()
            nursery.cancel_scope.cancel()

    on_mock(main)
    with Series.open(tmp_path / "s.clob") as series:
        assert series.sealed
        assert series.n_events > 3


async def say_on(feed: Any) -> None:
    while True:
        await trio.sleep(0.5)
        feed.book()


def test_a_full_disk_is_said_and_what_was_durable_stays(tmp_path: Path) -> None:
    async def main() -> None:
        record, feed = spoken(tmp_path / "s.clob", Clock(start_ns=START_NS))
        db = record.recorder.writer._db
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages + 4}")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(say_on, feed)
            with pytest.raises(SessionError, match="is full"):
                await record.run()
            nursery.cancel_scope.cancel()
        assert feed.errors

    on_mock(main)
    engine, writer = recover(part_path(tmp_path / "s.clob", 0))
    writer.close()
    assert engine.seq > 10
    assert engine.view.book(0).feed == FeedState.SYNCED


def test_a_long_silence_between_two_recordings_is_told_in_steps(tmp_path: Path) -> None:
    from clobstep.live.record import FeedRecord
    from clobstep.session.series import Roll, RollingRecorder

    base, day = tmp_path / "s.clob", 26 * 3_600

    async def main() -> None:
        record, feed = spoken(base, Clock(start_ns=START_NS))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(record.run)
            await trio.sleep(1)
            feed.book()
            await trio.sleep(1)
            record.stop()
        await trio.sleep(day)
        again = RollingRecorder.resume(base, Roll())
        _, later = spoken(tmp_path / "other.clob", feed.clock)
        second = FeedRecord(later, again)  # type: ignore[arg-type]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(second.run)
            await trio.sleep(1)
            later.book()
            await trio.sleep(1)
            assert second.state().synced == 1
            assert second.engine.view.refusals() == {}
            second.stop()

    on_mock(main)
    with Series.open(base) as series:
        assert series.sealed
        assert replay(series, verify=True).same
