"""Run a strategy again over a session, and compare each intent with the recorded one.

The recorded events drive a fresh engine. Whenever an event wakes the strategy, the strategy is run
again; what it asks for must be what the session holds next, byte for byte. A strategy that draws
randomness, reads a clock or was changed since is caught at the first intent that differs. The
strategy is not woken by its own intents, neither here nor in the run that was recorded.

Owns: that comparison. What the engine does with the intents is verify.py's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clobstep import Engine, events, show
from clobstep.core import EFFECT_DTYPE
from clobstep.enums import EffectKind, EventKind
from clobstep.session.reader import Session
from clobstep.session.series import Series
from clobstep.strategy.protocol import Turn, run_turn

Array = NDArray[np.void]

RECORD: Final = 64
MOST: Final = 4_096  # events of a batch
FIRST_INTENT: Final = EventKind.INTENT_SUBMIT
LAST_INTENT: Final = EventKind.INTENT_REDEEM


@dataclass
class Parted:
    """The first intent at which the strategy and the recording part."""

    seq: int
    """The event that is not what the strategy asked for, or where its intent is missing."""
    woken_seq: int
    woken: str
    recorded: str
    asked: str
    recorded_raw: bytes = field(default=b"", repr=False)
    asked_raw: bytes = field(default=b"", repr=False)


@dataclass
class StrategyVerdict:
    """What comparing came to."""

    events: int = 0
    turns: int = 0
    intents: int = 0
    chain: int = 0
    first: Parted | None = None

    @property
    def same(self) -> bool:
        """Every intent was the recorded one."""
        return self.first is None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        parted = None
        if self.first:
            names = ("seq", "woken_seq", "woken", "recorded", "asked")
            parted = {name: getattr(self.first, name) for name in names}
        return {
            "same": self.same,
            "events": self.events,
            "turns": self.turns,
            "intents": self.intents,
            "chain": f"{self.chain:016x}",
            "first": parted,
        }


class _Comparison:
    """One pass: the engine, the strategy, and the intents that must come next."""

    def __init__(self, session: Session | Series, strategy: Any) -> None:
        if session.begins_at:
            raise ValueError("a strategy can be run again from the first part of a series only")
        self.engine = Engine(session.manifest.engine_config())
        self.strategy = strategy
        self.turn = Turn()
        self.verdict = StrategyVerdict()
        self.due = b""  # intents that were asked for and have not come yet
        self.woken = (0, b"")
        self.effects: Array = np.zeros(max(self.engine.effects_needed, 1 << 14), EFFECT_DTYPE)

    def part(self, recorded: bytes, asked: bytes) -> None:
        """They part at the engine's next event; empty bytes: the session ends, nothing is due."""
        seq, woken = self.woken
        told = show.event(recorded) if recorded else "the session ends here"
        if recorded and not FIRST_INTENT <= events.unpack(recorded).kind <= LAST_INTENT:
            told = f"no further intent, but {told}"
        self.verdict.first = Parted(
            seq=self.engine.seq + 1,
            woken_seq=seq,
            woken=show.event(woken) if woken else "it was not woken before",
            recorded=told,
            asked=show.event(asked) if asked else "nothing more",
            recorded_raw=recorded,
            asked_raw=asked,
        )

    def chunk(self, found: Array) -> bool:
        """One array of events; False when the two have parted."""
        kinds = found["kind"]
        intents = np.flatnonzero((kinds >= FIRST_INTENT) & (kinds <= LAST_INTENT)).tolist()
        intents.append(len(found))
        at = ahead = 0
        while at < len(found):
            if self.due:
                n = min(len(self.due) // RECORD, len(found) - at)
                if not self.compare(found[at : at + n]):
                    return False
                at += n
                continue
            while intents[ahead] < at:
                ahead += 1
            if intents[ahead] == at:
                self.part(found[at].tobytes(), b"")
                return False
            upto = min(intents[ahead], at + MOST)
            taken, written = self.engine.step_batch(found[at:upto], self.effects)
            at += taken
            if written and self.effects[written - 1]["kind"] == EffectKind.WAKE:
                self.wake(found[at - 1].tobytes())
        return True

    def compare(self, found: Array) -> bool:
        """The next events with the intents that are due, byte by byte, and step what is equal."""
        raw, asked = found.tobytes(), self.due[: len(found) * RECORD]
        equal = len(found)
        if raw != asked:
            equal = next(k for k in range(equal) if _record(raw, k) != _record(asked, k))
        self.verdict.intents += equal
        at = 0
        while at < equal:  # it stops where the strategy would be woken, were these not its own
            at += self.engine.step_batch(found[at:equal], self.effects)[0]
        self.due = self.due[equal * RECORD :]
        if equal == len(found):
            return True
        self.part(_record(raw, equal), _record(asked, equal))
        return False

    def wake(self, event: bytes) -> None:
        """Run the strategy's turn; what it asks for is due."""
        self.woken = (self.engine.seq, event)
        self.verdict.turns += 1
        self.due = run_turn(self.engine, event, self.strategy, self.turn)


def _record(raw: bytes, k: int) -> bytes:
    return raw[k * RECORD : (k + 1) * RECORD]


def recorded_settings(session: Session | Series, name: str) -> dict[str, str]:
    """The settings a paper session says its strategy had, as text; none if it was another one."""
    from clobstep.strategy.load import SHIPPED

    told = session.manifest.settings.get("strategy", {})
    mine = SHIPPED.get(name, name)
    if str(told.get("name", "")).rpartition(":")[2] != mine.rpartition(":")[2]:
        return {}
    return {key: str(value) for key, value in told.get("settings", {}).items()}


def replay_strategy(
    session: Session | Series, strategy: Any, progress: Callable[[int, int], None] | None = None
) -> StrategyVerdict:
    """Compare every intent of a session with what `strategy` asks for again.

    Errors: SessionError; ValueError for a later part of a series; whatever the strategy raises.
    """
    run = _Comparison(session, strategy)
    for found in session.events():
        if not run.chunk(found):
            break
        if progress:
            progress(run.engine.seq, session.n_events)
    else:
        if run.due:
            run.part(b"", run.due[:RECORD])
    run.verdict.events = run.engine.seq
    run.verdict.chain = run.engine.chain
    return run.verdict
