# Types of guard.py where it is compiled. Amounts stay Python integers.
from libc.stdint cimport int32_t

cimport cython

from .state cimport Condition, Order, State


cdef class Wish:
    cdef public Order order
    cdef public object size, turn
    cdef public Order target
    cdef public bint target_good, overlap, again


@cython.locals(condition=Condition)
cpdef refusal_of(State st, Wish wish)


@cython.locals(order=Order, longer=int32_t)
cpdef bint lessens_risk(State st, Wish w) except -1


cdef int32_t _longer(Order order) except -1


cdef _venue(State st, bint post_only)


cdef bint _closing(State st, Condition condition) except -1


cdef _metadata(State st, Condition condition)


cdef _form(State st, Wish w, Condition condition)


cpdef bint would_cross(Condition condition, Order order) except -1


cdef _market(State st, Wish w, Condition condition)


cdef list _others(State st, Wish w, Condition condition)


cdef _stops(State st, Condition condition)


cdef _breakers(State st, Condition condition, order_id)


cdef _pace(State st, Wish w, Condition condition, bint adds)


cdef _caps(State st, Wish w, Condition condition)
