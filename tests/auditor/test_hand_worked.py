"""The auditor alone against cases worked out by hand from docs/rules.md; the arithmetic is beside.

The auditor is what the core is measured by, so it is measured itself: by numbers a reader can
check with a pencil.
"""

from __future__ import annotations

from typing import Final

import pytest

from clobstep.config import EngineConfig
from clobstep.enums import (
    NO_TOKEN,
    AcceptStatus,
    Alert,
    BreakerState,
    CancelReason,
    EffectKind,
    Evidence,
    FeedState,
    FoundStatus,
    Liquidity,
    OperatorCode,
    OrderState,
    Refusal,
    Reject,
    RequestState,
    SessionState,
    Side,
    Tif,
    TradeStatus,
    VenueState,
)
from clobstep.enums import EventKind as K
from clobstep_sim.auditor import Auditor, Effect, Event, encode
from clobstep_sim.auditor.state import Order

START: Final = 1_790_000_000_000_000_000
S: Final = 1_000_000_000
SHARE: Final = 1_000_000
BUY, SELL = Side.BUY, Side.SELL


class Desk:
    """An auditor with 500 pUSD, 100 shares of token 0 that cost 40, and market 0 at 0.40/0.42."""

    def __init__(self, **settings: int) -> None:
        sizes = {"tokens": 4, "orders": 16, "fills": 64, "tombstones": 16, "cooldown_ns": 0}
        self.auditor = Auditor(EngineConfig(**{**sizes, **settings}))
        self.st = self.auditor.state
        self.now = START
        self.say(K.OPENING, NO_TOKEN, amount=500_000_000)
        self.say(K.OPENING, 0, size=100 * SHARE, amount=40_000_000)
        self.say(K.HEARTBEAT, NO_TOKEN)
        self.say(K.RECONCILE_BEGUN, NO_TOKEN)
        self.say(K.RECONCILED, NO_TOKEN, venue_time_ns=START)
        self.say(K.MARKET, 0, price_pips=100, size=5 * SHARE, amount=70_000, flags=1)
        self.book(4_000, 4_200)

    def say(
        self, kind: K, token: int = NO_TOKEN, wait_ns: int = 1_000, **fields: int
    ) -> list[Effect]:
        self.now += wait_ns
        event = Event(time_ns=self.now, kind=kind, token=token, **fields)
        effects = self.auditor.step(encode(event))
        assert self.auditor.check() == []
        return effects

    def book(self, bid: int, ask: int) -> None:
        level = {"code": 1, "size": 10 * SHARE}
        self.say(K.BOOK_SNAPSHOT, 0, side=BUY, price_pips=bid, flags=1, **level)
        self.say(K.BOOK_SNAPSHOT, 0, side=SELL, price_pips=ask, flags=2, **level)

    def submit(self, order_id: int, side: int, price: int, size: int, **more: int) -> list[Effect]:
        fields = {"code": Tif.GTC, **more}
        return self.say(
            K.INTENT_SUBMIT, 0, order_id=order_id, side=side, price_pips=price, size=size, **fields
        )

    def live(self, order_id: int, side: int, price: int, size: int, **more: int) -> Order:
        self.submit(order_id, side, price, size, **more)
        self.say(K.ACCEPTED, order_id=order_id, code=AcceptStatus.RESTING)
        return self.order(order_id)

    def trade(
        self, order_id: int, ref: int, side: int, price: int, size: int, **more: int
    ) -> list[Effect]:
        fields = {"code": TradeStatus.MATCHED, "flags": 2, **more}
        return self.say(
            K.TRADE, 0, order_id=order_id, ref=ref, side=side, price_pips=price, size=size, **fields
        )

    def order(self, order_id: int) -> Order:
        order = self.st.find(order_id)
        assert order is not None
        return order


def refusal(effects: list[Effect]) -> int:
    return next(e.code for e in effects if e.kind == EffectKind.REFUSED)


def alerts(effects: list[Effect]) -> list[int]:
    return [e.code for e in effects if e.kind == EffectKind.ALERT]


def kinds(effects: list[Effect]) -> list[int]:
    return [e.kind for e in effects if e.kind not in (EffectKind.TIMER, EffectKind.WAKE)]


