# What the world holds, and everything about it that can be set.

cdef extern from *:
    """
    #define WORLD_NEVER INT64_MAX
    #define SECOND 1000000000LL
    #define MICROSECOND 1000LL
    #define VERY_LATE_NS (300 * SECOND)
    #define BAD_STAMP_NS (MAX_TIME_NS - 1)
    #define BEAT_NS (5 * SECOND)
    #define READ_LATE_NS (8 * SECOND)
    #define PERSONS (1ULL << 40)
    """
    const int64_t NEVER "WORLD_NEVER"
    const int64_t SECOND
    const int64_t MICROSECOND
    const int64_t VERY_LATE_NS
    const int64_t BAD_STAMP_NS
    const int64_t BEAT_NS
    const int64_t READ_LATE_NS
    const uint64_t PERSONS     # ids of orders by hand lie above it

# A profile sets these by name (lower case). PPM: so many of a million; EVERY: mean seconds between two
# spells, 0 for none; US: microseconds; MS: milliseconds; S: seconds; USD, PIPS, TICKS, SHARES as they say;
# the rest are counts. CROWD_* make the market and are no faults.
cpdef enum:
    FEED_FLOOR_US = 0          # delays: at least, and the mean of what comes on top
    FEED_TAIL_US
    USER_FLOOR_US
    USER_TAIL_US
    REST_FLOOR_US
    REST_TAIL_US
    FEED_DROP_PPM              # of the market feed's messages
    FEED_DOUBLE_PPM
    FEED_LATE_PPM
    FEED_CROSSED_PPM
    FEED_GARBAGE_PPM
    USER_DROP_PPM              # of the user channel's
    USER_DOUBLE_PPM
    USER_LATE_PPM
    CANCEL_ODD_PPM             # a cancellation is told before, with nothing matched
    ASK_DROP_PPM               # of requests
    ASK_DOUBLE_PPM
    ASK_VERY_LATE_PPM          # it lands five minutes later
    ANSWER_DROP_PPM
    ANSWER_LATE_PPM
    ERROR_PPM                  # 500: executed, or not
    LATE_REJECT_PPM            # rejected after it was accepted
    UNMATCHED_PPM
    TRADE_FAILS_PPM            # of our trades
    TRADE_RETRIES_PPM
    TRADE_DISPUTED_PPM         # CONFIRMED, then FAILED is said too
    TRADE_GARBLED_PPM          # told again with another size
    ROLE_LIE_PPM               # trader_side says the other role
    OVERFILL_PPM               # a maker order of ours is filled by a bit more than it was for
    THEFT_PPM                  # the canary: a micro-pUSD of ours vanishes, and the checks have to notice
    CONVERT_FAILS_PPM
    GAMMA_GARBAGE_PPM
    FEED_LOST_EVERY            # spells
    FEED_STALL_EVERY
    FEED_CLOG_EVERY
    FEED_SIGN_EVERY
    USER_LOST_EVERY
    STORM_EVERY
    THROTTLE_EVERY
    QUEUE_EVERY
    RESTART_EVERY
    STATE_EVERY
    FLAG_EVERY
    TICK_EVERY
    FEE_EVERY
    CLOSE_EVERY
    GAME_EVERY
    GAMMA_DOWN_EVERY
    CRASH_EVERY
    PAUSE_EVERY
    CLOCK_EVERY
    MONEY_EVERY
    OPERATOR_EVERY
    PERSON_EVERY               # somebody trades by hand with our account
    BURST_EVERY
    CROWD_GAP_US               # mean between two acts of the crowd in a market
    CROWD_EXCITE_PPM           # acts that one act leads to, of a million: bursts
    CROWD_EXCITE_MS            # mean until they come
    CROWD_MOVE_PPM             # fair moves with so many of its acts
    CROWD_MOVE_PIPS            # by so much on the mean, at 0.5 and far from the end
    CROWD_SHOCK_PPM            # of these moves are twelve times as large
    CROWD_LIFE_S               # a market's life, at whose end it closes and resolves; 0: it has none
    CROWD_TRADES_PPM           # of its acts: somebody takes for no reason
    CROWD_BUYS_PPM             # of its takers BUY one token or the other
    CROWD_HERD_PPM             # of its takers do what the last one did
    CROWD_CASH_USD             # mean of what a taker spends
    CROWD_INFORMED_PPM         # of what lies beyond fair is taken; the rest is pulled
    CROWD_EDGE_PIPS            # quotes keep so far from fair
    CROWD_TOUCH_PPM            # of quotes are at the best price
    CROWD_FAR_PPM              # of quotes are at the last price of the grid
    CROWD_AWAY_TICKS           # mean distance of the others from the best
    CROWD_LEVELS               # that are kept a side
    CROWD_DEPTH_SHARES         # of a level near the best
    CROWD_THIN_TICKS           # so far away it is half of that
    CROWD_ENDS_SHARES          # more at the last price of the grid, falling by the square
    CROWD_PULL_PPM             # of cancels may take away a level's last order
    CROWD_LOT_SHARES           # mean size of a quote
    CROWD_TAIL_PPM             # of sizes are much larger: twice, four times and so on
    ACT_PPM                    # the gambler acts so often when it is woken
    READ_EVERY                 # the account is read so often, seconds
    META_EVERY                 # and metadata
    CONVERT_LOST_PPM           # a split, merge or redeem is never mined, and five minutes later that is known
    CONVERT_LATE_PPM           # it is mined, and five minutes later that is known
    CONVERT_DOUBLE_PPM         # its end is told twice
    READ_ERROR_PPM             # 500 on the account, a query, a book, metadata
    DRAW_PPM                   # a market that resolves pays 0.5
    GRID_PPM                   # a tick changes to 0.1, 0.005 or 0.0025
    CLEARED_PPM                # at a game's start the book is cleared
    HOUR_PPM                   # our clock steps by nearly an hour
    SNAPSHOT_PPM               # after a crash we start from an older state and the rest of the journal
    KEY_EVERY                  # more spells: the key is revoked, until there is another
    PHANTOM_EVERY              # the venue holds cash of ours for no order
    TWIN_EVERY                 # a second process of ours trades and cancels on our account
    MINIMUM_EVERY              # a market's minimum size changes
    HALF_OPEN_EVERY            # both sockets say nothing, and nobody says that they broke
    DISK_EVERY                 # the journal is slow: what must be durable leaves late; or it fails
    REDEEM_S                   # seconds after a resolution what we hold is redeemed for us; 0: when the strategy asks
    ODD_INTENT_PPM             # the strategy errs: an order's id again, no turn, a SELL of what is not there
    ROLE_MISSING_PPM           # a trade of an order by hand does not say that it took
    COARSE_PPM                 # our clock, once it was stepped, moves by whole seconds
    POLL_EVERY                 # the venue's state is asked for, which knows nothing of post-only minutes
    CROWD_ROUND_SHARES         # all sizes are multiples of so many; 0: as they come
    FALSE_WORD_PPM             # of what is asked and heard of an order, something that is not so follows
    STRAY_PPM                  # an order waits here or ended: a word about it comes that is another's
    UNSENT_PPM                 # a trade's word comes with NOT_BROADCAST before
    BALANCE_LIE_EVERY          # the venue's balance of cash is wrong for a while
    LATE_START_PPM             # the first read of the account begins up to two minutes late
    HASTE_PPM                  # a person stops, drains or goes on while the account is read
    PAGE_LIES_PPM              # the page of the venue's state says any state, twice
    NO_BOOK_PPM                # a market's book does not come when the feed connects
    AFTER_END_PPM              # an order that was falsely told over is matched, then ended
    UNTIMELY_PPM               # an order waits here or in the taker's delay: its market closes and resolves
    EARLY_CROSS_PPM            # of the feed's changes of a book that is not whole yet: it crosses
    N_KNOBS

