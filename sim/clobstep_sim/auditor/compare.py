"""The engine's readings beside the auditor's, in readable differences; none when all is equal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from clobstep.enums import NO_TOKEN, Refusal, SessionState, Side

from . import deadlines, ledger, valuation
from .model import Auditor
from .parts import Account
from .state import Condition, Order, State

BUY: Final = int(Side.BUY)
NOBODY: Final = int(NO_TOKEN)
SELL: Final = int(Side.SELL)
HALTED: Final = int(SessionState.HALTED)
REFUSALS: Final = {int(refusal): refusal.name for refusal in Refusal}


def compare(engine: Any, auditor: Auditor, *, everything: bool = True) -> list[str]:
    """Every reading of `engine.view` against the auditor's.

    `everything=False` leaves out what no event and no effect since the last look was about:
    markets with their tokens and books, orders, and what `own_indexes` holds against each other;
    and counters. It stays as it is, or only rises: the next look at everything finds what is amiss.
    """
    st, view = auditor.state, engine.view
    found = _whole(engine, st)
    ids = _touched(st)
    found += _account(NOBODY, view.cash, st.cash)
    for condition in st.conditions:
        if condition.named or everything:
            condition.named = False
            found += _market(view, st, condition)
            ids.update(condition.orders)
    if everything:
        ids.update(st.tombs)
        found += _counted(view, st)
        found += own_indexes(st)
    found += _orders(view, st, ids)
    return found


def _touched(st: State) -> set[int]:
    """The orders that something was about since the last look; names their markets."""
    ids, st.touched = st.touched, set()
    for order_id in ids:
        order = st.find(order_id)
        if order is not None:
            st.condition(order.token).named = True
    return ids


def own_indexes(st: State) -> Iterator[str]:
    """What the auditor keeps so that it need not look at everything, against everything."""
    yield from _differ("index: deadline_ns", deadlines.kept(st), deadlines.looked_up(st))
    yield from _differ("index: shortfall", st.shortfall, ledger.short(st))
    if valuation.wanted(st):
        yield from _differ("index: valuation", st.valuation_ns != 0, True)
    yield from _differ("index: orders", [o.placed for o in st.in_turn()], _placed(st))
    for c in st.conditions:
        for ladder in (c.book.even, c.book.odd):
            yield from _differ("index: prices", ladder.prices, ladder.looked_up())


def _placed(st: State) -> list[int]:
    """The order of the open orders by their own words (rules.md, 9)."""
    turn = sorted(st.orders.values(), key=lambda o: (o.token >> 1, -o.placed))
    return [o.placed for o in turn]


def _differ(what: str, theirs: object, mine: object) -> list[str]:
    return [] if theirs == mine else [f"{what} {theirs}, auditor says {mine}"]


def _named(what: str, theirs: Any, mine: tuple[Any, ...]) -> list[str]:
    """What differs of a named tuple."""
    each = zip(theirs._fields, theirs, mine, strict=True)
    return [line for name, a, b in each for line in _differ(f"{what}: {name}", a, b)]


def _whole(engine: Any, st: State) -> list[str]:
    view = engine.view
    names = ("seq", "now_ns", "halted", "fault", "session", "venue", "watermark_ns", "deadline_ns")
    mine = (
        st.seq, st.now, st.session == HALTED, st.fault, st.session, st.venue,
        st.watermark_ns, st.armed_ns,
    )  # fmt: skip
    deadline_ns = view.deadline_ns or 0
    if not deadline_ns and not deadlines.earliest(st):  # what was armed is over
        deadline_ns = st.armed_ns
    theirs = (
        engine.seq, view.now_ns, view.halted, view.fault, view.session, view.venue,
        view.watermark_ns, deadline_ns,
    )  # fmt: skip
    if theirs == mine:
        return []
    each = zip(names, theirs, mine, strict=True)
    return [line for name, a, b in each for line in _differ(name, a, b)]


def _account(token: int, theirs: Any, mine: Account) -> list[str]:
    said = (
        mine.settled, mine.incoming, mine.outgoing, mine.reserved, mine.locked, mine.free(),
    )  # fmt: skip
    if theirs == said:
        return []
    return _named("cash" if token == NOBODY else f"token {token}", theirs, said)


def _market(view: Any, st: State, c: Condition) -> list[str]:
    """A market, its two tokens and its book."""
    token = 2 * c.index
    found = _terms(view.market(token), c)
    found += _account(token, view.token(token), st.tokens[token])
    found += _account(token + 1, view.token(token + 1), st.tokens[token + 1])
    found += _best(view.book(token), c, token)
    found += _best(view.book(token + 1), c, token + 1)
    bids, asks = view.levels(token, BUY), view.levels(token, SELL)
    mine = c.book.even.levels()
    if bids != mine:
        found += _differ(f"book of token {token}: bids", bids, mine)
    mine = c.book.odd.asks()
    if asks != mine:
        found += _differ(f"book of token {token}: asks", asks, mine)
    return found


def _terms(theirs: Any, c: Condition) -> list[str]:
    said = (
        c.known, c.tick, c.min_size, c.fee_ppm, c.flags, c.cluster, c.close_out_ns, c.resolved,
        c.hold, c.loss_stop, c.unhedged, c.breaker.state, c.breaker.rejects, c.flow, c.fees,
        c.cost[0], c.cost[1], ledger.reserved_cash(c), ledger.exposure(c), len(c.orders),
        c.book.feed, c.generation,
    )  # fmt: skip
    stated = theirs[: len(said)]  # what follows are times and a profit, for who looks on
    if stated == said:
        return []
    each = zip(theirs._fields, stated, said, strict=False)
    return [line for name, a, b in each for line in _differ(f"market {c.index}: {name}", a, b)]


def _best(theirs: Any, c: Condition, token: int) -> list[str]:
    bids, asks = c.book.bids(token), c.book.bids(token ^ 1)
    bid, ask = bids.best(), asks.best()
    said = (bid, bids.sizes[bid], 10_000 - ask, asks.sizes[ask], c.book.feed)
    return [] if theirs == said else _named(f"book of token {token}", theirs, said)


def _orders(view: Any, st: State, ids: set[int]) -> list[str]:
    """That the same are open, and how these stand."""
    found = _differ("open orders", view.orders(), sorted(st.orders))
    for order_id in sorted(ids):
        theirs, mine = view.order(order_id), st.find(order_id)
        if theirs is None or mine is None:
            found += _differ(f"order {order_id}: known", theirs is not None, mine is not None)
        else:
            found += _order(theirs, mine)
    return found


def _order(theirs: Any, mine: Order) -> list[str]:
    said = (
        mine.order_id, mine.state, mine.request, mine.token, mine.side, mine.tif,
        theirs.flags,  # a word of the engine's own
        mine.origin, mine.price, mine.original, mine.filled, mine.canceled, mine.reversed,
        mine.restored, mine.overfill, mine.left(), mine.reserved, mine.cancel_wanted, mine.done,
        mine.presumed,
    )  # fmt: skip
    return [] if theirs == said else _named(f"order {mine.order_id}", theirs, said)


def _counted(view: Any, st: State) -> list[str]:
    counted, theirs = st.counted(), view.counters()
    found = []
    if theirs != {name: counted[name] for name in theirs}:
        for name, value in theirs.items():
            found += _differ(f"counter {name}", value, counted[name])
    mine = {REFUSALS[code]: n for code, n in enumerate(st.refusals) if n}
    return found + _differ("refusals", view.refusals(), mine)
