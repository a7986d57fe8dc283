# Trades of ours and their settlement. Owns: the fill window (keys and postings), the watermark's use.
# The key is (trade, order): one trade may hold several of our orders.

cdef inline uint32_t fill_home(State* s, uint64_t trade, uint64_t order) noexcept nogil:
    """Eight neighbouring ids share a stretch of the table, which strides and crafted ids cannot fill."""
    cdef uint64_t block = cs_fold((trade >> 3) ^ <uint64_t>0x243f6a8885a308d3ULL,
                                  (order >> 3) ^ <uint64_t>0x13198a2e03707344ULL)
    return <uint32_t>(((block << 3) | ((trade ^ order) & 7)) & s.fill_mask)


cdef Fill* find_fill(State* s, uint64_t trade, uint64_t order) noexcept nogil:
    cdef uint32_t at = fill_home(s, trade, order)
    while s.fills[at].trade:
        if s.fills[at].trade == trade and s.fills[at].order == order:
            return &s.fills[at]
        at = (at + 1) & s.fill_mask
    return NULL


cdef Fill* new_fill(State* s, uint64_t trade, uint64_t order) noexcept nogil:
    """A free place for a key; NULL when only the last one is left (probing needs an end)."""
    cdef uint32_t at = fill_home(s, trade, order)
    if s.v.n_fills >= s.c.fills - 1:
        return NULL
    while s.fills[at].trade:
        at = (at + 1) & s.fill_mask
    s.v.n_fills += 1
    return &s.fills[at]


cdef void purge_fills(State* s) noexcept nogil:
    """Forget final keys below the watermark; a refetch of them is STALE_FACT, never booked again.

    One pass from behind a free place: each key is taken out and, if it stays, put back at the first
    free place from its home, which is never beyond where it was.
    """
    cdef uint32_t start = 0
    cdef uint32_t step_
    cdef Fill* f
    cdef Fill kept
    while s.fills[start].trade:
        start += 1
    for step_ in range(1, s.fill_mask + 1):
        f = &s.fills[(start + step_) & s.fill_mask]
        if f.trade == 0:
            continue
        if f.time_ns < s.v.watermark_ns and (f.state == TS_CONFIRMED or f.state == TS_FAILED):
            memset(f, 0, sizeof(Fill))
            s.v.n_fills -= 1
            count(s, CT_KEYS_PURGED)
            continue
        kept = f[0]
        memset(f, 0, sizeof(Fill))
        s.v.n_fills -= 1
        new_fill(s, kept.trade, kept.order)[0] = kept
    s.v.window_told = 0


cdef void raise_watermark(State* s, int64_t time_ns) noexcept nogil:
    """Every trade up to `time_ns` is known: what comes below that, less a margin, is stale."""
    if 0 < time_ns <= MAX_TIME_NS and time_ns - WATERMARK_MARGIN_NS > s.v.watermark_ns:
        s.v.watermark_ns = time_ns - WATERMARK_MARGIN_NS


cdef void decide_liquidity(State* s, Fill* f, Order* o, const Event* ev) noexcept nogil:
    """Maker or taker by the first evidence there is; the rest is compared (rules.md, 5)."""
    cdef int said[4]
    cdef int k
    said[BY_ORDER_ROLE] = LIQ_UNKNOWN
    said[BY_POST_ONLY] = LIQ_UNKNOWN
    said[BY_SPREAD_CROSS] = LIQ_UNKNOWN
    said[BY_WS_FLAG] = LIQ_UNKNOWN
    if ev.flags & FLAG_ROLE_TAKER:
        said[BY_ORDER_ROLE] = LIQ_TAKER
    elif ev.flags & FLAG_ROLE_MAKER:
        said[BY_ORDER_ROLE] = LIQ_MAKER
    if o != NULL and o.post_only:
        said[BY_POST_ONLY] = LIQ_MAKER
    if o != NULL and o.tif >= TIF_FOK:
        said[BY_SPREAD_CROSS] = LIQ_TAKER  # it cannot rest, so it cannot make
    elif o != NULL and o.crossed != 2:
        said[BY_SPREAD_CROSS] = LIQ_TAKER if o.crossed else LIQ_MAKER
    if ev.flags & FLAG_WS_TAKER:
        said[BY_WS_FLAG] = LIQ_TAKER
    elif ev.flags & FLAG_WS_MAKER:
        said[BY_WS_FLAG] = LIQ_MAKER
    f.liquidity = LIQ_UNKNOWN
    f.evidence = BY_NONE
    for k in range(4):
        if said[k] != LIQ_UNKNOWN:
            f.liquidity = <uint8_t>said[k]
            f.evidence = <uint8_t>k
            break
    for k in range(4):
        if said[k] != LIQ_UNKNOWN and said[k] != f.liquidity:
            count(s, CT_ROLE_DISAGREEMENTS)
            break
    if f.liquidity == LIQ_TAKER and o != NULL and o.post_only:
        alert(s, AL_ROLE_DISAGREES, f.token, f.order).ref = f.trade


