# What of a recorded event can be believed. Owns: nothing. A recording is made by strangers: whatever
# the core would refuse, the venue leaves alone too, and no index or clock comes from it unchecked.

cdef extern from *:
    """
    #define PAPER_DAY 86400000000000LL
    #define PAPER_WEEK 604800000000000LL
    #define PAPER_SPAN 86400000000000000LL
    """
    const int64_t DAY_NS "PAPER_DAY"
    const int64_t WEEK_NS "PAPER_WEEK"
    const int64_t SPAN_NS "PAPER_SPAN"     # 1,000 days: no recording is longer

cdef enum:
    LOOK_AHEAD = 64            # events, for the next one that has a time of the venue


cdef inline int64_t later_of(int64_t a, int64_t b) noexcept nogil:
    return a if a > b else b


cdef inline int is_timed(const Event* ev) noexcept nogil:
    """The venue says it, at a time of its own; all else is our word and moves no clock of the venue."""
    return EV_BOOK_DELTA <= ev.kind <= EV_TICK_CHANGE or ev.kind == EV_RESOLVED


cdef inline int is_held(const Event* ev) noexcept nogil:
    """Our word about the feed or a market, which counts at our time."""
    return ev.kind == EV_FEED or ev.kind == EV_MARKET or ev.kind == EV_RETIRE


cdef inline int is_time(int64_t ns) noexcept nogil:
    return 0 <= ns < MAX_TIME_NS


cdef inline int64_t said_ns(const Event* ev) noexcept nogil:
    """The venue's time of an event; ours where it gave none, or one a day beyond ours."""
    if 0 < ev.venue_time_ns and ev.venue_time_ns - DAY_NS <= ev.time_ns:
        return ev.venue_time_ns
    return ev.time_ns


cdef inline int64_t counts_ns(Paper* p, const Event* ev) noexcept nogil:
    """The venue's time of a timed event, where it is not older than a word may be.

    A book may be as it is for long: a feed that goes on cannot go back to when that began.
    """
    cdef int64_t at = said_ns(ev)
    return later_of(at, ev.time_ns - p.set.oldest_ns) if p.set.oldest_ns else at


cdef int64_t held_until(Paper* p, const Event* ev) noexcept nogil:
    """When a word of ours about the feed or a market counts: at our time, but it holds nothing up."""
    cdef int64_t at = ev.time_ns
    cdef const Event* later = ev + 1
    while later < p.end and later < ev + LOOK_AHEAD:
        if is_timed(later):
            return min(counts_ns(p, later), at)
        later += 1
    return at


cdef int is_foreseen(Paper* p) noexcept nogil:
    """Whether what came so far of a live feed says when the venue has its next event.

    Where no word is too old, what is still to come brings nothing before the time it may run to.
    """
    cdef const Event* ev = p.next_venue
    cdef const Event* later
    if p.set.oldest_ns or ev >= p.end or not is_held(ev):
        return 1
    later = ev + 1
    while later < p.end and later < ev + LOOK_AHEAD:
        if is_timed(later):
            return 1
        later += 1
    return later == ev + LOOK_AHEAD


cdef inline int agrees(const Event* events, int64_t n, int64_t k) noexcept nogil:
    """Whether the next event that has a time lies within a week of this one, or after it."""
    cdef int64_t j
    for j in range(k + 1, min(k + LOOK_AHEAD, n)):
        if is_time(events[j].time_ns):
            return events[j].time_ns >= events[k].time_ns - WEEK_NS
    return 0


cdef int64_t begins_at(const Event* events, int64_t n) noexcept nogil:
    """The first time that the next one agrees with: a lone time is no beginning. 0 where there is none."""
    cdef int64_t k
    cdef int64_t last = -1
    for k in range(n):
        if not is_time(events[k].time_ns):
            continue
        if last >= 0 and -WEEK_NS <= events[k].time_ns - last <= WEEK_NS:
            return last
        last = events[k].time_ns
    return last if last > 0 else 0


cdef int is_steady(const Event* events, int64_t n, int64_t begins_ns, int64_t most_ns) noexcept nogil:
    """Whether every time can be one, lies no week after all before it, and no venue's a day beyond ours.

    So are recordings as they should be; then nothing has to be asked of each event while it is run.
    """
    cdef int64_t k
    cdef int64_t at
    cdef int64_t last = begins_ns
    for k in range(n):
        at = events[k].time_ns
        if not 0 <= at <= most_ns or at - WEEK_NS > last or said_ns(&events[k]) < events[k].venue_time_ns:
            return 0
        last = at if at > last else last
    return 1


cdef inline int is_price(int32_t pips) noexcept nogil:
    return 0 <= pips <= PIPS


cdef inline int is_size(int64_t size) noexcept nogil:
    return 0 <= size <= MAX_SIZE


cdef int is_sound_snapshot(const Event* ev) noexcept nogil:
    if ev.side > SIDE_SELL or ev.code > 3 or ev.flags & ~(FLAG_SNAP_FIRST | FLAG_SNAP_LAST):
        return 0
    if ev.code > 0 and not (is_price(ev.price_pips) and is_size(ev.size)):
        return 0
    if ev.code > 1 and not (is_price(ev.bid_pips) and is_size(ev.amount)):
        return 0
    return ev.code < 3 or (is_price(ev.ask_pips) and is_size(<int64_t>ev.order_id))


cdef inline int is_tick(int32_t pips) noexcept nogil:
    return pips == 1 or pips == 10 or pips == 25 or pips == 50 or pips == 100 or pips == 1000


cdef inline int is_sound_delta(const Event* ev) noexcept nogil:
    return ev.side <= SIDE_SELL and is_price(ev.price_pips) and is_size(ev.size) \
        and not ev.flags & ~(FLAG_BOOK_END | FLAG_BOOK_BEST) \
        and (not ev.flags & FLAG_BOOK_BEST or (is_price(ev.bid_pips) and is_price(ev.ask_pips)))


cdef inline int is_plain_delta(const Event* ev) noexcept nogil:
    """A delta that `is_sound_delta` would pass; the core's `good_delta` compares in the same way."""
    cdef uint32_t head
    cdef uint64_t prices
    memcpy(&head, &ev.kind, 4)
    memcpy(&prices, &ev.price_pips, 8)
    return (head & <uint32_t>0xFC00FEFF) == EV_BOOK_DELTA and <uint64_t>ev.size <= <uint64_t>MAX_SIZE \
        and ((prices | (prices + <uint64_t>0x58EF58EF58EF)) & <uint64_t>0x800080008000) == 0


cdef int is_sound(const Event* ev) noexcept nogil:
    """Whether the core would take its fields (docs/rules.md, 1)."""
    if ev.kind == EV_BOOK_DELTA:
        return is_sound_delta(ev)
    if ev.kind == EV_BOOK_SNAPSHOT:
        return is_sound_snapshot(ev)
    if ev.kind == EV_PRINT:
        return ev.side <= SIDE_SELL and is_price(ev.price_pips) and is_size(ev.size) and ev.size > 0
    if ev.kind == EV_BEST:
        return is_price(ev.bid_pips) and is_price(ev.ask_pips) and not ev.flags & ~FLAG_BOOK_END
    if ev.kind == EV_TICK_CHANGE or ev.kind == EV_MARKET:
        return is_tick(ev.price_pips)
    if ev.kind == EV_RESOLVED:
        return is_price(ev.price_pips)
    return ev.kind == EV_RETIRE or ev.kind == EV_FEED
