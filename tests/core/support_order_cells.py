"""The cells of the order machine, said in events. See support_cells.py for what a plan is.

The order under test is a GTC BUY of 100 shares of token 0 at 0.40, which rests below the book.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from clobstep import events
from clobstep.effects import Effect
from clobstep.enums import Alert, EffectKind, OrderState, Origin
from clobstep.machines import ORDER
from core.support import SHARE, Rig, S, alerts, of_kind
from core.support_cells import Cellname, Outcome, Plan, watch

NOBODY: Final = 900  # an order id that the engine has never seen
ENDED: Final = ("FILLED", "CANCELED", "REJECTED", "EXPIRED")
Act = Callable[[Rig, int], list[Effect]]
SHOWN: Final = {"price": "0.40", "original": "100"}


def bring(rig: Rig, state: str) -> int:
    """The id of an order in this state."""
    if state == "NONE":
        return NOBODY
    order = rig.submit()
    if state == "QUEUED":
        rig.say(events.accepted, order)
        rig.last_order += 1
        say = {"replaces": order, "price": "0.40", "size": "100"}
        rig.say(events.replace, rig.last_order, 0, "BUY", **say)
        return rig.last_order
    if state in ("LIVE", "FILLED", "CANCELED", "EXPIRED"):
        rig.say(events.accepted, order)
    if state == "DELAYED":
        rig.say(events.accepted, order, "DELAYED")
    elif state == "UNKNOWN":
        rig.say(events.submit_unknown, order)
    elif state == "FILLED":
        rig.trade(order, "100")
    elif state == "REJECTED":
        rig.say(events.rejected, order, "OTHER")
    elif state in ("CANCELED", "EXPIRED"):
        rig.say(events.canceled, order, "USER" if state == "CANCELED" else "EXPIRED")
    return order


# ---- Inputs as events. A proof of life of an ended order says that all of it was matched: with
# shares left it would be RISEN.


def alive(rig: Rig, order: int) -> dict[str, str]:
    seen = rig.view.order(order)
    return {"matched": "100"} if seen and OrderState(seen.state).name in ENDED else {}


def more_than_filled(rig: Rig, order: int) -> str:
    seen = rig.view.order(order)
    return "140" if seen and seen.filled else "40"


def reconcile_without(rig: Rig, order: int) -> list[Effect]:
    return rig.reconcile()


INPUTS: Final[dict[str, Act]] = {
    "ACCEPT_LIVE": lambda r, o: r.say(events.accepted, o, **alive(r, o)),
    "ACCEPT_DELAYED": lambda r, o: r.say(events.accepted, o, "DELAYED", **alive(r, o)),
    "ACCEPT_MATCHED": lambda r, o: r.say(events.accepted, o, "MATCHED"),
    "ACCEPT_UNCLEAR": lambda r, o: r.say(events.accepted, o, "UNMATCHED"),
    "REJECT": lambda r, o: r.say(events.rejected, o, "OTHER"),
    "KILL": lambda r, o: r.say(events.rejected, o, "KILLED"),
    "LOSE": lambda r, o: r.say(events.submit_unknown, o),
    "PLACED": lambda r, o: r.say(events.placed, o, 0, "BUY", **SHOWN, **alive(r, o)),
    "FOUND_OPEN": lambda r, o: r.say(events.found, o, 0, "BUY", **SHOWN, **alive(r, o)),
    "MATCHED_MORE": lambda r, o: r.say(events.matched, o, 0, "BUY", matched="40", **SHOWN),
    "FOUND_GONE": lambda r, o: r.say(events.not_found, o),
    "CANCEL_DONE": lambda r, o: r.say(events.canceled, o),
    "CANCEL_OWED": lambda r, o: r.say(events.canceled, o, matched=more_than_filled(r, o)),
    "EXPIRE_DONE": lambda r, o: r.say(events.canceled, o, "EXPIRED"),
    "NOT_CANCELED": lambda r, o: r.say(events.cancel_refused, o, "MATCHED_OR_GONE"),
    "CANCEL_LATER": lambda r, o: r.say(events.cancel_refused, o, "LATER"),
    "CANCEL_LOST": lambda r, o: r.say(events.cancel_unknown, o),
    "FILL_PART": lambda r, o: fill(r, o, "40"),
    "FILL_LAST": lambda r, o: fill(r, o, "100"),
    "FILL_REST": lambda r, o: fill(r, o, "40"),
    "REVERSED": lambda r, o: failed(r, o),  # noqa: PLW0108  defined below
    "RESOLVED": lambda r, o: r.say(events.resolved, 0, payout="1"),
    "RESTARTED": lambda r, o: r.say(events.restarted),
    "SEND": lambda r, o: r.say(events.submit, o, 0, "BUY", price="0.40", size="100"),
    "RELEASE": lambda r, o: r.say(events.cancel_accepted, o - 1),
    "DROP": lambda r, o: r.say(events.cancel, o),
}


def fill(rig: Rig, order: int, size: str, **fields: Any) -> list[Effect]:
    if "trade" not in fields:
        rig.last_trade += 1
    given = {"trade": rig.last_trade, "price": "0.40"} | fields
    return rig.say(events.trade, order, 0, "BUY", size=size, **given)


def failed(rig: Rig, order: int) -> list[Effect]:
    """The last trade failed in settlement."""
    seen = rig.view.order(order)
    size = "100" if seen is not None and seen.state == OrderState.FILLED else "40"
    return fill(rig, order, size, status="FAILED", trade=rig.last_trade)


# ---- Cells that need more than "state, then event"


def replace(rig: Rig, order: int) -> list[Effect]:
    return rig.say(events.replace, order, 0, "BUY", price="0.40", size="100", replaces=1)


def first_a_live_one(rig: Rig) -> int:
    bring(rig, "LIVE")
    return NOBODY


def looked_up(rig: Rig) -> int:
    """LIVE with a QUERY in flight."""
    order = bring(rig, "UNKNOWN")
    rig.say(events.cancel_refused, order, "MATCHED_OR_GONE")
    rig.say(events.placed, order, 0, "BUY", **SHOWN)
    return order


def owed(rig: Rig) -> int:
    """LIVE, cancelled at the venue, with 40 matched of which no trade came."""
    order = bring(rig, "LIVE")
    rig.say(events.canceled, order, matched="40")
    return order


def owed_and_lost(rig: Rig) -> int:
    order = owed(rig)
    rig.later(60 * S)
    return order


def owed_and_delayed(rig: Rig) -> int:
    order = owed_and_lost(rig)
    rig.say(events.accepted, order, "DELAYED")
    return order


def nearly_filled(rig: Rig) -> int:
    order = bring(rig, "LIVE")
    rig.trade(order, "99.995")
    return order


def nearly_filled_of_40(rig: Rig) -> int:
    """LIVE, cancelled but for 40, of which 39.995 are booked: 0.005 is no more than dust."""
    order = owed(rig)
    rig.trade(order, "39.985")
    return order


def filled_once(state: str) -> Callable[[Rig], int]:
    """An order with a booked trade of 40 (all of it when FILLED) in this state."""

    def make(rig: Rig) -> int:
        order = bring(rig, "REJECTED" if state == "REJECTED" else "LIVE")
        rig.trade(order, "100" if state == "FILLED" else "40")
        if state in ("DELAYED", "UNKNOWN"):
            rig.say(events.rejected, order, "OTHER")
        if state == "DELAYED":
            rig.say(events.accepted, order, "DELAYED")
        elif state in ("CANCELED", "EXPIRED"):
            rig.say(events.canceled, order, "USER" if state == "CANCELED" else "EXPIRED")
        return order

    return make


def failed_once(state: str) -> Callable[[Rig], int]:
    def make(rig: Rig) -> int:
        order = filled_once(state)(rig)
        failed(rig, order)
        return order

    return make


def foreign_fill(state: str) -> Callable[[Rig], int]:
    def make(rig: Rig) -> int:
        order = bring(rig, state)
        rig.trade(order, "40")
        return order

    return make


def looked_for(rig: Rig) -> int:
    """UNKNOWN, its cancel sent, one empty look short of being presumed dead."""
    order = bring(rig, "UNKNOWN")
    rig.say(events.cancel_refused, order, "MATCHED_OR_GONE")
    for pause in (10, 30):  # the request's deadline, then looks over the next 60 s
        rig.later(pause * S)
        rig.say(events.not_found, order)
    rig.later(30 * S)
    return order


def found_open(rig: Rig, order: int) -> list[Effect]:
    return rig.say(events.found, order, 0, "BUY", **SHOWN)


def matched_dust(rig: Rig, order: int) -> list[Effect]:
    return rig.say(events.matched, order, 0, "BUY", matched="100", **SHOWN)


SPECIAL: Final[dict[Cellname, tuple[Callable[[Rig], int], Act | None]]] = {
    ("SEND", "NONE"): (lambda r: 1, None),
    ("QUEUE", "NONE"): (first_a_live_one, replace),
    ("FOUND_GONE", "LIVE"): (looked_up, None),
    ("FOUND_GONE", "DELAYED"): (lambda r: bring(r, "DELAYED"), reconcile_without),
    ("FILL_REST", "LIVE"): (owed, None),
    ("FILL_REST", "UNKNOWN"): (owed_and_lost, None),
    ("FILL_REST", "DELAYED"): (owed_and_delayed, None),
    ("DONE_FILLED", "LIVE"): (nearly_filled, matched_dust),
    ("DONE_REST", "LIVE"): (nearly_filled_of_40, lambda r, o: fill(r, o, "0.01")),
    ("RISEN", "REJECTED"): (
        lambda r: bring(r, "REJECTED"),
        lambda r, o: r.say(events.placed, o, 0, "BUY", **SHOWN),
    ),
    ("PRESUME_DEAD", "UNKNOWN"): (looked_for, lambda r, o: r.say(events.not_found, o)),
    ("OVERDUE", "LIVE"): (owed, lambda r, o: r.later(60 * S)),
    ("OVERDUE", "DELAYED"): (lambda r: bring(r, "DELAYED"), lambda r, o: r.later(60 * S)),
    **{("RISEN", s): (failed_once(s), found_open) for s in ("FILLED", "CANCELED", "EXPIRED")},
    **{("REVERSED", s): (foreign_fill(s), None) for s in ("NONE", "QUEUED")},
    **{("REVERSED", s): (filled_once(s), None) for s in ("DELAYED", "LIVE", "UNKNOWN", *ENDED)},
}


# ---- Cells that nobody can reach from outside

_FAULTS: Final = {
    "SEND": "an intent's id must be new: it meets no order",
    "QUEUE": "an intent's id must be new: it meets no order",
    "RELEASE": "given to an heir that is QUEUED, when its predecessor ends",
    "DROP": "given to an order that is QUEUED",
    "DONE_FILLED": "asked after a word of the venue, of an order that is LIVE and done",
    "DONE_REST": "asked after a word of the venue, of an order that is LIVE and done",
    "RISEN": "asked of ended orders: an open one cannot rise",
    "PRESUME_DEAD": "asked of an UNKNOWN order when an empty look is answered",
    "OVERDUE": "the sweep asks LIVE and DELAYED orders; other states await nothing",
}
_SLOT: Final = "given to every order that holds a slot, and to no other"
_OVER: Final = "a further fill of a FILLED order is FILL_PART: it has no leaves to be the last of"
_LATE: Final = "a late fill takes from what was cancelled: it is FILL_LAST or FILL_PART"
UNREACHABLE: Final[dict[Cellname, str]] = {
    **{
        (name, state): _FAULTS[name]
        for name, row in ORDER.cells.items()
        for state, cell in row.items()
        if cell.verdict == "FAULT"
    },
    **{(n, s): _SLOT for n in ("RESOLVED", "RESTARTED") for s in ("NONE", *ENDED)},
    ("FILL_LAST", "FILLED"): _OVER,
    ("FILL_REST", "FILLED"): _OVER,
    **{("FILL_REST", s): _LATE for s in ("CANCELED", "REJECTED", "EXPIRED")},
    ("FILL_REST", "SENT"): "nothing of a SENT order was ever cancelled",
    ("FOUND_GONE", "SENT"): "its SUBMIT is in flight, so no QUERY; a read misses LIVE and DELAYED",
    ("REVERSED", "SENT"): "a fill moves SENT on, and nothing leads back to it",
}

# ---- What an action must leave behind: (order before, order after, effects) -> bool

Sign = Callable[[Any, Any, list[Effect]], bool]


def has_alert(alert: Alert) -> Sign:
    return lambda _b, _a, effects: alert in alerts(effects)


def adopted(before: Any, after: Any, effects: list[Effect]) -> bool:
    """A stranger is FOREIGN, holds what it needs and, unless configured, is not cancelled."""
    told = alerts(effects) == [Alert.FOREIGN_ORDER] and not of_kind(effects, EffectKind.CANCEL)
    return told and after.origin == Origin.FOREIGN and after.reserved > 0 and after.leaves > 0


def rises(before: Any, after: Any, effects: list[Effect]) -> bool:
    """One of ours held dead: reserved again, cancelled at once, alerted."""
    canceled = [e.order_id for e in of_kind(effects, EffectKind.CANCEL)]
    return alerts(effects) == [Alert.RISEN] and canceled == [after.order_id] and after.reserved > 0


def owes(before: Any, after: Any, effects: list[Effect]) -> bool:
    return bool(after.done) and after.leaves == 40 * SHARE - after.filled and after.reserved > 0


SIGNS: Final[dict[str, Sign]] = {
    "submit": lambda b, a, e: len(of_kind(e, EffectKind.SUBMIT)) == 1 and a.request == 1,
    "queue": lambda b, a, e: not of_kind(e, EffectKind.SUBMIT) and a.reserved == 0,
    "finish": lambda b, a, e: a.leaves == 0 and a.reserved == 0,
    "accept": lambda b, a, e: a.leaves == b.leaves and a.reserved == b.reserved,
    "matched": lambda b, a, e: a.leaves == b.leaves and a.filled == b.filled,
    "lose": has_alert(Alert.ORDER_UNKNOWN),
    "adopt": adopted,
    "rise": rises,
    "owe": owes,
    "want_cancel": lambda b, a, e: a.cancel_wanted and not of_kind(e, EffectKind.CANCEL),
    "book_foreign": has_alert(Alert.FOREIGN_FILL),
    "fill": lambda b, a, e: a.filled > b.filled and a.leaves < b.leaves,
    "fill_over": lambda b, a, e: a.filled - b.filled == a.overfill - b.overfill > 0,
    "fill_late": lambda b, a, e: a.filled > b.filled and a.canceled < b.canceled,
    "reverse": lambda b, a, e: (
        b is None
        or a.state == OrderState.QUEUED
        or (a.reversed > 0 and a.filled == b.filled and a.leaves == b.leaves)
    ),
    "requeue": lambda b, a, e: a.leaves == b.leaves and a.reserved == b.reserved,
}


def order_cell(name: str, state: str) -> Outcome:
    rig = Rig().trading()
    if (name, state) in SPECIAL:
        make, act = SPECIAL[name, state]
        order = make(rig)
    else:
        act, order = None, bring(rig, state)
    say = act or INPUTS[name]

    def seen() -> Any:
        return rig.view.order(order)

    def look() -> tuple[str, Any]:
        found = seen()
        money = (rig.view.cash, rig.view.token(0), rig.view.token(1))
        if found is None:
            return "NONE", money
        return OrderState(found.state).name, (
            found._replace(request=0, cancel_wanted=False),
            money,
        )

    before = seen()
    assert look()[0] == state
    out = watch(rig, look, lambda: say(rig, order))
    action = ORDER.cells[name][state].action
    sign = action == "none" or SIGNS[action](before, seen(), out.effects)
    assert rig.engine.check() == 0
    return out._replace(sign=sign)


ORDER_PLAN: Final = Plan(
    order_cell,
    UNREACHABLE,
    uncounted=frozenset({("RESOLVED", "UNKNOWN")}),
)
