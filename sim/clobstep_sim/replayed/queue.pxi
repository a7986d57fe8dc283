# Fill models: how far the queue ahead of us has moved. Owns: Rest.front, Rest.waiting, Waits.
#
# A print and the decrease of the level that it caused are one thing told twice, and on this venue the
# decrease comes first (about 21 ms). So each decrease waits for its print, and each print for its
# decrease, `print_lag_ns` long: what prints explain was traded, at the head of the queue; what nothing
# explains was cancelled, and the model says where. The print of a trade that was displayed before an
# order of ours came is no volume for that order: it was over by then.
#
# Which decrease is whose print: the oldest of the same size, as far as displayed sizes are rounded (92 %
# of the prints of a recorded final), else the oldest first.
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
    ROUNDED = 10000            # displayed sizes have 2 decimals of a share, prints 6
    HUNDREDTH = 10000          # microshares: f is of hundredths of a share
    MOST_WAITS = 4096          # of a condition; the oldest beyond them is decided early


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


cdef inline void bound_front(Rest* r, int64_t size) noexcept nogil:
    """No more is ahead than is displayed, and what may yet turn out to have been traded."""
    cdef int64_t most = size + r.waiting
    r.front = most if r.front > most else r.front


cdef inline int is_by_chance(Paper* p) noexcept nogil:
    """Whether the model holds part of a cancel to be ahead of us."""
    return p.set.fill == FILL_POWER or p.set.fill == FILL_LOG


cdef void canceled_ahead(Paper* p, Rest* r, const Told* gone, int64_t size) noexcept nogil:
    cdef int64_t back = size + r.waiting - r.front
    if back < 0:
        back = 0
    r.front -= gone.size - behind_of(p, gone.size, r.front, back)
    if r.front < 0:
        r.front = 0


cdef cs_apart canceled(Paper* p, Venue* v, const Told* gone) noexcept nogil:
    """No print explained it in time: a cancel, ahead of us or behind."""
    cdef int64_t size = v.books[gone.ladder].level[gone.pips].size
    cdef int mine
    cdef int64_t most
    cdef int32_t k = v.first[gone.ladder]
    cdef Rest* r
    while k >= 0 and p.rests[k].pips >= gone.pips:
        r = &p.rests[k]
        k = r.next
        # it was there, and its place is known: no branch, this is a coin toss
        mine = (r.pips == gone.pips) & (r.seq <= gone.seq) & (r.front >= 0)
        if is_by_chance(p) and mine:
            canceled_ahead(p, r, gone, size)
        r.waiting -= cs_pick(mine, gone.size, 0)
        most = size + r.waiting
        r.front = cs_pick(mine & (r.front > most), most, r.front)


cdef inline Told* told_at(Waits* w, uint32_t number) noexcept nogil:
    return &w.at[number & (w.size - 1)]


cdef inline void decide_first(Paper* p, Venue* v, Waits* w) noexcept nogil:
    """The oldest decrease at an order of ours: what of it is left was a cancel."""
    cdef Told* told = told_at(w, w.first_own)
    if told.size:
        canceled(p, v, told)
    told.size = 0
    w.first_own = told.next_own
    w.n_own -= 1


cdef inline void drop_oldest(Paper* p, Venue* v, Waits* w) noexcept nogil:
    if cs_unlikely(w.n_own != 0 and w.first_own == w.head):
        decide_first(p, v, w)
    w.head += 1
    w.n -= 1


cdef inline void drop_over(Paper* p, Venue* v, Waits* w) noexcept nogil:
    """What has waited longer than a print may lag, or is spent, explains nothing any more."""
    cdef int64_t since = p.venue_ns - p.set.print_lag_ns
    while w.n and (told_at(w, w.head).ns < since or told_at(w, w.head).size == 0):
        drop_oldest(p, v, w)


cdef cs_apart decide(Paper* p, Venue* v) noexcept nogil:
    cdef int64_t since = p.venue_ns - p.set.print_lag_ns
    while v.gone.n_own and told_at(&v.gone, v.gone.first_own).ns < since:
        decide_first(p, v, &v.gone)
    v.decide_ns = told_at(&v.gone, v.gone.first_own).ns + p.set.print_lag_ns if v.gone.n_own else NEVER


