"""What a word does to an order: numbers, reservation, state, effects. docs/rules.md, 3, 5, 6.

`apply` runs one row of the order table; everything that follows from the new numbers (an ended
order's successor, a done order that lacks only dust) happens here too.
"""

from __future__ import annotations

from . import breaker, guard, ledger, life, requests
from .codes import (
    Alert,
    EffectKind,
    Fault,
    OrderAction,
    OrderInput,
    OrderState,
    Refusal,
    RequestState,
    SessionState,
    Tif,
    Verdict,
    Wake,
)
from .parts import after
from .state import Order, RefusedError, State

W = OrderInput
KILL_TIFS = (Tif.FAK, Tif.FOK)
TAKEN_WORDS = (  # that the venue took the order: what the breaker calls accepted
    W.ACCEPT_LIVE, W.ACCEPT_DELAYED, W.ACCEPT_MATCHED, W.PLACED, W.FOUND_OPEN, W.MATCHED_MORE,
    W.CANCEL_OWED, W.FILL_PART, W.FILL_LAST, W.FILL_REST,
)  # fmt: skip


def apply(
    st: State,
    order: Order,
    word: int,
    matched: int | None = None,
    pending_ns: int = 0,
    found: bool = False,
    fill: int = 0,
    why: int = Refusal.NONE,
) -> bool:
    """One word about one order; False when it is a duplicate.

    `matched`: the matched size if known; `pending_ns`: deadline of the request it had in flight;
    `found`: a look-up says MATCHED; `fill`: u, in the order's unit. Raises RefusedError(ILLEGAL).
    """
    verdict, state, action = life.decide(order.state, word)
    if verdict == Verdict.REFUSE:
        raise RefusedError(Refusal.ILLEGAL)
    if verdict != Verdict.TAKE:
        return False
    before = order.state
    if word in TAKEN_WORDS and not order.is_over():
        breaker.accepted(st, order)
    held_dead = before == OrderState.REJECTED or order.presumed
    if order.is_over() and state == OrderState.LIVE:
        if len(st.orders) >= st.config.orders:
            halt(st, Fault.CAPACITY, 1)
            return True
        _reopen(st, order)
    _act(st, order, action, word, matched, pending_ns, found, fill)
    if held_dead and action == OrderAction.OWE:
        came_alive(st, order)
    order.state = state
    st.touched.add(order.order_id)
    if action in (OrderAction.SUBMIT, OrderAction.QUEUE):
        ledger.reserve(st, order)
        if action == OrderAction.SUBMIT:
            requests.submit(st, order)
        tell(st, order, Refusal.NONE)
        return True
    risen_again = before == OrderState.UNKNOWN and state == OrderState.LIVE and not order.done
    if risen_again and order.request != RequestState.CANCEL:
        order.cancel_wanted = True  # it is open after all
    if word == W.FOUND_OPEN and matched is not None and order.reversed > order.restored:
        _restore(order, matched)
    _owed(st, order, before, action)
    ledger.reserve(st, order)
    if state != before:
        tell(st, order, why)
    if order.is_over() and order.overfill and order.restored:
        order.restored += order.overfill  # a tombstone keeps their sum
        order.overfill = 0
    if order.is_over() and order.order_id in st.orders:
        _end(st, order)
    elif state == OrderState.LIVE and order.done and order.left() <= st.config.dust:
        apply(st, order, W.DONE_REST if order.canceled else W.DONE_FILLED)
    return True


def came_alive(st: State, order: Order) -> None:
    """It was matched, and was held never to have lived: read whether that is all."""
    st.alert(Alert.LATE_FILL, order.token, order_id=order.order_id)
    st.ask_reconcile()


def tell(st: State, order: Order, why: int) -> None:
    """The ORDER effect: every change of an order's state."""
    st.wake(st.condition(order.token), Wake.ORDER)
    made = st.about(EffectKind.ORDER, order)
    made.code = order.state
    made.size = order.filled
    made.amount = order.left()
    made.ref = order.canceled
    made.deadline_ns = order.reversed
    made.flags = why


