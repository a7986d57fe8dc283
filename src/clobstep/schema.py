"""The one source of truth: enums, records, configuration, validation and guard tables.

Owns: every name and number that the core, the Python face, the docs and the simulator share.
`python -m clobstep.codegen` makes from it, and from `clobstep.machines`, the Cython tables, the
Python enums, the configuration class and docs/state-machines.md; a test fails when they are stale.
Touches nothing and imports only the machines; at run time only `clobstep explain` reads it.
"""

from __future__ import annotations

from typing import Final

from clobstep.machines import BREAKER, FEED, MACHINES, ORDER, REQUEST, SESSION, TRADE, VENUE

__all__ = ["BREAKER", "FEED", "MACHINES", "ORDER", "REQUEST", "SESSION", "TRADE", "VENUE"]

RULES_VERSION: Final = 3  # raised with every change that gives old events other effects

CONSTANTS: Final[dict[str, tuple[int, str]]] = {
    "NO_TOKEN": (0xFFFFFFFF, "the `token` of an event or effect that concerns cash or everything"),
    "PIPS": (10_000, "price pips in one pUSD"),
    "SIZE_GRAIN": (10_000, "microshares: order sizes have 2 decimals of a share"),
    "CASH_GRAIN": (10_000, "micro-pUSD: amounts of FAK and FOK buys have 2 decimals"),
    "SHARES_GRAIN": (100, "microshares: shares of FAK and FOK buys have 4 decimals"),
    "FEE_GRAIN": (10, "micro-pUSD: fees are floored to 5 decimals of pUSD"),
    "WATERMARK_MARGIN_NS": (2_000_000_000, "the watermark is the reconciled time less this"),
    "CHUNK": (4096, "the most events one step_batch call takes"),
    "MAX_TIME_NS": (1 << 62, "times at or beyond this are refused"),
    "MAX_SIZE": (900_000_000_000_000, "largest size or amount: size x price fits 64 bits"),
    "FALLBACK_TICK": (100, "pips: tick assumed for unknown metadata, if configured"),
    "FALLBACK_MIN_SIZE": (15_000_000, "microshares: minimum assumed, three times the usual 5"),
    "FALLBACK_FEE_PPM": (100_000, "fee rate assumed: above every published rate"),
}

# ---------------------------------------------------------------------------------------------
# records: (field, numpy type, doc). Naturally aligned, so packed and unpacked layouts agree.

EVENT_FIELDS: Final = (
    ("time_ns", "<i8", "our time, UTC nanoseconds"),
    ("venue_time_ns", "<i8", "the venue's time, 0 if it gave none"),
    ("order_id", "<u8", "our order id"),
    ("ref", "<u8", "trade id, replaced order, or as the kind says"),
    ("size", "<i8", "microshares, or as the kind says"),
    ("amount", "<i8", "micro-pUSD, or as the kind says"),
    ("token", "<u4", "token index; its complement is token ^ 1"),
    ("price_pips", "<i2", "0.0001 pUSD"),
    ("bid_pips", "<i2", "the venue's best bid, or as the kind says"),
    ("ask_pips", "<i2", "the venue's best ask, or as the kind says"),
    ("generation", "<u2", "how often this token slot was given away before"),
    ("kind", "u1", "EventKind"),
    ("side", "u1", "Side"),
    ("code", "u1", "an enum named by the kind"),
    ("flags", "u1", "bits named by the kind"),
)
EFFECT_FIELDS: Final = (
    ("seq", "<u8", "sequence number of the event that caused it"),
    ("time_ns", "<i8", "the engine's time"),
    ("order_id", "<u8", "our order id"),
    ("ref", "<u8", "trade id, salt, or as the kind says"),
    ("size", "<i8", "microshares, or as the kind says"),
    ("amount", "<i8", "micro-pUSD, or as the kind says"),
    ("deadline_ns", "<i8", "expiry, timer, end of a pause"),
    ("token", "<u4", "token index or NO_TOKEN"),
    ("price_pips", "<i2", "0.0001 pUSD"),
    ("generation", "<u2", "generation of the token slot"),
    ("kind", "u1", "EffectKind"),
    ("side", "u1", "Side"),
    ("code", "u1", "an enum named by the kind"),
    ("flags", "u1", "bits named by the kind"),
    ("aux", "<u4", "as the kind says"),
)

# ---------------------------------------------------------------------------------------------
# enums: name -> ((member, value, doc), ...)

