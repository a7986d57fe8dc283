# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: auto_pickle=False, embedsignature=False, always_allow_keywords=True
"""A venue made of a recorded session, and the loop that trades an engine against it.

Theory of operation. The recording is one array of market events. Two cursors run over it: the
venue's, by the venue's time, keeps the book that was displayed and our orders in it; ours, by the
time of receipt, steps the engine. Between them are queues with latency: requests to the venue,
answers from it. Whatever is earliest happens next; at equal times in the order venue data, request,
answer, our data, timer. There is no clock and no randomness but a seeded one, so equal inputs give
equal chains.

The engine cannot tell it from a live run: it gets the same events and gives the same effects.

The parts: draws (random numbers, latency), believe (what of a recording can be), ladder (what was
displayed, what we took of it), queue (fill models), rest (our resting orders), arrive (requests at the
venue), answer (events for the engine), feed (the recording at the venue), engine (what it is given and
wants), loop (what happens next), run (the Python face), stream (that of a live feed).
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memmove, memset
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_FromStringAndSize

from clobstep.core.schema cimport *
from clobstep.core.state cimport *
from clobstep.core._core cimport Engine, same_layout, step
from clobstep_sim.kernel.draws cimport kn_log2, kn_next, kn_stream
from clobstep.strategy._turn cimport CompiledStrategy, CTurn, TURN_INTENTS, Turn, turn_begin, turn_fn

cdef extern from "bits.h" nogil:
    bint cs_likely(bint)
    bint cs_unlikely(bint)
    ctypedef void cs_apart
    int32_t cs_bid_pips(int32_t, int32_t)
    int64_t cs_pick(bint, int64_t, int64_t)
    int cs_top_bit(uint64_t)
    int cs_low_bit(uint64_t)
    void cs_clear(void*, size_t)
    int64_t cs_muldiv_floor(int64_t, int64_t, int64_t)

include "draws.pxi"
include "types.pxi"
include "believe.pxi"
include "ladder.pxi"
include "waits.pxi"
include "queue.pxi"
include "answer.pxi"
include "rest.pxi"
include "arrive.pxi"
include "feed.pxi"
include "engine.pxi"
include "loop.pxi"
include "run.pxi"
include "stream.pxi"
