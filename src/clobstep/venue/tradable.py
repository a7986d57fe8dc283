"""Which markets could be traded, and of each other one every reason why not.

Owns the reasons. What stops an order at the venue, or would make us sign or reserve wrongly, blocks
a market: its MARKET event does not say that it is open. The rest is advice.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final, Literal, NamedTuple

import msgspec

from clobstep.venue.market_info import MarketInfo


class Reason(Enum):
    """Why a market is not to be traded."""

    CLOSED = "it is closed"
    ARCHIVED = "it is archived"
    NOT_ACTIVE = "it is not active"
    NO_ORDER_BOOK = "it has no order book"
    NOT_ACCEPTING = "it does not accept orders"
    ACCEPTING_UNSAID = "nothing says whether it accepts orders"
    RESOLVED = "its payout is known"
    NO_TOKENS = "it has no tokens yet"
    VERSION_UNSAID = "nothing says which protocol version it trades by"
    VERSION_UNKNOWN = "its protocol version is not known to us"
    TICK_UNSAID = "its tick is not said"
    MIN_SIZE_UNSAID = "its minimum size is not said"
    FEE_UNSAID = "its fee schedule is missing"
    FEE_EXPONENT = "its fee curve has an exponent that is not supported"
    FEE_OF_MAKERS = "its fee is for makers too, which is not supported"
    NEG_RISK_UNSAID = "nothing says whether it is negRisk"
    CONTRADICTED = "Gamma and the CLOB contradict each other about it"
    PLACEHOLDER = "it is the rest or a placeholder of an augmented event"


ADVICE: Final = frozenset({Reason.PLACEHOLDER})
_SERIOUS: Final = frozenset({"yes", "no", "neg_risk"})  # what decides which order is signed


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a configuration decides. `assume_version`: of markets that do not say one."""

    assume_version: Literal["", "v1", "v2"] = ""


RULES: Final = Rules()


class Listing(NamedTuple):
    """Markets that could be traded, and the others with their reasons."""

    tradable: list[MarketInfo]
    rest: list[tuple[MarketInfo, tuple[Reason, ...]]]


def why_not(info: MarketInfo, rules: Rules = RULES) -> tuple[Reason, ...]:
    """Every reason, in the order of Reason; none: it could be traded."""
    return tuple(sorted({*_shut(info), *_unsafe(info, rules)}, key=_ORDER.__getitem__))


def takes_orders(info: MarketInfo, rules: Rules = RULES) -> bool:
    """Whether nothing blocks it: advice does not, since a position must be able to end."""
    return not set(why_not(info, rules)) - ADVICE


def listing(infos: Iterable[MarketInfo], rules: Rules = RULES) -> Listing:
    """All markets, sorted by whether they could be traded."""
    found = Listing([], [])
    for info in infos:
        reasons = why_not(info, rules)
        if reasons:
            found.rest.append((info, reasons))
        else:
            found.tradable.append(info)
    return found


def _shut(info: MarketInfo) -> Iterable[Reason]:
    """What the venue's flags say."""
    if info.closed:
        yield Reason.CLOSED
    if info.archived:
        yield Reason.ARCHIVED
    if info.active is False:
        yield Reason.NOT_ACTIVE
    if info.order_book is False:
        yield Reason.NO_ORDER_BOOK
    if info.accepting_orders is False:
        yield Reason.NOT_ACCEPTING
    elif info.accepting is None and info.accepting_orders is None:
        yield Reason.ACCEPTING_UNSAID
    elif info.accepting is False and not info.market_id:  # no flag of its own says which
        yield Reason.NOT_ACCEPTING
    if info.payout_yes_pips is not None:
        yield Reason.RESOLVED


def _unsafe(info: MarketInfo, rules: Rules) -> Iterable[Reason]:
    """What an order would be signed or reserved wrongly for."""
    version = info.version or rules.assume_version
    if not version:
        yield Reason.VERSION_UNSAID
    elif version not in ("v1", "v2"):
        yield Reason.VERSION_UNKNOWN
    elif info.yes is None or info.no is None:
        yield Reason.NO_TOKENS
    if info.tick_pips is None:
        yield Reason.TICK_UNSAID
    if not info.min_size:
        yield Reason.MIN_SIZE_UNSAID
    if info.fee_ppm != 0:
        if info.fee_exponent not in ("", "1"):
            yield Reason.FEE_EXPONENT
        elif info.fee_ppm is None:
            yield Reason.FEE_UNSAID
        if info.fee_taker_only is False:
            yield Reason.FEE_OF_MAKERS
    if info.neg_risk is None:
        yield Reason.NEG_RISK_UNSAID
    if _SERIOUS.intersection(info.contradicted):
        yield Reason.CONTRADICTED
    if info.neg_risk_other or (info.augmented and not info.outcome_prices and info.market_id):
        yield Reason.PLACEHOLDER


_ORDER: Final = {reason: place for place, reason in enumerate(Reason)}
