# The recorded feed at the venue: books, prints, gaps, resolutions. Owns: what is displayed, and the
# rows of the best prices.

cdef enum:
    ROW_NS = 1000000000        # a best that stands is told again this often


cdef int is_believed(Paper* p, const Event* ev, int64_t last_ns) noexcept nogil:
    """Its time can be one, and lies no week after all before it, unless the next event agrees."""
    if not 0 <= ev.time_ns <= p.most_ns:
        return 0
    return cs_likely(ev.time_ns - WEEK_NS <= last_ns) or agrees(p.events, p.end - p.events, ev - p.events)


cdef inline int64_t venue_time(Paper* p, const Event* ev) noexcept nogil:
    """When the venue had it; never before what the venue had already. And whether it is believed.

    In a steady recording all are, and no venue time lies a day beyond ours.
    """
    cdef int64_t at = p.venue_ns
    if cs_unlikely(not p.steady):
        p.venue_believes = is_believed(p, ev, p.venue_last_ns)
        if p.venue_believes and is_timed(ev):
            at = counts_ns(p, ev)
        elif p.venue_believes and is_held(ev):
            at = held_until(p, ev)
    elif cs_likely(is_timed(ev)):
        at = ev.venue_time_ns if ev.venue_time_ns > 0 else ev.time_ns
    elif is_held(ev):
        at = held_until(p, ev)
    return later_of(at, p.venue_ns)


cdef inline void remember_best(Paper* p, Venue* v, int32_t market, int gap) noexcept nogil:
    """A row of the best prices where they changed, and once a second while they are heard."""
    if gap | (v.books[0].best ^ v.told[0]) | (v.books[1].best ^ v.told[1]) | (p.venue_ns - v.told_ns >= ROW_NS):
        keep_best(p, v, market, gap)


cdef cs_apart keep_best(Paper* p, Venue* v, int32_t market, int gap) noexcept nogil:
    cdef BestRow* row
    cdef void* more
    v.told_ns = p.venue_ns
    v.told[0] = v.books[0].best
    v.told[1] = v.books[1].best
    if p.rows.n_bests >= p.rows.cap_bests:
        more = grown(p.rows.bests, &p.rows.cap_bests, p.rows.first_cap, p.rows.n_bests, sizeof(BestRow))
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
    """A level as told. Nobody trades at 0 or 1: what is told of these is no level."""
    cdef Book* b = &v.books[ladder]
    cdef int64_t was = b.level[pips].size
    if cs_unlikely(pips <= 0 or pips >= PIPS):
        return
    set_level(b, pips, size)
    if cs_likely(p.has_queues):
        level_changed(p, v, ladder, pips, was, size)


# --- groups: levels better than the venue's own best were deleted, and the deletion was lost

cdef inline void end_group(Paper* p, Venue* v) noexcept nogil:
    """Delete what is better than the carried best, as the core does."""
    v.has_best = 0
    if cs_unlikely(v.books[0].best > v.carried[0] or v.books[1].best > v.carried[1]):
        prune_better(p, v)


cdef void prune_better(Paper* p, Venue* v) noexcept nogil:
    cdef int k
    for k in range(2):
        while v.books[k].best > v.carried[k]:
            put_size(p, v, k, v.books[k].best, 0)


cdef inline void end_past_group(Paper* p, Venue* v) noexcept nogil:
    """The venue's time has moved on: what the group left undone happened at its own time."""
    cdef int64_t now = p.venue_ns
    if not v.has_best or now <= v.group_ns:
        return
    p.venue_ns = v.group_ns
    p.seq -= 1                         # before whatever happens now
    end_group(p, v)
    p.seq += 1
    p.venue_ns = now


cdef inline void carry_best(Paper* p, Venue* v, const Event* ev) noexcept nogil:
    """The best that an event carries counts, unless it is older than one that was carried before."""
    cdef int odd = ev.token & 1
    if ev.venue_time_ns > 0:
        if ev.venue_time_ns < v.carried_ns:
            return
        v.carried_ns = ev.venue_time_ns
    v.has_best = 1
    v.group_ns = p.venue_ns
    v.carried[odd] = ev.bid_pips
    v.carried[odd ^ 1] = <int32_t>PIPS - ev.ask_pips


cdef inline void whole_group(Paper* p, Venue* v, const Event* ev) noexcept nogil:
    """A group of one event, as most are: carry and compare at once."""
    cdef int odd = ev.token & 1
    if ev.venue_time_ns > 0:
        if ev.venue_time_ns < v.carried_ns:
            return
        v.carried_ns = ev.venue_time_ns
    if cs_unlikely(v.books[odd].best > ev.bid_pips or v.books[odd ^ 1].best > <int32_t>PIPS - ev.ask_pips):
        v.carried[odd] = ev.bid_pips
        v.carried[odd ^ 1] = <int32_t>PIPS - ev.ask_pips
        prune_better(p, v)


