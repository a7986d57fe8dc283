# The C-level API of the core: cimport it, link nothing. A call across extensions costs about 2 ns.
#
#     from clobstep.core._core cimport Engine, step, step_many, same_layout
#
# Call `same_layout()` once: 0 says that you were compiled against another layout than is running.

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from clobstep.core.schema cimport *
from clobstep.core.state cimport *

cdef class Engine:
    cdef State* s

cdef uint64_t layout_hash() noexcept nogil
cdef void step(State* s, const Event* ev) noexcept nogil
cdef int64_t step_many(State* s, const Event* events, int64_t n) noexcept nogil
cdef int64_t effects_bound(State* s, const Event* ev) noexcept nogil
cdef int check_state(State* s) noexcept nogil
cdef int check_all_but_ladders(State* s) noexcept nogil
cdef int check_ladders(State* s, uint32_t first, uint32_t end) noexcept nogil
cdef int watch_cells(State* s) noexcept nogil
cdef Order* find_open(State* s, uint64_t id) noexcept nogil
cdef int32_t find_tomb(State* s, uint64_t id) noexcept nogil

cdef inline int same_layout() noexcept nogil:
    return layout_hash() == CLOBSTEP_LAYOUT_HASH
