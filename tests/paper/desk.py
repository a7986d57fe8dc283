"""What the paper tests work with: a recording made of lines, a strategy that follows a script.

`Tape()` writes market events in a person's words, at milliseconds after START. `Script` asks for
things at set times. `run(tape, script, ...)` trades it on the compiled paper venue and keeps what
was stepped, `Outcome`: events, effects, fills, orders, the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clobstep import Engine, EngineConfig, events
from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE
from clobstep.effects import Effect, unpack_all
from clobstep.enums import EffectKind, EventKind, Side, Tif, Wake
from clobstep.session.manifest import Holds, Manifest
from clobstep.strategy.protocol import Turn
from clobstep_sim.replayed import rows
from clobstep_sim.replayed._paper import PaperRun
from clobstep_sim.replayed.paper import Paper
from clobstep_sim.replayed.recording import Recording, with_signals
from clobstep_sim.replayed.settings import PaperSettings

MS = 1_000_000
S = 1_000 * MS
START = 1_790_000_000 * S
SHARE = 1_000_000
Array = NDArray[np.void]


class Tape:
    """Market events, in order. `at` is the venue's time in ms after START; ours is `lag` more."""

    def __init__(self, tokens: int = 2, lag_ms: int = 0, fee: str = "0.07", tick: str = "0.01"):
        self.lag = lag_ms
        self.tokens = tokens
        self.records: list[bytes] = []
        self.config: dict[str, int] = {}
        self.put(events.feed("CONNECTED", at=START))
        for token in range(0, tokens, 2):
            self.put(events.market(token, tick=tick, min_size="5", fee_rate=fee, at=START))

    def put(self, *records: bytes) -> Tape:
        self.records += records
        return self

    def times(self, at: float) -> dict[str, int]:
        venue = START + round(at * MS)
        return {"at": venue + self.lag * MS, "venue_time": venue}

    def book(self, at: float, bids: Any, asks: Any, token: int = 0) -> Tape:
        return self.put(*events.snapshot(token, bids=bids, asks=asks, **self.times(at)))

    def delta(
        self, at: float, side: str, price: str, size: str, token: int = 0, **more: Any
    ) -> Tape:
        more = {"best": None, "end": True} | more
        return self.put(events.delta(token, side, price=price, size=size, **more, **self.times(at)))

    def trade(self, at: float, side: str, price: str, size: str, token: int = 0) -> Tape:
        """A print; `side` is the taker's."""
        return self.put(events.public_trade(token, side, price=price, size=size, **self.times(at)))

    def resolve(self, at: float, payout: str, token: int = 0) -> Tape:
        return self.put(events.resolved(token, payout=payout, **self.times(at)))

    def tick(self, at: float, tick: str, token: int = 0) -> Tape:
        return self.put(events.tick_change(token, tick=tick, **self.times(at)))

    def feed(self, at: float, sign: str, token: int | None = None) -> Tape:
        return self.put(events.feed(sign, at=self.times(at)["at"], token=token))

    def recording(self, **holds: bool) -> Recording:
        said = {"deltas": True, "prints": True, "snapshots": True, "receive_times": True} | holds
        manifest = Manifest.of(
            "import",
            EngineConfig(
                **{"tokens": max(self.tokens, 2), "stale_after_ns": 1 << 50} | self.config
            ),
            holds=Holds(**said),
            markets=[{"token": token} for token in range(0, self.tokens, 2)],
        )
        return Recording(
            "tape", np.frombuffer(b"".join(self.records), EVENT_DTYPE).copy(), manifest
        )


