# Where orders live: fixed slots with an open-addressing index, and tombstones of ended orders.
# Owns: the slot free list, the index, the ring of tombstones, the market's list of open orders.
# An ended order is worked on in `State.scratch` and written back to its tombstone.

cdef inline uint32_t hash_of(uint64_t id) noexcept nogil:
    return <uint32_t>cs_fold(id ^ <uint64_t>0x243f6a8885a308d3, <uint64_t>0x9E3779B97F4A7C15)


cdef inline int32_t find_slot(State* s, uint64_t id) noexcept nogil:
    cdef uint32_t at = hash_of(id) & s.order_mask
    while s.order_index[at]:
        if s.orders[s.order_index[at] - 1].id == id:
            return s.order_index[at] - 1
        at = (at + 1) & s.order_mask
    return NIL


cdef inline Order* find_open(State* s, uint64_t id) noexcept nogil:
    cdef int32_t slot = find_slot(s, id)
    return NULL if slot == NIL else &s.orders[slot]


cdef inline void unindex(State* s, int32_t slot) noexcept nogil:
    """Take an order out of the index; what probed past it moves back."""
    cdef uint32_t at = hash_of(s.orders[slot].id) & s.order_mask
    cdef uint32_t gap
    cdef uint32_t home
    while s.order_index[at] and s.order_index[at] != slot + 1:
        at = (at + 1) & s.order_mask
    if s.order_index[at] == 0:
        return                             # only a damaged state has no entry: still bounded
    gap = at
    while True:
        at = (at + 1) & s.order_mask
        if s.order_index[at] == 0:
            break
        home = hash_of(s.orders[s.order_index[at] - 1].id) & s.order_mask
        if ((at - home) & s.order_mask) >= ((at - gap) & s.order_mask):
            s.order_index[gap] = s.order_index[at]
            gap = at
    s.order_index[gap] = 0


