# An order arrives: the venue's checks in their order, then matching, resting or waiting.

cdef int venue_state(X* x) noexcept nogil:
    """A state set by hand goes before what is left of a restart."""
    if x.state != VS_NORMAL:
        return x.state
    if x.now_ns < x.restart_until_ns:
        return VS_RESTARTING
    return VS_POST_ONLY if x.now_ns < x.post_only_until_ns else VS_NORMAL


cdef int refused_by_state(X* x, int post_only) noexcept nogil:
    """The reject of a new order, or NONE."""
    cdef int state = venue_state(x)
    if state == VS_RESTARTING:
        return RJ_RESTARTING
    if state == VS_DISABLED:
        return RJ_DISABLED
    if state == VS_CANCEL_ONLY:
        return RJ_CANCEL_ONLY
    return RJ_POST_ONLY_MODE if state == VS_POST_ONLY and not post_only else NONE


cdef int takes_from(int64_t* bucket, int64_t rate, int64_t burst, int64_t since_ns, int64_t requests) noexcept nogil:
    """A bucket as it was so long ago: filled up, then so many taken, all or none."""
    cdef int64_t most = burst * SECOND
    bucket[0] = most if since_ns > (most - bucket[0]) // rate else bucket[0] + since_ns * rate
    if bucket[0] < requests * SECOND:
        return 0
    bucket[0] -= requests * SECOND
    return 1


cdef int is_charged(X* x, int32_t account, int64_t requests) noexcept nogil:
    """Takes them out of the account's bucket of orders: all or none."""
    cdef XAccount* a = &x.accounts[account]
    cdef int64_t since_ns = x.now_ns - a.bucket_ns
    a.bucket_ns = x.now_ns
    return not a.rate or takes_from(&a.bucket, a.rate, a.burst, since_ns, requests)


cdef int is_cancel_charged(X* x, int32_t account) noexcept nogil:
    """One request out of its bucket of cancels."""
    cdef XAccount* a = &x.accounts[account]
    cdef int64_t since_ns = x.now_ns - a.cancel_bucket_ns
    a.cancel_bucket_ns = x.now_ns
    return not a.cancel_rate or takes_from(&a.cancel_bucket, a.cancel_rate, a.cancel_burst, since_ns, 1)


cdef int malformed(X* x, XOrder* o) noexcept nogil:
    """What is wrong with it by itself, or NONE."""
    cdef XMarket* m = &x.markets[o.token >> 1]
    cdef int is_ioc = o.tif >= TIF_FOK
    if o.price_pips % m.tick_pips or o.price_pips < m.tick_pips or o.price_pips > PIPS - m.tick_pips:
        return RJ_TICK
    if o.original <= 0 or o.original % SIZE_GRAIN:
        return RJ_AMOUNTS
    if not o.is_cash and o.original < m.min_size:
        return RJ_MIN_SIZE
    if (o.tif != TIF_GTD and o.expire_ns) or (o.tif == TIF_GTD and o.expire_ns - x.now_ns < GTD_LEAST_NS):
        return RJ_EXPIRATION
    return RJ_PAYLOAD if is_ioc and o.post_only else NONE


cdef int refused_by_book(X* x, XOrder* o) noexcept nogil:
    """The last checks, which need the book."""
    cdef int marketable = would_trade(x, o)
    if o.is_cash and o.original < MIN_NOTIONAL:
        return RJ_MIN_NOTIONAL
    if marketable and o.side == SIDE_BUY and not o.is_cash and not o.post_only and o.tif <= TIF_GTD \
            and cash_up(o.leaves, o.price_pips) < MIN_NOTIONAL:
        return RJ_MIN_NOTIONAL
    return RJ_POST_ONLY_CROSS if marketable and o.post_only else NONE


cdef int reject(X* x, int32_t slot, int reason) noexcept nogil:
    """Before it was enlisted. A limited account's is kept, to be looked at."""
    x.reason = <uint8_t>reason
    x.orders[slot].state = ST_REJECTED
    x.orders[slot].reason = <uint8_t>reason
    if x.accounts[x.orders[slot].account].unlimited:
        x.orders[slot].next = x.unused
        x.unused = slot
    return ANSWER_REJECTED


cdef void cover(X* x, int32_t account) noexcept nogil:
    """PROTOCOL.md 8: resting BUYs that its cash backs no more are cancelled, the newest first."""
    cdef int32_t slot = x.accounts[account].newest
    cdef int32_t following
    while slot != NONE:
        following = x.orders[slot].earlier
        if x.orders[slot].state == ST_OPEN and x.orders[slot].side == SIDE_BUY \
                and free_cash(x, account, x.orders[slot].token >> 1) < 0:
            end_order(x, slot, ST_CANCELED, CR_BALANCE)
        slot = following


