# The guard: nothing reaches a SUBMIT effect except through `guard`. It reads the state and changes
# nothing, so a refused intent leaves no trace. Checks run in the order of the refusals.

ctypedef struct Ask:                   # an order as asked for, and what the guard worked out
    uint64_t order_id
    uint32_t token
    int32_t price_pips
    int64_t size                       # shares, or pUSD of a FAK or FOK BUY
    int64_t expiry_ns
    int64_t turn
    int64_t time_ns
    int64_t credit                     # reservation that counts as spendable (replace, release)
    uint64_t target                    # order that will be gone, 0 if none
    uint64_t replaces                  # order to replace, in either mode
    Order* old                         # the same, NULL when it is not open
    uint8_t side
    uint8_t tif
    uint8_t post_only
    uint8_t releasing                  # a queued order goes out: it passed the turn checks before
    uint8_t cash                       # counts pUSD
    uint8_t adds                       # adds risk
    uint8_t marketable                 # would cross the local best
    uint8_t book_known
    int64_t need
    int64_t fee_ppm
    int64_t min_size
    int32_t tick_pips
    int32_t low_pips
    uint8_t assumed


cdef inline int venue_row(State* s) noexcept nogil:
    """Row of the guard table of the venue's state; -1 in NORMAL."""
    if s.v.venue == VS_NORMAL:
        return -1
    if s.v.venue == VS_RESTARTING:
        return GC_VENUE_RESTARTING
    if s.v.venue == VS_DISABLED:
        return GC_VENUE_DISABLED
    if s.v.venue == VS_CANCEL_ONLY:
        return GC_VENUE_CANCEL_ONLY
    return GC_VENUE_POST_ONLY


cdef inline int blocks(int row, Ask* a) noexcept nogil:
    """What the guard table says of one condition that holds."""
    cdef int cell = GUARD_TABLE[row][0 if a.adds else 1]
    return cell == GU_no or (cell == GU_post and not a.post_only)


cdef inline int32_t low_price(State* s, Market* m) noexcept nogil:
    """Lowest price a FAK or FOK BUY may meet (rules.md, 3)."""
    if s.c.cash_low_pips:
        return <int32_t>s.c.cash_low_pips
    return m.tick_pips if m.known else <int32_t>FALLBACK_TICK


cdef inline int64_t open_pushes(State* s, Ask* a, uint32_t token) noexcept nogil:
    """Leaves of the other open orders that make the position longer in `token`.

    Those are its BUYs and the complement's SELLs, itself and what it replaces aside. -1 when a cash
    BUY of it is open: its shares are not known.
    """
    cdef int64_t shares = 0
    cdef int32_t slot = s.markets[token >> 1].first_order
    cdef Order* o
    while slot != NIL:
        o = &s.orders[slot]
        slot = o.next
        if (o.side == SIDE_BUY) != (o.token == token) or o.id == a.order_id or o.id == a.target:
            continue
        if not unit_is_shares(o):
            return -1
        shares += o.leaves
    return shares


cdef inline int lessens(State* s, Ask* a) noexcept nogil:
    """Whether it only brings the two tokens' totals together, with all that is open (rules.md, 7)."""
    cdef uint32_t longer = a.token if a.side == SIDE_BUY else a.token ^ 1
    cdef int64_t spare = total(&s.tokens[longer ^ 1]) - total(&s.tokens[longer])
    cdef int64_t pushed
    if a.cash or spare < a.size:
        return 0
    pushed = open_pushes(s, a, longer)
    return pushed >= 0 and a.size <= spare - pushed


