# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: auto_pickle=False, embedsignature=False, always_allow_keywords=True
"""The world: one engine that trades on the simulated exchange, with all between them that goes wrong.

Theory of operation. One time, one agenda. What the exchange says goes through two pipes (the market
feed, the user channel), what we ask goes up to it and its answers come down, each with its own delay.
Faults stand in the way of each message, by chance, or come as spells that begin and end. The client is
what a live adapter is: it turns effects into requests and answers into events, beats, reads the account,
connects again, and starts the engine again after a crash from what was durable. Nothing here decides
about money: the engine does.

Each chance has its own stream of numbers, so that one fault more shifts no other.

The parts: types (what is held), mail (agenda, pipes), tape (the market without us), network (delays and
what gets lost), venue (a request arrives), reads (what a request is told), client (effects to requests,
chores), roll (what comes after a market's end), alone (the same without a client), crowd (who else trades),
spells (faults that last), lies, gambler (a strategy of chance), judge and checks (what must hold), loop,
face (Python), through (words by way of Python).
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memmove, memset
from cpython.bytes cimport PyBytes_FromStringAndSize

from clobstep.core.schema cimport *
from clobstep.core.state cimport *
from clobstep.core._core cimport (
    Engine, check_all_but_ladders, check_ladders, check_state, find_open, find_tomb, same_layout, step,
    watch_cells,
)
from clobstep.strategy._turn cimport (
    CompiledStrategy, CTurn, TURN_INTENTS, turn_ask, turn_begin, turn_bid, turn_cancel, turn_convert, turn_fn,
    turn_intent, turn_replace, turn_spendable, turn_submit)
from clobstep_sim.kernel.draws cimport kn_below, kn_chance, kn_exponential, kn_stream
from clobstep_sim.kernel.heap cimport Due, Heap, heap_free, heap_pop, heap_push
from clobstep_sim.exchange cimport _exchange as ex
from clobstep_sim.exchange._exchange cimport Looks, X, XOrder, XWord

cdef extern from "bits.h" nogil:
    bint cs_likely(bint)
    bint cs_unlikely(bint)
    int64_t cs_muldiv_floor(int64_t, int64_t, int64_t)

include "types.pxi"
include "mail.pxi"
include "tape.pxi"
include "network.pxi"
include "reads.pxi"
include "venue.pxi"
include "judge_breaker.pxi"
include "judge.pxi"
include "checks.pxi"
include "client.pxi"
include "roll.pxi"
include "engine.pxi"
include "crowd.pxi"
include "gambler.pxi"
include "spells.pxi"
include "alone.pxi"
include "lies.pxi"
include "loop.pxi"
include "face.pxi"
include "through.pxi"
