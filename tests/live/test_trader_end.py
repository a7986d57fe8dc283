"""How a trader ends: nothing leaves after it said that all is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import trio

from clobstep.enums import Side, Tif, Wake
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
