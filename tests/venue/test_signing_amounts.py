"""Amounts are exact; where the official clients' floats are not, it is said what they do."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from typing import Any

import pytest
from py_clob_client.order_builder.builder import ROUNDING_CONFIG as ROUNDING_V1
from py_clob_client.order_builder.builder import OrderBuilder as BuilderV1
from py_clob_client_v2.order_builder.builder import ROUNDING_CONFIG, OrderBuilder

from clobstep.enums import Side, Tif
from clobstep.venue.signing.amounts import amounts
from clobstep.venue.signing.errors import SigningError

TICKS = {"0.1": 1000, "0.01": 100, "0.005": 50, "0.0025": 25, "0.001": 10, "0.0001": 1}
V2 = OrderBuilder(None, None, "0x")
V1 = BuilderV1.__new__(BuilderV1)  # its amounts need no key
CENT = 10_000


def drawn(tick: str, n: int = 3000) -> list[tuple[int, int]]:
    """(price in pips on this tick's grid, hundredths of a share or of a pUSD)."""
    draw = random.Random(tick)
    step = TICKS[tick]
    return [
        (
            draw.randrange(1, 10_000 // step) * step,
            draw.choice((draw.randrange(1, 10_000), draw.randrange(1, 10**7))),
        )
        for _ in range(n)
    ]


def floored(value: float, places: int) -> Fraction:
    """What the clients' round_down leaves of a float, in units of its last place."""
    return Fraction(math.floor(value * 10**places))


@pytest.mark.parametrize("tick", TICKS)
@pytest.mark.parametrize("side", Side)
def test_a_limit_order_signs_what_the_official_clients_sign(tick: str, side: Side) -> None:
    """... but for sizes such as 5.02, of which their floats make 5.01: floor(5.02 x 100) is 501."""
    short = 0
    for price, cents in drawn(tick):
        theirs = int(floored(cents / 100, 2))
        assert theirs in (cents, cents - 1)
        short += theirs < cents
        expected = amounts(Tif.GTC, side, price, theirs * CENT, 0) if theirs else (0, 0)
        _, *v2 = V2.get_order_amounts(side.name, cents / 100, price / 10_000, ROUNDING_CONFIG[tick])
        assert tuple(v2) == expected
        if tick in ROUNDING_V1:
            _, *v1 = V1.get_order_amounts(side.name, cents / 100, price / 1e4, ROUNDING_V1[tick])
            assert tuple(v1) == expected
    assert 0 < short < 300  # of 3,000


@pytest.mark.parametrize("tick", TICKS)
@pytest.mark.parametrize("tif", [Tif.FAK, Tif.FOK])
def test_a_market_sell_is_a_limit_sell(tick: str, tif: Tif) -> None:
    for price, cents in drawn(tick, 300):
        size = cents * CENT
        assert amounts(tif, Side.SELL, price, size, 7) == amounts(
            Tif.GTC, Side.SELL, price, size, 0
        )


@pytest.mark.parametrize("tick", TICKS)
def test_a_market_buy_signs_what_the_venue_takes(tick: str) -> None:
    """2 decimals of pUSD, at most 4 of shares, and an implied price that is not below the limit."""
    for price, cents in drawn(tick):
        maker, taker = amounts(Tif.FAK, Side.BUY, price, 0, cents * CENT)
        assert maker == cents * CENT
        assert taker % 100 == 0
        assert Fraction(maker, taker) >= Fraction(price, 10_000)
        assert Fraction(maker, taker + 100) < Fraction(price, 10_000)  # no more would do


@pytest.mark.parametrize("tick", TICKS)
def test_where_the_official_client_is_wrong_in_a_market_buy(tick: str) -> None:
    """PROTOCOL 1.4. On ticks finer than 0.01 it signs 5 and 6 decimals of shares, which the venue
    refuses (py-clob-client-v2 issue 99). Of a price such as 0.29 its floats make 0.28, so that the
    implied price lies below the limit and nothing is matched (the effect of py-sdk issue 291).
    Where neither happens, it is equal to ours."""
    config = ROUNDING_CONFIG[tick]
    places = min(4, config.amount)
    step = 10 ** (6 - places)
    refused = low = equal = 0
    for price, cents in drawn(tick):
        if floored(cents / 100, 2) != cents:
            continue  # a cent of pUSD is lost, as above
        maker, taker = amounts(Tif.FAK, Side.BUY, price, 0, cents * CENT)
        _, *official = V2.get_market_order_amounts("BUY", cents / 100, price / 10_000, config)
        assert official[0] == maker
        if floored(price / 10_000, config.price) * 10 ** (4 - config.price) != price:
            assert Fraction(*official) < Fraction(price, 10_000)
            low += 1
            continue
        # (their floats can end one micro below a round number)
        assert taker // step in (official[1] // step, (official[1] + 1) // step)
        refused += official[1] % 100 > 0
        equal += official[1] == taker
    assert (refused > 2000) == (tick in ("0.005", "0.0025", "0.001", "0.0001"))
    assert equal > 20
    assert (low > 0) == (tick in ("0.01", "0.0025", "0.0001"))


def test_the_killed_order_of_the_report_would_match() -> None:
    """Shares rounded up imply a price below the ask: ours are rounded down (py-sdk issue 291)."""
    maker, taker = amounts(Tif.FAK, Side.BUY, 3300, 0, 10 * 1_000_000)
    assert (maker, taker) == (10_000_000, 30_303_000)
    assert Fraction(maker, taker) >= Fraction(33, 100) > Fraction(maker, taker + 100)


@pytest.mark.parametrize(
    "args, said",
    [
        ((Tif.GTC, Side.BUY, 0, CENT, 0), r"price_pips: 0 is not in 1\.\.9999"),
        ((Tif.GTC, Side.BUY, 10_000, CENT, 0), "price_pips: 10000"),
        ((Tif.GTC, Side.BUY, -1, CENT, 0), "price_pips: -1"),
        ((Tif.GTC, Side.BUY, 5000, 0, CENT), "size: 0 is no amount of 0.01 shares"),
        ((Tif.GTC, Side.SELL, 5000, 33_846_152, 0), "size: 33846152 is no amount of 0.01 shares"),
        ((Tif.FAK, Side.SELL, 5000, -CENT, 0), "size: -10000"),
        ((Tif.FAK, Side.BUY, 5000, CENT, 0), "amount: 0 is no amount of 0.01 pUSD"),
        ((Tif.FOK, Side.BUY, 5000, 0, 1_234_567), "amount: 1234567"),
        ((Tif.GTC, Side.BUY, 5000, CENT << 70, 0), "size: "),
        ((4, Side.BUY, 5000, CENT, 0), "tif, side: 4, "),
        ((Tif.GTC, 2, 5000, CENT, 0), "tif, side: .*2 are not"),
    ],
)
def test_what_the_venue_would_refuse_is_refused(args: tuple[Any, ...], said: str) -> None:
    with pytest.raises(SigningError, match=said):
        amounts(*args)
