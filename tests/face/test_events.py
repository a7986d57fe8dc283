"""The builders: every kind has one, what is written is in the record, errors name the field."""

from __future__ import annotations

import inspect
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clobstep import effects, events, schema, units
from clobstep.enums import EVENT_FIELDS, NO_TOKEN, EventKind, Flag, Origin, Side, Tif
from face.examples import EXAMPLES, NOON

NOON_NS = units.parse_time(NOON)


def test_every_kind_of_the_schema_has_a_builder_and_an_example() -> None:
    names = {name for name, *_ in schema.EVENTS}
    assert {kind.name for kind in events.KINDS} == names
    assert {kind.name for kind in EXAMPLES} == names


@pytest.mark.parametrize("kind", EventKind, ids=lambda k: k.name)
def test_a_record_has_64_bytes_its_kind_and_its_time(kind: EventKind) -> None:
    event = events.unpack(EXAMPLES[kind][0])
    assert event.kind == kind
    assert event.time_ns == NOON_NS
    assert len(event.pack()) == 64


@pytest.mark.parametrize("kind", EventKind, ids=lambda k: k.name)
def test_an_example_keeps_within_what_the_engine_checks(kind: EventKind) -> None:
    """A record of a builder never fails the check of its kind's row, given a side and a token."""
    row = next(row for row in schema.EVENTS if row[1] == kind)
    event = events.unpack(EXAMPLES[kind][0])
    assert event.flags & ~row[4] == 0
    for need in row[2]:
        assert {
            "T": event.token < NO_TOKEN,
            "C": True,
            "S": event.side in (Side.BUY, Side.SELL),
            "P": 0 <= event.price_pips <= 10_000,
            "B": 0 <= event.bid_pips <= 10_000 and 0 <= event.ask_pips <= 10_000,
            "Z": event.size >= 0,
            "+": event.size > 0,
            "A": event.amount >= 0,
            "O": event.order_id > 0,
            "K": event.ref > 0,
            "k": not event.flags & Flag.SIZE_KNOWN or event.size >= 0,
        }[need]


@pytest.mark.parametrize("kind", EventKind, ids=lambda k: k.name)
def test_every_builder_needs_its_time_by_name(kind: EventKind) -> None:
    at = inspect.signature(events.KINDS[kind]).parameters["at"]
    assert at.kind is inspect.Parameter.KEYWORD_ONLY
    assert at.default is inspect.Parameter.empty


def test_fields_are_in_the_order_of_the_schema() -> None:
    assert events.Event._fields == tuple(name for name, _, _ in schema.EVENT_FIELDS)
    assert effects.Effect._fields == tuple(name for name, _, _ in schema.EFFECT_FIELDS)
    assert [kind for _, kind in EVENT_FIELDS] == [kind for _, kind, _ in schema.EVENT_FIELDS]


def test_numpy_reads_the_same_fields() -> None:
    numpy = pytest.importorskip("numpy")
    dtype = numpy.dtype(list(EVENT_FIELDS))
    assert dtype.itemsize == 64
    for record, _ in EXAMPLES.values():
        assert tuple(numpy.frombuffer(record, dtype)[0].item()) == tuple(events.unpack(record))


def test_a_limit_order() -> None:
    record = events.submit(
        1, 2, "SELL", price="0.525", size=Decimal("7.5"), tif=Tif.GTC, post_only=True, turn=6,
        origin="TAKER_ARB", generation=3, at=NOON_NS + 1,
    )  # fmt: skip
    assert events.unpack(record) == events.Event(
        time_ns=NOON_NS + 1, order_id=1, size=7_500_000, amount=6, token=2, price_pips=5250,
        generation=3, kind=EventKind.INTENT_SUBMIT, side=Side.SELL, code=Tif.GTC,
        flags=Flag.ORDER_POST_ONLY | Origin.TAKER_ARB << 2,
    )  # fmt: skip


def test_a_snapshot_packs_three_levels_a_record_bids_first() -> None:
    bids = [(f"0.{50 - i}", str(10 + i)) for i in range(4)]
    records = events.snapshot(4, bids=bids, asks=[("0.55", "7")], venue_time=5, at=9)
    first, second, third = map(events.unpack, records)
    assert (first.code, first.side, first.flags) == (3, Side.BUY, Flag.SNAP_FIRST)
    assert (first.price_pips, first.size) == (5000, 10_000_000)
    assert (first.bid_pips, first.amount) == (4900, 11_000_000)
    assert (first.ask_pips, first.order_id) == (4800, 12_000_000)
    assert (second.code, second.price_pips, second.flags) == (1, 4700, 0)
    assert (third.code, third.side, third.flags) == (1, Side.SELL, Flag.SNAP_LAST)
    assert {e.venue_time_ns for e in (first, second, third)} == {5}


def test_a_snapshot_of_an_empty_book_is_one_record() -> None:
    (record,) = events.snapshot(4, bids=[], asks=[], at=9)
    event = events.unpack(record)
    assert (event.code, event.flags) == (0, Flag.SNAP_FIRST | Flag.SNAP_LAST)


def test_an_empty_side_of_the_best_is_0_or_10_000() -> None:
    event = events.unpack(events.delta(0, "BUY", price="0.5", size="0", best=(None, None), at=1))
    assert (event.bid_pips, event.ask_pips, event.flags) == (0, 10_000, Flag.BOOK_BEST)


