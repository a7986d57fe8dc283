"""Full tables: they refuse new work and say so; what exists is never lost."""

from __future__ import annotations

from typing import Any

import pytest

from clobstep import events
from clobstep.enums import (
    MAX_SIZE,
    NO_TOKEN,
    Alert,
    EffectKind,
    EventKind,
    Fault,
    FeedState,
    OrderState,
    Refusal,
    SessionState,
    TradeStatus,
)
from core.support import SHARE, Rig, S, alerts, of_kind, refused

ORDER = {"price": "0.40", "size": "5"}


def fill_table(rig: Rig) -> int:
    """Submit until the table is full for intents; the next id."""
    order = rig.last_order + 1
    while refused(rig.say(events.submit, order, 0, "BUY", **ORDER)) is Refusal.NONE:
        order += 1
    return order


@pytest.mark.parametrize("orders, kept", [(4, 1), (8, 1), (16, 2), (64, 8)])
def test_the_order_table_keeps_room_for_facts(orders: int, kept: int) -> None:
    rig = Rig(orders=orders).trading()
    order = fill_table(rig)
    assert order == orders - kept + 1
    effects = rig.say(events.submit, order, 0, "BUY", **ORDER)
    assert refused(effects) is Refusal.ORDER_TABLE_FULL
    shown = {"price": "0.30", "original": "5"}
    for k in range(kept):  # orders that we did not send still find room
        assert alerts(rig.say(events.placed, 900 + k, 0, "BUY", **shown)) == [Alert.FOREIGN_ORDER]
    assert len(rig.view.orders()) == orders
    before = rig.view.cash
    effects = rig.say(events.placed, 999, 0, "BUY", **shown)
    assert refused(effects) is Refusal.ORDER_TABLE_FULL
    assert len(of_kind(effects, EffectKind.RECONCILE)) == 1  # it is read again when there is room
    assert (len(rig.view.orders()), rig.view.cash) == (orders, before)
    assert not rig.view.halted
    assert rig.engine.check() == 0


def test_orders_of_a_full_table_go_on() -> None:
    """Answers, fills and cancels of every open order are booked; then there is room again."""
    rig = Rig(orders=8).trading()
    last = fill_table(rig) - 1
    for order in range(1, last + 1):
        rig.say(events.accepted, order)
        rig.trade(order, "2")
    assert rig.view.token(0).incoming == last * 2 * SHARE
    assert len(of_kind(rig.say(events.cancel_all), EffectKind.CANCEL)) == last
    for order in range(1, last + 1):
        rig.say(events.cancel_accepted, order)
    assert rig.view.orders() == []
    assert rig.view.cash.reserved == 0
    rig.last_order = last + 1
    assert rig.submit() == last + 2


def test_the_fill_window_refuses_new_orders_and_asks_for_a_read() -> None:
    rig = Rig(fills=16).trading()
    order = rig.submit(size="1000")
    told = [rig.say(events.trade, order, 0, "BUY", trade=k, **ORDER) for k in range(1, 14)]
    asked = [k for k, effects in enumerate(told, 1) if of_kind(effects, EffectKind.RECONCILE)]
    assert asked == [12]  # three quarters, and once
    assert Alert.FILL_WINDOW_FULL in alerts(told[11])
    effects = rig.say(events.submit, 2, 0, "BUY", price="0.40", size="100")
    assert refused(effects) is Refusal.FILL_WINDOW_FULL
    assert not rig.say(events.trade, order, 0, "BUY", trade=3, **ORDER)  # a key is held


def test_a_read_empties_the_fill_window_of_what_is_final() -> None:
    rig = Rig(fills=16).trading()
    order = rig.submit(size="1000")
    for k in range(1, 13):
        status = "CONFIRMED" if k <= 10 else "MATCHED"
        known = {"trade": k, "status": status, "match_time": rig.now}
        rig.say(events.trade, order, 0, "BUY", **known, **ORDER)
    rig.now += 60 * S
    rig.say(events.reconcile_begun)
    rig.say(events.found, order, 0, "BUY", price="0.40", original="1000")
    rig.say(events.reconciled, read_up_to=rig.now)
    assert rig.view.counters()["keys_purged"] == 10
    assert rig.submit() == 2
    old = {"trade": 5, "match_time": rig.now - 60 * S, **ORDER}
    assert refused(rig.say(events.trade, order, 0, "BUY", **old)) is Refusal.STALE_FACT
    assert rig.view.token(0).incoming == 2 * 5 * SHARE


