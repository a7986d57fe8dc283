# Requests that reach the venue. Owns: what it knows of each order (Known). The rules are those of
# PROTOCOL.md 1.3, 1.4, 2.2 and 2.3; what a recording cannot show is not made up.

cdef extern from *:
    """
    #define PAPER_GTD_EARLY 60000000000LL
    #define PAPER_GTD_LEAST 180000000000LL
    """
    const int64_t GTD_EARLY_NS "PAPER_GTD_EARLY"       # the venue ends it so long before its expiry
    const int64_t GTD_LEAST_NS "PAPER_GTD_LEAST"       # and takes none that expires sooner

cdef void reject(Paper* p, Known* o, int reason) noexcept nogil:
    cdef Event* e = tell(p, &p.answers, heard(p), EV_REJECTED, o.id)
    o.state = 4
    o.reject = <uint8_t>reason
    if e != NULL:
        e.code = <uint8_t>reason


cdef inline int64_t want_at(Known* o, int64_t left, int32_t price_pips) noexcept nogil:
    """Shares that are still wanted at a price: a FAK or FOK BUY is for an amount of pUSD."""
    if o.side == SIDE_BUY and o.tif >= TIF_FOK:
        return left * PIPS // price_pips
    return left


cdef inline int64_t used_at(Known* o, int64_t size, int32_t price_pips) noexcept nogil:
    if o.side == SIDE_BUY and o.tif >= TIF_FOK:
        return size * price_pips // PIPS
    return size


cdef int64_t walk(Paper* p, Venue* v, Known* o, int ladder, int32_t limit, int64_t left, int64_t due_ns) noexcept nogil:
    """Take what is displayed from the best price to the limit; returns what is left over.

    With `due_ns` 0 nothing is taken: that is how a FOK is looked at first. An amount of pUSD is seldom
    a whole number of microshares: where a level has all that is wanted the walk is over, and what is
    left is less than a microshare's price; -1 - left says so.
    """
    cdef Book* book = &v.books[ladder ^ 1]
    cdef int32_t pips = book.best
    cdef int32_t price
    cdef int64_t size
    cdef int64_t wanted
    while pips and pips + limit >= PIPS:
        size = free_size(book, pips)
        price = <int32_t>PIPS - pips if o.side == SIDE_BUY else pips
        wanted = want_at(o, left, price)
        if size > wanted:
            size = wanted
        if used_at(o, size, price) > 0:        # nothing is had for nothing
            left -= used_at(o, size, price)
            if due_ns:
                book.level[pips].taken += size
                book_fill(p, v, o, size, price, LIQ_TAKER, p.venue_ns, 0, due_ns)
        if size == wanted:
            return -1 - left
        pips = below(book, pips)
    return left


cdef inline void accept(Paper* p, Known* o, int64_t matched, int64_t due_ns) noexcept nogil:
    """The answer to a submit that the venue takes; what matched at once is in it."""
    cdef Event* e = tell(p, &p.answers, due_ns, EV_ACCEPTED, o.id)
    if e == NULL:
        return
    e.code = AC_MATCHED if matched else AC_RESTING
    e.size = matched
    e.flags = FLAG_SIZE_KNOWN


cdef void arrive_taker(Paper* p, Venue* v, Known* o, int ladder, int32_t limit) noexcept nogil:
    """FAK and FOK: what is there, at once or not at all."""
    cdef int64_t left = o.original
    cdef int whole
    cdef int64_t due
    if v.known and not is_placeholder(v):
        left = walk(p, v, o, ladder, limit, left, 0)
    whole = left < 0
    if whole:
        left = -1 - left
    if left == o.original or (o.tif == TIF_FOK and not whole):
        reject(p, o, RJ_KILLED)
        return
    due = heard(p)
    accept(p, o, o.original - left, due)
    walk(p, v, o, ladder, limit, o.original, due)
    o.state = 2


cdef inline void arrive_limit(Paper* p, Venue* v, Known* o, int ladder, int32_t limit, Message* m) noexcept nogil:
    """GTC and GTD: what crosses is taken at once, the rest queues."""
    cdef int64_t left = o.original
    cdef int64_t due
    cdef int crosses = v.known and v.books[ladder ^ 1].best and v.books[ladder ^ 1].best + limit >= PIPS
    cdef Rest* r
    if crosses and o.post_only:
        reject(p, o, RJ_POST_ONLY_CROSS)
        return
    due = heard(p)
    if crosses and not is_placeholder(v):
        left = walk(p, v, o, ladder, limit, left, 0)
        if left < 0:
            left = 0
    accept(p, o, o.original - left, due)
    if left < o.original:
        walk(p, v, o, ladder, limit, o.original, due)
    if left <= 0:
        o.state = 2
        return
    o.state = 1
    r = new_rest(p, v, o.id, ladder, limit)
    if r == NULL:
        return
    r.left = left
    r.token = o.token
    r.side = o.side
    r.look_ns = p.venue_ns + 1000000000
    if p.set.fill != FILL_FRONT:
        r.front = free_size(&v.books[ladder], limit) if v.known else -1
    r.first = end_of(&v.own)
    r.untold = not v.known
    v.has_untold |= r.untold
    if o.tif == TIF_GTD:
        r.expiry_ns = m.expiry_ns - GTD_EARLY_NS
        if r.expiry_ns < p.expiry_ns:
            p.expiry_ns = r.expiry_ns