cdef enum:
    FIRST_SPELL = FEED_LOST_EVERY
    LAST_SPELL = BURST_EVERY
    FIRST_MORE = KEY_EVERY     # and more spells: a knob keeps its number, which is that of its stream
    LAST_MORE = DISK_EVERY
    END_CLEARED = 2000         # and the market
    OURS = 1                   # accounts at the exchange
    CROWD = 0
    # agenda
    DO_ASK = 1                 # a request arrives
    DO_TELL = 2                # an answer is with us
    DO_CROWD = 3
    DO_SPELL = 4               # begins
    DO_END = 5                 # of a spell
    DO_CHORE = 6
    DO_LIE = 7                 # about an order
    DO_AFTER_END = 8           # of that order
    # requests
    ASK_SUBMIT = 1
    ASK_CANCEL = 2
    ASK_QUERY = 3
    ASK_READ = 4
    ASK_BOOK = 5
    ASK_META = 6
    ASK_CONVERT = 7
    ASK_MINED = 8
    ASK_BEAT = 9
    ASK_LOST = 10              # a conversion of which nothing came
    ASK_HELD = 11              # a submit whose answer the venue held back
    # chores of the client
    CHORE_BEAT = 1
    CHORE_READ = 2
    CHORE_READ_LATE = 3
    CHORE_META = 4
    CHORE_FEED = 5             # connect again
    CHORE_USER = 6
    CHORE_BOOT = 7
    CHORE_PERIOD = 8
    CHORE_TIMER = 9            # the strategy's own
    CHORE_ROLL = 1000          # and the market: its place is given to another
    CHORE_REDEEM = 2000        # and the token
    # why a run stopped
    STOP_NONE = 0
    STOP_CRASH = 1
    STOP_MEMORY = 2
    STOP_INVARIANT = 3         # of the engine's own
    STOP_FAULT = 4             # it halted itself
    STOP_SUBMIT = 5            # it sent what must not be sent
    STOP_STUCK = 7             # a deadline that does not go on, a market that cannot be given away
    STOP_THROUGH = 8
    STOP_JUDGED = 9            # seen from outside it did what it must not, or the exchange did
    # of a submit: bits
    SENT_LEFT = 1
    SENT_ENDED = 2             # the engine held it for over
    SENT_TOLD = 4              # and said that it was not
    SENT_LATE = 8              # the venue took it after that
    SENT_BEFORE = 16           # before its market's last pause began
    ALL_MARKETS = 64           # beyond the last market
    # where a crash comes
    CRASH_NOW = 1
    CRASH_BEFORE_WRITE = 2
    CRASH_BEFORE_SEND = 3
    CRASH_AFTER_SEND = 4

