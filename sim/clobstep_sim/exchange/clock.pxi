# Time passes: settlement words, expiries, ends of delays, the checker of the dead-man switch.

cdef void settle(X* x, int64_t which) noexcept nogil:
    """The next word of a trade: MINED, then CONFIRMED or FAILED; what is tried again says so before."""
    cdef XTrade* t = &x.trades[which]
    if t.retries:
        t.retries -= 1
        t.status = TS_RETRYING
        tell_trade(x, which, 1)
        tell_trade(x, which, 0)
        if not heap_push(&x.due, x.now_ns + x.mined_ns, 0, DUE_WORD, <int32_t>which, 0):
            x.no_memory = 1
        return
    if t.status == TS_MATCHED or t.status == TS_RETRYING:
        t.status = TS_MINED
        tell_trade(x, which, 1)
        tell_trade(x, which, 0)
        if not heap_push(&x.due, x.now_ns + x.confirmed_ns - x.mined_ns, 0, DUE_WORD, <int32_t>which, 0):
            x.no_memory = 1
        return
    t.status = TS_FAILED if t.fails else TS_CONFIRMED
    move(x, t.taker, t.taker_token, t.taker_side, t.shares, t.taker_cash, t.fee, -1, not t.fails)
    move(x, t.maker, t.maker_token, t.maker_side, t.shares, t.maker_cash, 0, -1, not t.fails)
    tell_trade(x, which, 1)
    tell_trade(x, which, 0)


cdef void cancel_open(X* x, int32_t account, int32_t market, int reason) noexcept nogil:
    """Every resting order of an account (of a market, or NONE: of all), oldest first."""
    cdef int32_t slot = x.accounts[account].oldest
    cdef int32_t following
    while slot != NONE:
        following = x.orders[slot].later
        if x.orders[slot].state == ST_OPEN and (market == NONE or x.orders[slot].token >> 1 == market):
            end_order(x, slot, ST_CANCELED, reason)
        slot = following


cdef void look_at_beats(X* x) noexcept nogil:
    """PROTOCOL.md 2.5: every 5 s; an account whose last beat is 10 s old loses its orders."""
    cdef int32_t k
    x.is_checking = 0
    for k in range(x.n_accounts):
        if x.accounts[k].beat_ns >= 0 and x.now_ns - x.accounts[k].beat_ns >= BEAT_LASTS_NS:
            x.accounts[k].beat_ns = -1
            cancel_open(x, k, NONE, CR_USER)
        elif x.accounts[k].beat_ns >= 0:
            x.is_checking = 1
    if x.is_checking and not heap_push(&x.due, x.now_ns + CHECKER_NS, 3, DUE_CHECKER, 0, 0):
        x.no_memory = 1


cdef int32_t overdue(X* x, int32_t account, int64_t at_ns, int64_t beat_ns) noexcept nogil:
    """An order of the account that should not rest any more at that time, when its last beat (0: none) was then; NONE
    if there is none. For whoever judges: it looks at orders and times only."""
    cdef int32_t slot = x.accounts[account].oldest
    cdef XOrder* o
    while slot != NONE:
        o = &x.orders[slot]
        if o.state == ST_OPEN and o.tif == TIF_GTD and at_ns > o.expire_ns - GTD_EARLY_NS:
            return slot
        if o.state == ST_OPEN and beat_ns and o.arrived_ns <= beat_ns and at_ns > beat_ns + BEAT_LASTS_NS + CHECKER_NS:
            return slot
        slot = o.later
    return NONE


cdef void pass_time(X* x, int64_t to_ns) noexcept nogil:
    """All that is due until then, then it is that time."""
    cdef Due d
    cdef XOrder* o
    while x.due.n and x.due.items[0].due_ns <= to_ns and not x.no_memory:
        d = heap_pop(&x.due)
        x.now_ns = d.due_ns
        if d.kind == DUE_WORD:
            settle(x, d.slot)
        elif d.kind == DUE_CHECKER:
            look_at_beats(x)
        elif d.kind == DUE_PRINT:
            say_print(x, d.slot)
        else:
            o = &x.orders[d.slot]
            if o.entry == d.entry and d.kind == DUE_DELAY and o.state == ST_DELAYED:
                end_delay(x, d.slot)
            elif o.entry == d.entry and d.kind == DUE_EXPIRY and o.state == ST_OPEN:
                end_order(x, d.slot, ST_CANCELED, CR_EXPIRED)
        publish(x)
    x.now_ns = to_ns


