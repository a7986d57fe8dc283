# Our resting orders at the venue, and what the recorded feed does to them. Owns: Rest, Venue.

cdef inline Rest* find_rest(Paper* p, Venue* v, int ladder, uint64_t id) noexcept nogil:
    cdef int32_t k = v.first[ladder]
    while k >= 0:
        if p.rests[k].id == id:
            return &p.rests[k]
        k = p.rests[k].next
    return NULL


cdef inline int32_t first_of(Paper* p, int32_t even, int32_t odd) noexcept nogil:
    """Of two places in the two lists the order that comes first by price, then by time; -1 at both ends."""
    if even < 0 or odd < 0:
        return even if odd < 0 else odd
    if p.rests[even].pips != p.rests[odd].pips:
        return even if p.rests[even].pips > p.rests[odd].pips else odd
    return even if p.rests[even].seq < p.rests[odd].seq else odd


cdef inline int32_t next_of(Paper* p, int32_t* places) noexcept nogil:
    """The next order of a condition, of both ladders; `places` begins as a copy of Venue.first."""
    cdef int32_t k = first_of(p, places[0], places[1])
    if k >= 0:
        places[p.rests[k].ladder] = p.rests[k].next
    return k


cdef inline void own_prices(Paper* p, Venue* v, int ladder) noexcept nogil:
    """The highest price of ours tells with one comparison whether a book crosses us."""
    cdef int32_t k = v.first[ladder]
    v.books[ladder].own_best = p.rests[k].pips if k >= 0 else 0


cdef int more_rests(Paper* p) noexcept nogil:
    cdef int32_t size = 2 * p.n_rests if p.n_rests else 64
    cdef void* more = realloc(p.rests, size * sizeof(Rest))
    if more == NULL:
        p.error = 1
        return 0
    p.rests = <Rest*>more
    while p.n_rests < size:
        p.rests[p.n_rests].next = p.free_rest
        p.free_rest = p.n_rests
        p.n_rests += 1
    return 1


cdef inline Rest* new_rest(Paper* p, Venue* v, uint64_t id, int ladder, int32_t pips) noexcept nogil:
    """Queued by price, then by time. NULL when there is no memory, and the run ends."""
    cdef int32_t k
    cdef int32_t* at = &v.first[ladder]
    if cs_unlikely(p.free_rest < 0) and not more_rests(p):
        return NULL
    k = p.free_rest
    p.free_rest = p.rests[k].next
    cs_clear(&p.rests[k], sizeof(Rest))
    p.rests[k].id = id
    p.rests[k].ladder = <uint8_t>ladder
    p.rests[k].pips = pips
    p.rests[k].since_ns = p.venue_ns
    p.rests[k].seq = p.seq
    p.rests[k].expiry_ns = NEVER
    while at[0] >= 0 and p.rests[at[0]].pips >= pips:
        at = &p.rests[at[0]].next
    p.rests[k].next = at[0]
    at[0] = k
    v.books[ladder].own[pips >> 6] |= <uint64_t>1 << (pips & 63)
    v.n_resting += 1
    own_prices(p, v, ladder)
    return &p.rests[k]


cdef inline void drop_rest(Paper* p, Venue* v, Rest* r, int state) noexcept nogil:
    """It rests no more; `state` as in Known."""
    cdef int32_t k = <int32_t>(r - p.rests)
    cdef int32_t* at = &v.first[r.ladder]
    cdef uint64_t others = 0               # at its price: they are beside it in the list
    while at[0] != k:
        others = p.rests[at[0]].pips == r.pips
        at = &p.rests[at[0]].next
    at[0] = r.next
    if r.next >= 0:
        others |= p.rests[r.next].pips == r.pips
    r.next = p.free_rest
    p.free_rest = k
    p.rows.orders[r.id].state = <uint8_t>state
    v.books[r.ladder].own[r.pips >> 6] &= ~((others ^ 1) << (r.pips & 63))
    v.n_resting -= 1
    own_prices(p, v, r.ladder)


cdef void fill_rest(Paper* p, Venue* v, Rest* r, int64_t size) noexcept nogil:
    """A maker fill at our own price."""
    cdef Known* o = &p.rows.orders[r.id]
    cdef int32_t other = v.books[r.ladder ^ 1].own_best
    cdef int32_t width = <int32_t>PIPS - r.pips - other if other else 0
    book_fill(p, v, o, size, o.price_pips, LIQ_MAKER, r.since_ns, width, heard(p))
    r.left -= size
    if r.left <= 0:
        drop_rest(p, v, r, 2)


cdef int is_far(Venue* v, Rest* r) noexcept nogil:
    """More than 5 % from the mid, as the naive model counts it."""
    cdef int64_t mid2 = v.books[r.ladder].best + PIPS - v.books[r.ladder ^ 1].best
    cdef int64_t off = 2 * r.pips - mid2
    return 20 * (off if off > 0 else -off) > mid2


