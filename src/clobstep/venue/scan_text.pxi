# JSON as text: white space, strings, numbers, values that are passed over. Owns no state but the
# cursor Scan.p. Strict about structure, escapes and numbers; the bytes inside a string are not looked
# at, so that broken UTF-8 or a raw control character in a title costs no market its book.

cdef int fail(Scan* s, int code) noexcept nogil:
    """Reading ends here. Always 0."""
    if s.fault == P_NONE:
        s.fault = code
        s.fault_at = s.p - s.base
    return 0


cdef inline void skip_space(Scan* s) noexcept nogil:
    while s.p < s.end and (s.p[0] == c' ' or s.p[0] == c'\n' or s.p[0] == c'\r' or s.p[0] == c'\t'):
        s.p += 1


cdef inline int take(Scan* s, uint8_t wanted) noexcept nogil:
    """White space, then this character."""
    skip_space(s)
    if s.p < s.end and s.p[0] == wanted:
        s.p += 1
        return 1
    return fail(s, P_SYNTAX)


cdef inline int is_next(Scan* s, uint8_t wanted) noexcept nogil:
    """White space, then whether this character follows; it is passed if so."""
    skip_space(s)
    if s.p < s.end and s.p[0] == wanted:
        s.p += 1
        return 1
    return 0


cdef int get_string(Scan* s, Span* out) noexcept nogil:
    """The string that begins at the cursor."""
    cdef const uint8_t* first = s.p + 1
    cdef const uint8_t* quote
    out.sort = V_STRING
    out.at = first
    out.is_roomy = s.end - first >= 16
    if out.is_roomy:
        out.n = sc_short_string(first)
        if out.n >= 0:
            s.p = first + out.n + 1
            return 1
    quote = <const uint8_t*>memchr(first, c'"', s.end - first)
    if quote == NULL:
        s.p = s.end
        return fail(s, P_SYNTAX)
    if memchr(first, c'\\', quote - first) != NULL:
        return get_escaped(s, out)
    out.n = quote - first
    s.p = quote + 1
    return 1


cdef int get_escaped(Scan* s, Span* out) noexcept nogil:
    """The same with its escapes resolved, into the arena: no escape is shorter than its UTF-8."""
    cdef uint8_t c
    out.at = s.arena + s.arena_n
    out.is_roomy = 0
    s.p += 1
    while s.p < s.end:
        c = s.p[0]
        s.p += 1
        if c == c'"':
            out.n = s.arena + s.arena_n - out.at
            return 1
        if c != c'\\':
            s.arena[s.arena_n] = c
            s.arena_n += 1
        elif not get_escape(s):
            return 0
    return fail(s, P_SYNTAX)


cdef int get_escape(Scan* s) noexcept nogil:
    """What stands after a backslash."""
    cdef uint8_t c
    cdef int32_t code
    cdef int32_t low
    if s.p >= s.end:
        return fail(s, P_SYNTAX)
    c = s.p[0]
    if c == c'u':
        code = four_hex(s, s.p + 1)
        if code < 0:
            return fail(s, P_SYNTAX)
        s.p += 5
        if 0xd800 <= code < 0xdc00 and s.end - s.p >= 6 and s.p[0] == c'\\' and s.p[1] == c'u':
            low = four_hex(s, s.p + 2)
            if 0xdc00 <= low < 0xe000:
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
                s.p += 6
        put_utf8(s, code)
        return 1
    if c == c'b':
        c = 8
    elif c == c'f':
        c = 12
    elif c == c'n':
        c = 10
    elif c == c'r':
        c = 13
    elif c == c't':
        c = 9
    elif c != c'"' and c != c'\\' and c != c'/':
        return fail(s, P_SYNTAX)
    s.p += 1
    s.arena[s.arena_n] = c
    s.arena_n += 1
    return 1


cdef int32_t four_hex(const Scan* s, const uint8_t* at) noexcept nogil:
    cdef int32_t code = 0
    cdef int k
    cdef int digit
    if s.end - at < 4:
        return -1
    for k in range(4):
        digit = sc_hex(at[k])
        if digit < 0:
            return -1
        code = code << 4 | digit
    return code