cdef inline int64_t cash_change(Fill* f) noexcept nogil:
    """What the fill does to cash, fee in; negative when we pay."""
    return -(f.cash + f.fee) if f.side == SIDE_BUY else f.cash - f.fee


cdef inline int64_t token_change(Fill* f) noexcept nogil:
    return f.size if f.side == SIDE_BUY else -f.size


cdef void post_fill(State* s, Fill* f) noexcept nogil:
    cdef Market* m = &s.markets[f.token >> 1]
    if f.side == SIDE_BUY:
        f.cost = f.cash
    else:
        f.cost = -sale_cost(&s.tokens[f.token], f.size)
    post_provisional(s, NO_TOKEN, cash_change(f))
    post_provisional(s, f.token, token_change(f))
    change_cost(s, f.token, f.cost)
    add_to(s, &m.flow, -f.cash if f.side == SIDE_BUY else f.cash)
    add_to(s, &m.fees, f.fee)
    f.posted = 1


cdef void unpost_fill(State* s, Fill* f) noexcept nogil:
    """FAILED: nothing moved on the chain, so everything we booked goes back."""
    cdef Market* m = &s.markets[f.token >> 1]
    unpost_provisional(s, NO_TOKEN, cash_change(f))
    unpost_provisional(s, f.token, token_change(f))
    change_cost(s, f.token, -f.cost)
    add_to(s, &m.flow, f.cash if f.side == SIDE_BUY else -f.cash)
    add_to(s, &m.fees, -f.fee)
    f.posted = 0


cdef void tell_settled(State* s, Fill* f) noexcept nogil:
    cdef Effect* e = emit(s, EF_SETTLED)
    e.order_id = f.order
    e.ref = f.trade
    e.token = f.token
    e.generation = s.markets[f.token >> 1].generation
    e.side = f.side
    e.price_pips = f.price_pips
    e.size = f.size
    e.code = f.state
    e.aux = f.origin


cdef void settle_fill(State* s, Fill* f) noexcept nogil:
    settle_provisional(s, NO_TOKEN, cash_change(f))
    settle_provisional(s, f.token, token_change(f))
    tell_settled(s, f)


cdef void unhedge(State* s, Fill* f) noexcept nogil:
    """A leg failed: its market may only lessen risk, from before anything else follows from it."""
    if not s.markets[f.token >> 1].unhedged:
        s.markets[f.token >> 1].unhedged = 1
        alert(s, AL_UNHEDGED, f.token & ~<uint32_t>1, f.order)


cdef void undo_fill(State* s, Fill* f, const Event* ev) noexcept nogil:
    """FAILED after a booking: postings back, the order told, the market UNHEDGED."""
    cdef Order* o = find_order(s, f.order)
    cdef Event was = ev[0]
    was.size = f.size
    was.price_pips = f.price_pips
    if f.posted:
        unpost_fill(s, f)
    count(s, CT_REVERSALS)
    tell_settled(s, f)
    alert(s, AL_TRADE_FAILED, f.token, f.order).ref = f.trade
    unhedge(s, f)
    if o != NULL and f.ordered:
        order_input(s, o, OI_REVERSED, &was, 0)
    elif o == NULL or o.state == OS_QUEUED:            # nothing of it was counted
        met(s, ORDER_CELLS + OI_REVERSED * N_ORDER_STATES + (OS_NONE if o == NULL else OS_QUEUED))
    value_soon(s, <int32_t>(f.token >> 1))


cdef int fill_input(State* s, Order* o, int64_t unit) noexcept nogil:
    """Which input of the order machine a fill of `unit` is (rules.md, 5)."""
    if o.state == OS_FILLED:
        return OI_FILL_PART
    if is_ended(o.state):
        return OI_FILL_LAST if unit >= o.canceled else OI_FILL_PART
    if o.leaves - unit > 0:
        return OI_FILL_PART
    return OI_FILL_REST if o.canceled else OI_FILL_LAST


cdef void fill_order(State* s, Order* o, const Event* ev) noexcept nogil:
    """Tell the order of a booked fill."""
    cdef int64_t unit = fresh_unit(o, ev)
    if o.state == OS_FILLED:
        count(s, CT_FILLS_OVER)
    elif is_ended(o.state):
        count(s, CT_FILLS_LATE)
        if o.state == OS_REJECTED or o.presumed:
            came_alive(s, o)
    venue_word(s, o, fill_input(s, o, unit), ev)


