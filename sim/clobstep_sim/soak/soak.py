"""A day, or any time, of a strategy in a made market, as the result that paper gives.

Owns: what a run is set to, and its header. What is different from paper: nothing is inferred. Our
orders lie in the exchange's own queues, others see them, requests take their time, and settlement
is the exchange's.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from clobstep import __version__
from clobstep.config import EngineConfig
from clobstep.session.manifest import Holds, Manifest
from clobstep.session.writer import SessionWriter
from clobstep.strategy._turn import CompiledStrategy
from clobstep.strategy.protocol import describe
from clobstep_sim.fuzz.profile import Profile
from clobstep_sim.fuzz.scene import MICROS, SECOND
from clobstep_sim.replayed.result import PaperResult
from clobstep_sim.replayed.rows import gap_ns
from clobstep_sim.soak.market import Market, Slice
from clobstep_sim.soak.rows import Rows

LABEL: Final = "the simulated exchange itself: our orders lie in its queues, nothing is inferred"
LIMITS: Final = (
    "The others are made: they react to prices, not to us in particular, and know no news.",
    "Delays are drawn from what the profile says; no venue was measured.",
    "Maker rebates, liquidity and holding rewards are left out.",
    "Marks are mids. What inventory could be sold for is less, in a thin book much less.",
    "Fills of one event share its fate: many fills are not many experiments. See the clusters.",
)
HOLDS: Final = Holds(
    deltas=True, prints=True, snapshots=True, carried_best=True, receive_times=True
)


@dataclass(frozen=True)
class SoakSettings:
    """A run apart from profile and strategy."""

    seed: int = 1
    hours: float = 24
    cash_usd: int = 1000
    engine: dict[str, int] = field(default_factory=dict)
    """Fields of EngineConfig that differ from the strategy's and its own defaults."""

    def config(self, strategy: CompiledStrategy) -> EngineConfig:
        """As paper makes it, apart from the places for markets. Errors: ValueError, TypeError."""
        known = {f.name for f in dataclasses.fields(EngineConfig)} - {"tokens"}
        for name in self.engine:
            if name not in known:
                raise ValueError(f"{name!r} is no setting of the engine; see docs/reference.md")
        return EngineConfig(**{**getattr(strategy, "engine", {}), **self.engine})


