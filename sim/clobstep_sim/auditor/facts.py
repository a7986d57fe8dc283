"""Answers and facts about orders: ACCEPTED to NOT_FOUND. docs/rules.md, 6.

Each function takes one event, says False when it was a duplicate, and raises RefusedError.
"""

from __future__ import annotations

from typing import Final

from . import breaker, guard, ledger, orders, requests, venue
from .codes import (
    AcceptStatus,
    Alert,
    CancelReason,
    EffectKind,
    EventKind,
    Flag,
    FoundStatus,
    OrderInput,
    OrderState,
    Origin,
    Refusal,
    Reject,
    RequestState,
    Tif,
    VenueState,
)
from .parts import after
from .records import Record
from .state import Order, RefusedError, State

W, R = OrderInput, RequestState
STATES_SIZE: Final = (
    EventKind.ACCEPTED, EventKind.CANCEL_ACCEPTED, EventKind.PLACED, EventKind.MATCHED,
    EventKind.CANCELED, EventKind.FOUND,
)  # fmt: skip
SEEN: Final[dict[int, VenueState]] = {
    Reject.RESTARTING: VenueState.RESTARTING,
    Reject.POST_ONLY_MODE: VenueState.POST_ONLY,
    Reject.CANCEL_ONLY: VenueState.CANCEL_ONLY,
    Reject.DISABLED: VenueState.DISABLED,
}


def known(st: State, e: Record) -> Order:
    """The order of a fact; ORDER_UNKNOWN, or ILLEGAL when the venue never saw it."""
    order = st.find(e.order_id)
    if order is None:
        raise RefusedError(Refusal.ORDER_UNKNOWN)
    if order.state == OrderState.QUEUED:
        raise RefusedError(Refusal.ILLEGAL)
    if e.kind != EventKind.NOT_FOUND:  # an empty look is no word about it
        order.word_epoch = st.epoch
    if e.flags & Flag.SIZE_KNOWN and e.kind in STATES_SIZE:
        orders.remember(st, order, e.size)
    return order


def matched_size(order: Order, e: Record) -> int | None:
    """What the fact says was matched, as far as the order could match; None: it does not say."""
    known = bool(e.flags & Flag.SIZE_KNOWN)
    return min(e.size, order.original + order.restored) if known else None


def answer(
    st: State,
    order: Order,
    word: int,
    answered: int,
    or_this: int = R.IDLE,
    matched: int | None = None,
    found: bool = False,
) -> bool:
    """One word that may also answer a request; then what was waiting is served."""
    pending = order.request_ns if order.request != R.IDLE else 0
    requests.free(order, answered, or_this)
    st.touched.add(order.order_id)
    taken = orders.apply(st, order, word, matched, pending, found)
    requests.serve(st, order)
    return taken


def accepted(st: State, e: Record) -> bool:
    order = known(st, e)
    matched = matched_size(order, e)
    status = e.code
    if status == AcceptStatus.UNMATCHED:
        return answer(st, order, W.ACCEPT_UNCLEAR, R.SUBMIT)
    if status == AcceptStatus.MATCHED:
        word = W.ACCEPT_MATCHED
    else:
        resting = status == AcceptStatus.RESTING
        word = W.ACCEPT_LIVE if resting else W.ACCEPT_DELAYED
        if risen(order, matched, False):
            word = W.RISEN
    return answer(st, order, word, R.SUBMIT, R.IDLE, matched)


def risen(order: Order, matched: int | None, found: bool) -> bool:
    """Is a word that an order is open news about one held dead? (rules.md, 6: RISEN)"""
    if not order.is_over():
        return False
    held_dead = order.state == OrderState.REJECTED or order.presumed
    if not held_dead and not found:
        return False
    gone = order.filled - order.reversed
    return order.original - max(gone, matched if matched is not None else gone) > 0


def rejected(st: State, e: Record) -> bool:
    order, reason = known(st, e), e.code
    word = W.REJECT
    if reason == Reject.KILLED:
        word = W.KILL
    elif reason == Reject.DUPLICATED or (order.state == OrderState.UNKNOWN and order.accepted):
        word = W.ACCEPT_UNCLEAR
    pending = order.request_ns if order.request != R.IDLE else 0
    if would_take(order, word):
        # Before the order ends: its end would free the probe, and its successor must see it.
        breaker.rejected(st, order, reason, e.amount)
    seen = SEEN.get(reason)
    if seen is not None:  # before a successor asks the guard
        venue.seen(st, seen, 0)
    requests.free(order, R.SUBMIT)
    taken = orders.apply(st, order, word, None, pending)
    if reason == Reject.BALANCE:
        st.alert(Alert.RESERVATION_REFUSED, order.token, order_id=order.order_id)
    if reason in (Reject.TICK, Reject.MIN_SIZE):
        st.emit(EffectKind.REFRESH, order.token & ~1)
    requests.serve(st, order)
    return taken


def would_take(order: Order, word: int) -> bool:
    """Would the order table take this reject?"""
    open_states = (OrderState.SENT, OrderState.DELAYED, OrderState.UNKNOWN)
    if order.state in open_states:
        return not (word == W.ACCEPT_UNCLEAR and order.state == OrderState.UNKNOWN)
    return order.state == OrderState.LIVE and word in (W.REJECT, W.KILL)


def submit_unknown(st: State, e: Record) -> bool:
    return answer(st, known(st, e), W.LOSE, R.SUBMIT)


