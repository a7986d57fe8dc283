/* generated from schema.py by `python -m clobstep.codegen`; do not edit */
#ifndef CLOBSTEP_SCHEMA_H
#define CLOBSTEP_SCHEMA_H
#include <stdint.h>

#define CLOBSTEP_LAYOUT_HASH 0xbfbbd6caa0e1e7bdULL
#define CLOBSTEP_RULES_VERSION 3
#define NO_TOKEN 4294967295U  /* the `token` of an event or effect that concerns cash or everything */
#define PIPS 10000  /* price pips in one pUSD */
#define SIZE_GRAIN 10000  /* microshares: order sizes have 2 decimals of a share */
#define CASH_GRAIN 10000  /* micro-pUSD: amounts of FAK and FOK buys have 2 decimals */
#define SHARES_GRAIN 100  /* microshares: shares of FAK and FOK buys have 4 decimals */
#define FEE_GRAIN 10  /* micro-pUSD: fees are floored to 5 decimals of pUSD */
#define WATERMARK_MARGIN_NS 2000000000  /* the watermark is the reconciled time less this */
#define CHUNK 4096  /* the most events one step_batch call takes */
#define MAX_TIME_NS 4611686018427387904LL  /* times at or beyond this are refused */
#define MAX_SIZE 900000000000000LL  /* largest size or amount: size x price fits 64 bits */
#define FALLBACK_TICK 100  /* pips: tick assumed for unknown metadata, if configured */
#define FALLBACK_MIN_SIZE 15000000  /* microshares: minimum assumed, three times the usual 5 */
#define FALLBACK_FEE_PPM 100000  /* fee rate assumed: above every published rate */
enum {
    SIDE_BUY = 0,
    SIDE_SELL = 1,
    TIF_GTC = 0,
    TIF_GTD = 1,
    TIF_FOK = 2,
    TIF_FAK = 3,
    ORIGIN_MAKER_QUOTE = 0,
    ORIGIN_TAKER_ARB = 1,
    ORIGIN_SATELLITE = 2,
    ORIGIN_OTHER = 3,
    ORIGIN_FOREIGN = 4,
    LIQ_MAKER = 0,
    LIQ_TAKER = 1,
    LIQ_UNKNOWN = 2,
    BY_ORDER_ROLE = 0,
    BY_POST_ONLY = 1,
    BY_SPREAD_CROSS = 2,
    BY_WS_FLAG = 3,
    BY_NONE = 4,
    RJ_OTHER = 0,
    RJ_TICK = 1,
    RJ_MIN_SIZE = 2,
    RJ_MIN_NOTIONAL = 3,
    RJ_AMOUNTS = 4,
    RJ_BALANCE = 5,
    RJ_EXPIRATION = 6,
    RJ_MARKET_NOT_READY = 7,
    RJ_MARKET_CLOSED = 8,
    RJ_PAYLOAD = 9,
    RJ_BANNED = 10,
    RJ_AUTH = 11,
    RJ_MATCH_DELAYED = 12,
    RJ_TIMED_OUT = 13,
    RJ_POST_ONLY_CROSS = 14,
    RJ_KILLED = 15,
    RJ_RATE_LIMIT = 16,
    RJ_RESTARTING = 17,
    RJ_POST_ONLY_MODE = 18,
    RJ_CANCEL_ONLY = 19,
    RJ_DISABLED = 20,
    RJ_DUPLICATED = 21,
    CR_USER = 0,
    CR_EXPIRED = 1,
    CR_BALANCE = 2,
    CR_RESOLVED = 3,
    CR_KILLED = 4,
    CR_INVALID = 5,
    CR_MATCHED_OR_GONE = 6,
    CR_LATER = 7,
    CR_OTHER = 8,
    OP_DRAIN = 0,
    OP_RESUME = 1,
    OP_HALT = 2,
    OP_CANCEL_ALL = 3,
    OP_LIFT_HOLD = 4,
    OP_LIFT_LOSS_STOP = 5,
    OP_RESET_BREAKER = 6,
    OP_CLEAR_UNHEDGED = 7,
    SIGN_CONNECTED = 0,
    SIGN_LOST = 1,
    SIGN_HASH_GOOD = 2,
    SIGN_HASH_BAD = 3,
    SIGN_HASH_LASTING = 4,
    SIGN_MIRROR_MISMATCH = 5,
    SIGN_GAP = 6,
    HB_HEALTHY = 0,
    HB_LOST_BEAT = 1,
    AL_METADATA_ASSUMED = 0,
    AL_NEG_RISK_HOLD = 1,
    AL_NEG_RISK_CLEARED = 2,
    AL_BREAKER_OPEN = 3,
    AL_GLOBAL_BREAKER_OPEN = 4,
    AL_BREAKER_CLOSED = 5,
    AL_ROLE_DISAGREES = 6,
    AL_FOREIGN_FILL = 7,
    AL_FOREIGN_ORDER = 8,
    AL_FILL_MISMATCH = 9,
    AL_OVERFILL = 10,
    AL_LATE_FILL = 11,
    AL_RISEN = 12,
    AL_TRADE_FAILED = 13,
    AL_TRADE_DISPUTED = 14,
    AL_STALE_FACT = 15,
    AL_SHORTFALL = 16,
    AL_SHORTFALL_ENDED = 17,
    AL_UNHEDGED = 18,
    AL_UNHEDGED_ENDED = 19,
    AL_ORDER_UNKNOWN = 20,
    AL_LOSS_STOP = 21,
    AL_NO_MARK = 22,
    AL_FEED_STALE = 23,
    AL_FILL_WINDOW_FULL = 24,
    AL_ORDER_TABLE_FULL = 25,
    AL_BALANCE_DIFFERS = 26,
    AL_ORDER_MISSING = 27,
    AL_TICK_CHANGED = 28,
    AL_VENUE_STATE = 29,
    AL_HEARTBEAT_LOST = 30,
    AL_RESERVATION_REFUSED = 31,
    AL_DISK_OR_OPERATOR_HALT = 32,
    AL_BOOK_CAPACITY = 33,
    FAULT_NONE = 0,
    FAULT_TABLE = 1,
    FAULT_OVERFLOW = 2,
    FAULT_INVARIANT = 3,
    FAULT_EFFECTS = 4,
    FAULT_CAPACITY = 5,
    FAULT_OPERATOR = 6,
    FAULT_RECONCILE = 7,
    AC_RESTING = 0,
    AC_MATCHED = 1,
    AC_DELAYED = 2,
    AC_UNMATCHED = 3,
    FO_OPEN = 0,
    FO_MATCHED = 1,
    FO_CANCELED = 2,
    FO_EXPIRED = 3,
    WAKE_BBO = 1,
    WAKE_ORDER = 2,
    WAKE_PRINT = 4,
    WAKE_TIMER = 8,
    WAKE_SIGNAL = 16,
    WAKE_FEED = 32,
    FLAG_BOOK_END = 1,
    FLAG_BOOK_BEST = 2,
    FLAG_SNAP_FIRST = 1,
    FLAG_SNAP_LAST = 2,
    FLAG_META_OPEN = 1,
    FLAG_META_NEG_RISK = 2,
    FLAG_META_AUGMENTED = 4,
    FLAG_META_ASSUMED = 8,
    FLAG_ORDER_POST_ONLY = 1,
    FLAG_ORDER_OVERLAP = 2,
    FLAG_ORDER_ORIGIN = 12,
    FLAG_ROLE_TAKER = 1,
    FLAG_ROLE_MAKER = 2,
    FLAG_WS_TAKER = 4,
    FLAG_WS_MAKER = 8,
    FLAG_SIZE_KNOWN = 1,
    EV_BOOK_DELTA = 1,
    EV_BOOK_SNAPSHOT = 2,
    EV_PRINT = 3,
    EV_BEST = 4,
    EV_TICK_CHANGE = 5,
    EV_FEED = 6,
    EV_MARKET = 7,
    EV_CLUSTER = 8,
    EV_RESOLVED = 9,
    EV_RETIRE = 10,
    EV_VENUE = 11,
    EV_HEARTBEAT = 12,
    EV_CLOCK = 13,
    EV_TIMER = 14,
    EV_ACCEPTED = 20,
    EV_REJECTED = 21,
    EV_SUBMIT_UNKNOWN = 22,
    EV_CANCEL_ACCEPTED = 23,
    EV_CANCEL_REFUSED = 24,
    EV_CANCEL_UNKNOWN = 25,
    EV_PLACED = 26,
    EV_MATCHED = 27,
    EV_CANCELED = 28,
    EV_FOUND = 29,
    EV_NOT_FOUND = 30,
    EV_TRADE = 31,
    EV_OPENING = 35,
    EV_DEPOSIT = 36,
    EV_WITHDRAWAL = 37,
    EV_SPLIT = 38,
    EV_MERGE = 39,
    EV_REDEEM = 40,
    EV_CONVERSION_FAILED = 41,
    EV_ADJUSTMENT = 42,
    EV_BALANCE = 43,
    EV_LOCK = 44,
    EV_RECONCILE_BEGUN = 45,
    EV_RECONCILED = 46,
    EV_INTENT_SUBMIT = 50,
    EV_INTENT_REPLACE = 51,
    EV_INTENT_CANCEL = 52,
    EV_INTENT_CANCEL_MARKET = 53,
    EV_INTENT_CANCEL_ALL = 54,
    EV_INTENT_MERGE = 55,
    EV_INTENT_SPLIT = 56,
    EV_INTENT_REDEEM = 57,
    EV_SIGNAL = 60,
    EV_OPERATOR = 61,
    EV_RESTARTED = 62,
    EV_WAKE_ON = 63,
    EF_REFUSED = 1,
    EF_SUBMIT = 2,
    EF_CANCEL = 3,
    EF_QUERY = 4,
    EF_ORDER = 5,
    EF_FILL = 6,
    EF_SETTLED = 7,
    EF_TIMER = 8,
    EF_RESYNC = 9,
    EF_RECONCILE = 10,
    EF_ALERT = 11,
    EF_WAKE = 12,
    EF_HALT = 13,
    EF_MERGE = 14,
    EF_SPLIT = 15,
    EF_REDEEM = 16,
    EF_REFRESH = 17,
    RF_NONE = 0,
    RF_UNKNOWN_KIND = 1,
    RF_BAD_TIME = 2,
    RF_TIME_JUMP = 3,
    RF_BAD_TOKEN = 4,
    RF_OLD_GENERATION = 5,
    RF_BAD_SIDE = 6,
    RF_BAD_PRICE = 7,
    RF_BAD_SIZE = 8,
    RF_BAD_CODE = 9,
    RF_BAD_FLAGS = 10,
    RF_BAD_ID = 11,
    RF_NO_SNAPSHOT_OPEN = 12,
    RF_STALE_FACT = 15,
    RF_ILLEGAL = 16,
    RF_ORDER_UNKNOWN = 17,
    RF_HALTED = 18,
    RF_STARTING = 19,
    RF_RECONCILING = 20,
    RF_DRAINING = 21,
    RF_VENUE_RESTARTING = 22,
    RF_VENUE_DISABLED = 23,
    RF_VENUE_CANCEL_ONLY = 24,
    RF_VENUE_POST_ONLY = 25,
    RF_HEARTBEAT_LOST = 26,
    RF_MARKET_UNKNOWN = 27,
    RF_MARKET_CLOSED = 28,
    RF_CLUSTER_UNKNOWN = 29,
    RF_METADATA_STALE = 30,
    RF_NEG_RISK_HOLD = 31,
    RF_CLOSE_OUT = 32,
    RF_ORDER_ID_USED = 33,
    RF_BAD_TIF = 34,
    RF_EXPIRY_TOO_SOON = 35,
    RF_OFF_TICK = 36,
    RF_PRICE_RANGE = 37,
    RF_SIZE_GRAIN = 38,
    RF_BELOW_MIN_SIZE = 39,
    RF_BELOW_MIN_NOTIONAL = 40,
    RF_REPLACE_TARGET = 41,
    RF_FEED_NOT_SYNCED = 42,
    RF_BOOK_CROSSED = 43,
    RF_POST_ONLY_CROSS = 44,
    RF_SELF_TRADE = 45,
    RF_LOSS_STOP = 46,
    RF_NO_MARK = 47,
    RF_SHORTFALL = 48,
    RF_UNHEDGED = 49,
    RF_BREAKER_OPEN = 50,
    RF_BREAKER_PROBING = 51,
    RF_GLOBAL_BREAKER = 52,
    RF_COOLDOWN = 53,
    RF_MARKET_BUDGET = 54,
    RF_SIGNER_BUDGET = 55,
    RF_CAP_ORDERS_MARKET = 56,
    RF_CAP_ORDERS_TOTAL = 57,
    RF_CAP_MARKET = 58,
    RF_CAP_CLUSTER = 59,
    RF_CAP_TOTAL = 60,
    RF_INSUFFICIENT_CASH = 61,
    RF_INSUFFICIENT_TOKENS = 62,
    RF_ORDER_TABLE_FULL = 63,
    RF_FILL_WINDOW_FULL = 64,
    RF_CONVERSION_BUSY = 65,
    RF_REPLACE_FILLED = 66,
    RF_CANCEL_ASKED = 67,
    TI_NOT_BROADCAST = 0,
    TI_MATCHED = 1,
    TI_MINED = 2,
    TI_CONFIRMED = 3,
    TI_RETRYING = 4,
    TI_FAILED = 5,
    VD_TAKE = 0,
    VD_IGNORE_DUPLICATE = 1,
    VD_REFUSE = 2,
    VD_FAULT = 3,
    GU_yes = 0,
    GU_no = 1,
    GU_post = 2,
    GU_later = 3,
    OS_NONE = 0,
    OS_QUEUED = 1,
    OS_SENT = 2,
    OS_DELAYED = 3,
    OS_LIVE = 4,
    OS_UNKNOWN = 5,
    OS_FILLED = 6,
    OS_CANCELED = 7,
    OS_REJECTED = 8,
    OS_EXPIRED = 9,
    OI_SEND = 0,
    OI_QUEUE = 1,
    OI_RELEASE = 2,
    OI_DROP = 3,
    OI_ACCEPT_LIVE = 4,
    OI_ACCEPT_DELAYED = 5,
    OI_ACCEPT_MATCHED = 6,
    OI_ACCEPT_UNCLEAR = 7,
    OI_REJECT = 8,
    OI_KILL = 9,
    OI_LOSE = 10,
    OI_PLACED = 11,
    OI_FOUND_OPEN = 12,
    OI_MATCHED_MORE = 13,
    OI_FOUND_GONE = 14,
    OI_CANCEL_DONE = 15,
    OI_CANCEL_OWED = 16,
    OI_EXPIRE_DONE = 17,
    OI_NOT_CANCELED = 18,
    OI_CANCEL_LATER = 19,
    OI_CANCEL_LOST = 20,
    OI_FILL_PART = 21,
    OI_FILL_LAST = 22,
    OI_FILL_REST = 23,
    OI_DONE_FILLED = 24,
    OI_DONE_REST = 25,
    OI_RISEN = 26,
    OI_REVERSED = 27,
    OI_PRESUME_DEAD = 28,
    OI_OVERDUE = 29,
    OI_RESOLVED = 30,
    OI_RESTARTED = 31,
    OA_NONE = 0,
    OA_SUBMIT = 1,
    OA_QUEUE = 2,
    OA_FINISH = 3,
    OA_ACCEPT = 4,
    OA_MATCHED = 5,
    OA_LOSE = 6,
    OA_ADOPT = 7,
    OA_OWE = 8,
    OA_WANT_CANCEL = 9,
    OA_BOOK_FOREIGN = 10,
    OA_FILL = 11,
    OA_FILL_OVER = 12,
    OA_FILL_LATE = 13,
    OA_RISE = 14,
    OA_REVERSE = 15,
    OA_REQUEUE = 16,
    RS_IDLE = 0,
    RS_SUBMIT = 1,
    RS_CANCEL = 2,
    RS_QUERY = 3,
    RI_SEND = 0,
    RI_ASK_CANCEL = 1,
    RI_ASK_QUERY = 2,
    RI_SUBMIT_ANSWERED = 3,
    RI_CANCEL_ANSWERED = 4,
    RI_QUERY_ANSWERED = 5,
    RI_TIMED_OUT = 6,
    RI_FINISHED = 7,
    RI_RESTARTED = 8,
    RA_NONE = 0,
    RA_EMIT = 1,
    RA_WANT = 2,
    RA_SERVE = 3,
    TS_NONE = 0,
    TS_NOT_BROADCAST = 1,
    TS_MATCHED = 2,
    TS_MINED = 3,
    TS_CONFIRMED = 4,
    TS_RETRYING = 5,
    TS_FAILED = 6,
    TA_NONE = 0,
    TA_POST = 1,
    TA_NOTE = 2,
    TA_POST_FINAL = 3,
    TA_SETTLE = 4,
    TA_DISPUTE = 5,
    TA_POST_FAILED = 6,
    TA_UNDO = 7,
    FS_DOWN = 0,
    FS_WARMING = 1,
    FS_SYNCING = 2,
    FS_SYNCED = 3,
    FS_SUSPECT = 4,
    FS_STALE = 5,
    FI_CONNECTED = 0,
    FI_LOST = 1,
    FI_DELTA = 2,
    FI_SNAPSHOT_FIRST = 3,
    FI_SNAPSHOT_LEVELS = 4,
    FI_SNAPSHOT_LAST = 5,
    FI_SNAPSHOT_CROSSED = 6,
    FI_AGREED = 7,
    FI_WARMED = 8,
    FI_MISSING_BEST = 9,
    FI_CROSSED = 10,
    FI_TICK = 11,
    FI_HASH_GOOD = 12,
    FI_HASH_BAD = 13,
    FI_HASH_LASTING = 14,
    FI_MIRROR_MISMATCH = 15,
    FI_GAP = 16,
    FI_SILENCE = 17,
    FI_RESTARTED = 18,
    FA_NONE = 0,
    FA_DROP = 1,
    FA_APPLY = 2,
    FA_CLEAR = 3,
    FA_LEVELS = 4,
    FA_READY = 5,
    FA_SPOIL = 6,
    FA_WARM = 7,
    FA_CALM = 8,
    FA_COOL = 9,
    FA_RESYNC = 10,
    FA_DOUBT = 11,
    FA_GRID = 12,
    VS_NORMAL = 0,
    VS_POST_ONLY = 1,
    VS_CANCEL_ONLY = 2,
    VS_DISABLED = 3,
    VS_RESTARTING = 4,
    VI_SEEN_NORMAL = 0,
    VI_SEEN_POST_ONLY = 1,
    VI_SEEN_CANCEL_ONLY = 2,
    VI_SEEN_DISABLED = 3,
    VI_SEEN_RESTARTING = 4,
    VI_TIMED_OUT = 5,
    VA_NONE = 0,
    VA_RESUME = 1,
    VA_CAREFUL = 2,
    VA_STOP = 3,
    BS_CLOSED = 0,
    BS_OPEN = 1,
    BS_HALF_OPEN = 2,
    BI_COUNTED = 0,
    BI_LIMIT = 1,
    BI_ACCEPTED = 2,
    BI_COOLED = 3,
    BI_PROBE_SENT = 4,
    BI_PROBE_ACCEPTED = 5,
    BI_PROBE_REJECTED = 6,
    BI_PROBE_UNCOUNTED = 7,
    BI_TRIP = 8,
    BI_OPERATOR_RESET = 9,
    BA_NONE = 0,
    BA_COUNT = 1,
    BA_TALLY = 2,
    BA_OPEN = 3,
    BA_RESET = 4,
    BA_PROBE = 5,
    BA_REOPEN = 6,
    BA_FREE = 7,
    SS_STARTING = 0,
    SS_RECONCILING = 1,
    SS_TRADING = 2,
    SS_DRAINING = 3,
    SS_HALTED = 4,
    SI_RECONCILE_BEGUN = 0,
    SI_RECONCILED = 1,
    SI_DIFFERS = 2,
    SI_DIFFERS_AGAIN = 3,
    SI_DRAIN = 4,
    SI_RESUME = 5,
    SI_RESUME_UNREAD = 6,
    SI_HALT = 7,
    SI_RESTARTED = 8,
    SA_NONE = 0,
    SA_SETTLE = 1,
    SA_REFETCH = 2,
    SA_HALT = 3,
    SA_DRAIN = 4,
    SA_RESUME = 5,
    GC_HALTED = 0,
    GC_STARTING = 1,
    GC_RECONCILING = 2,
    GC_DRAINING = 3,
    GC_VENUE_RESTARTING = 4,
    GC_VENUE_DISABLED = 5,
    GC_VENUE_CANCEL_ONLY = 6,
    GC_VENUE_POST_ONLY = 7,
    GC_HEARTBEAT_LOST = 8,
    GC_NEG_RISK_HOLD = 9,
    GC_CLOSE_OUT = 10,
    GC_FEED_NOT_SYNCED = 11,
    GC_LOSS_STOP = 12,
    GC_NO_MARK = 13,
    GC_SHORTFALL = 14,
    GC_UNHEDGED = 15,
    GC_BREAKER_OPEN = 16,
    GC_COOLDOWN = 17,
    GC_MARKET_BUDGET = 18,
    GC_SIGNER_BUDGET = 19,
    CT_TAKEN = 0,
    CT_IGNORED = 1,
    CT_REFUSED = 2,
    CT_LATE_TIMES = 3,
    CT_DELTAS = 4,
    CT_LEVELS_PRUNED = 5,
    CT_BEST_MISSING = 6,
    CT_GROUPS = 7,
    CT_GROUPS_AGREED = 8,
    CT_SNAPSHOTS = 9,
    CT_CROSSED_GROUPS = 10,
    CT_CROSSED_SNAPSHOTS = 11,
    CT_HASH_BAD = 12,
    CT_MIRROR_MISMATCHES = 13,
    CT_GAPS = 14,
    CT_RESYNCS = 15,
    CT_PRINTS = 16,
    CT_SUBMITS = 17,
    CT_CANCELS = 18,
    CT_QUERIES = 19,
    CT_FILLS = 20,
    CT_FILLS_FOREIGN = 21,
    CT_FILLS_LATE = 22,
    CT_FILLS_OVER = 23,
    CT_REVERSALS = 24,
    CT_DISPUTES = 25,
    CT_STALE_FACTS = 26,
    CT_ROLE_DISAGREEMENTS = 27,
    CT_REJECTS_COUNTED = 28,
    CT_REJECTS_UNCOUNTED = 29,
    CT_ADOPTED = 30,
    CT_RISEN = 31,
    CT_TIMERS = 32,
    CT_WAKES = 33,
    CT_ALERTS = 34,
    CT_KEYS_PURGED = 35,
    N_COUNTERS = 36,
    N_REFUSALS = 68,
    ORDER_CELLS = 0,
    N_ORDER_STATES = 10,
    REQUEST_CELLS = 320,
    N_REQUEST_STATES = 4,
    TRADE_CELLS = 356,
    N_TRADE_STATES = 7,
    FEED_CELLS = 398,
    N_FEED_STATES = 6,
    VENUE_CELLS = 512,
    N_VENUE_STATES = 5,
    BREAKER_CELLS = 542,
    N_BREAKER_STATES = 3,
    SESSION_CELLS = 572,
    N_SESSION_STATES = 5,
    N_CELLS = 617,
    NEED_TOKEN = 1,
    NEED_CASH_OR_TOKEN = 2,
    NEED_SIDE = 4,
    NEED_PRICE = 8,
    NEED_BEST = 16,
    NEED_SIZE = 32,
    NEED_POSITIVE = 64,
    NEED_AMOUNT = 128,
    NEED_ORDER = 256,
    NEED_REF = 512,
    NEED_KNOWN_SIZE = 1024
};
typedef struct {
    int64_t time_ns;  /* our time, UTC nanoseconds */
    int64_t venue_time_ns;  /* the venue's time, 0 if it gave none */
    uint64_t order_id;  /* our order id */
    uint64_t ref;  /* trade id, replaced order, or as the kind says */
    int64_t size;  /* microshares, or as the kind says */
    int64_t amount;  /* micro-pUSD, or as the kind says */
    uint32_t token;  /* token index; its complement is token ^ 1 */
    int16_t price_pips;  /* 0.0001 pUSD */
    int16_t bid_pips;  /* the venue's best bid, or as the kind says */
    int16_t ask_pips;  /* the venue's best ask, or as the kind says */
    uint16_t generation;  /* how often this token slot was given away before */
    uint8_t kind;  /* EventKind */
    uint8_t side;  /* Side */
    uint8_t code;  /* an enum named by the kind */
    uint8_t flags;  /* bits named by the kind */
} Event;
typedef struct {
    uint64_t seq;  /* sequence number of the event that caused it */
    int64_t time_ns;  /* the engine's time */
    uint64_t order_id;  /* our order id */
    uint64_t ref;  /* trade id, salt, or as the kind says */
    int64_t size;  /* microshares, or as the kind says */
    int64_t amount;  /* micro-pUSD, or as the kind says */
    int64_t deadline_ns;  /* expiry, timer, end of a pause */
    uint32_t token;  /* token index or NO_TOKEN */
    int16_t price_pips;  /* 0.0001 pUSD */
    uint16_t generation;  /* generation of the token slot */
    uint8_t kind;  /* EffectKind */
    uint8_t side;  /* Side */
    uint8_t code;  /* an enum named by the kind */
    uint8_t flags;  /* bits named by the kind */
    uint32_t aux;  /* as the kind says */
} Effect;
_Static_assert(sizeof(Event) == 64, "Event has padding");
_Static_assert(sizeof(Effect) == 72, "Effect has padding");
typedef struct {
    int64_t tokens;
    int64_t wide_books;
    int64_t orders;
    int64_t fills;
    int64_t tombstones;
    int64_t max_time_step_ns;
    int64_t cooldown_ns;
    int64_t reject_limit;
    int64_t breaker_base_ns;
    int64_t breaker_max_ns;
    int64_t global_markets;
    int64_t global_window_ns;
    int64_t request_timeout_ns;
    int64_t unknown_looks;
    int64_t unknown_span_ns;
    int64_t owed_timeout_ns;
    int64_t cancel_retry_ns;
    int64_t venue_retry_ns;
    int64_t post_only_ns;
    int64_t stale_after_ns;
    int64_t warm_time_ns;
    int64_t warm_groups;
    int64_t metadata_cycle_ns;
    int64_t loss_market_micros;
    int64_t loss_day_micros;
    int64_t loss_session_micros;
    int64_t loss_persist_ns;
    int64_t loss_check_ns;
    int64_t mark_age_ns;
    int64_t cap_market_micros;
    int64_t cap_cluster_micros;
    int64_t cap_total_micros;
    int64_t cap_orders_market;
    int64_t cap_orders_total;
    int64_t signer_rate;
    int64_t signer_burst;
    int64_t market_rate;
    int64_t market_burst;
    int64_t cancel_rate;
    int64_t cancel_burst;
    int64_t gtd_min_ns;
    int64_t min_notional_micros;
    int64_t cash_low_pips;
    int64_t dust;
    int64_t fallback_metadata;
    int64_t cancel_foreign;
    int64_t salt_base;
} Config;
typedef struct { uint8_t next, action, verdict; } Cell;
static const Cell ORDER_TABLE[32][10] = {
    {{2,1,0},{1,0,3},{2,0,3},{3,0,3},{4,0,3},{5,0,3},{6,0,3},{7,0,3},{8,0,3},{9,0,3}},  /* SEND */
    {{1,2,0},{1,0,3},{2,0,3},{3,0,3},{4,0,3},{5,0,3},{6,0,3},{7,0,3},{8,0,3},{9,0,3}},  /* QUEUE */
    {{0,0,3},{2,1,0},{2,0,3},{3,0,3},{4,0,3},{5,0,3},{6,0,3},{7,0,3},{8,0,3},{9,0,3}},  /* RELEASE */
    {{0,0,3},{7,3,0},{2,0,3},{3,0,3},{4,0,3},{5,0,3},{6,0,3},{7,0,3},{8,0,3},{9,0,3}},  /* DROP */
    {{0,0,2},{1,0,2},{4,4,0},{4,4,0},{4,0,1},{4,4,0},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* ACCEPT_LIVE */
    {{0,0,2},{1,0,2},{3,4,0},{3,0,1},{4,0,1},{3,4,0},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* ACCEPT_DELAYED */
    {{0,0,2},{1,0,2},{4,5,0},{4,5,0},{4,5,0},{4,5,0},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* ACCEPT_MATCHED */
    {{0,0,2},{1,0,2},{5,6,0},{5,6,0},{4,0,1},{5,0,1},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* ACCEPT_UNCLEAR */
    {{0,0,2},{1,0,2},{8,3,0},{8,3,0},{5,6,0},{8,3,0},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* REJECT */
    {{0,0,2},{1,0,2},{7,3,0},{7,3,0},{7,3,0},{7,3,0},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* KILL */
    {{0,0,2},{1,0,2},{5,6,0},{5,6,0},{4,0,1},{5,0,1},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* LOSE */
    {{4,7,0},{1,0,2},{4,4,0},{4,4,0},{4,0,1},{4,4,0},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* PLACED */
    {{4,7,0},{1,0,2},{4,4,0},{4,4,0},{4,5,0},{4,4,0},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* FOUND_OPEN */
    {{4,7,0},{1,0,2},{4,5,0},{4,5,0},{4,5,0},{4,5,0},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* MATCHED_MORE */
    {{0,0,2},{1,0,2},{5,6,0},{5,6,0},{5,6,0},{5,0,1},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* FOUND_GONE */
    {{0,0,2},{1,0,2},{7,3,0},{7,3,0},{7,3,0},{7,3,0},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* CANCEL_DONE */
    {{0,0,2},{1,0,2},{4,8,0},{4,8,0},{4,8,0},{4,8,0},{6,0,1},{4,8,0},{4,8,0},{4,8,0}},  /* CANCEL_OWED */
    {{0,0,2},{1,0,2},{9,3,0},{9,3,0},{9,3,0},{9,3,0},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* EXPIRE_DONE */
    {{0,0,2},{1,0,2},{2,0,1},{3,0,1},{5,6,0},{5,0,1},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* NOT_CANCELED */
    {{0,0,2},{1,0,2},{2,9,0},{3,9,0},{4,9,0},{5,9,0},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* CANCEL_LATER */
    {{0,0,2},{1,0,2},{2,0,1},{3,0,1},{5,6,0},{5,0,1},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* CANCEL_LOST */
    {{0,10,0},{1,10,0},{4,11,0},{4,11,0},{4,11,0},{4,11,0},{6,12,0},{7,13,0},{8,13,0},{9,13,0}},  /* FILL_PART */
    {{0,10,0},{1,10,0},{6,11,0},{6,11,0},{6,11,0},{6,11,0},{6,12,0},{6,13,0},{6,13,0},{6,13,0}},  /* FILL_LAST */
    {{0,10,0},{1,10,0},{7,11,0},{7,11,0},{7,11,0},{7,11,0},{6,12,0},{7,13,0},{8,13,0},{9,13,0}},  /* FILL_REST */
    {{0,0,3},{1,0,3},{2,0,3},{3,0,3},{6,3,0},{5,0,3},{6,0,3},{7,0,3},{8,0,3},{9,0,3}},  /* DONE_FILLED */
    {{0,0,3},{1,0,3},{2,0,3},{3,0,3},{7,3,0},{5,0,3},{6,0,3},{7,0,3},{8,0,3},{9,0,3}},  /* DONE_REST */
    {{0,0,3},{1,0,3},{2,0,3},{3,0,3},{4,0,3},{5,0,3},{4,14,0},{4,14,0},{4,14,0},{4,14,0}},  /* RISEN */
    {{0,15,0},{1,15,0},{2,15,0},{3,15,0},{4,15,0},{5,15,0},{6,15,0},{7,15,0},{8,15,0},{9,15,0}},  /* REVERSED */
    {{0,0,3},{1,0,3},{2,0,3},{3,0,3},{4,0,3},{7,3,0},{6,0,3},{7,0,3},{8,0,3},{9,0,3}},  /* PRESUME_DEAD */
    {{0,0,3},{1,0,3},{2,0,3},{5,6,0},{5,6,0},{5,0,3},{6,0,3},{7,0,3},{8,0,3},{9,0,3}},  /* OVERDUE */
    {{0,0,2},{7,3,0},{5,6,0},{5,6,0},{5,6,0},{5,0,1},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* RESOLVED */
    {{0,0,2},{1,16,0},{5,6,0},{5,6,0},{4,16,0},{5,16,0},{6,0,1},{7,0,1},{8,0,1},{9,0,1}},  /* RESTARTED */
};
static const Cell REQUEST_TABLE[9][4] = {
    {{1,0,0},{1,0,3},{2,0,3},{3,0,3}},  /* SEND */
    {{2,1,0},{1,2,0},{2,0,1},{3,2,0}},  /* ASK_CANCEL */
    {{3,1,0},{1,2,0},{2,2,0},{3,0,1}},  /* ASK_QUERY */
    {{0,0,1},{0,3,0},{2,0,1},{3,0,1}},  /* SUBMIT_ANSWERED */
    {{0,0,1},{1,0,1},{0,3,0},{3,0,1}},  /* CANCEL_ANSWERED */
    {{0,0,1},{1,0,1},{2,0,1},{0,3,0}},  /* QUERY_ANSWERED */
    {{0,0,3},{0,3,0},{0,3,0},{0,3,0}},  /* TIMED_OUT */
    {{0,0,0},{0,0,0},{0,0,0},{0,0,0}},  /* FINISHED */
    {{0,3,0},{0,3,0},{0,3,0},{0,3,0}},  /* RESTARTED */
};
static const Cell TRADE_TABLE[6][7] = {
    {{1,1,0},{1,0,1},{2,0,1},{3,0,1},{4,0,1},{5,0,1},{6,0,1}},  /* NOT_BROADCAST */
    {{2,1,0},{2,2,0},{2,0,1},{3,0,1},{4,0,1},{5,0,1},{6,0,1}},  /* MATCHED */
    {{3,1,0},{3,2,0},{3,2,0},{3,0,1},{4,0,1},{3,2,0},{6,0,1}},  /* MINED */
    {{4,3,0},{4,4,0},{4,4,0},{4,4,0},{4,0,1},{4,4,0},{6,5,0}},  /* CONFIRMED */
    {{5,1,0},{5,2,0},{5,2,0},{5,2,0},{4,0,1},{5,0,1},{6,0,1}},  /* RETRYING */
    {{6,6,0},{6,7,0},{6,7,0},{6,7,0},{4,5,0},{6,7,0},{6,0,1}},  /* FAILED */
};
static const Cell FEED_TABLE[19][6] = {
    {{0,0,0},{1,0,1},{2,0,1},{3,0,1},{4,0,1},{5,0,1}},  /* CONNECTED */
    {{0,0,1},{0,1,0},{0,1,0},{0,1,0},{0,1,0},{0,1,0}},  /* LOST */
    {{1,2,0},{1,2,0},{2,2,0},{3,2,0},{4,2,0},{5,2,0}},  /* DELTA */
    {{2,3,0},{2,3,0},{2,3,0},{2,3,0},{2,3,0},{2,3,0}},  /* SNAPSHOT_FIRST */
    {{0,0,2},{1,0,2},{2,4,0},{3,0,2},{4,0,2},{5,0,2}},  /* SNAPSHOT_LEVELS */
    {{0,0,2},{1,0,2},{3,5,0},{3,0,2},{4,0,2},{5,0,2}},  /* SNAPSHOT_LAST */
    {{0,0,2},{1,0,2},{5,6,0},{3,0,2},{4,0,2},{5,0,2}},  /* SNAPSHOT_CROSSED */
    {{0,0,1},{1,7,0},{2,0,1},{3,0,0},{3,8,0},{5,0,0}},  /* AGREED */
    {{0,0,3},{3,8,0},{2,0,3},{3,0,3},{4,0,3},{5,0,3}},  /* WARMED */
    {{0,0,1},{1,9,0},{2,0,1},{5,10,0},{5,10,0},{5,0,0}},  /* MISSING_BEST */
    {{0,0,1},{1,9,0},{2,0,1},{4,11,0},{4,11,0},{5,0,0}},  /* CROSSED */
    {{0,12,0},{1,12,0},{2,12,0},{4,12,0},{4,12,0},{5,12,0}},  /* TICK */
    {{0,0,1},{1,0,0},{2,0,1},{3,0,0},{3,8,0},{5,0,0}},  /* HASH_GOOD */
    {{0,0,1},{1,0,0},{2,0,1},{4,11,0},{4,11,0},{5,0,0}},  /* HASH_BAD */
    {{0,0,1},{1,0,0},{2,0,1},{5,10,0},{5,10,0},{5,0,0}},  /* HASH_LASTING */
    {{0,0,1},{1,0,0},{2,0,1},{4,11,0},{4,11,0},{5,0,0}},  /* MIRROR_MISMATCH */
    {{0,0,1},{5,10,0},{5,10,0},{5,10,0},{5,10,0},{5,0,0}},  /* GAP */
    {{0,0,1},{5,10,0},{5,10,0},{5,10,0},{5,10,0},{5,0,0}},  /* SILENCE */
    {{0,0,0},{0,1,0},{0,1,0},{0,1,0},{0,1,0},{0,1,0}},  /* RESTARTED */
};
static const Cell VENUE_TABLE[6][5] = {
    {{0,0,0},{0,1,0},{0,1,0},{0,1,0},{1,2,0}},  /* SEEN_NORMAL */
    {{1,2,0},{1,2,0},{1,2,0},{1,2,0},{1,2,0}},  /* SEEN_POST_ONLY */
    {{2,3,0},{2,3,0},{2,3,0},{2,3,0},{2,3,0}},  /* SEEN_CANCEL_ONLY */
    {{3,3,0},{3,3,0},{3,3,0},{3,3,0},{3,3,0}},  /* SEEN_DISABLED */
    {{4,3,0},{4,3,0},{4,3,0},{4,3,0},{4,3,0}},  /* SEEN_RESTARTING */
    {{0,0,3},{0,1,0},{1,2,0},{1,2,0},{1,2,0}},  /* TIMED_OUT */
};
static const Cell BREAKER_TABLE[10][3] = {
    {{0,1,0},{1,2,0},{2,2,0}},  /* COUNTED */
    {{1,3,0},{1,2,0},{2,2,0}},  /* LIMIT */
    {{0,4,0},{1,0,0},{2,0,0}},  /* ACCEPTED */
    {{0,0,3},{2,0,0},{2,0,3}},  /* COOLED */
    {{0,0,3},{1,0,3},{2,5,0}},  /* PROBE_SENT */
    {{0,0,3},{1,0,3},{0,4,0}},  /* PROBE_ACCEPTED */
    {{0,0,3},{1,0,3},{1,6,0}},  /* PROBE_REJECTED */
    {{0,0,3},{1,0,3},{2,7,0}},  /* PROBE_UNCOUNTED */
    {{1,3,0},{1,0,0},{2,0,0}},  /* TRIP */
    {{0,0,1},{0,4,0},{0,4,0}},  /* OPERATOR_RESET */
};
static const Cell SESSION_TABLE[9][5] = {
    {{1,0,0},{1,0,1},{2,0,0},{3,0,0},{4,0,2}},  /* RECONCILE_BEGUN */
    {{0,0,2},{2,1,0},{2,1,0},{3,1,0},{4,1,0}},  /* RECONCILED */
    {{0,0,2},{1,2,0},{1,2,0},{3,2,0},{4,0,0}},  /* DIFFERS */
    {{0,0,2},{4,3,0},{4,3,0},{4,3,0},{4,0,1}},  /* DIFFERS_AGAIN */
    {{3,4,0},{3,4,0},{3,4,0},{3,4,0},{4,4,0}},  /* DRAIN */
    {{0,0,2},{1,0,2},{2,0,1},{2,5,0},{4,0,2}},  /* RESUME */
    {{0,0,2},{1,0,2},{2,0,1},{1,2,0},{4,0,2}},  /* RESUME_UNREAD */
    {{4,3,0},{4,3,0},{4,3,0},{4,3,0},{4,0,1}},  /* HALT */
    {{0,0,0},{1,0,0},{1,0,0},{3,0,0},{1,0,0}},  /* RESTARTED */
};
static const uint8_t GUARD_TABLE[20][4] = {
    {1,1,0,1}  /* HALTED */,
    {1,1,0,1}  /* STARTING */,
    {1,1,0,1}  /* RECONCILING */,
    {1,0,0,0}  /* DRAINING */,
    {1,1,3,0}  /* VENUE_RESTARTING */,
    {1,1,3,0}  /* VENUE_DISABLED */,
    {1,1,0,0}  /* VENUE_CANCEL_ONLY */,
    {2,2,0,0}  /* VENUE_POST_ONLY */,
    {1,1,0,0}  /* HEARTBEAT_LOST */,
    {1,1,0,1}  /* NEG_RISK_HOLD */,
    {1,0,0,0}  /* CLOSE_OUT */,
    {1,1,0,0}  /* FEED_NOT_SYNCED */,
    {1,0,0,0}  /* LOSS_STOP */,
    {1,0,0,0}  /* NO_MARK */,
    {1,0,0,0}  /* SHORTFALL */,
    {1,0,0,0}  /* UNHEDGED */,
    {1,1,0,0}  /* BREAKER_OPEN */,
    {1,0,0,0}  /* COOLDOWN */,
    {1,1,0,0}  /* MARKET_BUDGET */,
    {1,1,0,0}  /* SIGNER_BUDGET */
};
static const uint8_t REJECT_COUNTED[22] = {1,1,1,1,1,1,1,1,1,1,1,1,1,1,0,0,0,0,0,0,0,0};
typedef struct { uint16_t needs; uint8_t codes, flags, known; } KindRule;
static const KindRule KIND_RULES[256] = {
    {0,0,0,0},
    {45,0,3,1},  /* 1 BOOK_DELTA */
    {5,0,3,1},  /* 2 BOOK_SNAPSHOT */
    {77,0,0,1},  /* 3 PRINT */
    {17,0,1,1},  /* 4 BEST */
    {9,0,0,1},  /* 5 TICK_CHANGE */
    {2,7,0,1},  /* 6 FEED */
    {169,0,15,1},  /* 7 MARKET */
    {0,0,6,1},  /* 8 CLUSTER */
    {9,0,0,1},  /* 9 RESOLVED */
    {1,0,0,1},  /* 10 RETIRE */
    {0,5,0,1},  /* 11 VENUE */
    {0,2,0,1},  /* 12 HEARTBEAT */
    {0,0,0,1},  /* 13 CLOCK */
    {0,0,0,1},  /* 14 TIMER */
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {1280,4,1,1},  /* 20 ACCEPTED */
    {256,22,0,1},  /* 21 REJECTED */
    {256,0,0,1},  /* 22 SUBMIT_UNKNOWN */
    {1280,0,1,1},  /* 23 CANCEL_ACCEPTED */
    {256,9,0,1},  /* 24 CANCEL_REFUSED */
    {256,0,0,1},  /* 25 CANCEL_UNKNOWN */
    {429,4,1,1},  /* 26 PLACED */
    {429,4,1,1},  /* 27 MATCHED */
    {1280,9,1,1},  /* 28 CANCELED */
    {429,4,1,1},  /* 29 FOUND */
    {256,0,0,1},  /* 30 NOT_FOUND */
    {845,6,15,1},  /* 31 TRADE */
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {130,0,0,1},  /* 35 OPENING */
    {130,0,0,1},  /* 36 DEPOSIT */
    {130,0,0,1},  /* 37 WITHDRAWAL */
    {65,0,0,1},  /* 38 SPLIT */
    {65,0,0,1},  /* 39 MERGE */
    {73,0,0,1},  /* 40 REDEEM */
    {1,0,0,1},  /* 41 CONVERSION_FAILED */
    {2,0,0,1},  /* 42 ADJUSTMENT */
    {130,0,0,1},  /* 43 BALANCE */
    {128,0,0,1},  /* 44 LOCK */
    {0,0,0,1},  /* 45 RECONCILE_BEGUN */
    {0,0,0,1},  /* 46 RECONCILED */
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {333,4,13,1},  /* 50 INTENT_SUBMIT */
    {845,4,15,1},  /* 51 INTENT_REPLACE */
    {256,0,0,1},  /* 52 INTENT_CANCEL */
    {1,0,0,1},  /* 53 INTENT_CANCEL_MARKET */
    {0,0,0,1},  /* 54 INTENT_CANCEL_ALL */
    {65,0,0,1},  /* 55 INTENT_MERGE */
    {65,0,0,1},  /* 56 INTENT_SPLIT */
    {65,0,0,1},  /* 57 INTENT_REDEEM */
    {0,0,0,0},
    {0,0,0,0},
    {2,0,0,1},  /* 60 SIGNAL */
    {2,8,0,1},  /* 61 OPERATOR */
    {0,0,0,1},  /* 62 RESTARTED */
    {1,0,63,1},  /* 63 WAKE_ON */
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
    {0,0,0,0},
};
#endif
