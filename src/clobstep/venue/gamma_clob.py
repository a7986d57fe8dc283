"""What Gamma and the CLOB say of one market, as one; where they contradict each other, in words.

Gamma is the catalogue, the CLOB checks the orders: its tick counts. In all else the more dangerous
of the two is believed. Owns that choice, and no state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from clobstep import units
from clobstep.venue.closing import about, when
from clobstep.venue.market_info import MarketInfo

Choose = Callable[[Any, Any], Any]


def _gamma(mine: Any, _: Any) -> Any:
    return mine


def _clob(_: Any, its: Any) -> Any:
    return its


def _either(mine: bool, its: bool) -> bool:
    return mine or its


def _both(mine: bool, its: bool) -> bool:
    return mine and its


def _odd_one(mine: str, its: str) -> str:
    """The exponent that is not supported, so that the market is not traded."""
    return mine if mine != "1" else its


_FIELDS: Final[tuple[tuple[str, str, Choose, Callable[[Any], str]], ...]] = (
    ("yes", "YES token", _gamma, str),
    ("no", "NO token", _gamma, str),
    ("neg_risk", "negRisk", _either, str),
    ("accepting_orders", "accepting orders", _both, str),
    ("tick_pips", "tick", _clob, units.format_price),
    ("min_size", "minimum size", max, units.format_size),
    ("fee_ppm", "fee rate", max, units.format_size),
    ("fee_exponent", "fee exponent", _odd_one, str),
    ("fee_taker_only", "fee for takers only", _both, str),
    ("taker_delay_ns", "taker delay", max, about),
    ("taker_delay_blocks", "itode", _either, str),
    ("clear_book_on_start", "clearing of the book", _either, str),
    ("game_start_ns", "game start", min, when),
)


def with_clob(info: MarketInfo, clob: MarketInfo) -> MarketInfo:
    """Gamma's market with what the CLOB says of it; contradictions are named in `contradicted`.

    Both must be of the same condition.
    """
    said: dict[str, Any] = {}
    odd: list[str] = []
    words: list[str] = []
    for field, label, choose, show in _FIELDS:
        mine, its = getattr(info, field), getattr(clob, field)
        if its in (None, "") or mine == its:
            continue
        if mine in (None, ""):
            said[field] = its
            continue
        said[field] = choose(mine, its)
        odd.append(field)
        words.append(
            f"{label}: Gamma says {show(mine)}, the CLOB {show(its)}: {show(said[field])} counts"
        )
    if clob.accepting is False and info.accepting is not False:
        said["accepting"] = False
    remarks = (*info.remarks, *(text for text in (*words, *clob.remarks)))
    return msgspec.structs.replace(
        info, **said, remarks=remarks, contradicted=(*info.contradicted, *odd)
    )
