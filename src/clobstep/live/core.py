"""The engine, its journal and the strategy's turns: all that an event does, without a wait.

Theory of operation. `hear` steps events, appends them to the journal and hands their effects to a
desk. A cancel leaves at once. Where money would leave, everything so far is made durable first,
names of orders included: what left is in the file, and what is not in the file never left. A write
that fails ends it all: nothing more is stepped, and the desk is told.

Owns: the order of stepping, writing and sending. Touches no socket, and no clock but the one that
measures how long a commit took.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from clobstep.core import EVENT_DTYPE
from clobstep.enums import EffectKind
from clobstep.live.durations import Durations
from clobstep.session.format import SessionError
from clobstep.session.recorder import Recorder
from clobstep.session.series import RollingRecorder
from clobstep.strategy.protocol import Turn, run_turn
from clobstep.venue.interning import Interning

Array = NDArray[np.void]
Raw = tuple[int, str, bytes]

COMMIT_EVENTS: Final = 4_096
WAKE: Final = int(EffectKind.WAKE)


class Desk(Protocol):
    """Who does what the engine wants done."""

    def take(self, effects: Array) -> None:
        """Effects of events just stepped: a view that is valid during the call."""

    def urgent(self) -> None:
        """Let leave what never waits: cancels."""

    def prepare(self) -> bool:
        """Build and name what is to leave; whether anything must be durable first."""

    def send(self) -> None:
        """It is durable: let it leave."""

    def failed(self, error: SessionError) -> None:
        """The journal failed: nothing that adds risk leaves any more, and all orders go."""


class Core:
    """One engine with its journal, which has all names of `interning` that are known now.

    `strategy` None: nobody is woken.
    """

    def __init__(
        self, recorder: Recorder, interning: Interning, desk: Desk, strategy: Any = None
    ) -> None:
        self.recorder = recorder
        self.engine = recorder.engine
        self.desk = desk
        self.strategy = strategy
        self.error: SessionError | None = None
        self.turns = 0
        self.commits = Durations()
        self._interning = interning
        self._named = len(interning.rows())
        self._turn = Turn()
        self._in_turn = False
        self._durable = recorder.engine.seq
        recorder.watch = self._stepped
        if isinstance(recorder, RollingRecorder):
            recorder.before_seal = self._write_names  # a sealed part is durable, with its names

    @property
    def uncommitted(self) -> int:
        """Events that are stepped and not durable yet."""
        return self.engine.seq - self._durable

    def hear(self, events: Array, raws: tuple[Raw, ...] = ()) -> None:
        """Step events in order, and let happen what they cause. After a failed write: nothing."""
        if self.error is not None:
            return
        try:
            for raw in raws:
                self.recorder.writer.raw(*raw)
            self.recorder.step(events)
            self.desk.urgent()
            if self.desk.prepare():
                self.commit()
                self.desk.send()
            elif self.uncommitted >= COMMIT_EVENTS:
                self.commit()
        except SessionError as error:
            self._fail(error)

    def hear_one(self, event: bytes) -> None:
        """The same for one record."""
        self.hear(np.frombuffer(event, EVENT_DTYPE))

    def commit(self) -> None:
        """Make everything so far durable, with the names it was read by."""
        if self.error is not None:
            return
        writer = self.recorder.writer
        began_ns = perf_counter_ns()
        try:
            self._write_names()
            writer.commit()
            self._durable = self.engine.seq
            self.commits.add(perf_counter_ns() - began_ns)
        except SessionError as error:
            self._fail(error)
            raise

    def note(self, kind: str, text: str) -> None:
        """Keep something to be read by people, about the last event."""
        if self.error is None:
            self.recorder.writer.note(self.engine.seq, kind, text)

    def seal(self) -> None:
        """The end: a snapshot, and a file to which nothing is added any more."""
        self.commit()
        self.recorder.snapshot()
        self.recorder.writer.seal()

    def _stepped(self, events: Array, effects: Array) -> None:
        """A slice was stepped: hand on its effects; a wake is its last one, the turn follows it."""
        if not len(effects):
            return
        # What a strategy asks for does not wake it: its intents are stepped to their end.
        woken = effects["kind"][-1] == WAKE and self.strategy is not None and not self._in_turn
        self.desk.take(effects)
        if woken:
            self.turns += 1
            intents = run_turn(self.engine, events[-1].tobytes(), self.strategy, self._turn)
            if intents:
                self._in_turn = True
                try:
                    self.recorder.step(np.frombuffer(intents, EVENT_DTYPE))
                finally:
                    self._in_turn = False

    def _write_names(self) -> None:
        rows = self._interning.rows(self._named)
        if rows:
            self.recorder.writer.intern(rows)
            self._named += len(rows)

    def _fail(self, error: SessionError) -> None:
        if self.error is None:
            self.error = error
            self.desk.failed(error)
