"""A story told to a debug build after one invariant was broken on purpose; run as a program.

Two LIVE orders in market 0 with a trade each, and in the last market one order that may be damaged.
Prints as JSON, for every invariant of `check()`, what the engine said and did.
"""

from __future__ import annotations

import json
from typing import Any, Final

from clobstep import events
from clobstep.core import BUILD_MODE
from clobstep.effects import Effect
from clobstep.enums import EffectKind
from core.support import Rig, S, refused

LAST: Final = 20  # invariants that check() looks at
VICTIM: Final = 3
"""The order that the hook damages: the first of the last market that has any."""


def healthy() -> Rig:
    rig = Rig().trading()
    for order in (rig.submit(), rig.submit()):
        rig.say(events.accepted, order)
        rig.trade(order, "40", role="MAKER")
    assert rig.submit(6) == VICTIM
    rig.say(events.accepted, VICTIM)
    assert rig.engine.check() == 0
    return rig


def money(rig: Rig) -> dict[str, int]:
    cash, token = rig.view.cash, rig.view.token(0)
    return {
        "cash out": cash.outgoing, "cash settled": cash.settled, "cash reserved": cash.reserved,
        "token in": token.incoming, "token settled": token.settled,
    }  # fmt: skip


def moved(rig: Rig, *said: Any, **fields: Any) -> dict[str, int]:
    """What an event does to the ledger."""
    before = money(rig)
    rig.say(*said, **fields)
    after = money(rig)
    return {name: after[name] - before[name] for name in before if after[name] != before[name]}


def canceled(effects: list[Effect]) -> list[int]:
    return sorted(e.order_id for e in effects if e.kind == EffectKind.CANCEL)


def story(number: int) -> dict[str, Any]:
    rig = healthy()
    told: dict[str, Any] = {"broken": rig.engine._break_invariant(number)}
    told["check"] = rig.engine.check()
    effects = rig.say(events.timer)
    told["halts"] = [[e.code, e.aux] for e in effects if e.kind == EffectKind.HALT]
    told["halted"], told["fault"] = rig.view.halted, rig.view.fault
    submit = {"price": "0.40", "size": "100"}
    after = [rig.say(events.submit, 10, 0, "BUY", **submit)]
    told["submit"] = refused(after[0]).name
    told["replace"] = refused(rig.say(events.replace, 11, 0, "BUY", replaces=1, **submit)).name
    told["operator cancels"] = canceled(rig.copy().say(events.operator, "CANCEL_ALL"))
    after.append(rig.say(events.cancel_all))
    told["cancels"] = canceled(after[1])
    trade = {"price": "0.40", "role": "MAKER"}
    told["fill"] = moved(rig, events.trade, 1, 0, "BUY", trade=9, size="20", **trade)
    told["failed"] = moved(
        rig, events.trade, 1, 0, "BUY", trade=1, size="40", status="FAILED", **trade
    )
    told["confirmed"] = moved(
        rig, events.trade, 2, 0, "BUY", trade=2, size="40", status="CONFIRMED", **trade
    )
    told["canceled"] = moved(rig, events.cancel_accepted, 2)
    orders: list[Any] = [rig.view.order(k) for k in (1, 2)]
    told["orders"] = [[o.state, o.filled, o.reversed, o.canceled, o.reserved] for o in orders]
    told["late fill"] = moved(rig, events.trade, 2, 0, "BUY", trade=11, size="10", **trade)
    after.append(rig.later(11 * S))
    told["submits"] = sum(e.kind == EffectKind.SUBMIT for said in after for e in said)
    told["halted at the end"] = rig.view.halted
    return told


def nothing_to_break() -> dict[str, Any]:
    """Without an order, or with a number that no invariant has, the hook does nothing."""
    rig = Rig().trading()
    before = rig.engine.snapshot()
    numbers = (1, 2, 10, 11, 12, 19, 0, -1, LAST + 1, 28)
    found = [rig.engine._break_invariant(k) for k in numbers]
    return {"broken": found, "same": rig.engine.snapshot() == before}


if __name__ == "__main__":
    stories = {str(n): story(n) for n in range(1, LAST + 1)}
    print(json.dumps({"mode": BUILD_MODE, "stories": stories, "none": nothing_to_break()}))
