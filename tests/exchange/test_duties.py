"""What the exchange owes an account: ends of orders in time; and its bucket of cancels."""

from __future__ import annotations

from clobstep.enums import CancelReason, Side, Tif
from clobstep_sim.exchange import Exchange

SHARE = 1_000_000
S = 10**9


def desk(**limits: int) -> tuple[Exchange, int]:
    x = Exchange()
    x.market()
    return x, x.account(cash=100 * SHARE, **limits)


def rest(x: Exchange, who: int, order_id: int, expires_ns: int = 0) -> None:
    tif = Tif.GTD if expires_ns else Tif.GTC
    x.submit(who, order_id, 0, Side.BUY, 4_000, 5 * SHARE, tif, expire_ns=expires_ns)


def test_an_order_that_rests_beyond_its_expiry_is_named() -> None:
    x, who = desk()
    rest(x, who, 1)
    rest(x, who, 2, 300 * S)
    assert x.overdue(who, 240 * S) is None
    assert x.overdue(who, 240 * S + 1) == 2, "an exchange that had done nothing until then"
    x.advance(240 * S + 1)
    assert x.overdue(who, 240 * S + 1) is None, "this one did"
    assert x.open_orders(who) == [1]


def test_an_order_that_rests_after_beats_stopped_is_named() -> None:
    x, who = desk()
    x.advance(S)
    rest(x, who, 1)
    x.advance(2 * S)
    x.beat(who)
    x.advance(3 * S)
    rest(x, who, 2)
    assert x.overdue(who, 17 * S, 2 * S) is None
    assert x.overdue(who, 17 * S + 1, 2 * S) == 1, "it was there at the beat"
    x.advance(17 * S + 1)
    assert x.overdue(who, 17 * S + 1, 2 * S) is None
    assert x.open_orders(who) == []


def test_cancels_beyond_the_bucket_come_later() -> None:
    x, who = desk(cancel_rate=1, cancel_burst=2)
    for order_id in range(1, 7):
        rest(x, who, order_id)
    answers = [x.cancel(who, order_id) for order_id in (1, 2, 3)]
    assert answers == [-1, -1, CancelReason.LATER]
    assert x.cancel_all(who) == []
    x.advance(S)
    assert x.cancel_all(who) == [3, 4, 5, 6]
    rest(x, who, 7)
    x.advance(4 * S)
    assert x.cancel(who, 7) == CancelReason.LATER, "cancel-all left it four below nothing"
    x.advance(6 * S)
    assert x.cancel(who, 7) == -1
