# Double entry, exact. Owns: accounts, reservations, costs, exposure, SHORTFALL.
# Touches nothing else of an order than `reserved`. No clamp anywhere: a fact is booked in full.

cdef inline Account* account(State* s, uint32_t token) noexcept nogil:
    return &s.v.cash if token == NO_TOKEN else &s.tokens[token]


cdef inline int64_t spendable(Account* a) noexcept nogil:
    return a.settled - a.outgoing - a.reserved - a.locked


cdef inline int64_t total(Account* a) noexcept nogil:
    return a.settled + a.incoming - a.outgoing


cdef inline void watch_short(State* s, uint32_t token) noexcept nogil:
    """Keep count of the accounts whose spendable amount is negative; called after every change."""
    cdef Account* a = account(s, token)
    cdef int64_t is_short = 1 if spendable(a) < 0 else 0
    if cs_likely(is_short == a.is_short):
        return
    a.is_short = is_short
    s.v.n_short += 1 if is_short else -1
    s.short_token = token


cdef void tell_short(State* s) noexcept nogil:
    """At the end of an event: has SHORTFALL begun or ended in it?"""
    if (s.v.n_short != 0) == s.v.short_told:
        return
    s.v.short_told = s.v.n_short != 0
    if s.v.short_told:
        alert(s, AL_SHORTFALL, s.short_token, 0).amount = spendable(account(s, s.short_token))
    else:
        alert(s, AL_SHORTFALL_ENDED, s.short_token, 0)


cdef inline void post_settled(State* s, uint32_t token, int64_t amount) noexcept nogil:
    cdef Account* a = account(s, token)
    add_to(s, &a.settled, amount)
    add_to(s, &a.posted, amount)
    watch_short(s, token)


cdef inline void post_provisional(State* s, uint32_t token, int64_t amount) noexcept nogil:
    """amount > 0 is on its way in, < 0 on its way out."""
    cdef Account* a = account(s, token)
    if amount >= 0:
        add_to(s, &a.incoming, amount)
    else:
        add_to(s, &a.outgoing, -amount)
    add_to(s, &a.posted, amount)
    watch_short(s, token)


cdef inline void unpost_provisional(State* s, uint32_t token, int64_t amount) noexcept nogil:
    cdef Account* a = account(s, token)
    if amount >= 0:
        add_to(s, &a.incoming, -amount)
    else:
        add_to(s, &a.outgoing, amount)
    add_to(s, &a.posted, -amount)
    watch_short(s, token)


cdef inline void settle_provisional(State* s, uint32_t token, int64_t amount) noexcept nogil:
    cdef Account* a = account(s, token)
    if amount >= 0:
        add_to(s, &a.incoming, -amount)
    else:
        add_to(s, &a.outgoing, amount)
    add_to(s, &a.settled, amount)
    watch_short(s, token)


cdef inline void change_cost(State* s, uint32_t token, int64_t change) noexcept nogil:
    """Move a token's cost, and the exposure that it stands for; a flat position costs nothing."""
    cdef Account* a = &s.tokens[token]
    cdef int64_t before = most(a.cost, 0)
    add_to(s, &a.cost, change)
    if total(a) == 0:
        a.cost = 0
    add_to(s, &s.v.exposure_cost, most(a.cost, 0) - before)


cdef inline int64_t sale_cost(Account* a, int64_t size) noexcept nogil:
    """Cost that leaves with a sale of `size`, before the sale is posted."""
    cdef int64_t held = total(a)
    if held <= 0:
        return 0
    return cs_muldiv_floor(a.cost, least(size, held), held)


cdef inline int64_t need_for(Order* o, int64_t leaves) noexcept nogil:
    """What so many leaves of an order need."""
    cdef int64_t need
    if o.side == SIDE_SELL:
        return leaves
    if o.tif >= TIF_FOK:
        return leaves + cash_fee_of(leaves, o.low_pips, o.fee_ppm)
    need = notional_up(leaves, o.price_pips)
    if not o.post_only:
        need += fee_of(leaves, o.price_pips, o.fee_ppm)
    return need


cdef int64_t queued_need(State* s, Order* o) noexcept nogil:
    """What a QUEUED order needs beyond what its living predecessor holds for it."""
    cdef Order* target = find_open(s, o.predecessor)
    cdef int64_t leaves = o.leaves
    if target == NULL or target.token != o.token or target.side != o.side:
        return need_for(o, leaves)
    if unit_is_shares(o) and unit_is_shares(target):
        leaves = most(0, leaves - most(0, target.filled - o.asked_filled))
    return most(0, need_for(o, leaves) - target.reserved)


cdef inline int64_t need_of(State* s, Order* o) noexcept nogil:
    """What the order must hold now (rules.md, 3): the one definition of a reservation."""
    if o.state == OS_SENT or o.state == OS_DELAYED or o.state == OS_LIVE or o.state == OS_UNKNOWN:
        return need_for(o, o.leaves)
    return queued_need(s, o) if o.state == OS_QUEUED else 0


