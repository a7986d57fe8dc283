"""Made markets for these tests: short lives, so that a market ends and another takes its place."""

from __future__ import annotations

from dataclasses import replace

from clobstep.config import EngineConfig
from clobstep.strategy._turn import CompiledStrategy
from clobstep.strategy.load import load_strategy
from clobstep_sim.fuzz import profile as profiles
from clobstep_sim.fuzz.profile import Profile
from clobstep_sim.soak.soak import Made


def kind(name: str = "busy-market", **knobs: int) -> Profile:
    """A profile with some of its knobs turned."""
    found = profiles.load(name)
    return replace(found, knobs={**found.knobs, **knobs})


def maker(**sets: str) -> CompiledStrategy:
    """The compiled maker."""
    found = load_strategy("maker-compiled", {"max_position": "200.0", **sets})
    assert isinstance(found, CompiledStrategy)
    return found


def made(profile: Profile, *, seed: int = 1, taping: bool = False, **sets: str) -> Made:
    """A maker in it, with nothing run yet."""
    out = Made(profile, maker(**sets), seed, 1000, EngineConfig(cooldown_ns=0))
    if taping:
        out.market.scene.world.record()
    return out
