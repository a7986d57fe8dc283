"""A disk that fails at its n-th call, n counted up until a run is clean; faulty.c is preloaded.

    LD_PRELOAD=faulty.so CLOBSTEP_FAULTY=FOLDER python faulty.py FOLDER LIBRARY KIND

KIND: full (no room from then on), broken (one error of input or output), torn (half a write, then
no room; writes alone are counted). Prints one line of JSON. Each n is a fork: the writer's own
process is thrown away, as after a real failure, and another one looks at the file.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import sys
from pathlib import Path

import pytest

from clobstep import Engine
from clobstep.session import Manifest, Recorder, Session, SessionError, SessionWriter, files, writer
from clobstep.session.recover import recover
from clobstep.session.seal import check, seal
from session.support import CONFIG, records

writer.CHUNK_EVENTS = 70
files.WAL_PAGES = 9
STREAM = records(8, 40)
STEP = 28
KINDS = {
    "full": (errno.ENOSPC, 1, 0),
    "broken": (errno.EIO, 0, 0),
    "torn": (errno.ENOSPC, 1, 1),
}


SHIM = ctypes.CDLL(sys.argv[2])
SHIM.faulty_arm.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_int, ctypes.c_int]


def synced() -> int:
    """How often a file was synced so far."""
    return int(SHIM.faulty_syncs())


def work(path: Path, said: list[int]) -> None:
    """A whole session; `said` are the events that a commit returned for."""
    engine = Engine(CONFIG)
    out = SessionWriter.create(path, Manifest.of("live", CONFIG))
    recorder = Recorder(engine, out, snapshot_events=50)
    try:
        while engine.seq < len(STREAM):
            recorder.step(STREAM[engine.seq : engine.seq + STEP])
            out.raw(engine.seq * 100_000_000, "market", b"raw" * 50)
            before = synced()
            out.commit()
            assert synced() > before, "a commit came back without a sync"
            said.append(engine.seq)
        out.seal()
        said.append(-1)
    except SessionError:
        assert out.durable_seq >= max(said, default=0)
        for call in (out.commit, out.seal, lambda: out.note(0, "", "")):
            with pytest.raises(SessionError, match="nothing more is written: a write failed"):
                call()
        with Session.open(path) as session:  # while the disk is still full
            assert session.n_events >= max(said, default=0)
        raise


def one(path: Path, fault: tuple[int, int, int], n: int) -> tuple[str, list[int]]:
    """A fork that works on a disk which fails at call n: its message, and what it said."""
    hear, say = os.pipe()
    child = os.fork()
    if child == 0:
        said: list[int] = []
        text = ""
        SHIM.faulty_arm(n, *fault)
        try:
            work(path, said)
        except SessionError as error:
            text = str(error)
        except BaseException as error:
            text = f"not ours: {type(error).__name__}: {error}"
        SHIM.faulty_arm(-1, 0, 0, 0)
        os.write(say, json.dumps([text, said]).encode())
        os._exit(0)
    os.close(say)
    with os.fdopen(hear, "rb") as told:
        text, said = json.loads(told.read())
    os.waitpid(child, 0)
    return text, said


def main(folder: Path, kind: str) -> None:
    out = {"calls": 0, "failed": 0, "not_made": 0, "sealed_all_the_same": 0, "messages": []}
    partial = KINDS[kind][2]
    SHIM.faulty_arm(-1, 0, 0, partial)
    SessionWriter.create(folder / "c.clob", Manifest.of("live", CONFIG)).close()
    n = int(SHIM.faulty_arm(-1, 0, 0, partial))
    work(folder / "s.clob", [])
    calls = int(SHIM.faulty_seen())
    n = 0 if kind == "full" else n  # one kind shows what a creation does
    out["first"] = n + 1
    while True:
        n += 1
        for left in folder.iterdir():
            left.unlink()
        path = folder / "s.clob"
        text, said = one(path, KINDS[kind], n)
        assert not text.startswith("not ours"), f"call {n}: {text}"
        assert not text or str(path) in text
        if text:
            out["failed"] += 1
            out["messages"].append(text)
        else:
            assert said[-1] == -1
            check(path)
            if n > calls:
                break
        if not path.exists():
            assert not said
            out["not_made"] += 1
            continue
        known = max((s for s in said if s > 0), default=0)
        with Session.open(path) as session:
            assert session.n_events >= known, f"call {n}: {known} was said: {session.n_events}"
            events = b"".join(part.tobytes() for part in session.events())
            assert events == STREAM[: session.n_events].tobytes()
            sealed = session.sealed
        if sealed:  # all but the end of its log; that is made up for
            seal(path)
            assert check(path).events == len(STREAM)
            names = [left.name for left in folder.iterdir()]
            assert names == ["s.clob"], f"call {n}: {text} {names}"
            out["sealed_all_the_same"] += bool(text)
            continue
        engine, again = recover(path)
        Recorder(engine, again).step(STREAM[engine.seq :])
        again.seal()
        assert check(path).events == len(STREAM)
    out["calls"] = calls
    print(json.dumps(out))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[3])
