"""A world without a client of its own: what a venue for others is made of."""

from __future__ import annotations

import pytest

from clobstep import events
from clobstep.config import EngineConfig
from clobstep.core import Engine
from clobstep.enums import EventKind, Side
from clobstep_sim.exchange import Exchange
from clobstep_sim.fuzz import profile
from clobstep_sim.world import KNOBS, World, WorldError

SECOND = 1_000_000_000
START = 1_780_000_000 * SECOND


class Alone:
    """Two markets, the crowd and three accounts; every word is kept and none goes on."""

    def __init__(self, name: str = "calm", seed: int = 1) -> None:
        self.exchange = Exchange(publishing=True, start_ns=START)
        for _ in range(2):
            self.exchange.market()
        self.exchange.account(unlimited=True)
        for _ in range(3):
            self.exchange.account(cash=100_000_000)
        self.words: list[tuple[int, bytes]] = []
        engine = Engine(EngineConfig(tokens=4, orders=8))
        knobs = profile.load(name).values()
        self.world = World(
            seed, knobs, engine, self.exchange, None, False, False, through=self._hear
        )
        self.world.warm(60)
        self.world.start_alone()

    def _hear(self, words: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        self.words += words
        return []

    def run(self, seconds: int) -> None:
        assert self.world.run(10**15, self.world.now_ns + seconds * SECOND) == 0


@pytest.mark.parametrize("name", profile.names())
def test_an_hour_of_every_profile_goes_by_and_no_engine_hears_of_it(name: str) -> None:
    alone = Alone(name)
    alone.run(3600)
    assert alone.words
    assert alone.exchange.check() == ""
    assert alone.world.counts()["given"] == 0


def test_the_same_seed_says_the_same() -> None:
    first, again, other = Alone("busy"), Alone("busy"), Alone("busy", seed=2)
    for alone in (first, again, other):
        alone.run(60)
    assert first.words == again.words
    assert first.words != other.words


def test_who_trades_from_outside_is_heard_when_it_says_so() -> None:
    alone = Alone()
    alone.run(1)
    alone.words.clear()
    alone.exchange.submit(3, 7, 0, Side.BUY, 100, 10_000_000)
    assert alone.words == []
    alone.world.carry()
    assert [account for account, _ in alone.words] == [3, -1]
    assert events.unpack(alone.words[0][1]).kind == EventKind.PLACED


def test_a_resolved_market_goes_when_all_that_pays_was_redeemed() -> None:
    """What pays nothing does not hold it up."""
    alone = Alone()
    assert alone.exchange.split(2, 0, 10_000_000)
    alone.world.end_market(0, 10_000)
    alone.run(200)
    assert alone.world.spells()["generations"] == [0, 0]
    assert alone.exchange.redeem(2, 0, 10_000_000) == 10_000_000
    alone.run(61)
    assert alone.world.spells()["generations"] == [1, 0]
    assert alone.exchange.tokens(2, 1)["settled"] == 0
    alone.run(10)
    assert alone.exchange.book(0)[0], "the crowd quotes in the new one"
    assert not alone.exchange.terms()[0]["is_resolved"]


def test_a_spell_begins_by_name_and_calm_ends_it() -> None:
    alone = Alone()
    alone.world.begin(KNOBS.index("storm_every"))
    spells = alone.world.spells()
    assert spells["storm"] > alone.world.now_ns
    assert spells["seen"] == {KNOBS.index("storm_every"): 1}
    alone.world.calm()
    assert alone.world.spells()["storm"] == 0
    assert alone.world.spells()["quiet"]


def test_what_cannot_be_is_said_in_words() -> None:
    alone = Alone()
    with pytest.raises(WorldError, match="is no spell"):
        alone.world.begin(KNOBS.index("feed_drop_ppm"))
    with pytest.raises(WorldError, match="market 2"):
        alone.world.end_market(2, 0)
    with pytest.raises(WorldError, match="a payout of 10001"):
        alone.world.end_market(0, 10_001)
    alone.world.end_market(0, 0)
    with pytest.raises(WorldError, match="it has resolved"):
        alone.world.end_market(0, 0)
