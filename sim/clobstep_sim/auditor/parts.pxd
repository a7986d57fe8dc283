# Types of parts.py where it is compiled. What may grow beyond 64 bits stays a Python integer.
from libc.stdint cimport int32_t, int64_t


cdef class Account:
    cdef public object settled, incoming, outgoing, reserved, locked


cdef class Bucket:
    cdef public object rate, burst, spent, at_ns

    cpdef missing(self, now_ns)
    cpdef bint has_one(self, now_ns) except -1
    cpdef take(self, now_ns)


cdef class Breaker:
    cdef public int64_t pause_ns
    cdef public int32_t state, rejects
    cdef public int64_t until_ns
    cdef public object probe
    cdef public int64_t epoch
    cdef public object last_batch


cdef class Ladder:
    cdef public dict sizes
    cdef public list prices

    cpdef put(self, int32_t price, object size)
    cpdef drop(self, int32_t price)
    cpdef int64_t drop_above(self, int32_t limit) except -1
    cpdef int32_t best(self) except -1


cdef class Book:
    cdef public Ladder even, odd
    cdef public int32_t feed
    cdef public int64_t last_ns
    cdef public bint wants_snapshot
    cdef public int64_t asked_ns, resync_ns
    cdef public bint group_open
    cdef public int64_t group_venue_ns, group_last_ns
    cdef public bint carries
    cdef public int32_t carried_bid, carried_ask, seen_bid, seen_ask
    cdef public int64_t first_delta_ns, agreed_row

    cpdef Ladder bids(self, int64_t token)
