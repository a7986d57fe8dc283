# Records of the venue. Owns: their memory. All prices of the venue's book are in ladder coordinates:
# ladder k holds the bids of token parity k, and the asks of one token are the bids of the other at
# 10,000 - p. A resting order of ours is a bid in one of the two ladders.

cdef extern from *:
    """
    #define CLOBSTEP_NEVER INT64_MAX
    """
    const int64_t NEVER "CLOBSTEP_NEVER"

cdef enum:
    LEVELS = 10001
    WORDS = 157
    # fill models
    FILL_CROSSING = 0          # only a displayed book that crosses us
    FILL_THROUGH = 1           # and prints strictly through our price
    FILL_RISK_AVERSE = 2       # and prints at our price once the queue ahead is gone; cancels are behind us
    FILL_POWER = 3             # cancels are ahead by chance: f(x) = x ** n
    FILL_LOG = 4               # f(x) = log(1 + x)
    FILL_FRONT = 5             # nothing is ever ahead of us
    FILL_NAIVE = 6             # what naive paper engines do
    # requests on their way to the venue
    ASK_SUBMIT = 1
    ASK_CANCEL = 2
    ASK_QUERY = 3
    ASK_RECONCILE = 4
    ASK_CONVERT = 5
    # places that are no event of the schema: worked out when they are due
    LATER_REDEEM = 1
    BLOCK = 256                # messages allocated at once
    FIRST_ROWS = 1 << 20       # the most room of a table of the result before it is needed

cdef struct Level:
    int64_t size               # as displayed
    int64_t taken              # by us, of what is displayed

cdef struct Book:              # what was displayed of one ladder, and what we took of it
    Level level[LEVELS]
    uint64_t occupied[WORDS]
    uint64_t own[WORDS]        # prices at which orders of ours rest
    int32_t best               # highest occupied price, 0 when empty
    int32_t own_best           # highest price of our resting orders here, 0 when there are none

cdef struct Told:              # a decrease or a print that waits for the other word about it
    int64_t ns
    int64_t size               # what is not explained of it
    uint64_t seq               # Paper.seq
    int32_t pips
    uint32_t own               # of a decrease its number in Pasts, or 0; of a print what was noted next
    uint8_t ladder

cdef struct Waits:             # a ring, the oldest first; what is over may stay until somebody looks
    Told* at
    uint32_t head              # number of the oldest; number % size is its place
    int32_t n
    uint32_t size              # a power of two

cdef struct Past:              # what happened to a queue that an order of ours is in, and is not decided
    int64_t ns
    int64_t rest               # of a decrease: what no print explains
    int64_t traded             # what prints explain
    int64_t now                # and the print at hand
    int64_t left               # displayed right after it; NEVER: no bound
    uint32_t after             # only for orders that came later: their `first` is this or more
    int32_t pips
    uint8_t ladder

cdef struct Pasts:             # a ring, the oldest first
    Past* at
    uint32_t head              # number of the oldest, from 1
    int32_t n
    uint32_t size              # a power of two
    uint32_t marked            # number of the first that the print at hand explains

cdef struct Venue:             # of one condition
    Book* books                # two: even and odd ladder; made when the condition is first seen
    int64_t* staged            # levels of a snapshot that is not complete, two ladders
    uint64_t* staged_bits      # and which of them are not empty, WORDS of each ladder
    Waits gone                 # decreases without a print yet
    Waits printed              # prints without a decrease yet
    Pasts own                  # of all prices where orders of ours rest
    int64_t group_ns           # venue time of the open group
    int64_t carried_ns         # the time that the last carried best gave itself
    int64_t resolved_ns        # at the venue, 0 not yet
    int64_t first_ns           # first change of a book that was never told whole, 0 none
    int32_t carried[2]         # best of each ladder as carried in the group
    int32_t before[2]          # best of each ladder before the event at hand
    int32_t told[2]            # best in the last row of the best prices
    int64_t told_ns            # and when that was
    int32_t first[2]           # our first resting order in each ladder, -1 when none: by price, then by time
    int32_t n_resting
    uint8_t has_best           # a best was carried in the open group
    uint8_t known              # the book can be believed: a snapshot or a warmed feed
    uint8_t staging
    uint8_t has_untold         # perhaps: orders whose level was not told of since they came, or since a gap
    uint8_t was_forgotten      # since the last whole book: what we took stands at levels that are empty
    uint8_t resolved
    uint8_t settled            # and the engine took it
    uint8_t closed             # by its metadata
    uint16_t generation        # of the place: events of another are not about this market
    int16_t payout_pips        # of the even token
    int16_t tick_pips          # 0 when nobody said it

