"""Fills and their settlement: TRADE. docs/rules.md, 5, and the trade table."""

from __future__ import annotations

from . import amounts, ledger, orders, requests
from .codes import (
    Alert,
    EffectKind,
    Evidence,
    Flag,
    Liquidity,
    OrderInput,
    OrderState,
    Origin,
    Refusal,
    RequestState,
    Tif,
    TradeState,
    TradeStatus,
    Wake,
)
from .parts import Fill
from .records import Record
from .state import Order, RefusedError, State

T, X = TradeState, TradeStatus


def trade(st: State, e: Record) -> bool:
    """One message about one fill of ours; False when it says nothing new."""
    held = st.fills.get((e.ref, e.order_id))
    if held is not None:
        return _again(st, e, held)
    if 0 < e.venue_time_ns < st.watermark_ns:
        raise RefusedError(Refusal.STALE_FACT)
    if len(st.fills) >= st.config.fills - 1:
        raise RefusedError(Refusal.FILL_WINDOW_FULL)
    _book(st, e)
    return True


# ---- a key we hold


def _again(st: State, e: Record, fill: Fill) -> bool:
    same = (fill.size, fill.price, fill.side, fill.token) == (
        e.size, e.price_pips, e.side, e.token,
    )  # fmt: skip
    if not same:
        st.alert(Alert.FILL_MISMATCH, e.token, order_id=e.order_id, ref=e.ref)
    status = e.code
    if status == X.CONFIRMED:
        return _confirm(st, fill)
    if status == X.FAILED:
        return _fail(st, fill)
    if status == X.MATCHED:
        moves = fill.state == T.NOT_BROADCAST
    elif status == X.MINED:
        moves = fill.state in (T.NOT_BROADCAST, T.MATCHED, T.RETRYING)
    elif status == X.RETRYING:
        moves = fill.state in (T.NOT_BROADCAST, T.MATCHED, T.MINED)
    else:
        moves = False
    if moves:
        fill.state = state_of(status)
    return moves


def state_of(status: int) -> int:
    """The states are the statuses, and NONE before them."""
    return status + 1


def _confirm(st: State, fill: Fill) -> bool:
    if fill.state == T.CONFIRMED:
        return False
    if fill.state == T.FAILED:
        return _dispute(st, fill)
    ledger.settle_fill(st, fill)
    fill.state = T.CONFIRMED
    _settled(st, fill)
    return True


def _fail(st: State, fill: Fill) -> bool:
    if fill.state == T.FAILED:
        return False
    if fill.state == T.CONFIRMED:
        return _dispute(st, fill)
    ledger.undo_fill(st, fill)
    fill.state = T.FAILED
    _failed(st, fill)
    return True


def _failed(st: State, fill: Fill) -> None:
    """A leg failed: the order's reversed counts it, and the market is UNHEDGED."""
    st.counters["reversals"] += 1
    order = st.find(fill.order_id)
    if order is not None and not fill.foreign:
        u = units(order, fill.size, fill.price)
        orders.apply(st, order, OrderInput.REVERSED, None, 0, False, u)
    _settled(st, fill)
    st.alert(Alert.TRADE_FAILED, fill.token, order_id=fill.order_id, ref=fill.trade)
    _unhedge(st, fill)


def _unhedge(st: State, fill: Fill) -> None:
    condition = st.condition(fill.token)
    if not condition.unhedged:
        condition.unhedged = True
        st.alert(Alert.UNHEDGED, fill.token)


def _dispute(st: State, fill: Fill) -> bool:
    st.counters["disputes"] += 1
    st.alert(Alert.TRADE_DISPUTED, fill.token, order_id=fill.order_id, ref=fill.trade)
    st.ask_reconcile()
    return True


def _settled(st: State, fill: Fill) -> None:
    made = st.of_token(EffectKind.SETTLED, fill.token)
    made.order_id, made.ref, made.code, made.size = fill.order_id, fill.trade, fill.state, fill.size


# ---- a new key


def units(order: Order, size: int, price: int) -> int:
    """u: what a fill counts in the order's unit (rules.md, 2)."""
    return amounts.down(size, price) if order.of_cash() else size