cdef struct Mail:              # a request, or one of the events of an answer
    Event event
    int64_t more               # expiry of an order; number of a read
    uint32_t line              # which life of our process asked
    uint32_t number            # of a conversion, as its transaction tells it from others
    int32_t next               # the rest of a batch or an answer; the next free one
    uint8_t what               # ASK_*
    uint8_t is_private
    uint8_t is_held            # the venue says how it ended, and not that it is delayed

cdef struct Carried:
    Event event
    int64_t due_ns

cdef struct Pipe:              # a connection: what goes in first comes out first
    Carried* ring
    uint32_t head
    uint32_t n
    uint32_t size              # a power of two
    int64_t first_ns           # when its first one is with us; NEVER if there is none
    int64_t last_ns
    uint8_t is_down

cdef struct Resting:
    int32_t slot
    uint32_t entry

cdef struct Crowd:             # everybody else, in one market
    int64_t fair               # in 1/256 pip
    int64_t gap_ns
    int64_t close_out_ns       # as metadata says; 0: not said
    Resting* rest              # its orders, and some that have ended
    int32_t n
    int32_t room
    uint64_t stream            # of the others, and of orders by hand
    uint64_t rhythm            # a stream a kind of agent
    uint64_t news
    uint64_t makers
    uint64_t takers
    uint64_t informed
    uint64_t taste             # which levels are liked: no stream
    int64_t heat               # acts that still excite, in 1/65536
    int64_t heat_ns            # when that was so
    int64_t rate               # of acts, in millionths of the usual one
    int64_t end_ns             # of its life; NEVER
    int32_t tidied             # so far `rest` was looked through
    int32_t bid                # the best that makers want to quote
    int32_t ask
    int32_t generation         # of the market this began with, and one more; 0: not begun
    uint8_t last_side          # of takers
    uint8_t is_moving          # orders may lie where nobody would quote now
    uint8_t is_ending

cdef struct Conversion:        # the last split, merge or redeem of a market
    Event event
    int64_t told_at            # length of the journal when the engine had heard it
    uint32_t number
    uint8_t state              # 0 none, 1 on its way, 2 done: the event says how

cdef struct Judged:            # of a market, or of all: what the engine said, and is held to
    int64_t until_ns           # a breaker's pause; 0: it is closed
    int64_t pause_ns
    uint64_t probe             # the order that left after it
    int64_t rejects            # that count, at most
    int64_t batch
    int64_t turn
    int64_t turn_ns            # NEVER: none yet
    int64_t budget             # in billionths of a submit
    int64_t budget_ns
    int64_t first_trade        # of this market in this place
    uint8_t has_spent
    uint8_t is_stopped         # by its losses, or by a person
    uint8_t is_held

