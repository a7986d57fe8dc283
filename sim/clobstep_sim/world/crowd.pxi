# Everybody else in a market: makers who keep two-sided books about what they think fair, takers without a
# reason, and those who know. Their account is not counted. Each kind draws from a stream of its own.
# docs/simulation.md has the shapes; fuzz/likeness.py measures them.

include "crowd_shape.pxi"


cdef int64_t round_size(int64_t size) noexcept nogil:
    return size // SIZE_GRAIN * SIZE_GRAIN


cdef void crowd_begins(W* w, int32_t market) noexcept nogil:
    """A new market: streams, what is fair, and all levels at once."""
    cdef Crowd* c = &w.crowds[market]
    cdef int32_t tick = w.x.markets[market].tick_pips
    cdef int32_t k
    if c.generation == 0:
        c.rhythm = kn_stream(c.stream, 1)
        c.news = kn_stream(c.stream, 2)
        c.makers = kn_stream(c.stream, 3)
        c.takers = kn_stream(c.stream, 4)
        c.informed = kn_stream(c.stream, 5)
    c.generation = w.generations[market] + 1
    c.taste = kn_next(&c.stream)
    c.heat_ns = w.now_ns
    c.heat = 0
    c.is_ending = 0
    c.end_ns = NEVER
    if w.knobs[CROWD_LIFE_S]:
        c.end_ns = w.now_ns + w.knobs[CROWD_LIFE_S] * SECOND
        c.fair = FAIR_GRAIN * (4500 + kn_below(&c.news, 1000))
    want(w, market)
    for k in range(w.knobs[CROWD_LEVELS]):
        fill_level(w, market, SIDE_BUY, c.bid - k * tick)
        fill_level(w, market, SIDE_SELL, c.ask + k * tick)


cdef void place(W* w, int32_t market, int side, int32_t pips, int64_t size, int tif, int as_no) noexcept nogil:
    cdef Crowd* c = &w.crowds[market]
    cdef X* x = w.x
    cdef Resting* more
    cdef XOrder o
    memset(&o, 0, sizeof(XOrder))
    o.account = CROWD
    o.token = 2 * market
    o.side = <uint8_t>side
    o.price_pips = <int16_t>pips
    if as_no:
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


cdef void tidy(W* w, int32_t market) noexcept nogil:
    """The next of its orders: forgotten if it has ended, canceled if the market has gone far away from it."""
    cdef Crowd* c = &w.crowds[market]
    cdef int32_t k = c.tidied if c.tidied < c.n else 0
    cdef Resting r = c.rest[k]
    cdef ex.XOrder* o = &w.x.orders[r.slot]
    cdef int64_t away
    if o.entry == r.entry and o.state == ex.ST_OPEN:
        away = c.bid - o.row if o.book_side == SIDE_BUY else o.row - c.ask
        c.tidied = k + 1
        if away <= 2 * w.knobs[CROWD_LEVELS] * w.x.markets[market].tick_pips:
            return
        ex.cancel_slot(w.x, r.slot)
    c.n -= 1
    c.rest[k] = c.rest[c.n]


cdef inline ex.XLevel* level_at(W* w, int32_t market, int side, int32_t pips) noexcept nogil:
    return &w.x.markets[market].levels[side * (PIPS + 1) + pips]


cdef void crowd_order(W* w, int32_t market, int side, int32_t pips, int64_t size, int tif) noexcept nogil:
    """In terms of YES; half of them are sent as the other side of NO."""
    cdef Crowd* c = &w.crowds[market]
    place(w, market, side, pips, size, tif, kn_next_bit(&c.makers))
    if c.n > 1:                            # two for one that came: what has ended does not pile up
        tidy(w, market)
        tidy(w, market)


cdef void fill_level(W* w, int32_t market, int side, int32_t pips) noexcept nogil:
    """What is missing of a level, in one order."""
    cdef int32_t tick = w.x.markets[market].tick_pips
    cdef int64_t size
    if tick <= pips <= PIPS - tick:
        size = wanted(w, market, side, pips) - level_at(w, market, side, pips).size
        if size >= w.x.markets[market].min_size:
            crowd_order(w, market, side, pips, size, TIF_GTC)