def _count(*names: str, start: int = 0) -> tuple[tuple[str, int, str], ...]:
    return tuple((name, start + k, "") for k, name in enumerate(names))


SIDES: Final = (("BUY", 0, "bid"), ("SELL", 1, "ask"))
TIFS: Final = (
    ("GTC", 0, "good till cancelled"),
    ("GTD", 1, "good till date; the venue ends it 60 s early"),
    ("FOK", 2, "fill or kill; a BUY is for an amount of pUSD"),
    ("FAK", 3, "fill and kill; a BUY is for an amount of pUSD"),
)
ORIGINS: Final = _count("MAKER_QUOTE", "TAKER_ARB", "SATELLITE", "OTHER", "FOREIGN")
LIQUIDITY: Final = (
    ("MAKER", 0, "no fee"),
    ("TAKER", 1, "pays the fee"),
    ("UNKNOWN", 2, "counted as a taker for fees and risk"),
)
EVIDENCE: Final = (
    ("ORDER_ROLE", 0, "our order id is the trade's taker order, or one of its maker orders"),
    ("POST_ONLY", 1, "a post-only order cannot take"),
    ("SPREAD_CROSS", 2, "the limit crossed the opposite best when the order left, or did not"),
    ("WS_FLAG", 3, "the user channel's trader_side"),
    ("NONE", 4, "no evidence at all"),
)
REJECTS: Final = (  # (reason, value, doc, counts for the breaker)
    ("OTHER", 0, "a text nobody has seen before", True),
    ("TICK", 1, "breaks the minimum tick size rule", True),
    ("MIN_SIZE", 2, "lower than the minimum", True),
    ("MIN_NOTIONAL", 3, "marketable BUY below 1 pUSD", True),
    ("AMOUNTS", 4, "invalid amounts", True),
    ("BALANCE", 5, "not enough balance or allowance", True),
    ("EXPIRATION", 6, "invalid expiration", True),
    ("MARKET_NOT_READY", 7, "the market is not yet ready", True),
    ("MARKET_CLOSED", 8, "order book does not exist, or is closed", True),
    ("PAYLOAD", 9, "invalid payload, owner, signer or signature", True),
    ("BANNED", 10, "address banned or closed only", True),
    ("AUTH", 11, "unauthorized or invalid API key", True),
    ("MATCH_DELAYED", 12, "match delayed due to market conditions", True),
    ("TIMED_OUT", 13, "rejected before it reached the book", True),
    ("POST_ONLY_CROSS", 14, "the post-only order crosses the book", False),
    ("KILLED", 15, "FOK not filled whole, or FAK without a match: a normal end", False),
    ("RATE_LIMIT", 16, "429", False),
    ("RESTARTING", 17, "425: the matching engine restarts", False),
    ("POST_ONLY_MODE", 18, "503: only post-only orders", False),
    ("CANCEL_ONLY", 19, "503: only cancels", False),
    ("DISABLED", 20, "503: trading is disabled", False),
    ("DUPLICATED", 21, "already placed: the outcome is not known", False),
)
CANCEL_REASONS: Final = (
    ("USER", 0, "asked for"),
    ("EXPIRED", 1, "the order's own expiry"),
    ("BALANCE", 2, "the venue cancelled it for lack of balance"),
    ("RESOLVED", 3, "the market resolved"),
    ("KILLED", 4, "FAK or FOK remainder"),
    ("INVALID", 5, "status INVALID"),
    ("MATCHED_OR_GONE", 6, "refusal: already cancelled or matched, or not found"),
    ("LATER", 7, "refusal: it did not reach the book (425, 429, 503)"),
    ("OTHER", 8, "any other text"),
)
OPERATOR: Final = (
    ("DRAIN", 0, "no new risk, cancel all"),
    ("RESUME", 1, "end DRAINING and the session's loss stop"),
    ("HALT", 2, "stop; only a restart that reconciles ends it"),
    ("CANCEL_ALL", 3, "cancel every open order; works in every state"),
    ("LIFT_HOLD", 4, "end a negRisk hold (of a token's market, or of all)"),
    ("LIFT_LOSS_STOP", 5, "end a market's loss stop"),
    ("RESET_BREAKER", 6, "close a market's breaker, or the global one"),
    ("CLEAR_UNHEDGED", 7, "the operator has hedged by hand"),
)
FEED_SIGNS: Final = _count(
    "CONNECTED", "LOST", "HASH_GOOD", "HASH_BAD", "HASH_LASTING", "MIRROR_MISMATCH", "GAP"
)
HEARTBEATS: Final = _count("HEALTHY", "LOST_BEAT")
ALERTS: Final = (
    ("METADATA_ASSUMED", 0, "metadata unknown: the conservative fallback is used"),
    ("NEG_RISK_HOLD", 1, "a negRisk or augmented flag appeared: market held, orders cancelled"),
    ("NEG_RISK_CLEARED", 2, "such a flag went away; the hold stays until lifted"),
    ("BREAKER_OPEN", 3, "rejects in a row: market paused"),
    ("GLOBAL_BREAKER_OPEN", 4, "several markets paused: everything paused"),
    ("BREAKER_CLOSED", 5, "a probe was accepted, or an operator closed it"),
    ("ROLE_DISAGREES", 6, "evidence of maker or taker disagrees where money is touched"),
    ("FOREIGN_FILL", 7, "a fill of an order that is not ours to know: booked as FOREIGN"),
    ("FOREIGN_ORDER", 8, "an open order we did not send: adopted or cancelled as configured"),
    ("FILL_MISMATCH", 9, "a fill's token or side is not its order's: booked as the fill says"),
    ("OVERFILL", 10, "filled beyond the original by more than dust"),
    ("LATE_FILL", 11, "a fill, or the word of one, of an order held dead"),
    ("RISEN", 12, "an order held dead is open: adopted and cancelled"),
    ("TRADE_FAILED", 13, "settlement failed: postings reversed, market UNHEDGED"),
    ("TRADE_DISPUTED", 14, "CONFIRMED and FAILED were both said of one trade"),
    ("STALE_FACT", 15, "a trade below the watermark without a key: not booked, reconcile"),
    ("SHORTFALL", 16, "a fact made a spendable amount negative"),
    ("SHORTFALL_ENDED", 17, "no spendable amount is negative any more"),
    ("UNHEDGED", 18, "a leg failed: this market may only lessen risk"),
    ("UNHEDGED_ENDED", 19, "the market is hedged again"),
    ("ORDER_UNKNOWN", 20, "the state of an order is not known; its reservation holds"),
    ("LOSS_STOP", 21, "market, day or session loss (aux 0, 1, 2): cancel all, no new risk"),
    ("NO_MARK", 22, "a position cannot be valued: no new risk"),
    ("FEED_STALE", 23, "the book is not believed; a snapshot is wanted"),
    ("FILL_WINDOW_FULL", 24, "no new submits until a reconciliation"),
    ("ORDER_TABLE_FULL", 25, "no new submits until orders end"),
    ("BALANCE_DIFFERS", 26, "reported balance outside of what is in flight; amount = difference"),
    ("ORDER_MISSING", 27, "an order we hold open is not open at the venue"),
    ("TICK_CHANGED", 28, "the market's tick changed"),
    ("VENUE_STATE", 29, "the venue's state changed; aux = new state"),
    ("HEARTBEAT_LOST", 30, "the order heartbeat is not healthy"),
    ("RESERVATION_REFUSED", 31, "the venue refused for lack of balance what we hold as covered"),
    ("DISK_OR_OPERATOR_HALT", 32, "halted from outside the core"),
    ("BOOK_CAPACITY", 33, "no wide ladder left for a market on the 0.0001 grid"),
)
FAULTS: Final = (
    ("NONE", 0, "no fault"),
    ("TABLE", 1, "a transition that cannot happen"),
    ("OVERFLOW", 2, "ledger arithmetic left 64 bits"),
    ("INVARIANT", 3, "check() found a broken invariant; aux = its number"),
    ("EFFECTS", 4, "more effects than the stated bound"),
    ("CAPACITY", 5, "a fact about money found no room"),
    ("OPERATOR", 6, "halted from outside"),
    ("RECONCILE", 7, "the venue's balances differ twice in a row"),
)
WAKE_BITS: Final = (
    ("BBO", 1, "best bid or ask changed"),
    ("ORDER", 2, "an own order changed or filled"),
    ("PRINT", 4, "a public trade"),
    ("TIMER", 8, "a TIMER event"),
    ("SIGNAL", 16, "a SIGNAL or OPERATOR event"),
    ("FEED", 32, "the feed's state changed"),
)
FLAG_BITS: Final = (  # bits of `flags`, one namespace a kind
    ("BOOK_END", 1, "BOOK_DELTA, BEST: last of its group"),
    ("BOOK_BEST", 2, "BOOK_DELTA: bid_pips and ask_pips carry the venue's own best"),
    ("SNAP_FIRST", 1, "BOOK_SNAPSHOT: first record, clears the book"),
    ("SNAP_LAST", 2, "BOOK_SNAPSHOT: last record"),
    ("META_OPEN", 1, "MARKET: open and accepting orders"),
    ("META_NEG_RISK", 2, "MARKET, CLUSTER: negRisk"),
    ("META_AUGMENTED", 4, "MARKET, CLUSTER: negRiskAugmented"),
    ("META_ASSUMED", 8, "MARKET: assumed, not read from the venue"),
    ("ORDER_POST_ONLY", 1, "INTENT_*, SUBMIT: post-only"),
    ("ORDER_OVERLAP", 2, "INTENT_REPLACE: submit before the old order is proven dead"),
    ("ORDER_ORIGIN", 12, "INTENT_*: origin in bits 2 and 3"),
    ("ROLE_TAKER", 1, "TRADE: our order is the trade's taker order"),
    ("ROLE_MAKER", 2, "TRADE: our order is one of its maker orders"),
    ("WS_TAKER", 4, "TRADE: trader_side TAKER"),
    ("WS_MAKER", 8, "TRADE: trader_side MAKER"),
    ("SIZE_KNOWN", 1, "order facts: `size` holds the matched size"),
)

