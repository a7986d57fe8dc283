"""A compiled strategy on the simulated exchange, run in slices of virtual time.

Owns: the run and its proof. Every slice of the journal is stepped again by a second engine (the
mirror), whose effects are what a run is read from and which must end with the chain of the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clobstep import events
from clobstep.config import EngineConfig
from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE, Engine
from clobstep.enums import OperatorCode
from clobstep.replay import _loop
from clobstep.strategy._turn import CompiledStrategy
from clobstep_sim.fuzz.profile import Profile
from clobstep_sim.fuzz.scene import SECOND, START_NS, Scene, make
from clobstep_sim.fuzz.seed import CRASH, NO_MARKS, STOPS

Array = NDArray[np.void]

UNBOUNDED: Final = 1 << 62
BATCH: Final = 4096
OUTAGE_NS: Final = 5 * SECOND


class SoakError(RuntimeError):
    """The run stopped by itself; says at what time and why."""


@dataclass(frozen=True)
class Slice:
    """What happened in a stretch of time, the mirror's effects, and its state after it."""

    events: Array
    effects: Array
    seq: int
    chain: int


class Market:
    """A world with a strategy in it, and the mirror of its engine."""

    def __init__(
        self,
        seed: int,
        profile: Profile,
        strategy: CompiledStrategy | None,
        config: EngineConfig,
        cash_usd: int,
    ) -> None:
        scene = {**profile.scene, "cash_usd": [cash_usd]}
        quiet = replace(profile, scene=scene, swarm=False)
        self.scene: Scene = make(
            seed, quiet, checking=False, logging=True, strategy=strategy, config=config
        )
        self.mirror = Engine(self.scene.config)
        self._room = np.zeros(1 << 16, EFFECT_DTYPE)
        self._reached_ns = self.scene.world.now_ns

    @property
    def passed_ns(self) -> int:
        """Virtual time from the start to the end of the last slice."""
        return self._reached_ns - START_NS

    def run(self, seconds: int, slice_s: int = 60) -> Iterator[Slice]:
        """So much more virtual time. Errors: SoakError when the engine or the world stops.

        While a slice is mirrored and used the world goes on with the next one in a thread of its
        own: look at the world itself only when the run is over.
        """
        end_ns = self.scene.world.now_ns + seconds * SECOND
        self._reached_ns = self.scene.world.now_ns
        with ThreadPoolExecutor(1) as aside:
            ahead = aside.submit(self._stretch, end_ns, slice_s)
            while self._reached_ns < end_ns:
                stop, taken, self._reached_ns = ahead.result()
                if not stop and self._reached_ns < end_ns:
                    ahead = aside.submit(self._stretch, end_ns, slice_s)
                yield Slice(taken, self._mirrored(taken), self.mirror.seq, self.mirror.chain)
                if stop == CRASH:
                    self.scene.engine = Engine.restore(self.mirror.snapshot())
                    self.scene.world.revive(self.scene.engine, OUTAGE_NS)
                    ahead = aside.submit(self._stretch, end_ns, slice_s)
                elif stop:
                    _, detail, order = self.scene.world.stopped
                    at = f"after {self.passed_ns / SECOND:.3f} s"
                    raise SoakError(f"{at}: {STOPS.get(stop, stop)}: {detail}, order {order}")

    def _stretch(self, end_ns: int, slice_s: int) -> tuple[int, Array, int]:
        """Why the world stopped, what the engine was given, and how far it came."""
        world = self.scene.world
        stop = world.run(UNBOUNDED, min(end_ns, world.now_ns + slice_s * SECOND))
        return stop, np.frombuffer(world.take(), EVENT_DTYPE), world.now_ns

    def end(self, seconds: int = 120) -> Iterator[Slice]:
        """A person drains: orders are canceled, and what is under way comes to its end."""
        for code in (OperatorCode.DRAIN, OperatorCode.CANCEL_ALL):
            self.scene.world.hear(events.operator(code, at=0))
        yield from self.run(seconds)

    @property
    def same(self) -> bool:
        """Whether the mirror came to the same chain."""
        return self.mirror.chain == self.scene.engine.chain

    def _mirrored(self, taken: Array) -> Array:
        """The effects of these events."""
        at = made = 0
        while at < len(taken):
            if len(self._room) - made < self.mirror.effects_needed:
                more = np.zeros(2 * len(self._room) + self.mirror.effects_needed, EFFECT_DTYPE)
                more[:made] = self._room[:made]
                self._room = more
            stepped, new, _ = _loop.run(
                self.mirror, taken[at : at + BATCH], self._room[made:], *NO_MARKS, 0
            )
            at, made = at + stepped, made + new
        return self._room[:made].copy()