cdef inline void venue_best(Paper* p, Venue* v, const Event* ev) noexcept nogil:
    carry_best(p, v, ev)
    if ev.flags & FLAG_BOOK_END and v.has_best:
        end_group(p, v)


cdef inline void venue_delta(Paper* p, Venue* v, const Event* ev) noexcept nogil:
    if cs_unlikely(not v.known):
        warm(p, v)
    put_size(p, v, (ev.token & 1) ^ ev.side, cs_bid_pips(ev.price_pips, ev.side), ev.size)
    if cs_likely(ev.flags == (FLAG_BOOK_BEST | FLAG_BOOK_END) and not v.has_best):
        whole_group(p, v, ev)
        return
    if ev.flags & FLAG_BOOK_BEST:
        carry_best(p, v, ev)
    if ev.flags & FLAG_BOOK_END and v.has_best:
        end_group(p, v)


# --- books as a whole

cdef void warm(Paper* p, Venue* v) noexcept nogil:
    """A book that is never told whole is known when the engine would quote on it, and not before."""
    if v.first_ns == 0:
        v.first_ns = p.venue_ns
    if p.s.c.warm_time_ns and p.venue_ns - v.first_ns >= p.s.c.warm_time_ns:
        v.known = 1


cdef void snapshot_level(Venue* v, const Event* ev, int16_t price_pips, int64_t size) noexcept nogil:
    cdef int ladder = (ev.token & 1) ^ ev.side
    cdef int32_t pips = <int32_t>PIPS - price_pips if ev.side else price_pips
    v.staged[ladder * LEVELS + pips] = size
    v.staged_bits[ladder * WORDS + (pips >> 6)] |= <uint64_t>1 << (pips & 63)


