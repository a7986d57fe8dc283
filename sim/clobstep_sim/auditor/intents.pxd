# Types of intents.py where it is compiled.
from libc.stdint cimport int32_t

cimport cython

from . cimport breaker, guard, ledger, orders
from .guard cimport Wish
from .records cimport Effect, Record
from .state cimport Condition, Order, State

cdef int32_t ORDER_ORIGIN, ORDER_POST_ONLY, ORDER_OVERLAP


@cython.locals(condition=Condition, order=Order, wish=Wish, refusal=int32_t)
cpdef bint submit(State st, Record e) except -1


@cython.locals(condition=Condition)
cdef _accept(State st, Record e, Order order)


@cython.locals(target=Order)
cdef _replace(State st, Wish wish, Order order)


cpdef bint replaceable(Order order, Order target) except -1


@cython.locals(order=Order, ended=bint)
cpdef bint cancel(State st, Record e) except -1


@cython.locals(condition=Condition, made=Effect)
cpdef bint convert(State st, Record e) except -1