def over(
    st: State, order: Order, e: Record, expired: bool, answered: int, or_this: int = R.IDLE
) -> bool:
    """A proof that the order is over: with trades owed, or without."""
    largest = max(order.venue_matched, matched_size(order, e) or 0)
    if largest > order.filled:
        return answer(st, order, W.CANCEL_OWED, answered, or_this, largest)
    word = W.EXPIRE_DONE if expired else W.CANCEL_DONE
    return answer(st, order, word, answered, or_this)


def cancel_accepted(st: State, e: Record) -> bool:
    return over(st, known(st, e), e, False, R.CANCEL, R.SUBMIT)


def canceled(st: State, e: Record) -> bool:
    return over(st, known(st, e), e, e.code == CancelReason.EXPIRED, R.SUBMIT)


def cancel_refused(st: State, e: Record) -> bool:
    order = known(st, e)
    if e.code != CancelReason.LATER:
        return answer(st, order, W.NOT_CANCELED, R.CANCEL)
    requests.free(order, R.CANCEL)
    taken = orders.apply(st, order, W.CANCEL_LATER)
    if taken:
        order.retry_ns = after(max(e.amount, st.config.cancel_retry_ns), st.now)
        order.cancel_sent = False
        order.cancel_ns = order.cancel_ns or st.now  # somebody asked, if not we
    requests.serve(st, order)
    return taken


def cancel_unknown(st: State, e: Record) -> bool:
    return answer(st, known(st, e), W.CANCEL_LOST, R.CANCEL)


def placed(st: State, e: Record) -> bool:
    """PLACED and MATCHED of the user channel."""
    if st.find(e.order_id) is None:
        return adopt(st, e, e.code)
    order = known(st, e)
    matched = matched_size(order, e)
    if e.kind == EventKind.MATCHED:
        return answer(st, order, W.MATCHED_MORE, R.SUBMIT, R.IDLE, matched)
    word = W.RISEN if risen(order, matched, False) else W.PLACED
    return answer(st, order, word, R.SUBMIT, R.IDLE, matched)


def found(st: State, e: Record) -> bool:
    status = e.code
    if st.find(e.order_id) is None and status == FoundStatus.OPEN:
        return adopt(st, e, Tif.GTC)
    order = known(st, e)
    matched = matched_size(order, e)
    if status == FoundStatus.OPEN:
        word = W.RISEN if risen(order, matched, True) else W.FOUND_OPEN
        return answer(st, order, word, R.SUBMIT, R.QUERY, matched)
    if e.flags & Flag.SIZE_KNOWN:
        _catch_up(order, e.size)
    if status == FoundStatus.MATCHED:
        return answer(st, order, W.MATCHED_MORE, R.SUBMIT, R.QUERY, matched, True)
    return over(st, order, e, status == FoundStatus.EXPIRED, R.SUBMIT, R.QUERY)


def _catch_up(order: Order, matched: int) -> None:
    """An adopted order that is over and whose trades were booked, and forgotten, before it was."""
    more = matched - order.filled
    if order.origin == Origin.FOREIGN and order.state == OrderState.UNKNOWN and more > 0:
        order.overfill += max(0, more - order.left())
        order.filled += more
        order.posted_before += more


def not_found(st: State, e: Record) -> bool:
    """No such order and no trades of it: enough of these over enough time prove it dead."""
    order, c = known(st, e), st.config
    if order.request != R.QUERY:
        return False
    if order.state != OrderState.UNKNOWN:
        return answer(st, order, W.FOUND_GONE, R.QUERY)
    requests.free(order, R.QUERY)
    st.touched.add(order.order_id)
    order.look_ns = st.now + c.unknown_span_ns // c.unknown_looks
    proof = (order.cancel_sent or order.done) and requests.venue_cancels(st)
    if proof and st.now >= order.base_ns:
        order.looks += 1
        if order.looks >= c.unknown_looks and st.now - order.base_ns >= c.unknown_span_ns:
            return orders.apply(st, order, W.PRESUME_DEAD)
    requests.serve(st, order)
    return True


def adopt(st: State, e: Record, tif: int) -> bool:
    """An open order that we did not send: held as FOREIGN."""
    matched = e.size if e.flags & Flag.SIZE_KNOWN else 0
    if tif in (Tif.FAK, Tif.FOK) or matched >= e.amount - st.config.dust:
        st.alert(Alert.FOREIGN_ORDER, e.token, order_id=e.order_id)  # it is over
        return True
    if len(st.orders) >= st.config.orders:
        raise RefusedError(Refusal.ORDER_TABLE_FULL)
    condition = st.condition(e.token)
    order = Order(
        e.order_id, e.token, e.side, tif, e.price_pips, e.amount, Origin.FOREIGN,
        rate_ppm=condition.fee_ppm if condition.known else 0,
        low_pips=st.config.cash_low_pips or guard.grid(st, condition)[0],
        state=OrderState.LIVE,
        filled=matched,
    )  # fmt: skip
    order.venue_matched = order.posted_before = matched
    order.accepted = True
    order.word_epoch = st.epoch
    st.counters["adopted"] += 1
    orders.place(st, order)
    ledger.reserve(st, order)
    st.alert(Alert.FOREIGN_ORDER, e.token, order_id=e.order_id)
    orders.tell(st, order, Refusal.NONE)
    if st.config.cancel_foreign:
        orders.want_cancel(st, order)
    return True
