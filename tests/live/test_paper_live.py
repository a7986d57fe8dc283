"""A paper run on a feed that goes on: sealed, proven, and the very run that its recording gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trio
import trio.testing

from clobstep import events
from clobstep.enums import Wake
from clobstep.live.clock import SECOND, Clock
from clobstep.live.record import FeedRecord
from clobstep.replay.strategy import replay_strategy
from clobstep.replay.verify import replay
from clobstep.session import Session
from clobstep.session.format import SessionError
from clobstep.session.recover import recover
from clobstep.session.series import Series
from clobstep.strategy.load import load_strategy
from clobstep_sim.replayed.live import LivePaper
from clobstep_sim.replayed.paper import paper
from clobstep_sim.replayed.recording import load
from clobstep_sim.replayed.result import PaperResult
from clobstep_sim.replayed.settings import PaperSettings
from live.follow import START_NS, SpokenFeed, config_at, recording, spoken
from live.room import until, venue

SETTINGS = PaperSettings(fill="risk-averse", seed=7, cash="500")


class Run:
    """A live paper run in a folder, and its recording."""

    def __init__(self, folder: Path, strategy: Any = "maker") -> None:
        self.feed, self.session = folder / "feed.clob", folder / "run.clob"
        self.strategy = load_strategy(strategy) if isinstance(strategy, str) else strategy
        self.live: LivePaper | None = None

    def listener(self, feed: Any, manifest: Any) -> LivePaper:
        self.live = LivePaper(
            "feed.0000.clob", feed.first, manifest, feed.interning, self.strategy, SETTINGS,
            self.session,
        )  # fmt: skip
        return self.live

    def finish(self) -> PaperResult:
        assert self.live is not None
        with Series.open(self.feed) as series:
            manifest = series.manifest
        return self.live.finish(manifest)

    def offline(self, folder: Path) -> PaperResult:
        """The same on the recording."""
        with Series.open(self.feed) as series:
            loaded = load(series)
        again = folder / "again.clob"
        return paper(loaded, load_strategy("maker"), settings=SETTINGS, record=again)


def same(run: Run, live: PaperResult, folder: Path) -> None:
    """Live and offline are one run: events, effects, manifest, every row."""
    again = run.offline(folder)
    assert live.header == again.header | {"session": live.header["session"]}
    assert live.chain == again.chain
    for name in ("fills", "bbo", "settlements", "orders", "conversions"):
        assert getattr(live, name).tobytes() == getattr(again, name).tobytes(), name
    with Session.open(run.session) as one, Session.open(folder / "again.clob") as other:
        assert one.sealed
        assert one.manifest.settings == other.manifest.settings
        seals = [session.manifest.sealed for session in (one, other)]
        for table in ("chunks", "effects"):
            assert len({seal and seal.tables[table] for seal in seals}) == 1, table
        assert replay(one, verify=True).same


@pytest.mark.parametrize("name", ["calm", "busy", "feed-hell"])
def test_live_is_the_run_that_the_recording_gives(tmp_path: Path, name: str) -> None:
    run = Run(tmp_path)

    async def main() -> None:
        async with venue(name, speed=8) as running:
            config = config_at(running.port, speed=8)
            given = {"settings": {"oldest_ns": 8 * SECOND}, "goes_on": False}
            async with recording(config, run.feed, listener=run.listener, **given) as record:
                assert run.live is not None
                view = run.live.paper.engine.view
                await until(lambda: view.counters()["submits"] >= 20, 60)
            assert record.engine.seq > 100

    trio.run(main)
    assert run.live is not None
    live = run.finish()
    assert run.live.late == 0
    assert live.counts["intents"] >= 20
    same(run, live, tmp_path)
    with Session.open(run.session) as session:
        verdict = replay_strategy(session, load_strategy("maker"))
    assert verdict.same
    assert verdict.intents == live.counts["intents"]


# ---- a feed that the test speaks


def on_mock(main: Any) -> None:
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def made(run: Run, clock: Clock) -> tuple[FeedRecord, SpokenFeed]:
    """A recording that a live run hears."""
    heard: list[Any] = []

    class Late:
        """The run is made of the recording's own feed and manifest."""

        def heard(self, found: Any) -> None:
            heard[0].heard(found)

        def passed(self, now_ns: int) -> None:
            heard[0].passed(now_ns)

    record, feed = spoken(run.feed, clock, Late(), oldest_ns=2 * SECOND)
    heard.append(run.listener(feed, record.recorder.writer.manifest))
    return record, feed


