# Asset ids as bytes -> token. Owns: Table, an open-addressing table that only grows.
# An id is found by its first 16 bytes, before its length is known, and then compared whole.

ctypedef struct Place:
    uint64_t hash                      # 0: free
    int64_t at                         # in Table.text
    int32_t n
    uint32_t token
    int is_open                        # its condition is not known: a message may name it

ctypedef struct Table:
    Place* places
    uint8_t* text
    int64_t text_n
    int64_t text_room
    int64_t mask
    int64_t n


cdef inline uint64_t short_hash(const uint8_t* at, int64_t n) noexcept nogil:
    """The same for any length; the rest of the sixteen is 0, which no quoted text goes on with."""
    cdef uint8_t padded[16]
    if n >= 16:
        return sc_hash16(at)
    memset(padded, 0, 16)
    memcpy(padded, at, n)
    return sc_hash16(padded)


cdef inline const Place* find_quoted(const Table* t, const uint8_t* at, const uint8_t* end) noexcept nogil:
    """The place of the id that stands here and is followed by a quote, or NULL."""
    cdef uint64_t hash
    cdef int64_t k
    cdef const Place* place
    if end - at < 17:
        return NULL
    hash = sc_hash16(at)
    k = <int64_t>(hash >> 1) & t.mask
    while t.places[k].hash:
        place = &t.places[k]
        if place.hash == hash and end - at > place.n and at[place.n] == c'"' \
                and memcmp(at, t.text + place.at, place.n) == 0:
            return place
        k = (k + 1) & t.mask
    return NULL


cdef Place* find_id(const Table* t, const uint8_t* at, int64_t n) noexcept nogil:
    cdef uint64_t hash = short_hash(at, n)
    cdef int64_t k = <int64_t>(hash >> 1) & t.mask
    while t.places[k].hash:
        if t.places[k].hash == hash and t.places[k].n == n \
                and memcmp(at, t.text + t.places[k].at, n) == 0:
            return &t.places[k]
        k = (k + 1) & t.mask
    return NULL


cdef void put_place(Table* t, const Place* place) noexcept nogil:
    cdef int64_t k = <int64_t>(place.hash >> 1) & t.mask
    while t.places[k].hash:
        k = (k + 1) & t.mask
    t.places[k] = place[0]
    t.n += 1


cdef int widen_table(Table* t, int64_t text_wanted) noexcept nogil:
    """Room for one id more. 0 when there is no memory; the table is then as it was."""
    cdef Table old = t[0]
    cdef void* block
    cdef int64_t k
    if t.text_n + text_wanted > t.text_room:
        block = realloc(t.text, 2 * (t.text_n + text_wanted) + 4096)
        if block == NULL:
            return 0
        t.text = <uint8_t*>block
        t.text_room = 2 * (t.text_n + text_wanted) + 4096
    if t.places == NULL or 4 * (t.n + 1) > 3 * (t.mask + 1):
        block = calloc(2 * (t.mask + 1) if t.places != NULL else 64, sizeof(Place))
        if block == NULL:
            return 0
        t.mask = 2 * (t.mask + 1) - 1 if t.places != NULL else 63
        t.places = <Place*>block
        t.n = 0
        if old.places != NULL:
            for k in range(old.mask + 1):
                if old.places[k].hash:
                    put_place(t, &old.places[k])
            free(old.places)
    return 1


cdef int learn_id(Table* t, const uint8_t* at, int64_t n, uint32_t token, int is_open) noexcept nogil:
    """Keep what is known of an id. 0: no memory, or its text could end a string too early."""
    cdef Place place
    cdef Place* known = find_id(t, at, n)
    if known != NULL:
        known.token = token
        known.is_open = is_open
        return 1
    if n > 1 << 20 or not sc_is_plain(at, <int>n) or not widen_table(t, n):
        return 0
    memcpy(t.text + t.text_n, at, n)
    place.hash = short_hash(at, n)
    place.at = t.text_n
    place.n = <int32_t>n
    place.token = token
    place.is_open = is_open
    t.text_n += n
    put_place(t, &place)
    return 1
