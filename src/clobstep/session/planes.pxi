# Columns of 64-bit values as byte planes, and back. Owns: the form of a pack's inside. No Python.
#
# Head, tags (8 bytes each), then column by column its planes, lowest byte first, n bytes each. A
# column that never changes has no planes, only its base.

cdef enum:
    MOST_COLUMNS = 20
    MOST_RECORDS = 65536                   # of a pack: a tag's number fits two planes
    BLOCK = 128                            # records unpacked at a time: their columns stay in the nearest cache


cdef struct Head:
    uint32_t n                             # records
    uint32_t tags
    uint8_t planes[MOST_COLUMNS]
    uint8_t columns
    uint8_t spare[3]
    uint32_t length[MOST_COLUMNS]          # values of a column: n, or fewer where a tag's bit says which
    uint64_t base[MOST_COLUMNS]            # the least of them, taken off
    uint64_t unit[MOST_COLUMNS]            # of a column of differences: what all of them are multiples of
    uint64_t start[2]                      # what the first differences are to


cdef struct Sparse:                        # a column read value by value
    const uint8_t* at
    int64_t left
    int64_t apart
    uint64_t base
    int planes


cdef struct Tags:                          # every distinct 8 bytes of small fields once
    uint64_t* words
    int32_t* index                         # open addressing, -1 is free
    uint32_t n


cdef inline uint64_t unzigzag(uint64_t z) noexcept nogil:
    return (z >> 1) ^ (0 - (z & 1))


cdef inline uint64_t magnitude(uint64_t difference) noexcept nogil:
    """Of a two's complement difference; 2**63 has one."""
    return 0 - difference if difference >> 63 else difference


cdef uint64_t common_unit(const uint64_t* differences, int64_t n) noexcept nogil:
    """The largest number that divides them all; 1 if all are 0."""
    cdef uint64_t unit = 0
    cdef uint64_t a
    cdef uint64_t b
    cdef int64_t i
    for i in range(n):
        a = magnitude(differences[i])
        if unit == 0:
            unit = a
        elif a != 0 and (a < unit or a % unit != 0):
            b = unit
            while b != 0:
                a, b = b, a % b
            unit = a
        if unit == 1:
            break
    return unit if unit else 1


cdef void as_multiples(uint64_t* differences, int64_t n, uint64_t unit) noexcept nogil:
    """Differences to multiples of the unit, zigzag: 0, -1, 1, -2 become 0, 1, 2, 3."""
    cdef uint64_t d
    cdef uint64_t q
    cdef int64_t i
    for i in range(n):
        d = differences[i]
        q = magnitude(d)
        if unit != 1:
            q //= unit
        differences[i] = 2 * q - (d >> 63)


cdef int planes_of(const uint64_t* values, int64_t n, uint64_t* base) noexcept nogil:
    """Planes that the values above the least of them need; the least is the base."""
    if n == 0:
        return 0
    cdef uint64_t least = values[0]
    cdef uint64_t most = values[0]
    cdef int64_t i
    cdef int planes = 0
    for i in range(1, n):
        least = values[i] if values[i] < least else least
        most = values[i] if values[i] > most else most
    base[0] = least
    most -= least
    while most:
        planes += 1
        most >>= 8
    return planes


cdef uint8_t* put_planes(uint8_t* out, const uint64_t* values, int64_t n, uint64_t base, int planes) noexcept nogil:
    cdef int64_t i
    cdef int k
    for k in range(planes):
        for i in range(n):
            out[i] = <uint8_t>((values[i] - base) >> (8 * k))
        out += n
    return out


cdef void get_wide(uint64_t* out, const uint8_t* a, int64_t n, int64_t m, uint64_t base, int planes) noexcept nogil:
    """m values of a column whose planes are n bytes apart. Up to four planes are put together in 32 bits."""
    cdef const uint8_t* b = a + n
    cdef const uint8_t* c = b + n
    cdef const uint8_t* d = c + n
    cdef int64_t i
    cdef int k
    if planes == 0:
        for i in range(m):
            out[i] = base
    elif planes == 1:
        for i in range(m):
            out[i] = base + a[i]
    elif planes == 2:
        for i in range(m):
            out[i] = base + (<uint32_t>a[i] | <uint32_t>b[i] << 8)
    elif planes == 3:
        for i in range(m):
            out[i] = base + (<uint32_t>a[i] | <uint32_t>b[i] << 8 | <uint32_t>c[i] << 16)
    else:
        for i in range(m):
            out[i] = base + (<uint32_t>a[i] | <uint32_t>b[i] << 8 | <uint32_t>c[i] << 16 | <uint32_t>d[i] << 24)
        for k in range(4, planes):
            a = d + (k - 3) * n
            for i in range(m):
                out[i] += <uint64_t>a[i] << (8 * k)


