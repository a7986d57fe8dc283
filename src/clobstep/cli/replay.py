"""`clobstep replay`: every event of a session again, and whether the same comes out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from clobstep.cli.files import Bar, opened, plain
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from clobstep.replay.verify import Difference, Verdict

EPILOG = """\b
Examples:
  clobstep replay S.clob                every event through a fresh engine, and how fast
  clobstep replay S.clob --verify       compared with what was recorded; exit code 1 if it differs
  clobstep replay S.clob --verify --json
"""


@click.command(name="replay", epilog=EPILOG)
@click.argument("session", type=click.Path(dir_okay=False))
@click.option("--verify", is_flag=True, help="Compare chain checkpoints and effects.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the printout.")
def command(session: str, verify: bool, as_json: bool) -> None:
    """Run every event of SESSION through a fresh engine.

    With --verify the chain is compared at every checkpoint and the effects byte by byte; the first
    event at which the two runs part is named, with both states, and the exit code is 1. That proves
    the engine; intents are events, so it does not prove the strategy that made them.
    """
    from clobstep.replay.verify import replay

    with opened(session) as found, Bar() as bar:
        began = time.perf_counter()
        verdict = replay(found, verify=verify, progress=bar)
        seconds = time.perf_counter() - began
    if as_json:
        click.echo(plain({"session": session, "seconds": round(seconds, 6), **verdict.as_dict()}))
    else:
        _print(Printer.make(), session, verdict, seconds)
    if verdict.same is False:
        raise SystemExit(1)


def _print(out: Printer, session: str, verdict: Verdict, seconds: float) -> None:
    speed = verdict.events / seconds / 1e6 if seconds else 0.0
    out.line(
        f"{verdict.events:,} events, {verdict.effects:,} effects in {seconds:.3f} s "
        f"({speed:.1f} M events/s), chain {verdict.chain:016x}"
    )
    theirs, ours = verdict.rules
    if theirs != ours:
        out.line((f"recorded under rules {theirs}, replayed under rules {ours}", "warn"))
    if verdict.same is None:
        out.line(f"nothing was compared; next: clobstep replay {session} --verify")
    elif verdict.same:
        out.line(
            ("same", "good"),
            f": {verdict.checkpoints:,} chain checkpoints and every effect; "
            "that proves the engine, not the strategy",
        )
        out.line(f"next: clobstep inspect {session} --at -1")
    elif verdict.first is not None:
        _print_difference(out, verdict.first)
        out.line(f"next: clobstep inspect {session} --at {verdict.first.seq}")


def _print_difference(out: Printer, first: Difference) -> None:
    out.line(("DIFFERS", "bad"), f": all is the same up to event {first.after:,}")
    if first.exact:
        out.line(f"first differing event {first.seq:,}: ", (first.event, "event"))
    else:
        out.line(
            f"between event {first.after:,} and {first.seq:,} the chain parts, while every effect "
            "is the same: an event is not the one that was recorded"
        )
        out.line(f"event {first.seq:,}: ", (first.event, "event"))
    for title, lines in (("recorded", first.recorded), ("replayed", first.replayed)):
        out.line((f"{title} effects", "name"))
        for line in lines or ["none"]:
            out.line(line, indent=2)
    for title, picture in (
        ("recorded state, by the last snapshot before it", first.recorded_state),
        ("replayed state", first.replayed_state),
    ):
        out.line((title, "name"))
        for line in state_lines(picture):
            out.line(line, indent=2)


def state_lines(picture: dict[str, Any]) -> list[str]:
    """A state in a few lines: time, best of each book, open orders, ledger."""
    if picture.get("seq") is None:
        return [str(picture.get("why", "not known"))]
    where = f"after event {picture['seq']:,} at {picture['time']}"
    lines = [f"{where}: session {picture['session']}, venue {picture['venue']}"]
    for book in picture["books"]:
        if book["n_bids"] or book["n_asks"]:
            best = [f"{side[0][0]} x {side[0][1]}" if side else "none"
                    for side in (book["bids"], book["asks"])]  # fmt: skip
            lines.append(f"token {book['token']} {book['feed']}: bid {best[0]}, ask {best[1]}")
    lines += [
        f"order {order['order']} {order['state']} {order['side']} {order['leaves']} of token "
        f"{order['token']} at {order['price']}, filled {order['filled']}"
        for order in picture["orders"]
    ]
    return lines + [
        f"{row['account']}: settled {row['settled']}, spendable {row['spendable']}"
        for row in picture["ledger"]
    ]
