"""The refresher with a fake Gamma, a clock that jumps, and a real engine behind the inbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio

from clobstep import events
from clobstep.effects import Effect
from clobstep.enums import Alert, EffectKind, EventKind, Flag, Refusal
from clobstep.live.clock import SECOND, Clock
from clobstep.live.inbox import Inbox, InboxFullError
from clobstep.live.refresher import Refresher, Settings
from clobstep.venue.interning import Interning
from clobstep.venue.metadata_events import MetadataEvents
from clobstep.venue.notes import Note
from core.support import Rig, alerts, of_kind, refused
from live.fake_gamma import FakeGamma, an_event, reply, run
from venue import gamma_made as made

MINUTE = 60 * SECOND
RISKY = {"negRisk": True, "enableNegRisk": True, "negRiskMarketID": "0xabc"}

CLOSED = ("it is closed", "it does not accept orders", "its payout is known")


class Desk:
    """A refresher with its surroundings; `step` gives what waits in the inbox to the engine."""

    def __init__(self, fake: FakeGamma, **settings: Any) -> None:
        self.fake = fake
        self.inbox = Inbox()
        self.clock = Clock(start_ns=made.NOW)
        self.names = Interning()
        self.notes: list[Note] = []
        self.rig = Rig(metadata_cycle_ns=600 * SECOND)
        self.refresher = Refresher(
            fake.impatient(),
            self.inbox,
            self.clock,
            MetadataEvents(self.names),
            settings=Settings(**({"with_clob": False} | settings)),
            on_note=self.notes.append,
        )
        self.taken: list[events.Event] = []

    def step(self) -> list[Effect]:
        effects = []
        self.rig.now = self.clock.now_ns()
        self.taken = []
        for batch in self.inbox.take():
            for record in batch.events:
                self.taken.append(events.unpack(record.tobytes()))
                effects += self.rig.step(record.tobytes())
        return effects

    def kinds(self) -> list[int]:
        self.step()
        return [event.kind for event in self.taken]

    def said(self, kind: str) -> list[str]:
        return [note.text for note in self.notes if note.kind == kind]

    async def after(self, seconds: float) -> None:
        """Let this much time pass, and all that it starts."""
        await trio.sleep(seconds)
        await trio.testing.wait_all_tasks_blocked()

    def quote(self, markets: int) -> None:
        """A live order in each market."""
        self.rig.now = self.clock.now_ns()
        self.rig.say(events.opening, cash="10000")
        for number in range(markets):
            self.rig.book(2 * number)
        self.rig.reconcile()
        for number in range(markets):
            self.rig.say(events.accepted, self.rig.submit(2 * number))

    def asks(self, token: int = 0) -> Refusal:
        self.rig.now = self.clock.now_ns()
        self.rig.book(token)
        self.rig.last_order += 1
        order = self.rig.last_order
        return refused(self.rig.say(events.submit, order, token, "BUY", price="0.40", size="10"))


def desk(
    main: Callable[[Desk], Awaitable[None]], *, follow: int = 2, event: Any = None, **settings: Any
) -> None:
    """Run a test with the refresher's task beside it, `follow` markets read."""

    async def whole() -> None:
        fake = FakeGamma()
        fake.events["900"] = an_event(markets=3) if event is None else event
        made_desk = Desk(fake, **settings)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(made_desk.refresher.run)
            made_desk.refresher.follow([f"0xc{n}" for n in range(1, follow + 1)])
            await made_desk.after(1)
            await main(made_desk)
            nursery.cancel_scope.cancel()

    run(whole)


def test_what_is_followed_is_read_at_once_with_its_event() -> None:
    async def main(d: Desk) -> None:
        assert d.kinds() == [EventKind.CLUSTER, EventKind.MARKET, EventKind.MARKET] * 2
        assert sorted(d.refresher.markets) == ["0xc1", "0xc2"]
        assert d.names.n_tokens == 4
        assert d.rig.view.market(2).flags == Flag.META_OPEN
        assert d.fake.paths() == ["/markets/keyset", "/events/900"]

    desk(main)


def test_every_cycle_says_it_again_so_that_the_guard_trades_on() -> None:
    async def main(d: Desk) -> None:
        d.step()
        d.quote(2)
        for _ in range(5):
            await d.after(600)
            assert d.kinds() == [EventKind.CLUSTER, EventKind.MARKET, EventKind.MARKET]
            assert d.asks() is Refusal.NONE
        assert not d.said("metadata")
        assert d.refresher.counters["cycles"] == 5
        assert len(d.fake.paths("/events/900")) == 6

    desk(main)


def test_raw_answers_go_along() -> None:
    async def main(d: Desk) -> None:
        raws = [raw for batch in d.inbox.take() for raw in batch.raws]
        ((at, source, body),) = raws
        assert (at >= made.NOW, source) == (True, "gamma")
        assert body.startswith(b'{"id":"900"')

    desk(main)


