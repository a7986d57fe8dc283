# The one request of an order that is on its way: a cancel or a look. Owns: Order.request, what is sent
# when, and the pace of retries. The table decides; `serve` sends what is wanted as soon as it may.

cdef inline int request_input(State* s, Order* o, int name) noexcept nogil:
    """Move the order's one request. Emits CANCEL or QUERY; `serve` is left to the caller."""
    cdef Cell cell = REQUEST_TABLE[name][o.request]
    cdef Effect* e
    met(s, REQUEST_CELLS + name * N_REQUEST_STATES + o.request)
    if cell.verdict == VD_FAULT:
        fault(s, FAULT_TABLE, <uint32_t>(2000 + name * 16 + o.request))
        return VD_FAULT
    if cell.verdict != VD_TAKE:
        return cell.verdict
    o.request = cell.next
    if cell.action == RA_EMIT:
        e = emit(s, EF_CANCEL if name == RI_ASK_CANCEL else EF_QUERY)
        e.order_id = o.id
        e.token = o.token
        e.generation = s.markets[o.token >> 1].generation
        count(s, CT_CANCELS if name == RI_ASK_CANCEL else CT_QUERIES)
        send_request(s, o)
    return VD_TAKE


cdef inline void send_request(State* s, Order* o) noexcept nogil:
    o.request_ns = later(s.v.now_ns, s.c.request_timeout_ns)
    arm(s, o.request_ns)


cdef inline int cancel_goes(State* s) noexcept nogil:
    """Whether the venue takes cancels now (guard table, column cancel)."""
    cdef int row = venue_row(s)
    return row < 0 or GUARD_TABLE[row][2] == GU_yes


cdef inline int64_t cancel_wait(State* s) noexcept nogil:
    """How long until the cancel bucket has a token again: retries stay within it."""
    cdef int64_t missing = 1000000000 - bucket_level(
        &s.v.cancel_bucket, s.c.cancel_rate, s.c.cancel_burst, s.v.now_ns)
    return 0 if missing <= 0 else (missing + s.c.cancel_rate - 1) // s.c.cancel_rate


cdef inline void waits(State* s, Order* o) noexcept nogil:
    """One request at a time: a bit keeps what else is wanted, as the table has it."""
    if o.cancel_wanted and o.request != RS_CANCEL:
        met(s, REQUEST_CELLS + RI_ASK_CANCEL * N_REQUEST_STATES + o.request)
    if o.state == OS_UNKNOWN:
        met(s, REQUEST_CELLS + RI_ASK_QUERY * N_REQUEST_STATES + o.request)


cdef inline void serve(State* s, Order* o) noexcept nogil:
    """Send what is wanted, as soon as order, request and venue allow."""
    if o.request != RS_IDLE:
        waits(s, o)
        return
    if o.state == OS_QUEUED:
        if o.cancel_wanted:
            order_input(s, o, OI_DROP, NULL, RF_CANCEL_ASKED)
        return
    if o.state != OS_LIVE and o.state != OS_UNKNOWN:
        return
    if o.cancel_wanted and not o.done:
        if not cancel_goes(s):
            pass                           # the venue's return serves it
        elif s.v.now_ns < o.retry_ns:
            arm(s, o.retry_ns)
        elif o.retry_ns and cancel_wait(s) > 0:
            s.served = 1
            o.retry_ns = later(s.v.now_ns, cancel_wait(s))     # only first cancels overdraw the bucket
            arm(s, o.retry_ns)
        else:
            o.cancel_wanted = 0
            o.cancel_sent = 1
            o.base_ns = most(o.base_ns, s.v.now_ns)    # looks prove something only after it
            o.looks = 0
            bucket_spend(&s.v.cancel_bucket, s.c.cancel_rate, s.c.cancel_burst, s.v.now_ns)
            o.retry_ns = later(s.v.now_ns, s.c.cancel_retry_ns)
            request_input(s, o, RI_ASK_CANCEL)
            return
    if o.state == OS_UNKNOWN:
        if s.v.now_ns >= o.look_ns:
            request_input(s, o, RI_ASK_QUERY)
        else:
            arm(s, o.look_ns)


cdef void want_cancel(State* s, Order* o) noexcept nogil:
    """Somebody wants the order gone. Nothing to do when it is over or a cancel is on its way."""
    if o.done or o.request == RS_CANCEL or (o.state == OS_UNKNOWN and o.cancel_sent):
        if o.request == RS_CANCEL:
            met(s, REQUEST_CELLS + RI_ASK_CANCEL * N_REQUEST_STATES + RS_CANCEL)
        return
    o.cancel_wanted = 1
    serve(s, o)


cdef void cancel_market(State* s, int32_t market) noexcept nogil:
    cdef int32_t slot = s.markets[market].first_order
    cdef int32_t following
    while slot != NIL:
        following = s.orders[slot].next
        want_cancel(s, &s.orders[slot])    # may drop a QUEUED order, never another one
        slot = following


cdef void cancel_all(State* s) noexcept nogil:
    cdef int32_t market
    for market in range(s.n_markets):
        cancel_market(s, market)


cdef void serve_all(State* s) noexcept nogil:
    """The venue is back: what waited for it goes out."""
    cdef int32_t market
    cdef int32_t slot
    cdef int32_t following
    for market in range(s.n_markets):
        slot = s.markets[market].first_order
        while slot != NIL:
            following = s.orders[slot].next
            serve(s, &s.orders[slot])
            slot = following
