"""What the exchange says is enough to know it: books rebuilt from the market channel by the engine,
orders and money by an account's own words."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from clobstep import Engine, EngineConfig, events
from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind, FeedState, Flag, Side, Tif, TradeStatus
from clobstep_sim.exchange import Exchange
from exchange.test_stateful import ACCOUNTS, MARKETS, Crowd

START = 1_790_000_000 * 10**9
S = 10**9
SHARE = 1_000_000


def record(data: bytes) -> np.void:
    return np.frombuffer(data, EVENT_DTYPE)[0]


class Told(Crowd):
    """A crowd whose exchange says everything; `market` and `private` keep it."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.market: list[bytes] = []
        self.private: dict[int, list[np.void]] = {who: [] for who in range(ACCOUNTS)}

    def exchange(self) -> Exchange:
        return Exchange(publishing=True, start_ns=START)

    def hear(self) -> list[bytes]:
        new = []
        for who, data in self.x.words():
            if who == -1:
                new.append(data)
            else:
                self.private[who].append(record(data))
        self.market += new
        return new


def listener() -> Engine:
    engine = Engine(EngineConfig(tokens=2 * MARKETS))
    engine.step(events.opening(cash="1000", at=START))
    for market in range(MARKETS):
        engine.step(events.market(2 * market, tick="0.01", min_size="5", fee_rate="0", at=START))
        engine.step(events.feed("CONNECTED", token=2 * market, at=START))
    return engine


@pytest.mark.parametrize("seed", range(8))
def test_the_engine_rebuilds_every_book_after_every_word(seed: int) -> None:
    crowd, engine = Told(seed), listener()
    for market in range(MARKETS):
        crowd.x.snapshot(market)
    for _ in range(1_200):
        crowd.act()
        for data in crowd.hear():
            engine.step(data)
        for market in range(MARKETS):
            bids, asks = crowd.x.book(2 * market)
            assert engine.view.levels(2 * market, Side.BUY) == bids
            assert engine.view.levels(2 * market, Side.SELL) == asks
    counted = engine.view.counters()
    assert counted["groups"] > 60
    assert counted["groups"] == counted["groups_agreed"]
    assert counted["crossed_groups"] + counted["crossed_snapshots"] + counted["levels_pruned"] == 0
    assert engine.view.refusals() == {}
    for market in range(MARKETS):
        assert engine.view.book(2 * market).feed == FeedState.SYNCED


@pytest.mark.parametrize("seed", range(8))
def test_an_accounts_words_tell_its_orders_and_its_money(seed: int) -> None:
    crowd = Told(seed)
    start = [crowd.x.money(who)["settled"] for who in range(ACCOUNTS)]
    owned = [[crowd.x.tokens(who, t)["settled"] for t in range(4)] for who in range(ACCOUNTS)]
    for _ in range(1_200):
        crowd.act()
        crowd.hear()
    crowd.x.advance(crowd.x.now_ns + 10 * S)
    crowd.hear()
    kinds: Counter[int] = Counter()
    for who in range(ACCOUNTS):
        cash, tokens = start[who], list(owned[who])
        matched: dict[int, int] = {}  # -1: something, but the venue's unit is not known
        over: set[int] = set()
        for word in crowd.private[who]:
            kinds[word["kind"]] += 1
            order = int(word["order_id"])
            if word["kind"] != EventKind.TRADE:
                assert order not in over, "a word after the last one"
                known = word["flags"] & Flag.SIZE_KNOWN
                size = int(word["size"]) if known else -1
                assert size < 0 or matched.get(order, 0) <= size, "what was matched only grows"
                matched[order] = size
                over |= {order} if word["kind"] == EventKind.CANCELED else set()
            elif word["code"] == TradeStatus.CONFIRMED:
                paid = int(word["size"]) * int(word["price_pips"]) // 10_000
                buy = word["side"] == Side.BUY
                taker = bool(word["flags"] & Flag.ROLE_TAKER)
                fee = fee_of(int(word["size"]), int(word["price_pips"]), word["token"] >> 1) * taker
                cash -= paid + fee if buy else fee - paid
                tokens[word["token"]] += int(word["size"]) if buy else -int(word["size"])
        for order, size in matched.items():
            held = crowd.x.order(who, order)
            assert held is not None
            if size < 0:
                assert by_cash(held)
                assert 0 < held["cash"] < held["original"]
            else:
                assert size == (held["cash"] if by_cash(held) else held["shares"])
            assert (held["state"] == 4) == (order in over)
        split = crowd.splits[who]
        assert cash - sum(split) == crowd.x.money(who)["settled"]
        for token in range(2 * MARKETS):
            assert tokens[token] + split[token >> 1] == crowd.x.tokens(who, token)["settled"]
    assert set(kinds) == {EventKind.PLACED, EventKind.MATCHED, EventKind.CANCELED, EventKind.TRADE}