def _book(st: State, e: Record) -> None:
    order = st.find(e.order_id)
    if order is not None and order.state == OrderState.QUEUED:
        order = None  # the venue never saw it: the fill cannot be its
    liquidity, evidence = _liquidity(st, e, order)
    condition = st.condition(e.token)
    rate = condition.fee_ppm if condition.known and liquidity != Liquidity.MAKER else 0
    cash = amounts.down(e.size, e.price_pips)
    state = state_of(e.code)
    fill = Fill(
        e.ref, e.order_id, e.token, e.side, e.size, e.price_pips, cash,
        amounts.fee(e.size, e.price_pips, rate), 0, e.venue_time_ns, state,
        posted=state != T.FAILED, foreign=order is None,
    )  # fmt: skip
    _keep(st, fill)
    if fill.posted:
        ledger.book_fill(st, fill)
    else:
        _unhedge(st, fill)  # before a successor asks the guard
    st.counters["fills"] += 1
    st.wake(condition, Wake.ORDER)
    made = st.of_token(EffectKind.FILL, e.token)
    made.order_id, made.ref, made.side, made.price_pips = e.order_id, e.ref, e.side, e.price_pips
    made.size, made.amount, made.deadline_ns = e.size, fill.fee, cash
    made.code, made.flags = liquidity, evidence
    made.aux = Origin.FOREIGN if order is None else order.origin
    if order is None:
        st.counters["fills_foreign"] += 1
        st.alert(Alert.FOREIGN_FILL, e.token, order_id=e.order_id, ref=e.ref)
    else:
        _count(st, e, order)
    if state == T.CONFIRMED:
        ledger.settle_fill(st, fill)
        _settled(st, fill)
    elif state == T.FAILED:
        _failed(st, fill)
    if fill.posted:
        ledger.end_unhedged_if_equal(st, condition)


def _keep(st: State, fill: Fill) -> None:
    """Remember the key; three quarters full asks for a reconciliation."""
    st.all_fills.append(fill)
    st.fills[fill.trade, fill.order_id] = fill
    if 4 * len(st.fills) >= 3 * st.config.fills and not st.window_told:
        st.window_told = True
        st.alert(Alert.FILL_WINDOW_FULL)
        st.ask_reconcile()


def _liquidity(st: State, e: Record, order: Order | None) -> tuple[Liquidity, Evidence]:
    """The first evidence there is decides; other evidence that disagrees is counted once."""
    said: list[tuple[Evidence, Liquidity]] = []
    if e.flags & (Flag.ROLE_TAKER | Flag.ROLE_MAKER):
        taker = bool(e.flags & Flag.ROLE_TAKER)
        said.append((Evidence.ORDER_ROLE, Liquidity.TAKER if taker else Liquidity.MAKER))
    if order is not None and order.post_only:
        said.append((Evidence.POST_ONLY, Liquidity.MAKER))
    if order is not None and order.tif in (Tif.FAK, Tif.FOK):
        said.append((Evidence.SPREAD_CROSS, Liquidity.TAKER))  # it cannot rest
    elif order is not None and order.crossed is not None:
        said.append((Evidence.SPREAD_CROSS, Liquidity.TAKER if order.crossed else Liquidity.MAKER))
    if e.flags & (Flag.WS_TAKER | Flag.WS_MAKER):
        taker = bool(e.flags & Flag.WS_TAKER)
        said.append((Evidence.WS_FLAG, Liquidity.TAKER if taker else Liquidity.MAKER))
    if not said:
        return Liquidity.UNKNOWN, Evidence.NONE
    evidence, liquidity = said[0]
    if any(other != liquidity for _, other in said):
        st.counters["role_disagreements"] += 1
    if order is not None and order.post_only and liquidity == Liquidity.TAKER:
        st.alert(Alert.ROLE_DISAGREES, e.token, order_id=e.order_id, ref=e.ref)
    return liquidity, evidence


def _count(st: State, e: Record, order: Order) -> None:
    """What the fill does to its order."""
    order.word_epoch = st.epoch
    if (order.token, order.side) != (e.token, e.side):
        st.alert(Alert.FILL_MISMATCH, e.token, order_id=e.order_id, ref=e.ref)
    u = units(order, e.size, e.price_pips)
    known = min(u, order.posted_before)
    order.posted_before -= known
    u -= known
    dead, full = order.is_over(), order.state == OrderState.FILLED
    held_dead = order.state == OrderState.REJECTED or order.presumed
    if dead:
        if full:
            st.counters["fills_over"] += 1
        else:
            st.counters["fills_late"] += 1
    word, beyond = _word(order, u), _beyond(order, u)
    over = order.overfill + beyond
    requests.free(order, RequestState.SUBMIT)
    orders.apply(st, order, word, None, 0, False, u)
    if dead and held_dead and not full:
        orders.came_alive(st, order)
    if beyond and over > st.config.dust:
        st.alert(Alert.OVERFILL, e.token, order_id=e.order_id, amount=over)
    requests.serve(st, order)


def _beyond(order: Order, u: int) -> int:
    """What of a fill is more than there was left, or had been cancelled."""
    if order.state == OrderState.FILLED:
        return u
    return max(0, u - (order.canceled if order.is_over() else order.left()))


def _word(order: Order, u: int) -> OrderInput:
    if order.state == OrderState.FILLED:
        return OrderInput.FILL_PART
    if order.is_over():
        return OrderInput.FILL_LAST if u >= order.canceled else OrderInput.FILL_PART
    if order.left() - u > 0:
        return OrderInput.FILL_PART
    return OrderInput.FILL_REST if order.canceled else OrderInput.FILL_LAST
