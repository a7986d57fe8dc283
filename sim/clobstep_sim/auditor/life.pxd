# Types of life.py where it is compiled.
from libc.stdint cimport int32_t

cdef tuple FILLS


cpdef tuple decide(int32_t state, int32_t word)


cdef tuple _dup(int32_t state)


cdef tuple _none(int32_t state, int32_t word)


cdef tuple _queued(int32_t state, int32_t word)


cdef _finished(int32_t word)


cdef tuple _filled(int32_t word)


cdef tuple _unproven(int32_t state, int32_t word)


cdef tuple _live(int32_t state, int32_t word)


cdef tuple _ended(int32_t state, int32_t word)
