# Latency, in integers. Owns: the streams by number, so that one more draw in one shifts no other.

cdef enum:
    STREAM_SUBMIT = 1
    STREAM_CANCEL = 2
    STREAM_ANSWER = 3
    STREAM_NAIVE = 4
    N_STREAMS = 5

cdef struct Latency:           # of one leg
    int32_t kind               # 0 constant, 1 rows of (from time, latency), 2 drawn from quantiles
    int32_t n
    int64_t constant_ns
    int64_t* at                # rows: their times
    int64_t* value             # rows or quantiles
    int32_t cursor
    int64_t least_ns


cdef inline int64_t latency_of(Latency* l, uint64_t* stream, int64_t now_ns) noexcept nogil:
    """Nanoseconds of a message that leaves now."""
    if l.kind == 0:
        return l.constant_ns
    if l.kind == 2:
        return l.value[<int64_t>(kn_next(stream) >> 32) * l.n >> 32]
    while l.cursor + 1 < l.n and l.at[l.cursor + 1] <= now_ns:
        l.cursor += 1
    while l.cursor > 0 and l.at[l.cursor] > now_ns:
        l.cursor -= 1
    return l.value[l.cursor]
