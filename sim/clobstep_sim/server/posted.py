"""What clients have posted, as it arrived: whether any order came twice.

Owns the salts seen. It looks before faults do, so what a fault doubles is counted once. A signature
of the same fields is always the same one: an order sent again has both salt and signature again.
"""

from __future__ import annotations

from typing import Any, Final

from clobstep_sim.server import orders
from clobstep_sim.server.orders import RefusedError

MOST_ORDERS: Final = 15


class Posted:
    """Counts of the orders in requests. `again`: salts of orders that were posted again; `salts`:
    those that another order had already."""

    def __init__(self) -> None:
        self.requests = 0
        self.orders = 0
        self.unread = 0
        self.again: list[int] = []
        self.salts: list[int] = []
        self._seen: dict[int, str] = {}

    def see(self, path: str, body: bytes) -> None:
        """A request to submit, as it came in."""
        self.requests += 1
        try:
            is_one = path == "/order"
            found = [orders.read_one(body)] if is_one else orders.read_many(body, MOST_ORDERS)
        except RefusedError:
            self.unread += 1
            return
        for payload in found:
            self.orders += 1
            salt, signature = payload.order.salt, payload.order.signature
            known = self._seen.setdefault(salt, signature)
            if known is not signature:
                (self.again if known == signature else self.salts).append(salt)

    def told(self) -> dict[str, Any]:
        """As /control/posted says it."""
        return {
            "requests": self.requests, "orders": self.orders, "unread": self.unread,
            "again": self.again, "salts": self.salts,
        }  # fmt: skip
