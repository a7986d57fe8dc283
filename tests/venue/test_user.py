"""The user channel, message by message: what each word, field and half-written field becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clobstep.enums import AcceptStatus, CancelReason, EventKind, Flag, Side, Tif, TradeStatus
from clobstep.venue.interning import FIRST_FOREIGN_ORDER, Interning
from clobstep.venue.user import UserCodec
from venue.user_messages import (
    CONDITION,
    FUNDER,
    HASH,
    MS,
    NO,
    NOW,
    OTHER,
    OWNER,
    YES,
    Channel,
    kind,
    maker,
    order,
    trade,
)

SHARE = 1_000_000


# ---- orders


def test_a_placement_is_placed() -> None:
    event = Channel().one(order())
    assert kind(event) is EventKind.PLACED
    assert (event.order_id, event.token, event.side, event.price_pips) == (1, 0, Side.BUY, 5200)
    assert (event.amount, event.size, event.flags) == (10 * SHARE, 0, Flag.SIZE_KNOWN)
    assert event.code == Tif.GTC
    assert event.time_ns == NOW
    assert event.venue_time_ns == 1_790_000_000_257 * MS


def test_an_update_is_matched() -> None:
    event = Channel().one(order(type="UPDATE", size_matched="2.5", asset_id=NO, side="SELL"))
    assert kind(event) is EventKind.MATCHED
    assert (event.token, event.side, event.size) == (1, Side.SELL, 2_500_000)


@pytest.mark.parametrize(
    "fields, expected",
    [
        ({"status": "MATCHED", "size_matched": "10"}, EventKind.MATCHED),
        ({"status": "UNMATCHED"}, EventKind.PLACED),
        ({"status": "ORDER_STATUS_LIVE"}, EventKind.PLACED),
        ({"status": "DELAYED"}, EventKind.ACCEPTED),
        ({"status": "DELAYED", "size_matched": ""}, EventKind.ACCEPTED),
        ({"status": "DELAYED", "size_matched": "3"}, EventKind.PLACED),
        ({"status": "DELAYED", "id": "0xffff"}, EventKind.PLACED),
        ({"status": "a word nobody has seen"}, EventKind.PLACED),
        ({"status": ...}, EventKind.PLACED),
        ({"status": "CANCELED"}, EventKind.CANCELED),
        ({"type": "UPDATE", "status": "UNMATCHED"}, EventKind.MATCHED),
        ({"type": "UPDATE", "status": "LIVE"}, EventKind.MATCHED),
        ({"type": "UPDATE", "status": "INVALID"}, EventKind.CANCELED),
        ({"type": "UPDATE", "status": "CANCELED_whatever"}, EventKind.CANCELED),
        ({"type": "CANCELLATION", "status": "MATCHED"}, EventKind.CANCELED),
        ({"type": "placement", "event_type": "ORDER"}, EventKind.PLACED),
        ({"event_type": ...}, EventKind.PLACED),
    ],
)
def test_type_and_status_make_the_kind(fields: dict[str, Any], expected: EventKind) -> None:
    assert kind(Channel().one(order(**fields))) is expected


def test_a_delayed_order_of_ours_is_in_the_venues_delay() -> None:
    event = Channel().one(order(status="DELAYED"))
    assert (event.order_id, event.code) == (1, AcceptStatus.DELAYED)


@pytest.mark.parametrize(
    "status, tif, reason",
    [
        ("CANCELED", "GTC", CancelReason.USER),
        ("ORDER_STATUS_CANCELED", "GTC", CancelReason.USER),
        ("CANCELED", "FAK", CancelReason.KILLED),
        ("CANCELED", "FOK", CancelReason.KILLED),
        ("INVALID", "GTC", CancelReason.INVALID),
        ("CANCELED_MARKET_RESOLVED", "GTC", CancelReason.RESOLVED),
        ("CANCELED_NOT_ENOUGH_BALANCE", "GTC", CancelReason.BALANCE),
        ("CANCELED_MARKET_NOT_FOUND", "GTC", CancelReason.OTHER),
        ("CANCELED_EXPIRED_ORDER", "GTC", CancelReason.EXPIRED),
        ("CANCELED_ORDER_TIMED_OUT", "GTC", CancelReason.OTHER),
        ("CANCELED_order couldn't be fully filled. FOK orders are", "FOK", CancelReason.KILLED),
        ("CANCELED_no orders found to match with FAK order.", "FAK", CancelReason.KILLED),
        ("CANCELED_Not enough balance / allowance", "GTC", CancelReason.BALANCE),
        ("LIVE", "GTC", CancelReason.OTHER),
        ("", "GTC", CancelReason.OTHER),
    ],
)
def test_the_status_says_why(status: str, tif: str, reason: CancelReason) -> None:
    channel = Channel()
    event = channel.one(order(type="CANCELLATION", status=status, order_type=tif))
    assert (kind(event), event.code) == (EventKind.CANCELED, reason)
    assert channel.notes() == []


def test_a_reason_nobody_has_seen_is_other_and_noted() -> None:
    channel = Channel()
    event = channel.one(order(type="CANCELLATION", status="CANCELED_by the moon"))
    assert event.code == CancelReason.OTHER
    (note,) = channel.codec.take_notes()
    assert note.kind == "unknown"
    assert "by the moon" in note.text
    assert HASH in note.text  # the raw message


@pytest.mark.parametrize(
    "expiration, at_ms, reason",
    [
        ("1790000100", "1790000039999", CancelReason.USER),
        ("1790000100", "1790000040000", CancelReason.EXPIRED),  # 60 s before what was asked
        ("1790000100", "1790000101000", CancelReason.EXPIRED),
        ("1790000100000", "1790000101000", CancelReason.EXPIRED),
        (1790000100, 1790000101000, CancelReason.EXPIRED),
        ("0", "1790000101000", CancelReason.USER),
        (None, "1790000101000", CancelReason.USER),
        ("1790000100", "", CancelReason.USER),
    ],
)
def test_a_gtd_that_expires_comes_as_a_cancellation(
    expiration: object, at_ms: object, reason: CancelReason
) -> None:
    message = order(
        type="CANCELLATION", status="CANCELED", order_type="GTD", expiration=expiration,
        timestamp=at_ms,
    )  # fmt: skip
    assert Channel().one(message).code == reason


@pytest.mark.parametrize(
    "matched, size, known",
    [("0", 0, 1), ("1.219511", 1_219_511, 1), (2.5, 2_500_000, 1), (3, 3 * SHARE, 1),
     ("", 0, 0), (None, 0, 0), (..., 0, 0)],
)  # fmt: skip
def test_a_matched_size_may_be_not_said(matched: object, size: int, known: int) -> None:
    for form in ("PLACEMENT", "UPDATE", "CANCELLATION"):
        event = Channel().one(order(type=form, size_matched=matched))
        assert (event.size, event.flags) == (size, known)


@pytest.mark.parametrize("matched", ["-1", "abc", "1.2345678", [], {}, True, "1e3", "9" * 30])
def test_a_matched_size_that_is_none_is_not_said_and_noted(matched: object) -> None:
    channel = Channel()
    event = channel.one(order(type="CANCELLATION", size_matched=matched))
    assert (event.size, event.flags) == (0, 0)
    assert channel.notes() == ["malformed"]


@pytest.mark.parametrize(
    "matched, size, known",
    [("0", 0, 1), ("1.01", 1_010_000, 1), ("101", 0, 0), ("0.5", 0, 0), ("", 0, 0)],
)
@pytest.mark.parametrize("tif", ["FOK", "FAK"])
def test_what_matched_of_a_buy_for_cash_is_taken_only_where_its_unit_is_sure(
    tif: str, matched: str, size: int, known: int
) -> None:
    channel = Channel()
    event = channel.one(
        order(type="UPDATE", order_type=tif, original_size="1.01", size_matched=matched)
    )
    assert (event.amount, event.size, event.flags) == (1_010_000, size, known)
    sold = channel.one(
        order(type="UPDATE", order_type=tif, original_size="200", size_matched="101", side="SELL")
    )
    assert (sold.amount, sold.size, sold.flags) == (200 * SHARE, 101 * SHARE, 1)


@pytest.mark.parametrize("word", ["GTC", "GTD", "FOK", "FAK", "fak"])
def test_times_in_force(word: str) -> None:
    assert Channel().one(order(order_type=word)).code == Tif[word.upper()]


@pytest.mark.parametrize("word", ["IOC", "", None, ...])
def test_a_time_in_force_nobody_knows_is_taken_for_gtc_and_noted(word: object) -> None:
    channel = Channel()
    assert channel.one(order(order_type=word)).code == Tif.GTC
    assert channel.notes() == ["unknown"]


@pytest.mark.parametrize(
    "price, side, pips",
    [("0.66666667", "BUY", 6667), ("0.66666667", "SELL", 6666), ("0.00001", "SELL", 0),
     (1e-7, "BUY", 1), ("0.99999", "BUY", 10_000)],
)  # fmt: skip
def test_a_price_off_the_grid_is_the_next_one_against_us(
    price: object, side: str, pips: int
) -> None:
    channel = Channel()
    assert channel.one(order(price=price, side=side)).price_pips == pips
    assert channel.notes() == ["rounded"]


@pytest.mark.parametrize("price", ["0.5", "0.50", ".5", 0.5])
def test_prices_are_text_or_numbers(price: object) -> None:
    assert Channel().one(order(price=price)).price_pips == 5000


@pytest.mark.parametrize(
    "said, ns",
    [
        ("1790000000", 1_790_000_000_000 * MS),
        (1790000000, 1_790_000_000_000 * MS),
        ("1790000000257", 1_790_000_000_257 * MS),
        (1790000000257.5, 1_790_000_000_257_500_000),
        ("1790000000257001", 1_790_000_000_257_001_000),
        ("1790000000257001002", 1_790_000_000_257_001_002),
        ("2026-09-21T14:13:20Z", 1_790_000_000_000 * MS),
        ("2026-09-21 14:13:20+00", 1_790_000_000_000 * MS),
        ("", 0),
        (None, 0),
        (..., 0),
    ],
)
def test_times_are_told_apart_by_magnitude(said: object, ns: int) -> None:
    channel = Channel()
    assert channel.one(order(timestamp=said)).venue_time_ns == ns
    assert channel.one(trade(match_time=said)).venue_time_ns == ns
    assert channel.notes() == []


@pytest.mark.parametrize("said", ["yesterday", -5, "1" * 30, [], 1e300, "9000000000000000000"])
def test_a_time_that_is_none_loses_no_word(said: object) -> None:
    channel = Channel()
    assert channel.one(order(timestamp=said)).venue_time_ns == 0
    assert channel.notes() == ["malformed"]


@pytest.mark.parametrize(
    "fields",
    [
        {"id": ...}, {"id": ""}, {"id": []}, {"side": "HOLD"}, {"side": ...}, {"price": "abc"},
        {"price": "1.5"}, {"price": "-0.5"}, {"price": "NaN"}, {"price": ...}, {"asset_id": ...},
        {"original_size": "-3"}, {"original_size": ""}, {"original_size": "1" * 25},
        {"status": {}}, {"owner": []},
    ],
)  # fmt: skip
def test_what_an_order_needs(fields: dict[str, Any]) -> None:
    channel = Channel()
    assert channel.events(order(**fields)) == []
    assert channel.notes() == ["malformed"]


def test_a_cancellation_needs_no_more_than_its_order() -> None:
    fields = dict.fromkeys(("side", "price", "asset_id", "market", "original_size"), ...)
    event = Channel().one(order(type="CANCELLATION", status="CANCELED", **fields))
    assert (event.order_id, event.code) == (1, CancelReason.USER)


def test_orders_of_others() -> None:
    channel = Channel()
    message = order(owner=OTHER, order_owner=OTHER, maker_address="0x99")
    assert channel.events(message) == []
    assert channel.notes() == ["not-ours"]
    assert channel.one(order(owner=OTHER, order_owner=OTHER)).order_id == 1  # our funder's
    assert channel.one(order(maker_address="0x99")).order_id == 1
    nobody = order(owner=..., order_owner=..., maker_address=...)
    assert channel.one(nobody).order_id == 1  # the channel is our own
    assert channel.one(order(id="0xbeef")).order_id == FIRST_FOREIGN_ORDER


def test_addresses_have_no_case() -> None:
    channel = Channel(owner="", funder=FUNDER.upper())
    assert channel.one(order(maker_address=FUNDER.lower())).order_id == 1


def test_somebody_must_be_named() -> None:
    with pytest.raises(ValueError, match=r"owner: give the API key \(owner\) or"):
        UserCodec(Interning())


# ---- trades


def test_a_taker_is_the_head_of_its_trade() -> None:
    event = Channel().one(trade())
    assert kind(event) is EventKind.TRADE
    assert (event.order_id, event.ref, event.token, event.side) == (1, 1, 0, Side.BUY)
    assert (event.price_pips, event.size) == (5200, 10 * SHARE)
    assert event.flags == Flag.ROLE_TAKER | Flag.WS_TAKER
    assert event.code == TradeStatus.MATCHED
    assert event.venue_time_ns == 1_790_000_001_000 * MS  # the match, not the message


@pytest.mark.parametrize(
    "word, status",
    [
        ("MATCHED_NOT_BROADCASTED", TradeStatus.NOT_BROADCAST),
        ("MATCHED", TradeStatus.MATCHED),
        ("MINED", TradeStatus.MINED),
        ("CONFIRMED", TradeStatus.CONFIRMED),
        ("RETRYING", TradeStatus.RETRYING),
        ("FAILED", TradeStatus.FAILED),
        ("TRADE_STATUS_FAILED", TradeStatus.FAILED),
    ],
)
def test_every_status_of_a_trade(word: str, status: TradeStatus) -> None:
    assert Channel().one(trade(status=word)).code == status


def test_a_status_nobody_has_seen_is_not_booked_but_noted() -> None:
    channel = Channel()
    assert channel.events(trade(status="ASCENDED")) == []
    (note,) = channel.codec.take_notes()
    assert note.kind == "unknown"
    assert "ASCENDED" in note.text


def test_a_maker_is_its_own_entry_on_the_complement_too() -> None:
    ours = maker(order_id=HASH, owner=OWNER, asset_id=NO, side="BUY", price="0.48")
    event = Channel().one(
        trade(trader_side="MAKER", owner=OTHER, trade_owner=OTHER, maker_address="0x70",
              taker_order_id="0xtheirs", maker_orders=[maker(), ours])
    )  # fmt: skip
    assert (event.order_id, event.token, event.side) == (1, 1, Side.BUY)
    assert (event.price_pips, event.size) == (4800, 10 * SHARE)
    assert event.flags == Flag.ROLE_MAKER | Flag.WS_MAKER


def test_every_maker_order_of_ours_is_a_fill_of_its_own() -> None:
    mine = [
        maker(order_id="0x01", owner=OWNER, matched_amount="2"),
        maker(order_id="0x02", owner=OTHER, maker_address=FUNDER.lower(), matched_amount="3"),
        maker(order_id="0x03", matched_amount="1"),  # another's
        maker(order_id="0x01", owner=OWNER, matched_amount="4"),  # twice: one fill of one order
    ]
    channel = Channel()
    first, second = channel.events(trade(trader_side="MAKER", owner=OTHER, maker_orders=mine))
    assert (first.ref, first.size) == (second.ref, 6 * SHARE)
    assert (first.order_id, second.order_id) == (FIRST_FOREIGN_ORDER, FIRST_FOREIGN_ORDER + 1)
    assert second.size == 3 * SHARE


@pytest.mark.parametrize(
    "asset, taker_side, expected",
    [
        (YES, "BUY", Side.SELL),
        (NO, "BUY", Side.BUY),
        (YES, "SELL", Side.BUY),
        (NO, "SELL", Side.SELL),
    ],
)
def test_a_maker_without_a_side(asset: str, taker_side: str, expected: Side) -> None:
    entry = maker(order_id=HASH, owner=OWNER, asset_id=asset)
    del entry["side"]
    event = Channel().one(trade(trader_side="MAKER", side=taker_side, maker_orders=[entry]))
    assert event.side == expected


def test_a_trade_with_ourselves_has_both_slices() -> None:
    ours = maker(order_id="0x01", owner=OWNER)
    resting, taking = Channel().events(trade(maker_orders=[ours]))
    assert resting.flags == Flag.ROLE_MAKER  # the channel's TAKER is about the head
    assert taking.flags == Flag.ROLE_TAKER | Flag.WS_TAKER


def test_a_trade_without_an_order_of_ours_is_noted() -> None:
    channel = Channel()
    assert channel.events(trade(trader_side="MAKER", owner=OTHER)) == []
    assert channel.events(trade(owner=OTHER, trade_owner=OTHER, maker_address="0x9")) == []
    assert channel.notes() == ["not-ours", "not-ours"]


def test_without_a_side_of_ours_the_owners_tell() -> None:
    channel = Channel()
    assert channel.one(trade(trader_side=...)).flags == Flag.ROLE_TAKER
    ours = maker(order_id=HASH, owner=OWNER)
    made = channel.one(trade(trader_side="BOTH", owner=OTHER, trade_owner=OTHER,
                             maker_address="0x9", maker_orders=[ours]))  # fmt: skip
    assert made.flags == Flag.ROLE_MAKER
    assert channel.notes() == ["unknown", "unknown"]


def test_the_bucket_is_part_of_the_trade() -> None:
    channel = Channel()
    refs = [channel.one(trade(bucket_index=b)).ref for b in (0, 1, "2", "0", None, ..., 1)]
    assert refs == [1, 2, 3, 1, 1, 1, 2]
    assert [row[2] for row in channel.interning.rows() if row[0] == "trade"] == [
        "t-1", "t-1#1", "t-1#2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"id": ...}, {"size": "0"}, {"size": "-1"}, {"size": ...}, {"price": ""},
        {"side": "LONG"}, {"taker_order_id": ...}, {"asset_id": ""}, {"status": ...},
        {"maker_orders": "none"}, {"maker_orders": [7]}, {"bucket_index": []},
    ],
)  # fmt: skip
def test_what_a_trade_needs(fields: dict[str, Any]) -> None:
    channel = Channel()
    assert channel.events(trade(**fields)) == []
    assert channel.notes() == ["malformed"]


def test_one_bad_maker_does_not_lose_the_other() -> None:
    mine = [maker(order_id="0x1", owner=OWNER, price="x"), maker(order_id=HASH, owner=OWNER)]
    channel = Channel()
    assert channel.one(trade(trader_side="MAKER", maker_orders=mine)).order_id == 1
    assert channel.notes() == ["malformed"]


def test_a_third_asset_of_a_condition_is_a_conflict() -> None:
    channel = Channel()
    assert channel.events(order(asset_id="3"), trade(asset_id="3", maker_orders=[])) == []
    assert channel.notes() == ["conflict", "conflict"]


# ---- prices of a taker


LADDER = [
    maker(order_id="0x1", asset_id=NO, side="BUY", price="0.99", matched_amount="5"),
    maker(order_id="0x2", price="0.02", matched_amount="2"),
]
"""The makers of a recorded trade: 5 at 0.01 by way of the complement, and 2 at 0.02."""


def parts(events: list[Any]) -> list[tuple[int, int, int]]:
    return [(e.ref, e.price_pips, e.size) for e in events]


def test_a_taker_who_met_two_prices_fills_one_part_a_price() -> None:
    channel = Channel()
    told = channel.events(trade(size="7", price="0.013", maker_orders=LADDER))
    assert parts(told) == [(1, 100, 5 * SHARE), (2, 200, 2 * SHARE)]
    assert {e.flags for e in told} == {Flag.ROLE_TAKER | Flag.WS_TAKER}
    names = [row[2] for row in channel.interning.rows() if row[0] == "trade"]
    assert names == ["t-1@100x5000000", "t-1@200x2000000"]


def test_a_later_word_without_the_makers_is_about_the_same_parts() -> None:
    channel = Channel()
    first = parts(channel.events(trade(size="7", price="0.013", maker_orders=LADDER)))
    later = trade(size="7", price="0.013", maker_orders=[], status="CONFIRMED")
    assert parts(channel.events(later)) == first
    loaded = UserCodec(Interning.from_rows(channel.interning.rows()), owner=OWNER)
    channel.codec = loaded
    assert parts(channel.events(later)) == first
    assert channel.notes() == []


def test_a_trade_told_whole_stays_whole() -> None:
    channel = Channel()
    whole = [(1, 130, 7 * SHARE)]
    assert parts(channel.events(trade(size="7", price="0.013", maker_orders=[]))) == whole
    later = trade(size="7", price="0.013", maker_orders=LADDER, status="MINED")
    assert parts(channel.events(later)) == whole
    channel.codec = UserCodec(Interning.from_rows(channel.interning.rows()), owner=OWNER)
    assert parts(channel.events(later)) == whole


def test_makers_at_one_price_leave_a_trade_whole_at_their_price() -> None:
    mine = [maker(price="0.525", matched_amount="4"), maker(price="0.525", matched_amount="6")]
    channel = Channel()
    assert parts(channel.events(trade(price="0.53", maker_orders=mine))) == [(1, 5250, 10 * SHARE)]
    assert channel.notes() == []


def test_makers_that_do_not_add_up_are_not_used() -> None:
    channel = Channel()
    assert parts(channel.events(trade(size="8", price="0.013", maker_orders=LADDER))) == [
        (1, 130, 8 * SHARE)
    ]
    broken = [*LADDER[:1], LADDER[1] | {"price": "x"}]
    assert parts(channel.events(trade(id="t-2", size="7", price="0.013", maker_orders=broken))) == [
        (2, 130, 7 * SHARE)
    ]


def test_an_average_off_the_grid_without_makers_is_rounded_against_us() -> None:
    channel = Channel()
    bought = trade(size="7", price="0.0128571", maker_orders=[])
    sold = trade(id="t-2", size="7", price="0.0128571", side="SELL", maker_orders=[])
    assert [e.price_pips for e in channel.events(bought, sold)] == [129, 128]
    assert channel.notes() == ["rounded", "rounded"]


def test_another_size_under_a_known_trade_is_a_conflict() -> None:
    channel = Channel()
    channel.events(trade(size="7", price="0.013", maker_orders=LADDER))
    assert len(channel.events(trade(size="9", price="0.013", maker_orders=[]))) == 2
    assert channel.notes() == ["conflict"]


# ---- frames


def test_a_frame_is_an_object_or_a_list_of_them() -> None:
    channel = Channel()
    frame = b"[" + order() + b"," + trade() + b"]"
    assert [kind(e) for e in channel.events(frame)] == [EventKind.PLACED, EventKind.TRADE]
    assert channel.events(b"[]") == []
    assert channel.events("PONG", b" PING\n") == []
    assert channel.notes() == []
    counted = {"frames": 4, "messages": 2, "events": 2, "pings": 2}
    assert channel.codec.counters == counted


def test_one_bad_message_does_not_lose_the_others() -> None:
    channel = Channel()
    frame = b'[{"event_type":"order"},7,' + order() + b',{"event_type":"x\xff"}]'
    assert [kind(e) for e in channel.events(frame)] == [EventKind.PLACED]
    assert channel.notes() == ["unknown", "unknown", "malformed"]


@pytest.mark.parametrize(
    "frame",
    [b"", b"{", b"[1,", b"\xff\xfe", b"null", b"7", b'"x"', b"{}", b"[" * 5000, b"9" * 6000,
     b'{"event_type":"party"}', b'{"event_type":"order","type":"RENAMED"}', b'{"type":7}'],
)  # fmt: skip
def test_what_is_no_message_is_a_note(frame: bytes) -> None:
    channel = Channel()
    assert channel.events(frame) == []
    (note,) = channel.codec.take_notes()
    assert note.kind in ("malformed", "unknown")
    assert note.text.endswith(frame.decode(errors="backslashreplace")) or len(frame) > 2000


def test_a_long_message_is_cut_in_its_note() -> None:
    channel = Channel()
    raw = json.dumps({"event_type": "new", "text": "x" * 9000}).encode()
    channel.events(raw)
    (note,) = channel.codec.take_notes()
    assert len(note.text) < 2200
    assert note.text.endswith(f"... {len(raw)} bytes")


def test_tokens_of_a_market_nobody_named_are_given_places() -> None:
    channel = Channel()
    event = channel.one(order(market="0xnew", asset_id="17"))
    assert event.token == 2
    assert channel.interning.condition(2) == "0xnew"
    assert channel.interning.condition(0) == CONDITION
