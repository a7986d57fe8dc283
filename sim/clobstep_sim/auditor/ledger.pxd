# Types of ledger.py where it is compiled.
from libc.stdint cimport int32_t, int64_t, uint32_t

cimport cython

from . cimport amounts
from .parts cimport Account, Fill
from .state cimport Condition, Order, State


cdef int32_t BUY, QUEUED


@cython.locals(pays=int64_t)
cpdef int64_t need_of(Order order, int64_t leaves) except? -1


@cython.locals(account=Account, successor=Order, need=int64_t)
cpdef reserve(State st, Order order)


@cython.locals(target=Order, leaves=int64_t)
cdef int64_t _need_while_queued(State st, Order order) except? -1


@cython.locals(order=Order, total=int64_t)
cpdef int64_t reserved_cash(Condition condition) except? -1


@cython.locals(splits=int64_t, cost=int64_t, total=int64_t)
cpdef int64_t exposure(Condition condition) except? -1


@cython.locals(account=Account)
cpdef bint short(State st) except -1


cdef bint _negative(Account account) except -1


@cython.locals(account=Account)
cpdef cost_of_sale(State st, uint32_t token, size)


@cython.locals(account=Account, cost=list)
cpdef add_cost(State st, uint32_t token, delta)


@cython.locals(condition=Condition, token=Account)
cpdef book_fill(State st, Fill fill)


@cython.locals(token=Account)
cpdef settle_fill(State st, Fill fill)


@cython.locals(even=Account, odd=Account)
cpdef bint equal_totals(State st, Condition condition) except -1


cpdef end_unhedged_if_equal(State st, Condition condition)