class Made:
    """A strategy in a made market, what is kept of its run, and the result."""

    def __init__(
        self,
        profile: Profile,
        strategy: CompiledStrategy,
        seed: int,
        cash_usd: int,
        config: EngineConfig,
    ) -> None:
        self.profile, self.strategy = profile, strategy
        self.seed, self.cash_usd = seed, cash_usd
        self.market = Market(seed, profile, strategy, config, cash_usd)
        self.config = self.market.scene.config
        self.rows = Rows(self.config.tokens // 2)
        self.name = f"made market {profile.name}, seed {seed}"

    def pieces(
        self, seconds: int, progress: Callable[[float], None] | None = None
    ) -> Iterator[Slice]:
        """The run, slice by slice, to its end. Errors: SoakError."""
        for piece in self.market.run(seconds):
            self.rows.take(piece)
            yield piece
            if progress:
                progress(min(1.0, self.market.passed_ns / SECOND / seconds))
        for piece in self.market.end():
            self.rows.take(piece)
            yield piece

    def manifest(self, holds: Holds, **settings: Any) -> Manifest:
        """Of a session that holds this run, or what was heard of its market."""
        places = range(0, self.config.tokens, 2)
        markets = [{"token": token, **named(token // 2, 0, self.profile)} for token in places]
        whole = {"made": self.profile.name, "seed": self.seed, **settings}
        return Manifest.of(
            "paper", self.config, holds=holds, markets=markets, raw="dropped", settings=whole
        )

    def markets(self) -> list[dict[str, Any]]:
        """A market for each report token: its place, and the how-manieth of it."""
        out = []
        for token in self.rows.tokens():
            number, place = divmod(token // 2, self.config.tokens // 2)
            out.append({"token": token, **named(place, number, self.profile)})
        return out

    def result(self, record: Path | None) -> PaperResult:
        """What the run came to. `record`: where it was written."""
        engine, rows = self.market.scene.engine, self.rows
        bbo, orders = rows.bests(), rows.orders()
        counts = self.market.scene.world.counts()
        cash = engine.view.cash
        matched_ns = np.frombuffer(self.market.scene.exchange.trade_times(), np.int64)
        result = PaperResult(
            fills=rows.fills(matched_ns, orders, bbo),
            bbo=bbo,
            settlements=rows.settlements(),
            orders=orders,
            conversions=rows.conversions(),
            totals={
                "cash_start_micros": self.cash_usd * MICROS,
                "cash_end_micros": cash.settled + cash.incoming - cash.outgoing,
                "refused": engine.view.refusals(),
            },
            markets=self.markets(),
            header={**self._header(), "gap_ns": gap_ns(bbo)},
            engine=engine,
            counts={name: counts[name] for name in ("given", "acts", "asked", "wakes", "intents")},
            session=record,
        )
        result.check()
        return result

    def _header(self) -> dict[str, Any]:
        told = describe(self.strategy)
        parts = [dataclasses.asdict(self.config), dataclasses.asdict(self.profile), told, self.seed]
        text = json.dumps([*parts, self.cash_usd], sort_keys=True, default=str)
        return {
            "session": self.name,
            "strategy": told["name"],
            "params": told["settings"],
            "fill_model": "none",
            "label": LABEL,
            "band_allowed": False,
            "limits": list(LIMITS),
            "latency_model": _latency(self.profile.knobs),
            "fee_source": "the exchange's own",
            "code_version": __version__,
            "config_hash": hashlib.sha256(text.encode()).hexdigest()[:16],
            "data_hash": "made by the seed",
            "seed": self.seed,
            "chain": f"{self.market.scene.engine.chain:016x}",
            "end_ns": self.market.scene.world.now_ns,
            "verify": "same chain: OK" if self.market.same else "DIFFERS",
        }


def named(place: int, number: int, profile: Profile) -> dict[str, str]:
    """Of the how-manieth market of a place, from 0."""
    name = f"{profile.name}, place {place + 1}, market {number + 1}"
    slug = f"{profile.name}-{place + 1}-{number + 1}"
    return {"slug": slug, "question": name, "condition": slug, "event": slug}


def _latency(knobs: dict[str, int]) -> str:
    def leg(name: str) -> str:
        floor, tail = knobs[f"{name}_floor_us"], knobs[f"{name}_tail_us"]
        return f"{floor / 1000:g} ms" + (f" and an exponential of {tail / 1000:g} ms" * (tail > 0))

    return f"requests, answers {leg('rest')} each; feed {leg('feed')}; user channel {leg('user')}"


def soak(
    profile: Profile,
    strategy: CompiledStrategy,
    settings: SoakSettings,
    *,
    record: Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> PaperResult:
    """Let `strategy` trade in the made market of `profile`, and report as paper does.

    `record`: a file that the run is written to as a session. `progress`: is told the share that is
    done. Errors: SoakError when the run stops by itself, ValueError for settings that cannot be.
    """
    config = settings.config(strategy)
    made = Made(profile, strategy, settings.seed, settings.cash_usd, config)
    writer = None
    if record:
        head = made.manifest(HOLDS, strategy=describe(strategy), label=LABEL)
        writer = SessionWriter.create(record, head)
    try:
        for piece in made.pieces(round(settings.hours * 3600), progress):
            if writer:
                writer.append(piece.events, piece.effects, piece.seq, piece.chain)
        if writer:
            mirror = made.market.mirror
            writer.snapshot(mirror.seq, mirror.chain, mirror.snapshot())
            writer.seal()
    except BaseException:
        if writer:
            writer.close()
            writer.path.unlink(missing_ok=True)
        raise
    return made.result(record)
