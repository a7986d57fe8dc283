# One JSON object of the channel, keys in any order: scalars are kept as spans, changes and levels are
# read as they come. What they mean is decided when the object is whole (scan_emit.pxi), because the
# venue writes event_type last. Owns: Scan.message, changes, levels, troubles while an object is read.

cdef int key_of(const Span* k) noexcept nogil:
    """Lengths first, so that each comparison is one of constant size."""
    cdef const uint8_t* t = k.at
    if k.n == 4:
        if memcmp(t, b"size", 4) == 0:
            return K_SIZE
        if memcmp(t, b"side", 4) == 0:
            return K_SIDE
        if memcmp(t, b"hash", 4) == 0:
            return K_HASH
        if memcmp(t, b"bids", 4) == 0:
            return K_BIDS
        return K_ASKS if memcmp(t, b"asks", 4) == 0 else K_OTHER
    if k.n == 5:
        return K_PRICE if memcmp(t, b"price", 5) == 0 else K_OTHER
    if k.n == 6:
        return K_MARKET if memcmp(t, b"market", 6) == 0 else K_OTHER
    if k.n == 7:
        return K_CHANGES if memcmp(t, b"changes", 7) == 0 else K_OTHER
    if k.n == 8:
        if memcmp(t, b"asset_id", 8) == 0:
            return K_ASSET_ID
        if memcmp(t, b"best_bid", 8) == 0:
            return K_BEST_BID
        if memcmp(t, b"best_ask", 8) == 0:
            return K_BEST_ASK
        return K_NEG_RISK if memcmp(t, b"neg_risk", 8) == 0 else K_OTHER
    return long_key_of(k)


cdef int long_key_of(const Span* k) noexcept nogil:
    cdef const uint8_t* t = k.at
    if k.n == 9:
        if memcmp(t, b"timestamp", 9) == 0:
            return K_TIMESTAMP
        return K_TICK_SIZE if memcmp(t, b"tick_size", 9) == 0 else K_OTHER
    if k.n == 10:
        return K_EVENT_TYPE if memcmp(t, b"event_type", 10) == 0 else K_OTHER
    if k.n == 13:
        if memcmp(t, b"price_changes", 13) == 0:
            return K_PRICE_CHANGES
        return K_NEW_TICK_SIZE if memcmp(t, b"new_tick_size", 13) == 0 else K_OTHER
    if k.n == 14:
        return K_MIN_ORDER_SIZE if memcmp(t, b"min_order_size", 14) == 0 else K_OTHER
    if k.n == 16:
        if memcmp(t, b"winning_asset_id", 16) == 0:
            return K_WINNING_ASSET_ID
        return K_LAST_TRADE_PRICE if memcmp(t, b"last_trade_price", 16) == 0 else K_OTHER
    return K_OTHER


cdef void trouble(Scan* s, int code, int key, int part, int64_t entry, const Span* v) noexcept nogil:
    """Keep what is wrong and where, until the message has been read."""
    cdef Trouble* t
    s.counts.troubles += 1
    if s.n_troubles >= MAX_PROBLEMS:
        return
    t = &s.troubles[s.n_troubles]
    s.n_troubles += 1
    t.code = code
    t.key = key
    t.part = part
    t.entry = entry
    t.at = s.message.start - s.base
    t.text = NULL
    t.n = 0
    if v != NULL and v.sort != V_ABSENT:
        t.text = v.at
        t.n = v.n
        if s.base <= v.at <= s.end:
            t.at = v.at - s.base


cdef int read_fields(Scan* s, Span* fields, int part, int64_t entry, int depth) noexcept nogil:
    """An object of scalars, cursor behind its `{`: known keys into `fields`, the rest passed over."""
    cdef Span name
    cdef Span value
    cdef int key
    if is_next(s, c'}'):
        return 1
    while True:
        skip_space(s)
        if s.p >= s.end or s.p[0] != c'"':
            return fail(s, P_SYNTAX)
        if not get_string(s, &name) or not take(s, c':'):
            return 0
        key = key_of(&name)
        if not get_value(s, &value, depth):
            return 0
        if key != K_OTHER and fields[key].sort == V_ABSENT:
            fields[key] = value
        elif key != K_OTHER:
            fields[K_OTHER].n = key              # which key stands there twice
        if is_next(s, c'}'):
            return 1
        if not take(s, c','):
            return 0


