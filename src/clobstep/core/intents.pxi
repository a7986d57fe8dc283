# What a strategy wants: submit, replace, cancel, split, merge, redeem. Owns: the making of orders
# and the SUBMIT effect. A refused intent has changed nothing.

cdef void fill_ask(State* s, Ask* a, const Event* ev, int64_t time_ns) noexcept nogil:
    cs_clear(a, sizeof(Ask))
    a.order_id = ev.order_id
    a.token = ev.token
    a.side = ev.side
    a.price_pips = ev.price_pips
    a.size = ev.size
    a.tif = ev.code
    a.post_only = ev.flags & FLAG_ORDER_POST_ONLY
    a.expiry_ns = ev.venue_time_ns
    a.turn = ev.amount
    a.time_ns = time_ns


cdef inline int target_check(State* s, Ask* a) noexcept nogil:
    """The order to replace must be open, of the same condition, and not being replaced already."""
    cdef Order* o = a.old
    if o == NULL or o.state == OS_QUEUED or o.done or o.successor or (o.token >> 1) != (a.token >> 1):
        return RF_REPLACE_TARGET
    return RF_NONE


cdef void assume(State* s, Market* m, uint32_t token) noexcept nogil:
    """The documented fallback for unknown metadata, with an alert."""
    m.known = 2
    m.tick_pips = <int32_t>FALLBACK_TICK
    m.min_size = FALLBACK_MIN_SIZE
    m.fee_ppm = FALLBACK_FEE_PPM
    m.flags = FLAG_META_OPEN | FLAG_META_ASSUMED
    m.meta_ns = s.v.now_ns
    alert(s, AL_METADATA_ASSUMED, token & ~<uint32_t>1, 0)


cdef inline Order* make_order(State* s, Ask* a, const Event* ev) noexcept nogil:
    """An accepted intent becomes an order in NONE; budget and cooldown are spent here."""
    cdef Market* m = &s.markets[a.token >> 1]
    cdef Order* o
    if a.assumed:
        assume(s, m, a.token)
    o = take_slot(s, a.order_id, a.token)
    if o == NULL:                          # the guard keeps room; a full table here is a fault
        fault(s, FAULT_CAPACITY, 2)
        return NULL
    o.original = a.size
    o.leaves = a.size
    o.expiry_ns = a.expiry_ns
    o.fee_ppm = a.fee_ppm
    o.low_pips = a.low_pips
    o.price_pips = <int16_t>a.price_pips
    o.generation = m.generation
    o.side = a.side
    o.tif = a.tif
    o.post_only = a.post_only
    o.origin = (ev.flags & FLAG_ORDER_ORIGIN) >> 2
    o.touched_ns = s.v.now_ns
    o.crossed = 2                          # until it leaves
    o.recon_epoch = s.v.recon_epoch
    s.v.last_order = a.order_id
    if a.turn == 0 or a.turn != m.turn or m.turn_ns < 0:
        m.turn = a.turn
        m.turn_ns = s.v.now_ns
    bucket_spend(&m.bucket, s.c.market_rate, s.c.market_burst, s.v.now_ns)
    bucket_spend(&s.v.bucket, s.c.signer_rate, s.c.signer_burst, s.v.now_ns)
    return o