cdef inline void arrive_submit(Paper* p, Message* m) noexcept nogil:
    cdef Known* o = &p.rows.orders[m.event.order_id]
    cdef Venue* v = &p.venues[o.token >> 1]
    cdef int sells = o.side == SIDE_SELL
    cdef int ladder = (o.token & 1) ^ sells
    cdef int32_t limit = <int32_t>PIPS - o.price_pips if sells else o.price_pips
    if v.books == NULL:
        reject(p, o, RJ_MARKET_NOT_READY)      # nothing was heard of it yet
        return
    end_past_group(p, v)
    if v.resolved or v.closed or m.event.generation != v.generation:
        reject(p, o, RJ_MARKET_CLOSED)
        return
    if v.tick_pips and o.price_pips % v.tick_pips:
        reject(p, o, RJ_TICK)
        return
    if o.tif == TIF_GTD and m.expiry_ns < p.venue_ns + GTD_LEAST_NS:
        reject(p, o, RJ_EXPIRATION)
        return
    v.before[0] = v.books[0].best
    v.before[1] = v.books[1].best
    if o.tif >= TIF_FOK:
        arrive_taker(p, v, o, ladder, limit)
    else:
        arrive_limit(p, v, o, ladder, limit, m)


cdef inline void arrive_cancel(Paper* p, uint64_t id) noexcept nogil:
    """Of an order that has not come yet, or of none of ours, the venue knows nothing."""
    cdef Known* o = &p.rows.orders[id]
    cdef Venue* v = &p.venues[o.token >> 1]
    cdef Rest* r = find_rest(p, v, (o.token & 1) ^ (o.side == SIDE_SELL), id)
    cdef Event* e
    if r == NULL:
        e = tell(p, &p.answers, heard(p), EV_CANCEL_REFUSED, id)
        if e != NULL:
            e.code = CR_MATCHED_OR_GONE
        return
    e = tell(p, &p.answers, heard(p), EV_CANCEL_ACCEPTED, id)
    if e == NULL:
        return
    e.size = o.matched
    e.flags = FLAG_SIZE_KNOWN
    drop_rest(p, v, r, 3)


cdef void found(Paper* p, Known* o, int64_t due_ns) noexcept nogil:
    """A look at one order: open, or how it ended. Of a rejected one the venue knows nothing."""
    cdef Event* e
    if o.state == 0 or o.state == 4:
        tell(p, &p.answers, due_ns, EV_NOT_FOUND, o.id)
        return
    e = tell(p, &p.answers, due_ns, EV_FOUND, o.id)
    if e == NULL:
        return
    e.token = o.token
    e.generation = p.s.markets[o.token >> 1].generation
    e.side = o.side
    e.price_pips = o.price_pips
    e.amount = o.original
    e.size = o.matched
    e.flags = FLAG_SIZE_KNOWN
    e.code = FO_OPEN if o.state == 1 else FO_MATCHED if o.state == 2 else FO_EXPIRED if o.state == 5 else FO_CANCELED


cdef void arrive_reconcile(Paper* p) noexcept nogil:
    """A read of the account: every open order, and all trades up to now."""
    cdef int64_t due = heard(p)
    cdef int32_t m
    cdef int32_t k
    cdef int32_t places[2]
    for m in range(p.n_venues):
        if p.venues[m].books == NULL:
            continue
        places[0] = p.venues[m].first[0]
        places[1] = p.venues[m].first[1]
        k = next_of(p, places)
        while k >= 0:
            found(p, &p.rows.orders[p.rests[k].id], due)
            k = next_of(p, places)
    # whatever was matched is told before the read ends: the read has seen it
    tell(p, &p.answers, due if due > p.trade_due_ns else p.trade_due_ns, EV_RECONCILED, 0)


cdef void arrive_convert(Paper* p, Message* m) noexcept nogil:
    """A merge, split or redeem, mined after its delay; its cost is an adjustment of cash."""
    cdef Event* e = tell(p, &p.slow, p.venue_ns + p.set.convert_ns, m.event.kind, 0)
    if e == NULL:
        return
    e.token = m.event.token
    e.generation = m.event.generation
    e.size = m.event.size
    e.price_pips = m.event.price_pips
    if p.set.convert_cost == 0:
        return
    e = tell(p, &p.slow, p.venue_ns + p.set.convert_ns, EV_ADJUSTMENT, 0)
    if e != NULL:
        e.amount = -p.set.convert_cost
        p.cost_micros += p.set.convert_cost


cdef void arrive(Paper* p, Message* m) noexcept nogil:
    """One request at the venue."""
    p.seq += 1
    if m.ask == ASK_SUBMIT:
        arrive_submit(p, m)
    elif m.ask == ASK_CANCEL:
        arrive_cancel(p, m.event.order_id)
    elif m.ask == ASK_QUERY:
        found(p, &p.rows.orders[m.event.order_id], heard(p))
    elif m.ask == ASK_RECONCILE:
        arrive_reconcile(p)
    elif m.ask == ASK_CONVERT:
        arrive_convert(p, m)
