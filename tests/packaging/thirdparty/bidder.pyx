# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Somebody else's compiled strategy: one post-only bid at the best bid, while no order is open."""

from libc.stdint cimport int32_t, int64_t

from clobstep.core._core cimport same_layout
from clobstep.core.schema cimport FLAG_ORDER_POST_ONLY, SIDE_BUY, TIF_GTC, WAKE_BBO, WAKE_ORDER
from clobstep.core.state cimport NIL
from clobstep.strategy._turn cimport CompiledStrategy, CTurn, turn_bid, turn_submit

if not same_layout():
    raise ImportError("bidder was built against another clobstep; build it again")

cdef struct Params:
    int64_t size


cdef void bidder_turn(void* self, CTurn* t) noexcept nogil:
    cdef Params* p = <Params*>self
    cdef int32_t bid = turn_bid(t, t.token)
    if bid and t.s.markets[t.token >> 1].first_order == NIL:
        turn_submit(t, t.token, SIDE_BUY, bid, p.size, TIF_GTC, FLAG_ORDER_POST_ONLY, 0)


cdef class Bidder(CompiledStrategy):
    cdef Params params
    cdef readonly dict settings

    def __cinit__(self, int64_t size=10_000_000):
        self.params.size = size
        self.settings = {"size": size}
        self.run = bidder_turn
        self.state = &self.params
        self.wakes = WAKE_BBO | WAKE_ORDER
