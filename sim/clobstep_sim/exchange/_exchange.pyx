# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: auto_pickle=False, embedsignature=False, always_allow_keywords=True
"""The exchange: one book a condition, accounts behind a gate, settlement, and the venue's states.

Theory of operation. Nothing here has a clock: `advance` moves time, and what is due on the way happens
first (at one time: settlement words, expiries, ends of delays, the dead-man switch's checker). An order
goes through the venue's checks in their order, then the book. What an account holds is counted twice
over: settled, and on its way until a trade is confirmed; the gate looks at both. Accounts that are
`unlimited` (the crowd) are not counted at all.

The parts: _exchange.pxd (what is held, and what a world calls), levels (the book), money (accounts and
the gate), orders (who has which), match, arrive (checks, resting, delays), clock (what is due), publish
(what it says), check, looks, made and face (Python).
"""

from operator import index

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memset

from cpython.bytes cimport PyBytes_FromStringAndSize

from clobstep.core.schema cimport *
from clobstep_sim.kernel.draws cimport kn_next
from clobstep_sim.kernel.heap cimport Due, heap_free, heap_pop, heap_push

cdef extern from "bits.h" nogil:
    int cs_top_bit(uint64_t)
    int cs_low_bit(uint64_t)
    int64_t cs_muldiv_floor(int64_t, int64_t, int64_t)

include "levels.pxi"
include "publish.pxi"
include "money.pxi"
include "orders.pxi"
include "match.pxi"
include "arrive.pxi"
include "clock.pxi"
include "check.pxi"
include "looks.pxi"
include "made.pxi"
include "face.pxi"
