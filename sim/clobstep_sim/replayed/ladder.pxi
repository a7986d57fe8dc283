# The displayed book of the venue, level by level. Owns: Book. A level we have taken from stays taken:
# only what is displayed anew can be taken again, so no share is traded twice.

cdef inline int32_t top_of(Book* b, int32_t word) noexcept nogil:
    """Highest occupied price in or below a word of the bitmap, 0 when there is none."""
    while word > 0 and b.occupied[word] == 0:
        word -= 1
    if b.occupied[word] == 0:
        return 0
    return word * 64 + cs_top_bit(b.occupied[word])


cdef inline int64_t free_size(Book* b, int32_t pips) noexcept nogil:
    """What is displayed at a price less what we took of it."""
    return b.level[pips].size - b.level[pips].taken


cdef inline void set_level(Book* b, int32_t pips, int64_t size) noexcept nogil:
    """The displayed size at a price. What we took is not given back by a decrease of the rest."""
    cdef int bit = pips & 63
    cdef int32_t word = pips >> 6
    cdef int32_t top = pips & -<int32_t>(size != 0)        # 0 when it is removed: no branch, it is a coin toss
    b.level[pips].size = size
    if cs_unlikely(b.level[pips].taken > size):
        b.level[pips].taken = size
    b.occupied[word] = (b.occupied[word] & ~(<uint64_t>1 << bit)) | (<uint64_t>(size != 0) << bit)
    if cs_unlikely(((pips ^ b.best) | top) == 0):
        b.best = top_of(b, word)
    else:
        b.best = top if top > b.best else b.best


cdef inline int is_own(Book* b, int32_t pips) noexcept nogil:
    """Whether an order of ours rests at a price."""
    return (b.own[pips >> 6] >> (pips & 63)) & 1


cdef inline int32_t below(Book* b, int32_t pips) noexcept nogil:
    """The next occupied price under `pips`, 0 when there is none."""
    cdef int32_t word
    cdef uint64_t bits
    if pips <= 0:
        return 0
    pips -= 1
    word = pips >> 6
    bits = b.occupied[word]
    if (pips & 63) != 63:
        bits &= (<uint64_t>1 << ((pips & 63) + 1)) - 1
    if bits:
        return word * 64 + cs_top_bit(bits)
    if word == 0:
        return 0
    return top_of(b, word - 1)


cdef void clear_book(Book* b) noexcept nogil:
    """Nothing is displayed; what we took is remembered until the level is told of again."""
    cdef int32_t word
    cdef int32_t bit
    for word in range(WORDS):
        while b.occupied[word]:
            bit = cs_top_bit(b.occupied[word])
            b.occupied[word] &= ~(<uint64_t>1 << bit)
            b.level[word * 64 + bit].size = 0
    b.best = 0


cdef inline int is_placeholder(Venue* v) noexcept nogil:
    """Nobody's market: a bid at 0.01 or less and an ask at 0.99 or more. It fills nothing."""
    return v.books[0].best <= 100 and v.books[1].best <= 100


cdef int open_venue(Venue* v) noexcept nogil:
    """Memory of a condition that is seen for the first time; 0 when there is none."""
    v.books = <Book*>calloc(2, sizeof(Book))
    v.staged = <int64_t*>calloc(2 * LEVELS, sizeof(int64_t))
    v.staged_bits = <uint64_t*>calloc(2 * WORDS, sizeof(uint64_t))
    v.own.head = 1
    return v.books != NULL and v.staged != NULL and v.staged_bits != NULL and widen_waits(&v.gone) \
        and widen_waits(&v.printed) and widen_pasts(&v.own)
