"""Latency as it is written down: constant, a table over time, drawn; and what cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clobstep_sim.replayed.latency import Latency, LatencyError, leg, read

MS = 1_000_000


def failing(text: str) -> str:
    with pytest.raises(LatencyError) as error:
        read(text)
    return str(error.value)


def values(latency: Latency) -> tuple[int, int, int]:
    legs = (latency.submit, latency.cancel, latency.answer)
    return legs[0].constant_ns, legs[1].constant_ns, legs[2].constant_ns


def test_one_for_all_or_each_its_own() -> None:
    assert values(read(None)) == (50 * MS, 50 * MS, 50 * MS)
    assert values(read("1.5ms")) == (1_500_000,) * 3
    assert values(read("submit=60ms,cancel=40ms,answer=30ms")) == (60 * MS, 40 * MS, 30 * MS)
    assert values(read("cancel=1us")) == (50 * MS, 1_000, 50 * MS)
    assert read(read("20ms")) == read("20ms")


def test_its_words_for_a_header() -> None:
    assert read(None).text == "50ms each way"
    assert read("submit=60ms").text == "submit 60ms, cancel 50ms, answer 50ms"


@pytest.mark.parametrize(
    "text, words",
    [
        ("0ms", "latency 0ms: zero makes a result that nobody can have"),
        ("0s", "zero makes"),
        ("", "latency: duration ''"),
        ("20", "latency: duration '20'"),
        ("-5ms", "latency: duration '-5ms'"),
        ("61m", "latency 61m: an hour is the most"),
        ("1e3ms", "latency: duration '1e3ms'"),
        ("submit=0ms", "zero makes"),
        ("sumbit=5ms", "latency: 'sumbit' is none of submit, cancel, answer"),
        ("submit=5ms,submit=6ms", "latency: submit is given twice"),
        ("submit=5ms,", "latency: '' is none of submit"),
        ("submit=", "latency: duration ''"),
        ("=5ms", "latency: '' is none of submit"),
        ("lognormal:", "latency: duration ''"),
        ("lognormal:20ms:x", "lognormal:20ms:x: sigma 'x' is no number such as 0.5"),
        ("lognormal:20ms:0", "sigma is above 0 and at most 3"),
        ("lognormal:20ms:nan", "sigma is above 0 and at most 3"),
        ("lognormal:20ms:inf", "sigma is above 0 and at most 3"),
        ("lognormal:20ms:-1", "sigma is above 0 and at most 3"),
        ("lognormal:999ns:1", "the median is at least 1us"),
        ("table:", "table: names no file"),
        ("table:nowhere.csv", "table:nowhere.csv: No such file or directory"),
        ("table:.", "table:.: Is a directory"),
    ],
)
def test_what_cannot_be_is_named(text: str, words: str) -> None:
    assert words in failing(text)


def test_drawn_latency_has_its_median_and_spread() -> None:
    drawn = leg("lognormal:20ms:0.5").quantiles
    logs = np.log(np.array(drawn) / (20 * MS))
    assert abs(np.median(logs)) < 1e-3
    assert abs(np.std(logs) - 0.5) < 5e-3
    assert min(drawn) > 0
    assert all(value % 1_000 == 0 for value in drawn)
    assert leg("lognormal:20ms").quantiles == drawn
    assert max(leg("lognormal:59m:3").quantiles) == 3_600_000 * MS


def table(tmp_path: Path, text: str) -> str:
    path = tmp_path / "latency.csv"
    path.write_text(text)
    return f"table:{path}"


def test_a_table(tmp_path: Path) -> None:
    text = "time,latency\n# quiet\n1000,20000000\n\n1970-01-01T00:00:01Z,1.5ms\n"
    made = leg(table(tmp_path, text))
    assert made.rows == ((1_000, 20 * MS), (1_000_000_000, 1_500_000))
    assert made.text == "table:latency.csv"
    kind, _, at, value = made.spec
    assert (kind, len(at), len(value)) == (1, 16, 16)


@pytest.mark.parametrize(
    "text, words",
    [
        ("5,1ms\n5,2ms\n", "line 2: its time is not after the line before it"),
        ("5,1ms\n4,2ms\n", "line 2: its time is not after the line before it"),
        ("5,0ms\n", "line 1: a latency is above zero, an hour at most"),
        ("5,2h\n", "line 1: a latency is above zero, an hour at most"),
        ("5\n", "line 1: '5' is not `time,latency`"),
        ("5,1ms,2\n", "line 1: duration '1ms,2'"),
        ("soon,1ms\n", "line 1: time 'soon'"),
        ("", "no line `time,latency`"),
        ("# nothing\n", "no line `time,latency`"),
    ],
)
def test_a_wrong_line_of_a_table_is_named(tmp_path: Path, text: str, words: str) -> None:
    assert words in failing(table(tmp_path, text))


def test_a_table_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x=y.csv"
    path.write_bytes(b"\xff\x00")
    assert failing(f"table:{path}").endswith("is no text")