cdef int session_check(State* s, Ask* a) noexcept nogil:
    if s.v.session == SS_HALTED and blocks(GC_HALTED, a):
        return RF_HALTED
    if s.v.session == SS_STARTING and blocks(GC_STARTING, a):
        return RF_STARTING
    if s.v.session == SS_RECONCILING and blocks(GC_RECONCILING, a):
        return RF_RECONCILING
    if s.v.session == SS_DRAINING and blocks(GC_DRAINING, a):
        return RF_DRAINING
    if s.v.venue != VS_NORMAL and blocks(venue_row(s), a):
        if s.v.venue == VS_RESTARTING:
            return RF_VENUE_RESTARTING
        if s.v.venue == VS_DISABLED:
            return RF_VENUE_DISABLED
        if s.v.venue == VS_CANCEL_ONLY:
            return RF_VENUE_CANCEL_ONLY
        return RF_VENUE_POST_ONLY
    if s.v.beat_lost and blocks(GC_HEARTBEAT_LOST, a):
        return RF_HEARTBEAT_LOST
    return RF_NONE


cdef Cluster* find_cluster(State* s, uint64_t id) noexcept nogil:
    cdef int32_t k
    for k in range(s.v.n_clusters):
        if s.clusters[k].id == id:
            return &s.clusters[k]
    return NULL


cdef inline int market_check(State* s, Market* m, Ask* a) noexcept nogil:
    cdef Cluster* cluster
    cdef int64_t oldest = a.time_ns - 2 * s.c.metadata_cycle_ns
    if not m.known:
        if not s.c.fallback_metadata:
            return RF_MARKET_UNKNOWN
    if m.resolved or (m.known == 1 and not m.flags & FLAG_META_OPEN):
        return RF_MARKET_CLOSED
    if m.known == 1:
        if m.cluster:
            cluster = find_cluster(s, m.cluster)
            if cluster == NULL:
                return RF_CLUSTER_UNKNOWN
            if cluster.seen_ns < oldest:
                return RF_METADATA_STALE
        if m.meta_ns < oldest:
            return RF_METADATA_STALE
    if m.hold and blocks(GC_NEG_RISK_HOLD, a):
        return RF_NEG_RISK_HOLD
    if m.close_out_ns and a.time_ns >= m.close_out_ns and blocks(GC_CLOSE_OUT, a):
        return RF_CLOSE_OUT
    return RF_NONE


cdef inline int order_check(State* s, Ask* a) noexcept nogil:
    """What the order itself must satisfy in this market, exact in integers."""
    if not a.releasing and (a.order_id <= s.v.last_order or (s.v.counters[CT_ADOPTED] and (
            find_slot(s, a.order_id) != NIL or find_tomb(s, a.order_id) != NIL))):
        return RF_ORDER_ID_USED            # beyond our last one are only ids that were adopted
    if a.post_only and a.tif >= TIF_FOK:
        return RF_BAD_TIF
    if (a.tif == TIF_GTD) != (a.expiry_ns != 0) or a.expiry_ns < 0 or a.expiry_ns > MAX_TIME_NS:
        return RF_BAD_TIF
    if a.tif == TIF_GTD and a.expiry_ns < later(a.time_ns, s.c.gtd_min_ns):
        return RF_EXPIRY_TOO_SOON
    if a.price_pips % a.tick_pips:
        return RF_OFF_TICK
    if a.price_pips < a.tick_pips or a.price_pips > PIPS - a.tick_pips:
        return RF_PRICE_RANGE
    if a.size % SIZE_GRAIN:
        return RF_SIZE_GRAIN
    if a.cash:
        if a.size < s.c.min_notional_micros:
            return RF_BELOW_MIN_NOTIONAL
        return RF_NONE
    if a.size < a.min_size:
        return RF_BELOW_MIN_SIZE
    if a.side == SIDE_BUY and a.marketable and not a.post_only \
            and notional_up(a.size, a.price_pips) < s.c.min_notional_micros:
        return RF_BELOW_MIN_NOTIONAL
    return RF_NONE


cdef inline int self_trade(State* s, Market* m, Ask* a) noexcept nogil:
    """Whether it would match an own order, on either token of the condition."""
    cdef int32_t slot = m.first_order
    cdef Order* o
    cdef int bid = (a.side == SIDE_BUY) == ((a.token & 1) == 0)
    cdef int32_t price = a.price_pips if (a.token & 1) == 0 else <int32_t>PIPS - a.price_pips
    cdef int other_bid
    cdef int32_t other
    while slot != NIL:
        o = &s.orders[slot]
        slot = o.next
        if o.done or o.id == a.target or o.id == a.order_id:
            continue
        other_bid = (o.side == SIDE_BUY) == ((o.token & 1) == 0)
        if other_bid == bid:
            continue
        other = o.price_pips if (o.token & 1) == 0 else <int32_t>PIPS - o.price_pips
        if (bid and price >= other) or (not bid and price <= other):
            return 1
    return 0


