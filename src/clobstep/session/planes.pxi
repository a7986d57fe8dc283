# Columns of 64-bit values as byte planes, and back. Owns: the form of a pack. No Python.
#
# A pack is the length of a zstd frame (4 bytes), the frame, and planes that compress badly, as they
# are. In the frame are the head, the tags (8 bytes each), and the other planes. Planes go column by
# column, lowest byte first, a byte a value. A column that never changes has none, only its base.

cdef enum:
    MOST_COLUMNS = 20
    MOST_RECORDS = 65536                   # of a pack: a tag's number fits two planes
    BLOCK = 128                            # records unpacked at a time: their columns stay in the nearest cache


cdef struct Head:
    uint32_t n                             # records
    uint32_t tags
    uint8_t planes[MOST_COLUMNS]
    uint8_t plain[MOST_COLUMNS]            # a bit a plane: it stands outside of the frame
    uint8_t columns
    uint8_t spare[7]
    uint32_t length[MOST_COLUMNS]          # values of a column: n, or fewer where a tag's bit says which
    uint64_t base[MOST_COLUMNS]            # the least of them, taken off
    uint64_t unit[MOST_COLUMNS]            # of a column of differences: what all of them are multiples of
    uint64_t start[2]                      # what the first differences are to


cdef struct Column:                        # a column to be read
    const uint8_t* plane[8]
    uint64_t base
    int64_t at                             # values taken, of one that is read value by value
    int64_t length
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


cdef void put_plane(uint8_t* out, const uint64_t* values, int64_t n, uint64_t base, int number) noexcept nogil:
    cdef int64_t i
    for i in range(n):
        out[i] = <uint8_t>((values[i] - base) >> (8 * number))


cdef int is_noise(const uint8_t* plane, int64_t n) noexcept nogil:
    """Do two of its bytes agree no more often than of 64 equally likely ones?

    Such a plane would shrink by a fifth at most, and take longer to unpack than all others.
    """
    cdef uint64_t count[256]
    cdef uint64_t pairs = 0
    cdef int64_t i
    memset(count, 0, sizeof(count))
    for i in range(n):
        count[plane[i]] += 1
    for i in range(256):
        pairs += count[i] * count[i]
    return 64 * pairs < <uint64_t>n * <uint64_t>n


cdef void get_wide(uint64_t* out, const Column* column, int64_t first, int64_t m) noexcept nogil:
    """m values of a column. Up to four planes are put together in 32 bits."""
    cdef const uint8_t* a = column.plane[0] + first
    cdef const uint8_t* b = column.plane[1] + first
    cdef const uint8_t* c = column.plane[2] + first
    cdef const uint8_t* d = column.plane[3] + first
    cdef uint64_t base = column.base
    cdef int64_t i
    cdef int k
    if column.planes == 0:
        for i in range(m):
            out[i] = base
    elif column.planes == 1:
        for i in range(m):
            out[i] = base + a[i]
    elif column.planes == 2:
        for i in range(m):
            out[i] = base + (<uint32_t>a[i] | <uint32_t>b[i] << 8)
    elif column.planes == 3:
        for i in range(m):
            out[i] = base + (<uint32_t>a[i] | <uint32_t>b[i] << 8 | <uint32_t>c[i] << 16)
    else:
        for i in range(m):
            out[i] = base + (<uint32_t>a[i] | <uint32_t>b[i] << 8 | <uint32_t>c[i] << 16 | <uint32_t>d[i] << 24)
        for k in range(4, column.planes):
            a = column.plane[k] + first
            for i in range(m):
                out[i] += <uint64_t>a[i] << (8 * k)


cdef void get_narrow(uint16_t* out, const Column* column, int64_t first, int64_t m) noexcept nogil:
    """As get_wide, of a column whose values have 16 bits: four times as many go into a register."""
    cdef const uint8_t* a = column.plane[0] + first
    cdef const uint8_t* b = column.plane[1] + first
    cdef uint16_t base = <uint16_t>column.base
    cdef int64_t i
    if column.planes == 0:
        for i in range(m):
            out[i] = base
    elif column.planes == 1:
        for i in range(m):
            out[i] = base + a[i]
    else:
        for i in range(m):
            out[i] = base + a[i] + (<uint16_t>b[i] << 8)


cdef void narrow_differences(uint16_t* out, int64_t m, uint16_t unit) noexcept nogil:
    cdef int64_t i
    for i in range(m):
        out[i] = ((out[i] >> 1) ^ (0 - (out[i] & 1))) * unit


cdef inline int take_value(Column* column, uint64_t* value) noexcept nogil:
    """The column's next value; 0 when there is none."""
    cdef int k
    if column.at == column.length:
        return 0
    value[0] = column.base
    for k in range(column.planes):
        value[0] += <uint64_t>column.plane[k][column.at] << (8 * k)
    column.at += 1
    return 1


cdef inline int take_split(Column* columns, uint64_t* value) noexcept nogil:
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


cdef int pack_sizes(const Head* head, int64_t* inside, int64_t* outside) noexcept nogil:
    """Bytes in the frame and behind it; 0 for a head that cannot be."""
    cdef int64_t size[2]
    cdef int k
    cdef int j
    size[0] = sizeof(Head) + 8 * <int64_t>head.tags
    size[1] = 0
    if head.n == 0 or head.n > MOST_RECORDS or head.tags > head.n or head.columns > MOST_COLUMNS:
        return 0
    for k in range(head.columns):
        if head.planes[k] > 8 or head.length[k] > head.n:
            return 0
        for j in range(head.planes[k]):
            size[head.plain[k] >> j & 1] += head.length[k]
    inside[0] = size[0]
    outside[0] = size[1]
    return 1


cdef void find_planes(const Head* head, const uint8_t* inside, const uint8_t* outside, Column* columns) noexcept nogil:
    """Where each plane of each column stands; the sizes have been compared."""
    cdef int k
    cdef int j
    inside += sizeof(Head) + 8 * <int64_t>head.tags
    memset(columns, 0, MOST_COLUMNS * sizeof(Column))
    for k in range(head.columns):
        columns[k].base = head.base[k]
        columns[k].length = head.length[k]
        columns[k].planes = head.planes[k]
        for j in range(8):
            if j >= head.planes[k]:
                columns[k].plane[j] = inside   # never read, but no pointer to nowhere
            elif head.plain[k] >> j & 1:
                columns[k].plane[j] = outside
                outside += head.length[k]
            else:
                columns[k].plane[j] = inside
                inside += head.length[k]


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
