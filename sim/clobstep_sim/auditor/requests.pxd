# Types of requests.py where it is compiled.
from libc.stdint cimport int32_t, int64_t

cimport cython

from . cimport amounts, books, breaker, guard
from .records cimport Effect
from .state cimport Condition, Order, State

cdef int32_t IDLE, SUBMIT, CANCEL, QUERY, LIVE, UNKNOWN, RESTARTING, DISABLED, BUY
cdef int32_t SUBMIT_EFFECT, CANCEL_EFFECT, QUERY_EFFECT


@cython.locals(condition=Condition, made=Effect, size=int64_t, amount=int64_t)
cpdef submit(State st, Order order)


@cython.locals(made=Effect)
cpdef serve(State st, Order order)


@cython.locals(again=int64_t)
cpdef int64_t cancel_from(State st, Order order) except? -1


cpdef bint cancel_possible(State st, Order order) except -1


cpdef bint venue_cancels(State st) except -1


cdef _begin(State st, Order order, int32_t request)


cpdef free(Order order, int32_t answered, int32_t or_this=*)
