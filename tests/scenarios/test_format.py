"""The scenarios' own format: what is wrong is said by file and line, nothing goes unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from clobstep import Engine
from scenarios import scenario

GOOD = "1s  submit 1 0 BUY 100@0.52 post_only  | SUBMIT 1 amount=52 ; ORDER 1 SENT"


def first_wrong(tmp_path: Path, *rows: str) -> list[str]:
    """What the first row that is not as expected says; setup `trading`, TIMER ignored."""
    path = tmp_path / "case.txt"
    path.write_text("\n".join(["# a case", "use trading", "ignore TIMER", *rows]), encoding="utf-8")
    read = scenario.load(path)
    engine = Engine(read.config)
    return next(
        (wrong for row in read.rows if (wrong := scenario.run(engine, row, read.ignored))), []
    )


def test_what_is_as_expected_says_nothing(tmp_path: Path) -> None:
    assert first_wrong(tmp_path, GOOD, "cash reserved=52", "orders 1") == []


@pytest.mark.parametrize(
    "row",
    [
        "1s  submit 1 0 BUY 100@0.52 post_only  | SUBMIT 1",  # one effect left out
        "1s  submit 1 0 BUY 100@0.52 post_only  | -",  # all of them
        "1s  submit 1 0 BUY 100@0.52 post_only  | SUBMIT 1 ; ORDER 1 SENT ; CANCEL 1",  # one more
        "1s  submit 1 0 BUY 100@0.52 post_only  | SUBMIT 1 amount=53 ; ORDER 1 SENT",  # a field
        "1s  submit 1 0 BUY 100@0.52 post_only  | SUBMIT 1 ; SUBMIT 1",  # each stands for one
        "1s  timer | ORDER 1 SENT",
    ],
)
def test_no_effect_goes_unnoticed(tmp_path: Path, row: str) -> None:
    assert first_wrong(tmp_path, row) != []


def test_expected_and_got_stand_side_by_side(tmp_path: Path) -> None:
    wrong = first_wrong(tmp_path, GOOD.replace("amount=52", "amount=53"))
    assert [line.split(maxsplit=1)[0] for line in wrong] == ["expected", "SUBMIT", "ORDER"]
    assert "SUBMIT 1 amount=53" in wrong[1]
    assert "SUBMIT 1 price=0.52 size=100 amount=52 post_only=yes" in wrong[1]


@pytest.mark.parametrize(
    "look, said",
    [
        ("cash reserved=51", "reserved=52, expected 51"),
        ("order 1 state=LIVE", "state=SENT, expected LIVE"),
        ("order 2 state=LIVE", "there is none"),
        ("order 1 none", "order 1 is there"),
        ("book 0 ask=none", "ask=0.54, expected none"),
        ("orders", "orders [1], expected []"),
        ("counter submits=2", "submits=1, expected 2"),
        ("levels 0 BUY 300@0.51", "levels [(5100, 300000000), (5000, 200000000)], expected"),
        ("engine session=DRAINING", "session=TRADING, expected DRAINING"),
    ],
)
def test_a_look_says_what_differs(tmp_path: Path, look: str, said: str) -> None:
    (line,) = first_wrong(tmp_path, GOOD, look)
    assert line.startswith(said)


@pytest.mark.parametrize(
    "row, reason",
    [
        ("1s  submit 1 0 BUY 100@0.52", "names its effects after |"),
        ("1s  submit 1 0 BUY 100@0.52 | SUBMIT", "1 values without a name"),
        ("1s  submit 1 0 BUY 100@0.52 | SUBMIT 1 colour=red", "colour"),
        ("1s  submit 1 0 BUY 100@0.52 | SUBMIT 1 ;", "missing between"),
        ("1s  submit 1 0 BUY 100@0.52 | SENT 1", "SENT"),
        ("1s  submit 1 0 BUY 100@0.52 colour=red | -", "colour: the builder has no such"),
        ("1s  submit 1 0 BUY 100@1.52 | -", "price: price 1.52"),
        ("1s  accepted 1 MAYBE | -", "status: 'MAYBE' is none of"),
        ("cash reserved", "reserved"),
        ("cash", "which fields?"),
        ("cash reserved=1 | -", "has no effects"),
        ("order 1 state=DEAD", "'DEAD' is none of"),
        ("config colour=1", "EngineConfig has no such field"),
        ("ignore EVERYTHING", "EVERYTHING"),
        ("1y  timer | -", "1y"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(tmp_path: Path, row: str, reason: str) -> None:
    with pytest.raises(scenario.ScenarioError) as caught:
        first_wrong(tmp_path, row)
    assert str(caught.value).startswith("case.txt:4: ")
    assert reason in str(caught.value)
