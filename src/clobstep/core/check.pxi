# check(): every structural promise of docs/invariants.md, in its numbers. Reads only.

cdef int check_order(State* s, int32_t slot, Order* o) noexcept nogil:
    cdef Order* target
    if o.leaves < 0 or o.leaves != o.original + o.restored + o.overfill - o.filled - o.canceled:
        return 1
    if o.reserved != need_of(s, o):
        return 2
    if o.reserved < 0:
        return 5
    if find_slot(s, o.id) != slot:
        return 10
    if o.state == OS_NONE or is_ended(o.state):
        return 11
    if o.state == OS_SENT and o.request != RS_SUBMIT:
        return 12
    if o.state == OS_QUEUED:
        target = find_open(s, o.predecessor)
        if o.request != RS_IDLE or target == NULL or target.successor != o.id:
            return 12
    if o.request > RS_QUERY or o.side > SIDE_SELL or o.tif > TIF_FAK or o.origin > ORIGIN_FOREIGN or o.crossed > 2:
        return 20
    if o.request != RS_IDLE and s.v.deadline_ns > o.request_ns:
        return 19
    if o.owed_ns and s.v.deadline_ns > o.owed_ns and (o.state == OS_LIVE or o.state == OS_DELAYED):
        return 19
    return 0


cdef int check_orders(State* s) noexcept nogil:
    """Orders, lists and the sums that orders make."""
    cdef int32_t market
    cdef int32_t slot
    cdef int32_t n
    cdef int32_t all_ = 0
    cdef int64_t cash = 0
    cdef int64_t here
    cdef int64_t tokens[2]
    cdef Market* m
    cdef Order* o
    cdef int broken
    for market in range(s.n_markets):
        m = &s.markets[market]
        n = 0
        here = 0
        tokens[0] = 0
        tokens[1] = 0
        slot = m.first_order
        while slot != NIL and n <= s.v.n_orders:
            o = &s.orders[slot]
            if <int32_t>(o.token >> 1) != market:
                return 16
            broken = check_order(s, slot, o)
            if broken:
                return broken
            if o.side == SIDE_SELL:
                tokens[o.token & 1] += o.reserved
            else:
                here += o.reserved
            n += 1
            slot = o.next
        if n != m.n_orders:
            return 16
        if here != m.reserved_cash:
            return 17
        all_ += n
        cash += here
        if m.conversion == EF_SPLIT:
            cash += m.conversion_size
        elif m.conversion:
            tokens[m.conversion_token & 1] += m.conversion_size
            if m.conversion == EF_MERGE:
                tokens[(m.conversion_token & 1) ^ 1] += m.conversion_size
        if tokens[0] != s.tokens[2 * market].reserved or tokens[1] != s.tokens[2 * market + 1].reserved:
            return 4
    if all_ != s.v.n_orders:
        return 16
    return 3 if cash != s.v.cash.reserved else 0


cdef int check_account(State* s, uint32_t token, int64_t* n_short) noexcept nogil:
    cdef Account* a = account(s, token)
    if a.incoming < 0 or a.outgoing < 0 or a.reserved < 0:
        return 5
    if a.is_short != (1 if spendable(a) < 0 else 0):
        return 8
    if total(a) != a.posted:
        return 9
    n_short[0] += a.is_short
    return 0


cdef int check_accounts(State* s) noexcept nogil:
    cdef uint32_t token
    cdef int64_t n_short = 0
    cdef int64_t cost = 0
    cdef int broken = check_account(s, NO_TOKEN, &n_short)
    for token in range(<uint32_t>(2 * s.n_markets)):
        if broken:
            return broken
        broken = check_account(s, token, &n_short)
        cost += most(s.tokens[token].cost, 0)
    if broken:
        return broken
    if n_short != s.v.n_short:
        return 8
    return 17 if cost != s.v.exposure_cost else 0


cdef int check_fills(State* s) noexcept nogil:
    """Keys are found, and provisional amounts are the sums over unsettled fills."""
    cdef uint32_t at
    cdef Fill* f
    cdef int64_t n = 0
    cdef int64_t incoming = 0
    cdef int64_t outgoing = 0
    cdef int64_t tokens_in = 0
    cdef int64_t tokens_out = 0
    cdef uint32_t token
    for at in range(s.fill_mask + 1):
        f = &s.fills[at]
        if f.trade == 0:
            continue
        n += 1
        if find_fill(s, f.trade, f.order) != f:
            return 13
        if f.state == TS_NONE or f.state > TS_FAILED or f.liquidity > LIQ_UNKNOWN \
                or f.token >= <uint32_t>(2 * s.n_markets):
            return 20
        if f.posted and f.state != TS_CONFIRMED:
            if cash_change(f) >= 0:
                incoming += cash_change(f)
            else:
                outgoing -= cash_change(f)
            if f.side == SIDE_BUY:
                tokens_in += f.size
            else:
                tokens_out += f.size
    if n != s.v.n_fills:
        return 13
    if incoming != s.v.cash.incoming or outgoing != s.v.cash.outgoing:
        return 6 if s.v.fault != FAULT_CAPACITY else 0
    for token in range(<uint32_t>(2 * s.n_markets)):
        tokens_in -= s.tokens[token].incoming
        tokens_out -= s.tokens[token].outgoing
    if tokens_in or tokens_out:
        return 7 if s.v.fault != FAULT_CAPACITY else 0
    return 0


