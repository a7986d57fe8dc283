# Types of trades.py where it is compiled. Amounts stay Python integers.
from libc.stdint cimport int32_t

cimport cython

from . cimport amounts, ledger, orders, requests
from .records cimport Effect, Record
from .state cimport Condition, Fill, Order, State


@cython.locals(held=Fill)
cpdef bint trade(State st, Record e) except -1


cdef bint _again(State st, Record e, Fill fill) except -1


@cython.locals(made=Effect)
cdef _settled(State st, Fill fill)


cpdef units(Order order, size, price)


@cython.locals(order=Order, fill=Fill, condition=Condition, made=Effect)
cdef _book(State st, Record e)


cdef _keep(State st, Fill fill)


cdef tuple _liquidity(State st, Record e, Order order)


@cython.locals(dead=bint, full=bint, held_dead=bint)
cdef _count(State st, Record e, Order order)


cdef _beyond(Order order, u)


cdef int32_t _word(Order order, u) except -1
