"""Every refusal, and which of two that apply is answered: the lower one (rules.md, 1).

Records: each kind has a good record (taken), and each thing that its row in reference.md checks
can be made wrong, alone and in pairs. The guard: the conditions of support_refusals.py, alone and
in pairs. Words about orders and trades, and conversions, are said one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any, Final

import pytest

from clobstep import events
from clobstep.enums import MAX_SIZE, MAX_TIME_NS, NO_TOKEN, PIPS, EffectKind, EventKind, Refusal
from clobstep.schema import EVENTS
from core.support import Rig, S, of_kind, refused
from core.support_refusals import CONDITIONS, Condition, compatible, refusal_under

R = Refusal
K = EventKind
HOUR: Final = 3600 * S
NEEDS: Final = {EventKind(value): needs for _, value, needs, *_ in EVENTS}
CODES: Final = {EventKind(value): code for _, value, _, code, _, _ in EVENTS}
PAIRS: Final = [(a, b) for a, b in combinations(CONDITIONS, 2) if compatible(a, b)]
Fields = dict[str, int]
Wrong = tuple[Refusal, Fields]

GOOD: Final[dict[EventKind, Fields]] = {
    K.BOOK_SNAPSHOT: {"code": 1, "flags": 1},
    K.TICK_CHANGE: {"price_pips": 10},
    K.MARKET: {"price_pips": 100, "amount": 70_000, "flags": 1},
    K.CLUSTER: {"order_id": 7},
    K.ACCEPTED: {"flags": 1},
    K.CANCELED: {"flags": 1},
    K.CANCEL_ACCEPTED: {"flags": 1},
    K.TRADE: {"ref": 5, "code": 1},
    K.INTENT_SUBMIT: {"order_id": 9, "size": 100_000_000, "amount": 0},
    K.INTENT_REPLACE: {"order_id": 9, "ref": 1, "size": 100_000_000, "amount": 0},
    K.RETIRE: {"token": 6},
    K.OPERATOR: {"code": 3},
}
"""What differs from the fields of `good`, a kind."""


def good(rig: Rig, kind: EventKind) -> Fields:
    """A record of this kind that the rig takes."""
    fields = {"time_ns": rig.now, "token": 0, "price_pips": 4000, "bid_pips": 4800, "side": 0}
    fields |= {"ask_pips": 5200, "size": 1_000_000, "amount": 1_000_000, "order_id": 1}
    return fields | GOOD.get(kind, {})


def rig_for(kind: EventKind) -> Rig:
    """One LIVE order in market 0, nothing of ours in the last one; STARTING for OPENING."""
    rig = Rig()
    if kind is K.OPENING:
        rig.say(events.timer)  # before the first event there is no time to be ahead of
    else:
        rig.trading()
        order = rig.submit()
        rig.say(events.accepted, order)
    for token in (6, 7):
        held = rig.view.token(token).settled
        if held:
            rig.say(events.withdrawal, token=token, size=str(held // 1_000_000))
    if kind is K.RECONCILED:
        rig.say(events.reconcile_begun)
    if kind is K.INTENT_REDEEM:
        rig.say(events.resolved, 0, payout="1")
    return rig


def wrongs(kind: EventKind, fields: Fields) -> Iterator[Wrong]:
    """Everything that the kind's row lets be wrong with its good record."""
    needs = NEEDS[kind]
    far = fields["time_ns"] + HOUR + 1
    yield R.UNKNOWN_KIND, {"kind": 200}
    yield R.BAD_TIME, {"time_ns": -1}
    yield R.BAD_TIME, {"time_ns": MAX_TIME_NS}
    if kind is not K.RESTARTED:  # nobody knows how long we were away
        yield R.TIME_JUMP, {"time_ns": far}
    if "T" in needs or "C" in needs:
        yield R.BAD_TOKEN, {"token": 8}
        yield R.OLD_GENERATION, {"generation": 1}
    if "T" in needs:
        yield R.BAD_TOKEN, {"token": NO_TOKEN}
    if "S" in needs:
        yield R.BAD_SIDE, {"side": 2}
    if "P" in needs:
        yield R.BAD_PRICE, {"price_pips": PIPS + 1}
        yield R.BAD_PRICE, {"price_pips": -1}
    if "B" in needs:
        yield R.BAD_PRICE, {"ask_pips": PIPS + 1}
    if "Z" in needs or "k" in needs or "+" in needs:
        yield R.BAD_SIZE, {"size": -1}
        yield R.BAD_SIZE, {"size": MAX_SIZE + 1}
    if "+" in needs:
        yield R.BAD_SIZE, {"size": 0}
    if "A" in needs:
        yield R.BAD_SIZE, {"amount": -1}
        yield R.BAD_SIZE, {"amount": MAX_SIZE + 1}
    if CODES[kind]:
        yield R.BAD_CODE, {"code": 200}
    yield R.BAD_FLAGS, {"flags": fields.get("flags", 0) | 128}
    if "O" in needs:
        yield R.BAD_ID, {"order_id": 0}
    if "K" in needs:
        yield R.BAD_ID, {"ref": 0}
    yield from own_wrongs(kind, fields)