cdef int execute(X* x, int32_t slot) noexcept nogil:
    """Match it and let the rest lie, or end it; then what no cash backs any more ends too."""
    cdef int64_t first = x.n_trades
    cdef int64_t k
    cdef int reason = match_or_rest(x, slot)
    for k in range(first, x.n_trades):
        if not x.accounts[x.trades[k].taker].unlimited:
            cover(x, x.trades[k].taker)
        if not x.accounts[x.trades[k].maker].unlimited:
            cover(x, x.trades[k].maker)
    return reason


cdef int match_or_rest(X* x, int32_t slot) noexcept nogil:
    """It is enlisted and holds what it needs. Returns the reject of what was KILLED, or NONE."""
    cdef XOrder* o = &x.orders[slot]
    cdef int64_t before = o.shares
    if o.tif == TIF_FOK and meet(x, o, 0):
        end_order(x, slot, ST_REJECTED, RJ_KILLED)
        return RJ_KILLED
    o.leaves = meet(x, o, 1)
    if o.shares != before:
        tell_order(x, o, EV_MATCHED, o.tif)
    if o.leaves == 0:
        end_order(x, slot, ST_FILLED, 0)
    elif o.tif == TIF_FAK and o.shares == before:
        end_order(x, slot, ST_REJECTED, RJ_KILLED)
        return RJ_KILLED
    elif o.tif == TIF_FAK:
        end_order(x, slot, ST_CANCELED, CR_KILLED)
    else:
        o.state = ST_OPEN
        tell_order(x, o, EV_PLACED, o.tif)
        join(x, slot)
        hold_leaves(x, o)
        if o.tif == TIF_GTD and not heap_push(&x.due, o.expire_ns - GTD_EARLY_NS, 1, DUE_EXPIRY,
                                              slot, o.entry):
            x.no_memory = 1
    return NONE


cdef int admit(X* x, int32_t slot) noexcept nogil:
    """From the checks of the market on. Returns an ANSWER_*; the reason of a reject is in x.reason."""
    cdef XOrder* o = &x.orders[slot]
    cdef XMarket* m = &x.markets[o.token >> 1]
    cdef int reason = RJ_MARKET_CLOSED if m.is_closed or m.is_resolved else malformed(x, o)
    if reason == NONE and not is_covered(x, o):
        reason = RJ_BALANCE
    if reason == NONE:
        reason = refused_by_book(x, o)
    if reason != NONE:
        return reject(x, slot, reason)
    if not x.accounts[o.account].unlimited:
        hold(x, o, need_of(x, o))
    enlist(x, slot)
    if m.delay_ns and not o.post_only and would_trade(x, o):
        o.state = ST_DELAYED
        if not heap_push(&x.due, x.now_ns + m.delay_ns, 2, DUE_DELAY, slot, o.entry):
            x.no_memory = 1
        return ANSWER_DELAYED
    reason = execute(x, slot)
    if reason != NONE:
        x.reason = <uint8_t>reason
        return ANSWER_REJECTED
    return ANSWER_MATCHED if o.shares else ANSWER_LIVE


cdef void end_delay(X* x, int32_t slot) noexcept nogil:
    """Its delay is over: checked again, then as any other."""
    cdef XOrder* o = &x.orders[slot]
    cdef int reason = refused_by_state(x, o.post_only)
    if reason == NONE and x.markets[o.token >> 1].is_closed:
        reason = RJ_MARKET_CLOSED
    if reason == NONE and not is_covered(x, o):
        reason = RJ_BALANCE
    if reason != NONE:
        end_order(x, slot, ST_REJECTED, reason)
    else:
        execute(x, slot)


cdef int arrive(X* x, XOrder* asked) noexcept nogil:
    """A new order, after the account's bucket was charged. `asked` holds its own terms.

    An id whose order was rejected may come again: the venue never took it.
    """
    cdef int32_t slot
    cdef XOrder* o
    cdef XPlace* place = NULL
    cdef uint32_t entry
    x.matched = 0
    if not x.accounts[asked.account].unlimited:
        if 2 * (x.n_places + 1) > x.mask and not widen_index(x):
            x.no_memory = 1
        place = find_place(x, asked.account, asked.id)
    x.arrived = NONE
    if place != NULL and place.slot != NONE and x.orders[place.slot].state != ST_REJECTED:
        x.reason = RJ_MARKET_CLOSED if x.markets[asked.token >> 1].is_closed else RJ_DUPLICATED
        return ANSWER_REJECTED
    slot = place.slot if place != NULL and place.slot != NONE else new_slot(x)
    if x.no_memory:
        return ANSWER_REJECTED
    if place != NULL:
        x.n_places += place.slot == NONE
        place.id = asked.id
        place.account = asked.account
        place.slot = slot
    x.arrived = slot
    o = &x.orders[slot]
    entry = o.entry
    o[0] = asked[0]
    o.entry = entry
    o.arrived_ns = x.now_ns
    o.leaves = o.original
    o.is_cash = o.side == SIDE_BUY and o.tif >= TIF_FOK
    o.row = <int16_t>(PIPS - o.price_pips if o.token & 1 else o.price_pips)
    o.book_side = o.side ^ (o.token & 1)
    o.next = o.prev = o.later = o.earlier = NONE
    return admit(x, slot)
