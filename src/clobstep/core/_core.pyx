# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: auto_pickle=False, embedsignature=False, always_allow_keywords=True
"""The deterministic core: one pure step function over fixed-size records.

Theory of operation. A State is a block of C tables. `step` folds the event into the chain, checks the
record, lets due deadlines pass, applies the content, and appends effects. It is total (every byte
pattern has a result), bounded, allocation-free and integer only; it has no clock, no randomness, no
I/O and touches no Python object. The Python face at the end owns the memory and checks arguments.

Two rules: a decision that matters for money is made here and nowhere else; and a fact the venue
states about money is booked, whatever state the engine is in.

The parts, in the order in which an event meets them: step (validate, dispatch), book and feed,
intents and guard, answers, life and requests (orders), fills and ledger, breaker, session, sweep.
"""

from libc.stdint cimport (
    int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t)
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset
from cpython.buffer cimport PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE

from clobstep.config import EngineConfig
from clobstep.core import views
from clobstep.enums import COUNTERS, Refusal

cdef extern from "bits.h" nogil:
    int CLOBSTEP_MODE
    int CLOBSTEP_IS_DEBUG
    const int64_t CLOBSTEP_SUM_LIMIT
    bint cs_likely(bint)
    bint cs_unlikely(bint)
    ctypedef void cs_apart
    int32_t cs_bid_pips(int32_t, int32_t)
    int cs_top_bit(uint64_t)
    void cs_clear(void*, size_t)
    uint64_t cs_fold(uint64_t, uint64_t)
    uint64_t cs_chain8(uint64_t, const void*)
    uint64_t cs_chain9(uint64_t, const void*)
    bint cs_add_overflows(int64_t, int64_t, int64_t*)
    int64_t cs_mul4_div(int64_t, int64_t, int64_t, int64_t, int64_t)
    int64_t cs_muldiv_floor(int64_t, int64_t, int64_t)

cdef enum:
    COUNT_CALM = MAX_COUNTERS - 1          # has no name: see settle_counters
    BOUND_ONE = 48                         # effects of one event, mass cancels and the sweep aside
    BOUND_ORDER = 10                       # and for each open order
    BOUND_MARKET = 8                       # and for each condition
    N_CONFIG = sizeof(Config) // 8
    NO_EPOCH = 0x7FFFFFFF                  # of orders that count for no breaker

include "base.pxi"
include "ledger.pxi"
include "book.pxi"
include "feed.pxi"
include "slots.pxi"
include "breaker.pxi"
include "life.pxi"
include "requests.pxi"
include "guard.pxi"
include "intents.pxi"
include "fills.pxi"
include "answers.pxi"
include "markets.pxi"
include "session.pxi"
include "sweep.pxi"
include "check.pxi"
include "record.pxi"
include "step.pxi"
include "snapshot.pxi"


cdef uint64_t layout_hash() noexcept nogil:
    return CLOBSTEP_LAYOUT_HASH


CONFIG_NAMES = tuple(EngineConfig.__dataclass_fields__)
_DTYPES = None
BUILD_MODE = ("release", "debug", "trace", "ubsan", "profiled")[CLOBSTEP_MODE]
LAYOUT_HASH = CLOBSTEP_LAYOUT_HASH
RULES_VERSION = CLOBSTEP_RULES_VERSION
if len(CONFIG_NAMES) != N_CONFIG:
    raise ImportError("clobstep.config and the compiled core disagree; build again")

include "engine.pxi"
include "view.pxi"
