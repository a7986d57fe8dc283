"""Lines in batches: the same as one by one, wherever a block ends and whatever stands between."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recordings
from clobstep.imports import batches, envelope, jsonl
from clobstep.imports._lines import KINDS, Lines, gathered
from clobstep.imports.envelope import LineError
from clobstep.imports.run import ImportResult
from clobstep.session.reader import Session
from imports.lines import CONDITION, MS, YES, book, change, session, tick, trade
from imports.tables import imported
from imports.test_envelope import SHAPES

MESSAGES = [change(1, "0.5", "1"), book(2, [("0.1", "5")], []), trade(3), tick(4, "0.01", "0.001")]
CASES = [{"hashes": "never"}, {"hashes": "always"}, {"hashes": "never", "sort": True}]


def read(line: bytes) -> Lines:
    lines = Lines(0, 1 << 20)
    assert lines.read(line, 0, 6, True) == len(line)
    assert lines.number == 6 + bool(line)
    return lines


# ---- One line


@pytest.mark.parametrize("wrap", SHAPES)
@pytest.mark.parametrize("message", MESSAGES)
def test_a_usual_line_is_one(wrap: Any, message: Any) -> None:
    line = json.dumps(wrap(message)).encode()
    known = not line.startswith(b"[") and b'"[' not in line
    assert (read(line).odd is None) is (known and b"received_at" not in line)


def same_as_envelope(line: bytes) -> None:
    """Odd, or exactly what envelope.py finds."""
    lines = read(line)
    if lines.odd is not None:
        assert lines.odd == line
        return
    coarse, empty = lines.coarse, lines.empty
    text, ends, times, received, numbers, _, kinds = lines.take()
    if not len(ends):
        assert empty == [7] or not line.strip()
        return
    found = envelope.read(line)
    (message,) = found.messages
    assert (text[:-1], KINDS[kinds[0]], times[0]) == (message.raw, message.kind, message.time_ns)
    assert lines.conditions == [message.condition.encode()]
    assert received[0] == (found.received_ns if found.received_fine else 0)
    assert coarse == ([7] if found.received_ns and not found.received_fine else [])
    assert (message.in_array, found.problems) == (False, [])
    assert (ends.tolist(), numbers.tolist()) == ([len(text)], [7])


PIECES = [
    b"\\", b'"', b"\xe9", b"\xc3\xa9", b"\x00", b"\x7f", b"{", b"}", b"[", b",", b":", b" ", b"\t",
    b"\\u0041", b"\\n", b"9", b"-", b"0", b".", b"1e5", b"null", b'"payload":1,', b'"market":"x",',
    b'"event_type":"book",', b'"timestamp":"1780000000009",', b'"recv_ts":"1780000000.5",',
    b'"captured_at":1780000000,',
]  # fmt: skip


@given(st.data())
def test_whatever_a_line_holds_it_is_odd_or_right(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from(SHAPES))
    compact = data.draw(st.booleans())
    made = json.dumps(
        shape(data.draw(st.sampled_from(MESSAGES))),
        separators=(",", ":") if compact else (", ", ": "),
    )
    line = bytearray(made.encode())
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(line)))
        line[at : at + data.draw(st.integers(0, 2))] = data.draw(st.sampled_from(PIECES))
    same_as_envelope(bytes(line).replace(b"\n", b""))


@pytest.mark.parametrize(
    "time",
    ["1780000000", "1780000000.0", "1780000000.123456789123", "1780000000123", "1780000000123.5",
     "1780000000123456", "1780000000123456789", '"1780000000123"', '" 1780000000123"', '"1."', "0",
     "1577836799", "1577836800", "4102444799", "4102444800", "-1", "null", "[1]",
     "12345678901234567890", "1780000000e0", '"2026-05-28T20:26:40.5Z"'],
)  # fmt: skip
@pytest.mark.parametrize("name", envelope.RECEIVED)
def test_receive_times(name: str, time: str) -> None:
    message = json.dumps(change(0, "0.5", "1"))
    same_as_envelope(f'{{"{name}":{time},"payload":{message}}}'.encode())
    same_as_envelope(f'{{"captured_at":1780000000,"{name}":{time},"payload":{message}}}'.encode())


def test_numbers_that_other_readers_may_not_take_are_odd() -> None:
    message = json.dumps(change(0, "0.5", "1"))
    for number in ("1e999", "01", "-", "1.", ".5", "1" * 400, "+1", "1e", "--1"):
        same_as_envelope(f'{{"recv_ts":{MS},"seq":{number},"payload":{message}}}'.encode())


# ---- Repeated lines


@pytest.mark.parametrize("remembered", [0, 1, 3, 700])
def test_a_repeated_line_is_found_among_so_many(remembered: int) -> None:
    rng = random.Random(remembered)
    lines, recent, expected = Lines(remembered, 1 << 20), [], []
    written = [json.dumps(change(rng.randrange(1_500), "0.5", "1")).encode() for _ in range(4_000)]
    for number, line in enumerate(written, 1):
        if line in (recent[-remembered:] if remembered else recent):
            expected.append(number)
        else:
            recent.append(line)
    lines.read(b"\n".join(written), 0, 0, True)
    assert lines.repeated == expected
    assert lines.held == 4_000 - len(expected)


# ---- Whole files


def hostile(seed: int) -> bytes:
    """Usual lines with all sorts of others between them."""
    rng = random.Random(seed)
    made: list[bytes] = []
    first = [*session(), [session()[0], {}], {"event_type": "weather", "timestamp": str(MS)}]
    for k in range(300):
        bad = change(k, "0.48005" if rng.random() < 0.1 else "0.48", str(1 + k % 7))
        message = rng.choice([bad, bad, bad, trade(k - rng.randrange(9)), *first])
        wrap = rng.choice(SHAPES if rng.random() < 0.3 else SHAPES[:1])
        line = json.dumps(wrap(message) if isinstance(message, dict) else message).encode()
        line = line[: rng.randrange(len(line))] if rng.random() < 0.05 else line
        made += [line] * (1 + (rng.random() < 0.05))
        if rng.random() < 0.1:
            made.append(rng.choice([b"", b"  \r", b"no JSON", b"{}", b"[]", b"\xff", made[0]]))
    if seed % 2:
        announced = {"event_type": "new_market", "market": CONDITION, "assets_ids": [YES, "5"]}
        made.insert(9, json.dumps(announced | {"timestamp": str(MS)}).encode())
    return b"\n".join(made)


def told(result: ImportResult) -> Any:
    """All that an import gives, but the size of the file, which its rows decide."""
    with Session.open(result.out) as found:
        records = [chunk.tobytes() for chunk in found.events()]
        manifest = found.manifest
    said = json.dumps(result.as_dict())  # with the order of its keys
    result.out.unlink()
    return said, records, manifest, result.recording.notes, result.recording.facts_of


def both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: list[Path], **more: Any
) -> None:
    monkeypatch.setattr(batches, "BLOCK_BYTES", 1 << 20)
    monkeypatch.setattr(batches, "FEW", 1 << 30)  # each message by itself
    expected = told(imported(tmp_path, *paths, **more))
    monkeypatch.setattr(batches, "FEW", 0)
    for size in (1 << 20, 4_096, 333):
        monkeypatch.setattr(batches, "BLOCK_BYTES", size)
        assert told(imported(tmp_path, *paths, **more)) == expected


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(4))
def test_hostile_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, case: dict[str, Any]
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(hostile(seed))
    two.write_bytes(gzip.compress(hostile(seed + 1) + b"\n"))
    both_ways(tmp_path, monkeypatch, [one, two], **case)


@pytest.mark.parametrize("case", CASES)
def test_a_real_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: dict[str, Any]) -> None:
    path = recordings.data("market_ws/btc_5m_2026-04-21.jsonl")
    both_ways(tmp_path, monkeypatch, [path], **case)


def test_more_messages_than_are_held_at_once(tmp_path: Path) -> None:
    lines = [json.dumps(change(k, "0.48", str(1 + k % 9))) for k in range(40_000)]
    path = tmp_path / "a"
    path.write_text("\n".join([json.dumps(session()[0]), *lines]))
    for sort in (False, True):
        result = imported(tmp_path, path, hashes="never", sort=sort)
        assert result.recording.tallies[0].taken == 40_001
        assert result.counters["deltas"] == 40_000
        result.out.unlink()


def test_a_line_that_is_too_long_is_taken_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "LINE_BYTES", 1_000)
    path = tmp_path / "a"
    long = b"x" * 2_500
    path.write_bytes(long + b"\n" + json.dumps(session()[0]).encode() + b"\n" + b"y" * 1_000)
    monkeypatch.setattr(batches, "BLOCK_BYTES", 100)
    result = imported(tmp_path, path)
    (tally,) = result.recording.tallies
    assert tally.skipped["no JSON"].first == [1, 2, 3, 5]
    assert tally.read == 5


def test_parts_of_texts() -> None:
    of, firsts = np.array([1, 0, 1], np.int32), np.array([0, 1, 2])
    assert gathered([b"abc", b"defg"], of, firsts, np.array([2, 3, 4])) == b"debcfg"
    for ends in ([2, 4, 4], [2, 0, 4], [2, 3]):
        with pytest.raises(ValueError, match=r"part of its text|of one length"):
            gathered([b"abc", b"defg"], of, firsts, np.array(ends))
    with pytest.raises(ValueError, match="row 0 is of no text"):
        gathered([b"abc"], of, firsts, np.array([2, 3, 3]))


def test_the_remembered_lines_of_an_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "REMEMBERED", 2)
    odd, usual = b"[" + json.dumps(session()[0]).encode() + b"]", json.dumps(trade(5)).encode()
    path = tmp_path / "a"
    path.write_bytes(b"\n".join([odd, usual, odd, usual, json.dumps(trade(6)).encode(), odd]))
    (tally,) = imported(tmp_path, path, hashes="never").recording.tallies
    assert tally.skipped["the same line again"].first == [3, 4]


def test_a_broken_line_says_why() -> None:
    with pytest.raises(LineError):
        envelope.read(read(b'{"event_type":"book"').odd or b"")
