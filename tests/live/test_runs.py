"""Short pieces of tools/live_runs: venue and trader as processes of their own, real sockets, files.

The long ones are the tool's. What must hold is the same: books equal to the micro, the session
replays, nothing was posted twice, no commit that was acknowledged is lost.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import builds

sys.path.append(str(builds.ROOT / "tools"))

from live_runs import judge
from live_runs.piece import Plan, differences
from live_runs.run import kill_piece, profile_piece
from live_runs.verify import _breakers

pytestmark = pytest.mark.xdist_group("live_runs")
SETTLE_S = 60.0


def assert_good(out: dict[str, Any]) -> None:
    bad = [c for c in out["criteria"] if not c["good"]]
    assert not bad, judge.table(out)
    assert out["good"]


@pytest.mark.parametrize("name", ["busy", "everything"])
def test_a_piece_meets_every_criterion(name: str, tmp_path: Path) -> None:
    out = profile_piece(Plan(name, tmp_path, seed=3), 10.0, SETTLE_S)
    assert_good(out)
    assert out["posted"]["orders"] > 0
    assert out["session"]["kinds"]["ACCEPTED"] > 0
    assert out["lag"]["p99_before_ms"] > 0
    assert len(out["criteria"]) == 14


def test_a_trader_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    out = kill_piece(Plan("busy", tmp_path, seed=2, most_mb=1), 6, SETTLE_S)
    assert_good(out)
    assert sum(out["deaths"].values()) == 6
    assert out["session"]["kinds"]["RESTARTED"] > 0


TRUTH: dict[str, Any] = {
    "accounts": [{
        "cash": {"settled": 5, "out": 0, "coming": 0}, "tokens": {"a": {"settled": 7}},
        "left": {"b": 2}, "orders": {}, "trades": [],
    }],
}  # fmt: skip
STATUS: dict[str, Any] = {
    "cash": {"settled": 5, "incoming": 0, "outgoing": 0}, "orders": 0, "open": [],
    "tokens": {
        "a": {"settled": 7, "incoming": 0, "outgoing": 0},
        "b": {"settled": 2, "incoming": 0, "outgoing": 0},
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"cash": {"settled": 4, "incoming": 0, "outgoing": 0}}, ["cash: 5 at the exchange"]),
        ({"cash": {"settled": 5, "incoming": 1, "outgoing": 0}}, ["cash is under way with us"]),
        ({"tokens": {}}, ["token a...: 7 at the exchange, 0", "token b...: 2 at the exchange, 0"]),
        ({"orders": 1, "open": ["0x1"]}, ["open with us: ['0x1']"]),
    ],
)
def test_what_differs_is_said(change: dict[str, Any], said: list[str]) -> None:
    found = differences(TRUTH, STATUS | change)
    assert [a.startswith(b) for a, b in zip(found, said, strict=True)] == [True] * len(said)


@pytest.mark.parametrize(
    ("rows", "opened", "in_vain", "early", "forgotten"),
    [
        ([("open", 10, 20), ("closed", 21, 0)], 1, 0, 0, 0),
        ([("open", 10, 20), ("open", 21, 41), ("closed", 42, 0)], 2, 1, 0, 0),
        ([("open", 90, 110)], 1, 0, 1, 0),
        ([("open", 10, 20)], 1, 0, 0, 1),
    ],
)
def test_a_pause_that_nobody_probed_is_found(
    rows: list[tuple[str, int, int]], opened: int, in_vain: int, early: int, forgotten: int
) -> None:
    found = _breakers({0: rows}, 100)
    assert found["opened"] == opened
    assert found["probed_in_vain"] == in_vain
    assert found["still_paused_at_the_end"] == early
    assert len(found["never_probed"]) == forgotten
