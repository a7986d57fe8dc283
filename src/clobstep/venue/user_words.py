"""The words of orders and trades: what the venue writes, and what the engine calls it.

Source: PROTOCOL facts, section 3.2, and recorded messages. What stands in no table is a note, never
an error. Owns nothing; touches nothing.
"""

from __future__ import annotations

from typing import Final

from clobstep.enums import CancelReason, FoundStatus, Side, Tif, TradeStatus

SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}
TIFS: Final = {"GTC": Tif.GTC, "GTD": Tif.GTD, "FOK": Tif.FOK, "FAK": Tif.FAK}

# A trade's status, without the prefix TRADE_STATUS_ that the REST answers carry.
TRADE_STATUS: Final = {
    "MATCHED_NOT_BROADCASTED": TradeStatus.NOT_BROADCAST,
    "MATCHED": TradeStatus.MATCHED,
    "MINED": TradeStatus.MINED,
    "CONFIRMED": TradeStatus.CONFIRMED,
    "RETRYING": TradeStatus.RETRYING,
    "FAILED": TradeStatus.FAILED,
}
# What a message of type CANCELLATION says as its status, without the prefix ORDER_STATUS_.
CANCEL_STATUS: Final = {
    "CANCELED": CancelReason.USER,
    "INVALID": CancelReason.INVALID,
    "CANCELED_MARKET_RESOLVED": CancelReason.RESOLVED,
    "CANCELED_NOT_ENOUGH_BALANCE": CancelReason.BALANCE,
    "CANCELED_EXPIRED_ORDER": CancelReason.EXPIRED,
    "CANCELED_MARKET_NOT_FOUND": CancelReason.OTHER,
    "CANCELED_ORDER_TIMED_OUT": CancelReason.OTHER,
    "LIVE": CancelReason.OTHER,
    "MATCHED": CancelReason.OTHER,
    "DELAYED": CancelReason.OTHER,
    "UNMATCHED": CancelReason.OTHER,
    "": CancelReason.OTHER,
}
# CANCELED_ with free text behind it: the first of these that is in it, in lower case.
CANCEL_PHRASES: Final = (
    ("fully filled or killed", CancelReason.KILLED),
    ("couldn't be fully filled", CancelReason.KILLED),
    ("no orders found to match with fak", CancelReason.KILLED),
    ("not enough balance", CancelReason.BALANCE),
    ("expired", CancelReason.EXPIRED),
    ("resolved", CancelReason.RESOLVED),
)


def trade_status(text: str) -> TradeStatus | None:
    """The status of a trade, None for a word nobody has seen."""
    return TRADE_STATUS.get(text.removeprefix("TRADE_STATUS_"))


def plain(status: str) -> str:
    """An order's status without the prefix that the REST answers carry."""
    return status.removeprefix("ORDER_STATUS_")


def is_over(status: str) -> bool:
    """Whether an order's status says that it is cancelled, whatever the type of the message."""
    word = plain(status)
    return word.startswith("CANCELED") or word == "INVALID"


def cancel_reason(status: str, tif: Tif, expired: bool) -> tuple[CancelReason, bool]:
    """Why an order was cancelled, and whether the text is one that is known.

    A plain CANCELED of a FAK or FOK is the end of its remainder (KILLED), and of a GTD whose life
    was over (`expired`) its expiry: the venue has no word of its own for that.
    """
    word = plain(status)
    reason = CANCEL_STATUS.get(word)
    if reason is CancelReason.USER and tif in (Tif.FOK, Tif.FAK):
        return CancelReason.KILLED, True
    if reason is CancelReason.USER and expired:
        return CancelReason.EXPIRED, True
    if reason is not None:
        return reason, True
    text = word.lower()
    for phrase, meaning in CANCEL_PHRASES:
        if phrase in text:
            return meaning, True
    return CancelReason.OTHER, False


def found_status(status: str, tif: Tif, expired: bool) -> tuple[FoundStatus, bool]:
    """How an order that is looked up stands, and whether the word is one that is known.

    A word nobody has seen is OPEN: the reservation holds, and the next look corrects it.
    """
    word = plain(status)
    if word in ("LIVE", "DELAYED", "UNMATCHED"):
        return FoundStatus.OPEN, True
    if word == "MATCHED":
        return FoundStatus.MATCHED, True
    if not is_over(status):
        return FoundStatus.OPEN, False
    reason, known = cancel_reason(status, tif, expired)
    over = FoundStatus.EXPIRED if reason is CancelReason.EXPIRED else FoundStatus.CANCELED
    return over, known
