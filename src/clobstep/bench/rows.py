"""The rows. Each returns a dict of plain numbers; times are of the measured calls alone.

A rate is given as the best and the median of several passes, in millions of events a second.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from clobstep import Engine, EngineConfig
from clobstep.bench import lifecycle, streams
from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE

CHUNK = 4096
PASSES = 9
Row = dict[str, Any]


def rate(n: int, times_ns: list[int]) -> Row:
    """Best and median rate of passes over n events."""
    return {
        "events": n,
        "best_m_per_s": round(n / min(times_ns) * 1e3, 2),
        "median_m_per_s": round(n / statistics.median(times_ns) * 1e3, 2),
    }


def _chunks(events: streams.Array, run: Callable[[streams.Array], object]) -> int:
    """Run over chunks copied into one reused buffer; the copying is not measured."""
    buffer = np.zeros(CHUNK, EVENT_DTYPE)
    total = 0
    for start in range(0, len(events), CHUNK):
        some = events[start : start + CHUNK]
        part = buffer if len(some) == CHUNK else buffer[: len(some)]  # a new view costs 2 us a call
        part[:] = some
        before = time.perf_counter_ns()
        run(part)
        total += time.perf_counter_ns() - before
    return total


def _warm(engine: Engine, events: streams.Array) -> None:
    for record in events:
        engine.step(record.tobytes())


def book_deltas(stream: streams.Stream, tokens: int) -> Row:
    """Deltas through the books alone, best bid and ask kept and compared with the carried ones."""
    events, starts = streams.deltas(stream), {0: 0}
    if tokens > 2:
        events, starts = streams.spread(stream, tokens)
    times = []
    checksum = 0
    for _ in range(PASSES):
        engine = Engine(EngineConfig(tokens=tokens))
        for token, position in starts.items():
            first = streams.snapshot(stream, position, token)
            first["time_ns"] = stream.time_ns[0]
            _warm(engine, first)
        sums: list[int] = []

        def run(part: streams.Array, e: Engine = engine, s: list[int] = sums) -> None:
            s.append(e.apply_deltas(part))

        times.append(_chunks(events, run))
        checksum = sum(sums) // stream.tick_pips
        if engine.view.counters()["groups_agreed"] != len(events):
            raise RuntimeError("a book does not show the best that its deltas carry")
    row = rate(len(events), times)
    if tokens == 2:
        row["checksum"] = checksum
        row["checksum_right"] = checksum == stream.checksum
    return row


def step_batch(stream: streams.Stream) -> Row:
    """The whole stream through step_batch, chain on."""
    events = streams.whole(stream)
    times = []
    for _ in range(PASSES):
        engine = Engine()
        effects = np.zeros(engine.effects_needed, EFFECT_DTYPE)

        def run(part: streams.Array, e: Engine = engine, out: streams.Array = effects) -> None:
            done = 0
            while done < len(part):
                done += e.step_batch(part[done:] if done else part, out)[0]

        times.append(_chunks(events, run))
        if engine.seq != len(events) or engine.view.refusals():
            raise RuntimeError(f"the stream was not taken whole: {engine.view.refusals()}")
    return rate(len(events), times)


def step_bytes(stream: streams.Stream, n: int = 200_000) -> Row:
    """`step` with one event as bytes, from a Python loop; the loop's own cost is in it."""
    events = streams.deltas(stream)[:n]
    records = [record.tobytes() for record in events]
    times = []
    for _ in range(5):
        engine = Engine()
        _warm(engine, streams.snapshot(stream, 0))
        step = engine.step
        before = time.perf_counter_ns()
        for record in records:
            step(record)
        times.append(time.perf_counter_ns() - before)
    return {
        "events": len(records),
        "best_ns": round(min(times) / len(records), 1),
        "median_ns": round(statistics.median(times) / len(records), 1),
    }


def orders(rounds: int = 40_000) -> Row:
    """Order lifecycle events; ledger, guard, evidence and chain on."""
    events = lifecycle.rounds(rounds)
    times = []
    for _ in range(5):
        engine = Engine(lifecycle.CONFIG)
        for record in lifecycle.opening():
            engine.step(record)
        effects = np.zeros(CHUNK * 4, EFFECT_DTYPE)

        def run(part: streams.Array, e: Engine = engine, out: streams.Array = effects) -> None:
            done = 0
            while done < len(part):
                done += e.step_batch(part[done:] if done else part, out)[0]

        times.append(_chunks(events, run))
        if engine.view.refusals() or engine.check():
            raise RuntimeError(f"a lifecycle was refused: {engine.view.refusals()}")
    row = rate(len(events), times)
    row["orders"] = rounds
    return row


CONFIGS = {
    "default": EngineConfig(),
    "fuzz": EngineConfig(tokens=8, wide_books=1, orders=64, fills=256, tombstones=256),
    "256 tokens": EngineConfig(tokens=256),
}


def _best_us(run: Callable[[], object], n: int = 50) -> float:
    times = []
    for _ in range(n):
        before = time.perf_counter_ns()
        run()
        times.append(time.perf_counter_ns() - before)
    return round(min(times) / 1e3, 1)


def memory() -> dict[str, Row]:
    """Bytes an engine allocates, and what init, snapshot and restore cost."""
    out: dict[str, Row] = {}
    for name, config in CONFIGS.items():
        engine = Engine(config)
        for record in lifecycle.opening():
            engine.step(record)
        snapshot = engine.snapshot()
        out[name] = {
            "allocated_bytes": engine.allocated_bytes,
            "snapshot_bytes": len(snapshot),
            "init_us": _best_us(partial(Engine, config)),
            "snapshot_us": _best_us(engine.snapshot),
            "restore_us": _best_us(partial(Engine.restore, snapshot)),
        }
    return out


def constant_memory(rounds: int = 20_000) -> Row:
    """Growth of the process over a million events more: nothing is allocated by stepping."""
    events = lifecycle.rounds(rounds)
    engine = Engine(lifecycle.CONFIG)
    for record in lifecycle.opening():
        engine.step(record)
    effects = np.zeros(CHUNK * 4, EFFECT_DTYPE)
    done = 0
    peaks = []
    for start in range(0, len(events), CHUNK):
        part = events[start : start + CHUNK]
        done = 0
        while done < len(part):
            done += engine.step_batch(part[done:], effects)[0]
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    half = peaks[len(peaks) // 2]
    return {"events": len(events), "peak_growth_kib_in_second_half": peaks[-1] - half}


def import_time(n: int = 15) -> Row:
    """`import clobstep` in a fresh process, the interpreter's own start taken off."""

    def once(code: str) -> float:
        before = time.perf_counter_ns()
        subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own code
        return (time.perf_counter_ns() - before) / 1e9

    bare = [once("pass") for _ in range(n)]
    lazy = [once("import clobstep") for _ in range(n)]
    core = [once("import clobstep; clobstep.Engine") for _ in range(n)]
    return {
        "import_s": round(statistics.median(lazy) - statistics.median(bare), 4),
        "import_and_core_s": round(statistics.median(core) - statistics.median(bare), 4),
        "whole_process_s": round(statistics.median(lazy), 4),
    }
