"""maker: a two-sided post-only quote around a fair value.

The fair value is the mid of the book, or the last signal that was given for the market. Inventory
moves both quotes: each `size` held moves them by `skew_pips` against it. A quote is replaced when
its price is `requote_pips` or more away from where it should be. This is the readable twin of the
compiled maker (`clobstep.strategy._maker`): both give the same intents, and a test says so.

All prices here are of the even token (YES). A bid is a BUY of YES or a SELL of NO, an ask a SELL of
YES or a BUY of NO at 1 - price; which of the two is a setting.
"""

from __future__ import annotations

from typing import ClassVar, Final

from clobstep import events
from clobstep.enums import (
    MAX_SIZE,
    MAX_TIME_NS,
    NO_TOKEN,
    PIPS,
    EventKind,
    FeedState,
    Origin,
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
        "requote_pips": (0, PIPS),
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
    """A quote that is off by less stays; with 0 both are replaced at every change of the best."""
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


Quote = tuple[int, int, bool, int]
"""As `turn.quotes` gives them: id, price as one of the even token, queued, shares of a SELL."""
# Plain numbers: a Flag costs a microsecond an operation, and this runs at every change of a book.
BUY: Final = int(Side.BUY)
SELL: Final = int(Side.SELL)
ON_BBO: Final = int(Wake.BBO)
ON_SIGNAL: Final = int(Wake.SIGNAL)
ON_TIMER: Final = int(Wake.TIMER)
ON_FEED: Final = int(Wake.FEED)
BELIEVED: Final = (int(FeedState.SYNCED), int(FeedState.SUSPECT))
SYNCING: Final = int(FeedState.SYNCING)


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
        self.off_pips = 1  # what a quote of this turn must be off by to be replaced
        if self.settings.looks:
            self.wakes = Maker.wakes | Wake.TIMER
            self.timer_ns = LOOK_NS

    def on_wake(self, turn: Turn) -> None:
        """Quote the market that woke us, or take its quotes away."""
        wake = turn.wake
        self.off_pips = self.settings.requote_pips or (0 if wake & ON_BBO else 1)
        if wake & ON_SIGNAL:
            self._note_signal(turn)
        if wake & (ON_FEED | ON_TIMER):  # one event may concern many markets, and names one of them
            for token in turn.markets if wake & ON_TIMER else turn.open_markets:
                if token != turn.token:
                    self._look(turn, token, quote=False)
        self._look(turn, turn.token, quote=True)

    def _note_signal(self, turn: Turn) -> None:
        if turn.kind != EventKind.SIGNAL:
            return
        signal = events.unpack(turn.event)
        if signal.token != NO_TOKEN and 0 <= signal.size <= PIPS:
            odd = signal.token & 1
            self.fair[signal.token & ~1] = PIPS - signal.size if odd else signal.size

    def _look(self, turn: Turn, token: int, *, quote: bool) -> None:
        """Take a market's quotes away if it is not to be quoted; else, if wanted, quote it."""
        tick, least, feed, is_open, close_out_ns = turn.rules(token)
        if not is_open:
            return
        stop = close_out_ns > 0 and turn.now_ns >= close_out_ns - self.settings.stop_before_ns
        if stop or feed not in BELIEVED:
            if stop or feed != SYNCING:  # while a snapshot comes in, quotes stay
                self._withdraw(turn, token)
            if stop and self.settings.flatten and feed in BELIEVED:
                self._flatten(turn, token, least)
        elif quote:
            self._quote(turn, token, tick, least)

    def _quote(self, turn: Turn, token: int, tick: int, least: int) -> None:
        s = self.settings
        bid, ask = turn.best(token)
        if bid == 0 or ask == PIPS or bid >= ask or ask - bid > s.max_spread_pips:
            self._withdraw(turn, token)
            return
        net = turn.position(token) - turn.position(token + 1)
        want_bid, want_ask = self._prices(token, bid, ask, tick, net)
        bids, asks, below, above = turn.quotes(token)
        merged = self._merge(turn, token) if s.merge_size else 0
        size = -(-max(s.size, least) // GRAIN) * GRAIN
        if net + size > s.max_position or want_bid <= 0:
            self._cancel(turn, bids)
        else:
            self._place(turn, token, BUY, want_bid, bids, size, merged, want_bid < below)
        if size - net > s.max_position or want_ask >= PIPS:
            self._cancel(turn, asks)
        else:
            self._place(turn, token, SELL, want_ask, asks, size, merged, want_ask > above)

    def _prices(self, token: int, bid: int, ask: int, tick: int, net: int) -> tuple[int, int]:
        """Where the quotes should be; 0 or less, or 10,000 or more, when there is no room."""
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
        return want_bid, want_ask

    def _place(
        self,
        turn: Turn,
        token: int,
        side: int,
        price: int,
        quotes: list[Quote],
        size: int,
        merged: int,
        may: bool,
    ) -> None:
        """One side: replace, submit or leave it, and keep one quote only.

        `merged` pairs are gone already. What may not go out now waits for the next turn.
        """
        s, newest, handed = self.settings, 0, 0
        if quotes:
            newest, at_pips, queued, handed = quotes[0]
            self._cancel(turn, quotes[1:])
            if queued or abs(at_pips - price) < self.off_pips:
                return
        if not may:
            return
        which, way, at = token, side, price
        # What this side could sell instead of buying the other token: NO for a bid, YES for an ask.
        # A SELL that is replaced hands its shares on, if it is dead before the new one goes out.
        held = turn.spendable(token + (side == BUY)) - merged + (0 if s.overlap else handed)
        sells = s.sell_inventory and held >= size
        if sells == (side == BUY):
            which, way, at = token + 1, SELL if sells else BUY, PIPS - price
        if newest:
            turn.replace(newest, which, way, at, size, post_only=True, overlap=s.overlap)
        else:
            turn.submit(which, way, at, size, post_only=True)

    def _merge(self, turn: Turn, token: int) -> int:
        """Turn complete pairs into cash; returns how many."""
        if turn.converting(token):
            return 0
        pairs = min(turn.spendable(token), turn.spendable(token + 1))
        if pairs < self.settings.merge_size:
            return 0
        turn.merge(token, pairs)
        return pairs

    def _withdraw(self, turn: Turn, token: int) -> None:
        bids, asks, _, _ = turn.quotes(token)
        self._cancel(turn, bids)
        self._cancel(turn, asks)

    def _cancel(self, turn: Turn, quotes: list[Quote]) -> None:
        for quote in quotes:
            turn.cancel(quote[0])

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
        turn.submit(long, SELL, bid, size, tif=Tif.FAK, origin=Origin.OTHER)
