"""The engine's readings beside the auditor's, in readable differences; none when all is equal."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any, Final

from clobstep.enums import Refusal, SessionState, Side

from . import deadlines, ledger, valuation
from .model import Auditor
from .parts import Account
from .state import Condition, Order, State

ORDER_FIELDS: Final = (
    "order_id", "state", "request", "token", "side", "tif", "origin", "original", "filled",
    "canceled", "reversed", "restored", "overfill", "leaves", "reserved", "cancel_wanted", "done",
    "presumed",
)  # fmt: skip
ACCOUNT_FIELDS: Final = ("settled", "incoming", "outgoing", "reserved", "locked", "spendable")
MARKET_FIELDS: Final = (
    "known", "tick_pips", "min_size", "fee_ppm", "flags", "cluster", "close_out_ns", "resolved",
    "hold", "loss_stop", "unhedged", "breaker", "rejects", "flow", "fees", "cost_yes", "cost_no",
    "reserved_cash", "exposure", "open_orders", "feed", "generation",
)  # fmt: skip
GETTERS: Final[dict[tuple[str, ...], Any]] = {
    names: attrgetter(*names) for names in (ORDER_FIELDS, ACCOUNT_FIELDS, MARKET_FIELDS)
}


def compare(engine: Any, auditor: Auditor, *, everything: bool = True) -> list[str]:
    """Every reading of `engine.view` against the auditor's; `everything=False` leaves out ended
    orders that no event since the last look can have touched by the auditor's account, and
    counters: they only rise, so the next look at everything finds what is amiss."""
    st, view = auditor.state, engine.view
    found = [*_whole(engine, st), *_accounts(view, st)]
    for condition in st.conditions:
        found += _market(view, st, condition)
        found += _book(view, condition)
    found += _orders(view, st, everything)
    if everything:
        found += _counted(view, st)
    found += own_indexes(st)
    return found


def own_indexes(st: State) -> Iterator[str]:
    """What the auditor keeps so that it need not look at everything, against everything."""
    yield from _differ("index: deadline_ns", deadlines.kept(st), deadlines.looked_up(st))
    yield from _differ("index: shortfall", st.shortfall, ledger.short(st))
    yield from _differ("index: valuation", st.valuation_ns != 0, valuation.wanted(st))
    yield from _differ("index: orders", [o.placed for o in st.in_turn()], _placed(st))
    for c in st.conditions:
        for ladder in (c.book.even, c.book.odd):
            yield from _differ("index: prices", ladder.prices, sorted(ladder.sizes))


def _placed(st: State) -> list[int]:
    """The order of the open orders by their own words (rules.md, 9)."""
    turn = sorted(st.orders.values(), key=lambda o: (o.token >> 1, -o.placed))
    return [o.placed for o in turn]


def _differ(what: str, theirs: object, mine: object) -> Iterator[str]:
    if theirs != mine:
        yield f"{what} {theirs}, auditor says {mine}"


def _whole(engine: Any, st: State) -> Iterator[str]:
    view = engine.view
    yield from _differ("seq", engine.seq, st.seq)
    yield from _differ("now_ns", view.now_ns, st.now)
    yield from _differ("halted", view.halted, st.session == SessionState.HALTED)
    yield from _differ("fault", view.fault, st.fault)
    yield from _differ("session", view.session, st.session)
    yield from _differ("venue", view.venue, st.venue)
    yield from _differ("watermark_ns", view.watermark_ns, st.watermark_ns)
    if view.deadline_ns or deadlines.earliest(st):  # nothing waits: what was armed is over
        yield from _differ("deadline_ns", view.deadline_ns or 0, st.armed_ns)


def _accounts(view: Any, st: State) -> Iterator[str]:
    yield from _account("cash", view.cash, st.cash)
    for token, account in enumerate(st.tokens):
        yield from _account(f"token {token}", view.token(token), account)


def _named(what: str, names: tuple[str, ...], theirs: Any, mine: tuple[Any, ...]) -> Iterator[str]:
    """`theirs` has these names; all at once, and one by one only when something differs."""
    if GETTERS[names](theirs) != mine:
        for name, value in zip(names, mine, strict=True):
            yield from _differ(f"{what}: {name}", getattr(theirs, name), value)


def _account(name: str, theirs: Any, mine: Account) -> Iterator[str]:
    said = (
        mine.settled, mine.incoming, mine.outgoing, mine.reserved, mine.locked, mine.spendable,
    )  # fmt: skip
    yield from _named(name, ACCOUNT_FIELDS, theirs, said)


def _market(view: Any, st: State, c: Condition) -> Iterator[str]:
    said = (
        c.known, c.tick, c.min_size, c.fee_ppm, c.flags, c.cluster, c.close_out_ns, c.resolved,
        c.hold, c.loss_stop, c.unhedged, c.breaker.state, c.breaker.rejects, c.flow, c.fees,
        c.cost[0], c.cost[1], ledger.reserved_cash(c), ledger.exposure(c),
        sum(o.token >> 1 == c.index for o in st.orders.values()), c.book.feed, c.generation,
    )  # fmt: skip
    yield from _named(f"market {c.index}", MARKET_FIELDS, view.market(2 * c.index), said)


def _book(view: Any, c: Condition) -> Iterator[str]:
    for token in (2 * c.index, 2 * c.index + 1):
        theirs = view.book(token)
        bid, ask = c.book.best_bid(token), c.book.best_ask(token)
        name = f"book of token {token}:"
        yield from _differ(f"{name} bid", (theirs.bid_pips, theirs.bid_size), bid)
        yield from _differ(f"{name} ask", (theirs.ask_pips, theirs.ask_size), ask)
        yield from _differ(f"{name} feed", theirs.feed, c.book.feed)
    token = 2 * c.index
    bids = c.book.even.levels()
    asks = [(10_000 - price, size) for price, size in c.book.odd.levels()]
    yield from _differ(f"book of token {token}: bids", view.levels(token, Side.BUY), bids)
    yield from _differ(f"book of token {token}: asks", view.levels(token, Side.SELL), asks)


def _orders(view: Any, st: State, everything: bool) -> Iterator[str]:
    yield from _differ("open orders", sorted(view.orders()), sorted(st.orders))
    ids = set(st.orders) | st.touched
    st.touched = set()
    if everything:
        ids |= set(st.tombs)
    for order_id in sorted(ids):
        theirs, mine = view.order(order_id), st.find(order_id)
        if theirs is None or mine is None:
            yield from _differ(f"order {order_id}: known", theirs is not None, mine is not None)
        else:
            yield from _order(theirs, mine)


def _order(theirs: Any, mine: Order) -> Iterator[str]:
    said = (
        mine.order_id, mine.state, mine.request, mine.token, mine.side, mine.tif, mine.origin,
        mine.original, mine.filled, mine.canceled, mine.reversed, mine.restored, mine.overfill,
        mine.leaves, mine.reserved, mine.cancel_wanted, mine.done, mine.presumed,
    )  # fmt: skip
    yield from _named(f"order {mine.order_id}", ORDER_FIELDS, theirs, said)
    yield from _differ(f"order {mine.order_id}: price_pips", theirs.price_pips, mine.price)


def _counted(view: Any, st: State) -> Iterator[str]:
    counted, theirs = st.counted(), view.counters()
    if theirs != {name: counted[name] for name in theirs}:
        for name, value in theirs.items():
            yield from _differ(f"counter {name}", value, counted[name])
    mine = {Refusal(code).name: n for code, n in st.refusals.items()}
    yield from _differ("refusals", view.refusals(), mine)