cdef inline int64_t order_room(State* s) noexcept nogil:
    """Open orders at which submits are refused: one slot in eight is kept for facts."""
    return s.c.orders - most(1, s.c.orders // 8)


cdef inline Order* take_slot(State* s, uint64_t id, uint32_t token) noexcept nogil:
    """A zeroed slot, indexed and in its market's list; NULL when the table is full."""
    cdef int32_t slot = s.v.free_order
    cdef uint32_t at = hash_of(id) & s.order_mask
    cdef Market* m = &s.markets[token >> 1]
    cdef Order* o
    if slot == NIL:
        return NULL
    o = &s.orders[slot]
    s.v.free_order = o.next                # a free slot is zeroed, but for this link
    o.id = id
    o.token = token
    o.venue_matched = -1
    while s.order_index[at]:
        at = (at + 1) & s.order_mask
    s.order_index[at] = slot + 1
    o.prev = NIL
    o.next = m.first_order
    if m.first_order != NIL:
        s.orders[m.first_order].prev = slot
    m.first_order = slot
    m.n_orders += 1
    s.v.n_orders += 1
    if s.v.n_orders >= order_room(s) and not s.v.table_told:
        s.v.table_told = 1
        alert(s, AL_ORDER_TABLE_FULL, NO_TOKEN, 0)
    return o


cdef inline void free_slot(State* s, Order* o) noexcept nogil:
    cdef int32_t slot = <int32_t>(o - s.orders)
    cdef Market* m = &s.markets[o.token >> 1]
    unindex(s, slot)
    if o.prev != NIL:
        s.orders[o.prev].next = o.next
    else:
        m.first_order = o.next
    if o.next != NIL:
        s.orders[o.next].prev = o.prev
    m.n_orders -= 1
    s.v.n_orders -= 1
    if s.v.n_orders < order_room(s):
        s.v.table_told = 0
    cs_clear(o, sizeof(Order))
    o.next = s.v.free_order
    s.v.free_order = slot


# Tombstones are a ring, and a bucket's are linked from the newest to the oldest: `tomb_index` holds the
# buckets' newest and then each one's older, as position + 1. Nothing is taken out of a bucket: a link to
# what was written over leads to a younger one, and there the bucket ends.

cdef inline int32_t tomb_age(State* s, int32_t position) noexcept nogil:
    """How many burials ago, from 0 on."""
    return (s.v.tomb_next - 1 - position) & <int32_t>(s.c.tombstones - 1)


cdef int32_t find_tomb(State* s, uint64_t id) noexcept nogil:
    cdef int32_t position = s.tomb_index[hash_of(id) & s.tomb_mask] - 1
    cdef int32_t age = -1
    while position >= 0 and tomb_age(s, position) > age:
        if s.tombs[position].id == id and id != 0:
            return position
        age = tomb_age(s, position)
        position = s.tomb_index[s.c.tombstones + position] - 1
    return NIL


cdef void forget_tomb(State* s, uint64_t id) noexcept nogil:
    """An id comes into use again: what is remembered of it, from a market that is gone, would hide it."""
    cdef int32_t position = find_tomb(s, id)
    if position != NIL:
        memset(&s.tombs[position], 0, sizeof(Tombstone))
        s.v.n_tombs -= 1


cdef inline void write_tomb(State* s, int32_t position, Order* o) noexcept nogil:
    cdef Tombstone* t = &s.tombs[position]
    t.id = o.id
    t.original = o.original
    t.filled = o.filled
    t.canceled = o.canceled
    t.reversed = o.reversed
    t.token = <uint16_t>o.token
    t.generation = o.generation
    t.price_pips = o.price_pips
    t.bits = <uint16_t>(o.state | (o.side << 4) | (o.tif << 5) | (o.origin << 7) | (o.post_only << 10)
                        | (o.presumed << 11) | (o.crossed << 12) | (o.done << 14) | ((o.restored > 0) << 15))


cdef inline void bury(State* s, Order* o) noexcept nogil:
    """An ended order leaves its slot for a tombstone; the oldest tombstone is forgotten."""
    cdef int32_t position = s.v.tomb_next
    cdef uint32_t bucket = hash_of(o.id) & s.tomb_mask
    s.v.n_tombs += s.tombs[position].id == 0
    write_tomb(s, position, o)
    s.tomb_index[s.c.tombstones + position] = s.tomb_index[bucket]
    s.tomb_index[bucket] = position + 1
    s.v.tomb_next = (position + 1) & <int32_t>(s.c.tombstones - 1)
    free_slot(s, o)


cdef void unearth(State* s, int32_t position, Order* o) noexcept nogil:
    """Read a tombstone into an order. What exceeds the original is `restored` or `overfill`."""
    cdef Tombstone* t = &s.tombs[position]
    cdef int64_t extra
    cs_clear(o, sizeof(Order))
    o.id = t.id
    o.original = t.original
    o.filled = t.filled
    o.canceled = t.canceled
    o.reversed = t.reversed
    o.token = t.token
    o.generation = t.generation
    o.price_pips = t.price_pips
    o.state = t.bits & 15
    o.side = (t.bits >> 4) & 1
    o.tif = (t.bits >> 5) & 3
    o.origin = (t.bits >> 7) & 7
    o.post_only = (t.bits >> 10) & 1
    o.presumed = (t.bits >> 11) & 1
    o.crossed = (t.bits >> 12) & 3
    o.done = (t.bits >> 14) & 1
    extra = o.filled + o.canceled - o.original
    if t.bits >> 15:
        o.restored = extra
    else:
        o.overfill = extra
    o.venue_matched = -1
    o.breaker_epoch = NO_EPOCH
    o.next = NIL
    o.prev = NIL


cdef inline Order* find_order(State* s, uint64_t id) noexcept nogil:
    """An open order, or an ended one in the scratch, or NULL."""
    cdef Order* o = find_open(s, id)
    cdef int32_t position
    if cs_likely(o != NULL):
        return o
    position = find_tomb(s, id)
    if position == NIL or s.tombs[position].generation != s.markets[s.tombs[position].token >> 1].generation:
        return NULL                        # none, or of a market whose slot was given away
    unearth(s, position, &s.scratch)
    s.scratch_tomb = position
    return &s.scratch


cdef inline int is_ended(int state) noexcept nogil:
    return state >= OS_FILLED


cdef inline int in_scratch(State* s, Order* o) noexcept nogil:
    return o == &s.scratch


cdef Order* revive(State* s, Order* o) noexcept nogil:
    """An ended order is open again: out of its tombstone into a slot, of which there is one."""
    cdef Order* slot
    cdef int32_t next_slot
    cdef int32_t prev_slot
    cdef int32_t position = s.scratch_tomb
    slot = take_slot(s, o.id, o.token)
    next_slot = slot.next
    prev_slot = slot.prev
    slot[0] = o[0]
    slot.next = next_slot
    slot.prev = prev_slot
    slot.generation = s.markets[o.token >> 1].generation
    memset(&s.tombs[position], 0, sizeof(Tombstone))
    s.v.n_tombs -= 1
    return slot