cdef void tell_fill(State* s, Fill* f) noexcept nogil:
    cdef Effect* e = emit(s, EF_FILL)
    e.order_id = f.order
    e.ref = f.trade
    e.token = f.token
    e.generation = s.markets[f.token >> 1].generation
    e.side = f.side
    e.price_pips = f.price_pips
    e.size = f.size
    e.amount = f.fee
    e.deadline_ns = f.cash
    e.code = f.liquidity
    e.flags = f.evidence
    e.aux = f.origin
    wake(s, f.token, WAKE_ORDER)


cdef void book_fill(State* s, Fill* f, Order* o, const Event* ev, int64_t time_ns) noexcept nogil:
    """First word of a trade: key, liquidity, postings, order."""
    cdef Market* m = &s.markets[ev.token >> 1]
    cdef int foreign = o == NULL or o.state == OS_QUEUED
    f.trade = ev.ref
    f.order = ev.order_id
    f.time_ns = time_ns
    f.size = ev.size
    f.token = ev.token
    f.price_pips = ev.price_pips
    f.side = ev.side
    f.cash = notional_down(ev.size, ev.price_pips)
    f.origin = ORIGIN_FOREIGN if foreign else o.origin
    f.state = TRADE_TABLE[ev.code][TS_NONE].next
    met(s, TRADE_CELLS + ev.code * N_TRADE_STATES + TS_NONE)
    decide_liquidity(s, f, NULL if foreign else o, ev)
    f.fee = 0
    if f.liquidity != LIQ_MAKER and m.known:
        f.fee = fee_of(ev.size, ev.price_pips, m.fee_ppm)
    count(s, CT_FILLS)
    if TRADE_TABLE[ev.code][TS_NONE].action != TA_POST_FAILED:
        post_fill(s, f)
    else:
        unhedge(s, f)                      # before a successor of its order is let go
    tell_fill(s, f)
    if foreign:
        met(s, ORDER_CELLS + (OI_FILL_PART * N_ORDER_STATES + OS_NONE if o == NULL else
                              fill_input(s, o, fresh_unit(o, ev)) * N_ORDER_STATES + OS_QUEUED))
        count(s, CT_FILLS_FOREIGN)
        alert(s, AL_FOREIGN_FILL, f.token, f.order).ref = f.trade
    elif o.token != ev.token or o.side != ev.side:
        alert(s, AL_FILL_MISMATCH, f.token, f.order).ref = f.trade
    if not foreign:
        f.ordered = 1
        fill_order(s, o, ev)
    if TRADE_TABLE[ev.code][TS_NONE].action == TA_POST_FINAL:
        settle_fill(s, f)
    elif TRADE_TABLE[ev.code][TS_NONE].action == TA_POST_FAILED:
        undo_fill(s, f, ev)
    if f.posted:
        hedged_now(s, <int32_t>(f.token >> 1))
        value_soon(s, <int32_t>(f.token >> 1))


cdef int known_fill(State* s, Fill* f, const Event* ev) noexcept nogil:
    """A further word about a trade whose key we hold."""
    cdef Cell cell = TRADE_TABLE[ev.code][f.state]
    met(s, TRADE_CELLS + ev.code * N_TRADE_STATES + f.state)
    if f.size != ev.size or f.price_pips != ev.price_pips or f.side != ev.side or f.token != ev.token:
        alert(s, AL_FILL_MISMATCH, f.token, f.order).ref = f.trade
    if cell.verdict != VD_TAKE:
        s.ignored = 1
        return RF_NONE
    f.state = cell.next
    if cell.action == TA_SETTLE:
        settle_fill(s, f)
    elif cell.action == TA_UNDO:
        undo_fill(s, f, ev)
    elif cell.action == TA_DISPUTE:
        count(s, CT_DISPUTES)
        alert(s, AL_TRADE_DISPUTED, f.token, f.order).ref = f.trade
        ask_reconcile(s)
    return RF_NONE


cdef int take_trade(State* s, const Event* ev) noexcept nogil:
    cdef int64_t time_ns = ev.venue_time_ns if ev.venue_time_ns > 0 else never()   # such a key stays for good
    cdef Fill* f = find_fill(s, ev.ref, ev.order_id)
    cdef Order* o
    if f != NULL:
        return known_fill(s, f, ev)
    o = find_order(s, ev.order_id)
    f = new_fill(s, ev.ref, ev.order_id)
    if f == NULL:                          # without a key its next word would book it again
        fault(s, FAULT_CAPACITY, 3)
        ask_reconcile(s)
        return RF_FILL_WINDOW_FULL
    book_fill(s, f, o, ev, time_ns)
    if s.v.n_fills >= s.c.fills // 4 * 3 and not s.v.window_told:
        s.v.window_told = 1
        alert(s, AL_FILL_WINDOW_FULL, NO_TOKEN, 0)
        ask_reconcile(s)
    return RF_NONE