def _act(
    st: State,
    order: Order,
    action: int,
    word: int,
    matched: int | None,
    pending_ns: int,
    found: bool,
    fill: int,
) -> None:
    if action == OrderAction.FINISH:
        order.canceled += order.left()
        order.presumed = word == W.PRESUME_DEAD
    elif action == OrderAction.MATCHED:
        _matched(st, order, word, matched, found)
    elif action == OrderAction.OWE:
        assert matched is not None
        order.venue_matched = max(order.venue_matched, matched)
        order.done, order.cancel_wanted = True, False
        set_leaves(order, matched - order.filled)
    elif action == OrderAction.LOSE:
        _lose(st, order, word, pending_ns)
    elif action == OrderAction.FILL:
        order.overfill += max(0, fill - order.left())
        order.filled += fill
    elif action in (OrderAction.FILL_LATE, OrderAction.FILL_OVER):
        from_canceled = min(fill, order.canceled) if action == OrderAction.FILL_LATE else 0
        order.filled += fill
        order.canceled -= from_canceled
        order.overfill += fill - from_canceled
    elif action == OrderAction.REVERSE:
        order.reversed += fill
    elif action == OrderAction.WANT_CANCEL:
        order.cancel_wanted = True
    elif action == OrderAction.ADOPT:
        st.counters["risen"] += 1
        order.venue_matched = matched or 0
        set_leaves(order, order.original - order.filled + order.reversed)  # open and owed
        order.cancel_wanted = True
        order.done = order.presumed = False
        st.alert(Alert.RISEN, order.token, order_id=order.order_id)


def remember(st: State, order: Order, matched: int) -> None:
    """A matched size that a fact states: the largest counts, up to what the order can match."""
    most = order.original + order.restored
    if matched > most + st.config.dust:
        st.alert(Alert.FILL_MISMATCH, order.token, order_id=order.order_id)
    if not order.is_over():
        order.venue_matched = max(order.venue_matched, min(matched, most))


def set_leaves(order: Order, leaves: int) -> None:
    """canceled takes the difference, and restored what canceled cannot."""
    order.canceled += order.left() - leaves
    if order.canceled < 0:
        order.restored -= order.canceled
        order.canceled = 0


def _restore(order: Order, matched: int) -> None:
    """Found open: the part whose trade FAILED is open again."""
    leaves = order.original - max(matched, order.filled - order.reversed)
    if leaves > order.left():
        set_leaves(order, leaves)


def _matched(st: State, order: Order, word: int, matched: int | None, found: bool) -> None:
    if matched is None and order.tif == Tif.FOK and word == W.ACCEPT_MATCHED:
        matched = order.original
    if matched is not None:
        order.venue_matched = max(order.venue_matched, matched)
    largest = order.venue_matched
    if word == W.ACCEPT_MATCHED and order.tif in KILL_TIFS:
        order.done = True
    if found or (matched is not None and matched >= order.original - st.config.dust):
        order.done = True
    if matched is not None and largest - order.filled > order.left():
        order.canceled -= largest - order.filled - order.left()
    if order.done and matched is not None and order.tif in KILL_TIFS:
        owed = max(0, largest - order.filled)
        order.canceled += max(0, order.left() - owed)


def _lose(st: State, order: Order, word: int, pending_ns: int) -> None:
    st.alert(Alert.ORDER_UNKNOWN, order.token, order_id=order.order_id)
    order.looks = 0
    order.base_ns = max(pending_ns, st.now)
    order.look_ns = st.now
    order.cancel_sent = word == W.NOT_CANCELED or order.request == RequestState.CANCEL
    order.cancel_wanted = not order.done and not order.cancel_sent


def _owed(st: State, order: Order, before: int, action: int) -> None:
    """When an order that says nothing more is looked up (rules.md, 6: Overdue)."""
    came = order.state != before
    said = action in (OrderAction.MATCHED, OrderAction.OWE)
    if order.state == OrderState.DELAYED:
        if came:
            order.owed_ns = st.now + st.config.owed_timeout_ns
    elif order.state != OrderState.LIVE:
        order.owed_ns = 0
    elif order.done or order.tif in KILL_TIFS:
        if came or (said and order.done):
            order.owed_ns = st.now + st.config.owed_timeout_ns
    elif came:
        ends = max(order.expiry_ns, st.now)
        gtd = order.tif == Tif.GTD and order.expiry_ns
        order.owed_ns = after(ends, st.config.owed_timeout_ns) if gtd else 0


