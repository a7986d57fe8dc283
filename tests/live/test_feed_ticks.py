"""A tick that the market channel told stands, whatever Gamma still says of it."""

from __future__ import annotations

import numpy as np
import trio

from clobstep import events
from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind
from clobstep.live.clock import SECOND, Clock
from clobstep.live.config import Config
from clobstep.live.feed import Feed
from clobstep.live.http import HttpLanes
from clobstep.venue.interning import Interning
from live.fake_gamma import HOSTS, FakeGamma, an_event, run
from venue import gamma_made as made


def test_metadata_that_is_older_does_not_take_a_tick_back() -> None:
    """The CLOB does not answer, and Gamma's word is from before the change."""

    async def main() -> None:
        fake, clock = FakeGamma(), Clock(start_ns=made.NOW)
        fake.events["900"] = an_event(markets=1)
        fetcher = fake.impatient()
        infos = (await fetcher.by_condition(["0xc1"])).page.markets
        async with HttpLanes(HOSTS) as http, trio.open_nursery() as nursery:
            feed = Feed(
                Config(hosts=HOSTS), infos, http=http, fetcher=fetcher, clock=clock,
                interning=Interning(),
            )  # fmt: skip
            nursery.start_soon(feed.run)
            await trio.sleep(1)
            at = clock.now_ns()
            told = b"".join(events.tick_change(token, tick="0.001", at=at) for token in (0, 1))
            feed.sockets[0]._pass_on(np.frombuffer(told, EVENT_DTYPE), [], at)
            feed.inbox.take()
            await trio.sleep(feed.refresher.settings.cycle_ns / SECOND)
            heard = [row for batch in feed.inbox.take() for row in batch.events]
            nursery.cancel_scope.cancel()
        ticks = {int(row["price_pips"]) for row in heard if row["kind"] == EventKind.MARKET}
        assert ticks == {10}

    run(main)
