"""The one request an order may have in flight, and what it waits for. docs/rules.md, Requests.

Emits SUBMIT, CANCEL and QUERY; knows nothing of the order table.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from . import amounts, books, breaker, guard
from .codes import EffectKind, Flag, OrderState, RequestState, Side, VenueState
from .state import Order, State

# As plain numbers: these are asked for at each event that may change an order.
IDLE: Final = int(RequestState.IDLE)
SUBMIT: Final = int(RequestState.SUBMIT)
CANCEL: Final = int(RequestState.CANCEL)
QUERY: Final = int(RequestState.QUERY)
LIVE: Final = int(OrderState.LIVE)
UNKNOWN: Final = int(OrderState.UNKNOWN)
RESTARTING: Final = int(VenueState.RESTARTING)
DISABLED: Final = int(VenueState.DISABLED)
BUY: Final = int(Side.BUY)
SUBMIT_EFFECT: Final = int(EffectKind.SUBMIT)
CANCEL_EFFECT: Final = int(EffectKind.CANCEL)
QUERY_EFFECT: Final = int(EffectKind.QUERY)


def submit(st: State, order: Order) -> None:
    """The order leaves: SUBMIT, its salt, and how its limit stood to the book."""
    condition = st.condition(order.token)
    order.crossed = None
    if books.quotable(condition.book.feed):
        order.crossed = guard.would_cross(condition, order)
    if order.of_cash():
        size, amount = amounts.shares_of(order.original, order.price), order.original
    else:
        size = order.original
        buys = order.side == BUY
        amount = amounts.up(size, order.price) if buys else amounts.down(size, order.price)
    st.salt += 1
    _begin(st, order, SUBMIT)
    breaker.sent(st, order)
    st.counters["submits"] += 1
    made = st.about(SUBMIT_EFFECT, order)
    made.size = size
    made.amount = amount
    made.code = order.tif
    made.ref = st.salt
    made.deadline_ns = order.expiry_ns
    made.flags = Flag.ORDER_POST_ONLY if order.post_only else 0


def serve(st: State, order: Order) -> None:
    """When idle: the wanted cancel if it may go, else the look that is due."""
    if order.request != IDLE or order.is_over():
        return
    if cancel_possible(st, order) and st.now >= cancel_from(st, order):
        if not order.cancel_ns or st.cancels.has_one(st.now):
            st.cancels.take(st.now)
            _begin(st, order, CANCEL)
            order.cancel_wanted = False
            order.retry_ns = 0
            order.cancel_ns = st.now
            order.cancel_sent = True
            order.base_ns, order.looks = max(order.base_ns, st.now), 0
            st.counters["cancels"] += 1
            made = st.of_token(CANCEL_EFFECT, order.token)
            made.order_id = order.order_id
            return
        order.retry_ns = st.now + st.cancels.wait_ns(st.now)
    if order.state == UNKNOWN and st.now >= order.look_ns:
        _begin(st, order, QUERY)
        st.counters["queries"] += 1
        made = st.of_token(QUERY_EFFECT, order.token)
        made.order_id = order.order_id


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
    if order.state == UNKNOWN:
        return not order.cancel_sent
    return order.state == LIVE


def venue_cancels(st: State) -> bool:
    """Does the venue take cancels now? Else they go later (guard table)."""
    return st.venue != RESTARTING and st.venue != DISABLED


def _begin(st: State, order: Order, request: int) -> None:
    order.request = request
    order.request_ns = st.now + st.config.request_timeout_ns


def free(order: Order, answered: int, or_this: int = IDLE) -> None:
    """An answer, or proof from elsewhere, to one of these requests."""
    if order.request == answered or order.request == or_this:
        order.request = IDLE
        order.request_ns = 0


def deadlines(st: State, order: Order) -> Iterator[int]:
    """The times an open order waits for."""
    if order.request != IDLE:
        yield order.request_ns
    else:
        if cancel_possible(st, order) and cancel_from(st, order) > st.now:
            yield cancel_from(st, order)
        if order.state == UNKNOWN and order.look_ns > st.now:
            yield order.look_ns
    if order.owed_ns and order.state in (LIVE, OrderState.DELAYED):
        yield order.owed_ns
