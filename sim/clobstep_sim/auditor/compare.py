"""The engine beside the auditor: what they show and what they did, in readable differences.

`compare` looks at readings after an event, `compare_effects` at the effects of that event. Both
return an empty list when all is equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from clobstep.enums import NO_TOKEN, Alert, EffectKind, Refusal, SessionState, Side

from . import deadlines, ledger, valuation
from .model import Auditor
from .parts import Account
from .records import Effect
from .state import Condition, Order, State

ORDER_FIELDS: Final = (
    "order_id", "state", "request", "token", "side", "tif", "origin", "original", "filled",
    "canceled", "reversed", "restored", "overfill", "leaves", "reserved", "cancel_wanted", "done",
    "presumed",
)  # fmt: skip
# What docs/reference.md says of each effect; a field it does not mention is not compared.
EFFECT_MEANS: Final = {
    EffectKind.REFUSED: ("code", "ref"),
    EffectKind.SUBMIT: (
        "order_id", "ref", "size", "amount", "deadline_ns", "token", "price_pips", "generation",
        "side", "code", "flags", "aux",
    ),
    EffectKind.CANCEL: ("order_id", "token"),
    EffectKind.QUERY: ("order_id", "token"),
    EffectKind.ORDER: (
        "order_id", "ref", "size", "amount", "deadline_ns", "token", "generation", "side", "code",
        "flags", "aux",
    ),
    EffectKind.FILL: (
        "order_id", "ref", "size", "amount", "deadline_ns", "token", "price_pips", "generation",
        "side", "code", "flags", "aux",
    ),
    EffectKind.SETTLED: ("order_id", "ref", "size", "token", "code"),
    EffectKind.TIMER: ("deadline_ns",),
    EffectKind.RESYNC: ("token",),
    EffectKind.RECONCILE: (),
    EffectKind.ALERT: ("code",),
    EffectKind.WAKE: ("flags",),
    EffectKind.HALT: ("code",),
    EffectKind.MERGE: ("token", "size"),
    EffectKind.SPLIT: ("token", "size"),
    EffectKind.REDEEM: ("token", "size"),
    EffectKind.REFRESH: ("token",),
}  # fmt: skip
# Alerts are about the token's condition, unless they are about an order or about everything.
ABOUT_AN_ORDER: Final = ("order_id",)
ALERT_MEANS: Final = {
    Alert.ROLE_DISAGREES: ABOUT_AN_ORDER,
    Alert.FOREIGN_FILL: ABOUT_AN_ORDER,
    Alert.FOREIGN_ORDER: ABOUT_AN_ORDER,
    Alert.FILL_MISMATCH: ABOUT_AN_ORDER,
    Alert.OVERFILL: ABOUT_AN_ORDER,
    Alert.LATE_FILL: ABOUT_AN_ORDER,
    Alert.RISEN: ABOUT_AN_ORDER,
    Alert.TRADE_FAILED: ABOUT_AN_ORDER,
    Alert.TRADE_DISPUTED: ABOUT_AN_ORDER,
    Alert.STALE_FACT: ABOUT_AN_ORDER,
    Alert.ORDER_UNKNOWN: ABOUT_AN_ORDER,
    Alert.ORDER_MISSING: ABOUT_AN_ORDER,
    Alert.RESERVATION_REFUSED: ABOUT_AN_ORDER,
    Alert.BREAKER_OPEN: ("token", "deadline_ns"),
    Alert.GLOBAL_BREAKER_OPEN: ("deadline_ns",),
    Alert.SHORTFALL: (),
    Alert.SHORTFALL_ENDED: (),
    Alert.LOSS_STOP: ("aux",),
    Alert.VENUE_STATE: ("aux",),
    Alert.HEARTBEAT_LOST: (),
    Alert.FILL_WINDOW_FULL: (),
    Alert.ORDER_TABLE_FULL: (),
    Alert.DISK_OR_OPERATOR_HALT: (),
}
TIMER: Final = int(EffectKind.TIMER)
WAKE: Final = int(EffectKind.WAKE)
BY_CONDITION: Final = (
    EffectKind.RESYNC, EffectKind.ALERT, EffectKind.REFRESH, EffectKind.MERGE,
    EffectKind.SPLIT,
)  # fmt: skip


# ---- effects


def compare_effects(effects: list[Effect], auditor: Auditor) -> list[str]:
    """The effects of one event. Their order is compared as far as rules.md fixes it: what the
    passing of time did, in the order of section 9, before what the event did, TIMER last."""
    st = auditor.state
    found = _timers(effects, st)
    if not found and _same(effects, st):
        return found
    found += [
        f"{_say(effect)}: seq {effect.seq}, auditor says {st.seq}"
        for effect in effects
        if effect.seq != st.seq
    ]
    effects = [e for e in effects if e.kind != TIMER]
    start = 0
    for phase in sorted({e.phase for e in st.effects}):
        mine = [e for e in st.effects if e.phase == phase and e.kind != TIMER]
        theirs = effects[start : start + len(mine)]
        start += len(mine)
        found += _unequal(theirs, mine)
    found += [f"effect {_say(effect)}: the auditor has none" for effect in effects[start:]]
    return found


def _same(effects: list[Effect], st: State) -> bool:
    """Are they the same one by one? So they are nearly always; then there is nothing to sort."""
    mine = st.effects
    at = 0
    for effect in effects:
        if effect.seq != st.seq:
            return False
        if effect.kind == TIMER:
            continue
        while at < len(mine) and mine[at].kind == TIMER:
            at += 1
        if at == len(mine) or not _means_the_same(effect, mine[at]):
            return False
        at += 1
    while at < len(mine) and mine[at].kind == TIMER:
        at += 1
    return at == len(mine)


def _means_the_same(theirs: Effect, mine: Effect) -> bool:
    if theirs.kind != mine.kind or theirs.time_ns != mine.time_ns:
        return False
    if theirs.kind == WAKE:
        return theirs.flags == mine.flags
    return _meaning(theirs) == _meaning(mine)


def _timers(effects: list[Effect], st: State) -> list[str]:
    """The engine arms a lower bound of its deadlines, so a TIMER may come early, never late: it
    is held against every deadline there is, and the auditor goes on with the engine's."""
    found = []
    n_timers = 0
    st.armed_ns = st.armed_before_ns
    for effect in effects:
        if effect.kind == TIMER:
            n_timers += 1
            st.armed_ns = effect.deadline_ns
    if n_timers > 1:
        found.append(f"{n_timers} TIMER effects in one event")
    if n_timers and st.armed_ns <= st.now:
        found.append(f"TIMER armed for {st.armed_ns}, it is {st.now} already")
    earliest = deadlines.earliest(st)
    if earliest and not 0 < st.armed_ns <= earliest:
        found.append(f"TIMER armed for {st.armed_ns}, the auditor's next deadline is {earliest}")
    return found


