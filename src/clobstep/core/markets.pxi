# Metadata of conditions and clusters, resolution, retirement, and the account's own events.
# Owns: Market metadata and holds. Facts are booked, never refused for their time.

cdef int is_tick(int32_t pips) noexcept nogil:
    return pips == 1000 or pips == 100 or pips == 50 or pips == 25 or pips == 10 or pips == 1


cdef void new_tick(State* s, int32_t market, int32_t tick_pips) noexcept nogil:
    """The guard's grid changes; the book keeps all its prices (rules.md, 8)."""
    cdef Effect* e
    s.markets[market].tick_pips = tick_pips
    e = alert(s, AL_TICK_CHANGED, <uint32_t>(2 * market), 0)
    e.price_pips = <int16_t>tick_pips
    feed_input(s, market, FI_TICK)


cdef void hold_market(State* s, int32_t market) noexcept nogil:
    s.markets[market].hold = 1
    alert(s, AL_NEG_RISK_HOLD, <uint32_t>(2 * market), 0)
    cancel_market(s, market)


cdef int take_market(State* s, const Event* ev) noexcept nogil:
    """MARKET: what the venue says of a condition; a negRisk flag that appears holds it."""
    cdef int32_t market = <int32_t>(ev.token >> 1)
    cdef Market* m = &s.markets[market]
    cdef uint8_t risky = FLAG_META_NEG_RISK | FLAG_META_AUGMENTED
    cdef uint8_t before = m.flags if m.known else ev.flags
    cdef int had = m.known
    m.known = 1
    m.min_size = ev.size
    m.fee_ppm = ev.amount
    m.cluster = ev.order_id
    m.close_out_ns = <int64_t>ev.ref
    m.meta_ns = s.v.now_ns
    m.flags = ev.flags
    if had and m.tick_pips != ev.price_pips:
        new_tick(s, market, ev.price_pips)
    m.tick_pips = ev.price_pips
    if ev.flags & risky & ~before:
        hold_market(s, market)
    if before & risky & ~ev.flags:
        alert(s, AL_NEG_RISK_CLEARED, ev.token & ~<uint32_t>1, 0)
    return RF_NONE


cdef Cluster* cluster_place(State* s, uint64_t id) noexcept nogil:
    """The cluster's entry: its own, a new one, or that of one no market belongs to any more."""
    cdef Cluster* cluster = find_cluster(s, id)
    cdef int32_t k
    cdef int32_t market
    if cluster != NULL:
        return cluster
    if s.v.n_clusters < 2 * s.n_markets:
        cluster = &s.clusters[s.v.n_clusters]
        s.v.n_clusters += 1
        memset(cluster, 0, sizeof(Cluster))
        return cluster
    for k in range(s.v.n_clusters):
        for market in range(s.n_markets):
            if s.markets[market].cluster == s.clusters[k].id:
                break
        else:
            memset(&s.clusters[k], 0, sizeof(Cluster))
            return &s.clusters[k]
    return NULL                            # cannot be: twice as many places as markets


cdef int take_cluster(State* s, const Event* ev) noexcept nogil:
    """CLUSTER: flags of a whole event; one that appears holds every market of it."""
    cdef Cluster* cluster
    cdef int32_t market
    cdef uint8_t before
    cluster = cluster_place(s, ev.order_id)
    if cluster == NULL:
        fault(s, FAULT_CAPACITY, 4)
        return RF_NONE
    before = cluster.flags if cluster.id else ev.flags
    cluster.id = ev.order_id
    cluster.flags = ev.flags
    cluster.seen_ns = s.v.now_ns
    if ev.flags & ~before:
        for market in range(s.n_markets):
            if s.markets[market].cluster == ev.order_id:
                hold_market(s, market)
    if before & ~ev.flags:
        alert(s, AL_NEG_RISK_CLEARED, NO_TOKEN, 0).ref = ev.order_id
    return RF_NONE


cdef int take_tick(State* s, const Event* ev) noexcept nogil:
    """TICK_CHANGE: comes once a token and again with old = new; the same tick is a duplicate."""
    cdef Market* m = &s.markets[ev.token >> 1]
    if not m.known:
        return RF_MARKET_UNKNOWN
    if m.tick_pips == ev.price_pips:
        s.ignored = 1
        return RF_NONE
    new_tick(s, <int32_t>(ev.token >> 1), ev.price_pips)
    return RF_NONE


cdef int take_resolved(State* s, const Event* ev) noexcept nogil:
    cdef Market* m = &s.markets[ev.token >> 1]
    cdef int16_t payout = <int16_t>(PIPS - ev.price_pips) if ev.token & 1 else ev.price_pips
    cdef int32_t slot
    cdef int32_t following
    if m.resolved:
        s.ignored = 1
        return RF_NONE
    m.resolved = 1
    m.payout_pips = payout
    slot = m.first_order
    while slot != NIL:
        following = s.orders[slot].next
        touch(&s.orders[slot])
        order_input(s, &s.orders[slot], OI_RESOLVED, NULL,
                    RF_MARKET_CLOSED if s.orders[slot].state == OS_QUEUED else RF_NONE)
        slot = following
    return RF_NONE


