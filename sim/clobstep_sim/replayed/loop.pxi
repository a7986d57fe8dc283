# What happens next: the recorded feed at the venue, requests, answers, the feed at ours, timers.
# Owns: the two cursors and the order of things.

cdef inline int64_t our_time(Paper* p, const Event* ev) noexcept nogil:
    """When it is with us: as recorded, but not before the venue had it, and the feed's delay later."""
    cdef int64_t at = ev.time_ns
    if cs_unlikely(not p.steady):
        p.we_believe = is_believed(p, ev, p.ours_last_ns)
        if not p.we_believe:
            return p.ours_ns
        if is_timed(ev):
            at = later_of(at, said_ns(ev))
    elif ev.venue_time_ns > at and is_timed(ev):
        at = ev.venue_time_ns
    return at + p.set.feed_ns


cdef inline void our_answer(Paper* p) noexcept nogil:
    """The next answer of the venue is with us."""
    cdef Queue* q = &p.answers if is_before(&p.answers, &p.slow) else &p.slow
    cdef Message* m = take_message(q)
    p.ours_ns = later_of(m.due_ns, p.ours_ns)
    m.event.time_ns = p.ours_ns
    if m.later == LATER_REDEEM:
        redeem(p, &m.event)
    else:
        if live(p, &m.event) and EV_SPLIT <= m.event.kind <= EV_REDEEM:
            converted(p, &m.event)
    give_back(q, m)


cdef inline void our_step(Paper* p, int64_t at) noexcept nogil:
    """The next recorded event, with us."""
    cdef const Event* ev = p.next_ours
    cdef Event moved
    p.next_ours += 1
    if cs_unlikely(not p.steady):
        if not p.we_believe:
            give(p, ev)                    # the engine refuses it, and counts it, at its own time
            return
        p.ours_last_ns = later_of(ev.time_ns, p.ours_last_ns)
    p.ours_ns = later_of(at, p.ours_ns)
    if ev.time_ns != p.ours_ns:
        moved = ev[0]
        moved.time_ns = p.ours_ns
        ev = &moved
    if live(p, ev) and cs_unlikely(ev.kind >= EV_TICK_CHANGE):
        our_word(p, ev)


cdef void our_word(Paper* p, const Event* ev) noexcept nogil:
    """What the engine took of what is rarer than books and prints: what follows from it later."""
    if ev.kind == EV_RESOLVED:
        p.venues[ev.token >> 1].settled = 1
        plan_redeem(p, ev)
    elif EV_TICK_CHANGE <= ev.kind <= EV_RETIRE:
        keep_meta(p, ev)
    p.s.n_out = 1                          # what is due next may be another thing now


cdef void keep_cluster(Paper* p, const Event* ev) noexcept nogil:
    """The last word about each cluster, by its number."""
    cdef int32_t k
    for k in range(p.n_clusters):
        if p.clusters[k].order_id == ev.order_id:
            p.clusters[k] = ev[0]
            return
    if p.n_clusters < p.n_venues:      # one a market is the most that the engine remembers
        p.clusters[p.n_clusters] = ev[0]
        p.n_clusters += 1


cdef void keep_meta(Paper* p, const Event* ev) noexcept nogil:
    """The last word about a market is read again every `refresh_ns`, as a poller would."""
    cdef Event* of = &p.meta[ev.token >> 1] if ev.token >> 1 < <uint32_t>p.n_venues else NULL
    if ev.kind == EV_CLUSTER:
        keep_cluster(p, ev)
    elif of == NULL:
        return
    elif ev.kind == EV_MARKET:
        of[0] = ev[0]
    elif ev.kind == EV_RETIRE:
        of.kind = 0
    elif ev.kind == EV_TICK_CHANGE and of.kind:
        of.price_pips = ev.price_pips
    if p.refresh_ns == NEVER:
        p.refresh_ns = p.ours_ns + p.set.refresh_ns


cdef void refresh(Paper* p) noexcept nogil:
    """Clusters first: a market of a cluster that is too old takes no order."""
    cdef int32_t k
    cdef Event ev
    if p.refresh_ns > p.ours_ns:
        p.ours_ns = p.refresh_ns
    p.refresh_ns += p.set.refresh_ns
    for k in range(p.n_clusters + p.n_venues):
        ev = p.clusters[k] if k < p.n_clusters else p.meta[k - p.n_clusters]
        if ev.kind and p.error == 0:
            ev.time_ns = p.ours_ns
            live(p, &ev)


cdef void plan_redeem(Paper* p, const Event* ev) noexcept nogil:
    cdef uint32_t odd
    cdef Message* m
    for odd in range(2):
        m = post(p, &p.slow, p.ours_ns + p.set.redeem_ns)
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
    cdef int64_t armed = p.s.v.armed_ns
    memset(&ev, 0, sizeof(Event))
    ev.kind = EV_TIMER
    ev.token = NO_TOKEN
    if at > p.ours_ns:
        p.ours_ns = at
    if at >= p.timer_ns:
        p.timer_ns += p.set.timer_ns
    ev.time_ns = p.ours_ns
    live(p, &ev)
    if at >= armed and p.s.v.armed_ns == armed:
        p.error = 5                        # it would be told of the same deadline for ever


