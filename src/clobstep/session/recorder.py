"""Steps an engine and writes what went in and what came out, in one go.

Owns: how a run becomes a session: slices short enough that a chain checkpoint follows every few
hundred events, a snapshot now and then, and one buffer for effects.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from clobstep import Engine
from clobstep.core import EFFECT_DTYPE
from clobstep.session.format import CHECKPOINT_EVENTS
from clobstep.session.writer import SessionWriter

Array = NDArray[np.void]
SNAPSHOT_EVENTS = 262_144  # a step back costs at most so many events: some 10 ms


class Recorder:
    """`step` events into `engine` and `writer`; both stay the caller's.

    `watch`, if given, sees each slice as it was stepped: (events, effects), valid for that call;
    what it steps itself comes right after that slice.
    """

    def __init__(
        self,
        engine: Engine,
        writer: SessionWriter,
        *,
        snapshot_events: int = SNAPSHOT_EVENTS,
        watch: Callable[[Array, Array], None] | None = None,
    ) -> None:
        if engine.seq != writer.seq:
            raise ValueError(
                f"the engine is at event {engine.seq}, the writer at {writer.seq}: "
                "they do not belong together"
            )
        self.engine = engine
        self.writer = writer
        self._every = snapshot_events
        self._next = engine.seq + snapshot_events
        self.watch = watch
        room = CHECKPOINT_EVENTS * 4
        self._effects: Array = np.zeros(max(engine.effects_needed, room), EFFECT_DTYPE)

    def step(self, events: Array) -> int:
        """Step and record all of `events`; returns how many effects came out.

        Not durable before `writer.commit()`. Errors: those of `SessionWriter.append`.
        """
        engine, effects = self.engine, self._effects
        done = count = 0
        while done < len(events):
            taken, written = engine.step_batch(events[done : done + CHECKPOINT_EVENTS], effects)
            part = events[done : done + taken]
            self.writer.append(part, effects[:written], engine.seq, engine.chain)
            if self.watch is not None:
                self.watch(part, effects[:written])
            done += taken
            count += written
            if engine.seq >= self._next:
                self.snapshot()
        return count

    def snapshot(self) -> None:
        """Keep a snapshot of the engine as it is now."""
        engine = self.engine
        self.writer.snapshot(engine.seq, engine.chain, engine.snapshot())
        self._next = engine.seq + self._every
