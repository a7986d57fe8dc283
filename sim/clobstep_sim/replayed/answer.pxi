# The two queues, and events for the engine. Owns: Queue. Nothing is decided here.

cdef inline int earlier(Queue* q, int32_t a, int32_t b) noexcept nogil:
    return q.due[a] < q.due[b] or (q.due[a] == q.due[b] and q.order[a] < q.order[b])


cdef inline void swap(Queue* q, int32_t a, int32_t b) noexcept nogil:
    cdef int64_t due = q.due[a]
    cdef uint64_t order = q.order[a]
    cdef int32_t place = q.place[a]
    q.due[a] = q.due[b]
    q.order[a] = q.order[b]
    q.place[a] = q.place[b]
    q.due[b] = due
    q.order[b] = order
    q.place[b] = place


cdef int widen_queue(Queue* q) noexcept nogil:
    cdef int32_t size = 2 * q.size if q.size else 256
    cdef void* due = realloc(q.due, size * sizeof(int64_t))
    if due != NULL:
        q.due = <int64_t*>due
    cdef void* order = realloc(q.order, size * sizeof(uint64_t))
    if order != NULL:
        q.order = <uint64_t*>order
    cdef void* place = realloc(q.place, size * sizeof(int32_t))
    if place != NULL:
        q.place = <int32_t*>place
    cdef void* pool = realloc(q.pool, size * sizeof(Message))
    if pool != NULL:
        q.pool = <Message*>pool
    cdef void* unused = realloc(q.unused, size * sizeof(int32_t))
    if unused != NULL:
        q.unused = <int32_t*>unused
    if due == NULL or order == NULL or place == NULL or pool == NULL or unused == NULL:
        return 0
    while q.size < size:
        q.unused[q.n_unused] = q.size
        q.n_unused += 1
        q.size += 1
    return 1


cdef Message* post(Paper* p, Queue* q, int64_t due_ns) noexcept nogil:
    """A new message of the queue, zeroed; NULL when there is no memory, and the run ends."""
    cdef int32_t at
    cdef int32_t place
    if q.n_unused == 0 and not widen_queue(q):
        p.error = 1
        return NULL
    q.n_unused -= 1
    place = q.unused[q.n_unused]
    memset(&q.pool[place], 0, sizeof(Message))
    q.pool[place].due_ns = due_ns
    at = q.n
    q.n += 1
    q.due[at] = due_ns
    q.order[at] = q.given
    q.place[at] = place
    q.given += 1
    while at > 0 and earlier(q, at, (at - 1) >> 1):
        swap(q, at, (at - 1) >> 1)
        at = (at - 1) >> 1
    return &q.pool[place]


cdef void take_message(Queue* q, Message* out) noexcept nogil:
    """The earliest one, copied out."""
    cdef int32_t at = 0
    cdef int32_t child
    cdef int32_t place = q.place[0]
    memcpy(out, &q.pool[place], sizeof(Message))
    q.unused[q.n_unused] = place
    q.n_unused += 1
    q.n -= 1
    q.due[0] = q.due[q.n]
    q.order[0] = q.order[q.n]
    q.place[0] = q.place[q.n]
    while True:
        child = 2 * at + 1
        if child >= q.n:
            return
        if child + 1 < q.n and earlier(q, child + 1, child):
            child += 1
        if not earlier(q, child, at):
            return
        swap(q, at, child)
        at = child


cdef inline int64_t due_of(Queue* q) noexcept nogil:
    return q.due[0] if q.n else NEVER


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
    memset(row, 0, sizeof(FillRow))
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
