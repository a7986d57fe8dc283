# What our client heard of the market, with our own orders taken out of it: the recording on which a shadow of
# the same orders is traded. Owns: the tape.

cdef int64_t own_at(W* w, int32_t market, int side, int32_t row) noexcept nogil:
    """What lies of ours at a level."""
    cdef int32_t slot = w.x.accounts[OURS].oldest
    cdef ex.XOrder* o
    cdef int64_t size = 0
    while slot != ex.NONE:
        o = &w.x.orders[slot]
        if o.token >> 1 == market and o.book_side == side and o.row == row and o.state == ex.ST_OPEN:
            size += o.leaves
        slot = o.later
    return size


cdef int32_t others_best(W* w, int32_t market, int side) noexcept nogil:
    """The best price of YES at which others lie; 0 and 10,000 where there is none."""
    cdef ex.XMarket* m = &w.x.markets[market]
    cdef int32_t pips = ex.best_pips(w.x, 2 * market, side)
    while 0 < pips < PIPS and level_at(w, market, side, pips).size <= own_at(w, market, side, pips):
        pips += m.least_pips if side else -m.least_pips
    return min(max(pips, 0), PIPS)


cdef int64_t of_others(W* w, const Event* e, int32_t pips, int64_t size) noexcept nogil:
    """A level's size without ours. `pips`: of the event's token."""
    cdef int32_t row = PIPS - pips if e.token & 1 else pips
    return max(0, size - own_at(w, <int32_t>(e.token >> 1), e.side ^ <int>(e.token & 1), row))


cdef void best_of_others(W* w, Event* e) noexcept nogil:
    cdef int32_t market = <int32_t>(e.token >> 1)
    cdef int32_t bid = others_best(w, market, 0)
    cdef int32_t ask = others_best(w, market, 1)
    e.bid_pips = <int16_t>(PIPS - ask if e.token & 1 else bid)
    e.ask_pips = <int16_t>(PIPS - bid if e.token & 1 else ask)


cdef void part_of_others(W* w, Event* e) noexcept nogil:
    """Up to three levels of a snapshot; those that are ours alone are left out."""
    cdef int32_t[3] pips
    cdef int64_t[3] sizes
    cdef int32_t n = 0
    cdef int k
    for k in range(e.code):
        pips[n] = e.price_pips if k == 0 else e.bid_pips if k == 1 else e.ask_pips
        sizes[n] = of_others(w, e, pips[n], e.size if k == 0 else e.amount if k == 1 else <int64_t>e.order_id)
        n += sizes[n] > 0
    for k in range(n, 3):
        pips[k] = 0
        sizes[k] = 0
    e.code = <uint8_t>n
    e.price_pips, e.bid_pips, e.ask_pips = <int16_t>pips[0], <int16_t>pips[1], <int16_t>pips[2]
    e.size, e.amount, e.order_id = sizes[0], sizes[1], <uint64_t>sizes[2]


cdef int64_t met_ours(W* w, const Event* e) noexcept nogil:
    """What the trades that this delta tells of took from our orders at its level."""
    cdef int side = e.side ^ <int>(e.token & 1)
    cdef int32_t row = PIPS - e.price_pips if e.token & 1 else e.price_pips
    cdef ex.XTrade* t
    cdef int64_t size = 0
    cdef int64_t k
    for k in range(w.taped_trades, w.x.n_trades):
        t = &w.x.trades[k]
        if t.maker == OURS and t.maker_token >> 1 == <int32_t>(e.token >> 1) and \
                t.maker_side ^ (t.maker_token & 1) == side and \
                (PIPS - t.maker_pips if t.maker_token & 1 else t.maker_pips) == row:
            size += t.shares
    return size


cdef Event* on_tape(W* w, const Event* word) noexcept nogil:
    """One more, timed when our client hears it; NULL when there is no memory."""
    cdef Event* more
    if w.n_tape >= w.cap_tape:
        more = <Event*>realloc(w.tape, (2 * <size_t>w.cap_tape + 4096) * sizeof(Event))
        if more == NULL:
            stop(w, STOP_MEMORY, 0, 0)
            return NULL
        w.tape = more
        w.cap_tape = 2 * w.cap_tape + 4096
    more = &w.tape[w.n_tape]
    w.n_tape += 1
    more[0] = word[0]
    more.time_ns = w.feed.last_ns
    return more


cdef void record_delta(W* w, const Event* word) noexcept nogil:
    """Where a trade met an order of ours, others' size goes up by as much just before it falls: the tape tells
    the whole trade as one decrease, as its print does."""
    cdef int32_t pips = PIPS - word.price_pips if word.token & 1 else word.price_pips
    cdef int64_t place = (2 * (word.token >> 1) + (word.side ^ (word.token & 1))) * (PIPS + 1) + pips
    cdef int64_t met = met_ours(w, word)
    cdef Event* e
    if met:
        e = on_tape(w, word)
        if e == NULL:
            return
        e.flags = 0
        e.size = w.taped[place] + met
    e = on_tape(w, word)
    if e != NULL:
        e.size = w.taped[place] = of_others(w, e, e.price_pips, e.size)
        best_of_others(w, e)


cdef void record(W* w, const Event* word) noexcept nogil:
    """A word of the market channel, without us."""
    cdef Event* e
    if word.kind == EV_BOOK_DELTA:
        record_delta(w, word)
        return
    e = on_tape(w, word)
    if e == NULL:
        return
    if e.kind == EV_BOOK_SNAPSHOT:
        part_of_others(w, e)
    elif e.kind == EV_BEST:
        best_of_others(w, e)