# ---------------------------------------------------------------------------------------------
# events: (name, value, needs, code enum, flag mask, meaning of the fields)
# needs: T token with generation, C token or NO_TOKEN, M as T and metadata known, S side,
#        P price 0..10000, B bid and ask 0..10000, Z size >= 0, + size > 0, A amount >= 0, O order id, K ref, k size >= 0 if SIZE_KNOWN

EVENTS: Final = (
    ("BOOK_DELTA", 1, "TSPZ", "", 3, "absolute size of one level; bid_pips, ask_pips: carried best if BOOK_BEST"),
    ("BOOK_SNAPSHOT", 2, "TS", "", 3, "code: number of levels 0..3; (price_pips, size), (bid_pips, amount), (ask_pips, order_id)"),
    ("PRINT", 3, "TSP+", "", 0, "public trade; side: the taker's"),
    ("BEST", 4, "TB", "", 1, "the venue's best bid and ask without a change"),
    ("TICK_CHANGE", 5, "TP", "", 0, "price_pips: new tick"),
    ("FEED", 6, "C", "FeedSign", 0, "state of the feed of a condition, or of all"),
    ("MARKET", 7, "TPZA", "", 15, "metadata: price_pips tick, size minimum, amount fee rate in parts per million, order_id cluster, ref close-out time"),
    ("CLUSTER", 8, "", "", 6, "event (cluster) metadata: order_id cluster, flags"),
    ("RESOLVED", 9, "TP", "", 0, "price_pips: payout of this token; the complement gets the rest"),
    ("RETIRE", 10, "T", "", 0, "give the condition's slot away: its generation goes up"),
    ("VENUE", 11, "", "VenueState", 0, "state announced or seen; amount: how long it lasts, 0 if not said"),
    ("HEARTBEAT", 12, "", "Heartbeat", 0, "the order heartbeat"),
    ("CLOCK", 13, "", "", 0, "amount: wall clock less server clock, ns; journaled only"),
    ("TIMER", 14, "", "", 0, "time passes"),
    ("ACCEPTED", 20, "Ok", "AcceptStatus", 1, "answer to a submit; size: matched"),
    ("REJECTED", 21, "O", "Reject", 0, "answer to a submit; amount: batch id or 0"),
    ("SUBMIT_UNKNOWN", 22, "O", "", 0, "time-out, 500: may or may not have executed"),
    ("CANCEL_ACCEPTED", 23, "Ok", "", 1, "answer to a cancel; size: matched"),
    ("CANCEL_REFUSED", 24, "O", "CancelReason", 0, "answer to a cancel; amount: retry after, ns"),
    ("CANCEL_UNKNOWN", 25, "O", "", 0, "time-out of a cancel"),
    ("PLACED", 26, "OTSPZA", "Tif", 1, "user channel: amount original, size matched"),
    ("MATCHED", 27, "OTSPZA", "Tif", 1, "user channel: amount original, size matched"),
    ("CANCELED", 28, "Ok", "CancelReason", 1, "user channel: size matched"),
    ("FOUND", 29, "OTSPZA", "FoundStatus", 1, "looked up: amount original, size matched; an unknown order is taken for GTC"),
    ("NOT_FOUND", 30, "O", "", 0, "looked up: no such order and no trades of it"),
    ("TRADE", 31, "OKTSP+", "TradeStatus", 15, "a fill of ours, our own slice of the trade; venue_time_ns: match time"),
    ("OPENING", 35, "CA", "", 0, "balance at the start: amount cash, or size and amount (cost) of a token"),
    ("DEPOSIT", 36, "CA", "", 0, "amount of cash, or size of a token"),
    ("WITHDRAWAL", 37, "CA", "", 0, "amount of cash, or size of a token"),
    ("SPLIT", 38, "T+", "", 0, "size pairs were made from cash"),
    ("MERGE", 39, "T+", "", 0, "size pairs were turned into cash"),
    ("REDEEM", 40, "TP+", "", 0, "size of a token was paid price_pips each"),
    ("CONVERSION_FAILED", 41, "T", "", 0, "the split, merge or redeem in flight failed"),
    ("ADJUSTMENT", 42, "C", "", 0, "reconciliation: amount of cash or size of a token, signed"),
    ("BALANCE", 43, "CA", "", 0, "the venue's balance: amount of cash, or size of a token"),
    ("LOCK", 44, "A", "", 0, "amount the venue locks above what we reserve"),
    ("RECONCILE_BEGUN", 45, "", "", 0, "a read of orders, trades and balances begins"),
    ("RECONCILED", 46, "", "", 0, "it ended; venue_time_ns: all trades up to here were read"),
    ("INTENT_SUBMIT", 50, "OTSP+", "Tif", 13, "size shares (FAK, FOK BUY: pUSD); venue_time_ns expiry; amount turn"),
    ("INTENT_REPLACE", 51, "OKTSP+", "Tif", 15, "as INTENT_SUBMIT; ref: the order it replaces"),
    ("INTENT_CANCEL", 52, "O", "", 0, "cancel one order"),
    ("INTENT_CANCEL_MARKET", 53, "T", "", 0, "cancel every order of a condition"),
    ("INTENT_CANCEL_ALL", 54, "", "", 0, "cancel every order"),
    ("INTENT_MERGE", 55, "T+", "", 0, "turn size pairs into cash"),
    ("INTENT_SPLIT", 56, "T+", "", 0, "make size pairs from cash"),
    ("INTENT_REDEEM", 57, "T+", "", 0, "redeem size of a resolved token"),
    ("SIGNAL", 60, "C", "", 0, "order_id source, ref key, size and amount: two integers"),
    ("OPERATOR", 61, "C", "OperatorCode", 0, "a person's word"),
    ("RESTARTED", 62, "", "", 0, "our process started again from a snapshot or a journal"),
    ("WAKE_ON", 63, "T", "", 63, "flags: WAKE_* bits a strategy wants of this token's market"),
)
ACCEPT_STATUS: Final = _count("RESTING", "MATCHED", "DELAYED", "UNMATCHED")
FOUND_STATUS: Final = _count("OPEN", "MATCHED", "CANCELED", "EXPIRED")