cdef inline void set_reserve(State* s, Order* o, int64_t need) noexcept nogil:
    """The only place where an order's reservation changes."""
    cdef int64_t change = need - o.reserved
    cdef Account* a
    if change == 0:
        return
    o.reserved = need
    if o.side == SIDE_SELL:
        a = &s.tokens[o.token]
        add_to(s, &a.reserved, change)
        watch_short(s, o.token)
    else:
        add_to(s, &s.v.cash.reserved, change)
        add_to(s, &s.markets[o.token >> 1].reserved_cash, change)
        watch_short(s, NO_TOKEN)


cdef inline void re_reserve(State* s, Order* o) noexcept nogil:
    """After any change of state or leaves; what waits for this order holds the rest of what it needs."""
    cdef Order* heir
    set_reserve(s, o, need_of(s, o))
    if cs_unlikely(o.successor != 0 and not is_ended(o.state)):
        heir = find_open(s, o.successor)
        if heir != NULL and heir.state == OS_QUEUED:
            set_reserve(s, heir, queued_need(s, heir))


cdef inline int64_t market_cost(State* s, int32_t market) noexcept nogil:
    return most(s.tokens[2 * market].cost, 0) + most(s.tokens[2 * market + 1].cost, 0)


cdef inline int64_t market_exposure(State* s, int32_t market) noexcept nogil:
    """What it cost, and the cash that its orders and its split in flight hold."""
    cdef Market* m = &s.markets[market]
    return market_cost(s, market) + m.reserved_cash + (m.conversion_size if m.conversion == EF_SPLIT else 0)


cdef void hedged_now(State* s, int32_t market) noexcept nogil:
    """A later booking that leaves both tokens equal ends UNHEDGED."""
    cdef Market* m = &s.markets[market]
    if m.unhedged and total(&s.tokens[2 * market]) == total(&s.tokens[2 * market + 1]):
        m.unhedged = 0
        alert(s, AL_UNHEDGED_ENDED, <uint32_t>(2 * market), 0)


cdef void convert(State* s, int kind, uint32_t token, int64_t size, int64_t payout_pips) noexcept nogil:
    """Book a split, merge or redeem that has happened (rules.md, 4)."""
    cdef uint32_t other = token ^ 1
    cdef Market* m = &s.markets[token >> 1]
    cdef int64_t a
    cdef int64_t b
    if kind == EF_SPLIT:
        post_settled(s, NO_TOKEN, -size)
        post_settled(s, token, size)
        post_settled(s, other, size)
        change_cost(s, token, size // 2)
        change_cost(s, other, size - size // 2)
        add_to(s, &m.flow, -size)
    elif kind == EF_MERGE:
        a = sale_cost(&s.tokens[token], size)
        b = sale_cost(&s.tokens[other], size)
        post_settled(s, NO_TOKEN, size)
        post_settled(s, token, -size)
        post_settled(s, other, -size)
        change_cost(s, token, -a)
        change_cost(s, other, -b)
        add_to(s, &m.flow, size)
    else:
        a = sale_cost(&s.tokens[token], size)
        b = notional_down(size, payout_pips)
        post_settled(s, token, -size)
        post_settled(s, NO_TOKEN, b)
        change_cost(s, token, -a)
        add_to(s, &m.flow, b)
    hedged_now(s, <int32_t>(token >> 1))
    value_soon(s, <int32_t>(token >> 1))


cdef void hold_conversion(State* s, Market* m, int sign) noexcept nogil:
    """Reserve (1) or release (-1) what the conversion in flight needs."""
    cdef uint32_t token = m.conversion_token
    cdef int64_t amount = sign * m.conversion_size
    if m.conversion == EF_SPLIT:
        add_to(s, &s.v.cash.reserved, amount)
        watch_short(s, NO_TOKEN)
        return
    add_to(s, &s.tokens[token].reserved, amount)
    watch_short(s, token)
    if m.conversion == EF_MERGE:
        add_to(s, &s.tokens[token ^ 1].reserved, amount)
        watch_short(s, token ^ 1)


cdef inline int has_stake(State* s, int32_t market) noexcept nogil:
    """Whether there is anything in it to win or lose: flow, fees or a position."""
    cdef Market* m = &s.markets[market]
    return m.flow != 0 or m.fees != 0 or total(&s.tokens[2 * market]) != 0 or total(&s.tokens[2 * market + 1]) != 0


cdef inline void value_soon(State* s, int32_t market) noexcept nogil:
    """A market was booked in: see that the next valuation is armed if a loss limit is set and something is at stake."""
    if s.v.value_next_ns == 0 and (s.c.loss_market_micros or s.c.loss_day_micros or s.c.loss_session_micros) \
            and has_stake(s, market):
        s.v.value_next_ns = later(s.v.now_ns, s.c.loss_check_ns)
        arm(s, s.v.value_next_ns)
