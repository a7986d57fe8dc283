"""The lines: what a kind uses is shown in words, and any bytes give a line."""

from __future__ import annotations

import struct
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clobstep import effects, enums, schema, show
from clobstep.enums import EffectKind, EventKind
from clobstep.show import _words
from face.examples import EXAMPLES

EFFECT = struct.Struct("<QqQQqqqIhHBBBBI")
NOON_NS = 1_795_435_200_000_000_000


def record(kind: EffectKind, **fields: int) -> bytes:
    blank = dict.fromkeys(effects.Effect._fields, 0)
    return EFFECT.pack(*(blank | {"kind": kind, "time_ns": NOON_NS} | fields).values())


EFFECTS = {
    EffectKind.REFUSED: (
        record(EffectKind.REFUSED, ref=EventKind.INTENT_SUBMIT, order_id=1, code=36),
        "REFUSED INTENT_SUBMIT order 1: OFF_TICK - price is not on the market's tick grid",
    ),
    EffectKind.SUBMIT: (
        record(
            EffectKind.SUBMIT, order_id=1, size=100_000_000, amount=52_000_000, price_pips=5200,
            flags=1, ref=17,
        ),
        "SUBMIT order 1 BUY 100 of token 0 at 0.52 GTC post-only, 52.00 pUSD, salt 17",
    ),
    EffectKind.CANCEL: (record(EffectKind.CANCEL, order_id=1), "CANCEL order 1"),
    EffectKind.QUERY: (record(EffectKind.QUERY, order_id=1), "QUERY order 1"),
    EffectKind.ORDER: (
        record(
            EffectKind.ORDER, order_id=1, code=7, size=40_000_000, ref=60_000_000,
            deadline_ns=40_000_000, flags=67, aux=4,
        ),
        ("ORDER 1 CANCELED, filled 40, leaves 0, canceled 60, reversed 40, dropped: CANCEL_ASKED, "
        "FOREIGN"),
    ),
    EffectKind.FILL: (
        record(
            EffectKind.FILL, order_id=1, ref=9, side=1, size=10_000_000, price_pips=5400,
            amount=174_000, deadline_ns=5_400_000, code=1, token=1,
        ),
        ("FILL order 1 SELL 10 of token 1 at 0.54, TAKER by ORDER_ROLE, cash 5.40, fee 0.174, "
        "trade 9"),
    ),
    EffectKind.SETTLED: (
        record(EffectKind.SETTLED, order_id=1, ref=9, code=6, size=10_000_000),
        "SETTLED trade 9 of order 1 FAILED, size 10",
    ),
    EffectKind.TIMER: (
        record(EffectKind.TIMER, deadline_ns=NOON_NS),
        "TIMER at 2026-11-23T12:00:00.000000000Z",
    ),
    EffectKind.RESYNC: (record(EffectKind.RESYNC, token=2), "RESYNC token 2"),
    EffectKind.RECONCILE: (record(EffectKind.RECONCILE), "RECONCILE"),
    EffectKind.ALERT: (
        record(EffectKind.ALERT, code=26, amount=-5_000_000, token=enums.NO_TOKEN),
        ("ALERT BALANCE_DIFFERS by -5 - reported balance outside of what is in flight; "
        "amount = difference"),
    ),
    EffectKind.WAKE: (
        record(EffectKind.WAKE, token=3, flags=33, generation=1),
        "WAKE token 3 (generation 1) BBO FEED",
    ),
    EffectKind.HALT: (record(EffectKind.HALT, code=3, aux=12), "HALT INVARIANT, detail 12"),
    EffectKind.MERGE: (record(EffectKind.MERGE, size=10_000_000), "MERGE 10 of token 0"),
    EffectKind.SPLIT: (record(EffectKind.SPLIT, size=10_000_000), "SPLIT 10 of token 0"),
    EffectKind.REDEEM: (record(EffectKind.REDEEM, size=10_000_000), "REDEEM 10 of token 0"),
    EffectKind.REFRESH: (record(EffectKind.REFRESH, token=5), "REFRESH token 5"),
}  # fmt: skip


@pytest.mark.parametrize("kind", EventKind, ids=lambda k: k.name)
def test_the_line_of_an_event(kind: EventKind) -> None:
    built, line = EXAMPLES[kind]
    assert show.event(built) == line
    assert show.event(built, time=True) == f"2026-11-23T12:00:00.000000000Z {line}"


