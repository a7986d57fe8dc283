"""Gamma's markets and events (PROTOCOL facts, section 6), as MarketInfo.

Gamma writes lists as text that holds JSON, ticks and sizes as numbers, and says of an event what
its markets share. Owns nothing; touches no file.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, NamedTuple

from clobstep import units
from clobstep.venue.gamma_details import NAMES, Names, details
from clobstep.venue.market_info import Fields, MarketInfo, asset_pair, fee_rate, no_first

_VERSIONS: Final = {  # which field names the tokens; old files name no version
    "v1": ("clobTokenIds",),
    "v2": ("positionIds",),
    "": ("clobTokenIds", "positionIds"),
}
_PINNED: Final = {  # prices of a resolved market: what a share of the first outcome is paid
    (Decimal(1), Decimal(0)): 10_000,
    (Decimal(0), Decimal(1)): 0,
    (Decimal("0.5"), Decimal("0.5")): 5_000,
}


class Event(NamedTuple):
    """What a market's event says of it."""

    cluster: str | None = None
    neg_risk: bool | None = None
    augmented: bool | None = None
    id: str = ""
    slug: str = ""


def event(f: Fields) -> Event:
    """An event: its cluster is the negRiskMarketID, else its own id.

    It is augmented (docs: trade named outcomes only) if enableNegRisk and negRiskAugmented are set.
    """
    flags = [f.flag(name) for name in ("negRisk", "enableNegRisk")]
    neg_risk = True in flags if flags != [None, None] else None
    augmented = f.flag("negRiskAugmented")
    if augmented and flags[1] is False:
        augmented = False
    cluster = f.text("negRiskMarketID", "id") or None
    return Event(cluster, neg_risk, augmented, f.text("id"), f.text("slug"))


def market(
    f: Fields, enclosing: Event | None = None, *, names: Names = NAMES, strict: bool = True
) -> MarketInfo:
    """A market, with what the event it was found in, or its own first event, says.

    MarketsError for what cannot be read, and for markets of other than two outcomes. Not `strict`:
    a version that we do not know is kept, without tokens, since which ones it trades is not known.
    """
    known = enclosing or _own_event(f)
    outcomes = f.items("outcomes")
    swapped = no_first(f, "outcomes", outcomes)
    version, (yes, no), unknown = _assets(f, strict)
    prices = f.items("outcomePrices")
    if swapped:
        yes, no, prices = no, yes, prices and prices[::-1]
    fee, remarks = _fee(f)
    neg_risk = f.flag("negRisk")
    neg_risk = known.neg_risk if neg_risk is None else neg_risk
    payout, why_not = _payout(f, prices, bool(neg_risk))
    more, odd = details(f, names, swapped=swapped)
    return MarketInfo(
        condition=f.condition("conditionId"),
        yes=yes,
        no=no,
        slug=f.text("slug"),
        question=f.text("question"),
        cluster=f.text("negRiskMarketID") or known.cluster,
        tick_pips=f.number(units.parse_tick, "orderPriceMinTickSize"),
        min_size=f.number(units.parse_size, "orderMinSize"),
        fee_ppm=fee,
        neg_risk=neg_risk,
        augmented=known.augmented,
        accepting=_accepting(f),
        start_ns=f.time("eventStartTime", "gameStartTime", "startDate"),
        end_ns=f.time("endDate"),
        closed_ns=f.time("closedTime"),
        payout_yes_pips=payout,
        remarks=(*remarks, *why_not, *unknown, *odd),
        source=f.source,
        version=version,
        event_id=known.id,
        event_slug=known.slug,
        event_neg_risk=known.neg_risk,
        **more,
    )


def _own_event(f: Fields) -> Event:
    events = f.items("events")
    if not events:
        return Event()
    if not isinstance(events[0], dict):
        raise f.error("events", "its first event is no object")
    return event(Fields(events[0], f.file, f"{f.place}, events[0]"))


def _assets(f: Fields, strict: bool) -> tuple[str, tuple[str | None, str | None], tuple[str, ...]]:
    """The version, the two tokens that it trades, and what of it is not known."""
    version = f.text("version")
    if version not in _VERSIONS:
        why = f"{version[:40]!r} is none of v1, v2"
        if strict:
            raise f.error("version", why)
        return version[:40], (None, None), (f"version {why}: its tokens are not used",)
    field, _ = f.get(*_VERSIONS[version])
    return version, asset_pair(f, field, f.items(field)), ()


def _fee(f: Fields) -> tuple[int | None, tuple[str, ...]]:
    """No fees where feesEnabled is false; else the schedule's rate, None without a schedule.

    makerBaseFee and takerBaseFee are ceilings of what may be signed, not rates.
    """
    if f.flag("feesEnabled") is False:
        return 0, ()
    return fee_rate(f.inner("feeSchedule"), "rate", "exponent", "takerOnly")


def _accepting(f: Fields) -> bool | None:
    """enableOrderBook, acceptingOrders, active and neither closed nor archived."""
    good = [f.flag(name) for name in ("enableOrderBook", "acceptingOrders", "active")]
    bad = [f.flag(name) for name in ("closed", "archived")]
    if False in good or True in bad:
        return False
    return good[1]


def _payout(f: Fields, prices: list[Any] | None, neg_risk: bool) -> tuple[int | None, Any]:
    """What a YES share was paid, of a closed market whose prices are pinned.

    0.5 and 0.5 is a void market, which negRisk ones cannot be; 0 and 0 says nothing.
    """
    if f.flag("closed") is not True or not prices:
        return None, ()
    try:
        pinned = _PINNED.get(tuple(Decimal(price) for price in prices))  # type: ignore[arg-type]
    except (ArithmeticError, TypeError, ValueError):
        raise f.error("outcomePrices", f"{prices} are no prices") from None
    if pinned == 5_000 and neg_risk:
        return None, ("closed at 0.5 and 0.5, which no negRisk market pays: payout not used",)
    return pinned, ()
