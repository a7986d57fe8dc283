"""What our positions are worth, and the loss stops. docs/rules.md, 9.

Micro-pUSD, floored; a mark is (bid, ask) of the even token.
"""

from __future__ import annotations

from typing import Final

from . import amounts, reconcile
from .codes import Alert, FeedState, SessionState
from .state import Condition, State

SYNCED: Final = int(FeedState.SYNCED)
DAY_NS: Final = 86_400 * 1_000_000_000


def wanted(st: State) -> bool:
    """Does the valuation run at all?"""
    c = st.config
    if not (c.loss_market_micros or c.loss_day_micros or c.loss_session_micros):
        return False
    if st.past_flow != st.past_fees:
        return True
    for condition in st.conditions:  # noqa: SIM110 - any() makes a generator, which is slow
        if _concerned(st, condition):
            return True
    return False


def _concerned(st: State, condition: Condition) -> bool:
    if condition.flow or condition.fees:
        return True
    even, odd = st.tokens[2 * condition.index], st.tokens[2 * condition.index + 1]
    return even.whole() != 0 or odd.whole() != 0


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
    first, second = st.tokens[2 * condition.index], st.tokens[2 * condition.index + 1]
    even, odd = first.whole(), second.whole()
    if condition.resolved:
        condition.no_mark = False
        pays_even, pays_odd = condition.payout
        value = amounts.down(even, pays_even) + amounts.down(odd, pays_odd)
        return condition.flow - condition.fees + value
    _look(st, condition)
    marked = condition.mark_ns >= 0
    fresh = marked and st.now - condition.mark_ns <= st.config.mark_age_ns
    without = not fresh and max(abs(even), abs(odd)) > st.config.dust
    if without and not condition.no_mark:
        st.alert(Alert.NO_MARK, 2 * condition.index)
    condition.no_mark = without
    if marked:
        twice = condition.mark_bid + condition.mark_ask
        value = amounts.share(even, twice, 20_000) + amounts.share(odd, 20_000 - twice, 20_000)
    else:
        value = condition.cost[0] + condition.cost[1]
    return condition.flow - condition.fees + value


def _look(st: State, condition: Condition) -> None:
    """The mid of a book that can be believed is the new mark."""
    book = condition.book
    if book.feed == SYNCED and book.two_sided() and not book.is_crossed():
        condition.mark_bid, condition.mark_ask = book.even.best(), 10_000 - book.odd.best()
        condition.mark_ns = st.now


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
    if st.now - since < st.config.loss_persist_ns:
        return since
    if st.session not in (SessionState.DRAINING, SessionState.HALTED):
        st.alert(Alert.LOSS_STOP, aux=aux)
        reconcile.drain(st)
        return None
    return since
