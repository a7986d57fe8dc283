"""The auditor: a plain model of the core, written from docs/ by somebody who read no core.

`Auditor(config).step(event)` takes the 64 bytes that `Engine.step` takes and predicts its effects;
`clobstep_sim.auditor.compare` holds the two against each other. No table and no code is shared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from clobstep.config import EngineConfig
from clobstep.enums import NO_TOKEN

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
from .codes import (
    Alert,
    EffectKind,
    EventKind,
    Fault,
    Refusal,
    SessionState,
    Wake,
)
from .records import EVENT_BYTES, Effect, Record
from .state import RefusedError, State
from .words import Words

K = EventKind
# As plain numbers: a member of an enum is slow to get at, and these are asked for at each event.
GOOD: Final = int(Refusal.NONE)
BOOK_DELTA: Final = int(K.BOOK_DELTA)
BOOK_SNAPSHOT: Final = int(K.BOOK_SNAPSHOT)
BEST: Final = int(K.BEST)
FEED: Final = int(K.FEED)
TIMER: Final = int(K.TIMER)
PRINT_WAKES: Final = int(Wake.PRINT)
TIMER_WAKES: Final = int(Wake.TIMER)
TRADE: Final = int(K.TRADE)
RECONCILED: Final = int(K.RECONCILED)
INTENT_SUBMIT: Final = int(K.INTENT_SUBMIT)
REFUSED_EFFECT: Final = int(EffectKind.REFUSED)
WAKE_EFFECT: Final = int(EffectKind.WAKE)
TIMER_EFFECT: Final = int(EffectKind.TIMER)
PAST_OPENINGS: Final = (SessionState.TRADING, SessionState.DRAINING, SessionState.HALTED)
NOBODY: Final = int(NO_TOKEN)
SERVED: Final[dict[int, Callable[[State, Record], bool]]] = {
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


class Auditor:
    """The model. `state` may be read by anybody; only `step` changes it."""

    def __init__(self, config: EngineConfig) -> None:
        self.state = State(config)
        self.last = Record()

    def step(self, event: bytes) -> list[Effect]:
        """Take one event of 64 bytes; the effects it should have, oldest first."""
        if len(event) != EVENT_BYTES:
            raise ValueError(f"an event has {EVENT_BYTES} bytes, not {len(event)}")
        return self.step_at(Words(event), 0)

    def step_at(self, journal: Words, n: int) -> list[Effect]:
        """`step` with the n-th event of a journal."""
        st, e = self.state, self.last
        journal.read_event(n, e)
        st.seq += 1
        st.n_events += 1
        if st.effects:
            st.effects = []
        st.phase = 0
        st.armed_before_ns = st.armed_ns
        st.woken = 0
        st.stirred = False
        st.refused = GOOD
        if e.token < st.n_tokens:
            st.condition(e.token).named = True
        elif e.order_id == 0 and e.kind != TIMER:
            st.name_all()
        if e.order_id and e.kind > FEED:
            st.touched.add(e.order_id)
        refusal = validate.refusal_of(st, e)
        if refusal != GOOD:
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


def _refuse(st: State, e: Record, code: int) -> None:
    st.n_refused += 1
    st.refusals[code] += 1
    made = st.of_token(REFUSED_EFFECT, e.token)
    made.order_id, made.ref, made.code = e.order_id, e.kind, code


def _stale_fact(st: State, e: Record) -> None:
    st.counters["stale_facts"] += 1
    st.alert(Alert.STALE_FACT, order_id=e.order_id, ref=e.ref)
    st.ask_reconcile()


def _take(st: State, e: Record) -> None:
    """Steps 3 and 4 of rules.md, 1: time passes, then the content is applied."""
    time_ns = e.time_ns
    if st.started and time_ns < st.now:
        st.counters["late_times"] += 1
        time_ns = st.now
    due = deadlines.earliest(st)
    if due and due <= time_ns:
        st.now = time_ns
        deadlines.serve(st)
    before = st.now
    st.now = time_ns
    taken = _apply(st, e)
    if st.refused != GOOD:
        st.now = before
        _refuse(st, e, st.refused)
        _after_refusal(st, e, st.refused)
        return
    st.started = True
    if taken:
        st.n_taken += 1
    else:
        st.n_ignored += 1


def _after_refusal(st: State, e: Record, code: int) -> None:
    if e.kind >= INTENT_SUBMIT:
        return
    if code == Refusal.ORDER_TABLE_FULL:
        st.ask_reconcile()  # an order we did not send found no place
    elif code == Refusal.STALE_FACT:
        _stale_fact(st, e)
    elif code == Refusal.FILL_WINDOW_FULL and e.kind == K.TRADE:
        orders.halt(st, Fault.CAPACITY)
        st.ask_reconcile()


def _apply(st: State, e: Record) -> bool:
    """The content of an event; False when it is ignored, or refused (`State.refused`)."""
    if e.kind <= FEED:
        return _book(st, e)
    if e.kind == TIMER:
        st.n_timers += 1
        for condition in st.conditions:
            st.wake(condition, TIMER_WAKES)
        return True
    st.stir()
    try:
        return _of_all(st, e, e.kind)
    except RefusedError as refused:
        return st.refuse(refused.code)


def _of_all(st: State, e: Record, kind: int) -> bool:
    if kind == INTENT_SUBMIT:
        return intents.submit(st, e)
    if kind <= TIMER:
        return _world(st, e, kind)
    if kind <= TRADE:
        return SERVED[kind](st, e)
    if kind <= RECONCILED:
        return _money(st, e, kind)
    return _asked(st, e, kind)


def _book(st: State, e: Record) -> bool:
    """Of one condition, or a sign about the feeds of all. Orders and money stay as they are."""
    kind = e.kind
    if e.token == NOBODY:
        st.stir()
    else:
        st.move(st.condition(e.token))
    if kind == BOOK_DELTA:
        books.delta(st, e)
    elif kind == BOOK_SNAPSHOT:
        return books.snapshot(st, e)
    elif kind == BEST:
        return books.best(st, e)
    elif kind == FEED:
        return books.sign(st, e)
    elif kind == K.PRINT:
        st.counters["prints"] += 1
        st.wake(st.condition(e.token), PRINT_WAKES)
    else:
        return markets.tick_change(st, e)
    return True


def _world(st: State, e: Record, kind: int) -> bool:
    if kind == K.MARKET:
        return markets.market(st, e)
    if kind == K.CLUSTER:
        return markets.cluster(st, e)
    if kind == K.RESOLVED:
        return markets.resolved(st, e)
    if kind == K.RETIRE:
        return markets.retire(st, e)
    if kind == K.VENUE:
        return venue.seen(st, e.code, e.amount)
    if kind == K.HEARTBEAT:
        return venue.heartbeat(st, e.code)
    return True  # CLOCK: nothing but its time


def _money(st: State, e: Record, kind: int) -> bool:
    over = st.openings_over or st.session in PAST_OPENINGS
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


def _asked(st: State, e: Record, kind: int) -> bool:
    if kind == K.INTENT_REPLACE:
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
    if st.stirred:  # else no order and no account has changed
        short = ledger.short(st)
        if short != st.shortfall:
            st.shortfall = short
            st.alert(Alert.SHORTFALL if short else Alert.SHORTFALL_ENDED)
        deadlines.rearm_valuation(st)
    st.phase += 1
    if st.woken:
        st.n_wakes += 1
        made = st.begin(WAKE_EFFECT)
        made.flags = st.woken


def _arm(st: State) -> None:
    """Step 5: a TIMER for the earliest deadline, unless an earlier one is armed and ahead."""
    earliest = deadlines.earliest(st)
    if earliest and not st.now < st.armed_ns <= earliest:
        st.armed_ns = earliest
        made = st.begin(TIMER_EFFECT)
        made.deadline_ns = earliest