cdef void get_narrow(uint16_t* out, const uint8_t* first, int64_t n, int64_t m, uint16_t base,
                     int planes) noexcept nogil:
    """As get_wide, of a column whose values have 16 bits: four times as many go into a register."""
    cdef const uint8_t* second = first + n
    cdef int64_t i
    if planes == 0:
        for i in range(m):
            out[i] = base
    elif planes == 1:
        for i in range(m):
            out[i] = base + first[i]
    else:
        for i in range(m):
            out[i] = base + first[i] + (<uint16_t>second[i] << 8)


cdef void narrow_differences(uint16_t* out, int64_t m, uint16_t unit) noexcept nogil:
    cdef int64_t i
    for i in range(m):
        out[i] = ((out[i] >> 1) ^ (0 - (out[i] & 1))) * unit


cdef inline int take_value(Sparse* column, uint64_t* value) noexcept nogil:
    """The column's next value; 0 when there is none."""
    cdef int k
    if column.left == 0:
        return 0
    value[0] = column.base
    for k in range(column.planes):
        value[0] += <uint64_t>column.at[k * column.apart] << (8 * k)
    column.at += 1
    column.left -= 1
    return 1


cdef inline int take_split(Sparse* columns, uint64_t* value) noexcept nogil:
    """The next value of three columns: shares, hundredths, rest."""
    cdef uint64_t parts[3]
    cdef int k
    for k in range(3):
        if not take_value(&columns[k], &parts[k]):
            return 0
    value[0] = parts[0] * 1000000 + parts[1] * 10000 + parts[2]
    return 1


cdef inline void add_value(uint64_t** c, uint32_t* length, int column, uint64_t value) noexcept nogil:
    c[column][length[column]] = value
    length[column] += 1


cdef inline void add_split(uint64_t** c, uint32_t* length, int column, uint64_t value) noexcept nogil:
    cdef uint64_t hundredths = value // 10000
    add_value(c, length, column, hundredths // 100)
    add_value(c, length, column + 1, hundredths % 100)
    add_value(c, length, column + 2, value % 10000)


cdef int64_t inside_size(const Head* head) noexcept nogil:
    """Bytes of a pack's inside; -1 for a head that cannot be."""
    cdef int64_t size = sizeof(Head) + 8 * <int64_t>head.tags
    cdef int k
    if head.n == 0 or head.n > MOST_RECORDS or head.tags > head.n or head.columns > MOST_COLUMNS:
        return -1
    for k in range(head.columns):
        if head.planes[k] > 8 or head.length[k] > head.n:
            return -1
        size += head.planes[k] * <int64_t>head.length[k]
    return size


cdef int begin_tags(Tags* tags) noexcept nogil:
    cdef int32_t i
    tags.n = 0
    tags.words = <uint64_t*>malloc(MOST_RECORDS * sizeof(uint64_t))
    tags.index = <int32_t*>malloc(2 * MOST_RECORDS * sizeof(int32_t))
    if tags.words == NULL or tags.index == NULL:
        return 0
    for i in range(2 * MOST_RECORDS):
        tags.index[i] = -1
    return 1


cdef uint64_t tag_number(Tags* tags, uint64_t word) noexcept nogil:
    """The number of a word, in the order in which they came."""
    cdef uint64_t at = (word * <uint64_t>0x9e3779b97f4a7c15ULL) >> 47
    while tags.index[at] >= 0:
        if tags.words[tags.index[at]] == word:
            return <uint64_t>tags.index[at]
        at = (at + 1) & (2 * MOST_RECORDS - 1)
    tags.index[at] = <int32_t>tags.n
    tags.words[tags.n] = word
    tags.n += 1
    return tags.n - 1


cdef void end_tags(Tags* tags) noexcept nogil:
    free(tags.words)
    free(tags.index)
