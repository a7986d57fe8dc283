"""The whole process at the exchange on loopback, over real sockets: trades, drains, replays."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from clobstep.enums import EventKind, Flag, SessionState
from clobstep.live.config import ConfigError
from clobstep.live.orders.trader import NotProvenError
from clobstep.replay.strategy import replay_strategy
from clobstep.replay.verify import replay
from clobstep.session.format import SessionError
from clobstep.session.series import Series
from clobstep.strategy.load import load_strategy
from live.room import differences, trader, until, venue

pytestmark = pytest.mark.xdist_group("live")  # their sockets want the machine to themselves


def replays(path: Path) -> None:
    """The session steps to the same chain, and the maker asks for the same again."""
    with Series.open(path) as session:
        assert replay(session, verify=True).same
    with Series.open(path) as session:
        verdict = replay_strategy(session, load_strategy("maker", {}))
        assert verdict.same, verdict.first
        assert verdict.intents > 0


@pytest.mark.parametrize("name, seconds", [("calm", 4), ("busy", 8), ("settlement-hell", 8)])
def test_it_trades_and_both_books_are_equal_at_the_end(
    tmp_path: Path, name: str, seconds: int
) -> None:
    async def main() -> None:
        async with venue(name) as running, trader(tmp_path, running.port) as desk:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(desk.trader.run)
                await until(lambda: desk.view.counters()["submits"] > 0)
                await trio.sleep(seconds)
                running.venue.world.calm()
                desk.trader.drain()
                # An order whose fate is not known is held for a minute of empty looks.
                await until(lambda: not differences(desk, running), 110)
                desk.trader.stop()
            assert desk.trader.proven
            assert running.posted is not None
            assert running.posted.again == []  # no order was posted twice
            assert desk.trader.engine.check() == 0
            assert not desk.view.halted

    trio.run(main)
    replays(tmp_path / "live.clob")


def test_a_dry_run_posts_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with venue() as running, trader(tmp_path, running.port, dry_run=True) as desk:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(desk.trader.run)
                await until(lambda: desk.trader.desk.signed >= 4)
                desk.trader.stop()
            assert running.posted is not None
            assert running.posted.requests == 0
            assert desk.view.cash.reserved == 0

    trio.run(main)
    replays(tmp_path / "live.clob")


def test_what_the_account_holds_is_the_opening_of_a_new_session(tmp_path: Path) -> None:
    async def main() -> None:
        async with venue(cash_usd=321) as running, trader(tmp_path, running.port) as desk:
            exchange = running.venue.exchange
            exchange.split(1, 0, 40_000_000)  # 40 pairs of the first market
            async with trio.open_nursery() as nursery:
                nursery.start_soon(desk.trader.run)
                await until(lambda: desk.view.session == SessionState.TRADING)
                token = desk.trader.interning.find(running.venue.names.asset(0))
                assert token is not None
                assert desk.view.token(token).settled == 40_000_000
                assert desk.view.cash.settled == 281_000_000
                market = desk.view.market(token)
                assert 0 < market.cost_yes < 40_000_000  # by what the book says it is worth
                desk.trader.stop()

    trio.run(main)


def test_a_failed_journal_takes_every_order_away_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with venue() as running, trader(tmp_path, running.port) as desk:
            exchange = running.venue.exchange

            def fails() -> None:
                raise SessionError("the disk is full")

            async with trio.open_nursery() as nursery:
                nursery.start_soon(ends, desk.trader.run)
                await until(lambda: exchange.open_orders(1))
                monkeypatch.setattr(desk.trader.core.recorder.writer, "commit", fails)
                await until(lambda: desk.trader.proven)
                assert exchange.open_orders(1) == []

    async def ends(run: object) -> None:
        with pytest.raises(SessionError, match="the disk is full"):
            await run()  # type: ignore[operator]

    trio.run(main)


def test_a_crash_of_a_task_takes_every_order_away(tmp_path: Path) -> None:
    """What nobody foresaw must not leave orders behind: not even until the dead-man switch."""

    async def main() -> None:
        async with venue() as running, trader(tmp_path, running.port) as desk:
            exchange = running.venue.exchange

            async def breaks() -> None:
                await until(lambda: exchange.open_orders(1))
                raise RuntimeError("a bug")

            desk.trader.account.look_ups = breaks  # type: ignore[method-assign]
            with pytest.RaisesGroup(RuntimeError, flatten_subgroups=True):
                await desk.trader.run()
            assert exchange.open_orders(1) == []

    trio.run(main)


def test_what_is_not_proven_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The venue answers nothing private while it ends: orders may be left, and that is told."""
    monkeypatch.setattr("clobstep.live.orders.trader.EMERGENCY_S", 2.0)
    monkeypatch.setattr("clobstep.live.orders.trader.DRAIN_S", 1.0)

    async def main() -> None:
        async with (
            venue() as running,
            trader(tmp_path, running.port) as desk,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(ends, desk.trader.run)
            await until(lambda: running.venue.exchange.open_orders(1))
            running.stop()  # the venue is gone
            desk.trader.stop()

    async def ends(run: object) -> None:
        with pytest.raises(NotProvenError, match="clobstep cancel-all"):
            await run()  # type: ignore[operator]

    trio.run(main)


def test_what_never_sent_an_order_ends_at_once(tmp_path: Path) -> None:
    """A wrong key is told at once, and not after a minute of asking for what cannot be."""

    async def main() -> None:
        async with venue() as running, trader(tmp_path, running.port) as desk:
            running.faults.begin("key_every", {"seconds": 120})
            with pytest.RaisesGroup(ConfigError, flatten_subgroups=True):
                await desk.trader.run()
            assert desk.trader.proven
            assert running.posted is not None
            assert running.posted.requests == 0

    trio.run(main)


def test_a_flag_that_appears_holds_its_event_and_cancels(tmp_path: Path) -> None:
    async def main() -> None:
        async with (
            venue() as running,
            trader(tmp_path, running.port, refresh="1s") as desk,
        ):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(desk.trader.run)
                await until(lambda: len(running.venue.exchange.open_orders(1)) >= 2)
                running.venue.world.flags(0, Flag.META_OPEN | Flag.META_NEG_RISK)
                await until(lambda: desk.view.market(0).hold and desk.view.market(2).hold)
                await until(lambda: not running.venue.exchange.open_orders(1))
                desk.trader.stop()
            with Series.open(tmp_path / "live.clob") as session:
                kinds = {int(k) for part in session.events() for k in part["kind"]}
            assert EventKind.CLUSTER in kinds

    trio.run(main)
