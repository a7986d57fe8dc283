"""The user channel on messages that others recorded, and the engine's life of the killed order."""

from __future__ import annotations

import pytest

import recordings
from clobstep import Engine, EngineConfig, events
from clobstep.enums import CancelReason, EventKind, Flag, OrderState, Side, Tif, TradeStatus
from clobstep.events import Event
from clobstep.venue.interning import Interning
from clobstep.venue.user import UserCodec
from core.support import Rig
from venue.user_messages import FUNDER, NOW, OWNER, kind

REDACTED = "000000000-0000-0000-0000-000000000000"
SHARE = 1_000_000


def decoded(name: str, codec: UserCodec, notes: tuple[str, ...] = ()) -> list[Event]:
    """The events of one recorded message, which must leave these notes."""
    out = codec.decode(recordings.data(name).read_bytes(), NOW)
    assert [note.kind for note in codec.take_notes()] == list(notes)
    return [events.unpack(out[i : i + 64]) for i in range(0, len(out), 64)]


def fixture(name: str) -> list[Event]:
    codec = UserCodec(Interning(), owner=OWNER)
    return decoded(f"fixtures/nautilus/ws_user_{name}.json", codec)


def captured(name: str, *notes: str) -> list[Event]:
    codec = UserCodec(Interning(), owner=REDACTED)
    return decoded(f"user_ws/captured/stream/data/test_{name}.json", codec, notes)


@pytest.mark.parametrize(
    "name, expected, size, code",
    [
        ("order_placement", EventKind.PLACED, 0, Tif.GTC),
        ("order_msg", EventKind.PLACED, 0, Tif.GTC),
        ("order_update", EventKind.MATCHED, 25 * SHARE, Tif.GTC),
        ("order_matched", EventKind.MATCHED, 100 * SHARE, Tif.GTC),
        ("order_cancellation", EventKind.CANCELED, 0, CancelReason.USER),
        ("order_venue_cancel", EventKind.CANCELED, 0, CancelReason.INVALID),
        ("order_fok_killed", EventKind.CANCELED, None, CancelReason.KILLED),
        ("order_fok_buy_pusd_size", EventKind.CANCELED, None, CancelReason.KILLED),
    ],
)
def test_orders(name: str, expected: EventKind, size: int | None, code: int) -> None:
    (event,) = fixture(name)
    assert (kind(event), event.code) == (expected, code)
    assert event.flags == (Flag.SIZE_KNOWN if size is not None else 0)
    assert event.size == (size or 0)
    assert event.venue_time_ns > 1_700_000_000 * 10**9
    if expected is not EventKind.CANCELED:
        assert (event.price_pips, event.amount, event.side) == (5000, 100 * SHARE, Side.BUY)


@pytest.mark.parametrize("name", ["trade", "trade_msg"])
def test_trades(name: str) -> None:
    codec = UserCodec(interning := Interning(), funder=FUNDER)
    (event,) = decoded(f"fixtures/nautilus/ws_user_{name}.json", codec)
    assert (event.price_pips, event.size, event.code) == (5000, 25 * SHARE, TradeStatus.CONFIRMED)
    assert event.flags == Flag.ROLE_TAKER | Flag.WS_TAKER
    assert event.venue_time_ns == 1_704_067_200 * 10**9  # its match_time is ISO text
    assert [row[2] for row in interning.rows() if row[0] == "trade"] == ["trade-0xabcdef1234#1"]


def test_order_words_in_the_order_they_came() -> None:
    words = [captured(f"order_info_maker_buy_{w}")[0] for w in ("placement", "update", "unmatched")]
    assert [kind(w) for w in words] == [EventKind.PLACED, EventKind.MATCHED, EventKind.MATCHED]
    assert [w.size for w in words] == [0, 5 * SHARE, 0]
    assert {(w.price_pips, w.amount, w.code) for w in words} == {(5600, 5 * SHARE, Tif.GTC)}
    assert {w.venue_time_ns for w in words} == {1_737_678_469_623 * 10**6}


