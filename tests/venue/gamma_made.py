"""Made Gamma markets and events in the venue's shape, and the real ones that are shared."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import recordings
from clobstep import units
from clobstep.venue import gamma, wire
from clobstep.venue.market_info import Fields, MarketInfo

NOW = units.parse_time("2026-05-17T12:00:00Z")
DAY = 86_400 * 1_000_000_000
MARKET: dict[str, Any] = {
    "id": "1", "conditionId": "0xc1", "slug": "a-market", "question": "Will it?",
    "outcomes": '["Yes", "No"]', "outcomePrices": '["0.4", "0.6"]', "version": "v1",
    "clobTokenIds": '["11", "12"]', "active": True, "closed": False, "archived": False,
    "enableOrderBook": True, "acceptingOrders": True, "orderPriceMinTickSize": "0.01",
    "orderMinSize": 5, "negRisk": False, "negRiskOther": False, "feesEnabled": True,
    "feeSchedule": {"exponent": 1, "rate": "0.05", "rebateRate": "0.25", "takerOnly": True},
    "startDate": "2026-04-01T00:00:00Z", "endDate": "2026-06-17T00:00:00Z",
    "volumeNum": "1000.5", "liquidityNum": 20, "umaResolutionStatuses": "[]",
}  # fmt: skip


def raw(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A market's JSON, with tokens and condition by number; a field given as ... is left out."""
    own = {
        "id": str(number), "conditionId": f"0xc{number}", "slug": f"market-{number}",
        "clobTokenIds": json.dumps([str(10 * number + 1), str(10 * number + 2)]),
    }  # fmt: skip
    return {k: v for k, v in (MARKET | own | fields).items() if v is not ...}


def event(markets: Iterable[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """An event's JSON."""
    given = {"id": "900", "slug": "an-event", "title": "An event", "negRisk": False,
             "enableNegRisk": False, "negRiskAugmented": False}  # fmt: skip
    return given | {"markets": list(markets)} | fields


def info(number: int = 1, **fields: Any) -> MarketInfo:
    """A made market, read; what its event says is under `events`, as in the venue's answers."""
    return gamma.market(Fields(raw(number, **fields), "made", f"market {number}"), strict=False)


def sample() -> list[dict[str, Any]]:
    """The 87 real markets, of each kind."""
    path = recordings.data("gamma/gamma_markets_sample_by_kind.json")
    found: list[dict[str, Any]] = wire.decode(path.read_bytes())
    return found


def fed_event() -> dict[str, Any]:
    """One real negRisk event with its five markets."""
    path = recordings.data("gamma/fed-decision-in-june-825/gamma-event.json")
    found: dict[str, Any] = wire.decode(path.read_bytes())
    return found


def fed_clob() -> list[dict[str, Any]]:
    """What the CLOB says of the same five."""
    path = recordings.data("gamma/fed-decision-in-june-825/clob-markets.json")
    found: list[dict[str, Any]] = wire.decode(path.read_bytes())
    return found


def nautilus(name: str) -> MarketInfo:
    """A recorded market of the nautilus fixtures."""
    data = wire.decode(recordings.data(f"fixtures/nautilus/{name}.json").read_bytes())
    return gamma.market(Fields(data, name, "the file"))
