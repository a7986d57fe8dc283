"""Rows of REST pages, read by the user channel's codec, and one order looked up by its hash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recordings
from clobstep import events
from clobstep.enums import EventKind, Flag, FoundStatus, Side, TradeStatus
from clobstep.events import Event
from clobstep.venue.interning import FIRST_FOREIGN_ORDER, Interning
from clobstep.venue.rest.lookup import Lookup
from clobstep.venue.rest.reads import Failed
from clobstep.venue.rest.request import Failure, Reply
from clobstep.venue.user import UserCodec
from venue.rest_replies import JSON_VALUES, reply, said
from venue.user_messages import (
    CONDITION,
    FUNDER,
    HASH,
    NO,
    NOW,
    ORDER,
    OTHER,
    OWNER,
    TRADE,
    Channel,
    maker,
    trade,
)

K = EventKind
SHARE = 1_000_000
TYPES = ("event_type", "type", "timestamp", "trade_owner", "order_owner")


def row(message: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The row of a REST page of what the user channel says in this message."""
    return {k: v for k, v in (message | fields).items() if k not in TYPES}


def raw(message: dict[str, Any], **fields: Any) -> bytes:
    return json.dumps(row(message, **fields)).encode()


# ---- trades


PARTS = [
    maker(order_id="0x1", asset_id=NO, side="BUY", price="0.48", matched_amount="7"),
    maker(order_id="0x2", price="0.53", matched_amount="3"),
]
OURS = [maker(order_id=HASH, owner=OWNER, asset_id=NO, side="BUY", price="0.4")]
SHAPES: list[dict[str, Any]] = [
    {},
    {"bucket_index": 3},
    {"price": "0.52", "size": "10", "maker_orders": PARTS},
    {"trader_side": "MAKER", "owner": OTHER, "maker_address": "0x9", "maker_orders": OURS},
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("first", ["rest", "channel"])
def test_a_rest_trade_and_a_channel_trade_are_the_same_fill(
    shape: dict[str, Any], first: str
) -> None:
    channel = Channel()
    message = trade(**(shape | {"trade_owner": shape.get("owner", OWNER)}))
    page_row = raw(TRADE, **(shape | {"status": "TRADE_STATUS_CONFIRMED"}))
    if first == "rest":
        told = channel.codec.trade(page_row, NOW)
        heard = channel.events(message)
    else:
        heard = channel.events(message)
        told = channel.codec.trade(page_row, NOW)
    assert told
    assert {e.code for e in told} == {TradeStatus.CONFIRMED}
    assert [e._replace(code=TradeStatus.MATCHED) for e in told] == heard
    assert channel.codec.counters["lost"] == 0


def test_a_makers_side_and_asset_are_its_own() -> None:
    (event,) = Channel().codec.trade(raw(TRADE, **SHAPES[3]), NOW)
    assert (event.token, event.side, event.price_pips) == (1, Side.BUY, 4000)
    assert event.flags == Flag.ROLE_MAKER | Flag.WS_MAKER


@pytest.mark.parametrize(
    "fields, lost",
    [({"status": "TRADE_STATUS_ODD"}, 1), ({"size": "x"}, 1), ({"id": None}, 1),
     ({"owner": OTHER, "maker_address": "0x9", "maker_orders": []}, 0)],
)  # fmt: skip
def test_what_is_in_no_event_is_counted_as_lost(fields: dict[str, Any], lost: int) -> None:
    channel = Channel()
    assert channel.codec.trade(raw(TRADE, **fields), NOW) == []
    assert channel.codec.counters["lost"] == lost
    assert len(channel.notes()) == 1


# ---- orders


def found(channel: Channel, ordered: int | None = None, **fields: Any) -> Event:
    (event,) = channel.codec.found(raw(ORDER, **fields), NOW, lambda order_id: ordered)
    assert (event.kind, event.time_ns) == (K.FOUND, NOW)
    return event


@pytest.mark.parametrize(
    "status, code",
    [
        ("LIVE", FoundStatus.OPEN), ("ORDER_STATUS_LIVE", FoundStatus.OPEN),
        ("DELAYED", FoundStatus.OPEN), ("UNMATCHED", FoundStatus.OPEN),
        ("ORDER_STATUS_MATCHED", FoundStatus.MATCHED),
        ("ORDER_STATUS_CANCELED", FoundStatus.CANCELED),
        ("ORDER_STATUS_INVALID", FoundStatus.CANCELED),
        ("ORDER_STATUS_CANCELED_MARKET_RESOLVED", FoundStatus.CANCELED),
        ("CANCELED_EXPIRED_ORDER", FoundStatus.EXPIRED),
    ],
)  # fmt: skip
def test_status(status: str, code: FoundStatus) -> None:
    channel = Channel()
    event = found(channel, status=status, size_matched="2.5")
    assert (event.order_id, event.token, event.side, event.price_pips) == (1, 0, Side.BUY, 5200)
    assert (event.code, event.amount, event.size, event.flags) == (code, 10 * SHARE, 2_500_000, 1)
    assert channel.notes() == []


def test_a_word_nobody_has_seen_holds_the_reservation() -> None:
    channel = Channel()
    assert found(channel, status="ORDER_STATUS_PENDING").code == FoundStatus.OPEN
    assert channel.notes() == ["unknown"]


def test_a_good_till_date_that_is_over_after_its_end_expired() -> None:
    end_s = NOW // 10**9
    head: dict[str, Any] = {"status": "CANCELED", "order_type": "GTD"}
    assert found(Channel(), **head, expiration=str(end_s + 60)).code == FoundStatus.EXPIRED
    assert found(Channel(), **head, expiration=str(end_s + 61)).code == FoundStatus.CANCELED


def test_a_buy_for_cash_says_what_it_matched_only_where_the_unit_is_known() -> None:
    head: dict[str, Any] = {"order_type": "FAK", "original_size": "5.2", "status": "MATCHED"}
    assert found(Channel(), **head, size_matched="5.2").flags == Flag.SIZE_KNOWN
    assert found(Channel(), **head, size_matched="4").flags == 0


def test_millionths_are_told_from_what_we_ordered() -> None:
    channel = Channel()
    head: dict[str, Any] = {"original_size": "10000000", "size_matched": "2500000"}
    event = found(channel, 10 * SHARE, **head)
    assert (event.amount, event.size) == (10 * SHARE, 2_500_000)
    event = found(channel, None, **head | {"id": "0xother"})  # and so it is of orders not ours
    assert (event.order_id, event.amount) == (FIRST_FOREIGN_ORDER, 10 * SHARE)
    assert found(channel, 10 * SHARE, original_size="10").amount == 10 * SHARE  # a decimal still
    big = found(channel, 90_000_000 * SHARE, original_size="90000000000000", size_matched="0")
    assert big.amount == 90_000_000 * SHARE


def test_decimals_stay_decimals() -> None:
    channel = Channel()
    assert found(channel, 10 * SHARE, size_matched="4").size == 4 * SHARE
    assert found(channel, 9 * SHARE).amount == 10 * SHARE  # as it is said, and noted
    assert channel.notes() == ["conflict"]


def test_more_matched_than_ordered_is_not_known() -> None:
    channel = Channel()
    assert found(channel, size_matched="10.02").flags == 0
    assert channel.notes() == ["conflict"]


def test_an_order_of_another_owner_is_none() -> None:
    channel = Channel()
    assert channel.codec.found(raw(ORDER, owner=OTHER, maker_address="0x9"), NOW) == []
    assert channel.notes() == ["not-ours"]


@pytest.mark.parametrize("name", ["open_order", "open_order_sell_fok", "open_orders_page"])
def test_recorded_orders(name: str) -> None:
    body = json.loads(recordings.data(f"fixtures/nautilus/http_{name}.json").read_bytes())
    codec = UserCodec(Interning(), owner=OWNER)
    told = [
        e for one in body.get("data", [body]) for e in codec.found(json.dumps(one).encode(), NOW)
    ]
    sizes = {
        "open_order": [(FoundStatus.OPEN, 100, 25)],
        "open_order_sell_fok": [(FoundStatus.MATCHED, 50, 50)],
        "open_orders_page": [(FoundStatus.OPEN, 200, 0), (FoundStatus.OPEN, 150, 50)],
    }[name]
    assert [(e.code, e.amount // SHARE, e.size // SHARE) for e in told] == sizes
    assert codec.take_notes() == []


@pytest.mark.parametrize("name", ["trade_report", "trades_page"])
def test_recorded_trades(name: str) -> None:
    body = json.loads(recordings.data(f"fixtures/nautilus/http_{name}.json").read_bytes())
    codec = UserCodec(Interning(), owner=OWNER)
    told = [
        e for one in body.get("data", [body]) for e in codec.trade(json.dumps(one).encode(), NOW)
    ]
    size, status = {
        "trade_report": (25, TradeStatus.CONFIRMED), "trades_page": (10, TradeStatus.MINED),
    }[name]  # fmt: skip
    assert [(e.price_pips, e.size // SHARE, e.code) for e in told] == [(5000, size, status)]
    assert told[0].venue_time_ns == 1_704_067_200 * 10**9


# ---- one order


def page(*rows: dict[str, Any], cursor: str = "LTE=") -> Reply:
    return reply({"data": list(rows), "next_cursor": cursor})


GONE = reply({"error": "Order not found"}, 404)
T1 = row(TRADE, size="4", match_time="1790000001")
T2 = row(TRADE, id="t-2", size="3", match_time="1790000002")
FOREIGN = row(TRADE, id="t-3", taker_order_id="0xff", match_time="1790000003")


class Look:
    """A look at order HASH, that of the channel, answered in turn."""

    def __init__(self, *replies: Reply, **fields: Any) -> None:
        self.channel = Channel()
        given: dict[str, Any] = {"condition": CONDITION, "sent_ns": NOW} | fields
        self.look = Lookup(self.channel.codec, HASH, 1, **given)
        self.asked = []
        for one in replies:
            self.asked.append(self.look.want())
            self.look.take(one, NOW)

    def told(self) -> list[tuple[EventKind, int]]:
        assert self.look.answer is not None, self.look.failed
        assert self.look.want() is None
        return [(EventKind(e.kind), e.size) for e in said(self.look.answer)]

    def failed(self) -> str:
        assert self.look.answer is None
        assert self.look.over
        failed = self.look.failed
        return failed.why if isinstance(failed, Failed) else failed


def test_an_order_and_its_trades_oldest_first() -> None:
    look = Look(reply(row(ORDER, size_matched="7")), page(T2, T1, FOREIGN))
    assert look.told() == [(K.TRADE, 4 * SHARE), (K.TRADE, 3 * SHARE), (K.FOUND, 7 * SHARE)]
    paths = [one.path for one in look.asked if one is not None]
    assert paths == [f"/data/order/{HASH}", "/data/trades"]
    query = dict(look.asked[1].query) if look.asked[1] else {}
    assert query == {"market": CONDITION, "after": "1789999940", "next_cursor": "MA=="}


def test_trades_of_one_second_are_told_by_their_nanoseconds() -> None:
    late = T1 | {"match_time_nano": "1790000001900000000"}
    early = T2 | {"match_time": "1790000001", "match_time_nano": "1790000001100000000"}
    look = Look(GONE, page(late, early))
    assert look.told()[:2] == [(K.TRADE, 3 * SHARE), (K.TRADE, 4 * SHARE)]


def test_an_order_that_is_nowhere_is_not_found() -> None:
    for gone in (GONE, reply(b""), reply(b"null")):
        assert Look(gone, page()).told() == [(K.NOT_FOUND, 0)]
        assert Look(gone, page(FOREIGN)).told() == [(K.NOT_FOUND, 0)]


def test_the_trades_of_an_order_that_is_gone_come_before_that() -> None:
    assert Look(GONE, page(T1)).told() == [(K.TRADE, 4 * SHARE), (K.NOT_FOUND, 0)]


def test_every_page_is_read() -> None:
    look = Look(reply(row(ORDER)), page(T1, cursor="MTA="), page(T2))
    assert len(look.told()) == 3
    assert [dict(one.query)["next_cursor"] for one in look.asked[1:] if one] == ["MA==", "MTA="]


@pytest.mark.parametrize(
    "replies, why",
    [
        ((reply(b"<html>", 502),), "502"),
        ((Reply(0, failure=Failure.NO_ANSWER),), "no reply"),
        ((reply(row(ORDER, id="0xff")),), "0xff"),
        ((GONE, reply({"error": "Too Many Requests"}, 429)), "429"),
        ((GONE, reply({"data": []})), "next_cursor"),
        ((GONE, page(T1, cursor="MTA="), page(T1, cursor="MTA=")), "without end"),
        ((GONE, page(T1, cursor="MA==")), "without end"),
        ((GONE, page(row(TRADE, status="ODD"))), "could not be read"),
        ((GONE, page({"id": 1.5})), "could not be read"),
        ((reply(row(ORDER, price="x")), page()), "could not be read"),
        ((reply(row(ORDER, owner=OTHER, maker_address="0x9")), page(T1)), "not ours"),
    ],
)
def test_what_is_not_proven_gives_no_event(replies: tuple[Reply, ...], why: str) -> None:
    assert why in Look(*replies).failed()


def test_a_look_that_is_over_takes_no_more() -> None:
    look = Look(GONE, page())
    with pytest.raises(ValueError, match="over"):
        look.look.take(page(), NOW)


def test_without_a_time_all_trades_are_read() -> None:
    look = Look(GONE, page(), sent_ns=0)
    assert look.asked[1] is not None
    assert "after" not in dict(look.asked[1].query)


@settings(max_examples=200, deadline=None)
@given(
    first=JSON_VALUES | st.just(row(ORDER)),
    changes=st.dictionaries(st.sampled_from([*TRADE]), JSON_VALUES, max_size=3),
    statuses=st.tuples(st.sampled_from([200, 404, 500]), st.sampled_from([200, 500])),
)
def test_no_value_raises_or_finds_nothing_without_proof(
    first: Any, changes: dict[str, Any], statuses: tuple[int, int]
) -> None:
    channel = Channel()
    look = Lookup(channel.codec, HASH, 1, condition=CONDITION)
    for body, status in zip((first, {"data": [row(TRADE) | changes], "next_cursor": "LTE="}),
                            statuses, strict=True):  # fmt: skip
        if not look.over:
            look.take(reply(body, status), NOW)
    assert look.over
    if look.answer is not None:
        last = said(look.answer)[-1].kind
        assert last == (K.NOT_FOUND if first in (None, {}, "") else K.FOUND)


def test_the_channels_funder_is_enough() -> None:
    codec = UserCodec(Interning(), funder=FUNDER)
    assert len(codec.trade(raw(TRADE), NOW)) == 1
    assert events.unpack(codec.found(raw(ORDER), NOW)[0].pack()).kind == K.FOUND
