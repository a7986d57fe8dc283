"""`clobstep soak` and `clobstep calibrate`: what they print, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from clobstep.cli import main


def call(*args: str) -> tuple[int, str, str]:
    """Exit code and what was said, on both streams."""
    done = CliRunner().invoke(main, list(args))
    return done.exit_code, done.stdout, done.stderr


def test_a_short_soak_prints_the_report_of_paper(tmp_path: Path) -> None:
    session, page = tmp_path / "s.clob", tmp_path / "r.html"
    code, out, _ = call(
        "soak", "--hours", "0.02", "--set", "size=5.0", "-o", str(session), "--report", str(page)
    )
    assert code == 0
    for part in ("Profit and loss, pUSD", "Markouts", "same chain: OK", "nothing is inferred"):
        assert part in out
    assert f"next: clobstep replay {session} --verify" in out
    assert page.stat().st_size > 100_000
    assert call("replay", str(session), "--verify")[0] == 0
    assert call("replay", str(session), "--strategy", "maker", "--set", "size=5.0")[0] == 0
    code, _, err = call("soak", "--hours", "0.02", "-o", str(session))
    assert code == 2
    assert "there already" in err


def test_a_soak_as_json_is_equal_twice() -> None:
    first, second = (call("soak", "--hours", "0.01", "--seed", "4", "--json") for _ in range(2))
    assert first == second
    told = json.loads(first[1])
    assert told["replay"]["same"] is True
    assert told["replay"]["strategy"] is None
    assert told["report"]["header"]["seed"] == 4


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--profile", "bizy-market"], "did you mean 'busy-market'"),
        (["-s", "parity"], "is written in Python, and the made market runs compiled ones"),
        (["-s", "makr"], "no strategy 'makr'"),
        (["--set", "sise=1"], "sise"),
        (["--engine", "cooldown=1"], "'cooldown' is no setting of the engine"),
        (["--engine", "cooldown_ns=x"], "all settings are integers"),
        (["--hours", "0"], "0"),
        (["-o", "/nowhere/s.clob"], "there is no folder"),
    ],
)
def test_what_a_soak_refuses(args: list[str], said: str) -> None:
    code, _, err = call("soak", "--hours", "0.001", *args)
    assert code == 2
    assert said in err


def test_a_small_calibration(tmp_path: Path) -> None:
    path = tmp_path / "bias.toml"
    args = ["calibrate", "--kind", "quiet-market", "--latency", "50", "--model", "front"]
    code, out, _ = call(*args, "--seeds", "2", "--minutes", "1", "--write", str(path))
    assert code == 0
    assert "quiet-market, 50 ms each way" in out
    assert "front" in out
    assert 'model = "front"' in path.read_text()
    code, out, _ = call(*args, "--seeds", "2", "--minutes", "1", "--json")
    rows = json.loads(out)["rows"]
    assert [row["model"] for row in rows] == ["front"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--kind", "quite-market"], "did you mean 'quiet-market'"),
        (["--model", "frnt"], "no fill model 'frnt'"),
        (["--seeds", "1"], "1 is not in the range"),
    ],
)
def test_what_a_calibration_refuses(args: list[str], said: str) -> None:
    code, _, err = call("calibrate", "--minutes", "1", *args)
    assert code == 2
    assert said in err
