"""Enums of the core.

generated from schema.py by `python -m clobstep.codegen`; do not edit.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final

LAYOUT_HASH: Final = 0xBFBBD6CAA0E1E7BD
RULES_VERSION: Final = 3
NO_TOKEN: Final = 4_294_967_295
PIPS: Final = 10_000
SIZE_GRAIN: Final = 10_000
CASH_GRAIN: Final = 10_000
SHARES_GRAIN: Final = 100
FEE_GRAIN: Final = 10
WATERMARK_MARGIN_NS: Final = 2_000_000_000
CHUNK: Final = 4_096
MAX_TIME_NS: Final = 4_611_686_018_427_387_904
MAX_SIZE: Final = 900_000_000_000_000
FALLBACK_TICK: Final = 100
FALLBACK_MIN_SIZE: Final = 15_000_000
FALLBACK_FEE_PPM: Final = 100_000
EVENT_FIELDS: Final = (
    ("time_ns", "<i8"),
    ("venue_time_ns", "<i8"),
    ("order_id", "<u8"),
    ("ref", "<u8"),
    ("size", "<i8"),
    ("amount", "<i8"),
    ("token", "<u4"),
    ("price_pips", "<i2"),
    ("bid_pips", "<i2"),
    ("ask_pips", "<i2"),
    ("generation", "<u2"),
    ("kind", "u1"),
    ("side", "u1"),
    ("code", "u1"),
    ("flags", "u1"),
)
EFFECT_FIELDS: Final = (
    ("seq", "<u8"),
    ("time_ns", "<i8"),
    ("order_id", "<u8"),
    ("ref", "<u8"),
    ("size", "<i8"),
    ("amount", "<i8"),
    ("deadline_ns", "<i8"),
    ("token", "<u4"),
    ("price_pips", "<i2"),
    ("generation", "<u2"),
    ("kind", "u1"),
    ("side", "u1"),
    ("code", "u1"),
    ("flags", "u1"),
    ("aux", "<u4"),
)
COUNTERS: Final = (
    "taken",
    "ignored",
    "refused",
    "late_times",
    "deltas",
    "levels_pruned",
    "best_missing",
    "groups",
    "groups_agreed",
    "snapshots",
    "crossed_groups",
    "crossed_snapshots",
    "hash_bad",
    "mirror_mismatches",
    "gaps",
    "resyncs",
    "prints",
    "submits",
    "cancels",
    "queries",
    "fills",
    "fills_foreign",
    "fills_late",
    "fills_over",
    "reversals",
    "disputes",
    "stale_facts",
    "role_disagreements",
    "rejects_counted",
    "rejects_uncounted",
    "adopted",
    "risen",
    "timers",
    "wakes",
    "alerts",
    "keys_purged",
)


class Side(IntEnum):
    BUY = 0  # bid
    SELL = 1  # ask


class Tif(IntEnum):
    GTC = 0  # good till cancelled
    GTD = 1  # good till date; the venue ends it 60 s early
    FOK = 2  # fill or kill; a BUY is for an amount of pUSD
    FAK = 3  # fill and kill; a BUY is for an amount of pUSD


class Origin(IntEnum):
    MAKER_QUOTE = 0
    TAKER_ARB = 1
    SATELLITE = 2
    OTHER = 3
    FOREIGN = 4


class Liquidity(IntEnum):
    MAKER = 0  # no fee
    TAKER = 1  # pays the fee
    UNKNOWN = 2  # counted as a taker for fees and risk


class Evidence(IntEnum):
    ORDER_ROLE = 0  # our order id is the trade's taker order, or one of its maker orders
    POST_ONLY = 1  # a post-only order cannot take
    SPREAD_CROSS = 2  # the limit crossed the opposite best when the order left, or did not
    WS_FLAG = 3  # the user channel's trader_side
    NONE = 4  # no evidence at all


class Reject(IntEnum):
    OTHER = 0  # a text nobody has seen before
    TICK = 1  # breaks the minimum tick size rule
    MIN_SIZE = 2  # lower than the minimum
    MIN_NOTIONAL = 3  # marketable BUY below 1 pUSD
    AMOUNTS = 4  # invalid amounts
    BALANCE = 5  # not enough balance or allowance
    EXPIRATION = 6  # invalid expiration
    MARKET_NOT_READY = 7  # the market is not yet ready
    MARKET_CLOSED = 8  # order book does not exist, or is closed
    PAYLOAD = 9  # invalid payload, owner, signer or signature
    BANNED = 10  # address banned or closed only
    AUTH = 11  # unauthorized or invalid API key
    MATCH_DELAYED = 12  # match delayed due to market conditions
    TIMED_OUT = 13  # rejected before it reached the book
    POST_ONLY_CROSS = 14  # the post-only order crosses the book
    KILLED = 15  # FOK not filled whole, or FAK without a match: a normal end
    RATE_LIMIT = 16  # 429
    RESTARTING = 17  # 425: the matching engine restarts
    POST_ONLY_MODE = 18  # 503: only post-only orders
    CANCEL_ONLY = 19  # 503: only cancels
    DISABLED = 20  # 503: trading is disabled
    DUPLICATED = 21  # already placed: the outcome is not known


class CancelReason(IntEnum):
    USER = 0  # asked for
    EXPIRED = 1  # the order's own expiry
    BALANCE = 2  # the venue cancelled it for lack of balance
    RESOLVED = 3  # the market resolved
    KILLED = 4  # FAK or FOK remainder
    INVALID = 5  # status INVALID
    MATCHED_OR_GONE = 6  # refusal: already cancelled or matched, or not found
    LATER = 7  # refusal: it did not reach the book (425, 429, 503)
    OTHER = 8  # any other text


class OperatorCode(IntEnum):
    DRAIN = 0  # no new risk, cancel all
    RESUME = 1  # end DRAINING and the session's loss stop
    HALT = 2  # stop; only a restart that reconciles ends it
    CANCEL_ALL = 3  # cancel every open order; works in every state
    LIFT_HOLD = 4  # end a negRisk hold (of a token's market, or of all)
    LIFT_LOSS_STOP = 5  # end a market's loss stop
    RESET_BREAKER = 6  # close a market's breaker, or the global one
    CLEAR_UNHEDGED = 7  # the operator has hedged by hand


class FeedSign(IntEnum):
    CONNECTED = 0
    LOST = 1
    HASH_GOOD = 2
    HASH_BAD = 3
    HASH_LASTING = 4
    MIRROR_MISMATCH = 5
    GAP = 6


class Heartbeat(IntEnum):
    HEALTHY = 0
    LOST_BEAT = 1


class Alert(IntEnum):
    METADATA_ASSUMED = 0  # metadata unknown: the conservative fallback is used
    NEG_RISK_HOLD = 1  # a negRisk or augmented flag appeared: market held, orders cancelled
    NEG_RISK_CLEARED = 2  # such a flag went away; the hold stays until lifted
    BREAKER_OPEN = 3  # rejects in a row: market paused
    GLOBAL_BREAKER_OPEN = 4  # several markets paused: everything paused
    BREAKER_CLOSED = 5  # a probe was accepted, or an operator closed it
    ROLE_DISAGREES = 6  # evidence of maker or taker disagrees where money is touched
    FOREIGN_FILL = 7  # a fill of an order that is not ours to know: booked as FOREIGN
    FOREIGN_ORDER = 8  # an open order we did not send: adopted or cancelled as configured
    FILL_MISMATCH = 9  # a fill's token or side is not its order's: booked as the fill says
    OVERFILL = 10  # filled beyond the original by more than dust
    LATE_FILL = 11  # a fill, or the word of one, of an order held dead
    RISEN = 12  # an order held dead is open: adopted and cancelled
    TRADE_FAILED = 13  # settlement failed: postings reversed, market UNHEDGED
    TRADE_DISPUTED = 14  # CONFIRMED and FAILED were both said of one trade
    STALE_FACT = 15  # a trade below the watermark without a key: not booked, reconcile
    SHORTFALL = 16  # a fact made a spendable amount negative
    SHORTFALL_ENDED = 17  # no spendable amount is negative any more
    UNHEDGED = 18  # a leg failed: this market may only lessen risk
    UNHEDGED_ENDED = 19  # the market is hedged again
    ORDER_UNKNOWN = 20  # the state of an order is not known; its reservation holds
    LOSS_STOP = 21  # market, day or session loss (aux 0, 1, 2): cancel all, no new risk
    NO_MARK = 22  # a position cannot be valued: no new risk
    FEED_STALE = 23  # the book is not believed; a snapshot is wanted
    FILL_WINDOW_FULL = 24  # no new submits until a reconciliation
    ORDER_TABLE_FULL = 25  # no new submits until orders end
    BALANCE_DIFFERS = 26  # reported balance outside of what is in flight; amount = difference
    ORDER_MISSING = 27  # an order we hold open is not open at the venue
    TICK_CHANGED = 28  # the market's tick changed
    VENUE_STATE = 29  # the venue's state changed; aux = new state
    HEARTBEAT_LOST = 30  # the order heartbeat is not healthy
    RESERVATION_REFUSED = 31  # the venue refused for lack of balance what we hold as covered
    DISK_OR_OPERATOR_HALT = 32  # halted from outside the core
    BOOK_CAPACITY = 33  # no wide ladder left for a market on the 0.0001 grid


class Fault(IntEnum):
    NONE = 0  # no fault
    TABLE = 1  # a transition that cannot happen
    OVERFLOW = 2  # ledger arithmetic left 64 bits
    INVARIANT = 3  # check() found a broken invariant; aux = its number
    EFFECTS = 4  # more effects than the stated bound
    CAPACITY = 5  # a fact about money found no room
    OPERATOR = 6  # halted from outside
    RECONCILE = 7  # the venue's balances differ twice in a row


class AcceptStatus(IntEnum):
    RESTING = 0
    MATCHED = 1
    DELAYED = 2
    UNMATCHED = 3


class FoundStatus(IntEnum):
    OPEN = 0
    MATCHED = 1
    CANCELED = 2
    EXPIRED = 3


class Wake(IntFlag):
    BBO = 1  # best bid or ask changed
    ORDER = 2  # an own order changed or filled
    PRINT = 4  # a public trade
    TIMER = 8  # a TIMER event
    SIGNAL = 16  # a SIGNAL or OPERATOR event
    FEED = 32  # the feed's state changed


class Flag(IntFlag):
    """Bits of `flags`; each name says its kind, so values recur."""

    BOOK_END = 1  # BOOK_DELTA, BEST: last of its group
    BOOK_BEST = 2  # BOOK_DELTA: bid_pips and ask_pips carry the venue's own best
    SNAP_FIRST = 1  # BOOK_SNAPSHOT: first record, clears the book
    SNAP_LAST = 2  # BOOK_SNAPSHOT: last record
    META_OPEN = 1  # MARKET: open and accepting orders
    META_NEG_RISK = 2  # MARKET, CLUSTER: negRisk
    META_AUGMENTED = 4  # MARKET, CLUSTER: negRiskAugmented
    META_ASSUMED = 8  # MARKET: assumed, not read from the venue
    ORDER_POST_ONLY = 1  # INTENT_*, SUBMIT: post-only
    ORDER_OVERLAP = 2  # INTENT_REPLACE: submit before the old order is proven dead
    ORDER_ORIGIN = 12  # INTENT_*: origin in bits 2 and 3
    ROLE_TAKER = 1  # TRADE: our order is the trade's taker order
    ROLE_MAKER = 2  # TRADE: our order is one of its maker orders
    WS_TAKER = 4  # TRADE: trader_side TAKER
    WS_MAKER = 8  # TRADE: trader_side MAKER
    SIZE_KNOWN = 1  # order facts: `size` holds the matched size


class EventKind(IntEnum):
    BOOK_DELTA = 1  # absolute size of one level; bid_pips, ask_pips: carried best if BOOK_BEST
    BOOK_SNAPSHOT = 2  # code: number of levels 0..3; (price_pips, size), (bid_pips, amount), (ask_pips, order_id)
    PRINT = 3  # public trade; side: the taker's
    BEST = 4  # the venue's best bid and ask without a change
    TICK_CHANGE = 5  # price_pips: new tick
    FEED = 6  # state of the feed of a condition, or of all
    MARKET = 7  # metadata: price_pips tick, size minimum, amount fee rate in parts per million, order_id cluster, ref close-out time
    CLUSTER = 8  # event (cluster) metadata: order_id cluster, flags
    RESOLVED = 9  # price_pips: payout of this token; the complement gets the rest
    RETIRE = 10  # give the condition's slot away: its generation goes up
    VENUE = 11  # state announced or seen; amount: how long it lasts, 0 if not said
    HEARTBEAT = 12  # the order heartbeat
    CLOCK = 13  # amount: wall clock less server clock, ns; journaled only
    TIMER = 14  # time passes
    ACCEPTED = 20  # answer to a submit; size: matched
    REJECTED = 21  # answer to a submit; amount: batch id or 0
    SUBMIT_UNKNOWN = 22  # time-out, 500: may or may not have executed
    CANCEL_ACCEPTED = 23  # answer to a cancel; size: matched
    CANCEL_REFUSED = 24  # answer to a cancel; amount: retry after, ns
    CANCEL_UNKNOWN = 25  # time-out of a cancel
    PLACED = 26  # user channel: amount original, size matched
    MATCHED = 27  # user channel: amount original, size matched
    CANCELED = 28  # user channel: size matched
    FOUND = 29  # looked up: amount original, size matched; an unknown order is taken for GTC
    NOT_FOUND = 30  # looked up: no such order and no trades of it
    TRADE = 31  # a fill of ours, our own slice of the trade; venue_time_ns: match time
    OPENING = 35  # balance at the start: amount cash, or size and amount (cost) of a token
    DEPOSIT = 36  # amount of cash, or size of a token
    WITHDRAWAL = 37  # amount of cash, or size of a token
    SPLIT = 38  # size pairs were made from cash
    MERGE = 39  # size pairs were turned into cash
    REDEEM = 40  # size of a token was paid price_pips each
    CONVERSION_FAILED = 41  # the split, merge or redeem in flight failed
    ADJUSTMENT = 42  # reconciliation: amount of cash or size of a token, signed
    BALANCE = 43  # the venue's balance: amount of cash, or size of a token
    LOCK = 44  # amount the venue locks above what we reserve
    RECONCILE_BEGUN = 45  # a read of orders, trades and balances begins
    RECONCILED = 46  # it ended; venue_time_ns: all trades up to here were read
    INTENT_SUBMIT = 50  # size shares (FAK, FOK BUY: pUSD); venue_time_ns expiry; amount turn
    INTENT_REPLACE = 51  # as INTENT_SUBMIT; ref: the order it replaces
    INTENT_CANCEL = 52  # cancel one order
    INTENT_CANCEL_MARKET = 53  # cancel every order of a condition
    INTENT_CANCEL_ALL = 54  # cancel every order
    INTENT_MERGE = 55  # turn size pairs into cash
    INTENT_SPLIT = 56  # make size pairs from cash
    INTENT_REDEEM = 57  # redeem size of a resolved token
    SIGNAL = 60  # order_id source, ref key, size and amount: two integers
    OPERATOR = 61  # a person's word
    RESTARTED = 62  # our process started again from a snapshot or a journal
    WAKE_ON = 63  # flags: WAKE_* bits a strategy wants of this token's market


class EffectKind(IntEnum):
    REFUSED = 1  # code Refusal; ref: kind of the refused event
    SUBMIT = 2  # code Tif; size shares; amount pUSD; ref salt; deadline_ns expiry; flags; aux origin
    CANCEL = 3  # cancel this order
    QUERY = 4  # look this order and its trades up
    ORDER = 5  # code OrderState; size filled; amount leaves; ref canceled; aux origin; deadline_ns reversed; flags Refusal if a queued order was dropped
    FILL = 6  # size; amount fee; ref trade; code Liquidity; flags Evidence; aux origin; deadline_ns cash moved, without the fee
    SETTLED = 7  # ref trade; code TradeState CONFIRMED or FAILED; size
    TIMER = 8  # deadline_ns: wake me then; replaces the one armed before
    RESYNC = 9  # a snapshot of this token's book is wanted
    RECONCILE = 10  # a read of orders, trades and balances is wanted
    ALERT = 11  # code Alert; deadline_ns, amount, aux as it says
    WAKE = 12  # flags WAKE_* bits: run the strategy
    HALT = 13  # code Fault; aux detail
    MERGE = 14  # size pairs into cash, on chain
    SPLIT = 15  # size pairs from cash, on chain
    REDEEM = 16  # size of a resolved token, on chain
    REFRESH = 17  # read this market's metadata again


class Refusal(IntEnum):
    NONE = 0  # not refused
    UNKNOWN_KIND = 1  # no such event kind
    BAD_TIME = 2  # time_ns below 0 or beyond MAX_TIME_NS
    TIME_JUMP = 3  # more than max_time_step_ns ahead
    BAD_TOKEN = 4  # token index beyond the configured tokens
    OLD_GENERATION = 5  # the token slot was given to another market since
    BAD_SIDE = 6  # side is neither BUY nor SELL
    BAD_PRICE = 7  # price outside 0..10000 pips, or a tick that is none
    BAD_SIZE = 8  # size or amount outside its range
    BAD_CODE = 9  # code outside its enum
    BAD_FLAGS = 10  # flag bits the kind does not know, or that contradict each other
    BAD_ID = 11  # order id or ref missing
    NO_SNAPSHOT_OPEN = 12  # snapshot levels without a first record
    STALE_FACT = 15  # a trade below the watermark that we hold no key of
    ILLEGAL = 16  # the transition table says no
    ORDER_UNKNOWN = 17  # no such order
    HALTED = 18  # the engine is halted
    STARTING = 19  # the session has not been reconciled yet
    RECONCILING = 20  # the session is reconciling
    DRAINING = 21  # the session is draining
    VENUE_RESTARTING = 22  # the matching engine restarts
    VENUE_DISABLED = 23  # the venue is disabled
    VENUE_CANCEL_ONLY = 24  # the venue takes cancels only
    VENUE_POST_ONLY = 25  # the venue takes post-only orders only
    HEARTBEAT_LOST = 26  # the order heartbeat is not healthy
    MARKET_UNKNOWN = 27  # no metadata of this market
    MARKET_CLOSED = 28  # the market is closed, resolved or not accepting
    CLUSTER_UNKNOWN = 29  # the market's event has not been read
    METADATA_STALE = 30  # metadata older than two refresh cycles
    NEG_RISK_HOLD = 31  # a negRisk flag appeared; an operator lifts the hold
    CLOSE_OUT = 32  # inside the close-out window: only less risk
    ORDER_ID_USED = 33  # order ids must rise
    BAD_TIF = 34  # time in force does not go with post-only or expiry
    EXPIRY_TOO_SOON = 35  # a GTD expiry must be far enough ahead
    OFF_TICK = 36  # price is not on the market's tick grid
    PRICE_RANGE = 37  # price outside [tick, 1 - tick]
    SIZE_GRAIN = 38  # more decimals than an order may have
    BELOW_MIN_SIZE = 39  # below the market's minimum size
    BELOW_MIN_NOTIONAL = 40  # a marketable BUY below 1 pUSD
    REPLACE_TARGET = 41  # the order to replace is not open, or is being replaced already
    FEED_NOT_SYNCED = 42  # the book is not SYNCED or SUSPECT
    BOOK_CROSSED = 43  # the local book is crossed
    POST_ONLY_CROSS = 44  # the post-only order would take
    SELF_TRADE = 45  # it would match an own order, on either token
    LOSS_STOP = 46  # the market is in a loss stop
    NO_MARK = 47  # a position cannot be valued
    SHORTFALL = 48  # a spendable amount is negative
    UNHEDGED = 49  # a leg of this market failed
    BREAKER_OPEN = 50  # the market is paused after rejects
    BREAKER_PROBING = 51  # the market's probe is out
    GLOBAL_BREAKER = 52  # everything is paused after rejects
    COOLDOWN = 53  # too soon after the market's last turn
    MARKET_BUDGET = 54  # the market's mutation budget is spent
    SIGNER_BUDGET = 55  # the signer's mutation budget is spent
    CAP_ORDERS_MARKET = 56  # too many open orders in the market
    CAP_ORDERS_TOTAL = 57  # too many open orders
    CAP_MARKET = 58  # exposure cap of the market
    CAP_CLUSTER = 59  # exposure cap of the cluster
    CAP_TOTAL = 60  # exposure cap of all
    INSUFFICIENT_CASH = 61  # spendable cash does not cover it
    INSUFFICIENT_TOKENS = 62  # spendable tokens do not cover it
    ORDER_TABLE_FULL = 63  # the order table is full
    FILL_WINDOW_FULL = 64  # the fill window is full: reconcile
    CONVERSION_BUSY = 65  # a split, merge or redeem of this market is in flight
    REPLACE_FILLED = 66  # dropped: the old order filled what the new one was for
    CANCEL_ASKED = 67  # dropped: a cancel came while it was queued


class TradeStatus(IntEnum):
    NOT_BROADCAST = 0
    MATCHED = 1
    MINED = 2
    CONFIRMED = 3
    RETRYING = 4
    FAILED = 5


class Verdict(IntEnum):
    TAKE = 0
    IGNORE_DUPLICATE = 1
    REFUSE = 2
    FAULT = 3


class GuardCell(IntEnum):
    YES = 0
    NO = 1
    POST = 2
    LATER = 3


class OrderState(IntEnum):
    NONE = 0
    QUEUED = 1
    SENT = 2
    DELAYED = 3
    LIVE = 4
    UNKNOWN = 5
    FILLED = 6
    CANCELED = 7
    REJECTED = 8
    EXPIRED = 9


class OrderInput(IntEnum):
    SEND = 0  # guard passed, no predecessor
    QUEUE = 1  # a replace waits for its predecessor's death
    RELEASE = 2  # predecessor proven dead, guard passed again
    DROP = 3  # a queued order dies here: the venue never saw it
    ACCEPT_LIVE = 4  # answer: resting
    ACCEPT_DELAYED = 5  # answer: in the venue's taker delay, cannot be cancelled
    ACCEPT_MATCHED = 6  # answer: matched now, trades follow
    ACCEPT_UNCLEAR = 7  # seen: "unmatched" and "Duplicated" say neither yes nor no
    REJECT = 8  # seen: a reject after an accept is a contradiction, looked up
    KILL = 9  # FAK or FOK without a match: a normal end
    LOSE = 10  # seen: time-out, yet every retry filled
    PLACED = 11  # user channel placement
    FOUND_OPEN = 12  # looked up: open
    MATCHED_MORE = 13  # user channel update or look-up with a matched size; may precede its trades
    FOUND_GONE = 14  # a definite "not open" from a reconciliation, or a look that found nothing
    CANCEL_DONE = 15  # cancelled, every matched share is booked
    CANCEL_OWED = 16  # seen: cancel(0), trade, cancel(part), cancel(rest), trade
    EXPIRE_DONE = 17  # a cancellation whose reason is the order's own expiry
    NOT_CANCELED = 18  # seen: "already canceled or matched": which of the two is looked up
    CANCEL_LATER = 19  # the cancel did not reach the book (425, 429, 503): again
    CANCEL_LOST = 20  # outcome of a cancel unknown
    FILL_PART = 21  # seen: fill before the answer, fill after the cancel was acknowledged
    FILL_LAST = 22  # leaves become zero and nothing was cancelled
    FILL_REST = 23  # leaves become zero, the rest had been cancelled
    DONE_FILLED = 24  # the venue says it is over, what lacks is dust
    DONE_REST = 25  # the same, and part of it had been cancelled
    RISEN = 26  # seen: an order held dead shows up open: reserved again, cancelled at once, alerted
    REVERSED = 27  # seen: a matched trade FAILED in settlement
    PRESUME_DEAD = 28  # cancel sent, enough empty looks over enough time
    OVERDUE = 29  # owed trades, delay or expiry past its time without a word
    RESOLVED = 30  # the market resolved: the venue clears its book, we look
    RESTARTED = 31  # our process restarted: what had no answer is not known


class OrderAction(IntEnum):
    NONE = 0
    SUBMIT = 1
    QUEUE = 2
    FINISH = 3
    ACCEPT = 4
    MATCHED = 5
    LOSE = 6
    ADOPT = 7
    OWE = 8
    WANT_CANCEL = 9
    BOOK_FOREIGN = 10
    FILL = 11
    FILL_OVER = 12
    FILL_LATE = 13
    RISE = 14
    REVERSE = 15
    REQUEUE = 16


class RequestState(IntEnum):
    IDLE = 0
    SUBMIT = 1
    CANCEL = 2
    QUERY = 3


class RequestInput(IntEnum):
    SEND = 0  # the order leaves
    ASK_CANCEL = 1  # a cancel is asked for
    ASK_QUERY = 2  # a look is asked for
    SUBMIT_ANSWERED = 3  # any answer to the submit, or proof from elsewhere
    CANCEL_ANSWERED = 4  # any answer to the cancel
    QUERY_ANSWERED = 5  # any answer to the look
    TIMED_OUT = 6  # no answer by the deadline
    FINISHED = 7  # the order ended
    RESTARTED = 8  # a request in flight at a crash has no answer any more


class RequestAction(IntEnum):
    NONE = 0
    EMIT = 1
    WANT = 2
    SERVE = 3


class TradeState(IntEnum):
    NONE = 0
    NOT_BROADCAST = 1
    MATCHED = 2
    MINED = 3
    CONFIRMED = 4
    RETRYING = 5
    FAILED = 6


class TradeAction(IntEnum):
    NONE = 0
    POST = 1
    NOTE = 2
    POST_FINAL = 3
    SETTLE = 4
    DISPUTE = 5
    POST_FAILED = 6
    UNDO = 7


class FeedState(IntEnum):
    DOWN = 0
    WARMING = 1
    SYNCING = 2
    SYNCED = 3
    SUSPECT = 4
    STALE = 5


class FeedInput(IntEnum):
    CONNECTED = 0  # subscribed; the book comes with the first snapshot
    LOST = 1  # a reconnect drops the book until a snapshot
    DELTA = 2  # one level, absolute size
    SNAPSHOT_FIRST = 3  # a snapshot replaces the book
    SNAPSHOT_LEVELS = 4  # more levels of it
    SNAPSHOT_LAST = 5  # complete and not crossed
    SNAPSHOT_CROSSED = 6  # complete and crossed: not believed, asked for again
    AGREED = 7  # end of group: our best is the carried best
    WARMED = 8  # imports without snapshots: long enough, often enough
    MISSING_BEST = 9  # a carried best that we do not hold
    CROSSED = 10  # end of group and crossed: heals by itself as a rule
    TICK = 11  # all prices stay valid, the guard's grid changes
    HASH_GOOD = 12  # the venue's hash of the book fits
    HASH_BAD = 13  # it fits no candidate: counted
    HASH_LASTING = 14  # it has not fitted for N groups or M ms
    MIRROR_MISMATCH = 15  # the complement's change was not the mirror image
    GAP = 16  # changes were dropped or conflated
    SILENCE = 17  # seen: PONGs for hours and no data
    RESTARTED = 18  # our process restarted


class FeedAction(IntEnum):
    NONE = 0
    DROP = 1
    APPLY = 2
    CLEAR = 3
    LEVELS = 4
    READY = 5
    SPOIL = 6
    WARM = 7
    CALM = 8
    COOL = 9
    RESYNC = 10
    DOUBT = 11
    GRID = 12


class VenueState(IntEnum):
    NORMAL = 0
    POST_ONLY = 1
    CANCEL_ONLY = 2
    DISABLED = 3
    RESTARTING = 4


class VenueInput(IntEnum):
    SEEN_NORMAL = 0  # two post-only minutes follow a restart
    SEEN_POST_ONLY = 1  # 503 with code post_only_mode, or announced
    SEEN_CANCEL_ONLY = 2  # 503 cancel-only
    SEEN_DISABLED = 3  # 503 disabled: cancels are refused too
    SEEN_RESTARTING = 4  # 425 on every order end point
    TIMED_OUT = 5  # no further sign for the state's time: try, post-only first


class VenueAction(IntEnum):
    NONE = 0
    RESUME = 1
    CAREFUL = 2
    STOP = 3


class BreakerState(IntEnum):
    CLOSED = 0
    OPEN = 1
    HALF_OPEN = 2


class BreakerInput(IntEnum):
    COUNTED = 0  # a counted reject of an order that is not the probe
    LIMIT = 1  # the counted reject that reaches the limit
    ACCEPTED = 2  # an accepted order that is not the probe
    COOLED = 3  # the pause is over
    PROBE_SENT = 4  # one submit goes out to ask
    PROBE_ACCEPTED = 5  # the only way to close, but for an operator
    PROBE_REJECTED = 6  # the next step: 600, 1,200, ... 7,200 s
    PROBE_UNCOUNTED = 7  # a reject that does not count: a new probe may go
    TRIP = 8  # global only: enough markets opened within the window
    OPERATOR_RESET = 9  # by hand


class BreakerAction(IntEnum):
    NONE = 0
    COUNT = 1
    TALLY = 2
    OPEN = 3
    RESET = 4
    PROBE = 5
    REOPEN = 6
    FREE = 7


class SessionState(IntEnum):
    STARTING = 0
    RECONCILING = 1
    TRADING = 2
    DRAINING = 3
    HALTED = 4


class SessionInput(IntEnum):
    RECONCILE_BEGUN = 0  # a read of the venue's orders, trades and balances begins
    RECONCILED = 1  # it ended and everything agrees
    DIFFERS = 2  # it ended with an open difference: read again
    DIFFERS_AGAIN = 3  # and still: a person must look
    DRAIN = 4  # operator or loss stop: no new risk, cancel all
    RESUME = 5  # operator only, after a reconciliation without differences
    RESUME_UNREAD = 6  # operator, but the account has not been reconciled since the start
    HALT = 7  # a fault, or an operator
    RESTARTED = 8  # HALT ends only by a restart that reconciles; DRAINING only by an operator


class SessionAction(IntEnum):
    NONE = 0
    SETTLE = 1
    REFETCH = 2
    HALT = 3
    DRAIN = 4
    RESUME = 5


class GuardCondition(IntEnum):
    HALTED = 0
    STARTING = 1
    RECONCILING = 2
    DRAINING = 3
    VENUE_RESTARTING = 4
    VENUE_DISABLED = 5
    VENUE_CANCEL_ONLY = 6
    VENUE_POST_ONLY = 7
    HEARTBEAT_LOST = 8
    NEG_RISK_HOLD = 9
    CLOSE_OUT = 10
    FEED_NOT_SYNCED = 11
    LOSS_STOP = 12
    NO_MARK = 13
    SHORTFALL = 14
    UNHEDGED = 15
    BREAKER_OPEN = 16
    COOLDOWN = 17
    MARKET_BUDGET = 18
    SIGNER_BUDGET = 19


# name, inputs, states, and a bit for each cell that cannot be (FAULT)
TABLES: Final = (
    ("order", OrderInput, OrderState,
     0xF9FDF0003FFBFEF00000000000000000000000000000000000000000000000000FF7FDFFBFE),
    ("request", RequestInput, RequestState,
     0x100000E),
    ("trade", TradeStatus, TradeState,
     0x0),
    ("feed", FeedInput, FeedState,
     0x3D000000000000),
    ("venue", VenueInput, VenueState,
     0x2000000),
    ("breaker", BreakerInput, BreakerState,
     0x6DBA00),
    ("session", SessionInput, SessionState,
     0x0),
)