cdef void look_naively(Paper* p, Venue* v) noexcept nogil:
    """Whole when crossed; else once a second by chance that grows with the time in the market."""
    cdef int32_t places[2]
    cdef int32_t k
    cdef Rest* r
    cdef int64_t seconds
    cdef int64_t size
    places[0] = v.first[0]
    places[1] = v.first[1]
    k = next_of(p, places)
    while k >= 0:
        r = &p.rests[k]
        if v.books[r.ladder ^ 1].best and v.books[r.ladder ^ 1].best + r.pips >= PIPS:
            p.crossing_fills += 1
            fill_rest(p, v, r, r.left)
        elif p.venue_ns >= r.look_ns:
            r.look_ns = p.venue_ns + 1000000000
            seconds = (p.venue_ns - r.since_ns) // 1000000000
            if seconds > 60:
                seconds = 60
            if <int64_t>(kn_next(&p.streams[STREAM_NAIVE]) >> 32) * 1200 >> 32 < seconds:
                size = r.left
                if is_far(v, r) and size > 1:
                    size //= 2
                fill_rest(p, v, r, size)
        k = next_of(p, places)


cdef void fill_crossed(Paper* p, Venue* v, int ladder) noexcept nogil:
    """The other side is displayed at our price or better: it would have met us first."""
    cdef Book* book = &v.books[ladder ^ 1]
    cdef int32_t k = v.first[ladder]
    cdef int32_t next
    cdef int32_t pips
    cdef int64_t size
    cdef Rest* r
    if is_placeholder(v):
        return
    while k >= 0:
        r = &p.rests[k]
        next = r.next
        pips = book.best
        while pips and pips + r.pips >= PIPS:
            size = free_size(book, pips)
            if size > r.left:
                size = r.left
            if size > 0:
                book.level[pips].taken += size
                p.crossing_fills += 1
                if size == r.left:
                    fill_rest(p, v, r, size)
                    break
                fill_rest(p, v, r, size)
            pips = below(book, pips)
        k = next


cdef inline void after_book(Paper* p, Venue* v) noexcept nogil:
    """Look whether the book as it is now fills us."""
    if v.n_resting == 0 or not v.known:
        return
    if p.set.fill == FILL_NAIVE:
        look_naively(p, v)
        return
    # a price is below 10,000: where there is no order of ours, or no level, the sum is too
    if cs_unlikely(v.books[0].own_best + v.books[1].best >= PIPS):
        fill_crossed(p, v, 0)
    if cs_unlikely(v.books[1].own_best + v.books[0].best >= PIPS):
        fill_crossed(p, v, 1)


cdef void venue_print(Paper* p, Venue* v, const Event* ev) noexcept nogil:
    """A public trade met the bids of one ladder: ours by price, then by the queue."""
    cdef int ladder = (ev.token & 1) ^ (ev.side == SIDE_BUY)
    cdef int32_t pips = <int32_t>PIPS - ev.price_pips if ev.side == SIDE_BUY else ev.price_pips
    cdef int64_t rest
    if not p.has_queues or pips <= 0 or pips >= PIPS:
        return
    rest = explain_print(p, v, ladder, pips, ev.size)
    if not (v.known and is_placeholder(v)):
        fill_printed(p, v, ladder, pips, ev.size, rest)
    end_print(p, v, ladder, pips, rest)


cdef void fill_printed(Paper* p, Venue* v, int ladder, int32_t pips, int64_t printed, int64_t rest) noexcept nogil:
    """Our orders that a print reaches: by price, then by time, as the list is."""
    cdef int64_t used = 0
    cdef int64_t size
    cdef int32_t k = v.first[ladder]
    cdef Rest* r
    while k >= 0 and p.rests[k].pips >= pips:
        r = &p.rests[k]
        k = r.next
        size = printed - r.before if r.pips > pips else reach_of(p, v, r, rest)
        size -= used
        if size > r.left:
            size = r.left
        if size > 0:
            used += size
            p.print_fills += 1
            fill_rest(p, v, r, size)


cdef void end_all(Paper* p, Venue* v, int reason) noexcept nogil:
    """The venue cancels what rests: the market is resolved."""
    cdef Event* e
    cdef Rest* r
    while v.n_resting:
        r = &p.rests[first_of(p, v.first[0], v.first[1])]
        e = tell(p, &p.answers, heard(p), EV_CANCELED, r.id)
        if e == NULL:
            return
        e.code = <uint8_t>reason
        e.size = p.rows.orders[r.id].matched
        e.flags = FLAG_SIZE_KNOWN
        drop_rest(p, v, r, 3)


cdef void expire(Paper* p) noexcept nogil:
    """Orders whose time has come, and when the next one's will."""
    cdef int32_t m
    cdef int32_t k
    cdef int32_t places[2]
    cdef Rest* r
    cdef Event* e
    p.expiry_ns = NEVER
    for m in range(p.n_venues):
        if p.venues[m].books == NULL:
            continue
        places[0] = p.venues[m].first[0]
        places[1] = p.venues[m].first[1]
        k = next_of(p, places)
        while k >= 0:
            r = &p.rests[k]
            if r.expiry_ns <= p.venue_ns:
                e = tell(p, &p.answers, heard(p), EV_CANCELED, r.id)
                if e == NULL:
                    return
                e.code = CR_EXPIRED
                e.size = p.rows.orders[r.id].matched
                e.flags = FLAG_SIZE_KNOWN
                drop_rest(p, &p.venues[m], r, 5)
            elif r.expiry_ns < p.expiry_ns:
                p.expiry_ns = r.expiry_ns
            k = next_of(p, places)
