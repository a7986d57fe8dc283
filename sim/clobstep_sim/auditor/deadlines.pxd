# Types of deadlines.py where it is compiled. No time lies beyond 64 bits (`parts.after`).
from libc.stdint cimport int32_t, int64_t

cimport cython

from . cimport books, breaker, orders, requests, valuation
from .parts cimport Book
from .state cimport Condition, Order, State

cdef int32_t OPEN, NORMAL, IDLE, UNKNOWN, LIVE, DELAYED


@cython.locals(due=int64_t)
cpdef int64_t earliest(State st) except? -1


cdef int64_t _sooner(int64_t a, int64_t b) except? -1


@cython.locals(condition=Condition, order=Order, due=int64_t, soonest=int64_t)
cdef _look_again(State st)


@cython.locals(due=int64_t, time_ns=int64_t)
cdef int64_t _of_book(State st, Book book) except -1


@cython.locals(waits=bint, possible=bint)
cdef bint _is_due(State st, Order order) except -1


@cython.locals(due=int64_t, from_ns=int64_t)
cdef int64_t _next_ns(State st, Order order) except? -1


@cython.locals(condition=Condition)
cpdef serve(State st)


@cython.locals(condition=Condition, order=Order, due_orders=list, mine=list)
cdef _serve_orders(State st)


@cython.locals(pending=int64_t, request=int32_t)
cdef _serve_order(State st, Order order)


cpdef rearm_valuation(State st)


@cython.locals(book=Book)
cdef _serve_condition(State st, Condition condition)