# ---- reservations


def test_limit_buy_reserves_notional_rounded_up_and_its_taker_fee() -> None:
    desk = Desk()
    desk.submit(1, BUY, 4_100, 7_010_000)
    # up(7.01 * 0.41) = 2.8741 exactly = 2_874_100; fee 7.01 * 0.07 * 0.41 * 0.59 = 0.1187003...
    # = 0.11870 after flooring to 5 decimals.
    assert desk.order(1).reserved == 2_874_100 + 118_700
    assert desk.st.cash.spendable == 500_000_000 - 2_992_800


def test_post_only_buy_reserves_no_fee_and_a_sell_reserves_tokens() -> None:
    desk = Desk()
    desk.submit(1, BUY, 4_000, 10 * SHARE, flags=1)
    desk.submit(2, SELL, 4_300, 25 * SHARE)
    assert desk.order(1).reserved == 4_000_000  # 10 * 0.40
    assert desk.st.tokens[0].reserved == 25 * SHARE and desk.st.tokens[0].spendable == 75 * SHARE


def test_cash_order_reserves_amount_and_the_fee_at_the_lowest_price() -> None:
    desk = Desk()
    effects = desk.submit(1, BUY, 4_300, 50_000_000, code=Tif.FAK)
    sent = next(e for e in effects if e.kind == EffectKind.SUBMIT)
    # 50 / 0.43 = 116.27906976... shares, 4 decimals down: 116.2790
    assert (sent.size, sent.amount) == (116_279_000, 50_000_000)
    # lowest price is the tick: 50 * 0.07 * (1 - 0.01) = 3.465
    assert desk.order(1).reserved == 50_000_000 + 3_465_000


def test_queued_replace_reserves_only_what_it_needs_beyond_its_predecessor() -> None:
    desk = Desk()
    desk.live(1, BUY, 4_000, 10 * SHARE, flags=1)  # holds 4.00
    desk.say(
        K.INTENT_REPLACE, 0, order_id=2, ref=1, side=BUY, price_pips=4_100, size=12 * SHARE, flags=1
    )
    new = desk.order(2)
    assert new.state == OrderState.QUEUED
    assert new.reserved == 4_920_000 - 4_000_000  # 12 * 0.41 less 4.00
    assert desk.order(1).request == RequestState.CANCEL


# ---- fills and the ledger


def test_maker_fill_moves_the_floor_and_releases_its_share() -> None:
    desk = Desk()
    order = desk.live(1, BUY, 4_100, 10 * SHARE, flags=1)
    desk.trade(1, 11, BUY, 4_100, 3_333_333)
    # 3.333333 * 0.41 = 1.36666653: 1_366_666 moves; leaves 6.666667 * 0.41 = 2.73333347 up
    assert desk.st.cash.outgoing == 1_366_666
    assert (order.filled, order.leaves, order.reserved) == (3_333_333, 6_666_667, 2_733_334)
    assert desk.st.tokens[0].incoming == 3_333_333


def test_taker_fill_pays_the_fee_and_confirmed_settles_both_sides() -> None:
    desk = Desk()
    desk.live(1, BUY, 4_200, 10 * SHARE)
    desk.trade(1, 11, BUY, 4_200, 10 * SHARE, flags=1)
    fee = 170_520  # 10 * 0.07 * 0.42 * 0.58 = 0.17052
    assert desk.st.cash.outgoing == 4_200_000 + fee
    desk.trade(1, 11, BUY, 4_200, 10 * SHARE, code=TradeStatus.CONFIRMED)
    assert desk.st.cash.settled == 500_000_000 - 4_370_520 and desk.st.cash.outgoing == 0
    assert desk.st.tokens[0].settled == 110 * SHARE
    assert desk.st.conditions[0].flow == -40_000_000 - 4_200_000
    assert desk.st.conditions[0].cost[0] == 44_200_000


