# Types of guard.py where it is compiled.
from libc.stdint cimport int32_t, int64_t

cimport cython

from . cimport amounts, books, ledger
from .parts cimport Account, Book, Ladder
from .state cimport Condition, Order, State

cdef int32_t NONE, BUY, GTC, GTD, TRADING, NORMAL, OPEN, HALF_OPEN, META_OPEN
cdef int64_t OF_CASH, OF_SHARES


@cython.final
cdef class Wish:
    cdef public Order order
    cdef public int64_t size, turn
    cdef public Order target
    cdef public bint target_good, overlap, again

    cpdef bint target_gone(self) except -1


cpdef tuple grid(State st, Condition condition)


@cython.locals(condition=Condition, adds=bint)
cpdef int32_t refusal_of(State st, Wish w) except -1


cdef int32_t _before_form(State st, Order order, Condition condition, bint adds) except -1


cdef int32_t _used(State st, Wish w) except -1


cdef int32_t _full(State st, Wish w) except -1


cpdef int32_t split_refusal(State st, Condition condition, int64_t size) except -1


cpdef int64_t places(State st) except? -1


@cython.locals(order=Order, longer=int32_t, account=Account, other=Account, left=int64_t)
cpdef bint lessens_risk(State st, Wish w) except -1


cdef int32_t _longer(Order order) except -1


cpdef int32_t session(State st, bint adds) except -1


cdef int32_t _venue(State st, bint post_only) except -1


cdef bint _closing(State st, Condition condition) except -1


@cython.locals(oldest=int64_t)
cdef int32_t _metadata(State st, Condition condition) except -1


@cython.locals(order=Order, tick=int32_t, min_size=int64_t, marketable=bint)
cdef int32_t _form(State st, Wish w, Condition condition) except -1


@cython.locals(book=Book, side=Ladder)
cpdef bint would_cross(Condition condition, Order order) except -1


@cython.locals(other=Order)
cdef int32_t _market(Wish w, Condition condition) except -1


cdef bint _could_trade(Wish w, Order other) except -1


cdef bint _would_trade(Order a, Order b) except -1


cdef int32_t _even(Order order) except -1


cdef int32_t _from_even(Order order) except -1


@cython.locals(one=Condition)
cdef int32_t _stops(State st, Condition condition) except -1


cdef int32_t _breakers(State st, Condition condition, order_id) except -1


@cython.locals(same_turn=bint, cooling=bint)
cdef int32_t _pace(State st, Wish w, Condition condition, bint adds) except -1


@cython.locals(gone=int32_t)
cdef int32_t _caps(State st, Wish w, Condition condition) except -1


cdef int32_t _exposure(State st, Condition condition, int64_t more) except -1


@cython.locals(condition=Condition, total=int64_t)
cdef int64_t _exposures(State st, cluster) except? -1


@cython.locals(target=Order)
cpdef int64_t lent_by(Wish w) except? -1


cdef int64_t _new_reservation(Wish w) except? -1


@cython.locals(account=Account, buys=bint, free=int64_t)
cdef int32_t _funds(State st, Wish w) except -1