cdef int pull(W* w, ex.XLevel* level, int all_of_it) noexcept nogil:
    """Cancels the newest order of the crowd at a level, or all of them. Whether there was one."""
    cdef int32_t slot = level.last
    cdef int32_t earlier
    cdef int found = 0
    while slot != ex.NONE and (all_of_it or not found):
        earlier = w.x.orders[slot].prev
        if w.x.orders[slot].account == CROWD:
            ex.cancel_slot(w.x, slot)
            found = 1
        slot = earlier
    return found


cdef int32_t where_to_quote(W* w, int32_t market, int side) noexcept nogil:
    """At the best price, at the end of the grid, or somewhere behind; 0 where no price is left."""
    cdef Crowd* c = &w.crowds[market]
    cdef int32_t tick = w.x.markets[market].tick_pips
    cdef int64_t room = (c.bid if side == SIDE_BUY else PIPS - c.ask) // tick
    cdef int64_t roll = kn_below(&c.makers, MILLION)
    cdef int64_t mean = w.knobs[CROWD_AWAY_TICKS]
    cdef int64_t away = 0
    if room <= 0:
        return 0
    if roll >= MILLION - w.knobs[CROWD_FAR_PPM]:
        away = room - 1
    elif roll >= w.knobs[CROWD_TOUCH_PPM]:
        away = 1 + kn_below(&c.makers, mean + 1) + kn_below(&c.makers, mean + 1)
        if roll & 15 == 0:                 # what a move left empty fills up
            away = kn_below(&c.makers, w.knobs[CROWD_LEVELS] + 1)
        away %= room
    return <int32_t>(c.bid - away * tick if side == SIDE_BUY else c.ask + away * tick)


cdef void crowd_quotes(W* w, int32_t market) noexcept nogil:
    """A maker adds to a level or takes back what it added last; which of the two, by what lies there.

    The market has begun and what is wanted is of now.
    """
    cdef Crowd* c = &w.crowds[market]
    cdef int side
    cdef int32_t pips
    cdef int64_t size, more
    cdef ex.XLevel* level
    side = kn_next_bit(&c.makers)
    pips = where_to_quote(w, market, side)
    if pips == 0:
        side ^= 1
        pips = where_to_quote(w, market, side)
    if pips == 0:
        return
    level = level_at(w, market, side, pips)
    size = wanted(w, market, side, pips)
    more = level.size - size // 2
    if size == 0:
        pull(w, level, 0)
    elif more < 0:
        fill_level(w, market, side, pips)
    elif kn_below(&c.makers, size + 1) < more and \
            (level.first != level.last or kn_chance(&c.makers, w.knobs[CROWD_PULL_PPM])):
        pull(w, level, 0)
    else:
        crowd_order(w, market, side, pips, max(lot(w, &c.makers), w.x.markets[market].min_size), TIF_GTC)


cdef void crowd_warms(W* w, int32_t market) noexcept nogil:
    """A quote before the world has begun."""
    if w.crowds[market].generation != w.generations[market] + 1:
        crowd_begins(w, market)
    want(w, market)
    crowd_quotes(w, market)


