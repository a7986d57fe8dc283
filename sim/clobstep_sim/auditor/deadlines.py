"""What waits for a time, and what happens when it comes. docs/rules.md, 9."""

from __future__ import annotations

from typing import Final

from . import books, breaker, orders, requests, valuation, venue
from .codes import BreakerState, FeedInput, OrderInput, OrderState, RequestState, VenueState
from .parts import Book
from .state import Condition, Order, State

OPEN: Final = int(BreakerState.OPEN)
IDLE: Final = int(RequestState.IDLE)
UNKNOWN: Final = int(OrderState.UNKNOWN)
LIVE: Final = int(OrderState.LIVE)
DELAYED: Final = int(OrderState.DELAYED)
NORMAL: Final = int(VenueState.NORMAL)


def looked_up(st: State) -> list[int]:
    """What `earliest` keeps, found by looking at everything: of all conditions, then of each one's
    book and breaker, and of its orders. Slow; `kept` must say the same."""
    each = []
    for condition in st.conditions:
        times = [time] if (time := _of_book(st, condition.book)) else []
        if condition.breaker.state == BreakerState.OPEN:
            times.append(condition.breaker.until_ns)
        mine = [order for order in st.orders.values() if order.token >> 1 == condition.index]
        waits = [time for order in mine for time in requests.deadlines(st, order)]
        each += [min(times, default=0), min(waits, default=0)]
    return [min((time for time in each if time), default=0), *each]


def kept(st: State) -> list[int]:
    """As `looked_up`, from the index."""
    earliest(st)
    return [st.due_ns, *(t for c in st.conditions for t in (c.due_ns, c.orders_due_ns))]


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
            soonest = 0
            for order in condition.orders.values():
                soonest = _sooner(soonest, _next_ns(st, order))
            condition.orders_due_ns = soonest
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
        st.stir()
        valuation.run(st)
        st.valuation_ns = st.now + st.config.loss_check_ns if valuation.wanted(st) else 0
    st.phase += 1


def _serve_orders(st: State) -> None:
    due_orders: list[Order] = []
    for condition in st.conditions:
        if condition.orders:
            mine = [order for order in condition.orders.values() if _is_due(st, order)]
            mine.reverse()  # the newest first
            due_orders += mine
    if due_orders:
        st.stir()
    for order in due_orders:
        if order.order_id in st.orders:
            _serve_order(st, order)


def _is_due(st: State, order: Order) -> bool:
    """Also what was due before: a cancel or a look that could not go when its time came."""
    if order.request != IDLE:
        if order.request_ns <= st.now:
            return True
    else:
        possible = order.cancel_wanted and requests.cancel_possible(st, order)
        if possible and requests.cancel_from(st, order) <= st.now:
            return True
        if order.state == UNKNOWN and order.look_ns <= st.now:
            return True
    waits = order.state == LIVE or order.state == DELAYED
    return waits and 0 < order.owed_ns <= st.now


def _next_ns(st: State, order: Order) -> int:
    """The earliest of `requests.deadlines`, 0: none; asked for at each change."""
    due = 0
    if order.request != IDLE:
        due = order.request_ns
    else:
        if order.cancel_wanted and requests.cancel_possible(st, order):
            from_ns = requests.cancel_from(st, order)
            if from_ns > st.now:
                due = from_ns
        if order.state == UNKNOWN and order.look_ns > st.now:
            due = _sooner(due, order.look_ns)
    if order.owed_ns and (order.state == LIVE or order.state == DELAYED):
        due = _sooner(due, order.owed_ns)
    return due


def _serve_order(st: State, order: Order) -> None:
    waits = order.state in (OrderState.LIVE, OrderState.DELAYED)
    if waits and order.owed_ns and order.owed_ns <= st.now:
        pending = order.request_ns if order.request != IDLE else 0
        orders.apply(st, order, OrderInput.OVERDUE, None, pending)
    if order.request != RequestState.IDLE and order.request_ns <= st.now:
        pending, request = order.request_ns, order.request
        order.request, order.request_ns = RequestState.IDLE, 0
        if request == RequestState.SUBMIT:
            orders.apply(st, order, OrderInput.LOSE, None, pending)
        elif request == RequestState.CANCEL:
            orders.apply(st, order, OrderInput.CANCEL_LOST, None, pending)
    requests.serve(st, order)
    st.touched.add(order.order_id)


def _serve_condition(st: State, condition: Condition) -> None:
    if not condition.moved and not 0 < condition.due_ns <= st.now:
        return
    book = condition.book
    st.move(condition)
    condition.named = True
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
    """It begins when a loss limit is set and something can be lost; `serve` ends it."""
    if not st.valuation_ns and valuation.wanted(st):
        st.valuation_ns = st.now + st.config.loss_check_ns
