"""Conflated events, stepped, end where all of them would have ended."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest
import trio

from clobstep import Engine, EngineConfig, events
from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind, FeedState, Flag, Side
from clobstep.live.conflate import conflate
from clobstep.live.inbox import Inbox

START_NS = 1_790_000_000_000_000_000
MS = 1_000_000
OTHERS = {EventKind.PRINT, EventKind.TICK_CHANGE, EventKind.RESOLVED, EventKind.FEED}


def array(records: list[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(records), EVENT_DTYPE)


def cents(value: int) -> str:
    return f"{value / 100:.2f}"


class Venue:
    """Books that are never crossed, of `n` conditions; each message carries the venue's best."""

    def __init__(self, rng: random.Random, n: int = 2) -> None:
        self.rng = rng
        self.books = [{40: 10, 45: 5, -55: 7, -60: 3} for _ in range(n)]  # asks below 0
        self.ms = 0
        self.at = START_NS

    def best(self, k: int) -> tuple[int, int]:
        book = self.books[k]
        return max((p for p in book if p > 0), default=0), min((-p for p in book if p < 0),
                                                               default=100)  # fmt: skip

    def times(self) -> dict[str, int]:
        return {"at": self.at, "venue_time": START_NS + self.ms * MS}

    def book(self, k: int) -> list[bytes]:
        token = 2 * k + self.rng.randrange(2)
        bids = [(p, s) for p, s in self.books[k].items() if p > 0]
        asks = [(-p, s) for p, s in self.books[k].items() if p < 0]
        if token & 1:
            bids, asks = [(100 - p, s) for p, s in asks], [(100 - p, s) for p, s in bids]
        return events.snapshot(
            token,
            bids=[(cents(p), str(s)) for p, s in bids],
            asks=[(cents(p), str(s)) for p, s in asks],
            **self.times(),
        )

    def changes(self, k: int) -> list[bytes]:
        """One to four changes of one time, each with the best that stands at the end of them."""
        book, changed = self.books[k], []
        for _ in range(self.rng.randrange(1, 5)):
            bid, ask = self.best(k)
            place = self.rng.choice(
                [*range(max(1, ask - 8), ask), *(-p for p in range(bid + 1, min(100, bid + 8)))]
            )
            size = self.rng.choice([0, 0, 1, 2, 3])
            book[place] = size
            if not size:
                del book[place]
            changed.append((place, size))
        bid, ask = self.best(k)
        return [self.change(2 * k, p, size, bid, ask) for p, size in changed]

    def change(self, even: int, place: int, size: int, bid: int, ask: int) -> bytes:
        side, price, token = (Side.BUY, place, even) if place > 0 else (Side.SELL, -place, even)
        if self.rng.random() < 0.3:  # told of the complement
            side, price, token = Side(1 - side), 100 - price, even + 1
            bid, ask = 100 - ask, 100 - bid
        best = (cents(bid) if bid > 0 else None, cents(ask) if ask < 100 else None)
        return events.delta(
            token, side, price=cents(price), size=str(size), best=best, **self.times()
        )

    def said(self, signs: bool) -> Iterator[bytes]:
        """What one moment brings."""
        rng = self.rng
        self.ms += rng.choice([0, 1, 1, 7])
        self.at += rng.randrange(MS)
        k = rng.randrange(len(self.books))
        draw = rng.random()
        if draw < 0.75:
            yield from self.changes(k)
        elif draw < 0.80:
            yield from self.book(k)
        elif draw < 0.87:
            bid, ask = self.best(k)
            yield events.best(2 * k, bid=cents(bid) if bid else None,
                              ask=cents(ask) if ask < 100 else None, **self.times())  # fmt: skip
        elif draw < 0.95 or not signs:
            yield events.public_trade(2 * k, "BUY", price="0.50", size="1", **self.times())
        elif draw < 0.97:
            yield events.tick_change(2 * k, tick="0.01", **self.times())
        else:
            yield events.feed(rng.choice(["LOST", "GAP", "CONNECTED", "HASH_BAD"]), at=self.at,
                              token=rng.choice([2 * k, None]))  # fmt: skip

    def stream(self, n: int, signs: bool = False) -> list[bytes]:
        out: list[bytes] = []
        while len(out) < n:
            out += self.said(signs)
        return out


