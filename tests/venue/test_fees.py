"""The taker fee and the cash of 21 real on-chain legs, from the venue's message to the ledger."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

import pytest

import recordings
from clobstep import units
from clobstep.enums import Alert, EffectKind, Evidence, Liquidity
from clobstep.venue.market_info import MarketInfo
from clobstep.venue.markets import market_events
from core.support import Rig, alerts, of_kind
from venue.user_messages import Channel, maker, trade

LEGS = 21


class Leg(NamedTuple):
    """One OrderFilled of a taker: amounts are 6-decimal integers, price and rate decimals."""

    exchange: str
    side: str
    maker_amount: int
    taker_amount: int
    fee: int
    price: str
    rate: str

    @property
    def size(self) -> int:
        return self.taker_amount if self.side == "BUY" else self.maker_amount

    @property
    def cash(self) -> int:
        return self.maker_amount if self.side == "BUY" else self.taker_amount


@cache
def legs() -> list[Leg]:
    path = recordings.data("fees/chain_order_filled_taker_fees.json")
    data: dict[str, Any] = json.loads(path.read_text())
    return [Leg(*row) for row in data["rows"]]


def test_they_are_all_there_on_both_sides() -> None:
    assert len(legs()) == LEGS
    assert [sum(leg.side == side for leg in legs()) for side in ("BUY", "SELL")] == [9, 12]
    assert {leg.rate for leg in legs()} == {"0", "0.05", "0.07"}


@pytest.mark.parametrize("number", range(LEGS))
@pytest.mark.parametrize("by_makers", [True, False])
def test_a_taker_fill_moves_and_pays_what_the_chain_says(number: int, by_makers: bool) -> None:
    leg = legs()[number]
    rig, channel = Rig().trading(), Channel()
    info = MarketInfo(
        condition="0xc1", tick_pips=10, min_size=10_000, fee_ppm=units.parse_rate(leg.rate),
        neg_risk=False, augmented=False, accepting=True,
    )  # fmt: skip
    assert alerts(rig.step(market_events(info, 0, rig.now))) == [Alert.TICK_CHANGED]
    before = rig.view.cash
    rig.submit(0, leg.side, price=leg.price, size=str(leg.size // 1_000_000 + 10))
    size = units.format_size(leg.size)
    other = maker(price=leg.price, matched_amount=size, side="SELL" if leg.side == "BUY" else "BUY")
    message = trade(
        side=leg.side, size=size, price=leg.price, maker_orders=[other] if by_makers else []
    )
    effects = rig.step(channel.codec.decode(message, rig.now))
    (fill,) = of_kind(effects, EffectKind.FILL)
    assert (fill.code, fill.flags) == (Liquidity.TAKER, Evidence.ORDER_ROLE)
    assert (fill.size, fill.amount) == (leg.size, leg.fee)
    assert fill.deadline_ns == leg.cash  # the cash that moved, without the fee
    bought = leg.side == "BUY"
    down = leg.size * units.parse_price(leg.price) // 10_000
    assert leg.cash == down  # rules.md, 2: down in both directions
    after = rig.view.cash
    assert after.outgoing - before.outgoing == (down + leg.fee if bought else 0)
    assert after.incoming - before.incoming == (0 if bought else down - leg.fee)
    assert rig.engine.check() == 0
