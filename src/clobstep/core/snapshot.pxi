# The whole state as bytes, and back. Books go as canonical level lists, the other tables as
# they are. Owns: the format. A foreign or old snapshot is refused by name.
#
# magic 8, format u64, layout hash u64, Config, Vars, then per section its length in bytes
# and its content; last the chain of everything before it.

cdef enum:
    SNAPSHOT_FORMAT = 2
    N_RAW = 8


cdef struct Section:
    char* data
    int64_t size


cdef void raw_sections(State* s, Section* out) noexcept nogil:
    """Tables that are copied as they are."""
    out[0].data = <char*>s.markets
    out[0].size = s.n_markets * <int64_t>sizeof(Market)
    out[1].data = <char*>s.tokens
    out[1].size = 2 * s.n_markets * <int64_t>sizeof(Account)
    out[2].data = <char*>s.orders
    out[2].size = s.c.orders * <int64_t>sizeof(Order)
    out[3].data = <char*>s.order_index
    out[3].size = (<int64_t>s.order_mask + 1) * <int64_t>sizeof(int32_t)
    out[4].data = <char*>s.tombs
    out[4].size = s.c.tombstones * <int64_t>sizeof(Tombstone)
    out[5].data = <char*>s.tomb_index
    out[5].size = 2 * s.c.tombstones * <int64_t>sizeof(int32_t)
    out[6].data = <char*>s.fills
    out[6].size = s.c.fills * <int64_t>sizeof(Fill)
    out[7].data = <char*>s.clusters
    out[7].size = 2 * s.n_markets * <int64_t>sizeof(Cluster)


cdef uint64_t digest(const char* data, int64_t size) noexcept nogil:
    """Chain of a byte string, for damage by accident."""
    cdef uint64_t h = <uint64_t>size
    cdef char tail[64]
    cdef int64_t at = 0
    while at + 64 <= size:
        h = cs_chain8(h, data + at)
        at += 64
    memset(tail, 0, 64)
    memcpy(tail, data + at, <size_t>(size - at))
    return cs_chain8(h, tail)


cdef int64_t books_size(State* s, int16_t* pips, int64_t* sizes) noexcept nogil:
    cdef int64_t n = 0
    cdef int32_t token
    for token in range(2 * s.n_markets):
        n += 8 + 16 * levels_of(s, &s.ladders[token], pips, sizes)
    return n


cdef void write_books(State* s, char* out, int16_t* pips, int64_t* sizes) noexcept nogil:
    """Per token: count and width (wide or not), then (price, size) best first."""
    cdef int32_t token
    cdef int64_t n
    cdef int64_t k
    cdef int64_t word
    for token in range(2 * s.n_markets):
        n = levels_of(s, &s.ladders[token], pips, sizes)
        word = n | (<int64_t>(s.ladders[token].wide >= 0) << 32)
        memcpy(out, &word, 8)
        out += 8
        for k in range(n):
            word = pips[k]
            memcpy(out, &word, 8)
            memcpy(out + 8, &sizes[k], 8)
            out += 16


cdef int read_books(State* s, const char* data, int64_t size) noexcept nogil:
    """Fill empty ladders; 0 when the bytes are no books."""
    cdef int32_t token
    cdef int64_t n
    cdef int64_t word
    cdef int64_t amount
    cdef const char* end = data + size
    for token in range(2 * s.n_markets):
        if end - data < 8:
            return 0
        memcpy(&word, data, 8)
        data += 8
        n = word & <int64_t>0xFFFFFFFF
        if (word >> 32) & 1 and not widen(s, &s.ladders[token]):
            return 0
        if n > WIDE_LEVELS or end - data < 16 * n:
            return 0
        while n > 0:
            memcpy(&word, data, 8)
            memcpy(&amount, data + 8, 8)
            data += 16
            n -= 1
            if word < 0 or word > PIPS or amount < 1:
                return 0
            if not store_level(s, &s.ladders[token], <int32_t>word, amount):
                return 0
    return data == end
