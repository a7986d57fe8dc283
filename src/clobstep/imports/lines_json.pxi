# JSON of printable ASCII: values are checked and passed over. Owns no state but the cursor. What stands
# behind a backslash is not looked at: whoever takes a text with one has to. Otherwise stricter than JSON:
# what other readers may see otherwise, such as a number of many digits, is refused, because here a
# refusal costs time and nothing else.

cdef enum:
    MAX_DEPTH = 16                     # arrays and objects within each other
    MAX_DIGITS = 19                    # of a number, before its point and behind it

ctypedef struct Text:                  # a part of a line
    const uint8_t* at
    int64_t n

ctypedef struct Cursor:
    const uint8_t* p
    const uint8_t* end


cdef inline int is_blank(uint8_t c) noexcept nogil:
    """What bytes.strip takes off."""
    return c == c' ' or (9 <= c <= 13)


cdef inline Text stripped(const uint8_t* p, const uint8_t* end) noexcept nogil:
    cdef Text text
    while p < end and is_blank(p[0]):
        p += 1
    while end > p and is_blank((end - 1)[0]):
        end -= 1
    text.at = p
    text.n = end - p
    return text


cdef inline int is_printable(const uint8_t* p, int64_t n) noexcept nogil:
    """Whether all are ASCII and none is a control character."""
    cdef uint8_t found = 0
    cdef int64_t k
    for k in range(n):
        found |= <uint8_t>((p[k] < 0x20) | (p[k] > 0x7e))
    return not found


cdef inline int has_backslash(const uint8_t* p, int64_t n) noexcept nogil:
    return n > 0 and memchr(p, c'\\', n) != NULL


cdef inline void skip_blanks(Cursor* c) noexcept nogil:
    while c.p < c.end and c.p[0] == c' ':
        c.p += 1


cdef inline int take(Cursor* c, uint8_t wanted) noexcept nogil:
    """Blanks, then this character; it is passed if it is there."""
    skip_blanks(c)
    if c.p < c.end and c.p[0] == wanted:
        c.p += 1
        return 1
    return 0


cdef inline int is_escaped(const uint8_t* first, const uint8_t* p) noexcept nogil:
    """Whether an odd number of backslashes stands before `p`, in a string that began at `first`."""
    cdef int odd = 0
    while p > first and (p - 1)[0] == c'\\':
        odd ^= 1
        p -= 1
    return odd


cdef inline int take_string(Cursor* c, Text* out) noexcept nogil:
    """A string at the cursor; `out` is its text without the quotes, with its backslashes."""
    cdef const uint8_t* quote
    if c.p >= c.end or c.p[0] != c'"':
        return 0
    out.at = c.p + 1
    quote = out.at
    while True:
        quote = <const uint8_t*>memchr(quote, c'"', c.end - quote)
        if quote == NULL:
            return 0
        if not is_escaped(out.at, quote):
            break
        quote += 1
    out.n = quote - out.at
    c.p = quote + 1
    return 1


cdef int skip_digits(Cursor* c) noexcept nogil:
    """1 to MAX_DIGITS digits."""
    cdef const uint8_t* first = c.p
    while c.p < c.end and c'0' <= c.p[0] <= c'9':
        c.p += 1
    return 0 < c.p - first <= MAX_DIGITS


cdef int skip_number(Cursor* c) noexcept nogil:
    """A number without an exponent."""
    cdef const uint8_t* first
    if c.p[0] == c'-':
        c.p += 1
    first = c.p
    if not skip_digits(c) or (first[0] == c'0' and c.p - first > 1):
        return 0
    if c.p < c.end and c.p[0] == c'.':
        c.p += 1
        if not skip_digits(c):
            return 0
    return c.p >= c.end or (c.p[0] | 0x20) != c'e'


cdef int skip_word(Cursor* c, const char* word, int n) noexcept nogil:
    if c.end - c.p < n or memcmp(c.p, word, n) != 0:
        return 0
    c.p += n
    return 1


cdef int skip_value(Cursor* c, int depth) noexcept nogil:
    """Any value at the cursor. Recursion is bounded by MAX_DEPTH."""
    cdef Text ignored
    if c.p >= c.end:
        return 0
    if c.p[0] == c'"':
        return take_string(c, &ignored)
    if c.p[0] == c'{' or c.p[0] == c'[':
        return depth < MAX_DEPTH and skip_nested(c, depth + 1)
    if c.p[0] == c't':
        return skip_word(c, b"true", 4)
    if c.p[0] == c'f':
        return skip_word(c, b"false", 5)
    if c.p[0] == c'n':
        return skip_word(c, b"null", 4)
    if c.p[0] == c'-' or c'0' <= c.p[0] <= c'9':
        return skip_number(c)
    return 0


cdef int skip_nested(Cursor* c, int depth) noexcept nogil:
    """An array or object, at its bracket."""
    cdef Text ignored
    cdef uint8_t close = c'}' if c.p[0] == c'{' else c']'
    c.p += 1
    if take(c, close):
        return 1
    while True:
        skip_blanks(c)
        if close == c'}':
            if not take_string(c, &ignored) or not take(c, c':'):
                return 0
            skip_blanks(c)
        if not skip_value(c, depth):
            return 0
        if take(c, close):
            return 1
        if not take(c, c','):
            return 0