def _unequal(theirs: list[Effect], mine: list[Effect]) -> list[str]:
    left = Counter(_meaning(e) for e in theirs)
    right = Counter(_meaning(e) for e in mine)
    found = [f"effect {_words(m)}: the auditor has none" for m in (left - right).elements()]
    found += [f"effect {_words(m)}: the engine has none" for m in (right - left).elements()]
    return found


def _meaning(effect: Effect) -> tuple[tuple[str, int], ...]:
    kind = EffectKind(effect.kind)
    said = [("kind", effect.kind), ("time_ns", effect.time_ns)]
    names = EFFECT_MEANS[kind]
    if kind == EffectKind.ALERT:
        names += ALERT_MEANS.get(Alert(effect.code), ("token",))
    for name in names:
        value = getattr(effect, name)
        if name == "token" and kind in BY_CONDITION and value != NO_TOKEN:
            value &= ~1
        said.append((name, value))
    return tuple(said)


def _words(meaning: tuple[tuple[str, int], ...]) -> str:
    kind, *rest = meaning
    return EffectKind(kind[1]).name + "".join(f" {name}={value}" for name, value in rest)


def _say(effect: Effect) -> str:
    return _words(_meaning(effect))


# ---- readings


def compare(engine: Any, auditor: Auditor, *, everything: bool = True) -> list[str]:
    """Every reading of `engine.view` against the auditor's; `everything=False` leaves out orders,
    markets and books that the last event cannot have touched by the auditor's account."""
    st, view = auditor.state, engine.view
    found = [*_whole(engine, st), *_accounts(view, st)]
    for condition in st.conditions:
        found += _market(view, st, condition)
        found += _book(view, condition)
    found += _orders(view, st, everything)
    found += _counted(view, st)
    found += _own(st)
    return found


def _own(st: State) -> Iterator[str]:
    """What the auditor keeps so that it need not look at everything, against everything."""
    yield from _differ("index: deadline_ns", deadlines.earliest(st), deadlines.of_all(st))
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


def _account(name: str, theirs: Any, mine: Account) -> Iterator[str]:
    for field in ("settled", "incoming", "outgoing", "reserved", "locked", "spendable"):
        yield from _differ(f"{name}: {field}", getattr(theirs, field), getattr(mine, field))


def _market(view: Any, st: State, c: Condition) -> Iterator[str]:
    theirs = view.market(2 * c.index)
    mine = {
        "known": c.known,
        "tick_pips": c.tick,
        "min_size": c.min_size,
        "fee_ppm": c.fee_ppm,
        "flags": c.flags,
        "cluster": c.cluster,
        "close_out_ns": c.close_out_ns,
        "resolved": c.resolved,
        "hold": c.hold,
        "loss_stop": c.loss_stop,
        "unhedged": c.unhedged,
        "breaker": c.breaker.state,
        "rejects": c.breaker.rejects,
        "flow": c.flow,
        "fees": c.fees,
        "cost_yes": c.cost[0],
        "cost_no": c.cost[1],
        "reserved_cash": ledger.reserved_cash(st, c),
        "exposure": ledger.exposure(st, c),
        "open_orders": sum(o.token >> 1 == c.index for o in st.orders.values()),
        "feed": c.book.feed,
        "generation": c.generation,
    }
    for name, value in mine.items():
        yield from _differ(f"market {c.index}: {name}", getattr(theirs, name), value)


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
    if everything:
        ids |= set(st.tombs)
    for order_id in sorted(ids):
        theirs, mine = view.order(order_id), st.find(order_id)
        if theirs is None or mine is None:
            yield from _differ(f"order {order_id}: known", theirs is not None, mine is not None)
        else:
            yield from _order(theirs, mine)


def _order(theirs: Any, mine: Order) -> Iterator[str]:
    for name in ORDER_FIELDS:
        said = getattr(mine, name)
        yield from _differ(f"order {mine.order_id}: {name}", getattr(theirs, name), said)
    yield from _differ(f"order {mine.order_id}: price_pips", theirs.price_pips, mine.price)


def _counted(view: Any, st: State) -> Iterator[str]:
    counted = st.counted()
    for name, value in view.counters().items():
        yield from _differ(f"counter {name}", value, counted[name])
    mine = {Refusal(code).name: n for code, n in st.refusals.items()}
    yield from _differ("refusals", view.refusals(), mine)
