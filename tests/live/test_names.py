"""Which token an asset has is a session's own, whatever is asked for when it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import trio

from clobstep.enums import SessionState
from clobstep.session.series import Series
from clobstep.venue.interning import Interning
from live.room import trader, until, venue


class Silent:
    """Wants nothing."""

    wakes = 0

    def on_wake(self, turn: Any) -> None:
        """Never called."""


def test_a_market_keeps_its_tokens_when_the_next_start_names_others_first(tmp_path: Path) -> None:
    """Else a position of one market is that of another, and orders are signed for it."""
    seen: list[dict[str, int | None]] = []

    async def once(port: int, *, last_first: bool) -> None:
        async with (
            trader(tmp_path, port, strategy=Silent(), last_first=last_first) as desk,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(desk.trader.run)
            await until(lambda: desk.view.session == SessionState.TRADING)
            names = desk.trader.interning
            seen.append({condition: names.find_pair(condition) for condition in desk.trader.infos})
            held = names.find(assets[0])
            assert held is not None
            assert desk.view.token(held).settled == 40_000_000
            desk.trader.stop()

    async def main() -> None:
        async with venue(markets=3) as running:
            assets.append(running.venue.names.asset(0))
            running.venue.exchange.split(1, 0, 40_000_000)  # 40 pairs of the first market
            for last_first in (False, True, False):
                await once(running.port, last_first=last_first)

    assets: list[str] = []
    trio.run(main)
    assert seen[0] == seen[1] == seen[2]
    with Series.open(tmp_path / "live.clob") as session:
        rows = session.interning_rows()
    names = Interning.from_rows(rows)
    assert {condition: names.find_pair(condition) for condition in seen[0]} == seen[0]
    assert [row[1] for row in rows if row[0] == "token"] == list(range(6))
    assert [row[1] for row in rows if row[0] == "cluster"] == [1, 2]
