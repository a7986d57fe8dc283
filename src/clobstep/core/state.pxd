# The engine's state, as C structs. Part of the layout hash: a change here is a change of layout.
# Every table is allocated once and copied raw into snapshots, books excepted (see snapshot.pxi).

from libc.stdint cimport (
    int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t)
from clobstep.core.schema cimport Config, Effect

cdef enum:
    NARROW_STEP = 5            # pips a level of a narrow ladder; every tick but 0.0001 divides by it
    NARROW_LEVELS = 2001
    NARROW_WORDS = 32
    WIDE_LEVELS = 10001        # one level a pip
    WIDE_WORDS = 157
    MAX_COUNTERS = 64
    MAX_REFUSALS = 96
    NIL = 0x7FFFFFFF           # no slot

ctypedef struct Ladder:        # bids of one token; the asks are the complement's bids at 1 - p
    int32_t best_pips          # 0 when empty
    int32_t wide               # index of its wide ladder, -1 when narrow
    uint64_t occupied[NARROW_WORDS]
    int64_t size[NARROW_LEVELS]

ctypedef struct WideLadder:
    uint64_t summary[3]
    uint64_t occupied[WIDE_WORDS]
    int64_t size[WIDE_LEVELS]
    uint32_t used
    uint32_t spare

ctypedef struct Breaker:
    int64_t until_ns
    int64_t opened_ns
    uint64_t probe             # order id of the probe that is out, 0 if none
    uint64_t batch             # last batch answer counted
    uint32_t epoch
    uint32_t rejects
    uint32_t step
    uint8_t state
    uint8_t spare[3]

ctypedef struct Bucket:
    int64_t level              # 1e-9 of a token; may be negative for cancels
    int64_t time_ns

ctypedef struct Market:        # a condition: tokens 2k and 2k + 1
    # what every book event touches
    int64_t group_time_ns      # venue time of the open group
    int64_t group_due_ns
    int64_t feed_ns            # our time of the last feed event
    int16_t group_bid          # carried best, as the even token sees it
    int16_t group_ask
    uint16_t generation
    uint8_t feed
    uint8_t wake               # WAKE_* bits wanted
    uint8_t group_open
    uint8_t group_best         # a carried best was seen in this group
    uint8_t crossed
    uint8_t known              # 0 no metadata, 1 read, 2 assumed
    int32_t seen_bid           # best as last told to a strategy
    int32_t seen_ask
    int32_t tick_pips
    uint32_t agreed_groups
    int32_t last_price_pips
    int64_t warm_since_ns
    int64_t asked_ns           # when its snapshot was asked for, 0 if it need not be
    int64_t resync_ns          # when RESYNC was last emitted, 0 never
    # metadata
    int64_t min_size
    int64_t fee_ppm
    int64_t close_out_ns
    int64_t meta_ns
    uint64_t cluster
    uint8_t flags              # META_* bits
    uint8_t resolved
    uint8_t hold
    uint8_t loss_stop
    uint8_t unhedged
    uint8_t marked             # a mark exists
    int16_t payout_pips
    # risk
    Breaker breaker
    Bucket bucket
    int64_t turn
    int64_t turn_ns            # time of the last accepted turn, -1 when none
    int64_t flow
    int64_t fees
    int64_t reserved_cash
    int64_t mark_sum_pips      # bid + ask of the last mark
    int64_t mark_ns
    int64_t profit             # at its last valuation
    int64_t loss_base          # profit when an operator lifted its loss stop
    int64_t breach_ns          # since when the loss limit is broken, 0 if it is not
    int64_t conversion_size    # split, merge or redeem in flight
    uint32_t conversion_token
    uint8_t conversion         # EF_MERGE, EF_SPLIT, EF_REDEEM or 0
    uint8_t no_mark
    uint16_t spare
    int32_t first_order
    int32_t n_orders

ctypedef struct Account:
    int64_t settled
    int64_t incoming           # provisional: matched, not yet confirmed
    int64_t outgoing
    int64_t reserved
    int64_t posted             # sum of all postings: settled + incoming - outgoing
    int64_t cost               # tokens: what the position cost
    int64_t locked             # cash: held by the venue above what we reserve
    int64_t is_short           # spendable below 0