def test_sale_removes_cost_in_proportion() -> None:
    desk = Desk()
    desk.live(1, SELL, 4_300, 30 * SHARE, flags=1)
    desk.trade(1, 11, SELL, 4_300, 30 * SHARE)
    # 30 of 100 shares that cost 40: 12 goes; 30 * 0.43 = 12.9 comes in
    assert desk.st.conditions[0].cost[0] == 28_000_000
    assert desk.st.cash.incoming == 12_900_000 and desk.st.tokens[0].outgoing == 30 * SHARE


def test_failed_trade_is_taken_back_to_the_micro_and_unhedges() -> None:
    desk = Desk()
    order = desk.live(1, BUY, 4_200, 10 * SHARE)
    desk.trade(1, 11, BUY, 4_200, 10 * SHARE, flags=1)
    effects = desk.trade(1, 11, BUY, 4_200, 10 * SHARE, code=TradeStatus.FAILED)
    assert desk.st.cash.spendable == 500_000_000 and desk.st.tokens[0].total == 100 * SHARE
    assert desk.st.conditions[0].cost[0] == 40_000_000 and desk.st.conditions[0].fees == 0
    assert (order.state, order.filled, order.reversed) == (
        OrderState.FILLED, 10 * SHARE, 10 * SHARE,
    )  # fmt: skip
    assert alerts(effects) == [Alert.TRADE_FAILED, Alert.UNHEDGED]
    assert refusal(desk.submit(2, BUY, 4_000, 10 * SHARE)) == Refusal.UNHEDGED


def test_duplicate_trade_is_ignored_and_a_dispute_books_nothing() -> None:
    desk = Desk()
    desk.live(1, BUY, 4_000, 10 * SHARE, flags=1)
    desk.trade(1, 11, BUY, 4_000, 4 * SHARE, code=TradeStatus.CONFIRMED)
    settled = desk.st.cash.settled
    assert kinds(desk.trade(1, 11, BUY, 4_000, 4 * SHARE)) == []
    effects = desk.trade(1, 11, BUY, 4_000, 4 * SHARE, code=TradeStatus.FAILED)
    assert alerts(effects) == [Alert.TRADE_DISPUTED]
    assert desk.st.cash.settled == settled and desk.order(1).reversed == 0


def test_cash_order_counts_fills_in_cash() -> None:
    desk = Desk()
    order = desk.live(1, BUY, 4_300, 50_000_000, code=Tif.FAK)
    desk.trade(1, 11, BUY, 4_250, 3_000_001)
    # 3.000001 * 0.425 = 1.275000425: u = 1_275_000
    assert (order.filled, order.leaves) == (1_275_000, 48_725_000)


def test_overfill_by_dust_is_silent_and_beyond_it_alerts() -> None:
    desk = Desk()
    order = desk.live(1, BUY, 4_000, 10 * SHARE, flags=1)
    effects = desk.trade(1, 11, BUY, 4_000, 10 * SHARE + 3)
    assert (order.state, order.overfill, order.leaves) == (OrderState.FILLED, 3, 0)
    assert Alert.OVERFILL not in alerts(effects)
    effects = desk.trade(1, 12, BUY, 4_000, 20_000)
    assert order.overfill == 20_003 and Alert.OVERFILL in alerts(effects)  # dust is 10_000


def test_late_fill_of_a_cancelled_order_eats_its_canceled() -> None:
    desk = Desk()
    order = desk.live(1, BUY, 4_000, 10 * SHARE, flags=1)
    desk.say(K.CANCELED, order_id=1, flags=1)
    assert (order.state, order.canceled, order.reserved) == (OrderState.CANCELED, 10 * SHARE, 0)
    desk.trade(1, 11, BUY, 4_000, 4 * SHARE)
    assert (order.state, order.filled, order.canceled) == (
        OrderState.CANCELED, 4 * SHARE, 6 * SHARE,
    )  # fmt: skip
    desk.trade(1, 12, BUY, 4_000, 7 * SHARE)  # one more than was left
    assert (order.state, order.canceled, order.overfill) == (OrderState.FILLED, 0, SHARE)
    assert order.leaves == 0


