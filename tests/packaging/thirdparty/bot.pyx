# cython: language_level=3
"""Somebody else's extension: it drives the core from C, with no Python object between two events."""

from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memcpy

from clobstep.core._core cimport Engine, same_layout, step
from clobstep.core.schema cimport Effect, Event


def layout_agrees():
    return bool(same_layout())


def drive(Engine engine, const uint8_t[::1] records):
    """Step each 64-byte record; returns how many effects came out and the kind of the last one."""
    cdef int64_t n = records.shape[0] // <int64_t>sizeof(Event)
    cdef int64_t k
    cdef int64_t effects = 0
    cdef int last_kind = -1
    cdef Event event
    with nogil:
        for k in range(n):
            memcpy(&event, &records[k * <int64_t>sizeof(Event)], sizeof(Event))
            engine.s.n_out = 0
            step(engine.s, &event)
            effects += engine.s.n_out
            if engine.s.n_out > 0:
                last_kind = engine.s.out[engine.s.n_out - 1].kind
    return effects, last_kind, <int>sizeof(Effect)
