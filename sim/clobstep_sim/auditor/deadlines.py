"""What waits for a time, and what happens when it comes. docs/rules.md, 9."""

from __future__ import annotations

from collections.abc import Iterator

from clobstep.enums import BreakerState, FeedInput, OrderInput, OrderState, RequestState, VenueState

from . import books, breaker, orders, requests, valuation, venue
from .state import Condition, Order, State


def all_of(st: State) -> Iterator[int]:
    """Every deadline there is, in no order."""
    for order in st.orders.values():
        yield from requests.deadlines(st, order)
    for condition in st.conditions:
        yield from _of_condition(st, condition)
    if st.breaker.state == BreakerState.OPEN:
        yield st.breaker.until_ns
    if st.venue != VenueState.NORMAL:
        yield st.venue_until_ns
    if st.valuation_ns:
        yield st.valuation_ns


def _of_condition(st: State, condition: Condition) -> Iterator[int]:
    book = condition.book
    if book.group_open:
        yield book.group_last_ns + books.GROUP_NS
    if book.feed in books.LISTENING:
        yield book.last_ns + st.config.stale_after_ns + 1
    if book.wants_snapshot:
        yield book.asked_ns + st.config.stale_after_ns
    if condition.breaker.state == BreakerState.OPEN:
        yield condition.breaker.until_ns


def earliest(st: State) -> int:
    """0 when nothing waits."""
    return min(all_of(st), default=0)


def serve(st: State) -> None:
    """Serve everything that is due at `now`, in the order of rules.md, 9."""
    due_orders = [o for o in st.in_turn() if any(d <= st.now for d in _order_times(st, o))]
    for order in due_orders:
        if order.order_id in st.orders:
            _serve_order(st, order)
    st.phase += 1
    for condition in st.conditions:
        _serve_condition(st, condition)
        st.phase += 1
    if st.breaker.state == BreakerState.OPEN and st.breaker.until_ns <= st.now:
        breaker.cooled(st.breaker)
    if st.venue != VenueState.NORMAL and st.venue_until_ns <= st.now:
        venue.timed_out(st)
    st.phase += 1
    if st.valuation_ns and st.valuation_ns <= st.now:
        st.valuation_ns = st.now + st.config.loss_check_ns
        valuation.run(st)
    st.phase += 1


def _order_times(st: State, order: Order) -> Iterator[int]:
    """As `requests.deadlines`, but those that are due too: `now` was moved already."""
    if order.request != RequestState.IDLE:
        yield order.request_ns
    else:
        if requests.cancel_possible(st, order):
            yield requests.cancel_from(st, order)
        if order.state == OrderState.UNKNOWN:
            yield order.look_ns
    if order.owed_ns and order.state in (OrderState.LIVE, OrderState.DELAYED):
        yield order.owed_ns


def _serve_order(st: State, order: Order) -> None:
    waits = order.state in (OrderState.LIVE, OrderState.DELAYED)
    if waits and order.owed_ns and order.owed_ns <= st.now:
        pending = order.request_ns if order.request != RequestState.IDLE else 0
        orders.apply(st, order, OrderInput.OVERDUE, pending_ns=pending)
    if order.request != RequestState.IDLE and order.request_ns <= st.now:
        pending, request = order.request_ns, order.request
        order.request, order.request_ns = RequestState.IDLE, 0
        if request == RequestState.SUBMIT:
            orders.apply(st, order, OrderInput.LOSE, pending_ns=pending)
        elif request == RequestState.CANCEL:
            orders.apply(st, order, OrderInput.CANCEL_LOST, pending_ns=pending)
    requests.serve(st, order)
    st.touched.add(order.order_id)


def _serve_condition(st: State, condition: Condition) -> None:
    book = condition.book
    if book.group_open and book.group_last_ns + books.GROUP_NS <= st.now:
        books.end_group(st, condition)
        books.look(st, condition)
    if book.wants_snapshot and book.asked_ns + st.config.stale_after_ns <= st.now:
        books.resync(st, condition)
    if book.feed in books.LISTENING and book.last_ns + st.config.stale_after_ns < st.now:
        books.feed_input(st, condition, FeedInput.SILENCE)
    if condition.breaker.state == BreakerState.OPEN and condition.breaker.until_ns <= st.now:
        breaker.cooled(condition.breaker)


def rearm_valuation(st: State) -> None:
    """It runs while a loss limit is set and something can be lost."""
    if not valuation.wanted(st):
        st.valuation_ns = 0
    elif not st.valuation_ns:
        st.valuation_ns = st.now + st.config.loss_check_ns
