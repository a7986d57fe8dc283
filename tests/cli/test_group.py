"""The command as a whole: help, version, exit codes, and what it does not import."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from clobstep import __version__
from clobstep.cli import COMMANDS, LazyGroup, main

LISTED = LazyGroup(name="x").list_commands(click.Context(LazyGroup(name="x")))


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clobstep.cli", *args], capture_output=True, text=True, timeout=60
    )


def test_version_names_rules_and_layout() -> None:
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith(f"clobstep {__version__} (rules ")
    assert "layout " in done.stdout


def test_help_lists_every_command_that_is_there() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert {"demo", "paper", "new-strategy", "tour", "show", "explain", "bench"} <= set(LISTED)
    for name in LISTED:
        assert f"\n  {name} " in done.stdout


def test_misspelt_command_says_which_there_are() -> None:
    done = run("shwo")
    assert done.returncode == 2
    assert "no command 'shwo'; did you mean 'show'?" in done.stderr
    assert "The commands are demo, import, record, paper, replay" in done.stderr
    assert "tour, show, explain, bench." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "args",
    [["--nope"], ["show"], ["tour", "--nope"], ["paper"], ["demo", "x"], ["explain", "a", "b"]],
)
def test_wrong_use_is_exit_code_2(args: list[str]) -> None:
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 2
    assert "Error:" in result.output


@pytest.mark.parametrize("name", LISTED)
def test_every_command_has_help_with_examples_and_json(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert "Examples:" in result.output
    assert f"clobstep {name}" in result.output
    assert "--json" in result.output


@pytest.mark.parametrize("args", ["[]", "['--help']", "['--version']"])
def test_nothing_heavy_is_imported_before_it_is_needed(args: str) -> None:
    code = (
        "import sys, clobstep.cli\n"
        f"if {args}:\n"
        "    try: clobstep.cli.main(args=" + args + ")\n"
        "    except SystemExit: pass\n"
        "heavy = {'numpy', 'rich', 'clobstep.core._core', 'clobstep.core'} & set(sys.modules)\n"
        "print('heavy:', sorted(heavy))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.endswith("heavy: []\n"), done.stdout + done.stderr


def test_a_command_without_its_module_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clobstep.cli.COMMANDS", (*COMMANDS, "nowhere"))
    group = LazyGroup(name="x")
    context = click.Context(group)
    assert "nowhere" not in group.list_commands(context)
    assert group.get_command(context, "nowhere") is None


def test_python_m_clobstep_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "clobstep", "--version"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith("clobstep ")
