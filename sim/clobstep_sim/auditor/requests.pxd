# Types of requests.py where it is compiled.
from libc.stdint cimport int32_t

cimport cython

from . cimport amounts, breaker, guard
from .records cimport Effect
from .state cimport Condition, Order, State

cdef int32_t IDLE, LIVE, UNKNOWN, RESTARTING, DISABLED


@cython.locals(condition=Condition, made=Effect)
cpdef submit(State st, Order order)


cpdef serve(State st, Order order)


cpdef cancel_from(State st, Order order)


cpdef bint cancel_possible(State st, Order order) except -1


cpdef bint venue_cancels(State st) except -1


cdef _begin(State st, Order order, int32_t request)


cpdef free(Order order, int32_t answered, int32_t or_this=*)
