# The forms in which the venue writes its common messages: keys in its order, no white space. Owns no
# state. Each function either reads all of it or says 0 and leaves the cursor where it was; then the
# general reader decides. So a form that changes costs speed, never a message.

cdef int fast_change(Scan* s, Change* c) noexcept nogil:
    """An entry of price_changes whose asset is known and whose values are plain."""
    cdef const uint8_t* p = s.p
    cdef const uint8_t* end = s.end
    cdef const Place* place
    cdef int64_t units = 0
    cdef int n
    if end - p < 30 or memcmp(p, b'{"asset_id":"', 13) != 0:
        return 0
    p += 13
    place = find_quoted(s.table, p, end)
    if place == NULL:
        return 0
    p += place.n
    if end - p < 64 or memcmp(p, b'","price":"', 11) != 0:
        return 0
    p += 11
    n = sc_decimal8(p, 4, &units)
    if n == 0 or units > PIPS or memcmp(p + n, b'","size":"', 10) != 0:
        return 0
    c.price_pips = <int16_t>units
    p += n + 10
    n = sc_decimal8(p, 6, &c.size)
    if n == 0:
        n = sc_decimal16(p, 6, &c.size)
    if n == 0 or c.size > MAX_SIZE:
        return 0
    p += n
    if end - p < 120 or memcmp(p, b'","side":"', 10) != 0:
        return 0
    p += 10
    c.side = SIDE_SELL if p[0] == c'S' else SIDE_BUY
    if memcmp(p, b'SELL"' if c.side else b'BUY",', 5) != 0:
        return 0
    p += 3 + c.side
    if memcmp(p, b'","hash":"', 10) != 0 or not sc_is_plain(p + 10, 40) \
            or memcmp(p + 50, b'","best_bid":"', 14) != 0:
        return 0
    c.hash_at = p + 10
    c.hash_n = 40
    p += 64
    n = sc_decimal8(p, 4, &units)
    if n == 0 or units > PIPS or memcmp(p + n, b'","best_ask":"', 14) != 0:
        return 0
    c.bid_pips = bid_of(units)
    p += n + 14
    n = sc_decimal8(p, 4, &units)
    if n == 0 or units > PIPS or p[n + 1] != c'}':
        return 0
    c.ask_pips = ask_of(units)
    c.token = place.token
    c.flags = BEST_KNOWN
    c.bad = c.token == NO_TOKEN
    c.done = 0
    if c.bad:
        return 0
    s.p = p + n + 2
    return 1


cdef int fast_level(Scan* s, Level* level) noexcept nogil:
    """A level of a book."""
    cdef const uint8_t* p = s.p
    cdef int64_t units = 0
    cdef int n
    if s.end - p < 48 or memcmp(p, b'{"price":"', 10) != 0:
        return 0
    p += 10
    n = sc_decimal8(p, 4, &units)
    if n == 0 or units > PIPS or memcmp(p + n, b'","size":"', 10) != 0:
        return 0
    p += n + 10
    n = sc_decimal8(p, 6, &level.size)
    if n == 0:
        n = sc_decimal16(p, 6, &level.size)
    if n == 0 or level.size > MAX_SIZE or p[n + 1] != c'}':
        return 0
    level.price_pips = <int16_t>units
    s.p = p + n + 2
    return 1


cdef int fast_message(Scan* s) noexcept nogil:
    """A whole price_change message of the present form, at its `{`."""
    cdef const uint8_t* first = s.p
    cdef const uint8_t* p = first
    cdef int64_t ms = 0
    if s.end - p < 160 or memcmp(p, b'{"market":"', 11) != 0 or not sc_is_plain(p + 11, 66) \
            or memcmp(p + 77, b'","price_changes":[', 19) != 0:
        return 0
    s.p = p + 96
    s.n_changes = 0
    while s.n_changes < s.room and fast_change(s, &s.changes[s.n_changes]):
        s.n_changes += 1
        if s.p[0] != c',':
            break
        s.p += 1
    p = s.p
    s.p = first
    if s.end - p < 58 or memcmp(p, b'],"timestamp":"', 15) != 0 or not sc_thirteen(p + 15, &ms) \
            or memcmp(p + 28, b'","event_type":"price_change"}', 30) != 0 \
            or ms == 0 or ms > (MAX_TIME_NS - 1) // 1000000:
        return 0
    s.message.first_event = s.n_events
    s.message.venue_time_ns = ms * 1000000
    s.message.time_ns = s.time_ns if s.time_ns >= 0 else s.message.venue_time_ns + s.assumed_delay_ns
    s.counts.price_changes += 1
    s.counts.fast += 1
    s.p = p + 58
    put_changes(s)
    return 1
