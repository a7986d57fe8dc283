"""What waits for a time, and what happens when it comes. docs/rules.md, 9."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from clobstep.enums import BreakerState, FeedInput, OrderInput, OrderState, RequestState, VenueState

from . import books, breaker, orders, requests, valuation, venue
from .parts import Book
from .state import Condition, Order, State

OPEN: Final = int(BreakerState.OPEN)
NORMAL: Final = int(VenueState.NORMAL)


def of_all(st: State) -> int:
    """The earliest deadline, found by looking at everything; slow. `earliest` must say the same."""
    times = [time for order in st.orders.values() for time in requests.deadlines(st, order)]
    times += [time for c in st.conditions if (time := _of_book(st, c.book))]
    breakers = [st.breaker, *(c.breaker for c in st.conditions)]
    times += [breaker.until_ns for breaker in breakers if breaker.state == BreakerState.OPEN]
    if st.venue != VenueState.NORMAL:
        times.append(st.venue_until_ns)
    if st.valuation_ns:
        times.append(st.valuation_ns)
    return min(times, default=0)


def earliest(st: State) -> int:
    """The earliest deadline, 0 when nothing waits; looks again only at conditions that moved."""
    if st.moved:
        _look_again(st)
    due = st.due_ns
    if st.breaker.state == OPEN:
        due = _sooner(due, st.breaker.until_ns)
    if st.venue != NORMAL:
        due = _sooner(due, st.venue_until_ns)
    if st.valuation_ns:
        due = _sooner(due, st.valuation_ns)
    return due


def _sooner(a: int, b: int) -> int:
    """0 is none."""
    return a if a and (a < b or not b) else b


def _look_again(st: State) -> None:
    due = 0
    for condition in st.conditions:
        if condition.orders_moved:
            condition.orders_due_ns = 0
            for order in condition.orders.values():
                for time_ns in requests.deadlines(st, order):
                    condition.orders_due_ns = _sooner(condition.orders_due_ns, time_ns)
            condition.orders_moved = False
        if condition.moved:
            condition.due_ns = _of_book(st, condition.book)
            if condition.breaker.state == OPEN:
                condition.due_ns = _sooner(condition.due_ns, condition.breaker.until_ns)
            condition.moved = False
        due = _sooner(_sooner(due, condition.due_ns), condition.orders_due_ns)
    st.due_ns = due
    st.moved = False


def _of_book(st: State, book: Book) -> int:
    """The earliest of a book and its feed, 0: none."""
    due = book.group_last_ns + books.GROUP_NS if book.group_open else 0
    if books.listens(book.feed):
        time_ns = book.last_ns + st.stale_after_ns + 1
        if not due or time_ns < due:
            due = time_ns
    if book.wants_snapshot:
        time_ns = book.asked_ns + st.stale_after_ns
        if not due or time_ns < due:
            due = time_ns
    return due


def serve(st: State) -> None:
    """Serve everything that is due at `now`, in the order of rules.md, 9."""
    if st.orders:
        _serve_orders(st)
    st.phase += 1
    for condition in st.conditions:
        _serve_condition(st, condition)
        st.phase += 1
    if st.breaker.state == OPEN and st.breaker.until_ns <= st.now:
        breaker.cooled(st.breaker)
    if st.venue != NORMAL and st.venue_until_ns <= st.now:
        st.stir()
        venue.timed_out(st)
    st.phase += 1
    if st.valuation_ns and st.valuation_ns <= st.now:
        st.valuation_ns = st.now + st.config.loss_check_ns
        st.stir()
        valuation.run(st)
    st.phase += 1


def _serve_orders(st: State) -> None:
    due_orders = [o for o in st.in_turn() if any(d <= st.now for d in _order_times(st, o))]
    if due_orders:
        st.stir()
    for order in due_orders:
        if order.order_id in st.orders:
            _serve_order(st, order)


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
    st.move(condition)
    if book.group_open and book.group_last_ns + books.GROUP_NS <= st.now:
        books.end_group(st, condition)
        books.look(st, condition)
    if book.wants_snapshot and book.asked_ns + st.stale_after_ns <= st.now:
        books.resync(st, condition)
    if books.listens(book.feed) and book.last_ns + st.stale_after_ns < st.now:
        books.feed_input(st, condition, FeedInput.SILENCE)
    if condition.breaker.state == OPEN and condition.breaker.until_ns <= st.now:
        breaker.cooled(condition.breaker)


def rearm_valuation(st: State) -> None:
    """It runs while a loss limit is set and something can be lost."""
    if not valuation.wanted(st):
        st.valuation_ns = 0
    elif not st.valuation_ns:
        st.valuation_ns = st.now + st.config.loss_check_ns