EFFECTS: Final = (
    ("REFUSED", 1, "code Refusal; ref: kind of the refused event"),
    ("SUBMIT", 2, "code Tif; size shares; amount pUSD; ref salt; deadline_ns expiry; flags; aux origin"),
    ("CANCEL", 3, "cancel this order"),
    ("QUERY", 4, "look this order and its trades up"),
    ("ORDER", 5, "code OrderState; size filled; amount leaves; ref canceled; aux origin; deadline_ns reversed; flags Refusal if a queued order was dropped"),
    ("FILL", 6, "size; amount fee; ref trade; code Liquidity; flags Evidence; aux origin; deadline_ns cash moved, without the fee"),
    ("SETTLED", 7, "ref trade; code TradeState CONFIRMED or FAILED; size"),
    ("TIMER", 8, "deadline_ns: wake me then; replaces the one armed before"),
    ("RESYNC", 9, "a snapshot of this token's book is wanted"),
    ("RECONCILE", 10, "a read of orders, trades and balances is wanted"),
    ("ALERT", 11, "code Alert; deadline_ns, amount, aux as it says"),
    ("WAKE", 12, "flags WAKE_* bits: run the strategy"),
    ("HALT", 13, "code Fault; aux detail"),
    ("MERGE", 14, "size pairs into cash, on chain"),
    ("SPLIT", 15, "size pairs from cash, on chain"),
    ("REDEEM", 16, "size of a resolved token, on chain"),
    ("REFRESH", 17, "read this market's metadata again"),
)

