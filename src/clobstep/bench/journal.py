"""The rows of the session file: durable commits, size, replay from disk, memory. As `rows`.

A commit is measured beside a bare append and fdatasync of the same bytes, turn by turn on the same
disk: only their ratio means anything, and it is of the medians. Files go to a temporary folder in
`folder` (the working folder by default, because /tmp may be memory) and are removed.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np

from clobstep import Engine
from clobstep.bench import streams
from clobstep.core import EFFECT_DTYPE
from clobstep.session import Manifest, Recorder, Session, SessionWriter
from clobstep.session.manifest import Sealed

CHUNK = 4096
EVENTS_A_COMMIT = 3
WARM = 1200  # commits until SQLite's log is as long as it gets, and is written over
PASSES = 7
Row = dict[str, Any]


def commit(events: streams.Array, *, commits: int = 1500, folder: Path | None = None) -> Row:
    """Append of a few events and a durable commit, against write and fdatasync of the same.

    Errors: ValueError when the stream is too short for so many commits.
    """
    if len(events) < EVENTS_A_COMMIT * (WARM + commits):
        raise ValueError(f"{len(events)} events are too few for {WARM} + {commits} commits")
    engine = Engine()
    effects = np.zeros(engine.effects_needed, EFFECT_DTYPE)
    ours: list[int] = []
    bare: list[int] = []
    with tempfile.TemporaryDirectory(prefix="clobstep-bench-", dir=folder or Path.cwd()) as made:
        path = Path(made)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        plain = os.open(path / "plain", flags)
        try:
            with SessionWriter.create(path / "s", Manifest.of("live", engine.config)) as writer:
                for turn in range(WARM + commits):
                    part = events[turn * EVENTS_A_COMMIT : (turn + 1) * EVENTS_A_COMMIT]
                    taken, written = engine.step_batch(part, effects)
                    part, out = part[:taken], effects[:written]
                    data = part.tobytes() + out.tobytes()
                    start = time.perf_counter_ns()
                    writer.append(part, out, engine.seq, engine.chain)
                    writer.commit()
                    middle = time.perf_counter_ns()
                    os.write(plain, data)
                    os.fdatasync(plain)
                    bare.append(time.perf_counter_ns() - middle)
                    ours.append(middle - start)
        finally:
            os.close(plain)
    medians = [statistics.median(times[WARM:]) / 1e3 for times in (ours, bare)]
    return {
        "commits": commits,
        "median_us": round(medians[0], 1),
        "bare_median_us": round(medians[1], 1),
        "ratio": round(medians[0] / medians[1], 3),
    }


def record(events: streams.Array, path: Path) -> Row:
    """The whole stream stepped, written and sealed; and the sizes of what came out."""
    engine = Engine()
    start = time.perf_counter_ns()
    with SessionWriter.create(path, Manifest.of("fuzz", engine.config)) as writer:
        recorder = Recorder(engine, writer)
        for at in range(0, len(events), 1 << 16):
            recorder.step(events[at : at + (1 << 16)])
        writer.seal()
    spent = time.perf_counter_ns() - start
    with Session.open(path) as session:
        ask = "SELECT coalesce(sum(length(data)), 0) FROM {}"
        sizes = {t: session.db.execute(ask.format(t)).fetchone()[0] for t in ("chunks", "effects")}
        n = session.n_events
    return {
        "events": n,
        "recorded_m_per_s": round(n / spent * 1e3, 2),
        "chunk_bytes_an_event": round(sizes["chunks"] / n, 2),
        "effects_bytes_an_event": round(sizes["effects"] / n, 3),
        "file_bytes_an_event": round(path.stat().st_size / n, 2),
    }


def replay(path: Path) -> int:
    """Open, step all events and compare the chain at the end; nanoseconds."""
    start = time.perf_counter_ns()
    with Session.open(path) as session:
        engine = Engine(session.manifest.engine_config())
        effects = np.zeros(max(engine.effects_needed, CHUNK), EFFECT_DTYPE)
        for part in session.events():
            done = 0
            while done < len(part):
                done += engine.step_batch(part[done : done + CHUNK], effects)[0]
        sealed = session.manifest.sealed
        marks = session.checkpoints()
    if not isinstance(sealed, Sealed) or not engine.chain == sealed.chain == marks[-1][1]:
        raise RuntimeError("the replay has another chain than the session")
    return time.perf_counter_ns() - start


def memory(path: Path) -> int:
    """Peak of Python's memory while a session is read once, in bytes."""
    tracemalloc.start()
    try:
        with Session.open(path) as session:
            for _ in session.events():
                pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def session(events: streams.Array, folder: Path | None = None) -> dict[str, Row]:
    """All rows of one stream."""
    out: dict[str, Row] = {"journal_commit": commit(events, folder=folder)}
    with tempfile.TemporaryDirectory(prefix="clobstep-bench-", dir=folder or Path.cwd()) as made:
        whole, part = Path(made) / "whole", Path(made) / "part"
        out["session_size"] = record(events, whole)
        times = [replay(whole) for _ in range(PASSES)]
        n = len(events)
        out["session_replay"] = {
            "events": n,
            "best_m_per_s": round(n / min(times) * 1e3, 2),
            "median_m_per_s": round(n / statistics.median(times) * 1e3, 2),
        }
        record(events[: n // 2], part)
        peaks = {"half": memory(part), "whole": memory(whole)}
        out["session_memory"] = {f"{name}_peak_kib": peak >> 10 for name, peak in peaks.items()}
    return out
