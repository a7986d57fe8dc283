"""`clobstep paper`: what it prints and writes, its exit codes, and what it says to wrong input."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from clobstep import Engine, EngineConfig
from clobstep.cli import main, trading
from clobstep.replay import verify
from clobstep.report import html
from clobstep.session.manifest import Holds, Manifest
from clobstep.session.reader import Session
from clobstep.session.recorder import Recorder
from clobstep.session.writer import SessionWriter
from clobstep_sim.replayed.recording import Recording
from paper.desk import START, Tape

CONFIG = EngineConfig(tokens=2, stale_after_ns=1 << 50)


def recording() -> Recording:
    made = Tape()
    for k in range(60):
        mid = 50 + (k % 7) - (k % 4)
        made.book(k * 500, [(f"0.{mid - 1}", "20")], [(f"0.{mid + 1}", "20")])
        made.trade(
            k * 500 + 200, "SELL" if k % 2 else "BUY", f"0.{mid - 2 + 4 * (k % 2 == 0)}", "9"
        )
    made.resolve(40_000, "1")
    return made.recording()


def write(path: Path, **holds: bool) -> Path:
    made = recording()
    said = {"deltas": True, "prints": True, "snapshots": True, "receive_times": True} | holds
    head = Manifest.of("import", CONFIG, holds=Holds(**said), markets=[{"token": 0, "slug": "one"}])
    with SessionWriter.create(path, head) as writer:
        Recorder(Engine(CONFIG), writer).step(made.events)
        writer.seal()
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("made") / "S.clob")


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with S.clob in it, where one works."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(made, tmp_path)
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def paper(*args: str) -> Result:
    return run("paper", "S.clob", *args)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# ---- what it does


def test_it_prints_a_report_the_proof_and_what_is_next(here: Path) -> None:
    result = paper("--set", "width_pips=0.01")
    assert result.exit_code == 0, result.output
    for words in (
        "queue: every cancel was behind us (fill model risk-averse)",
        "latency model               50ms each way; feed as received",
        "Profit and loss, pUSD",
        "same chain: OK",
        "report: S-paper.html",
    ):
        assert words in result.stdout
    last = result.stdout.rstrip().splitlines()[-1]
    assert last == (
        "next: clobstep replay S-paper.clob --strategy maker --set width_pips=0.01"
    )  # fmt: skip
    assert names(here) == {"S.clob", "S-paper.clob", "S-paper.html"}
    assert run(*last.split()[2:]).exit_code == 0


def test_it_can_be_run_again(here: Path) -> None:
    assert paper("--no-report").exit_code == 0
    assert paper("--no-report").exit_code == 0
    assert names(here) == {"S.clob", "S-paper.clob"}


def test_the_files_that_were_named(here: Path) -> None:
    result = paper("-o", "run of today.clob", "--report", "page.html")
    assert result.exit_code == 0
    assert names(here) == {"S.clob", "run of today.clob", "page.html"}
    assert "next: clobstep replay 'run of today.clob' --strategy maker" in result.stdout
    with Session.open(here / "run of today.clob") as session:
        assert session.manifest.settings["strategy"]["settings"]["width_pips"] == 0


def test_json_is_one_document_and_nothing_else(here: Path) -> None:
    result = paper("--json", "--all-fills")
    assert result.exit_code == 0
    found = json.loads(result.stdout, parse_constant=pytest.fail)
    assert found["replay"]["same"] is True
    assert found["session"] == "S-paper.clob"
    assert len(found["band"]["models"]) == 7
    assert result.stderr == ""


def test_all_fills_show_the_band(here: Path) -> None:
    result = paper("--all-fills", "--fill", "power", "--no-report")
    table = result.stdout.partition("Fill models")[2].splitlines()
    lines = [line.split()[0] for line in table if "50ms" in line]
    assert sorted(lines) == [
        "front", "log", "naive", "power", "power:2", "risk-averse", "trade-through"
    ]  # fmt: skip
    assert "crossing" not in " ".join(lines)


def test_crossings_beside_a_band_are_not_in_it(here: Path) -> None:
    result = paper("--all-fills", "--fill", "crossing", "--json", "--no-report")
    found = json.loads(result.stdout)["band"]
    assert found["span_micros"] is not None
    inside = {line["fill_model"]: line["in_band"] for line in found["models"]}
    assert inside["front"]
    assert not inside["crossing"]
    assert not inside["naive"]


def test_the_most_careful_model_that_there_can_be_is_the_default(here: Path) -> None:
    write(here / "B.clob", prints=False)
    result = run("paper", "B.clob", "--no-report")
    assert result.exit_code == 0
    assert "crossing fills only" in result.stdout
    result = run("paper", "B.clob", "--fill", "risk-averse", "--no-report")
    assert result.exit_code == 2
    assert "this recording holds no prints; take fill crossing" in result.stderr


def test_a_signals_file(here: Path) -> None:
    (here / "signals.csv").write_text(f"{START + 10**9},1,1,5200,0,0\n")
    result = paper("--signals", "signals.csv", "--no-report", "--set", "width_pips=0.01")
    assert result.exit_code == 0
    assert "session                     S.clob, with 1 signals" in result.stdout
    again = run("replay", "S-paper.clob", "--strategy", "maker", "--set", "width_pips=0.01")
    assert again.exit_code == 0
    assert "same" in again.stdout


def test_every_option_reaches_the_run(here: Path) -> None:
    result = paper(
        "--latency", "submit=60ms,cancel=40ms,answer=30ms", "--feed-latency", "5ms", "--cash",
        "50.5", "--seed", "9", "--settle", "1s", "--merge-delay", "2s", "--merge-cost", "0.25",
        "--engine", "cap_orders_market=7", "--no-report",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    with Session.open(here / "S-paper.clob") as session:
        told = session.manifest.settings["paper"]
        assert session.manifest.engine_config().cap_orders_market == 7
    assert (told["cash"], told["seed"], told["settle"]) == ("50.5", 9, "1s")
    assert (told["merge_delay"], told["merge_cost"]) == ("2s", "0.25")
    assert told["latency"] == "submit=60ms,cancel=40ms,answer=30ms"
    assert "submit 60ms, cancel 40ms, answer 30ms; feed 5ms" in result.stdout


def test_a_run_that_does_not_replay_is_exit_code_1(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = verify.replay

    def differs(*args: Any, **given: Any) -> Any:
        verdict = whole(*args, **given)
        verdict.same = False
        return verdict

    monkeypatch.setattr(verify, "replay", differs)
    result = paper("--no-report")
    assert result.exit_code == 1
    assert "the engine DIFFERS" in result.stdout
    assert result.stdout.rstrip().endswith("next: clobstep replay S-paper.clob --verify")


def test_a_strategy_that_draws_is_exit_code_1(here: Path) -> None:
    (here / "dice.py").write_text(
        "import random\nfrom clobstep.strategy.maker import Maker\n"
        "class Dice(Maker):\n"
        "    def on_wake(self, turn):\n"
        "        super().on_wake(turn)\n"
        "        if random.random() < 0.5:\n"
        "            turn.cancel_all()\n"
    )
    result = paper("-s", "dice.py:Dice", "--no-report")
    assert result.exit_code == 1
    assert "the strategy DIFFERS" in result.stdout


# ---- what it says to wrong input: exit code 2, no traceback, nothing left behind


WRONG: list[tuple[list[str], str]] = [
    (["--strategy", "makr"], "no strategy 'makr': name one of maker, maker-compiled, parity"),
    (["--strategy", "no.py:X"], "no.py: no such file"),
    (["--strategy", ""], "no strategy ''"),
    (["--set", "size"], "--set size: write --set key=value."),
    (["--set", "=5"], "--set =5: write --set key=value."),
    (["--set", "size=1", "--set", "size=2"], "--set size is given twice."),
    (["--set", "size=many"], "maker: size: 'many' is no whole number"),
    (["--set", "sizes=5"], "maker has no setting 'sizes' (did you mean size?)"),
    (["--fill", "lucky"], "no fill model 'lucky'; there are crossing"),
    (["--fill", "power:0"], "only power takes a number"),
    (["--latency", "fast"], "latency: duration 'fast'"),
    (["--latency", "0ms"], "zero makes a result that nobody can have"),
    (["--latency", "table:no.csv"], "table:no.csv: No such file or directory"),
    (["--feed-latency", "x"], "feed_latency: duration 'x'"),
    (["--cash", "-5"], "cash: -5 pUSD is not in 0 to 900000000.00"),
    (["--cash", "1e99"], "cash: "),
    (["--cash", "99999999999999999999"], "cash: "),
    (["--seed", "-1"], "seed: -1 is no whole number"),
    (["--seed", "x"], "'x' is not a valid integer"),
    (["--settle", "soon"], "settle: duration 'soon'"),
    (["--merge-cost", "free"], "merge_cost: "),
    (["--engine", "speed=1"], "'speed' is no setting of the engine; see docs/reference.md"),
    (["--engine", "cooldown_ns=x"], "all settings are integers"),
    (["--engine", "cooldown_ns=-1"], "EngineConfig.cooldown_ns: -1 is outside"),
    (["--engine", "tokens=0"], "tokens: 0 places are too few, the recording has 2"),
    (["--signals", "no.csv"], "no.csv"),
    (["-o", "no/run.clob"], "-o no/run.clob: there is no folder no"),
    (["-o", "S.clob"], "S.clob: is the recording itself; name a file for the run with -o"),
    (["-o", "mine.txt"], "-o mine.txt: the file is there already; name another"),
    (["--report", "no/page.html"], "--report no/page.html: there is no folder no"),
    (["--report", "x.html", "--no-report"], "--report and --no-report do not go together."),
    (["extra"], "Got unexpected extra argument"),
]


@pytest.mark.parametrize("args, words", WRONG, ids=[" ".join(row[0]) for row in WRONG])
def test_wrong_words_are_told(here: Path, args: list[str], words: str) -> None:
    (here / "mine.txt").write_text("mine")
    result = paper(*args)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""
    assert names(here) == {"S.clob", "mine.txt"}


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5_000])


def unsealed(path: Path) -> None:
    """Left by a process that died: whole so far, with its log beside it."""
    made, head = recording(), Manifest.of("import", CONFIG, holds=Holds(deltas=True, prints=True))
    path.unlink()
    writer = SessionWriter.create(path, head)
    Recorder(Engine(CONFIG), writer).step(made.events)
    writer.commit()
    writer.close()


BAD: list[tuple[str, Callable[[Path], Any], str]] = [
    ("not there", lambda path: path.unlink(), "S.clob"),
    ("a folder", lambda path: (path.unlink(), path.mkdir()), "S.clob' is a directory"),
    ("empty", lambda path: path.write_bytes(b""), "S.clob"),
    ("text", lambda path: path.write_text("hello\n" * 99), "S.clob"),
    ("cut", cut, "S.clob"),
    ("zeros", lambda path: path.write_bytes(bytes(9_000)), "S.clob"),
]


@pytest.mark.parametrize("spoil, words", [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_session_that_is_none_is_told(
    here: Path, spoil: Callable[[Path], Any], words: str
) -> None:
    spoil(here / "S.clob")
    before = names(here)
    result = paper()
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert names(here) == before


def test_an_unsealed_session_can_be_traded_against(here: Path) -> None:
    unsealed(here / "S.clob")
    result = paper("--no-report")
    assert result.exit_code == 0, result.output
    assert "data hash" in result.stdout


def test_a_default_name_that_is_somebody_elses_is_left_alone(here: Path) -> None:
    (here / "S-paper.clob").write_text("mine")
    result = paper()
    assert result.exit_code == 2
    assert "S-paper.clob: is there already and is no paper run; name another" in result.stderr
    write(here / "T.clob").rename(here / "S-paper.clob")
    assert paper().exit_code == 2
    assert names(here) == {"S.clob", "S-paper.clob"}


@pytest.mark.parametrize(
    "text, words",
    [
        ("def on_wake(:\n", ["bad.py: bad.py, line 1: SyntaxError"]),
        ("import nowhere\n", ["No module named 'nowhere' (bad.py, line 1: import nowhere)"]),
        ("X = 5\n", ["there is no Bad in bad.py"]),
        (
            (
                "from clobstep.strategy.protocol import Plain\n"
                "class Bad(Plain):\n"
                "    def on_wake(self, turn):\n"
                "        self.helper(turn)\n"
                "    def helper(self, turn):\n"
                "        return 1 / (turn.position() - turn.position())\n"
            ),
            [
                "the strategy raised ZeroDivisionError: ",
                "  bad.py, line 4, in on_wake: self.helper(turn)",
                "  bad.py, line 6, in helper: return 1 / (turn.position() - turn.position())",
                "  at event ",
            ],
        ),
        (
            (
                "from clobstep.strategy.protocol import Plain\n"
                "class Bad(Plain):\n"
                "    def on_wake(self, turn):\n"
                "        turn.submit(0, 'BUY', 5000, 5000000)\n"
            ),
            [
                "the strategy raised TypeError: side: 'BUY' is no integer: Side.BUY is 0",
                "  bad.py, line 4, in on_wake: turn.submit(0, 'BUY', 5000, 5000000)",
            ],
        ),
        (
            (
                "from clobstep.strategy.protocol import Plain\n"
                "class Bad(Plain):\n"
                "    def on_wake(self, turn):\n"
                "        open('/nowhere/at/all')\n"
            ),
            ["the strategy raised FileNotFoundError", "bad.py, line 4, in on_wake"],
        ),
        (
            (
                "from clobstep.strategy.protocol import Plain\n"
                "class Bad(Plain):\n"
                "    def on_wake(self, turn):\n"
                "        while True: turn.cancel_all()\n"
            ),
            ["the strategy raised OverflowError: turn: more than 1024 intents"],
        ),
    ],
)
def test_a_broken_strategy_is_told_with_its_line(here: Path, text: str, words: list[str]) -> None:
    (here / "bad.py").write_text(text)
    result = paper("-s", "bad.py:Bad")
    assert result.exit_code == 2
    for word in words:
        assert word in result.stderr
    assert "Traceback" not in result.output
    assert names(here) - {"__pycache__"} == {"S.clob", "bad.py"}


def test_an_error_of_ours_keeps_its_traceback(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise LookupError("a bug")

    monkeypatch.setattr("clobstep.report.analysis.analyse", broken)
    assert isinstance(paper().exception, LookupError)


def test_a_folder_that_cannot_be_written(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trading.os, "access", lambda _, mode: mode != os.W_OK)
    result = paper()
    assert result.exit_code == 2
    assert "-o S-paper.clob: the folder . cannot be written" in result.stderr
    assert names(here) == {"S.clob"}


def full(*_: Any, **__: Any) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_is_full_of_the_report(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is whole and stays; a report that nobody named is only missed."""
    monkeypatch.setattr(html, "write", full)
    result = paper()
    assert result.exit_code == 0
    assert (
        "no report: S-paper.html: No space left on device; name a place with --report FILE"
        in result.stdout
    )
    assert names(here) == {"S.clob", "S-paper.clob"}
    result = paper("--report", "page.html")
    assert result.exit_code == 2
    assert "--report page.html: No space left on device" in result.stderr
    assert json.loads(paper("--json").stdout)["html_lacks"].startswith("S-paper.html: No space")


def test_a_disk_that_is_full_of_the_run(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def seal(self: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(SessionWriter, "_seal_chunk", seal)
    result = paper()
    assert result.exit_code == 2
    assert "the run cannot be written: database or disk is full" in result.stderr
    assert "nothing of it is kept" in result.stderr
    assert names(here) == {"S.clob"}


def test_help_has_examples_that_are_no_lies(here: Path) -> None:
    text = run("paper", "--help").output
    for line in text.splitlines():
        if "--live" in line:  # it needs a venue: tests/cli/test_record_command.py has one
            continue
        if "clobstep paper" in line and "mine.py" not in line and "Usage" not in line:
            assert run(*line.split()[1:]).exit_code == 0, line


def test_a_new_strategy_trades_and_asks_the_same_again(here: Path) -> None:
    assert run("new-strategy", "drift").exit_code == 0
    result = paper("-s", "drift.py:Drift", "--set", "size=5.0", "--no-report")
    assert result.exit_code == 0, result.output
    last = result.stdout.rstrip().splitlines()[-1]
    assert last.endswith("--strategy drift.py:Drift --set size=5.0")
    again = run(*last.split()[2:])
    assert again.exit_code == 0
    assert "same" in again.stdout
