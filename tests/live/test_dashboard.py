"""The dashboard: what it shows at several sizes, hostile text, and that it ends alone."""

from __future__ import annotations

import io
import itertools
import threading
from typing import Any

import pytest
import trio
import trio.testing
from rich.console import Console

from clobstep.live.clock import Clock
from clobstep.live.watch.board import Board
from clobstep.live.watch.dashboard import EVERY_S, LINE_EVERY_S, Dashboard
from clobstep.live.watch.screen import Screen, cash, one_line, span, whole
from clobstep.live.watch.status import Status
from clobstep.venue.notes import Note
from live.statuses import SECOND, SHARE, market, quote, said, status

SIZES = [(80, 24), (60, 15), (100, 30), (132, 43), (200, 60), (40, 8)]


def drawn(value: Status, width: int, height: int) -> list[str]:
    console = Console(
        file=io.StringIO(), record=True, width=width, height=height, force_terminal=True,
        color_system="truecolor",
    )  # fmt: skip
    console.print(Screen(value), end="")
    return console.export_text().split("\n")


def many(n: int) -> Status:
    return status(
        markets=tuple(market(token=2 * k, name=f"market-{k}") for k in range(n)),
        notes=tuple(said(k) for k in range(40)),
    )


@pytest.mark.parametrize("width, height", SIZES)
def test_it_fits_whatever_there_is_to_show(width: int, height: int) -> None:
    for value in (status(), status(markets=()), many(3), many(200)):
        lines = drawn(value, width, height)
        assert len(lines) <= height
        assert max(map(len, lines)) <= width
        assert "TRADING" in lines[0]


@pytest.mark.parametrize("width, height", [(80, 24), (60, 15)])
def test_the_head_is_whole_at_usual_sizes(width: int, height: int) -> None:
    text = "\n".join(drawn(many(50), width, height))
    for words in ("venue NORMAL", "beat healthy", "cash 1000.00", "free 950.00", "day -1.11",
                  "orders 1", "fills 3", "120 msg/s", "wait 1.5/3.5 ms", "commit 1.5/3.5 ms",
                  "market 1/1 up", "user 1/1 up", "reconnects 2", "reads 5"):  # fmt: skip
        assert words in text


def test_a_market_in_80_columns() -> None:
    quotes = (
        quote(),
        quote(order_id=2, price_pips=4_600),
        quote(order_id=3, token=1, price_pips=4_500, size=20 * SHARE, state="SENT"),
    )
    (line,) = [row for row in drawn(status(markets=(market(quotes=quotes),)), 80, 24)
               if "btc-" in row]  # fmt: skip
    assert ".47/.53" in line
    assert "100@.48" in line  # the better of two
    assert "20@.55s" in line  # a bid for NO at 0.45 is an ask of YES; s: it is sent
    assert "10/0" in line
    (wide,) = [row for row in drawn(status(markets=(market(quotes=quotes),)), 132, 24)
               if "btc-" in row]  # fmt: skip
    for words in ("250/250", "12s/12s", "52.50", "1.25", "60m"):
        assert words in wide


def test_the_newest_notes_are_at_the_bottom() -> None:
    lines = drawn(many(3), 80, 24)
    assert lines[-1].endswith("note 39")
    assert lines[-2].endswith("note 38")
    assert sum("note " in line for line in lines) >= 3
    assert "note 39" in drawn(many(200), 60, 15)[-1]


def test_what_is_in_trouble_or_ours_is_shown_first() -> None:
    markets = [market(token=2 * k, name=f"m{k}", yes=0) for k in range(100)]
    markets[70] = market(token=140, name="held", holds=("negRisk hold",))
    markets[80] = market(token=160, name="broken", breaker="OPEN", breaker_ns=300 * SECOND)
    markets[90] = market(token=180, name="quoted", quotes=(quote(token=180),))
    text = drawn(status(markets=tuple(markets)), 100, 16)
    rows = [k for k, line in enumerate(text) for name in ("held", "broken", "quoted")
            if name in line]  # fmt: skip
    assert len(rows) == 3
    assert rows == sorted(rows)
    assert "[negRisk hold] held" in text[rows[0]]
    assert "[paused 5m] broken" in text[rows[1]]
    assert any(line.startswith("... and 9") for line in text)


def test_trouble_is_said() -> None:
    value = status(
        session="HALTED", fault="RECONCILE", unknown=2, venue_state="CANCEL_ONLY",
        venue_ns=45 * SECOND, breaker="OPEN", breaker_ns=600 * SECOND, no_marks=1, shortfalls=1,
    )  # fmt: skip
    engine = value.engine._replace(idle_ns=9 * SECOND, conflated=7, waiting=5_000)
    text = "\n".join(drawn(value._replace(engine=engine), 120, 24))
    for words in ("HALTED", "FAULT RECONCILE", "UNKNOWN 2", "venue CANCEL_ONLY 45s",
                  "breaker OPEN 10m", "1 without a mark", "1 short", "engine silent 9s",
                  "conflated 7", "queue 5000"):  # fmt: skip
        assert words in text


