# Types of state.py where it is compiled. What may grow beyond 64 bits stays a Python integer.
from libc.stdint cimport int32_t, int64_t, uint32_t

cimport cython

from .parts cimport Account, Book, Breaker, Bucket
from .records cimport Effect


cdef class Condition:
    cdef public int64_t index
    cdef public Breaker breaker
    cdef public Bucket budget
    cdef public Book book
    cdef public int32_t generation, known
    cdef public int32_t tick
    cdef public object min_size, fee_ppm
    cdef public int32_t flags
    cdef public object cluster, close_out_ns, meta_ns
    cdef public bint resolved
    cdef public tuple payout
    cdef public bint hold, loss_stop
    cdef public object loss_since_ns, loss_base, last_profit
    cdef public bint no_mark
    cdef public object mark
    cdef public bint unhedged
    cdef public object flow, fees, cost, turn, turn_ns, opened_ns, conversion
    cdef public int32_t wake_on
    cdef public dict orders
    cdef public int64_t due_ns
    cdef public bint moved
    cdef public object orders_due_ns
    cdef public bint orders_moved, named


cdef class Order:
    cdef public object order_id
    cdef public uint32_t token
    cdef public int32_t side, tif, price
    cdef public object original
    cdef public int32_t origin
    cdef public bint post_only
    cdef public object expiry_ns, rate_ppm, low_pips
    cdef public int32_t state
    cdef public object filled, canceled, reversed, restored, overfill, reserved
    cdef public int32_t request
    cdef public object request_ns
    cdef public bint cancel_wanted, cancel_sent
    cdef public object retry_ns
    cdef public bint done, presumed
    cdef public object looks, base_ns, look_ns, cancel_ns, posted_before
    cdef public bint accepted
    cdef public object owed_ns, venue_matched, crossed
    cdef public tuple epochs
    cdef public object word_epoch, born_epoch, predecessor, successor, asked_filled
    cdef public int64_t grave, placed


cdef class Fill:
    cdef public object trade, order_id
    cdef public uint32_t token
    cdef public int32_t side
    cdef public object size, price, cash, fee, cost_delta, match_ns
    cdef public int32_t state
    cdef public bint posted, foreign
    cdef public object counted


cdef class State:
    cdef public object config
    cdef public int64_t seq, now
    cdef public bint started
    cdef public int32_t session, fault, venue
    cdef public object venue_until_ns
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
    cdef public object watermark_ns, last_intent_id, salt
    cdef public Bucket signer, cancels
    cdef public Breaker breaker
    cdef public int64_t differences
    cdef public bint differed, read
    cdef public int64_t epoch
    cdef public bint epoch_open, shortfall
    cdef public int64_t valuation_ns
    cdef public object day, day_start, last_sum, session_base
    cdef public bint drained
    cdef public object day_since_ns, session_since_ns, past_flow, past_fees, external, deposited
    cdef public object given_cost
    cdef public list all_fills
    cdef public object armed_ns, armed_before_ns, counters, refusals
    cdef public int64_t n_events, n_taken, n_timers, n_wakes, n_deltas, n_groups, n_agreed
    cdef public int64_t n_crossed
    cdef public list effects
    cdef public int32_t phase, woken
    cdef public set touched
    cdef public bint moved
    cdef public object due_ns
    cdef public bint stirred
    cdef public int64_t n_tokens, max_step_ns, stale_after_ns

    cpdef Condition condition(self, int64_t token)
    cpdef move(self, Condition condition)
    cpdef Order find(self, order_id)
    cpdef list orders_of(self, Condition condition)
    cpdef open(self, Order order)
    cpdef close(self, Order order)

    @cython.locals(condition=Condition)
    cpdef stir(self)

    @cython.locals(condition=Condition)
    cpdef name_all(self)

    @cython.locals(made=Effect, condition=Condition)
    cpdef Effect about(self, int32_t kind, Order order)
    cpdef Effect begin(self, int32_t kind)
    cpdef wake(self, Condition condition, int32_t bit)
