# The passing of time: every deadline that is due, in a fixed order, in one bounded pass.
# Owns: Vars.deadline_ns and the TIMER effect; the valuation behind the loss stops.

cdef inline int64_t never() noexcept nogil:
    return <int64_t>0x7FFFFFFFFFFFFFFF


cdef void order_due(State* s, Order* o) noexcept nogil:
    """Serve one order's deadlines. The pointer may be dead afterwards."""
    cdef int64_t now = s.v.now_ns
    cdef int was
    cdef int verdict
    if o.owed_ns:
        if now < o.owed_ns:
            arm(s, o.owed_ns)
        elif o.state == OS_LIVE or o.state == OS_DELAYED:
            s.served = 1
            touch(o)
            order_input(s, o, OI_OVERDUE, NULL, 0)     # to UNKNOWN: the order lives on
    was = o.request
    if was == RS_IDLE:
        serve(s, o)
        return
    if now < o.request_ns:
        arm(s, o.request_ns)
        return
    s.served = 1
    touch(o)
    request_input(s, o, RI_TIMED_OUT)
    if was == RS_QUERY:
        o.look_ns = now
        serve(s, o)
        return
    verdict = order_input(s, o, OI_LOSE if was == RS_SUBMIT else OI_CANCEL_LOST, NULL, 0)
    if verdict != VD_TAKE:
        serve(s, o)


cdef void orders_due(State* s, int32_t market) noexcept nogil:
    cdef int32_t slot = s.markets[market].first_order
    cdef int32_t following
    while slot != NIL:
        following = s.orders[slot].next    # an heir stands before its predecessor: never this one
        order_due(s, &s.orders[slot])
        slot = following


cdef void breaker_due(State* s, Breaker* b, uint32_t token) noexcept nogil:
    if b.state != BS_OPEN:
        return
    if s.v.now_ns >= b.until_ns:
        s.served = 1
        breaker_input(s, b, BI_COOLED, token)
    else:
        arm(s, b.until_ns)


cdef void market_due(State* s, int32_t market) noexcept nogil:
    cdef Market* m = &s.markets[market]
    cdef int64_t silent_ns = later(m.feed_ns, s.c.stale_after_ns)
    if m.group_open:
        if s.v.now_ns >= m.group_due_ns:
            s.served = 1
            close_group(s, market, m)
            if m.wake:
                told_best(s, market, m)
        else:
            arm(s, m.group_due_ns)
    if m.asked_ns:
        if s.v.now_ns - m.asked_ns >= s.c.stale_after_ns:
            s.served = 1
            ask_snapshot(s, <uint32_t>(2 * market))
        else:
            arm(s, later(m.asked_ns, s.c.stale_after_ns))
    if m.feed != FS_DOWN and m.feed != FS_STALE:
        if s.v.now_ns > silent_ns:
            s.served = 1
            feed_input(s, market, FI_SILENCE)
        else:
            arm(s, silent_ns + 1)
    elif s.v.now_ns > silent_ns:
        met(s, FEED_CELLS + FI_SILENCE * N_FEED_STATES + m.feed)       # it is not believed anyway
    breaker_due(s, &m.breaker, <uint32_t>(2 * market))


cdef inline int beyond_dust(State* s, int64_t amount) noexcept nogil:
    return amount > s.c.dust or amount < -s.c.dust


cdef int64_t value_of(State* s, int32_t market, Market* m) noexcept nogil:
    """Profit of a market at its mark; sets no_mark when that is too old (then the last one counts)."""
    cdef int64_t yes = total(&s.tokens[2 * market])
    cdef int64_t no = total(&s.tokens[2 * market + 1])
    cdef int64_t bid = s.ladders[2 * market].best_pips
    cdef int64_t ask = best_ask(s, <uint32_t>(2 * market))
    cdef uint8_t lacks
    if m.resolved:                         # worth exactly its payout, whenever it is redeemed
        s.v.n_no_mark -= m.no_mark
        m.no_mark = 0
        return m.flow - m.fees + cs_muldiv_floor(yes, m.payout_pips, PIPS) \
            + cs_muldiv_floor(no, PIPS - m.payout_pips, PIPS)
    if m.feed == FS_SYNCED and bid > 0 and ask < PIPS and bid < ask:
        m.mark_sum_pips = bid + ask
        m.mark_ns = s.v.now_ns
        m.marked = 1
    lacks = (beyond_dust(s, yes) or beyond_dust(s, no)) and not (m.marked and s.v.now_ns - m.mark_ns <= s.c.mark_age_ns)
    if lacks and not m.no_mark:
        alert(s, AL_NO_MARK, <uint32_t>(2 * market), 0)
    s.v.n_no_mark += <int>lacks - <int>m.no_mark
    m.no_mark = lacks
    if yes == 0 and no == 0:
        return m.flow - m.fees
    if not m.marked:                       # never seen: worth what it cost, until it is
        return m.flow - m.fees + s.tokens[2 * market].cost + s.tokens[2 * market + 1].cost
    return m.flow - m.fees + cs_muldiv_floor(yes, m.mark_sum_pips, 2 * PIPS) \
        + cs_muldiv_floor(no, 2 * PIPS - m.mark_sum_pips, 2 * PIPS)