cdef inline int book_check(State* s, Market* m, Ask* a) noexcept nogil:
    if not a.book_known and blocks(GC_FEED_NOT_SYNCED, a):
        return RF_FEED_NOT_SYNCED
    if is_crossed(s, a.token):
        return RF_BOOK_CROSSED
    if a.post_only and a.marketable:
        return RF_POST_ONLY_CROSS
    if self_trade(s, m, a):
        return RF_SELF_TRADE
    return RF_NONE


cdef inline int is_calm(State* s, Market* m) noexcept nogil:
    """Nothing is amiss with session, venue or risk: asked all at once, for it is nearly always so."""
    return ((s.v.session ^ SS_TRADING) | s.v.venue | s.v.beat_lost | m.loss_stop | m.unhedged | m.breaker.state
            | s.v.breaker.state | s.v.n_no_mark | s.v.n_short) == 0


cdef int amiss_check(State* s, Market* m, Ask* a) noexcept nogil:
    """What is amiss and stops this order."""
    cdef Breaker* b = &m.breaker
    if m.loss_stop and blocks(GC_LOSS_STOP, a):
        return RF_LOSS_STOP
    if s.v.n_no_mark and blocks(GC_NO_MARK, a):
        return RF_NO_MARK
    if s.v.n_short and blocks(GC_SHORTFALL, a):
        return RF_SHORTFALL
    if m.unhedged and blocks(GC_UNHEDGED, a):
        return RF_UNHEDGED
    if b.state == BS_OPEN and blocks(GC_BREAKER_OPEN, a):
        return RF_BREAKER_OPEN
    if b.state == BS_HALF_OPEN and b.probe:
        return RF_BREAKER_PROBING
    if s.v.breaker.state == BS_OPEN or (s.v.breaker.state == BS_HALF_OPEN and s.v.breaker.probe):
        return RF_GLOBAL_BREAKER
    return RF_NONE


cdef inline int pace_check(State* s, Market* m, Ask* a) noexcept nogil:
    """Cooldown and budgets; an order that waited its turn has passed them."""
    if a.releasing:
        return RF_NONE
    if s.c.cooldown_ns and m.turn_ns >= 0 and a.time_ns < later(m.turn_ns, s.c.cooldown_ns) \
            and (a.turn == 0 or a.turn != m.turn) and blocks(GC_COOLDOWN, a):
        return RF_COOLDOWN
    if bucket_level(&m.bucket, s.c.market_rate, s.c.market_burst, a.time_ns) < 1000000000 \
            and blocks(GC_MARKET_BUDGET, a):
        return RF_MARKET_BUDGET
    if bucket_level(&s.v.bucket, s.c.signer_rate, s.c.signer_burst, a.time_ns) < 1000000000 \
            and blocks(GC_SIGNER_BUDGET, a):
        return RF_SIGNER_BUDGET
    return RF_NONE


cdef int64_t cluster_exposure(State* s, uint64_t cluster) noexcept nogil:
    cdef int64_t exposure = 0
    cdef int32_t market
    for market in range(s.n_markets):
        if s.markets[market].cluster == cluster:
            exposure += market_exposure(s, market)
    return exposure


cdef inline int cap_check(State* s, Market* m, Ask* a) noexcept nogil:
    """Open orders and exposure; only for what adds risk. The target of a replace counts as gone."""
    cdef int gone = 1 if a.target or a.releasing else 0
    if not a.adds:
        return RF_NONE
    if s.c.cap_orders_market and m.n_orders - gone >= s.c.cap_orders_market:
        return RF_CAP_ORDERS_MARKET
    if s.c.cap_orders_total and s.v.n_orders - gone >= s.c.cap_orders_total:
        return RF_CAP_ORDERS_TOTAL
    if a.side == SIDE_SELL:
        return RF_NONE                     # a sale needs no money
    return exposure_check(s, m, a)


