"""What cannot be asked is refused in words, and leaves everything as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clobstep.enums import Side, Tif
from clobstep_sim.exchange import Exchange, ExchangeError

SHARE = 1_000_000
S = 10**9
FAR = 2**63 - 1


def exchange(markets: int = 1, **given: int) -> tuple[Exchange, int]:
    x = Exchange()
    for _ in range(markets):
        x.market(**given)
    return x, x.account(cash=100 * SHARE)


def order(order_id: int = 1, **other: int) -> tuple[int, int, int, int, int, int, bool, int]:
    row = {
        "token": 0,
        "side": 0,
        "price": 4_000,
        "amount": 10 * SHARE,
        "tif": 0,
        "expires": 0,
    } | other
    return (
        order_id, row["token"], row["side"], row["price"], row["amount"], row["tif"], False,
        row["expires"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda x: x.trades(-1), "trades from -1"),
        (lambda x: x.advance(FAR), "beyond the year 2100"),
        (lambda x: x.restart(FAR), "a day at most"),
        (lambda x: x.cancel_all(0, 2**32), "market 4294967296: there are 1"),
        (lambda x: x.cancel_all(0, 9), "market 9"),
        (lambda x: x.give(0, 0, -1), "0 to"),
        (lambda x: x.give(0, 0, FAR), "0 to"),
        (lambda x: x.give(0, 2, 1), "market 1: there are 1"),
        (lambda x: x.account(cash=FAR), "cash is"),
        (lambda x: x.account(cash=-1), "cash is"),
        (lambda x: x.market(), "before the first account"),
        (lambda x: x.set_tick(0, 0), "a tick of 0"),
        (lambda x: x.set_fee(0, -1), "a fee rate of -1"),
        (lambda x: x.resolve(0, 10_001), "a payout of 10001"),
        (lambda x: x.set_state(9), "no VenueState 9"),
        (lambda x: x.fail(0), "trade 0"),
        (lambda x: x.trade(0), "trade 0: there are 0"),
        (lambda x: x.money(7), "account 7: there are 1"),
        (lambda x: x.submit_batch(0, [order()[:7]]), "8 fields, not 7"),
        (lambda x: x.submit_batch(0, [order(side=2)]), "side 2"),
        (lambda x: x.submit_batch(0, [order(tif=9)]), "tif 9"),
        (lambda x: x.submit_batch(0, [order(price=10_001)]), "price 10001"),
        (lambda x: x.submit_batch(0, [order(amount=FAR)]), "out of range"),
        (lambda x: x.submit_batch(0, [order(expires=-(2**63))]), "out of range"),
        (lambda x: x.submit_batch(0, [order(token=99)]), "market 49"),
    ],
)
def test_it_is_said_and_nothing_happens(ask: Callable[[Exchange], object], why: str) -> None:
    x, who = exchange()
    before = x.money(who), x.tokens(who, 0), x.now_ns
    with pytest.raises(ExchangeError, match=why):
        ask(x)
    assert (x.money(who), x.tokens(who, 0), x.now_ns) == before
    assert x.check() == ""


@pytest.mark.parametrize("given", [{"delay_ns": FAR}, {"tick_pips": 0}, {"fee_ppm": 1_000_001}])
def test_a_market_that_cannot_be(given: dict[str, int]) -> None:
    with pytest.raises(ExchangeError):
        Exchange().market(**given)
    with pytest.raises(ExchangeError, match="MINED"):
        Exchange(confirmed_ns=FAR)


def test_a_float_is_no_amount() -> None:
    x, who = exchange()
    with pytest.raises(TypeError):
        x.submit_batch(who, [(1, 0, 0, 5_000, 10_000_000.9, 0, False, 0)])  # type: ignore[list-item]


def test_each_field_is_read_once() -> None:
    """An object that answers otherwise the second time does not get past the check."""

    class Fickle:
        asked = 0

        def __index__(self) -> int:
            self.asked += 1
            return 0 if self.asked == 1 else 2_000_000

    x, who = exchange()
    x.submit_batch(who, [(1, Fickle(), 0, 4_000, 10 * SHARE, 0, False, 0)])  # type: ignore[list-item]
    assert x.book(0)[0] == [(4_000, 10 * SHARE)]


def test_a_batch_with_a_bad_order_is_not_taken_at_all() -> None:
    x = Exchange()
    x.market()
    who = x.account(cash=100 * SHARE, rate=1, burst=2)
    with pytest.raises(ExchangeError):
        x.submit_batch(who, [order(1), order(2, side=7)])
    assert x.book(0) == ([], [])
    assert [answer[0] for answer in x.submit_batch(who, [order(1), order(2)])] == [0, 0]


def test_cancel_all_of_a_market_leaves_the_others() -> None:
    x, who = exchange(markets=2)
    x.submit_batch(who, [order(1), order(2, token=2), order(3, token=1)])
    assert x.cancel_all(who, 0) == [1, 3]
    assert x.book(0) == ([], [])
    assert x.book(2)[0] == [(4_000, 10 * SHARE)]
    assert x.cancel_all(who) == [2]


def test_what_was_due_for_an_order_is_nothing_to_the_next_in_its_slot() -> None:
    x, _ = exchange()
    crowd = x.account(unlimited=True)
    x.submit_batch(crowd, [order(1, tif=Tif.GTD, expires=300 * S)])
    x.cancel_all(crowd)
    x.submit_batch(crowd, [order(2)])
    x.advance(400 * S)
    assert x.book(0)[0] == [(4_000, 10 * SHARE)]
    assert x.check() == ""


def test_rejected_orders_take_no_room() -> None:
    """The crowd's slots come back, and an id that was rejected keeps its slot."""
    x, who = exchange()
    crowd = x.account(unlimited=True)
    for _ in range(3):
        assert x.submit_batch(crowd, [order(1, price=4_001)])[0][0] == 3
        assert x.submit_batch(who, [order(1, price=4_001)])[0][0] == 3
    assert x.submit_batch(who, [order(1)])[0][0] == 0
    assert x.submit_batch(crowd, [order(1), order(2)]) == [(0, 0, 0), (0, 0, 0)]
    assert x.book(0)[0] == [(4_000, 30 * SHARE)]
    assert x.check() == ""


