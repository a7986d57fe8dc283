# Fill models: how far the queue ahead of us has moved. Owns: Rest.front, waiting, traded.
#
# A print and the decrease of the level that it caused are one thing told twice, and on this venue the
# decrease comes first (about 21 ms). So a decrease waits for its print: what prints explain was
# traded, at the head of the queue; what nothing explains within `print_lag_ns` was cancelled, and the
# model says where. Recorders that write the print first are served by `traded`, the other way round.
#
# Sources: hftbacktest queue.rs and order_fill.rst (risk-averse, probabilistic), Rigtorp 2013,
# outcometick (print lag, depletion).

cdef inline int64_t weight(Paper* p, int64_t size) noexcept nogil:
    """f of the probabilistic models, in integers: of hundredths of a share, below 2**62."""
    cdef uint64_t x = <uint64_t>(size // 10000)
    cdef uint64_t whole
    cdef int k
    if p.set.fill == FILL_LOG:         # log2(1 + x) in 2**-16, linear between powers of two
        x += 1
        k = cs_top_bit(x)
        whole = x - (<uint64_t>1 << k)
        return (<int64_t>k << 16) + <int64_t>((whole << 16) >> k if k < 47 else whole >> (k - 16))
    if x > 1000000:
        x = 1000000                    # 10,000 shares: x ** 3 fits 62 bits
    if p.set.power == 1:
        return <int64_t>x
    if p.set.power == 2:
        return <int64_t>(x * x)
    return <int64_t>(x * x * x)


cdef void cancel_around(Paper* p, Rest* r, int64_t left, int64_t gone) noexcept nogil:
    """`gone` was cancelled at our level, `left` is displayed now: what of it was ahead of us."""
    cdef int64_t back
    cdef int64_t f_back
    cdef int64_t f_front
    cdef int64_t behind
    if p.set.fill == FILL_POWER or p.set.fill == FILL_LOG:
        back = left + gone - r.front
        if back < 0:
            back = 0
        f_back = weight(p, back)
        f_front = weight(p, r.front)
        behind = gone
        if f_back + f_front:
            behind = cs_muldiv_floor(gone, f_back, f_back + f_front)
        if behind > back:
            behind = back
        r.front -= gone - behind
        if r.front < 0:
            r.front = 0
    if r.front > left:
        r.front = left


cdef inline void age(Paper* p, Rest* r, int64_t left) noexcept nogil:
    """What waited longer than a print may lag is decided."""
    if r.waiting and p.venue_ns - r.waiting_ns > p.set.print_lag_ns:
        cancel_around(p, r, left, r.waiting)
        r.waiting = 0
    if r.traded and p.venue_ns - r.traded_ns > p.set.print_lag_ns:
        r.traded = 0


cdef void level_changed(Paper* p, Venue* v, int ladder, int32_t pips, int64_t was, int64_t size) noexcept nogil:
    """A level that we rest at has another displayed size. An increase queues behind us."""
    cdef int32_t k = v.first
    cdef Rest* r
    cdef int64_t gone
    cdef int64_t told
    while k >= 0:
        r = &p.rests[k]
        k = r.next
        if r.pips != pips or r.ladder != ladder:
            continue
        if r.front < 0:                # accepted without a book: all that is there is ahead
            r.front = size
            continue
        age(p, r, was)
        gone = was - size
        if gone <= 0:
            continue
        told = gone if gone < r.traded else r.traded
        r.traded -= told
        gone -= told
        if told and r.front > size:
            r.front = size
        if gone:
            if r.waiting == 0:
                r.waiting_ns = p.venue_ns
            r.waiting += gone


cdef int64_t print_reaches(Paper* p, Rest* r, int64_t size, int64_t displayed) noexcept nogil:
    """How much of a print at our own price came past the queue ahead of us."""
    cdef int64_t told
    cdef int64_t past
    if p.set.fill == FILL_FRONT:
        return size
    if p.set.fill < FILL_RISK_AVERSE or p.set.fill == FILL_NAIVE or r.front < 0:
        return 0
    age(p, r, displayed)
    told = size if size < r.waiting else r.waiting
    r.waiting -= told
    if size > told:
        r.traded += size - told
        r.traded_ns = p.venue_ns
    r.front -= size
    if r.front >= 0:
        return 0
    past = -r.front
    r.front = 0
    return past
