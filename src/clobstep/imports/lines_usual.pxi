# What is a usual line: one pushed message of a kind that gives events, raw or as the payload of an
# envelope. Owns the names of keys and kinds, and times. Each function says 0 for whatever is odd.

cdef enum:                             # kinds of messages; a place in KINDS
    K_NONE
    K_BOOK
    K_PRICE_CHANGE
    K_TICK_SIZE_CHANGE
    K_LAST_TRADE_PRICE
    K_BEST_BID_ASK
    K_MARKET_RESOLVED

KINDS = (
    "", "book", "price_change", "tick_size_change", "last_trade_price", "best_bid_ask",
    "market_resolved",
)

cdef enum:                             # keys of an object: a bit each in Found.seen
    F_KIND
    F_STAMP
    F_CONDITION
    F_PAYLOAD
    F_RECEIVED                         # and one for each of the names of receive times
    N_RECEIVED = 6
    N_FIELDS = F_RECEIVED + N_RECEIVED
    F_OTHER

cdef enum:
    MS_DIGITS = 13

cdef int64_t S_NS = 1000000000
cdef int64_t MS_NS = 1000000
cdef int64_t EARLIEST_NS = 1577836800000000000     # 2020
cdef int64_t LATEST_NS = 4102444800000000000       # 2100
cdef int64_t FAR_NS = 86400000000000               # a message so far ahead of its receipt is odd

ctypedef struct Found:                 # the fields of an object, raw; n is 0 where there is none
    Text fields[N_FIELDS]
    int seen

ctypedef struct Usual:                 # a usual line
    Text message
    Text condition
    int64_t time_ns
    int64_t received_ns                # 0: not known, or only to the second
    int kind
    int is_coarse                      # received at a whole second


cdef inline int is_word(const Text* t, const char* word, int n) noexcept nogil:
    return t.n == n and memcmp(t.at, word, n) == 0


cdef int field_of(const Text* key) noexcept nogil:
    if key.n == 6:
        return F_CONDITION if is_word(key, b"market", 6) else F_OTHER
    if key.n == 7:
        if is_word(key, b"recv_ts", 7):
            return F_RECEIVED + 1
        return F_PAYLOAD if is_word(key, b"payload", 7) else F_OTHER
    if key.n == 9:
        return F_STAMP if is_word(key, b"timestamp", 9) else F_OTHER
    if key.n == 10:
        if is_word(key, b"event_type", 10):
            return F_KIND
        if is_word(key, b"receivedAt", 10):
            return F_RECEIVED + 3
        return F_RECEIVED + 4 if is_word(key, b"capturedAt", 10) else F_OTHER
    if key.n == 11:
        if is_word(key, b"received_at", 11):
            return F_RECEIVED + 2
        return F_RECEIVED + 5 if is_word(key, b"captured_at", 11) else F_OTHER
    return F_RECEIVED if is_word(key, b"recv_wall_ts", 12) else F_OTHER


cdef int kind_of(const Text* t) noexcept nogil:
    if is_word(t, b'"price_change"', 14):
        return K_PRICE_CHANGE
    if is_word(t, b'"book"', 6):
        return K_BOOK
    if is_word(t, b'"last_trade_price"', 18):
        return K_LAST_TRADE_PRICE
    if is_word(t, b'"best_bid_ask"', 14):
        return K_BEST_BID_ASK
    if is_word(t, b'"tick_size_change"', 18):
        return K_TICK_SIZE_CHANGE
    return K_MARKET_RESOLVED if is_word(t, b'"market_resolved"', 17) else K_NONE


cdef int read_fields(Text text, Found* out) noexcept nogil:
    """All of an object; 0: it is none, or a key that counts stands there twice."""
    cdef Cursor c
    cdef Text key
    cdef int field
    cdef const uint8_t* first
    c.p = text.at
    c.end = text.at + text.n
    out.seen = 0
    if not take(&c, c'{') or take(&c, c'}'):
        return 0
    while True:
        skip_blanks(&c)
        if not take_string(&c, &key) or not take(&c, c':'):
            return 0
        skip_blanks(&c)
        first = c.p
        if not skip_value(&c, 1):
            return 0
        field = field_of(&key)
        if field != F_OTHER:
            if out.seen >> field & 1:
                return 0
            out.seen |= 1 << field
            out.fields[field].at = first
            out.fields[field].n = c.p - first
        if take(&c, c'}'):
            break
        if not take(&c, c','):
            return 0
    return c.p == c.end


