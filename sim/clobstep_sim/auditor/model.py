"""The auditor: a slow, plain model of the core, written from docs/ by somebody who read no core.

`Auditor(config).step(event)` takes the 64 bytes that `Engine.step` takes and predicts its effects;
`clobstep_sim.auditor.compare` holds the two against each other. No table and no code is shared.
"""

from __future__ import annotations

from clobstep.config import EngineConfig
from clobstep.enums import (
    NO_TOKEN,
    Alert,
    EffectKind,
    EventKind,
    Fault,
    Heartbeat,
    Refusal,
    VenueState,
    Wake,
)

from . import (
    books,
    deadlines,
    facts,
    intents,
    ledger,
    markets,
    orders,
    reconcile,
    trades,
    validate,
    venue,
)
from .records import Effect, Event, decode
from .state import RefusedError, State

K = EventKind


class Auditor:
    """The model. `state` may be read by anybody; only `step` changes it."""

    def __init__(self, config: EngineConfig) -> None:
        self.state = State(config)
        self.last: Event = Event()

    def step(self, event: bytes) -> list[Effect]:
        """Take one event of 64 bytes; the effects it should have, oldest first."""
        st, e = self.state, decode(event)
        self.last = e
        st.seq += 1
        st.effects, st.phases, st.phase = [], [], 0
        st.armed_before_ns = st.armed_ns
        st.woken = {}
        st.touched = {e.order_id}
        st.counters["events"] += 1
        refusal = validate.refusal_of(st, e)
        if refusal != Refusal.NONE:
            _refuse(st, e, refusal)
            if refusal == Refusal.OLD_GENERATION and e.kind == K.TRADE:
                _stale_fact(st, e)
        else:
            _take(st, e)
            _afterwards(st)
        _arm(st)
        return st.effects

    def check(self) -> list[str]:
        """What the auditor finds wrong with its own books (conservation, equity)."""
        return ledger.audit(self.state)


def _refuse(st: State, e: Event, code: Refusal) -> None:
    st.counters["refused"] += 1
    st.refusals[code] += 1
    st.emit(EffectKind.REFUSED, e.token, order_id=e.order_id, ref=e.kind, code=code)


def _stale_fact(st: State, e: Event) -> None:
    st.counters["stale_facts"] += 1
    st.alert(Alert.STALE_FACT, order_id=e.order_id, ref=e.ref)
    st.ask_reconcile()


def _take(st: State, e: Event) -> None:
    """Steps 3 and 4 of rules.md, 1: time passes, then the content is applied."""
    time_ns = e.time_ns
    if st.started and time_ns < st.now:
        st.counters["late_times"] += 1
        time_ns = st.now
    due = deadlines.earliest(st)
    if due and due <= time_ns:
        st.now = time_ns
        deadlines.serve(st)
    before, st.now = st.now, time_ns
    try:
        taken = _apply(st, e)
    except RefusedError as refused:
        st.now = before
        _refuse(st, e, refused.code)
        if refused.code == Refusal.ORDER_TABLE_FULL and e.kind < K.INTENT_SUBMIT:
            st.ask_reconcile()  # an order we did not send found no place
        if refused.code == Refusal.STALE_FACT:
            _stale_fact(st, e)
        if refused.code == Refusal.FILL_WINDOW_FULL and e.kind == K.TRADE:
            orders.halt(st, Fault.CAPACITY)
            st.ask_reconcile()
        return
    st.started = True
    st.counters["taken" if taken else "ignored"] += 1


def _apply(st: State, e: Event) -> bool:
    """The content of an event; False when it is ignored."""
    kind = K(e.kind)
    if kind <= K.FEED:
        return _book(st, e, kind)
    if kind <= K.TIMER:
        return _world(st, e, kind)
    if kind <= K.TRADE:
        return _order_fact(st, e, kind)
    if kind <= K.RECONCILED:
        return _money(st, e, kind)
    return _asked(st, e, kind)


def _book(st: State, e: Event, kind: EventKind) -> bool:
    if kind == K.BOOK_DELTA:
        books.delta(st, e)
    elif kind == K.BOOK_SNAPSHOT:
        books.snapshot(st, e)
    elif kind == K.BEST:
        return books.best(st, e)
    elif kind == K.PRINT:
        st.counters["prints"] += 1
        condition = st.condition(e.token)
        st.wake(condition, Wake.PRINT)
    elif kind == K.TICK_CHANGE:
        return markets.tick_change(st, e)
    else:
        return books.sign(st, e)
    return True