cdef struct Rest:              # a resting order of ours
    uint64_t id
    int64_t left               # microshares
    int64_t front              # microshares ahead of us at our price before `Pasts`; -1: not known yet
    int64_t before             # of the print at hand: what was displayed as gone before it came
    uint64_t seq               # Paper.seq when it came
    int64_t since_ns
    int64_t expiry_ns          # when the venue ends it, NEVER when it does not
    int64_t look_ns            # naive model: next look
    uint32_t token
    int32_t pips               # in its ladder
    int32_t next
    uint32_t first             # number of the first in Pasts that may concern it
    uint8_t ladder
    uint8_t side               # as submitted
    uint8_t untold             # its level was not told of since it came, or since a gap

cdef struct Known:             # an order by our id: what the venue knows of it, and what we were told
    uint64_t id
    int64_t placed_ns          # our time: the SUBMIT effect
    int64_t heard_ns           # our time: first word that the venue had it, 0 if there was none
    int64_t ended_ns           # our time: its end, 0 if it is open
    int64_t original           # its unit: shares, pUSD of a FAK or FOK BUY
    int64_t matched            # at the venue
    int64_t filled             # as the engine says
    int64_t canceled
    uint32_t token
    int16_t price_pips
    uint8_t side
    uint8_t tif
    uint8_t post_only
    uint8_t state              # 0 not arrived, 1 resting, 2 filled, 3 canceled, 4 rejected, 5 expired
    uint8_t reject             # Reject
    uint8_t origin
    uint8_t told               # OrderState as the engine says
    uint8_t spare[11]

cdef struct ConversionRow:     # clobstep.report.run.CONVERSION_DTYPE
    int64_t time_ns
    int64_t size
    int64_t cash_micros
    int64_t cost_micros
    uint32_t token
    uint8_t kind               # EventKind of the fact: MERGE, SPLIT or REDEEM
    uint8_t spare[3]

cdef struct FillRow:           # clobstep.report.run.FILL_DTYPE
    int64_t time_ns
    int64_t venue_time_ns
    uint64_t order_id
    uint64_t trade
    int64_t size
    int64_t cash_micros
    int64_t fee_micros
    int64_t queued_ns
    uint32_t token
    int16_t price_pips
    int16_t bid_pips
    int16_t ask_pips
    int16_t quote_width_pips
    uint8_t side
    uint8_t liquidity
    uint8_t evidence
    uint8_t origin

cdef struct BestRow:           # clobstep.report.run.BBO_DTYPE
    int64_t venue_time_ns
    uint32_t token
    int16_t bid_pips
    int16_t ask_pips
    uint8_t gap
    uint8_t spare[7]

cdef struct Message:           # a request to the venue or an event for the engine
    int64_t due_ns
    uint64_t number            # of all messages: at equal times the older one goes first
    Event event
    int64_t expiry_ns
    uint8_t ask                # ASK_* of a request
    uint8_t later              # LATER_* of an answer

cdef struct Place:
    int64_t due_ns
    Message* m

cdef struct Queue:             # a ring of places, by due time and then by arrival; messages do not move
    Place* ring
    Message** blocks           # of BLOCK messages each
    Message** unused
    int64_t first_ns           # when the earliest is due, NEVER when there is none
    int64_t last_ns            # when the latest of those in the ring is due
    int32_t head
    int32_t n
    int32_t size               # of ring, pool and unused; a power of two
    int32_t n_unused

