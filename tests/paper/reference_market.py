"""One condition at the venue: its book, our orders in it, and what fills them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from heapq import heappush

from clobstep.enums import Flag, Side
from clobstep.events import Event
from paper.reference_book import LEAST_LAG_NS, PIPS, Book, Level, Volume, explain
from paper.reference_orders import Fill, Resting
from paper.reference_queue import Model

BEST, END = int(Flag.BOOK_BEST), int(Flag.BOOK_END)
FIRST, LAST = int(Flag.SNAP_FIRST), int(Flag.SNAP_LAST)


@dataclass
class Market:
    """All of one condition. `seq` counts what happened here, to tell before from after."""

    model: Model
    lag_ns: int
    warm_ns: int = 0
    timers: list[int] = field(default_factory=list)
    """Shared with the venue: a heap of times."""
    book: Book = field(default_factory=Book)
    orders: list[Resting] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    seq: int = 0
    now: int = 0
    tick: int = 1
    open: bool = True
    resolved: bool = False
    group_ns: int = 0
    """Latest time that a book event gave itself."""
    carried: tuple[int, int] | None = None
    """The venue's own bests of this group, as best bids of both ladders."""
    first_ns: int | None = None
    """First delta of a book that was never told whole."""
    coming: list[tuple[int, int, int]] | None = None
    """Levels of a snapshot that has begun: (ladder, price, size)."""
    waiting: deque[tuple[int, int, int]] = field(default_factory=deque)
    """When a decrease is held a cancel, and where it was."""

    # --- what the market says ---------------------------------------------------------------------

    def delta(self, e: Event) -> None:
        """One level now shows this size."""
        if self.first_ns is None:
            self.first_ns = self.now
        if not self.book.known and self.warm_ns and self.now - self.first_ns >= self.warm_ns:
            self.book.known = True
        which, price = _passive(e.token, e.side, e.price_pips)
        if 0 < price < PIPS:
            self._show(which, price, e.size)
        if e.flags & BEST:
            self._carry(e)
        if e.flags & END:
            self.prune()
        self._cross()

    def best(self, e: Event) -> None:
        """The venue's own bests, without a change."""
        self._carry(e)
        if e.flags & END:
            self.prune()

    def _carry(self, e: Event) -> None:
        if 0 < e.venue_time_ns < self.group_ns:
            return  # older than what was said already
        self.group_ns = max(self.group_ns, e.venue_time_ns)
        bids = (e.bid_pips, PIPS - e.ask_pips)
        self.carried = bids if e.token & 1 == 0 else (bids[1], bids[0])

    def prune(self) -> None:
        """The group is over: what is better than the carried best is not there."""
        if self.carried is not None:
            for which in (0, 1):
                while self.book.best(which) > self.carried[which]:
                    self._show(which, self.book.best(which), 0)
        self.carried = None

    def snapshot(self, e: Event) -> None:
        """A part of a whole book. It counts when it is complete, level by level."""
        if e.flags & FIRST:
            self.coming = []
        if self.coming is None:
            return
        levels = ((e.price_pips, e.size), (e.bid_pips, e.amount), (e.ask_pips, e.order_id))
        for price, size in levels[: e.code]:
            which, at = _passive(e.token, e.side, price)
            if 0 < at < PIPS:
                self.coming.append((which, at, size))
        if not e.flags & LAST:
            return
        told: dict[tuple[int, int], int] = {}
        for which, price, size in self.coming:
            told[which, price] = size
        self.coming = None
        self.carried = None
        self.book.known = True
        levels_now = {(w, p) for w in (0, 1) for p in self.book.ladders[w]}
        for which, price in sorted(levels_now | told.keys()):
            self._show(which, price, told.get((which, price), 0))
        for order in self.orders:
            self._tell(order, self.book.level(order.which, order.level).shown)
        self._cross()

    def gap(self) -> None:
        """Nothing is known of the book until a new one comes. What we took stays taken."""
        for order in self.orders:
            order.told = False
            if order.front is None:
                order.since.clear()
            while order.since:
                order.decide(self.model)
        self.book.known = False
        self.first_ns = None
        self.coming = None
        self.carried = None
        self.waiting.clear()
        for which in (0, 1):
            self.book.shown[which].clear()
            for level in self.book.ladders[which].values():
                level.missing.clear()
                level.printed.clear()
                level.shown = 0

    def print_(self, e: Event) -> None:
        """A trade of others: it takes from the queue of a level, and fills us behind it."""
        if not self.model.prints:
            return
        which, price = _passive(e.token, 1 - e.side, e.price_pips)
        level = self.book.level(which, price)
        self._forget(level)
        parts = explain(level.missing, e.size, self.now - LEAST_LAG_NS)
        rest = e.size - sum(size for _, size in parts)
        self._met(which, price, e.size, parts, rest)
        for one, size in parts:
            one.traded += size
        if rest:
            level.printed.append(Volume(self.now, rest, self.seq))
            for order in self._at(which, price):
                order.since.append(Volume(self.now, 0, self.seq, traded=rest))

    def _met(
        self, which: int, price: int, size: int, parts: list[tuple[Volume, int]], rest: int
    ) -> None:
        """Fill what the print reaches, by price, then time."""
        if self.book.known and self.book.placeholder:
            return
        ours = 0  # what orders of ours before this one took of the print
        for order in self._in_turn(which):
            if order.level > price:
                # What was traded before the order lay there is no volume for it.
                before = sum(part for one, part in parts if one.seq < order.seq)
                ours += self._fill(order, max(0, min(order.leaves, size - before - ours)))
            elif order.level == price and self.model.queue and order.front is not None:
                met = order.met(parts, rest) - ours
                ours += self._fill(order, max(0, min(order.leaves, met)))

    # --- levels -----------------------------------------------------------------------------------

    def _show(self, which: int, price: int, size: int) -> None:
        fell = self.book.show(which, price, size)
        level = self.book.level(which, price)
        self._forget(level)
        orders = self._at(which, price)
        if fell:
            parts = explain(level.printed, fell)
            for one, part in parts:
                for order in orders:
                    if order.as_of > one.seq:
                        # It saw the printed size as still displayed, and that was ahead of it.
                        order.since.append(Volume(self.now, 0, self.seq, traded=part))
            rest = fell - sum(part for _, part in parts)
            decrease = Volume(self.now, rest, self.seq, left=size)
            for order in orders:
                order.since.append(decrease)
            if rest:
                level.missing.append(decrease)
            self.waiting.append((self.now + self.lag_ns, which, price))
            heappush(self.timers, self.now + self.lag_ns)
        for order in orders:
            self._tell(order, size)

    def _tell(self, order: Resting, size: int) -> None:
        """No more is ahead than is displayed when its level is first told."""
        if not order.told or order.front is None:
            order.front = size if order.front is None else min(order.front_now(), size)
            order.since.clear()
            order.told = True
            order.as_of = self.seq

    def _forget(self, level: Level) -> None:
        level.printed = [one for one in level.printed if one.time_ns + self.lag_ns >= self.now]

    def explain(self) -> None:
        """Decreases that no print explained in time were cancels: ahead of us or behind."""
        while self.waiting and self.waiting[0][0] <= self.now:
            _, which, price = self.waiting.popleft()
            missing = self.book.level(which, price).missing
            while missing and missing[0].time_ns + self.lag_ns <= self.now:
                missing.pop(0)
        for order in self.orders:
            while order.since and order.since[0].time_ns + self.lag_ns <= self.now:
                if order.front is None:
                    order.since.pop(0)
                else:
                    order.decide(self.model)

    # --- our orders -------------------------------------------------------------------------------

    def _at(self, which: int, price: int) -> list[Resting]:
        if not self.orders:
            return []
        return [one for one in self.orders if one.which == which and one.level == price]

    def _in_turn(self, which: int) -> list[Resting]:
        """Ours of a ladder by price, then time."""
        mine = [one for one in self.orders if one.which == which]
        return sorted(mine, key=lambda one: (-one.level, one.seq))

    def _cross(self) -> None:
        """What is displayed on the other side at our price or better fills us, once."""
        if not self.orders or not self.book.fillable:
            return
        for which in (0, 1):
            for order in self._in_turn(which):
                for _, level in self.book.opposite(which, order.level):
                    size = min(order.leaves, level.free)
                    if size > 0:
                        level.taken += size
                        self._fill(order, size)

    def _fill(self, order: Resting, size: int) -> int:
        if size > 0:
            r = order.request
            self.fills.append(Fill(self.now, r.order_id, r.token, r.side, r.price, size, True))
            order.leaves -= size
            order.filled += size
            if order.leaves == 0:
                self.orders.remove(order)
        return size

    def rest(self, order: Resting) -> None:
        """Join the queue at the order's level."""
        # What we took is not there any more, though the recording displays it.
        order.front = self.book.level(order.which, order.level).free if self.book.known else None
        order.told = self.book.known
        order.as_of = order.seq
        if self.model.name == "front":
            order.front = 0
        self.orders.append(order)


def _passive(token: int, side: int, price: int) -> tuple[int, int]:
    """(ladder, price there) of a bid or ask of a token: an ask is a bid of the complement."""
    odd = token & 1
    return (1 - odd, PIPS - price) if side == Side.SELL else (odd, price)
