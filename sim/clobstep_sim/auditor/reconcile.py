"""The session, reconciliation, balances, restarts, an operator's words. docs/rules.md, 8."""

from __future__ import annotations

from clobstep.enums import MAX_TIME_NS, NO_TOKEN, WATERMARK_MARGIN_NS

from . import books, breaker, ledger, orders, requests
from .codes import (
    Alert,
    EffectKind,
    Fault,
    FeedInput,
    OperatorCode,
    OrderInput,
    OrderState,
    Refusal,
    RequestState,
    SessionState,
    TradeState,
)
from .parts import Conversion
from .records import Record
from .state import Condition, RefusedError, State

S, O = SessionState, OperatorCode  # noqa: E741


def begun(st: State) -> bool:
    """RECONCILE_BEGUN: a read of orders, trades and balances begins."""
    if st.session == S.HALTED:
        raise RefusedError(Refusal.ILLEGAL)
    taken = st.session != S.RECONCILING
    st.differences = 0
    st.epoch += 1
    st.epoch_open = True
    st.reconcile_asked = False
    if st.session == S.STARTING:
        st.session = S.RECONCILING
    return taken


def balance(st: State, e: Record) -> bool:
    """BALANCE: what the venue says against what may be, with what is in flight."""
    account = st.account(e.token)
    said = e.amount if e.token == NO_TOKEN else e.size
    low, high = account.settled - account.outgoing, account.settled + account.incoming
    for condition in st.conditions:
        if condition.conversion is not None:  # its proof may be on the way while the chain has it
            change = _done(condition, condition.conversion, e.token)
            low, high = low + min(change, 0), high + max(change, 0)
    if low <= said <= high:
        return True
    st.differences += 1
    off = said - high if said > high else said - low
    st.alert(Alert.BALANCE_DIFFERS, e.token, amount=off)
    return True


def _done(condition: Condition, conversion: Conversion, token: int) -> int:
    """What a conversion in flight will have done to cash or to a token."""
    size, of = conversion.size, conversion.token
    if conversion.kind == EffectKind.REDEEM:
        if token == NO_TOKEN:
            return size * condition.payout[of & 1] // 10_000
        return -size if token == of else 0
    sign = 1 if conversion.kind == EffectKind.SPLIT else -1
    if token == NO_TOKEN:
        return -sign * size
    return sign * size if token >> 1 == of >> 1 else 0


def reconciled(st: State, e: Record) -> bool:
    """RECONCILED: the read ended; differences decide."""
    if st.session == S.STARTING or not st.epoch_open:
        raise RefusedError(Refusal.ILLEGAL)
    balances = st.differences > 0
    _missing(st)
    st.epoch_open = False
    if st.differences:
        return _differs(st, balances)
    st.differed = False
    st.openings_over = True
    st.read = True
    if st.session == S.RECONCILING:
        st.session = S.TRADING
        if st.drained:  # it stands through a halt and a restart
            drain(st)
    move_watermark(st, e.venue_time_ns)
    _purge(st)
    st.window_told = False  # told again by the next fill, when it is still so full
    for condition in st.conditions:
        ledger.end_unhedged_if_equal(st, condition)
    return True


def _missing(st: State) -> None:
    """Orders that were open when it began and of which nothing was heard since."""
    for order in st.in_turn():
        if order.done or order.state not in (OrderState.LIVE, OrderState.DELAYED):
            continue
        if order.word_epoch >= st.epoch or order.born_epoch >= st.epoch:
            continue
        st.differences += 1
        st.alert(Alert.ORDER_MISSING, order.token, order_id=order.order_id)
        pending = order.request_ns if order.request != RequestState.IDLE else 0
        orders.apply(st, order, OrderInput.FOUND_GONE, None, pending)
        requests.serve(st, order)


