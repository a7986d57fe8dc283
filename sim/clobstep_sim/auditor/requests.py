"""The one request an order may have in flight, and what it waits for. docs/rules.md, Requests.

Emits SUBMIT, CANCEL and QUERY; knows nothing of the order table.
"""

from __future__ import annotations

from collections.abc import Iterator

from clobstep.enums import (
    EffectKind,
    Flag,
    OrderState,
    RequestState,
    Side,
    VenueState,
)

from . import amounts, breaker, guard
from .books import QUOTABLE
from .state import Order, State


def submit(st: State, order: Order) -> None:
    """The order leaves: SUBMIT, its salt, and how its limit stood to the book."""
    condition = st.condition(order.token)
    order.crossed = None
    if condition.book.feed in QUOTABLE:
        order.crossed = guard.would_cross(condition, order)
    if order.cash_order:
        size, amount = amounts.shares_of(order.original, order.price), order.original
    else:
        size = order.original
        buys = order.side == Side.BUY
        amount = (amounts.up if buys else amounts.down)(size, order.price)
    st.salt += 1
    _begin(st, order, RequestState.SUBMIT)
    breaker.sent(st, order)
    st.counters["submits"] += 1
    st.emit(
        EffectKind.SUBMIT,
        order.token,
        order_id=order.order_id,
        side=order.side,
        price_pips=order.price,
        size=size,
        amount=amount,
        code=order.tif,
        ref=st.salt,
        deadline_ns=order.expiry_ns,
        flags=Flag.ORDER_POST_ONLY if order.post_only else 0,
        aux=order.origin,
    )


def serve(st: State, order: Order) -> None:
    """When idle: the wanted cancel if it may go, else the look that is due."""
    if order.ended or order.request != RequestState.IDLE:
        return
    if cancel_possible(st, order) and st.now >= cancel_from(st, order):
        if not order.cancel_ns or st.cancels.has_one(st.now):
            st.cancels.take(st.now)
            _begin(st, order, RequestState.CANCEL)
            order.cancel_wanted = False
            order.retry_ns = 0
            order.cancel_ns = st.now
            order.cancel_sent = True
            order.base_ns, order.looks = max(order.base_ns, st.now), 0
            st.counters["cancels"] += 1
            st.emit(EffectKind.CANCEL, order.token, order_id=order.order_id)
            return
        order.retry_ns = st.now + st.cancels.wait_ns(st.now)
    if order.state == OrderState.UNKNOWN and st.now >= order.look_ns:
        _begin(st, order, RequestState.QUERY)
        st.counters["queries"] += 1
        st.emit(EffectKind.QUERY, order.token, order_id=order.order_id)


def cancel_from(st: State, order: Order) -> int:
    """The first moment for its next cancel; a further one is not sooner than a retry."""
    again = order.cancel_ns + st.config.cancel_retry_ns if order.cancel_ns else 0
    return max(order.retry_ns, again)


def cancel_possible(st: State, order: Order) -> bool:
    """Would a wanted cancel go, but for its retry time?"""
    if not order.cancel_wanted or order.done:
        return False
    if not venue_cancels(st):
        return False
    if order.state == OrderState.UNKNOWN:
        return not order.cancel_sent
    return order.state == OrderState.LIVE


def venue_cancels(st: State) -> bool:
    """Does the venue take cancels now? Else they go later (guard table)."""
    return st.venue not in (VenueState.RESTARTING, VenueState.DISABLED)


def _begin(st: State, order: Order, request: RequestState) -> None:
    order.request = request
    order.request_ns = st.now + st.config.request_timeout_ns


def free(order: Order, *answered: RequestState) -> None:
    """An answer, or proof from elsewhere, to one of these requests."""
    if order.request in answered:
        order.request = RequestState.IDLE
        order.request_ns = 0


def deadlines(st: State, order: Order) -> Iterator[int]:
    """The times an open order waits for."""
    if order.request != RequestState.IDLE:
        yield order.request_ns
    else:
        if cancel_possible(st, order) and cancel_from(st, order) > st.now:
            yield cancel_from(st, order)
        if order.state == OrderState.UNKNOWN and order.look_ns > st.now:
            yield order.look_ns
    if order.owed_ns and order.state in (OrderState.LIVE, OrderState.DELAYED):
        yield order.owed_ns
