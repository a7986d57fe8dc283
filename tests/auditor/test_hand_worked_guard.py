"""More cases worked out by hand: guard, breaker, venue, session, feed, losses, conversions."""

from __future__ import annotations

import pytest

from auditor.desk import BUY, SELL, SHARE, START, Desk, S, alerts, kinds, refusal
from clobstep.enums import (
    NO_TOKEN,
    Alert,
    BreakerState,
    CancelReason,
    EffectKind,
    FeedState,
    FoundStatus,
    OperatorCode,
    OrderState,
    Refusal,
    Reject,
    SessionState,
    Tif,
    VenueState,
)
from clobstep.enums import EventKind as K

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
    assert refusal(effects) == expected
    assert desk.st.orders == {}


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
    assert breaker.state == BreakerState.OPEN
    assert breaker.until_ns == desk.now + 10 * S
    assert refusal(desk.submit(3, BUY, 4_000, 5 * SHARE)) == Refusal.BREAKER_OPEN
    desk.say(K.TIMER, wait_ns=10 * S)
    desk.submit(3, BUY, 4_000, 5 * SHARE)  # the probe
    assert refusal(desk.submit(4, BUY, 4_000, 5 * SHARE)) == Refusal.BREAKER_PROBING
    desk.say(K.REJECTED, order_id=3, code=Reject.AMOUNTS)
    assert breaker.until_ns == desk.now + 20 * S
    desk.say(K.TIMER, wait_ns=20 * S)
    desk.submit(5, BUY, 4_000, 5 * SHARE)
    desk.say(K.ACCEPTED, order_id=5)
    assert breaker.state == BreakerState.CLOSED
    assert breaker.rejects == 0


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
    assert not book.crossed
    assert book.best_bid(0)[0] == 4_000
    assert desk.st.counters["levels_pruned"] == 1
    assert book.feed == FeedState.SYNCED


def test_carried_best_that_is_missing_makes_the_feed_stale() -> None:
    desk = Desk()
    effects = desk.say(
        K.BOOK_DELTA, 1, side=BUY, price_pips=5_700, size=SHARE, bid_pips=5_750, ask_pips=6_000,
        flags=3,
    )  # fmt: skip
    # token 1 bid 0.575 would be an ask of token 0 at 0.425, which we do not hold
    assert alerts(effects) == [Alert.FEED_STALE]
    assert EffectKind.RESYNC in kinds(effects)
    assert refusal(desk.submit(1, BUY, 4_000, 5 * SHARE)) == Refusal.FEED_NOT_SYNCED


def test_loss_that_persists_stops_the_market() -> None:
    desk = Desk(loss_market_micros=2_000_000, mark_age_ns=100 * S)
    desk.live(1, BUY, 3_900, 5 * SHARE, flags=1)
    desk.book(3_700, 3_800)  # 100 shares at 0.375 = 37.50, they cost 40: profit -2.50
    stopped = []
    for _ in range(7):
        stopped += desk.say(K.TIMER, wait_ns=S)
    assert desk.st.conditions[0].loss_stop
    assert Alert.LOSS_STOP in alerts(stopped)
    assert EffectKind.CANCEL in kinds(stopped)
    assert refusal(desk.submit(2, BUY, 3_700, 5 * SHARE)) == Refusal.LOSS_STOP
    assert EffectKind.SUBMIT in kinds(desk.submit(2, SELL, 4_000, 5 * SHARE))


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
    desk.say(K.RECONCILE_BEGUN)
    desk.say(K.RECONCILED, venue_time_ns=START + 10 * S)
    cash = desk.st.cash.total
    effects = desk.trade(1, 11, BUY, 4_000, SHARE, venue_time_ns=START + 8 * S - 1)
    assert refusal(effects) == Refusal.STALE_FACT
    assert desk.st.cash.total == cash


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
    assert condition.cost == [45_000_000, 5_000_001]
    assert desk.st.cash.reserved == 0
    assert desk.st.cash.settled == 489_999_999
    desk.say(K.MERGE, 0, size=10_000_001)
    # token 0: 110.000001 shares cost 45: floor(45_000_000 * 10_000_001 / 110_000_001) = 4_090_909
    assert condition.cost == [45_000_000 - 4_090_909, 0]
    desk.say(K.RESOLVED, 0, price_pips=10_000)
    desk.say(K.REDEEM, 0, size=100 * SHARE, price_pips=10_000)
    assert desk.st.cash.settled == 600_000_000
    assert condition.cost == [0, 0]


def test_shortfall_is_booked_in_full_and_ends() -> None:
    desk = Desk()
    desk.live(1, SELL, 4_300, 100 * SHARE, flags=1)
    effects = desk.say(K.WITHDRAWAL, 0, size=SHARE)
    assert alerts(effects) == [Alert.SHORTFALL]
    assert desk.st.tokens[0].spendable == -SHARE
    assert refusal(desk.submit(2, BUY, 4_000, 5 * SHARE)) == Refusal.SHORTFALL
    assert alerts(desk.say(K.DEPOSIT, 0, size=SHARE)) == [Alert.SHORTFALL_ENDED]


def test_neg_risk_flag_that_appears_holds_and_cancels_until_lifted() -> None:
    desk = Desk()
    desk.live(1, BUY, 4_000, 10 * SHARE, flags=1)
    meta = {"price_pips": 100, "size": 5 * SHARE, "amount": 70_000}
    effects = desk.say(K.MARKET, 0, flags=3, **meta)
    assert alerts(effects) == [Alert.NEG_RISK_HOLD]
    assert EffectKind.CANCEL in kinds(effects)
    desk.say(K.MARKET, 0, flags=1, **meta)
    assert refusal(desk.submit(2, BUY, 4_000, 5 * SHARE)) == Refusal.NEG_RISK_HOLD
    desk.say(K.OPERATOR, 0, code=OperatorCode.LIFT_HOLD)
    assert EffectKind.SUBMIT in kinds(desk.submit(2, BUY, 4_000, 5 * SHARE))
