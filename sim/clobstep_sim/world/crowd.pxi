# Everybody else: noise, makers and those who know more, drawn by one stream a market. Their account is
# not counted. Shapes are those of docs/simulation.md.

cdef int64_t round_size(int64_t size) noexcept nogil:
    return size // SIZE_GRAIN * SIZE_GRAIN


cdef int64_t crowd_size(Crowd* c) noexcept nogil:
    """Mostly small and round, now and then large."""
    cdef int64_t size = SIZE_GRAIN * 500 << kn_below(&c.stream, 4)
    if kn_chance(&c.stream, 300000):
        return round_size(size + kn_exponential(&c.stream, 40000000))
    if kn_chance(&c.stream, 50000):
        return size * 10
    return size


cdef void move_fair(Crowd* c, int32_t tick) noexcept nogil:
    cdef int64_t step = kn_exponential(&c.stream, 128 * tick)
    c.fair += step if kn_next_bit(&c.stream) else -step
    if c.fair < 256 * 300:
        c.fair = 256 * 300
    if c.fair > 256 * 9700:
        c.fair = 256 * 9700


cdef inline int kn_next_bit(uint64_t* stream) noexcept nogil:
    return <int>kn_below(stream, 2)


cdef void crowd_order(W* w, int32_t market, int side, int32_t pips, int64_t size, int tif) noexcept nogil:
    """In terms of YES; half of them are sent as the other side of NO."""
    cdef Crowd* c = &w.crowds[market]
    cdef X* x = w.x
    cdef Resting* more
    cdef XOrder o
    memset(&o, 0, sizeof(XOrder))
    o.account = CROWD
    o.token = 2 * market
    o.side = <uint8_t>side
    o.price_pips = <int16_t>pips
    if kn_next_bit(&c.stream):
        o.token += 1
        o.side ^= 1
        o.price_pips = <int16_t>(PIPS - pips)
    o.tif = <uint8_t>tif
    o.original = size
    if o.side == SIDE_BUY and tif >= TIF_FOK:
        o.original = round_size(size * o.price_pips // PIPS)
    if ex.arrive(x, &o) == ex.ANSWER_REJECTED or x.orders[x.arrived].state != ex.ST_OPEN:
        return
    if c.n >= c.room:
        more = <Resting*>realloc(c.rest, (2 * c.room + 64) * sizeof(Resting))
        if more == NULL:
            stop(w, STOP_MEMORY, 0, 0)
            return
        c.rest = more
        c.room = 2 * c.room + 64
    c.rest[c.n].slot = x.arrived
    c.rest[c.n].entry = x.orders[x.arrived].entry
    c.n += 1


cdef void crowd_cancels(W* w, Crowd* c) noexcept nogil:
    """One of its resting orders; what has ended by itself is forgotten on the way."""
    cdef int32_t k
    cdef int32_t tries = 8
    cdef Resting r
    while c.n and tries:
        k = <int32_t>kn_below(&c.stream, c.n)
        r = c.rest[k]
        c.n -= 1
        c.rest[k] = c.rest[c.n]
        if w.x.orders[r.slot].entry == r.entry and w.x.orders[r.slot].state == ex.ST_OPEN:
            ex.cancel_slot(w.x, r.slot)
            return
        tries -= 1


cdef void crowd_quotes(W* w, int32_t market) noexcept nogil:
    """A resting order near what it thinks fair, mostly close to it."""
    cdef Crowd* c = &w.crowds[market]
    cdef int32_t tick = w.x.markets[market].tick_pips
    cdef int side = kn_next_bit(&c.stream)
    cdef int64_t away = 1 + kn_exponential(&c.stream, 3) + (kn_exponential(&c.stream, 12) if c.n & 3 == 0 else 0)
    cdef int64_t fair = c.fair // 256
    cdef int64_t pips
    if side == SIDE_BUY:
        pips = (fair // tick - away + 1) * tick
    else:
        pips = (fair // tick + away) * tick
    if pips < tick or pips > PIPS - tick:
        return
    crowd_order(w, market, side, <int32_t>pips, crowd_size(c), TIF_GTC)


cdef void crowd_trades(W* w, int32_t market) noexcept nogil:
    """Takes what is there: towards what it thinks fair, or for no reason."""
    cdef Crowd* c = &w.crowds[market]
    cdef int32_t tick = w.x.markets[market].tick_pips
    cdef int32_t bid = ex.best_pips(w.x, 2 * market, 0)
    cdef int32_t ask = ex.best_pips(w.x, 2 * market, 1)
    cdef int64_t fair = c.fair // 256
    cdef int side = kn_next_bit(&c.stream)
    cdef int64_t pips
    if fair > ask:
        side = SIDE_BUY
    elif fair < bid:
        side = SIDE_SELL
    pips = (ask if side == SIDE_BUY else bid) // tick * tick
    pips += tick * kn_below(&c.stream, 3) * (1 if side == SIDE_BUY else -1)
    if tick <= pips <= PIPS - tick:
        crowd_order(w, market, side, <int32_t>pips, crowd_size(c), TIF_FAK)


cdef void crowd_acts(W* w, int32_t market) noexcept nogil:
    """One act, and when the next comes."""
    cdef Crowd* c = &w.crowds[market]
    cdef int64_t gap = c.gap_ns
    cdef int64_t roll = kn_below(&c.stream, 1000000)
    if w.now_ns < w.burst_until_ns:
        gap = gap // 10 + 1
    plan(w, w.now_ns + kn_exponential(&c.stream, gap // 16) * 16 + 1, DO_CROWD, market)
    if w.x.markets[market].is_closed:
        return
    w.acts += 1
    if hit(w, THEFT_PPM):
        w.x.accounts[OURS].settled -= 1
    if roll < 30000:
        move_fair(c, w.x.markets[market].tick_pips)
    if roll < w.knobs[CROWD_TRADES_PPM]:
        if hit(w, OVERFILL_PPM):
            w.x.overfill = 1 + kn_below(&w.form, 20000)
        crowd_trades(w, market)
    elif 500000 * <int64_t>c.n > (1000000 - roll) * w.knobs[CROWD_ORDERS]:
        crowd_cancels(w, c)
    else:
        crowd_quotes(w, market)
    ex.publish(w.x)
    carry(w)
