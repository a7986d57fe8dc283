"""What a paper run is set to, with defaults that are stated in every header.

Owns: the defaults and their ranges, and the engine's configuration of a run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from clobstep.config import EngineConfig
from clobstep.enums import MAX_SIZE
from clobstep.session.manifest import Manifest
from clobstep.units import UnitError, format_cash, parse_cash, parse_duration
from clobstep_sim.replayed import models
from clobstep_sim.replayed.latency import Latency
from clobstep_sim.replayed.latency import read as read_latency

FEED_DEFAULT = "50ms"
LONGEST: Final = {  # as the compiled venue takes them
    "feed_latency": 86_400_000_000_000,
    "print_lag": 86_400_000_000_000,
    "settle": 31_536_000_000_000_000,
    "merge_delay": 31_536_000_000_000_000,
    "redeem_delay": 31_536_000_000_000_000,
    "oldest": 86_400_000_000_000,
}
OPTIONAL: Final = ("feed_latency", "oldest")


class SettingsError(ValueError):
    """A setting of a paper run that cannot be; says which and the way out."""


@dataclass(frozen=True)
class PaperSettings:
    """A paper run apart from recording and strategy. Times as text (`20ms`), money as decimals.

    Errors, as soon as it is made: SettingsError, ModelError, LatencyError naming the setting.
    """

    fill: str = "risk-averse"
    latency: str | Latency | None = None
    """50 ms each way when not given."""
    feed_latency: str | None = None
    """Added to our time of each market event: nothing when the recording has receive times or was a
    paper run itself, else 50 ms."""
    cash: str = "1000"
    seed: int = 1
    settle: str = "5s"
    """From MATCHED to CONFIRMED."""
    merge_delay: str = "30s"
    merge_cost: str = "0"
    """pUSD a merge or split costs (gas)."""
    redeem_delay: str = "120s"
    print_lag: str = "250ms"
    """How long a decrease of a level may wait for the print that explains it."""
    oldest: str | None = None
    """So long before it came a word counts at the venue at most: a book may have stood for hours.
    As a live run's own feed says when not given, else no limit."""
    engine: dict[str, int] = field(default_factory=dict)
    """Fields of EngineConfig that differ from the recording's and the strategy's."""

    def __post_init__(self) -> None:
        """Whatever cannot be is told before anything is run."""
        self.model()
        self.latencies()
        for name in LONGEST:
            if getattr(self, name) is not None or name not in OPTIONAL:
                self.span(name)
        for name in ("cash", "merge_cost"):
            money(getattr(self, name), name)
        if type(self.seed) is not int or not 0 <= self.seed < 1 << 64:
            raise SettingsError(f"seed: {self.seed!r} is no whole number from 0 to 2**64 - 1")
        if not isinstance(self.engine, Mapping):
            raise SettingsError(f"engine: {self.engine!r} does not map settings to numbers")

    def model(self) -> tuple[models.Model, int]:
        """The fill model and its exponent."""
        return models.read(self.fill)

    def span(self, name: str) -> int:
        """One of the times, in nanoseconds."""
        text = getattr(self, name)
        try:
            ns = int(parse_duration(text))
        except (UnitError, TypeError) as error:
            raise SettingsError(f"{name}: {error}") from None
        if ns > LONGEST[name]:
            days = LONGEST[name] // 86_400_000_000_000
            raise SettingsError(f"{name}: {text} is longer than {days} days")
        return ns

    def feed_ns(self, manifest: Manifest) -> int:
        """What is added to our time of market events."""
        if self.feed_latency is not None:
            return self.span("feed_latency")
        return 0 if _is_late(manifest) else int(parse_duration(FEED_DEFAULT))

    def oldest_ns(self, manifest: Manifest) -> int:
        """How old a word may be; 0 for no limit."""
        if self.oldest is not None:
            return self.span("oldest")
        return int(manifest.settings.get("oldest_ns", 0))

    def feed_text(self, manifest: Manifest) -> str:
        """For the header."""
        given = self.feed_latency
        if given is None and manifest.kind == "paper":
            return "feed as in the paper run that was taken as the recording"
        if given is None and manifest.holds.receive_times:
            return "feed as received"
        return f"feed {given or FEED_DEFAULT}" + (
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
        if isinstance(wanted["tokens"], int) and wanted["tokens"] < kept.tokens:
            raise SettingsError(
                f"tokens: {wanted['tokens']} places are too few, the recording has {kept.tokens}"
            )
        try:
            return EngineConfig(**wanted)
        except (TypeError, ValueError) as error:
            raise SettingsError(str(error)) from None

    def latencies(self) -> Latency:
        """The three legs."""
        return read_latency(self.latency)

    def compiled(self, manifest: Manifest, config: EngineConfig, timer_ns: int) -> dict[str, int]:
        """As the compiled venue takes them."""
        model, power = self.model()
        return {
            "fill": model.code,
            "power": power,
            "print_lag_ns": self.span("print_lag"),
            "settle_ns": self.span("settle"),
            "convert_ns": self.span("merge_delay"),
            "convert_cost": money(self.merge_cost, "merge_cost"),
            "redeem_ns": self.span("redeem_delay"),
            "refresh_ns": config.metadata_cycle_ns,
            "feed_ns": self.feed_ns(manifest),
            "timer_ns": timer_ns,
            "oldest_ns": self.oldest_ns(manifest),
            "seed": self.seed,
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
        """Of everything that was set: engine, run and strategy; what a table of latency holds."""
        legs = self.latencies()
        tables = [leg.digest for leg in (legs.submit, legs.cancel, legs.answer)]
        text = json.dumps(
            [dataclasses.asdict(config), self.as_dict(), tables, strategy],
            sort_keys=True,
            default=str,
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_late(manifest: Manifest) -> bool:
    """Whether its times are later than the venue's already: as received, or by an earlier run."""
    return manifest.holds.receive_times or manifest.kind == "paper"


def money(text: str | Decimal, name: str) -> int:
    """Decimal pUSD as micro-pUSD, exactly; not negative, and no more than an amount can be."""
    try:
        micros = int(parse_cash(text))
    except (UnitError, TypeError) as error:
        raise SettingsError(f"{name}: {error}") from None
    if not 0 <= micros <= MAX_SIZE:
        raise SettingsError(f"{name}: {text} pUSD is not in 0 to {format_cash(MAX_SIZE)}")
    return micros
