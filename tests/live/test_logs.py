"""The log: what stands in a line, that no secret does, and that nothing waits for a disk."""

from __future__ import annotations

import io
import json
import logging
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
import trio

from clobstep.live.watch import logs as module
from clobstep.live.watch.logs import LogError, Logs
from clobstep.secret import Secret
from clobstep.venue.notes import Note
from live import room

TEXT = "correct horse battery staple"


def entries(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def said(as_json: bool, *notes: Note) -> str:
    out = io.StringIO()
    with Logs(stream=out, as_json=as_json) as logs:
        for note in notes:
            logs.note(note)
    return out.getvalue()


def test_notes_are_events_with_their_kind() -> None:
    told = entries(
        said(True, Note("metadata", "a tick"), Note("alert", "LOSS_STOP"), Note("halt", "over"))
    )
    assert [(e["level"], e["kind"], e["event"]) for e in told] == [
        ("info", "metadata", "a tick"),
        ("warning", "alert", "LOSS_STOP"),
        ("critical", "halt", "over"),
    ]
    assert all(e["timestamp"].endswith("Z") for e in told)


def test_for_a_person_it_is_a_line() -> None:
    (line,) = said(False, Note("alert", "LOSS_STOP")).splitlines()
    for words in ("warning", "LOSS_STOP", "kind=alert"):
        assert words in line


@pytest.mark.parametrize("as_json", [True, False])
def test_hostile_text_makes_no_lines_of_its_own(as_json: bool) -> None:
    text = said(as_json, Note("market_lost", "a\x1b[2J\r\nlevel=critical\u202e\ud800 {'a': 1}"))
    assert len(text.splitlines()) == 1
    assert "\x1b" not in text
    text.encode("utf-8", errors="strict" if not as_json else "backslashreplace")


@pytest.mark.parametrize("as_json", [True, False])
def test_secrets_are_taken_out_when_it_is_said(as_json: bool) -> None:
    out = io.StringIO()
    with Logs(stream=out, as_json=as_json) as logs:
        secret = Secret(TEXT)
        logs.log.info(f"it is {TEXT}", api_secret=TEXT, nested={"secret": "short", "a": [TEXT]})
        logging.getLogger("clobstep.live.x").info("also %s", TEXT)
        try:
            raise ValueError(f"wrong: {TEXT}")
        except ValueError:
            logs.log.exception("it failed")
            logging.getLogger("other").exception("so did this")
        del secret  # the lines are made already
    text = out.getvalue()
    assert TEXT not in text
    assert "short" not in text
    assert text.count("ValueError: wrong: ***") == 2
    if as_json:
        assert entries(text)[0]["nested"] == {"secret": "***", "a": ["***"]}


def test_libraries_are_heard_from_warnings_on() -> None:
    out = io.StringIO()
    with Logs(stream=out, as_json=True):
        for name in ("httpx", "clobstep", "clobstep.live", "clobstepper"):
            logging.getLogger(name).info("info of %s", name)
            logging.getLogger(name).warning("warning of %s", name)
    assert [e["event"] for e in entries(out.getvalue())] == [
        "warning of httpx",
        "info of clobstep",
        "warning of clobstep",
        "info of clobstep.live",
        "warning of clobstep.live",
        "warning of clobstepper",
    ]


def test_afterwards_logging_is_as_before() -> None:
    root, ours = logging.getLogger(), logging.getLogger("clobstep")
    before = (list(root.handlers), root.level, ours.level)
    with Logs(stream=io.StringIO()):
        assert list(root.handlers) != before[0]
    assert (list(root.handlers), root.level, ours.level) == before


# ---- files


def test_a_file_is_its_owners_only_and_is_rotated(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_text("left by another\n")
    path.chmod(0o644)
    with Logs(path, as_json=True, most_bytes=4_000, files=2) as logs:
        for k in range(200):
            logs.note(Note("metadata", f"note {k}"))
    files = sorted(tmp_path.iterdir())
    assert [f.name for f in files] == ["run.log", "run.log.1", "run.log.2"]
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.stat().st_size <= 4_000
    assert entries(path.read_text())[-1]["event"] == "note 199"


def test_it_goes_on_in_the_same_file(tmp_path: Path) -> None:
    for k in range(2):
        with Logs(tmp_path / "run.log", as_json=True) as logs:
            logs.note(Note("metadata", f"run {k}"))
    told = entries((tmp_path / "run.log").read_text())
    assert [e["event"] for e in told] == ["run 0", "run 1"]


def test_what_cannot_be_a_log_is_told(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for path, why in (
        (tmp_path / "no" / "run.log", "No such file"),
        (tmp_path, "Is a directory"),
        (tmp_path / "link", "symbolic links"),
        (Path("/dev/null"), "is no file"),
    ):
        with pytest.raises(LogError, match=why):
            Logs(path)
    assert not (tmp_path / "elsewhere").exists()


# ---- what does not take a line


class Full(io.StringIO):
    """A disk without room."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_lines_that_cannot_be_written_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with Logs(stream=Full()) as logs:
        logs.note(Note("alert", "one"))
        logs.note(Note("alert", "two"))
    assert logs.lost == 2
    assert capsys.readouterr() == ("", "")


def test_a_pipe_that_stands_still_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 10)
    monkeypatch.setattr(module, "GOODBYE_S", 0.01)
    stuck, free = threading.Event(), threading.Event()

    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            stuck.set()
            free.wait(30)
            return len(text)

    try:
        with Logs(stream=Slow()) as logs:
            logs.note(Note("alert", "the first"))
            assert stuck.wait(30)
            for k in range(25):
                logs.note(Note("alert", str(k)))
            assert logs.lost == 15
    finally:
        free.set()
    logs._thread.join(30)


# ---- a run


def test_a_run_of_a_trader_leaves_no_secret_in_its_log(tmp_path: Path) -> None:
    path = tmp_path / "run.log"

    async def main() -> list[str]:
        async with room.venue() as running, room.trader(tmp_path, running.port) as desk:
            with Logs(path, as_json=True) as logs:
                desk.trader._on_note = logs.note
                credentials = desk.credentials
                secrets = [
                    room.KEY.removeprefix("0x"),
                    credentials.api_key.reveal(),
                    credentials.secret.reveal(),
                    credentials.passphrase.reveal(),
                ]
                for text in secrets:  # as a careless line would say it
                    logs.log.warning(f"said: {text}", value=text)
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(desk.trader.run)
                    await room.until(lambda: desk.view.counters()["submits"])
                    desk.trader.stop()
                    await room.until(lambda: desk.trader.proven, 60)
                    nursery.cancel_scope.cancel()
            return secrets

    secrets = trio.run(main)
    text = path.read_text()
    told = entries(text)
    assert sum(e["event"] == "said: ***" for e in told) == 4
    assert any(e.get("kind") == "alert" for e in told)
    for secret in secrets:
        assert secret not in text
        assert secret.lower() not in text.lower()