cdef inline void go_out(State* s, Order* o, int name, Ask* a) noexcept nogil:
    """SEND or RELEASE: to SENT, with the SUBMIT effect. Salt and time make the order's hash."""
    cdef Effect* e
    o.crossed = a.marketable if a.book_known else 2
    o.fee_ppm = a.fee_ppm
    o.low_pips = a.low_pips
    o.touched_ns = s.v.now_ns
    o.recon_epoch = s.v.recon_epoch
    probe_sent(s, o)
    e = emit(s, EF_SUBMIT)
    e.order_id = o.id
    e.token = o.token
    e.generation = o.generation
    e.side = o.side
    e.price_pips = o.price_pips
    e.code = o.tif
    e.flags = o.post_only
    e.aux = o.origin
    e.deadline_ns = o.expiry_ns
    if unit_is_shares(o):
        e.size = o.leaves
        if o.side == SIDE_BUY:
            e.amount = notional_up(o.leaves, o.price_pips)
        else:
            e.amount = notional_down(o.leaves, o.price_pips)
    else:
        e.amount = o.leaves
        e.size = o.leaves * PIPS // o.price_pips // SHARES_GRAIN * SHARES_GRAIN
    s.v.submits += 1
    e.ref = (<uint64_t>s.c.salt_base + s.v.submits) & ((<uint64_t>1 << 53) - 1)
    count(s, CT_SUBMITS)
    request_input(s, o, RI_SEND)
    send_request(s, o)
    order_input(s, o, name, NULL, 0)


cdef int intent_submit(State* s, const Event* ev, int64_t time_ns) noexcept nogil:
    cdef Ask a
    cdef Order* o
    cdef int code
    fill_ask(s, &a, ev, time_ns)
    code = guard(s, &a)
    if code != RF_NONE:
        return code
    s.v.now_ns = time_ns
    o = make_order(s, &a, ev)
    if o != NULL:
        go_out(s, o, OI_SEND, &a)
    return RF_NONE


cdef int intent_replace(State* s, const Event* ev, int64_t time_ns) noexcept nogil:
    """Cancel, proof, submit; or, overlapping, submit and cancel (rules.md, 6)."""
    cdef Ask a
    cdef Order* o
    cdef Order* target = find_open(s, ev.ref)
    cdef int overlap = ev.flags & FLAG_ORDER_OVERLAP
    cdef int code
    fill_ask(s, &a, ev, time_ns)
    a.replaces = ev.ref
    a.old = target
    if target != NULL and not overlap:
        a.target = ev.ref
        if target.token == ev.token and target.side == ev.side:
            a.credit = target.reserved
    code = guard(s, &a)
    if code != RF_NONE:
        return code
    s.v.now_ns = time_ns
    o = make_order(s, &a, ev)
    if o == NULL:
        return RF_NONE
    o.predecessor = target.id
    target.successor = o.id
    if overlap:
        go_out(s, o, OI_SEND, &a)
    else:
        o.asked_filled = target.filled
        order_input(s, o, OI_QUEUE, NULL, 0)
    want_cancel(s, target)
    return RF_NONE


cdef void release(State* s, Order* o, int64_t filled, uint32_t token, int side, int shares) noexcept nogil:
    """The predecessor is proven dead: what it filled meanwhile comes off, and the guard looks again."""
    cdef Ask a
    cdef int code
    cdef int64_t cut = 0
    if token == o.token and side == o.side and shares and unit_is_shares(o):
        cut = least(filled - o.asked_filled, o.leaves)
    if cut > 0:
        o.original -= cut
        o.leaves -= cut
    if o.leaves == 0:
        order_input(s, o, OI_DROP, NULL, RF_REPLACE_FILLED)
        return
    cs_clear(&a, sizeof(Ask))
    a.order_id = o.id
    a.token = o.token
    a.side = o.side
    a.price_pips = o.price_pips
    a.size = o.leaves
    a.tif = o.tif
    a.post_only = o.post_only
    a.expiry_ns = o.expiry_ns
    a.time_ns = s.v.now_ns
    a.credit = o.reserved
    a.releasing = 1
    code = guard(s, &a)
    if code != RF_NONE:
        order_input(s, o, OI_DROP, NULL, code)
        return
    go_out(s, o, OI_RELEASE, &a)


cdef int intent_cancel(State* s, const Event* ev) noexcept nogil:
    """Never refused for an order we know; of an ended one it is a duplicate."""
    cdef Order* o = find_open(s, ev.order_id)
    if o == NULL:
        if find_tomb(s, ev.order_id) == NIL:
            return RF_ORDER_UNKNOWN
        s.ignored = 1
        return RF_NONE
    want_cancel(s, o)
    return RF_NONE


