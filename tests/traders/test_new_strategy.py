"""`clobstep new-strategy`: what it writes works, passes its own test, and is clean."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clobstep.cli import main


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["new-strategy", *args])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_it_writes_passes_its_own_test(here: Path) -> None:
    result = run("slow_drift")
    assert result.exit_code == 0, result.output
    assert "slow_drift.py: class SlowDrift" in result.stdout
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_slow_drift.py"],
        cwd=here,
        env={key: value for key, value in os.environ.items() if key != "PYTEST_ADDOPTS"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_what_it_writes_is_clean(here: Path) -> None:
    assert run("drift").exit_code == 0
    tools = Path(sys.executable).parent
    ruff = [str(tools / "ruff"), "check", "--isolated", "--no-cache", "--select", "ALL"]
    left_out = "D,S101,INP,PT,COM,CPY,TC"  # docstrings of tests, packages, style of types
    for command in (
        [*ruff, "--ignore", left_out, "."],
        [str(tools / "ruff"), "format", "--isolated", "--no-cache", "--check", "."],
    ):
        done = subprocess.run(command, cwd=here, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_into_a_folder_that_is_made(here: Path) -> None:
    result = run("drift", "--into", "some/where", "--json")
    assert json.loads(result.stdout) == {
        "strategy": "some/where/drift.py",
        "test": "some/where/test_drift.py",
        "name": "some/where/drift.py:Drift",
    }
    assert (here / "some/where/test_drift.py").exists()


def test_nothing_is_overwritten(here: Path) -> None:
    (here / "test_drift.py").write_text("mine")
    result = run("drift")
    assert result.exit_code == 2
    assert "test_drift.py is there already; take another name or --into." in result.stderr
    assert [path.name for path in here.iterdir()] == ["test_drift.py"]
    assert (here / "test_drift.py").read_text() == "mine"


@pytest.mark.parametrize(
    "name, words",
    [
        ("Drift", "is no name of a Python module in lower case"),
        ("a-b", "is no name of a Python module"),
        ("a.b", "is no name of a Python module"),
        ("a/b", "is no name of a Python module"),
        ("", "is no name of a Python module"),
        ("_", "is no name of a Python module"),
        ("5a", "is no name of a Python module"),
        ("none", "is a word that the strategy or its test uses itself"),
        ("class", "is a word that"),
        ("side", "is a word that"),
        ("test", "is a word that"),
        ("json", "is a module that is installed, and would be hidden by this one"),
        ("numpy", "is a module that is installed"),
        ("clobstep", "is a module that is installed"),
    ],
)
def test_a_name_that_will_not_do(
    here: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    installed = {"numpy": ["numpy"], "clobstep": ["clobstep"]}
    monkeypatch.setattr("clobstep.cli.new_strategy.packages_distributions", lambda: installed)
    result = run(name)
    assert result.exit_code == 2
    assert words in result.stderr
    assert list(here.iterdir()) == []


def test_a_place_that_cannot_be_written(here: Path) -> None:
    (here / "file").write_text("x")
    result = run("drift", "--into", "file/deep")
    assert result.exit_code == 2
    assert "Not a directory" in result.stderr
