"""`clobstep venue`: what it prints, how it ends, what it refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import httpx
import pytest
from click.testing import CliRunner

import venue_runs
from clobstep.cli import main
from clobstep_sim.server.server import NotLoopbackError
from clobstep_sim.server.venue import VenueSettings

ARGS = (sys.executable, "-m", "clobstep", "venue", "--port", "0")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_listens_and_ends_cleanly(how: signal.Signals) -> None:
    with subprocess.Popen([*ARGS, "--json"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert httpx.get(f"{told['address']}/ok").json() == "OK"
        assert httpx.get(f"{told['address']}/control/truth").status_code == 404
        os.kill(process.pid, how)
        assert process.stdout.read() == ""
        assert process.wait(20) == 0


def test_for_a_person_it_says_what_to_do_next() -> None:
    with subprocess.Popen(ARGS, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        os.kill(process.pid, signal.SIGINT)
        assert lines[0].startswith("listening on http://127.0.0.1:")
        assert lines[1].startswith("next: curl http://127.0.0.1:")
        assert process.stdout.read().startswith("next: clobstep ")
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    "args, says",
    [
        (["--host", "0.0.0.0"], "has no TLS"),
        (["--profile", "calmm"], "did you mean 'calm'"),
        (["--protocol", "v1", "--v3-markets", "1"], "protocol v1 has no position ids"),
    ],
)
def test_what_cannot_be_exits_with_2(args: list[str], says: str) -> None:
    found = CliRunner().invoke(main, ["venue", "--port", "0", *args])
    assert found.exit_code == 2
    assert says in found.output


def test_a_port_that_is_taken_exits_with_2() -> None:
    with venue_runs.venue() as run:
        found = CliRunner().invoke(main, ["venue", "--port", str(run.running.port)])
    assert found.exit_code == 2


def test_settings_that_cannot_be() -> None:
    for wrong in ({"markets": 0}, {"markets": 65}, {"accounts": 0}, {"speed": 0.0}):
        with pytest.raises(ValueError, match=r"\d"):
            VenueSettings(venue_runs.quick(), **wrong)
    assert issubclass(NotLoopbackError, ValueError)
