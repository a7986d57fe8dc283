"""One run of one random stream under one model, as text that tells any difference; also a program.

As a program: SEED and FILL from the environment; prints the fingerprint.
"""

from __future__ import annotations

import hashlib
import os
import sys
from functools import cache
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from clobstep_sim.replayed.recording import Recording
from paper.desk import Outcome, run
from paper.streams import Stream, Trader

SETTINGS = {"latency": "lognormal:20ms:0.8", "cash": "100000"}


def fingerprint(outcome: Outcome) -> str:
    """Chain, and a digest of every event, effect and row."""
    seen = hashlib.sha256(outcome.raw)
    for effect in outcome.effects:
        seen.update(repr(effect).encode())
    for rows in (outcome.fills, outcome.orders, outcome.conversions, outcome.bests):
        seen.update(rows.tobytes())
    counts = sorted(outcome.counts.items())
    return f"{outcome.chain:016x} {seen.hexdigest()} {len(outcome.fills)} {counts}"


@cache
def recording_of(seed: int) -> Recording:
    return Stream(seed, length=400).tape.recording()


def once(seed: int, fill: str) -> Outcome:
    return run(recording_of(seed), Trader(seed), fill=fill, seed=seed, **SETTINGS)


if __name__ == "__main__":
    print(fingerprint(once(int(os.environ["SEED"]), os.environ["FILL"])))
