# Types of records.py where it is compiled.
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

cimport cython

cdef object UNPACK_EFFECT


@cython.final
cdef class Record:
    cdef public int64_t time_ns, venue_time_ns
    cdef public uint64_t order_id, ref
    cdef public int64_t size, amount
    cdef public uint32_t token
    cdef public int32_t price_pips, bid_pips, ask_pips, generation, kind, side, code, flags


@cython.final
@cython.no_gc
cdef class Effect:
    cdef public uint64_t seq
    cdef public int64_t time_ns
    cdef public uint64_t order_id
    cdef public object ref  # of the auditor's own it may be negative
    cdef public int64_t size, amount, deadline_ns
    cdef public uint32_t token
    cdef public int32_t price_pips, generation, kind, side, code, flags
    cdef public int64_t aux
    cdef public int32_t phase

    cpdef read(self, bytes raw, Py_ssize_t at)


cpdef list decode_effects(bytes raw)