def own_wrongs(kind: EventKind, fields: Fields) -> Iterator[Wrong]:
    """What a kind checks beyond its row."""
    if kind is K.BOOK_DELTA:
        yield R.BAD_PRICE, {"flags": 2, "bid_pips": -1}
    elif kind is K.BOOK_SNAPSHOT:
        yield R.BAD_PRICE, {"price_pips": PIPS + 1}
        yield R.BAD_SIZE, {"size": -1}
        yield R.BAD_CODE, {"code": 4}
        yield R.NO_SNAPSHOT_OPEN, {"flags": 0}
    elif kind in (K.MARKET, K.TICK_CHANGE):
        yield R.BAD_PRICE, {"price_pips": 7}
    elif kind is K.CLUSTER:
        yield R.BAD_ID, {"order_id": 0}
    elif kind is K.TRADE:
        yield R.BAD_FLAGS, {"flags": 3}
        yield R.BAD_FLAGS, {"flags": 12}
    elif kind is K.OPERATOR:
        yield R.BAD_TOKEN, {"token": NO_TOKEN, "code": 5}
    elif kind in (K.OPENING, K.DEPOSIT, K.WITHDRAWAL, K.BALANCE, K.ADJUSTMENT):
        yield R.BAD_SIZE, {"size": MAX_SIZE + 1}
    if kind is K.MARKET:
        yield R.BAD_SIZE, {"amount": 1_000_001}
        yield R.BAD_SIZE, {"ref": MAX_TIME_NS + 1}
    if kind in (K.VENUE, K.CANCEL_REFUSED):
        yield R.BAD_SIZE, {"amount": -1}
        yield R.BAD_SIZE, {"amount": MAX_TIME_NS}
    if "O" in NEEDS[kind] and "T" not in NEEDS[kind]:
        yield R.ORDER_UNKNOWN, {"order_id": 999}


def answer(rig: Rig, kind: EventKind, fields: Fields) -> Refusal:
    told = dict(fields)
    time_ns, number = told.pop("time_ns"), told.pop("kind", int(kind))
    return refused(rig.step(events.raw(number, at=0, **told | {"time_ns": time_ns})))


def pairs_of(kind: EventKind, fields: Fields) -> Iterator[tuple[Wrong, Wrong]]:
    """Two things wrong with different fields (or, of flags and code, both at once)."""
    for one, two in combinations(list(wrongs(kind, fields)), 2):
        if one[0] is not two[0] and not one[1].keys() & two[1].keys():
            yield one, two


@pytest.mark.parametrize("kind", EventKind, ids=lambda k: k.name)
def test_good_record_is_not_refused(kind: EventKind) -> None:
    rig = rig_for(kind)
    assert answer(rig, kind, good(rig, kind)) is R.NONE


@pytest.mark.parametrize("kind", EventKind, ids=lambda k: k.name)
def test_what_is_wrong_with_a_record_is_named(kind: EventKind) -> None:
    rig = rig_for(kind)
    fields = good(rig, kind)
    for wanted, change in wrongs(kind, fields):
        effects = rig.view.counters()["refused"]
        assert answer(rig, kind, fields | change) is wanted, change
        assert rig.view.counters()["refused"] == effects + 1


@pytest.mark.parametrize("kind", EventKind, ids=lambda k: k.name)
def test_of_two_wrongs_the_lower_is_named(kind: EventKind) -> None:
    rig = rig_for(kind)
    fields = good(rig, kind)
    n = 0
    for one, two in pairs_of(kind, fields):
        n += 1
        assert answer(rig, kind, fields | one[1] | two[1]) is min(one[0], two[0]), (one, two)
    assert n >= 5


