# Decreases and prints that wait for the other word about them. Owns: Waits.
#
# A print and the decrease of the level that it caused are one thing told twice, and on this venue the
# decrease comes first (about 21 ms). So each decrease waits for its print, and each print for its
# decrease, `print_lag_ns` long.
#
# Which decrease is whose print: the newest of the same size, as far as displayed sizes are rounded, that is
# at least LEAST_LAG_NS old, else the oldest of that size. Of 505 prints in two recordings none came sooner,
# and the oldest of several is often a cancel of a round size (ADR 0013).

cdef enum:
    ROUNDED = 10000            # displayed sizes have 2 decimals of a share, prints 6
    MOST_WAITS = 4096          # of a condition; the oldest beyond them is decided early
    LEAST_LAG_NS = 15000000


cdef inline Told* told_at(Waits* w, uint32_t number) noexcept nogil:
    return &w.at[number & (w.size - 1)]


cdef inline void drop_over(Paper* p, Waits* w) noexcept nogil:
    """What has waited longer than a print may lag, or is spent, explains nothing any more."""
    cdef int64_t since = p.venue_ns - p.set.print_lag_ns
    while w.n and (told_at(w, w.head).ns < since or told_at(w, w.head).size == 0):
        w.head += 1
        w.n -= 1


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


cdef int make_room(Paper* p, Waits* w) noexcept nogil:
    """A place in the ring: what is over goes first; 0 when there is no memory."""
    drop_over(p, w)
    if w.n == MOST_WAITS:
        w.head += 1
        w.n -= 1
    return <uint32_t>w.n < w.size or widen_waits(w)


cdef inline void wait_for(Paper* p, Waits* w, int ladder, int32_t pips, int64_t size, uint32_t own) noexcept nogil:
    """The other word about it may still come."""
    cdef Told* told
    if cs_unlikely(<uint32_t>w.n == w.size):
        if size == 0:
            return
        if not make_room(p, w):
            p.error = 1
            return
    told = told_at(w, w.head + <uint32_t>w.n)
    told.ns = p.venue_ns
    told.seq = p.seq
    told.size = size
    told.pips = pips
    told.own = own
    told.ladder = <uint8_t>ladder
    w.n += size > 0                    # a change that takes nothing away is no decrease


cdef int32_t old_ones(Waits* w, int64_t since_ns) noexcept nogil:
    """How many, from the oldest, were told at `since_ns` or before."""
    cdef int32_t n = w.n
    while n and told_at(w, w.head + <uint32_t>(n - 1)).ns > since_ns:
        n -= 1
    return n


cdef Told* its_word(Waits* w, int32_t n_old, int ladder, int32_t pips, int64_t size, int32_t* from_) noexcept nogil:
    """What explains `size`: the first of that size; else, from `from_` on, the first; NULL: nothing.

    The first `n_old` come first, the newest of them before the others, then those after them in turn.
    """
    cdef int32_t k
    cdef Told* told
    if from_[0] == 0:
        for k in range(w.n):
            told = told_at(w, w.head + <uint32_t>(n_old - 1 - k if k < n_old else k))
            if told.pips == pips and told.ladder == ladder and told.size \
                    and -ROUNDED <= told.size - size <= ROUNDED:
                return told
    for k in range(from_[0], w.n):
        told = told_at(w, w.head + <uint32_t>(n_old - 1 - k if k < n_old else k))
        if told.pips == pips and told.ladder == ladder and told.size:
            from_[0] = k + 1
            return told
    return NULL


cdef inline int64_t part_of(Told* told, int64_t* size) noexcept nogil:
    """How much of `size` it explains, taken from both; the rounding of a displayed size goes with it."""
    cdef int64_t part = size[0]
    if told.size <= part + ROUNDED:            # all of it, and perhaps a little more
        if told.size < part - ROUNDED:
            part = told.size
        told.size = 0
    else:
        told.size -= part
    size[0] -= part
    return part