HOSTILE = [
    "[bold red]not red[/]",
    "[/]",
    "[link=https://x.invalid]click[/link]",
    "a\x1b[2J\x1b]0;title\x07b",
    "two\nlines\rand\tmore",
    "\u202egnihtemos\u202c",
    "漢字" * 60,
    ":bomb:",
    "x" * 10_000,
    "\ud800",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("width, height", [(80, 24), (60, 15)])
def test_what_comes_from_outside_is_text(text: str, width: int, height: int) -> None:
    board = Board(fixed_clock())
    board.note(Note(text, text))
    (note,) = board.said
    value = status(markets=(market(name=note.text[:80]),), notes=(note,))
    console = Console(
        file=(out := io.StringIO()), width=width, height=height, force_terminal=True,
        color_system=None,
    )  # fmt: skip
    console.print(Screen(value), end="")
    shown = out.getvalue()
    assert "\x1b" not in shown
    assert all(c.isprintable() or c == "\n" for c in shown)
    assert shown.count("\n") < height
    if text.startswith("["):
        assert text[:20] in shown  # as it is: no markup was taken from it
    if text == ":bomb:":
        assert text in shown


def fixed_clock() -> Any:
    class Fixed:
        def now_ns(self) -> int:
            return 5 * SECOND

    return Fixed()


def test_a_board_keeps_the_last_and_counts_all() -> None:
    board = Board(fixed_clock(), kept=10)
    for k in range(200):
        board.note(Note(f"kind {k}", "x"))
    assert len(board.said) == 10
    assert len(board.kinds) == 65
    assert board.kinds["other"] == 200 - 64
    assert sum(board.kinds.values()) == 200


def test_secrets_do_not_reach_the_board() -> None:
    board = Board(fixed_clock())
    board.note(Note("alert", f"POLY_SIGNATURE: {'ab' * 32}, passphrase={'cd' * 32}"))
    assert "abab" not in board.said[0].text
    assert "cdcd" not in board.said[0].text


def test_a_status_line() -> None:
    line = one_line(status(unknown=1))
    assert "\n" not in line
    for words in ("2026-", "live, TRADING", "venue NORMAL", "unknown 1", "durable 12340/12345"):
        assert words in line


@pytest.mark.parametrize(
    "said_, expected",
    [
        (cash(0), "0.00"), (cash(-10_000), "-0.01"), (cash(-1), "-0.01"), (cash(19_999), "0.01"),
        (whole(0), "0"), (whole(1_500_000), "1.5"), (whole(123_456_789), "123"),
        (span(-5), "0ms"), (span(999_999_999), "999ms"), (span(119 * SECOND), "119s"),
        (span(120 * SECOND), "2m"), (span(7_200 * SECOND), "2h"), (span(200_000 * SECOND), "2d"),
    ],
)  # fmt: skip
def test_figures(said_: str, expected: str) -> None:
    assert said_ == expected


# ---- the task


def run(main: Any) -> None:
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


async def looked(looks: list[float], n: int) -> None:
    while len(looks) < n:
        await trio.sleep(0.1)


def test_on_a_terminal_it_is_drawn_four_times_a_second() -> None:
    out = io.StringIO()
    looks: list[float] = []

    def look() -> Status:
        looks.append(trio.current_time())
        return status()

    async def main() -> None:
        console = Console(file=out, force_terminal=True, width=80, height=24)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(Dashboard(look, console).run)
            await looked(looks, 3)
            nursery.cancel_scope.cancel()

    trio.run(main)
    gaps = [b - a for a, b in itertools.pairwise(looks)]
    assert min(gaps) >= EVERY_S
    text = out.getvalue()
    assert text.count("\x1b[?1049h") == text.count("\x1b[?1049l") == 1  # the screen is given back
    assert "TRADING" in text


def test_in_a_pipe_it_is_a_line_every_ten_seconds() -> None:
    out = io.StringIO()
    looks: list[float] = []

    def look() -> Status:
        looks.append(trio.current_time())
        return status()

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(Dashboard(look, Console(file=out, width=60)).run)
            await looked(looks, 3)
            nursery.cancel_scope.cancel()

    run(main)
    assert min(b - a for a, b in itertools.pairwise(looks)) >= LINE_EVERY_S
    lines = out.getvalue().splitlines()
    assert lines[0] == one_line(status())  # whole, however wide the pipe is
    assert len(lines) >= 2
    assert "\x1b" not in out.getvalue()


class Gone(io.StringIO):
    """A pipe that nobody reads."""

    def write(self, text: str) -> int:
        raise BrokenPipeError("gone")

    def fileno(self) -> int:
        raise OSError("no number")


class Closed(io.StringIO):
    """A terminal that was closed."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


@pytest.mark.parametrize("file", [Gone, Closed])
@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_to_write_to_ends_the_dashboard_only(file: Any, terminal: bool) -> None:
    notes: list[Note] = []

    async def main() -> None:
        console = Console(file=file(), force_terminal=terminal, width=80, height=24)
        await Dashboard(status, console, on_note=notes.append).run()

    run(main)
    (note,) = notes
    assert note.kind == "dashboard"
    assert "trading goes on" in note.text


def test_a_fault_in_a_look_ends_the_dashboard_only() -> None:
    notes: list[Note] = []

    def look() -> Status:
        raise KeyError("missing")

    async def main() -> None:
        console = Console(file=io.StringIO(), force_terminal=True, width=80, height=24)
        await Dashboard(look, console, on_note=notes.append).run()

    run(main)
    assert "KeyError('missing')" in notes[0].text


def test_a_terminal_that_stands_still_holds_nobody() -> None:
    stuck, free = threading.Event(), threading.Event()

    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            stuck.set()
            free.wait(30)
            return len(text)

    async def main() -> None:
        console = Console(file=Slow(), force_terminal=True, width=80, height=24)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(Dashboard(status, console).run)
            await trio.to_thread.run_sync(stuck.wait)
            for _ in range(50):  # others go on
                await trio.sleep(0.01)
            nursery.cancel_scope.cancel()
        assert not free.is_set()

    try:
        trio.run(main)
    finally:
        free.set()


def test_the_clock_is_the_boards() -> None:
    async def main() -> None:
        clock = Clock(start_ns=7 * SECOND)
        board = Board(clock)
        board.note(Note("a", "b"))
        assert board.said[0].time_ns == 7 * SECOND

    run(main)
