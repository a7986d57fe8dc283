"""Gamma: markets and events as it lists them, also those whose place another market has now.

Owns the rows of markets that are gone. Two markets make an event.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from clobstep.enums import PIPS, Flag
from clobstep_sim.exchange.names import digest
from clobstep_sim.server.asking import Answer, Ask, error
from clobstep_sim.server.venue import SECOND, Venue

MILLION: Final = 1_000_000
FAR_NS: Final = 30 * 86_400 * SECOND  # the scheduled end of a market that names none
MOST: Final = {"events": 500, "markets": 100}
USUAL: Final = 20
Row = dict[str, Any]


def iso(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Gamma:
    """Handlers of Gamma. It hears when a place is given to another market."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._gone: list[Row] = []
        self._last: dict[int, Row] = {}  # as it was last, for when it is gone
        self._began_ns = venue.exchange.now_ns
        venue.when_rolled(self._archive)

    # ---- rows

    def _archive(self, market: int) -> None:
        row = self._last.pop(market, None)
        if row is not None:
            self._gone.append(row)

    def remember(self) -> None:
        """Rows of markets that have resolved: their place may be given away next."""
        for market, terms in enumerate(self._venue.exchange.terms()):
            if terms["is_resolved"] and market not in self._last:
                self._last[market] = self._market(market)

    def _flags(self, market: int) -> tuple[bool, bool]:
        """negRisk and augmented: as orders are signed, or as metadata say it now."""
        flags = int(self._venue.spells()["flags"][market])
        is_risk = self._venue.is_neg_risk(market) or bool(flags & Flag.META_NEG_RISK)
        return is_risk, bool(flags & Flag.META_AUGMENTED)

    def _siblings(self, market: int) -> list[int]:
        even = market & ~1
        return [m for m in (even, even + 1) if m < self._venue.settings.markets]

    def _market(self, market: int) -> Row:
        venue, names = self._venue, self._venue.names
        terms = venue.exchange.terms()[market]
        number = names.generations[market] + 1
        resolved, closed = bool(terms["is_resolved"]), bool(terms["is_closed"])
        is_v3 = market in names.v3
        assets = [names.asset(2 * market), names.asset(2 * market + 1)]
        is_risk, _ = self._flags(market)
        end_ns = int(venue.spells()["close_out"][market]) or self._began_ns + FAR_NS
        row: Row = {
            "id": str(1000 * number + market),
            "question": f"Market {market}, number {number}?",
            "conditionId": names.condition(market),
            "questionID": "0x" + digest("question", names.condition(market)),
            "slug": f"market-{market}-{number}",
            "outcomes": json.dumps(["Yes", "No"]),
            "outcomePrices": json.dumps(self._prices(market, terms)),
            "version": "v2" if is_v3 else "v1",
            "active": True, "closed": resolved, "archived": False,
            "acceptingOrders": not closed, "enableOrderBook": True, "restricted": False,
            "orderPriceMinTickSize": terms["tick_pips"] / PIPS,
            "orderMinSize": terms["min_size"] / MILLION,
            "negRisk": is_risk, "negRiskOther": False,
            "startDate": iso(self._began_ns),
            "endDate": iso(end_ns), "endDateIso": iso(end_ns)[:10],
            "secondsDelay": 0 if venue.blocks else terms["delay_ns"] // SECOND,
            "clearBookOnStart": False, "automaticallyResolved": False,
            **self._fees(terms["fee_ppm"]),
        }  # fmt: skip
        if is_v3:
            row["positionIds"] = assets
        else:
            row["clobTokenIds"] = json.dumps(assets)
        if is_risk:
            row["negRiskMarketID"] = "0x" + digest("neg risk", venue.settings.seed, market // 2)
        if resolved:
            row["umaResolutionStatus"] = "resolved"
            row["closedTime"] = iso(venue.exchange.now_ns)
        return row

    def _fees(self, fee_ppm: int) -> Row:
        if not fee_ppm:
            return {"feesEnabled": False, "makerBaseFee": 0, "takerBaseFee": 0}
        rate = fee_ppm / MILLION
        return {
            "feesEnabled": True, "feeType": "general_fees", "makerBaseFee": 1000,
            "takerBaseFee": 1000,
            "feeSchedule": {"rate": rate, "exponent": 1, "takerOnly": True, "rebateRate": 0.25},
        }  # fmt: skip

    def _prices(self, market: int, terms: dict[str, int]) -> list[str]:
        """Pinned when it has resolved; else the middle."""
        yes = terms["payout_pips"]
        if not terms["is_resolved"]:
            bids, asks = self._venue.exchange.book(2 * market)
            yes = ((bids[0][0] if bids else 0) + (asks[0][0] if asks else PIPS)) // 2
        return [f"{pips / PIPS:g}" for pips in (yes, PIPS - yes)]

    def markets(self) -> list[Row]:
        """All of them, those that are gone first, each with what its event says."""
        rows = self._gone + [self._market(m) for m in range(self._venue.settings.markets)]
        return [row | {"events": [self._head(_place(row))]} for row in rows]

    def _head(self, market: int) -> Row:
        """An event without its markets."""
        flags = [self._flags(m) for m in self._siblings(market)]
        is_risk, augmented = any(f[0] for f in flags), any(f[1] for f in flags)
        event = market // 2
        head: Row = {
            "id": str(event + 1), "slug": f"event-{event}", "title": f"Event {event}",
            "active": True, "archived": False, "negRisk": is_risk, "enableNegRisk": is_risk,
            "negRiskAugmented": is_risk and augmented,
        }  # fmt: skip
        if augmented:
            head["negRiskAugmented"] = head["enableNegRisk"] = head["negRisk"] = True
        if is_risk:
            head["negRiskMarketID"] = "0x" + digest("neg risk", self._venue.settings.seed, event)
        return head

    def events(self) -> list[Row]:
        """Each with all its markets; closed when all of them are."""
        rows = self._gone + [self._market(m) for m in range(self._venue.settings.markets)]
        found = []
        for event in range((self._venue.settings.markets + 1) // 2):
            own = [row for row in rows if _place(row) // 2 == event]
            closed = all(row["closed"] for row in own)
            found.append(self._head(2 * event) | {"closed": closed, "markets": own})
        return found

    # ---- handlers

    async def markets_keyset(self, ask: Ask) -> Answer:
        return self._keyset(ask, "markets", self.markets)

    async def events_keyset(self, ask: Ask) -> Answer:
        return self._keyset(ask, "events", self.events)

    def _keyset(self, ask: Ask, kind: str, rows: Callable[[], list[Row]]) -> Answer:
        """A page, and on full pages where the next one begins."""
        if "offset" in ask.query:
            return error(422, "offset is not supported; use after_cursor")
        limit, start = self._limit(ask, MOST[kind]), 0
        if ask.first("after_cursor"):
            try:
                start = int(base64.b64decode(ask.first("after_cursor"), validate=True))
            except ValueError:
                return error(422, "invalid after_cursor")
        found = [row for row in rows() if _fits(ask, row, kind)]
        told: Row = {kind: found[start : start + limit]}
        if start >= 0 and len(told[kind]) == limit and start + limit < len(found):
            told["next_cursor"] = base64.b64encode(str(start + limit).encode()).decode()
        return Answer(200, told)

    def _limit(self, ask: Ask, most: int) -> int:
        text = ask.first("limit")
        return min(most, max(1, int(text))) if text.isascii() and text.isdigit() else USUAL

    async def market_list(self, ask: Ask) -> Answer:
        """The old listing, with an offset. With a cursor the CLOB's, which has that name too."""
        return self._list(ask, "markets", self.markets)

    async def event_list(self, ask: Ask) -> Answer:
        return self._list(ask, "events", self.events)

    def _list(self, ask: Ask, kind: str, rows: Callable[[], list[Row]]) -> Answer:
        text = ask.first("offset")
        start = int(text) if text.isascii() and text.isdigit() else 0
        found = [row for row in rows() if _fits(ask, row, kind)]
        return Answer(200, found[start : start + self._limit(ask, MOST[kind])])

    async def event(self, ask: Ask) -> Answer:
        for row in self.events():
            if ask.part in (row["id"], row["slug"]):
                return Answer(200, row)
        return error(404, "not found")


def _place(row: Row) -> int:
    """Which place at the exchange a market has or had."""
    return int(row["slug"].split("-")[1])


def _fits(ask: Ask, row: Row, kind: str) -> bool:
    """The filters that Gamma documents; of markets only open ones unless closed is asked for."""
    closed = ask.first("closed", "false" if kind == "markets" else "")
    named = ask.query.get("condition_ids") or ask.query.get("id") or ask.query.get("slug")
    if closed and row["closed"] != (closed == "true") and not (named and "closed" not in ask.query):
        return False
    own = row.get("markets", [row])
    asked = ask.query.get("condition_ids")
    if asked and not any(m["conditionId"] in asked for m in own):
        return False
    if "clob_token_ids" in ask.query and not any(
        asset in str(m.get("clobTokenIds", m.get("positionIds")))
        for m in own
        for asset in ask.query["clob_token_ids"]
    ):
        return False
    return all(name not in ask.query or row[name] in ask.query[name] for name in ("id", "slug"))