# refusals, in order of precedence: of several that apply the lowest is answered
REFUSALS: Final = (
    ("NONE", 0, "not refused"),
    ("UNKNOWN_KIND", 1, "no such event kind"),
    ("BAD_TIME", 2, "time_ns below 0 or beyond MAX_TIME_NS"),
    ("TIME_JUMP", 3, "more than max_time_step_ns ahead"),
    ("BAD_TOKEN", 4, "token index beyond the configured tokens"),
    ("OLD_GENERATION", 5, "the token slot was given to another market since"),
    ("BAD_SIDE", 6, "side is neither BUY nor SELL"),
    ("BAD_PRICE", 7, "price outside 0..10000 pips, or a tick that is none"),
    ("BAD_SIZE", 8, "size or amount outside its range"),
    ("BAD_CODE", 9, "code outside its enum"),
    ("BAD_FLAGS", 10, "flag bits the kind does not know, or that contradict each other"),
    ("BAD_ID", 11, "order id or ref missing"),
    ("NO_SNAPSHOT_OPEN", 12, "snapshot levels without a first record"),
    ("STALE_FACT", 15, "a trade below the watermark that we hold no key of"),
    ("ILLEGAL", 16, "the transition table says no"),
    ("ORDER_UNKNOWN", 17, "no such order"),
    ("HALTED", 18, "the engine is halted"),
    ("STARTING", 19, "the session has not been reconciled yet"),
    ("RECONCILING", 20, "the session is reconciling"),
    ("DRAINING", 21, "the session is draining"),
    ("VENUE_RESTARTING", 22, "the matching engine restarts"),
    ("VENUE_DISABLED", 23, "the venue is disabled"),
    ("VENUE_CANCEL_ONLY", 24, "the venue takes cancels only"),
    ("VENUE_POST_ONLY", 25, "the venue takes post-only orders only"),
    ("HEARTBEAT_LOST", 26, "the order heartbeat is not healthy"),
    ("MARKET_UNKNOWN", 27, "no metadata of this market"),
    ("MARKET_CLOSED", 28, "the market is closed, resolved or not accepting"),
    ("CLUSTER_UNKNOWN", 29, "the market's event has not been read"),
    ("METADATA_STALE", 30, "metadata older than two refresh cycles"),
    ("NEG_RISK_HOLD", 31, "a negRisk flag appeared; an operator lifts the hold"),
    ("CLOSE_OUT", 32, "inside the close-out window: only less risk"),
    ("ORDER_ID_USED", 33, "order ids must rise"),
    ("BAD_TIF", 34, "time in force does not go with post-only or expiry"),
    ("EXPIRY_TOO_SOON", 35, "a GTD expiry must be far enough ahead"),
    ("OFF_TICK", 36, "price is not on the market's tick grid"),
    ("PRICE_RANGE", 37, "price outside [tick, 1 - tick]"),
    ("SIZE_GRAIN", 38, "more decimals than an order may have"),
    ("BELOW_MIN_SIZE", 39, "below the market's minimum size"),
    ("BELOW_MIN_NOTIONAL", 40, "a marketable BUY below 1 pUSD"),
    ("REPLACE_TARGET", 41, "the order to replace is not open, or is being replaced already"),
    ("FEED_NOT_SYNCED", 42, "the book is not SYNCED or SUSPECT"),
    ("BOOK_CROSSED", 43, "the local book is crossed"),
    ("POST_ONLY_CROSS", 44, "the post-only order would take"),
    ("SELF_TRADE", 45, "it would match an own order, on either token"),
    ("LOSS_STOP", 46, "the market is in a loss stop"),
    ("NO_MARK", 47, "a position cannot be valued"),
    ("SHORTFALL", 48, "a spendable amount is negative"),
    ("UNHEDGED", 49, "a leg of this market failed"),
    ("BREAKER_OPEN", 50, "the market is paused after rejects"),
    ("BREAKER_PROBING", 51, "the market's probe is out"),
    ("GLOBAL_BREAKER", 52, "everything is paused after rejects"),
    ("COOLDOWN", 53, "too soon after the market's last turn"),
    ("MARKET_BUDGET", 54, "the market's mutation budget is spent"),
    ("SIGNER_BUDGET", 55, "the signer's mutation budget is spent"),
    ("CAP_ORDERS_MARKET", 56, "too many open orders in the market"),
    ("CAP_ORDERS_TOTAL", 57, "too many open orders"),
    ("CAP_MARKET", 58, "exposure cap of the market"),
    ("CAP_CLUSTER", 59, "exposure cap of the cluster"),
    ("CAP_TOTAL", 60, "exposure cap of all"),
    ("INSUFFICIENT_CASH", 61, "spendable cash does not cover it"),
    ("INSUFFICIENT_TOKENS", 62, "spendable tokens do not cover it"),
    ("ORDER_TABLE_FULL", 63, "the order table is full"),
    ("FILL_WINDOW_FULL", 64, "the fill window is full: reconcile"),
    ("CONVERSION_BUSY", 65, "a split, merge or redeem of this market is in flight"),
    ("REPLACE_FILLED", 66, "dropped: the old order filled what the new one was for"),
    ("CANCEL_ASKED", 67, "dropped: a cancel came while it was queued"),
)