MISTAKES = [
    (lambda: events.submit(1, 0, "BUY", price=0.52, size="1", at=1), "price: pass "),  # type: ignore[arg-type]
    (lambda: events.submit(1, 0, "BUY", price="1.01", size="1", at=1), "price: price 1.01"),
    (lambda: events.submit(1, 0, "BUY", price="0.5", size="-1", at=1), "size: "),
    (lambda: events.submit(1, 0, "BUY", price="0.5", amount="1", at=1), "size: a GTC BUY takes"),
    (lambda: events.submit(1, 0, "BUY", price="0.5", size="1", tif="FAK", at=1), "amount: a FAK"),
    (lambda: events.submit(1, 0, "BUY", price="0.5", at=1), "size: "),
    (lambda: events.submit(0, 0, "BUY", price="0.5", size="1", at=1), "order: 0 is outside"),
    (lambda: events.submit(1, 0, "BID", price="0.5", size="1", at=1), "side: 'BID' is none of"),
    (lambda: events.submit(1, 0, "BUY", price="0.5", size="1", tif="IOC", at=1), "tif: 'IOC'"),
    (lambda: events.submit(1, -1, "BUY", price="0.5", size="1", at=1), "token: -1"),
    (lambda: events.submit(1, 0, "BUY", price="0.5", size="1", origin="FOREIGN", at=1), "origin: "),
    (lambda: events.submit(1, 0, "BUY", price="0.5", size="1", turn=True, at=1), "turn: "),
    (lambda: events.submit(1, 0, "BUY", price="0.5", size="1", expiry="soon", at=1), "expiry: "),
    (lambda: events.submit(1, 0, "BUY", price="0.5", size="1", at="30s"), "at: time '30s'"),
    (lambda: events.trade(1, 0, "BUY", trade=1, price="0.5", size="1", role="maker", at=1), "role"),
    (lambda: events.rejected(1, "NO", at=1), "reason: 'NO' is none of OTHER"),
    (lambda: events.rejected(1, "OTHER", batch=-1, at=1), "batch: -1"),
    (lambda: events.accepted(1, "LIVE", at=1), "status: 'LIVE'"),
    (lambda: events.accepted(1, matched="1e3", at=1), "matched: size '1e3'"),
    (lambda: events.market(0, tick="0.02", min_size="5", fee_rate="0", at=1), "tick: 0.02"),
    (lambda: events.market(0, tick="0.1", min_size="5", fee_rate="2", at=1), "fee_rate: "),
    (lambda: events.delta(0, "BUY", price="0.5", size="1", best=("2", None), at=1), "bid: "),
    (lambda: events.snapshot_levels(0, "BUY", levels=[("0.5", "1")] * 4, at=1), "levels: 4"),
    (lambda: events.snapshot(0, bids=[("0.5", 1)], asks=[], at=1), "levels: "),  # type: ignore[list-item]
    (lambda: events.opening(cash="-1", at=1), "cash: cash -1 is negative"),
    (lambda: events.opening(cash="1", token=0, size="1", at=1), "cash: give cash, or"),
    (lambda: events.deposit(token=0, at=1), "cash: give cash, or"),
    (lambda: events.adjustment(at=1), "cash: give cash, or"),
    (lambda: events.venue("NORMAL", lasts="5", at=1), "lasts: duration '5'"),
    (lambda: events.venue("NORMAL", lasts=-5, at=1), "lasts: -5"),
    (lambda: events.operator("STOP", at=1), "code: 'STOP' is none of DRAIN"),
    (lambda: events.wake_on(0, "MIDNIGHT", at=1), "wakes: 'MIDNIGHT' is none of BBO"),
    (lambda: events.heartbeat("DEAD", at=1), "state: 'DEAD'"),
    (lambda: events.retire(0, generation=65_536, at=1), "generation: 65536"),
    (lambda: events.raw(1, token=-1, at=1), "token: -1 is outside 0 to"),
    (lambda: events.raw(1, sise=1, at=1), "sise: an event record has no such field"),
    (lambda: events.unpack(b"x" * 63), "an event record has 64 bytes, not 63"),
    (lambda: effects.unpack(b"x" * 64), "an effect record has 72 bytes, not 64"),
    (lambda: effects.unpack_all(b"x" * 100), "100 bytes are no whole number of 72"),
]


@pytest.mark.parametrize("build, message", MISTAKES, ids=[message for _, message in MISTAKES])
def test_a_mistake_names_the_field(build, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises((ValueError, TypeError)) as caught:
        build()
    assert str(caught.value).startswith(message)


def test_a_wrong_unit_stays_a_unit_error() -> None:
    with pytest.raises(units.UnitError):
        events.split(0, size="0.0000001", at=1)


@given(st.binary(min_size=64, max_size=64))
def test_any_64_bytes_are_read_and_written_back(record: bytes) -> None:
    assert events.unpack(record).pack() == record


@given(st.integers(1, 9_999), st.integers(1, 10**12), st.integers(1, 2**64 - 1))
def test_decimals_come_through(pips: int, size: int, order: int) -> None:
    event = events.unpack(
        events.submit(
            order, 0, "BUY", price=units.format_price(pips), size=units.format_size(size), at=NOON
        )
    )
    assert (event.order_id, event.price_pips, event.size) == (order, pips, size)


def test_building_needs_neither_numpy_nor_the_core() -> None:
    code = (
        "import sys; from clobstep import events, show;"
        "show.event(events.timer(at=1));"
        "sys.exit('numpy' in sys.modules or 'clobstep.core' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
