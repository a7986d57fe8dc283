"""Recordings that nobody would record, on the paper venue; in this process or as a program.

Most events have a kind and a token of the market and a time that goes on; of their other fields
each is sometimes at its bounds, sometimes random. The rest is random bytes but for the kind. A
trader asks for anything. What must hold: the run ends, the engine's own check is clean, no more is
filled than was asked for, and a second run gives the same.

As a program: SEEDS and EVENTS from the environment; prints a report as JSON.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from clobstep import EVENT_DTYPE, EngineConfig, events
from clobstep.core import BUILD_MODE
from clobstep.enums import EventKind
from clobstep.session.manifest import Holds, Manifest
from clobstep_sim.replayed.recording import Recording
from paper.desk import MS, START, Outcome, run
from paper.streams import Stream, Trader

MODELS: Final = ("crossing", "trade-through", "risk-averse", "power:3", "log", "front", "naive")
KINDS: Final = [EventKind.SIGNAL, *(kind for kind in EventKind if kind <= EventKind.RETIRE)]
EDGES: Final = {
    "price_pips": (-32_768, -1, 0, 1, 9_999, 10_000, 10_001, 32_767),
    "bid_pips": (-32_768, -5, 0, 10_000, 10_001, 32_767),
    "ask_pips": (-32_768, -5, 0, 10_000, 10_001, 32_767),
    "size": (-(1 << 63), -1, 0, 1, 9 * 10**14, 9 * 10**14 + 1, (1 << 63) - 1),
    "amount": (-(1 << 63), -1, 0, 1, 9 * 10**14, (1 << 63) - 1),
    "order_id": (0, 1, 1 << 50, (1 << 64) - 1),
    "token": (0, 1, 2, 3, 4, 5, 1 << 31, 0xFFFFFFFE, 0xFFFFFFFF),
    "side": (0, 1, 2, 255),
    "code": (0, 1, 2, 3, 4, 6, 255),
    "flags": (0, 1, 2, 3, 4, 255),
    "generation": (0, 1, 65_535),
    "kind": tuple(range(0, 11)),
    "ref": (0, 1, (1 << 64) - 1),
}
TIMES: Final = (
    -(1 << 63), -1, 0, 1, START - 1, START + 90_000 * MS, START + 4_000_000 * MS,
    START + 30 * 86_400_000 * MS, (1 << 62) - 1, 1 << 62, (1 << 63) - 1,
)  # fmt: skip


def hostile(seed: int, n: int) -> Any:
    """A stream that was true, then spoilt: one event in `rate` has a field that cannot be."""
    rng = random.Random(seed)
    recording = Stream(seed, conditions=2, length=n).tape.recording()
    array = recording.events.copy()
    rate = rng.choice([3, 20, 100, 400])
    for at in range(3, len(array)):
        if rng.random() * rate >= 1:
            continue
        what = rng.randrange(10)
        if what == 0:
            raw = bytearray(rng.randbytes(64))
            raw[60] = rng.choice(KINDS)
            array[at] = np.frombuffer(bytes(raw), EVENT_DTYPE)[0]
        elif what < 3:
            name = rng.choice(["time_ns", "venue_time_ns"])
            array[at][name] = rng.choice(TIMES)
        else:
            name = rng.choice(sorted(EDGES))
            array[at][name] = rng.choice(EDGES[name])
    return array


def recording_of(array: Any) -> Recording:
    manifest = Manifest.of(
        "import",
        EngineConfig(tokens=4, stale_after_ns=30_000 * MS),
        holds=Holds(deltas=True, prints=True, snapshots=True, receive_times=True),
        markets=[{"token": 0}, {"token": 2}],
    )
    return Recording("hostile", array, manifest)


def once(seed: int, n: int) -> Outcome:
    """One run of one seed; the model and the latency follow from it."""
    rng = random.Random(seed)
    latency = rng.choice(["10ms", "lognormal:20ms:1.5", "submit=1us,cancel=1us,answer=3s"])
    recording = recording_of(hostile(seed, n))
    return run(recording, Trader(seed), fill=MODELS[seed % len(MODELS)], latency=latency, seed=seed)


def judge(outcome: Outcome, sound: bool = True) -> None:
    """What must hold whatever was recorded."""
    assert outcome.engine.check() == 0
    for row in outcome.orders:
        cash = row["side"] == 0 and row["tif"] >= 2
        fills = outcome.fills[outcome.fills["order_id"] == row["order_id"]]
        filled = int(np.sum(fills["cash_micros" if cash else "size"]))
        assert filled <= row["original"]
    assert np.all(outcome.fills["size"] > 0)
    assert np.all((outcome.fills["price_pips"] > 0) & (outcome.fills["price_pips"] < 10_000))


def main(seeds: int, n: int, first: int = 0) -> dict[str, int | str]:
    report: dict[str, int | str] = {"mode": BUILD_MODE, "seeds": seeds}
    sums = {"events": 0, "fills": 0, "unsound": 0, "orders": 0}
    for seed in range(first, first + seeds):
        outcome = once(seed, n)
        judge(outcome)
        sums["events"] += len(outcome.events)
        sums["fills"] += len(outcome.fills)
        sums["orders"] += len(outcome.orders)
        sums["unsound"] += outcome.counts["unsound"]
    return report | sums


if __name__ == "__main__":
    print(json.dumps(main(*(int(os.environ[name]) for name in ("SEEDS", "EVENTS", "FIRST")))))

__all__ = ["events"]
