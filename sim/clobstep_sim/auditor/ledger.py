"""Reservations, postings, cost, exposure: docs/rules.md, 3 and 4; and the auditor's own proof.

Every change of an account goes through here. Micro-pUSD and microshares.
"""

from __future__ import annotations

from typing import Final

from clobstep.enums import NO_TOKEN

from . import amounts
from .codes import Alert, EffectKind, EventKind, OrderState, Refusal, Side, TradeState
from .parts import Account, Conversion, Fill
from .records import Record
from .state import Condition, Order, RefusedError, State

BUY: Final = int(Side.BUY)
QUEUED: Final = int(OrderState.QUEUED)
FACTS: Final[dict[int, EffectKind]] = {
    EventKind.SPLIT: EffectKind.SPLIT,
    EventKind.MERGE: EffectKind.MERGE,
    EventKind.REDEEM: EffectKind.REDEEM,
}


def need_of(order: Order, leaves: int) -> int:
    """What an order with these leaves must hold (rules.md, 3)."""
    if order.side != BUY:
        return leaves
    if order.of_cash():
        return leaves + amounts.cash_order_fee(leaves, order.low_pips, order.rate_ppm)
    pays = amounts.up(leaves, order.price)
    return pays if order.post_only else pays + amounts.fee(leaves, order.price, order.rate_ppm)


def reserve(st: State, order: Order) -> None:
    """Set the reservation to what state and leaves ask for; the account moves by the difference."""
    if order.is_over():
        need = 0
    elif order.state == QUEUED:
        need = _need_while_queued(st, order)
    else:
        need = need_of(order, order.left())
    account = st.cash if order.side == BUY else st.tokens[order.token]
    account.reserved += need - order.reserved
    order.reserved = need
    if order.successor and not order.is_over():  # of one that ended: the guard looks first
        successor = st.orders.get(order.successor)
        if successor is not None and successor.state == QUEUED:
            reserve(st, successor)


def _need_while_queued(st: State, order: Order) -> int:
    """What it will need beyond what its predecessor holds, less what that filled meanwhile."""
    target = st.find(order.predecessor)
    assert target is not None
    if (target.token, target.side) != (order.token, order.side):
        return need_of(order, order.left())
    leaves = order.left()
    if not order.of_cash() and not target.of_cash():
        leaves = max(0, leaves - (target.filled - order.asked_filled))
    return max(0, need_of(order, leaves) - target.reserved)


def reserved_cash(condition: Condition) -> int:
    """Cash reserved by the orders of a condition."""
    total = 0
    for order in condition.orders.values():
        if order.side == BUY:
            total += order.reserved
    return total


def exposure(condition: Condition) -> int:
    """Cost of both tokens, each at least 0, and the cash its orders and its split hold."""
    flying = condition.conversion
    splits = flying.size if flying is not None and flying.kind == EffectKind.SPLIT else 0
    total = reserved_cash(condition) + splits
    for cost in condition.cost:
        if cost > 0:
            total += cost
    return total


def short(st: State) -> bool:
    """Is any spendable amount negative?"""
    if _negative(st.cash):
        return True
    for account in st.tokens:  # noqa: SIM110 - any() makes a generator, which is slow
        if _negative(account):
            return True
    return False


def _negative(account: Account) -> bool:
    return account.free() < 0


# ---- cost


def cost_of_sale(st: State, token: int, size: int) -> int:
    """What leaving `size` of a token takes from its cost; asked before the total changes."""
    account = st.tokens[token]
    cost, total = st.condition(token).cost[token & 1], account.whole()
    return cost * min(size, total) // total if total > 0 else 0


def add_cost(st: State, token: int, delta: int) -> None:
    """Change a token's cost, after its total was changed: nothing held costs nothing."""
    account, cost = st.tokens[token], st.condition(token).cost
    cost[token & 1] = 0 if account.whole() == 0 else cost[token & 1] + delta


# ---- trades


