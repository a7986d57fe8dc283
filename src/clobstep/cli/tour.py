"""`clobstep tour`: a scripted session through the core, readable, and checked as it goes."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from clobstep.cli.view import Printer, Span

if TYPE_CHECKING:
    from clobstep.cli.play import Ledger, Played, Proof, SceneResult

EPILOG = """\b
Examples:
  clobstep tour
  clobstep tour --slow                      one scene after the other, to read along
  clobstep tour --json | python -m json.tool
  clobstep tour --save tour.bin && clobstep show tour.bin
"""

NEXT: Final = "clobstep explain BREAKER_OPEN"
_EVENT_PAUSE_S: Final = 0.15
_SCENE_PAUSE_S: Final = 1.5
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)\.(\d{3})\d{6}Z")
_CODE_STYLES: Final = {"REFUSED": "warn", "ALERT": "warn", "TIMER": "dim", "HALT": "bad"}


@click.command(name="tour", epilog=EPILOG)
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the printout.")
@click.option("--slow/--fast", default=False, help="Pause between scenes; default: fast.")
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the session's event records to this file.",
)
def command(as_json: bool, slow: bool, save: Path | None) -> None:
    """Play a short session and show every event with its effects.

    No key, no network, no data: a market maker's minute, with a partial fill, a replace, refusals,
    a reject storm and a failed settlement. Then the same events run again in one batch and from a
    snapshot, which must give the same chain. Exit code 1 if anything is not as it should be.
    """
    try:
        from clobstep.cli.play import play
    except ImportError as error:
        raise click.ClickException(f"the core does not load: {error}. Try: pip install .") from None
    played = play()
    if save is not None:
        _save(save, played.records)
    if as_json:
        click.echo(json.dumps(played.as_dict(), indent=2))
    else:
        _print(Printer.make(), played, slow)
    if not played.ok:
        raise SystemExit(1)


def _save(path: Path, records: list[bytes]) -> None:
    try:
        path.write_bytes(b"".join(records))
    except OSError as error:
        raise click.UsageError(f"--save: cannot write {path}: {error.strerror}.") from None


def _print(out: Printer, played: Played, slow: bool) -> None:
    from clobstep.cli.play import MADE_BY

    out.line((", ".join(f"{what} {value}" for what, value in MADE_BY), "title"))
    out.paragraph(
        f"{len(played.records)} events through the core, each with its effects below it. A script, "
        "not a market: fills are written down, nothing is simulated. Times are UTC, sizes in "
        "shares, cash in pUSD; lines with = are checked."
    )
    for number, scene in enumerate(played.scenes, 1):
        _print_scene(out, number, scene, slow)
        if slow:
            time.sleep(_SCENE_PAUSE_S)
    out.rule("The ledger at the end")
    _print_ledger(out, played.ledger)
    out.line(f"profit {played.profit} pUSD: 40 pairs bought at 0.52 + 0.47, merged at 1.00")
    _print_proof(out, played.proof)
    out.line()
    if played.ok:
        out.line(("all as expected", "good"), f"; next: {NEXT}")
    else:
        out.line(("NOT as expected", "bad"), "; please report it with the output of --json")


def _print_scene(out: Printer, number: int, scene: SceneResult, slow: bool) -> None:
    out.rule(f"{number}. {scene.title}")
    out.paragraph(scene.story, "story")
    for step in scene.steps:
        out.line((f"{clock(step.time)}  ", "dim"), (plain(step.event), "event"))
        for effect in step.effects:
            out.line(*_effect(effect), indent=16)
        if step.advice:
            out.paragraph(step.advice, label="do: ", indent=20)
        if slow:
            time.sleep(_EVENT_PAUSE_S)
    for fact in scene.facts:
        wrong = "" if fact.ok else f"  expected {fact.expected}"
        out.line(("= ", "dim"), f"{fact.label} ", (fact.seen, "good" if fact.ok else "bad"), wrong)
    if scene.ledger:
        _print_ledger(out, scene.ledger)


def _effect(line: str) -> list[Span]:
    kind, _, rest = plain(line).partition(" ")
    if kind == "TIMER":
        return [(f"{kind} {rest}", "dim")]
    return [(kind, _CODE_STYLES.get(kind, "name")), f" {rest}"]


def _print_ledger(out: Printer, rows: Ledger) -> None:
    heads = ("", "settled", "incoming", "outgoing", "reserved", "spendable")
    for row in (heads, *rows):
        first, *rest = row
        style = "dim" if row is heads else "name"
        out.line((f"{first:<10}", style), *(f"{cell:>12}" for cell in rest))


def _print_proof(out: Printer, proof: Proof) -> None:
    out.rule("The proof")
    for what, chain in proof.chains:
        verdict = ("same", "good") if chain == proof.chain else ("OTHER", "bad")
        out.line(f"{what:<36}", f"chain {chain:016x} ", verdict)
    held = ("every invariant holds", "good")
    broken = (f"invariant {proof.check} is broken", "bad")
    out.line(f"{'check()':<36}", f"{proof.check}: ", broken if proof.check else held)


def clock(text: str) -> str:
    """The time of day of UTC text, to the millisecond."""
    found = _TIME.fullmatch(text)
    return f"{found[1]}.{found[2]}" if found else text


def plain(line: str) -> str:
    """A line with short times, for a session of one day."""
    return _TIME.sub(lambda found: f"{found[1]}.{found[2]}".removesuffix(".000"), line)
