"""What the venue hashes of a book: the text, as far as its form is known. Owns the rule, no book.

SHA-1 of compact JSON with the keys in this order: market, asset_id, timestamp, hash (""), bids
ascending, asks descending, min_order_size, tick_size, neg_risk, last_trade_price. Prices and sizes
of levels have the fewest digits, the last trade price at least three decimals, or it is "" before
the first trade. Older books end after neg_risk, the oldest after asks. Source: py-clob-client's
generate_orderbook_summary_hash, and recordings (docs/codec.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, Final, TypeAlias

from clobstep.units import UnitError, format_price, parse_price

PIPS: Final = 10_000
TICKS: Final = ("0.01", "0.001", "0.1", "0.005", "0.0025", "0.0001")
SCHEMES: Final = (4, 3, 0)  # how many keys follow asks: since 2026, to 2025, in 2024

Levels: TypeAlias = dict[int, int]  # price in pips -> size in microshares


@lru_cache(maxsize=4096)
def size_text(size: int) -> str:
    """Microshares as the venue hashes them: fewest digits."""
    whole, rest = divmod(size, 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)


@lru_cache(maxsize=10_001)
def price_text(pips: int) -> str:
    """Pips as the venue hashes the price of a level: fewest digits, "0.1" and "0.001"."""
    whole, rest = divmod(pips, PIPS)
    return f"{whole}.{rest:04d}".rstrip("0") if rest else str(whole)


@lru_cache(maxsize=10_001)
def trade_text(pips: int) -> str:
    """Pips as the venue hashes the last trade price: three decimals, "0.130", or four."""
    return f"{format_price(pips):0<5}"


@dataclass
class Shape:
    """What stands behind the levels in the hashed text; None: not known yet."""

    scheme: int | None = None
    tick: str | None = None
    tick_before: str | None = None
    min_size: str | None = None
    neg_risk: str | None = None

    def tails(self) -> Iterator[tuple[Shape, str]]:
        """Each text that may follow, as far as the last trade price or whole, with what it says."""
        ticks = TICKS if self.tick is None else (self.tick, self.tick_before or self.tick)
        schemes = SCHEMES if self.scheme is None else (self.scheme,)
        sizes = ("5", "15", "1") if self.min_size is None else (self.min_size,)
        risks = ("false", "true") if self.neg_risk is None else (self.neg_risk,)
        seen = set()
        for scheme, neg_risk, tick, size in product(schemes, risks, ticks, sizes):
            text = ""
            if scheme:
                text = f',"min_order_size":"{size}","tick_size":"{tick}","neg_risk":{neg_risk}'
            if scheme == 4:
                text += ',"last_trade_price":"'
            if text not in seen:
                seen.add(text)
                yield Shape(scheme, tick, self.tick_before, size, neg_risk), text


def head(market: str, asset: str, ms: int, sides: tuple[Levels, Levels], odd: int) -> str:
    """The hashed text up to the end of asks, for the even token or the odd one."""
    bids, asks = sides
    if odd:
        own = [level(PIPS - p, asks[p]) for p in sorted(asks, reverse=True)]
        other = [level(PIPS - p, bids[p]) for p in sorted(bids)]
    else:
        own = [level(p, bids[p]) for p in sorted(bids)]
        other = [level(p, asks[p]) for p in sorted(asks, reverse=True)]
    return (
        f'{{"market":"{market}","asset_id":"{asset}","timestamp":"{ms}","hash":"",'
        f'"bids":[{",".join(own)}],"asks":[{",".join(other)}]'
    )


@lru_cache(maxsize=65_536)
def level(pips: int, size: int) -> str:
    """One level as it is hashed; most of a book is as it was a moment ago."""
    return f'{{"price":"{price_text(pips)}","size":"{size_text(size)}"}}'


def digest(start: Any, text: str) -> bytes:
    """The hash of a text whose beginning was hashed before, as the venue writes it."""
    copy = start.copy()
    copy.update(text.encode())
    return bytes(copy.hexdigest(), "ascii")


def complement(text: str) -> str:
    try:
        return trade_text(PIPS - parse_price(text))
    except UnitError:
        return text


def is_hash(said: bytes | None) -> bool:
    """Whether it can be a SHA-1 at all."""
    return said is not None and len(said) == 40 and said.isalnum()