def test_liquidity_follows_the_first_evidence() -> None:
    desk = Desk()
    desk.live(1, BUY, 4_200, 10 * SHARE)  # crosses the ask of 0.42
    fill = next(
        e for e in desk.trade(1, 11, BUY, 4_200, SHARE, flags=8) if e.kind == EffectKind.FILL
    )
    assert (fill.code, fill.flags) == (Liquidity.TAKER, Evidence.SPREAD_CROSS)
    assert desk.st.counters["role_disagreements"] == 1  # WS_FLAG said maker
    fill = next(
        e for e in desk.trade(1, 12, BUY, 4_200, SHARE, flags=2) if e.kind == EffectKind.FILL
    )
    assert (fill.code, fill.flags, fill.amount) == (Liquidity.MAKER, Evidence.ORDER_ROLE, 0)


def test_unknown_order_is_booked_as_foreign_and_pays_as_a_taker() -> None:
    desk = Desk()
    effects = desk.trade(99, 11, SELL, 5_000, 10 * SHARE, flags=0)
    assert alerts(effects) == [Alert.FOREIGN_FILL]
    # 10 * 0.5 - 10 * 0.07 * 0.25 = 5 - 0.175
    assert desk.st.cash.incoming == 4_825_000 and desk.st.tokens[0].outgoing == 10 * SHARE


# ---- orders


def test_cancel_with_a_larger_matched_size_leaves_what_is_owed() -> None:
    desk = Desk()
    order = desk.live(1, BUY, 4_000, 10 * SHARE, flags=1)
    desk.trade(1, 11, BUY, 4_000, 2 * SHARE)
    desk.say(K.CANCELED, order_id=1, flags=1, size=5 * SHARE)
    # matched 5, booked 2: 3 are owed, 5 are cancelled
    assert (order.state, order.done) == (OrderState.LIVE, True)
    assert (order.leaves, order.canceled, order.reserved) == (3 * SHARE, 5 * SHARE, 1_200_000)
    desk.trade(1, 12, BUY, 4_000, 3 * SHARE)
    assert (order.state, order.reserved) == (OrderState.CANCELED, 0)


def test_killed_fak_keeps_leaves_for_the_trades_it_announced() -> None:
    desk = Desk()
    desk.submit(1, SELL, 4_000, 30 * SHARE, code=Tif.FAK)
    desk.say(K.ACCEPTED, order_id=1, code=AcceptStatus.MATCHED, flags=1, size=12 * SHARE)
    order = desk.order(1)
    assert (order.leaves, order.canceled, order.done) == (12 * SHARE, 18 * SHARE, True)
    assert desk.st.tokens[0].reserved == 12 * SHARE


def test_done_order_that_lacks_only_dust_ends() -> None:
    desk = Desk()
    order = desk.live(1, BUY, 4_000, 10 * SHARE, flags=1)
    desk.say(
        K.MATCHED, 0, order_id=1, side=BUY, price_pips=4_000, amount=10 * SHARE, size=10 * SHARE,
        flags=1,
    )  # fmt: skip
    assert (order.state, order.done) == (OrderState.LIVE, True)
    desk.trade(1, 11, BUY, 4_000, 10 * SHARE - 10_000)  # the rest is exactly the dust of 10_000
    assert (order.state, order.canceled, order.leaves) == (OrderState.FILLED, 10_000, 0)


def test_lost_submit_is_cancelled_by_hash_then_looked_up_until_proven_dead() -> None:
    desk = Desk(unknown_looks=2, unknown_span_ns=60 * S)
    desk.submit(1, BUY, 4_000, 10 * SHARE, flags=1)
    order = desk.order(1)
    desk.say(K.TIMER, wait_ns=10 * S)  # request_timeout_ns
    assert (order.state, order.request, order.reserved) == (
        OrderState.UNKNOWN, RequestState.CANCEL, 4_000_000,
    )  # fmt: skip
    desk.say(K.TIMER, wait_ns=10 * S)  # the cancel is lost too: now it is looked up
    assert order.request == RequestState.QUERY
    desk.say(K.NOT_FOUND, order_id=1)
    assert (order.looks, order.request) == (1, RequestState.IDLE)
    desk.say(K.TIMER, wait_ns=30 * S)  # 60 s / 2 looks
    desk.say(K.NOT_FOUND, order_id=1)
    assert order.looks == 2 and order.state == OrderState.UNKNOWN  # only 40 s since the deadline
    desk.say(K.TIMER, wait_ns=30 * S)
    desk.say(K.NOT_FOUND, order_id=1)
    assert (order.state, order.presumed, order.reserved) == (OrderState.CANCELED, True, 0)