@dataclass
class Script:
    """Asks for what was written down, when it was: each entry is woken by a SIGNAL of its own."""

    wakes: Wake = Wake.SIGNAL
    lines: list[tuple[int, Callable[[Turn], Any]]] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    engine = {"cooldown_ns": 0, "gtd_min_ns": 0, "min_notional_micros": 0}  # noqa: RUF012

    def at(self, ms: float, what: Callable[[Turn], Any]) -> Script:
        self.lines.append((START + round(ms * MS), what))
        return self

    def order(
        self,
        ms: float,
        side: str,
        price: str,
        size: str,
        token: int = 0,
        name: str = "",
        **more: Any,
    ) -> Script:
        """A limit order, post-only unless said otherwise; its id is kept under `name`."""
        tif = Tif[more.pop("tif", "GTC")]
        more = {"post_only": tif in (Tif.GTC, Tif.GTD)} | more
        pips, micros = round(float(price) * 10_000), round(float(size) * SHARE)
        self.at(
            ms,
            lambda turn: self.ids.__setitem__(
                name or f"{side} {price}",
                turn.submit(token, Side[side], pips, micros, tif=tif, **more),
            ),
        )
        return self

    def cancel(self, ms: float, name: str) -> Script:
        return self.at(ms, lambda turn: turn.cancel(self.ids[name]))

    def on_wake(self, turn: Turn) -> None:
        event = events.unpack(turn.event)
        if event.kind == EventKind.SIGNAL:
            self.lines[event.ref][1](turn)

    def signals(self) -> Array:
        made = [events.signal(source=1, key=k, at=at) for k, (at, _) in enumerate(self.lines)]
        return np.frombuffer(b"".join(made), EVENT_DTYPE)


@dataclass
class Outcome:
    """Everything a run stepped and returned."""

    events: Array
    effects: list[Effect]
    fills: Array
    orders: Array
    conversions: Array
    bests: Array
    counts: dict[str, int]
    engine: Engine
    script: Any
    raw: bytes

    @property
    def chain(self) -> int:
        return self.engine.chain

    def got(self, *fields: str) -> list[tuple[int, ...]]:
        """Fills as tuples of these fields."""
        return [tuple(int(row[name]) for name in fields) for row in self.fills]

    def words(self, name: str) -> list[str]:
        """The venue's words about a named order of the script: kinds, in their order."""
        mine = self.events[self.events["order_id"] == self.script.ids[name]]
        mine = mine[(mine["kind"] >= EventKind.ACCEPTED) & (mine["kind"] <= EventKind.TRADE)]
        return [EventKind(int(kind)).name for kind in mine["kind"]]


def whole(run: type[PaperRun], *args: Any) -> PaperRun:
    """A run of all that was recorded."""
    made = run(*args)
    made.run()
    return made


def run(recording: Recording | Tape, script: Any, runs: Any = whole, **given: Any) -> Outcome:
    """Trade it. `given`: fields of PaperSettings; latency is 10 ms each way, nothing settles."""
    if isinstance(recording, Tape):
        recording = recording.recording()
    if isinstance(script, Script):
        ordered = sorted(script.lines, key=lambda line: line[0])
        script.lines = ordered
        recording = with_signals(recording, script.signals())
    settings = PaperSettings(**({"latency": "10ms", "feed_latency": "0s"} | given))
    desk = Paper(recording, script, settings, None)
    latency = settings.latencies()
    timer = int(getattr(script, "timer_ns", 0))
    compiled = settings.compiled(recording.manifest, desk.config, timer)
    stepped: list[bytes] = []
    effects: list[bytes] = []

    def sink(raw: bytes, raw_effects: bytes, marks: bytes, seq: int, chain: int) -> None:
        stepped.append(raw)
        effects.append(raw_effects)

    legs = [leg.spec for leg in (latency.submit, latency.cancel, latency.answer)]
    first = desk.first(compiled["feed_ns"])
    events_of = np.ascontiguousarray(recording.events)
    paper_run = runs(PaperRun, desk.engine, events_of, script, first, compiled, legs, sink)
    desk.result(paper_run)  # a Run that cannot be true raises
    raw, raw_effects = b"".join(stepped), b"".join(effects)
    return Outcome(
        np.frombuffer(raw, EVENT_DTYPE),
        unpack_all(raw_effects),
        rows.fills(paper_run.fills()),
        rows.orders(paper_run.orders()),
        rows.conversions(paper_run.conversions()),
        rows.bests(paper_run.bests()),
        paper_run.counts(),
        desk.engine,
        script,
        raw,
    )


def requests_of(outcome: Outcome) -> list[Effect]:
    return [e for e in outcome.effects if e.kind in (EffectKind.SUBMIT, EffectKind.CANCEL)]


__all__ = [
    "EFFECT_DTYPE",
    "MS",
    "SHARE",
    "START",
    "Outcome",
    "S",
    "Script",
    "Tape",
    "requests_of",
    "run",
]
