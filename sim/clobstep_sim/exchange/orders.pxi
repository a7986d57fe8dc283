# Orders by their account's id, and the open ones of an account in order of arrival. Owns: the index.

cdef inline uint64_t place_of(uint64_t id, int32_t account) noexcept nogil:
    cdef uint64_t state = id ^ (<uint64_t>account << 40)
    return kn_next(&state)


cdef XPlace* find_place(X* x, int32_t account, uint64_t id) noexcept nogil:
    """The place of the id, or the free one where it would be."""
    cdef int64_t at = <int64_t>(place_of(id, account) & <uint64_t>x.mask)
    while x.places[at].slot != NONE and not (x.places[at].id == id and x.places[at].account == account):
        at = (at + 1) & x.mask
    return &x.places[at]


cdef int widen_index(X* x) noexcept nogil:
    cdef XPlace* old = x.places
    cdef int64_t size = x.mask + 1
    cdef int64_t k
    cdef XPlace* more = <XPlace*>malloc(2 * size * sizeof(XPlace))
    if more == NULL:
        return 0
    for k in range(2 * size):
        more[k].slot = NONE
    x.places = more
    x.mask = 2 * size - 1
    for k in range(size):
        if old[k].slot != NONE:
            find_place(x, old[k].account, old[k].id)[0] = old[k]
    free(old)
    return 1


cdef int32_t find_order(X* x, int32_t account, uint64_t id) noexcept nogil:
    """Its slot, or NONE. Orders of unlimited accounts go by their slots and have no ids."""
    return find_place(x, account, id).slot


cdef int32_t new_slot(X* x) noexcept nogil:
    cdef XOrder* more
    cdef int32_t slot = x.unused
    if slot != NONE:
        x.unused = x.orders[slot].next
        return slot
    if x.n_orders >= x.room_orders:
        more = <XOrder*>realloc(x.orders, (2 * <size_t>x.room_orders + 256) * sizeof(XOrder))
        if more == NULL:
            x.no_memory = 1
            return NONE
        x.orders = more
        x.room_orders = 2 * x.room_orders + 256
    slot = x.n_orders
    x.n_orders += 1
    memset(&x.orders[slot], 0, sizeof(XOrder))
    return slot


cdef void enlist(X* x, int32_t slot) noexcept nogil:
    """Among its account's open orders, as the newest."""
    cdef XOrder* o = &x.orders[slot]
    cdef XAccount* a = &x.accounts[o.account]
    o.later = NONE
    o.earlier = a.newest
    if a.newest != NONE:
        x.orders[a.newest].later = slot
    else:
        a.oldest = slot
    a.newest = slot


cdef void end_order(X* x, int32_t slot, int state, int reason) noexcept nogil:
    """It is over: out of the book, off the list, nothing held. `leaves` stay as they were."""
    cdef XOrder* o = &x.orders[slot]
    cdef XAccount* a = &x.accounts[o.account]
    if o.state == ST_OPEN:
        leave(x, slot)
    if o.earlier != NONE:
        x.orders[o.earlier].later = o.later
    else:
        a.oldest = o.later
    if o.later != NONE:
        x.orders[o.later].earlier = o.earlier
    else:
        a.newest = o.earlier
    hold(x, o, 0)
    if state == ST_CANCELED:
        tell_order(x, o, EV_CANCELED, reason)
    o.state = <uint8_t>state
    o.reason = <uint8_t>reason
    o.entry += 1                           # what is due for it is nothing any more
    if a.unlimited:
        o.next = x.unused
        x.unused = slot