def fee_of(size: int, pips: int, market: int) -> int:
    return size * 50_000 * int(market) * pips * (10_000 - pips) // 10**14 // 10 * 10


def by_cash(held: dict[str, int]) -> bool:
    return held["side"] == Side.BUY and held["tif"] in (Tif.FOK, Tif.FAK)


def test_a_trade_is_told_in_the_order_of_the_wire() -> None:
    """Changes with the best after them, both books, both bests, and the print 21 ms later."""
    x = Exchange(publishing=True, start_ns=START)
    x.market()
    maker, taker = x.account(cash=100 * SHARE), x.account(cash=100 * SHARE)
    x.submit(maker, 1, 0, Side.BUY, 4_000, 10 * SHARE)
    x.submit(maker, 2, 0, Side.BUY, 3_900, 10 * SHARE)
    x.words()
    x.advance(START + S)
    x.submit(taker, 1, 1, Side.BUY, 6_100, 12 * SHARE)
    said = [record(data) for who, data in x.words() if who == -1]
    assert [EventKind(word["kind"]).name for word in said] == [
        "BOOK_DELTA", "BOOK_DELTA", "BOOK_SNAPSHOT", "BOOK_SNAPSHOT", "BEST", "BEST",
    ]  # fmt: skip
    assert [(w["price_pips"], w["size"], w["bid_pips"], w["ask_pips"]) for w in said[:2]] == [
        (4_000, 0, 3_900, 10_000), (3_900, 8 * SHARE, 3_900, 10_000),
    ]  # fmt: skip
    assert [(w["bid_pips"], w["ask_pips"]) for w in said[4:]] == [(3_900, 10_000), (0, 6_100)]
    x.advance(START + S + 20_999_999)
    assert x.words() == []
    x.advance(START + S + 21_000_000)
    prints = [record(data) for who, data in x.words() if who == -1]
    assert [(w["token"], w["side"], w["price_pips"], w["size"]) for w in prints] == [
        (1, Side.BUY, 6_000, 10 * SHARE), (1, Side.BUY, 6_100, 2 * SHARE),
    ]  # fmt: skip


def test_a_tick_change_is_told_four_times_and_a_resolution_once() -> None:
    x = Exchange(publishing=True, start_ns=START)
    x.market()
    x.set_tick(0, 10)
    x.resolve(0, 10_000)
    said = [record(data) for _, data in x.words()]
    assert [(w["kind"], w["token"], w["price_pips"]) for w in said] == [
        *((EventKind.TICK_CHANGE, token, 10) for token in (0, 1, 0, 1)),
        (EventKind.RESOLVED, 0, 10_000),
    ]


@pytest.mark.parametrize(("paid", "token", "pips"), [(0, 1, 10_000), (5_000, 0, 5_000)])
def test_a_resolution_names_the_winner(paid: int, token: int, pips: int) -> None:
    x = Exchange(publishing=True, start_ns=START)
    x.market()
    x.resolve(0, paid)
    ((_, data),) = x.words()
    assert (record(data)["token"], record(data)["price_pips"]) == (token, pips)


