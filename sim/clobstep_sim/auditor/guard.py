"""The guard: docs/rules.md, 7, in the order of the refusals of docs/reference.md.

Reads everything, changes nothing: `refusal_of` answers with the lowest code that applies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from clobstep.enums import (
    CASH_GRAIN,
    FALLBACK_FEE_PPM,
    FALLBACK_MIN_SIZE,
    FALLBACK_TICK,
    SIZE_GRAIN,
    BreakerState,
    Flag,
    OrderState,
    Refusal,
    SessionState,
    Side,
    Tif,
    VenueState,
)

from . import amounts, ledger
from .books import QUOTABLE
from .state import Condition, Order, State


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

    @property
    def target_gone(self) -> bool:
        """Is the target counted as dead already? Not in overlap mode: both may live."""
        return self.target is not None and not self.overlap


def grid(st: State, condition: Condition) -> tuple[int, int, int]:
    """(tick, minimum size, fee rate) the guard reckons with; assumed for unknown metadata."""
    if condition.known or not st.config.fallback_metadata:
        return condition.tick, condition.min_size, condition.fee_ppm
    return FALLBACK_TICK, FALLBACK_MIN_SIZE, FALLBACK_FEE_PPM


def refusal_of(st: State, wish: Wish) -> Refusal:
    """NONE, or why this may not be sent."""
    condition = st.condition(wish.order.token)
    adds = not lessens_risk(st, wish)
    for refusal in _reasons(st, wish, condition, adds):
        if refusal != Refusal.NONE:
            return refusal
    return Refusal.NONE


def _reasons(st: State, w: Wish, condition: Condition, adds: bool) -> Iterator[Refusal]:
    yield session(st, adds)
    yield _venue(st, w.order.post_only)
    if not st.heartbeat_ok:
        yield Refusal.HEARTBEAT_LOST
    yield _metadata(st, condition)
    if condition.hold:
        yield Refusal.NEG_RISK_HOLD
    if adds and _closing(st, condition):
        yield Refusal.CLOSE_OUT
    if not w.again and (
        w.order.order_id <= st.last_intent_id or st.find(w.order.order_id) is not None
    ):
        yield Refusal.ORDER_ID_USED
    yield _form(st, w, condition)
    if not w.target_good:
        yield Refusal.REPLACE_TARGET
    yield _market(st, w, condition)
    if adds:
        yield _stops(st, condition)
    yield _breakers(st, condition, w.order.order_id)
    if not w.again:
        yield _pace(st, w, condition, adds)
    if adds:
        yield _caps(st, w, condition)
    yield _funds(st, w)
    if not w.again and len(st.orders) >= places(st):
        yield Refusal.ORDER_TABLE_FULL
    if 4 * len(st.fills) >= 3 * st.config.fills:
        yield Refusal.FILL_WINDOW_FULL


def split_refusal(st: State, condition: Condition, size: int) -> Refusal:
    """INTENT_SPLIT adds risk: as an order does, as far as the rows concern it."""
    for refusal in (
        session(st, adds=True),
        _venue(st, post_only=False),
        Refusal.NONE if st.heartbeat_ok else Refusal.HEARTBEAT_LOST,
        _metadata(st, condition),
        Refusal.NEG_RISK_HOLD if condition.hold else Refusal.NONE,
        Refusal.CLOSE_OUT if _closing(st, condition) else Refusal.NONE,
        _stops(st, condition),
        _breakers(st, condition, 0),
        _exposure(st, condition, size),
    ):
        if refusal != Refusal.NONE:
            return refusal
    return Refusal.NONE


def places(st: State) -> int:
    """How many open orders there may be before submits are refused; the rest is for facts."""
    return st.config.orders - max(1, st.config.orders // 8)


def lessens_risk(st: State, w: Wish) -> bool:
    """Does it only bring the two tokens' totals together, with all open in its direction?

    A BUY of t and a SELL of t^1 both make the position longer in t (rules.md, 7).
    """
    if w.order.cash_order:
        return False
    longer = _longer(w.order)
    left = st.tokens[longer ^ 1].total - st.tokens[longer].total - w.size
    for order in st.condition(longer).orders.values():
        if _longer(order) != longer or order.order_id == w.order.order_id:
            continue
        if w.target_gone and order is w.target:
            continue
        if order.cash_order:
            return False
        left -= order.leaves
    return bool(left >= 0)


def _longer(order: Order) -> int:
    """The token in which the order makes the position longer."""
    return order.token if order.side == Side.BUY else order.token ^ 1


def session(st: State, adds: bool) -> Refusal:
    if st.session == SessionState.HALTED:
        return Refusal.HALTED
    if st.session == SessionState.STARTING:
        return Refusal.STARTING
    if st.session == SessionState.RECONCILING:
        return Refusal.RECONCILING
    if st.session == SessionState.DRAINING and adds:
        return Refusal.DRAINING
    return Refusal.NONE


def _venue(st: State, post_only: bool) -> Refusal:
    if st.venue == VenueState.RESTARTING:
        return Refusal.VENUE_RESTARTING
    if st.venue == VenueState.DISABLED:
        return Refusal.VENUE_DISABLED
    if st.venue == VenueState.CANCEL_ONLY:
        return Refusal.VENUE_CANCEL_ONLY
    if st.venue == VenueState.POST_ONLY and not post_only:
        return Refusal.VENUE_POST_ONLY
    return Refusal.NONE


def _closing(st: State, condition: Condition) -> bool:
    return bool(condition.close_out_ns and st.now >= condition.close_out_ns)


def _metadata(st: State, condition: Condition) -> Refusal:
    if not condition.known:
        if not st.config.fallback_metadata:
            return Refusal.MARKET_UNKNOWN
        return Refusal.MARKET_CLOSED if condition.resolved else Refusal.NONE
    if not condition.flags & Flag.META_OPEN or condition.resolved:
        return Refusal.MARKET_CLOSED
    if condition.known == 2:  # assumed: there is nothing to be stale
        return Refusal.NONE
    oldest = condition.meta_ns
    if condition.cluster:
        cluster = st.clusters.get(condition.cluster)
        if cluster is None:
            return Refusal.CLUSTER_UNKNOWN
        oldest = min(oldest, cluster.read_ns)
    if st.now - oldest > 2 * st.config.metadata_cycle_ns:
        return Refusal.METADATA_STALE
    return Refusal.NONE


def _form(st: State, w: Wish, condition: Condition) -> Refusal:
    order = w.order
    tick, min_size, _ = grid(st, condition)
    if order.post_only and order.tif not in (Tif.GTC, Tif.GTD):
        return Refusal.BAD_TIF
    if (order.expiry_ns != 0) != (order.tif == Tif.GTD):
        return Refusal.BAD_TIF
    if order.tif == Tif.GTD and order.expiry_ns < st.now + st.config.gtd_min_ns:
        return Refusal.EXPIRY_TOO_SOON
    if order.price % tick:
        return Refusal.OFF_TICK
    if not tick <= order.price <= 10_000 - tick:
        return Refusal.PRICE_RANGE
    if w.size % (CASH_GRAIN if order.cash_order else SIZE_GRAIN):
        return Refusal.SIZE_GRAIN
    if order.cash_order:
        if w.size < st.config.min_notional_micros:
            return Refusal.BELOW_MIN_NOTIONAL
        return Refusal.NONE
    if w.size < min_size:
        return Refusal.BELOW_MIN_SIZE
    marketable = order.side == Side.BUY and not order.post_only and would_cross(condition, order)
    if marketable and amounts.up(w.size, order.price) < st.config.min_notional_micros:
        return Refusal.BELOW_MIN_NOTIONAL
    return Refusal.NONE


def would_cross(condition: Condition, order: Order) -> bool:
    """Does the limit reach the opposite best of the local book?"""
    if order.side == Side.BUY:
        price, size = condition.book.best_ask(order.token)
        return size > 0 and order.price >= price
    price, size = condition.book.best_bid(order.token)
    return size > 0 and order.price <= price


def _market(st: State, w: Wish, condition: Condition) -> Refusal:
    if condition.book.feed not in QUOTABLE:
        return Refusal.FEED_NOT_SYNCED
    if condition.book.crossed:
        return Refusal.BOOK_CROSSED
    if w.order.post_only and would_cross(condition, w.order):
        return Refusal.POST_ONLY_CROSS
    if any(_would_trade(w.order, o) for o in _others(st, w, condition)):
        return Refusal.SELF_TRADE
    return Refusal.NONE


def _others(st: State, w: Wish, condition: Condition) -> list[Order]:
    """Our orders of the condition that could still trade against it."""
    return [
        o
        for o in st.orders_of(condition)
        if not o.done and o.order_id != w.order.order_id and not (w.target_gone and o is w.target)
    ]


def _would_trade(a: Order, b: Order) -> bool:
    """Seen from the even token: a BUY of the odd one at p is an ask at 1 - p."""
    (a_bids, a_price), (b_bids, b_price) = _from_even(a), _from_even(b)
    if a_bids == b_bids:
        return False
    bid, ask = (a_price, b_price) if a_bids else (b_price, a_price)
    return bid >= ask


def _from_even(order: Order) -> tuple[bool, int]:
    bids = order.side == Side.BUY
    return (not bids, 10_000 - order.price) if order.token & 1 else (bids, order.price)


def _stops(st: State, condition: Condition) -> Refusal:
    if condition.loss_stop:
        return Refusal.LOSS_STOP
    if any(c.no_mark for c in st.conditions):
        return Refusal.NO_MARK
    if ledger.short(st):
        return Refusal.SHORTFALL
    if condition.unhedged:
        return Refusal.UNHEDGED
    return Refusal.NONE


def _breakers(st: State, condition: Condition, order_id: int) -> Refusal:
    if condition.breaker.state == BreakerState.OPEN:
        return Refusal.BREAKER_OPEN
    mine = (0, order_id)
    if condition.breaker.state == BreakerState.HALF_OPEN and condition.breaker.probe not in mine:
        return Refusal.BREAKER_PROBING
    if st.breaker.state == BreakerState.OPEN:
        return Refusal.GLOBAL_BREAKER
    if st.breaker.state == BreakerState.HALF_OPEN and st.breaker.probe not in mine:
        return Refusal.GLOBAL_BREAKER
    return Refusal.NONE


def _pace(st: State, w: Wish, condition: Condition, adds: bool) -> Refusal:
    same_turn = w.turn != 0 and w.turn == condition.turn
    cooling = condition.turn_ns is not None and not same_turn
    if adds and cooling and st.now < (condition.turn_ns or 0) + st.config.cooldown_ns:
        return Refusal.COOLDOWN
    if not condition.budget.has_one(st.now):
        return Refusal.MARKET_BUDGET
    if not st.signer.has_one(st.now):
        return Refusal.SIGNER_BUDGET
    return Refusal.NONE


def _caps(st: State, w: Wish, condition: Condition) -> Refusal:
    c = st.config
    gone = 1 if w.target_gone or w.again else 0  # `again`: it is counted already
    if c.cap_orders_market and len(st.orders_of(condition)) - gone >= c.cap_orders_market:
        return Refusal.CAP_ORDERS_MARKET
    if c.cap_orders_total and len(st.orders) - gone >= c.cap_orders_total:
        return Refusal.CAP_ORDERS_TOTAL
    if w.order.side == Side.SELL:
        return Refusal.NONE
    return _exposure(st, condition, _new_reservation(w) - w.order.reserved)


def _exposure(st: State, condition: Condition, more: int) -> Refusal:
    """Would `more` cash at risk be beyond a cap?"""
    c = st.config
    if c.cap_market_micros and ledger.exposure(st, condition) + more > c.cap_market_micros:
        return Refusal.CAP_MARKET
    if c.cap_cluster_micros and condition.cluster:
        mates = [m for m in st.conditions if m.cluster == condition.cluster]
        if sum(ledger.exposure(st, m) for m in mates) + more > c.cap_cluster_micros:
            return Refusal.CAP_CLUSTER
    everything = sum(ledger.exposure(st, m) for m in st.conditions)
    if c.cap_total_micros and everything + more > c.cap_total_micros:
        return Refusal.CAP_TOTAL
    return Refusal.NONE


def lent_by(w: Wish) -> int:
    """The target's reservation, when the new order may count on it."""
    target = w.target
    if target is None or w.overlap or w.again:
        return 0
    same = target.token == w.order.token and target.side == w.order.side
    return target.reserved if same else 0


def _new_reservation(w: Wish) -> int:
    return ledger.need_of(w.order, w.size) - lent_by(w)


def _funds(st: State, w: Wish) -> Refusal:
    buys = w.order.side == Side.BUY
    account = st.cash if buys else st.tokens[w.order.token]
    free = account.spendable + w.order.reserved + lent_by(w)
    if free < ledger.need_of(w.order, w.size):
        return Refusal.INSUFFICIENT_CASH if buys else Refusal.INSUFFICIENT_TOKENS
    return Refusal.NONE


def waiting(order: Order) -> bool:
    """A replace that waits for its predecessor's death."""
    return order.state == OrderState.QUEUED
