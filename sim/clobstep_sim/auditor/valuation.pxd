# Types of valuation.py where it is compiled. Amounts stay Python integers.
cimport cython

from .parts cimport Account, Book
from .state cimport Condition, State


@cython.locals(condition=Condition)
cpdef bint wanted(State st) except -1


@cython.locals(even=Account, odd=Account)
cdef bint _concerned(State st, Condition condition) except -1


@cython.locals(condition=Condition)
cpdef run(State st)


cdef _profit(State st, Condition condition)


@cython.locals(book=Book)
cdef _look(State st, Condition condition)


cdef _market(State st, Condition condition, profit)


cdef _day_and_session(State st, total)


cdef _lasting(State st, since, profit, limit, aux)
