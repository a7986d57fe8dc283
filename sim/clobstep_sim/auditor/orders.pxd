# Types of orders.py where it is compiled.
from libc.stdint cimport int32_t, int64_t

cimport cython

from . cimport breaker, guard, ledger, life, requests
from .parts cimport after
from .records cimport Effect
from .state cimport Condition, Order, State


@cython.locals(verdict=int32_t, state=int32_t, action=int32_t, before=int32_t)
cpdef bint apply(
    State st, Order order, int32_t word, matched=*, int64_t pending_ns=*, bint found=*,
    int64_t fill=*, int32_t why=*
) except -1


@cython.locals(made=Effect)
cpdef tell(State st, Order order, int32_t why)


@cython.locals(from_canceled=int64_t)
cdef _act(
    State st, Order order, int32_t action, int32_t word, matched, int64_t pending_ns, bint found,
    int64_t fill
)


@cython.locals(most=int64_t)
cpdef remember(State st, Order order, int64_t matched)


cpdef set_leaves(Order order, int64_t leaves)


@cython.locals(leaves=int64_t)
cdef _restore(Order order, int64_t matched)


@cython.locals(largest=int64_t, owed=int64_t)
cdef _matched(State st, Order order, int32_t word, matched, bint found)


cdef _lose(State st, Order order, int32_t word, int64_t pending_ns)


@cython.locals(came=bint, said=bint, ends=int64_t)
cdef _owed(State st, Order order, int32_t before, int32_t action)


cpdef place(State st, Order order)


cpdef table_filled(State st)


@cython.locals(before=Order, successor=Order)
cdef _end(State st, Order order)


@cython.locals(at=int64_t)
cdef _bury(State st, Order order)


@cython.locals(condition=Condition, refusal=int32_t)
cpdef release(State st, Order dead, Order order)


cpdef bint want_cancel(State st, Order order) except -1
