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
from clobstep.enums import NO_TOKEN, PIPS, EventKind, FeedState, Side, Tif, Wake
from clobstep.strategy.protocol import Plain, Settings, Turn

GRAIN = 10_000  # microshares: orders have two decimals of a share


class MakerSettings(Settings, frozen=True, kw_only=True):
    """Prices in pips (0.0001), sizes in microshares (0.000001), times in nanoseconds."""

    size: int = 10_000_000
    """Of each quote."""
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


Quote = tuple[int, int, bool]
"""An order of ours: its id, its price as one of the even token, and whether it is queued. A queued
one waits for its predecessor's death and cannot be replaced itself."""
BUY: Final = int(Side.BUY)
SELL: Final = int(Side.SELL)
SIGNAL_WAKE: Final = int(Wake.SIGNAL)  # plain: a Flag costs a microsecond an operation
BELIEVED: Final = (int(FeedState.SYNCED), int(FeedState.SUSPECT))


class Maker(Plain):
    """Quotes one or many markets; each wake concerns the market that woke it."""

    Settings: ClassVar[type[Settings]] = MakerSettings
    settings: MakerSettings
    wakes = Wake.BBO | Wake.ORDER | Wake.FEED | Wake.SIGNAL
    engine: ClassVar[dict[str, int]] = {"cooldown_ns": 0}  # quotes follow the book

    def __init__(self, settings: MakerSettings | None = None) -> None:
        super().__init__(settings)
        self.fair: dict[int, int] = {}  # even token -> last signal, pips

    def on_wake(self, turn: Turn) -> None:
        """Quote the market that woke us, or take its quotes away."""
        s, token = self.settings, turn.token
        if turn.wake & SIGNAL_WAKE:
            self._note_signal(turn)
        tick, least, feed, is_open, close_out_ns = turn.rules(token)
        if not is_open:
            return
        stop = close_out_ns and turn.now_ns >= close_out_ns - s.stop_before_ns
        if stop or feed not in BELIEVED:
            self._withdraw(turn, token)
            if stop and s.flatten:
                self._flatten(turn, token, least)
            return
        bid, ask = turn.best(token)
        if bid == 0 or ask == PIPS or bid >= ask or ask - bid > s.max_spread_pips:
            self._withdraw(turn, token)
            return
        net = turn.position(token) - turn.position(token + 1)
        want_bid, want_ask = self._prices(token, bid, ask, tick, net)
        bids, asks = turn.quotes(token)
        size = max(s.size, least) // GRAIN * GRAIN
        self._place(turn, token, BUY, want_bid, bids, size if net + size <= s.max_position else 0)
        self._place(turn, token, SELL, want_ask, asks, size if size - net <= s.max_position else 0)
        if s.merge_size:
            self._merge(turn, token)

    def _note_signal(self, turn: Turn) -> None:
        if turn.kind != EventKind.SIGNAL:
            return
        signal = events.unpack(turn.event)
        if signal.token != NO_TOKEN and 0 <= signal.size <= PIPS:
            self.fair[signal.token & ~1] = signal.size

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
        return max(want_bid, 0), min(want_ask, PIPS)

    def _place(
        self, turn: Turn, token: int, side: int, price: int, quotes: list[Quote], size: int
    ) -> None:
        """One side: replace, submit, withdraw or leave it."""
        if size == 0 or not 0 < price < PIPS:
            self._cancel(turn, quotes)
            return
        if quotes:
            newest, at_pips, queued = quotes[0]
            self._cancel(turn, quotes[1:])
            if queued or abs(at_pips - price) < self.settings.requote_pips:
                return
        which, way, at = token, side, price
        # What this side could sell instead of buying the other token: NO for a bid, YES for an ask.
        sells = self.settings.sell_inventory and turn.spendable(token + (side == BUY)) >= size
        if sells == (side == BUY):
            which, way, at = token + 1, SELL if sells else BUY, PIPS - price
        if quotes:
            turn.replace(
                newest, which, way, at, size, post_only=True, overlap=self.settings.overlap
            )
        else:
            turn.submit(which, way, at, size, post_only=True)

    def _merge(self, turn: Turn, token: int) -> None:
        pairs = min(turn.spendable(token), turn.spendable(token + 1))
        if pairs >= self.settings.merge_size:
            turn.merge(token, pairs)

    def _withdraw(self, turn: Turn, token: int) -> None:
        bids, asks = turn.quotes(token)
        self._cancel(turn, bids + asks)

    def _cancel(self, turn: Turn, quotes: list[Quote]) -> None:
        for order_id, _, _ in quotes:
            turn.cancel(order_id)

    def _flatten(self, turn: Turn, token: int, least: int) -> None:
        """Sell the longer side's surplus, if no order of ours is open."""
        if turn.orders(token):
            return
        net = turn.position(token) - turn.position(token + 1)
        long = token if net > 0 else token + 1
        bid, _ = turn.best(long)
        size = min(abs(net), turn.spendable(long)) // GRAIN * GRAIN
        if size >= least and bid:
            turn.submit(long, SELL, bid, size, tif=Tif.FAK)
