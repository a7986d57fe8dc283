"""`clobstep explain`: what a name means and what to do about it."""

from __future__ import annotations

import json

import click

from clobstep.cli.names import Meaning, find, meanings, near
from clobstep.cli.view import Printer

EPILOG = """\b
Examples:
  clobstep explain OFF_TICK
  clobstep explain unhedged         any case will do; a name may mean several things
  clobstep explain cooldown_ns --json
  clobstep explain                  every name there is
"""

_LABEL = 10  # columns


@click.command(name="explain", epilog=EPILOG)
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document: a list of meanings.")
def command(name: str | None, as_json: bool) -> None:
    """Say what NAME means and what to do about it.

    NAME is a refusal, alert, fault, event, effect, reject reason, state, flag, setting or counter
    as it stands in a log line. Without NAME: list them all.
    """
    every = meanings()
    found = every if name is None else find(every, name)
    if name is not None and not found:
        raise click.UsageError(_unknown(every, name))
    if as_json:
        click.echo(json.dumps([meaning.as_dict() for meaning in found], indent=2))
    elif name is None:
        _list(Printer.make(), found)
    else:
        out = Printer.make()
        for number, meaning in enumerate(found):
            if number:
                out.line()
            _one(out, meaning)


def _unknown(every: list[Meaning], name: str) -> str:
    close = near(every, name)
    if close:
        return f"{name!r} is no name of clobstep. Near it: {', '.join(close)}."
    return f"{name!r} is no name of clobstep. `clobstep explain` lists them all."


def _one(out: Printer, meaning: Meaning) -> None:
    code = "" if meaning.code is None else f" {meaning.code}"
    out.line((meaning.name, "name"), (f"  {meaning.what}{code}", "dim"))
    rows = [("means", meaning.means), ("do", meaning.do), *meaning.details]
    for label, text in rows:
        out.paragraph(text, label=f"{label:<{_LABEL}}", indent=2)


def _list(out: Printer, found: list[Meaning]) -> None:
    groups: dict[str, list[str]] = {}
    for meaning in found:
        groups.setdefault(meaning.what, []).append(meaning.name)
    for what, names in groups.items():
        out.line((what, "name"))
        out.paragraph(", ".join(names), indent=2)