# what each condition allows: condition -> (adds risk, lessens risk, cancel, merge)
# yes, no, post (post-only orders only), later (taken, and sent when the venue allows)
GUARD: Final = {
    "HALTED": ("no", "no", "yes", "no"),
    "STARTING": ("no", "no", "yes", "no"),
    "RECONCILING": ("no", "no", "yes", "no"),
    "DRAINING": ("no", "yes", "yes", "yes"),
    "VENUE_RESTARTING": ("no", "no", "later", "yes"),
    "VENUE_DISABLED": ("no", "no", "later", "yes"),
    "VENUE_CANCEL_ONLY": ("no", "no", "yes", "yes"),
    "VENUE_POST_ONLY": ("post", "post", "yes", "yes"),
    "HEARTBEAT_LOST": ("no", "no", "yes", "yes"),
    "NEG_RISK_HOLD": ("no", "no", "yes", "no"),
    "CLOSE_OUT": ("no", "yes", "yes", "yes"),
    "FEED_NOT_SYNCED": ("no", "no", "yes", "yes"),
    "LOSS_STOP": ("no", "yes", "yes", "yes"),
    "NO_MARK": ("no", "yes", "yes", "yes"),
    "SHORTFALL": ("no", "yes", "yes", "yes"),
    "UNHEDGED": ("no", "yes", "yes", "yes"),
    "BREAKER_OPEN": ("no", "no", "yes", "yes"),
    "COOLDOWN": ("no", "yes", "yes", "yes"),
    "MARKET_BUDGET": ("no", "no", "yes", "yes"),
    "SIGNER_BUDGET": ("no", "no", "yes", "yes"),
}

