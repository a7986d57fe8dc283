"""What a paper run is set to, with defaults that are stated in every header.

Owns: the defaults and their ranges, and the engine's configuration of a run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from clobstep.config import EngineConfig
from clobstep.session.manifest import Manifest
from clobstep_sim.replayed import models
from clobstep_sim.replayed.latency import Latency, span
from clobstep_sim.replayed.latency import read as read_latency

FEED_DEFAULT = "50ms"


class SettingsError(ValueError):
    """A setting of a paper run that cannot be; says which and the way out."""


@dataclass(frozen=True)
class PaperSettings:
    """A paper run apart from recording and strategy. Times as text (`20ms`), money as decimals."""

    fill: str = "risk-averse"
    latency: str | Latency | None = None
    """50 ms each way when not given."""
    feed_latency: str | None = None
    """Added to our time of each market event; 50 ms when the recording has no receive times."""
    cash: str = "1000"
    seed: int = 1
    settle: str = "5s"
    """From MATCHED to CONFIRMED."""
    merge_delay: str = "30s"
    merge_cost: str = "0"
    """pUSD a merge or split costs (gas)."""
    redeem_delay: str = "120s"
    print_lag: str = "800ms"
    """How long a decrease of a level may wait for the print that explains it."""
    engine: dict[str, int] = field(default_factory=dict)
    """Fields of EngineConfig that differ from the recording's and the strategy's."""

    def model(self) -> tuple[models.Model, int]:
        """The fill model and its exponent."""
        return models.read(self.fill)

    def feed_ns(self, manifest: Manifest) -> int:
        """What is added to our time of market events."""
        if self.feed_latency is None:
            return 0 if manifest.holds.receive_times else span(FEED_DEFAULT)
        return span(self.feed_latency)

    def feed_text(self, manifest: Manifest) -> str:
        """For the header."""
        if self.feed_latency is None and manifest.holds.receive_times:
            return "feed as received"
        given = self.feed_latency or FEED_DEFAULT
        return f"feed {given}" + (
            "" if manifest.holds.receive_times else " (no receive times recorded)"
        )

    def config(self, manifest: Manifest, strategy: Any) -> EngineConfig:
        """The recording's sizes and warm-up, what the strategy states, then what is given here."""
        kept = manifest.engine_config()
        wanted = {
            "tokens": kept.tokens,
            "wide_books": kept.wide_books,
            "warm_time_ns": kept.warm_time_ns,
            "warm_groups": kept.warm_groups,
            "stale_after_ns": kept.stale_after_ns,
            "max_time_step_ns": kept.max_time_step_ns,
            **getattr(strategy, "engine", {}),
            **self.engine,
        }
        known = {f.name for f in dataclasses.fields(EngineConfig)}
        for name in wanted:
            if name not in known:
                raise SettingsError(f"{name!r} is no setting of the engine; see docs/reference.md")
        return EngineConfig(**wanted)

    def latencies(self) -> Latency:
        """The three legs."""
        return read_latency(self.latency)

    def compiled(self, manifest: Manifest, config: EngineConfig, timer_ns: int) -> dict[str, int]:
        """As the compiled venue takes them."""
        model, power = self.model()
        return {
            "fill": model.code,
            "power": power,
            "print_lag_ns": span(self.print_lag),
            "settle_ns": span(self.settle),
            "convert_ns": span(self.merge_delay),
            "convert_cost": money(self.merge_cost, "merge_cost"),
            "redeem_ns": span(self.redeem_delay),
            "refresh_ns": config.metadata_cycle_ns,
            "feed_ns": self.feed_ns(manifest),
            "timer_ns": timer_ns,
            "seed": self.seed & ((1 << 64) - 1),
        }

    def as_dict(self) -> dict[str, Any]:
        """For a session's manifest; `PaperSettings(**...)` makes it again."""
        out = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        latency = self.latencies()
        out["latency"] = ",".join(
            f"{name}={getattr(latency, name).text}" for name in ("submit", "cancel", "answer")
        )
        return out

    def hash(self, config: EngineConfig, strategy: dict[str, Any]) -> str:
        """Of everything that was set: engine, run and strategy."""
        text = json.dumps(
            [dataclasses.asdict(config), self.as_dict(), strategy], sort_keys=True, default=str
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def money(text: str, name: str) -> int:
    """Decimal pUSD as micro-pUSD, exactly."""
    from clobstep.units import UnitError, parse_cash

    try:
        return parse_cash(text)
    except UnitError as error:
        raise SettingsError(f"{name}: {error}") from None
