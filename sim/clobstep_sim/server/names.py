"""What this venue calls things: orders by the hashes that their owners signed, a market by its
place and by how many were there before it.

Owns the table of order hashes. Conditions and assets follow the world's generations, which whoever
has the world keeps up to date.
"""

from __future__ import annotations

from typing import Final

from clobstep_sim.exchange.names import Names, digest

LATER: Final = 40  # bits of a position id that are always 0, above its outcome
MODULE: Final = 1
CROWD: Final = 0


class VenueNames(Names):
    """Names of one run. `v3`: markets whose outcomes are position ids; `seed` tells runs apart."""

    def __init__(self, seed: int, markets: int, v3: frozenset[int] = frozenset()) -> None:
        self.seed = seed
        self.v3 = v3
        self.generations = [0] * markets
        self.keys: dict[int, str] = {}  # account -> API key
        self.funders: dict[int, str] = {}  # account -> address of its money
        self._hashes: dict[tuple[int, int], str] = {}
        self._orders: dict[str, tuple[int, int]] = {}
        self._makers: dict[tuple[int, int], str] = {}

    # ---- markets

    def condition_of(self, market: int, generation: int) -> str:
        parts = ("condition", self.seed, market, generation)
        if market not in self.v3:
            return "0x" + digest(*parts)
        # a position id less its last byte: module, 18 bytes of its own, 64 bits of nothing, ...
        number = int(digest(*parts), 16) >> 8 & ((1 << 240) - 1)
        number = (number | MODULE << 240) & ~(((1 << 64) - 1) << (LATER - 8))
        return "0x" + f"{number:062x}"

    def asset_of(self, token: int, generation: int) -> str:
        market = token >> 1
        if market in self.v3:
            return str(int(self.condition_of(market, generation), 16) << 8 | token & 1)
        return str(int(digest("asset", self.seed, token, generation), 16))

    def condition(self, market: int) -> str:
        return self.condition_of(market, self.generations[market])

    def asset(self, token: int) -> str:
        return self.asset_of(token, self.generations[token >> 1])

    # ---- accounts and orders

    def owner(self, account: int) -> str:
        return self.keys.get(account) or super().owner(account)

    def funder(self, account: int) -> str:
        return self.funders.get(account) or super().funder(account)

    def maker(self, account: int, order_id: int) -> str:
        return self._makers.get((account, order_id)) or self.funder(account)

    def order(self, account: int, order_id: int) -> str:
        """The hash; of an order that nobody signed (somebody traded by hand) a made-up one."""
        known = self._hashes.get((account, order_id))
        if known is None:
            known = super().order(account, order_id)
            self.bind(known, account, order_id, "")
        return known

    def order_in(self, trade: int, account: int, order_id: int) -> str:
        """Orders of the crowd have no number of their own."""
        if account == CROWD:
            return "0x" + digest("crowd", self.seed, trade)
        return self.order(account, order_id)

    def bind(self, order_hash: str, account: int, order_id: int, maker: str) -> None:
        self._hashes[account, order_id] = order_hash
        self._orders[order_hash] = (account, order_id)
        if maker:
            self._makers[account, order_id] = maker

    def signed(self) -> list[str]:
        """Hashes of all orders that somebody signed."""
        return [self._hashes[place] for place in self._makers]

    def find(self, order_hash: str) -> tuple[int, int] | None:
        """(account, order id) of a hash."""
        return self._orders.get(order_hash)
