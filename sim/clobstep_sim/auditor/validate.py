"""Is the record itself acceptable? docs/rules.md, 1, step 2; the needs are in docs/reference.md.

Looks at the record, the time and the generations of the token slots; changes nothing.
"""

from __future__ import annotations

from typing import Final

from clobstep.enums import (
    MAX_SIZE,
    MAX_TIME_NS,
    NO_TOKEN,
    AcceptStatus,
    CancelReason,
    EventKind,
    FeedSign,
    Flag,
    FoundStatus,
    Heartbeat,
    OperatorCode,
    Refusal,
    Reject,
    Tif,
    TradeStatus,
    VenueState,
)

from .records import Record
from .state import State

K = EventKind
TICKS: Final = (1000, 100, 50, 25, 10, 1)  # the ticks there are (units.py, market details)

TOKEN: Final = (
    K.BOOK_DELTA, K.BOOK_SNAPSHOT, K.PRINT, K.BEST, K.TICK_CHANGE, K.MARKET, K.RESOLVED, K.RETIRE,
    K.PLACED, K.MATCHED, K.FOUND, K.TRADE, K.SPLIT, K.MERGE, K.REDEEM, K.CONVERSION_FAILED,
    K.INTENT_SUBMIT, K.INTENT_REPLACE, K.INTENT_CANCEL_MARKET, K.INTENT_MERGE, K.INTENT_SPLIT,
    K.INTENT_REDEEM, K.WAKE_ON,
)  # fmt: skip
TOKEN_OR_CASH: Final = (
    K.FEED, K.OPENING, K.DEPOSIT, K.WITHDRAWAL, K.ADJUSTMENT, K.BALANCE, K.SIGNAL, K.OPERATOR,
)  # fmt: skip
SIDE: Final = (
    K.BOOK_DELTA, K.BOOK_SNAPSHOT, K.PRINT, K.PLACED, K.MATCHED, K.FOUND, K.TRADE,
    K.INTENT_SUBMIT, K.INTENT_REPLACE,
)  # fmt: skip
PRICE: Final = (
    K.BOOK_DELTA, K.PRINT, K.RESOLVED, K.PLACED, K.MATCHED, K.FOUND, K.TRADE, K.REDEEM,
    K.INTENT_SUBMIT, K.INTENT_REPLACE,
)  # fmt: skip
TICK: Final = (K.TICK_CHANGE, K.MARKET)
SIZE: Final = (K.BOOK_DELTA, K.MARKET, K.PLACED, K.MATCHED, K.FOUND)
SIZE_ABOVE_0: Final = (
    K.PRINT, K.TRADE, K.SPLIT, K.MERGE, K.REDEEM, K.INTENT_SUBMIT, K.INTENT_REPLACE,
    K.INTENT_MERGE, K.INTENT_SPLIT, K.INTENT_REDEEM,
)  # fmt: skip
SIZE_IF_KNOWN: Final = (K.ACCEPTED, K.CANCEL_ACCEPTED, K.CANCELED)
MONEY: Final = (K.OPENING, K.DEPOSIT, K.WITHDRAWAL, K.BALANCE)
AMOUNT: Final = (
    K.MARKET, K.PLACED, K.MATCHED, K.FOUND, K.OPENING, K.DEPOSIT, K.WITHDRAWAL, K.BALANCE, K.LOCK,
)  # fmt: skip
ORDER_ID: Final = (
    K.ACCEPTED, K.REJECTED, K.SUBMIT_UNKNOWN, K.CANCEL_ACCEPTED, K.CANCEL_REFUSED,
    K.CANCEL_UNKNOWN, K.PLACED, K.MATCHED, K.CANCELED, K.FOUND, K.NOT_FOUND, K.TRADE,
    K.INTENT_SUBMIT, K.INTENT_REPLACE, K.INTENT_CANCEL,
)  # fmt: skip
REF: Final = (K.TRADE, K.INTENT_REPLACE)
ADOPTING: Final = (K.PLACED, K.MATCHED, K.FOUND)
NO_NEGATIVE: Final = (K.VENUE, K.CANCEL_REFUSED)  # how long, in `amount`
# The lists above as bits of one number a kind: looking a kind up in each of them is slow.
LISTS: Final = (
    TOKEN, TOKEN_OR_CASH, SIDE, PRICE, TICK, SIZE, SIZE_ABOVE_0, SIZE_IF_KNOWN, MONEY, AMOUNT,
    ORDER_ID, REF, ADOPTING, NO_NEGATIVE,
)  # fmt: skip
(
    IN_TOKEN, IN_TOKEN_OR_CASH, IN_SIDE, IN_PRICE, IN_TICK, IN_SIZE, IN_SIZE_ABOVE_0,
    IN_SIZE_IF_KNOWN, IN_MONEY, IN_AMOUNT, IN_ORDER_ID, IN_REF, IN_ADOPTING, IN_NO_NEGATIVE,
) = (1 << bit for bit in range(len(LISTS)))  # fmt: skip
KNOWN: Final = 1 << len(LISTS)
KINDS: Final = 256
# How many codes a kind has, or 256 for any.
CODES: Final = {
    K.BOOK_SNAPSHOT: 4, K.FEED: len(FeedSign), K.VENUE: len(VenueState),
    K.HEARTBEAT: len(Heartbeat), K.ACCEPTED: len(AcceptStatus), K.REJECTED: len(Reject),
    K.CANCEL_REFUSED: len(CancelReason), K.CANCELED: len(CancelReason), K.PLACED: len(Tif),
    K.MATCHED: len(Tif), K.INTENT_SUBMIT: len(Tif), K.INTENT_REPLACE: len(Tif),
    K.FOUND: len(FoundStatus), K.TRADE: len(TradeStatus), K.OPERATOR: len(OperatorCode),
}  # fmt: skip
# The flags that a kind may have.
FLAGS: Final = {
    K.BOOK_DELTA: 3, K.BOOK_SNAPSHOT: 3, K.MARKET: 15, K.TRADE: 15, K.INTENT_REPLACE: 15,
    K.CLUSTER: 6, K.INTENT_SUBMIT: 13, K.WAKE_ON: 63, K.BEST: 1, K.ACCEPTED: 1,
    K.CANCEL_ACCEPTED: 1, K.PLACED: 1, K.MATCHED: 1, K.CANCELED: 1, K.FOUND: 1,
}  # fmt: skip