cdef int exposure_check(State* s, Market* m, Ask* a) noexcept nogil:
    cdef int64_t more = a.need - a.credit
    cdef int32_t market = <int32_t>(a.token >> 1)
    if s.c.cap_market_micros and market_exposure(s, market) + more > s.c.cap_market_micros:
        return RF_CAP_MARKET
    if s.c.cap_cluster_micros and m.cluster \
            and cluster_exposure(s, m.cluster) + more > s.c.cap_cluster_micros:
        return RF_CAP_CLUSTER
    if s.c.cap_total_micros and s.v.exposure_cost + s.v.cash.reserved + more > s.c.cap_total_micros:
        return RF_CAP_TOTAL
    return RF_NONE


cdef inline int cover_check(State* s, Ask* a) noexcept nogil:
    if a.side == SIDE_BUY:
        if spendable(&s.v.cash) + a.credit < a.need:
            return RF_INSUFFICIENT_CASH
    elif spendable(&s.tokens[a.token]) + a.credit < a.need:
        return RF_INSUFFICIENT_TOKENS
    return RF_NONE


cdef inline int room_check(State* s, Ask* a) noexcept nogil:
    if not a.releasing and s.v.n_orders >= order_room(s):
        return RF_ORDER_TABLE_FULL
    if s.v.n_fills >= s.c.fills // 4 * 3:
        return RF_FILL_WINDOW_FULL
    return RF_NONE


cdef inline void work_out(State* s, Market* m, Ask* a) noexcept nogil:
    """What the checks compare with: tick, fee, need, marketable, adds."""
    cdef int32_t best
    a.assumed = 0 if m.known else 1
    a.tick_pips = <int32_t>FALLBACK_TICK if a.assumed else m.tick_pips
    a.min_size = FALLBACK_MIN_SIZE if a.assumed else m.min_size
    a.fee_ppm = FALLBACK_FEE_PPM if a.assumed else m.fee_ppm
    a.low_pips = low_price(s, m)
    a.cash = a.side == SIDE_BUY and a.tif >= TIF_FOK
    a.adds = not lessens(s, a)
    a.book_known = m.feed == FS_SYNCED or m.feed == FS_SUSPECT
    if a.side == SIDE_BUY:
        best = best_ask(s, a.token)
        a.marketable = s.ladders[a.token ^ 1].best_pips > 0 and a.price_pips >= best
    else:
        best = best_bid(s, a.token)
        a.marketable = best > 0 and a.price_pips <= best
    if a.side == SIDE_SELL:
        a.need = a.size
    elif a.cash:
        a.need = a.size + cash_fee_of(a.size, a.low_pips, a.fee_ppm)
    else:
        a.need = notional_up(a.size, a.price_pips)
        if not a.post_only:
            a.need += fee_of(a.size, a.price_pips, a.fee_ppm)


cdef int guard(State* s, Ask* a) noexcept nogil:
    """RF_NONE when the order may go out, else the first refusal that applies."""
    cdef Market* m = &s.markets[a.token >> 1]
    cdef int calm = is_calm(s, m)
    cdef int code = RF_NONE
    work_out(s, m, a)
    if cs_unlikely(not calm):
        code = session_check(s, a)
    if code == RF_NONE:
        code = market_check(s, m, a)
    if code == RF_NONE:
        code = order_check(s, a)
    if code == RF_NONE and a.replaces:
        code = target_check(s, a)
    if code == RF_NONE:
        code = book_check(s, m, a)
    if code == RF_NONE:
        code = RF_NONE if cs_likely(calm) else amiss_check(s, m, a)
    if code == RF_NONE:
        code = pace_check(s, m, a)
    if code == RF_NONE:
        code = cap_check(s, m, a)
    if code == RF_NONE:
        code = cover_check(s, a)
    if code == RF_NONE:
        code = room_check(s, a)
    return code