cdef void begin_snapshot(Venue* v) noexcept nogil:
    """Nothing is told yet; what the last one told is cleared level by level."""
    cdef int32_t word
    cdef int bit
    cdef uint64_t* bits
    for word in range(2 * WORDS):
        bits = &v.staged_bits[word]
        while bits[0]:
            bit = cs_top_bit(bits[0])
            bits[0] &= ~(<uint64_t>1 << bit)
            v.staged[word // WORDS * LEVELS + word % WORDS * 64 + bit] = 0
    v.staging = 1


cdef void take_levels(Paper* p, Venue* v, int ladder) noexcept nogil:
    """The levels of a ladder that are displayed or told, from the lowest: all others are empty and stay so."""
    cdef int32_t word
    cdef int32_t pips
    cdef uint64_t bits
    cdef int64_t size
    for word in range(WORDS):
        bits = v.staged_bits[ladder * WORDS + word] | v.books[ladder].occupied[word]
        while bits:
            pips = word * 64 + cs_low_bit(bits)
            bits &= bits - 1
            size = v.staged[ladder * LEVELS + pips]
            if size != v.books[ladder].level[pips].size:
                put_size(p, v, ladder, pips, size)


cdef void forget_taken(Venue* v) noexcept nogil:
    """What we took before a gap is not there any more, where nothing is displayed now."""
    cdef int ladder
    cdef int32_t pips
    cdef Level* level
    for ladder in range(2):
        for pips in range(LEVELS):
            level = &v.books[ladder].level[pips]
            if level.size == 0:
                level.taken = 0
    v.was_forgotten = 0


cdef void venue_snapshot(Paper* p, Venue* v, const Event* ev) noexcept nogil:
    """A whole book: compared with ours level by level, so that our places in the queue survive it."""
    if ev.flags & FLAG_SNAP_FIRST:
        begin_snapshot(v)
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
    take_levels(p, v, 0)
    take_levels(p, v, 1)
    if v.was_forgotten:
        forget_taken(v)
    if v.has_untold:
        settle_fronts(p, v)


cdef void settle_fronts(Paper* p, Venue* v) noexcept nogil:
    """Of an order that came without a book, all that is displayed at its price is ahead."""
    cdef int ladder
    cdef int32_t k
    for ladder in range(2):
        k = v.first[ladder]
        while k >= 0:
            tell_order(v, &p.rests[k], v.books[ladder].level[p.rests[k].pips].size)
            k = p.rests[k].next
    v.has_untold = 0


cdef void forget_book(Paper* p, Venue* v) noexcept nogil:
    """What is displayed is not known any more. What we took of it stays taken; what waits is decided."""
    cdef int ladder
    cdef int32_t k
    v.known = 0
    v.has_best = 0
    v.staging = 0
    v.first_ns = 0
    v.was_forgotten = 1
    while v.own.n:
        decide_first(p, v)
    v.gone.n = 0
    v.printed.n = 0
    v.has_untold = 1
    for ladder in range(2):
        clear_book(&v.books[ladder])
        k = v.first[ladder]
        while k >= 0:
            p.rests[k].untold = 1
            k = p.rests[k].next


cdef void venue_feed(Paper* p, const Event* ev) noexcept nogil:
    """The feed was lost or has a hole: what is displayed is not known until a new book."""
    cdef int32_t m
    cdef Venue* v
    if ev.code != SIGN_LOST and ev.code != SIGN_GAP:
        return
    for m in range(p.n_venues):
        v = &p.venues[m]
        if v.books == NULL or (ev.token != NO_TOKEN and <uint32_t>m != ev.token >> 1):
            continue
        p.gaps += v.known
        forget_book(p, v)
        remember_best(p, v, m, 1)


cdef void venue_retire(Paper* p, Venue* v) noexcept nogil:
    """The place goes to another market: nothing of this one stays."""
    end_all(p, v, CR_RESOLVED)
    forget_book(p, v)
    memset(v.books, 0, 2 * sizeof(Book))
    v.generation += 1
    v.resolved = 0
    v.closed = 0
    v.tick_pips = 0
    v.carried_ns = 0


cdef void venue_word(Paper* p, Venue* v, const Event* ev) noexcept nogil:
    """What is rarer than books and prints."""
    if ev.kind == EV_TICK_CHANGE:
        v.tick_pips = ev.price_pips
    elif ev.kind == EV_MARKET:
        v.tick_pips = ev.price_pips
        v.closed = not ev.flags & FLAG_META_OPEN
    elif ev.kind == EV_RESOLVED and not v.resolved:
        v.resolved = 1
        v.resolved_ns = p.venue_ns
        v.payout_pips = <int16_t>(PIPS - ev.price_pips) if ev.token & 1 else ev.price_pips
        end_all(p, v, CR_RESOLVED)
    elif ev.kind == EV_RETIRE:
        venue_retire(p, v)


cdef inline void now_at(Paper* p, Venue* v) noexcept nogil:
    """What the passing of time alone does to a condition; its bests before the event at hand."""
    end_past_group(p, v)
    v.before[0] = v.books[0].best
    v.before[1] = v.books[1].best


cdef inline void book_changed(Paper* p, Venue* v, int32_t market) noexcept nogil:
    if v.n_resting:
        after_book(p, v)
    remember_best(p, v, market, 0)


cdef void venue_event(Paper* p, const Event* ev) noexcept nogil:
    """An event about one condition, or about none."""
    cdef Venue* v
    cdef int32_t market = <int32_t>(ev.token >> 1)
    if ev.kind == EV_FEED:
        venue_feed(p, ev)
        return
    if market >= p.n_venues or ev.kind > EV_RETIRE or ev.kind == EV_CLUSTER:
        return
    v = &p.venues[market]
    if not is_sound(ev) or ev.generation != v.generation:
        p.unsound += 1
        return
    if v.books == NULL and not open_venue(v):
        p.error = 1
        return
    now_at(p, v)
    if ev.kind == EV_BOOK_DELTA:
        venue_delta(p, v, ev)
    elif ev.kind == EV_PRINT:
        venue_print(p, v, ev)
        return
    elif ev.kind == EV_BOOK_SNAPSHOT:
        venue_snapshot(p, v, ev)
        if not ev.flags & FLAG_SNAP_LAST:
            return
    elif ev.kind == EV_BEST:
        venue_best(p, v, ev)
    else:
        venue_word(p, v, ev)
        return
    book_changed(p, v, market)


cdef inline void venue_step(Paper* p, int64_t at) noexcept nogil:
    """The next recorded event, at the venue; `at` is its `venue_time`."""
    cdef const Event* ev = p.next_venue
    cdef int32_t market = <int32_t>(ev.token >> 1)
    cdef Venue* v
    p.venue_ns = later_of(at, p.venue_ns)
    p.next_venue += 1
    p.seq += 1
    if cs_unlikely(not p.steady):
        if not p.venue_believes:
            p.unsound += 1
            return
        p.venue_last_ns = later_of(ev.time_ns, p.venue_last_ns)
    if cs_likely(is_plain_delta(ev) and market < p.n_venues):
        v = &p.venues[market]
        if cs_likely(v.books != NULL and ev.generation == v.generation):
            now_at(p, v)
            venue_delta(p, v, ev)
            book_changed(p, v, market)
            return
    venue_event(p, ev)
