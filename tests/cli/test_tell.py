"""`clobstep tell`: what it says, where, and its exit codes; who listens is a stand-in."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio
from click.testing import CliRunner, Result

from clobstep.cli import main
from clobstep.live.operator import WORDS, Answer, Operator, Said, control_path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "c.toml"
    path.write_text(f'[session]\npath = "{tmp_path}/live.clob"\n')
    return path


@contextmanager
def listening(config: Path) -> Iterator[list[Said]]:
    """A process that refuses `halt`, follows no market, and takes all else; what it heard."""
    heard: list[Said] = []
    ready = threading.Event()
    tokens: list[trio.lowlevel.TrioToken] = []
    scope = trio.CancelScope()
    path = control_path(config.parent / "live.clob")

    async def hear(said: Said, who: str) -> Answer:
        assert who
        heard.append(said)
        if said.market:
            return Answer(False, "no market of this process", usable=False)
        return Answer(said.word != "halt", "so it is")

    async def work() -> None:
        tokens.append(trio.lowlevel.current_trio_token())
        async with trio.open_nursery() as nursery:
            with scope:
                nursery.start_soon(Operator(path, hear, on_note=lambda _: None).run)
                while not path.exists():
                    await trio.sleep(0)
                ready.set()
                await trio.sleep_forever()
            nursery.cancel_scope.cancel()

    thread = threading.Thread(target=trio.run, args=(work,))
    thread.start()
    assert ready.wait(10)
    try:
        yield heard
    finally:
        tokens[0].run_sync_soon(scope.cancel)
        thread.join()


def tell(config: Path, *args: str) -> Result:
    done = CliRunner().invoke(main, ["tell", "-c", str(config), *args])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done


def test_a_word_that_is_taken_refused_or_about_no_market(config: Path) -> None:
    with listening(config) as heard:
        done = tell(config, "deposit", "250.00")
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout == (
            f"deposit 250.00: so it is\nnext: clobstep tell -c {config} status\n"
        )
        done = tell(config, "drain")
        assert f"next: clobstep tell -c {config} resume" in done.stdout
        done = tell(config, "halt")
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr == "Error: halt: so it is\n"
        done = tell(config, "lift-hold", "--market", "a-slug")
        assert done.exit_code == 2
        assert done.stderr == "Error: lift-hold a-slug: no market of this process\n"
    assert heard == [
        Said("deposit", "250.00"), Said("drain"), Said("halt"), Said("lift-hold", "", "a-slug"),
    ]  # fmt: skip


def test_json_in_every_case(config: Path) -> None:
    with listening(config):
        for word, code in (("resume", 0), ("halt", 1)):
            done = tell(config, word, "--json")
            assert done.exit_code == code
            assert json.loads(done.stdout) == {
                "word": word, "amount": "", "market": "", "outcome": "",
                "ok": code == 0, "said": "so it is",
            }  # fmt: skip


@pytest.mark.parametrize(
    "args, said",
    [
        (["go"], "'go': no such word; there are status, drain"),
        (["deposit"], "deposit: say how much"),
        (["deposit", "0.0000001"], "deposit: "),
        (["drain", "5"], "drain: it has no amount"),
        (["halt", "--market", "a-slug"], "it is about all markets"),
        (["lift-loss-stop"], "name its market with --market SLUG"),
        ([], "Missing argument 'WORD'"),
    ],
)
def test_what_is_no_word_is_said_to_nobody(config: Path, args: list[str], said: str) -> None:
    with listening(config) as heard:
        done = tell(config, *args)
    assert done.exit_code == 2
    assert said in done.stderr
    assert heard == []


def test_nobody_listens(config: Path) -> None:
    done = tell(config, "status")
    assert done.exit_code == 2
    assert "nobody listens (No such file or directory); start `clobstep live`" in done.stderr
    assert tell(config.with_name("none.toml"), "status").exit_code == 2


def test_help_says_every_word_of_the_table() -> None:
    shown = CliRunner().invoke(main, ["tell", "--help"])
    assert shown.exit_code == 0
    for word in WORDS:
        assert f"\n    {word} " in shown.stdout
