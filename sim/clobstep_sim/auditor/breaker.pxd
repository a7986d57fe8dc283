# Types of breaker.py where it is compiled.
from libc.stdint cimport int32_t

cimport cython

from .parts cimport Breaker
from .state cimport Condition, Order, State


cpdef sent(State st, Order order)


@cython.locals(breaker=Breaker)
cpdef take_probe(State st, Order order)


@cython.locals(condition=Condition, breaker=Breaker)
cpdef rejected(State st, Order order, int32_t reason, batch)


@cython.locals(breaker=Breaker)
cpdef accepted(State st, Order order)


@cython.locals(breaker=Breaker)
cpdef free_probe(State st, Order order)


cpdef cooled(Breaker breaker)


cdef _close(State st, Breaker breaker)


@cython.locals(breaker=Breaker)
cdef _open(State st, Condition condition)


cdef _pause(State st, Breaker breaker)
