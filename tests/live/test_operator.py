"""A person's word to a running process, over real sockets."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from clobstep import units
from clobstep.enums import EventKind, SessionState, Wake
from clobstep.live import operator
from clobstep.live.operator import WORDS, Answer, Operator, Said, TellError, ask, control_path
from clobstep.session.series import Series
from clobstep.venue.notes import Note
from clobstep_sim.server.server import Running
from clobstep_sim.world import KNOBS
from live.room import Desk, differences, trader, until, venue

pytestmark = pytest.mark.xdist_group("live")

GOES_ON = (SessionState.TRADING, SessionState.DRAINING)
OF_ONE = ("lift-hold", "lift-loss-stop", "reset-breaker", "clear-unhedged")


class Idle:
    """Trades nothing, so that only a person changes anything."""

    wakes = Wake.BBO | Wake.SIGNAL

    def on_wake(self, turn: Any) -> None:
        """It has no opinion."""


async def say(path: Path, *given: str, **more: Any) -> Answer:
    return await trio.to_thread.run_sync(partial(ask, path, *given, **more))


async def raw(path: Path, sent: bytes, *, ends: bool = False) -> dict[str, Any]:
    """What is answered to these bytes."""
    async with await trio.open_unix_socket(path) as stream:
        await stream.send_all(sent)
        if ends:
            await stream.send_eof()
        found = b""
        while not found.endswith(b"\n"):
            found += await stream.receive_some()
    told: dict[str, Any] = json.loads(found)
    return told


# ---- the line alone: who listens answers that it heard


@asynccontextmanager
async def listening(path: Path) -> AsyncIterator[list[Any]]:
    """A listener that takes all; what it heard, and its notes."""
    heard: list[Any] = []

    async def hear(said: Said, who: str) -> Answer:
        heard.append((said, who))
        return Answer(True, f"heard {said}")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(Operator(path, hear, on_note=heard.append).run)
        await until(lambda: path.exists() or heard)
        yield heard
        nursery.cancel_scope.cancel()


def test_one_line_in_and_one_out(tmp_path: Path) -> None:
    async def main() -> None:
        path = control_path(tmp_path / "live.clob")
        assert path.name == "live.clob-control"
        async with listening(path) as heard:
            assert stat.S_ISSOCK(path.lstat().st_mode)
            assert stat.S_IMODE(path.lstat().st_mode) == 0o600
            assert [p.name for p in tmp_path.iterdir()] == [path.name]
            assert await say(path, "deposit", "25.5") == Answer(True, "heard deposit 25.5")
            assert heard == [(Said("deposit", "25.5"), f"uid {os.getuid()}, pid {os.getpid()}")]
            told = await raw(path, b'{"word": "lift-hold", "market": "a-slug"}\n')
            assert told == {"ok": True, "said": "heard lift-hold a-slug"}
        assert not path.exists()

    trio.run(main)


@pytest.mark.parametrize(
    "sent, said",
    [
        (b"\n", "it is no word: Input data was truncated"),
        (b"drain\n", "it is no word: JSON is malformed"),
        (b"\xff\xfe\x00\n", "it is no word"),
        (b'{"word": "dr\xff"}\n', "it is no word"),
        (b"[" * 3_000 + b"\n", "it is no word"),
        (b"7\n", "Expected `object`"),
        (b"{}\n", "missing required field `word`"),
        (b'{"word": 1}\n', "Expected `str`"),
        (b'{"word": "drain", "now": 1}\n', "unknown field `now`"),
        (b'{"word": "deposit", "amount": 5}\n', "Expected `str`"),
        (b'{"word": "drain"}\n{"word": "resume"}\n', "trailing characters"),
        (
            b'{"word": "DRAIN\\u001b[2J"}\n',
            "'DRAIN\\x1b[2J': no such word; there are status, drain",
        ),
        (b'{"word": "drain", "market": "a-slug"}\n', "it is about all markets"),
        (b'{"word": "lift-hold", "market": "a\\u001b[2J"}\n', "'a\\x1b[2J': neither a slug"),
        (b'{"word": "drain", "\\u001b[2J": 1}\n', "unknown field `\\x1b[2J`"),
        (b'{"word": "drain", "amount": "1"}\n', "drain: it has no amount"),
        (b'{"word": "lift-loss-stop"}\n', "name its market with --market SLUG"),
        (b'{"word": "clear-unhedged"}\n', "name its market with --market SLUG"),
        (b'{"word": "deposit"}\n', "say how much"),
        (b'{"word": "deposit", "amount": "0"}\n', "0 is not above 0"),
        (b'{"word": "deposit", "amount": "-1"}\n', "-1 is not above 0; there is a word for less"),
        (b'{"word": "deposit", "amount": "1.0000001"}\n', "deposit: "),
        (b'{"word": "withdrawal", "amount": "1e3"}\n', "withdrawal: "),
        (b'{"word": "deposit", "amount": "nan"}\n', "deposit: "),
        (b'{"word": "found", "amount": "1", "market": "m"}\n', "--market SLUG --outcome NAME"),
        (b'{"word": "found", "amount": "1", "outcome": "YES"}\n', "--market SLUG --outcome NAME"),
        (b'{"word": "lift-hold", "market": "m", "outcome": "YES"}\n', "shares are those of"),
        (b"x" * 5_000, "a word has at most 4096 bytes"),
    ],
)
def test_what_is_no_word_is_answered_and_never_heard(
    tmp_path: Path, sent: bytes, said: str
) -> None:
    async def main() -> None:
        path = tmp_path / "c"
        async with listening(path) as heard:
            told = await raw(path, sent)
            assert (told["ok"], told["usable"]) == (False, False)
            assert said in told["said"]
            assert told["said"].isprintable()
            assert heard == [Note("operator", f"not heard: {told['said']}")]
            assert (await say(path, "drain")).ok  # and it listens on

    trio.run(main)


def test_who_is_silent_or_goes_away_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operator, "SILENT_S", 0.3)

    async def main() -> None:
        path = tmp_path / "c"
        async with listening(path) as heard:
            assert "no whole line" in (await raw(path, b'{"word": "drain"}', ends=True))["said"]
            async with await trio.open_unix_socket(path) as gone:
                await gone.send_all(b'{"word":')
            async with await trio.open_unix_socket(path) as gone:
                await gone.send_all(b'{"word": "drain"}\n')
            async with await trio.open_unix_socket(path) as silent:
                assert (await say(path, "drain")).ok
                found = json.loads(await silent.receive_some())
            assert found["said"] == "no whole line of JSON came within 0.3 s"
            assert (await say(path, "halt")).ok
            await until(lambda: len([h for h in heard if not isinstance(h, Note)]) == 3)

    trio.run(main)


def test_what_a_dead_process_left_is_replaced_and_what_is_others_is_not(tmp_path: Path) -> None:
    async def main() -> None:
        path = tmp_path / "c"
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
        async with trio.open_nursery() as nursery:  # its file is there all the time

            async def hear(said: Said, who: str) -> Answer:
                return Answer(True, said.word + who[:0])

            nursery.start_soon(Operator(path, hear, on_note=pytest.fail).run)
            left = path.lstat().st_ino
            await until(lambda: path.lstat().st_ino != left)
            assert await say(path, "drain") == Answer(True, "drain")
            notes: list[Note] = []
            await Operator(path, hear, on_note=notes.append).run()
            assert "another process listens there" in notes[0].text
            assert (await say(path, "halt")).ok  # the first one still does
            nursery.cancel_scope.cancel()
        assert not path.exists()
        path.write_text("somebody's")
        await Operator(path, hear, on_note=notes.append).run()
        assert "is there and is no socket; move it away" in notes[1].text
        assert path.read_text() == "somebody's"

    trio.run(main)


@pytest.mark.parametrize("name, said", [("n" * 200, "shorter session.path"), ("no/c", "No such")])
def test_where_nobody_can_listen_a_note_says_why(tmp_path: Path, name: str, said: str) -> None:
    notes: list[Note] = []

    async def main() -> None:
        await Operator(tmp_path / name, pytest.fail, on_note=notes.append).run()

    trio.run(main)
    assert notes[0].kind == "operator"
    assert said in notes[0].text
    assert list(tmp_path.iterdir()) == []


def test_nobody_listens_or_nobody_answers(tmp_path: Path) -> None:
    path = tmp_path / "c"
    with pytest.raises(TellError, match=r"nobody listens .* start `clobstep live`"):
        ask(path, "drain")
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(path))
        deaf.listen()
        found = ask(path, "drain", timeout_s=0.1)
    assert not found.ok
    assert "it may have been heard or not" in found.said
    with pytest.raises(TellError, match="nobody listens"):
        ask(path, "drain")


# ---- a whole process


@asynccontextmanager
async def running(tmp_path: Path) -> AsyncIterator[tuple[Desk, Running, Path]]:
    """A trader that trades nothing at a venue; ended at the end."""
    async with venue() as there, trader(tmp_path, there.port, strategy=Idle()) as desk:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(desk.trader.run)
            path = control_path(Path(desk.config.session.path))
            await until(lambda: desk.view.session == SessionState.TRADING)
            yield desk, there, path
            desk.trader.stop()
        assert desk.trader.proven
        assert not path.exists()


def test_every_word_of_the_table(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as (desk, _, path):
            (info, *_) = desk.trader.infos.values()
            told = {}
            for word in ("status", "drain", "resume", "cancel-all", *OF_ONE):
                market = info.slug if word in OF_ONE else ""
                told[word] = await say(path, word, market=market)
            for word in ("lift-hold", "reset-breaker"):
                assert (await say(path, word)).ok  # of all
                assert (await say(path, word, market=info.condition)).ok
            told["deposit"] = await say(path, "deposit", "25.50")
            assert desk.view.cash.settled == 1_025_500_000
            told["withdrawal"] = await say(path, "withdrawal", "25.5")
            assert desk.view.cash.settled == 1_000_000_000
            told["found"] = await say(path, "found", "0.000003")
            assert desk.view.cash.settled == 1_000_000_003
            of_no = {"market": info.slug, "outcome": info.outcomes[1].upper()}
            assert (await say(path, "found", "5.5", **of_no)).ok
            assert desk.view.token(1).settled == 5_500_000
            told["missing"] = await say(path, "missing", "0.5", **of_no | {"outcome": "no"})
            assert desk.view.token(1).settled == 5_000_000
            assert desk.view.token(0).settled == 0
            beyond = await say(path, "found", "9000000000", **of_no)
            assert not beyond.ok
            assert "REFUSED ADJUSTMENT" in beyond.said
            third = await say(path, "found", "1", **of_no | {"outcome": "MAYBE"})
            assert (third.ok, third.usable) == (False, False)
            told["halt"] = await say(path, "halt")
            assert set(told) == set(WORDS)
            assert all(answer.ok for answer in told.values()), told
            assert told["status"].said == "TRADING; cash 1000.00 pUSD; 0 open orders"
            assert told["drain"].said.startswith("taken; DRAINING;")
            assert told["resume"].said.startswith("taken; TRADING;")
            assert "HALTED by OPERATOR" in told["halt"].said
            refused = await say(path, "resume")
            assert not refused.ok
            assert refused.usable
            assert "REFUSED OPERATOR" in refused.said
            unknown = await say(path, "lift-hold", market="no-such")
            assert not unknown.ok
            assert not unknown.usable
            assert unknown.said.startswith("no-such: no market of this process")
            assert info.slug in unknown.said
            notes = [note.text for note in desk.notes if note.kind == "operator"]
            who = f"uid {os.getuid()}, pid {os.getpid()}"
            assert [n for n in notes if n.startswith(f"{who} said deposit 25.50: taken; TRADING")]
            assert len(notes) == len(WORDS) - 1 + 4 + 2 + 3

    trio.run(main)
    with Series.open(tmp_path / "live.clob") as session:
        kept = [note.text for note in session.notes() if note.kind == "operator"]
        codes = [
            int(row["code"])
            for part in session.events()
            for row in part[part["kind"] == EventKind.OPERATOR]
        ]
    assert any("said halt: taken; HALTED by OPERATOR" in text for text in kept)
    assert set(range(8)) <= set(codes)


def moved(there: Running) -> tuple[str, str]:
    """A person moves the exchange's cash: the word for it, and how much."""
    exchange = there.venue.exchange
    before = exchange.money(1)["settled"]
    there.venue.world.begin(KNOBS.index("money_every"))
    micros = exchange.money(1)["settled"] - before
    assert micros
    amount = units.format_cash(units.CashMicros(abs(micros)))
    return ("deposit" if micros > 0 else "withdrawal"), amount


