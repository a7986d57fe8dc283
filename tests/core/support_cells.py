"""What the tests of the transition tables share: an outcome, and the cells of the small machines.

Each machine has a `Plan`: how a state is reached from outside, which events mean an input there,
and which cells nobody can reach from outside, each with the reason. test_cells.py checks that a
plan leaves no cell out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

from clobstep import events
from clobstep.effects import Effect
from clobstep.enums import EffectKind, Refusal, SessionState, VenueState
from core.support import Rig, S, of_kind, refused

Cellname: TypeAlias = tuple[str, str]
"""(input, state)."""


class Outcome(NamedTuple):
    """What an input did, as far as it can be seen from outside."""

    state: str
    refused: bool
    ignored: int
    changed: bool  # whether anything that the machine owns looks different
    effects: list[Effect]
    sign: bool = True  # whether the action left the sign that it must leave


class Plan(NamedTuple):
    """How to exercise a machine."""

    run: Callable[[str, str], Outcome]
    unreachable: dict[Cellname, str]
    uncounted: frozenset[Cellname] = frozenset()  # duplicates within an event that is taken


def watch(
    rig: Rig, look: Callable[[], tuple[str, Any]], act: Callable[[], list[Effect]]
) -> Outcome:
    """Run `act` and compare what `look` sees: (state's name, everything the machine owns)."""
    _, before = look()
    ignored = rig.view.counters()["ignored"]
    effects = act()
    state, after = look()
    ignored = rig.view.counters()["ignored"] - ignored
    return Outcome(state, refused(effects) is not Refusal.NONE, ignored, before != after, effects)


# ---- Venue

VENUE_SAID: Final = {
    "SEEN_NORMAL": "NORMAL", "SEEN_POST_ONLY": "POST_ONLY", "SEEN_CANCEL_ONLY": "CANCEL_ONLY",
    "SEEN_DISABLED": "DISABLED", "SEEN_RESTARTING": "RESTARTING",
}  # fmt: skip


def venue_cell(name: str, state: str) -> Outcome:
    rig = Rig().trading()
    if state != "NORMAL":
        rig.say(events.venue, state)
    assert rig.view.venue == VenueState[state]

    def act() -> list[Effect]:
        if name == "TIMED_OUT":  # the longer of the two pauses, post_only_ns
            return rig.later(120 * S if state == "POST_ONLY" else 30 * S)
        return rig.say(events.venue, VENUE_SAID[name])

    out = watch(rig, lambda: (VenueState(rig.view.venue).name, rig.view.venue), act)
    told = [e.aux for e in of_kind(out.effects, EffectKind.ALERT)]
    return out._replace(sign=told == ([rig.view.venue] if out.changed else []))


VENUE_PLAN: Final = Plan(
    venue_cell, {("TIMED_OUT", "NORMAL"): "NORMAL has no end: its time is looked at in no sweep"}
)

# ---- Session


def differ(rig: Rig) -> list[Effect]:
    """A read that has begun ends with a difference."""
    said = rig.say(events.balance, cash="1")
    return said + rig.say(events.reconciled, read_up_to=rig.now - 10 * S)


def session_rig(name: str, state: str) -> Rig:
    """In this state, with a read begun where one can be."""
    rig = Rig()
    if state in ("STARTING", "RECONCILING") or name == "RESUME_UNREAD":
        rig.say(events.opening, cash="100")
    else:
        rig.trading()
    if state == "DRAINING":
        rig.say(events.operator, "DRAIN")
    if state != "STARTING":
        rig.say(events.reconcile_begun)
    if name == "DIFFERS_AGAIN":
        differ(rig)
        rig.say(events.reconcile_begun)
    if state == "HALTED":
        rig.say(events.operator, "HALT")
    assert rig.view.session == SessionState[state]
    return rig


def session_cell(name: str, state: str) -> Outcome:
    rig = session_rig(name, state)
    order = rig.submit() if state == "TRADING" else 0  # after the read began: it misses nothing
    if order:
        rig.say(events.accepted, order)
    acts: dict[str, Callable[[], list[Effect]]] = {
        "RECONCILE_BEGUN": lambda: rig.say(events.reconcile_begun),
        "RECONCILED": lambda: rig.say(events.reconciled, read_up_to=rig.now - 10 * S),
        "DIFFERS": lambda: differ(rig),
        "DIFFERS_AGAIN": lambda: differ(rig),
        "DRAIN": lambda: rig.say(events.operator, "DRAIN"),
        "RESUME": lambda: rig.say(events.operator, "RESUME"),
        "RESUME_UNREAD": lambda: rig.say(events.operator, "RESUME"),
        "HALT": lambda: rig.say(events.operator, "HALT"),
        "RESTARTED": lambda: rig.say(events.restarted),
    }
    out = watch(rig, lambda: (SessionState(rig.view.session).name, rig.view.session), acts[name])
    canceled = [e.order_id for e in of_kind(out.effects, EffectKind.CANCEL)]
    halts = len(of_kind(out.effects, EffectKind.HALT))
    wanted = [order] if name == "DRAIN" and order else []
    return out._replace(
        sign=canceled == wanted and halts == (out.changed and out.state == "HALTED")
    )


_UNREAD: Final = "every way into RECONCILING forgets the last clean read, and it ends by one"
SESSION_PLAN: Final = Plan(
    session_cell,
    {
        ("DIFFERS_AGAIN", "STARTING"): "STARTING refuses the end of every read: there is no first",
        ("DIFFERS_AGAIN", "TRADING"): "the first one leaves TRADING, a clean read leads back",
        ("RESUME", "STARTING"): "STARTING was never reconciled: it is RESUME_UNREAD",
        ("RESUME", "RECONCILING"): _UNREAD,
        ("RESUME_UNREAD", "TRADING"): "TRADING is entered by a clean read only",
    },
)

# ---- Trade: the state of a key is not in the view; it shows in what each further word does

WORDS: Final = ("NOT_BROADCAST", "MATCHED", "MINED", "CONFIRMED", "RETRYING", "FAILED")


def word_of(rig: Rig, status: str) -> list[Effect]:
    return rig.say(events.trade, 1, 0, "BUY", trade=7, price="0.40", size="40", status=status)


def signature(rig: Rig) -> tuple[tuple[int, ...], ...]:
    """What each word would do now; every state has its own."""
    rows = []
    for status in WORDS:
        twin = rig.copy()
        before = twin.view.counters()
        effects = word_of(twin, status)
        after = twin.view.counters()
        names = ("ignored", "fills", "disputes", "reversals")
        settled = [e.code for e in of_kind(effects, EffectKind.SETTLED)]
        rows.append((*(after[n] - before[n] for n in names), *settled))
    return tuple(rows)


def trade_rig(state: str) -> Rig:
    rig = Rig().trading()
    rig.submit()
    rig.say(events.accepted, 1)
    if state != "NONE":
        word_of(rig, state)
    return rig


def trade_cell(name: str, state: str) -> Outcome:
    rig = trade_rig(state)
    known = {signature(trade_rig(s)): s for s in ("NONE", *WORDS)}
    assert len(known) == 7, "two states of a trade cannot be told apart"

    def look() -> tuple[str, Any]:
        accounts = (rig.view.cash, rig.view.token(0), rig.view.order(1), rig.view.market(0))
        return known[signature(rig)], (accounts, signature(rig))

    return watch(rig, look, lambda: word_of(rig, name))


TRADE_PLAN: Final = Plan(trade_cell, {})
