# The engine in the middle: what it is given, what it wants done, and what is kept of both. Owns: the
# log, requests on their way, the rows of conversions.

cdef enum:
    MOST_IDS = 1 << 20         # order ids rise one by one; so far apart they are none of a turn's

cdef inline void keep(Paper* p, const Event* ev) noexcept nogil:
    """Into the log, with its effects; a full log goes to the sink first."""
    if p.n_log >= p.cap_log or p.n_effects + p.s.n_out > p.cap_effects:
        with gil:
            flush_log(p)
        if p.s.n_out > p.cap_effects:      # larger than the whole room: cannot be, the bound is below it
            p.error = 1
        if p.error:                        # the sink raised and took nothing: there is no room either
            return
    p.log[p.n_log] = ev[0]
    p.n_log += 1
    memcpy(&p.log_effects[p.n_effects], p.s.out, p.s.n_out * sizeof(Effect))
    p.n_effects += p.s.n_out
    p.log_seq = p.s.v.seq
    p.log_chain = p.s.v.chain
    if p.s.v.seq % 256 == 0:
        p.marks[2 * p.n_marks] = p.s.v.seq
        p.marks[2 * p.n_marks + 1] = p.s.v.chain
        p.n_marks += 1


cdef inline void give(Paper* p, const Event* ev) noexcept nogil:
    """One event through the engine, and what it wants done on its way."""
    p.s.n_out = 0
    step(p.s, ev)
    if p.logging:
        keep(p, ev)
    if p.s.n_out:
        dispatch(p)


cdef void wake_strategy(Paper* p, const Event* ev) noexcept nogil:
    """Its intents follow the event that woke it, at once and at the same time."""
    cdef int32_t k
    turn_begin(p.turn, p.s, ev, p.turn.out)
    p.wakes += 1
    if p.compiled != NULL:
        p.compiled(p.compiled_state, p.turn)
    else:
        with gil:
            wake_python(p)
    if p.turn.dropped:
        p.error = 4
    for k in range(p.turn.n_out):
        if p.error:
            return
        give(p, &p.turn.out[k])
    p.intents += p.turn.n_out


cdef void pass_silence(Paper* p, int64_t until_ns) noexcept nogil:
    """A long silence is told in steps: the engine refuses a time further ahead than it believes."""
    cdef Event ev
    cdef int64_t ours = p.ours_ns
    memset(&ev, 0, sizeof(Event))
    ev.kind = EV_TIMER
    ev.token = NO_TOKEN
    while until_ns - p.s.v.now_ns > p.s.c.max_time_step_ns and p.error == 0:
        ev.time_ns = p.s.v.now_ns + p.s.c.max_time_step_ns
        p.ours_ns = ev.time_ns
        give(p, &ev)
        if p.s.wake_bits:
            wake_strategy(p, &ev)
    p.ours_ns = ours


cdef inline int live(Paper* p, const Event* ev) noexcept nogil:
    """An event that did not come from the strategy: the engine, then the strategy if it is woken.

    Returns whether the engine took it.
    """
    cdef int taken
    if cs_unlikely(ev.time_ns - p.s.v.now_ns > p.s.c.max_time_step_ns) and p.s.v.started:
        pass_silence(p, ev.time_ns)
    give(p, ev)
    taken = not p.s.refused
    if p.s.wake_bits:
        wake_strategy(p, ev)
        p.s.n_out = 1                      # something was told, whatever the last intent's effects were
    return taken


cdef inline void request(Paper* p, const Effect* e, int ask) noexcept nogil:
    """An effect on its way to the venue."""
    cdef Latency* leg = &p.submit if ask == ASK_SUBMIT else &p.cancel
    cdef int stream = STREAM_SUBMIT if ask == ASK_SUBMIT else STREAM_CANCEL
    cdef Message* m = post(p, &p.requests, p.ours_ns + latency_of(leg, &p.streams[stream], p.ours_ns))
    cdef Known* o
    cdef void* more
    if m == NULL:
        return
    m.ask = <uint8_t>ask
    m.event.order_id = e.order_id
    m.event.token = e.token
    m.event.generation = e.generation
    m.event.size = e.size
    if ask == ASK_CONVERT:
        m.event.kind = EV_MERGE if e.kind == EF_MERGE else EV_SPLIT if e.kind == EF_SPLIT else EV_REDEEM
        m.event.price_pips = p.venues[e.token >> 1].payout_pips
        if e.token & 1:
            m.event.price_pips = <int16_t>(PIPS - m.event.price_pips)
    if ask != ASK_SUBMIT:
        return
    if e.order_id > <uint64_t>p.rows.n_orders + MOST_IDS:
        p.error = 6
        return
    if <int64_t>e.order_id >= p.rows.cap_orders:
        more = grown(p.rows.orders, &p.rows.cap_orders, p.rows.first_cap, <int64_t>e.order_id, sizeof(Known))
        if more == NULL:
            p.error = 1
            return
        p.rows.orders = <Known*>more
    while p.rows.n_orders < <int64_t>e.order_id:      # ids that the guard refused leave empty places
        p.rows.n_orders += 1
        cs_clear(&p.rows.orders[p.rows.n_orders], sizeof(Known))
    o = &p.rows.orders[e.order_id]
    o.id = e.order_id
    o.placed_ns = p.ours_ns
    o.original = e.amount if e.side == SIDE_BUY and e.code >= TIF_FOK else e.size
    o.token = e.token
    o.price_pips = e.price_pips
    o.side = e.side
    o.tif = e.code
    o.post_only = e.flags & FLAG_ORDER_POST_ONLY
    o.origin = <uint8_t>e.aux
    m.expiry_ns = e.deadline_ns


