"""An invariant broken on purpose: `check()` names it, the engine halts, and money is still booked.

Holds invariants 1 to 20: each is broken by the debug hook, and the next event finds it. After the
HALT nothing new goes out; cancel-all works; fills, cancels and FAILED are booked in full.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

import builds
from clobstep import events
from clobstep.enums import EffectKind, Fault, OrderState
from core import support_broken
from core.support import SHARE, Rig, of_kind

NUMBERS: Final = range(1, support_broken.LAST + 1)
CENT: Final = 10_000
HEALTHY: Final = [1, 2]


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    tests = str(Path(support_broken.__file__).parent.parent)
    program = (
        f"import runpy, sys; sys.path.append({tests!r})\n"
        f"runpy.run_path({support_broken.__file__!r}, run_name='__main__')"
    )
    found: dict[str, Any] = json.loads(builds.run(program, "debug"))
    assert found["mode"] == "debug"
    return found


@pytest.fixture(params=NUMBERS)
def number(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def told(number: int, report: dict[str, Any]) -> dict[str, Any]:
    story: dict[str, Any] = report["stories"][str(number)]
    return story


def test_check_finds_it_and_the_next_event_halts(number: int, told: dict[str, Any]) -> None:
    assert told["broken"] is True
    assert told["check"] == number
    assert told["halts"] == [[Fault.INVARIANT, number]]
    assert told["halted"] is True
    assert told["fault"] == Fault.INVARIANT
    assert told["halted at the end"] is True


def test_nothing_new_goes_out(told: dict[str, Any]) -> None:
    assert told["submit"] == told["replace"] == "HALTED"
    assert told["submits"] == 0


def test_cancel_all_still_works(number: int, told: dict[str, Any]) -> None:
    """For every order that is not the damaged one; for that one where its damage allows it."""
    victim = support_broken.VICTIM ^ (1 << 60 if number == 10 else 0)  # by the id it has now
    unable = number in (11, 12, 19)  # no such state, or (as far as it knows) a request in flight
    wanted = HEALTHY if unable else [*HEALTHY, victim]
    assert told["cancels"] == wanted
    assert told["operator cancels"] == wanted


def test_fills_cancels_and_failures_are_booked(told: dict[str, Any]) -> None:
    """In micro-pUSD and microshares: 0.40 a share, no fee for a maker; what was reserved for the
    20 shares (8.00) and their fee (20 x 0.07 x 0.24) is free again."""
    assert told["fill"] == {
        "cash out": 800 * CENT,
        "token in": 20 * SHARE,
        "cash reserved": -(800 * CENT + 336_000),
    }
    assert told["failed"] == {"cash out": -1600 * CENT, "token in": -40 * SHARE}
    assert told["confirmed"] == {
        "cash out": -1600 * CENT,
        "cash settled": -1600 * CENT,
        "token in": -40 * SHARE,
        "token settled": 40 * SHARE,
    }
    assert told["late fill"] == {"cash out": 400 * CENT, "token in": 10 * SHARE}


def test_orders_move_on(told: dict[str, Any]) -> None:
    assert told["canceled"] == {"cash reserved": -(2400 * CENT + 1_008_000)}  # 60 were left
    first, second = told["orders"]
    assert first[:4] == [OrderState.LIVE, 60 * SHARE, 40 * SHARE, 0]
    assert second == [OrderState.CANCELED, 40 * SHARE, 0, 60 * SHARE, 0]


def test_the_hook_needs_something_to_damage(report: dict[str, Any]) -> None:
    assert report["none"] == {"broken": [False] * 10, "same": True}


def test_the_hook_is_not_in_release() -> None:
    rig = Rig().trading()
    before = rig.engine.snapshot()
    for number in (0, *NUMBERS):
        with pytest.raises(RuntimeError, match=r"only in debug builds \(CLOBSTEP_BUILD=debug\)"):
            rig.engine._break_invariant(number)
    assert rig.engine.snapshot() == before


def test_every_documented_number_is_broken() -> None:
    """The rows of docs/invariants.md that name this file are those broken here."""
    rows = (builds.ROOT / "docs" / "invariants.md").read_text().splitlines()
    named = [
        int(n) for row in rows for n in re.findall(r"^\| (\d+) .*core/test_invariants.py", row)
    ]
    assert named == [*NUMBERS]


def test_only_a_restart_that_reconciles_ends_a_halt() -> None:
    """From outside: HALT, then nothing but RESTARTED and a clean read leads back."""
    rig = Rig().trading()
    order = rig.submit()
    rig.say(events.accepted, order)
    halts = of_kind(rig.say(events.operator, "HALT"), EffectKind.HALT)
    assert [e.code for e in halts] == [Fault.OPERATOR]
    rig.say(events.operator, "RESUME")
    rig.reconcile()
    assert rig.view.halted
    rig.say(events.restarted)
    assert not rig.view.halted
    rig.say(events.reconcile_begun)
    rig.say(events.found, order, 0, "BUY", price="0.40", original="100")
    rig.say(events.reconciled, read_up_to=rig.now)
    rig.book(0)
    assert rig.submit() == 2
    assert rig.view.fault == Fault.NONE
