"""The loop of a replay, without Python: step after step, and the chain compared at each checkpoint.

Owns: nothing but speed. `Engine.step_batch` does the same in slices; it comes back after every
event that wakes a strategy, which a replay has no use for.
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcmp

from clobstep.core._core cimport Effect, Engine, Event, State, effects_bound, same_layout, step_many

if not same_layout():
    raise ImportError("clobstep.replay._loop was built against another layout: build again")


cdef int64_t go(State* s, const Event* events, int64_t n, const int64_t* seqs, const uint64_t* chains,
                int64_t n_marks, int64_t* mark) noexcept nogil:
    """Step until the events end, the effects may not fit, or a chain differs. Returns the events."""
    cdef int64_t k = 0
    cdef int64_t done
    cdef int64_t upto
    while k < n:
        upto = n - k
        if mark[0] < n_marks and seqs[mark[0]] - <int64_t>s.v.seq < upto:
            upto = seqs[mark[0]] - <int64_t>s.v.seq
        if upto > 0:
            done = step_many(s, events + k, upto)
            if done == 0:
                break
            k += done
        if mark[0] < n_marks and seqs[mark[0]] <= <int64_t>s.v.seq:
            if seqs[mark[0]] < <int64_t>s.v.seq or chains[mark[0]] != s.v.chain:
                break
            mark[0] += 1
    return k


def run(Engine engine, events, effects, seqs, chains, int64_t first):
    """Step `events`; returns (events taken, effects written, marks that agreed and were reached).

    `seqs` and `chains` (int64 and uint64 arrays of one length) are checkpoints by event number,
    rising; `first` is the one to begin with. It stops where the effects of the next event may not
    fit into `effects`, and right after the event at which the chain is not that of its checkpoint.
    ValueError when not even one event's effects fit, or an array has another size than it must.
    """
    cdef Py_buffer views[4]
    cdef int held = 0
    cdef State* s = engine.s
    cdef Effect* own_out = s.out
    cdef int64_t own_cap = s.cap_out
    cdef int64_t n
    cdef int64_t taken = 0
    cdef int64_t written = 0
    cdef int64_t mark = first
    cdef int64_t bound
    try:
        for array, flags in ((events, 0), (effects, 1), (seqs, 0), (chains, 0)):
            PyObject_GetBuffer(array, &views[held], PyBUF_WRITABLE if flags else PyBUF_SIMPLE)
            held += 1
        if views[0].len % <Py_ssize_t>sizeof(Event) or views[1].len % <Py_ssize_t>sizeof(Effect):
            raise ValueError("events or effects: bytes that are no whole records")
        if views[2].len != views[3].len or views[2].len % 8 or not 0 <= first <= views[2].len // 8:
            raise ValueError("seqs and chains: two arrays of as many 64-bit numbers are needed")
        n = views[0].len // <Py_ssize_t>sizeof(Event)
        s.out = <Effect*>views[1].buf
        s.cap_out = views[1].len // <Py_ssize_t>sizeof(Effect)
        s.n_out = 0
        bound = effects_bound(s, <const Event*>views[0].buf) if n else 0
        if bound <= s.cap_out:
            with nogil:
                taken = go(s, <const Event*>views[0].buf, n, <const int64_t*>views[2].buf,
                           <const uint64_t*>views[3].buf, views[2].len // 8, &mark)
            written = s.n_out
    finally:
        s.out = own_out
        s.cap_out = own_cap
        s.n_out = 0
        for k in range(held):
            PyBuffer_Release(&views[k])
    if bound > views[1].len // <Py_ssize_t>sizeof(Effect):
        raise ValueError(f"effects: the first event may have {bound}, more than there is room for")
    return taken, written, mark - first


def first_other(one, two):
    """Index of the first effect that differs in two equally long arrays; -1 when there is none."""
    cdef Py_buffer a
    cdef Py_buffer b
    cdef int64_t n
    cdef int64_t k
    cdef int64_t found = -1
    PyObject_GetBuffer(one, &a, PyBUF_SIMPLE)
    try:
        PyObject_GetBuffer(two, &b, PyBUF_SIMPLE)
        try:
            if a.len != b.len or a.len % <Py_ssize_t>sizeof(Effect):
                raise ValueError("two arrays of as many effects are needed")
            n = a.len // <Py_ssize_t>sizeof(Effect)
            if memcmp(a.buf, b.buf, <size_t>a.len):
                for k in range(n):
                    if memcmp(&(<Effect*>a.buf)[k], &(<Effect*>b.buf)[k], sizeof(Effect)):
                        found = k
                        break
        finally:
            PyBuffer_Release(&b)
    finally:
        PyBuffer_Release(&a)
    return found
