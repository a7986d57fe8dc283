# Types of trades.py where it is compiled.
from libc.stdint cimport int32_t, int64_t

cimport cython

from . cimport amounts, ledger, orders, requests
from .parts cimport Fill
from .records cimport Effect, Record
from .state cimport Condition, Order, State


@cython.locals(held=Fill)
cpdef bint trade(State st, Record e) except -1


cdef bint _again(State st, Record e, Fill fill) except -1


@cython.locals(made=Effect)
cdef _settled(State st, Fill fill)


cpdef int64_t units(Order order, int64_t size, int32_t price) except? -1


@cython.locals(
    order=Order, fill=Fill, condition=Condition, made=Effect, liquidity=int32_t, evidence=int32_t,
    rate=int64_t, cash=int64_t, state=int32_t
)
cdef _book(State st, Record e)


cdef _keep(State st, Fill fill)


cdef tuple _liquidity(State st, Record e, Order order)


@cython.locals(
    dead=bint, full=bint, held_dead=bint, u=int64_t, known=int64_t, beyond=int64_t, over=int64_t,
    word=int32_t
)
cdef _count(State st, Record e, Order order)


cdef int64_t _beyond(Order order, int64_t u) except? -1


cdef int32_t _word(Order order, int64_t u) except -1
