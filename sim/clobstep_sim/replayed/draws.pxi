# Random numbers and latency, in integers. Owns: streams by name, so that one more draw in one shifts
# no other; a seed means the same on every Python and machine.

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


cdef inline uint64_t draw(uint64_t* state) noexcept nogil:
    """splitmix64: the next of a stream."""
    cdef uint64_t z
    state[0] += <uint64_t>0x9E3779B97F4A7C15ULL
    z = state[0]
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9ULL
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EBULL
    return z ^ (z >> 31)


cdef inline uint64_t stream_of(uint64_t seed, int name) noexcept nogil:
    cdef uint64_t state = seed ^ (<uint64_t>name * <uint64_t>0xD1342543DE82EF95ULL)
    return draw(&state)


cdef inline int64_t latency_of(Latency* l, uint64_t* stream, int64_t now_ns) noexcept nogil:
    """Nanoseconds of a message that leaves now."""
    if l.kind == 0:
        return l.constant_ns
    if l.kind == 2:
        return l.value[<int64_t>(draw(stream) >> 32) * l.n >> 32]
    while l.cursor + 1 < l.n and l.at[l.cursor + 1] <= now_ns:
        l.cursor += 1
    while l.cursor > 0 and l.at[l.cursor] > now_ns:
        l.cursor -= 1
    return l.value[l.cursor]
