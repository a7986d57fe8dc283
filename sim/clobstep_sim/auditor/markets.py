"""Metadata: MARKET, CLUSTER, TICK_CHANGE, RESOLVED, RETIRE. docs/rules.md, 7 and 8."""

from __future__ import annotations

from typing import Final

from . import books, orders, reconcile, requests
from .codes import Alert, Flag, OrderInput, OrderState, Refusal, RequestState
from .records import Record
from .state import Cluster, Condition, RefusedError, State

RISKY: Final = (Flag.META_NEG_RISK, Flag.META_AUGMENTED)


def market(st: State, e: Record) -> bool:
    """MARKET: what the venue says of a condition; the last word counts."""
    condition = st.condition(e.token)
    known, before = condition.known != 0, condition.flags
    if condition.known and condition.tick != e.price_pips:
        books.change_tick(st, condition, e.price_pips)
    condition.known = 1
    condition.tick = e.price_pips
    condition.min_size = e.size
    condition.fee_ppm = e.amount
    condition.flags = e.flags
    condition.cluster = e.order_id
    condition.close_out_ns = e.ref
    condition.meta_ns = st.now
    if known:
        _flags_changed(st, before, e.flags, [condition])
        if _gone(before, e.flags):
            st.alert(Alert.NEG_RISK_CLEARED, 2 * condition.index)
    return True


def cluster(st: State, e: Record) -> bool:
    """CLUSTER: what the venue says of an event, and so of all its conditions."""
    held = st.clusters.get(e.order_id)
    st.clusters[e.order_id] = Cluster(e.flags, st.now)
    if held is not None:
        members = [c for c in st.conditions if c.known and c.cluster == e.order_id]
        _flags_changed(st, held.flags, e.flags, members)
        if _gone(held.flags, e.flags):
            st.alert(Alert.NEG_RISK_CLEARED)
    return True


def _gone(before: int, now: int) -> bool:
    return any(before & bit and not now & bit for bit in RISKY)


def _flags_changed(st: State, before: int, now: int, members: list[Condition]) -> None:
    if not _gone(now, before):  # nothing came
        return
    for condition in members:
        condition.hold = True
        st.alert(Alert.NEG_RISK_HOLD, 2 * condition.index)
        reconcile.cancel_all(st, condition)


def tick_change(st: State, e: Record) -> bool:
    condition = st.condition(e.token)
    if not condition.known:
        return st.refuse(Refusal.MARKET_UNKNOWN)
    if condition.tick == e.price_pips:
        return False
    books.change_tick(st, condition, e.price_pips)
    return True


def resolved(st: State, e: Record) -> bool:
    """RESOLVED: the venue clears its book; every open order is looked up."""
    condition = st.condition(e.token)
    if condition.resolved:
        return False
    condition.resolved = True
    pays = (e.price_pips, 10_000 - e.price_pips)
    condition.payout = pays[::-1] if e.token & 1 else pays
    for order in st.orders_of(condition):
        if order.order_id not in st.orders:
            continue
        pending = order.request_ns if order.request != RequestState.IDLE else 0
        queued = order.state == OrderState.QUEUED
        why = Refusal.MARKET_CLOSED if queued else Refusal.NONE
        orders.apply(st, order, OrderInput.RESOLVED, None, pending, False, 0, why)
        requests.serve(st, order)
    return True


def retire(st: State, e: Record) -> bool:
    """RETIRE: the slot is given away, once nothing of ours is left in it."""
    condition = st.condition(e.token)
    accounts = [st.tokens[2 * condition.index + k] for k in (0, 1)]
    busy = any(a.settled or a.incoming or a.outgoing or a.reserved for a in accounts)
    if busy or condition.conversion is not None or st.orders_of(condition):
        raise RefusedError(Refusal.ILLEGAL)
    fresh = st.fresh_condition(condition.index)
    fresh.generation = condition.generation + 1 & 0xFFFF
    st.past_flow += condition.flow
    st.past_fees += condition.fees
    st.conditions[condition.index] = fresh
    for order in list(st.tombs.values()):
        if order.token >> 1 == condition.index:
            del st.tombs[order.order_id]
    return True
