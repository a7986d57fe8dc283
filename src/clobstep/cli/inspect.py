"""`clobstep inspect`: the state at one event, and steps back and forth."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli.books import print_ladder
from clobstep.cli.files import opened, plain
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from clobstep.replay.inspect import Inspector

EPILOG = """\b
Examples:
  clobstep inspect S.clob --at 5000     the state after event 5000
  clobstep inspect S.clob --at -1       after the last event
  clobstep inspect S.clob --at 5000 --market 2 --levels 20
  clobstep inspect S.clob --at 5000 --json
  clobstep inspect S.clob --reads       what each read of the account found

\b
On a terminal, after each picture:
  n or Enter  one event forth          p  one back
  n 100       so many forth            p 100  so many back
  5000        after event 5000         q  quit
"""

_WAYS: Final = {"": 1, "n": 1, "next": 1, "p": -1, "previous": -1}
KEYS: Final = "n[ext], p[revious], a number, q[uit]: "


@click.command(name="inspect", epilog=EPILOG)
@click.argument("session", type=click.Path(dir_okay=False))
@click.option("--at", default=-1, show_default=True, help="Event number; negative from the end.")
@click.option("--market", type=int, help="Token of the only market to show; default: all.")
@click.option(
    "--levels", default=10, show_default=True, type=click.IntRange(1, 10_000),
    help="Levels of each side to show.",
)  # fmt: skip
@click.option("--reads", is_flag=True, help="Reads of the account, and each difference found.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the printout.")
def command(
    session: str, at: int, market: int | None, levels: int, reads: bool, as_json: bool
) -> None:
    """Print book ladders, open orders, ledger and the last effects of SESSION at an event.

    On a terminal it goes on asking where to step to.
    """
    from clobstep.replay.inspect import Inspector

    if reads:
        _print_reads(session, as_json)
        return
    with opened(session) as found:
        inspector = Inspector(found, at)
        if market is not None and not 0 <= market < inspector.engine.config.tokens:
            raise click.UsageError(
                f"--market {market}: tokens are 0 to {inspector.engine.config.tokens - 1}."
            )
        if as_json:
            click.echo(plain(_only(inspector.picture(levels), market)))
            return
        out = Printer.make()
        _print(out, _only(inspector.picture(levels), market))
        if sys.stdin.isatty() and sys.stdout.isatty():
            _steps(out, inspector, market, levels)
        else:
            out.line(f"next: clobstep inspect {session} --at {max(inspector.seq - 1, 0)}")


def _print_reads(session: str, as_json: bool) -> None:
    from clobstep.replay.reads import reads

    with opened(session) as found:
        every = reads(found)
    if as_json:
        click.echo(plain({"reads": [one.as_dict() for one in every]}))
        return
    out = Printer.make()
    agree = sum(one.agrees for one in every)
    out.line(f"{len(every)} reads of the account, {agree} agree{'s' if agree == 1 else ''}")
    for one in every:
        if one.differences or not one.agrees:
            end = f"to {one.end_seq:,}" if one.end_seq else "and was never told"
            out.line((f"from event {one.begin_seq:,} {end}", "name"))
        for verdict, effect in one.differences:
            out.line((verdict, "warn"), f": {effect}", indent=2)
    if every:
        out.line(f"next: clobstep inspect {session} --at {every[-1].begin_seq}")


def _only(picture: dict[str, Any], market: int | None) -> dict[str, Any]:
    if market is not None:
        picture["books"] = [b for b in picture["books"] if b["token"] == market & ~1]
    return picture


def _steps(out: Printer, inspector: Inspector, market: int | None, levels: int) -> None:
    """Ask where to go until the person has seen enough."""
    while True:
        try:
            answer = input(KEYS)
        except EOFError:
            return
        if answer.strip() in ("q", "quit"):
            return
        said = step(inspector, answer)
        if said:
            out.line((said, "warn"))
        else:
            _print(out, _only(inspector.picture(levels), market))


def step(inspector: Inspector, answer: str) -> str:
    """Do what a person typed; returns what is wrong with it, or nothing."""
    from clobstep.session.format import SessionError

    word, _, count = answer.strip().partition(" ")
    way = _WAYS.get(word, 0)
    try:
        number = int(count or 1) if way else int(word)
    except ValueError:
        return f"{answer.strip()!r} is none of {KEYS.rstrip(': ')}"
    if way:
        if not inspector.move(way * number):
            return f"there is no event there; it stands after event {inspector.seq:,}"
        return ""
    try:
        inspector.go(number)
    except SessionError as error:
        return str(error)
    return ""


def _print(out: Printer, picture: dict[str, Any]) -> None:
    out.rule(f"after event {picture['seq']:,} of {picture['of']:,}")
    if picture["event"]:
        out.line((picture["event"], "event"))
    for line in picture["effects"]:
        out.line(line, indent=4)
    out.line(
        f"session {picture['session']}, venue {picture['venue']}, chain {picture['chain']}"
        + (", HALTED" if picture["halted"] else "")
    )
    for book in picture["books"]:
        print_ladder(out, book)
    _print_orders(out, picture["orders"])
    _print_ledger(out, picture["ledger"])
    if picture["effects_before"]:
        out.line(("last effects before it, timers left out", "name"))
        for line in picture["effects_before"]:
            out.line(line, indent=2)


def _print_orders(out: Printer, orders: list[dict[str, Any]]) -> None:
    out.line(("open orders", "name"), "" if orders else ": none")
    for order in orders:
        out.line(
            f"{order['order']} {order['state']} {order['side']} {order['original']} of token "
            f"{order['token']} at {order['price']} {order['tif']}, filled {order['filled']}, "
            f"leaves {order['leaves']}, reserved {order['reserved']}, request {order['request']}",
            indent=2,
        )


def _print_ledger(out: Printer, rows: list[dict[str, Any]]) -> None:
    heads = ("account", "settled", "incoming", "outgoing", "reserved", "locked", "spendable")
    out.line(("ledger", "name"))
    for row in (dict(zip(heads, heads, strict=True)), *rows):
        first = f"{row['account']:<10}" if row["account"] != "account" else " " * 10
        out.line(first, *(f"{row[name]:>14}" for name in heads[1:]), indent=2)
