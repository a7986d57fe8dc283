# Types of words.py where it is compiled.
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cimport cython

from .records cimport Effect, Record

cdef int32_t WAKE


@cython.final
cdef class Words:
    cdef const int64_t[::1] signed
    cdef const uint64_t[::1] unsigned
    cdef const uint32_t[::1] tokens
    cdef const int16_t[::1] shorts
    cdef const uint16_t[::1] halves
    cdef const uint8_t[::1] octets

    @cython.locals(at=Py_ssize_t)
    cdef read_event(self, Py_ssize_t n, Record e)
    cdef uint64_t seq_of(self, Py_ssize_t n) except? 1
    cdef int32_t kind_of(self, Py_ssize_t n) except -1
    cdef int64_t deadline_of(self, Py_ssize_t n) except? -1

    @cython.locals(at=Py_ssize_t)
    cdef bint is_effect(self, Py_ssize_t n, Effect mine) except -1
