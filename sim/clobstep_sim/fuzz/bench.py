"""World rows of `clobstep bench`: what a simulated event costs a core, and what a second core adds.

Rates are millions of events a second of processor time, all seeds of a row together, the best of
`PASSES`. `off` is the world alone: no check, no journal, from the first event on. The other two are
whole seeds as a campaign runs them: made, run, come to rest, replayed; all checks on, and with the
auditor over every event.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from clobstep_sim.fuzz import campaign, profile
from clobstep_sim.fuzz.profile import Profile
from clobstep_sim.fuzz.scene import make
from clobstep_sim.fuzz.seed import run_seed

Row = dict[str, Any]
EVENTS: Final = 20_000
SEEDS: Final = range(1, 9)
PASSES: Final = 3
TURNS: Final = 3  # of one worker and two
WHOLE: Final = 1 << 40  # events that the auditor goes over: all there are
CAMPAIGN: Final = range(1, 161)  # of each profile, for one worker and for two


def _off(one: Profile, seed: int) -> tuple[int, int]:
    """(events, ns of processor time) of a bare world; a crash ends it."""
    scene = make(seed, one.for_seed(seed), checking=False, logging=False)
    warmed = scene.world.counts()["given"]
    before = time.process_time_ns()
    scene.world.run(EVENTS)
    return scene.world.counts()["given"] - warmed, time.process_time_ns() - before


def _whole(one: Profile, seed: int, *, audit: int) -> tuple[int, int]:
    before = time.process_time_ns()
    result = run_seed(seed, one, EVENTS, audit=audit)
    spent = time.process_time_ns() - before
    if not result.passed:
        raise RuntimeError(f"{one.name}, seed {seed}: {result.number}, {result.said}")
    return result.counts["given"], spent


def _rate(measure: Callable[[int], tuple[int, int]]) -> float:
    best = 0.0
    for _ in range(PASSES):
        given, spent = map(sum, zip(*map(measure, SEEDS), strict=True))
        best = max(best, given / spent * 1e3)
    return round(best, 3)


def world(name: str) -> Row:
    """The rates of one profile."""
    one = profile.load(name)
    return {
        "off_m_per_s": _rate(partial(_off, one)),
        "checked_m_per_s": _rate(partial(_whole, one, audit=0)),
        "audited_m_per_s": _rate(partial(_whole, one, audit=WHOLE)),
    }


def two_workers() -> Row:
    """The same campaign on one process and on two, the start of the second one in it.

    In turns, all of each: by the wall's clock others on the machine count too, and a core that is
    alone may be the faster for it.
    """
    profiles = [profile.load(name) for name in profile.names()]
    seconds: dict[int, list[float]] = {1: [], 2: []}
    chains = []
    for workers in (1, 2) * TURNS:
        tally = campaign.run(profiles, CAMPAIGN, EVENTS, workers=workers)
        seconds[workers].append(tally.seconds)
        chains.append({(row.profile, row.seed): row.chain for row in tally.rows})
    if any(more != chains[0] for more in chains):
        raise RuntimeError("two workers came to other chains than one")
    one_s, two_s = sum(seconds[1]) / TURNS, sum(seconds[2]) / TURNS
    return {
        "seeds": len(chains[0]),
        "one_s": round(one_s, 2),
        "two_s": round(two_s, 2),
        "times": round(one_s / two_s, 3),
    }


def rows() -> dict[str, Callable[[], Row]]:
    """Name -> measurement."""
    each = {f"world_{name}": partial(world, name) for name in profile.names()}
    return {**each, "campaign_two_workers": two_workers}
