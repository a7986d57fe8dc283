# The exchange's C face: what it holds and the functions that a world around it calls.
#
#     from clobstep_sim.exchange._exchange cimport Looks, X, arrive, pass_time
#
# Units as everywhere: pips, microshares, micro-pUSD, nanoseconds. One book a condition, in the frame of
# its first token (YES): a BUY of NO at p lies among the asks at 10,000 - p. An order is kept in its own
# terms (token, side, price) and lies in the book's.

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from clobstep.core.schema cimport Event
from clobstep_sim.kernel.heap cimport Heap

cdef enum:
    NONE = -1                  # no slot, no reason, everybody
    ST_NEW = 0                 # being checked
    ST_DELAYED = 1
    ST_OPEN = 2
    ST_FILLED = 3
    ST_CANCELED = 4
    ST_REJECTED = 5
    ANSWER_LIVE = 0
    ANSWER_MATCHED = 1
    ANSWER_DELAYED = 2
    ANSWER_REJECTED = 3
    DUE_WORD = 1               # a trade's next settlement word
    DUE_EXPIRY = 2
    DUE_DELAY = 3
    DUE_CHECKER = 4            # of the dead-man switch
    DUE_PRINT = 5

cdef extern from *:            # too large for a C enum
    """
    #define SECOND 1000000000LL
    #define GTD_LEAST_NS (180 * SECOND)     /* PROTOCOL.md 1.3: less is rejected */
    #define GTD_EARLY_NS (60 * SECOND)      /* and it ends this much before its expiry */
    #define BEAT_LASTS_NS (10 * SECOND)     /* PROTOCOL.md 2.5 */
    #define CHECKER_NS (5 * SECOND)
    #define POST_ONLY_NS (120 * SECOND)     /* PROTOCOL.md 2.3: after a restart */
    #define MIN_NOTIONAL 1000000LL          /* PROTOCOL.md 1.4: of a marketable BUY */
    """
    const int64_t SECOND
    const int64_t GTD_LEAST_NS
    const int64_t GTD_EARLY_NS
    const int64_t BEAT_LASTS_NS
    const int64_t CHECKER_NS
    const int64_t POST_ONLY_NS
    const int64_t MIN_NOTIONAL

cdef struct XOrder:
    uint64_t id                # its account's own
    int64_t original           # shares; pUSD of a FAK or FOK BUY
    int64_t leaves             # in the same unit
    int64_t shares             # filled
    int64_t cash               # paid or received for them, without fees
    int64_t held               # cash (BUY) or tokens (SELL) the gate counts for it
    int64_t expire_ns          # of a GTD, as stated
    int64_t arrived_ns
    int32_t account
    int32_t token
    int32_t next               # later at its price
    int32_t prev
    int32_t later              # open orders of its account in order of arrival
    int32_t earlier
    uint32_t entry             # which use of this slot: what is due for an older one is nothing
    int16_t price_pips         # its own
    int16_t row                # its price in the book's frame
    uint8_t side
    uint8_t book_side          # 0 among the bids, 1 among the asks
    uint8_t tif
    uint8_t post_only
    uint8_t state
    uint8_t reason             # Reject or CancelReason
    uint8_t is_cash            # FAK or FOK BUY

cdef struct XLevel:
    int32_t first
    int32_t last
    int64_t size
    int64_t shown              # what was published of it

cdef struct XMarket:
    XLevel* levels             # [2][PIPS + 1]
    uint64_t* bits             # [2][WORDS]: which rows hold orders
    int32_t best[2]            # the best of them by side; NONE
    int32_t tick_pips
    int32_t least_pips         # the finest tick it had: resting orders may lie so low
    int32_t payout_pips
    int64_t min_size
    int64_t fee_ppm
    int64_t delay_ns
    uint8_t blocks             # who asks hears how a delay ended, and not that there is one
    uint8_t per_market_gate
    uint8_t is_closed
    uint8_t is_resolved

cdef struct XTokens:           # of one account and token
    int64_t settled
    int64_t out                # sold, not confirmed
    int64_t coming             # bought, not confirmed
    int64_t held               # by open SELLs
    int64_t flow               # cash received for it less cash paid, confirmed, without fees
    int64_t fees               # paid, confirmed

cdef struct XAccount:
    int64_t settled            # cash
    int64_t out                # to pay, not confirmed, with fees
    int64_t coming
    int64_t held               # by open BUYs
    int64_t beat_ns            # the last beat; -1: the switch is off
    int64_t bucket             # in billionths of a request
    int64_t bucket_ns          # when that was so
    int64_t rate               # a second; 0: not limited
    int64_t burst
    int64_t cancel_bucket      # the same of cancels
    int64_t cancel_bucket_ns
    int64_t cancel_rate
    int64_t cancel_burst
    int64_t phantom            # cash that is held for no order
    int32_t oldest             # open or delayed orders
    int32_t newest
    uint8_t unlimited          # nothing is counted for it