cdef inline void decide_due(Paper* p, Venue* v) noexcept nogil:
    """Decide what has waited too long at orders of ours, before anything changes there or is asked.

    Until then it makes no difference. The others leave the ring when room is wanted, or before anything
    is explained by them.
    """
    if p.venue_ns > v.decide_ns:
        decide(p, v)


cdef int widen_waits(Waits* w) noexcept nogil:
    cdef uint32_t size = 2 * w.size if w.size else 64
    cdef uint32_t number
    cdef int32_t k
    cdef Told* more = <Told*>malloc(size * sizeof(Told))
    if more == NULL:
        return 0
    for k in range(w.n):
        number = w.head + <uint32_t>k
        more[number & (size - 1)] = told_at(w, number)[0]
    free(w.at)
    w.at = more
    w.size = size
    return 1


cdef int make_room(Paper* p, Venue* v, Waits* w) noexcept nogil:
    """A place in the ring: what is over goes first; 0 when there is no memory."""
    drop_over(p, v, w)
    if w.n == MOST_WAITS:
        drop_oldest(p, v, w)
    return <uint32_t>w.n < w.size or widen_waits(w)


cdef inline void wait_for(Paper* p, Venue* v, Waits* w, int ladder, int32_t pips, int64_t size) noexcept nogil:
    """The other word about it may still come."""
    cdef Told* told
    if cs_unlikely(<uint32_t>w.n == w.size):
        if size == 0:
            return
        if not make_room(p, v, w):
            p.error = 1
            return
    told = told_at(w, w.head + <uint32_t>w.n)
    told.ns = p.venue_ns
    told.seq = p.seq
    told.size = size
    told.pips = pips
    told.ladder = <uint8_t>ladder
    w.n += size > 0                    # a change that takes nothing away is no decrease


cdef Told* its_word(Waits* w, int ladder, int32_t pips, int64_t size, int32_t* from_) noexcept nogil:
    """What explains `size`: the oldest of that size; else, from `from_` on, the oldest; NULL: nothing."""
    cdef int32_t k
    cdef Told* told
    if from_[0] == 0:
        for k in range(w.n):
            told = told_at(w, w.head + <uint32_t>k)
            if told.pips == pips and told.ladder == ladder and told.size \
                    and -ROUNDED <= told.size - size <= ROUNDED:
                return told
    for k in range(from_[0], w.n):
        told = told_at(w, w.head + <uint32_t>k)
        if told.pips == pips and told.ladder == ladder and told.size:
            from_[0] = k + 1
            return told
    return NULL


cdef inline int64_t part_of(Told* told, int64_t size) noexcept nogil:
    """How much of `size` it explains; the rounding of a displayed size is explained with it."""
    if -ROUNDED <= told.size - size <= ROUNDED or told.size > size:
        return size
    return told.size


cdef int64_t explain_gone(Paper* p, Venue* v, int ladder, int32_t pips, int64_t gone) noexcept nogil:
    """A decrease whose print came before it: what of it no print explains.

    An order that came between the two took the printed size for displayed and ahead of it.
    """
    cdef int32_t at = 0
    cdef int32_t k
    cdef int64_t part
    cdef Told* told
    cdef Rest* r
    while gone:
        told = its_word(&v.printed, ladder, pips, gone, &at)
        if told == NULL:
            return gone
        part = part_of(told, gone)
        told.size = told.size - part if told.size > part + ROUNDED else 0
        gone -= part
        k = v.first[ladder]
        while k >= 0:
            r = &p.rests[k]
            k = r.next
            if r.pips == pips and r.seq > told.seq and r.front > 0:
                r.front = r.front - part if r.front > part else 0
    return 0


