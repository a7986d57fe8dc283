# A strategy's turn, in C: what it may look at and where its intents go. A compiled strategy is a
# function `void f(void* self, CTurn* turn)` without the interpreter:
#
#     from clobstep.strategy._turn cimport CTurn, CompiledStrategy, turn_submit
#
# The state is for reading only. Everything a strategy wants goes through the functions below.

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset
from clobstep.core.schema cimport *
from clobstep.core.state cimport *
from clobstep.core._core cimport Engine

cdef enum:
    TURN_INTENTS = 1024        # the most intents of one turn

ctypedef struct CTurn:
    State* s                   # read only
    const Event* event         # the event that woke the strategy
    Event* out                 # room for TURN_INTENTS
    int64_t time_ns            # of every intent: the engine's time
    uint64_t turn              # sequence number of the event that woke it: intents of a turn share it
    uint64_t next_order        # ids rise from the engine's last one, so they are the same in a replay
    uint32_t token             # even token of the market that woke it
    int32_t n_out
    int32_t dropped            # intents beyond TURN_INTENTS
    uint8_t wake               # WAKE_* bits

ctypedef void (*turn_fn)(void* self, CTurn* turn) noexcept nogil


cdef class CompiledStrategy:
    cdef turn_fn run
    cdef void* state
    cdef readonly int wakes    # WAKE_* bits, as `Strategy.wakes`
    cdef readonly int64_t timer_ns


cdef class Turn:
    cdef CTurn* c
    cdef Engine engine
    cdef object the_view
    cdef int alive             # only while the strategy's function runs
    cdef int ready(self) except -1
    cdef uint32_t token_of(self, object token) except? 0xFFFFFFFF
    cdef uint64_t put(
        self, int kind, object replaces, object token, object side, object price_pips, object size, object tif,
        object post_only, object overlap, object expiry_ns, object origin) except 0
    cdef Event* plain(self, int kind, uint32_t token) except NULL
    cdef int convert(self, int kind, object token, object size) except -1


cdef inline void turn_begin(CTurn* t, State* s, const Event* event, Event* room) noexcept nogil:
    """The turn that the engine's last step has woken."""
    t.s = s
    t.event = event
    t.out = room
    t.time_ns = s.v.now_ns
    t.turn = s.v.seq
    t.next_order = s.v.last_order + 1
    t.token = s.wake_token & ~<uint32_t>1
    t.n_out = 0
    t.dropped = 0
    t.wake = s.wake_bits


cdef inline Event* turn_intent(CTurn* t, int kind, uint32_t token) noexcept nogil:
    """A new intent, zeroed; NULL when the turn is full."""
    cdef Event* e
    if t.n_out >= TURN_INTENTS:
        t.dropped += 1
        return NULL
    e = &t.out[t.n_out]
    t.n_out += 1
    memset(e, 0, sizeof(Event))
    e.time_ns = t.time_ns
    e.kind = <uint8_t>kind
    e.token = token
    if token < <uint32_t>(2 * t.s.n_markets):
        e.generation = t.s.markets[token >> 1].generation
    return e


cdef inline uint64_t turn_order(
        CTurn* t, int kind, uint64_t replaces, uint32_t token, int side, int32_t price_pips,
        int64_t size, int tif, int flags, int64_t expiry_ns) noexcept nogil:
    """INTENT_SUBMIT or INTENT_REPLACE; returns the new order's id, 0 when the turn is full."""
    cdef Event* e = turn_intent(t, kind, token)
    if e == NULL:
        return 0
    e.order_id = t.next_order
    t.next_order += 1
    e.ref = replaces
    e.side = <uint8_t>side
    e.price_pips = <int16_t>price_pips
    e.size = size
    e.code = <uint8_t>tif
    e.flags = <uint8_t>flags
    e.venue_time_ns = expiry_ns
    e.amount = <int64_t>t.turn
    return e.order_id


cdef inline uint64_t turn_submit(
        CTurn* t, uint32_t token, int side, int32_t price_pips, int64_t size, int tif, int flags,
        int64_t expiry_ns) noexcept nogil:
    """A new order. `flags`: FLAG_ORDER_POST_ONLY, origin << 2."""
    return turn_order(t, EV_INTENT_SUBMIT, 0, token, side, price_pips, size, tif, flags, expiry_ns)


cdef inline uint64_t turn_replace(
        CTurn* t, uint64_t order_id, uint32_t token, int side, int32_t price_pips, int64_t size, int tif,
        int flags, int64_t expiry_ns) noexcept nogil:
    """Instead of `order_id`; with FLAG_ORDER_OVERLAP before that one is proven dead."""
    return turn_order(t, EV_INTENT_REPLACE, order_id, token, side, price_pips, size, tif, flags, expiry_ns)


cdef inline void turn_cancel(CTurn* t, uint64_t order_id) noexcept nogil:
    cdef Event* e = turn_intent(t, EV_INTENT_CANCEL, NO_TOKEN)
    if e != NULL:
        e.order_id = order_id


cdef inline void turn_convert(CTurn* t, int kind, uint32_t token, int64_t size) noexcept nogil:
    """INTENT_MERGE, INTENT_SPLIT or INTENT_REDEEM of `size` microshares."""
    cdef Event* e = turn_intent(t, kind, token)
    if e != NULL:
        e.size = size


cdef inline int64_t turn_position(CTurn* t, uint32_t token) noexcept nogil:
    """Microshares held: settled and provisional."""
    cdef Account* a = &t.s.tokens[token]
    return a.settled + a.incoming - a.outgoing


cdef inline int64_t turn_spendable(Account* a) noexcept nogil:
    return a.settled - a.outgoing - a.reserved - a.locked


cdef inline int32_t turn_bid(CTurn* t, uint32_t token) noexcept nogil:
    """Best bid in pips, 0 when there is none."""
    return t.s.ladders[token].best_pips


cdef inline int32_t turn_ask(CTurn* t, uint32_t token) noexcept nogil:
    """Best ask in pips, 10,000 when there is none."""
    return <int32_t>PIPS - t.s.ladders[token ^ 1].best_pips
