"""The crowd: markets that end, grids that change, and the same again from the same seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind
from clobstep_sim.fuzz.profile import Profile, load
from clobstep_sim.fuzz.scene import SECOND, START_NS, Scene, make
from clobstep_sim.fuzz.seed import run_seed


def with_knobs(name: str, **knobs: int) -> Profile:
    profile = load(name)
    assert set(knobs) <= set(profile.knobs)
    return replace(profile, knobs=profile.knobs | knobs)


def after(seconds: int, profile: Profile, seed: int = 5) -> Scene:
    scene = make(seed, profile)
    assert scene.world.run(1 << 62, START_NS + seconds * SECOND) == 0
    assert scene.exchange.check() == ""
    return scene


def test_a_market_ends_near_0_or_1_and_gives_way_to_another() -> None:
    scene = after(400, with_knobs("busy-market", crowd_life_s=60, crowd_move_pips=160, act_ppm=0))
    log = np.frombuffer(scene.world.log(), dtype=EVENT_DTYPE)
    ends = log[log["kind"] == EventKind.RESOLVED]
    assert len(ends) >= 2
    last = log[(log["kind"] == EventKind.BEST) & (log["generation"] == ends["generation"][0])][-2:]
    assert all(row["bid_pips"] < 2000 or row["ask_pips"] > 8000 for row in last)
    assert (log["kind"] == EventKind.RETIRE).sum() >= len(ends) - 1
    assert set(np.diff(np.unique(log["generation"][log["kind"] == EventKind.BOOK_DELTA]))) == {1}


def test_the_same_seed_is_the_same_market() -> None:
    logs = [after(20, load("busy-market")).world.log() for _ in range(2)]
    assert logs[0] == logs[1]
    assert after(20, load("busy-market"), seed=6).world.log() != logs[0]


def test_takers_draw_nothing_of_the_makers() -> None:
    """How long acts keep coming is not theirs: as many come with other takers."""
    some = after(20, with_knobs("busy-market", act_ppm=0, crowd_cash_usd=50)).world.counts()
    more = after(20, with_knobs("busy-market", act_ppm=0, crowd_herd_ppm=0)).world.counts()
    assert some["acts"] == more["acts"]


def test_extreme_knobs_make_no_impossible_book() -> None:
    for knobs in (
        {"crowd_edge_pips": 1000, "crowd_levels": 0, "crowd_depth_shares": 0},
        {"crowd_excite_ppm": 1_000_000, "crowd_excite_ms": 0, "crowd_tail_ppm": 1_000_000},
        {"crowd_move_ppm": 1_000_000, "crowd_move_pips": 1000, "crowd_shock_ppm": 1_000_000},
        {"crowd_trades_ppm": 1_000_000, "crowd_cash_usd": 1_000_000, "crowd_life_s": 1},
        {"crowd_lot_shares": 1_000_000, "crowd_pull_ppm": 1_000_000, "crowd_away_ticks": 10_000},
    ):
        after(30, with_knobs("calm", tick_every=0, **knobs))


def test_a_busy_market_holds_the_invariants() -> None:
    for seed in range(3):
        result = run_seed(seed, load("busy-market"), 20_000)
        assert result.passed, result.said
