# The agenda's messages and the two pipes. Owns: Mail, Pipe.

cdef int32_t new_mail(W* w) noexcept nogil:
    """A zeroed one; NONE when there is no memory, and the run stops."""
    cdef int32_t slot = w.free_mail
    cdef int32_t room
    cdef int32_t k
    cdef Mail* more
    if slot == ex.NONE:
        room = 2 * w.n_mails + 256
        more = <Mail*>realloc(w.mails, room * sizeof(Mail))
        if more == NULL:
            w.stop = STOP_MEMORY
            return ex.NONE
        w.mails = more
        for k in range(w.n_mails, room):
            more[k].next = k + 1 if k + 1 < room else ex.NONE
        w.free_mail = w.n_mails
        w.n_mails = room
        slot = w.free_mail
    w.free_mail = w.mails[slot].next
    memset(&w.mails[slot], 0, sizeof(Mail))
    w.mails[slot].next = ex.NONE
    w.mails[slot].line = w.line
    w.mails[slot].event.token = NO_TOKEN
    return slot


cdef void drop_mail(W* w, int32_t slot) noexcept nogil:
    """It and all that hang on it."""
    cdef int32_t following
    while slot != ex.NONE:
        following = w.mails[slot].next
        w.mails[slot].next = w.free_mail
        w.free_mail = slot
        slot = following


cdef void plan(W* w, int64_t due_ns, int kind, int32_t slot) noexcept nogil:
    """Onto the agenda; at one time what was planned first goes first."""
    if not heap_push(&w.due, due_ns, 0, kind, slot, 0):
        w.stop = STOP_MEMORY


cdef int32_t append(W* w, int32_t* first, int32_t* last) noexcept nogil:
    """A new mail at the end of a chain."""
    cdef int32_t slot = new_mail(w)
    if slot == ex.NONE:
        return slot
    if first[0] == ex.NONE:
        first[0] = slot
    else:
        w.mails[last[0]].next = slot
    last[0] = slot
    return slot


cdef int widen_pipe(Pipe* p) noexcept nogil:
    cdef uint32_t size = 2 * p.size if p.size else 256
    cdef uint32_t k
    cdef Carried* ring = <Carried*>malloc(size * sizeof(Carried))
    if ring == NULL:
        return 0
    for k in range(p.n):
        ring[k] = p.ring[(p.head + k) & (p.size - 1)]
    free(p.ring)
    p.ring = ring
    p.size = size
    p.head = 0
    return 1


cdef inline void put(W* w, Pipe* p, const Event* e, int64_t due_ns) noexcept nogil:
    """Behind all that is in it already."""
    cdef Carried* c
    if p.n == p.size and not widen_pipe(p):
        w.stop = STOP_MEMORY
        return
    if due_ns < p.last_ns:
        due_ns = p.last_ns
    p.last_ns = due_ns
    c = &p.ring[(p.head + p.n) & (p.size - 1)]
    c.event = e[0]
    c.due_ns = due_ns
    if p.n == 0:
        p.first_ns = due_ns
    p.n += 1


cdef inline const Event* take(Pipe* p) noexcept nogil:
    """Stands in the ring until the next one is put."""
    cdef const Event* e = &p.ring[p.head].event
    p.head = (p.head + 1) & (p.size - 1)
    p.n -= 1
    p.first_ns = p.ring[p.head].due_ns if p.n else NEVER
    return e


cdef void empty(Pipe* p) noexcept nogil:
    """The connection broke: what was under way is lost."""
    p.n = 0
    p.first_ns = NEVER
    p.last_ns = 0
