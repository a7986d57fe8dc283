# Types of facts.py where it is compiled.
from libc.stdint cimport int32_t

cimport cython

from . cimport breaker, guard, ledger, orders, requests
from .parts cimport after
from .records cimport Record
from .state cimport Condition, Order, State


@cython.locals(order=Order)
cpdef Order known(State st, Record e)


cpdef matched_size(Order order, Record e)


@cython.locals(taken=bint)
cpdef bint answer(
    State st, Order order, int32_t word, int32_t answered, int32_t or_this=*, matched=*,
    bint found=*
) except -1


@cython.locals(order=Order)
cpdef bint accepted(State st, Record e) except -1


cpdef bint risen(Order order, matched, bint found) except -1


@cython.locals(order=Order, reason=int32_t)
cpdef bint rejected(State st, Record e) except -1


cpdef bint would_take(Order order, int32_t word) except -1


cpdef bint over(
    State st, Order order, Record e, bint expired, int32_t answered, int32_t or_this=*
) except -1


@cython.locals(order=Order)
cpdef bint placed(State st, Record e) except -1


@cython.locals(order=Order)
cpdef bint found(State st, Record e) except -1


@cython.locals(order=Order, condition=Condition)
cpdef bint adopt(State st, Record e, int32_t tif) except -1
