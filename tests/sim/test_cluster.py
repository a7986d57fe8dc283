"""A campaign on a real Dask scheduler and two workers on loopback, one of which dies half-way."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from clobstep_sim.fuzz import campaign, profile
from clobstep_sim.fuzz.campaign import CampaignError

EVENTS = 4_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(module: str, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{module}", *words, "--no-dashboard"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@contextmanager
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    from distributed import Client

    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    made = [started("dask_scheduler", "--host", "127.0.0.1", "--port", str(port))]
    try:
        made += [started("dask_worker", address, "--nthreads", "1") for _ in range(2)]
        with Client(address, timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
        yield address, made[1:]
    finally:
        for process in made:
            process.kill()
            process.wait()


def test_a_cluster_that_loses_a_worker_finds_what_one_process_finds() -> None:
    profiles = [profile.load("calm"), profile.load("busy")]
    here = campaign.run(profiles, range(1, 121), EVENTS)
    with cluster() as (address, workers):
        killed = []

        def one_dies(_: int) -> None:
            if not killed:
                killed.append(workers[0].kill())

        there = campaign.run(profiles, range(1, 121), EVENTS, dask=address, progress=one_dies)
    assert killed
    assert not there.stopped
    found = {(row.profile, row.seed): row.chain for row in there.rows}
    assert found == {(row.profile, row.seed): row.chain for row in here.rows}


def test_a_cluster_that_is_not_there_is_named() -> None:
    with pytest.raises(CampaignError, match="--dask tcp://127"):
        campaign.run(
            [profile.load("calm")], range(1, 2), EVENTS, dask=f"tcp://127.0.0.1:{free_port()}"
        )
