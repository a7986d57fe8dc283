"""Run every event of a session through a fresh engine, and compare what comes out.

Theory of operation. The chain folds every event and effect, so equal chains at a checkpoint prove
everything before it equal; that is one comparison every few hundred events, and what makes a replay
fast. The recorded effects are compared as well, byte by byte. Where a chain differs, the engine is
put back to the last checkpoint that agreed and goes on one event at a time, until the effects of
one event differ from the recorded ones: that event is the first at which the two runs part.

Owns: the verdict. It proves the engine, not the strategy: intents are events that are replayed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clobstep import Engine, show
from clobstep.core import EFFECT_DTYPE, RULES_VERSION
from clobstep.replay import _loop, state
from clobstep.replay.state import Recorded

Array = NDArray[np.void]
Progress = Callable[[str, int, int], None]

_EFFECTS: Final = 32_768  # room for the effects of one turn, more where the engine may need more


def quiet(what: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass(slots=True)
class Difference:
    """The first event at which the recorded run and this one part."""

    seq: int
    """Number of the event; the last of `exact` when only a range is known."""
    after: int
    """Number of the last event up to which both are proven equal."""
    exact: bool
    """Whether `seq` is the very event, or only the checkpoint that told."""
    event: str
    recorded: list[str]
    """Effects of the event as recorded."""
    replayed: list[str]
    """Effects of the event now."""
    recorded_state: dict[str, Any]
    """From the recorded snapshot next before it, with its `seq`."""
    replayed_state: dict[str, Any]
    what: str = "effects"

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON types."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Verdict:
    """What a replay gave. `same` is None when nothing was compared."""

    events: int = 0
    effects: int = 0
    checkpoints: int = 0
    chain: int = 0
    recorded_chain: int | None = None
    rules: tuple[int, int] = (RULES_VERSION, RULES_VERSION)
    """Rules version of the recording, and of this engine."""
    same: bool | None = None
    first: Difference | None = None
    kinds: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON types."""
        return {
            "events": self.events,
            "effects": self.effects,
            "checkpoints": self.checkpoints,
            "chain": f"{self.chain:016x}",
            "recorded_chain": None
            if self.recorded_chain is None
            else f"{self.recorded_chain:016x}",
            "rules": list(self.rules),
            "same": self.same,
            "proves": "the engine, not the strategy" if self.same is not None else None,
            "first_difference": self.first.as_dict() if self.first else None,
        }


def replay(session: Recorded, *, verify: bool = True, progress: Progress = quiet) -> Verdict:
    """Run all events again; with `verify` compare chain and effects with the recorded ones.

    The engine has the manifest's settings. Memory does not grow with the session. Raises
    SessionError for a file that is damaged.
    """
    engine = state.at_begin(session)
    verdict = Verdict(rules=(session.manifest.rules_version, RULES_VERSION))
    marks = session.checkpoints() if verify else []
    verdict.recorded_chain = marks[-1][1] if marks else None
    run = _Run(engine, marks)
    recorded = _Effects(session, session.begins_at + 1)
    bad: int | None = None
    with state.given_back(session.events(engine.seq)) as chunks, closing(recorded):
        for chunk in chunks:
            bad = _chunk(run, chunk, recorded if verify else None)
            progress("replaying events", run.events, session.n_events)
            if bad is not None:
                break
        else:
            bad = recorded.left_over() if verify else None
    verdict.events, verdict.effects, verdict.chain = run.events, run.effects, engine.chain
    verdict.checkpoints = run.agreed
    if verify:
        verdict.same = bad is None
    if bad is not None:
        good = min(run.good, bad - 1)  # an effect too many may name an event that was proven
        verdict.first = _part(session, max(good, session.begins_at), bad)
    return verdict


def _chunk(run: _Run, chunk: Array, recorded: _Effects | None) -> int | None:
    """Replay a chunk; the event or checkpoint that tells a difference, or None."""
    while len(chunk):
        taken, effects = run.step(chunk)
        chunk = chunk[taken:]
        differs = None if recorded is None else recorded.differs(effects, run.seq)
        if differs is not None:
            return differs
        if run.parted is not None:
            return run.parted
    return None


