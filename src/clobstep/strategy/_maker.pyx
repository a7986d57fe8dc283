# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: auto_pickle=False, embedsignature=False
"""The maker, compiled: `clobstep.strategy.maker` line by line, without the interpreter.

Owns: nothing but the last signals. Both give the same intents; tests/strategy/test_maker.py holds
them together.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from clobstep.core.schema cimport *
from clobstep.core.state cimport *
from clobstep.strategy._turn cimport (
    CompiledStrategy, CTurn, turn_ask, turn_bid, turn_cancel, turn_convert, turn_position, turn_replace,
    turn_spendable, turn_submit)

from clobstep.strategy.maker import Maker, MakerSettings

cdef enum:
    QUOTES = 64                # open quotes of one side that are looked at

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
    int32_t n_fair
    int32_t* fair              # by condition: last signal in pips, -1 when there was none

cdef struct Quotes:
    uint64_t id[QUOTES]
    int32_t price_pips
    int32_t n
    uint8_t queued             # the newest


cdef inline int32_t floor_to(int32_t price, int32_t tick) noexcept nogil:
    cdef int32_t rest = price % tick
    return price - rest - (tick if rest < 0 else 0)


cdef inline int64_t floor_div(int64_t a, int64_t b) noexcept nogil:
    return a // b - (1 if a % b != 0 and (a < 0) != (b < 0) else 0)


cdef void find_quotes(CTurn* t, uint32_t token, Quotes* bids, Quotes* asks) noexcept nogil:
    """Our open quotes that stand: the newest first, those on their way out left aside."""
    cdef int32_t slot = t.s.markets[token >> 1].first_order
    cdef Order* o
    cdef Quotes* q
    cdef int odd
    bids.n = 0
    asks.n = 0
    while slot != NIL:
        o = &t.s.orders[slot]
        slot = o.next
        if o.cancel_wanted or o.request == RS_CANCEL or not o.post_only:
            continue
        odd = o.token & 1
        q = bids if (o.side == SIDE_BUY) != odd else asks
        if q.n == 0:
            q.price_pips = <int32_t>PIPS - o.price_pips if odd else o.price_pips
            q.queued = o.state == OS_QUEUED
        if q.n < QUOTES:
            q.id[q.n] = o.id
            q.n += 1


cdef void cancel_from(CTurn* t, Quotes* q, int32_t first) noexcept nogil:
    cdef int32_t k
    for k in range(first, q.n):
        turn_cancel(t, q.id[k])


cdef void place(Params* p, CTurn* t, uint32_t token, int side, int32_t price, Quotes* q, int64_t size) noexcept nogil:
    """One side: replace, submit, withdraw or leave it."""
    cdef uint32_t which = token
    cdef int way = side
    cdef int32_t at = price
    cdef int32_t off
    cdef int64_t held
    if size == 0 or price <= 0 or price >= PIPS:
        cancel_from(t, q, 0)
        return
    cancel_from(t, q, 1)
    if q.n:
        off = q.price_pips - price
        if q.queued or (off if off > 0 else -off) < p.requote_pips:
            return
    held = turn_spendable(&t.s.tokens[token + (1 if side == SIDE_BUY else 0)])
    if side == SIDE_SELL and not (p.sell_inventory and held >= size):
        which = token + 1
        way = SIDE_BUY
        at = <int32_t>PIPS - price
    elif side == SIDE_BUY and p.sell_inventory and held >= size:
        which = token + 1
        way = SIDE_SELL
        at = <int32_t>PIPS - price
    if q.n:
        turn_replace(t, q.id[0], which, way, at, size, TIF_GTC,
                     FLAG_ORDER_POST_ONLY | (FLAG_ORDER_OVERLAP if p.overlap else 0), 0)
    else:
        turn_submit(t, which, way, at, size, TIF_GTC, FLAG_ORDER_POST_ONLY, 0)


cdef void flatten(CTurn* t, uint32_t token) noexcept nogil:
    """Sell the longer side's surplus, if no order of ours is open."""
    cdef Market* m = &t.s.markets[token >> 1]
    cdef int64_t net = turn_position(t, token) - turn_position(t, token + 1)
    cdef uint32_t longer = token if net > 0 else token + 1
    cdef int64_t size = net if net > 0 else -net
    if m.first_order != NIL:
        return
    if turn_spendable(&t.s.tokens[longer]) < size:
        size = turn_spendable(&t.s.tokens[longer])
    size = size // SIZE_GRAIN * SIZE_GRAIN
    if size >= m.min_size and size > 0 and turn_bid(t, longer):
        turn_submit(t, longer, SIDE_SELL, turn_bid(t, longer), size, TIF_FAK, 0, 0)