@pytest.mark.parametrize("status", ["matched", "confirmed"])
def test_a_maker_whose_fill_is_on_the_complement_of_the_head(status: str) -> None:
    (event,) = captured(f"trade_info_maker_buy_{status}")
    assert (event.side, event.price_pips, event.size) == (Side.BUY, 6000, 5 * SHARE)
    assert event.flags == Flag.ROLE_MAKER | Flag.WS_MAKER
    assert event.code == TradeStatus[status.upper()]


def test_a_taker_against_a_buyer_of_the_complement() -> None:
    (event,) = captured("trade_info_taker_buy_matched")
    assert (event.side, event.price_pips, event.size) == (Side.BUY, 6000, 5 * SHARE)


def test_a_taker_at_two_prices_moves_what_moved_and_not_its_average() -> None:
    """Head: 7 at 0.013. Makers: 5 of the complement at 0.99, 2 at 0.02: 0.09 pUSD in all."""
    told = captured("trade_info_partitioned_maker_fill")
    assert [(e.price_pips, e.size) for e in told] == [(100, 5 * SHARE), (200, 2 * SHARE)]
    assert sum(e.size * e.price_pips // 10_000 for e in told) == 90_000


def test_the_makers_of_the_same_trade_see_their_own() -> None:
    codec = UserCodec(Interning(), owner="127cf06e-0000-0000-0000-000000000000")
    name = "user_ws/captured/stream/data/test_trade_info_partitioned_maker_fill.json"
    (event,) = decoded(name, codec)
    assert (event.side, event.price_pips, event.size) == (Side.BUY, 9900, 5 * SHARE)
    assert event.flags == Flag.ROLE_MAKER


@pytest.mark.parametrize(
    "name", ["ws_market_book_msg", "ws_market_price_change_msg", "ws_market_resolved_msg"]
)
def test_messages_of_another_channel_are_noted(name: str) -> None:
    codec = UserCodec(Interning(), owner=OWNER)
    assert decoded(f"fixtures/nautilus/{name}.json", codec, ("unknown",)) == []


def test_a_killed_buy_for_cash_ends_its_order_and_frees_its_cash() -> None:
    """ws_user_order_fok_buy_pusd_size.json: original_size 1.01 is the pUSD of a BUY at 0.01."""
    asset = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
    interning = Interning()
    token = interning.pair("0x377d", asset)
    interning.bind_order("0x46", 1)
    rig = Rig().trading()
    rig.submit(token, price="0.01", amount="1.01", tif="FOK")
    reserved = rig.view.cash.reserved
    assert reserved > 1_010_000
    codec = UserCodec(interning, owner=OWNER)
    (event,) = decoded("fixtures/nautilus/ws_user_order_fok_buy_pusd_size.json", codec)
    rig.step(event._replace(time_ns=rig.now).pack())
    assert rig.view.cash.reserved == 0
    assert rig.view.order(1).state == OrderState.CANCELED


def test_every_recorded_message_is_one_the_engine_takes_or_refuses_with_a_reason() -> None:
    engine = Engine(EngineConfig(tokens=64))
    interning = Interning()
    told = 0
    for folder in ("fixtures/nautilus", "user_ws/captured/stream/data"):
        for path in sorted(recordings.data(folder).glob("*.json")):
            for owner in (OWNER, REDACTED):
                codec = UserCodec(interning, owner=owner)
                out = codec.decode(path.read_bytes(), NOW)
                for i in range(0, len(out), 64):
                    engine.step(out[i : i + 64])
                    told += 1
                assert out or codec.take_notes()
    assert told == 18
    assert engine.check() == 0
    assert engine.view.fault == 0
    refused = {name for name, count in engine.view.refusals().items() if count}
    assert refused <= {"ORDER_UNKNOWN"}  # cancellations of orders that were never told of