S: Final = 1_000_000_000  # nanoseconds in a second

# configuration: (name, default, least, most, doc). All integers; a session's manifest keeps them.
CONFIG: Final = (
    ("tokens", 64, 2, 65_536, "token slots, even: two a condition"),
    ("wide_books", 4, 0, 4_096, "conditions that may be on the 0.0001 grid at once (160 kB each)"),
    ("orders", 1_024, 4, 1 << 20, "open orders; one in eight is kept for facts"),
    ("fills", 16_384, 16, 1 << 24, "places for fill keys, one of which stays free; a power of two"),
    ("tombstones", 65_536, 4, 1 << 24, "ended orders remembered; a power of two"),
    ("max_time_step_ns", 3_600 * S, 1, 1 << 60, "an event further ahead is refused"),
    ("cooldown_ns", 30 * S, 0, 1 << 60, "between turns of one market; 0 turns it off"),
    ("reject_limit", 5, 1, 1 << 30, "rejects in a row that pause a market"),
    ("breaker_base_ns", 300 * S, 1, 1 << 60, "first pause; each failed probe doubles it"),
    ("breaker_max_ns", 7_200 * S, 1, 1 << 60, "longest pause"),
    ("global_markets", 3, 1, 1 << 30, "markets paused within global_window_ns that pause all"),
    ("global_window_ns", 60 * S, 1, 1 << 60, "the window for global_markets"),
    ("request_timeout_ns", 10 * S, 1, 1 << 60, "a request without an answer is UNKNOWN after this"),
    ("unknown_looks", 3, 1, 255, "empty looks that prove an order dead"),
    ("unknown_span_ns", 60 * S, 1, 1 << 60, "and the least time from the request's deadline to the last of them"),
    ("owed_timeout_ns", 60 * S, 1, 1 << 60, "owed trades, delays and expiries are looked up after this"),
    ("cancel_retry_ns", 1 * S, 1, 1 << 60, "pause before a cancel that did not reach the book goes again"),
    ("venue_retry_ns", 30 * S, 1, 1 << 60, "pause before a stopped venue is tried again, post-only"),
    ("post_only_ns", 120 * S, 1, 1 << 60, "post-only time after a restart"),
    ("stale_after_ns", 30 * S, 1, 1 << 60, "a feed silent for longer is STALE"),
    ("warm_time_ns", 0, 0, 1 << 60, "WARMING becomes SYNCED after this (imports only; 0 never)"),
    ("warm_groups", 1, 1, 1 << 30, "and this many agreeing groups in a row"),
    ("metadata_cycle_ns", 3_600 * S, 1, 1 << 60, "refresh cycle; metadata older than two is refused"),
    ("loss_market_micros", 0, 0, 10**15, "loss stop of a market; 0 is none"),
    ("loss_day_micros", 0, 0, 10**15, "loss stop of a UTC day; 0 is none"),
    ("loss_session_micros", 0, 0, 10**15, "loss stop of the session; 0 is none"),
    ("loss_persist_ns", 5 * S, 0, 1 << 60, "a loss must persist this long"),
    ("loss_check_ns", 1 * S, 1, 1 << 60, "how often positions are valued"),
    ("mark_age_ns", 5 * S, 1, 1 << 60, "a mark older than this is none"),
    ("cap_market_micros", 0, 0, 10**15, "exposure cap of a market; 0 is none"),
    ("cap_cluster_micros", 0, 0, 10**15, "exposure cap of a cluster (event); 0 is none"),
    ("cap_total_micros", 0, 0, 10**15, "exposure cap of all; 0 is none"),
    ("cap_orders_market", 0, 0, 1 << 30, "open orders in a market; 0 is none"),
    ("cap_orders_total", 0, 0, 1 << 30, "open orders in all; 0 is none"),
    ("signer_rate", 40, 1, 1_000_000, "submits a second, per signer"),
    ("signer_burst", 60, 1, 1_000_000, "and at once"),
    ("market_rate", 40, 1, 1_000_000, "submits a second, per market"),
    ("market_burst", 60, 1, 1_000_000, "and at once"),
    ("cancel_rate", 80, 1, 1_000_000, "cancels a second, per signer: paces retries only"),
    ("cancel_burst", 120, 1, 1_000_000, "and at once"),
    ("gtd_min_ns", 180 * S, 0, 1 << 60, "least time to a GTD expiry"),
    ("min_notional_micros", 1_000_000, 0, 10**15, "least amount of a marketable BUY"),
    ("cash_low_pips", 0, 0, 9_999, "lowest price a FAK or FOK BUY may meet; 0 is the tick"),
    ("dust", 10_000, 0, 1_000_000, "microshares or micro-pUSD that a filled order may lack or exceed"),
    ("fallback_metadata", 0, 0, 1, "1: unknown metadata is assumed, with an alert"),
    ("cancel_foreign", 0, 0, 1, "1: foreign orders are cancelled, 0: adopted"),
    ("salt_base", 0, 0, (1 << 53) - 1, "salts count up from here"),
)

