# Types of parts.py where it is compiled. What does not fit is an OverflowError; the engine says
# OVERFLOW long before.
from libc.stdint cimport int32_t, int64_t, uint32_t

cimport cython

cdef int64_t UNIT, LAST_NS
cdef int32_t PIPS


cpdef int64_t after(int64_t time_ns, int64_t wait_ns) except? -1


@cython.final
cdef class Settings:
    cdef public int64_t tokens, wide_books, orders, fills, tombstones, max_time_step_ns
    cdef public int64_t cooldown_ns, reject_limit, breaker_base_ns, breaker_max_ns
    cdef public int64_t global_markets, global_window_ns, request_timeout_ns, unknown_looks
    cdef public int64_t unknown_span_ns, owed_timeout_ns, cancel_retry_ns, venue_retry_ns
    cdef public int64_t post_only_ns, stale_after_ns, warm_time_ns, warm_groups, metadata_cycle_ns
    cdef public int64_t loss_market_micros, loss_day_micros, loss_session_micros, loss_persist_ns
    cdef public int64_t loss_check_ns, mark_age_ns, cap_market_micros, cap_cluster_micros
    cdef public int64_t cap_total_micros, cap_orders_market, cap_orders_total, signer_rate
    cdef public int64_t signer_burst, market_rate, market_burst, cancel_rate, cancel_burst
    cdef public int64_t gtd_min_ns, min_notional_micros, cash_low_pips, dust, fallback_metadata
    cdef public int64_t cancel_foreign, salt_base


@cython.final
cdef class Account:
    cdef public int64_t settled, incoming, outgoing, reserved, locked

    cpdef int64_t free(self) except? -1
    cpdef int64_t whole(self) except? -1


@cython.final
cdef class Bucket:
    cdef public int64_t rate, burst, spent, at_ns

    @cython.locals(passed=int64_t)
    cpdef int64_t missing(self, int64_t now_ns) except? -1
    cpdef bint has_one(self, int64_t now_ns) except -1
    cpdef take(self, int64_t now_ns)


@cython.final
cdef class Breaker:
    cdef public int64_t pause_ns
    cdef public int32_t state, rejects
    cdef public int64_t until_ns
    cdef public object probe
    cdef public int64_t epoch
    cdef public int64_t last_batch


@cython.final
cdef class Ladder:
    cdef public int64_t[::1] sizes
    cdef public list prices

    @cython.locals(prices=list)
    cpdef put(self, int32_t price, int64_t size)
    cpdef drop(self, int32_t price)

    @cython.locals(prices=list, n=int64_t)
    cpdef int64_t drop_above(self, int32_t limit) except -1

    @cython.locals(price=int32_t)
    cpdef clear(self)
    cpdef int32_t best(self) except -1

    @cython.locals(price=int32_t, found=list, sizes=int64_t[::1])
    cpdef list looked_up(self)

    @cython.locals(price=int32_t)
    cpdef list levels(self)

    @cython.locals(price=int32_t)
    cpdef list asks(self)


@cython.final
cdef class Book:
    cdef public Ladder even, odd
    cdef public int32_t feed
    cdef public int64_t last_ns
    cdef public bint wants_snapshot
    cdef public int64_t asked_ns, resync_ns
    cdef public bint group_open
    cdef public int64_t group_venue_ns, group_last_ns
    cdef public bint carries
    cdef public int32_t carried_bid, carried_ask, seen_bid, seen_ask
    cdef public int64_t first_delta_ns, agreed_row

    cpdef Ladder bids(self, int64_t token)
    cpdef bint two_sided(self) except -1
    cpdef bint is_crossed(self) except -1


@cython.final
cdef class Fill:
    cdef public object trade, order_id
    cdef public uint32_t token
    cdef public int32_t side
    cdef public int64_t size
    cdef public int32_t price
    cdef public int64_t cash, fee, cost_delta, match_ns
    cdef public int32_t state
    cdef public bint posted, foreign
    cdef public int64_t counted
