"""Plays the demo's script through the core and proves that it can be played again.

Owns the results as plain values. Loads the compiled core and, for the batch, numpy.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from clobstep import Engine, EngineConfig, __version__, core, effects, events, show
from clobstep.cli import advice
from clobstep.cli.script import RAIN_NO, RAIN_YES, TOKENS, Scene, scenes
from clobstep.enums import LAYOUT_HASH, RULES_VERSION, EffectKind, Refusal
from clobstep.units import format_cash, format_size, format_time

CONFIG: Final = EngineConfig(tokens=8, orders=64, fills=256, tombstones=256)
"""Small tables; every other setting as it comes."""
MADE_BY: Final = (
    ("clobstep", __version__),
    ("rules", str(RULES_VERSION)),
    ("layout", f"{LAYOUT_HASH:016x}"),
    ("build", core.BUILD_MODE),
)
"""What decides the outcome, besides the events: for the head of the printout."""
OPENING_MICROS: Final = 1_000_000_000
HEADS: Final = ("account", "settled", "incoming", "outgoing", "reserved", "spendable")
_TOKEN: Final = re.compile(r"token ([0-3])\b")

Ledger = list[tuple[str, ...]]
"""A row an account, a column each of HEADS."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event, its effects as lines, and what to do if it was refused."""

    time: str
    event: str
    effects: list[str]
    advice: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact as it was seen."""

    label: str
    seen: str
    expected: str

    @property
    def ok(self) -> bool:
        return self.seen == self.expected


@dataclass(frozen=True, slots=True)
class SceneResult:
    """A scene as it was played."""

    title: str
    story: str
    steps: list[Step]
    facts: list[Seen]
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Proof:
    """The chain of the run, those of its repetitions, and the self-check."""

    chain: int
    chains: list[tuple[str, int]]
    check: int

    @property
    def ok(self) -> bool:
        return self.check == 0 and all(chain == self.chain for _, chain in self.chains)


@dataclass(frozen=True, slots=True)
class Played:
    """All of it."""

    records: list[bytes]
    scenes: list[SceneResult]
    ledger: Ledger
    profit: str
    proof: Proof

    @property
    def ok(self) -> bool:
        return self.proof.ok and all(fact.ok for scene in self.scenes for fact in scene.facts)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON types; records as hexadecimal text."""
        return {
            "ok": self.ok,
            "made_by": dict(MADE_BY),
            "events": len(self.records),
            "scenes": [asdict(scene) for scene in self.scenes],
            "ledger": [dict(zip(HEADS, row, strict=True)) for row in self.ledger],
            "profit": self.profit,
            "chain": f"{self.proof.chain:016x}",
            "chains": {what: f"{chain:016x}" for what, chain in self.proof.chains},
            "check": self.proof.check,
            "records": [record.hex() for record in self.records],
        }


def play() -> Played:
    """Play the script once, event by event, and then again in other ways."""
    engine = Engine(CONFIG)
    records: list[bytes] = []
    results: list[SceneResult] = []
    for scene in scenes():
        results.append(_scene(engine, scene))
        records += scene.events
    cash = engine.view.cash
    proof = Proof(engine.chain, repeat(records), engine.check())
    profit = format_cash(cash.settled - OPENING_MICROS)
    return Played(records, results, _ledger(engine), profit, proof)


def repeat(records: list[bytes]) -> list[tuple[str, int]]:
    """The chains of three other ways to give the same events."""
    alone = Engine(CONFIG)
    for record in records:
        alone.step(record)
    half = len(records) // 2
    first = Engine(CONFIG)
    for record in records[:half]:
        first.step(record)
    restored = Engine.restore(first.snapshot())
    for record in records[half:]:
        restored.step(record)
    return [
        ("one by one, as bytes", alone.chain),
        ("all in one batch", _batch(records)),
        (f"restored after {half} of {len(records)} events", restored.chain),
    ]


def _batch(records: list[bytes]) -> int:
    import numpy as np

    from clobstep import EFFECT_DTYPE, EVENT_DTYPE

    engine = Engine(CONFIG)
    given = np.frombuffer(b"".join(records), EVENT_DTYPE)
    # Room for the worst case of one event, so that every call takes at least one.
    room = np.zeros(max(4096, engine.effects_needed), EFFECT_DTYPE)
    taken = 0
    while taken < len(given):
        taken += engine.step_batch(given[taken:], room)[0]
    return engine.chain


def _scene(engine: Engine, scene: Scene) -> SceneResult:
    steps = [_step(engine, record) for record in scene.events]
    facts = [Seen(fact.label, fact.read(engine.view), fact.expected) for fact in scene.facts]
    ledger = _ledger(engine) if scene.ledger else []
    return SceneResult(scene.title, scene.story, steps, facts, ledger)


def _step(engine: Engine, record: bytes) -> Step:
    made = engine.step(record)
    refused = [e.code for e in effects.unpack_all(made) if e.kind == EffectKind.REFUSED]
    advised = advice.REFUSALS[Refusal(refused[0]).name] if refused else ""
    at = format_time(events.unpack(record).time_ns)
    return Step(at, _named(show.event(record)), [_named(x) for x in show.effects(made)], advised)


def _named(line: str) -> str:
    return _TOKEN.sub(lambda found: TOKENS[int(found[1])], line)


def _ledger(engine: Engine) -> Ledger:
    view = engine.view
    accounts = [("cash", view.cash)] + [(TOKENS[t], view.token(t)) for t in (RAIN_YES, RAIN_NO)]
    rows = []
    for name, a in accounts:
        text = format_cash if name == "cash" else format_size
        amounts = (a.settled, a.incoming, a.outgoing, a.reserved, a.spendable)
        rows.append((name, *map(text, amounts)))
    return rows
