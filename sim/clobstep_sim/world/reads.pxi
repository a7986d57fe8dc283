# What the venue tells when it is asked: an order with its trades, the account, metadata.

cdef Event* told(W* w, int32_t* first, int32_t* last, int kind, uint64_t id) noexcept nogil:
    """The next event of an answer; NULL when there is no memory."""
    cdef int32_t slot = append(w, first, last)
    cdef Event* e
    if slot == ex.NONE:
        return NULL
    w.mails[slot].is_private = 1
    e = &w.mails[slot].event
    e.kind = <uint8_t>kind
    e.order_id = id
    e.time_ns = w.x.now_ns                 # when it was said; ours is put over it when it is heard
    e.venue_time_ns = w.x.now_ns
    return e


cdef void told_trade(W* w, int32_t* first, int32_t* last, int64_t which, int is_maker) noexcept nogil:
    cdef Event* e = told(w, first, last, EV_TRADE, 0)
    if e != NULL:
        ex.trade_word(w.x, which, is_maker, e)
        e.generation = w.generations[e.token >> 1]


cdef int64_t matched_of(XOrder* o) noexcept nogil:
    """In the order's own unit."""
    return o.cash if o.is_cash else o.shares


cdef void told_found(W* w, int32_t* first, int32_t* last, int32_t slot) noexcept nogil:
    """An order as it stands at the venue."""
    cdef XOrder* o = &w.x.orders[slot]
    cdef Event* e = told(w, first, last, EV_FOUND, o.id)
    if e == NULL:
        return
    e.token = <uint32_t>o.token
    e.generation = w.generations[e.token >> 1]
    e.side = o.side
    e.price_pips = o.price_pips
    e.amount = o.original
    if not o.is_cash or not o.cash or o.cash == o.original:    # in what unit an amount is matched is not known
        e.size = matched_of(o)
        e.flags = FLAG_SIZE_KNOWN
    e.code = FO_OPEN
    if o.state == ex.ST_FILLED:
        e.code = FO_MATCHED
    elif o.state == ex.ST_CANCELED:
        e.code = FO_EXPIRED if o.reason == CR_EXPIRED else FO_CANCELED


cdef int32_t look_up(W* w, uint64_t id) noexcept nogil:
    """An order and its trades, by the order's hash."""
    cdef X* x = w.x
    cdef int32_t first = ex.NONE
    cdef int32_t last = ex.NONE
    cdef int32_t slot = ex.find_order(x, OURS, id)
    cdef int64_t k
    if slot == ex.NONE or x.orders[slot].state == ex.ST_REJECTED:
        told(w, &first, &last, EV_NOT_FOUND, id)
        return first
    for k in range(x.n_trades):
        if x.trades[k].taker == OURS and x.trades[k].taker_id == id:
            told_trade(w, &first, &last, k, 0)
        if x.trades[k].maker == OURS and x.trades[k].maker_id == id:
            told_trade(w, &first, &last, k, 1)
    told_found(w, &first, &last, slot)
    return first


cdef int is_final(X* x, int64_t which) noexcept nogil:
    return x.trades[which].status == TS_CONFIRMED or x.trades[which].status == TS_FAILED


cdef int32_t read_account(W* w) noexcept nogil:
    """Trades (oldest first), open orders, balances; what was final in an earlier read is left out."""
    cdef X* x = w.x
    cdef int32_t first = ex.NONE
    cdef int32_t last = ex.NONE
    cdef int32_t slot
    cdef int64_t k
    cdef Event* e
    w.read_final = w.told_trades
    while w.read_final < x.n_trades and is_final(x, w.read_final):
        w.read_final += 1
    for k in range(w.told_trades, x.n_trades):
        if x.trades[k].taker == OURS:
            told_trade(w, &first, &last, k, 0)
        if x.trades[k].maker == OURS:
            told_trade(w, &first, &last, k, 1)
    slot = x.accounts[OURS].oldest
    while slot != ex.NONE:
        told_found(w, &first, &last, slot)
        slot = x.orders[slot].later
    e = told(w, &first, &last, EV_BALANCE, 0)
    w.read_lies = w.now_ns < w.lie_until_ns
    if e != NULL:
        e.amount = x.accounts[OURS].settled
        if w.read_lies:
            e.amount += x.accounts[OURS].settled + 1000 * SHARE_MICROS
    for k in range(2 * w.n_markets):
        e = told(w, &first, &last, EV_BALANCE, 0)
        if e != NULL:
            e.token = <uint32_t>k
            e.generation = w.generations[k >> 1]
            e.size = x.tokens[OURS][k].settled
    told(w, &first, &last, EV_RECONCILED, 0)
    return first


cdef int32_t read_metadata(W* w, uint32_t token) noexcept nogil:
    """A market's metadata and its cluster's."""
    cdef int32_t market = <int32_t>(token >> 1)
    cdef ex.XMarket* m = &w.x.markets[market]
    cdef int32_t first = ex.NONE
    cdef int32_t last = ex.NONE
    cdef Event* e = told(w, &first, &last, EV_CLUSTER, <uint64_t>(market // 2 + 1))
    if e == NULL:
        return first
    w.mails[first].is_private = 0
    e.venue_time_ns = 0
    e.flags = (w.meta_flags[market] | w.meta_flags[market ^ 1 if (market ^ 1) < w.n_markets else market]) \
        & (FLAG_META_NEG_RISK | FLAG_META_AUGMENTED)
    e = told(w, &first, &last, EV_MARKET, <uint64_t>(market // 2 + 1))
    if e == NULL:
        return first
    w.mails[last].is_private = 0
    e.venue_time_ns = 0
    e.token = <uint32_t>(2 * market)
    e.generation = w.generations[market]
    e.price_pips = <int16_t>m.tick_pips
    e.size = m.min_size
    e.amount = m.fee_ppm
    e.flags = w.meta_flags[market]
    if m.is_closed:
        e.flags &= ~<uint8_t>FLAG_META_OPEN
    e.ref = <uint64_t>w.crowds[market].close_out_ns
    if hit(w, GAMMA_GARBAGE_PPM):
        garble(w, e if kn_next_bit(&w.form) else &w.mails[first].event)
    return first