class _Run:
    """Steps an engine, and compares its chain with each checkpoint on the way."""

    def __init__(self, engine: Engine, marks: list[tuple[int, int]]) -> None:
        self._engine = engine
        self._seqs = np.array([seq for seq, _ in marks], np.int64)
        self._chains = np.array([chain for _, chain in marks], np.uint64)
        self._out: Array = np.zeros(max(_EFFECTS, engine.effects_needed), EFFECT_DTYPE)
        self.events = 0
        self.effects = 0
        self.agreed = int(np.searchsorted(self._seqs, engine.seq, side="right"))  # checkpoints
        self.parted: int | None = None  # the checkpoint whose chain is another one

    @property
    def seq(self) -> int:
        """Number of the last event stepped."""
        return self._engine.seq

    @property
    def good(self) -> int:
        """Number of the last event whose chain was found equal; 0 before the first."""
        return int(self._seqs[self.agreed - 1]) if self.agreed else 0

    def step(self, events: Array) -> tuple[int, Array]:
        """Step as many of the events as it can: how many, and their effects."""
        taken, written, agreed = _loop.run(
            self._engine, events, self._out, self._seqs, self._chains, self.agreed
        )
        self.events += taken
        self.effects += written
        self.agreed += agreed
        if self.agreed < len(self._seqs) and self._seqs[self.agreed] <= self._engine.seq:
            self.parted = int(self._seqs[self.agreed])
        return taken, self._out[:written]


class _Effects:
    """The recorded effects, taken off piece by piece."""

    def __init__(self, session: Recorded, first_seq: int) -> None:
        self._parts = session.effects(first_seq)
        self._part: Array = np.zeros(0, EFFECT_DTYPE)

    def differs(self, effects: Array, seq: int) -> int | None:
        """The first event whose effects are not as recorded, or None; `effects` are up to `seq`."""
        while len(effects):
            if not self._more():
                return int(effects["seq"][0])
            n = min(len(effects), len(self._part))
            other = _loop.first_other(effects[:n], self._part[:n])
            if other >= 0:
                return min(int(effects["seq"][other]), int(self._part["seq"][other]))
            effects, self._part = effects[n:], self._part[n:]
        if self._more() and int(self._part["seq"][0]) <= seq:
            return int(self._part["seq"][0])
        return None

    def left_over(self) -> int | None:
        """The event of the first recorded effect that no event of this run had, or None."""
        return int(self._part["seq"][0]) if self._more() else None

    def close(self) -> None:
        """Let go of the session."""
        with state.given_back(self._parts):
            pass

    def _more(self) -> bool:
        """Whether there are recorded effects left."""
        if not len(self._part):
            self._part = next(self._parts, self._part)
        return len(self._part) > 0


def _part(session: Recorded, good: int, bad: int) -> Difference:
    """Go from the last proven event to `bad` one by one, and tell where the effects part."""
    engine = state.at_begin(session)  # not of a snapshot: other rules may have made that one
    state.forward(session, engine, good)
    theirs = _by_event(session, good + 1, bad)
    event, ours, exact = b"", b"", False
    for record in state.records(session, good, bad):
        event, ours = record, engine.step(record)
        exact = ours != theirs.get(engine.seq, b"")
        if exact:
            break
    return Difference(
        seq=engine.seq,
        after=good if not exact else engine.seq - 1,
        exact=exact,
        event=show.event(event, time=True),
        recorded=show.effects(theirs.get(engine.seq, b"")),
        replayed=show.effects(ours),
        recorded_state=state.recorded(session, engine.seq),
        replayed_state=state.picture(session, engine),
        what="effects" if exact else "chain",
    )


def _by_event(session: Recorded, first: int, last: int) -> dict[int, bytes]:
    """The recorded effects of these events, by event."""
    found: dict[int, bytes] = {}
    for effect in state.effects(session, first, last):
        seq = int(effect["seq"])
        found[seq] = found.get(seq, b"") + effect.tobytes()
    return found
