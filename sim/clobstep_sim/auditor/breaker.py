"""Reject storms: the breaker of a market and the global one. docs/rules.md, 8.

A probe is the one order let through in HALF_OPEN; an epoch begins with each opening, and only
orders sent in the present epoch count.
"""

from __future__ import annotations

from typing import Final

from .codes import Alert, BreakerState, Reject
from .parts import Breaker
from .state import Condition, Order, State

UNCOUNTED: Final = (
    Reject.POST_ONLY_CROSS, Reject.KILLED, Reject.RATE_LIMIT, Reject.RESTARTING,
    Reject.POST_ONLY_MODE, Reject.CANCEL_ONLY, Reject.DISABLED, Reject.DUPLICATED,
)  # fmt: skip


def sent(st: State, order: Order) -> None:
    """The order leaves in the present epochs."""
    order.epochs = (st.condition(order.token).breaker.epoch, st.breaker.epoch)


def take_probe(st: State, order: Order) -> None:
    """An order that passed the guard while HALF_OPEN is the probe."""
    for breaker in (st.condition(order.token).breaker, st.breaker):
        if breaker.state == BreakerState.HALF_OPEN and breaker.probe == 0:
            breaker.probe = order.order_id


def rejected(st: State, order: Order, reason: int, batch: int) -> None:
    """A reject that was taken. DUPLICATED says neither yes nor no: the breaker waits."""
    if reason == Reject.DUPLICATED:
        return
    if reason in UNCOUNTED:
        st.counters["rejects_uncounted"] += 1
        free_probe(st, order)
        return
    st.counters["rejects_counted"] += 1
    condition = st.condition(order.token)
    breaker = condition.breaker
    if st.breaker.probe == order.order_id:
        _reopen_global(st)
    if breaker.probe == order.order_id:
        breaker.pause_ns = min(2 * breaker.pause_ns, st.config.breaker_max_ns)
        _open(st, condition)
    elif breaker.state == BreakerState.CLOSED and order.epochs[0] == breaker.epoch:
        if batch and batch == breaker.last_batch:
            return
        breaker.last_batch = batch
        breaker.rejects += 1
        if breaker.rejects >= st.config.reject_limit:
            breaker.pause_ns = st.config.breaker_base_ns
            _open(st, condition)


def accepted(st: State, order: Order) -> None:
    """The venue took the order: ACCEPTED, PLACED, FOUND OPEN, a fill; counts once an order."""
    if order.accepted:
        return
    order.accepted = True
    breaker = st.condition(order.token).breaker
    if breaker.probe == order.order_id:
        _close(st, breaker)
        st.alert(Alert.BREAKER_CLOSED, order.token & ~1)
    elif breaker.state == BreakerState.CLOSED and order.epochs[0] == breaker.epoch:
        breaker.rejects = 0
    if st.breaker.probe == order.order_id:
        _close(st, st.breaker)
        st.alert(Alert.BREAKER_CLOSED)


def free_probe(st: State, order: Order) -> None:
    """A probe that ended undecided: another may go."""
    for breaker in (st.condition(order.token).breaker, st.breaker):
        if breaker.probe == order.order_id:
            breaker.probe = 0


def cooled(breaker: Breaker) -> None:
    """The pause is over: one probe may go."""
    breaker.state = BreakerState.HALF_OPEN
    breaker.until_ns = 0
    breaker.probe = 0


def reset(st: State, breaker: Breaker, token: int) -> bool:
    """An operator closes it; False when it was closed."""
    if breaker.state == BreakerState.CLOSED:
        return False
    _close(st, breaker)
    st.alert(Alert.BREAKER_CLOSED, token)
    return True


def _close(st: State, breaker: Breaker) -> None:
    breaker.state = BreakerState.CLOSED
    breaker.rejects = 0
    breaker.probe = 0
    breaker.until_ns = 0
    breaker.pause_ns = st.config.breaker_base_ns


def _open(st: State, condition: Condition) -> None:
    breaker = condition.breaker
    _pause(st, breaker)
    condition.opened_ns = st.now
    st.alert(Alert.BREAKER_OPEN, 2 * condition.index, deadline_ns=breaker.until_ns)
    window = st.config.global_window_ns
    opened = [
        c
        for c in st.conditions
        if c.breaker.state == BreakerState.OPEN and st.now - c.opened_ns <= window
    ]
    if len(opened) >= st.config.global_markets and st.breaker.state == BreakerState.CLOSED:
        st.breaker.pause_ns = st.config.breaker_base_ns
        _pause(st, st.breaker)
        st.alert(Alert.GLOBAL_BREAKER_OPEN, deadline_ns=st.breaker.until_ns)


def _reopen_global(st: State) -> None:
    st.breaker.pause_ns = min(2 * st.breaker.pause_ns, st.config.breaker_max_ns)
    _pause(st, st.breaker)
    st.alert(Alert.GLOBAL_BREAKER_OPEN, deadline_ns=st.breaker.until_ns)


def _pause(st: State, breaker: Breaker) -> None:
    breaker.state = BreakerState.OPEN
    breaker.until_ns = st.now + breaker.pause_ns
    breaker.probe = 0
    breaker.rejects = 0
    breaker.epoch += 1
