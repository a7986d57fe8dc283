# What is remembered of earlier lines: their hashes, and the latest time of each market. Owns both tables.

cdef extern from *:
    """
    static inline uint64_t ln_load8(const uint8_t *p) { uint64_t w; memcpy(&w, p, 8); return w; }

    static inline uint64_t ln_mix(uint64_t a, uint64_t b) {
        unsigned __int128 r = (unsigned __int128)a * b;
        return (uint64_t)r ^ (uint64_t)(r >> 64);
    }

    /* a hash of n bytes that is never 0; sixteen bytes a step, the rest padded with zeros */
    static inline uint64_t ln_hash(const uint8_t *p, int64_t n) {
        uint64_t h = 0x243f6a8885a308d3ULL ^ (uint64_t)n;
        uint8_t rest[16] = {0};
        for (; n >= 16; n -= 16, p += 16)
            h = ln_mix(ln_load8(p) ^ 0x13198a2e03707344ULL ^ h, ln_load8(p + 8) ^ 0xa4093822299f31d0ULL)
              ^ (h << 7 | h >> 57);
        memcpy(rest, p, (size_t)n);
        h = ln_mix(ln_load8(rest) ^ 0x082efa98ec4e6c89ULL ^ h, ln_load8(rest + 8) ^ 0x452821e638d01377ULL);
        return ln_mix(h ^ 0xbe5466cf34e90c6cULL, 0xc0ac29b7c97c50ddULL) | 1;
    }
    """
    uint64_t ln_hash(const uint8_t* p, int64_t n) noexcept nogil

ctypedef struct Place:
    uint64_t hash                      # 0: free
    int64_t turn                       # which of the lines it was

ctypedef struct Seen:                  # lines by their hash
    Place* places
    int64_t mask
    int64_t n                          # places in use
    int64_t turns                      # lines so far
    int64_t remembered                 # how many of the last ones count; 0: all


cdef inline Place* place_of(Seen* s, uint64_t hash) noexcept nogil:
    """Where this hash is, or would be."""
    cdef int64_t k = <int64_t>(hash >> 1) & s.mask
    while s.places[k].hash and s.places[k].hash != hash:
        k = (k + 1) & s.mask
    return &s.places[k]


cdef int keep_seen(Seen* s) noexcept nogil:
    """Room for more lines: what no longer counts goes, or the table grows. 0: there is no memory."""
    cdef Seen old = s[0]
    cdef int64_t alive = s.n if s.remembered == 0 or s.n < s.remembered else s.remembered
    cdef int64_t room = 1024
    cdef int64_t k
    cdef Place* place
    while room < 4 * alive:
        room *= 2
    s.places = <Place*>calloc(room, sizeof(Place))
    if s.places == NULL:
        s.places = old.places
        return 0
    s.mask = room - 1
    s.n = 0
    if old.places != NULL:
        for k in range(old.mask + 1):
            place = &old.places[k]
            if place.hash and (s.remembered == 0 or place.turn >= s.turns - s.remembered):
                place_of(s, place.hash)[0] = place[0]
                s.n += 1
        free(old.places)
    return 1


cdef int is_repeated(Seen* s, const uint8_t* p, int64_t n) noexcept nogil:
    """Whether this line was there among the last ones; if not it is remembered. -1: no memory."""
    cdef uint64_t hash = ln_hash(p, n)
    cdef Place* place
    if s.places == NULL or 2 * (s.n + 1) > s.mask + 1:
        if not keep_seen(s):
            return -1
    place = place_of(s, hash)
    if place.hash and (s.remembered == 0 or place.turn >= s.turns - s.remembered):
        return 1
    s.n += place.hash == 0
    place.hash = hash
    place.turn = s.turns
    s.turns += 1
    return 0
