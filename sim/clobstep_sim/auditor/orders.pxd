# Types of orders.py where it is compiled. Amounts stay Python integers.
from libc.stdint cimport int32_t

cimport cython

from . cimport breaker, guard, ledger, life, requests
from .records cimport Effect
from .state cimport Condition, Order, State


@cython.locals(verdict=int32_t, state=int32_t, action=int32_t, before=int32_t)
cpdef bint apply(
    State st, Order order, int32_t word, matched=*, pending_ns=*, bint found=*, fill=*,
    int32_t why=*
) except -1


@cython.locals(made=Effect)
cpdef tell(State st, Order order, int32_t why)


cdef _act(
    State st, Order order, int32_t action, int32_t word, matched, pending_ns, bint found, fill
)


cpdef remember(State st, Order order, matched)


cpdef set_leaves(Order order, leaves)


cdef _restore(Order order, matched)


cdef _matched(State st, Order order, int32_t word, matched, bint found)


cdef _lose(State st, Order order, int32_t word, pending_ns)


cdef _owed(State st, Order order, int32_t before, int32_t action)


cpdef place(State st, Order order)


cpdef table_filled(State st)


@cython.locals(before=Order, successor=Order)
cdef _end(State st, Order order)


cdef _bury(State st, Order order)


@cython.locals(condition=Condition, refusal=int32_t)
cpdef release(State st, Order dead, Order order)


cpdef bint want_cancel(State st, Order order) except -1