def test_a_fill_without_room_is_not_booked_and_halts() -> None:
    """Without a key its next word would book it twice: the read that ends the halt has it again."""
    rig = Rig(fills=16).trading()
    order = rig.submit(size="1000")
    halts, asked, times = [], 0, {}
    for k in range(1, 21):
        rig.now += 3 * S
        times[k] = rig.now
        effects = rig.say(events.trade, order, 0, "BUY", trade=k, match_time=rig.now, **ORDER)
        halts += [(k, e.code) for e in of_kind(effects, EffectKind.HALT)]
        asked += len(of_kind(effects, EffectKind.RECONCILE))
        assert refused(effects) is (Refusal.NONE if k < 16 else Refusal.FILL_WINDOW_FULL)
    assert halts == [(16, Fault.CAPACITY)]
    assert asked == 1  # at three quarters; not again while it is asked for
    assert rig.view.fault == Fault.CAPACITY
    assert rig.view.token(0).incoming == 15 * 5 * SHARE
    for k in range(1, 16):  # keys that are held still settle
        rig.say(events.trade, order, 0, "BUY", trade=k, status="CONFIRMED", **ORDER)
    assert rig.view.token(0).settled == (500 + 15 * 5) * SHARE
    rig.say(events.restarted)
    rig.say(events.reconcile_begun)
    rig.say(events.found, order, 0, "BUY", price="0.40", original="1000")
    rig.say(events.reconciled, read_up_to=times[16])  # no further than what is booked
    assert rig.view.session == SessionState.TRADING
    for k in range(1, 21):  # everything again: what was booked is stale, the rest finds room
        again = {"trade": k, "match_time": times[k], "status": "CONFIRMED", **ORDER}
        effects = rig.say(events.trade, order, 0, "BUY", **again)
        assert refused(effects) is (Refusal.STALE_FACT if k < 16 else Refusal.NONE)
    assert rig.view.token(0).settled == (500 + 20 * 5) * SHARE
    assert rig.view.order(order).filled == 20 * 5 * SHARE
    assert rig.engine.check() == 0


def ended_order(rig: Rig) -> int:
    order = rig.submit(size="5")
    rig.say(events.accepted, order)
    rig.say(events.canceled, order)
    return order


def test_tombstones_turn_over_ten_times() -> None:
    """The newest are remembered with all their numbers; a forgotten one is a stranger."""
    rig = Rig(tombstones=8, orders=16, market_burst=1000, signer_burst=1000).trading()
    cash = rig.view.cash
    for _ in range(88):
        ended_order(rig)
        rig.now += S
    remembered = [k for k in range(1, 89) if rig.view.order(k) is not None]
    assert remembered == list(range(81, 89))
    assert {rig.view.order(k).state for k in remembered} == {OrderState.CANCELED}
    assert {rig.view.order(k).canceled for k in remembered} == {5 * SHARE}
    assert rig.view.cash == cash
    assert refused(rig.say(events.canceled, 80)) is Refusal.ORDER_UNKNOWN
    assert refused(rig.say(events.canceled, 81)) is Refusal.NONE
    effects = rig.say(events.submit, 80, 0, "BUY", **ORDER)
    assert refused(effects) is Refusal.ORDER_ID_USED
    assert rig.engine.check() == 0


def test_late_fills_of_remembered_and_forgotten_orders_are_booked() -> None:
    rig = Rig(tombstones=8, orders=16, market_burst=1000, signer_burst=1000).trading()
    for _ in range(30):
        ended_order(rig)
        rig.now += S
    fill = {"price": "0.40", "size": "2"}
    late = rig.say(events.trade, 30, 0, "BUY", trade=1, **fill)
    assert rig.view.order(30).filled == 2 * SHARE
    assert Alert.FOREIGN_FILL not in alerts(late)
    lost = rig.say(events.trade, 1, 0, "BUY", trade=2, **fill)
    assert alerts(lost) == [Alert.FOREIGN_FILL]
    assert rig.view.order(1) is None
    assert rig.view.token(0).incoming == 4 * SHARE
    assert rig.engine.check() == 0


