# Types of model.py where it is compiled.
from libc.stdint cimport int32_t, int64_t, uint32_t

cimport cython

from . cimport books, deadlines, intents, ledger, orders, validate
from .records cimport Effect, Record
from .state cimport Condition, State
from .words cimport Words

cdef int32_t GOOD, BOOK_DELTA, BOOK_SNAPSHOT, BEST, FEED, TIMER, PRINT_WAKES, TIMER_WAKES
cdef int32_t TRADE, RECONCILED, INTENT_SUBMIT, REFUSED_EFFECT, WAKE_EFFECT, TIMER_EFFECT
cdef uint32_t NOBODY
cdef dict SERVED


cdef class Auditor:
    cdef public State state
    cdef public Record last

    @cython.locals(st=State, e=Record, refusal=int32_t)
    cpdef list step_at(self, Words journal, Py_ssize_t n)


@cython.locals(time_ns=int64_t, before=int64_t, due=int64_t, taken=bint)
cdef _take(State st, Record e)


@cython.locals(condition=Condition)
cdef bint _apply(State st, Record e) except -1


cdef bint _of_all(State st, Record e, int32_t kind) except -1


cdef _after_refusal(State st, Record e, int32_t code)


@cython.locals(kind=int32_t)
cdef bint _book(State st, Record e) except -1


@cython.locals(made=Effect)
cdef _refuse(State st, Record e, int32_t code)


cdef bint _world(State st, Record e, int32_t kind) except -1


@cython.locals(condition=Condition)
cdef bint _money(State st, Record e, int32_t kind) except -1


@cython.locals(condition=Condition)
cdef bint _asked(State st, Record e, int32_t kind) except -1


@cython.locals(made=Effect, short=bint)
cdef _afterwards(State st)


@cython.locals(made=Effect, earliest=int64_t)
cdef _arm(State st)
