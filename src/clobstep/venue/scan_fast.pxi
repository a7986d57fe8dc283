# The forms in which the venue writes its common messages: keys in its order; after each comma one space
# (price changes as they were received in 2026) or none (books, and whatever was written again). Owns no
# state. Each function either reads all of it or says 0 and leaves the cursor where it was; then the
# general reader decides. So a form that changes costs speed, never a message.

cdef inline const uint8_t* behind(const uint8_t* p, int gap, const char* key, int n) noexcept nogil:
    """The end of one value's quote, a comma, `gap` spaces and the next key; NULL: something else."""
    if p == NULL or p[0] != c'"' or p[1] != c',' or (gap and p[2] != c' ') or memcmp(p + 2 + gap, key, n) != 0:
        return NULL
    return p + 2 + gap + n


cdef inline int fast_size(const uint8_t* p, int64_t* size) noexcept nogil:
    """Characters of a size, sixteen bytes readable; 0: not plain, or too large."""
    cdef int n
    if p == NULL:
        return 0
    n = sc_decimal8(p, 6, size)
    if n == 0:
        n = sc_decimal16(p, 6, size)
    return n if n and size[0] <= MAX_SIZE else 0


cdef int fast_change(Scan* s, Change* c) noexcept nogil:
    """An entry of price_changes whose asset is known and whose values are plain."""
    cdef const uint8_t* p = s.p
    cdef const uint8_t* end = s.end
    cdef const Place* place
    cdef int64_t units = 0
    cdef int n
    cdef int gap
    if end - p < 30 or memcmp(p, b'{"asset_id":"', 13) != 0:
        return 0
    p += 13
    place = find_quoted(s.table, p, end)
    if place == NULL or place.is_open:
        return 0
    p += place.n
    if end - p < 64:
        return 0
    gap = p[2] == c' '
    p = behind(p, gap, b'"price":"', 9)
    n = sc_decimal8(p, 4, &units) if p != NULL else 0
    if n == 0 or units > PIPS:
        return 0
    c.price_pips = <int16_t>units
    p = behind(p + n, gap, b'"size":"', 8)
    n = fast_size(p, &c.size)
    if n == 0 or end - p < 136:
        return 0
    p = behind(p + n, gap, b'"side":"', 8)
    if p == NULL:
        return 0
    c.side = SIDE_SELL if p[0] == c'S' else SIDE_BUY
    if memcmp(p, b'SELL"' if c.side else b'BUY",', 5) != 0:
        return 0
    p = behind(p + 3 + c.side, gap, b'"hash":"', 8)
    if p == NULL or not sc_is_plain(p, 40):
        return 0
    c.hash_at = p
    c.hash_n = 40
    p = behind(p + 40, gap, b'"best_bid":"', 12)
    n = sc_decimal8(p, 4, &units) if p != NULL else 0
    if n == 0 or units > PIPS:
        return 0
    c.bid_pips = bid_of(units)
    p = behind(p + n, gap, b'"best_ask":"', 12)
    n = sc_decimal8(p, 4, &units) if p != NULL else 0
    if n == 0 or units > PIPS or p[n + 1] != c'}':
        return 0
    c.ask_pips = ask_of(units)
    c.token = place.token
    c.flags = BEST_KNOWN
    c.bad = 0
    c.done = 0
    s.p = p + n + 2
    return 1


cdef int fast_level(Scan* s, Level* level) noexcept nogil:
    """A level of a book."""
    cdef const uint8_t* p = s.p
    cdef int64_t units = 0
    cdef int n
    if s.end - p < 49 or memcmp(p, b'{"price":"', 10) != 0:
        return 0
    p += 10
    n = sc_decimal8(p, 4, &units)
    if n == 0 or units > PIPS:
        return 0
    p = behind(p + n, p[n + 2] == c' ', b'"size":"', 8)
    n = fast_size(p, &level.size)
    if n == 0 or p[n + 1] != c'}':
        return 0
    level.price_pips = <int16_t>units
    s.p = p + n + 2
    return 1


cdef int fast_message(Scan* s) noexcept nogil:
    """A whole price_change message of the present form, at its `{`."""
    cdef const uint8_t* first = s.p
    cdef const uint8_t* p = first
    cdef int64_t ms = 0
    cdef int gap
    if s.end - p < 160 or memcmp(p, b'{"market":"', 11) != 0 or not sc_is_plain(p + 11, 66):
        return 0
    gap = p[79] == c' '
    p = behind(p + 77, gap, b'"price_changes":[', 17)
    if p == NULL:
        return 0
    s.p = p
    s.n_changes = 0
    while s.n_changes < s.room and fast_change(s, &s.changes[s.n_changes]):
        s.n_changes += 1
        if s.p[0] != c',':
            break
        s.p += 1 + (s.p[1] == c' ')
    p = s.p
    s.p = first
    if s.end - p < 58 + 2 * gap or p[0] != c']' or p[1] != c',' or (gap and p[2] != c' ') \
            or memcmp(p + 2 + gap, b'"timestamp":"', 13) != 0 or not sc_thirteen(p + 15 + gap, &ms) \
            or ms == 0 or ms > (MAX_TIME_NS - 1) // 1000000:
        return 0
    p = behind(p + 28 + gap, gap, b'"event_type":"price_change"}', 28)
    if p == NULL:
        return 0
    s.message.first_event = s.n_events
    s.message.venue_time_ns = ms * 1000000
    s.message.time_ns = s.time_ns if s.time_ns >= 0 else s.message.venue_time_ns + s.assumed_delay_ns
    s.counts.price_changes += 1
    s.counts.fast += 1
    s.p = p
    put_changes(s)
    return 1