cdef struct Fate:              # of a trade
    int64_t fee_ppm            # the market's rate when it happened
    int64_t owed               # what the engine booked of the fee beyond that, by an older rate

cdef struct W:
    X* x
    State* s
    int64_t now_ns
    int64_t clock_ns           # our clock less the exchange's
    int64_t grain_ns           # our clock moves by so much
    int64_t knobs[N_KNOBS]
    uint64_t streams[N_KNOBS]
    uint64_t network           # streams of what is no fault
    uint64_t luck              # of the gambler
    uint64_t form              # of what a spell looks like
    Heap due
    Mail* mails
    int32_t n_mails
    int32_t free_mail
    Pipe feed
    Pipe user
    Crowd* crowds
    Conversion* conversions
    uint16_t* generations
    int64_t* stalled_ns        # by market: its feed is silent until then
    int32_t n_markets
    # spells at work
    int64_t storm_until_ns
    int64_t throttle_until_ns
    int64_t queue_until_ns
    int64_t gamma_until_ns
    int64_t pause_until_ns
    int64_t burst_until_ns
    int64_t clog_until_ns
    int64_t key_until_ns
    int64_t silent_until_ns    # the user channel
    int64_t disk_until_ns
    int64_t lie_until_ns       # of a balance
    int64_t moved_micros       # cash that a person put into our account, less what was taken out, in a venue alone
    uint64_t stray_id          # a word about it comes next; 0: none
    uint64_t ghosts            # trades that never were
    int32_t storm_market       # NONE: all
    uint8_t storm_reason
    uint8_t meta_flags[64]     # by market
    uint64_t persons           # orders made by hand
    # the client
    uint32_t line
    uint32_t read_number
    int32_t held               # private words that wait for a read, first and last
    int32_t held_last
    int32_t batch              # submits of the turn at hand
    int32_t batch_last
    int32_t batch_n
    uint64_t batch_id
    int64_t adjustment         # of cash, that a person is about to book
    int64_t beat_sent_ns
    int64_t beat_heard_ns
    int64_t told_trades        # all before are final and were read
    int64_t read_final         # so many were when the account was last looked at
    int64_t told_before        # as told_trades, before the last read
    int64_t told_at            # length of the journal after that read
    uint8_t reading
    uint8_t read_lies          # the balance that it tells is wrong
    uint8_t is_dead            # between a crash and the next start
    uint8_t is_alone           # a venue without a client of ours: the one in here stays dead
    uint8_t is_booting
    uint8_t beat_lost
    uint8_t quiet              # no faults any more
    uint8_t crash
    uint8_t no_strategy
    # the engine
    CTurn* turn
    turn_fn strategy
    void* strategy_state
    int64_t timer_ns           # the strategy is woken so often; 0: it has no timer
    uint8_t wake_flags         # what wakes it
    void* through              # the World, when words go through a function of Python's; else NULL
    uint8_t* sent              # by order id: SENT_*
    uint64_t room_sent
    uint64_t mute_id           # the venue says of this order neither that it was taken nor that it rests; 0: of none
    Event* log
    int64_t n_log
    int64_t cap_log
    int64_t durable            # so many of the log
    int64_t durable_ns
    uint8_t logging
    uint8_t checking
    uint8_t taping             # the market feed without our orders is kept
    Event* tape
    int64_t n_tape
    int64_t cap_tape
    int64_t* taped             # others' size at each level as last told, [market][side][PIPS + 1]
    int64_t taped_trades       # of the exchange, up to the last group of words
    int64_t given              # events
    int64_t acts               # of the crowd
    int64_t asked              # requests that arrived
    int64_t wakes
    int64_t intents
    Fate* fates                # by trade
    int64_t room_fates
    int64_t last_trade         # the exchange's trades before it have had their fate drawn
    Judged judged[ALL_MARKETS + 1]
    int64_t beat_at_ns         # when the venue had our last beat
    uint8_t was_halted
    uint8_t was_short
    uint8_t read_differs
    int64_t watermark_ns
    int32_t stop
    int32_t detail             # invariant, fault, or what was sent
    uint64_t detail_order
    int64_t seen_events[64]    # taken events by kind
    int64_t seen_effects[32]
    int64_t seen_alerts[64]
    int64_t seen_rejects[32]
    int64_t seen_refusals[N_REFUSALS]
    uint8_t met[N_CELLS]       # cells of the core's tables
    int64_t seen_spells[N_KNOBS]   # faults that happened
