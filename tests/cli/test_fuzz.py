"""`clobstep fuzz`: what it prints, its exit codes, and that its reproducer opens."""

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clobstep.cli import main
from clobstep_sim.fuzz import campaign, profile

THIEF = """
about = "money vanishes"
swarm = false
[knobs]
theft_ppm = 3000
read_every = 10
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["fuzz", *words])


def test_a_seed_passes_and_says_so() -> None:
    done = run("--seed", "3", "--profile", "calm", "--events", "1000", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert told["ok"]
    assert told["seeds"] == 1
    assert told["events"] >= 1000
    assert list(told["chains"]) == ["calm 3"]
    words = run("--seed", "3", "--profile", "calm", "--events", "1000")
    assert words.exit_code == 0
    assert "next: clobstep fuzz" in words.output


def test_profiles_and_runs_of_seeds() -> None:
    done = run(
        "--seeds", "1:4", "--profile", "calm", "--profile", "busy", "--events", "500", "--json"
    )
    told = json.loads(done.output)
    assert told["seeds"] == 6
    again = json.loads(
        run("--seeds", "1:4", "--profile", "busy", "--events", "500", "--json").output
    )
    assert again["chains"].items() <= told["chains"].items()
    timed = json.loads(
        run("--minutes", "0.01", "--profile", "calm", "--events", "500", "--json").output
    )
    assert 1 < timed["seeds"] < 100  # it looks at the clock in between


def test_what_breaks_is_shrunk_into_a_session(tmp_path: Path) -> None:
    thief = tmp_path / "thief.toml"
    thief.write_text(THIEF)
    session = tmp_path / "left.clob"
    done = run("--seed", "1", "--profile", str(thief), "--events", "6000", "-o", str(session))
    assert done.exit_code == 1
    assert "FAILED: thief, seed 1: invariant 30, the core halted itself: RECONCILE" in done.output
    (line,) = (x for x in done.output.splitlines() if x.startswith("  again: "))
    again = CliRunner().invoke(main, [*shlex.split(line)[2:], "-o", str(tmp_path / "again.clob")])
    assert again.exit_code == 1
    assert "FAILED: thief, seed 1: invariant 30" in again.output
    assert "shrunk: faults theft_ppm" in done.output
    shown = CliRunner().invoke(main, ["inspect", str(session), "--at", "-1"])
    assert shown.exit_code == 0
    assert "HALT" in shown.output
    again = CliRunner().invoke(main, ["replay", str(session), "--verify"])
    assert again.exit_code == 0, again.output


def test_ctrl_c_keeps_what_was_done_and_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "c.jsonl"
    whole = campaign.row_of

    def pressed(one: profile.Profile, seed: int, events: int, audit: int) -> campaign.Row:
        if seed == 9 and not store.exists():
            raise AssertionError("nothing was kept")
        if seed == 9:
            raise KeyboardInterrupt
        return whole(one, seed, events, audit)

    monkeypatch.setattr(campaign, "row_of", pressed)
    monkeypatch.setattr(campaign, "task_size", lambda *_: 4)
    words = ("--seeds", "1:13", "--profile", "calm", "--events", "300", "--store", str(store))
    done = run(*words)
    assert done.exit_code == 130, done.output
    assert "stopped by ctrl-C" in done.output
    assert f"next: the same command again goes on from {store}" in done.output
    assert len(store.read_text().splitlines()) == 8
    monkeypatch.setattr(campaign, "row_of", whole)
    assert run(*words).exit_code == 0
    assert len(store.read_text().splitlines()) == 12


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--profile", "evrything"), "did you mean 'everything'"),
        (("--seeds", "5:5"), "write --seeds 1:101"),
        (("--seeds", "1:5", "--seed", "2"), "goes with neither"),
        (("--profile", "nowhere.toml"), "No such file"),
        (("--events", "10"), "--events"),
        (("-o", "nowhere/x.clob", "--events", "100"), "there is no folder nowhere"),
    ],
)
def test_what_is_called_wrongly(words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.output