cdef void takes(W* w, int32_t market, uint64_t* stream, int side, int32_t pips, int64_t times) noexcept nogil:
    """What lies up to a price, for so many times what takers spend."""
    cdef int is_buy = kn_chance(stream, w.knobs[CROWD_BUYS_PPM])
    cdef int as_no = (side == SIDE_SELL) == is_buy
    cdef int64_t own = PIPS - pips if as_no else pips
    cdef int64_t size
    if w.x.markets[market].tick_pips <= pips <= PIPS - w.x.markets[market].tick_pips:
        size = rounded(w, round_size(times * spending(w, stream, own) * PIPS // own + SIZE_GRAIN))
        place(w, market, side, pips, size if is_buy else max(size, w.x.markets[market].min_size), TIF_FAK, as_no)


cdef void crowd_trades(W* w, int32_t market) noexcept nogil:
    """For no reason, now and then because the last one did."""
    cdef Crowd* c = &w.crowds[market]
    cdef int32_t tick = w.x.markets[market].tick_pips
    cdef int32_t pips
    if not kn_chance(&c.takers, w.knobs[CROWD_HERD_PPM]):
        c.last_side = <uint8_t>kn_next_bit(&c.takers)
    pips = ex.best_pips(w.x, 2 * market, c.last_side ^ 1) // tick * tick
    pips += tick * <int32_t>kn_below(&c.takers, 3) * (1 if c.last_side == SIDE_BUY else -1)
    takes(w, market, &c.takers, c.last_side, pips, 1)


cdef int moves_quotes(W* w, int32_t market) noexcept nogil:
    """What lies where nobody wants to quote any more is taken by who knows, or pulled. Whether there was any."""
    cdef Crowd* c = &w.crowds[market]
    cdef int32_t bid = ex.best_pips(w.x, 2 * market, 0)
    cdef int32_t ask = ex.best_pips(w.x, 2 * market, 1)
    cdef int side = SIDE_SELL if bid > c.bid else SIDE_BUY     # of who takes it
    cdef int32_t pips = bid if bid > c.bid else ask
    cdef int64_t fair = c.fair // FAIR_GRAIN
    cdef ex.XLevel* level = level_at(w, market, side ^ 1, pips)
    if bid <= c.bid and ask >= c.ask:
        c.is_moving = 0
        return 0
    if (fair > pips if side == SIDE_BUY else fair < pips) and kn_chance(&c.informed, w.knobs[CROWD_INFORMED_PPM]):
        takes(w, market, &c.informed, side, pips, 1 + kn_below(&c.informed, 4))
        return 1
    return pull(w, level, 1)


cdef int crowd_ends(W* w, int32_t market) noexcept nogil:
    """Of its life a market closes, resolves half a minute later, and its place goes to another. Whether so."""
    cdef Crowd* c = &w.crowds[market]
    cdef ex.XMarket* m = &w.x.markets[market]
    if c.is_ending:
        c.is_ending = 0
        c.end_ns = NEVER
        ex.resolve_market(w.x, market, PIPS if c.fair >= FAIR_GRAIN * PIPS // 2 else 0)
        plan(w, w.now_ns + 60 * SECOND, DO_CHORE, CHORE_ROLL + market)
        if w.knobs[REDEEM_S]:
            plan(w, w.now_ns + w.knobs[REDEEM_S] * SECOND, DO_CHORE, CHORE_REDEEM + 2 * market)
            plan(w, w.now_ns + w.knobs[REDEEM_S] * SECOND, DO_CHORE, CHORE_REDEEM + 2 * market + 1)
    elif c.generation and w.now_ns >= c.end_ns and not m.is_closed and not w.quiet:
        m.is_closed = 1
        c.is_ending = 1
    else:
        return 0
    plan(w, w.now_ns + 30 * SECOND, DO_CROWD, market)
    carry(w)
    return 1


cdef void crowd_acts(W* w, int32_t market) noexcept nogil:
    """One act, and when the next comes."""
    cdef Crowd* c = &w.crowds[market]
    cdef int64_t roll
    cdef int acts = comes_to_act(w, c)
    if crowd_ends(w, market):
        return
    plan(w, w.now_ns + kn_exponential(&c.rhythm, c.gap_ns * MILLION // c.rate // 16) * 16 + 1, DO_CROWD, market)
    if not acts or w.x.markets[market].is_closed:
        return
    w.acts += 1
    if hit(w, THEFT_PPM):
        w.x.accounts[OURS].settled -= 1
    if c.generation != w.generations[market] + 1:
        crowd_begins(w, market)
    if kn_chance(&c.news, w.knobs[CROWD_MOVE_PPM]):
        move_fair(w, c)
    want(w, market)
    roll = kn_below(&c.rhythm, MILLION)
    if roll < w.knobs[CROWD_TRADES_PPM]:
        if hit(w, OVERFILL_PPM):
            w.x.overfill = 1 + kn_below(&w.form, 20000)
        crowd_trades(w, market)
    elif not (c.is_moving or roll & 7 == 0) or not moves_quotes(w, market):
        crowd_quotes(w, market)     # now and then without a move: others quote there too
    ex.publish(w.x)
    carry(w)
