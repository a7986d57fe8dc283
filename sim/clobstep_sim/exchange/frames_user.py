"""The user channel's messages: an account's words as the venue writes them.

A word says what a codec reads; what else stands in a message (whom a trade was with, an order's
expiry) is looked up at the exchange, where it does not change any more.
"""

from __future__ import annotations

from typing import Any, Final

from clobstep.enums import CancelReason, EventKind, Flag, Side, Tif, TradeStatus
from clobstep.events import Event
from clobstep.venue.hash_text import price_text, size_text
from clobstep_sim.exchange._exchange import Exchange
from clobstep_sim.exchange.frames_market import milliseconds, text
from clobstep_sim.exchange.names import Names

SECOND: Final = 1_000_000_000
TYPES: Final = {
    EventKind.PLACED: "PLACEMENT",
    EventKind.MATCHED: "UPDATE",
    EventKind.CANCELED: "CANCELLATION",
}
# An expiry and the end of a FAK have no word of their own: the order tells them from a cancel.
CANCELED: Final = {
    CancelReason.BALANCE: "CANCELED_NOT_ENOUGH_BALANCE",
    CancelReason.RESOLVED: "CANCELED_MARKET_RESOLVED",
}


def outcome(token: int) -> str:
    return ("Yes", "No")[token & 1]


def seconds(time_ns: int) -> str:
    return str(time_ns // SECOND)


class UserFrames:
    """Messages of the user channel, to any account."""

    def __init__(self, exchange: Exchange, names: Names) -> None:
        self._exchange = exchange
        self._names = names

    def frame(self, account: int, e: Event) -> bytes | None:
        """A word as a message; None when another one tells it too."""
        return self._trade(account, e) if e.kind == EventKind.TRADE else self._order(account, e)

    def _order(self, account: int, e: Event) -> bytes:
        names, order = self._names, self._exchange.order(account, e.order_id)
        assert order is not None, "a word of an order that never came"
        placed = e.kind == EventKind.PLACED
        matched = size_text(e.size) if e.flags & Flag.SIZE_KNOWN else ""
        return text(
            {
                "event_type": "order",
                "type": TYPES[EventKind(e.kind)],
                "id": names.order(account, e.order_id),
                "owner": names.owner(account),
                "order_owner": names.owner(account),
                "market": names.condition(order["token"] >> 1),
                "asset_id": names.asset(order["token"]),
                "side": Side(order["side"]).name,
                "original_size": size_text(order["original"]),
                "size_matched": matched,
                "price": price_text(order["price_pips"]),
                "associate_trades": None if placed else [],
                "outcome": outcome(order["token"]),
                "created_at": seconds(order["arrived_ns"]),
                "expiration": seconds(order["expire_ns"]),
                "order_type": Tif(order["tif"]).name,
                "status": status(e, order["original"]),
                "maker_address": names.maker(account, e.order_id),
                "timestamp": milliseconds(e.venue_time_ns),
            }
        )

    def _trade(self, account: int, e: Event) -> bytes | None:
        """The head is the taker's, to whomever it goes; one message a trade and account."""
        names, number = self._names, e.ref - 1
        trade = self._exchange.trade(number)
        if e.flags & Flag.ROLE_MAKER and trade["taker"] == account:
            return None
        return text(
            {
                "event_type": "trade",
                "type": "TRADE",
                "id": names.trade(number),
                "taker_order_id": names.order_in(number, trade["taker"], trade["taker_id"]),
                "market": names.condition(trade["taker_token"] >> 1),
                "asset_id": names.asset(trade["taker_token"]),
                "side": Side(trade["taker_side"]).name,
                "size": size_text(trade["shares"]),
                "price": price_text(trade["taker_pips"]),
                "fee_rate_bps": "0",  # whatever was charged
                "status": TradeStatus(e.code).name,
                "match_time": seconds(trade["time_ns"]),
                "last_update": seconds(e.time_ns),
                "outcome": outcome(trade["taker_token"]),
                "owner": names.owner(trade["taker"]),
                "trade_owner": names.owner(trade["taker"]),
                "maker_address": names.maker(trade["taker"], trade["taker_id"]),
                "transaction_hash": names.transaction(number),
                "bucket_index": 0,
                "maker_orders": [self._maker(number, trade)],
                "trader_side": "MAKER" if e.flags & Flag.ROLE_MAKER else "TAKER",
                "timestamp": milliseconds(e.time_ns),
            }
        )

    def _maker(self, number: int, trade: dict[str, int]) -> dict[str, Any]:
        names, token = self._names, trade["maker_token"]
        return {
            "order_id": names.order_in(number, trade["maker"], trade["maker_id"]),
            "owner": names.owner(trade["maker"]),
            "maker_address": names.maker(trade["maker"], trade["maker_id"]),
            "matched_amount": size_text(trade["shares"]),
            "price": price_text(trade["maker_pips"]),
            "fee_rate_bps": "0",
            "asset_id": names.asset(token),
            "outcome": outcome(token),
            "outcome_index": token & 1,
            "side": Side(trade["maker_side"]).name,
        }


def status(e: Event, original: int) -> str:
    if e.kind == EventKind.CANCELED:
        return CANCELED.get(CancelReason(e.code), "CANCELED")
    return "MATCHED" if e.flags & Flag.SIZE_KNOWN and e.size == original else "LIVE"