def _needs(kind: int) -> int:
    bits = sum(1 << bit for bit, kinds in enumerate(LISTS) if kind in kinds)
    return bits | KNOWN if kind in K._value2member_map_ else bits


NEEDS: Final = tuple(_needs(kind) for kind in range(KINDS))
CODES_OF: Final = tuple(CODES.get(K(k), 256) if NEEDS[k] else 256 for k in range(KINDS))
FLAGS_OF: Final = tuple(FLAGS.get(K(k), 0) if NEEDS[k] else 0 for k in range(KINDS))
# As plain numbers: a member of an enum is slow to get at, and these are asked for at each event.
GOOD: Final = int(Refusal.NONE)
RESTARTED: Final = int(K.RESTARTED)
BOOK_DELTA: Final = int(K.BOOK_DELTA)
BOOK_SNAPSHOT: Final = int(K.BOOK_SNAPSHOT)
BEST: Final = int(K.BEST)
MARKET: Final = int(K.MARKET)
FOUND: Final = int(K.FOUND)
TRADE: Final = int(K.TRADE)
ADJUSTMENT: Final = int(K.ADJUSTMENT)
OPERATOR: Final = int(K.OPERATOR)
OPEN: Final = int(FoundStatus.OPEN)
SIZE_KNOWN: Final = int(Flag.SIZE_KNOWN)
BOOK_BEST: Final = int(Flag.BOOK_BEST)
LARGEST: Final = int(MAX_SIZE)
LATEST_NS: Final = int(MAX_TIME_NS)
NOBODY: Final = int(NO_TOKEN)