def test_the_crowds_matches_are_answered_too() -> None:
    x, _ = exchange()
    one, other = x.account(unlimited=True), x.account(unlimited=True)
    x.submit_batch(one, [order(1)])
    sold = order(1, side=Side.SELL, amount=6 * SHARE)
    assert x.submit_batch(other, [sold]) == [(1, 0, 6 * SHARE)]


def test_a_second_resolution_says_nothing() -> None:
    x, who = exchange()
    x.split(who, 0, 10 * SHARE)
    x.resolve(0, 10_000)
    assert x.redeem(who, 0, 10 * SHARE) == 10 * SHARE
    x.resolve(0, 0)
    assert x.redeem(who, 1, 10 * SHARE) == 0
    assert x.money(who)["settled"] == 100 * SHARE


def test_a_cash_order_is_covered_though_old_orders_lie_below_the_new_tick() -> None:
    """Its fee grows as its price falls, and that may be as low as the finest tick there was."""
    x = Exchange()
    x.market(fee_ppm=1_000_000)
    maker, taker = x.account(), x.account(cash=19 * SHARE)
    x.give(maker, 0, 10_000 * SHARE)
    x.submit(maker, 1, 0, Side.SELL, 100, 1_000 * SHARE)
    x.set_tick(0, 1_000)
    assert x.submit(taker, 1, 0, Side.BUY, 5_000, 10 * SHARE, Tif.FAK)[:2] == (3, 5)  # BALANCE
    assert x.submit(taker, 2, 0, Side.BUY, 5_000, 9_500_000, Tif.FAK)[0] == 1
    x.advance(5 * S)
    assert x.money(taker)["settled"] >= 0


def test_the_checker_rests_when_nobody_beats() -> None:
    """A year without a beat is no work, and a beat after it is heard as before."""
    x, who = exchange()
    x.beat(who)
    x.advance(366 * 86_400 * S)
    x.submit_batch(who, [order(1)])
    x.beat(who)
    start = x.now_ns
    x.advance(start + 9 * S)
    assert x.book(0)[0]
    x.advance(start + 15 * S)
    assert x.book(0) == ([], [])
