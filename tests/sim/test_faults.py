"""Single faults of the world, alone: they happen, and the books come out equal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from clobstep.core import EVENT_DTYPE
from clobstep.enums import AcceptStatus, Alert, EventKind, Reject
from clobstep_sim.fuzz import campaign, profile, scene
from clobstep_sim.fuzz.seed import Result, run_seed
from clobstep_sim.world import KNOBS

DAY_NS = 86_400 * scene.SECOND
ALONE = {
    "convert_lost_ppm": 500_000, "convert_late_ppm": 500_000, "convert_double_ppm": 500_000,
    "read_error_ppm": 300_000, "key_every": 100, "phantom_every": 100, "twin_every": 60,
    "minimum_every": 100, "half_open_every": 100, "disk_every": 30,
}  # fmt: skip
WITH = {
    "draw_ppm": {"close_every": 150}, "grid_ppm": {"tick_every": 60},
    "cleared_ppm": {"game_every": 100}, "hour_ppm": {"clock_every": 100},
    "snapshot_ppm": {"crash_every": 60},
    "after_end_ppm": {"false_word_ppm": 200_000},
    "early_cross_ppm": {"feed_lost_every": 30, "no_book_ppm": 500_000},
}  # fmt: skip
MADE_FOR = {
    "order: CANCEL_OWED in REJECTED": {"after_end_ppm": 1_000_000, "false_word_ppm": 300_000},
    "order: CANCEL_OWED in EXPIRED": {"after_end_ppm": 1_000_000, "false_word_ppm": 300_000},
    "order: REVERSED in DELAYED": {"trade_fails_ppm": 500_000, "false_word_ppm": 300_000},
    "order: RESOLVED in QUEUED": {"untimely_ppm": 200_000},
    "feed: CROSSED in WARMING": {"early_cross_ppm": 500_000, **WITH["early_cross_ppm"]},
}  # fmt: skip


def run(seed: int, events: int = 8_000, **knobs: int) -> Result:
    calm = profile.load("calm")
    one = replace(calm, knobs={**calm.knobs, "act_ppm": 200_000, **knobs}, swarm=False)
    result = run_seed(seed, one, events)
    assert result.passed, (seed, result.number, result.said)
    return result


@pytest.mark.parametrize("knob", [*ALONE, *WITH])
def test_each_new_fault_happens_and_costs_nothing(knob: str) -> None:
    knobs = {knob: ALONE[knob]} if knob in ALONE else {knob: 1_000_000, **WITH[knob]}
    times = sum(run(s, **knobs).counts["faults"].get(KNOBS.index(knob), 0) for s in range(1, 5))
    assert times > 3, f"{knob} came {times} times"


@pytest.mark.parametrize("cell", MADE_FOR)
def test_what_is_rare_is_made_by_its_fault_and_not_without_it(cell: str) -> None:
    """The fault leads to the cell it is there for; calm, which has none of them, never does."""
    at = {name: k for k, name in campaign.cells()}[cell]
    met = [run(seed, **MADE_FOR[cell]).counts["cells"] >> at & 1 for seed in range(1, 41)]
    assert sum(met) > 0
    assert not any(run(seed).counts["cells"] >> at & 1 for seed in range(1, 6))


def test_a_revoked_key_rejects_everything_and_a_phantom_lock_what_is_not_covered() -> None:
    revoked = [run(seed, key_every=60).counts["rejects"] for seed in range(1, 6)]
    assert sum(c.get(Reject.AUTH, 0) for c in revoked) > 3
    held = [run(seed, phantom_every=60).counts for seed in range(1, 6)]
    assert sum(c["rejects"].get(Reject.BALANCE, 0) for c in held) > 3
    assert sum(c["alerts"].get(Alert.RESERVATION_REFUSED, 0) for c in held) > 3


@pytest.mark.parametrize("blocks", [0, 1])
def test_a_delay_is_told_or_held_back(blocks: int) -> None:
    """Either the venue says DELAYED at once, or it says nothing until it knows how it ended."""
    calm = profile.load("calm")
    places = {**calm.scene, "delay_ms": [1_000], "blocks": [blocks]}
    one = replace(calm, scene=places, knobs={**calm.knobs, "act_ppm": 200_000})
    result = run_seed(1, one, 12_000)
    assert result.passed, result.said
    log = np.frombuffer(result.log, dtype=EVENT_DTYPE)
    accepted = log[log["kind"] == EventKind.ACCEPTED]
    assert (AcceptStatus.DELAYED in accepted["code"]) is not bool(blocks)
    assert (AcceptStatus.MATCHED in accepted["code"]) is bool(blocks)


def test_most_worlds_see_midnight() -> None:
    assert 0 < -scene.START_NS % DAY_NS < 1_000 * scene.SECOND
