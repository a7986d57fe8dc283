"""The progress bar of the commands about files: only on a terminal, only after a while."""

from __future__ import annotations

import sys
import time

import pytest

from clobstep.cli import files
from clobstep.cli.files import Bar


class Terminal:
    """Standard error as a terminal that remembers what was written."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """To be called in the test itself: pytest gives each phase a standard error of its own."""
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    monkeypatch.setenv("TERM", "xterm")
    return made


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    monkeypatch.setattr(files, "WAIT_S", 0.0)
    with Bar() as bar:
        bar("reading", 1, 2)
        bar("stepping", 2, 2)
    assert "reading" in terminal.text
    assert "stepping" in terminal.text


def test_a_bar_while_one_step_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    monkeypatch.setattr(files, "WAIT_S", 0.05)
    with Bar() as bar:
        bar("trading", 0, 2)
        for _ in range(200):
            if "trading" in terminal.text:
                break
            time.sleep(0.05)
    assert "trading" in terminal.text


def test_no_bar_for_what_is_soon_done(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    with Bar() as bar:
        bar("reading", 1, 2)
    assert terminal.text == ""


def test_no_bar_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(files, "WAIT_S", 0.0)
    with Bar() as bar:
        bar("reading", 1, 2)
    assert capsys.readouterr() == ("", "")