cdef int read_change(Scan* s, int part, int64_t index) noexcept nogil:
    """One entry of price_changes (all fields its own) or changes (price, size and side), at its `{`."""
    cdef Span f[N_KEYS]
    cdef Change* c
    cdef int ok = 1
    if s.n_changes >= s.room:
        return fail(s, P_SYNTAX)                 # cannot be: room is by the message's length
    c = &s.changes[s.n_changes]
    if s.use_fast and part == K_PRICE_CHANGES and fast_change(s, c):
        s.n_changes += 1
        return 1
    memset(f, 0, sizeof(f))
    s.p += 1
    if not read_fields(s, f, part, index, 3):
        return 0
    memset(c, 0, sizeof(Change))
    c.token = NO_TOKEN
    c.entry = <int32_t>index
    if f[K_OTHER].n:
        trouble(s, P_TWICE, <int>f[K_OTHER].n, part, index, NULL)
        ok = 0
    if part == K_PRICE_CHANGES:
        ok = told(s, K_ASSET_ID, part, index, &f[K_ASSET_ID], is_id(&f[K_ASSET_ID])) and ok
        if is_id(&f[K_ASSET_ID]) == P_NONE:
            c.asset = f[K_ASSET_ID]
    ok = told(s, K_PRICE, part, index, &f[K_PRICE], read_price(&f[K_PRICE], &c.price_pips)) and ok
    ok = told(s, K_SIZE, part, index, &f[K_SIZE], read_size(&f[K_SIZE], &c.size)) and ok
    ok = told(s, K_SIDE, part, index, &f[K_SIDE], read_side(&f[K_SIDE], &c.side)) and ok
    if f[K_BEST_BID].sort != V_ABSENT or f[K_BEST_ASK].sort != V_ABSENT:
        if told(s, K_BEST_BID, part, index, &f[K_BEST_BID], read_best(&f[K_BEST_BID], SIDE_BUY, &c.bid_pips)) \
                and told(s, K_BEST_ASK, part, index, &f[K_BEST_ASK],
                         read_best(&f[K_BEST_ASK], SIDE_SELL, &c.ask_pips)):
            c.flags = BEST_KNOWN
        else:
            c.bid_pips = 0                       # a change whose best cannot be read is a change without one
            c.ask_pips = 0
    if f[K_HASH].sort == V_STRING:
        c.hash_at = f[K_HASH].at
        c.hash_n = <int32_t>f[K_HASH].n
    c.bad = not ok
    s.message.bad[0] |= c.bad
    if ok or c.asset.sort != V_ABSENT:
        s.n_changes += 1
    return 1


cdef inline int told(Scan* s, int key, int part, int64_t entry, const Span* v, int problem) noexcept nogil:
    """Whether it could be read; if not, that is kept."""
    if problem == P_NONE:
        return 1
    trouble(s, problem, key, part, entry, v)
    return 0


cdef inline int is_id(const Span* v) noexcept nogil:
    """P_NONE for what can name an asset: a text or number that is not empty."""
    if v.sort == V_ABSENT or (v.sort == V_STRING and v.n == 0):
        return P_MISSING
    return P_NONE if v.sort == V_STRING or v.sort == V_NUMBER else P_SORT


