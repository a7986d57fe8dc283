# Types of valuation.py where it is compiled.
from libc.stdint cimport int32_t, int64_t

cimport cython

from . cimport amounts
from .parts cimport Account, Book
from .state cimport Condition, State

cdef int64_t DAY_NS
cdef int32_t SYNCED


@cython.locals(condition=Condition)
cpdef bint wanted(State st) except -1


@cython.locals(even=Account, odd=Account)
cdef bint _concerned(State st, Condition condition) except -1


@cython.locals(condition=Condition, profit=int64_t, total=int64_t)
cpdef run(State st)


@cython.locals(
    first=Account, second=Account, even=int64_t, odd=int64_t, value=int64_t, twice=int32_t,
    marked=bint, fresh=bint, without=bint
)
cdef int64_t _profit(State st, Condition condition) except? -1


@cython.locals(book=Book)
cdef _look(State st, Condition condition)


@cython.locals(limit=int64_t)
cdef _market(State st, Condition condition, int64_t profit)


@cython.locals(day=int64_t, session=int64_t)
cdef _day_and_session(State st, int64_t total)


cdef _lasting(State st, since, int64_t profit, int64_t limit, int32_t aux)
