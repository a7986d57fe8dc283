"""`Engine.apply_deltas`: the book path alone, as `clobstep bench` and book rebuilds use it."""

import numpy as np

from clobstep import EVENT_DTYPE, Engine, EngineConfig
from clobstep.bench import streams
from clobstep.enums import EventKind


def stream(n: int = 3_000) -> tuple[streams.Stream, streams.Array]:
    made = streams.make(seed=3, n=n)
    return made, streams.deltas(made)


def engine(made: streams.Stream) -> Engine:
    made_engine = Engine(EngineConfig(tokens=2, orders=8, fills=16, tombstones=16))
    for record in streams.snapshot(made, 0):
        made_engine.step(record.tobytes())
    return made_engine


def test_books_and_checksum_are_those_of_step() -> None:
    made, deltas = stream()
    alone, stepped = engine(made), engine(made)
    checksum = alone.apply_deltas(deltas)
    by_step = 0
    for record in deltas:
        stepped.step(record.tobytes())
        book = stepped.view.book(0)
        by_step += 31 * book.bid_pips + book.ask_pips
    assert checksum == by_step
    assert made.checksum == checksum // made.tick_pips
    for side in (0, 1):
        assert alone.view.levels(0, side) == stepped.view.levels(0, side)
    assert alone.check() == stepped.check() == 0


def test_other_kinds_and_malformed_records_are_passed_over() -> None:
    made, deltas = stream(50)
    plain, mixed = engine(made), engine(made)
    extra = np.zeros(3, EVENT_DTYPE)
    extra["time_ns"] = deltas["time_ns"][0]
    extra["kind"] = (EventKind.TIMER, EventKind.BOOK_DELTA, 255)
    extra["price_pips"][1] = 10_001
    joined = np.concatenate([deltas[:20], extra, deltas[20:]])
    joined["time_ns"] = np.maximum.accumulate(joined["time_ns"])
    assert mixed.apply_deltas(joined) == plain.apply_deltas(deltas)
    assert mixed.view.levels(0, 0) == plain.view.levels(0, 0)


def test_many_alerts_do_not_halt() -> None:
    """Prices that need a wide ladder, with none left: an alert each that nobody hears."""
    one = Engine(EngineConfig(tokens=2, wide_books=0, orders=8, fills=16, tombstones=16))
    deltas = np.zeros(5_000, EVENT_DTYPE)
    deltas["kind"] = EventKind.BOOK_DELTA
    deltas["time_ns"] = 1_790_000_000_000_000_000
    deltas["price_pips"] = 5_001
    deltas["size"] = 1_000_000
    one.apply_deltas(deltas)
    assert not one.view.halted
    assert one.view.levels(0, 0) == []


def test_allocated_bytes_do_not_depend_on_events() -> None:
    made, deltas = stream(500)
    one = engine(made)
    before = one.allocated_bytes
    for record in deltas:
        one.step(record.tobytes())
    assert one.allocated_bytes == before
    assert Engine(EngineConfig(tokens=4)).allocated_bytes > before
