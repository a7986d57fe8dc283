# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: auto_pickle=False, embedsignature=False
"""The maker, compiled: `clobstep.strategy.maker` line by line, without the interpreter.

Owns: what it remembers of each condition. Both give the same intents; tests/strategy/test_maker.py holds
them together.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from clobstep.core.schema cimport *
from clobstep.core.state cimport *
from clobstep.strategy._turn cimport (
    CompiledStrategy, CTurn, turn_ask, turn_bid, turn_cancel, turn_convert, turn_position, turn_replace,
    turn_spendable, turn_submit)

from clobstep.strategy.maker import Maker, MakerSettings

cdef extern from "bits.h" nogil:
    int32_t cs_bid_pips(int32_t, int32_t)


cdef struct Memory:            # of one condition
    int32_t fair               # last signal in pips, -1 when there was none
    int32_t tried_pips         # bid and size of the last flatten
    int64_t tried_size

cdef struct Params:
    int64_t size
    int64_t max_position
    int64_t merge_size
    int64_t stop_before_ns
    int32_t width_pips
    int32_t requote_pips
    int32_t skew_pips
    int32_t max_spread_pips
    uint8_t sell_inventory
    uint8_t overlap
    uint8_t flatten
    int32_t n_memory           # conditions that are remembered
    Memory* memory


cdef inline int64_t floor_div(int64_t a, int64_t b) noexcept nogil:
    return a // b - (1 if a % b != 0 and (a < 0) != (b < 0) else 0)


cdef inline int stands(Order* o) noexcept nogil:
    """Whether it is a quote that is not on its way out."""
    return o.post_only and not o.cancel_wanted and o.request != RS_CANCEL and o.state != OS_UNKNOWN and not o.done


cdef inline int is_bid(Order* o) noexcept nogil:
    """On which side of the even token's book it is."""
    return (o.side == SIDE_BUY) != (o.token & 1)


cdef struct Side:              # of the book, as our own orders make it
    Order* newest              # quote that stands, NULL when there is none
    int32_t standing           # how many stand
    int32_t nearest            # price nearest to the other side of all that can be met; of asks its negative
    uint8_t unknown            # one of them is UNKNOWN: nothing is to go out beside it


cdef void survey(CTurn* t, uint32_t token, Side* sides) noexcept nogil:
    """Our orders of a condition, once through: asks, then bids. The list is newest first.

    Prices are the even token's. Nothing branches on the side of an order: it is a coin toss.
    """
    cdef int32_t slot = t.s.markets[token >> 1].first_order
    cdef Order* o
    cdef Side* side
    cdef int32_t key
    cdef int bid
    memset(sides, 0, 2 * sizeof(Side))
    sides[0].nearest = -<int32_t>PIPS
    while slot != NIL:
        o = &t.s.orders[slot]
        slot = o.next
        if o.done:
            continue
        bid = is_bid(o)
        side = &sides[bid]
        key = cs_bid_pips(o.price_pips, o.token & 1)
        key = (key ^ (bid - 1)) - (bid - 1)        # negative for an ask
        side.nearest = key if key > side.nearest else side.nearest
        side.unknown |= o.state == OS_UNKNOWN
        if stands(o):
            side.standing += 1
            side.newest = o if side.newest == NULL else side.newest


cdef void cancel_side(CTurn* t, uint32_t token, int bid, const Order* but) noexcept nogil:
    """Cancel the quotes of a side, the newest first, all or all but one."""
    cdef int32_t slot = t.s.markets[token >> 1].first_order
    cdef Order* o
    while slot != NIL:
        o = &t.s.orders[slot]
        slot = o.next
        if o != but and stands(o) and is_bid(o) == bid:
            turn_cancel(t, o.id)


cdef void withdraw(CTurn* t, uint32_t token) noexcept nogil:
    cancel_side(t, token, 1, NULL)
    cancel_side(t, token, 0, NULL)


