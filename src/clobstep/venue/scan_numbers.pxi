# Decimals, sides, ticks and times out of spans. Owns no state. Exact: digits to integers, never by way
# of a float; what does not fit its grid or range is a Problem, not a rounded value.

cdef int read_decimal(const Span* v, int decimals, int64_t most, int64_t* units) noexcept nogil:
    """Digits with at most one point between or before them, as units of 10^-decimals. A Problem or P_NONE."""
    cdef int64_t value = 0
    cdef int n
    if v.sort == V_STRING and v.is_roomy and 0 < v.n < 16:
        n = sc_decimal8(v.at, decimals, &value)
        if n == 0:
            n = sc_decimal16(v.at, decimals, &value)
        if n == v.n and value <= most:
            units[0] = value
            return P_NONE
    return spell_decimal(v, decimals, most, units)


cdef int spell_decimal(const Span* v, int decimals, int64_t most, int64_t* units) noexcept nogil:
    """The same digit by digit, for whatever is longer, and to say what is wrong."""
    cdef int64_t k
    cdef int64_t value = 0
    cdef int64_t fraction = -1         # digits after the point; below 0: no point yet
    cdef int64_t digits = 0
    cdef int finer = 0
    cdef int over = 0
    cdef uint8_t c
    if v.sort != V_STRING and v.sort != V_NUMBER:
        return P_MISSING if v.sort == V_ABSENT else P_SORT
    for k in range(v.n):
        c = v.at[k]
        if c == c'-' and k == 0 and v.n > 1:
            over = 2
        elif c == c'.' and fraction < 0:
            fraction = 0
        elif c'0' <= c <= c'9':
            digits += 1
            if fraction >= decimals:
                finer |= c != c'0'
                fraction += 1
                continue
            fraction += fraction >= 0
            if value < MAX_DECIMAL:
                value = value * 10 + (c - c'0')
            else:
                over |= 1
        else:
            return P_NUMBER
    if digits == 0 or fraction == 0:
        return P_NUMBER
    if over & 2:
        return P_NEGATIVE
    if finer:
        return P_DECIMALS
    for k in range(fraction if fraction > 0 else 0, decimals):
        if value < MAX_DECIMAL:
            value *= 10
        else:
            over |= 1
    if over or value > most:
        return P_RANGE
    units[0] = value
    return P_NONE


cdef int read_price(const Span* v, int16_t* pips) noexcept nogil:
    cdef int64_t units = 0
    cdef int problem = read_decimal(v, 4, PIPS, &units)
    pips[0] = <int16_t>units
    return problem


cdef int read_size(const Span* v, int64_t* size) noexcept nogil:
    return read_decimal(v, 6, MAX_SIZE, size)


cdef int read_side(const Span* v, uint8_t* side) noexcept nogil:
    if v.sort != V_STRING:
        return P_MISSING if v.sort == V_ABSENT else P_SORT
    if v.n == 3 and memcmp(v.at, b"BUY", 3) == 0:
        side[0] = SIDE_BUY
    elif v.n == 4 and memcmp(v.at, b"SELL", 4) == 0:
        side[0] = SIDE_SELL
    else:
        return P_SIDE
    return P_NONE


cdef inline int16_t bid_of(int64_t pips) noexcept nogil:
    """A carried best bid. 0 and 1 are no prices of an order: the side is empty, which is written 0."""
    return 0 if pips == PIPS else <int16_t>pips


cdef inline int16_t ask_of(int64_t pips) noexcept nogil:
    """A carried best ask; an empty side is written 10,000."""
    return <int16_t>PIPS if pips == 0 else <int16_t>pips


cdef int read_best(const Span* v, int side, int16_t* pips) noexcept nogil:
    """A carried best; "" says that the side is empty."""
    cdef int problem = P_NONE
    pips[0] = 0
    if v.sort != V_STRING or v.n > 0:
        problem = read_price(v, pips)
    pips[0] = bid_of(pips[0]) if side == SIDE_BUY else ask_of(pips[0])
    return problem


cdef int read_tick(const Span* v, int16_t* pips) noexcept nogil:
    cdef int problem = read_price(v, pips)
    cdef int p = pips[0]
    if problem == P_NONE and p != 1000 and p != 100 and p != 50 and p != 25 and p != 10 and p != 1:
        return P_TICK
    return problem


cdef int read_time(const Span* v, int64_t* time_ns) noexcept nogil:
    """Milliseconds of the venue as nanoseconds."""
    cdef int64_t ms = 0
    cdef int problem = read_decimal(v, 0, (MAX_TIME_NS - 1) // 1000000, &ms)
    if problem == P_NONE:
        time_ns[0] = ms * 1000000
        return P_NONE
    return problem if problem == P_MISSING else P_TIME
