"""Single lines: what is a message, what is a time, and that no bytes can break it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clobstep.imports import envelope
from clobstep.imports.envelope import LineError
from imports.lines import CONDITION, MS, change, session, tick

SHAPES = [
    lambda message: message,
    lambda message: [message, message],
    lambda message: {"capturedAt": MS / 1000, "payload": message},
    lambda message: {"source": "clob", "recv_wall_ts": MS, "payload": json.dumps(message)},
    lambda message: {"received_at": "2026-05-28T20:26:40.5Z", "payload": json.dumps([message])},
]


@pytest.mark.parametrize("wrap", SHAPES)
@pytest.mark.parametrize("spaced", [(",", ":"), (", ", ": ")])
def test_the_usual_form_and_every_other_give_the_same(wrap: Any, spaced: tuple[str, str]) -> None:
    message = change(5, "0.5", "1")
    line = envelope.read(json.dumps(wrap(message), separators=spaced).encode() + b"\r\n")
    for found in line.messages:
        assert json.loads(found.raw) == message
        assert (found.kind, found.condition) == ("price_change", CONDITION)
        assert found.time_ns == (MS + 5) * 1_000_000
    odd = message | {"timestamp": MS + 5}  # a number, not text
    assert [m.time_ns for m in envelope.read(json.dumps(wrap(odd)).encode()).messages] == [
        (MS + 5) * 1_000_000
    ] * len(line.messages)


def test_a_payload_wins_over_a_message_around_it() -> None:
    outer = {**change(1, "0.5", "1"), "payload": change(7, "0.4", "1")}
    (found,) = envelope.read(json.dumps(outer).encode()).messages
    assert found.time_ns == (MS + 7) * 1_000_000


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"}", b"[", b"null", b"1", b'"x"', b"{}", b"[{}]", b"[1]", b'{"payload": 1}',
     b'{"payload": null}', b'{"payload": "{"}', b'{"payload": "\\ud800"}', b'{"payload": "\xff"}',
     b'{"event_type": "book", "timestamp": "12345678901234567890"}', b"[" * 100_000,
     b'{"a":' * 100_000],
)  # fmt: skip
def test_what_is_no_message_says_why(line: bytes) -> None:
    with pytest.raises(LineError) as error:
        envelope.read(line)
    reason, _ = error.value.args
    assert reason


def test_of_an_array_only_what_is_one_is_taken() -> None:
    line = envelope.read(json.dumps([1, {}, session()[0]]).encode())
    assert len(line.messages) == 1
    assert [problem.args[0] for problem in line.problems] == [envelope.STRANGE] * 2


@given(st.data())
def test_no_bytes_break_it(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from(SHAPES))
    line = bytearray(json.dumps(shape(tick(1, "0.01", "0.001"))).encode())
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(line) - 1))
        line[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(line)))
    with suppress(LineError):
        assert envelope.read(bytes(line[:cut])).messages


@given(st.binary(max_size=60))
def test_noise_is_no_message(noise: bytes) -> None:
    with pytest.raises(LineError):
        envelope.read(noise)


def test_metadata_that_cannot_be_read_is_left_out() -> None:
    book = {"tick_size": "0.003", "min_order_size": 5, "neg_risk": "yes"}
    assert envelope.metadata_of(json.dumps(book).encode()) == {"min_size": 5_000_000}
    assert envelope.tick_before(json.dumps(tick(0, "0.02", "0.01")).encode()) == {}
