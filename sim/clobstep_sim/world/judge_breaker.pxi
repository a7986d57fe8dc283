# The breakers judged from outside (invariant 42): by rejects that may count, and by what leaves during a pause.

cdef void judge_probe(W* w, Judged* j, uint64_t id) noexcept nogil:
    """42 nothing leaves during a pause; after it one order, until it is known what became of it."""
    if j.until_ns == 0:
        return
    if w.s.v.now_ns < j.until_ns or (j.probe and find_open(w.s, j.probe) != NULL):
        verdict(w, 42, id)
    j.probe = id


cdef void probe_is_over(Judged* j, uint64_t id) noexcept nogil:
    """It ended; should it come back, the breaker has done with it."""
    if j.probe == id:
        j.probe = 0


cdef void judge_opening(W* w, const Effect* e, Judged* j) noexcept nogil:
    """42 a market's breaker opens for as many rejects as it takes; each further pause is twice as long."""
    cdef State* s = w.s
    cdef int64_t pause_ns = e.deadline_ns - s.v.now_ns
    cdef int32_t slot = NIL if e.token == NO_TOKEN else s.markets[e.token >> 1].first_order
    if j.until_ns == 0 and e.code == AL_BREAKER_OPEN and j.rejects < s.c.reject_limit:
        verdict(w, 42, 0)
    if pause_ns < min(s.c.breaker_base_ns if j.until_ns == 0 else 2 * j.pause_ns, s.c.breaker_max_ns):
        verdict(w, 42, 0)
    j.pause_ns = pause_ns
    j.until_ns = e.deadline_ns
    j.probe = 0
    j.rejects = 0
    while slot != NIL:
        if s.orders[slot].state != OS_QUEUED and s.orders[slot].id < w.room_sent:
            w.sent[s.orders[slot].id] |= SENT_BEFORE
        slot = s.orders[slot].next


cdef void count_reject(W* w, const Event* cause) noexcept nogil:
    """It may count for its market's breaker, all of a batch for one, if the order left after the last pause began."""
    cdef State* s = w.s
    cdef Order* o = find_open(s, cause.order_id)
    cdef uint32_t token = NO_TOKEN if o == NULL else o.token
    cdef Judged* j
    cdef int is_old = cause.order_id < w.room_sent and w.sent[cause.order_id] & SENT_BEFORE
    cdef int64_t k
    for k in range(s.n_out):
        if s.out[k].kind == EF_ORDER and s.out[k].order_id == cause.order_id:
            token = s.out[k].token
    if token != NO_TOKEN and not is_old:
        j = &w.judged[token >> 1]
        j.rejects += cause.amount == 0 or cause.amount != j.batch
        j.batch = cause.amount