def test_presumed_dead_order_rises() -> None:
    desk = Desk(unknown_looks=1, unknown_span_ns=1)
    desk.submit(1, BUY, 4_000, 10 * SHARE, flags=1)
    desk.say(K.TIMER, wait_ns=10 * S)
    desk.say(K.CANCEL_REFUSED, order_id=1, code=CancelReason.OTHER)
    desk.say(K.NOT_FOUND, order_id=1)
    order = desk.order(1)
    assert order.presumed
    effects = desk.say(K.PLACED, 0, order_id=1, side=BUY, price_pips=4_000, amount=10 * SHARE)
    assert Alert.RISEN in alerts(effects) and EffectKind.CANCEL in kinds(effects)
    assert (order.state, order.reserved) == (OrderState.LIVE, 4_000_000)


def test_replacement_is_made_smaller_by_what_the_old_one_filled() -> None:
    desk = Desk()
    desk.live(1, BUY, 4_000, 20 * SHARE, flags=1)
    desk.say(
        K.INTENT_REPLACE, 0, order_id=2, ref=1, side=BUY, price_pips=3_900, size=20 * SHARE, flags=1
    )
    desk.trade(1, 11, BUY, 4_000, 8 * SHARE)
    effects = desk.say(K.CANCEL_ACCEPTED, order_id=1)
    sent = next(e for e in effects if e.kind == EffectKind.SUBMIT)
    assert (sent.order_id, sent.size, sent.amount) == (2, 12 * SHARE, 4_680_000)  # 12 * 0.39
    assert desk.st.cash.reserved == 4_680_000


def test_wanted_cancel_of_a_queued_order_drops_it() -> None:
    desk = Desk()
    desk.live(1, BUY, 4_000, 20 * SHARE, flags=1)
    desk.say(
        K.INTENT_REPLACE, 0, order_id=2, ref=1, side=BUY, price_pips=3_900, size=20 * SHARE, flags=1
    )
    effects = desk.say(K.INTENT_CANCEL, order_id=2)
    told = next(e for e in effects if e.kind == EffectKind.ORDER)
    assert (told.code, told.flags) == (OrderState.CANCELED, Refusal.CANCEL_ASKED)


def test_reject_after_an_accept_is_looked_up() -> None:
    desk = Desk()
    order = desk.live(1, BUY, 4_000, 10 * SHARE, flags=1)
    effects = desk.say(K.REJECTED, order_id=1, code=Reject.OTHER)
    assert order.state == OrderState.UNKNOWN and order.reserved == 4_000_000
    assert EffectKind.CANCEL in kinds(effects)


def test_refused_cancel_goes_again_after_its_pause() -> None:
    desk = Desk()
    desk.live(1, BUY, 4_000, 10 * SHARE, flags=1)
    desk.say(K.INTENT_CANCEL, order_id=1)
    effects = desk.say(K.CANCEL_REFUSED, order_id=1, code=CancelReason.LATER, amount=3 * S)
    assert kinds(effects) == []
    assert kinds(desk.say(K.TIMER, wait_ns=3 * S - 1)) == []
    assert kinds(desk.say(K.TIMER, wait_ns=1)) == [EffectKind.CANCEL]


# ---- guard


