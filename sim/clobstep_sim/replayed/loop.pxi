# What happens next: the recorded feed at the venue, requests, answers, the feed at ours, timers.
# Owns: the two cursors, the order of things, and what is kept of the engine's events and effects.

cdef enum:
    ROW_NS = 1000000000        # a best that stands is told again this often

cdef inline int64_t venue_time(Paper* p, int64_t k) noexcept nogil:
    """When the venue had it; never before what the venue had already."""
    cdef const Event* ev = &p.events[k]
    cdef int64_t at = ev.venue_time_ns if ev.venue_time_ns > 0 else ev.time_ns
    return at if at > p.venue_ns else p.venue_ns


cdef inline int64_t our_time(Paper* p, int64_t k) noexcept nogil:
    """When it is with us: as recorded, but not before the venue had it, and the feed's delay later."""
    cdef const Event* ev = &p.events[k]
    cdef int64_t at = ev.time_ns if ev.time_ns > ev.venue_time_ns else ev.venue_time_ns
    return at + p.set.feed_ns


cdef inline void remember_best(Paper* p, Venue* v, int32_t market, int gap) noexcept nogil:
    """A row of the best prices where they changed, and once a second while they are heard."""
    cdef BestRow* row
    cdef void* more
    if not gap and v.books[0].best == v.told[0] and v.books[1].best == v.told[1] \
            and p.venue_ns - v.told_ns < ROW_NS:
        return
    v.told_ns = p.venue_ns
    v.told[0] = v.books[0].best
    v.told[1] = v.books[1].best
    if p.rows.n_bests >= p.rows.cap_bests:
        more = grown(p.rows.bests, &p.rows.cap_bests, p.rows.n_bests, sizeof(BestRow))
        if more == NULL:
            p.error = 1
            return
        p.rows.bests = <BestRow*>more
    row = &p.rows.bests[p.rows.n_bests]
    p.rows.n_bests += 1
    memset(row, 0, sizeof(BestRow))
    row.venue_time_ns = p.venue_ns
    row.token = <uint32_t>(2 * market)
    row.bid_pips = <int16_t>v.books[0].best
    row.ask_pips = <int16_t>(PIPS - v.books[1].best)
    row.gap = <uint8_t>gap


cdef inline void put_size(Paper* p, Venue* v, int ladder, int32_t pips, int64_t size) noexcept nogil:
    cdef Book* b = &v.books[ladder]
    cdef int64_t was = b.level[pips].size
    set_level(b, pips, size)
    if cs_unlikely(b.own_best >= pips):
        level_changed(p, v, ladder, pips, was, size)


cdef void end_group(Paper* p, Venue* v) noexcept nogil:
    """Levels better than the carried best were deleted and the deletion was lost: as the core does."""
    cdef int k
    for k in range(2):
        while v.books[k].best > v.carried[k]:
            put_size(p, v, k, v.books[k].best, 0)


cdef void snapshot_level(Venue* v, const Event* ev, int16_t price_pips, int64_t size) noexcept nogil:
    cdef int ladder = (ev.token & 1) ^ ev.side
    cdef int32_t pips = <int32_t>PIPS - price_pips if ev.side else price_pips
    if 0 <= pips <= PIPS and size >= 0:
        v.staged[ladder * LEVELS + pips] = size


cdef void venue_snapshot(Paper* p, Venue* v, const Event* ev) noexcept nogil:
    """A whole book: compared with ours level by level, so that our places in the queue survive it."""
    cdef int ladder
    cdef int32_t pips
    if ev.flags & FLAG_SNAP_FIRST:
        memset(v.staged, 0, 2 * LEVELS * sizeof(int64_t))
        v.staging = 1
    if not v.staging:
        return
    if ev.code > 0:
        snapshot_level(v, ev, ev.price_pips, ev.size)
    if ev.code > 1:
        snapshot_level(v, ev, ev.bid_pips, ev.amount)
    if ev.code > 2:
        snapshot_level(v, ev, ev.ask_pips, <int64_t>ev.order_id)
    if not ev.flags & FLAG_SNAP_LAST:
        return
    v.staging = 0
    v.known = 1
    v.has_best = 0
    for ladder in range(2):
        for pips in range(LEVELS):
            if v.staged[ladder * LEVELS + pips] != v.books[ladder].level[pips].size:
                put_size(p, v, ladder, pips, v.staged[ladder * LEVELS + pips])
    if v.first >= 0:
        unknown_fronts(p, v)


