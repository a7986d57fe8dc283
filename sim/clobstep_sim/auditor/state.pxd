# Types of state.py where it is compiled. What does not fit is an OverflowError; the engine says
# OVERFLOW long before, and no time lies beyond 64 bits.
from libc.stdint cimport int32_t, int64_t, uint32_t

cimport cython

from .parts cimport Account, Book, Breaker, Bucket, Settings
from .records cimport Effect

cdef int32_t FILLED, CANCELED, REJECTED, EXPIRED, BUY, FAK, FOK
cdef tuple ENDED
cdef uint32_t NOBODY


@cython.final
cdef class Condition:
    cdef public int64_t index
    cdef public Breaker breaker
    cdef public Bucket budget
    cdef public Book book
    cdef public int32_t generation, known
    cdef public int32_t tick
    cdef public int64_t min_size, fee_ppm
    cdef public int32_t flags
    cdef public object cluster
    cdef public int64_t close_out_ns, meta_ns
    cdef public bint resolved
    cdef public tuple payout
    cdef public bint hold, loss_stop
    cdef public object loss_since_ns
    cdef public int64_t loss_base, last_profit
    cdef public bint no_mark
    cdef public int32_t mark_bid, mark_ask
    cdef public int64_t mark_ns
    cdef public bint unhedged
    cdef public int64_t flow, fees
    cdef public list cost
    cdef public int64_t turn
    cdef public object turn_ns
    cdef public int64_t opened_ns
    cdef public object conversion
    cdef public int32_t wake_on
    cdef public dict orders
    cdef public int64_t due_ns
    cdef public bint moved
    cdef public int64_t orders_due_ns
    cdef public bint orders_moved, named


@cython.final
cdef class Order:
    cdef public object order_id
    cdef public uint32_t token
    cdef public int32_t side, tif, price
    cdef public int64_t original
    cdef public int32_t origin
    cdef public bint post_only
    cdef public int64_t expiry_ns, rate_ppm
    cdef public int32_t low_pips
    cdef public int32_t state
    cdef public int64_t filled, canceled, reversed, restored, overfill, reserved
    cdef public int32_t request
    cdef public int64_t request_ns
    cdef public bint cancel_wanted, cancel_sent
    cdef public int64_t retry_ns
    cdef public bint done, presumed
    cdef public int64_t looks, base_ns, look_ns, cancel_ns, posted_before
    cdef public bint accepted
    cdef public int64_t owed_ns, venue_matched
    cdef public object crossed
    cdef public tuple epochs
    cdef public int64_t word_epoch, born_epoch
    cdef public object predecessor, successor
    cdef public int64_t asked_filled, grave, placed

    cpdef bint of_cash(self) except -1
    cpdef int64_t left(self) except? -1
    cpdef bint is_over(self) except -1


@cython.final
cdef class State:
    cdef public Settings config
    cdef public int64_t seq, now
    cdef public bint started
    cdef public int32_t session, fault, venue
    cdef public int64_t venue_until_ns
    cdef public bint heartbeat_ok
    cdef public Account cash
    cdef public list tokens, conditions
    cdef public set wide
    cdef public dict clusters, orders
    cdef public int64_t placed
    cdef public dict tombs
    cdef public list ring
    cdef public int64_t buried
    cdef public bint table_told, reconcile_asked, openings_over, after_restart
    cdef public dict fills
    cdef public bint window_told
    cdef public int64_t watermark_ns
    cdef public object last_intent_id
    cdef public int64_t salt
    cdef public Bucket signer, cancels
    cdef public Breaker breaker
    cdef public int64_t differences
    cdef public bint differed, read
    cdef public int64_t epoch
    cdef public bint epoch_open, shortfall
    cdef public int64_t valuation_ns
    cdef public int64_t day, day_start, last_sum, session_base
    cdef public bint drained
    cdef public object day_since_ns, session_since_ns
    cdef public int64_t past_flow, past_fees
    cdef public object external
    cdef public int64_t deposited, given_cost
    cdef public list all_fills
    cdef public int64_t armed_ns, armed_before_ns
    cdef public object counters
    cdef public list refusals
    cdef public int64_t n_refused, n_ignored
    cdef public int32_t refused
    cdef public int64_t n_events, n_taken, n_timers, n_wakes, n_deltas, n_groups, n_agreed
    cdef public int64_t n_crossed
    cdef public list effects
    cdef public int32_t phase, woken
    cdef public set touched
    cdef public bint moved
    cdef public int64_t due_ns
    cdef public bint stirred
    cdef public int64_t n_tokens, max_step_ns, stale_after_ns

    cpdef Condition condition(self, int64_t token)
    cpdef move(self, Condition condition)
    cpdef Order find(self, order_id)

    @cython.locals(mine=list)
    cpdef list orders_of(self, Condition condition)
    cpdef open(self, Order order)
    cpdef close(self, Order order)

    @cython.locals(condition=Condition)
    cpdef stir(self)

    @cython.locals(condition=Condition)
    cpdef name_all(self)

    @cython.locals(made=Effect, condition=Condition)
    cpdef Effect of_token(self, int32_t kind, uint32_t token)

    @cython.locals(made=Effect, condition=Condition)
    cpdef Effect about(self, int32_t kind, Order order)

    @cython.locals(made=Effect)
    cpdef Effect begin(self, int32_t kind)
    cpdef bint refuse(self, int32_t code) except -1
    cpdef wake(self, Condition condition, int32_t bit)
