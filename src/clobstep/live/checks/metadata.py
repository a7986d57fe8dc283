"""Checks of what Gamma says of the markets that are to be traded.

Owns which of Gamma's fields we cannot do without, and how a configured name is looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from clobstep.live.checks.result import FailError, Result, SkipError, passed
from clobstep.live.checks.site import Site
from clobstep.live.config import Markets
from clobstep.live.gamma import GammaError, GammaFetcher
from clobstep.venue import wire
from clobstep.venue.gamma_pages import Filters
from clobstep.venue.market_info import MarketInfo
from clobstep.venue.metadata_events import name
from clobstep.venue.tradable import takes_orders, why_not

FIELDS: Final = (
    "id", "conditionId", "slug", "question", "outcomes", "outcomePrices", "version", "active",
    "closed", "archived", "acceptingOrders", "enableOrderBook", "orderPriceMinTickSize",
    "orderMinSize", "negRisk", "feesEnabled", "endDate",
)  # fmt: skip
TOKENS: Final = {"v1": "clobTokenIds", "v2": "positionIds"}
SHOWN: Final = 8  # markets in a line
Rows = list[dict[str, Any]]
Found = tuple[dict[str, MarketInfo], Rows, list[str]]


async def markets(site: Site) -> Result:
    """Those of the configuration are there and take orders; without one, any that does."""
    try:
        wanted = site.config.markets
        if any((wanted.conditions, wanted.slugs, wanted.events)):
            found, rows, missing = await configured(site.fetcher, wanted)
        else:
            found, rows, missing = await any_market(site.fetcher)
    except GammaError as error:
        raise FailError(str(error), "Gamma may be down: ask again; see hosts.gamma") from None
    except ValueError as error:
        raise FailError(str(error), "correct it under [markets]") from None
    site.infos = list(found.values())
    named = {str(row.get("conditionId")): row for row in rows}  # each once, whoever named it
    site.rows = [named[condition] for condition in found if condition in named]
    if missing:
        raise FailError(
            f"Gamma does not know: {', '.join(missing)}", "correct the names under [markets]"
        )
    if not site.infos:
        raise FailError("Gamma lists no market that takes orders", "name some under [markets]")
    shut = {name(i): [r.value for r in why_not(i)] for i in site.infos if not takes_orders(i)}
    figures = {"markets": [name(i) for i in site.infos], "not_tradable": shut}
    if shut:
        told = "; ".join(f"{slug}: {', '.join(why)}" for slug, why in list(shut.items())[:SHOWN])
        raise FailError(told, "take these out of [markets], or wait", figures=figures)
    names = ", ".join(name(i) for i in site.infos[:SHOWN])
    more = f" and {len(site.infos) - SHOWN} more" if len(site.infos) > SHOWN else ""
    return passed(f"{names}{more}: there, and taking orders", figures=figures)


async def configured(fetcher: GammaFetcher, wanted: Markets) -> Found:
    """(markets, rows as they were written, names that Gamma does not know).

    Errors: GammaError, and ValueError for a name that cannot be asked for.
    """
    infos: dict[str, MarketInfo] = {}
    rows: Rows = []
    missing: list[str] = []
    if wanted.conditions:
        listed = await fetcher.by_condition(wanted.conditions)
        infos |= {i.condition: i for i in listed.page.markets}
        rows += _rows(listed.raw)
        missing += [c for c in wanted.conditions if c not in infos]
    for slug in wanted.slugs:
        for closed in (False, True):
            listed = await fetcher.markets(Filters(slugs=(slug,), closed=closed))
            own = [i for i in listed.page.markets if i.slug == slug]
            infos |= {i.condition: i for i in own}
            rows += _rows(listed.raw)
            if own:
                break
        else:
            missing.append(slug)
    for event in wanted.events:
        page, raws = await _event(fetcher, event)
        infos |= {i.condition: i for i in page}
        rows += _rows(raws)
        missing += [] if page else [event]
    return infos, rows, missing


async def _event(
    fetcher: GammaFetcher, event: str
) -> tuple[tuple[MarketInfo, ...], tuple[bytes, ...]]:
    """The markets of an event, by its number or its slug; none where it is not known."""
    if not event.isdigit():
        listed = await fetcher.events(Filters(slugs=(event,)))
        return listed.page.markets, listed.raw
    try:
        page, raw = await fetcher.event(event)
    except GammaError as error:
        if error.status == 404:
            return (), ()
        raise
    return page.markets, (raw,)


async def any_market(fetcher: GammaFetcher) -> Found:
    """The busiest market that takes orders, for who has configured none."""
    filters = Filters(closed=False, order="volume24hr", ascending=False)
    listed = await fetcher.markets(filters, most=20)
    good = [i for i in listed.page.markets if takes_orders(i)][:1]
    return {i.condition: i for i in good}, _rows(listed.raw), []


async def fields(site: Site) -> Result:
    """Every field that we read is in what Gamma wrote."""
    if not site.rows:
        raise SkipError("Gamma gave no market", "see the check before")
    absent: dict[str, list[str]] = {}
    for row in site.rows:
        for field in missing_fields(row):
            absent.setdefault(field, []).append(str(row.get("slug") or row.get("conditionId")))
    figures = {"markets": len(site.rows), "missing": sorted(absent)}
    if absent:
        told = "; ".join(f"{field} (of {', '.join(who[:3])})" for field, who in absent.items())
        raise FailError(
            f"missing: {told}",
            "these markets are not traded meanwhile: Gamma has changed, or is in trouble",
            figures=figures,
        )
    return passed(f"{len(FIELDS) + 1} fields of each of {len(site.rows)} markets", figures=figures)


def missing_fields(row: dict[str, Any]) -> list[str]:
    """What a market lacks; which tokens it must name its version says."""
    wanted = [*FIELDS, TOKENS.get(str(row.get("version")), "clobTokenIds")]
    if row.get("feesEnabled"):
        wanted.append("feeSchedule")
    return [field for field in wanted if row.get(field) in (None, "")]


def _rows(raws: Iterable[bytes]) -> Rows:
    """Each market once, whichever way a page holds it; pages were read before."""
    found: dict[str, dict[str, Any]] = {}
    for raw in raws:
        for row in _markets_in(wire.decode(raw)):
            found[str(row.get("conditionId"))] = row
    return list(found.values())


def _markets_in(data: Any) -> Iterator[dict[str, Any]]:
    """The markets of a page of markets, a page of events, or one event."""
    if not isinstance(data, dict):
        return
    for event in data.get("events") or []:
        yield from _markets_in(event)
    for row in data.get("markets") or []:
        if isinstance(row, dict):
            yield row
