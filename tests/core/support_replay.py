"""Steps a stream in every way there is, in this process or, run as a program, in another.

The program imports nothing but numpy and clobstep, so that it runs on any build and any Python. It
takes its input from the environment: STREAM, a file of event records, and CONFIG, the fields of
the EngineConfig as JSON. It prints as JSON the build mode and the replays.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from clobstep import EFFECT_DTYPE, EVENT_DTYPE, Engine, EngineConfig
from clobstep.core import BUILD_MODE

Replay = list[int | str]
"""The chain, and the SHA-256 of all effects."""
BATCHES: Final = (1, 7, 64, 4096)


def by_bytes(engine: Engine, stream: bytes) -> Replay:
    """One event at a time, as bytes."""
    seen = hashlib.sha256()
    for at in range(0, len(stream), 64):
        seen.update(engine.step(stream[at : at + 64]))
    return [engine.chain, seen.hexdigest()]


def by_batches(engine: Engine, stream: bytes, most: int, room: int = 0) -> Replay:
    """As arrays of at most `most` events, with an effects array of `room` (0: what is needed)."""
    events = np.frombuffer(stream, EVENT_DTYPE)
    effects = np.zeros(room or engine.effects_needed, EFFECT_DTYPE)
    seen = hashlib.sha256()
    at = 0
    while at < len(events):
        taken, written = engine.step_batch(events[at : at + most], effects)
        assert 0 < taken <= most
        seen.update(effects[:written].tobytes())
        at += taken
    return [engine.chain, seen.hexdigest()]


def everything(make: Callable[[], Engine], stream: bytes) -> dict[str, Replay]:
    """Every way to step the stream, each with a new engine."""
    found = {"bytes": by_bytes(make(), stream)}
    for most in BATCHES:
        found[f"arrays of {most}"] = by_batches(make(), stream, most)
    return found


def main() -> None:
    config = EngineConfig(**json.loads(os.environ["CONFIG"]))
    stream = Path(os.environ["STREAM"]).read_bytes()
    print(json.dumps([BUILD_MODE, everything(lambda: Engine(config), stream)]))


if __name__ == "__main__":
    main()