cdef struct Settings:
    int32_t fill
    int32_t power
    int64_t print_lag_ns       # a print explains a decrease at most this much earlier, or later
    int64_t settle_ns          # MATCHED to CONFIRMED
    int64_t convert_ns         # a merge or split from request to proof
    int64_t convert_cost       # micro-pUSD each
    int64_t redeem_ns          # after a resolution
    int64_t refresh_ns         # metadata is read again so often
    int64_t feed_ns            # added to our time of market events
    int64_t timer_ns           # the strategy's own timer, 0 when it has none
    int64_t oldest_ns          # a word counts at the venue at most so long before it came; 0: as it says
    uint64_t seed

cdef struct Rows:              # growing arrays of the result
    int64_t first_cap          # room of each when it is first needed: to copy it while it grows takes long
    FillRow* fills
    int64_t n_fills
    int64_t cap_fills
    BestRow* bests
    int64_t n_bests
    int64_t cap_bests
    ConversionRow* conversions
    int64_t n_conversions
    int64_t cap_conversions
    Known* orders              # by order id, from 1
    int64_t n_orders
    int64_t cap_orders


cdef void* grown(void* old, int64_t* cap, int64_t first_cap, int64_t want, size_t each) noexcept nogil:
    """`old` with room for more than `want` items; NULL when there is no memory (old stays)."""
    cdef int64_t size = cap[0] if cap[0] else first_cap
    cdef void* new
    while size <= want:
        size *= 2
    new = realloc(old, <size_t>size * each)
    if new != NULL:
        cap[0] = size
    return new


cdef struct Paper:             # one run
    State* s
    const Event* events        # of the market, in the order they were recorded
    const Event* end
    const Event* next_venue    # cursors
    const Event* next_ours
    Event* stream              # of a live feed: the events, which are the run's own and move; else NULL
    int64_t stream_cap
    int64_t venue_ns           # the venue's time
    int64_t begins_ns          # where the recording begins, and the latest time that is believed
    int64_t most_ns
    int64_t venue_last_ns      # latest time of an event that was believed, at the venue and with us
    int64_t ours_last_ns
    uint8_t has_queues         # prints and decreases mean anything to the model
    uint8_t steady             # all times are believed as they stand (`is_steady`)
    uint8_t venue_believes     # the next event, at the venue and with us
    uint8_t we_believe
    uint64_t seq               # what happened at the venue, counted: tells before from after
    int64_t ours_ns            # our time
    int64_t ours_due_ns        # of a live feed: when the next event is due with us, NEVER if not looked up yet
    int64_t answer_ns          # the least that an answer takes to us
    int64_t trade_due_ns       # when the last word MATCHED is with us
    Settings set
    Latency submit
    Latency cancel
    Latency answer
    uint64_t streams[N_STREAMS]
    Venue* venues              # by condition
    int32_t n_venues
    Rest* rests
    int32_t n_rests
    int32_t free_rest
    int64_t expiry_ns          # earliest of the resting orders, or before it
    Queue requests
    Queue answers              # with the latency of an answer: they come in the order they were given
    Queue slow                 # what is settled or mined long after: it would keep those from the end
    uint64_t posted            # messages, of all queues
    Rows rows
    Event* meta                # last MARKET of each condition, with the tick of today
    Event* clusters            # last CLUSTER of each number
    int32_t n_clusters
    int64_t refresh_ns
    int64_t timer_ns           # the strategy's own next, NEVER when it has none
    # the engine's intents and what is kept of its events
    CTurn* turn
    turn_fn compiled           # NULL: the strategy is Python's
    void* compiled_state
    void* face                 # the PaperRun
    int64_t wakes
    int64_t intents
    int64_t cost_micros
    int64_t crossing_fills     # fills against a displayed book, and by prints
    int64_t print_fills
    int64_t gaps
    int64_t unsound            # events that the venue left alone: fields or times that cannot be
    Event* log
    int64_t n_log
    int64_t cap_log
    Effect* log_effects
    int64_t n_effects
    int64_t cap_effects
    uint64_t* marks            # (seq, chain) pairs
    int64_t n_marks
    uint64_t log_seq           # after the last event kept
    uint64_t log_chain
    # 1 memory, 2 the strategy raised, 3 the sink raised, 4 too many intents, 5 a timer that does not go
    # on, 6 an order id out of turn
    int32_t error
    uint8_t logging