def stepped(engine: Engine, records: np.ndarray) -> Engine:
    for record in records:
        engine.step(record.tobytes())
    assert engine.view.refusals() == {}
    return engine


def ladders(engine: Engine, n: int = 2) -> list[list[tuple[int, int]]]:
    return [engine.view.levels(token, side) for token in range(2 * n) for side in (0, 1)]


def states(engine: Engine, n: int = 2) -> list[FeedState]:
    return [FeedState(engine.view.market(2 * k).feed) for k in range(n)]


@pytest.mark.parametrize("seed", range(40))
def test_the_ladders_end_equal_and_the_feed_stays_believed(seed: int) -> None:
    """A cut anywhere, also in the middle of a group whose best is already carried."""
    rng = random.Random(seed)
    venue = Venue(rng)
    opening = array([*venue.book(0), *venue.book(1)])
    first, middle, last = (array(venue.stream(n)) for n in (rng.randrange(30), 300, 40))
    less, dropped = conflate(middle)
    full, short = Engine(EngineConfig(tokens=4)), Engine(EngineConfig(tokens=4))
    for engine, between in ((full, middle), (short, less)):
        stepped(stepped(stepped(engine, opening), first), between)
    assert dropped == len(middle) - len(less) > 100
    assert ladders(short) == ladders(full)
    assert states(short) == states(full) == [FeedState.SYNCED] * 2
    stepped(full, last), stepped(short, last)
    assert ladders(short) == ladders(full)
    for engine in (full, short):
        counters = engine.view.counters()
        assert states(engine) == [FeedState.SYNCED] * 2
        assert counters["best_missing"] == counters["levels_pruned"] == 0
        assert counters["crossed_groups"] == 0


@pytest.mark.parametrize("seed", range(40))
def test_the_ladders_end_equal_with_signs_between(seed: int) -> None:
    venue = Venue(random.Random(seed))
    known = [events.market(2 * k, tick="0.01", min_size="5", fee_rate="0", at=START_NS)
             for k in (0, 1)]  # fmt: skip
    opening = array([*known, *venue.book(0), *venue.book(1)])
    middle = array(venue.stream(300, signs=True))
    less, _ = conflate(middle)
    full, short = Engine(EngineConfig(tokens=4)), Engine(EngineConfig(tokens=4))
    for engine, between in ((full, middle), (short, less)):
        stepped(stepped(engine, opening), between)
    assert ladders(short) == ladders(full)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_no_book_stays_as_it_is_and_in_order(seed: int) -> None:
    before = array(Venue(random.Random(seed)).stream(400, signs=True))
    kept = before.tobytes()
    less, _ = conflate(before)
    assert before.tobytes() == kept
    others = [np.isin(x["kind"], list(OTHERS)) for x in (before, less)]
    assert before[others[0]].tobytes() == less[others[1]].tobytes()
    assert np.all(np.diff(less["time_ns"]) >= 0)


def test_a_second_time_changes_nothing() -> None:
    less, _ = conflate(array(Venue(random.Random(5)).stream(400)))
    again, dropped = conflate(less)
    assert dropped == 0
    assert again.tobytes() == less.tobytes()


def delta(price: str, size: str, ms: int, token: int = 0, **more: object) -> bytes:
    more = {"best": ("0.40", "0.60")} | more
    return events.delta(token, "BUY", price=price, size=size, at=START_NS + ms,
                        venue_time=START_NS + ms * MS, **more)  # fmt: skip


def test_of_a_level_the_last_size_stays_whichever_token_names_it() -> None:
    mirrored = events.delta(1, "SELL", price="0.70", size="3", at=START_NS + 3,
                            venue_time=START_NS + 3 * MS)  # fmt: skip
    less, dropped = conflate(
        array([delta("0.40", "9", 0), delta("0.30", "1", 1), delta("0.30", "2", 2), mirrored])
    )
    assert dropped == 2
    assert less["size"].tolist() == [9_000_000, 3_000_000]


