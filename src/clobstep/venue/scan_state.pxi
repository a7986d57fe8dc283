# The scanner's words and tables: keys, what can be wrong, one message, one scan.
# Owns: the C structures. Everything else works on a Scan.

cdef enum:
    MAX_DEPTH = 64                     # arrays and objects within each other
    MAX_PROBLEMS = 32                  # told of one message; more are counted
    BEST_KNOWN = FLAG_BOOK_BEST

cdef enum:                             # keys
    K_OTHER
    K_EVENT_TYPE
    K_MARKET
    K_ASSET_ID
    K_TIMESTAMP
    K_HASH
    K_PRICE
    K_SIZE
    K_SIDE
    K_BEST_BID
    K_BEST_ASK
    K_NEW_TICK_SIZE
    K_WINNING_ASSET_ID
    K_PRICE_CHANGES
    K_CHANGES
    K_BIDS
    K_ASKS
    K_TICK_SIZE
    K_MIN_ORDER_SIZE
    K_NEG_RISK
    K_LAST_TRADE_PRICE
    N_KEYS

# A key's place here is its number above.
KEY_NAMES = (
    "", "event_type", "market", "asset_id", "timestamp", "hash", "price", "size", "side", "best_bid",
    "best_ask", "new_tick_size", "winning_asset_id", "price_changes", "changes", "bids", "asks",
    "tick_size", "min_order_size", "neg_risk", "last_trade_price",
)

cdef enum:                             # sorts of JSON values
    V_ABSENT
    V_STRING
    V_NUMBER
    V_NULL
    V_TRUE
    V_FALSE
    V_NESTED

# Places as below.
PROBLEM_NAMES = (
    "NONE", "SYNTAX", "DEPTH", "TAIL", "NOT_OBJECT", "TWICE", "MISSING", "SORT", "NUMBER", "NEGATIVE",
    "DECIMALS", "RANGE", "SIDE", "TICK", "TIME", "NO_TIME", "UNKNOWN_TYPE", "NO_TYPE", "NEW_MARKET",
    "STRANGER",
)

cdef enum:                             # what can be wrong
    P_NONE
    P_SYNTAX                           # not JSON from here on
    P_DEPTH                            # nested too deep to be read on
    P_TAIL                             # more text after the message's end
    P_NOT_OBJECT                       # an element that is no object
    P_TWICE                            # a key twice, or both forms of changes
    P_MISSING
    P_SORT                             # a value of another sort than expected
    P_NUMBER                           # no plain decimal
    P_NEGATIVE
    P_DECIMALS                         # finer than the grid of pips or microshares
    P_RANGE
    P_SIDE
    P_TICK
    P_TIME                             # the venue's time cannot be read: 0 is written
    P_NO_TIME                          # neither the venue's time nor ours
    P_UNKNOWN_TYPE
    P_NO_TYPE                          # no event_type, and no shape that is known
    P_NEW_MARKET
    P_STRANGER                         # an asset that has no token

cdef enum:                             # kinds of messages
    M_UNKNOWN
    M_BOOK
    M_PRICE_CHANGE
    M_LAST_TRADE_PRICE
    M_TICK_SIZE_CHANGE
    M_BEST_BID_ASK
    M_NEW_MARKET
    M_MARKET_RESOLVED

BOOK, CHANGE, PRINT, TICK = M_BOOK, M_PRICE_CHANGE, M_LAST_TRADE_PRICE, M_TICK_SIZE_CHANGE

ctypedef struct Span:                  # a JSON value: its text without quotes, escapes resolved
    const uint8_t* at
    int64_t n
    int32_t sort
    int32_t is_roomy                   # of a string: sixteen bytes from `at` are of the message, a quote ends it

ctypedef struct Change:                # one entry of price_changes or changes
    const uint8_t* hash_at
    Span asset                         # only while token is NO_TOKEN
    int64_t size
    uint32_t token
    int32_t hash_n
    int32_t entry                      # its place in the array
    int16_t price_pips
    int16_t bid_pips
    int16_t ask_pips
    uint8_t side
    uint8_t flags
    uint8_t bad                        # could not be read: nothing is known but, perhaps, the asset
    uint8_t done

ctypedef struct Level:
    int64_t size
    int16_t price_pips

ctypedef struct Side:                  # one side of a book message
    Level* levels
    int64_t n
    int sort                           # V_ABSENT, V_NULL, V_NESTED: an array

ctypedef struct Trouble:
    int code
    int key
    int part                           # the array it stands in, K_OTHER for none
    int64_t entry                      # which element of it
    int64_t at                         # offset in the message: of the value, else of the object
    const uint8_t* text                # of the value, or NULL
    int64_t n

ctypedef struct Mark:                  # what a hash check needs of one change, book, print or tick
    Span hash
    Span stated[4]                     # a book's tick_size, min_order_size, neg_risk, last_trade_price
    int64_t venue_time_ns
    int64_t object_event               # the first event of the object it stands in
    int64_t first_event                # its own first event; a dropped twin has none
    uint32_t token
    int kind                           # M_BOOK, M_PRICE_CHANGE, M_LAST_TRADE_PRICE, M_TICK_SIZE_CHANGE

ctypedef struct Counts:
    int64_t messages
    int64_t empty
    int64_t pings
    int64_t books
    int64_t price_changes
    int64_t last_trade_prices
    int64_t tick_size_changes
    int64_t best_bid_asks
    int64_t new_markets
    int64_t markets_resolved
    int64_t unknown_types
    int64_t not_taken                  # objects of a known type that gave no event
    int64_t events
    int64_t deltas
    int64_t twins_dropped
    int64_t mirror_mismatches
    int64_t gaps
    int64_t troubles
    int64_t fast

ctypedef struct Message:               # one JSON object
    Span fields[N_KEYS]
    Side sides[2]
    const uint8_t* start
    int64_t first_trouble              # troubles[] before it are of other objects
    int64_t first_event                # and events
    int64_t venue_time_ns
    int64_t time_ns
    uint32_t seen                      # a bit a key
    int changes                        # K_PRICE_CHANGES, K_CHANGES or K_OTHER: which array was read
    int twice                          # a key that stands there twice: not taken
    int bad[2]                         # something of the changes, of the levels could not be read

ctypedef struct Scan:
    const uint8_t* base                # the message
    const uint8_t* p
    const uint8_t* end
    uint8_t* arena                     # texts whose escapes are resolved; as long as the message
    int64_t arena_n
    Change* changes
    int64_t n_changes
    Level* levels                      # both sides' levels, bids from the front, asks from half way
    int64_t room                       # of changes, and of levels on each side
    Event* events
    int64_t n_events
    int64_t event_room
    Mark* marks                        # as many as events, or NULL: not wanted
    int64_t n_marks
    Trouble troubles[MAX_PROBLEMS]
    int64_t n_troubles
    int64_t time_ns                    # ours, below 0: take the venue's
    int64_t assumed_delay_ns           # added to the venue's time where it is taken for ours
    int64_t fault_at
    int fault                          # P_SYNTAX or P_DEPTH: reading ended
    int use_fast
    Table* table
    void* owner
    Counts counts
    Message message
