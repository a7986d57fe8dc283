# A strategy that wants everything that can be wanted, by chance: for fuzzing, not for money.

cdef uint64_t any_order(W* w, CTurn* t, uint32_t token) noexcept nogil:
    """One of the market's open orders; 0 if there is none."""
    cdef Market* m = &t.s.markets[token >> 1]
    cdef int32_t slot = m.first_order
    cdef int64_t k
    if slot == NIL or m.n_orders <= 0:
        return 0
    for k in range(kn_below(&w.luck, m.n_orders)):
        if t.s.orders[slot].next == NIL:
            break
        slot = t.s.orders[slot].next
    return t.s.orders[slot].id


cdef int64_t near(W* w, CTurn* t, uint32_t token, int side) noexcept nogil:
    """A price on the grid: at the touch, behind it, or across."""
    cdef int32_t tick = t.s.markets[token >> 1].tick_pips if t.s.markets[token >> 1].known else 100
    cdef int64_t bid = turn_bid(t, token)
    cdef int64_t ask = turn_ask(t, token)
    cdef int64_t pips
    if kn_chance(&w.luck, 20000):
        return kn_below(&w.luck, PIPS + 1)
    if tick <= 0:
        tick = 100
    pips = bid if side == SIDE_BUY else ask
    if kn_chance(&w.luck, 150000):
        pips = ask if side == SIDE_BUY else bid
    pips += tick * (kn_below(&w.luck, 4) - 1) * (-1 if side == SIDE_BUY else 1)
    pips = pips // tick * tick
    return max(<int64_t>tick, min(pips, PIPS - tick))


cdef void err(W* w, CTurn* t, Event* e) noexcept nogil:
    """An order's id once more, no turn; a GTD that is over at once or has no end, a FAK that must rest; a flag or
    a code that is none."""
    cdef int64_t what = kn_below(&w.streams[ODD_INTENT_PPM], 7)
    if what == 0:
        e.order_id = t.s.v.last_order
    elif what == 1:
        e.amount = 0
    elif what == 2:
        e.code = TIF_GTD
        e.venue_time_ns = t.time_ns + SECOND
    elif what == 3:
        e.code = TIF_GTD
        e.venue_time_ns = 0
    elif what == 4:
        e.code = TIF_FAK
        e.flags |= FLAG_ORDER_POST_ONLY
    elif what == 5:
        e.flags |= 128
    else:
        e.code = 100


cdef void gamble_order(W* w, CTurn* t, uint32_t token, uint64_t replaces) noexcept nogil:
    cdef Market* m = &t.s.markets[token >> 1]
    cdef int side = kn_next_bit(&w.luck)
    cdef int64_t size = max(m.min_size, 5000000) * (1 + kn_below(&w.luck, 4))
    cdef int tif = TIF_GTC
    cdef int flags = <int>kn_below(&w.luck, 4) << 2
    cdef int64_t expiry = 0
    cdef int64_t odd
    cdef int64_t roll = kn_below(&w.luck, 100)
    cdef int64_t pips = near(w, t, token, side)
    cdef int errs = hit(w, ODD_INTENT_PPM)
    if side == SIDE_SELL and turn_spendable(&t.s.tokens[token]) < size and not errs:
        token ^= 1                         # what it has not it buys the other side of
        side = SIDE_BUY
        pips = PIPS - pips
    if roll < 45:
        flags |= FLAG_ORDER_POST_ONLY
    elif roll < 55:
        tif = TIF_FAK
    elif roll < 63:
        tif = TIF_FOK
    elif roll < 73:
        tif = TIF_GTD
        expiry = t.time_ns + t.s.c.gtd_min_ns + SECOND * kn_below(&w.luck, 120)
    if kn_chance(&w.luck, 20000):          # no size that can be: beyond two decimals, or just too small
        odd = kn_below(&w.luck, 10000)
        size = size + odd if odd < 7000 else m.min_size - SIZE_GRAIN
    if replaces:
        if tif <= TIF_GTD and kn_chance(&w.luck, 300000):
            flags |= FLAG_ORDER_OVERLAP
        turn_replace(t, replaces, token, side, <int32_t>pips, size, tif, flags, expiry)
    else:
        turn_submit(t, token, side, <int32_t>pips, size, tif, flags, expiry)
    if errs and t.n_out:
        err(w, t, &t.out[t.n_out - 1])


cdef void gamble(void* self, CTurn* t) noexcept nogil:
    cdef W* w = <W*>self
    cdef uint32_t token = t.token | <uint32_t>kn_next_bit(&w.luck)
    cdef int64_t roll = kn_below(&w.luck, 1000)
    cdef uint64_t id
    if not kn_chance(&w.luck, w.knobs[ACT_PPM]):
        return
    if kn_chance(&w.luck, 100000):
        token = <uint32_t>kn_below(&w.luck, 2 * w.n_markets)
    if t.s.markets[token >> 1].resolved and turn_spendable(&t.s.tokens[token]) > 0:
        turn_convert(t, EV_INTENT_REDEEM, token, turn_spendable(&t.s.tokens[token]))
    elif roll < 400:
        gamble_order(w, t, token, 0)
    elif roll < 600:                       # both sides of a quote
        gamble_order(w, t, token, 0)
        gamble_order(w, t, token ^ 1, 0)
    elif roll < 760:
        id = any_order(w, t, token)
        if id:
            gamble_order(w, t, token, id)
    elif roll < 910:
        id = any_order(w, t, token)
        if id:
            turn_cancel(t, id)
    elif roll < 920:
        turn_intent(t, EV_INTENT_CANCEL_MARKET, token)
    elif roll < 924:
        turn_intent(t, EV_INTENT_CANCEL_ALL, NO_TOKEN)
    elif roll < 950:
        turn_convert(t, EV_INTENT_MERGE, token, rounded(w, SIZE_GRAIN * (1 + kn_below(&w.luck, 2000))))
    else:
        turn_convert(t, EV_INTENT_SPLIT, token, rounded(w, SIZE_GRAIN * (1 + kn_below(&w.luck, 5000))))
