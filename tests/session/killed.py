"""Kills writers, again and again: `python killed.py FOLDER CYCLES SEED` prints what came of it.

A child recovers the session (or makes it), goes on, and says each event number that a commit has
returned for; at some moment it is killed. Then everything it said must be in the file, and the file
must be a beginning of the stream. Children are forks, so a cycle costs a few milliseconds.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from pathlib import Path

from clobstep import Engine
from clobstep.session import Manifest, Recorder, Session, SessionWriter, files, writer
from clobstep.session.recover import recover
from clobstep.session.seal import check
from session.support import CONFIG, records

writer.CHUNK_EVENTS = 100  # chunks, checkpoints of the log and seals are met all the time
files.WAL_PAGES = 12
STREAM = records(40, 300)


def write(path: Path, say: int, seed: int) -> None:
    """Until killed, or to the end of the stream and a seal."""
    rng = random.Random(seed)
    if path.exists():
        engine, out = recover(path)
    else:
        engine = Engine(CONFIG)
        out = SessionWriter.create(path, Manifest.of("live", CONFIG))
    recorder = Recorder(engine, out, snapshot_events=60)
    while engine.seq < len(STREAM):
        recorder.step(STREAM[engine.seq : engine.seq + rng.randrange(1, 4)])
        if rng.random() < 0.1:
            out.note(engine.seq, "test", "a note")
        out.raw(int(engine.view.now_ns), "market", b"raw")
        out.commit()
        os.write(say, engine.seq.to_bytes(8, "little"))
    out.seal()
    os.write(say, b"\xff" * 8)


def cycle(path: Path, rng: random.Random) -> tuple[int, bool]:
    """Start a child, kill it; the last event it said, and whether it had come to the end."""
    hear, say = os.pipe()
    seed = rng.randrange(1 << 30)
    child = os.fork()
    if child == 0:
        os.close(hear)
        try:
            write(path, say, seed)
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(1)
        os._exit(0)
    os.close(say)
    if rng.random() < 0.7:  # at its work; else while it recovers, or at the very start
        select.select([hear], [], [], 5)
    time.sleep(rng.choice((0.001, 0.004, 0.012)) * rng.random())
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a child failed")
    with os.fdopen(hear, "rb") as told:
        said = [int.from_bytes(word, "little") for word in iter(lambda: told.read(8), b"")]
    ended = bool(said) and said[-1] == (1 << 64) - 1
    return max((n for n in said if n < 1 << 63), default=0), ended


def main(folder: Path, cycles: int, seed: int) -> None:
    rng = random.Random(seed)
    path = folder / "s.clob"
    out = {"cycles": 0, "acknowledged": 0, "sealed": 0, "files": 1, "grew": 0, "beyond": 0}
    known = 0
    for number in range(cycles):
        said, ended = cycle(path, rng)
        known = max(known, said)
        out["cycles"] += 1
        if not path.exists():
            assert known == 0, "the file is gone"
            continue
        with Session.open(path) as session:
            events = b"".join(part.tobytes() for part in session.events())
            n, sealed = session.n_events, session.sealed
        assert n >= known, f"cycle {number}: event {known} was acknowledged, {n} are there"
        assert events == STREAM[:n].tobytes(), f"cycle {number}: other events"
        out["grew"] += said > 0
        out["beyond"] += n > known
        if sealed:
            assert n == len(STREAM)
            out["sealed"] += 1
            out["acknowledged"] += known
            if ended:
                check(path)
            for left in folder.iterdir():
                left.unlink()
            out["files"] += 1
            known = 0
        elif number % 8 == 0:
            engine, again = recover(path)
            again.close()
            first, again = recover(path, from_start=True)
            again.close()
            assert engine.chain == first.chain
            assert engine.snapshot() == first.snapshot()
            assert engine.seq == n
    out["acknowledged"] += known
    print(json.dumps(out))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