cdef void unknown_fronts(Paper* p, Venue* v) noexcept nogil:
    """Accepted without a book: all that is displayed at our price is ahead of us."""
    cdef int32_t k = v.first
    while k >= 0:
        if p.rests[k].front < 0:
            p.rests[k].front = v.books[p.rests[k].ladder].level[p.rests[k].pips].size
        k = p.rests[k].next


cdef void venue_feed(Paper* p, const Event* ev) noexcept nogil:
    """The feed was lost or has a hole: what is displayed is not known until a new book."""
    cdef int32_t m
    cdef Venue* v
    for m in range(p.n_venues):
        v = &p.venues[m]
        if v.books == NULL or (ev.token != NO_TOKEN and <uint32_t>m != ev.token >> 1):
            continue
        if ev.code == SIGN_LOST or ev.code == SIGN_GAP:
            p.gaps += v.known
            clear_book(&v.books[0])
            clear_book(&v.books[1])
            v.known = 0
            v.has_best = 0
            remember_best(p, v, m, 1)


cdef inline int is_above(Venue* v) noexcept nogil:
    """Whether a level is better than the carried best."""
    return v.books[0].best > v.carried[0] or v.books[1].best > v.carried[1]


cdef inline void venue_delta(Paper* p, Venue* v, const Event* ev) noexcept nogil:
    cdef int odd = ev.token & 1
    v.known = 1
    if ev.venue_time_ns > v.group_ns:
        if v.has_best and is_above(v):
            end_group(p, v)
        v.has_best = 0
        v.group_ns = ev.venue_time_ns
    put_size(p, v, odd ^ ev.side, <int32_t>PIPS - ev.price_pips if ev.side else ev.price_pips, ev.size)
    if ev.flags & FLAG_BOOK_BEST:
        v.has_best = 1
        v.carried[odd] = ev.bid_pips
        v.carried[odd ^ 1] = <int32_t>PIPS - ev.ask_pips
        if ev.flags & FLAG_BOOK_END:
            if is_above(v):
                end_group(p, v)
            v.has_best = 0


cdef inline void venue_step(Paper* p) noexcept nogil:
    """The next recorded event, at the venue."""
    cdef const Event* ev = &p.events[p.at_venue]
    cdef Venue* v
    cdef int32_t market = <int32_t>(ev.token >> 1)
    p.venue_ns = venue_time(p, p.at_venue)
    p.at_venue += 1
    if ev.kind == EV_FEED:
        venue_feed(p, ev)
        return
    if market >= p.n_venues or ev.kind > EV_RESOLVED:
        return
    v = &p.venues[market]
    if v.books == NULL and not open_venue(v):
        p.error = 1
        return
    v.before[0] = v.books[0].best
    v.before[1] = v.books[1].best
    if ev.kind == EV_BOOK_DELTA:
        venue_delta(p, v, ev)
    elif ev.kind == EV_PRINT:
        venue_print(p, v, ev)
        return
    elif ev.kind == EV_BOOK_SNAPSHOT:
        venue_snapshot(p, v, ev)
        if not ev.flags & FLAG_SNAP_LAST:
            return
    elif ev.kind == EV_RESOLVED:
        v.resolved = 1
        v.payout_pips = <int16_t>(PIPS - ev.price_pips) if ev.token & 1 else ev.price_pips
        end_all(p, v, CR_RESOLVED)
        return
    else:
        return
    if v.n_resting:
        after_book(p, v)
    remember_best(p, v, market, 0)


cdef inline void keep(Paper* p, const Event* ev) noexcept nogil:
    """Into the log, with its effects; a full log goes to the sink first."""
    if p.n_log >= p.cap_log or p.n_effects + p.s.n_out > p.cap_effects:
        with gil:
            flush_log(p)
        if p.s.n_out > p.cap_effects:      # larger than the whole room: cannot be, the bound is below it
            p.error = 1
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
        give(p, &p.turn.out[k])
    p.intents += p.turn.n_out


