# The two queues, and events for the engine. Owns: Queue. Nothing is decided here.

cdef int widen_queue(Queue* q) noexcept nogil:
    """Twice as many places; 0 when there is no memory, and nothing is lost."""
    cdef int32_t size = 2 * q.size if q.size else BLOCK
    cdef int32_t k
    cdef int64_t* due = <int64_t*>malloc(size * sizeof(int64_t))
    cdef int32_t* place = <int32_t*>malloc(size * sizeof(int32_t))
    cdef void* blocks = realloc(q.blocks, (size // BLOCK) * sizeof(void*))
    cdef void* unused
    if blocks != NULL:
        q.blocks = <Message**>blocks
    unused = realloc(q.unused, size * sizeof(int32_t))
    if unused != NULL:
        q.unused = <int32_t*>unused
    if due == NULL or place == NULL or blocks == NULL or unused == NULL:
        free(due)
        free(place)
        return 0
    for k in range(q.n):
        due[k] = q.due[(q.head + k) & (q.size - 1)]
        place[k] = q.place[(q.head + k) & (q.size - 1)]
    free(q.due)
    free(q.place)
    q.due = due
    q.place = place
    q.head = 0
    while q.size < size:
        q.blocks[q.size // BLOCK] = <Message*>malloc(BLOCK * sizeof(Message))
        if q.blocks[q.size // BLOCK] == NULL:
            return 0
        for k in range(BLOCK):
            q.unused[q.n_unused] = q.size + k
            q.n_unused += 1
        q.size += BLOCK
    return 1


cdef inline Message* at_place(Queue* q, int32_t place) noexcept nogil:
    return &q.blocks[<uint32_t>place // BLOCK][<uint32_t>place % BLOCK]


cdef Message* post(Paper* p, Queue* q, int64_t due_ns) noexcept nogil:
    """A new message of the queue, zeroed; NULL when there is no memory, and the run ends.

    It goes behind all that are due no later: with a constant latency that is the end.
    """
    cdef int32_t at
    cdef int32_t before
    cdef int32_t place
    cdef int32_t mask
    cdef Message* m
    if q.n_unused == 0 and not widen_queue(q):
        p.error = 1
        return NULL
    mask = q.size - 1
    q.n_unused -= 1
    place = q.unused[q.n_unused]
    m = at_place(q, place)
    cs_clear(m, sizeof(Message))
    m.due_ns = due_ns
    m.place = place
    at = (q.head + q.n) & mask
    q.n += 1
    q.given += 1
    while at != q.head:
        before = (at - 1) & mask
        if q.due[before] <= due_ns:
            break
        q.due[at] = q.due[before]
        q.place[at] = q.place[before]
        at = before
    q.due[at] = due_ns
    q.place[at] = place
    return m


cdef inline Message* take_message(Queue* q) noexcept nogil:
    """The earliest one, out of the ring; it stands until it is given back."""
    cdef int32_t place = q.place[q.head]
    q.head = (q.head + 1) & (q.size - 1)
    q.n -= 1
    return at_place(q, place)


cdef inline void give_back(Queue* q, Message* m) noexcept nogil:
    q.unused[q.n_unused] = m.place
    q.n_unused += 1


cdef inline int64_t due_of(Queue* q) noexcept nogil:
    return q.due[q.head] if q.n else NEVER


cdef inline int64_t heard(Paper* p) noexcept nogil:
    """When an answer that leaves the venue now is with us."""
    return p.venue_ns + latency_of(&p.answer, &p.streams[STREAM_ANSWER], p.venue_ns)


cdef Event* tell(Paper* p, int64_t due_ns, int kind, uint64_t order_id) noexcept nogil:
    """An event about an order, on its way to us. NULL when there is no memory."""
    cdef Message* m = post(p, &p.answers, due_ns)
    cdef Event* e
    if m == NULL:
        return NULL
    e = &m.event
    e.kind = <uint8_t>kind
    e.order_id = order_id
    e.venue_time_ns = p.venue_ns
    e.token = NO_TOKEN
    return e


cdef void tell_trade(Paper* p, FillRow* row, int role, int status, int64_t due_ns) noexcept nogil:
    cdef Event* e = tell(p, due_ns, EV_TRADE, row.order_id)
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
        more = grown(p.rows.fills, &p.rows.cap_fills, p.rows.n_fills, sizeof(FillRow))
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
    tell_trade(p, row, role, TI_MATCHED, due_ns)
    tell_trade(p, row, role, TI_MINED, due_ns + p.set.settle_ns // 2)
    tell_trade(p, row, role, TI_CONFIRMED, due_ns + p.set.settle_ns)
