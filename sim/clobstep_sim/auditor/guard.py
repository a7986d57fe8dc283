"""The guard: docs/rules.md, 7, in the order of the refusals of docs/reference.md.

Reads everything, changes nothing: `refusal_of` answers with the lowest code that applies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clobstep.enums import (
    CASH_GRAIN,
    FALLBACK_FEE_PPM,
    FALLBACK_MIN_SIZE,
    FALLBACK_TICK,
    SIZE_GRAIN,
)

from . import amounts, books, ledger
from .codes import BreakerState, Flag, OrderState, Refusal, SessionState, Side, Tif, VenueState
from .state import Condition, Order, State

NONE: Final = int(Refusal.NONE)  # 0: the checks below are joined by `or`
# As plain numbers: a member of an enum is slow to get at, and these are asked for at each intent.
BUY: Final = int(Side.BUY)
GTC: Final = int(Tif.GTC)
GTD: Final = int(Tif.GTD)
TRADING: Final = int(SessionState.TRADING)
NORMAL: Final = int(VenueState.NORMAL)
OPEN: Final = int(BreakerState.OPEN)
HALF_OPEN: Final = int(BreakerState.HALF_OPEN)
META_OPEN: Final = int(Flag.META_OPEN)
OF_CASH: Final = int(CASH_GRAIN)
OF_SHARES: Final = int(SIZE_GRAIN)


@dataclass(eq=False)
class Wish:
    """What an intent asks for, or a queued order whose predecessor has ended (`again`)."""

    order: Order  # as it would be sent; not in the table unless `again`
    size: int
    turn: int = 0
    target: Order | None = None  # the order to replace
    target_good: bool = True
    overlap: bool = False
    again: bool = False

    def target_gone(self) -> bool:
        """Is the target counted as dead already? Not in overlap mode: both may live."""
        return self.target is not None and not self.overlap


def grid(st: State, condition: Condition) -> tuple[int, int, int]:
    """(tick, minimum size, fee rate) the guard reckons with; assumed for unknown metadata."""
    if condition.known or not st.config.fallback_metadata:
        return condition.tick, condition.min_size, condition.fee_ppm
    return FALLBACK_TICK, FALLBACK_MIN_SIZE, FALLBACK_FEE_PPM


def refusal_of(st: State, w: Wish) -> int:
    """NONE, which is 0, or why this may not be sent."""
    condition = st.condition(w.order.token)
    adds = not lessens_risk(st, w)
    return (
        _before_form(st, w.order, condition, adds)
        or _used(st, w)
        or _form(st, w, condition)
        or (NONE if w.target_good else Refusal.REPLACE_TARGET)
        or _market(w, condition)
        or (_stops(st, condition) if adds else NONE)
        or _breakers(st, condition, w.order.order_id)
        or (NONE if w.again else _pace(st, w, condition, adds))
        or (_caps(st, w, condition) if adds else NONE)
        or _funds(st, w)
        or _full(st, w)
    )


def _before_form(st: State, order: Order, condition: Condition, adds: bool) -> int:
    """What is asked before the order itself is looked at."""
    return (
        session(st, adds)
        or _venue(st, order.post_only)
        or (NONE if st.heartbeat_ok else Refusal.HEARTBEAT_LOST)
        or _metadata(st, condition)
        or (Refusal.NEG_RISK_HOLD if condition.hold else NONE)
        or (Refusal.CLOSE_OUT if adds and _closing(st, condition) else NONE)
    )


def _used(st: State, w: Wish) -> int:
    if w.again:
        return NONE
    used = w.order.order_id <= st.last_intent_id or st.find(w.order.order_id) is not None
    return Refusal.ORDER_ID_USED if used else NONE


def _full(st: State, w: Wish) -> int:
    if not w.again and len(st.orders) >= places(st):
        return Refusal.ORDER_TABLE_FULL
    return Refusal.FILL_WINDOW_FULL if 4 * len(st.fills) >= 3 * st.config.fills else NONE


def split_refusal(st: State, condition: Condition, size: int) -> int:
    """INTENT_SPLIT adds risk: as an order does, as far as the rows concern it."""
    return (
        session(st, True)
        or _venue(st, False)
        or (NONE if st.heartbeat_ok else Refusal.HEARTBEAT_LOST)
        or _metadata(st, condition)
        or (Refusal.NEG_RISK_HOLD if condition.hold else NONE)
        or (Refusal.CLOSE_OUT if _closing(st, condition) else NONE)
        or _stops(st, condition)
        or _breakers(st, condition, 0)
        or _exposure(st, condition, size)
    )


def places(st: State) -> int:
    """How many open orders there may be before submits are refused; the rest is for facts."""
    return st.config.orders - max(1, st.config.orders // 8)


def lessens_risk(st: State, w: Wish) -> bool:
    """Does it only bring the two tokens' totals together, with all open in its direction?

    A BUY of t and a SELL of t^1 both make the position longer in t (rules.md, 7).
    """
    if w.order.of_cash():
        return False
    longer = _longer(w.order)
    account, other = st.tokens[longer], st.tokens[longer ^ 1]
    left = other.whole() - account.whole() - w.size
    for order in st.condition(longer).orders.values():
        if _longer(order) != longer or order.order_id == w.order.order_id:
            continue
        if w.target_gone() and order is w.target:
            continue
        if order.of_cash():
            return False
        left -= order.left()
    return left >= 0


def _longer(order: Order) -> int:
    """The token in which the order makes the position longer."""
    return order.token if order.side == BUY else order.token ^ 1


def session(st: State, adds: bool) -> int:
    if st.session == TRADING:
        return NONE
    if st.session == SessionState.HALTED:
        return Refusal.HALTED
    if st.session == SessionState.STARTING:
        return Refusal.STARTING
    if st.session == SessionState.RECONCILING:
        return Refusal.RECONCILING
    if st.session == SessionState.DRAINING and adds:
        return Refusal.DRAINING
    return NONE


def _venue(st: State, post_only: bool) -> int:
    if st.venue == NORMAL:
        return NONE
    if st.venue == VenueState.RESTARTING:
        return Refusal.VENUE_RESTARTING
    if st.venue == VenueState.DISABLED:
        return Refusal.VENUE_DISABLED
    if st.venue == VenueState.CANCEL_ONLY:
        return Refusal.VENUE_CANCEL_ONLY
    if st.venue == VenueState.POST_ONLY and not post_only:
        return Refusal.VENUE_POST_ONLY
    return NONE


def _closing(st: State, condition: Condition) -> bool:
    return condition.close_out_ns != 0 and st.now >= condition.close_out_ns


def _metadata(st: State, condition: Condition) -> int:
    if not condition.known:
        if not st.config.fallback_metadata:
            return Refusal.MARKET_UNKNOWN
        return Refusal.MARKET_CLOSED if condition.resolved else NONE
    if not condition.flags & META_OPEN or condition.resolved:
        return Refusal.MARKET_CLOSED
    if condition.known == 2:  # assumed: there is nothing to be stale
        return NONE
    oldest = condition.meta_ns
    if condition.cluster:
        cluster = st.clusters.get(condition.cluster)
        if cluster is None:
            return Refusal.CLUSTER_UNKNOWN
        oldest = min(oldest, cluster.read_ns)
    if st.now - oldest > 2 * st.config.metadata_cycle_ns:
        return Refusal.METADATA_STALE
    return NONE


def _form(st: State, w: Wish, condition: Condition) -> int:
    order = w.order
    tick, min_size, _ = grid(st, condition)
    if order.post_only and order.tif != GTC and order.tif != GTD:
        return Refusal.BAD_TIF
    if (order.expiry_ns != 0) != (order.tif == GTD):
        return Refusal.BAD_TIF
    if order.tif == GTD and order.expiry_ns < st.now + st.config.gtd_min_ns:
        return Refusal.EXPIRY_TOO_SOON
    if order.price % tick:
        return Refusal.OFF_TICK
    if not tick <= order.price <= 10_000 - tick:
        return Refusal.PRICE_RANGE
    if w.size % (OF_CASH if order.of_cash() else OF_SHARES):
        return Refusal.SIZE_GRAIN
    if order.of_cash():
        if w.size < st.config.min_notional_micros:
            return Refusal.BELOW_MIN_NOTIONAL
        return NONE
    if w.size < min_size:
        return Refusal.BELOW_MIN_SIZE
    marketable = order.side == BUY and not order.post_only and would_cross(condition, order)
    if marketable and amounts.up(w.size, order.price) < st.config.min_notional_micros:
        return Refusal.BELOW_MIN_NOTIONAL
    return NONE


def would_cross(condition: Condition, order: Order) -> bool:
    """Does the limit reach the opposite best of the local book?"""
    book = condition.book
    if order.side == BUY:
        side = book.bids(order.token ^ 1)
        return bool(side.prices) and order.price >= 10_000 - side.best()
    side = book.bids(order.token)
    return bool(side.prices) and order.price <= side.best()


def _market(w: Wish, condition: Condition) -> int:
    if not books.quotable(condition.book.feed):
        return Refusal.FEED_NOT_SYNCED
    if condition.book.is_crossed():
        return Refusal.BOOK_CROSSED
    if w.order.post_only and would_cross(condition, w.order):
        return Refusal.POST_ONLY_CROSS
    for other in condition.orders.values():
        if _could_trade(w, other) and _would_trade(w.order, other):
            return Refusal.SELF_TRADE
    return NONE


def _could_trade(w: Wish, other: Order) -> bool:
    """Is it another order of ours that is open still when this one is?"""
    if other.done or other.order_id == w.order.order_id:
        return False
    return not (w.target_gone() and other is w.target)


def _would_trade(a: Order, b: Order) -> bool:
    """Seen from the even token: a BUY of the odd one at p is an ask at 1 - p."""
    a_bids = _longer(a) == _even(a)
    if a_bids == (_longer(b) == _even(b)):
        return False
    bid, ask = (a, b) if a_bids else (b, a)
    return _from_even(bid) >= _from_even(ask)


def _even(order: Order) -> int:
    return order.token & ~1


def _from_even(order: Order) -> int:
    return 10_000 - order.price if order.token & 1 else order.price


def _stops(st: State, condition: Condition) -> int:
    if condition.loss_stop:
        return Refusal.LOSS_STOP
    for one in st.conditions:
        if one.no_mark:
            return Refusal.NO_MARK
    if ledger.short(st):
        return Refusal.SHORTFALL
    if condition.unhedged:
        return Refusal.UNHEDGED
    return NONE


def _breakers(st: State, condition: Condition, order_id: int) -> int:
    if condition.breaker.state == OPEN:
        return Refusal.BREAKER_OPEN
    if condition.breaker.state == HALF_OPEN and condition.breaker.probe not in (0, order_id):
        return Refusal.BREAKER_PROBING
    if st.breaker.state == OPEN:
        return Refusal.GLOBAL_BREAKER
    if st.breaker.state == HALF_OPEN and st.breaker.probe not in (0, order_id):
        return Refusal.GLOBAL_BREAKER
    return NONE


def _pace(st: State, w: Wish, condition: Condition, adds: bool) -> int:
    same_turn = w.turn != 0 and w.turn == condition.turn
    cooling = condition.turn_ns is not None and not same_turn
    if adds and cooling and st.now < (condition.turn_ns or 0) + st.config.cooldown_ns:
        return Refusal.COOLDOWN
    if not condition.budget.has_one(st.now):
        return Refusal.MARKET_BUDGET
    if not st.signer.has_one(st.now):
        return Refusal.SIGNER_BUDGET
    return NONE


def _caps(st: State, w: Wish, condition: Condition) -> int:
    c = st.config
    gone = 1 if w.target_gone() or w.again else 0  # `again`: it is counted already
    if c.cap_orders_market and len(condition.orders) - gone >= c.cap_orders_market:
        return Refusal.CAP_ORDERS_MARKET
    if c.cap_orders_total and len(st.orders) - gone >= c.cap_orders_total:
        return Refusal.CAP_ORDERS_TOTAL
    if w.order.side != BUY:
        return NONE
    return _exposure(st, condition, _new_reservation(w) - w.order.reserved)


def _exposure(st: State, condition: Condition, more: int) -> int:
    """Would `more` cash at risk be beyond a cap?"""
    c = st.config
    if c.cap_market_micros and ledger.exposure(condition) + more > c.cap_market_micros:
        return Refusal.CAP_MARKET
    mates = condition.cluster if c.cap_cluster_micros else 0
    if mates and _exposures(st, mates) + more > c.cap_cluster_micros:
        return Refusal.CAP_CLUSTER
    if c.cap_total_micros and _exposures(st, 0) + more > c.cap_total_micros:
        return Refusal.CAP_TOTAL
    return NONE


def _exposures(st: State, cluster: int) -> int:
    """Of the conditions of a cluster; of all for 0."""
    total = 0
    for condition in st.conditions:
        if not cluster or condition.cluster == cluster:
            total += ledger.exposure(condition)
    return total


def lent_by(w: Wish) -> int:
    """The target's reservation, when the new order may count on it."""
    target = w.target
    if target is None or w.overlap or w.again:
        return 0
    same = target.token == w.order.token and target.side == w.order.side
    return target.reserved if same else 0


def _new_reservation(w: Wish) -> int:
    return ledger.need_of(w.order, w.size) - lent_by(w)


def _funds(st: State, w: Wish) -> int:
    buys = w.order.side == BUY
    account = st.cash if buys else st.tokens[w.order.token]
    free = account.free() + w.order.reserved + lent_by(w)
    if free < ledger.need_of(w.order, w.size):
        return Refusal.INSUFFICIENT_CASH if buys else Refusal.INSUFFICIENT_TOKENS
    return NONE


def waiting(order: Order) -> bool:
    """A replace that waits for its predecessor's death."""
    return order.state == OrderState.QUEUED