cdef inline void live(Paper* p, const Event* ev) noexcept nogil:
    """An event that did not come from the strategy: the engine, then the strategy if it is woken."""
    give(p, ev)
    if p.s.wake_bits:
        wake_strategy(p, ev)
        p.s.n_out = 1                      # something was told, whatever the last intent's effects were


cdef void request(Paper* p, const Effect* e, int ask) noexcept nogil:
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
    if <int64_t>e.order_id >= p.rows.cap_orders:
        more = grown(p.rows.orders, &p.rows.cap_orders, <int64_t>e.order_id, sizeof(Known))
        if more == NULL:
            p.error = 1
            return
        p.rows.orders = <Known*>more
    while p.rows.n_orders < <int64_t>e.order_id:      # ids that the guard refused leave empty places
        p.rows.n_orders += 1
        memset(&p.rows.orders[p.rows.n_orders], 0, sizeof(Known))
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


cdef inline void told_order(Paper* p, Known* o, const Effect* e) noexcept nogil:
    """What the engine says of an order, for the result."""
    o.told = e.code
    o.filled = e.size
    o.canceled = <int64_t>e.ref
    if o.heard_ns == 0 and e.code >= OS_DELAYED and e.code != OS_UNKNOWN:
        o.heard_ns = p.ours_ns
    o.ended_ns = p.ours_ns if e.code >= OS_FILLED else 0


cdef void dispatch(Paper* p) noexcept nogil:
    """Requests leave, fills are written down."""
    cdef int64_t k
    cdef const Effect* e
    cdef FillRow* row
    for k in range(p.s.n_out):
        e = &p.s.out[k]
        if e.kind == EF_SUBMIT:
            request(p, e, ASK_SUBMIT)
        elif e.kind == EF_CANCEL:
            request(p, e, ASK_CANCEL)
        elif e.kind == EF_QUERY:
            request(p, e, ASK_QUERY)
        elif e.kind == EF_RECONCILE:
            tell(p, p.ours_ns, EV_RECONCILE_BEGUN, 0)
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
        elif e.kind == EF_ORDER and e.order_id <= <uint64_t>p.rows.n_orders:
            told_order(p, &p.rows.orders[e.order_id], e)


cdef void redeem(Paper* p, Event* ev) noexcept nogil:
    """What is held of a resolved token is paid out."""
    cdef Account* a = &p.s.tokens[ev.token]
    if a.settled - a.outgoing <= 0:
        return
    ev.size = a.settled - a.outgoing
    give(p, ev)
    converted(p, ev)


cdef void converted(Paper* p, const Event* ev) noexcept nogil:
    """A row of a merge, split or redeem that is done."""
    cdef ConversionRow* row
    cdef void* more
    if p.rows.n_conversions >= p.rows.cap_conversions:
        more = grown(p.rows.conversions, &p.rows.cap_conversions, p.rows.n_conversions, sizeof(ConversionRow))
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


cdef void our_answer(Paper* p) noexcept nogil:
    """The next answer of the venue is with us."""
    cdef Message* m = take_message(&p.answers)
    if m.due_ns > p.ours_ns:
        p.ours_ns = m.due_ns
    m.event.time_ns = p.ours_ns
    if m.later == LATER_REDEEM:
        redeem(p, &m.event)
    else:
        live(p, &m.event)
        if EV_SPLIT <= m.event.kind <= EV_REDEEM:
            converted(p, &m.event)
    give_back(&p.answers, m)


cdef inline void our_step(Paper* p, int64_t at) noexcept nogil:
    """The next recorded event, with us."""
    cdef const Event* ev = &p.events[p.at_ours]
    cdef Event moved
    p.at_ours += 1
    if at > p.ours_ns:
        p.ours_ns = at
    if ev.time_ns != p.ours_ns:
        moved = ev[0]
        moved.time_ns = p.ours_ns
        ev = &moved
    if cs_unlikely(ev.kind >= EV_MARKET):
        if ev.kind == EV_RESOLVED:
            plan_redeem(p, ev)
        else:
            keep_meta(p, ev)
    live(p, ev)


cdef void keep_meta(Paper* p, const Event* ev) noexcept nogil:
    """The last word about a market is read again every `refresh_ns`, as a poller would."""
    if ev.kind == EV_MARKET and <int32_t>(ev.token >> 1) < p.n_venues:
        p.meta[2 * (ev.token >> 1)] = ev[0]
    elif ev.kind == EV_CLUSTER and <int32_t>(ev.token >> 1) < p.n_venues:
        p.meta[2 * (ev.token >> 1) + 1] = ev[0]
    if p.refresh_ns == NEVER:
        p.refresh_ns = p.ours_ns + p.set.refresh_ns


