"""`clobstep demo`: two real markets, paper-traded, settled, reported and replayed."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Final

import click

from clobstep.cli.files import Bar, plain, told
from clobstep.cli.view import Printer

EPILOG = """\b
Examples:
  clobstep demo
  clobstep demo --report demo.html -o demo.clob     and keep what it made
  clobstep demo --json
"""

SETTINGS: Final = {
    "size": "20000000",
    "width_pips": "100",
    "skew_pips": "50",
    "requote_pips": "100",
    "max_position": "200000000",
}
LATENCY: Final = "50ms"


@click.command(name="demo", epilog=EPILOG)
@click.option(
    "-o",
    "output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Keep the run as a session in this file.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("clobstep-demo.html"),
    show_default=True,
    help="The HTML report.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the printout.")
def command(output: Path | None, report: Path, as_json: bool) -> None:
    """Paper-trade the maker on two recorded Bitcoin markets, and replay it.

    The recording ships with clobstep ("Resolved Markets", resolvedkit 0.1.0, CC BY 4.0): about a
    book a second, so only crossing can be seen, and the report says so. No key, no network. Exit
    code 1 if the replay does not come out the same.
    """
    from clobstep import demo
    from clobstep.cli import trading
    from clobstep.imports.recording import Options
    from clobstep.imports.run import import_files
    from clobstep_sim.replayed import recording as recordings
    from clobstep_sim.replayed.settings import PaperSettings

    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="clobstep-") as folder, Bar() as bar:
        imported = Path(folder) / "recording.clob"
        with told():
            import_files(
                [str(demo.RECORDING)], str(imported), options=Options(),
                markets=(str(demo.MARKETS),), created_ns=0, progress=bar,
            )  # fmt: skip
        settings = PaperSettings(fill="crossing", latency=LATENCY, cash="1000")
        with trading.paper_errors():
            outcome = trading.trade(
                recordings.load(imported), ("maker", dict(SETTINGS)), settings,
                session=output or Path(folder) / "demo.clob", html=report, bar=bar,
            )  # fmt: skip
        seconds = time.perf_counter() - began
        if as_json:
            click.echo(plain({"seconds": round(seconds, 3), **trading.as_dict(outcome)}))
        else:
            out = Printer.make()
            trading.show(out, outcome, segments=False)
            out.line(f"{seconds:.1f} s for import, two markets, report and replay")
            out.line("next: clobstep import FILE... -o S.clob   (your own recording; then "
                     "clobstep paper S.clob)")  # fmt: skip
    if not outcome.ok:
        raise SystemExit(1)
