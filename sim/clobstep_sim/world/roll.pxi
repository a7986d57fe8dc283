# What comes after a market's end: what we hold is redeemed, its place is given to another.

cdef int is_empty(W* w, int32_t market) noexcept nogil:
    """Nothing of ours is left in it, with us or at the exchange."""
    cdef ex.XTokens* t
    cdef uint32_t token
    cdef int64_t k
    for token in range(2 * market, 2 * market + 2):
        t = &w.x.tokens[OURS][token]
        if t.settled or t.out or t.coming or w.s.tokens[token].posted or w.s.tokens[token].reserved:
            return 0
    for k in range(w.told_trades, w.x.n_trades):
        if w.x.trades[k].taker_token >> 1 == market and not is_final(w.x, k):
            return 0
    return w.s.markets[market].n_orders == 0 and not w.s.markets[market].conversion


cdef void roll_market(W* w, int32_t market) noexcept nogil:
    """A resolved market's place goes to a new one, as soon as nothing is left in it."""
    cdef Event e
    cdef uint16_t before = w.s.markets[market].generation
    if w.is_dead or w.feed.is_down or not w.s.markets[market].resolved or not is_empty(w, market):
        plan(w, w.now_ns + 60 * SECOND, DO_CHORE, CHORE_ROLL + market)
        return
    if w.checking:
        judge_books(w, market)
    memset(&w.judged[market], 0, sizeof(Judged))
    w.judged[market].turn_ns = NEVER
    w.judged[market].first_trade = w.x.n_trades
    memset(&e, 0, sizeof(Event))
    e.kind = EV_RETIRE
    e.token = <uint32_t>(2 * market)
    e.generation = before
    hear(w, &e)
    if w.stop or w.s.markets[market].generation == before:
        stop(w, STOP_STUCK, EV_RETIRE, 0)
        return
    w.durable = w.n_log                    # nobody says it twice
    w.generations[market] = w.s.markets[market].generation
    ex.reopen(w.x, market)
    w.crowds[market].close_out_ns = 0
    w.meta_flags[market] = FLAG_META_OPEN
    e.generation = w.generations[market]
    e.kind = EV_WAKE_ON
    e.flags = w.wake_flags
    hear(w, &e)
    e.kind = EV_FEED
    e.flags = 0
    e.code = SIGN_CONNECTED
    hear(w, &e)
    ex.say_book(w.x, 2 * market)
    ex.say_book(w.x, 2 * market + 1)
    carry(w)
    refresh(w, e.token)


cdef void redeem_for_us(W* w, int32_t token) noexcept nogil:
    """Somebody redeems what we hold of a resolved token, once nothing of it is under way; the chain says so."""
    cdef ex.XTokens* t = &w.x.tokens[OURS][token]
    cdef Account* held = &w.s.tokens[token]
    cdef Event e
    if not w.x.markets[token >> 1].is_resolved or w.s.markets[token >> 1].generation != w.generations[token >> 1]:
        return
    if w.is_dead or w.reading or t.out or t.coming or held.incoming or held.outgoing or t.settled != held.settled \
            or not w.s.markets[token >> 1].resolved or w.s.markets[token >> 1].conversion:
        plan(w, w.now_ns + 5 * SECOND, DO_CHORE, CHORE_REDEEM + token)
        return
    if t.settled <= 0:
        return
    memset(&e, 0, sizeof(Event))
    e.kind = EV_REDEEM
    e.token = <uint32_t>token
    e.generation = w.generations[token >> 1]
    e.size = t.settled
    e.price_pips = <int16_t>w.x.markets[token >> 1].payout_pips
    if token & 1:
        e.price_pips = <int16_t>(PIPS - e.price_pips)
    e.venue_time_ns = w.now_ns
    ex.redeem_tokens(w.x, OURS, token, e.size)
    hear(w, &e)
