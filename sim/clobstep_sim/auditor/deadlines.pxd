# Types of deadlines.py where it is compiled. An order's times may be beyond 64 bits.
from libc.stdint cimport int32_t, int64_t

cimport cython

from . cimport books, breaker, orders, requests, valuation
from .parts cimport Book
from .state cimport Condition, Order, State

cdef int32_t OPEN, NORMAL, IDLE, UNKNOWN, LIVE, DELAYED


cpdef earliest(State st)


cdef _sooner(a, b)


@cython.locals(condition=Condition, order=Order)
cdef _look_again(State st)


@cython.locals(due=int64_t, time_ns=int64_t)
cdef int64_t _of_book(State st, Book book) except -1


cdef bint _is_due(State st, Order order) except -1


cdef _next_ns(State st, Order order)


@cython.locals(condition=Condition)
cpdef serve(State st)


@cython.locals(condition=Condition, order=Order, o=Order, due_orders=list)
cdef _serve_orders(State st)


cdef _serve_order(State st, Order order)


cpdef rearm_valuation(State st)


@cython.locals(book=Book)
cdef _serve_condition(State st, Condition condition)
