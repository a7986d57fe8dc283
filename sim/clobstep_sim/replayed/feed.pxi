# The recorded feed at the venue: books, prints, gaps, resolutions. Owns: what of it is believed, and
# the rows of the best prices.

cdef enum:
    ROW_NS = 1000000000        # a best that stands is told again this often

cdef inline int64_t venue_time(Paper* p, int64_t k) noexcept nogil:
    """When the venue had it; never before what the venue had already."""
    cdef const Event* ev = &p.events[k]
    cdef int64_t at = ev.venue_time_ns if ev.venue_time_ns > 0 else ev.time_ns
    return at if at > p.venue_ns else p.venue_ns


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
    if has_queues(p) and (size < was or b.own_best >= pips):
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
    p.seq += 1
    if ev.kind == EV_FEED:
        venue_feed(p, ev)
        return
    if market >= p.n_venues or ev.kind > EV_RESOLVED:
        return
    v = &p.venues[market]
    if v.books == NULL and not open_venue(v):
        p.error = 1
        return
    if v.gone.n or v.printed.n:
        decide(p, v)
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
    elif ev.kind == EV_TICK_CHANGE:
        v.tick_pips = ev.price_pips
        return
    elif ev.kind == EV_MARKET:
        v.tick_pips = ev.price_pips
        v.closed = not ev.flags & FLAG_META_OPEN
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