cdef inline void place(Params* p, CTurn* t, uint32_t token, int side, int32_t price, int64_t size,
                       int64_t merged, Side* mine, Side* other_side) noexcept nogil:
    """One side: replace, submit, withdraw or leave it. `merged` pairs are gone already."""
    cdef int bid = side == SIDE_BUY
    cdef uint32_t which = token
    cdef uint32_t other = token + bid      # what a SELL would sell
    cdef int way = side
    cdef int32_t at = price
    cdef int32_t off
    cdef int32_t least = p.requote_pips if p.requote_pips or t.wake & WAKE_BBO else 1
    cdef int sells
    cdef int64_t held
    cdef Order* old = mine.newest
    if size == 0 or price <= 0 or price >= PIPS:
        cancel_side(t, token, bid, NULL)
        return
    if old != NULL:
        if mine.standing > 1:
            cancel_side(t, token, bid, old)
        off = old.price_pips - price
        if old.token & 1:
            off = <int32_t>PIPS - old.price_pips - price
        if old.state == OS_QUEUED or (off if off > 0 else -off) < least:
            return
    if mine.unknown or ((price >= -other_side.nearest) if bid else (price <= other_side.nearest)):
        return                             # it would meet an order of ours, or one beside it is UNKNOWN
    held = turn_spendable(&t.s.tokens[other]) - merged
    if old != NULL and old.side == SIDE_SELL and old.token == other and not p.overlap:
        held += old.reserved               # the new order takes it over
    sells = p.sell_inventory != 0 and held >= size
    if sells == bid:
        which = token + 1
        way = SIDE_SELL if bid else SIDE_BUY
        at = <int32_t>PIPS - price
    if old != NULL:
        turn_replace(t, old.id, which, way, at, size, TIF_GTC,
                     FLAG_ORDER_POST_ONLY | (FLAG_ORDER_OVERLAP if p.overlap else 0), 0)
    else:
        turn_submit(t, which, way, at, size, TIF_GTC, FLAG_ORDER_POST_ONLY, 0)


cdef void flatten(Params* p, CTurn* t, uint32_t token) noexcept nogil:
    """Sell the longer side's surplus, if no order is open; again only if something changed."""
    cdef Market* m = &t.s.markets[token >> 1]
    cdef int64_t net = turn_position(t, token) - turn_position(t, token + 1)
    cdef uint32_t longer = token if net > 0 else token + 1
    cdef int64_t size = net if net > 0 else -net
    cdef int32_t bid = turn_bid(t, longer)
    cdef Memory* memory
    if m.first_order != NIL or <int32_t>(token >> 1) >= p.n_memory:
        return
    memory = &p.memory[token >> 1]
    if turn_spendable(&t.s.tokens[longer]) < size:
        size = turn_spendable(&t.s.tokens[longer])
    size = floor_div(size, SIZE_GRAIN) * SIZE_GRAIN
    if bid == 0 or size < m.min_size or size < SIZE_GRAIN \
            or (memory.tried_pips == bid and memory.tried_size == size):
        return
    memory.tried_pips = bid
    memory.tried_size = size
    turn_submit(t, longer, SIDE_SELL, bid, size, TIF_FAK, ORIGIN_OTHER << 2, 0)


cdef int64_t merge_pairs(Params* p, CTurn* t, uint32_t token) noexcept nogil:
    """Turn complete pairs into cash; returns how many."""
    cdef int64_t pairs = turn_spendable(&t.s.tokens[token])
    if p.merge_size == 0 or t.s.markets[token >> 1].conversion:
        return 0
    if turn_spendable(&t.s.tokens[token + 1]) < pairs:
        pairs = turn_spendable(&t.s.tokens[token + 1])
    if pairs < p.merge_size:
        return 0
    turn_convert(t, EV_INTENT_MERGE, token, pairs)
    return pairs


cdef void note_signal(Params* p, CTurn* t) noexcept nogil:
    cdef const Event* e = t.event
    if t.wake & WAKE_SIGNAL and e.kind == EV_SIGNAL and e.token != NO_TOKEN \
            and <int32_t>(e.token >> 1) < p.n_memory and 0 <= e.size <= PIPS:
        p.memory[e.token >> 1].fair = <int32_t>(PIPS - e.size if e.token & 1 else e.size)


cdef void wanted(Params* p, CTurn* t, uint32_t token, int64_t net, int32_t* bid, int32_t* ask) noexcept nogil:
    """Where the quotes should be; 0 or 10,000 when there is no room."""
    cdef int32_t tick = t.s.markets[token >> 1].tick_pips
    cdef int32_t best = bid[0]
    cdef int32_t over = ask[0]
    cdef int32_t fair = p.memory[token >> 1].fair if <int32_t>(token >> 1) < p.n_memory else -1
    cdef int64_t shift = p.skew_pips * floor_div(net, p.size) if p.skew_pips else 0
    cdef int64_t fair2
    cdef int64_t low
    cdef int64_t high
    if p.width_pips == 0 and fair < 0:
        low = best - shift
        high = over - shift
    else:
        fair2 = 2 * fair if fair >= 0 else best + over
        low = floor_div(fair2 - 2 * p.width_pips - 2 * shift, 2)
        high = -floor_div(-fair2 - 2 * p.width_pips + 2 * shift, 2)
    if low > over - tick:
        low = over - tick
    if high < best + tick:
        high = best + tick
    best = <int32_t>low // tick * tick if low > 0 else 0
    over = (<int32_t>high + tick - 1) // tick * tick if high < PIPS else <int32_t>PIPS
    if best >= over:                       # a width of 0 about a signal: they must not meet
        best = over - tick
    bid[0] = best
    ask[0] = over