cdef void resolve_market(X* x, int32_t market, int payout_pips) noexcept nogil:
    """Every open or delayed order of the market ends; the winner is told after that."""
    cdef XMarket* m = &x.markets[market]
    cdef uint32_t winner = <uint32_t>(2 * market + (payout_pips == 0))
    cdef Event* e
    cdef int32_t k, slot, following
    m.is_closed = m.is_resolved = 1
    m.payout_pips = payout_pips
    for k in range(x.n_accounts):
        slot = x.accounts[k].oldest
        while slot != NONE:
            following = x.orders[slot].later
            if x.orders[slot].token >> 1 == market:
                end_order(x, slot, ST_CANCELED, CR_RESOLVED)
            slot = following
    publish(x)
    e = say(x, NONE, EV_RESOLVED, winner) if x.publishing else NULL
    if e != NULL:
        e.price_pips = <int16_t>own_pips(<int32_t>winner, payout_pips)


cdef void change_tick(X* x, int32_t market, int32_t tick_pips) noexcept nogil:
    """New orders obey it; resting ones stay."""
    cdef XMarket* m = &x.markets[market]
    cdef Event* e
    cdef int k
    m.tick_pips = tick_pips
    m.least_pips = min(m.least_pips, tick_pips)
    for k in range(4 if x.publishing else 0):      # told twice, as the venue does
        e = say(x, NONE, EV_TICK_CHANGE, <uint32_t>(2 * market + (k & 1)))
        if e != NULL:
            e.price_pips = <int16_t>tick_pips


cdef void reopen(X* x, int32_t market) noexcept nogil:
    """Another market in the place of a resolved one; whoever calls has seen to it that nobody holds its tokens."""
    cdef int32_t k, token
    x.markets[market].is_closed = x.markets[market].is_resolved = 0
    for k in range(x.n_accounts):
        for token in range(2 * market, 2 * market + 2):
            x.tokens[k][token].flow = x.tokens[k][token].fees = 0


cdef void restart_engine(X* x, int64_t lasts_ns) noexcept nogil:
    """425 for so long, then two minutes post-only."""
    x.restart_until_ns = x.now_ns + lasts_ns
    x.post_only_until_ns = x.restart_until_ns + POST_ONLY_NS


cdef void beat_once(X* x, int32_t account) noexcept nogil:
    """A heartbeat; an account's first switches its dead-man switch on."""
    x.accounts[account].beat_ns = x.now_ns
    if not x.is_checking:
        x.is_checking = 1
        if not heap_push(&x.due, (x.now_ns // CHECKER_NS + 1) * CHECKER_NS, 3, DUE_CHECKER, 0, 0):
            x.no_memory = 1


cdef int cancel_order(X* x, int32_t account, uint64_t id) noexcept nogil:
    """NONE when it is canceled, else the CancelReason of the refusal."""
    cdef int state = venue_state(x)
    cdef int32_t slot = find_order(x, account, id)
    if state == VS_RESTARTING or state == VS_DISABLED or not is_cancel_charged(x, account):
        return CR_LATER
    if slot == NONE or x.orders[slot].state > ST_OPEN:
        return CR_MATCHED_OR_GONE
    if x.orders[slot].state == ST_DELAYED:
        return CR_OTHER
    end_order(x, slot, ST_CANCELED, CR_USER)
    return NONE


cdef void cancel_slot(X* x, int32_t slot) noexcept nogil:
    """A resting order of the crowd, by its slot: it has no id."""
    if x.orders[slot].state == ST_OPEN:
        end_order(x, slot, ST_CANCELED, CR_USER)