def _differs(st: State, balances: bool) -> bool:
    """Only balances that differ twice in a row halt: missing orders may be others each time."""
    again, st.differed = st.differed and balances, balances
    st.read = False
    if not again:
        if st.session == S.TRADING:
            st.session = S.RECONCILING
        if st.session != S.HALTED:
            st.ask_reconcile()
        return True
    if st.session == S.HALTED:
        return False
    orders.halt(st, Fault.RECONCILE)
    return True


def move_watermark(st: State, read_ns: int) -> None:
    """Everything up to then was read; never back."""
    if 0 < read_ns <= MAX_TIME_NS:
        st.watermark_ns = max(st.watermark_ns, read_ns - WATERMARK_MARGIN_NS)


def _purge(st: State) -> None:
    """Final keys below the watermark go; one without a match time is kept for good."""
    for key, fill in list(st.fills.items()):
        final = fill.state in (TradeState.CONFIRMED, TradeState.FAILED)
        if final and 0 < fill.match_ns < st.watermark_ns:
            del st.fills[key]
            st.counters["keys_purged"] += 1


def restarted(st: State) -> bool:
    """Our process started again: every order, feed and the session by their tables."""
    for order in st.in_turn():
        if order.order_id not in st.orders:
            continue  # its predecessor ended meanwhile
        st.touched.add(order.order_id)
        pending = order.request_ns if order.request != RequestState.IDLE else 0
        if order.request == RequestState.CANCEL:
            order.cancel_wanted = True
            order.cancel_sent = False
        order.request, order.request_ns = RequestState.IDLE, 0
        orders.apply(st, order, OrderInput.RESTARTED, None, pending)
        requests.serve(st, order)
    for condition in st.conditions:
        books.feed_input(st, condition, FeedInput.RESTARTED)
    if st.session in (S.TRADING, S.HALTED):
        st.session = S.RECONCILING
    st.fault = Fault.NONE
    st.reconcile_asked = False
    st.read = False
    st.epoch_open = False
    st.armed_ns = st.armed_before_ns = 0  # a TIMER must be told again
    return True


def drain(st: State) -> None:
    """No new risk, and every order cancelled; a halted session stays halted."""
    st.drained = True
    if st.session != S.HALTED:
        st.session = S.DRAINING
    cancel_all(st)


def cancel_all(st: State, condition: Condition | None = None) -> None:
    """Every open order, or those of one condition."""
    for order in st.in_turn() if condition is None else st.orders_of(condition):
        orders.want_cancel(st, order)


def operator(st: State, e: Record) -> bool:
    """OPERATOR: a person's word."""
    every = e.token == NO_TOKEN
    conditions = st.conditions if every else [st.condition(e.token)]
    word = e.code
    if word == O.DRAIN:
        drain(st)
        return True
    if word == O.RESUME:
        return _resume(st)
    if word == O.HALT:
        if st.session == S.HALTED:
            return False
        st.alert(Alert.DISK_OR_OPERATOR_HALT)
        orders.halt(st, Fault.OPERATOR)
        return True
    if word == O.CANCEL_ALL:
        cancel_all(st)
        return True
    if word == O.RESET_BREAKER:
        return breaker.reset(st, st.breaker if every else conditions[0].breaker, e.token)
    for condition in conditions:
        if word == O.LIFT_HOLD:
            condition.hold = False
        elif word == O.LIFT_LOSS_STOP:
            condition.loss_stop = False
            condition.loss_since_ns = None
            condition.loss_base = condition.last_profit
        elif condition.unhedged:
            condition.unhedged = False
            st.alert(Alert.UNHEDGED_ENDED, 2 * condition.index)
    return True


def _resume(st: State) -> bool:
    if st.session == S.TRADING:
        return False
    if st.session != S.DRAINING:
        raise RefusedError(Refusal.ILLEGAL)
    st.drained = False
    st.session = S.TRADING if st.read else S.RECONCILING
    if not st.read:
        st.ask_reconcile()
    st.day_since_ns = st.session_since_ns = None
    st.day_start = st.session_base = st.last_sum
    return True
