# Types of compare.py where it is compiled.
from libc.stdint cimport int32_t, int64_t

cimport cython

from . cimport ledger
from .parts cimport Account, Ladder
from .state cimport Condition, Order, State

cdef int32_t BUY, SELL, HALTED
cdef int64_t NOBODY


@cython.locals(ids=set, order=Order)
cdef set _touched(State st)


cdef list _whole(engine, State st)


cdef list _account(int64_t token, theirs, Account mine)


@cython.locals(token=int64_t, found=list)
cdef list _market(view, State st, Condition c)


cdef list _terms(theirs, Condition c)


@cython.locals(bids=Ladder, asks=Ladder, bid=int32_t, ask=int32_t)
cdef list _best(theirs, Condition c, int64_t token)


@cython.locals(mine=Order, found=list)
cdef list _orders(view, State st, set ids)


cdef list _order(theirs, Order mine)
