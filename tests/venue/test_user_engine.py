"""Messages of the user channel through a real engine: what becomes of orders, tokens and cash."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clobstep import Engine, EngineConfig, events
from clobstep.effects import Effect
from clobstep.enums import Alert, OrderState
from clobstep.venue.interning import FIRST_FOREIGN_ORDER
from core.support import Rig, S, alerts
from venue.user_messages import (
    MAKER,
    NO,
    NOW,
    ORDER,
    OTHER,
    OWNER,
    TRADE,
    Channel,
    maker,
    order,
    trade,
)

SHARE = 1_000_000


class Desk:
    """A trading rig and a channel that speaks of its first order."""

    def __init__(self) -> None:
        self.rig = Rig().trading()
        self.channel = Channel()
        self.cash = self.rig.view.cash.settled

    def hear(self, *frames: bytes) -> list[Effect]:
        """A second later, the venue says this."""
        self.rig.now += S
        out = b"".join(self.channel.codec.decode(frame, self.rig.now) for frame in frames)
        found = self.rig.step(*(out[i : i + 64] for i in range(0, len(out), 64)))
        assert self.rig.engine.check() == 0
        return found

    def state(self, order_id: int = 1) -> OrderState:
        return OrderState(self.rig.view.order(order_id).state)


def ours(**fields: Any) -> list[dict[str, Any]]:
    """The maker entry of our order."""
    return [maker(order_id=ORDER["id"], owner=OWNER, side="BUY", **fields)]


def test_a_maker_order_from_placement_to_confirmed() -> None:
    desk = Desk()
    desk.rig.submit(0, "BUY", price="0.40", size="10", post_only=True)
    desk.hear(order(price="0.4"))
    assert desk.state() is OrderState.LIVE
    desk.hear(order(type="UPDATE", price="0.4", size_matched="4"))
    assert desk.rig.view.order(1).filled == 0  # its trade has not come yet
    told = {
        "trader_side": "MAKER", "owner": OTHER, "trade_owner": OTHER, "maker_address": "0x9",
        "side": "SELL", "taker_order_id": "0xt", "price": "0.4",
    }  # fmt: skip
    part = trade(**told, size="4", maker_orders=ours(price="0.4", matched_amount="4"))
    desk.hear(part)
    assert (desk.rig.view.order(1).filled, desk.state()) == (4 * SHARE, OrderState.LIVE)
    assert desk.rig.view.token(0).incoming == 4 * SHARE
    desk.hear(part.replace(b'"MATCHED"', b'"MINED"'), part.replace(b'"MATCHED"', b'"CONFIRMED"'))
    assert desk.rig.view.token(0).settled == 504 * SHARE
    assert desk.rig.view.cash.settled == desk.cash - 1_600_000  # no fee for a maker
    rest = trade(**told, id="t-2", size="6", maker_orders=ours(price="0.4", matched_amount="6"))
    desk.hear(rest, order(type="UPDATE", price="0.4", size_matched="10", status="MATCHED"))
    assert desk.state() is OrderState.FILLED
    assert desk.rig.view.cash.reserved == 0


def test_a_maker_fill_on_the_complement_is_booked_on_the_complement() -> None:
    desk = Desk()
    desk.rig.submit(1, "BUY", price="0.40", size="10", post_only=True)
    entry = maker(order_id=ORDER["id"], owner=OWNER, asset_id=NO, side="BUY", price="0.4")
    desk.hear(trade(trader_side="MAKER", price="0.6", maker_orders=[entry]))  # before the answer
    assert desk.state() is OrderState.FILLED
    assert desk.rig.view.token(1).incoming == 10 * SHARE
    assert desk.rig.view.token(0).incoming == 0


def test_cancel_trade_cancel_cancel_trade() -> None:
    """The sequence of nautilus_trader issue 3797, as it came: it ends, and nothing is lost."""
    desk = Desk()
    desk.rig.submit(0, "BUY", price="0.18", size="5", post_only=True)
    head = {"price": "0.18", "original_size": "5"}
    gone = head | {"type": "CANCELLATION", "status": "CANCELED"}
    fills = {"trader_side": "MAKER", "price": "0.18", "owner": OTHER, "trade_owner": OTHER}
    desk.hear(order(**head))
    desk.hear(order(**gone, size_matched="0"))
    assert desk.state() is OrderState.CANCELED
    desk.hear(trade(**fills, maker_orders=ours(price="0.18", matched_amount="1.219511")))
    desk.hear(order(**gone, size_matched="1.219511"))
    assert desk.state() is OrderState.CANCELED
    desk.hear(order(**gone, size_matched="2.560972"))
    assert desk.state() is OrderState.LIVE  # a trade is owed
    desk.hear(trade(**fills, id="t-2", maker_orders=ours(price="0.18", matched_amount="1.341461")))
    shown = desk.rig.view.order(1)
    assert (desk.state(), shown.filled, shown.leaves) == (OrderState.CANCELED, 2_560_972, 0)
    assert desk.rig.view.token(0).incoming == 2_560_972
    assert desk.rig.view.cash.reserved == 0


def test_a_taker_at_two_prices_pays_what_moved_and_gets_it_back_when_it_fails() -> None:
    desk = Desk()
    desk.rig.submit(0, "BUY", price="0.53", size="10")
    makers = [
        maker(order_id="0x1", asset_id=NO, side="BUY", price="0.48", matched_amount="7"),
        maker(order_id="0x2", price="0.53", matched_amount="3"),
    ]
    met = trade(price="0.52", size="10", maker_orders=makers)  # 5.23 pUSD, and not 5.20
    desk.hear(met)
    assert desk.state() is OrderState.FILLED
    fees = 122_300 + 52_310  # of each part: shares x 0.07 x p x (1 - p), to 5 decimals, down
    assert desk.rig.view.market(0).fees == fees
    assert desk.rig.view.cash.outgoing == 5_230_000 + fees
    desk.hear(met.replace(b'"MATCHED"', b'"FAILED"'))
    assert desk.rig.view.cash.outgoing == 0
    assert desk.rig.view.token(0).incoming == 0
    assert desk.rig.view.market(0).unhedged


def test_a_buy_for_cash_may_bring_more_shares_than_it_named() -> None:
    """py-clob-client-v2 issue 89: 5 shares at 0.99 were filled as 5.051019 at 0.98."""
    desk = Desk()
    desk.rig.book(0, "0.96", "0.98")
    desk.rig.submit(0, "BUY", price="0.99", amount="4.95", tif="FAK")
    head = {"order_type": "FAK", "original_size": "4.95", "price": "0.99"}
    desk.hear(order(**head))
    desk.hear(trade(size="5.051019", price="0.98", maker_orders=[]))
    desk.hear(order(**head, type="UPDATE", size_matched="5.051019", status="MATCHED"))
    assert desk.channel.codec.counters["matched_unit_unknown"] == 1
    assert desk.rig.view.token(0).incoming == 5_051_019
    assert desk.rig.view.order(1).filled == 4_949_998  # its unit is pUSD
    desk.hear(order(**head, type="CANCELLATION", status="CANCELED", size_matched=""))
    assert desk.state() is OrderState.CANCELED  # of the last two micro-pUSD
    assert desk.rig.view.cash.reserved == 0


def test_the_whole_of_a_buy_for_cash_is_filled() -> None:
    desk = Desk()
    desk.rig.submit(0, "BUY", price="0.52", amount="5.20", tif="FAK")
    head = {"order_type": "FAK", "original_size": "5.2"}
    desk.hear(trade(size="10", maker_orders=[]))
    desk.hear(order(**head, type="UPDATE", size_matched="5.2", status="MATCHED"))
    assert desk.state() is OrderState.FILLED


def test_a_delayed_order_waits_and_fills() -> None:
    desk = Desk()
    desk.rig.submit(0, "BUY", price="0.52", size="10")
    desk.hear(order(status="DELAYED"))
    assert desk.state() is OrderState.DELAYED
    desk.hear(trade())
    assert desk.state() is OrderState.FILLED


def test_a_good_till_date_order_expires() -> None:
    desk = Desk()
    expiry_s = desk.rig.now // S + 600
    desk.rig.submit(0, "BUY", price="0.40", size="10", tif="GTD", expiry=expiry_s * S)
    head = {"order_type": "GTD", "expiration": str(expiry_s), "price": "0.4"}
    desk.hear(order(**head))
    desk.hear(
        order(**head, type="CANCELLATION", status="CANCELED", timestamp=str((expiry_s - 60) * 1000))
    )
    assert desk.state() is OrderState.EXPIRED


def test_an_order_we_did_not_send_is_adopted_and_its_cancellation_known() -> None:
    desk = Desk()
    told = desk.hear(order(id="0xbeef", price="0.30", size_matched="4", type="UPDATE"))
    assert alerts(told) == [Alert.FOREIGN_ORDER]
    assert desk.rig.view.order(FIRST_FOREIGN_ORDER).leaves == 6 * SHARE
    desk.hear(order(id="0xbeef", type="CANCELLATION", status="CANCELED", size_matched="4"))
    assert desk.state(FIRST_FOREIGN_ORDER) is OrderState.CANCELED


# ---- nothing raises


VALUES = st.one_of(
    st.sampled_from(
        [None, True, "", "BUY", "SELL", "0.5", "1e3", "-1", "MATCHED", "CANCELED_x", "GTD", NO,
         OWNER, [], {}, [{}], {"a": [1]}, 10**30, 1e308, 1e-308, "NaN", "Infinity", "1e999999"]
    ),
    st.integers(0, 10**20).map(str),
    st.integers(-(10**4), 10**4).map(lambda n: n / 1000),
    st.text(max_size=6),
)  # fmt: skip
CHANGES = st.dictionaries(st.sampled_from([*ORDER, *TRADE]), VALUES, max_size=4)
ENTRY_CHANGES = st.dictionaries(st.sampled_from([*MAKER]), VALUES, max_size=3)


@settings(max_examples=150, deadline=None)
@given(
    base=st.sampled_from([ORDER, TRADE, TRADE | {"trader_side": "MAKER"}]),
    changes=CHANGES,
    entries=st.lists(ENTRY_CHANGES, max_size=3),
    dropped=st.sets(st.sampled_from([*ORDER, *TRADE]), max_size=2),
)
def test_no_value_raises_or_breaks_the_engine(
    base: dict[str, Any],
    changes: dict[str, Any],
    entries: list[dict[str, Any]],
    dropped: set[str],
) -> None:
    mine = {"order_id": ORDER["id"], "owner": OWNER}
    message = base | {"maker_orders": [maker(**(mine | entry)) for entry in entries]} | changes
    message = {k: v for k, v in message.items() if k not in dropped}
    _never_raises(json.dumps(message).encode())


@settings(max_examples=200, deadline=None)
@given(
    base=st.sampled_from([order(), trade(), b"[" + order() + b"," + trade() + b"]"]),
    at=st.integers(0, 2_000),
    cut=st.integers(0, 40),
    put=st.binary(max_size=8),
)
def test_no_bytes_raise(base: bytes, at: int, cut: int, put: bytes) -> None:
    at %= len(base)
    _never_raises(base[:at] + put + base[at + cut :])


def _never_raises(frame: bytes) -> None:
    channel = Channel()
    records = channel.records(frame, frame)  # the second time it must be told the same
    half = len(records) // 2
    assert records[:half] == records[half:]
    pings = channel.codec.counters["pings"]
    assert records or channel.codec.take_notes() or pings or frame.strip() == b"[]"
    engine = Engine(EngineConfig(tokens=16, orders=16, fills=64))
    engine.step(events.timer(at=NOW))
    for record in records:
        engine.step(record)
    assert engine.check() == 0
    assert engine.view.fault == 0
