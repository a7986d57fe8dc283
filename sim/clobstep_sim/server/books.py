"""Books as the venue writes them, with the hash that its clients can check.

Owns the time of each market's last change, and the names of what trades now.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from clobstep.enums import EventKind
from clobstep.events import Event
from clobstep.venue.hash_text import price_text, size_text, trade_text
from clobstep_sim.exchange.frames_market import MarketFrames

if TYPE_CHECKING:
    from clobstep_sim.exchange import Exchange
    from clobstep_sim.exchange.names import Names
    from clobstep_sim.server.venue import Venue

MS: Final = 1_000_000
CHANGES: Final = frozenset({EventKind.BOOK_DELTA, EventKind.BOOK_SNAPSHOT, EventKind.TICK_CHANGE})


@lru_cache(maxsize=65_536)
def level_text(pips: int, size: int) -> str:
    """A level of a book as JSON."""
    return f'{{"price":"{price_text(pips)}","size":"{size_text(size)}"}}'


class Books:
    """Summaries of books, made when they are asked for and kept until something changes."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._changed_ms = [venue.exchange.now_ns // MS] * venue.settings.markets
        self._kept: dict[int, tuple[tuple[Any, ...], str, str]] = {}  # key, text, hash
        self._assets: dict[str, int] = {}
        self._conditions: dict[str, int] = {}

    # ---- names

    def assets(self) -> dict[str, int]:
        """Asset id -> token, of what trades now."""
        if not self._assets:
            count, names = self._venue.settings.markets, self._venue.names
            self._assets = {names.asset(token): token for token in range(2 * count)}
            self._conditions = {names.condition(market): market for market in range(count)}
        return self._assets

    def conditions(self) -> dict[str, int]:
        self.assets()
        return self._conditions

    def forget(self, market: int) -> None:
        """Another market has its place."""
        self._assets = {}
        self._venue.trades.last.pop(market, None)
        self._changed_ms[market] = self._venue.exchange.now_ns // MS

    # ---- books

    def changed(self, heard: list[tuple[int, Event]]) -> None:
        """The words of a moment, before they are written: a hash is that of the moment's end."""
        for _, e in heard:
            if e.kind in CHANGES:
                self._changed_ms[e.token >> 1] = e.venue_time_ns // MS

    def last_price(self, market: int) -> str:
        """As the venue hashes it: three decimals or four; "" before the first trade."""
        pips = self._venue.trades.last.get(market)
        return "" if pips is None else trade_text(pips)

    def summary(self, token: int) -> dict[str, Any]:
        """The answer of /book."""
        text, book_hash = self._written(token)
        found: dict[str, Any] = json.loads(text)
        return found | {"hash": book_hash}

    def hash_of(self, token: int) -> str:
        """The hash of a book as it is now."""
        return self._written(token)[1]

    def _written(self, token: int) -> tuple[str, str]:
        """The text that the venue hashes, without a hash in it, and its hash."""
        venue, market = self._venue, token >> 1
        terms = venue.exchange.terms()[market]
        bids, asks = venue.exchange.book(token)
        key = (
            self._changed_ms[market], self.last_price(market), terms["tick_pips"],
            terms["min_size"], venue.names.generations[market], tuple(bids), tuple(asks),
        )  # fmt: skip
        kept = self._kept.get(token)
        if kept is None or kept[0] != key:
            text = self._text(token, terms, bids, asks)
            hashed = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
            kept = self._kept[token] = (key, text, hashed)
        return kept[1:]

    def _text(
        self,
        token: int,
        terms: dict[str, int],
        bids: list[tuple[int, int]],
        asks: list[tuple[int, int]],
    ) -> str:
        """In the order of keys in which the venue hashes it, the best prices last.

        Levels are written one by one: a fine tick has a thousand, and each change needs its hash.
        """
        market, names = token >> 1, self._venue.names
        head = {
            "market": names.condition(market),
            "asset_id": names.asset(token),
            "timestamp": str(self._changed_ms[market]),
            "hash": "",
        }
        tail = {
            "min_order_size": size_text(terms["min_size"]),
            "tick_size": price_text(terms["tick_pips"]),
            "neg_risk": self._venue.is_neg_risk(market),
            "last_trade_price": self.last_price(market),
        }
        levels = (
            f'"{side}":[{",".join(level_text(*one) for one in reversed(rows))}]'
            for side, rows in (("bids", bids), ("asks", asks))
        )
        return f"{_compact(head)[:-1]},{','.join(levels)},{_compact(tail)[1:]}"


def _compact(said: dict[str, Any]) -> str:
    return json.dumps(said, separators=(",", ":"))


class HashedFrames(MarketFrames):
    """The market channel's messages with real hashes."""

    def __init__(self, exchange: Exchange, names: Names, books: Books) -> None:
        super().__init__(exchange, names)
        self._books = books

    def book_hash(self, e: Event) -> str:
        return self._books.hash_of(e.token)
