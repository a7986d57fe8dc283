"""The market channel's messages: the exchange's words as the venue writes them.

Shapes and keys are those of recordings, in their order; a price change is the one message with a
space behind each comma. Hashes are made up, but change with the book's time as the venue's do.
"""

from __future__ import annotations

import json
from typing import Any, Final

from clobstep.enums import PIPS, EventKind, Flag, Side
from clobstep.events import Event
from clobstep.venue.hash_text import price_text, size_text
from clobstep_sim.exchange._exchange import Exchange
from clobstep_sim.exchange.names import Names, digest

MS: Final = 1_000_000


def text(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


def milliseconds(time_ns: int) -> str:
    return str(time_ns // MS)


def book_hash(e: Event, token: int) -> str:
    """Changes and books of one moment carry one hash a token."""
    return digest("book", token, e.venue_time_ns)[:40]


class MarketFrames:
    """Messages of the market channel. Owns: each token's tick, a book that is not whole yet."""

    def __init__(self, exchange: Exchange, names: Names) -> None:
        terms = exchange.terms()
        self._names = names
        self._ticks = [row["tick_pips"] for row in terms for _ in range(2)]
        # /fee-rate says 1000 of every market with a fee, and so does this message
        self._fees = ["1000" if row["fee_ppm"] else "0" for row in terms]
        self._book: list[Event] = []
        self._kinds = {
            EventKind.BOOK_DELTA: self._price_change,
            EventKind.BOOK_SNAPSHOT: self._part_of_book,
            EventKind.PRINT: self._last_trade_price,
            EventKind.TICK_CHANGE: self._tick_size_change,
            EventKind.BEST: self._best_bid_ask,
            EventKind.RESOLVED: self._market_resolved,
        }

    def frame(self, e: Event) -> bytes | None:
        """A word as a message; None when it is none of its own."""
        return self._kinds[EventKind(e.kind)](e)

    def _of(self, e: Event) -> dict[str, Any]:
        names = self._names
        return {"market": names.condition(e.token >> 1), "asset_id": names.asset(e.token)}

    def book_hash(self, e: Event) -> str:
        """Of the book of its token after it."""
        return book_hash(e, e.token)

    def _price_change(self, e: Event) -> bytes:
        twin = e._replace(
            token=e.token ^ 1,
            side=1 - e.side,
            price_pips=PIPS - e.price_pips,
            bid_pips=PIPS - e.ask_pips,
            ask_pips=PIPS - e.bid_pips,
        )
        message = {
            "market": self._names.condition(e.token >> 1),
            "price_changes": [self._change(one) for one in (e, twin)],
            "timestamp": milliseconds(e.venue_time_ns),
            "event_type": "price_change",
        }
        return json.dumps(message, separators=(", ", ":")).encode()

    def _change(self, e: Event) -> dict[str, str]:
        return {
            "asset_id": self._names.asset(e.token),
            "price": price_text(e.price_pips),
            "size": size_text(e.size),
            "side": Side(e.side).name,
            "hash": self.book_hash(e),
            "best_bid": price_text(e.bid_pips),
            "best_ask": price_text(e.ask_pips),
        }

    def _part_of_book(self, e: Event) -> bytes | None:
        """A book is told by its last record."""
        self._book.append(e)
        if not e.flags & Flag.SNAP_LAST:
            return None
        sides: tuple[list[dict[str, str]], list[dict[str, str]]] = ([], [])
        for one in self._book:
            levels = (
                (one.price_pips, one.size),
                (one.bid_pips, one.amount),
                (one.ask_pips, one.order_id),
            )[: one.code]
            sides[one.side].extend(
                {"price": price_text(pips), "size": size_text(size)} for pips, size in levels
            )
        self._book.clear()
        return text(
            self._of(e)
            | {
                "bids": sides[Side.BUY],
                "asks": sides[Side.SELL],
                "hash": self.book_hash(e),
                "timestamp": milliseconds(e.venue_time_ns),
                "event_type": "book",
            }
        )

    def _last_trade_price(self, e: Event) -> bytes:
        return text(
            self._of(e)
            | {
                "price": price_text(e.price_pips),
                "size": size_text(e.size),
                "fee_rate_bps": self._fees[e.token >> 1],
                "side": Side(e.side).name,
                "timestamp": milliseconds(e.venue_time_ns),
                "event_type": "last_trade_price",
                "transaction_hash": "0x" + digest("print", *e),
            }
        )

    def _tick_size_change(self, e: Event) -> bytes:
        """Told twice, the second time from the new tick to itself."""
        before, self._ticks[e.token] = self._ticks[e.token], e.price_pips
        return text(
            self._of(e)
            | {
                "old_tick_size": price_text(before),
                "new_tick_size": price_text(e.price_pips),
                "timestamp": milliseconds(e.venue_time_ns),
                "event_type": "tick_size_change",
            }
        )

    def _best_bid_ask(self, e: Event) -> bytes:
        return text(
            self._of(e)
            | {
                "best_bid": price_text(e.bid_pips),
                "best_ask": price_text(e.ask_pips),
                "spread": price_text(e.ask_pips - e.bid_pips),
                "timestamp": milliseconds(e.venue_time_ns),
                "event_type": "best_bid_ask",
            }
        )

    def _market_resolved(self, e: Event) -> bytes | None:
        """A draw has no winner to name: it is heard of elsewhere."""
        if e.price_pips != PIPS:
            return None
        names, market = self._names, e.token >> 1
        return text(
            {
                "event_type": "market_resolved",
                "id": str(1 + market),
                "market": names.condition(market),
                "assets_ids": [names.asset(2 * market), names.asset(2 * market + 1)],
                "winning_asset_id": names.asset(e.token),
                "winning_outcome": ("Yes", "No")[e.token & 1],
                "timestamp": milliseconds(e.venue_time_ns),
                "tags": [],
            }
        )