cdef void note_signal(Params* p, CTurn* t) noexcept nogil:
    cdef const Event* e = t.event
    if t.wake & WAKE_SIGNAL and e.kind == EV_SIGNAL and e.token != NO_TOKEN \
            and <int32_t>(e.token >> 1) < p.n_fair and 0 <= e.size <= PIPS:
        p.fair[e.token >> 1] = <int32_t>e.size


cdef void wanted(Params* p, CTurn* t, uint32_t token, int64_t net, int32_t* bid, int32_t* ask) noexcept nogil:
    """Where the quotes should be; 0 or 10,000 when there is no room."""
    cdef int32_t tick = t.s.markets[token >> 1].tick_pips
    cdef int32_t best = bid[0]
    cdef int32_t over = ask[0]
    cdef int32_t fair = p.fair[token >> 1] if <int32_t>(token >> 1) < p.n_fair else -1
    cdef int64_t shift = p.skew_pips * floor_div(net, p.size)
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
    low = floor_div(low, tick) * tick
    high = -floor_div(-high, tick) * tick
    bid[0] = <int32_t>low if low > 0 else 0
    ask[0] = <int32_t>high if high < PIPS else <int32_t>PIPS


cdef void maker_turn(void* self, CTurn* t) noexcept nogil:
    """Quote the market that woke us, or take its quotes away."""
    cdef Params* p = <Params*>self
    cdef uint32_t token = t.token
    cdef Market* m = &t.s.markets[token >> 1]
    cdef int32_t bid = turn_bid(t, token)
    cdef int32_t ask = turn_ask(t, token)
    cdef int64_t net
    cdef int64_t size
    cdef int64_t pairs
    cdef Quotes bids
    cdef Quotes asks
    cdef int stop
    note_signal(p, t)
    if not m.known or m.resolved:
        return
    find_quotes(t, token, &bids, &asks)
    stop = m.close_out_ns != 0 and t.time_ns >= m.close_out_ns - p.stop_before_ns
    if stop or (m.feed != FS_SYNCED and m.feed != FS_SUSPECT):
        cancel_from(t, &bids, 0)
        cancel_from(t, &asks, 0)
        if stop and p.flatten:
            flatten(t, token)
        return
    if bid == 0 or ask == PIPS or bid >= ask or ask - bid > p.max_spread_pips:
        cancel_from(t, &bids, 0)
        cancel_from(t, &asks, 0)
        return
    net = turn_position(t, token) - turn_position(t, token + 1)
    wanted(p, t, token, net, &bid, &ask)
    size = (p.size if p.size > m.min_size else m.min_size) // SIZE_GRAIN * SIZE_GRAIN
    place(p, t, token, SIDE_BUY, bid, &bids, size if net + size <= p.max_position else 0)
    place(p, t, token, SIDE_SELL, ask, &asks, size if -net + size <= p.max_position else 0)
    if p.merge_size:
        pairs = turn_spendable(&t.s.tokens[token])
        if turn_spendable(&t.s.tokens[token + 1]) < pairs:
            pairs = turn_spendable(&t.s.tokens[token + 1])
        if pairs >= p.merge_size:
            turn_convert(t, EV_INTENT_MERGE, token, pairs)


cdef class CompiledMaker(CompiledStrategy):
    """The maker without the interpreter; the same settings, the same intents."""

    Settings = MakerSettings
    engine = Maker.engine

    cdef Params params
    cdef readonly object settings

    def __cinit__(self, settings=None, int tokens=65536, int wakes=WAKE_BBO | WAKE_ORDER | WAKE_FEED | WAKE_SIGNAL):
        cdef int32_t k
        if settings is None:
            settings = MakerSettings()
        if not isinstance(settings, MakerSettings):
            raise TypeError(f"settings: a {type(settings).__name__}, not MakerSettings")
        self.settings = settings
        self.params.size = settings.size
        self.params.max_position = settings.max_position
        self.params.merge_size = settings.merge_size
        self.params.stop_before_ns = settings.stop_before_ns
        self.params.width_pips = settings.width_pips
        self.params.requote_pips = settings.requote_pips
        self.params.skew_pips = settings.skew_pips
        self.params.max_spread_pips = settings.max_spread_pips
        self.params.sell_inventory = settings.sell_inventory
        self.params.overlap = settings.overlap
        self.params.flatten = settings.flatten
        self.params.n_fair = tokens // 2
        self.params.fair = <int32_t*>calloc(self.params.n_fair, sizeof(int32_t))
        if self.params.fair == NULL:
            raise MemoryError("CompiledMaker: no memory")
        for k in range(self.params.n_fair):
            self.params.fair[k] = -1
        self.run = maker_turn
        self.state = &self.params
        self.wakes = wakes

    def __dealloc__(self):
        free(self.params.fair)
