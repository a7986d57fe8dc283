# Types of effects.py where it is compiled.
from libc.stdint cimport int32_t, int64_t

cimport cython

from . cimport deadlines
from .model cimport Auditor
from .records cimport Effect, decode_effects
from .state cimport State
from .words cimport Words

cdef int32_t TIMER, WAKE


@cython.locals(
    at=Py_ssize_t, first=Py_ssize_t, after=Py_ssize_t, n_effects=Py_ssize_t, raw=bytes, found=list,
    journal=Words, theirs=Words, st=State
)
cpdef tuple follow(step, Auditor auditor, bytes log, Py_ssize_t start, Py_ssize_t stop)


@cython.locals(mine=list, at=Py_ssize_t, n=Py_ssize_t, n_timers=int32_t, earliest=int64_t)
cdef bint _as_told(Words theirs, Py_ssize_t first, Py_ssize_t after, State st) except -1


@cython.locals(st=State, found=list)
cpdef list compare_effects(list effects, Auditor auditor)


@cython.locals(effect=Effect, mine=list, at=Py_ssize_t)
cdef bint _same(list effects, State st) except -1


@cython.locals(effect=Effect)
cdef Py_ssize_t _past_timers(list effects, Py_ssize_t at) except -1


cdef bint _is_equal(Effect a, Effect b) except -1


cdef bint _means_the_same(Effect theirs, Effect mine) except -1


@cython.locals(effect=Effect, found=list, n_timers=int32_t, earliest=int64_t)
cdef list _timers(list effects, State st)