cdef int check_levels(const int64_t* sizes, const uint64_t* occupied, int n_levels) noexcept nogil:
    """A word of bits at a time: of most words no level is taken, and their sizes need one look together."""
    cdef int word
    cdef int k
    cdef int64_t any_
    for word in range((n_levels + 63) >> 6):
        any_ = 0
        for k in range(word << 6, least((word + 1) << 6, n_levels)):
            any_ |= sizes[k]
        if occupied[word] == 0:
            if any_ != 0:
                return 14
            continue
        for k in range(word << 6, least((word + 1) << 6, n_levels)):
            if sizes[k] < 0 or (sizes[k] != 0) != ((occupied[word] >> (k & 63)) & 1):
                return 14
    return 0


cdef int check_narrow(Ladder* l) noexcept nogil:
    if l.wide < 0 and l.best_pips != narrow_top(l, NARROW_WORDS - 1):
        return 14
    return check_levels(l.size, l.occupied, NARROW_LEVELS)


cdef int check_wide(Ladder* l, WideLadder* w) noexcept nogil:
    cdef int k
    if not w.used or narrow_top(l, NARROW_WORDS - 1) or l.best_pips != wide_top(w):
        return 14
    for k in range(WIDE_WORDS):
        if (w.occupied[k] != 0) != ((w.summary[k >> 6] >> (k & 63)) & 1):
            return 14
    return check_levels(w.size, w.occupied, WIDE_LEVELS)


cdef int check_ladders(State* s, uint32_t first, uint32_t end) noexcept nogil:
    """The levels of the tokens from `first` to `end`, as far as there are such."""
    cdef uint32_t token
    cdef int broken
    for token in range(first, <uint32_t>least(end, 2 * s.n_markets)):
        broken = check_narrow(&s.ladders[token])
        if not broken and s.ladders[token].wide >= 0:
            broken = check_wide(&s.ladders[token], &s.wides[s.ladders[token].wide])
        if broken:
            return broken
    return 0


cdef int check_markets(State* s) noexcept nogil:
    cdef int32_t market
    cdef Market* m
    for market in range(s.n_markets):
        m = &s.markets[market]
        if m.feed == FS_SYNCED and not m.group_open and is_crossed(s, <uint32_t>(2 * market)):
            return 15
        if m.breaker.probe and m.breaker.state != BS_HALF_OPEN:
            return 18
        if m.breaker.state == BS_CLOSED and m.breaker.rejects >= s.c.reject_limit:
            return 18
        if m.breaker.state == BS_OPEN and s.v.deadline_ns > m.breaker.until_ns:
            return 19
        if m.feed > FS_STALE or m.known > 2 or m.breaker.state > BS_HALF_OPEN:
            return 20
    if s.v.breaker.probe and s.v.breaker.state != BS_HALF_OPEN:
        return 18
    if s.v.session > SS_HALTED or s.v.venue > VS_RESTARTING:
        return 20
    return 0


cdef int check_all_but_ladders(State* s) noexcept nogil:
    cdef int broken = check_orders(s)
    if not broken:
        broken = check_accounts(s)
    if not broken:
        broken = check_fills(s)
    if not broken:
        broken = check_markets(s)
    return broken


cdef int check_state(State* s) noexcept nogil:
    """0, or the number of the first broken invariant."""
    cdef int broken = check_all_but_ladders(s)
    return broken if broken else check_ladders(s, 0, NO_TOKEN)


cdef int break_invariant(State* s, int number) noexcept nogil:
    """Debug hook: damage one thing on purpose. 0 when there is nothing to damage."""
    cdef int32_t slot = NIL
    cdef int32_t market
    for market in range(s.n_markets):
        if s.markets[market].first_order != NIL:
            slot = s.markets[market].first_order
    if number == 1 and slot != NIL:
        s.orders[slot].filled += 1
    elif number == 2 and slot != NIL:
        s.orders[slot].reserved += 1
    elif number == 3:
        s.v.cash.reserved += 1
    elif number == 4:
        s.tokens[0].reserved += 1
    elif number == 5:
        s.v.cash.incoming = -1
    elif number == 6:
        s.v.cash.incoming += 1
        s.v.cash.posted += 1
    elif number == 7:
        s.tokens[0].incoming += 1
        s.tokens[0].posted += 1
    elif number == 8:
        s.v.n_short += 1
    elif number == 9:
        s.v.cash.posted += 1
    elif number == 10 and slot != NIL:
        s.orders[slot].id ^= <uint64_t>1 << 60
    elif number == 11 and slot != NIL:
        s.orders[slot].state = OS_NONE
        s.orders[slot].reserved = 0
    elif number == 12 and slot != NIL:
        s.orders[slot].state = OS_SENT
        s.orders[slot].request = RS_IDLE
    elif number == 13:
        s.v.n_fills += 1
    elif number == 14:
        s.ladders[0].size[1] += 1
    elif number == 15:
        store_level(s, &s.ladders[0], 6000, 1000000)
        store_level(s, &s.ladders[1], 6000, 1000000)
        s.markets[0].feed = FS_SYNCED
        s.markets[0].group_open = 0
    elif number == 16:
        s.v.n_orders += 1
    elif number == 17:
        s.v.exposure_cost += 1
    elif number == 18:
        s.markets[0].breaker.probe = 1
    elif number == 19 and slot != NIL:
        s.orders[slot].request_ns = 0
        s.orders[slot].request = RS_SUBMIT
    elif number == 20:
        s.v.venue = 9
    else:
        return 0
    return 1
