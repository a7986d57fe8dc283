"""Our own file of metadata: TOML, written by a person, one `[[market]]` a condition.

    [[market]]
    condition = "0x202abb9a"
    yes = "8997"
    no = "9051"
    tick = "0.01"
    min_size = "5"
    fee_rate = "0.07"
    end = "2026-04-05T21:10:00Z"

Owns the names of its keys. A key that it does not know is an error: a misspelt one would
otherwise be assumed in silence. Touches no file.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from typing import Any, Final

from clobstep import units
from clobstep.venue.market_info import Fields, MarketInfo, MarketsError, asset_id

KEYS: Final = (
    "condition", "yes", "no", "slug", "question", "cluster", "tick", "min_size", "fee_rate",
    "neg_risk", "augmented", "accepting", "start", "end", "closed", "close_out", "payout_yes",
)  # fmt: skip


def markets(text: str, file: str) -> list[MarketInfo]:
    """Every market of the file. MarketsError names the market by its number, and the key."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise MarketsError(f"{file}: no TOML: {error}; correct it there") from None
    tables = data.pop("market", None)
    for key in data:
        raise MarketsError(f"{file}, {key}: only [[market]] tables are read; remove it")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise MarketsError(f"{file}: no [[market]] in it; write one for each condition")
    return [_market(table, file, number) for number, table in enumerate(tables, 1)]


def _market(table: dict[str, Any], file: str, number: int) -> MarketInfo:
    f = Fields(table, file, f"market {number}")
    for key, value in table.items():
        if key not in KEYS:
            raise f.error(key, "no such key", f"the keys are {', '.join(KEYS)}")
        if not isinstance(value, str | bool | int | Decimal):  # a date of TOML's own among them
            raise f.error(
                key, "it is not text, a number or true or false", 'write it in quotes: ""'
            )
    pair = [asset_id(f, name, table.get(name)) for name in ("yes", "no")]
    if pair[0] is not None and pair[0] == pair[1]:
        raise f.error("no", "both tokens are the same")
    return MarketInfo(
        condition=f.condition("condition"),
        yes=pair[0],
        no=pair[1],
        slug=f.text("slug"),
        question=f.text("question"),
        cluster=f.text("cluster") or None,
        tick_pips=f.number(units.parse_tick, "tick"),
        min_size=f.number(units.parse_size, "min_size"),
        fee_ppm=f.number(units.parse_rate, "fee_rate"),
        neg_risk=f.flag("neg_risk"),
        augmented=f.flag("augmented"),
        accepting=f.flag("accepting"),
        start_ns=f.time("start"),
        end_ns=f.time("end"),
        closed_ns=f.time("closed"),
        close_out_ns=f.time("close_out"),
        payout_yes_pips=f.number(units.parse_price, "payout_yes"),
        source=f.source,
    )
