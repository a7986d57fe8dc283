"""What anybody may ask the CLOB: books, prices, a market's terms, time, version, where one is.

Owns nothing.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from clobstep.enums import PIPS
from clobstep.venue.hash_text import price_text
from clobstep_sim.server.asking import Answer, Ask, error
from clobstep_sim.server.venue import Venue

MOST_BOOKS: Final = 500
NO_BOOK: Final = "No orderbook exists for the requested token id"
MILLION: Final = 1_000_000


class Public:
    """Handlers without a key."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def ok(self, ask: Ask) -> Answer:  # noqa: ARG002
        return Answer(200, "OK")

    async def time(self, ask: Ask) -> Answer:  # noqa: ARG002
        return Answer(200, self._venue.now_s)

    async def version(self, ask: Ask) -> Answer:  # noqa: ARG002
        return Answer(200, {"version": 1 if self._venue.settings.protocol == "v1" else 2})

    async def geoblock(self, ask: Ask) -> Answer:  # noqa: ARG002
        return Answer(200, {"blocked": False, "ip": "127.0.0.1", "country": "IE", "region": "L"})

    # ---- books

    def _token(self, ask: Ask) -> int | None:
        return self._venue.token_of(ask.first("token_id"))

    async def book(self, ask: Ask) -> Answer:
        token = self._token(ask)
        if token is None:
            return error(404, NO_BOOK)
        return Answer(200, self._venue.books.summary(token))

    async def books(self, ask: Ask) -> Answer:
        """Of those that are asked for and there."""
        tokens = self._many(ask)
        if tokens is None:
            return error(400, "Payload exceeds the limit")
        return Answer(200, [self._venue.books.summary(token) for token, _ in tokens])

    def _many(self, ask: Ask) -> list[tuple[int, str]] | None:
        """(token, side) of each entry; None for what cannot be read or is too long."""
        try:
            found = msgspec.json.decode(ask.body, type=list[dict[str, Any]])
        except (msgspec.DecodeError, RecursionError):
            return None
        if len(found) > MOST_BOOKS:
            return None
        tokens = [
            (self._venue.token_of(str(e.get("token_id"))), str(e.get("side", ""))) for e in found
        ]
        return [(token, side) for token, side in tokens if token is not None]

    def _best(self, token: int) -> tuple[int, int]:
        """0 and 10,000 where there is none."""
        bids, asks = self._venue.exchange.book(token)
        return (bids[0][0] if bids else 0), (asks[0][0] if asks else PIPS)

    def _asset(self, token: int) -> str:
        return self._venue.names.asset(token)

    # ---- prices

    async def price(self, ask: Ask) -> Answer:
        token = self._token(ask)
        if token is None:
            return error(404, NO_BOOK)
        return Answer(200, {"price": self._price(token, ask.first("side"))})

    def _price(self, token: int, side: str) -> str:
        """As documented: BUY names the lowest ask. A live probe found the opposite: use /book."""
        bid, ask = self._best(token)
        return price_text(ask if side.upper() == "BUY" else bid)

    async def prices(self, ask: Ask) -> Answer:
        told: dict[str, dict[str, str]] = {}
        for token, side in self._many(ask) or []:
            told.setdefault(self._asset(token), {})[side] = self._price(token, side)
        return Answer(200, told)

    def _mid(self, token: int) -> str:
        return f"{sum(self._best(token)) / (2 * PIPS):.5f}".rstrip("0").rstrip(".")

    async def midpoint(self, ask: Ask) -> Answer:
        token = self._token(ask)
        return error(404, NO_BOOK) if token is None else Answer(200, {"mid": self._mid(token)})

    async def midpoints(self, ask: Ask) -> Answer:
        return Answer(200, {self._asset(t): self._mid(t) for t, _ in self._many(ask) or []})

    def _spread(self, token: int) -> str:
        bid, ask = self._best(token)
        return price_text(ask - bid)

    async def spread(self, ask: Ask) -> Answer:
        token = self._token(ask)
        if token is None:
            return error(404, NO_BOOK)
        return Answer(200, {"spread": self._spread(token)})

    async def spreads(self, ask: Ask) -> Answer:
        return Answer(200, {self._asset(t): self._spread(t) for t, _ in self._many(ask) or []})

    async def last_trade(self, ask: Ask) -> Answer:
        token = self._token(ask)
        if token is None:
            return error(404, NO_BOOK)
        price = self._venue.books.last_price(token >> 1)
        return Answer(200, {"price": price or "0.5", "side": "BUY" if price else ""})

    # ---- a market's terms

    async def tick_size(self, ask: Ask) -> Answer:
        token = self._token(ask)
        if token is None:
            return error(404, "market not found")
        return Answer(200, {"minimum_tick_size": self._terms(token)["tick_pips"] / PIPS})

    def _terms(self, token: int) -> dict[str, int]:
        return self._venue.exchange.terms()[token >> 1]

    async def neg_risk(self, ask: Ask) -> Answer:
        token = self._token(ask)
        if token is None:
            return error(404, "market not found")
        return Answer(200, {"neg_risk": self._venue.is_neg_risk(token >> 1)})

    async def fee_rate(self, ask: Ask) -> Answer:
        """1000 of every market with a fee: it is not the rate."""
        token = self._token(ask)
        if token is None:
            return error(404, "fee rate not found for market")
        return Answer(200, {"base_fee": 1000 if self._terms(token)["fee_ppm"] else 0})

    async def by_token(self, ask: Ask) -> Answer:
        token = self._venue.token_of(ask.part)
        if token is None:
            return error(404, "market not found")
        names, even = self._venue.names, token & ~1
        return Answer(200, {
            "condition_id": names.condition(token >> 1),
            "primary_token_id": names.asset(even), "secondary_token_id": names.asset(even + 1),
        })  # fmt: skip

    async def clob_market(self, ask: Ask) -> Answer:
        """Short keys; what is false or nothing is left out."""
        market = self._venue.market_of(ask.part)
        if market is None:
            return error(404, "market not found")
        names, terms = self._venue.names, self._venue.exchange.terms()[market]
        base = 1000 if terms["fee_ppm"] else 0
        told: dict[str, Any] = {
            "c": names.condition(market),
            "t": [{"t": names.asset(2 * market + k), "o": ("Yes", "No")[k]} for k in range(2)],
            "mts": terms["tick_pips"] / PIPS,
            "mos": terms["min_size"] / MILLION,
            "mbf": base,
            "tbf": base,
            "ao": not terms["is_closed"],
        }
        if self._venue.is_neg_risk(market):
            told["nr"] = True
        if terms["delay_ns"]:
            told["itode"] = True
        if terms["fee_ppm"]:
            told["fd"] = {"r": terms["fee_ppm"] / MILLION, "e": 1, "to": True}
        return Answer(200, told)

    async def long_market(self, ask: Ask) -> Answer:
        """/markets/{condition}: long keys, and who won."""
        market = self._venue.market_of(ask.part)
        return error(404, "market not found") if market is None else Answer(200, self._long(market))

    def _long(self, market: int) -> dict[str, Any]:
        names, terms = self._venue.names, self._venue.exchange.terms()[market]
        closed, pays = bool(terms["is_closed"]), terms["payout_pips"]
        return {
            "enable_order_book": True,
            "active": True,
            "closed": bool(terms["is_resolved"]),
            "archived": False,
            "accepting_orders": not closed,
            "minimum_order_size": terms["min_size"] / MILLION,
            "minimum_tick_size": terms["tick_pips"] / PIPS,
            "condition_id": names.condition(market),
            "question": f"Market {market}, number {names.generations[market] + 1}?",
            "market_slug": f"market-{market}-{names.generations[market] + 1}",
            "neg_risk": self._venue.is_neg_risk(market),
            "is_50_50_outcome": bool(terms["is_resolved"]) and pays == PIPS // 2,
            "tokens": [
                {
                    "token_id": names.asset(2 * market + k),
                    "outcome": ("Yes", "No")[k],
                    "price": sum(self._best(2 * market + k)) / (2 * PIPS),
                    "winner": bool(terms["is_resolved"]) and pays == (PIPS, 0)[k],
                }
                for k in range(2)
            ],
        }

    async def long_markets(self, ask: Ask) -> Answer:  # noqa: ARG002
        rows = [self._long(market) for market in range(self._venue.settings.markets)]
        told = {"limit": len(rows), "count": len(rows), "next_cursor": "LTE=", "data": rows}
        return Answer(200, told)
