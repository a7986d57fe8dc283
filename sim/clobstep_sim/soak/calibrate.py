"""How far each fill model is from the truth: the same orders in the exchange and on paper.

Owns: the runs (a seed, a kind of market, a latency), what is compared of them, and the intervals.
A kind of market is a profile without faults. Everything is computed from a seed, so equal calls
give equal figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clobstep.config import EngineConfig
from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind
from clobstep.report.markouts import ok
from clobstep.strategy._maker import CompiledMaker
from clobstep.strategy.load import load_strategy
from clobstep_sim.fuzz import profile as profiles
from clobstep_sim.fuzz.profile import Profile
from clobstep_sim.fuzz.scene import MICROS, SECOND, START_NS
from clobstep_sim.replayed import models
from clobstep_sim.replayed.recording import Recording
from clobstep_sim.replayed.result import PaperResult
from clobstep_sim.soak.market import Slice
from clobstep_sim.soak.shadow import lives, shadow
from clobstep_sim.soak.soak import HOLDS, Made

Array = NDArray[np.void]

KINDS: Final = ("busy-market", "fine-market", "quiet-market")
LATENCIES_MS: Final = (5, 50, 250)
MODELS: Final = ("crossing", *models.BAND[:2], "power:1", *models.BAND[2:], "naive")
OWN_WORDS: Final = (EventKind.FEED, EventKind.MARKET, EventKind.CLUSTER, EventKind.RETIRE)
WARM_NS: Final = 5 * SECOND  # orders of before are left out: paper's engine has to begin
HORIZON: Final = "10 s"
Job = tuple[Profile, int, int, int, Sequence[str]]
CASH_USD: Final = 1_000_000  # nothing is to be refused for want of money
MAKER: Final = {"sell_inventory": "false", "max_position": "1000000.0"}
ENGINE: Final = {
    "cooldown_ns": 0, "signer_rate": 10_000, "signer_burst": 10_000, "market_rate": 10_000,
    "market_burst": 10_000, "cancel_rate": 10_000, "cancel_burst": 10_000, "wide_books": 4,
    "reject_limit": 1_000_000_000,
}  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """What one run came to."""

    orders: int
    posted: int  # microshares
    filled: int
    fills: int
    pnl: int  # micro-pUSD
    markout: float  # A at HORIZON, cents a share, the mean of all fills
    refused: int = 0  # orders that paper's guard did not let out


@dataclass(frozen=True)
class Pair:
    """Truth and shadow of one run under one model."""

    kind: str
    latency_ms: int
    seed: int
    model: str
    truth: Figures
    shadow: Figures


def run(
    kind: Profile, latency_ms: int, seed: int, seconds: int, names: Sequence[str]
) -> Iterator[Pair]:
    """One market life in the exchange, then on paper under each model."""
    knobs = {
        **kind.knobs, "rest_floor_us": 1000 * latency_ms, "rest_tail_us": 0, "redeem_s": 0,
    }  # fmt: skip
    strategy = load_strategy("maker-compiled", MAKER)
    assert isinstance(strategy, CompiledMaker)
    made = Made(replace(kind, knobs=knobs), strategy, seed, CASH_USD, EngineConfig(**ENGINE))
    made.market.scene.world.record()
    pieces = list(made.pieces(seconds))
    result = made.result(None)
    recording = recorded(made, pieces)
    rows = made.rows
    arrived = rows.arrivals(result.orders["order_id"])
    canceled = rows.cancels(result.orders["order_id"])
    found = lives(result.orders, arrived, canceled, _last_fills(result))
    found = found[found["arrived_ns"] >= START_NS + WARM_NS]
    mine = np.isin(result.fills["order_id"], found["order_id"])
    truth = _figures(replace(result, fills=result.fills[mine], totals={}), found)
    for name in names:
        told = shadow(recording, found, name, cash=str(CASH_USD), engine=dict(ENGINE), seed=seed)
        yield Pair(kind.name, latency_ms, seed, name, truth, _figures(told, found))


def recorded(made: Made, pieces: Sequence[Slice]) -> Recording:
    """What the client heard of the market, without its own orders, as if recorded beside."""
    tape = np.frombuffer(made.market.scene.world.tape(), EVENT_DTYPE)
    kept = [piece.events[np.isin(piece.events["kind"], OWN_WORDS)] for piece in pieces]
    events = np.concatenate([tape, *kept])
    events = events[np.argsort(events["time_ns"], kind="stable")]
    return Recording(made.name, events, made.manifest(HOLDS))


def _last_fills(result: PaperResult) -> NDArray[np.int64]:
    """When each order was filled last, by the venue's clock; 0 where it never was."""
    out = np.zeros(len(result.orders), np.int64)
    at = np.searchsorted(result.orders["order_id"], result.fills["order_id"])
    np.maximum.at(out, at, result.fills["venue_time_ns"])
    return out


