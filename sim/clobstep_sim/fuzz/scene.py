"""What a seed's world is made of: markets, money, and an engine with small tables and limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from clobstep import events
from clobstep.config import EngineConfig
from clobstep.core import Engine
from clobstep.enums import Wake
from clobstep.strategy._turn import CompiledStrategy
from clobstep_sim.exchange import Exchange
from clobstep_sim.fuzz.profile import Profile
from clobstep_sim.fuzz.wire import Wire
from clobstep_sim.kernel import Stream
from clobstep_sim.world import World

SECOND: Final = 1_000_000_000
START_NS: Final = 1_780_012_800 * SECOND - 900 * SECOND  # most worlds see midnight, UTC
MICROS: Final = 1_000_000
WARM_ACTS: Final = 60
OURS: Final = 1


@dataclass
class Scene:
    """A world that has begun, and what it was made of."""

    world: World
    exchange: Exchange
    engine: Engine
    config: EngineConfig
    wire: Wire | None
    knobs: dict[str, int]
    snapshots: Stream  # which starts are from one, and how old it is


def chosen(stream: Stream, choices: list[int]) -> int:
    """One of the values that a profile gives."""
    return choices[stream.below(len(choices))]


def config_of(stream: Stream, profile: Profile, markets: int) -> EngineConfig:
    """The engine's settings, drawn from what the profile gives."""
    drawn = {name: chosen(stream, choices) for name, choices in profile.engine.items()}
    drawn["breaker_max_ns"] = max(drawn["breaker_max_ns"], drawn["breaker_base_ns"])
    return EngineConfig(tokens=2 * markets, salt_base=stream.below(1 << 50), **drawn)


def exchange_of(
    stream: Stream, profile: Profile, markets: int, config: EngineConfig, blocks: bool
) -> Exchange:
    """Two accounts: the crowd, then ours. `blocks`: the venue's delay holds the answer back."""
    exchange = Exchange(publishing=True, start_ns=START_NS)
    per_market = bool(chosen(stream, profile.scene["gate_per_market"]))
    for _ in range(markets):
        exchange.market(
            tick_pips=chosen(stream, profile.scene["tick_pips"]),
            fee_ppm=chosen(stream, profile.scene["fee_ppm"]),
            delay_ns=chosen(stream, profile.scene["delay_ms"]) * MICROS,
            per_market_gate=per_market,
            blocks=blocks,
        )
    exchange.account(unlimited=True)
    exchange.account(
        cash=chosen(stream, profile.scene["cash_usd"]) * MICROS,
        rate=config.signer_rate + 1,  # the engine's own budget lies within the venue's
        burst=config.signer_burst + 20,
        cancel_rate=config.cancel_rate + 1,
        cancel_burst=config.cancel_burst + 20,
    )
    return exchange


def make(
    seed: int,
    profile: Profile,
    *,
    checking: bool = True,
    logging: bool = True,
    strategy: CompiledStrategy | None = None,
    wired: bool = False,
    config: EngineConfig | None = None,
) -> Scene:
    """The world of a seed: connected, its books warm, its account read next.

    `config`: of the engine, instead of one by chance; its tokens follow the markets.
    """
    stream = Stream(seed, "scene")
    markets = chosen(stream, profile.scene["markets"])
    drawn = config_of(stream, profile, markets)
    config = drawn if config is None else replace(config, tokens=2 * markets)
    blocks = bool(chosen(Stream(seed, "blocks"), profile.scene["blocks"]))
    exchange = exchange_of(stream, profile, markets, config, blocks)
    engine = Engine(config)
    wire = Wire(exchange, OURS) if wired else None
    world = World(seed, profile.values(), engine, exchange, strategy, checking, logging, wire)
    world.warm(WARM_ACTS)
    cash = exchange.money(OURS)["settled"]
    world.hear(events.opening(at=START_NS, cash=f"{cash // MICROS}"))
    wakes = [wake for wake in Wake if strategy is None or int(strategy.wakes) & wake]
    for market in range(markets):
        world.hear(events.wake_on(2 * market, *wakes, at=START_NS))
    world.start()
    snapshots = Stream(seed, "snapshots")
    return Scene(world, exchange, engine, config, wire, profile.knobs, snapshots)
