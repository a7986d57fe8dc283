"""From a price and a size to the two amounts that an order signs, in exact integers.

Owns the arithmetic of PROTOCOL facts, section 1.4. Prices are pips (1e-4), sizes microshares,
amounts micro-pUSD or microshares (1e-6). Nothing is rounded but the shares of a FAK or FOK BUY, and
those downwards: rounded up, the implied price lies below the limit and the order matches nothing.
"""

from __future__ import annotations

from typing import Final

from clobstep.enums import PIPS, Side, Tif
from clobstep.venue.signing.errors import SigningError

CENT: Final = 10_000  # of a share or of a pUSD, in 1e-6
SHARE_STEP: Final = 100  # shares of a FAK or FOK BUY have at most 4 decimals
LARGEST: Final = (1 << 63) - 1
_TIFS: Final = frozenset(map(int, Tif))


def amounts(tif: int, side: int, price_pips: int, size: int, amount: int) -> tuple[int, int]:
    """(maker amount, taker amount). `amount` counts for a FAK or FOK BUY, `size` for all others.

    SigningError for what the venue would refuse: a price outside 0..1, more than 2 decimals, and
    an order of nothing.
    """
    if not 0 < price_pips < PIPS:
        raise SigningError(f"price_pips: {price_pips} is not in 1..{PIPS - 1}")
    if tif not in _TIFS or side not in (Side.BUY, Side.SELL):
        raise SigningError(f"tif, side: {tif}, {side} are not of Tif and Side")
    if side == Side.BUY and tif in (Tif.FAK, Tif.FOK):
        _check("amount", amount, "pUSD")
        shares = amount * PIPS // price_pips // SHARE_STEP * SHARE_STEP
        return amount, shares
    _check("size", size, "shares")
    cash = size * price_pips // PIPS  # exact: a size is whole cents of a share
    return (cash, size) if side == Side.BUY else (size, cash)


def _check(name: str, value: int, unit: str) -> None:
    if not 0 < value <= LARGEST or value % CENT:
        raise SigningError(
            f"{name}: {value} is no amount of 0.01 {unit} or a multiple of it; an order has at "
            f"most 2 decimals of {unit}"
        )
