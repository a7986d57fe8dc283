"""One condition at the venue: its book, our orders in it, and what fills them."""

from __future__ import annotations

from dataclasses import dataclass, field

from clobstep.enums import Flag, Side
from clobstep.events import Event
from paper.reference_book import PIPS, Book, Level, Volume
from paper.reference_orders import Fill, Resting
from paper.reference_queue import Model


@dataclass
class Market:
    """All of one condition. `seq` counts what happened here, to tell before from after."""

    model: Model
    lag_ns: int
    book: Book = field(default_factory=Book)
    orders: list[Resting] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    seq: int = 0
    now: int = 0
    tick: int = 100
    open: bool = True
    resolved: bool = False
    carried: tuple[int, int] | None = None
    """The venue's own bests of this venue time, as best bids of both ladders."""
    coming: list[tuple[int, int, int]] | None = None
    """Levels of a snapshot that has begun: (ladder, price, size)."""

    # --- what the market says ---------------------------------------------------------------------

    def delta(self, e: Event) -> None:
        """One level now shows this size."""
        which, price = _passive(e.token, e.side, e.price_pips)
        if self.book.known:
            self._show(which, price, e.size)
        if e.flags & Flag.BOOK_BEST:
            self.best(e)
        self._cross()

    def best(self, e: Event) -> None:
        """The venue's own bests; believed when the venue's time moves on."""
        bids = (e.bid_pips, PIPS - e.ask_pips)
        self.carried = bids if e.token & 1 == 0 else (bids[1], bids[0])

    def prune(self) -> None:
        """The venue's time moved on: what is better than the carried best is not there."""
        if self.carried is not None:
            for which in (0, 1):
                for price in list(self.book.ladders[which]):
                    if price > self.carried[which]:
                        self._show(which, price, 0)
        self.carried = None

    def snapshot(self, e: Event) -> None:
        """A part of a whole book. It counts when it is complete, level by level."""
        if e.flags & Flag.SNAP_FIRST:
            self.coming = []
        if self.coming is None:
            return
        levels = ((e.price_pips, e.size), (e.bid_pips, e.amount), (e.ask_pips, e.order_id))
        for price, size in levels[: e.code]:
            which, at = _passive(e.token, e.side, price)
            self.coming.append((which, at, size))
        if not e.flags & Flag.SNAP_LAST:
            return
        told: dict[tuple[int, int], int] = {}
        for which, price, size in self.coming:
            told[which, price] = size
        self.coming = None
        if self.book.known:
            shown = {(w, p) for w in (0, 1) for p in self.book.ladders[w]}
            for which, price in sorted(shown | told.keys()):
                self._show(which, price, told.get((which, price), 0))
        else:
            self._show_anew(told)
        self._cross()

    def gap(self) -> None:
        """Nothing is known of the book until a new one comes."""
        self.book.known = False
        self.coming = None
        self.carried = None

    def print_(self, e: Event) -> None:
        """A trade of others: it takes from the queue of a level, and fills us behind it."""
        if not self.model.prints or not self.book.known:
            return
        which, price = _passive(e.token, 1 - e.side, e.price_pips)
        level = self.book.level(which, price)
        self._forget(level)
        explains: list[Volume] = []  # decreases that came before their print
        left = e.size
        while left and level.missing:
            first = level.missing[0]
            part = min(left, first.size)
            explains.append(Volume(first.time_ns, part, first.seq))
            first.size -= part
            left -= part
            if first.size == 0:
                level.missing.pop(0)
        if left:
            level.printed.append(Volume(self.now, left, self.seq))
        ours = 0  # what orders of ours before this one took of the print
        for order in self._in_turn(which):
            if order.level > price:
                ours += self._fill(order, min(order.leaves, e.size - ours))
            elif order.level == price and self.model.queue:
                # What was traded before the order lay there is no volume for it.
                size = left + sum(part.size for part in explains if part.seq > order.seq)
                if order.front is None:
                    continue
                reach = size - order.front - ours
                order.front = max(0, order.front - size)
                ours += self._fill(order, max(0, min(order.leaves, reach)))

    # --- levels -----------------------------------------------------------------------------------

    def _show(self, which: int, price: int, size: int) -> None:
        level = self.book.level(which, price)
        fell = level.show(size)
        self._forget(level)
        while fell and level.printed:
            first = level.printed[0]
            part = min(fell, first.size)
            for order in self._at(which, price):
                if order.seq > first.seq and order.front is not None:
                    # It saw the printed size as still displayed, and that was ahead of it.
                    order.front = max(0, order.front - part)
            first.size -= part
            fell -= part
            if first.size == 0:
                level.printed.pop(0)
        if fell:
            level.missing.append(Volume(self.now, fell, self.seq))
        self._bound(which, price, level)

    def _show_anew(self, told: dict[tuple[int, int], int]) -> None:
        """After a gap: nothing of what changed meanwhile can be explained."""
        self.book.known = True
        for which in (0, 1):
            for price, level in self.book.ladders[which].items():
                level.missing.clear()
                level.printed.clear()
                level.show(told.get((which, price), 0))
        for (which, price), size in told.items():
            self.book.level(which, price).show(size)
        for order in self.orders:
            shown = self.book.level(order.which, order.level).shown
            order.front = shown if order.front is None else min(order.front, shown)

    def _forget(self, level: Level) -> None:
        level.printed = [one for one in level.printed if one.time_ns + self.lag_ns >= self.now]

    def deadlines(self) -> list[int]:
        """When decreases that still wait for a print turn into cancels."""
        return [
            missing.time_ns + self.lag_ns
            for ladder in self.book.ladders
            for level in ladder.values()
            for missing in level.missing
        ]

    def explain(self, until_ns: int) -> None:
        """Decreases that no print explained in time were cancels: ahead of us or behind."""
        for which in (0, 1):
            for price, level in self.book.ladders[which].items():
                while level.missing and level.missing[0].time_ns + self.lag_ns <= until_ns:
                    self._cancels(which, price, level)

    def _cancels(self, which: int, price: int, level: Level) -> None:
        gone = level.missing[0]
        for order in self._at(which, price):
            if order.seq > gone.seq or order.front is None:
                continue
            unexplained = sum(one.size for one in level.missing if one.seq > order.seq)
            back = max(0, level.shown + unexplained - order.front)
            ahead = self.model.ahead(gone.size, order.front, back)
            ahead = max(ahead, gone.size - back)  # no more can have been behind than was there
            order.front = max(0, order.front - ahead)
        level.missing.pop(0)
        self._bound(which, price, level)

    def _bound(self, which: int, price: int, level: Level) -> None:
        """No more is ahead than is displayed, and what may yet turn out to have been traded."""
        for order in self._at(which, price):
            if order.front is not None:
                waiting = sum(one.size for one in level.missing if one.seq > order.seq)
                order.front = min(order.front, level.shown + waiting)

    # --- our orders -------------------------------------------------------------------------------

    def _at(self, which: int, price: int) -> list[Resting]:
        return [one for one in self.orders if one.which == which and one.level == price]

    def _in_turn(self, which: int) -> list[Resting]:
        """Ours of a ladder by price, then time."""
        mine = [one for one in self.orders if one.which == which]
        return sorted(mine, key=lambda one: (-one.level, one.seq))

    def _cross(self) -> None:
        """What is displayed on the other side at our price or better fills us, once."""
        if not self.book.fillable:
            return
        for which in (0, 1):
            for order in self._in_turn(which):
                for _, level in self.book.opposite(which, order.level):
                    size = min(order.leaves, level.shown - level.taken)
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
        shown = self.book.level(order.which, order.level).shown
        order.front = shown if self.book.known else None
        if self.model.name == "front":
            order.front = 0
        self.orders.append(order)


def _passive(token: int, side: int, price: int) -> tuple[int, int]:
    """(ladder, price there) of a bid or ask of a token: an ask is a bid of the complement."""
    odd = token & 1
    return (1 - odd, PIPS - price) if side == Side.SELL else (odd, price)
