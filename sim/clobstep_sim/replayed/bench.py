"""Backtest rows of `clobstep bench`: the maker on a whole stream, as peers measure it.

One market, 20 ms each way, risk-averse queue, a quote of 10 shares on each side at the best bid and
ask, at most 500 shares held, cooldown 0, overlapping replaces. The stream is the peers' own where
it is given. What the session would keep is not kept: the engine's chain is, and ten equal runs must
give one chain.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import structs

from clobstep import Engine, EngineConfig, events
from clobstep.bench import streams
from clobstep.enums import Wake
from clobstep.strategy._maker import CompiledMaker
from clobstep.strategy.maker import Maker, MakerSettings
from clobstep_sim.replayed._paper import PaperRun
from clobstep_sim.replayed.models import MODELS

Row = dict[str, Any]
LATENCY_NS = 20_000_000
MANY = 1_000_000
RUNS = 10
CONFIG = EngineConfig(
    tokens=2,
    cooldown_ns=0,
    stale_after_ns=1 << 60,
    metadata_cycle_ns=1 << 59,
    signer_rate=MANY, signer_burst=MANY, market_rate=MANY, market_burst=MANY,
    cancel_rate=MANY, cancel_burst=MANY,
    tombstones=4_096,
)  # fmt: skip
# `requote_pips` 0 replaces both quotes at every change of the best; 100 those that moved
BOTH = MakerSettings(requote_pips=0, overlap=True, merge_size=100 * MANY, max_spread_pips=10_000)
MOVED = structs.replace(BOTH, requote_pips=100)


def _settings(fill: str, power: int = 3) -> dict[str, int]:
    code = next(model.code for model in MODELS if model.name == fill)
    second = 1_000_000_000
    return {
        "fill": code, "power": power, "print_lag_ns": 250_000_000, "settle_ns": 5 * second,
        "convert_ns": second, "convert_cost": 0, "redeem_ns": second, "refresh_ns": 1 << 58,
        "feed_ns": 0, "oldest_ns": 0, "timer_ns": 0, "seed": 1,
    }  # fmt: skip


def _first(stream: streams.Stream) -> bytes:
    at = int(stream.time_ns[0])
    tick = {100: "0.01", 1000: "0.001"}[stream.ticks]
    return b"".join(
        [
            events.opening(cash="1000000", at=at),
            events.market(0, tick=tick, min_size="5", fee_rate="0", at=at),
            events.reconcile_begun(at=at),
            events.reconciled(read_up_to=at, at=at),
            events.wake_on(0, Wake.BBO, at=at),
        ]
    )


def backtest(stream: streams.Stream, make: Callable[[], Any], runs: int, fill: str) -> Row:
    """The maker on the whole stream, `runs` times."""
    market = streams.whole(stream)
    first, settings = _first(stream), _settings(fill)
    leg = (0, LATENCY_NS, b"", b"")
    times, results, run, engine = [], set(), None, Engine(CONFIG)
    for _ in range(runs):
        engine = Engine(CONFIG)
        run = PaperRun(engine, market, make(), first, settings, [leg, leg, leg])
        before = time.perf_counter_ns()
        run.run()
        times.append(time.perf_counter_ns() - before)
        results.add((engine.chain, run.fills()))
    if run is None or engine.check() or engine.view.halted:
        raise RuntimeError("a backtest did not end as it must")
    messages = len(stream.kind)
    return {
        "events": messages,
        "best_m_per_s": round(messages / min(times) * 1e3, 3),
        "median_m_per_s": round(messages / statistics.median(times) * 1e3, 3),
        "engine_events": engine.seq,
        "submits": engine.view.counters()["submits"],
        "fills": len(np.frombuffer(run.fills(), np.uint8)) // 80,
        "runs": runs,
        "different_results": len(results),
    }


def rows(stream: streams.Stream) -> dict[str, Callable[[], Row]]:
    """Name -> measurement."""
    return {
        "backtest_maker_both_quotes": lambda: backtest(
            stream, lambda: CompiledMaker(BOTH), RUNS, "risk-averse"
        ),
        "backtest_maker_moved_quotes": lambda: backtest(
            stream, lambda: CompiledMaker(MOVED), RUNS, "risk-averse"
        ),
        "backtest_maker_power_3": lambda: backtest(
            stream, lambda: CompiledMaker(MOVED), RUNS, "power"
        ),
        "backtest_maker_in_python": lambda: backtest(
            stream, lambda: Maker(MOVED), 3, "risk-averse"
        ),
    }
