# The ladder of bids of one token, by pip, with an occupancy bitmap; asks are the complement's bids.
# Owns: Ladder and WideLadder. O(1) store, O(1) best. A narrow ladder has a level every 5 pips, which
# every tick but 0.0001 divides into; the first price between them moves it to a wide ladder, one
# level a pip, from a bounded pool.

cdef inline int32_t narrow_index(int32_t pips) noexcept nogil:
    return (pips * 52429) >> 18        # pips / 5, exact for 0..10000 (a test tries each)


cdef inline int32_t narrow_top(const Ladder* l, int word) noexcept nogil:
    """Price of the highest level at or below a word of the bitmap, 0 when there is none."""
    while l.occupied[word] == 0:
        if word == 0:
            return 0
        word -= 1
    return (word * 64 + cs_top_bit(l.occupied[word])) * NARROW_STEP


cdef int32_t wide_top(WideLadder* w) noexcept nogil:
    cdef int k
    cdef int word
    for k in range(2, -1, -1):
        if w.summary[k]:
            word = k * 64 + cs_top_bit(w.summary[k])
            return word * 64 + cs_top_bit(w.occupied[word])
    return 0


cdef inline void wide_store(WideLadder* w, int32_t pips, int64_t size) noexcept nogil:
    cdef int word = pips >> 6
    cdef uint64_t bits = (w.occupied[word] & ~(<uint64_t>1 << (pips & 63))) | (<uint64_t>(size != 0) << (pips & 63))
    w.size[pips] = size
    w.occupied[word] = bits
    w.summary[word >> 6] = (w.summary[word >> 6] & ~(<uint64_t>1 << (word & 63))) \
        | (<uint64_t>(bits != 0) << (word & 63))


cdef int widen(State* s, Ladder* l) noexcept nogil:
    """Move a narrow ladder into a free wide one. 0 when none is left."""
    cdef int k
    cdef int word
    cdef int bit
    cdef uint64_t bits
    cdef WideLadder* w
    for k in range(<int>(2 * s.c.wide_books)):
        w = &s.wides[k]
        if w.used:
            continue
        w.used = 1
        l.wide = k
        for word in range(NARROW_WORDS):
            bits = l.occupied[word]
            while bits:
                bit = cs_top_bit(bits)
                bits &= ~(<uint64_t>1 << bit)
                wide_store(w, (word * 64 + bit) * NARROW_STEP, l.size[word * 64 + bit])
                l.size[word * 64 + bit] = 0
            l.occupied[word] = 0
        return 1
    return 0


cdef int store_wide(State* s, Ladder* l, int32_t pips, int64_t size) noexcept nogil:
    """Set a level where the narrow ladder has none. 0 when no wide ladder is left."""
    if l.wide < 0:
        if size == 0:
            return 1                   # nothing stands there
        if not widen(s, l):
            return 0
    wide_store(&s.wides[l.wide], pips, size)
    if size != 0:
        if pips > l.best_pips:
            l.best_pips = pips
    elif pips == l.best_pips:
        l.best_pips = wide_top(&s.wides[l.wide])
    return 1


cdef inline int store_level(State* s, Ladder* l, int32_t pips, int64_t size) noexcept nogil:
    """Set the absolute size at a price; 0 removes. Returns 0 when a wide ladder is wanted and none is left."""
    if cs_unlikely(off_narrow(l, pips)):
        return store_wide(s, l, pips, size)
    store_narrow(l, pips, size)
    return 1


cdef inline int off_narrow(const Ladder* l, int32_t pips) noexcept nogil:
    """Whether the narrow ladder has no such price."""
    return l.wide >= 0 or narrow_index(pips) * NARROW_STEP != pips


cdef inline void store_narrow(Ladder* l, int32_t pips, int64_t size) noexcept nogil:
    """Set the size at a price that the narrow ladder has."""
    cdef int32_t index = narrow_index(pips)
    cdef int word = index >> 6
    cdef int32_t higher
    cdef uint64_t bits
    l.size[index] = size
    bits = (l.occupied[word] & ~(<uint64_t>1 << (index & 63))) | (<uint64_t>(size != 0) << (index & 63))
    l.occupied[word] = bits
    # one comparison, not two: whether a level is removed is a coin toss no branch predictor knows
    if cs_unlikely(((pips ^ l.best_pips) | <int32_t>(size != 0)) == 0):
        l.best_pips = narrow_top(l, word)
        return
    higher = pips & -<int32_t>(size != 0)
    l.best_pips = higher if higher > l.best_pips else l.best_pips


cdef inline int64_t level_size(State* s, Ladder* l, int32_t pips) noexcept nogil:
    if l.wide >= 0:
        return s.wides[l.wide].size[pips]
    if pips % NARROW_STEP:
        return 0
    return l.size[pips // NARROW_STEP]


cdef int64_t levels_of(State* s, Ladder* l, int16_t* pips, int64_t* sizes) noexcept nogil:
    """All levels, best first, into arrays of at least 10,001; returns how many."""
    cdef int64_t n = 0
    cdef int word
    cdef int bit
    cdef uint64_t bits
    cdef WideLadder* w
    if l.wide >= 0:
        w = &s.wides[l.wide]
        for word in range(WIDE_WORDS - 1, -1, -1):
            bits = w.occupied[word]
            while bits:
                bit = cs_top_bit(bits)
                bits &= ~(<uint64_t>1 << bit)
                pips[n] = <int16_t>(word * 64 + bit)
                sizes[n] = w.size[word * 64 + bit]
                n += 1
        return n
    for word in range(NARROW_WORDS - 1, -1, -1):
        bits = l.occupied[word]
        while bits:
            bit = cs_top_bit(bits)
            bits &= ~(<uint64_t>1 << bit)
            pips[n] = <int16_t>((word * 64 + bit) * NARROW_STEP)
            sizes[n] = l.size[word * 64 + bit]
            n += 1
    return n


cdef void clear_ladder(State* s, Ladder* l) noexcept nogil:
    """Empty it through its bitmap: the cost is that of the levels it has."""
    cdef int word
    cdef int bit
    cdef uint64_t bits
    cdef WideLadder* w
    if l.wide >= 0:
        w = &s.wides[l.wide]
        for word in range(WIDE_WORDS):
            bits = w.occupied[word]
            while bits:
                bit = cs_top_bit(bits)
                bits &= ~(<uint64_t>1 << bit)
                w.size[word * 64 + bit] = 0
            w.occupied[word] = 0
        memset(w.summary, 0, sizeof(w.summary))
        w.used = 0
        l.wide = -1
    else:
        for word in range(NARROW_WORDS):
            bits = l.occupied[word]
            while bits:
                bit = cs_top_bit(bits)
                bits &= ~(<uint64_t>1 << bit)
                l.size[word * 64 + bit] = 0
            l.occupied[word] = 0
    l.best_pips = 0


cdef inline int32_t best_bid(State* s, uint32_t token) noexcept nogil:
    return s.ladders[token].best_pips


cdef inline int32_t best_ask(State* s, uint32_t token) noexcept nogil:
    return <int32_t>PIPS - s.ladders[token ^ 1].best_pips


cdef inline int is_crossed(State* s, uint32_t token) noexcept nogil:
    """Bid at or above ask. An empty side counts as 0 or 1 and crosses nothing."""
    return s.ladders[token].best_pips + s.ladders[token ^ 1].best_pips >= PIPS \
        and s.ladders[token].best_pips > 0 and s.ladders[token ^ 1].best_pips > 0
