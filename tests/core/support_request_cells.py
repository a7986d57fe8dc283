"""The cells of the request machine: at most one request of an order is in flight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from clobstep import events
from clobstep.effects import Effect
from clobstep.enums import EffectKind, RequestState
from core.support import Rig, S, of_kind
from core.support_cells import Cellname, Outcome, Plan, watch

Make = Callable[[Rig], int]
Act = Callable[[Rig, int], list[Effect]]


def idle(rig: Rig) -> int:
    """A LIVE order."""
    order = rig.submit()
    rig.say(events.accepted, order)
    return order


def canceling(rig: Rig) -> int:
    order = idle(rig)
    rig.say(events.cancel, order)
    return order


def canceled_a_while_ago(rig: Rig) -> int:
    """As `canceling`, and the next cancel may go (cancel_retry_ns)."""
    order = canceling(rig)
    rig.later(2 * S)
    return order


def looking(rig: Rig) -> int:
    """An UNKNOWN order whose cancel was answered: the look is out."""
    order = canceling(rig)
    rig.say(events.cancel_refused, order, "MATCHED_OR_GONE")
    return order


def looking_uncanceled(rig: Rig) -> int:
    """An UNKNOWN order that was looked up while the venue took no cancels."""
    order = rig.submit()
    rig.say(events.venue, "DISABLED", lasts="1h")
    rig.say(events.submit_unknown, order)
    return order


def waiting_to_look(rig: Rig) -> int:
    """UNKNOWN, IDLE, the next look 20 s away."""
    order = looking(rig)
    rig.say(events.not_found, order)
    return order


def found_while_looking(rig: Rig) -> int:
    """LIVE, with a look in flight."""
    order = looking(rig)
    rig.say(events.placed, order, 0, "BUY", price="0.40", original="100")
    return order


BRING: Final[dict[str, Make]] = {
    "IDLE": idle, "SUBMIT": lambda r: r.submit(), "CANCEL": canceling, "QUERY": looking,
}  # fmt: skip
INPUTS: Final[dict[str, Act]] = {
    "ASK_CANCEL": lambda r, o: r.say(events.cancel, o),
    "SUBMIT_ANSWERED": lambda r, o: r.say(events.accepted, o),
    "CANCEL_ANSWERED": lambda r, o: r.say(events.cancel_refused, o, "LATER"),
    "QUERY_ANSWERED": lambda r, o: r.say(events.not_found, o),
    "TIMED_OUT": lambda r, o: r.later(10 * S),
    "FINISHED": lambda r, o: r.say(events.canceled, o),
    "RESTARTED": lambda r, o: r.say(events.restarted),
}
SPECIAL: Final[dict[Cellname, tuple[Make, Act]]] = {
    ("SEND", "IDLE"): (
        lambda r: 1,
        lambda r, o: r.say(events.submit, o, 0, "BUY", price="0.40", size="100"),
    ),
    ("ASK_CANCEL", "QUERY"): (looking_uncanceled, INPUTS["ASK_CANCEL"]),
    ("RESTARTED", "CANCEL"): (canceled_a_while_ago, INPUTS["RESTARTED"]),
    ("ASK_QUERY", "IDLE"): (waiting_to_look, lambda r, o: r.later(20 * S)),
    ("ASK_QUERY", "SUBMIT"): (
        lambda r: r.submit(),
        lambda r, o: r.say(events.resolved, 0, payout="0"),
    ),
    ("ASK_QUERY", "CANCEL"): (canceling, lambda r, o: r.say(events.rejected, o, "OTHER")),
    ("ASK_QUERY", "QUERY"): (found_while_looking, lambda r, o: r.say(events.cancel_unknown, o)),
}  # fmt: skip
SERVED: Final = {
    ("TIMED_OUT", "SUBMIT"): "CANCEL",  # UNKNOWN: cancelled by its hash
    ("TIMED_OUT", "CANCEL"): "CANCEL",  # UNKNOWN: cancelled by its hash
    ("TIMED_OUT", "QUERY"): "QUERY",  # the look goes again
    ("RESTARTED", "SUBMIT"): "CANCEL",
    ("RESTARTED", "CANCEL"): "CANCEL",  # it is still wanted
    ("RESTARTED", "QUERY"): "QUERY",
}
"""What goes out at once when a request is over and something else is wanted."""
SENT_BY: Final = {"CANCEL": EffectKind.CANCEL, "QUERY": EffectKind.QUERY, "IDLE": None}
UNREACHABLE: Final[dict[Cellname, str]] = {
    **{
        ("SEND", s): "only a new or a QUEUED order is sent, and neither has a request"
        for s in ("SUBMIT", "CANCEL", "QUERY")
    },
    ("TIMED_OUT", "IDLE"): "no request, no deadline of one",
}


def request_cell(name: str, state: str) -> Outcome:
    """`state` of the outcome is the request after the input, before anything else is served."""
    rig = Rig().trading()
    make, act = SPECIAL.get((name, state)) or (BRING[state], INPUTS[name])
    order = make(rig)

    def look() -> tuple[str, Any]:
        seen = rig.view.order(order)
        request = 0 if seen is None else seen.request
        return RequestState(request).name, request

    assert look()[0] == state
    out = watch(rig, look, lambda: act(rig, order))
    goes = [e for e in out.effects if e.kind in (EffectKind.CANCEL, EffectKind.QUERY)]
    served = SERVED.get((name, state))
    if served is not None:
        assert out.state == served
        return out._replace(state="IDLE", sign=[e.kind for e in goes] == [SENT_BY[served]])
    wanted = [SENT_BY[out.state]] if name in ("ASK_CANCEL", "ASK_QUERY") and state == "IDLE" else []
    sign = [e.kind for e in goes] == wanted
    if name == "SEND":
        sign = sign and len(of_kind(out.effects, EffectKind.SUBMIT)) == 1
    return out._replace(sign=sign and still_wanted(rig, order, name, state))


def still_wanted(rig: Rig, order: int, name: str, state: str) -> bool:
    """What was asked for behind another request goes out when that one is over."""
    if (name, state) not in (
        ("ASK_CANCEL", "SUBMIT"), ("ASK_CANCEL", "QUERY"), ("ASK_QUERY", "SUBMIT"),
        ("ASK_QUERY", "CANCEL"),
    ):  # fmt: skip
        return True
    if state == "SUBMIT":
        effects = rig.say(events.submit_unknown, order)
    elif state == "CANCEL":
        effects = rig.say(events.cancel_unknown, order)
    else:
        effects = rig.say(events.venue, "NORMAL") + rig.say(events.not_found, order)
    if (name, state) == ("ASK_QUERY", "SUBMIT"):  # the cancel by hash goes before the look
        effects = rig.say(events.cancel_unknown, order)
    kind = EffectKind.CANCEL if name == "ASK_CANCEL" else EffectKind.QUERY
    return len(of_kind(effects, kind)) == 1


REQUEST_PLAN: Final = Plan(request_cell, UNREACHABLE)
