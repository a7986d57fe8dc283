"""When the account is read: what asks for a read, and how soon it comes."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import trio
import trio.testing

from clobstep import Engine, EngineConfig
from clobstep.live.clock import SECOND, Clock
from clobstep.live.inbox import Inbox
from clobstep.live.orders.account import Account
from clobstep.live.orders.gate import Gate
from clobstep.venue.interning import Interning
from clobstep.venue.rest.request import Reply, Request
from clobstep.venue.user import UserCodec


class Reads(Account):
    """Its reads take two seconds, and fail as often as `fails` says."""

    def __init__(self, fails: int = 0) -> None:
        async def never(request: Request) -> Reply:
            raise AssertionError(request)

        names = Interning()
        super().__init__(
            never, UserCodec(names, owner="o", funder="0x" + "11" * 20), Gate(Inbox()), Clock(),
            Engine(EngineConfig(tokens=2)).view, names, signature_type=0, tokens=dict,
            venue_now_ns=lambda: 0, every_ns=60 * SECOND, note=print, rng=random.Random(1),
        )  # fmt: skip
        self.at: list[float] = []
        self.fails = fails

    async def once(self) -> bool:
        self.at.append(trio.current_time())
        await trio.sleep(2)
        self.fails -= 1
        return self.fails < 0


def times(seconds: float, asks: dict[float, str], fails: int = 0) -> list[float]:
    """When reads began, if it was asked for them at these times."""

    async def main() -> list[float]:
        reads = Reads(fails)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(reads.run)
            for at, name in asks.items():
                await trio.sleep_until(at)
                ask: Callable[[], Any] = getattr(reads, name)
                ask()
            await trio.sleep_until(seconds)
            nursery.cancel_scope.cancel()
        return reads.at

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


@pytest.mark.parametrize(
    ("asks", "expected"),
    [
        ({}, [0, 62]),
        ({20: "want"}, [0, 20, 82]),
        ({1: "want"}, [0, 2, 64]),  # what was asked for during a read may be newer than it
        ({20: "want_again"}, [0, 20, 82]),
        ({2.5: "want_again"}, [0, 7, 69]),  # five seconds after the end of the one before
        ({1: "want_again"}, [0, 6, 68]),
        ({20: "connected"}, [0, 20, 25, 87]),
        ({1: "connected"}, [0, 2, 6, 68]),
        ({2.5: "want_again", 3: "want"}, [0, 3, 65]),
        ({2.5: "want_again", 4: "want_again"}, [0, 7, 69]),
    ],
)
def test_what_asks_for_a_read_and_when_it_comes(
    asks: dict[float, str], expected: list[float]
) -> None:
    assert times(90, asks) == pytest.approx(expected)


def test_a_read_that_failed_comes_again_after_a_pause_that_grows() -> None:
    found = times(60, {}, fails=4)
    pauses = [b - a - 2 for a, b in pairwise(found)]
    assert len(pauses) >= 4
    assert all(0 < pause <= 30 for pause in pauses[:4])
    assert pauses[3] > pauses[0]