@pytest.mark.parametrize("with_clob", [False, True])
def test_a_flag_that_appears_holds_and_cancels_within_a_cycle(with_clob: bool) -> None:
    """Also while the CLOB gives no answer: the flag does not wait for it."""

    async def main(d: Desk) -> None:
        d.step()
        d.quote(2)
        d.fake.events["900"] |= RISKY
        d.fake.clob_is_silent = True
        await d.after(600)
        assert bool(d.fake.paths("/clob-markets")) is with_clob
        effects = d.step()
        assert d.taken[0].kind == EventKind.CLUSTER
        assert alerts(effects).count(Alert.NEG_RISK_HOLD) >= 2
        assert [e.token for e in of_kind(effects, EffectKind.CANCEL)] == [0, 2]
        assert d.asks() is Refusal.NEG_RISK_HOLD

    desk(main, with_clob=with_clob)


def test_a_flag_of_a_market_that_is_not_followed_counts() -> None:
    async def main(d: Desk) -> None:
        d.step()
        d.quote(2)
        d.fake.events["900"]["markets"][2]["negRisk"] = True
        await d.after(600)
        assert [e.token for e in of_kind(d.step(), EffectKind.CANCEL)] == [0, 2]

    desk(main)


def test_changes_are_said_and_reach_the_engine() -> None:
    async def main(d: Desk) -> None:
        d.step()
        markets = d.fake.events["900"]["markets"]
        markets[0] |= {"orderPriceMinTickSize": "0.001", "orderMinSize": 15}
        markets[1] |= {"closed": True, "acceptingOrders": False, "outcomePrices": '["0", "1"]',
                       "umaResolutionStatus": "resolved"}  # fmt: skip
        await d.after(600)
        assert d.kinds() == [EventKind.CLUSTER, EventKind.MARKET, EventKind.MARKET,
                             EventKind.RESOLVED]  # fmt: skip
        shown = d.rig.view.market(0)
        assert (shown.tick_pips, shown.min_size) == (10, 15_000_000)
        assert d.rig.view.market(2).resolved
        assert not d.rig.view.market(2).flags & Flag.META_OPEN
        assert d.said("metadata") == [
            "market-1: tick 0.01 -> 0.001",
            "market-1: minimum size 5 -> 15",
            "market-2: resolution not said -> resolved",
            f"market-2: no longer traded: {', '.join(CLOSED)}",
            "market-2: resolved: YES pays 0.00",
        ]
        await d.after(600)
        assert EventKind.RESOLVED not in d.kinds()

    desk(main)


def test_failures_are_said_and_tried_again_and_the_guard_sees_age() -> None:
    async def main(d: Desk) -> None:
        d.step()
        d.quote(2)
        d.fake.next += [reply(b"", 503)] * 400
        await d.after(1_190)
        assert d.kinds() == []
        assert d.asks() is Refusal.NONE
        await d.after(30)
        assert d.asks() is Refusal.METADATA_STALE
        assert d.refresher.counters["failed"] > 10
        assert d.said("failed")[0].startswith("metadata of 2 markets was not read: GET http://127")
        d.fake.next.clear()
        await d.after(16)
        assert EventKind.MARKET in d.kinds()
        assert d.asks() is Refusal.NONE

    desk(main)


def test_many_failures_in_a_row_end_the_round_and_who_fails_is_last() -> None:
    async def main(d: Desk) -> None:
        for number in range(901, 906):
            market = made.raw(number)
            d.fake.events[str(number)] = made.event([market], id=str(number))
        d.refresher.follow([f"0xc{n}" for n in range(901, 906)])
        await d.after(1)
        d.step()
        asked = len(d.fake.asked)
        d.fake.next += [reply(b"", 500)] * 3
        await d.after(599)
        await d.after(2)
        assert len(d.fake.asked) - asked == 3
        assert len(d.said("failed")) == 6
        await d.after(15)
        later = [url.path.rpartition("/")[2] for _, url in d.fake.asked[asked + 3 :]]
        assert later == ["903", "904", "905", "900", "901", "902"]
        assert d.kinds().count(EventKind.MARKET) == 7

    desk(main)


def test_a_market_that_vanishes_is_said_once() -> None:
    async def main(d: Desk) -> None:
        d.step()
        del d.fake.events["900"]["markets"][1]
        await d.after(600)
        assert d.kinds() == [EventKind.CLUSTER, EventKind.MARKET]
        await d.after(600)
        d.step()
        assert d.said("vanished") == ["market-2: Gamma does not know it any more"]
        assert d.refresher.counters["vanished"] == 2
        assert "0xc2" in d.refresher.markets
        d.fake.events.clear()
        await d.after(600)
        assert d.kinds() == []
        assert d.said("vanished")[1:] == [
            "event 900 is not there any more", "market-1: Gamma does not know it any more"
        ]  # fmt: skip

    desk(main)


