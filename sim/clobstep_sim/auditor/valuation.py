"""What our positions are worth, and the loss stops. docs/rules.md, 9.

Micro-pUSD, floored; a mark is (bid, ask) of the even token.
"""

from __future__ import annotations

from typing import Final

from . import reconcile
from .codes import Alert, FeedState, SessionState
from .state import Condition, State

DAY_NS: Final = 86_400 * 1_000_000_000


def wanted(st: State) -> bool:
    """Does the valuation run at all?"""
    c = st.config
    if not (c.loss_market_micros or c.loss_day_micros or c.loss_session_micros):
        return False
    for condition in st.conditions:  # noqa: SIM110 - any() makes a generator, which is slow
        if _concerned(st, condition):
            return True
    return False


def _concerned(st: State, condition: Condition) -> bool:
    if condition.flow or condition.fees:
        return True
    even, odd = st.tokens[2 * condition.index], st.tokens[2 * condition.index + 1]
    return bool(even.total or odd.total)


def run(st: State) -> None:
    """Value every condition; start, end or complete the time a loss persists."""
    total = st.past_flow - st.past_fees
    for condition in st.conditions:
        profit = _profit(st, condition)
        total += profit
        condition.last_profit = profit
        if not condition.no_mark:
            _market(st, condition, profit)
    _day_and_session(st, total)


def _profit(st: State, condition: Condition) -> int:
    """flow - fees + value; by the last mark or the cost, when there is NO_MARK."""
    even, odd = st.tokens[2 * condition.index].total, st.tokens[2 * condition.index + 1].total
    if condition.resolved:
        condition.no_mark = False
        pays_even, pays_odd = condition.payout
        value = even * pays_even // 10_000 + odd * pays_odd // 10_000
        return condition.flow - condition.fees + value
    _look(st, condition)
    mark = condition.mark
    fresh = mark is not None and st.now - mark[2] <= st.config.mark_age_ns
    without = not fresh and max(abs(even), abs(odd)) > st.config.dust
    if without and not condition.no_mark:
        st.alert(Alert.NO_MARK, 2 * condition.index)
    condition.no_mark = without
    if mark is None:
        value = sum(condition.cost)
    else:
        bid, ask, _ = mark
        value = even * (bid + ask) // 20_000
        value += odd * (20_000 - bid - ask) // 20_000
    return condition.flow - condition.fees + value


def _look(st: State, condition: Condition) -> None:
    """The mid of a book that can be believed is the new mark."""
    book = condition.book
    if book.feed == FeedState.SYNCED and book.two_sided and not book.crossed:
        token = 2 * condition.index
        condition.mark = (book.best_bid(token)[0], book.best_ask(token)[0], st.now)


def _market(st: State, condition: Condition, profit: int) -> None:
    limit = st.config.loss_market_micros
    if not limit or condition.loss_stop or profit - condition.loss_base > -limit:
        condition.loss_since_ns = None
        return
    if condition.loss_since_ns is None:
        condition.loss_since_ns = st.now
    if st.now - condition.loss_since_ns >= st.config.loss_persist_ns:
        stop(st, condition)


def stop(st: State, condition: Condition) -> None:
    """The loss lasted: no new risk here, and its orders cancelled."""
    condition.loss_since_ns = None
    condition.loss_stop = True
    st.alert(Alert.LOSS_STOP, 2 * condition.index, aux=0)
    reconcile.cancel_all(st, condition)


def _day_and_session(st: State, total: int) -> None:
    c = st.config
    day = st.now // DAY_NS
    if day != st.day:
        st.day, st.day_start, st.day_since_ns = day, st.last_sum, None
    st.last_sum = total
    st.day_since_ns = _lasting(st, st.day_since_ns, total - st.day_start, c.loss_day_micros, 1)
    session = total - st.session_base
    st.session_since_ns = _lasting(st, st.session_since_ns, session, c.loss_session_micros, 2)


def _lasting(st: State, since: int | None, profit: int, limit: int, aux: int) -> int | None:
    if not limit or profit > -limit:
        return None
    if since is None:
        since = st.now
    running = st.session not in (SessionState.DRAINING, SessionState.HALTED)
    if running and st.now - since >= st.config.loss_persist_ns:
        st.alert(Alert.LOSS_STOP, aux=aux)
        reconcile.drain(st)
        return None
    return since
