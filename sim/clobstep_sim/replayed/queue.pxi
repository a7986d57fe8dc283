# Fill models: how far the queue ahead of us has moved. Owns: Rest.front, Pasts.
#
# `front` of an order is as it was before the oldest decrease at its price that is not decided. What has
# happened there since is kept, in order, and the front now is worked out from it: what prints explain of a
# decrease was traded, at the head of the queue; no more is ahead after it than was displayed; what nothing
# explains counts as behind us, until print_lag is over and the model says where it was cancelled.
#
# Sources: hftbacktest queue.rs and order_fill.rst (risk-averse, probabilistic), Rigtorp 2013,
# outcometick (print lag, depletion).

cdef extern from *:
    """
    static inline int64_t paper_part(int64_t of, int64_t x, int64_t y, int power) {
        /* floor(of * x^n / (x^n + y^n)) for n 1 to 3; exact while x and y are below 2^25 (n = 3) or 2^38 */
        unsigned __int128 f = 1, g = 1;
        int k, bits = power == 3 ? 25 : power == 2 ? 38 : 63;
        while ((x | y) >> bits) { x >>= 1; y >>= 1; }
        for (k = 0; k < power; k++) { f *= (uint64_t)x; g *= (uint64_t)y; }
        return f + g ? (int64_t)((unsigned __int128)of * f / (f + g)) : of;
    }
    """
    int64_t paper_part(int64_t, int64_t, int64_t, int) nogil

cdef enum:
    HUNDREDTH = 10000          # microshares: f is of hundredths of a share