async def reread(desk: Desk) -> None:
    reads = desk.trader.account.reads
    desk.trader.account.want()
    await until(lambda: desk.trader.account.reads > reads)
    assert (await say(control_path(Path(desk.config.session.path)), "status")).ok  # it was heard


def test_money_moved_by_hand_is_told_and_the_session_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as (desk, there, path):
            assert (await say(path, "drain")).ok
            word, amount = moved(there)
            assert (await say(path, word, amount)).ok
            await reread(desk)
            assert desk.view.session == SessionState.DRAINING
            assert (await say(path, "resume")).said.startswith("taken; TRADING")
            await reread(desk)
            assert desk.view.session == SessionState.TRADING
            assert differences(desk, there) == []
            assert not [note for note in desk.notes if "BALANCE_DIFFERS" in note.text]

    trio.run(main)


@pytest.mark.parametrize("drained", [False, True])
def test_after_a_halt_it_is_told_stopped_and_started(tmp_path: Path, drained: bool) -> None:
    """A drain that a person said stands through it; the one that ends a process does not."""

    async def main() -> None:
        async with venue() as there:
            async with trader(tmp_path, there.port, strategy=Idle()) as desk:
                path = control_path(Path(desk.config.session.path))
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(desk.trader.run)
                    await until(lambda: desk.view.session == SessionState.TRADING)
                    word, amount = moved(there)
                    desk.trader.account.want()
                    await until(lambda: desk.view.halted)
                    assert not drained or (await say(path, "drain")).ok
                    assert "HALTED by RECONCILE" in (await say(path, word, amount)).said
                    assert differences(desk, there) == []
                    await reread(desk)
                    assert desk.view.halted
                    desk.trader.stop()
                way_out = f"clobstep tell -c {desk.config.path} deposit|withdrawal AMOUNT"
                said = [note.kind for note in desk.notes if way_out in note.text]
                assert said == ["alert", "halt"]
            async with (
                trader(tmp_path, there.port, strategy=Idle()) as desk,
                trio.open_nursery() as nursery,
            ):
                nursery.start_soon(desk.trader.run)
                await until(lambda: desk.view.session in GOES_ON)
                if drained:
                    assert desk.view.session == SessionState.DRAINING
                    assert (await say(path, "resume")).ok
                assert desk.view.session == SessionState.TRADING
                assert differences(desk, there) == []
                desk.trader.stop()

    trio.run(main)


