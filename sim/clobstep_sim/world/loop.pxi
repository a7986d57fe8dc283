# What happens next: the earliest of the exchange's own time, the agenda, the two pipes and the engine's
# timer; at one time in this order.

cdef inline int64_t ours(W* w, int64_t at_ns) noexcept nogil:
    """When something is with us: not while our process stands still."""
    return at_ns if at_ns >= w.pause_until_ns else w.pause_until_ns


cdef inline int64_t shown(W* w, int64_t time_ns) noexcept nogil:
    """When our clock, which may move by whole seconds, shows that time or a later one."""
    if cs_unlikely(w.grain_ns > 1):
        time_ns = (time_ns + w.grain_ns - 1) // w.grain_ns * w.grain_ns
    return time_ns - w.clock_ns


cdef void from_pipe(W* w, Pipe* p) noexcept nogil:
    """The first word of a pipe; its place in the ring is free, but nothing is put there before it is heard."""
    hear(w, take(p))


cdef void timer(W* w) noexcept nogil:
    """The engine's deadline has come; it must arm another or none."""
    cdef int64_t armed = w.s.v.armed_ns
    own_word(w, EV_TIMER, 0)
    if w.s.v.armed_ns == armed and not w.stop:
        stop(w, STOP_STUCK, 0, 0)


cdef void from_agenda(W* w) noexcept nogil:
    cdef Due d = heap_pop(&w.due)
    if d.kind == DO_CROWD:
        crowd_acts(w, d.slot)
    elif d.kind == DO_ASK:
        arrives(w, d.slot)
    elif d.kind == DO_TELL:
        if w.now_ns < w.pause_until_ns:
            plan(w, w.pause_until_ns, DO_TELL, d.slot)
        else:
            is_told(w, d.slot)
    elif d.kind == DO_SPELL:
        spell(w, d.slot)
    elif d.kind == DO_LIE:
        lie(w, <uint64_t>d.slot)
    elif d.kind == DO_AFTER_END:
        after_end(w, <uint64_t>d.slot)
    elif d.kind == DO_END:
        spell_ends(w, d.slot)
    elif w.now_ns < w.pause_until_ns:
        if not heap_push(&w.due, w.pause_until_ns, 0, DO_CHORE, d.slot, d.entry):
            w.stop = STOP_MEMORY
    else:
        chore(w, d.slot, d.entry)


cdef inline int64_t user_first(W* w) noexcept nogil:
    """The user channel waits while the account is read."""
    return NEVER if w.reading else w.user.first_ns


cdef int next_thing(W* w, int64_t until_ns) noexcept nogil:
    """Whether something was done; nothing is due until then otherwise."""
    cdef X* x = w.x
    cdef int64_t at = x.due.items[0].due_ns if x.due.n else NEVER
    cdef int64_t agenda = w.due.items[0].due_ns if w.due.n else NEVER
    cdef int64_t feed = NEVER if w.feed.n == 0 else ours(w, w.feed.first_ns)
    cdef int64_t user = user_first(w)
    cdef int64_t armed = w.s.v.armed_ns
    cdef int64_t first
    if user != NEVER:
        user = ours(w, user)
    armed = NEVER if w.is_dead or armed == NEVER else ours(w, max(shown(w, armed), w.now_ns))
    first = min(min(min(at, agenda), min(feed, user)), armed)
    if first > until_ns:
        return 0
    if first > w.now_ns:
        w.now_ns = first
    if at == first:
        ex.pass_time(x, w.now_ns)
        carry(w)
        return 1
    x.now_ns = w.now_ns
    if agenda == first:
        from_agenda(w)
    elif feed == first:
        from_pipe(w, &w.feed)
    elif user == first:
        from_pipe(w, &w.user)
    else:
        timer(w)
    return 1


cdef void run_world(W* w, int64_t events, int64_t until_ns) noexcept nogil:
    """Until the engine has had so many events, or until that time."""
    while w.stop == STOP_NONE and w.given < events:
        if not next_thing(w, until_ns):
            w.now_ns = w.x.now_ns = until_ns
            return
        if w.x.no_memory:
            w.stop = STOP_MEMORY
