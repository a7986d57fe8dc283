"""Sums beyond 2**61 are a fault that changes nothing; the engine halts and goes on booking."""

import struct

from clobstep import Engine, EngineConfig
from clobstep.enums import MAX_SIZE, NO_TOKEN, EventKind, Fault

LIMIT = 1 << 61
START_NS = 1_790_000_000_000_000_000


def deposit(amount: int) -> bytes:
    head = struct.pack("<qqQQqq", START_NS, 0, 0, 0, 0, amount)
    return head + struct.pack("<IhhhHBBBB", NO_TOKEN, 0, 0, 0, 0, EventKind.DEPOSIT, 0, 0, 0)


def test_a_sum_beyond_the_limit_halts_and_is_not_booked() -> None:
    engine = Engine(EngineConfig(tokens=2, orders=8, fills=16, tombstones=16))
    whole = LIMIT // MAX_SIZE
    for _ in range(whole):
        assert not engine.view.halted
        engine.step(deposit(MAX_SIZE))
    before = engine.view.cash
    assert before.settled == whole * MAX_SIZE <= LIMIT
    engine.step(deposit(MAX_SIZE))
    assert engine.view.halted
    assert engine.view.fault == Fault.OVERFLOW
    assert engine.view.cash == before
    assert engine.check() == 0
    engine.step(deposit(0))
    assert engine.view.cash == before
