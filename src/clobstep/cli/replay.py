"""`clobstep replay`: every event of a session again, and whether the same comes out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from clobstep.cli.files import Bar, opened, plain
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from clobstep.replay.strategy import StrategyVerdict
    from clobstep.replay.verify import Difference, Verdict

EPILOG = """\b
Examples:
  clobstep replay S.clob                every event through a fresh engine, and how fast
  clobstep replay S.clob --verify       compared with what was recorded; exit code 1 if it differs
  clobstep replay S.clob --strategy maker --set size=20000000
                                        the strategy again, each intent against the recorded one
  clobstep replay S.clob --verify --json
"""


@click.command(name="replay", epilog=EPILOG)
@click.argument("session", type=click.Path(dir_okay=False))
@click.option("--verify", is_flag=True, help="Compare chain checkpoints and effects.")
@click.option(
    "--strategy",
    "-s",
    "name",
    help="Run this strategy again and compare each intent; a name as of `clobstep paper`.",
)
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="A strategy's setting.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the printout.")
def command(
    session: str, verify: bool, name: str | None, sets: tuple[str, ...], as_json: bool
) -> None:
    """Run every event of SESSION through a fresh engine.

    With --verify the chain is compared at every checkpoint and the effects byte by byte; the first
    event at which the two runs part is named, with both states, and the exit code is 1. That proves
    the engine; intents are events, so it does not prove the strategy that made them. With
    --strategy that is run again too: whatever wakes it must make it ask for what was recorded.
    Settings it was recorded with are taken from the session where none are given.
    """
    if name is not None:
        _strategy(session, name, sets, verify=verify, as_json=as_json)
        return
    if sets:
        raise click.UsageError("--set belongs to --strategy, and there is none.")
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


def _strategy(
    session: str, name: str, sets: tuple[str, ...], *, verify: bool, as_json: bool
) -> None:
    """Compare the intents, and with --verify the engine as well."""
    from clobstep.cli.trading import pairs, paper_errors
    from clobstep.replay.strategy import recorded_settings, replay_strategy
    from clobstep.replay.verify import replay
    from clobstep.strategy.load import load_strategy

    with paper_errors(), opened(session) as found, Bar() as bar:
        given = pairs(sets, "--set") or recorded_settings(found, name)
        verdict = replay_strategy(
            found, load_strategy(name, given), lambda done, all_: bar("replaying", done, all_)
        )
        engine = replay(found, verify=True) if verify else None
    same = verdict.same and (engine is None or engine.same is not False)
    if as_json:
        both = {"session": session, "strategy": name, **verdict.as_dict()}
        click.echo(plain({**both, "engine": engine.as_dict() if engine else None}))
    else:
        out = Printer.make()
        _print_intents(out, session, name, verdict)
        if engine is not None and engine.first is not None:
            _print_difference(out, engine.first)
        elif engine is not None:
            out.line("the engine: ", ("same", "good"))
    if not same:
        raise SystemExit(1)


def _print_intents(out: Printer, session: str, name: str, verdict: StrategyVerdict) -> None:
    out.line(
        f"{verdict.events:,} events, {verdict.turns:,} turns of {name}, {verdict.intents:,} intents"
    )
    first = verdict.first
    if first is None:
        out.line(("same", "good"), ": it asked for every intent that was recorded, and no other")
        out.line(f"next: clobstep inspect {session} --at -1")
        return
    out.line(("DIFFERS", "bad"), f" at event {first.seq:,}")
    out.line(f"woken by event {first.woken_seq:,}: ", (first.woken, "event"), indent=2)
    out.line("recorded: ", (first.recorded, "event"), indent=2)
    out.line("asked:    ", (first.asked, "event"), indent=2)
    out.line(f"next: clobstep inspect {session} --at {first.woken_seq}")


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