cdef int lasting(State* s, int64_t* since_ns, int64_t profit, int64_t limit) noexcept nogil:
    """Whether a loss of `limit` has persisted; keeps since when."""
    if limit == 0 or profit > -limit:
        since_ns[0] = 0
        return 0
    if since_ns[0] == 0:
        since_ns[0] = s.v.now_ns
    return s.v.now_ns - since_ns[0] >= s.c.loss_persist_ns


cdef void value_all(State* s) noexcept nogil:
    """Value every market, and stop what has lost too much for too long (rules.md, 9)."""
    cdef int32_t market
    cdef Market* m
    cdef int64_t profit
    cdef int64_t sum_ = s.v.retired_profit
    cdef int active = sum_ != 0
    for market in range(s.n_markets):
        m = &s.markets[market]
        profit = value_of(s, market, m)
        add_to(s, &sum_, profit)
        m.profit = profit
        active |= has_stake(s, market)
        if not m.no_mark and lasting(s, &m.breach_ns, profit - m.loss_base, s.c.loss_market_micros) and not m.loss_stop:
            m.loss_stop = 1
            alert(s, AL_LOSS_STOP, <uint32_t>(2 * market), 0).amount = profit
            cancel_market(s, market)
    if s.v.day != s.v.now_ns // <int64_t>86400000000000:
        s.v.day = s.v.now_ns // <int64_t>86400000000000
        s.v.day_base = s.v.last_sum        # what was lost before the day's first valuation counts too
    s.v.last_sum = sum_
    stop_all(s, lasting(s, &s.v.day_breach_ns, sum_ - s.v.day_base, s.c.loss_day_micros), 1,
             sum_ - s.v.day_base)
    sum_ -= s.v.session_base
    stop_all(s, lasting(s, &s.v.session_breach_ns, sum_, s.c.loss_session_micros), 2, sum_)
    s.v.value_next_ns = later(s.v.now_ns, s.c.loss_check_ns) if active else 0
    if active:
        arm(s, s.v.value_next_ns)


cdef void stop_all(State* s, int stop, uint32_t scope, int64_t profit) noexcept nogil:
    cdef Effect* e
    if not stop or s.v.session == SS_DRAINING or s.v.session == SS_HALTED:
        return
    e = alert(s, AL_LOSS_STOP, NO_TOKEN, 0)
    e.aux = scope
    e.amount = profit
    session_input(s, SI_DRAIN, 0, 0)


cdef void sweep(State* s) noexcept nogil:
    """Serve everything due at `now`, and find the next deadline."""
    cdef int32_t market
    cdef int64_t n_before = s.n_out
    s.v.deadline_ns = never()
    for market in range(s.n_markets):
        orders_due(s, market)
    for market in range(s.n_markets):
        market_due(s, market)
    breaker_due(s, &s.v.breaker, NO_TOKEN)
    if s.v.venue != VS_NORMAL and s.v.venue_until_ns:
        if s.v.now_ns >= s.v.venue_until_ns:
            s.served = 1
            venue_input(s, VI_TIMED_OUT, 0)
        else:
            arm(s, s.v.venue_until_ns)
    if s.v.value_next_ns:
        if s.v.now_ns >= s.v.value_next_ns:
            s.served = 1
            value_all(s)
        else:
            arm(s, s.v.value_next_ns)
    if s.n_out != n_before:
        s.served = 1
