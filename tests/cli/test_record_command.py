"""`clobstep record` and `paper --live` as a person runs them, at a venue of another process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CLOBSTEP = [sys.executable, "-m", "clobstep.cli"]
MODULES = """
import json, sys
from clobstep.cli import main
try:
    main(sys.argv[1:], standalone_mode=False)
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def venue() -> Iterator[str]:
    """The address of a venue that runs 10 times as fast as the wall."""
    serve = [*CLOBSTEP, "venue", "--profile", "busy", "--markets", "2", "--speed", "10"]
    with subprocess.Popen([*serve, "--port", "0", "--json"], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        yield json.loads(running.stdout.readline())["address"]
        running.terminate()
        running.wait(10)


def call(folder: Path, *args: str, code: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code] if code else CLOBSTEP
    return subprocess.run(
        [*command, *args], cwd=folder, capture_output=True, text=True, timeout=90
    )  # fmt: skip


def at(venue: str, *more: str) -> list[str]:
    return ["--event", "event-0", "--venue", venue, "--speed", "10", *more]


def test_a_recording_is_tradable_and_replays(venue: str, tmp_path: Path) -> None:
    done = call(
        tmp_path, "record", *at(venue, "--duration", "20s", "-o", "s.clob", "--hashes", "3")
    )
    assert done.returncode == 0, done.stderr
    assert "events of 2 markets in 1 file: s.0000.clob" in done.stdout
    assert "next: clobstep paper s.clob --strategy maker" in done.stdout
    assert call(tmp_path, "replay", "s.clob", "--verify").returncode == 0
    traded = call(tmp_path, "paper", "s.clob", "--strategy", "maker", "--no-report")
    assert traded.returncode == 0, traded.stderr
    assert "same chain: OK" in traded.stdout
    again = call(tmp_path, "record", *at(venue, "--duration", "5s", "-o", "s.clob", "--json"))
    told = json.loads(again.stdout)
    assert [Path(name).name for name in told["parts"]] == ["s.0000.clob", "s.0001.clob"]
    assert told["state"]["markets"] == 2
    assert told["counters"]["snapshots"] > 0


def test_a_live_run_is_that_of_its_feed_and_reaches_no_signer(venue: str, tmp_path: Path) -> None:
    live = ["paper", "--live", *at(venue, "--duration", "40s"), "-o", "run.clob", "--json"]
    done = call(tmp_path, *live, code=MODULES)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["replay"]["same"] is True
    assert told["counts"]["late"] == 0
    loaded = json.loads(done.stderr.splitlines()[-1])
    assert {"trio", "clobstep.live.feed", "clobstep_sim.replayed.live"} <= set(loaded)
    apart = ("clobstep.venue.signing", "clobstep.live.orders", "coincurve", "eth_keyfile")
    assert [name for name in loaded if name.startswith(apart)] == []
    offline = call(tmp_path, "paper", "run-feed.clob", "-o", "again.clob", "--no-report", "--json")
    assert json.loads(offline.stdout)["chain"] == told["chain"]
    assert (tmp_path / "run.html").exists() or told["html"] == "run.html"
    refused = call(tmp_path, *live)
    assert refused.returncode == 2
    assert "run.clob: is there already" in refused.stderr


def test_ctrl_c_seals_both(venue: str, tmp_path: Path) -> None:
    live = ["paper", "--live", *at(venue), "-o", "run.clob", "--all-fills", "--no-report"]
    with subprocess.Popen(
        [*CLOBSTEP, *live], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        while not (tmp_path / "run.clob").exists():
            assert running.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(4)  # it goes on until it is told
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    assert "same chain: OK" in out
    assert "events in run-feed.clob; clobstep paper run-feed.clob runs on it" in out
    assert call(tmp_path, "replay", "run.clob", "--verify").returncode == 0
    assert call(tmp_path, "replay", "run-feed.clob", "--verify").returncode == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["record", "--market", "nobody", "--duration", "1s"], "market 'nobody': the venue knows"),
        (["record", "--duration", "1s"], "no market is named"),
        (["record", "--market", "a", "--duration", "soon"], "--duration:"),
        (["record", "--market", "a", "-o", "not/there.clob"], "there is no folder not"),
        (["paper", "--live", "--market", "nobody"], "market 'nobody': the venue knows"),
        (["paper", "--live", "--market", "a", "--margin", "0s"], "--margin:"),
        (["paper", "--live", "--event", "event-0", "-o", "no/r.clob"], "there is no folder no"),
    ],
)
def test_what_cannot_be_exits_with_2(
    venue: str, tmp_path: Path, args: list[str], said: str
) -> None:
    done = call(tmp_path, *args, "--venue", venue)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["paper"], "SESSION is missing"),
        (["paper", "s.clob", "--live"], "do not go together"),
        (["paper", "s.clob", "--market", "a"], "--market belongs to --live"),
        (["record", "--market", "a", "--venue", "http://example.org:1"], "no venue on loopback"),
        (["record", "--market", "a", "--speed", "2"], "for loopback only"),
        (["record", "--config", "none.toml"], "none.toml"),
        (
            ["record", "--market", "a", "--speed", "2", "--venue", "http://127.0.0.1:9"],
            "the venue's time cannot be had",
        ),
        (["record", "--market", "a", "--venue", "http://127.0.0.1:9"], "is there a network"),
    ],
)
def test_what_needs_no_venue_to_be_wrong(tmp_path: Path, args: list[str], said: str) -> None:
    done = call(tmp_path, *args)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