cdef inline int64_t soonest(Paper* p) noexcept nogil:
    """The earliest of all that is not the recorded feed."""
    cdef int64_t next = p.requests.first_ns
    if p.answers.first_ns < next:
        next = p.answers.first_ns
    if p.slow.first_ns < next:
        next = p.slow.first_ns
    if p.expiry_ns < next:
        next = p.expiry_ns
    if p.s.v.armed_ns < next:
        next = p.s.v.armed_ns
    if p.timer_ns < next:
        next = p.timer_ns
    if p.refresh_ns < next:
        next = p.refresh_ns
    return next


cdef cs_apart serve_rare(Paper* p, int64_t next) noexcept nogil:
    """A timer or an expiry."""
    if p.refresh_ns == next:
        refresh(p)
    elif p.s.v.armed_ns == next or p.timer_ns == next:
        our_timer(p, next)
    else:
        p.venue_ns = later_of(next, p.venue_ns)
        expire(p)


cdef inline void serve(Paper* p, int64_t next) noexcept nogil:
    """Whatever of that is due: timers before requests, requests before answers."""
    cdef Message* m
    if cs_unlikely((p.refresh_ns == next) | (p.s.v.armed_ns == next) | (p.timer_ns == next) | (p.expiry_ns == next)):
        serve_rare(p, next)
    elif p.requests.first_ns == next:
        p.venue_ns = later_of(next, p.venue_ns)
        m = take_message(&p.requests)
        arrive(p, m)
        give_back(&p.requests, m)
    else:
        our_answer(p)


cdef inline int64_t venue_next(Paper* p) noexcept nogil:
    """When the venue has its next event, NEVER when it has had all."""
    return venue_time(p, p.next_venue) if cs_likely(p.next_venue < p.end) else NEVER


cdef inline int64_t ours_next(Paper* p) noexcept nogil:
    return our_time(p, p.next_ours) if cs_likely(p.next_ours < p.end) else NEVER


cdef inline int is_own_affair(const Event* ev) noexcept nogil:
    """Books and prints: with each side they touch what is its own, and nothing else."""
    return EV_BOOK_DELTA <= ev.kind < EV_TICK_CHANGE


cdef void run_paper(Paper* p) noexcept nogil:
    """Until the recording and both queues are at their end.

    What is earliest is a coin toss, which a processor cannot foresee: the venue may have the next event
    before we have this one. But whatever the venue tells us of the next one takes its latency to us; so
    mostly both sides can take an event one after the other, and what comes out is the same to the bit.
    Only what the two sides do not share is taken so: books and prints.
    """
    cdef int64_t venue = venue_next(p)
    cdef int64_t ours = p.ours_due_ns if p.stream != NULL and p.ours_due_ns != NEVER else ours_next(p)
    cdef int64_t next = soonest(p)
    cdef int64_t least = p.answer_ns
    cdef uint64_t posted                   # nothing else moves `next` while the feed runs
    cdef int both
    while p.error == 0:
        both = (p.next_ours == p.next_venue) & (ours < next)
        if (venue <= ours) & (venue <= next):
            if cs_unlikely(venue == NEVER):
                return                     # the end: timers alone keep no run alive
            posted = p.posted
            venue_step(p, venue)
            venue = venue_next(p)
            if cs_unlikely(posted != p.posted):
                next = soonest(p)
                continue
            if not (both & is_own_affair(p.next_ours) & (ours - least < venue)):
                continue
        elif not ((ours < next) & (p.next_ours < p.next_venue)):
            if venue < next:
                ours = venue                   # out of order in the recording: the venue has it first
                continue
            if ours == NEVER and p.requests.first_ns == NEVER and p.answers.first_ns == NEVER \
                    and p.slow.first_ns == NEVER:
                return
            serve(p, next)
            next = soonest(p)
            continue
        our_step(p, ours)
        ours = ours_next(p)
        if p.s.n_out:                  # requests, a timer, a strategy's turn: all are told by effects
            next = soonest(p)


cdef void run_stream(Paper* p, int64_t until_ns) noexcept nogil:
    """As `run_paper`, of a feed that goes on: what is due up to that time, each thing in its turn.

    The feed must have come so far that no later event of it was at the venue before that time.
    """
    cdef int64_t venue
    cdef int64_t ours
    cdef int64_t next
    while p.error == 0 and is_foreseen(p):
        venue = venue_next(p)
        next = soonest(p)
        if p.ours_due_ns == NEVER:
            p.ours_due_ns = ours_next(p)
        ours = p.ours_due_ns
        if min(min(venue, ours), next) > until_ns:
            return
        if venue <= ours and venue <= next:
            venue_step(p, venue)
        elif ours < next and p.next_ours < p.next_venue:
            our_step(p, ours)
            p.ours_due_ns = NEVER
        elif venue < next:
            p.ours_due_ns = venue          # out of order in the recording: the venue has it first
        else:
            serve(p, next)