cdef int64_t behind_of(Paper* p, int64_t gone, int64_t front, int64_t back) noexcept nogil:
    """How much of a cancel of `gone` was behind us."""
    cdef int64_t behind
    if front < HUNDREDTH:
        behind = gone
    elif p.set.fill == FILL_LOG:
        behind = paper_part(gone, kn_log2(<uint64_t>(back // HUNDREDTH + 1)),
                            kn_log2(<uint64_t>(front // HUNDREDTH + 1)), 1)
    else:
        behind = paper_part(gone, back // HUNDREDTH, front // HUNDREDTH, p.set.power)
    return behind if behind < back else back


cdef inline int is_by_chance(Paper* p) noexcept nogil:
    """Whether the model holds part of a cancel to be ahead of us."""
    return p.set.fill == FILL_POWER or p.set.fill == FILL_LOG


cdef inline Past* past_at(Pasts* w, uint32_t number) noexcept nogil:
    return &w.at[number & (w.size - 1)]


cdef inline uint32_t end_of(Pasts* w) noexcept nogil:
    """The number of what happens next."""
    return w.head + <uint32_t>w.n


cdef inline int concerns(Rest* r, Past* one, uint32_t number) noexcept nogil:
    """Whether it moves an order of its ladder: one that was there, or came after the print it belongs to."""
    return (r.pips == one.pips) & (r.first <= number) & (r.first >= one.after)


cdef inline int64_t less(int64_t front, int64_t size) noexcept nogil:
    return front - size if front > size else 0


cdef int64_t decided(Paper* p, Past* one, int64_t front) noexcept nogil:
    """The front after what is known for good: what was traded, what was cancelled ahead, what was left."""
    cdef int64_t back
    front = less(front, one.traded)
    if one.rest and is_by_chance(p):
        back = one.left + one.rest - front
        front = less(front, one.rest - behind_of(p, one.rest, front, back if back > 0 else 0))
    return front if front < one.left else one.left


cdef void decide_first(Paper* p, Venue* v) noexcept nogil:
    """The oldest of what happened at orders of ours: what no print explains was a cancel."""
    cdef uint32_t number = v.own.head
    cdef Past* one = past_at(&v.own, number)
    cdef int32_t k = v.first[one.ladder]
    cdef Rest* r
    while k >= 0 and p.rests[k].pips >= one.pips:
        r = &p.rests[k]
        k = r.next
        if concerns(r, one, number) and r.front >= 0:
            r.front = decided(p, one, r.front)
    v.own.head += 1
    v.own.n -= 1


cdef void decide_over(Paper* p, Venue* v) noexcept nogil:
    """Decide what has waited too long, or waits for nothing. Until somebody asks it makes no difference."""
    cdef int64_t since = p.venue_ns - p.set.print_lag_ns
    while v.own.n and (past_at(&v.own, v.own.head).ns < since or past_at(&v.own, v.own.head).rest == 0):
        decide_first(p, v)


cdef int widen_pasts(Pasts* w) noexcept nogil:
    cdef uint32_t size = 2 * w.size if w.size else 64
    cdef uint32_t number
    cdef int32_t k
    cdef Past* more = <Past*>malloc(size * sizeof(Past))
    if more == NULL:
        return 0
    for k in range(w.n):
        number = w.head + <uint32_t>k
        more[number & (size - 1)] = past_at(w, number)[0]
    free(w.at)
    w.at = more
    w.size = size
    return 1


cdef int past_room(Paper* p, Venue* v) noexcept nogil:
    """A place in the ring: what is over is decided first; 0 when there is no memory."""
    decide_over(p, v)
    if v.own.n == MOST_WAITS:
        decide_first(p, v)
    return <uint32_t>v.own.n < v.own.size or widen_pasts(&v.own)


cdef Past* note(Paper* p, Venue* v, int ladder, int32_t pips) noexcept nogil:
    """Something happened where an order of ours rests. NULL when there is no memory, and the run ends."""
    cdef Past* one
    if cs_unlikely(<uint32_t>v.own.n == v.own.size) and not past_room(p, v):
        p.error = 1
        return NULL
    one = past_at(&v.own, end_of(&v.own))
    v.own.n += 1
    one.ns = p.venue_ns
    one.rest = 0
    one.traded = 0
    one.now = 0
    one.left = NEVER
    one.after = 0
    one.pips = pips
    one.ladder = <uint8_t>ladder
    return one


cdef cs_apart note_traded(Paper* p, Venue* v, int ladder, int32_t pips, int64_t size, uint32_t after) noexcept nogil:
    """A trade whose decrease came later than its print: for orders that came `after` it, or for all."""
    cdef Past* one
    if not is_own(&v.books[ladder], pips):
        return
    one = note(p, v, ladder, pips)
    if one != NULL:
        one.traded = size
        one.after = after


cdef int64_t explain_gone(Paper* p, Venue* v, int ladder, int32_t pips, int64_t gone) noexcept nogil:
    """A decrease whose print came before it: what of it no print explains.

    An order that came between the two took the printed size for displayed and ahead of it.
    """
    cdef int32_t at = 0
    cdef Told* told
    drop_over(p, &v.printed)
    while gone:
        told = its_word(&v.printed, 0, ladder, pips, gone, &at)
        if told == NULL:
            break
        note_traded(p, v, ladder, pips, part_of(told, &gone), told.own)
    return gone


cdef int64_t explain_print(Paper* p, Venue* v, int ladder, int32_t pips, int64_t size) noexcept nogil:
    """A print: the decreases that it explains, and for better orders of ours what was before their time.

    What none explains is returned. What it explains of Pasts is in `now` until `end_print`.
    """
    cdef int32_t at = 0
    cdef int32_t k = v.first[ladder]
    cdef int32_t n_old
    cdef int64_t part
    cdef int64_t whole
    cdef Told* told
    while k >= 0:
        p.rests[k].before = 0
        k = p.rests[k].next
    decide_over(p, v)
    drop_over(p, &v.gone)
    drop_over(p, &v.printed)
    v.own.marked = end_of(&v.own)
    n_old = old_ones(&v.gone, p.venue_ns - LEAST_LAG_NS)
    while size:
        told = its_word(&v.gone, n_old, ladder, pips, size, &at)
        if told == NULL:
            break
        whole = told.size
        part = part_of(told, &size)
        mark(&v.own, told.own, whole - told.size, part)
        k = v.first[ladder]
        while k >= 0 and p.rests[k].pips > pips:
            p.rests[k].before += part if p.rests[k].seq > told.seq else 0
            k = p.rests[k].next
    return size


cdef inline void mark(Pasts* w, uint32_t number, int64_t whole, int64_t part) noexcept nogil:
    """A print explains this much of it; it may be decided already, or no order of ours was there."""
    if number - w.head < <uint32_t>w.n:
        past_at(w, number).rest -= whole
        past_at(w, number).now += part
        w.marked = number if number < w.marked else w.marked


cdef void end_print(Paper* p, Venue* v, int ladder, int32_t pips, int64_t rest) noexcept nogil:
    """What it explained was traded; the rest of it came before its decrease, and waits for that."""
    cdef uint32_t number
    cdef Past* one
    for number in range(v.own.marked, end_of(&v.own)):
        one = past_at(&v.own, number)
        one.traded += one.now
        one.now = 0
    if rest:
        note_traded(p, v, ladder, pips, rest, 0)
        wait_for(p, &v.printed, ladder, pips, rest, end_of(&v.own))


cdef int64_t reach_of(Paper* p, Venue* v, Rest* r, int64_t rest) noexcept nogil:
    """How much of a print at our own price came past the queue ahead of us.

    Of what decreases explain by the front right before each, of the rest by the front now.
    """
    cdef int64_t front = r.front
    cdef int64_t past = 0
    cdef uint32_t number
    cdef Past* one
    if p.set.fill < FILL_RISK_AVERSE or front < 0:
        return 0
    for number in range(later_number(r.first, v.own.head), end_of(&v.own)):
        one = past_at(&v.own, number)
        if one.ladder == r.ladder and concerns(r, one, number):
            front = less(front, one.traded)
            past += less(one.now, front)
            front = less(front, one.now)
            front = front if front < one.left else one.left
    return past + less(rest, front)


cdef inline uint32_t later_number(uint32_t a, uint32_t b) noexcept nogil:
    return a if a > b else b


cdef inline int64_t front_now(Venue* v, Rest* r) noexcept nogil:
    """What is ahead of an order whose front is known, as long as nothing more is decided."""
    cdef int64_t front = r.front
    cdef uint32_t number
    cdef Past* one
    for number in range(later_number(r.first, v.own.head), end_of(&v.own)):
        one = past_at(&v.own, number)
        if one.ladder == r.ladder and concerns(r, one, number):
            front = less(front, one.traded)
            front = front if front < one.left else one.left
    return front


cdef inline void tell_order(Venue* v, Rest* r, int64_t size) noexcept nogil:
    """Its level is told of for the first time since it came, or since a gap: no more is ahead."""
    if r.untold:
        if r.front < 0 or front_now(v, r) > size:
            r.front = size
        else:
            r.front = front_now(v, r)
        r.first = end_of(&v.own)
        r.untold = 0


cdef cs_apart own_level_changed(Paper* p, Venue* v, int ladder, int32_t pips, int64_t was, int64_t size) noexcept nogil:
    """Where orders of ours rest. An increase queues behind us; a decrease waits for its print."""
    cdef int64_t rest
    cdef int32_t k
    cdef Past* one
    if size < was:
        rest = was - size
        if cs_unlikely(v.printed.n):
            rest = explain_gone(p, v, ladder, pips, rest)
        one = note(p, v, ladder, pips)
        if cs_unlikely(one == NULL):
            return
        one.rest = rest
        one.left = size
        wait_for(p, &v.gone, ladder, pips, rest, end_of(&v.own) - 1)
    if cs_unlikely(v.has_untold):
        k = v.first[ladder]
        while k >= 0 and p.rests[k].pips >= pips:
            if p.rests[k].pips == pips:
                tell_order(v, &p.rests[k], size)
            k = p.rests[k].next


cdef inline void level_changed(Paper* p, Venue* v, int ladder, int32_t pips, int64_t was, int64_t size) noexcept nogil:
    """A level has another displayed size."""
    cdef int64_t gone
    if is_own(&v.books[ladder], pips):
        own_level_changed(p, v, ladder, pips, was, size)
        return
    gone = (was - size) & -<int64_t>(size < was)       # 0 when it grew: no branch, it is a coin toss
    if cs_unlikely(v.printed.n) and gone:
        gone = explain_gone(p, v, ladder, pips, gone)
    wait_for(p, &v.gone, ladder, pips, gone, 0)
