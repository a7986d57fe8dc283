# The changes of one price_change message: one delta a mirrored pair. Owns: the pairing.
#
# Of a message with an entry that cannot be read the rest is taken, and FEED GAP follows for each
# condition it names: a change of its book was lost.

cdef inline int is_twin(const Change* a, const Change* b) noexcept nogil:
    """The same level seen from the complement."""
    return b.token == (a.token ^ 1) and b.price_pips == PIPS - a.price_pips and b.side != a.side


cdef inline int says_the_same(const Change* a, const Change* b) noexcept nogil:
    """Of twins: the same size, and the same best where both carry one."""
    return a.size == b.size and (
        not (a.flags & b.flags & BEST_KNOWN)
        or (b.bid_pips == PIPS - a.ask_pips and b.ask_pips == PIPS - a.bid_pips))


cdef inline void mark_change(Scan* s, const Change* c) noexcept nogil:
    cdef Mark* mark = put_mark(s, c.token, M_PRICE_CHANGE)
    if mark != NULL and c.hash_n:
        mark.hash.sort = V_STRING
        mark.hash.at = c.hash_at
        mark.hash.n = c.hash_n


cdef inline void put_delta(Scan* s, const Change* c) noexcept nogil:
    cdef Event* e
    mark_change(s, c)
    e = put(s, EV_BOOK_DELTA, c.token)
    e.size = c.size
    e.price_pips = c.price_pips
    e.bid_pips = c.bid_pips
    e.ask_pips = c.ask_pips
    e.side = c.side
    e.flags = c.flags
    s.counts.deltas += 1


cdef inline void put_mismatch(Scan* s, uint32_t token) noexcept nogil:
    s.counts.mirror_mismatches += 1
    put_sign(s, token, SIGN_MIRROR_MISMATCH)


cdef int64_t twin_of(const Scan* s, int64_t k) noexcept nogil:
    """The first later entry that is the same level of the complement, or -1."""
    cdef int64_t j
    for j in range(k + 1, s.n_changes):
        if is_twin(&s.changes[k], &s.changes[j]) and not s.changes[j].done and not s.changes[j].bad:
            return j
    return -1


cdef inline int has_others(const Scan* s) noexcept nogil:
    """Whether more than one token is named: else there is nothing to pair, and no search for it."""
    cdef int64_t j
    for j in range(1, s.n_changes):
        if s.changes[j].token != s.changes[0].token:
            return 1
    return 0


cdef int has_complement(const Scan* s, uint32_t token) noexcept nogil:
    cdef int64_t j
    for j in range(s.n_changes):
        if s.changes[j].token == (token ^ 1):
            return 1
    return 0


cdef void put_changes(Scan* s) noexcept nogil:
    """Entries in their order. A twin is checked and dropped; else the feed is told and both are given."""
    cdef int64_t k
    cdef int64_t j = -1
    cdef Change* c
    cdef int mixed = has_others(s)
    for k in range(s.n_changes):
        c = &s.changes[k]
        if c.done or c.bad or c.token == NO_TOKEN:
            continue
        if mixed:
            j = twin_of(s, k)
        if j < 0:
            if mixed and has_complement(s, c.token):
                put_mismatch(s, c.token)
            put_delta(s, c)
            continue
        s.changes[j].done = 1
        if says_the_same(c, &s.changes[j]):
            s.counts.twins_dropped += 1
            put_delta(s, c)
            mark_change(s, &s.changes[j])
        else:
            put_mismatch(s, c.token)
            put_delta(s, c)
            put_delta(s, &s.changes[j])


cdef void put_gaps(Scan* s) noexcept nogil:
    """One GAP for each condition of the message."""
    cdef int64_t k
    cdef int64_t j
    for k in range(s.n_changes):
        if s.changes[k].token == NO_TOKEN:
            continue
        for j in range(k):
            if s.changes[j].token >> 1 == s.changes[k].token >> 1:
                break
        else:
            s.counts.gaps += 1
            put_sign(s, s.changes[k].token, SIGN_GAP)


cdef void name_changes(Scan* s, int known) noexcept nogil:
    """Tokens of the entries whose asset is known, or not: so that a partner finds its pair."""
    cdef int64_t k
    cdef Change* c
    for k in range(s.n_changes):
        c = &s.changes[k]
        if c.token == NO_TOKEN and c.asset.sort != V_ABSENT:
            if known and find_id(s.table, c.asset.at, c.asset.n) == NULL:
                continue
            c.token = token_of(s, K_ASSET_ID, K_PRICE_CHANGES, c.entry, &c.asset)
            c.asset.sort = V_ABSENT


cdef int finish_changes(Scan* s) noexcept nogil:
    cdef Message* m = &s.message
    cdef int64_t before = s.n_events
    cdef int64_t k
    cdef uint32_t token = NO_TOKEN
    cdef int key
    if m.changes == K_OTHER:
        key = K_CHANGES if has(m, K_CHANGES) and not has(m, K_PRICE_CHANGES) else K_PRICE_CHANGES
        trouble(s, P_SORT if has(m, key) else P_MISSING, key, K_OTHER, -1, &m.fields[key])
        return 0
    if m.changes == K_CHANGES:
        token = token_of(s, K_ASSET_ID, K_OTHER, -1, &m.fields[K_ASSET_ID])
        if token == NO_TOKEN:
            return 0
    if m.changes == K_PRICE_CHANGES:
        name_changes(s, 1)
        name_changes(s, 0)
    for k in range(s.n_changes if m.changes == K_CHANGES else 0):
        s.changes[k].token = token
        if m.fields[K_HASH].sort == V_STRING:
            s.changes[k].hash_at = m.fields[K_HASH].at
            s.changes[k].hash_n = <int32_t>m.fields[K_HASH].n
    if not m.twice:
        put_changes(s)
    if m.bad[0] and token != NO_TOKEN:
        s.counts.gaps += 1
        put_sign(s, token, SIGN_GAP)
    elif m.bad[0]:
        put_gaps(s)
    return s.n_events > before
