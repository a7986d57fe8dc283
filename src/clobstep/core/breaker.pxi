# Reject storms: a breaker a market and one global. Owns: Breaker records and the probe marks.
# Answers to orders sent before a pause neither escalate nor close it: each order carries the
# breaker's epoch.

cdef inline int breaker_cell(State* s, Breaker* b, int name) noexcept nogil:
    """Move a breaker by its table; returns the action to run, or -1."""
    cdef Cell cell = BREAKER_TABLE[name][b.state]
    met(s, BREAKER_CELLS + name * N_BREAKER_STATES + b.state)
    if cell.verdict == VD_FAULT:
        fault(s, FAULT_TABLE, <uint32_t>(3000 + name * 16 + b.state))
        return -1
    if cell.verdict != VD_TAKE:
        return -1
    b.state = cell.next
    return cell.action


cdef int64_t pause_of(State* s, uint32_t step) noexcept nogil:
    cdef int64_t pause = s.c.breaker_base_ns
    cdef uint32_t k
    for k in range(step):
        if pause >= s.c.breaker_max_ns:
            break
        pause *= 2
    return least(pause, s.c.breaker_max_ns)


cdef void breaker_input(State* s, Breaker* b, int name, uint32_t token) noexcept nogil:
    """`token` is NO_TOKEN for the global breaker."""
    cdef int action = breaker_cell(s, b, name)
    cdef Effect* e
    if action == BA_COUNT:
        b.rejects += 1
    elif action == BA_RESET:
        if name == BI_PROBE_ACCEPTED or name == BI_OPERATOR_RESET:
            alert(s, AL_BREAKER_CLOSED, token, b.probe)
        b.rejects = 0
        b.step = 0
        b.probe = 0
    elif action == BA_FREE:
        b.probe = 0
    elif action == BA_OPEN or action == BA_REOPEN:
        b.step = 0 if action == BA_OPEN else b.step + 1
        b.rejects = 0
        b.probe = 0
        b.epoch += 1
        b.opened_ns = s.v.now_ns
        b.until_ns = later(s.v.now_ns, pause_of(s, b.step))
        arm(s, b.until_ns)
        e = alert(s, AL_BREAKER_OPEN if token != NO_TOKEN else AL_GLOBAL_BREAKER_OPEN, token, 0)
        e.deadline_ns = b.until_ns
        if token != NO_TOKEN:
            trip_global(s)


cdef void trip_global(State* s) noexcept nogil:
    """Enough markets opened within the window: pause everything."""
    cdef int32_t market
    cdef int64_t n = 0
    cdef Breaker* b
    for market in range(s.n_markets):
        b = &s.markets[market].breaker
        if b.state == BS_OPEN and s.v.now_ns - b.opened_ns <= s.c.global_window_ns:
            n += 1
    if n >= s.c.global_markets:
        breaker_input(s, &s.v.breaker, BI_TRIP, NO_TOKEN)


cdef inline void left_before(State* s, Breaker* b, int name) noexcept nogil:
    """An answer to an order that left before the pause: the table lets the breaker be, and so do we."""
    met(s, BREAKER_CELLS + name * N_BREAKER_STATES + b.state)


cdef inline int is_probe(const Order* o, int bit, const Breaker* b) noexcept nogil:
    """Still: an operator may have closed the breaker since, and then nobody waits for this order."""
    return o.probe & bit and b.probe == o.id


cdef inline void breaker_accepted(State* s, Order* o) noexcept nogil:
    """Of a closed breaker without a reject nothing is to be reset."""
    cdef Breaker* b = &s.markets[o.token >> 1].breaker
    if cs_unlikely(o.probe or b.state != BS_CLOSED or b.rejects or b.step or b.probe):
        breaker_heard(s, o, b)


cdef void breaker_heard(State* s, Order* o, Breaker* b) noexcept nogil:
    if is_probe(o, 1, b):
        breaker_input(s, b, BI_PROBE_ACCEPTED, o.token & ~<uint32_t>1)
    elif o.breaker_epoch == b.epoch:
        breaker_input(s, b, BI_ACCEPTED, o.token & ~<uint32_t>1)
    elif b.state != BS_CLOSED:
        left_before(s, b, BI_ACCEPTED)
    if is_probe(o, 2, &s.v.breaker):
        breaker_input(s, &s.v.breaker, BI_PROBE_ACCEPTED, NO_TOKEN)
    o.probe = 0


cdef void breaker_rejected(State* s, Order* o, int reason, uint64_t batch) noexcept nogil:
    cdef Breaker* b = &s.markets[o.token >> 1].breaker
    cdef int counted = REJECT_COUNTED[reason]
    cdef uint32_t token = o.token & ~<uint32_t>1
    cdef int name = BI_LIMIT if b.rejects + 1 >= s.c.reject_limit else BI_COUNTED
    count(s, CT_REJECTS_COUNTED if counted else CT_REJECTS_UNCOUNTED)
    if is_probe(o, 1, b):
        breaker_input(s, b, BI_PROBE_REJECTED if counted else BI_PROBE_UNCOUNTED, token)
    elif counted and o.breaker_epoch == b.epoch and (batch == 0 or batch != b.batch):
        b.batch = batch
        breaker_input(s, b, name, token)
    elif counted and b.state != BS_CLOSED:
        left_before(s, b, name)
    if is_probe(o, 2, &s.v.breaker):
        breaker_input(s, &s.v.breaker, BI_PROBE_REJECTED if counted else BI_PROBE_UNCOUNTED, NO_TOKEN)
    o.probe = 0


cdef void probe_ended(State* s, Order* o) noexcept nogil:
    """A probe that ends undecided frees its place."""
    if is_probe(o, 1, &s.markets[o.token >> 1].breaker):
        breaker_input(s, &s.markets[o.token >> 1].breaker, BI_PROBE_UNCOUNTED, o.token & ~<uint32_t>1)
    if is_probe(o, 2, &s.v.breaker):
        breaker_input(s, &s.v.breaker, BI_PROBE_UNCOUNTED, NO_TOKEN)
    o.probe = 0


cdef void probe_sent(State* s, Order* o) noexcept nogil:
    """Mark the order with the breakers' epochs; in HALF_OPEN it becomes the probe."""
    cdef Breaker* b = &s.markets[o.token >> 1].breaker
    if b.state == BS_HALF_OPEN:
        breaker_input(s, b, BI_PROBE_SENT, o.token & ~<uint32_t>1)
        b.probe = o.id
        o.probe |= 1
    if s.v.breaker.state == BS_HALF_OPEN:
        breaker_input(s, &s.v.breaker, BI_PROBE_SENT, NO_TOKEN)
        s.v.breaker.probe = o.id
        o.probe |= 2
    o.breaker_epoch = b.epoch
    o.global_epoch = s.v.breaker.epoch
