# What is due when: a heap by time, then by number. Never by address: equal runs pop alike.
#
# The number is the order of posting, below a class of 8 bits: of what is due at one time the lower
# class goes first. Owns its memory; `heap_free` gives it back.

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc

cdef struct Due:
    int64_t due_ns
    uint64_t number
    int32_t kind               # what is to be done, and with what: the owner's words
    int32_t slot
    uint32_t entry             # which use of the slot it was meant for

cdef struct Heap:
    Due* items
    int64_t n
    int64_t room
    uint64_t posted


cdef inline int is_earlier(const Due* a, const Due* b) noexcept nogil:
    return a.due_ns < b.due_ns or (a.due_ns == b.due_ns and a.number < b.number)


cdef inline int heap_push(Heap* h, int64_t due_ns, int rank, int32_t kind, int32_t slot,
                          uint32_t entry) noexcept nogil:
    """Whether there was memory for it."""
    cdef Due* more
    cdef Due new
    cdef int64_t at, up
    if h.n >= h.room:
        more = <Due*>realloc(h.items, (2 * h.room + 64) * sizeof(Due))
        if more == NULL:
            return 0
        h.items = more
        h.room = 2 * h.room + 64
    new.due_ns = due_ns
    new.number = <uint64_t>rank << 56 | h.posted
    new.kind = kind
    new.slot = slot
    new.entry = entry
    h.posted += 1
    at = h.n
    h.n += 1
    while at:
        up = (at - 1) >> 2
        if not is_earlier(&new, &h.items[up]):
            break
        h.items[at] = h.items[up]
        at = up
    h.items[at] = new
    return 1


cdef inline Due heap_pop(Heap* h) noexcept nogil:
    """The first one; there must be one."""
    cdef Due first = h.items[0]
    cdef Due last
    cdef int64_t at = 0
    cdef int64_t down, k, least
    h.n -= 1
    last = h.items[h.n]
    while True:
        down = 4 * at + 1
        if down >= h.n:
            break
        least = down
        for k in range(down + 1, min(down + 4, h.n)):
            if is_earlier(&h.items[k], &h.items[least]):
                least = k
        if not is_earlier(&h.items[least], &last):
            break
        h.items[at] = h.items[least]
        at = least
    h.items[at] = last
    return first


cdef inline void heap_free(Heap* h) noexcept nogil:
    free(h.items)
    h.items = NULL
    h.n = h.room = 0
