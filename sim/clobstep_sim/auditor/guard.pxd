# Types of guard.py where it is compiled. Amounts stay Python integers.
from libc.stdint cimport int32_t

cimport cython

from . cimport amounts, ledger
from .parts cimport Account
from .state cimport Condition, Order, State

cdef int32_t NONE


cdef class Wish:
    cdef public Order order
    cdef public object size, turn
    cdef public Order target
    cdef public bint target_good, overlap, again


cpdef tuple grid(State st, Condition condition)


@cython.locals(condition=Condition, adds=bint)
cpdef int32_t refusal_of(State st, Wish w) except -1


cdef int32_t _before_form(State st, Order order, Condition condition, bint adds) except -1


cdef int32_t _used(State st, Wish w) except -1


cdef int32_t _full(State st, Wish w) except -1


cpdef int32_t split_refusal(State st, Condition condition, size) except -1


cpdef places(State st)


@cython.locals(order=Order, longer=int32_t, account=Account)
cpdef bint lessens_risk(State st, Wish w) except -1


cdef int32_t _longer(Order order) except -1


cpdef int32_t session(State st, bint adds) except -1


cdef int32_t _venue(State st, bint post_only) except -1


cdef bint _closing(State st, Condition condition) except -1


cdef int32_t _metadata(State st, Condition condition) except -1


cdef int32_t _form(State st, Wish w, Condition condition) except -1


cpdef bint would_cross(Condition condition, Order order) except -1


@cython.locals(other=Order)
cdef int32_t _market(State st, Wish w, Condition condition) except -1


@cython.locals(o=Order)
cdef list _others(State st, Wish w, Condition condition)


cdef bint _would_trade(Order a, Order b) except -1


cdef int32_t _even(Order order) except -1


cdef int32_t _from_even(Order order) except -1


@cython.locals(one=Condition)
cdef int32_t _stops(State st, Condition condition) except -1


cdef int32_t _breakers(State st, Condition condition, order_id) except -1


cdef int32_t _pace(State st, Wish w, Condition condition, bint adds) except -1


cdef int32_t _caps(State st, Wish w, Condition condition) except -1


cdef int32_t _exposure(State st, Condition condition, more) except -1


@cython.locals(condition=Condition)
cdef _exposures(State st, cluster)


cpdef lent_by(Wish w)


cdef _new_reservation(Wish w)


@cython.locals(account=Account)
cdef int32_t _funds(State st, Wish w) except -1