COUNTERS: Final = (
    "taken", "ignored", "refused", "late_times", "deltas", "levels_pruned", "best_missing",
    "groups", "groups_agreed", "snapshots", "crossed_groups", "crossed_snapshots", "hash_bad", "mirror_mismatches", "gaps",
    "resyncs", "prints", "submits", "cancels", "queries", "fills", "fills_foreign", "fills_late",
    "fills_over", "reversals", "disputes", "stale_facts", "role_disagreements", "rejects_counted",
    "rejects_uncounted", "adopted", "risen", "timers", "wakes", "alerts", "keys_purged",
)  # fmt: skip

ENUMS: Final = {
    "Side": SIDES, "Tif": TIFS, "Origin": ORIGINS, "Liquidity": LIQUIDITY, "Evidence": EVIDENCE,
    "Reject": tuple(r[:3] for r in REJECTS), "CancelReason": CANCEL_REASONS, "OperatorCode": OPERATOR,
    "FeedSign": FEED_SIGNS, "Heartbeat": HEARTBEATS, "Alert": ALERTS, "Fault": FAULTS,
    "AcceptStatus": ACCEPT_STATUS, "FoundStatus": FOUND_STATUS, "Wake": WAKE_BITS, "Flag": FLAG_BITS,
    "EventKind": tuple((e[0], e[1], e[5]) for e in EVENTS), "EffectKind": EFFECTS, "Refusal": REFUSALS,
    "TradeStatus": _count(*TRADE.inputs), "Verdict": _count("TAKE", "IGNORE_DUPLICATE", "REFUSE", "FAULT"),
    "GuardCell": _count("yes", "no", "post", "later"),
}  # fmt: skip
