# The book of a condition: rows of orders by price, oldest first. Owns: XLevel, the bitmaps.

cdef enum:
    WORDS = 157                # 10,001 rows


cdef inline XLevel* level_of(XMarket* m, int side, int row) noexcept nogil:
    return &m.levels[side * (PIPS + 1) + row]


cdef inline int best_row(XMarket* m, int side) noexcept nogil:
    """The best price of a side in the book's frame; NONE if it is empty."""
    return m.best[side]


cdef inline int next_row(XMarket* m, int side, int row) noexcept nogil:
    """The next worse price that holds orders; NONE if there is none."""
    cdef uint64_t* bits = &m.bits[side * WORDS]
    cdef int k = row >> 6
    cdef uint64_t word
    if side == 0:
        word = bits[k] & ((<uint64_t>1 << (row & 63)) - 1)
        while not word:
            k -= 1
            if k < 0:
                return NONE
            word = bits[k]
        return 64 * k + cs_top_bit(word)
    word = bits[k] & ~(((<uint64_t>1 << (row & 63)) << 1) - 1)
    while not word:
        k += 1
        if k >= WORDS:
            return NONE
        word = bits[k]
    return 64 * k + cs_low_bit(word)


cdef inline int crosses(int side, int limit_row, int row) noexcept nogil:
    """Whether an order of this book side with this limit meets the other side's row."""
    return row <= limit_row if side == 0 else row >= limit_row


cdef void row_fills(XMarket* m, int side, int row) noexcept nogil:
    """Its first order came."""
    cdef int best = m.best[side]
    m.bits[side * WORDS + (row >> 6)] |= <uint64_t>1 << (row & 63)
    if best == NONE or (row > best if side == 0 else row < best):
        m.best[side] = row


cdef void row_empties(XMarket* m, int side, int row) noexcept nogil:
    """Its last order has left."""
    m.bits[side * WORDS + (row >> 6)] &= ~(<uint64_t>1 << (row & 63))
    if row == m.best[side]:
        m.best[side] = next_row(m, side, row)


cdef void join(X* x, int32_t slot) noexcept nogil:
    """Behind all that lie at its price."""
    cdef XOrder* o = &x.orders[slot]
    cdef XMarket* m = &x.markets[o.token >> 1]
    cdef XLevel* level = level_of(m, o.book_side, o.row)
    o.next = NONE
    o.prev = level.last
    if level.last != NONE:
        x.orders[level.last].next = slot
    else:
        level.first = slot
        row_fills(m, o.book_side, o.row)
    level.last = slot
    level.size += o.leaves
    touch(x, o)


cdef void leave(X* x, int32_t slot) noexcept nogil:
    """Out of its row, with the leaves it has."""
    cdef XOrder* o = &x.orders[slot]
    cdef XMarket* m = &x.markets[o.token >> 1]
    cdef XLevel* level = level_of(m, o.book_side, o.row)
    level.size -= o.leaves
    touch(x, o)
    if o.prev != NONE:
        x.orders[o.prev].next = o.next
    else:
        level.first = o.next
    if o.next != NONE:
        x.orders[o.next].prev = o.prev
    else:
        level.last = o.prev
    if level.first == NONE:
        row_empties(m, o.book_side, o.row)