def refusal_of(st: State, e: Record) -> int:
    """NONE, or the lowest code that applies to the record alone."""
    needs = NEEDS[e.kind]
    if not needs & KNOWN:
        return Refusal.UNKNOWN_KIND
    if not 0 <= e.time_ns < LATEST_NS:
        return Refusal.BAD_TIME
    if st.started and e.time_ns - st.now > st.max_step_ns and e.kind != RESTARTED:
        return Refusal.TIME_JUMP
    if needs & (IN_TOKEN | IN_TOKEN_OR_CASH):
        token = _token(st, e, needs)
        if token != GOOD:
            return token
    if needs & IN_SIDE and e.side > 1:
        return Refusal.BAD_SIDE
    if not _prices_good(e, needs):
        return Refusal.BAD_PRICE
    if not _sizes_good(e, needs) or (needs & IN_ADOPTING and e.amount == 0 and _adopts(st, e)):
        return Refusal.BAD_SIZE
    codes = CODES_OF[e.kind]
    if e.code >= codes:
        return Refusal.BAD_CODE
    allowed = FLAGS_OF[e.kind]
    if e.flags & ~allowed or (e.kind == TRADE and _both_roles(e)):
        return Refusal.BAD_FLAGS
    if (needs & IN_ORDER_ID and e.order_id == 0) or (needs & IN_REF and e.ref == 0):
        return Refusal.BAD_ID
    return GOOD


def _token(st: State, e: Record, needs: int) -> int:
    if needs & IN_TOKEN_OR_CASH and e.token == NOBODY and not _of_a_market(e):
        return GOOD
    if e.token >= st.n_tokens:  # NO_TOKEN lies beyond every token
        return Refusal.BAD_TOKEN
    if e.generation != st.condition(e.token).generation:
        return Refusal.OLD_GENERATION
    return GOOD


def _adopts(st: State, e: Record) -> bool:
    """A word about an open order that nobody knows here."""
    tells = e.kind != FOUND or e.code == OPEN
    return tells and e.order_id != 0 and st.find(e.order_id) is None


def _of_a_market(e: Record) -> bool:
    """An operator's word that makes sense of one market only."""
    of_one = (OperatorCode.LIFT_LOSS_STOP, OperatorCode.CLEAR_UNHEDGED)
    return e.kind == OPERATOR and e.code in of_one


def _both_roles(e: Record) -> bool:
    return e.flags & 3 == 3 or e.flags & 12 == 12


def _price(pips: int) -> bool:
    return 0 <= pips <= 10_000


def _prices_good(e: Record, needs: int) -> bool:
    if needs & IN_TICK:
        return e.price_pips in TICKS
    if needs & IN_PRICE and not _price(e.price_pips):
        return False
    if e.kind == BEST or (e.kind == BOOK_DELTA and e.flags & BOOK_BEST):
        return _price(e.bid_pips) and _price(e.ask_pips)
    if e.kind == BOOK_SNAPSHOT:
        n = e.code
        return (
            (n < 1 or _price(e.price_pips))
            and (n < 2 or _price(e.bid_pips))
            and (n < 3 or _price(e.ask_pips))
        )
    return True


def _sizes_good(e: Record, needs: int) -> bool:
    if needs & IN_SIZE and not 0 <= e.size <= LARGEST:
        return False
    if needs & IN_SIZE_ABOVE_0 and not 1 <= e.size <= LARGEST:
        return False
    if needs & IN_SIZE_IF_KNOWN and e.flags & SIZE_KNOWN and not 0 <= e.size <= LARGEST:
        return False
    if needs & IN_MONEY and e.token != NOBODY and not 0 <= e.size <= LARGEST:
        return False
    if e.kind == ADJUSTMENT:
        said = e.amount if e.token == NOBODY else e.size
        return -LARGEST <= said <= LARGEST
    if needs & IN_NO_NEGATIVE and e.amount < 0:
        return False
    if e.kind == MARKET and (e.amount > 1_000_000 or e.ref > LATEST_NS):
        return False
    if needs & IN_AMOUNT and not 0 <= e.amount <= LARGEST:
        return False
    if e.kind == BOOK_SNAPSHOT:
        n = e.code
        return (
            (n < 1 or 0 <= e.size <= LARGEST)
            and (n < 2 or 0 <= e.amount <= LARGEST)
            and (n < 3 or e.order_id <= LARGEST)
        )
    return True


def level_price(e: Record, k: int) -> int:
    """The price in pips of the k-th level that a BOOK_SNAPSHOT record holds."""
    if k == 0:
        return e.price_pips
    return e.bid_pips if k == 1 else e.ask_pips


def level_size(e: Record, k: int) -> int:
    """The size of the k-th level that a BOOK_SNAPSHOT record holds."""
    if k == 0:
        return e.size
    return e.amount if k == 1 else e.order_id
