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

from .records import Event
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
    K.BOOK_DELTA, K.PRINT, K.TICK_CHANGE, K.MARKET, K.RESOLVED, K.PLACED, K.MATCHED, K.FOUND,
    K.TRADE, K.REDEEM, K.INTENT_SUBMIT, K.INTENT_REPLACE,
)  # fmt: skip
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


def refusal_of(st: State, e: Event) -> Refusal:
    """NONE, or the lowest code that applies to the record alone."""
    if e.kind not in K._value2member_map_:
        return Refusal.UNKNOWN_KIND
    if not 0 <= e.time_ns < MAX_TIME_NS:
        return Refusal.BAD_TIME
    jump = e.time_ns > st.now + st.config.max_time_step_ns
    if st.started and jump and e.kind != K.RESTARTED:
        return Refusal.TIME_JUMP
    token = _token(st, e)
    if token is not Refusal.NONE:
        return token
    if e.kind in SIDE and e.side > 1:
        return Refusal.BAD_SIDE
    if not _prices_good(e):
        return Refusal.BAD_PRICE
    if not _sizes_good(e) or (_adopts(st, e) and e.amount == 0):
        return Refusal.BAD_SIZE
    if not _code_good(e):
        return Refusal.BAD_CODE
    if not _flags_good(e):
        return Refusal.BAD_FLAGS
    if e.kind in ORDER_ID and e.order_id == 0:
        return Refusal.BAD_ID
    if e.kind in REF and e.ref == 0:
        return Refusal.BAD_ID
    return Refusal.NONE


def _token(st: State, e: Event) -> Refusal:
    if e.kind in TOKEN_OR_CASH and e.token == NO_TOKEN and not _of_a_market(e):
        return Refusal.NONE
    if e.kind in TOKEN or e.kind in TOKEN_OR_CASH:  # NO_TOKEN lies beyond every token
        if e.token >= st.config.tokens:
            return Refusal.BAD_TOKEN
        if e.generation != st.condition(e.token).generation:
            return Refusal.OLD_GENERATION
    return Refusal.NONE


def _adopts(st: State, e: Event) -> bool:
    """A word about an open order that nobody knows here."""
    tells = e.kind in (K.PLACED, K.MATCHED) or (e.kind == K.FOUND and e.code == FoundStatus.OPEN)
    return tells and e.order_id != 0 and st.find(e.order_id) is None


def _of_a_market(e: Event) -> bool:
    """An operator's word that makes sense of one market only."""
    of_one = (OperatorCode.LIFT_LOSS_STOP, OperatorCode.CLEAR_UNHEDGED)
    return e.kind == K.OPERATOR and e.code in of_one


def _price(pips: int) -> bool:
    return 0 <= pips <= 10_000


def _prices_good(e: Event) -> bool:
    if e.kind in (K.TICK_CHANGE, K.MARKET):
        return e.price_pips in TICKS
    if e.kind in PRICE and not _price(e.price_pips):
        return False
    if e.kind == K.BEST or (e.kind == K.BOOK_DELTA and e.flags & 2):
        return _price(e.bid_pips) and _price(e.ask_pips)
    if e.kind == K.BOOK_SNAPSHOT:
        return all(_price(price) for price, _ in snapshot_levels(e))
    return True


def _sizes_good(e: Event) -> bool:
    if e.kind in SIZE and not 0 <= e.size <= MAX_SIZE:
        return False
    if e.kind in SIZE_ABOVE_0 and not 1 <= e.size <= MAX_SIZE:
        return False
    if e.kind in SIZE_IF_KNOWN and e.flags & Flag.SIZE_KNOWN and not 0 <= e.size <= MAX_SIZE:
        return False
    if e.kind in MONEY and e.token != NO_TOKEN and not 0 <= e.size <= MAX_SIZE:
        return False
    if e.kind == K.ADJUSTMENT:
        return abs(e.amount if e.token == NO_TOKEN else e.size) <= MAX_SIZE
    if e.kind in (K.VENUE, K.CANCEL_REFUSED) and e.amount < 0:
        return False
    if e.kind == K.MARKET and (e.amount > 1_000_000 or e.ref > MAX_TIME_NS):
        return False
    if e.kind in AMOUNT and not 0 <= e.amount <= MAX_SIZE:
        return False
    if e.kind == K.BOOK_SNAPSHOT:
        return all(0 <= size <= MAX_SIZE for _, size in snapshot_levels(e))
    return True


def _code_good(e: Event) -> bool:
    if e.kind == K.BOOK_SNAPSHOT:
        return e.code <= 3
    if e.kind == K.FEED:
        return e.code < len(FeedSign)
    if e.kind == K.VENUE:
        return e.code < len(VenueState)
    if e.kind == K.HEARTBEAT:
        return e.code < len(Heartbeat)
    if e.kind == K.ACCEPTED:
        return e.code < len(AcceptStatus)
    if e.kind == K.REJECTED:
        return e.code < len(Reject)
    if e.kind in (K.CANCEL_REFUSED, K.CANCELED):
        return e.code < len(CancelReason)
    if e.kind in (K.PLACED, K.MATCHED, K.INTENT_SUBMIT, K.INTENT_REPLACE):
        return e.code < len(Tif)
    if e.kind == K.FOUND:
        return e.code < len(FoundStatus)
    if e.kind == K.TRADE:
        return e.code < len(TradeStatus)
    if e.kind == K.OPERATOR:
        return e.code < len(OperatorCode)
    return True


def _flags_good(e: Event) -> bool:
    if e.kind == K.TRADE and (e.flags & 3 == 3 or e.flags & 12 == 12):
        return False
    if e.kind in (K.BOOK_DELTA, K.BOOK_SNAPSHOT):
        allowed = 3
    elif e.kind in (K.MARKET, K.TRADE, K.INTENT_REPLACE):
        allowed = 15
    elif e.kind == K.CLUSTER:
        allowed = 6
    elif e.kind == K.INTENT_SUBMIT:
        allowed = 13
    elif e.kind == K.WAKE_ON:
        allowed = 63
    elif e.kind in (
        K.BEST, K.ACCEPTED, K.CANCEL_ACCEPTED, K.PLACED, K.MATCHED, K.CANCELED, K.FOUND,
    ):  # fmt: skip
        allowed = 1
    else:
        allowed = 0
    return e.flags & ~allowed == 0


def snapshot_levels(e: Event) -> list[tuple[int, int]]:
    """The levels packed into a BOOK_SNAPSHOT record: (price_pips, size)."""
    packed = [(e.price_pips, e.size), (e.bid_pips, e.amount), (e.ask_pips, e.order_id)]
    return packed[: e.code]
