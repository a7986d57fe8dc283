"""How a trader ends: nothing leaves after it said that all is gone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import trio

from clobstep import events
from clobstep.enums import EventKind, SessionState, Side, Tif, Wake
from clobstep.live.operator import Said
from clobstep.session.series import Series
from clobstep.venue.rest.request import Lane, Reply, Request
from live.room import trader, until, venue

SIZE = 10_000_000


class Sells:
    """Buys once, then always has a SELL of what it holds in the book."""

    wakes = Wake.BBO | Wake.ORDER | Wake.FEED

    def on_wake(self, turn: Any) -> None:
        if turn.token >> 1 or turn.orders(0):
            return
        if turn.spendable(0) >= SIZE:
            turn.submit(0, Side.SELL, 9_900, SIZE, post_only=True)
        elif not turn.position(0) and turn.best(0)[1] < 9_000:
            turn.submit(0, Side.BUY, turn.best(0)[1] + 500, 2 * SIZE, tif=Tif.FAK)


async def _end(tmp_path: Path) -> None:
    async with venue("calm", markets=1) as running, trader(
        tmp_path, running.port, strategy=Sells()
    ) as desk, trio.open_nursery() as nursery:  # fmt: skip
        nursery.start_soon(desk.trader.run)
        exchange = running.venue.exchange
        await until(lambda: exchange.open_orders(1))
        desk.trader.stop()
        with trio.fail_after(20):
            await until(lambda: desk.trader.proven)
    assert exchange.open_orders(1) == []


def test_a_strategy_that_sells_what_it_holds_is_silent_once_it_drains(tmp_path: Path) -> None:
    trio.run(_end, tmp_path)


async def _crash(tmp_path: Path) -> None:
    """An order is on the wire when its process breaks; it arrives after the first cancel-all."""
    async with (
        venue("calm", markets=1) as running,
        trio.open_nursery() as network,
        trader(tmp_path, running.port) as desk,
    ):
        exchange, http = running.venue.exchange, desk.trader.calls._http
        call, left, swept, arrived = http.call, trio.Event(), trio.Event(), trio.Event()
        asked: list[str] = []

        async def arrives(request: Request, headers: Mapping[str, str]) -> None:
            await swept.wait()
            await call(request, headers)
            arrived.set()

        async def on_the_wire(
            request: Request, headers: Mapping[str, str] | None = None, **more: str
        ) -> Reply:
            if request.lane is Lane.SUBMIT:
                network.start_soon(arrives, request, headers)
                left.set()
                await trio.sleep_forever()
            reply = await call(request, headers, **more)
            asked.append(request.path)
            if asked[-2:] == ["/cancel-all", "/data/orders"]:
                swept.set()  # it was looked at, and nothing was there
            return reply

        async def breaks() -> None:
            await left.wait()
            raise RuntimeError("a bug")

        http.call = on_the_wire  # type: ignore[method-assign]
        desk.trader.account.look_ups = breaks  # type: ignore[method-assign]
        with pytest.RaisesGroup(RuntimeError, flatten_subgroups=True):
            await desk.trader.run()
        assert desk.trader.proven
        with trio.fail_after(20):
            await arrived.wait()
        assert exchange.open_orders(1) == []


def test_an_order_that_was_on_its_way_in_a_crash_is_taken_away_too(tmp_path: Path) -> None:
    trio.run(_crash, tmp_path)


class Silent:
    """Wants nothing."""

    wakes = 0

    def on_wake(self, turn: Any) -> None:
        """Never called."""


async def _ends_with_a_wish(tmp_path: Path) -> None:
    """What waits in the inbox when a drain begins still becomes an order."""
    async with (
        venue("calm", markets=1) as running,
        trio.open_nursery() as network,
        trader(tmp_path, running.port, strategy=Silent()) as desk,
    ):
        exchange, http = running.venue.exchange, desk.trader.calls._http
        call, end, looked, arrived = http.call, desk.trader.words.end, trio.Event(), trio.Event()
        replies: list[Reply] = []

        async def arrives(request: Request, headers: Mapping[str, str]) -> None:
            with trio.move_on_after(2.0):
                await looked.wait()
            replies.append(await call(request, headers))
            arrived.set()

        async def slow(
            request: Request, headers: Mapping[str, str] | None = None, **more: str
        ) -> Reply:
            if request.lane is Lane.SUBMIT:
                network.start_soon(arrives, request, headers)
                await arrived.wait()
                return replies[0]
            reply = await call(request, headers, **more)
            if request.path == "/data/orders" and desk.trader.words.is_ending:
                looked.set()
            return reply

        def ends() -> None:
            at = desk.trader.clock.now_ns()
            desk.trader.inbox.private(events.submit(1, 0, "BUY", price="0.01", size="10", at=at))
            end()

        http.call = slow  # type: ignore[method-assign]
        desk.trader.words.end = ends  # type: ignore[method-assign]
        network.start_soon(desk.trader.run)
        await until(lambda: desk.view.session == SessionState.TRADING)
        desk.trader.stop()
        with trio.fail_after(30):
            await arrived.wait()
            await until(lambda: desk.trader.proven)
        assert desk.view.counters()["submits"] == 1
        assert exchange.open_orders(1) == []


def test_a_drain_counts_the_order_that_was_wished_in_its_first_moment(tmp_path: Path) -> None:
    trio.run(_ends_with_a_wish, tmp_path)


async def _ends_while_resumed(tmp_path: Path) -> None:
    """ctrl-C comes between a person's "resume" and its answer."""
    async with venue("calm", markets=1) as running, trader(
        tmp_path, running.port, strategy=Sells()
    ) as desk, trio.open_nursery() as nursery:  # fmt: skip
        nursery.start_soon(desk.trader.run)
        exchange, words, task = running.venue.exchange, desk.trader.words, desk.trader.task
        await until(lambda: exchange.open_orders(1))
        assert (await words.hear(Said("drain"), "a person")).ok
        await until(lambda: not desk.view.orders())
        stepped = task.stepped

        async def ended_meanwhile() -> None:
            task.stepped = stepped  # type: ignore[method-assign]
            desk.trader.stop()
            await until(lambda: words.is_ending)

        task.stepped = ended_meanwhile  # type: ignore[method-assign]
        assert "is ending" in (await words.hear(Said("resume"), "a person")).said
        with trio.fail_after(20):
            await until(lambda: desk.trader.proven)
    with Series.open(tmp_path / "live.clob") as session:
        rows = [events.unpack(bytes(row)) for part in session.events() for row in part]
    wakes = [row for row in rows if row.kind == EventKind.WAKE_ON]
    assert len({row.flags for row in wakes}) == 2
    nobody = events.unpack(events.wake_on(0, at=wakes[-1].time_ns))
    assert wakes[-1] == nobody


def test_a_resume_that_crosses_the_end_wakes_nobody(tmp_path: Path) -> None:
    trio.run(_ends_while_resumed, tmp_path)


def test_a_session_that_is_still_opening_ends_at_once(tmp_path: Path) -> None:
    """A trade that never settles may keep it waiting; the next start begins it."""

    async def main() -> None:
        async with venue() as running, trader(tmp_path, running.port) as desk:

            async def never() -> bytes:
                await trio.sleep_forever()
                return b""

            vars(desk.trader).update(_openings=never)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(desk.trader.run)
                await until(lambda: desk.trader.calls.counters["read 200"] > 0)
                desk.trader.stop()
            assert desk.trader.proven
            assert desk.trader.engine.seq == 0
        async with venue() as running, trader(tmp_path, running.port) as desk:
            assert desk.trader.is_new
            async with trio.open_nursery() as nursery:
                nursery.start_soon(desk.trader.run)
                await until(lambda: desk.view.session == SessionState.TRADING)
                desk.trader.stop()

    trio.run(main)