@pytest.mark.parametrize(
    "fields, expected",
    [
        ({"price_pips": 4_050}, Refusal.OFF_TICK),  # the tick is 0.01
        ({"price_pips": 10_000}, Refusal.PRICE_RANGE),
        ({"size": 5_005_000}, Refusal.SIZE_GRAIN),  # 5.005 shares
        ({"size": 4_990_000}, Refusal.BELOW_MIN_SIZE),  # below 5
        ({"price_pips": 4_200, "flags": 1}, Refusal.POST_ONLY_CROSS),
        ({"code": Tif.GTD, "venue_time_ns": START + 60 * S}, Refusal.EXPIRY_TOO_SOON),
        ({"code": Tif.FOK, "flags": 1}, Refusal.BAD_TIF),
        ({"code": Tif.FAK, "size": 990_000}, Refusal.BELOW_MIN_NOTIONAL),  # 0.99 pUSD
        ({"size": 1_300 * SHARE}, Refusal.INSUFFICIENT_CASH),  # 1,300 * 0.40 = 520
        ({"side": SELL, "size": 101 * SHARE}, Refusal.INSUFFICIENT_TOKENS),
    ],
)
def test_guard_refuses(fields: dict[str, int], expected: Refusal) -> None:
    desk = Desk()
    wish = {"order_id": 1, "side": int(BUY), "price_pips": 4_000, "size": 5 * SHARE, "code": 0}
    effects = desk.say(K.INTENT_SUBMIT, 0, **{**wish, **fields})
    assert refusal(effects) == expected and desk.st.orders == {}


def test_self_trade_is_seen_across_both_tokens() -> None:
    desk = Desk()
    desk.live(1, BUY, 4_100, 10 * SHARE, flags=1)
    # a BUY of token 1 at 0.59 is an ask of token 0 at 0.41: it meets our bid
    wish = {"order_id": 2, "side": int(BUY), "size": 10 * SHARE, "code": 0}
    assert refusal(desk.say(K.INTENT_SUBMIT, 1, price_pips=5_900, **wish)) == Refusal.SELF_TRADE
    assert EffectKind.SUBMIT in kinds(desk.say(K.INTENT_SUBMIT, 1, price_pips=5_800, **wish))


def test_buy_that_levels_the_tokens_lessens_risk() -> None:
    desk = Desk(cooldown_ns=30 * S)
    desk.submit(1, BUY, 4_000, 5 * SHARE, amount=1)
    assert refusal(desk.submit(2, BUY, 4_000, 5 * SHARE, amount=2)) == Refusal.COOLDOWN
    # 100 of token 0 are held and none of token 1: buying up to 100 of token 1 lessens
    wish = {"side": int(BUY), "price_pips": 5_800, "code": 0, "amount": 3}
    effects = desk.say(K.INTENT_SUBMIT, 1, order_id=3, size=100 * SHARE, **wish)
    assert EffectKind.SUBMIT in kinds(effects)
    effects = desk.say(K.INTENT_SUBMIT, 1, order_id=4, size=5 * SHARE, **wish)
    assert EffectKind.SUBMIT in kinds(effects)  # the same turn: no cooldown, though it adds


def test_exposure_cap_counts_cost_and_reserved_cash() -> None:
    desk = Desk(cap_market_micros=50_000_000)
    desk.live(1, BUY, 4_000, 20 * SHARE, flags=1)  # cost 40 + reserved 8 = 48
    assert refusal(desk.submit(2, BUY, 3_900, 6 * SHARE, flags=1)) == Refusal.CAP_MARKET  # 2.34
    assert EffectKind.SUBMIT in kinds(desk.submit(3, BUY, 4_000, 5 * SHARE, flags=1))  # 2.00


def test_budget_refills_by_its_rate() -> None:
    desk = Desk(market_rate=1, market_burst=2)
    for order_id in (1, 2):
        assert EffectKind.SUBMIT in kinds(desk.submit(order_id, BUY, 4_000, 5 * SHARE))
    assert refusal(desk.submit(3, BUY, 4_000, 5 * SHARE)) == Refusal.MARKET_BUDGET
    desk.say(K.TIMER, wait_ns=S)
    assert EffectKind.SUBMIT in kinds(desk.submit(3, BUY, 4_000, 5 * SHARE))


# ---- breaker, venue, session, feed, losses


