"""Worlds by seed: they pass (invariants 29 to 51), they repeat, and they notice what is wrong."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from clobstep.enums import Alert, EventKind
from clobstep_sim.fuzz import profile, scene
from clobstep_sim.fuzz.seed import Result, run_seed
from clobstep_sim.world import KNOBS, World, WorldError

EVENTS = 3_000
FEED = (EventKind.BOOK_DELTA, EventKind.BOOK_SNAPSHOT, EventKind.PRINT, EventKind.BEST)
CHAINS = """
import sys
from clobstep_sim.fuzz import profile
from clobstep_sim.fuzz.seed import run_seed
for name in profile.names():
    print(name, f"{run_seed(5, profile.load(name), 2000).chain:016x}")
"""


@pytest.mark.parametrize("name", profile.names())
def test_every_profile_ends_in_the_truth_and_repeats(name: str) -> None:
    for seed in (1, 2, 3):
        result = run_seed(seed, profile.load(name), EVENTS, audit=600)
        assert result.passed, (seed, result.number, result.said)
        assert result.events >= EVENTS
    again = run_seed(3, profile.load(name), EVENTS)
    assert (again.chain, again.log, again.counts) == (result.chain, result.log, result.counts)
    assert run_seed(4, profile.load(name), EVENTS).chain != result.chain


def test_other_processes_and_hash_seeds_give_the_same_chains() -> None:
    told = set()
    for hash_seed in ("0", "1", "4242"):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", CHAINS], env=env, capture_output=True, text=True, check=True
        )
        told.add(done.stdout)
    assert len(told) == 1
    assert len(told.pop().splitlines()) == len(profile.names())


def with_knobs(name: str, **knobs: int) -> profile.Profile:
    one = profile.load(name)
    return replace(one, knobs={**one.knobs, **knobs}, swarm=False)


def test_the_canary_dies() -> None:
    """Money that vanishes at the exchange must be noticed, or no check here is worth anything."""
    thief = with_knobs("calm", theft_ppm=3_000, read_every=10)
    numbers = {run_seed(seed, thief, 8_000).number for seed in range(1, 6)}
    assert numbers <= {30, 33}, numbers
    assert 0 not in numbers


def test_a_fault_comes_as_often_as_it_should() -> None:
    """Within 3 sigma of its rate, over what it could hit."""
    ppm = 50_000
    lossy = with_knobs("calm", feed_drop_ppm=ppm)
    made = scene.make(11, lossy)
    made.world.run(40_000)
    counts = made.world.counts()
    dropped = counts["faults"][KNOBS.index("feed_drop_ppm")]
    heard = sum(counts["events"].get(kind, 0) for kind in FEED)
    mean = (heard + dropped) * ppm / 1e6
    assert abs(dropped - mean) < 3 * (mean * (1 - ppm / 1e6)) ** 0.5 + 0.01 * mean


def test_one_fault_more_shifts_no_draw_of_another() -> None:
    """Crowd and scene are the same whatever else goes wrong; so is when other faults come."""

    def spells(**knobs: int) -> tuple[int, int]:
        made = scene.make(3, with_knobs("calm", crash_every=0, act_ppm=0, **knobs))
        made.world.run(6_000_000, scene.START_NS + 300 * scene.SECOND)
        counts = made.world.counts()
        return counts["acts"], counts["faults"].get(KNOBS.index("burst_every"), 0)

    assert spells() == spells(user_lost_every=20, feed_drop_ppm=10_000)


def test_a_crash_at_any_point_costs_nothing() -> None:
    """Killed between journal, send and answer, at every few seconds: the books come out equal."""
    deadly = with_knobs(
        "restart-day", crash_every=8, answer_drop_ppm=50_000, ask_very_late_ppm=30_000
    )
    crashes = 0
    for seed in range(1, 9):
        result = run_seed(seed, deadly, 6_000)
        assert result.passed, (seed, result.number, result.said)
        crashes += result.crashes
    assert crashes > 100


def test_an_order_that_lands_five_minutes_late_costs_an_alert() -> None:
    """Presumed dead, then it is there: adopted again, cancelled, and the money is right."""
    slow = with_knobs("calm", ask_very_late_ppm=300_000)
    risen = 0
    for seed in range(1, 5):
        result = run_seed(seed, slow, 12_000)
        assert result.passed, (seed, result.number, result.said)
        risen += result.counts["alerts"].get(Alert.RISEN, 0)
    assert risen > 0


def test_what_cannot_be_is_refused() -> None:
    made = scene.make(1, profile.load("calm"))
    with pytest.raises(WorldError, match="nothing crashed"):
        made.world.revive(made.engine, 1)
    with pytest.raises(WorldError, match="knobs given"):
        World(1, [0], made.engine, made.exchange)
    with pytest.raises(WorldError, match="64 bytes"):
        made.world.hear(b"short")
    with pytest.raises(WorldError, match="there are"):
        made.world.flags(99, 1)


def test_a_result_that_said_nothing_passed() -> None:
    assert Result(1, "calm").passed
    assert not Result(1, "calm", number=33, said=["cash"]).passed
