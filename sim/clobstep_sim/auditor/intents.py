"""What a strategy asks for: INTENT_*. docs/rules.md, 6 (Replace) and 7."""

from __future__ import annotations

from typing import Final

from . import breaker, guard, ledger, orders, reconcile
from .codes import Alert, EffectKind, EventKind, Flag, OrderInput, OrderState, Refusal
from .parts import Conversion
from .records import Record
from .state import Condition, Order, RefusedError, State

ORDER_ORIGIN: Final = int(Flag.ORDER_ORIGIN)
ORDER_POST_ONLY: Final = int(Flag.ORDER_POST_ONLY)
ORDER_OVERLAP: Final = int(Flag.ORDER_OVERLAP)
OPEN = (OrderState.SENT, OrderState.DELAYED, OrderState.LIVE, OrderState.UNKNOWN)
ASKS: Final[dict[int, EffectKind]] = {
    EventKind.INTENT_SPLIT: EffectKind.SPLIT,
    EventKind.INTENT_MERGE: EffectKind.MERGE,
    EventKind.INTENT_REDEEM: EffectKind.REDEEM,
}


def submit(st: State, e: Record) -> bool:
    """INTENT_SUBMIT and INTENT_REPLACE: through the guard, or refused whole."""
    condition = st.condition(e.token)
    tick, _, rate = guard.grid(st, condition)
    order = Order(
        e.order_id, e.token, e.side, e.code, e.price_pips, e.size,
        (e.flags & ORDER_ORIGIN) >> 2,
        post_only=bool(e.flags & ORDER_POST_ONLY),
        expiry_ns=e.venue_time_ns,
        rate_ppm=rate,
        low_pips=st.config.cash_low_pips or tick,
    )  # fmt: skip
    wish = guard.Wish(order, e.size, turn=e.amount)
    if e.kind == EventKind.INTENT_REPLACE:
        target = st.orders.get(e.ref)
        wish.target = target
        wish.target_good = target is not None and replaceable(order, target)
        wish.overlap = bool(e.flags & ORDER_OVERLAP)
    refusal = guard.refusal_of(st, wish)
    if refusal:
        return st.refuse(refusal)
    if not condition.known:
        _assume(st, condition)
    _accept(st, e, order)
    if wish.target is None or wish.overlap:  # one that waits is no probe yet
        breaker.take_probe(st, order)
    if wish.target is None:
        orders.apply(st, order, OrderInput.SEND)
        return True
    _replace(st, wish, order)
    return True


def _assume(st: State, condition: Condition) -> None:
    """Metadata nobody has read: the conservative fallback, until the venue says otherwise."""
    condition.tick, condition.min_size, condition.fee_ppm = guard.grid(st, condition)
    condition.flags = Flag.META_OPEN | Flag.META_ASSUMED
    condition.known = 2
    st.alert(Alert.METADATA_ASSUMED, 2 * condition.index)


def replaceable(order: Order, target: Order) -> bool:
    return (
        target.state in OPEN
        and target.token >> 1 == order.token >> 1
        and not target.done
        and target.successor == 0
    )


def _accept(st: State, e: Record, order: Order) -> None:
    """Id, turn, budgets and slot are used up by an accepted intent."""
    condition = st.condition(e.token)
    st.last_intent_id = e.order_id
    if e.amount == 0 or e.amount != condition.turn or condition.turn_ns is None:
        condition.turn, condition.turn_ns = e.amount, st.now
    condition.budget.take(st.now)
    st.signer.take(st.now)
    orders.place(st, order)


def _replace(st: State, wish: guard.Wish, order: Order) -> None:
    target = wish.target
    assert target is not None
    order.predecessor = target.order_id
    target.successor = order.order_id
    if wish.overlap:
        orders.apply(st, order, OrderInput.SEND)
    else:
        order.asked_filled = target.filled
        orders.apply(st, order, OrderInput.QUEUE)
    orders.want_cancel(st, target)


def cancel(st: State, e: Record) -> bool:
    """INTENT_CANCEL: never refused but for an order nobody knows."""
    order = st.find(e.order_id)
    if order is None:
        raise RefusedError(Refusal.ORDER_UNKNOWN)
    ended = order.is_over()
    orders.want_cancel(st, order)
    return not ended


def cancel_market(st: State, e: Record) -> bool:
    reconcile.cancel_all(st, st.condition(e.token))
    return True


def convert(st: State, e: Record) -> bool:
    """INTENT_SPLIT, INTENT_MERGE, INTENT_REDEEM: one in flight a condition."""
    condition = st.condition(e.token)
    kind = ASKS[e.kind]
    if kind == EffectKind.SPLIT:
        refusal = guard.split_refusal(st, condition, e.size)
    else:
        refusal = _conversion_refusal(st, condition, kind)
    if refusal:
        return st.refuse(refusal)
    ledger.hold(st, condition, Conversion(kind, e.token, e.size))
    made = st.of_token(kind, e.token)
    made.size = e.size
    return True


def _conversion_refusal(st: State, condition: Condition, kind: int) -> int:
    if kind == EffectKind.REDEEM and not condition.resolved:
        return Refusal.ILLEGAL
    session = guard.session(st, False)
    if session != Refusal.NONE:
        return session
    if condition.hold:
        return Refusal.NEG_RISK_HOLD
    return Refusal.NONE
