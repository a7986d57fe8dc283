"""`clobstep export`: a session as Parquet, or as a copy that can be shown to others."""

from __future__ import annotations

import click

from clobstep.cli.files import opened, plain, told
from clobstep.cli.view import Printer

EPILOG = """\b
Examples:
  clobstep export S.clob -o tables/     events.parquet and effects.parquet
  clobstep export S.clob -o tables/ --json
  clobstep export S.clob -o shared/ --redact    a copy without the ids of accounts
"""


@click.command(name="export", epilog=EPILOG)
@click.argument("session", type=click.Path(dir_okay=False))
@click.option("-o", "--output", required=True, type=click.Path(), help="The folder to write into.")
@click.option(
    "--redact", is_flag=True,
    help="Write a copy of the session instead, without owners and ids of API keys.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the printout.")
def command(session: str, output: str, redact: bool, as_json: bool) -> None:
    """Write the events and effects of SESSION as Parquet files.

    Numbers are exact integers in the units of their names; beside them stand the names of kinds,
    sides and codes. They hold nothing that names an account; with --redact, neither does the copy
    of a session, and it replays to the same chain.
    """
    if redact:
        _redacted(session, output, as_json)
        return
    from clobstep.session.export import to_parquet

    with opened(session) as found, told():
        made = to_parquet(found, output)
    if as_json:
        files = [str(file) for file in made.files]
        click.echo(plain({"events": made.events, "effects": made.effects, "files": files}))
        return
    out = Printer.make()
    for file, rows in zip(made.files, (made.events, made.effects), strict=True):
        out.line(f"{file}: {rows:,} rows, {file.stat().st_size:,} bytes")
    out.line(f"next: duckdb -c \"FROM '{made.files[0]}' LIMIT 10\"")


def _redacted(session: str, output: str, as_json: bool) -> None:
    from clobstep.session.redact import redacted_copy

    with told():
        made = redacted_copy(session, output)
    if as_json:
        click.echo(plain({"files": [str(file) for file in made]}))
        return
    out = Printer.make()
    for file in made:
        out.line(f"{file}: {file.stat().st_size:,} bytes, without the ids of accounts")
    out.line(f"next: clobstep replay {made[0]}")