cdef void explain_print(Paper* p, Venue* v, int ladder, int32_t pips, int64_t size) noexcept nogil:
    """A print: the decreases that it explains, and for each order of ours what was before its time."""
    cdef int32_t at = 0
    cdef int32_t k = v.first[ladder]
    cdef int64_t part
    cdef int64_t whole
    cdef Told* told
    cdef Rest* r
    while k >= 0:
        p.rests[k].before = 0
        k = p.rests[k].next
    decide_due(p, v)
    drop_over(p, v, &v.gone)
    drop_over(p, v, &v.printed)
    while size:
        told = its_word(&v.gone, ladder, pips, size, &at)
        if told == NULL:
            wait_for(p, v, &v.printed, ladder, pips, size)
            return
        part = part_of(told, size)
        whole = part if told.size > part + ROUNDED else told.size
        told.size -= whole
        size -= part
        k = v.first[ladder]
        while k >= 0:
            r = &p.rests[k]
            k = r.next
            if r.seq > told.seq:
                r.before += part
            elif r.pips == pips:
                r.waiting -= whole


cdef inline int64_t told_gone(Paper* p, Venue* v, int ladder, int32_t pips, int64_t gone) noexcept nogil:
    """A decrease, less what prints before it explain, waits for its own."""
    if cs_unlikely(v.printed.n) and gone:
        drop_over(p, v, &v.printed)
        if v.printed.n:
            gone = explain_gone(p, v, ladder, pips, gone)
    wait_for(p, v, &v.gone, ladder, pips, gone)
    return gone


cdef inline void note_own(Paper* p, Venue* v, uint32_t number, int64_t gone) noexcept nogil:
    """The one just told, if it takes anything away, is at an order of ours."""
    cdef Waits* w = &v.gone
    cdef int64_t due = p.venue_ns + p.set.print_lag_ns
    told_at(w, w.last_own).next_own = number           # read only when there is a next one
    w.first_own = <uint32_t>cs_pick(w.n_own == 0, number, w.first_own)
    w.last_own = <uint32_t>cs_pick(gone > 0, number, w.last_own)
    v.decide_ns = cs_pick((gone > 0) & (due < v.decide_ns), due, v.decide_ns)
    w.n_own += gone > 0


cdef cs_apart own_level_changed(Paper* p, Venue* v, int ladder, int32_t pips, int64_t was, int64_t size) noexcept nogil:
    """Where orders of ours rest. An increase queues behind us; a decrease waits for its print."""
    cdef Level* level = &v.books[ladder].level[pips]
    cdef int64_t gone
    cdef int32_t k = v.first[ladder]
    cdef Rest* r
    level.size = was                       # what is due is decided by the book as it was
    decide_due(p, v)
    level.size = size
    gone = told_gone(p, v, ladder, pips, (was - size) & -<int64_t>(size < was))
    if cs_unlikely(p.error):               # there was no room for it
        return
    note_own(p, v, v.gone.head + <uint32_t>v.gone.n - (gone > 0), gone)
    while k >= 0 and p.rests[k].pips >= pips:
        r = &p.rests[k]
        k = r.next
        if r.pips != pips:
            continue
        if cs_unlikely(r.front < 0):       # accepted without a book: all that is there is ahead
            r.front = size
        r.waiting += gone
        bound_front(r, size)


cdef inline void level_changed(Paper* p, Venue* v, int ladder, int32_t pips, int64_t was, int64_t size) noexcept nogil:
    """A level has another displayed size."""
    if is_own(&v.books[ladder], pips):
        own_level_changed(p, v, ladder, pips, was, size)
    else:                                  # 0 when it grew: no branch, it is a coin toss
        told_gone(p, v, ladder, pips, (was - size) & -<int64_t>(size < was))


cdef int64_t reach_of(Paper* p, Rest* r, int64_t size, int64_t displayed) noexcept nogil:
    """How much of a print at our own price came past the queue ahead of us."""
    cdef int64_t past
    if p.set.fill < FILL_RISK_AVERSE or r.front < 0:
        return 0
    past = size - r.front
    r.front = r.front - size if past < 0 else 0
    bound_front(r, displayed)
    return past if past > 0 else 0