def test_a_time_may_be_wrong_in_two_ways() -> None:
    """At MAX_TIME_NS it is out of range and too far ahead: BAD_TIME is the lower."""
    rig = rig_for(K.TIMER)
    assert answer(rig, K.TIMER, {"time_ns": MAX_TIME_NS - 1}) is R.TIME_JUMP
    assert answer(rig, K.TIMER, {"time_ns": MAX_TIME_NS}) is R.BAD_TIME
    assert answer(rig, K.TIMER, {"time_ns": rig.now + HOUR}) is R.NONE


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda c: c.refusal.name)
def test_guard_refuses(condition: Condition) -> None:
    assert refusal_under(condition) is condition.refusal


@pytest.mark.parametrize("first", CONDITIONS, ids=lambda c: c.refusal.name)
def test_of_two_conditions_the_lower_is_named(first: Condition) -> None:
    mine = [(a, b) for a, b in PAIRS if a is first]
    answers = {b.refusal.name: refusal_under(a, b).name for a, b in mine}
    assert answers == {b.refusal.name: min(a.refusal, b.refusal).name for a, b in mine}


def test_there_are_enough_pairs() -> None:
    """Each condition stands in many, and those that are next to each other are there."""
    assert len(PAIRS) >= 900
    for condition in CONDITIONS:
        assert sum(condition in pair for pair in PAIRS) >= 20, condition.refusal.name
    assert [c.refusal for c in CONDITIONS] == sorted(c.refusal for c in CONDITIONS)


def test_every_refusal_is_provoked_in_this_file() -> None:
    by_record = {w for kind in EventKind for w, _ in wrongs(kind, good(Rig(), kind))}
    by_guard = {condition.refusal for condition in CONDITIONS}
    by_hand = {R.STALE_FACT, R.ILLEGAL, R.CONVERSION_BUSY, R.REPLACE_FILLED, R.CANCEL_ASKED}
    assert by_record | by_guard | by_hand == set(Refusal) - {R.NONE}


# ---- Words about orders and trades, and conversions


def test_a_trade_below_the_watermark_is_stale_and_not_booked() -> None:
    rig = Rig().trading()
    cash, tokens = rig.view.cash, rig.view.token(0)
    old = {"token": 0, "order_id": 1, "ref": 5, "size": 100, "price_pips": 4000, "code": 1}
    old["venue_time_ns"] = rig.view.watermark_ns - 1
    assert answer(rig, K.TRADE, old | {"time_ns": rig.now}) is R.STALE_FACT
    assert answer(rig, K.TRADE, old | {"time_ns": rig.now, "flags": 3}) is R.BAD_FLAGS
    assert answer(rig, K.TRADE, old | {"time_ns": rig.now, "ref": 0}) is R.BAD_ID
    assert (rig.view.cash, rig.view.token(0)) == (cash, tokens)
    at = old | {"time_ns": rig.now, "venue_time_ns": rig.view.watermark_ns}
    assert answer(rig, K.TRADE, at) is R.NONE


def queued(rig: Rig) -> int:
    order = rig.submit()
    rig.say(events.accepted, order)
    rig.say(events.replace, order + 1, 0, "BUY", replaces=order, price="0.41", size="100")
    return order + 1


@pytest.mark.parametrize("kind", [K.ACCEPTED, K.REJECTED, K.CANCELED, K.CANCEL_REFUSED, K.FOUND])
def test_a_word_about_an_order_that_was_never_sent_is_illegal(kind: EventKind) -> None:
    rig = Rig().trading()
    fields = good(rig, kind) | {"order_id": queued(rig), "amount": 100}
    assert answer(rig, kind, fields) is R.ILLEGAL
    for wanted, change in wrongs(kind, fields):
        if not change.keys() & {"order_id", "kind"}:
            assert answer(rig, kind, fields | change) is min(wanted, R.ILLEGAL), change


ILLEGAL: Final[dict[str, tuple[EventKind, Fields]]] = {
    "opening balance once trading": (K.OPENING, {"token": NO_TOKEN, "amount": 1}),
    "end of a read while starting": (K.RECONCILED, {}),
    "begin of a read while halted": (K.RECONCILE_BEGUN, {}),
    "resume while starting": (K.OPERATOR, {"code": 1, "token": NO_TOKEN}),
    "slot given away with shares in it": (K.RETIRE, {"token": 0}),
    "redeem before the resolution": (K.INTENT_REDEEM, {"size": 1}),
}