async def speak(feed: SpokenFeed, seconds: int) -> None:
    """A book that moves, words that are old, and long silences."""
    rng = np.random.default_rng(3)
    feed.book()
    for k in range(seconds):
        await trio.sleep(float(rng.choice([0.2, 1.0, 1.0, 7.0])))
        at = feed.clock.now_ns()
        old = at - int(rng.integers(0, 90 * SECOND)) if k % 5 == 0 else at - SECOND // 50
        size = str(int(rng.integers(1, 200)))
        feed.say(
            events.delta(0, "BUY", price="0.48", size=size, at=at, venue_time=old, end=True),
            *events.snapshot(0, bids=[("0.47", size)], asks=[("0.53", "9")], at=at, venue_time=old),
        )
        if k % 9 == 0:
            feed.inbox.private(feed.metadata())


def test_old_words_and_silences_change_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path)

    async def main() -> None:
        record, feed = made(run, Clock(start_ns=START_NS))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(record.run)
            await speak(feed, 120)
            await trio.sleep(40)
            record.stop()

    on_mock(main)
    assert run.live is not None
    live = run.finish()
    assert run.live.late == 0
    assert live.counts["intents"] > 5
    same(run, live, tmp_path)


def test_it_is_committed_every_second(tmp_path: Path) -> None:
    run = Run(tmp_path)

    async def main() -> None:
        record, feed = made(run, Clock(start_ns=START_NS))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(record.run)
            nursery.start_soon(speak, feed, 40)
            for _ in range(12):
                await trio.sleep(5)
                assert run.live is not None
                stepped = run.live.paper.engine.view.now_ns
                with Session.open(run.session) as session:
                    (last,) = [int(part["time_ns"][-1]) for part in session.events()] or [0]
                assert stepped - last <= 2 * SECOND
                assert feed.clock.now_ns() - run.live.committed_ns <= SECOND
            record.stop()
            nursery.cancel_scope.cancel()

    on_mock(main)
    assert run.live is not None
    run.finish()
    run.live.close()


class Breaks:
    """A strategy that fails in its third turn."""

    wakes = Wake.BBO
    turns = 0

    def on_wake(self, turn: Any) -> None:
        self.turns += 1
        if self.turns == 3:
            raise ZeroDivisionError("in the third turn")


def test_a_strategy_that_fails_leaves_what_was_committed(tmp_path: Path) -> None:
    run = Run(tmp_path, Breaks())

    async def main() -> None:
        record, feed = made(run, Clock(start_ns=START_NS))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(speak, feed, 100)
            with pytest.raises(ZeroDivisionError, match="third turn"):
                await record.run()
            nursery.cancel_scope.cancel()

    on_mock(main)
    assert run.live is not None
    run.live.close()
    engine, writer = recover(run.session)
    writer.close()
    assert engine.seq > 3
    with Series.open(run.feed) as series:
        assert series.sealed


def test_a_full_disk_ends_it_and_the_feed_is_sealed(tmp_path: Path) -> None:
    run = Run(tmp_path)

    async def main() -> None:
        record, feed = made(run, Clock(start_ns=START_NS))
        assert run.live is not None
        db = run.live._writer._db
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages + 3}")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(speak, feed, 10_000)
            with pytest.raises(SessionError, match=r"run\.clob.*is full"):
                await record.run()
            nursery.cancel_scope.cancel()

    on_mock(main)
    assert run.live is not None
    run.live.close()
    with Series.open(run.feed) as series:
        assert series.sealed


def test_without_a_margin_there_is_no_live_run(tmp_path: Path) -> None:
    run = Run(tmp_path)

    async def main() -> None:
        _, feed = spoken(run.feed, Clock(start_ns=START_NS))
        with Series.open(run.feed) as series, pytest.raises(ValueError, match="stays behind"):
            run.listener(feed, series.manifest)

    on_mock(main)
    assert not run.session.exists()