def test_hints_are_one_read_and_not_too_often() -> None:
    async def main(d: Desk) -> None:
        before = len(d.fake.asked)
        for _ in range(50):
            d.refresher.hint("0xc1")
            d.refresher.hint_token(2)
            d.refresher.hint_token(3)
        d.refresher.hint("0xother")
        d.refresher.hint_token(77)
        await d.after(3)
        assert len(d.fake.asked) == before  # it was read less than five seconds ago
        await d.after(2)
        assert d.fake.paths()[before:] == ["/events/900"]
        await d.after(60)
        d.refresher.hint("0xc1")
        await d.after(0.1)
        assert len(d.fake.asked) == before + 2
        assert d.refresher.counters["hints_of_others"] == 1

    desk(main)


def test_a_tick_that_was_heard_is_not_taken_back_by_an_older_word() -> None:
    async def main(d: Desk) -> None:
        d.step()
        d.rig.say(events.tick_change, 0, tick="0.001")
        d.refresher.heard_tick("0xc1", 10)
        d.refresher.heard_tick("0xother", 10)
        await d.after(600)
        d.step()
        assert d.rig.view.market(0).tick_pips == 10
        markets = d.fake.events["900"]["markets"]
        markets[0]["orderPriceMinTickSize"] = "0.0001"
        await d.after(600)
        d.step()
        assert d.rig.view.market(0).tick_pips == 1

    desk(main)


def clob(**fields: Any) -> dict[str, Any]:
    tokens = [{"t": "11", "o": "Yes"}, {"t": "12", "o": "No"}]
    return {"c": "0xc1", "t": tokens, "mts": "0.01", "mos": 5, "ao": True,
            "fd": {"r": "0.05", "e": 1, "to": True}} | fields  # fmt: skip


def test_the_clob_is_merged_and_its_last_word_stands() -> None:
    async def main(d: Desk) -> None:
        d.step()
        assert d.rig.view.market(0).tick_pips == 100
        d.fake.clob["0xc1"] = clob(mts="0.001", itode=True)
        await d.after(600)
        d.step()
        assert d.rig.view.market(0).tick_pips == 10
        assert "market-1: tick: Gamma says 0.01, the CLOB 0.001: 0.001 counts" in (
            d.said("metadata")
        )
        assert d.refresher.markets["0xc1"].taker_delay_blocks is True
        d.fake.clob.clear()
        await d.after(600)
        d.step()
        assert d.rig.view.market(0).tick_pips == 10
        assert d.said("clob")[-1].startswith("market-1: GET http://127.0.0.1:8080/clob-markets/0x")
        d.refresher.heard_tick("0xc1", 1)
        await d.after(600)
        d.step()
        assert d.rig.view.market(0).tick_pips == 1

    desk(main, follow=1, with_clob=True)


def test_a_clob_that_is_down_is_not_asked_about_everything() -> None:
    async def main(d: Desk) -> None:
        await d.after(0)
        before = len(d.fake.paths("/clob-markets"))
        d.fake.next += [reply(d.fake.events["900"])] + [reply(b"", 503)] * 3
        await d.after(600)
        assert len(d.fake.paths("/clob-markets")) == before + 3
        assert d.said("clob")[-1] == "the CLOB is not asked about the rest: too many failures"
        assert EventKind.MARKET in d.kinds()

    desk(main, follow=5, event=an_event(markets=5), with_clob=True)


def test_who_is_not_followed_any_more_is_not_read() -> None:
    async def main(d: Desk) -> None:
        d.step()
        d.refresher.unfollow(["0xc1", "0xc2", "0xnone"])
        before = len(d.fake.asked)
        await d.after(700)
        assert len(d.fake.asked) == before
        assert d.refresher.markets == {}

    desk(main)


def test_bad_answers_never_end_the_task() -> None:
    async def main(d: Desk) -> None:
        d.step()
        for bad in (b"<html>", b"[]", b"{}", b'{"id": "900", "markets": [5]}', b"\xff"):
            d.fake.next += [reply(bad)]
            d.refresher.hint("0xc1")
            await d.after(30)
        assert EventKind.MARKET in d.kinds()
        assert d.said("market") == ["event 900: the answer, market 1: 5 is no object"]

    desk(main)


def test_an_engine_that_stands_still_ends_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clobstep.live.inbox.PRIVATE_LIMIT", 2)

    async def main(d: Desk) -> None:
        raise AssertionError

    with pytest.raises(BaseExceptionGroup) as caught:
        desk(main)
    assert caught.group_contains(InboxFullError)
