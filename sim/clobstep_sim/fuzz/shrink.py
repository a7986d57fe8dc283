"""From a seed that failed to what is left of it when everything that does not matter is taken away.

First the faults that need not be there, then the length of the run; then, if the engine shows by
itself that something is wrong (it halts, breaks an invariant, or does what the auditor does not
expect), the journal: events are left out as long as it still shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from clobstep.config import EngineConfig
from clobstep.core import Engine
from clobstep.enums import Fault
from clobstep_sim.auditor import Auditor, compare_effects, decode_effects
from clobstep_sim.fuzz.profile import Profile
from clobstep_sim.fuzz.seed import Result, run_seed

SIZE: Final = 64
ALLOWED: Final = (Fault.NONE, Fault.OPERATOR, Fault.CAPACITY)
MOST_TRIES: Final = 3_000

Shows = Callable[[list[bytes]], bool]


def fewer_faults(seed: int, profile: Profile, events: int, number: int) -> tuple[Profile, Result]:
    """The profile with as few faults as still break the same invariant, and how it ends then."""
    kept = profile.for_seed(seed).without(set())
    best = run_seed(seed, kept, events)
    for fault in kept.faults():
        less = kept.without({fault})
        result = run_seed(seed, less, events)
        if result.said and result.number == number:
            kept, best = less, result
    return kept, best


def fewer_events(seed: int, profile: Profile, events: int, number: int) -> int:
    """About the least length at which it still breaks."""
    low, high = 0, events
    while high - low > max(50, high // 50):
        middle = (low + high) // 2
        result = run_seed(seed, profile, middle)
        if result.said and result.number == number:
            high = middle
        else:
            low = middle
    return high


def ends(config: EngineConfig, events: list[bytes]) -> tuple[int, int]:
    """(fault, broken invariant) that these events come to; zeros if none."""
    engine = Engine(config)
    for event in events:
        engine.step(event)
        if engine.view.fault not in ALLOWED:
            break
    return (0 if engine.view.fault in ALLOWED else engine.view.fault), engine.check()


def breaks(config: EngineConfig, events: list[bytes]) -> Shows:
    """Whether the engine halts itself with the same fault, or breaks the same invariant."""
    wanted = ends(config, events)

    def shows(fewer: list[bytes]) -> bool:
        return wanted != (0, 0) and ends(config, fewer) == wanted

    return shows


def disagrees(config: EngineConfig) -> Shows:
    """Whether engine and auditor part."""

    def shows(events: list[bytes]) -> bool:
        engine, auditor = Engine(config), Auditor(config)
        for event in events:
            effects = decode_effects(engine.step(event))
            auditor.step(event)
            if compare_effects(effects, auditor):
                return True
        return False

    return shows


def first_showing(events: list[bytes], shows: Shows) -> list[bytes]:
    """The shortest prefix that shows it, by halves."""
    low, high = 0, len(events)
    while high - low > 1:
        middle = (low + high) // 2
        if shows(events[:middle]):
            high = middle
        else:
            low = middle
    return events[:high]


def fewest(events: list[bytes], shows: Shows) -> list[bytes]:
    """Leave out pieces, large ones first, as long as it still shows; the last event stays."""
    size = len(events) // 2
    tries = 0
    while size and tries < MOST_TRIES:
        at = 0
        while at < len(events) - 1 and tries < MOST_TRIES:
            less = events[:at] + events[min(at + size, len(events) - 1) :]
            tries += 1
            if len(less) < len(events) and shows(less):
                events = less
            else:
                at += size
        size //= 2
    return events


def shrunk(log: bytes, config: EngineConfig) -> tuple[list[bytes], str]:
    """The journal's fewest events and what shows on them; all of it if nothing shows by itself."""
    events = [log[k : k + SIZE] for k in range(0, len(log), SIZE)]
    for what, shows in (("breaks", breaks(config, events)), ("disagrees", disagrees(config))):
        if shows(events):
            return fewest(first_showing(events, shows), shows), what
    return events, "only the exchange's truth shows it"
