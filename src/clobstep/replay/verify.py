"""Run every event of a session through a fresh engine, and compare what comes out.

Theory of operation. The chain folds every event and effect, so equal chains at a checkpoint prove
everything before it equal; that is one comparison every few hundred events, and what makes a replay
fast. The recorded effects are compared as well, byte by byte. Where a chain differs, the engine is
put back to the last checkpoint that agreed and goes on one event at a time, until the effects of
one event differ from the recorded ones: that event is the first at which the two runs part.

Owns: the verdict. It proves the engine, not the strategy: intents are events that are replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clobstep import Engine, show
from clobstep.core import EFFECT_DTYPE, RULES_VERSION
from clobstep.enums import CHUNK
from clobstep.replay import state
from clobstep.session.reader import Session

Array = NDArray[np.void]
Progress = Callable[[str, int, int], None]

_EFFECTS: Final = 16_384  # room for one step_batch, more where the engine may need more


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


def replay(session: Session, *, verify: bool = True, progress: Progress = quiet) -> Verdict:
    """Run all events again; with `verify` compare chain and effects with the recorded ones.

    The engine has the manifest's settings. Memory does not grow with the session. Raises
    SessionError for a file that is damaged.
    """
    engine = state.at_begin(session)
    verdict = Verdict(rules=(session.manifest.rules_version, RULES_VERSION))
    run = _Run(session, engine, progress)
    if not verify:
        for _ in run.steps(iter(())):
            pass
        verdict.events, verdict.effects, verdict.chain = run.events, run.effects, engine.chain
        return verdict
    marks = session.checkpoints()
    verdict.recorded_chain = marks[-1][1] if marks else None
    good, bad = _compare(session, run, iter(marks), engine, verdict)
    verdict.events, verdict.effects, verdict.chain = run.events, run.effects, engine.chain
    verdict.same = bad is None
    if bad is not None:
        verdict.first = _part(session, good, bad)
    return verdict


def _compare(
    session: Session,
    run: _Run,
    marks: Iterator[tuple[int, int]],
    engine: Engine,
    verdict: Verdict,
) -> tuple[int, int | None]:
    """(last event proven equal, the checkpoint or event that tells a difference or None)."""
    good = session.begins_at
    recorded = _Recorded(session, session.begins_at + 1)
    for seq, chain, effects in run.steps(marks):
        differs = recorded.differs(effects, seq)
        if differs is not None:
            return good, differs
        if chain is None:
            continue
        if engine.chain != chain:
            return good, seq
        good = seq
        verdict.checkpoints += 1
    return good, recorded.left_over()


class _Run:
    """Steps an engine through a session, in slices that end at its checkpoints."""

    def __init__(self, session: Session, engine: Engine, progress: Progress) -> None:
        self._session = session
        self._engine = engine
        self._progress = progress
        self.events = 0
        self.effects = 0

    def steps(self, marks: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int | None, Array]]:
        """(event number, the chain recorded there or None, effects since the last yield)."""
        engine, out = (
            self._engine,
            np.zeros(max(_EFFECTS, self._engine.effects_needed), EFFECT_DTYPE),
        )
        total = self._session.n_events
        mark = next(marks, None)
        for chunk in self._session.events(engine.seq):
            at = 0
            while at < len(chunk):
                stop = at + CHUNK
                if mark is not None:
                    stop = min(stop, at + mark[0] - engine.seq)
                taken, written = engine.step_batch(chunk[at:stop], out)
                at += taken
                self.events += taken
                self.effects += written
                hit = mark is not None and mark[0] == engine.seq
                yield engine.seq, mark[1] if hit and mark else None, out[:written]
                if hit:
                    mark = next(marks, None)
            self._progress("replaying events", self.events, total)


class _Recorded:
    """The recorded effects, taken off piece by piece."""

    def __init__(self, session: Session, first_seq: int) -> None:
        self._parts = session.effects(first_seq)
        self._part: Array = np.zeros(0, EFFECT_DTYPE)

    def differs(self, effects: Array, seq: int) -> int | None:
        """The event whose effects are not as recorded, or None; `effects` are up to `seq`."""
        while len(effects):
            if not len(self._part):
                self._part = next(self._parts, self._part)
                if not len(self._part):
                    return int(effects["seq"][0])
            n = min(len(effects), len(self._part))
            if effects[:n].tobytes() != self._part[:n].tobytes():
                return _first_other(effects[:n], self._part[:n])
            effects, self._part = effects[n:], self._part[n:]
        if len(self._part) and int(self._part["seq"][0]) <= seq:
            return int(self._part["seq"][0])
        return None

    def left_over(self) -> int | None:
        """The event of the first recorded effect that no event of this run had, or None."""
        part = self._part if len(self._part) else next(self._parts, self._part)
        return int(part["seq"][0]) if len(part) else None


def _first_other(ours: Array, theirs: Array) -> int:
    """The lowest event number at which two equally long rows of effects differ."""
    width = EFFECT_DTYPE.itemsize
    one = np.frombuffer(ours.tobytes(), np.uint8).reshape(-1, width)
    two = np.frombuffer(theirs.tobytes(), np.uint8).reshape(-1, width)
    row = int(np.flatnonzero((one != two).any(axis=1))[0])
    return min(int(ours["seq"][row]), int(theirs["seq"][row]))


def _part(session: Session, good: int, bad: int) -> Difference:
    """Go from the last proven event to `bad` one by one, and tell where the effects part."""
    engine = state.at_begin(session)  # not of a snapshot: other rules may have made that one
    state.forward(session, engine, good)
    theirs = _by_event(session, good + 1, bad)
    event, ours, exact = b"", b"", False
    for record in _records(session, good, bad):
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


def _records(session: Session, after: int, last: int) -> Iterator[bytes]:
    seq = after
    for chunk in session.events(after):
        for event in chunk:
            if seq == last:
                return
            seq += 1
            yield event.tobytes()


def _by_event(session: Session, first: int, last: int) -> dict[int, bytes]:
    """The recorded effects of these events, by event."""
    found: dict[int, bytes] = {}
    for part in session.effects(first):
        upto = int(np.searchsorted(part["seq"], last, side="right"))
        for effect in part[:upto]:
            seq = int(effect["seq"])
            found[seq] = found.get(seq, b"") + effect.tobytes()
        if upto < len(part):
            break
    return found