cdef void refresh(Paper* p) noexcept nogil:
    cdef int32_t k
    cdef Event ev
    p.ours_ns = p.refresh_ns
    p.refresh_ns += p.set.refresh_ns
    for k in range(2 * p.n_venues):
        if p.meta[k].kind:
            ev = p.meta[k]
            ev.time_ns = p.ours_ns
            live(p, &ev)


cdef void plan_redeem(Paper* p, const Event* ev) noexcept nogil:
    cdef uint32_t odd
    cdef Message* m
    for odd in range(2):
        m = post(p, &p.answers, p.ours_ns + p.set.redeem_ns)
        if m == NULL:
            return
        m.later = LATER_REDEEM
        m.event.kind = EV_REDEEM
        m.event.token = (ev.token & ~<uint32_t>1) | odd
        m.event.generation = ev.generation
        m.event.price_pips = ev.price_pips if (ev.token & 1) == odd else <int16_t>(PIPS - ev.price_pips)


cdef void our_timer(Paper* p, int64_t at) noexcept nogil:
    """The engine's deadline or the strategy's own timer."""
    cdef Event ev
    if at > p.ours_ns:
        p.ours_ns = at
    if p.set.timer_ns and at >= p.timer_ns:
        p.timer_ns += p.set.timer_ns
    memset(&ev, 0, sizeof(Event))
    ev.kind = EV_TIMER
    ev.time_ns = p.ours_ns
    ev.token = NO_TOKEN
    live(p, &ev)


cdef int64_t soonest(Paper* p) noexcept nogil:
    """The earliest of all that is not the recorded feed."""
    cdef int64_t next = due_of(&p.requests)
    if due_of(&p.answers) < next:
        next = due_of(&p.answers)
    if p.expiry_ns < next:
        next = p.expiry_ns
    if p.s.v.armed_ns < next:
        next = p.s.v.armed_ns
    if p.set.timer_ns and p.timer_ns < next:
        next = p.timer_ns
    if p.refresh_ns < next:
        next = p.refresh_ns
    return next


cdef void serve(Paper* p, int64_t next) noexcept nogil:
    """Whatever of that is due: timers before requests, requests before answers."""
    cdef Message* m
    if p.refresh_ns == next:
        refresh(p)
    elif p.s.v.armed_ns == next or (p.set.timer_ns and p.timer_ns == next):
        our_timer(p, next)
    elif p.expiry_ns == next:
        if next > p.venue_ns:
            p.venue_ns = next
        expire(p)
    elif due_of(&p.requests) == next:
        if next > p.venue_ns:
            p.venue_ns = next
        m = take_message(&p.requests)
        arrive(p, m)
        give_back(&p.requests, m)
    else:
        our_answer(p)


cdef void run_paper(Paper* p) noexcept nogil:
    """Until the recording and both queues are at their end."""
    cdef int64_t venue = venue_time(p, 0) if p.n_events else NEVER
    cdef int64_t ours = our_time(p, 0) if p.n_events else NEVER
    cdef int64_t next = soonest(p)
    cdef uint64_t posted = 0               # nothing else moves `next` while the feed runs
    while p.error == 0:
        if venue <= ours and venue <= next:
            if venue == NEVER:
                return                     # the end: timers alone keep no run alive
            posted = p.answers.given
            venue_step(p)
            venue = venue_time(p, p.at_venue) if p.at_venue < p.n_events else NEVER
            if cs_unlikely(posted != p.answers.given):
                next = soonest(p)
        elif ours < next and p.at_ours < p.at_venue:
            our_step(p, ours)
            ours = our_time(p, p.at_ours) if p.at_ours < p.n_events else NEVER
            if p.s.n_out:                  # requests, a timer, a strategy's turn: all are told by effects
                next = soonest(p)
        elif venue < next:
            ours = venue                   # out of order in the recording: the venue has it first
        elif ours == NEVER and due_of(&p.requests) == NEVER and due_of(&p.answers) == NEVER:
            return
        else:
            serve(p, next)
            next = soonest(p)