# ---- places in the table


def place(st: State, order: Order) -> None:
    """Give a new order its place."""
    st.open(order)
    order.born_epoch = st.epoch
    st.touched.add(order.order_id)
    table_filled(st)


def table_filled(st: State) -> None:
    """Alert once when no more submits are taken for want of places."""
    full = len(st.orders) >= guard.places(st)
    if full and not st.table_told:
        st.alert(Alert.ORDER_TABLE_FULL)
    st.table_told = full


def _reopen(st: State, order: Order) -> None:
    """It is open again and reserves at the market's present rate; expiry and epochs are over."""
    order.accepted = True
    order.presumed = False
    order.epochs = (-1, -1)
    order.expiry_ns = 0
    order.cancel_ns = order.retry_ns = 0
    condition = st.condition(order.token)
    order.rate_ppm = condition.fee_ppm if condition.known else 0
    order.low_pips = st.config.cash_low_pips or guard.grid(st, condition)[0]
    del st.tombs[order.order_id]
    st.ring[order.grave] = 0
    order.request = RequestState.IDLE
    st.open(order)
    table_filled(st)


def _end(st: State, order: Order) -> None:
    """An ended order moves to the tombstones at once; its successor may go."""
    order.request, order.request_ns = RequestState.IDLE, 0
    order.cancel_wanted = False
    order.venue_matched = order.posted_before = order.cancel_ns = order.retry_ns = 0
    st.close(order)
    _bury(st, order)
    st.table_told = st.table_told and len(st.orders) >= guard.places(st)
    breaker.free_probe(st, order)
    if order.predecessor:
        before = st.orders.get(order.predecessor)
        if before is not None and before.successor == order.order_id:
            before.successor = 0
    successor = st.orders.get(order.successor)
    order.successor = 0
    if successor is not None and successor.state == OrderState.QUEUED:
        release(st, order, successor)


def _bury(st: State, order: Order) -> None:
    """The next place of the ring of tombstones; whoever lay there is forgotten."""
    at = st.buried % st.config.tombstones
    st.buried += 1
    if st.ring[at]:
        st.tombs.pop(st.ring[at], None)
    st.ring[at] = order.order_id
    st.tombs[order.order_id] = order
    order.grave = at


def release(st: State, dead: Order, order: Order) -> None:
    """The predecessor is proven dead: submit, less what it filled since, or drop."""
    same = dead.token == order.token and dead.side == order.side
    if same and not dead.of_cash() and not order.of_cash():
        order.original = max(0, order.original - (dead.filled - order.asked_filled))
    if order.original == 0:
        apply(st, order, W.DROP, None, 0, False, 0, Refusal.REPLACE_FILLED)
        return
    condition = st.condition(order.token)
    tick, _, rate = guard.grid(st, condition)
    asked = order.rate_ppm, order.low_pips
    order.rate_ppm, order.low_pips = rate, st.config.cash_low_pips or tick
    refusal = guard.refusal_of(st, guard.Wish(order, order.original, again=True))
    if refusal != Refusal.NONE:
        order.rate_ppm, order.low_pips = asked
        apply(st, order, W.DROP, None, 0, False, 0, refusal)
        return
    breaker.take_probe(st, order)
    apply(st, order, W.RELEASE)


# ---- wanted cancels


def want_cancel(st: State, order: Order) -> bool:
    """Ask for a cancel; served now if it may be. False when it is in flight or wanted already."""
    if order.state == OrderState.QUEUED:
        return apply(st, order, W.DROP, None, 0, False, 0, Refusal.CANCEL_ASKED)
    if order.is_over() or order.request == RequestState.CANCEL:
        return False
    if order.done or (order.state == OrderState.UNKNOWN and order.cancel_sent):
        return False
    new = not order.cancel_wanted
    order.cancel_wanted = True
    st.touched.add(order.order_id)
    requests.serve(st, order)
    return new


def halt(st: State, fault: Fault, aux: int = 0) -> None:
    """A fault: no submits from here on; facts are still booked."""
    if st.fault == Fault.NONE:
        st.fault = fault
    if st.session != SessionState.HALTED:
        st.session = SessionState.HALTED
        st.emit(EffectKind.HALT, code=fault, aux=aux)
