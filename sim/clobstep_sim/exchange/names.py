"""What the venue calls things: names made from the exchange's numbers, always the same.

A world whose clients sign their orders has hashes of its own: it overrides `order`.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache


@lru_cache(maxsize=65_536)
def digest(*parts: str | int) -> str:
    """64 hex digits of what a name is made from."""
    return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()


def uuid(text: str) -> str:
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))


class Names:
    """Names of markets, tokens, accounts, orders and trades, all from 0 as the exchange counts."""

    def condition(self, market: int) -> str:
        return "0x" + digest("condition", market)

    def asset(self, token: int) -> str:
        return str(int(digest("asset", token), 16))

    def owner(self, account: int) -> str:
        """The API key."""
        return uuid(digest("owner", account))

    def funder(self, account: int) -> str:
        """The address that holds its money."""
        return "0x" + digest("funder", account)[:40]

    def maker(self, account: int, order_id: int) -> str:  # noqa: ARG002
        """The address that holds the money of an order; an account may have more than one."""
        return self.funder(account)

    def order(self, account: int, order_id: int) -> str:
        """The order's hash."""
        return "0x" + digest("order", account, order_id)

    def order_in(self, trade: int, account: int, order_id: int) -> str:  # noqa: ARG002
        """The hash of an order as a trade names it."""
        return self.order(account, order_id)

    def trade(self, number: int) -> str:
        return uuid(digest("trade", number))

    def transaction(self, number: int) -> str:
        """The hash of the transaction that settles a trade."""
        return "0x" + digest("transaction", number)
