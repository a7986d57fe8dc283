"""`clobstep tour`: what it shows is so, it proves itself, and it says so when it is not."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clobstep.cli import main, play, script, tour
from clobstep.cli.view import Printer


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["tour", *args])


@pytest.fixture(scope="module")
def printed() -> str:
    result = run()
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_scene_is_as_expected() -> None:
    played = play.play()
    wrong = [
        (scene.title, fact.label, fact.seen, fact.expected)
        for scene in played.scenes
        for fact in scene.facts
        if not fact.ok
    ]
    assert wrong == []
    assert played.proof.ok
    assert all(scene.facts for scene in played.scenes)


def test_the_script_is_the_same_at_every_call() -> None:
    assert script.scenes()[5].events == script.scenes()[5].events
    assert [s.title for s in script.scenes()] == [s.title for s in script.scenes()]


def test_it_shows_what_it_promises(printed: str) -> None:
    for words in (
        "OPENING 1000.00 pUSD",
        "MAKER by ORDER_ROLE",
        "QUEUED",
        "SUBMIT order 3 BUY 90 of RAIN-YES at 0.51",
        "OFF_TICK",
        "do: Round the price",
        "POST_ONLY_CROSS",
        "SELF_TRADE",
        "BREAKER_OPEN",
        "TRADE_FAILED",
        "UNHEDGED_ENDED",
        "every invariant holds",
        "profit 0.40 pUSD",
    ):
        assert words in printed
    assert "expected" not in printed.replace("all as expected", "")


def test_the_last_line_is_the_next_command(printed: str) -> None:
    last = printed.rstrip().splitlines()[-1]
    assert last == f"all as expected; next: {tour.NEXT}"
    done = CliRunner().invoke(main, tour.NEXT.split()[1:])
    assert done.exit_code == 0


def test_plain_output_has_no_escape_codes_and_fits(printed: str) -> None:
    assert "\x1b" not in printed
    assert max(map(len, printed.splitlines())) <= 160


def test_styled_output_says_the_same() -> None:
    out = io.StringIO()
    played = play.play()
    tour._print(Printer.make(out, styled=True), played, False)
    text = out.getvalue()
    assert "\x1b[" in text
    bare = re.sub(r"\x1b\[[0-9;]*m", "", text)
    for line in ("every invariant holds", "all as expected; next:", "SELF_TRADE"):
        assert line in bare


def test_json_is_one_document() -> None:
    result = run("--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["ok"] is True
    assert document["check"] == 0
    assert set(document["chains"].values()) == {document["chain"]}
    assert len(document["chains"]) == 3
    assert document["events"] == len(document["records"])
    assert document["events"] == sum(len(scene["steps"]) for scene in document["scenes"])
    assert document["profit"] == "0.40"
    assert document["ledger"][0]["settled"] == "1000.40"


def test_saved_records_are_the_session(tmp_path: Path) -> None:
    path = tmp_path / "tour.bin"
    assert run("--json", "--save", str(path)).exit_code == 0
    assert path.read_bytes() == b"".join(e for s in script.scenes() for e in s.events)
    shown = CliRunner().invoke(main, ["show", str(path)])
    assert shown.exit_code == 0
    assert len(shown.stdout.splitlines()) == path.stat().st_size // 64


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    result = run("--save", str(tmp_path / "no" / "tour.bin"))
    assert result.exit_code == 2
    assert "--save: cannot write" in result.stderr
    assert "No such file or directory" in result.stderr


def test_slow_pauses_and_says_the_same(monkeypatch: pytest.MonkeyPatch, printed: str) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(tour.time, "sleep", pauses.append)
    assert run("--slow").stdout == printed
    assert len(pauses) >= len(script.scenes())


def test_a_fact_that_is_not_so_is_shown_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = script.scenes()
    wrong = script.Fact("cash spendable", lambda _: "999.99", "1000.00")
    bad = script.Scene(first.title, first.story, first.events, (wrong,))
    monkeypatch.setattr(play, "scenes", lambda: (bad, *rest))
    result = run()
    assert result.exit_code == 1
    assert "999.99  expected 1000.00" in result.stdout
    assert "NOT as expected" in result.stdout
    assert json.loads(run("--json").stdout)["ok"] is False


def test_a_core_that_does_not_load_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "clobstep.cli.play", None)
    result = run()
    assert result.exit_code == 1
    assert "the core does not load" in result.stderr
    assert "pip install ." in result.stderr


def test_another_chain_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "repeat", lambda _: [("all in one batch", 1)])
    result = run()
    assert result.exit_code == 1
    assert "chain 0000000000000001 OTHER" in result.stdout