def book_fill(st: State, fill: Fill) -> None:
    """Post a trade as provisional; keeps in the fill what it did to cost."""
    condition, token = st.condition(fill.token), st.tokens[fill.token]
    before = condition.cost[fill.token & 1]
    if fill.side == BUY:
        delta = fill.cash
        st.cash.outgoing += fill.cash + fill.fee
        token.incoming += fill.size
        condition.flow -= fill.cash
    else:
        delta = -cost_of_sale(st, fill.token, fill.size)
        token.outgoing += fill.size
        st.cash.incoming += fill.cash - fill.fee
        condition.flow += fill.cash
    condition.fees += fill.fee
    add_cost(st, fill.token, delta)
    fill.cost_delta = condition.cost[fill.token & 1] - before


def settle_fill(st: State, fill: Fill) -> None:
    """CONFIRMED: the same amounts move from provisional into settled."""
    token = st.tokens[fill.token]
    if fill.side == BUY:
        st.cash.outgoing -= fill.cash + fill.fee
        st.cash.settled -= fill.cash + fill.fee
        token.incoming -= fill.size
        token.settled += fill.size
    else:
        token.outgoing -= fill.size
        token.settled -= fill.size
        st.cash.incoming -= fill.cash - fill.fee
        st.cash.settled += fill.cash - fill.fee


def undo_fill(st: State, fill: Fill) -> None:
    """FAILED: everything the fill posted is taken back."""
    condition, token = st.condition(fill.token), st.tokens[fill.token]
    if fill.side == BUY:
        st.cash.outgoing -= fill.cash + fill.fee
        token.incoming -= fill.size
        condition.flow += fill.cash
    else:
        token.outgoing -= fill.size
        st.cash.incoming -= fill.cash - fill.fee
        condition.flow -= fill.cash
    condition.fees -= fill.fee
    add_cost(st, fill.token, -fill.cost_delta)


# ---- facts about money that are no trades


def money(st: State, e: Record) -> None:
    """OPENING, DEPOSIT, WITHDRAWAL, ADJUSTMENT."""
    sign = -1 if e.kind == EventKind.WITHDRAWAL else 1
    if e.token == NO_TOKEN:
        st.cash.settled += sign * e.amount
        st.external[NO_TOKEN] += sign * e.amount
        st.deposited += sign * e.amount
        return
    size = sign * e.size
    leaves = e.kind == EventKind.WITHDRAWAL
    cost = -cost_of_sale(st, e.token, e.size) if leaves else 0
    st.tokens[e.token].settled += size
    st.external[e.token] += size
    if e.kind in (EventKind.OPENING, EventKind.DEPOSIT):
        cost = e.amount
    st.condition(e.token).flow -= cost
    st.given_cost += cost
    add_cost(st, e.token, cost)