@pytest.mark.parametrize("kind", EffectKind, ids=lambda k: k.name)
def test_the_line_of_an_effect(kind: EffectKind) -> None:
    built, line = EFFECTS[kind]
    assert show.effect(built) == line
    assert show.effect(built, time=True) == f"2026-11-23T12:00:00.000000000Z {line}"


def test_the_effects_of_a_step_are_a_line_each() -> None:
    step = b"".join(built for built, _ in EFFECTS.values())
    assert show.effects(step) == [line for _, line in EFFECTS.values()]
    assert show.effects(b"") == []


def test_every_alert_and_refusal_says_what_it_means() -> None:
    for name, code, doc in schema.ALERTS:
        assert show.effect(record(EffectKind.ALERT, code=code)).endswith(f" - {doc}")
        assert f"ALERT {name} " in show.effect(record(EffectKind.ALERT, code=code))
    for name, code, doc in schema.REFUSALS:
        assert show.effect(record(EffectKind.REFUSED, code=code)).endswith(f": {name} - {doc}")


@pytest.mark.parametrize(
    "code, fields, part",
    [
        (enums.Alert.BREAKER_OPEN, {"deadline_ns": NOON_NS}, "until 2026-11-23T12:00:00"),
        (enums.Alert.GLOBAL_BREAKER_OPEN, {"deadline_ns": NOON_NS}, "until 2026-11-23T12:00:00"),
        (enums.Alert.VENUE_STATE, {"aux": 4}, "now RESTARTING"),
        (enums.Alert.LOSS_STOP, {"aux": 1}, "of the day"),
        (enums.Alert.LOSS_STOP, {"aux": 7}, "of the 7"),
        (enums.Alert.OVERFILL, {"order_id": 8}, "order 8, token 0"),
    ],
)
def test_an_alert_shows_what_it_is_about(
    code: enums.Alert, fields: dict[str, int], part: str
) -> None:
    assert part in show.effect(record(EffectKind.ALERT, code=code, **fields))


def test_words_are_those_of_the_schema() -> None:
    assert {name: doc for name, _, doc in schema.REFUSALS} == _words.REFUSALS
    assert {name: doc for name, _, doc in schema.ALERTS} == _words.ALERTS


def test_kinds_there_are_not() -> None:
    assert show.event(bytes(64)) == "event kind 0: there is none"
    assert show.effect(bytes(72)) == "effect kind 0: there is none"


@pytest.mark.parametrize("size", [0, 63, 65, 72])
def test_another_length_is_no_event(size: int) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        show.event(bytes(size))


@pytest.mark.parametrize("size", [0, 64, 71])
def test_another_length_is_no_effect(size: int) -> None:
    with pytest.raises(ValueError, match="72 bytes"):
        show.effect(bytes(size))


def assert_a_line(line: str) -> None:
    assert line
    assert line.isprintable()
    assert line == line.strip()


@given(st.sampled_from(sorted(EventKind)), st.binary(min_size=64, max_size=64))
def test_any_bytes_are_a_line_whatever_the_kind(kind: int, noise: bytes) -> None:
    assert_a_line(show.event(noise[:60] + bytes([kind]) + noise[61:]))
    assert_a_line(show.event(noise, time=True))


@given(st.sampled_from(sorted(EffectKind)), st.binary(min_size=72, max_size=72))
def test_any_bytes_are_an_effect_whatever_the_kind(kind: int, noise: bytes) -> None:
    assert_a_line(show.effect(noise[:64] + bytes([kind]) + noise[65:]))
    assert_a_line(show.effect(noise, time=True))


def test_the_ends_of_every_field_are_shown() -> None:
    for fill, kind in product((b"\x00", b"\xff", b"\x80", b"\x7f"), range(256)):
        assert_a_line(show.event(fill * 60 + bytes([kind]) + fill * 3, time=True))
        assert_a_line(show.effect(fill * 64 + bytes([kind]) + fill * 7, time=True))
    least = b"\x00" * 7 + b"\x80"  # the least int64, in every field of 8 bytes
    for kind in range(256):
        assert_a_line(show.event(least * 7 + bytes(4) + bytes([kind]) + bytes(3), time=True))
        assert_a_line(show.effect(least * 8 + bytes([kind]) + bytes(7), time=True))