def test_a_change_is_told_by_the_token_of_the_order_that_made_it() -> None:
    """In recordings the first entry of a pair is of either token, bought or sold."""
    x = Exchange(publishing=True, start_ns=START)
    x.market()
    one = x.account(cash=100 * SHARE)
    x.submit(one, 1, 0, Side.BUY, 4_000, 10 * SHARE)
    x.submit(one, 2, 1, Side.BUY, 5_500, 20 * SHARE)
    said = [record(data) for who, data in x.words() if who == -1]
    assert [tuple(w[f] for f in LEVEL) for w in said] == [
        (0, Side.BUY, 4_000, 10 * SHARE, 4_000, 10_000),
        (1, Side.BUY, 5_500, 20 * SHARE, 5_500, 6_000),
    ]


LEVEL = ("token", "side", "price_pips", "size", "bid_pips", "ask_pips")


def own_words(x: Exchange, account: int, kind: EventKind) -> list[np.void]:
    """The words of a kind that an account hears now."""
    said = [record(data) for who, data in x.words() if who == account]
    return [word for word in said if word["kind"] == kind]


def test_what_a_buy_for_cash_has_matched_is_said_only_if_nothing_or_all() -> None:
    x = Exchange(publishing=True, start_ns=START)
    x.market()
    maker, taker = x.account(unlimited=True), x.account(cash=100 * SHARE)
    x.submit(maker, 1, 0, Side.SELL, 4_000, 10 * SHARE)
    x.submit(taker, 1, 0, Side.BUY, 4_000, 3 * SHARE, Tif.FAK)  # all of it
    x.submit(taker, 2, 0, Side.BUY, 4_000, 3 * SHARE, Tif.FAK)  # one pUSD of three
    said = [record(data) for who, data in x.words() if who == taker]
    assert [
        (EventKind(w["kind"]).name, w["order_id"], w["size"], w["flags"])
        for w in said
        if w["kind"] != EventKind.TRADE
    ] == [
        ("MATCHED", 1, 3 * SHARE, Flag.SIZE_KNOWN), ("MATCHED", 2, 0, 0), ("CANCELED", 2, 0, 0),
    ]  # fmt: skip


def test_a_trade_is_timed_by_the_second_it_matched_in() -> None:
    """match_time has no more, while the messages themselves are timed in milliseconds."""
    x = Exchange(publishing=True, start_ns=START)
    x.market()
    maker, taker = x.account(cash=100 * SHARE), x.account(cash=100 * SHARE)
    x.advance(START + S + 123_456_789)
    x.submit(maker, 1, 0, Side.BUY, 4_000, 10 * SHARE)
    x.submit(taker, 1, 1, Side.BUY, 6_000, 10 * SHARE)
    x.advance(START + 9 * S)
    said = own_words(x, taker, EventKind.TRADE)
    assert len(said) == 3
    assert {w["venue_time_ns"] for w in said} == {START + S}


def test_an_account_that_meets_itself_hears_it_as_a_taker() -> None:
    x = Exchange(publishing=True, start_ns=START)
    x.market()
    one = x.account(cash=100 * SHARE)
    x.submit(one, 1, 0, Side.BUY, 4_000, 10 * SHARE)
    x.submit(one, 2, 1, Side.BUY, 6_000, 10 * SHARE)
    assert [(w["order_id"], w["flags"]) for w in own_words(x, one, EventKind.TRADE)] == [
        (1, Flag.ROLE_MAKER), (2, Flag.ROLE_TAKER | Flag.WS_TAKER),
    ]  # fmt: skip


def test_the_crowd_is_not_told_of_itself() -> None:
    x = Exchange(publishing=True, start_ns=START)
    x.market()
    one, other = x.account(unlimited=True), x.account(unlimited=True)
    x.submit(one, 1, 0, Side.BUY, 4_000, 10 * SHARE)
    x.submit(other, 1, 0, Side.SELL, 4_000, 10 * SHARE)
    x.advance(START + 5 * S)
    assert {who for who, _ in x.words()} == {-1}
    assert x.trades() == []
