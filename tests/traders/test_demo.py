"""`clobstep demo`: what it shows is so, anywhere, twice in a row, with and without plots."""

from __future__ import annotations

import importlib.resources
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from clobstep import demo
from clobstep.cli import demo as demo_command
from clobstep.cli import main, trading
from clobstep.cli.demo import SETTINGS
from clobstep.report import html
from clobstep.session.reader import Session


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["demo", *args])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> trading.Outcome:
    """Of one run of the demo, kept by the way."""
    kept: list[trading.Outcome] = []
    trade = trading.trade

    def keep(*args: Any, **given: Any) -> trading.Outcome:
        kept.append(trade(*args, **given))
        return kept[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trading, "trade", keep)
        page = tmp_path_factory.mktemp("demo") / "page.html"
        assert run("--report", str(page), "--json").exit_code == 0
    return kept[0]


@pytest.fixture
def ran(here: Path, outcome: trading.Outcome, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same run again, without the work of it."""
    copy = replace(outcome, html=None, html_bytes=0)
    monkeypatch.setattr(trading, "trade", lambda *_, **__: copy)
    monkeypatch.setattr(demo_command, "_recording", lambda *_: None)
    return here


def test_twice_in_a_row_it_says_the_same(here: Path) -> None:
    first, again = run(), run()
    assert first.exit_code == again.exit_code == 0, first.output
    lines = [
        [line for line in result.stdout.splitlines() if " s for import" not in line]
        for result in (first, again)
    ]
    assert lines[0] == lines[1]
    text = first.stdout
    for words in (
        "crossing fills only",
        "session                     btc_15m_2026-09-28\n",
        "latency model               50ms each way; feed 50ms (no receive times recorded)",
        "ASSUMED",
        "Held inventory is valued at: payout.",
        "The ledger's cash is what the fills explain, to the micro.",
        "same chain: OK",
        "report: clobstep-demo.html",
        "next: clobstep import FILE... -o S.clob",
    ):
        assert words in text
    assert [path.name for path in here.iterdir()] == ["clobstep-demo.html"]
    page = (here / "clobstep-demo.html").read_text()
    assert "btc_15m_2026-09-28" in page
    assert "<script src" not in page


def test_what_it_kept_is_a_session_to_go_on_with(here: Path) -> None:
    result = run("-o", "S.clob", "--report", "page.html")
    assert result.exit_code == 0
    last = result.stdout.rstrip().splitlines()[-1]
    assert last == "next: clobstep inspect S.clob --at -1"
    with Session.open(here / "S.clob") as session:
        assert session.sealed
        assert len(session.manifest.markets) == 2
    again = CliRunner().invoke(main, ["paper", "S.clob", "--no-report", "-s", "noop"])
    assert again.exit_code == 0
    assert "crossing fills only" in again.stdout


def test_json_is_one_document_and_nothing_else(ran: Path) -> None:
    result = run("--json")
    found = json.loads(result.stdout, parse_constant=pytest.fail)
    assert result.stderr == ""
    assert found["replay"]["same"] is True
    assert found["session"] is None
    assert found["html"] == "clobstep-demo.html"
    assert found["report"]["header"]["session"] == "btc_15m_2026-09-28"
    assert found["report"]["summary"]["total"]["fills"] > 100
    assert {"seconds", "chain", "counts", "band"} <= set(found)


def test_files_that_were_named(here: Path) -> None:
    (here / "mine.clob").write_text("mine")
    for args, words in (
        (["-o", "mine.clob"], "-o mine.clob: the file is there already; name another"),
        (["-o", "no/S.clob"], "-o no/S.clob: there is no folder no"),
        (["--report", "no/page.html"], "--report no/page.html: there is no folder no"),
        (["-o", "."], "is a directory"),
    ):
        result = run(*args)
        assert result.exit_code == 2
        assert words in result.stderr
    assert [path.name for path in here.iterdir()] == ["mine.clob"]


def test_where_nothing_can_be_written(ran: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures are shown all the same, and where the report could go."""

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(html, "write", refuse)
    result = run()
    assert result.exit_code == 0
    assert (
        "no report: clobstep-demo.html: Permission denied; name a place with --report FILE"
        in result.stdout
    )
    assert "same chain: OK" in result.stdout
    assert run("--report", "page.html").exit_code == 2


def small(path: Path, *_: object) -> int:
    return path.write_bytes(b"page")


def test_what_is_no_file_is_written_to_and_never_replaced(
    ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device or a pipe that was named stays one; run as root, a rename would take its place."""
    monkeypatch.setattr(html, "write", small)
    pipe = ran / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run("--report", "pipe").exit_code == 0
        assert os.read(reader, 99) == b"page"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert [path.name for path in ran.iterdir()] == ["pipe"]


def test_a_link_stays_a_link(ran: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "write", small)
    (ran / "page.html").write_text("old")
    (ran / "link.html").symlink_to("page.html")
    assert run("--report", "link.html").exit_code == 0
    assert (ran / "link.html").is_symlink()
    assert (ran / "page.html").read_text() == "page"


def test_without_plotly(ran: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "_plotly", lambda: None)
    result = run()
    assert result.exit_code == 0
    assert "without plots: pip install 'clobstep[report]'" in result.stdout
    assert (ran / "clobstep-demo.html").stat().st_size < 500_000


def test_a_replay_that_differs_is_exit_code_1(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trading.Outcome, "ok", False)
    assert run().exit_code == 1


def test_the_data_is_small_and_said_to_be_whose() -> None:
    files = list(importlib.resources.files("clobstep.demo").iterdir())
    data = [demo.FOLDER / file.name for file in files if not file.name.startswith("__")]
    assert sum(path.stat().st_size for path in data) < 1_000_000
    notice = (demo.FOLDER / "NOTICE").read_text()
    assert "CC BY 4.0" in notice
    assert "Resolved Markets" in notice


def test_its_settings_are_told_in_the_readme() -> None:
    """README: "a quote of 20 shares a cent from the mid on both sides"."""
    assert (SETTINGS["size"], SETTINGS["width_pips"]) == ("20.0", "0.01")