cdef void put_utf8(Scan* s, int32_t code) noexcept nogil:
    """Half a surrogate pair is written as if it were a character: it only has to differ."""
    cdef uint8_t* at = s.arena + s.arena_n
    if code < 0x80:
        at[0] = <uint8_t>code
        s.arena_n += 1
    elif code < 0x800:
        at[0] = <uint8_t>(0xc0 | code >> 6)
        at[1] = <uint8_t>(0x80 | (code & 63))
        s.arena_n += 2
    elif code < 0x10000:
        at[0] = <uint8_t>(0xe0 | code >> 12)
        at[1] = <uint8_t>(0x80 | (code >> 6 & 63))
        at[2] = <uint8_t>(0x80 | (code & 63))
        s.arena_n += 3
    else:
        at[0] = <uint8_t>(0xf0 | code >> 18)
        at[1] = <uint8_t>(0x80 | (code >> 12 & 63))
        at[2] = <uint8_t>(0x80 | (code >> 6 & 63))
        at[3] = <uint8_t>(0x80 | (code & 63))
        s.arena_n += 4


cdef inline int skip_digits(Scan* s) noexcept nogil:
    """At least one digit."""
    cdef const uint8_t* first = s.p
    while s.p < s.end and c'0' <= s.p[0] <= c'9':
        s.p += 1
    return 1 if s.p > first else fail(s, P_SYNTAX)


cdef int get_number(Scan* s, Span* out) noexcept nogil:
    """A number by JSON's grammar; its text is what counts."""
    out.sort = V_NUMBER
    out.is_roomy = 0
    out.at = s.p
    if s.p[0] == c'-':
        s.p += 1
    if s.p < s.end and s.p[0] == c'0':
        s.p += 1
    elif not skip_digits(s):
        return 0
    if s.p < s.end and s.p[0] == c'.':
        s.p += 1
        if not skip_digits(s):
            return 0
    if s.p < s.end and (s.p[0] | 0x20) == c'e':
        s.p += 1
        if s.p < s.end and (s.p[0] == c'+' or s.p[0] == c'-'):
            s.p += 1
        if not skip_digits(s):
            return 0
    out.n = s.p - out.at
    return 1


cdef int get_word(Scan* s, Span* out, const char* word, int n, int sort) noexcept nogil:
    if s.end - s.p < n or memcmp(s.p, word, n) != 0:
        return fail(s, P_SYNTAX)
    out.sort = sort
    out.at = s.p
    out.n = n
    s.p += n
    return 1


cdef int get_value(Scan* s, Span* out, int depth) noexcept nogil:
    """Any value; an array or object is passed over. `depth`: how many are open around it."""
    cdef uint8_t c
    skip_space(s)
    if s.p >= s.end:
        return fail(s, P_SYNTAX)
    c = s.p[0]
    if c == c'"':
        return get_string(s, out)
    if c == c'{' or c == c'[':
        out.sort = V_NESTED
        out.at = s.p
        if not skip_nested(s, depth + 1):
            return 0
        out.n = s.p - out.at
        return 1
    if c == c'n':
        return get_word(s, out, b"null", 4, V_NULL)
    if c == c't':
        return get_word(s, out, b"true", 4, V_TRUE)
    if c == c'f':
        return get_word(s, out, b"false", 5, V_FALSE)
    if c == c'-' or c'0' <= c <= c'9':
        return get_number(s, out)
    return fail(s, P_SYNTAX)


cdef int skip_nested(Scan* s, int depth) noexcept nogil:
    """An array or object that is nobody's business. Recursion is bounded by MAX_DEPTH."""
    cdef Span ignored
    cdef uint8_t close = c'}' if s.p[0] == c'{' else c']'
    if depth > MAX_DEPTH:
        return fail(s, P_DEPTH)
    s.p += 1
    if is_next(s, close):
        return 1
    while True:
        if close == c'}':
            skip_space(s)
            if s.p >= s.end or s.p[0] != c'"':
                return fail(s, P_SYNTAX)
            if not get_string(s, &ignored) or not take(s, c':'):
                return 0
        if not get_value(s, &ignored, depth):
            return 0
        if is_next(s, close):
            return 1
        if not take(s, c','):
            return 0