cdef void begin_read(Paper* p) noexcept nogil:
    """A read of the account begins: our own word, which has no time of the venue."""
    cdef Event* e = tell(p, &p.answers, p.ours_ns, EV_RECONCILE_BEGUN, 0)
    if e != NULL:
        e.venue_time_ns = 0


cdef inline void told_order(Paper* p, Known* o, const Effect* e) noexcept nogil:
    """What the engine says of an order, for the result."""
    o.told = e.code
    o.filled = e.size
    o.canceled = <int64_t>e.ref
    # what it says is a coin toss: no branch, the time counts or it does not
    o.heard_ns |= p.ours_ns & -<int64_t>((o.heard_ns == 0) & (e.code >= OS_DELAYED) & (e.code != OS_UNKNOWN))
    o.ended_ns = p.ours_ns & -<int64_t>(e.code >= OS_FILLED)


cdef void dispatch(Paper* p) noexcept nogil:
    """Requests leave, fills are written down."""
    cdef int64_t k
    cdef const Effect* e
    cdef FillRow* row
    for k in range(p.s.n_out):
        e = &p.s.out[k]
        if e.kind == EF_SUBMIT:
            request(p, e, ASK_SUBMIT)
        elif e.kind == EF_CANCEL or e.kind == EF_QUERY:
            if 0 < e.order_id <= <uint64_t>p.rows.n_orders:
                request(p, e, ASK_CANCEL if e.kind == EF_CANCEL else ASK_QUERY)
            else:
                p.error = 6            # an order that no turn of this run has asked for
        elif e.kind == EF_RECONCILE:
            begin_read(p)
            request(p, e, ASK_RECONCILE)
        elif e.kind == EF_MERGE or e.kind == EF_SPLIT or e.kind == EF_REDEEM:
            request(p, e, ASK_CONVERT)
        elif e.kind == EF_FILL and 0 < e.ref <= <uint64_t>p.rows.n_fills:
            row = &p.rows.fills[e.ref - 1]
            row.time_ns = p.ours_ns
            row.cash_micros = e.deadline_ns if e.deadline_ns > 0 else -e.deadline_ns
            row.fee_micros = e.amount
            row.liquidity = e.code
            row.evidence = e.flags
        elif e.kind == EF_ORDER and 0 < e.order_id <= <uint64_t>p.rows.n_orders:
            told_order(p, &p.rows.orders[e.order_id], e)


cdef void redeem(Paper* p, Event* ev) noexcept nogil:
    """What is held of a resolved token is paid out."""
    cdef Account* a = &p.s.tokens[ev.token]
    if a.settled - a.outgoing <= 0:
        return
    ev.size = a.settled - a.outgoing
    if live(p, ev):
        converted(p, ev)


cdef void converted(Paper* p, const Event* ev) noexcept nogil:
    """A row of a merge, split or redeem that is done."""
    cdef ConversionRow* row
    cdef void* more
    if p.rows.n_conversions >= p.rows.cap_conversions:
        more = grown(p.rows.conversions, &p.rows.cap_conversions, p.rows.first_cap, p.rows.n_conversions,
                     sizeof(ConversionRow))
        if more == NULL:
            p.error = 1
            return
        p.rows.conversions = <ConversionRow*>more
    row = &p.rows.conversions[p.rows.n_conversions]
    p.rows.n_conversions += 1
    memset(row, 0, sizeof(ConversionRow))
    row.time_ns = p.ours_ns
    row.kind = ev.kind
    row.size = ev.size
    row.token = ev.token
    if ev.kind == EV_REDEEM:
        row.cash_micros = ev.size * ev.price_pips // PIPS
        return
    row.token = ev.token & ~<uint32_t>1
    row.cash_micros = ev.size if ev.kind == EV_MERGE else -ev.size
    row.cost_micros = p.set.convert_cost