cdef int read_level(Scan* s, int side, int64_t index) noexcept nogil:
    """One level of a book, at its `{`."""
    cdef Span f[N_KEYS]
    cdef Side* own = &s.message.sides[side]
    cdef Level* level
    cdef int part = K_ASKS if side else K_BIDS
    cdef int ok
    if own.n >= s.room:
        return fail(s, P_SYNTAX)                 # cannot be
    level = &own.levels[own.n]
    if s.use_fast and fast_level(s, level):
        own.n += 1
        return 1
    memset(f, 0, sizeof(f))
    s.p += 1
    if not read_fields(s, f, part, index, 3):
        return 0
    ok = 1
    if f[K_OTHER].n:
        trouble(s, P_TWICE, <int>f[K_OTHER].n, part, index, NULL)
        ok = 0
    ok = told(s, K_PRICE, part, index, &f[K_PRICE], read_price(&f[K_PRICE], &level.price_pips)) and ok
    ok = told(s, K_SIZE, part, index, &f[K_SIZE], read_size(&f[K_SIZE], &level.size)) and ok
    s.message.bad[1] |= not ok
    own.n += ok
    return 1


cdef int read_array(Scan* s, int key) noexcept nogil:
    """price_changes, changes, bids or asks, at its `[`. Elements that are no objects are told."""
    cdef Span other
    cdef int64_t index = 0
    cdef int ok
    s.p += 1
    if is_next(s, c']'):
        return 1
    while True:
        skip_space(s)
        if s.p < s.end and s.p[0] == c'{':
            if key == K_PRICE_CHANGES or key == K_CHANGES:
                ok = read_change(s, key, index)
            else:
                ok = read_level(s, 1 if key == K_ASKS else 0, index)
        else:
            ok = get_value(s, &other, 2)
            if ok:
                trouble(s, P_NOT_OBJECT, K_OTHER, key, index, &other)
                s.message.bad[key >= K_BIDS] = 1
        if not ok:
            return 0
        index += 1
        if is_next(s, c']'):
            return 1
        if not take(s, c','):
            return 0


cdef int read_member(Scan* s, int key) noexcept nogil:
    """The value of one key of the object."""
    cdef Message* m = &s.message
    cdef Span* v = &m.fields[key]
    cdef Span other
    cdef int again = m.seen >> key & 1
    if key == K_OTHER:
        return get_value(s, &other, 1)
    m.seen |= <uint32_t>1 << key
    if again or (m.changes and (key == K_CHANGES or key == K_PRICE_CHANGES)):
        m.twice = key                            # none of it is taken
        return get_value(s, &other, 1)
    skip_space(s)
    if s.p < s.end and s.p[0] == c'[' and K_PRICE_CHANGES <= key <= K_ASKS:
        v.sort = V_NESTED
        if key >= K_BIDS:
            m.sides[key - K_BIDS].sort = V_NESTED
        else:
            m.changes = key
        return read_array(s, key)
    if not get_value(s, v, 1):
        return 0
    if key == K_BIDS or key == K_ASKS:
        m.sides[key - K_BIDS].sort = v.sort if v.sort == V_NULL else V_ABSENT
    return 1


cdef int read_object(Scan* s) noexcept nogil:
    """A whole object, at its `{`, and its events. 0: not JSON, nothing of this object is taken."""
    cdef Message* m = &s.message
    cdef Span name
    memset(m.fields, 0, sizeof(m.fields))
    m.sides[0].n = 0
    m.sides[1].n = 0
    m.sides[0].sort = V_ABSENT
    m.sides[1].sort = V_ABSENT
    m.sides[0].levels = s.levels
    m.sides[1].levels = s.levels + s.room
    m.start = s.p
    m.first_trouble = s.n_troubles
    m.first_event = s.n_events
    m.seen = 0
    m.changes = K_OTHER
    m.twice = K_OTHER
    m.bad[0] = 0
    m.bad[1] = 0
    s.n_changes = 0
    s.p += 1
    if not is_next(s, c'}'):
        while True:
            skip_space(s)
            if s.p >= s.end or s.p[0] != c'"':
                return fail(s, P_SYNTAX)
            if not get_string(s, &name) or not take(s, c':') or not read_member(s, key_of(&name)):
                return 0
            if is_next(s, c'}'):
                break
            if not take(s, c','):
                return 0
    finish_object(s)
    return 1
