# A market's place is given to another once it has resolved and nothing of ours is left in it.

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
    w.generations[market] = w.s.markets[market].generation
    ex.reopen(w.x, market)
    w.crowds[market].close_out_ns = 0
    w.meta_flags[market] = FLAG_META_OPEN
    e.generation = w.generations[market]
    e.kind = EV_WAKE_ON
    e.flags = 63
    hear(w, &e)
    e.kind = EV_FEED
    e.flags = 0
    e.code = SIGN_CONNECTED
    hear(w, &e)
    ex.say_book(w.x, 2 * market)
    ex.say_book(w.x, 2 * market + 1)
    carry(w)
    refresh(w, e.token)
