"""Small sessions made for the tests: a maker's minute, books that move, and what came out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clobstep import EFFECT_DTYPE, EVENT_DTYPE, Engine, EngineConfig, events
from clobstep.session.manifest import Manifest
from clobstep.session.recorder import Recorder
from clobstep.session.writer import SessionWriter

Array = NDArray[np.void]

CONFIG = EngineConfig(tokens=4, orders=16, fills=64, tombstones=64, wide_books=0, cooldown_ns=0)
START = 1_795_435_200_000_000_000
S = 1_000_000_000


def array(records: list[bytes]) -> Array:
    """Event records as an array."""
    return np.frombuffer(b"".join(records), EVENT_DTYPE).copy()


def trading(cash: str = "100") -> list[bytes]:
    """An account that may trade token 0, whose book is 0.50 / 0.52."""
    return [
        events.opening(cash=cash, at=START),
        events.reconcile_begun(at=START),
        events.reconciled(read_up_to=START, at=START),
        events.feed("CONNECTED", at=START),
        events.market(0, tick="0.01", min_size="5", fee_rate="0.07", at=START),
        *events.snapshot(0, bids=[("0.50", "100")], asks=[("0.52", "100")], at=START),
    ]


def minute(n: int = 300) -> list[bytes]:
    """A maker's minute: orders, a fill, cancels, and changes of the book all the while."""
    made = trading()
    for k in range(n):
        at = START + S + k * 100_000_000
        size = str(100 + k % 7)
        made.append(
            events.delta(
                0, "BUY", price="0.49", size=size, at=at, venue_time=at, best=("0.50", "0.52"),
                end=True,
            )
        )  # fmt: skip
        if k % 50 == 10:
            order = k // 50 + 1
            made.append(events.submit(order, 0, "BUY", price="0.50", size="10", post_only=True,
                                      turn=order, at=at))  # fmt: skip
            made.append(events.accepted(order, at=at))
        if k % 50 == 40:
            made.append(events.cancel(k // 50 + 1, at=at))
    return made


def written(path: Path, records: list[bytes], config: EngineConfig = CONFIG, **how: int) -> Path:
    """A sealed session of these events, run through an engine of `config`."""
    engine = Engine(config)
    writer = SessionWriter.create(path, Manifest.of("fuzz", config))
    recorder = Recorder(engine, writer, **how)
    recorder.step(array(records))
    writer.seal()
    return path


def forged(
    path: Path, records: list[bytes], claimed: list[bytes], effects: Array | None = None,
    config: EngineConfig = CONFIG, rules: int | None = None,
) -> Path:  # fmt: skip
    """A sealed session that claims other events, or effects, than an engine of `config` gave."""
    engine = Engine(CONFIG)
    head = Manifest.of("fuzz", config)
    if rules is not None:
        head.rules_version = rules
    writer = SessionWriter.create(path, head)
    told = array(claimed)
    given = stepped(records) if effects is None else effects
    for k, event in enumerate(array(records)):
        engine.step(event.tobytes())
        own = given[given["seq"] == k + 1]
        writer.append(told[k : k + 1], own, engine.seq, engine.chain)
    writer.seal(head)
    return path


def stepped(records: list[bytes], config: EngineConfig = CONFIG) -> Array:
    """The effects of these events."""
    engine = Engine(config)
    out = b"".join(engine.step(record) for record in records)
    return np.frombuffer(out, EFFECT_DTYPE).copy()