def test_wide_ladders_run_out_and_come_back() -> None:
    """On the 0.0001 grid a market without a ladder is not believed; the others stay exact."""
    rig = Rig(wide_books=1).trading()
    fine: dict[str, Any] = {"price": "0.4801", "size": "7", "end": True}
    assert not alerts(rig.say(events.delta, 0, "BUY", **fine))
    assert not alerts(rig.say(events.delta, 1, "BUY", price="0.4701", size="7", end=True))
    effects = rig.say(events.delta, 2, "BUY", **fine)
    assert set(alerts(effects)) == {Alert.BOOK_CAPACITY, Alert.FEED_STALE}
    assert len(of_kind(effects, EffectKind.RESYNC)) == 1
    assert rig.view.book(2).feed == FeedState.STALE
    assert rig.view.levels(2, 0) == [(4800, 1000 * SHARE)]
    assert rig.view.levels(0, 0)[0] == (4801, 7 * SHARE)
    assert rig.view.book(0).feed == FeedState.SYNCED
    effects = rig.say(events.submit, 1, 2, "BUY", **ORDER)
    assert refused(effects) is Refusal.FEED_NOT_SYNCED
    snapshot = {"bids": [("0.4801", "7")], "asks": [("0.52", "7")]}
    told = rig.say(events.snapshot, 2, **snapshot)
    assert Alert.BOOK_CAPACITY in alerts(told)
    rig.say(events.feed, "LOST", token=0)  # its ladders are free again
    assert not alerts(rig.say(events.snapshot, 2, **snapshot))
    assert rig.view.levels(2, 0) == [(4801, 7 * SHARE)]
    assert rig.view.book(2).feed == FeedState.SYNCED
    assert rig.engine.check() == 0


def test_refetch_of_everything_after_ten_turnovers_changes_no_balance() -> None:
    """A day of trades, read again oldest first when the window has turned over ten times."""
    rig = Rig(fills=16, tombstones=8, market_burst=1000, signer_burst=1000).trading()
    trades: list[bytes] = []
    for k in range(1, 181):
        order = rig.submit(size="5")
        fill = {"trade": k, "price": "0.40", "size": "5", "match_time": rig.now}
        status = "FAILED" if k % 9 == 0 else "CONFIRMED"
        for word in ("MATCHED", status):
            trade = events.trade(order, 0, "BUY", status=word, at=rig.now, **fill)
            trades.append(trade)
            rig.step(trade)
        rig.say(events.operator, "CLEAR_UNHEDGED", token=0)
        rig.now += 3 * S
        if k % 6 == 0:
            rig.reconcile()
    assert rig.view.counters()["keys_purged"] > 10 * 16
    accounts = [rig.view.cash, *(rig.view.token(t) for t in range(8)), rig.view.market(0)]
    assert rig.view.token(0).settled == (500 + 160 * 5) * SHARE
    answers = set()
    for trade in trades:
        again = events.unpack(trade)._replace(time_ns=rig.now)
        for status in {again.code, TradeStatus.CONFIRMED, TradeStatus.MATCHED} - (
            {TradeStatus.CONFIRMED} if again.code == TradeStatus.FAILED else set()
        ):
            answers.add(refused(rig.step(again._replace(code=status).pack())))
        unhedged = rig.view.market(0).unhedged
        now = [rig.view.cash, *(rig.view.token(t) for t in range(8)), rig.view.market(0)]
        assert now == [*accounts[:-1], accounts[-1]._replace(unhedged=unhedged)]
    assert answers == {Refusal.NONE, Refusal.STALE_FACT}
    assert rig.engine.check() == 0


@pytest.mark.parametrize("token", [None, 0])
def test_a_sum_that_leaves_its_range_halts_and_is_not_booked(token: int | None) -> None:
    """Beyond 2**61: no wrap, no clamp; what is in range is booked after it."""
    rig = Rig().trading()
    name = NO_TOKEN if token is None else token
    account = (lambda: rig.view.cash) if token is None else (lambda: rig.view.token(token))
    halts: list[int] = []
    for _ in range(2_600):
        before = account().settled
        said = {"token": name, "size": MAX_SIZE, "amount": MAX_SIZE if token is None else 0}
        effects = rig.step(events.raw(EventKind.DEPOSIT, at=rig.now, **said))
        halts += [e.code for e in of_kind(effects, EffectKind.HALT)]
        assert account().settled == before + (0 if halts else MAX_SIZE)
        if halts:
            break
    assert halts == [Fault.OVERFLOW]
    assert 1 << 60 < account().settled <= 1 << 61
    before = account().settled
    rig.step(events.raw(EventKind.WITHDRAWAL, at=rig.now, **(said | {"amount": MAX_SIZE})))
    assert account().settled == before - MAX_SIZE
    assert rig.engine.check() == 0