def test_a_group_that_lost_changes_carries_no_best_and_has_one_time() -> None:
    less, _ = conflate(
        array([delta("0.20", "1", 0), *[delta(p, "1", ms) for ms, p in
               ((1, "0.30"), (2, "0.31"), (3, "0.30"))]])
    )  # fmt: skip
    assert less["venue_time_ns"].tolist() == [START_NS] + [START_NS + 3 * MS] * 2
    assert less["flags"].tolist() == [Flag.BOOK_BEST, 0, 0]
    assert less["bid_pips"].tolist() == [4000, 0, 0]


def test_a_condition_that_lost_nothing_is_left_alone() -> None:
    calm = [delta("0.30", "1", 1, token=2, end=True), delta("0.31", "1", 2, token=2, end=True)]
    busy = [delta("0.30", str(k), k) for k in range(9)]
    less, _ = conflate(array([calm[0], *busy, calm[1]]))
    assert [less[0].tobytes(), less[-1].tobytes()] == calm
    assert len(less) == 4


def test_a_whole_book_makes_what_came_before_it_needless() -> None:
    book = events.snapshot(1, bids=[("0.40", "1")], asks=[], at=START_NS + 5)
    less, dropped = conflate(
        array([delta("0.30", "1", 1), *book, delta("0.31", "1", 6), delta("0.32", "1", 7, token=2)])
    )
    assert dropped == 1
    assert less["kind"].tolist() == [EventKind.BOOK_SNAPSHOT] + [EventKind.BOOK_DELTA] * 2


def test_a_used_slot_is_not_mistaken_for_the_one_before() -> None:
    old, new = delta("0.30", "1", 5), delta("0.30", "2", 5, generation=1)
    less, dropped = conflate(array([delta("0.20", "1", 1), old, new]))
    assert dropped == 0
    assert len(less) == 3


def test_an_end_mark_within_a_cut_group_compares_nothing() -> None:
    less, dropped = conflate(
        array([delta("0.30", "1", 1, end=True), delta("0.31", "1", 1, end=True),
               delta("0.30", "2", 1, end=True)])
    )  # fmt: skip
    assert dropped == 1
    assert (less["flags"] & Flag.BOOK_END).tolist() == [0, Flag.BOOK_END]


def test_nothing_and_no_books_are_given_back() -> None:
    for records in ([], [events.public_trade(0, "BUY", price="0.5", size="1", at=START_NS)]):
        same = array(records)
        assert conflate(same) == (same, 0) or conflate(same)[0] is same


# ---- the inbox


def test_the_inbox_conflates_only_above_its_limit() -> None:
    async def work() -> None:
        inbox = Inbox(market_limit=100)
        stream = array(Venue(random.Random(1)).stream(101)[:101])
        inbox.market(stream[:100])
        assert sum(len(b.events) for b in inbox.take()) == 100
        assert inbox.n_conflated == 0
        for k in range(101):
            inbox.market(stream[k : k + 1], ((k, "market", b"raw"),))
        inbox.private(stream[:1].tobytes())
        private, market = inbox.take()
        assert len(private.events) == 1
        assert [raw[0] for raw in market.raws] == list(range(101))
        assert inbox.n_conflated == 101 - len(market.events) > 20
        assert inbox.n_market == 0
        assert inbox.take() == []

    trio.run(work)


def test_the_inbox_stays_small_while_nobody_takes() -> None:
    async def work() -> None:
        inbox = Inbox(market_limit=50)
        venue = Venue(random.Random(2))
        opening = array([*venue.book(0), *venue.book(1)])
        stream = array(venue.stream(5_000))
        stream = stream[stream["kind"] != EventKind.PRINT]
        for k in range(0, len(stream), 10):
            inbox.market(stream[k : k + 10])
            assert inbox.n_market <= 410
        full, short = Engine(EngineConfig(tokens=4)), Engine(EngineConfig(tokens=4))
        stepped(stepped(full, opening), stream)
        stepped(short, opening)
        for batch in inbox.take():
            stepped(short, batch.events)
        assert ladders(short) == ladders(full)

    trio.run(work)