cdef struct XTrade:
    int64_t shares
    int64_t time_ns
    int64_t fee                # the taker's
    int64_t taker_cash
    int64_t maker_cash
    uint64_t taker_id
    uint64_t maker_id
    int32_t taker              # accounts
    int32_t maker
    int32_t taker_token
    int32_t maker_token
    int16_t taker_pips
    int16_t maker_pips
    uint8_t taker_side
    uint8_t maker_side
    uint8_t status             # TradeStatus
    uint8_t fails              # it will
    uint8_t retries            # so often it says RETRYING before it goes on

cdef struct XPlace:            # of the index: which slot an account's order id has
    uint64_t id
    int32_t account
    int32_t slot

cdef struct XWord:
    Event event
    int32_t account            # who hears it; NONE: everybody
    int32_t unused

cdef struct XTouch:            # a level that changed since the last words
    int32_t token              # of the order that changed it
    int16_t row
    uint8_t side

cdef struct XPrint:            # of a trade, not told yet
    int64_t shares
    int32_t token
    int16_t pips
    uint8_t side

cdef struct X:
    int64_t now_ns
    Heap due
    XMarket* markets
    int32_t n_markets
    XAccount* accounts
    int32_t n_accounts
    XTokens** tokens           # [account][token]
    int64_t* market_held       # cash held [account * n_markets + market], for the per-market gate
    XOrder* orders
    int32_t n_orders
    int32_t room_orders
    int32_t unused             # first of the free slots, linked by `next`
    XTrade* trades
    int64_t n_trades
    int64_t room_trades
    XPlace* places
    int64_t n_places
    int64_t mask               # places less 1
    int64_t restart_until_ns
    int64_t post_only_until_ns
    int64_t mined_ns
    int64_t confirmed_ns
    uint8_t state              # VenueState, set by hand
    uint8_t is_checking        # the checker is due
    uint8_t no_memory
    uint8_t reason             # of the last rejection
    uint8_t publishing
    int64_t matched            # shares, of the last arrival
    int32_t arrived            # its slot; NONE when it has none
    int32_t traded             # the market whose books are to be told; NONE
    XWord* words
    int64_t n_words
    int64_t room_words
    XTouch* touched
    int64_t n_touched
    int64_t room_touched
    XPrint* prints
    int64_t n_prints
    int64_t room_prints
    int64_t printed            # of them
    int64_t overfill           # microshares more than it was for, for the next maker order that is whole
    int16_t rows[10001]        # room to turn a side of a book around

cdef class Looks:
    cdef X x
    cdef int32_t known(self, int64_t account) except -1
    cdef XMarket* market_at(self, int64_t market) except NULL
    cdef XTokens* tokens_at(self, int64_t account, int64_t token) except NULL

# After each call that changes something: `publish` says it. No memory: `no_memory` is set.
cdef int arrive(X* x, XOrder* asked) noexcept nogil
cdef int cancel_order(X* x, int32_t account, uint64_t id) noexcept nogil
cdef void cancel_open(X* x, int32_t account, int32_t market, int reason) noexcept nogil
cdef void cancel_slot(X* x, int32_t slot) noexcept nogil
cdef int32_t find_order(X* x, int32_t account, uint64_t id) noexcept nogil
cdef int refused_by_state(X* x, int post_only) noexcept nogil
cdef int is_charged(X* x, int32_t account, int64_t requests) noexcept nogil
cdef int venue_state(X* x) noexcept nogil
cdef int convert(X* x, int32_t account, int32_t market, int64_t size, int sign) noexcept nogil
cdef int64_t redeem_tokens(X* x, int32_t account, int32_t token, int64_t size) noexcept nogil
cdef void beat_once(X* x, int32_t account) noexcept nogil
cdef void change_tick(X* x, int32_t market, int32_t tick_pips) noexcept nogil
cdef void resolve_market(X* x, int32_t market, int payout_pips) noexcept nogil
cdef void reopen(X* x, int32_t market) noexcept nogil
cdef void restart_engine(X* x, int64_t lasts_ns) noexcept nogil
cdef void pass_time(X* x, int64_t to_ns) noexcept nogil
cdef void publish(X* x) noexcept nogil
cdef void say_book(X* x, int32_t token) noexcept nogil
cdef int64_t fee_by_rate(int64_t fee_ppm, int64_t shares, int64_t pips) noexcept nogil
cdef void trade_word(X* x, int64_t which, int is_maker, Event* e) noexcept nogil
cdef int32_t overdue(X* x, int32_t account, int64_t at_ns, int64_t beat_ns) noexcept nogil
cdef int32_t best_pips(X* x, int32_t token, int side) noexcept nogil