def convert(st: State, e: Record) -> None:
    """SPLIT, MERGE, REDEEM, as facts; one in flight of the same kind is over by it."""
    condition = st.condition(e.token)
    release(st, condition, e)
    if e.kind == EventKind.REDEEM:
        _leave(st, e.token, e.size)
        gain = amounts.down(e.size, e.price_pips)
    elif e.kind == EventKind.MERGE:
        _leave(st, e.token, e.size)
        _leave(st, e.token ^ 1, e.size)
        gain = e.size
    else:
        for token, cost in ((e.token, e.size // 2), (e.token ^ 1, e.size - e.size // 2)):
            st.tokens[token].settled += e.size
            st.external[token] += e.size
            add_cost(st, token, cost)
        gain = -e.size
    st.cash.settled += gain
    st.external[NO_TOKEN] += gain
    condition.flow += gain
    end_unhedged_if_equal(st, condition)


def _leave(st: State, token: int, size: int) -> None:
    cost = cost_of_sale(st, token, size)
    st.tokens[token].settled -= size
    st.external[token] -= size
    add_cost(st, token, -cost)


def release(st: State, condition: Condition, e: Record | None) -> None:
    """Free what the conversion in flight holds; `e`: only if it is the one that happened."""
    flying = condition.conversion
    if flying is None:
        return
    if e is not None:
        fact = FACTS[e.kind]
        if fact != flying.kind or e.size != flying.size:
            return
        if fact == EffectKind.REDEEM and flying.token != e.token:
            return
    for account in _held_by(st, flying):
        account.reserved -= flying.size
    condition.conversion = None


def hold(st: State, condition: Condition, flying: Conversion) -> None:
    """Reserve for a conversion in flight; INSUFFICIENT_CASH or _TOKENS when it is not there."""
    for account in _held_by(st, flying):
        if account.free() < flying.size:
            cash = account is st.cash
            raise RefusedError(Refusal.INSUFFICIENT_CASH if cash else Refusal.INSUFFICIENT_TOKENS)
    if condition.conversion is not None:
        raise RefusedError(Refusal.CONVERSION_BUSY)
    for account in _held_by(st, flying):
        account.reserved += flying.size
    condition.conversion = flying


def _held_by(st: State, flying: Conversion) -> list[Account]:
    if flying.kind == EffectKind.SPLIT:
        return [st.cash]
    if flying.kind == EffectKind.REDEEM:
        return [st.tokens[flying.token]]
    return [st.tokens[flying.token], st.tokens[flying.token ^ 1]]


def equal_totals(st: State, condition: Condition) -> bool:
    even, odd = st.tokens[2 * condition.index], st.tokens[2 * condition.index + 1]
    return even.whole() == odd.whole()


def end_unhedged_if_equal(st: State, condition: Condition) -> None:
    """A booking, conversion or reconciliation that leaves both totals equal ends UNHEDGED."""
    if condition.unhedged and equal_totals(st, condition):
        condition.unhedged = False
        st.alert(Alert.UNHEDGED_ENDED, 2 * condition.index)


# ---- the auditor's own proof


def audit(st: State) -> list[str]:
    """Rebuild every account from the facts; the differences, in words (invariants 3 to 9)."""
    found: list[str] = []
    for token in [NO_TOKEN, *range(st.config.tokens)]:
        account = st.account(token)
        settled, incoming, outgoing = _from_fills(st, token)
        rebuilt = {
            "settled": st.external[token] + settled,
            "incoming": incoming,
            "outgoing": outgoing,
            "reserved": _from_orders(st, token),
        }
        for name, mine in rebuilt.items():
            held = getattr(account, name)
            if held != mine:
                found.append(f"account {token}: {name} {held}, rebuilt from facts {mine}")
    flow = st.past_flow + sum(c.flow for c in st.conditions)
    fees = st.past_fees + sum(c.fees for c in st.conditions)
    equity = st.deposited + st.given_cost + flow - fees
    if st.cash.total != equity:
        found.append(f"cash total {st.cash.total}, deposits + flow - fees {equity}")
    return found


def _from_fills(st: State, token: int) -> tuple[int, int, int]:
    """(settled, incoming, outgoing) of an account, from all fills there ever were."""
    settled = incoming = outgoing = 0
    for fill in st.all_fills:
        if not fill.posted or fill.state == TradeState.FAILED:
            continue
        if token not in (NO_TOKEN, fill.token):
            continue
        if token != NO_TOKEN:
            amount = fill.size if fill.side == Side.BUY else -fill.size
        elif fill.side == BUY:
            amount = -(fill.cash + fill.fee)
        else:
            amount = fill.cash - fill.fee
        if fill.state == TradeState.CONFIRMED:
            settled += amount
        elif (fill.side == Side.BUY) == (token != NO_TOKEN):
            incoming += amount
        else:
            outgoing -= amount
    return settled, incoming, outgoing


def _from_orders(st: State, token: int) -> int:
    """What open orders and conversions in flight hold of an account."""
    held = 0
    for order in st.orders.values():
        if token == (NO_TOKEN if order.side == Side.BUY else order.token):
            held += order.reserved
    for condition in st.conditions:
        flying = condition.conversion
        if flying is not None and any(a is st.account(token) for a in _held_by(st, flying)):
            held += flying.size
    return held
