"""Events that name what the world does not have are the engine's to refuse or book, not a crash."""

from __future__ import annotations

import pytest

from clobstep import Engine, EngineConfig, events
from clobstep_sim.fuzz import profile, scene
from clobstep_sim.world import WorldError

AT = scene.START_NS + 1


def test_a_conversion_of_a_market_that_is_not_there_is_refused() -> None:
    made = scene.make(0, profile.load("calm"))
    made.world.hear(events.split(2_000_000, size="5", at=AT))
    assert made.engine.view.refusals() == {"BAD_TOKEN": 1}


@pytest.mark.parametrize("number", [1, 10**9, 2**63 - 1])
def test_a_trade_that_the_exchange_does_not_have_is_booked(number: int) -> None:
    made = scene.make(0, profile.load("calm"))
    for status in ("MATCHED", "MINED", "CONFIRMED"):
        word = events.trade(1, 0, "BUY", trade=number, status=status, price="0.5", size="5", at=AT)
        made.world.hear(word)
    assert made.engine.view.token(0).settled == 5_000_000


def test_a_revived_engine_has_places_for_all_markets() -> None:
    crashes = profile.load("restart-day")
    seed = next(s for s in range(40) if scene.make(s, crashes).config.tokens > 2)
    made = scene.make(seed, crashes)
    assert made.world.run(100_000) == 1, "it crashes"
    with pytest.raises(WorldError, match="places for 1 markets"):
        made.world.revive(Engine(EngineConfig(tokens=2)), 1)
