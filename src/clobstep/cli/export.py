"""`clobstep export`: a session as Parquet, for DuckDB, Polars and pandas."""

from __future__ import annotations

import click

from clobstep.cli.files import opened, plain, told
from clobstep.cli.view import Printer

EPILOG = """\b
Examples:
  clobstep export S.clob -o tables/     events.parquet and effects.parquet
  clobstep export S.clob -o tables/ --json
"""


@click.command(name="export", epilog=EPILOG)
@click.argument("session", type=click.Path(dir_okay=False))
@click.option("-o", "--output", required=True, type=click.Path(), help="The folder to write into.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the printout.")
def command(session: str, output: str, as_json: bool) -> None:
    """Write the events and effects of SESSION as Parquet files.

    Numbers are exact integers in the units of their names; beside them stand the names of kinds,
    sides and codes.
    """
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
