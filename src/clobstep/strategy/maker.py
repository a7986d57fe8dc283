"""maker: a two-sided post-only quote around a fair value.

The fair value is the mid of the book, or the last signal that was given for the market. Inventory
moves both quotes: each `size` held moves them by `skew_pips` against it. A quote is replaced when
its price is `requote_pips` or more away from where it should be. This is the readable twin of the
compiled maker (`clobstep.strategy._maker`): both give the same intents, and a test says so.

All prices here are of the even token (YES). A bid is a BUY of YES or a SELL of NO, an ask a SELL of
YES or a BUY of NO at 1 - price; which of the two is a setting.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from clobstep.enums import (
    MAX_SIZE,
    MAX_TIME_NS,
    NO_TOKEN,
    PIPS,
    EventKind,
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

GRAIN = 10_000  # microshares: orders have two decimals of a share
LOOK_NS = 1_000_000_000  # how often the end of a market is looked for when no book moves


class MakerSettings(Settings, frozen=True, kw_only=True):
    """Prices in pips (0.0001), sizes in microshares (0.000001), times in nanoseconds."""

    BOUNDS: ClassVar[dict[str, tuple[int, int]]] = {
        "size": (GRAIN, MAX_SIZE),
        "width_pips": (0, PIPS),
        "requote_pips": (1, PIPS),
        "skew_pips": (0, PIPS),
        "max_position": (0, MAX_SIZE),
        "max_spread_pips": (1, PIPS),
        "merge_size": (0, MAX_SIZE),
        "stop_before_ns": (0, MAX_TIME_NS),
    }

    size: int = 10_000_000
    """Of each quote; a market's minimum if that is more."""
    width_pips: int = 0
    """Distance of each quote from the fair value; 0 joins the best bid and ask."""
    requote_pips: int = 1
    """A quote that is off by less stays."""
    skew_pips: int = 0
    """Both quotes move by this much for each `size` of inventory, against it."""
    max_position: int = 500_000_000
    """No quote that would take the net position beyond this."""
    max_spread_pips: int = 2_000
    """A wider market is not quoted: nobody trades at the mid of 0.01 and 0.99."""
    sell_inventory: bool = True
    """With inventory an ask is a SELL; without, or when false, a BUY of the complement."""
    merge_size: int = 0
    """Complete pairs are merged when there are so many; 0 never."""
    overlap: bool = False
    """A replacing order goes out before the old one is proven dead."""
    stop_before_ns: int = 0
    """No quotes this long before the market's close-out time."""
    flatten: bool = False
    """Then sell what is held, by FAK at the best bid."""

    @property
    def looks(self) -> bool:
        """Whether a timer is wanted: the end of a market must be seen in a silent book too."""
        return self.stop_before_ns > 0 or self.flatten


class Quote(NamedTuple):
    """An open order of ours."""

    order_id: int
    price_pips: int  # as a price of the even token
    queued: bool  # waits for its predecessor's death: it cannot be replaced itself
    sells: int  # the token it sells, -1 when it buys
    reserved: int


class Mine:
    """Our orders on one side of a market, as prices of the even token."""

    def __init__(self, best: int) -> None:
        self.quotes: list[Quote] = []
        """Those that stand, the newest first."""
        self.best = best
        """Highest bid or lowest ask, also of those on their way out: they can be met till then."""
        self.lost = False
        """One is UNKNOWN: the engine cancels it and looks it up, and nothing goes out beside it."""


