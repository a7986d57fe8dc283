"""parity: the two tokens of one condition are worth 1 pUSD together, whatever happens.

It buys YES and NO for less than 1 by more than `edge_micros` a pair and the merge's cost, merges
complete pairs, and starts again; or, where that is set, offers the pairs it holds for more than 1.
A profit is counted only when the pair has been merged (or sold): until then it is inventory.

The legs rest, post-only, at the two best bids. They cannot both be taken at a profit: the book of
NO is that of YES turned round (105,721 of 105,721 recorded changes), so that two asks below 1 are
one crossed book, on which the guard lets nothing out. When one leg has filled, nothing is added to
it: the missing one rests at a price that still pays, and is taken, fees in, as soon as that pays.
Until then the filled leg is inventory, and a market that runs away leaves it so.

Only within one condition. Sums of YES over the markets of an event are another matter: the set may
be incomplete (augmented events), and legs settle apart (PROTOCOL.md, 6).
"""

from __future__ import annotations

from typing import ClassVar, Final

from clobstep.enums import (
    MAX_SIZE,
    PIPS,
    FeedState,
    Flag,
    OrderState,
    Origin,
    RequestState,
    Side,
    Tif,
    Wake,
)
from clobstep.strategy.protocol import Plain, Settings, Turn
from clobstep.units import fee_micros, notional_down, notional_up

GRAIN: Final = 10_000  # microshares: shares of an order have two decimals
CENT: Final = 10_000  # micro-pUSD: a FAK BUY is for an amount with two decimals
LEAST_AMOUNT: Final = 1_000_000  # micro-pUSD: the venue takes no smaller one
WHOLE: Final = 1_000_000  # micro-pUSD that a pair is worth
LOOK_NS: Final = 1_000_000_000  # a buy can be merged once it is CONFIRMED, which wakes nobody
BELIEVED: Final = (FeedState.SYNCED, FeedState.SUSPECT)