cdef int take_retire(State* s, const Event* ev) noexcept nogil:
    """RETIRE: the slot is given away when nothing of ours is left in it."""
    cdef int32_t market = <int32_t>(ev.token >> 1)
    cdef Market* m = &s.markets[market]
    cdef Account* a
    cdef int k
    if m.n_orders or m.conversion:
        return RF_ILLEGAL
    for k in range(2):
        a = &s.tokens[2 * market + k]
        if a.settled or a.incoming or a.outgoing or a.reserved:
            return RF_ILLEGAL
    clear_ladder(s, &s.ladders[2 * market])
    clear_ladder(s, &s.ladders[2 * market + 1])
    s.v.n_no_mark -= m.no_mark
    add_to(s, &s.v.retired_profit, m.flow - m.fees)
    reset_market(m, <uint16_t>(m.generation + 1))
    memset(&s.tokens[2 * market], 0, 2 * sizeof(Account))
    return RF_NONE


cdef void reset_market(Market* m, uint16_t generation) noexcept nogil:
    memset(m, 0, sizeof(Market))
    m.generation = generation
    m.first_order = NIL
    m.turn_ns = -1
    m.bucket.time_ns = -1


# --- the account ---------------------------------------------------------------------------------

cdef int take_deposit(State* s, const Event* ev, int64_t sign) noexcept nogil:
    """OPENING, DEPOSIT (sign 1) and WITHDRAWAL (sign -1)."""
    cdef int64_t cost
    if ev.kind == EV_OPENING and (s.v.openings_over or s.v.session > SS_RECONCILING):
        return RF_ILLEGAL
    if ev.kind == EV_OPENING:
        raise_watermark(s, ev.venue_time_ns)
    if ev.token == NO_TOKEN:
        post_settled(s, NO_TOKEN, sign * ev.amount)
        return RF_NONE
    if sign > 0:
        cost = ev.amount
        post_settled(s, ev.token, ev.size)
        add_to(s, &s.markets[ev.token >> 1].flow, -cost)
    else:
        cost = -sale_cost(&s.tokens[ev.token], ev.size)
        post_settled(s, ev.token, -ev.size)
        add_to(s, &s.markets[ev.token >> 1].flow, -cost)
    change_cost(s, ev.token, cost)
    value_soon(s, <int32_t>(ev.token >> 1))
    return RF_NONE


cdef int take_adjustment(State* s, const Event* ev) noexcept nogil:
    cdef int64_t amount = ev.amount if ev.token == NO_TOKEN else ev.size
    post_settled(s, ev.token, amount)
    if ev.token != NO_TOKEN:
        change_cost(s, ev.token, 0)
        value_soon(s, <int32_t>(ev.token >> 1))
    return RF_NONE


cdef void widen_by_conversion(const Market* m, uint32_t token, int64_t* low, int64_t* high) noexcept nogil:
    """A split, merge or redeem in flight may be on the chain already, and its proof not with us."""
    cdef int64_t size = m.conversion_size
    cdef int64_t payout = PIPS - m.payout_pips if m.conversion_token & 1 else m.payout_pips
    if m.conversion == EF_SPLIT:
        if token == NO_TOKEN:
            low[0] -= size
        else:
            high[0] += size
    elif m.conversion == EF_MERGE or (m.conversion == EF_REDEEM and token == m.conversion_token):
        if token == NO_TOKEN:
            high[0] += size
        else:
            low[0] -= size
    elif m.conversion == EF_REDEEM and token == NO_TOKEN:
        high[0] += notional_down(size, payout)


cdef int take_balance(State* s, const Event* ev) noexcept nogil:
    """BALANCE: right when it lies between everything in flight undone and everything arrived."""
    cdef Account* a = account(s, ev.token)
    cdef int64_t said = ev.amount if ev.token == NO_TOKEN else ev.size
    cdef int64_t low = a.settled - a.outgoing
    cdef int64_t high = a.settled + a.incoming
    cdef int32_t market
    if ev.token != NO_TOKEN:
        widen_by_conversion(&s.markets[ev.token >> 1], ev.token, &low, &high)
    else:
        for market in range(s.n_markets):
            widen_by_conversion(&s.markets[market], NO_TOKEN, &low, &high)
    if said < low or said > high:
        s.v.recon_differences += 1
        alert(s, AL_BALANCE_DIFFERS, ev.token, 0).amount = said - a.settled
    return RF_NONE


cdef int take_lock(State* s, const Event* ev) noexcept nogil:
    s.v.cash.locked = ev.amount
    watch_short(s, NO_TOKEN)
    return RF_NONE