class Maker(Plain):
    """Quotes one or many markets; each wake concerns the market that woke it."""

    Settings: ClassVar[type[Settings]] = MakerSettings
    settings: MakerSettings
    wakes = Wake.BBO | Wake.ORDER | Wake.FEED | Wake.SIGNAL
    engine: ClassVar[dict[str, int]] = {"cooldown_ns": 0}  # quotes follow the book

    def __init__(self, settings: MakerSettings | None = None) -> None:
        super().__init__(settings)
        self.fair: dict[int, int] = {}  # even token -> last signal, pips
        self.tried: dict[int, tuple[int, int]] = {}  # even token -> (bid, size) of the last flatten
        if self.settings.looks:
            self.wakes = Maker.wakes | Wake.TIMER
            self.timer_ns = LOOK_NS

    def on_wake(self, turn: Turn) -> None:
        """Quote the market that woke us, or take its quotes away."""
        self._note_signal(turn)
        others: list[int] = []  # one event may concern many markets, and names one of them
        if turn.wake & Wake.TIMER:
            others = turn.markets
        elif turn.wake & Wake.FEED:
            others = turn.open_markets
        for token in others:
            if token != turn.token:
                self._leaves(turn, token)
        if not self._leaves(turn, turn.token):
            self._quote(turn, turn.token)

    def _note_signal(self, turn: Turn) -> None:
        if turn.wake & Wake.SIGNAL and turn.kind == EventKind.SIGNAL:
            from clobstep import events

            signal = events.unpack(turn.event)
            if signal.token != NO_TOKEN and 0 <= signal.size <= PIPS:
                odd = signal.token & 1
                self.fair[signal.token & ~1] = PIPS - signal.size if odd else signal.size

    def _leaves(self, turn: Turn, token: int) -> bool:
        """Whether the market is not to be quoted; then its quotes are taken away."""
        market = turn.view.market(token)
        if not market.known or market.resolved:
            return True
        stop = (
            market.close_out_ns > 0
            and turn.now_ns >= market.close_out_ns - self.settings.stop_before_ns
        )
        if not stop:
            if market.feed in (FeedState.SYNCED, FeedState.SUSPECT):
                return False
            if market.feed == FeedState.SYNCING:  # a snapshot is coming in: quotes stay meanwhile
                return True
        self._withdraw(turn, token)
        if stop and self.settings.flatten:
            self._flatten(turn, token, market.min_size)
        return True

    def _quote(self, turn: Turn, token: int) -> None:
        s, market = self.settings, turn.view.market(token)
        bid, ask = turn.best(token)
        if bid == 0 or ask == PIPS or bid >= ask or ask - bid > s.max_spread_pips:
            self._withdraw(turn, token)
            return
        net = turn.position(token) - turn.position(token + 1)
        want_bid, want_ask = self._prices(token, bid, ask, market.tick_pips, net)
        bids, asks = self._orders(turn, token)
        size = -(-max(s.size, market.min_size) // GRAIN) * GRAIN
        merged = self._merge(turn, token)
        for side, price, mine, after, meets in (
            (Side.BUY, want_bid, bids, net + size, want_bid >= asks.best),
            (Side.SELL, want_ask, asks, size - net, want_ask <= bids.best),
        ):
            wanted = size if after <= s.max_position else 0
            self._place(turn, token, side, price, mine, wanted, merged, meets)

    def _prices(self, token: int, bid: int, ask: int, tick: int, net: int) -> tuple[int, int]:
        """Where the quotes should be; 0 or 10,000 when there is no room."""
        s = self.settings
        shift = s.skew_pips * (net // s.size)
        if s.width_pips == 0 and token not in self.fair:
            want_bid, want_ask = bid - shift, ask - shift
        else:
            fair2 = 2 * self.fair[token] if token in self.fair else bid + ask
            want_bid = (fair2 - 2 * s.width_pips - 2 * shift) // 2
            want_ask = -((-fair2 - 2 * s.width_pips + 2 * shift) // 2)
        want_bid = min(want_bid, ask - tick) // tick * tick
        want_ask = -(-max(want_ask, bid + tick) // tick) * tick
        if want_bid >= want_ask:  # a width of 0 about a signal: they must not meet
            want_bid = want_ask - tick
        return max(want_bid, 0), min(want_ask, PIPS)

    def _orders(self, turn: Turn, token: int) -> tuple[Mine, Mine]:
        """Our bids and our asks."""
        bids, asks = Mine(0), Mine(PIPS)
        for order_id in turn.orders(token):
            order = turn.view.order(order_id)
            if order is None or order.done:
                continue
            odd, sells = order.token & 1, order.side == Side.SELL
            price = PIPS - order.price_pips if odd else order.price_pips
            if sells == bool(odd):
                mine, bids.best = bids, max(bids.best, price)
            else:
                mine, asks.best = asks, min(asks.best, price)
            if order.state == OrderState.UNKNOWN:
                mine.lost = True
            elif (
                order.flags & Flag.ORDER_POST_ONLY
                and not order.cancel_wanted
                and order.request != RequestState.CANCEL
            ):
                queued = order.state == OrderState.QUEUED
                of = order.token if sells else -1
                mine.quotes.append(Quote(order_id, price, queued, of, order.reserved))
        return bids, asks

    def _place(
        self,
        turn: Turn,
        token: int,
        side: Side,
        price: int,
        mine: Mine,
        size: int,
        merged: int,
        meets: bool,
    ) -> None:
        """One side: replace, submit, withdraw or leave it.

        `merged` pairs are gone already. A price that `meets` an order of ours waits for its end.
        """
        s = self.settings
        if size == 0 or not 0 < price < PIPS:
            for quote in mine.quotes:
                turn.cancel(quote.order_id)
            return
        for quote in mine.quotes[1:]:
            turn.cancel(quote.order_id)
        old = mine.quotes[0] if mine.quotes else None
        if old and (old.queued or abs(old.price_pips - price) < s.requote_pips):
            return
        if meets or mine.lost:
            return
        which, way, at = token, side, price
        other = token + (side == Side.BUY)  # what a SELL would sell
        held = turn.spendable(other) - merged
        if old and old.sells == other and not s.overlap:
            held += old.reserved  # the new order takes it over
        if (s.sell_inventory and held >= size) != (side == Side.SELL):
            which, way, at = token + 1, Side(1 - side), PIPS - price
        if old:
            turn.replace(old.order_id, which, way, at, size, post_only=True, overlap=s.overlap)
        else:
            turn.submit(which, way, at, size, post_only=True)

    def _merge(self, turn: Turn, token: int) -> int:
        """Turn complete pairs into cash; returns how many."""
        least = self.settings.merge_size
        if least == 0 or turn.converting(token):
            return 0
        pairs = min(turn.spendable(token), turn.spendable(token + 1))
        if pairs < least:
            return 0
        turn.merge(token, pairs)
        return pairs

    def _withdraw(self, turn: Turn, token: int) -> None:
        bids, asks = self._orders(turn, token)
        for quote in bids.quotes + asks.quotes:
            turn.cancel(quote.order_id)

    def _flatten(self, turn: Turn, token: int, least: int) -> None:
        """Sell the longer side's surplus, if no order is open; again only if something changed."""
        if turn.orders(token):
            return
        net = turn.position(token) - turn.position(token + 1)
        long = token if net > 0 else token + 1
        bid, _ = turn.best(long)
        size = min(abs(net), turn.spendable(long)) // GRAIN * GRAIN
        if bid == 0 or size < max(least, GRAIN) or self.tried.get(token) == (bid, size):
            return
        self.tried[token] = (bid, size)
        turn.submit(long, Side.SELL, bid, size, tif=Tif.FAK, origin=Origin.OTHER)
