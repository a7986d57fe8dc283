"""A desk and a core for tests: what leaves, in what order, and a clock that a test moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clobstep import Engine, EngineConfig, effects, events
from clobstep.core import EVENT_DTYPE
from clobstep.enums import EffectKind, Wake
from clobstep.live.core import Core
from clobstep.session import Manifest, Recorder, SessionWriter
from clobstep.session.format import SessionError
from clobstep.venue.interning import Interning

Array = NDArray[np.void]
START_NS = 1_780_012_800_000_000_000
CONFIG = EngineConfig(tokens=4, orders=64, fills=1024, tombstones=1024, cooldown_ns=0)


class Listener:
    """Keeps what an engine wants, and writes down when each thing left."""

    def __init__(self) -> None:
        self.seen: list[effects.Effect] = []
        self.log: list[str] = []
        self.core: Core | None = None
        self.errors: list[SessionError] = []
        self._submits: list[effects.Effect] = []
        self._cancels: list[effects.Effect] = []

    def take(self, found: Array) -> None:
        for effect in effects.unpack_all(found.tobytes()):
            self.seen.append(effect)
            if effect.kind == EffectKind.SUBMIT:
                self._submits.append(effect)
            elif effect.kind == EffectKind.CANCEL:
                self._cancels.append(effect)

    def urgent(self) -> None:
        for effect in self._cancels:
            self.log.append(f"cancel {effect.order_id}, {self._uncommitted()} not durable")
        self._cancels.clear()

    def prepare(self) -> bool:
        return bool(self._submits)

    def send(self) -> None:
        for effect in self._submits:
            self.log.append(f"submit {effect.order_id}, {self._uncommitted()} not durable")
        self._submits.clear()

    def failed(self, error: SessionError) -> None:
        self.errors.append(error)
        self._submits.clear()

    def kinds(self) -> list[EffectKind]:
        return [EffectKind(effect.kind) for effect in self.seen]

    def _uncommitted(self) -> int:
        assert self.core is not None
        return self.core.uncommitted


def as_array(*records: bytes) -> Array:
    return np.frombuffer(b"".join(records), EVENT_DTYPE)


def make_core(path: Path, strategy: Any = None) -> tuple[Core, Listener, Interning]:
    """A new session's core."""
    engine = Engine(CONFIG)
    writer = SessionWriter.create(path, Manifest.of("live", CONFIG))
    listener, interning = Listener(), Interning()
    core = Core(Recorder(engine, writer), interning, listener, strategy)
    listener.core = core
    return core, listener, interning


def opening(at: int = START_NS) -> list[bytes]:
    """A market with a book, cash, and an account that was read: orders may go."""
    return [
        events.opening(cash="1000", at=at),
        events.venue("NORMAL", at=at),
        events.heartbeat("HEALTHY", at=at),
        events.cluster(1, at=at),
        events.market(0, tick="0.01", min_size="5", fee_rate="0", cluster=1, at=at),
        events.feed("CONNECTED", at=at),
        *events.snapshot(0, bids=[("0.48", "100")], asks=[("0.52", "100")], at=at, venue_time=at),
        events.reconcile_begun(at=at),
        events.balance(cash="1000", at=at),
        events.reconciled(read_up_to=at, at=at),
        events.wake_on(0, *Wake, at=at),
    ]
