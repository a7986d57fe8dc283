"""An independent, slow model of the paper venue, to hold the compiled one against.

    reference = Reference(Model("risk-averse"), submit=Leg(20 * MS), ...)
    reference.run(recording_events, requests)
    reference.fills, reference.answers

It is given what the compiled run was given, the recording, and what its engine asked for, and says
by itself what the venue must have answered. Nothing here is shared with the compiled venue.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from clobstep.enums import EventKind, FeedSign, Flag, Side, Tif
from clobstep.events import Event
from paper.reference_book import PIPS
from paper.reference_market import Market
from paper.reference_orders import Answer, Fill, Request, Resting
from paper.reference_queue import Model

S = 1_000_000_000
EARLY_NS = 60 * S  # the venue ends a GTD order this long before its expiry
LEAST_NS = 180 * S  # and takes none that expires sooner than this
DATA, TIMER, REQUEST = 0, 1, 2  # what comes first at equal times
TIMED = (
    EventKind.BOOK_DELTA, EventKind.BOOK_SNAPSHOT, EventKind.PRINT, EventKind.BEST,
    EventKind.TICK_CHANGE, EventKind.RESOLVED,
)  # fmt: skip
"""What the venue says at a time of its own; all else is our word, and holds nothing of it up."""
OURS = (EventKind.FEED, EventKind.MARKET)


@dataclass
class Leg:
    """A latency: constant, or a table of (from, latency), each until the next."""

    constant_ns: int = 50_000_000
    table: tuple[tuple[int, int], ...] = ()

    def at(self, time_ns: int) -> int:
        """What a message that leaves now needs."""
        if not self.table:
            return self.constant_ns
        begun = [latency for since, latency in self.table if since <= time_ns]
        return begun[-1] if begun else self.table[0][1]


@dataclass
class Reference:
    """The venue: all conditions, requests on their way, what was answered."""

    model: Model
    submit: Leg = field(default_factory=Leg)
    cancel: Leg = field(default_factory=Leg)
    answer: Leg = field(default_factory=Leg)
    lag_ns: int = 250_000_000
    warm_ns: int = 0
    fills: list[Fill] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    markets: dict[int, Market] = field(default_factory=dict)
    timers: list[int] = field(default_factory=list)
    """A heap of the times at which something is decided."""
    now: int = 0

    def run(self, recording: Iterable[Event], requests: list[Request]) -> None:
        """All of the recording, and every request to its end."""
        arrivals = []
        for number, request in enumerate(requests):
            leg = self.cancel if request.cancel else self.submit
            arrivals.append((request.time_ns + leg.at(request.time_ns), number, request))
        arrivals.sort(key=lambda one: one[:2])
        data = list(recording)
        at = arrived = 0
        data_ns = 0
        while at < len(data) or arrived < len(arrivals):
            steps = []
            if at < len(data):
                data_ns = max(data_ns, _acts(data, at))
                steps.append((data_ns, DATA))
            if arrived < len(arrivals):
                steps.append((arrivals[arrived][0], REQUEST))
            if self.timers:
                steps.append((self.timers[0], TIMER))
            time_ns, what = min(steps)
            self._move(max(time_ns, self.now))
            if what == DATA:
                self._data(data[at])
                at += 1
            elif what == TIMER:
                self._timers()
            else:
                self._arrive(arrivals[arrived][2])
                arrived += 1
            for market in self.markets.values():
                self.fills += market.fills
                market.fills.clear()

    def our_time(self, venue_ns: int) -> int:
        """When a word that leaves the venue then is with us."""
        return venue_ns + self.answer.at(venue_ns)

    def _move(self, time_ns: int) -> None:
        if time_ns > self.now:
            for market in self.markets.values():
                if market.carried is not None:
                    market.prune()
                market.now = time_ns
            self.now = time_ns

    def _market(self, token: int) -> Market:
        if token // 2 not in self.markets:
            self.markets[token // 2] = Market(
                self.model, self.lag_ns, self.warm_ns, self.timers, now=self.now
            )
        return self.markets[token // 2]

    # --- the recording ----------------------------------------------------------------------------

    def _data(self, e: Event) -> None:
        if e.kind == EventKind.FEED:
            if e.code in (FeedSign.LOST, FeedSign.GAP):
                all_of_them = e.token == 0xFFFFFFFF
                for condition, market in self.markets.items():
                    if all_of_them or condition == e.token // 2:
                        market.gap()
            return
        if e.kind not in TIMED and e.kind != EventKind.MARKET:
            return
        market = self._market(e.token)
        market.seq += 1
        if e.kind == EventKind.BOOK_DELTA:
            market.delta(e)
        elif e.kind == EventKind.BOOK_SNAPSHOT:
            market.snapshot(e)
        elif e.kind == EventKind.PRINT:
            market.print_(e)
        elif e.kind == EventKind.BEST:
            market.best(e)
        elif e.kind == EventKind.TICK_CHANGE:
            market.tick = e.price_pips
        elif e.kind == EventKind.MARKET:
            market.tick = e.price_pips
            market.open = bool(e.flags & int(Flag.META_OPEN))
        else:
            market.resolved = True
            for order in list(market.orders):
                self._end(market, order, "RESOLVED")

    def _timers(self) -> None:
        while self.timers and self.timers[0] <= self.now:
            heappop(self.timers)
        for market in self.markets.values():
            market.explain()
            for order in list(market.orders):
                end = _end(order.request)
                if end is not None and end <= self.now:
                    self._end(market, order, "EXPIRED")

    def _end(self, market: Market, order: Resting, reason: str) -> None:
        market.orders.remove(order)
        self._say(order.request.order_id, "CANCELED", reason, order.filled)

    # --- requests ---------------------------------------------------------------------------------

    def _say(self, order_id: int, word: str, detail: str, matched: int = 0) -> None:
        self.answers.append(Answer(self.now, order_id, word, detail, matched))

    def _arrive(self, request: Request) -> None:
        if request.cancel:
            self._cancel(request)
            return
        market = self._market(request.token)
        market.seq += 1
        order = Resting(request, market.seq, request.size)
        reason = self._refused(market, order)
        if reason:
            self._say(request.order_id, "REJECTED", reason)
            return
        matched = self._take(market, order)
        if matched is None:
            self._say(request.order_id, "REJECTED", "KILLED")
            return
        rests = request.tif in (Tif.GTC, Tif.GTD)
        self._say(request.order_id, "ACCEPTED", "MATCHED" if matched else "RESTING", matched)
        if order.leaves and rests:
            market.rest(order)
            end = _end(request)
            if end is not None:
                heappush(self.timers, end)

    def _refused(self, market: Market, order: Resting) -> str:
        """What the venue says to an order that it does not take; empty when it takes it."""
        request = order.request
        if market.resolved or not market.open:
            return "MARKET_CLOSED"
        if request.price % market.tick:
            return "TICK"
        if request.tif == Tif.GTD and request.expiry_ns < self.now + LEAST_NS:
            return "EXPIRATION"
        crosses = market.book.known and market.book.opposite(order.which, order.level)
        return "POST_ONLY_CROSS" if request.post_only and crosses else ""

    def _cancel(self, request: Request) -> None:
        for market in self.markets.values():
            for order in market.orders:
                if order.request.order_id == request.order_id:
                    market.orders.remove(order)
                    self._say(request.order_id, "CANCEL_ACCEPTED", "", order.filled)
                    return
        self._say(request.order_id, "CANCEL_REFUSED", "MATCHED_OR_GONE")

    def _take(self, market: Market, order: Resting) -> int | None:
        """Walk the book at the makers' prices: what was matched, in its unit; None when killed."""
        request = order.request
        cash = request.side == Side.BUY and request.tif in (Tif.FOK, Tif.FAK)
        left = request.amount if cash else request.size
        levels = market.book.opposite(order.which, order.level) if market.book.fillable else []
        taken = []
        whole = False
        for price, level in levels:
            at = PIPS - price if request.side == Side.BUY else price  # of the taker's own token
            wanted = left * PIPS // at if cash else left
            size = min(level.free, wanted)
            used = size * at // PIPS if cash else size
            if used:  # nothing is had for nothing
                taken.append((level, at, size))
                left -= used
            if wanted <= level.free:
                whole = True  # what is left of an amount is less than a microshare's price
                break
        if not taken and request.tif in (Tif.FOK, Tif.FAK):
            return None
        if request.tif == Tif.FOK and not whole:
            return None
        for level, at, size in taken:
            level.taken += size
            fill = Fill(self.now, request.order_id, request.token, request.side, at, size, False)
            market.fills.append(fill)
            order.leaves -= size
            order.filled += size
        return (request.amount if cash else request.size) - left


def _acts(data: list[Event], at: int) -> int:
    """The time that an event gives itself at the venue, 0 for none."""
    event = data[at]
    if event.kind in TIMED:
        return event.venue_time_ns or event.time_ns
    if event.kind not in OURS:
        return 0
    later = (e.venue_time_ns or e.time_ns for e in data[at + 1 : at + 64] if e.kind in TIMED)
    return min(event.time_ns, next(later, event.time_ns))


def _end(request: Request) -> int | None:
    return request.expiry_ns - EARLY_NS if request.tif == Tif.GTD else None