def test_breaker_opens_probes_doubles_and_closes() -> None:
    desk = Desk(reject_limit=2, breaker_base_ns=10 * S, stale_after_ns=1_000 * S)
    breaker = desk.st.conditions[0].breaker
    for order_id in (1, 2):
        desk.submit(order_id, BUY, 4_000, 5 * SHARE)
        desk.say(K.REJECTED, order_id=order_id, code=Reject.AMOUNTS)
    assert breaker.state == BreakerState.OPEN and breaker.until_ns == desk.now + 10 * S
    assert refusal(desk.submit(3, BUY, 4_000, 5 * SHARE)) == Refusal.BREAKER_OPEN
    desk.say(K.TIMER, wait_ns=10 * S)
    desk.submit(3, BUY, 4_000, 5 * SHARE)  # the probe
    assert refusal(desk.submit(4, BUY, 4_000, 5 * SHARE)) == Refusal.BREAKER_PROBING
    desk.say(K.REJECTED, order_id=3, code=Reject.AMOUNTS)
    assert breaker.until_ns == desk.now + 20 * S
    desk.say(K.TIMER, wait_ns=20 * S)
    desk.submit(5, BUY, 4_000, 5 * SHARE)
    desk.say(K.ACCEPTED, order_id=5)
    assert breaker.state == BreakerState.CLOSED and breaker.rejects == 0


def test_venue_restart_is_followed_by_post_only_minutes() -> None:
    desk = Desk(stale_after_ns=1_000 * S)
    desk.say(K.VENUE, code=VenueState.RESTARTING)
    assert refusal(desk.submit(1, BUY, 4_000, 5 * SHARE)) == Refusal.VENUE_RESTARTING
    desk.say(K.VENUE, code=VenueState.NORMAL)
    assert desk.st.venue == VenueState.POST_ONLY
    assert refusal(desk.submit(1, BUY, 4_000, 5 * SHARE)) == Refusal.VENUE_POST_ONLY
    assert EffectKind.SUBMIT in kinds(desk.submit(1, BUY, 4_000, 5 * SHARE, flags=1))
    desk.say(K.TIMER, wait_ns=120 * S)
    assert desk.st.venue == VenueState.NORMAL


def test_group_prunes_what_is_better_than_the_carried_best() -> None:
    desk = Desk()
    book = desk.st.conditions[0].book
    desk.say(K.BOOK_DELTA, 0, side=BUY, price_pips=4_300, size=SHARE, venue_time_ns=5)
    assert book.crossed
    desk.say(K.BEST, 0, bid_pips=4_000, ask_pips=4_200, flags=1, venue_time_ns=5)
    assert not book.crossed and book.best_bid(0)[0] == 4_000
    assert desk.st.counters["levels_pruned"] == 1 and book.feed == FeedState.SYNCED


def test_carried_best_that_is_missing_makes_the_feed_stale() -> None:
    desk = Desk()
    effects = desk.say(
        K.BOOK_DELTA, 1, side=BUY, price_pips=5_700, size=SHARE, bid_pips=5_750, ask_pips=6_000,
        flags=3,
    )  # fmt: skip
    # token 1 bid 0.575 would be an ask of token 0 at 0.425, which we do not hold
    assert alerts(effects) == [Alert.FEED_STALE] and EffectKind.RESYNC in kinds(effects)
    assert refusal(desk.submit(1, BUY, 4_000, 5 * SHARE)) == Refusal.FEED_NOT_SYNCED


def test_loss_that_persists_stops_the_market() -> None:
    desk = Desk(loss_market_micros=2_000_000, mark_age_ns=100 * S)
    desk.live(1, BUY, 3_900, 5 * SHARE, flags=1)
    desk.book(3_700, 3_800)  # 100 shares at 0.375 = 37.50, they cost 40: profit -2.50
    stopped = []
    for _ in range(7):
        stopped += desk.say(K.TIMER, wait_ns=S)
    assert desk.st.conditions[0].loss_stop
    assert Alert.LOSS_STOP in alerts(stopped) and EffectKind.CANCEL in kinds(stopped)
    assert refusal(desk.submit(2, BUY, 3_700, 5 * SHARE)) == Refusal.LOSS_STOP
    assert EffectKind.SUBMIT in kinds(desk.submit(2, SELL, 3_950, 5 * SHARE))


def test_second_reconciliation_in_a_row_that_differs_halts() -> None:
    desk = Desk()
    for session in (SessionState.RECONCILING, SessionState.HALTED):
        desk.say(K.RECONCILE_BEGUN)
        effects = desk.say(K.BALANCE, NO_TOKEN, amount=499_999_999)
        assert alerts(effects) == [Alert.BALANCE_DIFFERS]
        desk.say(K.RECONCILED, venue_time_ns=desk.now)
        assert desk.st.session == session
    assert desk.st.watermark_ns == START - 2 * S  # moved by the first one only
    assert refusal(desk.submit(1, BUY, 4_000, 5 * SHARE)) == Refusal.HALTED


