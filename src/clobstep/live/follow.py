"""Which markets a configuration means, read from Gamma. Owns the wording of what is not there."""

from __future__ import annotations

from clobstep.live.config import Config, ConfigError
from clobstep.live.gamma import GammaError, GammaFetcher
from clobstep.venue.gamma_clob import with_clob
from clobstep.venue.gamma_pages import Filters
from clobstep.venue.market_info import MarketInfo


async def followed(fetcher: GammaFetcher, config: Config) -> dict[str, MarketInfo]:
    """Condition -> metadata of every market that `[markets]` names, the CLOB's word beside Gamma's.

    Errors: ConfigError for a name that nobody knows, and where none is named; GammaError.
    """
    named, place = config.markets, f"{config.path}, markets"
    if not (named.conditions or named.slugs or named.events):
        raise ConfigError(
            f"{place}: no market is named; write slugs, events or conditions (clobstep markets "
            "lists them)"
        )
    found: dict[str, MarketInfo] = {}
    for slug in named.events:
        try:
            page, _ = await fetcher.event_by_slug(slug)
        except GammaError as error:
            if error.status == 404:
                raise ConfigError(f"{place}.events: Gamma knows no event {slug!r}") from None
            raise
        found |= {info.condition: info for info in page.markets}
    if named.slugs:
        by_slug = (await fetcher.markets(Filters(slugs=named.slugs))).page.markets
        _all_there(named.slugs, {info.slug for info in by_slug}, f"{place}.slugs")
        found |= {info.condition: info for info in by_slug}
    if named.conditions:
        listed = (await fetcher.by_condition(named.conditions)).page.markets
        _all_there(
            named.conditions, {info.condition for info in listed}, f"{place}.conditions"
        )
        found |= {info.condition: info for info in listed}
    for condition, info in list(found.items()):
        found[condition] = with_clob(info, await fetcher.clob(condition))
    return found


def _all_there(wanted: tuple[str, ...], there: set[str], place: str) -> None:
    missing = [name for name in wanted if name not in there]
    if missing:
        raise ConfigError(
            f"{place}: Gamma knows no open market {missing[0]!r}"
            + (f" and {len(missing) - 1} more" if len(missing) > 1 else "")
            + "; look it up with clobstep markets"
        )