cdef int split_check(State* s, Market* m, const Event* ev) noexcept nogil:
    """A split buys both tokens: it adds risk, and counts in the caps."""
    cdef Ask a
    cdef int code
    cs_clear(&a, sizeof(Ask))
    a.token = ev.token
    a.time_ns = s.v.now_ns
    a.adds = 1
    a.need = ev.size
    a.releasing = 1                        # no order: no turn, no budget
    code = session_check(s, &a)
    if code == RF_NONE:
        code = market_check(s, m, &a)
    if code == RF_NONE:
        code = amiss_check(s, m, &a)
    if code == RF_NONE:
        code = exposure_check(s, m, &a)
    return code


cdef int merge_check(State* s, Market* m) noexcept nogil:
    """Column `merge` of the guard table."""
    cdef int row
    if s.v.session == SS_HALTED and GUARD_TABLE[GC_HALTED][3] == GU_no:
        return RF_HALTED
    if s.v.session == SS_STARTING and GUARD_TABLE[GC_STARTING][3] == GU_no:
        return RF_STARTING
    if s.v.session == SS_RECONCILING and GUARD_TABLE[GC_RECONCILING][3] == GU_no:
        return RF_RECONCILING
    row = venue_row(s)
    if row >= 0 and GUARD_TABLE[row][3] == GU_no:
        return RF_VENUE_DISABLED
    if m.hold and GUARD_TABLE[GC_NEG_RISK_HOLD][3] == GU_no:
        return RF_NEG_RISK_HOLD
    return RF_NONE


cdef int intent_convert(State* s, const Event* ev, int kind) noexcept nogil:
    """INTENT_MERGE, INTENT_SPLIT, INTENT_REDEEM: reserve, and ask for the transaction."""
    cdef Market* m = &s.markets[ev.token >> 1]
    cdef Effect* e
    cdef int code
    if kind == EF_REDEEM and not m.resolved:
        return RF_ILLEGAL
    code = split_check(s, m, ev) if kind == EF_SPLIT else merge_check(s, m)
    if code != RF_NONE:
        return code
    if kind == EF_SPLIT and spendable(&s.v.cash) < ev.size:
        return RF_INSUFFICIENT_CASH
    if kind != EF_SPLIT and spendable(&s.tokens[ev.token]) < ev.size:
        return RF_INSUFFICIENT_TOKENS
    if kind == EF_MERGE and spendable(&s.tokens[ev.token ^ 1]) < ev.size:
        return RF_INSUFFICIENT_TOKENS
    if m.conversion:
        return RF_CONVERSION_BUSY
    m.conversion = <uint8_t>kind
    m.conversion_size = ev.size
    m.conversion_token = ev.token
    hold_conversion(s, m, 1)
    e = emit(s, kind)
    e.token = ev.token
    e.generation = m.generation
    e.size = ev.size
    return RF_NONE


cdef void convert_done(State* s, const Event* ev, int kind) noexcept nogil:
    """SPLIT, MERGE, REDEEM: proof, ours if it is the one in flight, else recognised from outside."""
    cdef Market* m = &s.markets[ev.token >> 1]
    if m.conversion == kind and m.conversion_size == ev.size \
            and (kind != EF_REDEEM or m.conversion_token == ev.token):
        hold_conversion(s, m, -1)
        m.conversion = 0
        m.conversion_size = 0
    convert(s, kind, ev.token, ev.size, ev.price_pips)


cdef int convert_failed(State* s, const Event* ev) noexcept nogil:
    cdef Market* m = &s.markets[ev.token >> 1]
    if not m.conversion:
        s.ignored = 1
        return RF_NONE
    hold_conversion(s, m, -1)
    m.conversion = 0
    m.conversion_size = 0
    return RF_NONE