cdef int is_message(const Found* f, Text text, Usual* out) noexcept nogil:
    """A pushed message, whose fields were read: kind, time and condition."""
    cdef const Text* stamp = &f.fields[F_STAMP]
    cdef const Text* condition = &f.fields[F_CONDITION]
    cdef int64_t ms = 0
    cdef int k
    cdef int needed = 1 << F_KIND | 1 << F_STAMP | 1 << F_CONDITION
    if f.seen & (needed | 1 << F_PAYLOAD) != needed:
        return 0
    out.kind = kind_of(&f.fields[F_KIND])
    if out.kind == K_NONE or stamp.n != MS_DIGITS + 2 or stamp.at[0] != c'"' \
            or condition.n < 3 or condition.at[0] != c'"':
        return 0
    for k in range(1, MS_DIGITS + 1):
        if not c'0' <= stamp.at[k] <= c'9':
            return 0
        ms = 10 * ms + (stamp.at[k] - c'0')
    if not EARLIEST_NS // MS_NS <= ms < LATEST_NS // MS_NS:
        return 0
    out.time_ns = ms * MS_NS
    out.message = text
    out.condition.at = condition.at + 1
    out.condition.n = condition.n - 2
    return 1


cdef int read_received(const Found* f, Usual* out) noexcept nogil:
    """The first receive time there is; its unit is told by its size."""
    cdef Cursor c
    cdef uint64_t number = 0
    cdef int64_t fraction = 0
    cdef int64_t unit = S_NS
    cdef int k = 0
    cdef int digits = 0
    while k < N_RECEIVED and not f.seen >> (F_RECEIVED + k) & 1:
        k += 1
    if k == N_RECEIVED:
        return 1
    c.p = f.fields[F_RECEIVED + k].at
    c.end = c.p + f.fields[F_RECEIVED + k].n
    if c.p[0] == c'"':
        c.p += 1
        c.end -= 1
    while c.p < c.end and c'0' <= c.p[0] <= c'9' and digits < 20:
        number = 10 * number + (c.p[0] - c'0')
        digits += 1
        c.p += 1
    if not 0 < digits < 20:
        return 0
    while not <uint64_t>(EARLIEST_NS // unit) <= number < <uint64_t>(LATEST_NS // unit):
        if unit == 1:
            return 0
        unit //= 1000
    out.is_coarse = unit == S_NS and c.p == c.end
    if c.p < c.end:
        c.p += 1
        if (c.p - 1)[0] != c'.' or c.p == c.end:
            return 0
        for k in range(9):
            fraction *= 10
            if c.p < c.end:
                if not c'0' <= c.p[0] <= c'9':
                    return 0
                fraction += c.p[0] - c'0'
                c.p += 1
        while c.p < c.end:
            if not c'0' <= c.p[0] <= c'9':
                return 0
            c.p += 1
        fraction = fraction * unit // S_NS
    if not out.is_coarse:
        out.received_ns = <int64_t>number * unit + fraction
    return 1


cdef int unescaped(Text* text, uint8_t* into) noexcept nogil:
    """Text within a string as it was before it was quoted; \\u is odd."""
    cdef const uint8_t* p = text.at
    cdef const uint8_t* end = text.at + text.n
    cdef uint8_t* out = into
    cdef const uint8_t* stop
    while p < end:
        stop = <const uint8_t*>memchr(p, c'\\', end - p)
        if stop == NULL:
            stop = end
        memcpy(out, p, stop - p)
        out += stop - p
        p = stop
        if p < end:
            if end - p < 2:
                return 0
            if p[1] == c'n':
                out[0] = c'\n'
            elif p[1] == c'"' or p[1] == c'\\' or p[1] == c'/':
                out[0] = p[1]
            else:
                return 0
            out += 1
            p += 2
    text.at = into
    text.n = out - into
    return 1


cdef int open_payload(const Found* f, Text line, uint8_t* room, Text* out) noexcept nogil:
    """The payload of an envelope, unquoted; a backslash anywhere else in the line is odd."""
    cdef const uint8_t* end
    out[0] = f.fields[F_PAYLOAD]
    end = out.at + out.n
    if has_backslash(line.at, out.at - line.at) or has_backslash(end, line.at + line.n - end):
        return 0
    if out.at[0] == c'"':
        out.at += 1
        out.n -= 2
        if not unescaped(out, room):
            return 0
        out[0] = stripped(out.at, out.at + out.n)
    return is_printable(out.at, out.n) and not has_backslash(out.at, out.n)


cdef int is_usual(Text line, uint8_t* room, Usual* out) noexcept nogil:
    """One line without blanks around it. `room` is as long as the line: a quoted payload goes there."""
    cdef Found f
    cdef Found inner
    cdef Text payload
    out.received_ns = 0
    out.is_coarse = 0
    if not is_printable(line.at, line.n) or not read_fields(line, &f):
        return 0
    if not f.seen >> F_PAYLOAD & 1:
        return not has_backslash(line.at, line.n) and is_message(&f, line, out)
    return open_payload(&f, line, room, &payload) and read_fields(payload, &inner) \
        and is_message(&inner, payload, out) and read_received(&f, out) \
        and not 0 < out.received_ns < out.time_ns - FAR_NS
