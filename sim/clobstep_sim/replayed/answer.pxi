# The queues, and events for the engine. Owns: Queue. Nothing is decided here.

cdef int widen_queue(Queue* q) noexcept nogil:
    """Twice as many places; 0 when there is no memory, and nothing is lost."""
    cdef int32_t size = 2 * q.size if q.size else BLOCK
    cdef int32_t k
    cdef Place* ring = <Place*>malloc(size * sizeof(Place))
    cdef void* blocks = realloc(q.blocks, (size // BLOCK) * sizeof(void*))
    cdef void* unused
    cdef Message* block
    if blocks != NULL:
        q.blocks = <Message**>blocks
    unused = realloc(q.unused, size * sizeof(void*))
    if unused != NULL:
        q.unused = <Message**>unused
    if ring == NULL or blocks == NULL or unused == NULL:
        free(ring)
        return 0
    for k in range(q.n):
        ring[k] = q.ring[(q.head + k) & (q.size - 1)]
    free(q.ring)
    q.ring = ring
    q.head = 0
    while q.size < size:
        block = <Message*>malloc(BLOCK * sizeof(Message))
        if block == NULL:
            return 0
        q.blocks[q.size // BLOCK] = block
        for k in range(BLOCK):
            q.unused[q.n_unused] = &block[k]
            q.n_unused += 1
        q.size += BLOCK
    return 1


cdef void go_ahead(Queue* q, Place* last) noexcept nogil:
    """The one that was put last goes before those that are due later."""
    cdef int32_t mask = q.size - 1
    cdef int32_t at = (q.head + q.n - 1) & mask
    cdef int32_t before
    cdef Place mine = last[0]
    while at != q.head:
        before = (at - 1) & mask
        if q.ring[before].due_ns <= mine.due_ns:
            break
        q.ring[at] = q.ring[before]
        at = before
    q.ring[at] = mine
    q.first_ns = q.ring[q.head].due_ns


cdef inline Message* post(Paper* p, Queue* q, int64_t due_ns) noexcept nogil:
    """A new message of the queue, zeroed; NULL when there is no memory, and the run ends.

    It goes behind all that are due no later: with a constant latency that is the end.
    """
    cdef Place* last
    cdef Message* m
    if cs_unlikely(q.n_unused == 0) and not widen_queue(q):
        p.error = 1
        return NULL
    q.n_unused -= 1
    m = q.unused[q.n_unused]
    cs_clear(m, sizeof(Message))
    p.posted += 1
    m.due_ns = due_ns
    m.number = p.posted
    last = &q.ring[(q.head + q.n) & (q.size - 1)]
    last.due_ns = due_ns
    last.m = m
    q.n += 1
    if due_ns >= q.last_ns or q.n == 1:
        q.last_ns = due_ns
        if q.n == 1:
            q.first_ns = due_ns
    else:
        go_ahead(q, last)
    return m


cdef inline int is_before(Queue* a, Queue* b) noexcept nogil:
    """Whether the earliest of `a` goes first, of two queues of which one has a message."""
    if cs_likely(a.first_ns != b.first_ns):
        return a.first_ns < b.first_ns
    return a.ring[a.head].m.number < b.ring[b.head].m.number


cdef inline Message* take_message(Queue* q) noexcept nogil:
    """The earliest one, out of the ring; it stands until it is given back."""
    cdef Message* m = q.ring[q.head].m
    cdef int64_t none
    q.head = (q.head + 1) & (q.size - 1)
    q.n -= 1
    none = -<int64_t>(q.n == 0)
    q.first_ns = (q.ring[q.head].due_ns & ~none) | (NEVER & none)
    return m


cdef inline void give_back(Queue* q, Message* m) noexcept nogil:
    q.unused[q.n_unused] = m
    q.n_unused += 1


cdef inline int64_t heard(Paper* p) noexcept nogil:
    """When an answer that leaves the venue now is with us."""
    return p.venue_ns + latency_of(&p.answer, &p.streams[STREAM_ANSWER], p.venue_ns)


cdef inline Event* tell(Paper* p, Queue* q, int64_t due_ns, int kind, uint64_t order_id) noexcept nogil:
    """An event about an order, on its way to us. NULL when there is no memory."""
    cdef Message* m = post(p, q, due_ns)
    cdef Event* e
    if m == NULL:
        return NULL
    e = &m.event
    e.kind = <uint8_t>kind
    e.order_id = order_id
    e.venue_time_ns = p.venue_ns
    e.token = NO_TOKEN
    return e


cdef void tell_trade(Paper* p, Queue* q, FillRow* row, int role, int status, int64_t due_ns) noexcept nogil:
    cdef Event* e = tell(p, q, due_ns, EV_TRADE, row.order_id)
    if e == NULL:
        return
    e.ref = row.trade
    e.token = row.token
    e.generation = p.s.markets[row.token >> 1].generation
    e.side = row.side
    e.price_pips = row.price_pips
    e.size = row.size
    e.code = <uint8_t>status
    e.flags = FLAG_ROLE_TAKER | FLAG_WS_TAKER if role == LIQ_TAKER else FLAG_ROLE_MAKER | FLAG_WS_MAKER


cdef void book_fill(Paper* p, Venue* v, Known* o, int64_t size, int32_t price_pips, int role,
                    int64_t since_ns, int32_t width_pips, int64_t due_ns) noexcept nogil:
    """A match at the venue: a row of the result, and the trade's words on their way."""
    cdef FillRow* row
    cdef int odd = o.token & 1
    cdef void* more
    if p.rows.n_fills >= p.rows.cap_fills:
        more = grown(p.rows.fills, &p.rows.cap_fills, p.rows.first_cap, p.rows.n_fills, sizeof(FillRow))
        if more == NULL:
            p.error = 1
            return
        p.rows.fills = <FillRow*>more
    row = &p.rows.fills[p.rows.n_fills]
    p.rows.n_fills += 1
    cs_clear(row, sizeof(FillRow))
    row.time_ns = due_ns
    row.venue_time_ns = p.venue_ns
    row.order_id = o.id
    row.trade = <uint64_t>p.rows.n_fills
    row.token = o.token
    row.side = o.side
    row.size = size
    row.price_pips = <int16_t>price_pips
    row.bid_pips = <int16_t>v.before[odd]
    row.ask_pips = <int16_t>(PIPS - v.before[odd ^ 1])
    row.queued_ns = p.venue_ns - since_ns
    row.quote_width_pips = <int16_t>width_pips
    row.origin = o.origin
    row.liquidity = LIQ_UNKNOWN
    row.evidence = BY_NONE
    o.matched += size * price_pips // PIPS if o.side == SIDE_BUY and o.tif >= TIF_FOK else size
    if due_ns > p.trade_due_ns:
        p.trade_due_ns = due_ns
    tell_trade(p, &p.answers, row, role, TI_MATCHED, due_ns)
    tell_trade(p, &p.slow, row, role, TI_MINED, due_ns + p.set.settle_ns // 2)
    tell_trade(p, &p.slow, row, role, TI_CONFIRMED, due_ns + p.set.settle_ns)