def test_trade_below_the_watermark_is_not_booked() -> None:
    desk = Desk()
    desk.say(K.RECONCILED, venue_time_ns=START + 10 * S)
    cash = desk.st.cash.total
    effects = desk.trade(1, 11, BUY, 4_000, SHARE, venue_time_ns=START + 8 * S - 1)
    assert refusal(effects) == Refusal.STALE_FACT and desk.st.cash.total == cash


def test_order_missing_from_a_reconciliation_is_looked_up() -> None:
    desk = Desk()
    order = desk.live(1, BUY, 4_000, 10 * SHARE, flags=1)
    desk.say(K.RECONCILE_BEGUN)
    effects = desk.say(K.RECONCILED, venue_time_ns=START)
    assert alerts(effects) == [Alert.ORDER_MISSING, Alert.ORDER_UNKNOWN]
    assert order.state == OrderState.UNKNOWN
    desk.say(K.CANCEL_REFUSED, order_id=1, code=CancelReason.MATCHED_OR_GONE)
    desk.say(
        K.FOUND, 0, order_id=1, side=BUY, price_pips=4_000, amount=10 * SHARE, code=FoundStatus.OPEN
    )
    assert order.state == OrderState.LIVE


def test_split_merge_and_redeem_keep_cash_and_cost() -> None:
    desk = Desk()
    desk.say(K.INTENT_SPLIT, 0, size=10_000_001)
    assert desk.st.cash.reserved == 10_000_001
    desk.say(K.SPLIT, 0, size=10_000_001)
    condition = desk.st.conditions[0]
    # 10_000_001 / 2 floored to the event's token, the rest to the other
    assert condition.cost == [45_000_000, 5_000_001] and desk.st.cash.reserved == 0
    assert desk.st.cash.settled == 489_999_999
    desk.say(K.MERGE, 0, size=10_000_001)
    # token 0: 110.000001 shares cost 45: floor(45_000_000 * 10_000_001 / 110_000_001) = 4_090_909
    assert condition.cost == [45_000_000 - 4_090_909, 0]
    desk.say(K.RESOLVED, 0, price_pips=10_000)
    desk.say(K.REDEEM, 0, size=100 * SHARE, price_pips=10_000)
    assert desk.st.cash.settled == 600_000_000 and condition.cost == [0, 0]


def test_shortfall_is_booked_in_full_and_ends() -> None:
    desk = Desk()
    desk.live(1, SELL, 4_300, 100 * SHARE, flags=1)
    effects = desk.say(K.WITHDRAWAL, 0, size=SHARE)
    assert alerts(effects) == [Alert.SHORTFALL] and desk.st.tokens[0].spendable == -SHARE
    assert refusal(desk.submit(2, BUY, 4_000, 5 * SHARE)) == Refusal.SHORTFALL
    assert alerts(desk.say(K.DEPOSIT, 0, size=SHARE)) == [Alert.SHORTFALL_ENDED]


def test_neg_risk_flag_that_appears_holds_and_cancels_until_lifted() -> None:
    desk = Desk()
    desk.live(1, BUY, 4_000, 10 * SHARE, flags=1)
    meta = {"price_pips": 100, "size": 5 * SHARE, "amount": 70_000}
    effects = desk.say(K.MARKET, 0, flags=3, **meta)
    assert alerts(effects) == [Alert.NEG_RISK_HOLD] and EffectKind.CANCEL in kinds(effects)
    desk.say(K.MARKET, 0, flags=1, **meta)
    assert refusal(desk.submit(2, BUY, 4_000, 5 * SHARE)) == Refusal.NEG_RISK_HOLD
    desk.say(K.OPERATOR, 0, code=OperatorCode.LIFT_HOLD)
    assert EffectKind.SUBMIT in kinds(desk.submit(2, BUY, 4_000, 5 * SHARE))