def test_a_new_session_is_told_nothing_before_it_has_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its opening takes in what the account holds: a deposit told as well would count twice."""
    told: list[Answer] = []

    async def main() -> None:
        async with venue() as there, trader(
            tmp_path, there.port, strategy=Idle(), dry_run=True
        ) as desk:  # fmt: skip
            path = control_path(Path(desk.config.session.path))
            openings = desk.trader._openings

            async def asked() -> bytes:
                await until(path.exists)
                told.extend([await say(path, "deposit", "5"), await say(path, "status")])
                return await openings()

            monkeypatch.setattr(desk.trader, "_openings", asked)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(desk.trader.run)
                await until(lambda: desk.view.session == SessionState.TRADING)
                assert (await say(path, "deposit", "5")).ok  # in a dry run too
                desk.trader.words.is_ending = True
                assert "the process is ending" in (await say(path, "resume")).said
                desk.trader.stop()

    trio.run(main)
    assert "the session has not begun" in told[0].said
    assert not told[0].ok
    assert told[1].ok


def test_an_amount_beyond_all_and_an_engine_that_does_not_hear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clobstep.live.orders.words.BUSY_S", 0.05)

    async def main() -> None:
        async with running(tmp_path) as (desk, _, path):
            much = await say(path, "deposit", "99999999999999")
            assert not much.ok
            assert desk.view.cash.settled == 1_000_000_000

            async def never() -> None:
                await trio.sleep_forever()

            with monkeypatch.context() as while_busy:
                while_busy.setattr(desk.trader.task, "stepped", never)
                busy = await say(path, "drain")
            assert not busy.ok
            assert "the engine is busy" in busy.said

    trio.run(main)