cdef inline int leaves(Params* p, CTurn* t, uint32_t token) noexcept nogil:
    """Whether the market is not to be quoted; then its quotes are taken away."""
    cdef Market* m = &t.s.markets[token >> 1]
    cdef int believed = m.feed == FS_SYNCED or m.feed == FS_SUSPECT
    cdef int stop
    if not m.known or m.resolved:
        return 1
    stop = m.close_out_ns > 0 and t.time_ns >= m.close_out_ns - p.stop_before_ns
    if not stop:
        if believed:
            return 0
        if m.feed == FS_SYNCING:           # a snapshot is coming in: quotes stay meanwhile
            return 1
    withdraw(t, token)
    if stop and believed and p.flatten:
        flatten(p, t, token)
    return 1


cdef inline void quote(Params* p, CTurn* t, uint32_t token) noexcept nogil:
    cdef Market* m = &t.s.markets[token >> 1]
    cdef int32_t bid = turn_bid(t, token)
    cdef int32_t ask = turn_ask(t, token)
    cdef int64_t net
    cdef int64_t size
    cdef int64_t merged
    cdef Side sides[2]
    if bid == 0 or ask == PIPS or bid >= ask or ask - bid > p.max_spread_pips:
        withdraw(t, token)
        return
    net = turn_position(t, token) - turn_position(t, token + 1)
    wanted(p, t, token, net, &bid, &ask)
    size = -floor_div(-(p.size if p.size > m.min_size else m.min_size), SIZE_GRAIN) * SIZE_GRAIN
    merged = merge_pairs(p, t, token)
    survey(t, token, sides)
    place(p, t, token, SIDE_BUY, bid, size if net + size <= p.max_position else 0, merged, &sides[1], &sides[0])
    place(p, t, token, SIDE_SELL, ask, size if size - net <= p.max_position else 0, merged, &sides[0], &sides[1])


cdef void maker_turn(void* self, CTurn* t) noexcept nogil:
    """Quote the market that woke us, or take its quotes away."""
    cdef Params* p = <Params*>self
    cdef uint32_t token
    cdef int32_t k
    note_signal(p, t)
    if t.wake & (WAKE_FEED | WAKE_TIMER):  # one event may concern many markets, and names one of them
        for k in range(t.s.n_markets):
            token = <uint32_t>(2 * k)
            if token != t.token and t.s.markets[k].known and (t.wake & WAKE_TIMER or t.s.markets[k].n_orders):
                leaves(p, t, token)
    if not leaves(p, t, t.token):
        quote(p, t, t.token)


cdef class CompiledMaker(CompiledStrategy):
    """The maker without the interpreter; the same settings, the same intents."""

    Settings = MakerSettings
    engine = Maker.engine

    cdef Params params
    cdef readonly object settings

    def __cinit__(self, settings=None, int tokens=65536, wakes=None):
        cdef int32_t k
        cdef Params* p = &self.params
        if settings is None:
            settings = MakerSettings()
        if not isinstance(settings, MakerSettings):
            raise TypeError(f"settings: a {type(settings).__name__}, not MakerSettings")
        self.settings = settings
        p.size = settings.size
        p.max_position = settings.max_position
        p.merge_size = settings.merge_size
        p.stop_before_ns = settings.stop_before_ns
        p.width_pips = settings.width_pips
        p.requote_pips = settings.requote_pips
        p.skew_pips = settings.skew_pips
        p.max_spread_pips = settings.max_spread_pips
        p.sell_inventory = settings.sell_inventory
        p.overlap = settings.overlap
        p.flatten = settings.flatten
        p.n_memory = tokens // 2
        p.memory = <Memory*>calloc(p.n_memory, sizeof(Memory))
        if p.memory == NULL:
            raise MemoryError("CompiledMaker: no memory")
        for k in range(p.n_memory):
            p.memory[k].fair = -1
        self.run = maker_turn
        self.state = p
        self.wakes = wakes if wakes is not None else Maker(settings).wakes
        self.timer_ns = Maker(settings).timer_ns

    def __dealloc__(self):
        free(self.params.memory)