class ParitySettings(Settings, frozen=True, kw_only=True):
    """Sizes in microshares, money in micro-pUSD (0.000001)."""

    BOUNDS: ClassVar[dict[str, tuple[int, int]]] = {
        "size": (GRAIN, MAX_SIZE),
        "edge_micros": (0, WHOLE),
        "merge_size": (GRAIN, MAX_SIZE),
        "merge_cost_micros": (0, MAX_SIZE),
        "max_pairs": (0, MAX_SIZE),
    }

    size: int = 20_000_000
    """Pairs a time; a market's minimum if that is more."""
    edge_micros: int = 5_000
    """Least profit a pair, after fees and the merge's cost."""
    merge_size: int = 5_000_000
    """Complete pairs are merged when there are so many."""
    merge_cost_micros: int = 0
    """What a merge costs; spread over `merge_size` pairs, the fewest it may be for."""
    max_pairs: int = 1_000_000_000
    """No more pairs than this at a time."""
    sell: bool = False
    """Pairs that are held are offered for more than 1 before they are merged."""

    @property
    def margin_micros(self) -> int:
        """What a pair must bring beyond its price, the merge's share rounded up."""
        return self.edge_micros + -(-self.merge_cost_micros * WHOLE // self.merge_size)


Leg = tuple[int, Side]
Want = dict[Leg, tuple[int, int]]
"""(token, side) -> (price in pips, size)."""


class Parity(Plain):
    """Quotes both legs of a pair, makes half a pair whole, and merges what is complete."""

    Settings: ClassVar[type[Settings]] = ParitySettings
    settings: ParitySettings
    wakes = Wake.BBO | Wake.ORDER | Wake.FEED | Wake.TIMER
    timer_ns = LOOK_NS
    engine: ClassVar[dict[str, int]] = {"cooldown_ns": 0}  # legs follow the book

    def __init__(self, settings: ParitySettings | None = None) -> None:
        super().__init__(settings)
        self.tried: dict[int, tuple[int, int]] = {}  # token -> (ask, size) of the last FAK

    def on_wake(self, turn: Turn) -> None:
        """Look at the market that woke us, and at every other that the event may concern."""
        if turn.wake & (Wake.FEED | Wake.TIMER):
            for token in turn.markets if turn.wake & Wake.TIMER else turn.open_markets:
                if token != turn.token:
                    self._look(turn, token)
        self._look(turn, turn.token)

    def _look(self, turn: Turn, token: int) -> None:
        _, least, feed, is_open, close_out_ns = turn.rules(token)
        if not is_open:
            return
        if feed == FeedState.SYNCING:  # a snapshot comes in: what stands stays meanwhile
            return
        held = turn.position(token), turn.position(token + 1)
        selling = self.settings.sell and self._sells(turn, token, min(held), least)
        if not selling:
            self._merge(turn, token)
        standing, busy = self._orders(turn, token)
        if feed not in BELIEVED or (close_out_ns and turn.now_ns >= close_out_ns):
            self._apply(turn, token, {}, standing)
        elif not busy:
            short = token if held[0] < held[1] else token + 1
            missing = abs(held[0] - held[1]) // GRAIN * GRAIN
            if missing >= max(least, GRAIN):
                self._complete(turn, short, missing, standing)
            else:
                self._pair(turn, token, short, missing, selling, standing)

    def _merge(self, turn: Turn, token: int) -> None:
        pairs = min(turn.spendable(token), turn.spendable(token + 1)) // GRAIN * GRAIN
        if pairs >= self.settings.merge_size and not turn.converting(token):
            turn.merge(token, pairs)

    def _orders(self, turn: Turn, token: int) -> tuple[dict[int, tuple[Leg, int, int]], bool]:
        """Our orders that stand: id -> (leg, price, leaves); and whether one is on its way.

        On its way is what nothing may be decided beside: a FAK, a cancel, a replace, an order that
        is UNKNOWN.
        """
        standing: dict[int, tuple[Leg, int, int]] = {}
        busy = False
        for order_id in turn.orders(token):
            order = turn.view.order(order_id)
            if order is None:
                continue
            if (
                not order.flags & Flag.ORDER_POST_ONLY
                or order.cancel_wanted
                or order.request == RequestState.CANCEL
                or order.state in (OrderState.QUEUED, OrderState.UNKNOWN)
            ):
                busy = True
                continue
            leg = order.token, Side(order.side)
            standing[order_id] = leg, order.price_pips, order.leaves
        return standing, busy

    def _size(self, least: int) -> int:
        return -(-max(self.settings.size, least) // GRAIN) * GRAIN

    def _sells(self, turn: Turn, token: int, pairs: int, least: int) -> bool:
        """Whether pairs are to be offered: enough are held, and both asks are worth it."""
        (_, yes), (_, no) = turn.best(token), turn.best(token + 1)
        if pairs < self._size(least) or PIPS in (yes, no):
            return False
        return (yes + no) * 100 >= WHOLE + self.settings.edge_micros

    def _pair(
        self,
        turn: Turn,
        token: int,
        short: int,
        missing: int,
        selling: bool,
        standing: dict[int, tuple[Leg, int, int]],
    ) -> None:
        """Both legs at their best bids, if that pays; the one that is missing a little, by more."""
        tick, least, _, _, _ = turn.rules(token)
        size = self._size(least)
        want: Want = {}
        if selling:
            for leg in (token, token + 1):
                want[leg, Side.SELL] = -(-turn.best(leg)[1] // tick) * tick, size
        else:
            bids = {leg: turn.best(leg)[0] // tick * tick for leg in (token, token + 1)}
            pays = sum(bids.values()) * 100 + self.settings.margin_micros <= WHOLE
            pairs = min(turn.position(token), turn.position(token + 1))
            if pays and min(bids.values()) > 0 and pairs + size <= self.settings.max_pairs:
                for leg, bid in bids.items():
                    want[leg, Side.BUY] = bid, size + (missing if leg == short else 0)
        self._apply(turn, token, want, standing)

    def _complete(
        self, turn: Turn, short: int, missing: int, standing: dict[int, tuple[Leg, int, int]]
    ) -> None:
        """Buy the missing leg, and only that, for what makes the pair pay."""
        others = [k for k, (leg, _, _) in standing.items() if leg != (short, Side.BUY)]
        if others:  # first out of the way: they would add to what is too much
            for order_id in others:
                turn.cancel(order_id)
            return
        tick = turn.rules(short)[0]
        limit = self._limit(turn, short ^ 1)
        bid, ask = turn.best(short)
        ask = -(-ask // tick) * tick
        if ask < PIPS and self._pays(turn, short, missing, ask, limit):
            if standing:
                self._apply(turn, short, {}, standing)
            elif self.tried.get(short) != (ask, missing):  # what got nothing is not asked again
                self.tried[short] = ask, missing
                self._take(turn, short, missing, ask)
            return
        price = min(bid, limit // 100) // tick * tick
        want: Want = {(short, Side.BUY): (price, missing)} if price >= tick else {}
        self._apply(turn, short, want, standing)

    def _limit(self, turn: Turn, long: int) -> int:
        """Most that a share of the missing leg may cost, micro-pUSD: the other's is known."""
        market, held = turn.view.market(long), turn.position(long)
        cost = market.cost_no if long & 1 else market.cost_yes
        return WHOLE - self.settings.margin_micros - -(-cost * WHOLE // held)

    def _pays(self, turn: Turn, token: int, size: int, ask: int, limit: int) -> bool:
        """Whether `size` at the ask, its fee in, costs no more than the limit."""
        fee = fee_micros(size, ask, turn.view.market(token).fee_ppm)
        return (notional_up(size, ask) + fee) * WHOLE <= limit * size

    def _take(self, turn: Turn, token: int, size: int, ask: int) -> None:
        """A FAK BUY is for an amount: the most that `size` costs at the ask, in whole cents."""
        amount = notional_down(size, ask) // CENT * CENT
        if amount >= LEAST_AMOUNT:
            turn.submit(token, Side.BUY, ask, amount, tif=Tif.FAK, origin=Origin.TAKER_ARB)

    def _apply(
        self, turn: Turn, token: int, want: Want, standing: dict[int, tuple[Leg, int, int]]
    ) -> None:
        """Keep, replace or cancel the legs that stand, and send those that are missing."""
        left = dict(want)
        least = turn.rules(token)[1]
        _, _, below, above = turn.quotes(token)  # an own order is met until it is proven dead

        def may(leg: Leg, price: int) -> bool:
            odd, side = leg[0] & 1, leg[1]
            even = PIPS - price if odd else price
            return even < below if (side == Side.BUY) != bool(odd) else even > above

        for order_id, (leg, price, leaves) in standing.items():
            at, size = left.pop(leg, (0, 0))
            if not size:
                turn.cancel(order_id)
            elif (at != price or not least <= leaves <= size) and may(leg, at):
                turn.replace(order_id, *leg, at, size, post_only=True, origin=Origin.TAKER_ARB)
        for leg, (price, size) in left.items():
            if may(leg, price):
                turn.submit(*leg, price, size, post_only=True, origin=Origin.TAKER_ARB)