def _figures(result: PaperResult, found: Array) -> Figures:
    told = result.markouts()
    row = told.row(HORIZON)
    known = ok(told.a_null[row])
    refused = result.totals.get("refused", {})
    return Figures(
        orders=len(found),
        posted=int(found["size"].sum()),
        filled=int(result.fills["size"].sum()),
        fills=len(result.fills),
        pnl=result.summary().total.profit,
        markout=float(told.a[row][known].mean()) / 200 if known.any() else 0.0,
        refused=sum(refused.values()),
    )


@dataclass(frozen=True)
class Bias:
    """Shadow less truth of one model in one kind of market at one latency, over seeds.

    Each figure is a mean over the seeds with half the width of its 95 % interval. `fill_points`: of
    the share of posted shares that were filled, in percentage points. `pnl_percent`: of the truth's
    absolute P&L, all seeds together; what comes from more or fewer shares (`count_percent`) and
    from shares worth more or less (`value_percent`) add up to it. `markout_cents`: a share.
    """

    kind: str
    latency_ms: int
    model: str
    seeds: int
    fill_rate: float  # the truth's, percent
    fill_points: tuple[float, float]
    pnl_usd: float  # the truth's, a seed
    pnl_percent: tuple[float, float]
    count_percent: tuple[float, float]
    value_percent: tuple[float, float]
    markout_cents: tuple[float, float]


def bias(pairs: Sequence[Pair]) -> Bias:
    """Of pairs of one kind, latency and model."""
    truth, told = [p.truth for p in pairs], [p.shadow for p in pairs]
    scale = sum(abs(t.pnl) for t in truth) / len(truth) or 1.0
    worth = [t.pnl / t.filled if t.filled else 0.0 for t in truth]
    count = [(s.filled - t.filled) * w for t, s, w in zip(truth, told, worth, strict=True)]
    whole = [s.pnl - t.pnl for t, s in zip(truth, told, strict=True)]
    return Bias(
        kind=pairs[0].kind,
        latency_ms=pairs[0].latency_ms,
        model=pairs[0].model,
        seeds=len(pairs),
        fill_rate=100 * sum(t.filled for t in truth) / max(1, sum(t.posted for t in truth)),
        fill_points=_mean([100 * (s.filled - t.filled) / max(1, t.posted)
                           for t, s in zip(truth, told, strict=True)]),
        pnl_usd=sum(t.pnl for t in truth) / len(truth) / MICROS,
        pnl_percent=_mean([100 * one / scale for one in whole]),
        count_percent=_mean([100 * one / scale for one in count]),
        value_percent=_mean([100 * (a - b) / scale for a, b in zip(whole, count, strict=True)]),
        markout_cents=_mean([s.markout - t.markout for t, s in zip(truth, told, strict=True)]),
    )  # fmt: skip


def _mean(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and half of its 95 % interval (Student's t by its normal approximation)."""
    n = len(values)
    if n < 2:
        return (float(values[0]) if values else 0.0, float("inf"))
    z = NormalDist().inv_cdf(0.975)
    df = n - 1
    t = z + (z**3 + z) / (4 * df) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
    return float(np.mean(values)), float(t * np.std(values, ddof=1) / n**0.5)


def table(
    names: Sequence[str],
    latencies_ms: Sequence[int],
    fills: Sequence[str],
    seeds: int,
    seconds: int,
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[Bias]:
    """Every kind at every latency under every model, seeds 1 to `seeds`.

    Errors: ProfileError, ModelError.
    """
    profiles_of = {name: profiles.load(name) for name in names}
    for fill in fills:
        models.read(fill)
    todo = [(n, ms, seed) for n in names for ms in latencies_ms for seed in range(1, seeds + 1)]
    pairs: dict[tuple[str, int, str], list[Pair]] = {
        (profiles_of[name].name, ms, fill): []
        for name in names
        for ms in latencies_ms
        for fill in fills
    }
    jobs = ((profiles_of[name], ms, seed, seconds, fills) for name, ms, seed in todo)
    for done, found in enumerate(_results(jobs, workers), 1):
        for pair in found:
            pairs[pair.kind, pair.latency_ms, pair.model].append(pair)
        progress(done, len(todo))
    return [bias(sorted(some, key=lambda pair: pair.seed)) for some in pairs.values()]


def _results(jobs: Iterator[Job], workers: int) -> Iterator[list[Pair]]:
    if workers == 1:
        for job in jobs:
            yield _job(*job)
        return
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1)
    yield from parallel(delayed(_job)(*job) for job in jobs)


def _job(
    kind: Profile, latency_ms: int, seed: int, seconds: int, fills: Sequence[str]
) -> list[Pair]:
    return list(run(kind, latency_ms, seed, seconds, fills))
