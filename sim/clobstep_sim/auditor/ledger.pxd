# Types of ledger.py where it is compiled. Amounts stay Python integers.
from libc.stdint cimport int32_t, uint32_t

cimport cython

from . cimport amounts
from .parts cimport Account
from .state cimport Condition, Fill, Order, State


cpdef need_of(Order order, leaves)


@cython.locals(account=Account, successor=Order)
cpdef reserve(State st, Order order)


@cython.locals(target=Order)
cdef _need_while_queued(State st, Order order)


@cython.locals(order=Order)
cpdef reserved_cash(Condition condition)


cpdef exposure(Condition condition)


@cython.locals(account=Account)
cpdef bint short(State st) except -1


cdef bint _negative(Account account) except -1


@cython.locals(account=Account, condition=Condition)
cpdef cost_of_sale(State st, uint32_t token, size)


@cython.locals(account=Account, condition=Condition)
cpdef add_cost(State st, uint32_t token, delta)


@cython.locals(condition=Condition, token=Account)
cpdef book_fill(State st, Fill fill)


@cython.locals(token=Account)
cpdef settle_fill(State st, Fill fill)


cpdef bint equal_totals(State st, Condition condition) except -1


cpdef end_unhedged_if_equal(State st, Condition condition)