def _world(st: State, e: Event, kind: EventKind) -> bool:
    if kind == K.MARKET:
        return markets.market(st, e)
    if kind == K.CLUSTER:
        return markets.cluster(st, e)
    if kind == K.RESOLVED:
        return markets.resolved(st, e)
    if kind == K.RETIRE:
        return markets.retire(st, e)
    if kind == K.VENUE:
        return venue.seen(st, VenueState(e.code), e.amount)
    if kind == K.HEARTBEAT:
        return venue.heartbeat(st, Heartbeat(e.code))
    if kind == K.TIMER:
        st.counters["timers"] += 1
        for condition in st.conditions:
            st.wake(condition, Wake.TIMER)
    return True


def _order_fact(st: State, e: Event, kind: EventKind) -> bool:
    served = {
        K.ACCEPTED: facts.accepted,
        K.REJECTED: facts.rejected,
        K.SUBMIT_UNKNOWN: facts.submit_unknown,
        K.CANCEL_ACCEPTED: facts.cancel_accepted,
        K.CANCEL_REFUSED: facts.cancel_refused,
        K.CANCEL_UNKNOWN: facts.cancel_unknown,
        K.PLACED: facts.placed,
        K.MATCHED: facts.placed,
        K.CANCELED: facts.canceled,
        K.FOUND: facts.found,
        K.NOT_FOUND: facts.not_found,
        K.TRADE: trades.trade,
    }
    return served[kind](st, e)


def _money(st: State, e: Event, kind: EventKind) -> bool:
    over = st.openings_over or st.session.name in ("TRADING", "DRAINING", "HALTED")
    if kind == K.OPENING and over:
        raise RefusedError(Refusal.ILLEGAL)
    if kind in (K.OPENING, K.DEPOSIT, K.WITHDRAWAL, K.ADJUSTMENT):
        ledger.money(st, e)
        if kind == K.OPENING:
            reconcile.move_watermark(st, e.venue_time_ns)
    elif kind in (K.SPLIT, K.MERGE, K.REDEEM):
        ledger.convert(st, e)
    elif kind == K.CONVERSION_FAILED:
        condition = st.condition(e.token)
        if condition.conversion is None:
            return False
        ledger.release(st, condition, None)
    elif kind == K.LOCK:
        st.cash.locked = e.amount
    elif kind == K.BALANCE:
        return reconcile.balance(st, e)
    elif kind == K.RECONCILE_BEGUN:
        return reconcile.begun(st)
    else:
        return reconcile.reconciled(st, e)
    return True


def _asked(st: State, e: Event, kind: EventKind) -> bool:
    if kind in (K.INTENT_SUBMIT, K.INTENT_REPLACE):
        return intents.submit(st, e)
    if kind == K.INTENT_CANCEL:
        return intents.cancel(st, e)
    if kind == K.INTENT_CANCEL_MARKET:
        return intents.cancel_market(st, e)
    if kind == K.INTENT_CANCEL_ALL:
        reconcile.cancel_all(st)
        return True
    if kind in (K.INTENT_MERGE, K.INTENT_SPLIT, K.INTENT_REDEEM):
        return intents.convert(st, e)
    if kind == K.RESTARTED:
        return reconcile.restarted(st)
    if kind == K.WAKE_ON:
        books.wake_on(st, e)
        return True
    taken = reconcile.operator(st, e) if kind == K.OPERATOR else True
    of_one = kind == K.SIGNAL and e.token != NO_TOKEN
    for condition in [st.condition(e.token)] if of_one else st.conditions:
        st.wake(condition, Wake.SIGNAL)
    return taken


def _afterwards(st: State) -> None:
    """SHORTFALL, the valuation's timer, wakes."""
    short = ledger.short(st)
    if short != st.shortfall:
        st.shortfall = short
        st.alert(Alert.SHORTFALL if short else Alert.SHORTFALL_ENDED)
    deadlines.rearm_valuation(st)
    st.phase += 1
    bits = 0
    for wanted in st.woken.values():
        bits |= wanted
    if bits:
        st.counters["wakes"] += 1
        st.emit(EffectKind.WAKE, flags=bits)


def _arm(st: State) -> None:
    """Step 5: a TIMER for the earliest deadline, unless an earlier one is armed and ahead."""
    earliest = deadlines.earliest(st)
    if earliest and not st.now < st.armed_ns <= earliest:
        st.armed_ns = earliest
        st.emit(EffectKind.TIMER, deadline_ns=earliest)
