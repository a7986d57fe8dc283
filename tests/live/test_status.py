"""What a watcher reads: each figure of a market and of the whole, estimates, rates, a real run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trio
import trio.testing

from clobstep import Engine, EngineConfig, events
from clobstep.enums import Flag
from clobstep.live.clock import Clock
from clobstep.live.core import Core
from clobstep.live.durations import KEPT, Durations
from clobstep.live.inbox import Inbox
from clobstep.live.task import EngineTask
from clobstep.live.watch.board import Board
from clobstep.live.watch.status import MarketStatus, Status
from clobstep.live.watch.watcher import Watcher, holds
from clobstep.session import Manifest, Recorder, SessionWriter
from clobstep.venue.interning import Interning
from clobstep.venue.market_info import MarketInfo
from clobstep.venue.notes import Note
from live import room
from live.desk import START_NS, Listener, as_array, opening

SECOND = 1_000_000_000
SHARE = 1_000_000
CONDITION = "0x" + "c0" * 32


class Room:
    """A core that a test speaks to, and a watcher of it; without an account."""

    def __init__(self, path: Path, **config: Any) -> None:
        given = {"orders": 64, "fills": 1024, "tombstones": 1024, "cooldown_ns": 0}
        made = EngineConfig(tokens=4, **(given | config))
        self.clock = Clock(start_ns=START_NS)
        self.engine = Engine(made)
        writer = SessionWriter.create(path, Manifest.of("live", made))
        listener, self.interning = Listener(), Interning()
        self.interning.token(CONDITION, "11")
        self.interning.token(CONDITION, "12")
        self.core = Core(Recorder(self.engine, writer), self.interning, listener)
        listener.core = self.core
        self.inbox = Inbox()
        self.task = EngineTask(self.core, self.inbox, self.clock)
        info = MarketInfo(condition=CONDITION, slug="a\x1b[31mname\n", accepting=True)
        self.infos = {CONDITION: info, "0xunknown": MarketInfo(condition="0xunknown")}
        self.refresher = SimpleNamespace(markets={})
        self.markets = [SimpleNamespace(is_connected=True, counters=Counter(messages=5))]
        self.user = self.account = self.beat = self.calls = self.desk = None
        self.board = Board(self.clock)
        self.watcher = Watcher(self, self.board, "paper")
        self.say(*opening())

    def say(self, *records: bytes) -> None:
        self.core.hear(as_array(*records))

    def market(self) -> MarketStatus:
        (found,) = self.watcher.look().markets
        return found

    def rest(self, order: int, side: str, price: str, token: int = 0, size: str = "10") -> None:
        """An order of ours that rests."""
        at = self.engine.view.now_ns
        self.say(
            events.submit(order, token, side, price=price, size=size, post_only=True, at=at),
            events.accepted(order, "RESTING", matched="0", at=at),
        )


def on_a_clock(tmp_path: Path, main: Callable[[Room], Any], **config: Any) -> None:
    async def run() -> None:
        await main(Room(tmp_path / "s.clob", **config))

    trio.run(run, clock=trio.testing.MockClock(autojump_threshold=0))


def test_what_is_before_us_is_the_level_less_ours_on_both_tokens(tmp_path: Path) -> None:
    async def main(r: Room) -> None:
        r.rest(1, "BUY", "0.48", size="10")
        r.say(events.deposit(token=1, size="50", at=START_NS))
        r.rest(2, "SELL", "0.52", token=1, size="5")  # the same level, told of NO
        r.rest(3, "BUY", "0.40", size="10")  # nothing shows there
        r.say(events.submit(4, 0, "BUY", price="0.48", size="20", post_only=True, at=START_NS))
        quotes = {q.order_id: q for q in r.market().quotes}
        assert quotes[1].ahead == quotes[2].ahead == (100 - 15) * SHARE
        assert quotes[3].ahead == 0
        assert quotes[4].ahead == (100 - 15) * SHARE  # it does not rest yet
        assert quotes[1][1:7] == (0, "BUY", 4800, 10 * SHARE, "LIVE", False)
        assert (quotes[2].side, quotes[2].token, quotes[4].state) == ("SELL", 1, "SENT")
        r.say(events.cancel(1, at=START_NS), events.feed("LOST", at=START_NS))
        (first, *_) = r.market().quotes
        assert first.is_leaving
        assert first.ahead == -1  # the book is not believed

    on_a_clock(tmp_path, main)


def test_ages_count_from_the_first_look(tmp_path: Path) -> None:
    async def main(r: Room) -> None:
        r.rest(1, "BUY", "0.48")
        assert r.market().quotes[0].age_ns == 0
        await trio.sleep(7)
        r.rest(2, "BUY", "0.47")
        assert [q.age_ns // SECOND for q in r.market().quotes] == [7, 0]
        assert r.market().data_age_ns // SECOND == 7

    on_a_clock(tmp_path, main)


def test_a_market_has_its_figures(tmp_path: Path) -> None:
    async def main(r: Room) -> None:
        r.rest(1, "BUY", "0.48", size="10")
        r.say(events.deposit(token=0, size="30", at=START_NS))
        m = r.market()
        assert (m.token, m.condition, m.name) == (0, CONDITION, "a [31mname ")
        assert (m.bid_pips, m.bid_size, m.ask_pips, m.ask_size) == (
            4800, 100 * SHARE, 5200, 100 * SHARE,
        )  # fmt: skip
        assert (m.yes, m.no, m.yes_free) == (30 * SHARE, 0, 30 * SHARE)
        assert m.reserved == 4_800_000
        assert m.exposure == r.engine.view.market(0).exposure >= 4_800_000
        assert (m.feed, m.breaker, m.holds) == ("SYNCED", "CLOSED", ())
        assert (m.closing, m.closing_ns) == ("unknown", None)

    on_a_clock(tmp_path, main)


def test_newer_metadata_says_when_it_closes(tmp_path: Path) -> None:
    async def main(r: Room) -> None:
        r.refresher.markets[CONDITION] = MarketInfo(
            condition=CONDITION, accepting=True, end_ns=START_NS + 600 * SECOND
        )
        assert (r.market().closing, r.market().closing_ns) == ("open", 600 * SECOND)

    on_a_clock(tmp_path, main)


def test_the_cooldown_that_is_left(tmp_path: Path) -> None:
    async def main(r: Room) -> None:
        assert r.market().cooldown_ns == 0
        r.rest(1, "BUY", "0.48")
        assert r.market().cooldown_ns == 30 * SECOND
        await trio.sleep(20)
        assert r.market().cooldown_ns // SECOND == 10
        await trio.sleep(20)
        assert r.market().cooldown_ns == 0

    on_a_clock(tmp_path, main, cooldown_ns=30 * SECOND)


def test_breakers_say_until_when(tmp_path: Path) -> None:
    async def main(r: Room) -> None:
        r.say(events.submit(1, 0, "BUY", price="0.48", size="10", post_only=True, at=START_NS))
        r.say(events.rejected(1, "BALANCE", at=START_NS))
        found = r.watcher.look()
        (m,) = found.markets
        base_ns = r.engine.config.breaker_base_ns
        assert (m.breaker, m.breaker_ns) == ("OPEN", base_ns)
        assert (found.breaker, found.breaker_ns) == ("OPEN", base_ns)
        await trio.sleep(100)
        assert r.market().breaker_ns == base_ns - 100 * SECOND

    on_a_clock(tmp_path, main, reject_limit=1, global_markets=1)


def test_each_hold_has_its_word(tmp_path: Path) -> None:
    async def main(r: Room) -> None:
        calm = r.engine.view.market(0)
        assert holds(calm, START_NS) == ()
        for change, said in (
            ({"hold": True}, "negRisk hold"),
            ({"loss_stop": True}, "loss stop"),
            ({"unhedged": True}, "unhedged"),
            ({"resolved": True}, "resolved"),
            ({"close_out_ns": START_NS}, "close-out"),
            ({"flags": calm.flags & ~Flag.META_OPEN}, "takes no orders"),
            ({"known": 0}, "metadata unknown"),
            ({"known": 2}, "metadata assumed"),
        ):
            assert holds(calm._replace(**change), START_NS) == (said,)
        assert holds(calm._replace(close_out_ns=START_NS + 1), START_NS) == ()
        both = calm._replace(hold=True, unhedged=True)
        assert holds(both, START_NS) == ("negRisk hold", "unhedged")

    on_a_clock(tmp_path, main)


def test_states_of_the_whole(tmp_path: Path) -> None:
    async def main(r: Room) -> None:
        r.rest(1, "BUY", "0.48")
        r.say(
            events.venue("CANCEL_ONLY", lasts="60s", at=START_NS),
            events.heartbeat("LOST_BEAT", at=START_NS),
            events.submit(2, 0, "BUY", price="0.47", size="10", at=START_NS),
        )
        found = r.watcher.look()
        assert (found.kind, found.session, found.fault) == ("paper", "TRADING", "NONE")
        assert found.venue_state == "CANCEL_ONLY"
        assert 0 < found.venue_ns <= 60 * SECOND
        assert found.venue.beat == "none"  # it has no account
        assert found.refusals == tuple(sorted(r.engine.view.refusals().items())) != ()
        assert (found.submits, found.orders, found.unknown) == (1, 1, 0)
        assert found.cash == r.engine.view.cash
        r.say(events.operator("HALT", at=START_NS))
        assert r.watcher.look().session == "HALTED"
        assert r.watcher.look().fault == "OPERATOR"

    on_a_clock(tmp_path, main)


def test_unknown_orders_are_counted(tmp_path: Path) -> None:
    async def main(r: Room) -> None:
        r.say(events.submit(1, 0, "BUY", price="0.48", size="10", post_only=True, at=START_NS))
        r.say(events.submit_unknown(1, at=START_NS))
        found = r.watcher.look()
        assert (found.unknown, found.orders) == (1, 1)
        assert found.markets[0].quotes[0].state == "UNKNOWN"

    on_a_clock(tmp_path, main)


def test_rates_are_of_the_last_seconds(tmp_path: Path) -> None:
    async def main(r: Room) -> None:
        assert r.watcher.look().messages_per_s == 0
        for _ in range(40):
            await trio.sleep(0.25)
            r.markets[0].counters["messages"] += 25
            r.watcher.look()
        assert r.watcher.look().messages_per_s == 100
        for _ in range(60):
            await trio.sleep(0.25)
            r.watcher.look()
        assert r.watcher.look().messages_per_s == 0

    on_a_clock(tmp_path, main)


def test_the_journal_and_what_waits(tmp_path: Path) -> None:
    async def main(r: Room) -> None:
        seq = r.engine.seq
        found = r.watcher.look()
        assert (found.journal.events, found.journal.durable) == (seq, 0)
        assert found.engine.commit.n == 0
        r.inbox.private(events.deposit(cash="1", at=START_NS))
        await trio.sleep(3)
        found = r.watcher.look()
        assert found.engine.waiting == 1
        assert (oldest_ns := found.engine.oldest_ns) > 0
        assert found.engine.idle_ns // SECOND == 3
        r.task.once()
        r.core.commit()
        found = r.watcher.look()
        assert (found.engine.waiting, found.engine.oldest_ns, found.engine.idle_ns) == (0, 0, 0)
        assert found.engine.lag.last_ns > oldest_ns
        assert (found.engine.lag.n, found.engine.work.n, found.engine.commit.n) == (1, 1, 1)
        assert found.engine.commit.p99_ns >= found.engine.commit.p50_ns > 0
        assert found.journal.durable == found.journal.events == seq + 1
        assert found.journal.size_bytes >= (tmp_path / "s.clob").stat().st_size > 0
        assert found.journal.path == str(tmp_path / "s.clob")
        r.task.once()  # nothing waited: nothing is counted
        assert r.watcher.look().engine.lag.n == 1

    on_a_clock(tmp_path, main)


def test_notes_are_on_it(tmp_path: Path) -> None:
    async def main(r: Room) -> None:
        r.board.note(Note("alert", "x\ny"))
        found = r.watcher.look()
        assert [(s.kind, s.text, s.is_loud) for s in found.notes] == [("alert", "x y", True)]
        assert found.note_kinds == (("alert", 1),)

    on_a_clock(tmp_path, main)


def test_quantiles_are_of_the_last_ones() -> None:
    found = Durations()
    assert found.quantiles(50, 99) == (0, 0)
    for k in range(1, 101):
        found.add(k)
    assert found.quantiles(50, 99, 100) == (50, 99, 100)
    for _ in range(KEPT):
        found.add(7)
    assert found.quantiles(0, 50, 100) == (7, 7, 7)
    assert (found.count, found.total_ns, found.last_ns) == (100 + KEPT, 5050 + 7 * KEPT, 7)


def submitted(status: Status) -> int:
    """How many submits were answered."""
    return dict(status.venue.requests).get("submit 200", 0)


def plain(value: Any) -> bool:
    """Integers and text all the way down."""
    if isinstance(value, tuple):
        return all(map(plain, value))
    return value is None or type(value) in (int, str, bool)


def test_a_running_trader(tmp_path: Path) -> None:
    looks: list[Status] = []

    async def main() -> None:
        async with room.venue() as running, room.trader(tmp_path, running.port) as desk:
            board = Board(desk.trader.clock)
            watcher = Watcher(desk.trader, board, "live")
            looks.append(watcher.look())  # before anything has begun
            desk.trader._on_note = board.note
            async with trio.open_nursery() as nursery:
                nursery.start_soon(desk.trader.run)
                await room.until(lambda: submitted(watcher.look()), 30)
                await room.until(lambda: watcher.look().venue.reads, 30)
                looks.append(watcher.look())
                desk.trader.stop()
                await room.until(lambda: desk.trader.proven, 60)
                looks.append(watcher.look())
                nursery.cancel_scope.cancel()

    trio.run(main)
    first, busy, last = looks
    assert all(map(plain, looks))
    assert (first.session, first.market_lines.wanted) == ("STARTING", 0)
    assert (busy.session, busy.venue.beat) == ("TRADING", "healthy")
    assert (busy.market_lines.up, busy.user_lines.up) == (1, 1)
    assert len(busy.markets) == 2
    assert all(m.bid_size and m.ask_size and m.feed == "SYNCED" for m in busy.markets)
    assert busy.orders >= 1
    assert submitted(busy) >= 1
    assert busy.engine.commit.n > 0
    assert busy.engine.lag.n > 0
    assert busy.journal.size_bytes > 0
    assert busy.note_kinds
    assert (last.session, last.orders) == ("DRAINING", 0)
    assert last.cancels >= 1


@pytest.mark.parametrize("price", [0, 10_000, -1, "0.5", None, True])
def test_a_level_that_is_none(price: Any) -> None:
    with pytest.raises(ValueError, match=r"price_pips: .* is not in 1\.\.9999"):
        Engine().view.size_at(0, 0, price)


def test_a_levels_size_is_that_of_the_list(tmp_path: Path) -> None:
    async def main(r: Room) -> None:
        view = r.engine.view
        for token in (0, 1):
            for side in (0, 1):
                shown = dict(view.levels(token, side))
                assert len(shown) == 1
                for pips in range(1, 10_000):
                    assert view.size_at(token, side, pips) == shown.get(pips, 0)
        with pytest.raises(ValueError, match="side: 2 is neither"):
            view.size_at(0, 2, 5_000)
        with pytest.raises(IndexError):
            view.size_at(99, 0, 5_000)

    on_a_clock(tmp_path, main)
