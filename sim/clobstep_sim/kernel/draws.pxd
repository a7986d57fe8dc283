# Random numbers in integers: draws.h, for Cython.
from libc.stdint cimport int64_t, uint64_t

cdef extern from "draws.h" nogil:
    uint64_t kn_next(uint64_t* stream)
    uint64_t kn_stream(uint64_t seed, uint64_t number)
    uint64_t kn_high(uint64_t a, uint64_t b)
    int64_t kn_below(uint64_t* stream, int64_t n)
    bint kn_chance(uint64_t* stream, int64_t millionths)
    int64_t kn_log2(uint64_t x)
    int64_t kn_exponential(uint64_t* stream, int64_t mean)
