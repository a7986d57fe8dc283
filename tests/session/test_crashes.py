"""What was acknowledged is there after a kill at any moment and after a failure of any call."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CYCLES = int(os.environ.get("CLOBSTEP_KILLS", "200"))


def run(script: str, *args: object, **env: str) -> dict:
    """A script of this folder in a process of its own, which imports what this one would."""
    done = subprocess.run(
        [sys.executable, str(HERE / script), *map(str, args)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | env,
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_a_writer_killed_at_any_moment_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """The script asserts it in every cycle; here is looked whether it looked at anything."""
    out = run("killed.py", tmp_path, CYCLES, 7)
    assert out["cycles"] == CYCLES
    assert out["grew"] > CYCLES // 3, "most writers were killed before their first commit"
    assert out["acknowledged"] > 5 * CYCLES
    assert out["sealed"] > CYCLES // 60


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """faulty.c as a library to preload."""
    if sys.platform != "linux" or shutil.which(os.environ.get("CC", "cc")) is None:
        pytest.skip("calls are made to fail on Linux, with a C compiler")
    made = tmp_path_factory.mktemp("faulty") / "faulty.so"
    command = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-o", str(made)]
    subprocess.run([*command, str(HERE / "faulty.c"), "-ldl"], check=True)
    return made


@pytest.mark.parametrize("kind", ["full", "broken", "torn"])
def test_every_call_may_fail(tmp_path: Path, shim: Path, kind: str) -> None:
    """The script asserts what is in the file after each; here is looked at what it met."""
    out = run(
        "faulty.py", tmp_path, shim, kind, LD_PRELOAD=str(shim), CLOBSTEP_FAULTY=str(tmp_path)
    )
    met = out["calls"] - out["first"] + 1
    assert met > {"full": 150, "broken": 100, "torn": 50}[kind]
    assert out["failed"] > met * 0.7  # SQLite makes up for some single errors
    wanted = {"full": "database or disk is full", "broken": "disk I/O error", "torn": "full"}[kind]
    after = [text for text in out["messages"] if "a write failed after event" in text]
    assert len(after) > 30
    assert any(wanted in text for text in after)
    assert all("mend the disk, then recover it" in text for text in after)
    made = [text for text in out["messages"] if "cannot be made" in text]
    assert (kind == "full") == (out["not_made"] > 20) == (len(made) > 20)
    assert all("free some room" in text for text in made)