@pytest.mark.parametrize("name", ILLEGAL)
def test_illegal(name: str) -> None:
    kind, fields = ILLEGAL[name]
    rig = Rig()
    if "starting" not in name:
        rig.trading()
    if "halted" in name:
        rig.say(events.operator, "HALT")
    assert answer(rig, kind, fields | {"time_ns": rig.now}) is R.ILLEGAL
    assert answer(rig, kind, fields | {"time_ns": rig.now, "flags": 128}) is R.BAD_FLAGS


def test_unknown_orders() -> None:
    rig = Rig().trading()
    assert refused(rig.say(events.cancel, 77)) is R.ORDER_UNKNOWN
    for status in ("MATCHED", "CANCELED", "EXPIRED"):
        shown = {"price": "0.40", "original": "10", "status": status}
        assert refused(rig.say(events.found, 77, 0, "BUY", **shown)) is R.ORDER_UNKNOWN
    shown = {"price": "0.40", "original": "0"}
    assert refused(rig.say(events.placed, 77, 0, "BUY", **shown)) is R.BAD_SIZE
    assert refused(rig.say(events.tick_change, 0, tick="0.1")) is R.NONE
    assert refused(Rig().say(events.tick_change, 0, tick="0.1")) is R.MARKET_UNKNOWN


CONVERT: Final[dict[Refusal, Any]] = {  # in order; each holds together with all the others
    R.ILLEGAL: None,  # a redeem; the market is not resolved
    R.HALTED: lambda rig: rig.say(events.operator, "HALT"),
    R.NEG_RISK_HOLD: lambda rig: rig.metadata(0, neg_risk=True),
    R.INSUFFICIENT_TOKENS: lambda rig: rig.say(events.withdrawal, token=0, size="500"),
    R.CONVERSION_BUSY: lambda rig: rig.say(events.intent_split, 0, size="5"),
}


@pytest.mark.parametrize("first, second", list(combinations(CONVERT, 2)), ids=lambda r: r.name)
def test_of_two_reasons_against_a_conversion_the_lower_is_named(
    first: Refusal, second: Refusal
) -> None:
    rig = Rig().trading()
    for reason in sorted({first, second}, reverse=True):
        if CONVERT[reason]:
            CONVERT[reason](rig)
    build = events.intent_redeem if first is R.ILLEGAL else events.intent_merge
    assert refused(rig.say(build, 0, size="10")) is min(first, second)


@pytest.mark.parametrize(
    "state, refusal", [("STARTING", R.STARTING), ("RECONCILING", R.RECONCILING)]
)
def test_no_conversion_before_the_account_is_read(state: str, refusal: Refusal) -> None:
    rig = Rig()
    rig.say(events.opening, cash="100")
    rig.metadata(0)
    rig.book(0)
    if state == "RECONCILING":
        rig.say(events.reconcile_begun)
    assert refused(rig.say(events.intent_split, 0, size="1000")) is refusal
    rig.reconcile()
    assert refused(rig.say(events.intent_split, 0, size="1000")) is R.INSUFFICIENT_CASH
    assert refused(rig.say(events.intent_merge, 0, size="1000")) is R.INSUFFICIENT_TOKENS


def test_dropped_orders_say_why() -> None:
    """REPLACE_FILLED, CANCEL_ASKED and the guard's second look go with the ORDER effect."""
    rig = Rig().trading()
    order = queued(rig)
    effects = rig.say(events.cancel, order)
    assert [e.flags for e in of_kind(effects, EffectKind.ORDER)] == [R.CANCEL_ASKED]
    rig = Rig().trading()
    order = queued(rig)
    sold = {"trade": 1, "price": "0.40", "size": "100"}
    effects = rig.say(events.trade, order - 1, 0, "BUY", **sold)
    drops = {e.order_id: e.flags for e in of_kind(effects, EffectKind.ORDER)}
    assert drops == {order - 1: 0, order: R.REPLACE_FILLED}
    for reason, stop in (
        (R.HALTED, events.operator("HALT", at=rig.now)),
        (R.HEARTBEAT_LOST, events.heartbeat("LOST_BEAT", at=rig.now)),
        (R.FEED_NOT_SYNCED, events.feed("GAP", token=0, at=rig.now)),
    ):
        rig = Rig().trading()
        order = queued(rig)
        rig.step(stop)
        effects = rig.say(events.canceled, order - 1)
        drops = {e.order_id: e.flags for e in of_kind(effects, EffectKind.ORDER)}
        assert drops == {order - 1: 0, order: reason}
