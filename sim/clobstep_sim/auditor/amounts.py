"""The four roundings of docs/rules.md, 2 and 3. Whole numbers in, whole numbers out.

Sizes in microshares, prices in pips, cash in micro-pUSD, rates in parts per million.
"""

from __future__ import annotations


def share(amount: int, part: int, whole: int) -> int:
    """amount * part / whole, rounded down, by a way that stays near the amount's size."""
    return amount // whole * part + amount % whole * part // whole


def up(size: int, price_pips: int) -> int:
    """What a BUY reserves and offers: rounded up, so it is never short (rules.md, 2)."""
    return -share(-size, price_pips, 10_000)


def down(size: int, price_pips: int) -> int:
    """What a fill moves, whichever way; what a SELL asks for (rules.md, 2)."""
    return share(size, price_pips, 10_000)


def fee(size: int, price_pips: int, rate_ppm: int) -> int:
    """Taker fee in micro-pUSD, floored to 5 decimals of pUSD (rules.md, 2)."""
    whole = size * rate_ppm * price_pips * (10_000 - price_pips)
    return whole // 10**14 // 10 * 10


def cash_order_fee(leaves: int, low_pips: int, rate_ppm: int) -> int:
    """The most a cash order for `leaves` micro-pUSD can pay in fees (rules.md, 3)."""
    return leaves * rate_ppm * (10_000 - low_pips) // 10**10 // 10 * 10


def shares_of(amount: int, price_pips: int) -> int:
    """Shares that a cash order names: 4 decimals, down (rules.md, 2)."""
    return amount * 10_000 // price_pips // 100 * 100
