# generated from schema.py by `python -m clobstep.codegen`; do not edit
from libc.stdint cimport (
    int16_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t)

cdef extern from "schema.h" nogil:
    const uint64_t CLOBSTEP_LAYOUT_HASH
    const int CLOBSTEP_RULES_VERSION
    const uint32_t NO_TOKEN
    const int64_t PIPS
    const int64_t SIZE_GRAIN
    const int64_t CASH_GRAIN
    const int64_t SHARES_GRAIN
    const int64_t FEE_GRAIN
    const int64_t WATERMARK_MARGIN_NS
    const int64_t CHUNK
    const int64_t MAX_TIME_NS
    const int64_t MAX_SIZE
    const int64_t FALLBACK_TICK
    const int64_t FALLBACK_MIN_SIZE
    const int64_t FALLBACK_FEE_PPM
    enum:
        SIDE_BUY
        SIDE_SELL
        TIF_GTC
        TIF_GTD
        TIF_FOK
        TIF_FAK
        ORIGIN_MAKER_QUOTE
        ORIGIN_TAKER_ARB
        ORIGIN_SATELLITE
        ORIGIN_OTHER
        ORIGIN_FOREIGN
        LIQ_MAKER
        LIQ_TAKER
        LIQ_UNKNOWN
        BY_ORDER_ROLE
        BY_POST_ONLY
        BY_SPREAD_CROSS
        BY_WS_FLAG
        BY_NONE
        RJ_OTHER
        RJ_TICK
        RJ_MIN_SIZE
        RJ_MIN_NOTIONAL
        RJ_AMOUNTS
        RJ_BALANCE
        RJ_EXPIRATION
        RJ_MARKET_NOT_READY
        RJ_MARKET_CLOSED
        RJ_PAYLOAD
        RJ_BANNED
        RJ_AUTH
        RJ_MATCH_DELAYED
        RJ_TIMED_OUT
        RJ_POST_ONLY_CROSS
        RJ_KILLED
        RJ_RATE_LIMIT
        RJ_RESTARTING
        RJ_POST_ONLY_MODE
        RJ_CANCEL_ONLY
        RJ_DISABLED
        RJ_DUPLICATED
        CR_USER
        CR_EXPIRED
        CR_BALANCE
        CR_RESOLVED
        CR_KILLED
        CR_INVALID
        CR_MATCHED_OR_GONE
        CR_LATER
        CR_OTHER
        OP_DRAIN
        OP_RESUME
        OP_HALT
        OP_CANCEL_ALL
        OP_LIFT_HOLD
        OP_LIFT_LOSS_STOP
        OP_RESET_BREAKER
        OP_CLEAR_UNHEDGED
        SIGN_CONNECTED
        SIGN_LOST
        SIGN_HASH_GOOD
        SIGN_HASH_BAD
        SIGN_HASH_LASTING
        SIGN_MIRROR_MISMATCH
        SIGN_GAP
        HB_HEALTHY
        HB_LOST_BEAT
        AL_METADATA_ASSUMED
        AL_NEG_RISK_HOLD
        AL_NEG_RISK_CLEARED
        AL_BREAKER_OPEN
        AL_GLOBAL_BREAKER_OPEN
        AL_BREAKER_CLOSED
        AL_ROLE_DISAGREES
        AL_FOREIGN_FILL
        AL_FOREIGN_ORDER
        AL_FILL_MISMATCH
        AL_OVERFILL
        AL_LATE_FILL
        AL_RISEN
        AL_TRADE_FAILED
        AL_TRADE_DISPUTED
        AL_STALE_FACT
        AL_SHORTFALL
        AL_SHORTFALL_ENDED
        AL_UNHEDGED
        AL_UNHEDGED_ENDED
        AL_ORDER_UNKNOWN
        AL_LOSS_STOP
        AL_NO_MARK
        AL_FEED_STALE
        AL_FILL_WINDOW_FULL
        AL_ORDER_TABLE_FULL
        AL_BALANCE_DIFFERS
        AL_ORDER_MISSING
        AL_TICK_CHANGED
        AL_VENUE_STATE
        AL_HEARTBEAT_LOST
        AL_RESERVATION_REFUSED
        AL_DISK_OR_OPERATOR_HALT
        AL_BOOK_CAPACITY
        FAULT_NONE
        FAULT_TABLE
        FAULT_OVERFLOW
        FAULT_INVARIANT
        FAULT_EFFECTS
        FAULT_CAPACITY
        FAULT_OPERATOR
        FAULT_RECONCILE
        AC_RESTING
        AC_MATCHED
        AC_DELAYED
        AC_UNMATCHED
        FO_OPEN
        FO_MATCHED
        FO_CANCELED
        FO_EXPIRED
        WAKE_BBO
        WAKE_ORDER
        WAKE_PRINT
        WAKE_TIMER
        WAKE_SIGNAL
        WAKE_FEED
        FLAG_BOOK_END
        FLAG_BOOK_BEST
        FLAG_SNAP_FIRST
        FLAG_SNAP_LAST
        FLAG_META_OPEN
        FLAG_META_NEG_RISK
        FLAG_META_AUGMENTED
        FLAG_META_ASSUMED
        FLAG_ORDER_POST_ONLY
        FLAG_ORDER_OVERLAP
        FLAG_ORDER_ORIGIN
        FLAG_ROLE_TAKER
        FLAG_ROLE_MAKER
        FLAG_WS_TAKER
        FLAG_WS_MAKER
        FLAG_SIZE_KNOWN
        EV_BOOK_DELTA
        EV_BOOK_SNAPSHOT
        EV_PRINT
        EV_BEST
        EV_TICK_CHANGE
        EV_FEED
        EV_MARKET
        EV_CLUSTER
        EV_RESOLVED
        EV_RETIRE
        EV_VENUE
        EV_HEARTBEAT
        EV_CLOCK
        EV_TIMER
        EV_ACCEPTED
        EV_REJECTED
        EV_SUBMIT_UNKNOWN
        EV_CANCEL_ACCEPTED
        EV_CANCEL_REFUSED
        EV_CANCEL_UNKNOWN
        EV_PLACED
        EV_MATCHED
        EV_CANCELED
        EV_FOUND
        EV_NOT_FOUND
        EV_TRADE
        EV_OPENING
        EV_DEPOSIT
        EV_WITHDRAWAL
        EV_SPLIT
        EV_MERGE
        EV_REDEEM
        EV_CONVERSION_FAILED
        EV_ADJUSTMENT
        EV_BALANCE
        EV_LOCK
        EV_RECONCILE_BEGUN
        EV_RECONCILED
        EV_INTENT_SUBMIT
        EV_INTENT_REPLACE
        EV_INTENT_CANCEL
        EV_INTENT_CANCEL_MARKET
        EV_INTENT_CANCEL_ALL
        EV_INTENT_MERGE
        EV_INTENT_SPLIT
        EV_INTENT_REDEEM
        EV_SIGNAL
        EV_OPERATOR
        EV_RESTARTED
        EV_WAKE_ON
        EF_REFUSED
        EF_SUBMIT
        EF_CANCEL
        EF_QUERY
        EF_ORDER
        EF_FILL
        EF_SETTLED
        EF_TIMER
        EF_RESYNC
        EF_RECONCILE
        EF_ALERT
        EF_WAKE
        EF_HALT
        EF_MERGE
        EF_SPLIT
        EF_REDEEM
        EF_REFRESH
        RF_NONE
        RF_UNKNOWN_KIND
        RF_BAD_TIME
        RF_TIME_JUMP
        RF_BAD_TOKEN
        RF_OLD_GENERATION
        RF_BAD_SIDE
        RF_BAD_PRICE
        RF_BAD_SIZE
        RF_BAD_CODE
        RF_BAD_FLAGS
        RF_BAD_ID
        RF_NO_SNAPSHOT_OPEN
        RF_STALE_FACT
        RF_ILLEGAL
        RF_ORDER_UNKNOWN
        RF_HALTED
        RF_STARTING
        RF_RECONCILING
        RF_DRAINING
        RF_VENUE_RESTARTING
        RF_VENUE_DISABLED
        RF_VENUE_CANCEL_ONLY
        RF_VENUE_POST_ONLY
        RF_HEARTBEAT_LOST
        RF_MARKET_UNKNOWN
        RF_MARKET_CLOSED
        RF_CLUSTER_UNKNOWN
        RF_METADATA_STALE
        RF_NEG_RISK_HOLD
        RF_CLOSE_OUT
        RF_ORDER_ID_USED
        RF_BAD_TIF
        RF_EXPIRY_TOO_SOON
        RF_OFF_TICK
        RF_PRICE_RANGE
        RF_SIZE_GRAIN
        RF_BELOW_MIN_SIZE
        RF_BELOW_MIN_NOTIONAL
        RF_REPLACE_TARGET
        RF_FEED_NOT_SYNCED
        RF_BOOK_CROSSED
        RF_POST_ONLY_CROSS
        RF_SELF_TRADE
        RF_LOSS_STOP
        RF_NO_MARK
        RF_SHORTFALL
        RF_UNHEDGED
        RF_BREAKER_OPEN
        RF_BREAKER_PROBING
        RF_GLOBAL_BREAKER
        RF_COOLDOWN
        RF_MARKET_BUDGET
        RF_SIGNER_BUDGET
        RF_CAP_ORDERS_MARKET
        RF_CAP_ORDERS_TOTAL
        RF_CAP_MARKET
        RF_CAP_CLUSTER
        RF_CAP_TOTAL
        RF_INSUFFICIENT_CASH
        RF_INSUFFICIENT_TOKENS
        RF_ORDER_TABLE_FULL
        RF_FILL_WINDOW_FULL
        RF_CONVERSION_BUSY
        RF_REPLACE_FILLED
        RF_CANCEL_ASKED
        TI_NOT_BROADCAST
        TI_MATCHED
        TI_MINED
        TI_CONFIRMED
        TI_RETRYING
        TI_FAILED
        VD_TAKE
        VD_IGNORE_DUPLICATE
        VD_REFUSE
        VD_FAULT
        GU_yes
        GU_no
        GU_post
        GU_later
        OS_NONE
        OS_QUEUED
        OS_SENT
        OS_DELAYED
        OS_LIVE
        OS_UNKNOWN
        OS_FILLED
        OS_CANCELED
        OS_REJECTED
        OS_EXPIRED
        OI_SEND
        OI_QUEUE
        OI_RELEASE
        OI_DROP
        OI_ACCEPT_LIVE
        OI_ACCEPT_DELAYED
        OI_ACCEPT_MATCHED
        OI_ACCEPT_UNCLEAR
        OI_REJECT
        OI_KILL
        OI_LOSE
        OI_PLACED
        OI_FOUND_OPEN
        OI_MATCHED_MORE
        OI_FOUND_GONE
        OI_CANCEL_DONE
        OI_CANCEL_OWED
        OI_EXPIRE_DONE
        OI_NOT_CANCELED
        OI_CANCEL_LATER
        OI_CANCEL_LOST
        OI_FILL_PART
        OI_FILL_LAST
        OI_FILL_REST
        OI_DONE_FILLED
        OI_DONE_REST
        OI_RISEN
        OI_REVERSED
        OI_PRESUME_DEAD
        OI_OVERDUE
        OI_RESOLVED
        OI_RESTARTED
        OA_NONE
        OA_SUBMIT
        OA_QUEUE
        OA_FINISH
        OA_ACCEPT
        OA_MATCHED
        OA_LOSE
        OA_ADOPT
        OA_OWE
        OA_WANT_CANCEL
        OA_BOOK_FOREIGN
        OA_FILL
        OA_FILL_OVER
        OA_FILL_LATE
        OA_RISE
        OA_REVERSE
        OA_REQUEUE
        RS_IDLE
        RS_SUBMIT
        RS_CANCEL
        RS_QUERY
        RI_SEND
        RI_ASK_CANCEL
        RI_ASK_QUERY
        RI_SUBMIT_ANSWERED
        RI_CANCEL_ANSWERED
        RI_QUERY_ANSWERED
        RI_TIMED_OUT
        RI_FINISHED
        RI_RESTARTED
        RA_NONE
        RA_EMIT
        RA_WANT
        RA_SERVE
        TS_NONE
        TS_NOT_BROADCAST
        TS_MATCHED
        TS_MINED
        TS_CONFIRMED
        TS_RETRYING
        TS_FAILED
        TA_NONE
        TA_POST
        TA_NOTE
        TA_POST_FINAL
        TA_SETTLE
        TA_DISPUTE
        TA_POST_FAILED
        TA_UNDO
        FS_DOWN
        FS_WARMING
        FS_SYNCING
        FS_SYNCED
        FS_SUSPECT
        FS_STALE
        FI_CONNECTED
        FI_LOST
        FI_DELTA
        FI_SNAPSHOT_FIRST
        FI_SNAPSHOT_LEVELS
        FI_SNAPSHOT_LAST
        FI_SNAPSHOT_CROSSED
        FI_AGREED
        FI_WARMED
        FI_MISSING_BEST
        FI_CROSSED
        FI_TICK
        FI_HASH_GOOD
        FI_HASH_BAD
        FI_HASH_LASTING
        FI_MIRROR_MISMATCH
        FI_GAP
        FI_SILENCE
        FI_RESTARTED
        FA_NONE
        FA_DROP
        FA_APPLY
        FA_CLEAR
        FA_LEVELS
        FA_READY
        FA_SPOIL
        FA_WARM
        FA_CALM
        FA_COOL
        FA_RESYNC
        FA_DOUBT
        FA_GRID
        VS_NORMAL
        VS_POST_ONLY
        VS_CANCEL_ONLY
        VS_DISABLED
        VS_RESTARTING
        VI_SEEN_NORMAL
        VI_SEEN_POST_ONLY
        VI_SEEN_CANCEL_ONLY
        VI_SEEN_DISABLED
        VI_SEEN_RESTARTING
        VI_TIMED_OUT
        VA_NONE
        VA_RESUME
        VA_CAREFUL
        VA_STOP
        BS_CLOSED
        BS_OPEN
        BS_HALF_OPEN
        BI_COUNTED
        BI_LIMIT
        BI_ACCEPTED
        BI_COOLED
        BI_PROBE_SENT
        BI_PROBE_ACCEPTED
        BI_PROBE_REJECTED
        BI_PROBE_UNCOUNTED
        BI_TRIP
        BI_OPERATOR_RESET
        BA_NONE
        BA_COUNT
        BA_TALLY
        BA_OPEN
        BA_RESET
        BA_PROBE
        BA_REOPEN
        BA_FREE
        SS_STARTING
        SS_RECONCILING
        SS_TRADING
        SS_DRAINING
        SS_HALTED
        SI_RECONCILE_BEGUN
        SI_RECONCILED
        SI_DIFFERS
        SI_DIFFERS_AGAIN
        SI_DRAIN
        SI_RESUME
        SI_RESUME_UNREAD
        SI_HALT
        SI_RESTARTED
        SA_NONE
        SA_SETTLE
        SA_REFETCH
        SA_HALT
        SA_DRAIN
        SA_RESUME
        GC_HALTED
        GC_STARTING
        GC_RECONCILING
        GC_DRAINING
        GC_VENUE_RESTARTING
        GC_VENUE_DISABLED
        GC_VENUE_CANCEL_ONLY
        GC_VENUE_POST_ONLY
        GC_HEARTBEAT_LOST
        GC_NEG_RISK_HOLD
        GC_CLOSE_OUT
        GC_FEED_NOT_SYNCED
        GC_LOSS_STOP
        GC_NO_MARK
        GC_SHORTFALL
        GC_UNHEDGED
        GC_BREAKER_OPEN
        GC_COOLDOWN
        GC_MARKET_BUDGET
        GC_SIGNER_BUDGET
        CT_TAKEN
        CT_IGNORED
        CT_REFUSED
        CT_LATE_TIMES
        CT_DELTAS
        CT_LEVELS_PRUNED
        CT_BEST_MISSING
        CT_GROUPS
        CT_GROUPS_AGREED
        CT_SNAPSHOTS
        CT_CROSSED_GROUPS
        CT_CROSSED_SNAPSHOTS
        CT_HASH_BAD
        CT_MIRROR_MISMATCHES
        CT_GAPS
        CT_RESYNCS
        CT_PRINTS
        CT_SUBMITS
        CT_CANCELS
        CT_QUERIES
        CT_FILLS
        CT_FILLS_FOREIGN
        CT_FILLS_LATE
        CT_FILLS_OVER
        CT_REVERSALS
        CT_DISPUTES
        CT_STALE_FACTS
        CT_ROLE_DISAGREEMENTS
        CT_REJECTS_COUNTED
        CT_REJECTS_UNCOUNTED
        CT_ADOPTED
        CT_RISEN
        CT_TIMERS
        CT_WAKES
        CT_ALERTS
        CT_KEYS_PURGED
        N_COUNTERS
        N_REFUSALS
        ORDER_CELLS
        N_ORDER_STATES
        REQUEST_CELLS
        N_REQUEST_STATES
        TRADE_CELLS
        N_TRADE_STATES
        FEED_CELLS
        N_FEED_STATES
        VENUE_CELLS
        N_VENUE_STATES
        BREAKER_CELLS
        N_BREAKER_STATES
        SESSION_CELLS
        N_SESSION_STATES
        N_CELLS
        NEED_TOKEN
        NEED_CASH_OR_TOKEN
        NEED_SIDE
        NEED_PRICE
        NEED_BEST
        NEED_SIZE
        NEED_POSITIVE
        NEED_AMOUNT
        NEED_ORDER
        NEED_REF
        NEED_KNOWN_SIZE
    ctypedef struct Event:
        int64_t time_ns
        int64_t venue_time_ns
        uint64_t order_id
        uint64_t ref
        int64_t size
        int64_t amount
        uint32_t token
        int16_t price_pips
        int16_t bid_pips
        int16_t ask_pips
        uint16_t generation
        uint8_t kind
        uint8_t side
        uint8_t code
        uint8_t flags
    ctypedef struct Effect:
        uint64_t seq
        int64_t time_ns
        uint64_t order_id
        uint64_t ref
        int64_t size
        int64_t amount
        int64_t deadline_ns
        uint32_t token
        int16_t price_pips
        uint16_t generation
        uint8_t kind
        uint8_t side
        uint8_t code
        uint8_t flags
        uint32_t aux
    ctypedef struct Config:
        int64_t tokens
        int64_t wide_books
        int64_t orders
        int64_t fills
        int64_t tombstones
        int64_t max_time_step_ns
        int64_t cooldown_ns
        int64_t reject_limit
        int64_t breaker_base_ns
        int64_t breaker_max_ns
        int64_t global_markets
        int64_t global_window_ns
        int64_t request_timeout_ns
        int64_t unknown_looks
        int64_t unknown_span_ns
        int64_t owed_timeout_ns
        int64_t cancel_retry_ns
        int64_t venue_retry_ns
        int64_t post_only_ns
        int64_t stale_after_ns
        int64_t warm_time_ns
        int64_t warm_groups
        int64_t metadata_cycle_ns
        int64_t loss_market_micros
        int64_t loss_day_micros
        int64_t loss_session_micros
        int64_t loss_persist_ns
        int64_t loss_check_ns
        int64_t mark_age_ns
        int64_t cap_market_micros
        int64_t cap_cluster_micros
        int64_t cap_total_micros
        int64_t cap_orders_market
        int64_t cap_orders_total
        int64_t signer_rate
        int64_t signer_burst
        int64_t market_rate
        int64_t market_burst
        int64_t cancel_rate
        int64_t cancel_burst
        int64_t gtd_min_ns
        int64_t min_notional_micros
        int64_t cash_low_pips
        int64_t dust
        int64_t fallback_metadata
        int64_t cancel_foreign
        int64_t salt_base
    ctypedef struct Cell:
        uint8_t next
        uint8_t action
        uint8_t verdict
    ctypedef struct KindRule:
        uint16_t needs
        uint8_t codes
        uint8_t flags
        uint8_t known
    const Cell ORDER_TABLE[32][10]
    const Cell REQUEST_TABLE[9][4]
    const Cell TRADE_TABLE[6][7]
    const Cell FEED_TABLE[19][6]
    const Cell VENUE_TABLE[6][5]
    const Cell BREAKER_TABLE[10][3]
    const Cell SESSION_TABLE[9][5]
    const uint8_t GUARD_TABLE[20][4]
    const uint8_t REJECT_COUNTED[22]
    const KindRule KIND_RULES[256]