ctypedef struct Order:
    uint64_t id
    uint64_t predecessor       # the order whose death a QUEUED one waits for
    uint64_t successor
    int64_t original
    int64_t filled
    int64_t canceled
    int64_t reversed
    int64_t restored
    int64_t overfill
    int64_t leaves
    int64_t reserved
    int64_t venue_matched      # largest matched size the venue has stated, -1 when none
    int64_t asked_filled       # `filled` when the replace was asked
    int64_t counted            # adopted as matched: trades up to this are in `filled` already
    int64_t expiry_ns
    int64_t request_ns         # deadline of the request in flight
    int64_t retry_ns           # no cancel before
    int64_t look_ns            # next look while UNKNOWN
    int64_t owed_ns            # OVERDUE then, 0 when nothing is awaited
    int64_t base_ns            # looks count from here
    int64_t touched_ns         # last word of the venue about it
    int64_t fee_ppm            # rate its reservation was made with
    int32_t low_pips
    uint32_t token
    int32_t next
    int32_t prev
    uint32_t breaker_epoch
    uint32_t global_epoch
    uint32_t recon_epoch
    int16_t price_pips
    uint16_t generation
    uint8_t state
    uint8_t request
    uint8_t side
    uint8_t tif
    uint8_t post_only
    uint8_t origin
    uint8_t cancel_wanted
    uint8_t cancel_sent
    uint8_t done
    uint8_t presumed
    uint8_t looks
    uint8_t crossed            # 0 rested, 1 crossed the local best when it left, 2 not known
    uint8_t probe              # 1 the market's, 2 the global breaker's
    uint8_t heard              # the venue has taken it
    uint8_t spare[10]

ctypedef struct Tombstone:     # 48 bytes an ended order
    uint64_t id
    int64_t original
    int64_t filled
    int64_t canceled
    int64_t reversed
    uint16_t token
    uint16_t generation
    int16_t price_pips
    uint16_t bits

ctypedef struct Fill:
    uint64_t trade             # 0: free
    uint64_t order
    int64_t time_ns            # match time
    int64_t size
    int64_t cash               # moved, without the fee
    int64_t fee
    int64_t cost               # what it did to the token's cost
    uint32_t token
    int16_t price_pips
    uint8_t state              # T_*
    uint8_t side
    uint8_t liquidity
    uint8_t evidence
    uint8_t origin
    uint8_t posted             # postings stand
    uint8_t ordered            # an order of ours counts it
    uint8_t spare[3]

ctypedef struct Cluster:
    uint64_t id                # 0: free
    int64_t seen_ns
    uint8_t flags
    uint8_t spare[7]

ctypedef struct Vars:          # every scalar of the state
    uint64_t seq
    uint64_t chain
    int64_t now_ns
    int64_t deadline_ns        # not later than any deadline
    int64_t armed_ns           # what the last TIMER effect said
    int64_t watermark_ns
    uint64_t last_order
    uint64_t submits           # salts count from it
    int64_t exposure_cost      # sum over tokens of max(cost, 0)
    int64_t venue_until_ns
    int64_t value_next_ns      # next valuation, 0 when none is due
    int64_t day
    int64_t day_base
    int64_t session_base       # sum when an operator resumed
    int64_t last_sum           # profit of all at the last valuation
    int64_t retired_profit     # of markets whose slots were given away
    int64_t day_breach_ns
    int64_t session_breach_ns
    int64_t n_short
    int64_t n_no_mark
    int64_t n_fills
    int64_t recon_ns
    Account cash
    Breaker breaker
    Bucket bucket
    Bucket cancel_bucket
    int32_t n_orders
    int32_t free_order         # head of the free list
    int32_t tomb_next
    int32_t n_tombs
    int32_t n_clusters
    int32_t recon_differences
    uint32_t recon_epoch
    uint8_t session
    uint8_t venue
    uint8_t fault
    uint8_t beat_lost
    uint8_t recon_failed       # the last read differed: 1 in orders, 2 in balances
    uint8_t window_told
    uint8_t started
    uint8_t reconciled         # without differences, since the start or restart
    uint32_t fault_detail
    uint8_t after_restart      # POST_ONLY because the matching engine restarted
    uint8_t recon_asked        # RECONCILE was asked for and no read has begun since
    uint8_t openings_over      # a read has agreed: what the account opened with is known for good
    uint8_t spare
    uint8_t table_told
    uint8_t recon_open         # a read has begun and not ended
    uint8_t drained            # DRAIN stands until an operator resumes, through any restart
    uint8_t short_told         # SHORTFALL was the last word about it
    uint64_t counters[MAX_COUNTERS]
    uint64_t refusals[MAX_REFUSALS]

ctypedef struct State:
    Config c
    Vars v
    int32_t n_markets
    uint32_t order_mask
    uint32_t fill_mask
    uint32_t tomb_mask         # of the buckets
    Ladder *ladders
    WideLadder *wides
    Market *markets
    Account *tokens
    Order *orders
    int32_t *order_index       # slot + 1, 0 free
    Tombstone *tombs
    int32_t *tomb_index        # of each bucket the newest, of each tombstone the one before it
    Fill *fills
    Cluster *clusters
    uint8_t *cells             # NULL, or of each cell of the tables whether it was met: for tests, no part of the state
    # output of the step at hand, not part of the state
    Effect *out
    int64_t n_out
    int64_t cap_out
    int64_t first_out
    Effect spill
    uint32_t wake_token
    uint8_t wake_bits
    uint8_t refused
    uint8_t ignored            # the event said nothing new
    uint8_t served             # a deadline was served in this step
    uint32_t short_token       # the account that last changed sides of zero
    Order scratch
    int32_t scratch_tomb
