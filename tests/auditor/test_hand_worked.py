"""The auditor alone against cases worked out by hand from docs/rules.md; the arithmetic is beside.

The auditor is what the core is measured by, so it is measured itself: by numbers a reader can
check with a pencil. Here: reservations, fills, the ledger, orders.
"""

from __future__ import annotations

from auditor.desk import BUY, SELL, SHARE, Desk, S, alerts, kinds, refusal
from clobstep.enums import (
    AcceptStatus,
    Alert,
    CancelReason,
    EffectKind,
    Evidence,
    Liquidity,
    OrderState,
    Refusal,
    Reject,
    RequestState,
    Tif,
    TradeStatus,
)
from clobstep.enums import EventKind as K

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
    assert desk.st.tokens[0].reserved == 25 * SHARE
    assert desk.st.tokens[0].spendable == 75 * SHARE


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
    assert desk.st.cash.settled == 500_000_000 - 4_370_520
    assert desk.st.cash.outgoing == 0
    assert desk.st.tokens[0].settled == 110 * SHARE
    assert desk.st.conditions[0].flow == -40_000_000 - 4_200_000
    assert desk.st.conditions[0].cost[0] == 44_200_000


def test_sale_removes_cost_in_proportion() -> None:
    desk = Desk()
    desk.live(1, SELL, 4_300, 30 * SHARE, flags=1)
    desk.trade(1, 11, SELL, 4_300, 30 * SHARE)
    # 30 of 100 shares that cost 40: 12 goes; 30 * 0.43 = 12.9 comes in
    assert desk.st.conditions[0].cost[0] == 28_000_000
    assert desk.st.cash.incoming == 12_900_000
    assert desk.st.tokens[0].outgoing == 30 * SHARE


def test_failed_trade_is_taken_back_to_the_micro_and_unhedges() -> None:
    desk = Desk()
    order = desk.live(1, BUY, 4_200, 10 * SHARE)
    desk.trade(1, 11, BUY, 4_200, 10 * SHARE, flags=1)
    effects = desk.trade(1, 11, BUY, 4_200, 10 * SHARE, code=TradeStatus.FAILED)
    assert desk.st.cash.spendable == 500_000_000
    assert desk.st.tokens[0].total == 100 * SHARE
    assert desk.st.conditions[0].cost[0] == 40_000_000
    assert desk.st.conditions[0].fees == 0
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
    assert desk.st.cash.settled == settled
    assert desk.order(1).reversed == 0


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
    assert order.overfill == 20_003
    assert Alert.OVERFILL in alerts(effects)


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
    assert desk.st.cash.incoming == 4_825_000
    assert desk.st.tokens[0].outgoing == 10 * SHARE


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
    assert order.looks == 2
    assert order.state == OrderState.UNKNOWN
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
    word = {"order_id": 1, "side": BUY, "price_pips": 4_000, "amount": 10 * SHARE}
    effects = desk.say(K.PLACED, 0, wait_ns=S, **word)  # cancel_retry_ns after the last cancel
    assert Alert.RISEN in alerts(effects)
    assert EffectKind.CANCEL in kinds(effects)
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
    assert order.state == OrderState.UNKNOWN
    assert order.reserved == 4_000_000
    assert EffectKind.CANCEL in kinds(effects)


def test_refused_cancel_goes_again_after_its_pause() -> None:
    desk = Desk()
    desk.live(1, BUY, 4_000, 10 * SHARE, flags=1)
    desk.say(K.INTENT_CANCEL, order_id=1)
    effects = desk.say(K.CANCEL_REFUSED, order_id=1, code=CancelReason.LATER, amount=3 * S)
    assert kinds(effects) == []
    assert kinds(desk.say(K.TIMER, wait_ns=3 * S - 1)) == []
    assert kinds(desk.say(K.TIMER, wait_ns=1)) == [EffectKind.CANCEL]
