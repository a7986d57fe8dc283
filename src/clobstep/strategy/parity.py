"""parity: the two tokens of one condition are worth 1 pUSD together, whatever happens.

It buys YES and NO when both asks together cost less than 1 by more than fees, the cost of the
merge and `edge_micros` a pair; or sells a complete pair it holds when both bids together are above
1 by as much. Both legs go out in one turn, as FAK orders. A profit is counted only when the pair
has been merged: until then it is inventory, and a leg that fails or fills in part leaves a holding.

Only within one condition. Sums of YES over the markets of an event are another matter: the set may
be incomplete (augmented events), and legs settle apart (PROTOCOL.md, 6).
"""

from __future__ import annotations

from typing import ClassVar

from clobstep.enums import PIPS, FeedState, Origin, Side, Tif, Wake
from clobstep.strategy.protocol import Plain, Settings, Turn
from clobstep.units import fee_micros, notional_down, notional_up

GRAIN = 10_000  # microshares: shares of an order have two decimals
CENT = 10_000  # micro-pUSD: a FAK BUY is for an amount with two decimals


class ParitySettings(Settings, frozen=True, kw_only=True):
    """Sizes in microshares, money in micro-pUSD."""

    size: int = 20_000_000
    """Most pairs a time."""
    edge_micros: int = 2_000
    """Least profit a pair after fees, before the merge's cost."""
    merge_cost_micros: int = 0
    """What a merge costs, spread over the pairs it turns."""
    max_pairs: int = 1_000_000_000
    """No more pairs than this before they are merged."""
    sell: bool = True
    """Also sell held pairs when both bids together are worth more than 1."""


class Parity(Plain):
    """Takes both sides when they are worth it, and merges what is complete."""

    Settings: ClassVar[type[Settings]] = ParitySettings
    settings: ParitySettings
    wakes = Wake.BBO | Wake.ORDER

    def on_wake(self, turn: Turn) -> None:
        """Look at one condition."""
        token = turn.token
        market = turn.view.market(token)
        if not market.known or market.resolved:
            return
        yes, no = turn.view.book(token), turn.view.book(token + 1)
        pairs = min(turn.spendable(token), turn.spendable(token + 1))
        if pairs >= GRAIN:
            turn.merge(token, pairs // GRAIN * GRAIN)
        busy = any(o.state for o in map(turn.view.order, turn.orders(token)) if o)
        if busy or yes.feed not in (FeedState.SYNCED, FeedState.SUSPECT):
            return
        size = min(self.settings.size, yes.ask_size, no.ask_size) // GRAIN * GRAIN
        held = min(turn.position(token), turn.position(token + 1))
        if size >= market.min_size and held + size <= self.settings.max_pairs:
            cost = self._cost(size, yes.ask_pips, no.ask_pips, market.fee_ppm)
            if self._pays(size, size - cost):
                self._buy(turn, token, size, yes.ask_pips)
                self._buy(turn, token + 1, size, no.ask_pips)
                return
        size = min(pairs, yes.bid_size, no.bid_size) // GRAIN * GRAIN
        if self.settings.sell and size >= market.min_size:
            got = self._got(size, yes.bid_pips, no.bid_pips, market.fee_ppm)
            if self._pays(size, got - size):
                for which, bid in ((token, yes.bid_pips), (token + 1, no.bid_pips)):
                    turn.submit(which, Side.SELL, bid, size, tif=Tif.FAK, origin=Origin.TAKER_ARB)

    def _cost(self, size: int, yes_pips: int, no_pips: int, fee_ppm: int) -> int:
        """Of buying `size` of both, fees in; more than 1 each when a side is empty."""
        if yes_pips >= PIPS or no_pips >= PIPS:
            return 2 * size
        cost = sum(
            notional_up(size, pips) + fee_micros(size, pips, fee_ppm)
            for pips in (yes_pips, no_pips)
        )
        return cost + self.settings.merge_cost_micros

    def _got(self, size: int, yes_pips: int, no_pips: int, fee_ppm: int) -> int:
        return sum(
            notional_down(size, pips) - fee_micros(size, pips, fee_ppm)
            for pips in (yes_pips, no_pips)
        )

    def _pays(self, size: int, profit: int) -> bool:
        """Whether a profit is `edge_micros` a whole pair or more."""
        return profit * 1_000_000 >= self.settings.edge_micros * size and profit > 0

    def _buy(self, turn: Turn, token: int, size: int, ask_pips: int) -> None:
        """A FAK BUY is for an amount: the most that `size` costs at the ask, in whole cents."""
        amount = notional_down(size, ask_pips) // CENT * CENT
        if amount > 0:
            turn.submit(token, Side.BUY, ask_pips, amount, tif=Tif.FAK, origin=Origin.TAKER_ARB)
