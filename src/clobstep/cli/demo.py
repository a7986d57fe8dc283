"""`clobstep demo`: two real markets, paper-traded, settled, reported, replayed; then the band."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

import click

from clobstep.cli.files import Bar, Unreadable, plain
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from clobstep.cli.trading import Outcome
    from clobstep.report.band import Band
    from clobstep_sim.replayed.recording import Recording

EPILOG = """\b
Examples:
  clobstep demo
  clobstep demo --report demo.html -o demo.clob     and keep what it made
  clobstep demo --json
"""

SETTINGS: Final = {
    "size": "20.0",
    "width_pips": "0.01",
    "requote_pips": "0.01",
    "skew_pips": "0.01",
    "max_position": "100.0",
    "stop_before_ns": "60s",
}
LATENCY: Final = "50ms"
MADE: Final = ("busy-market", 1, 120)  # profile, seed, seconds: enough for the models to part
MADE_SETTINGS: Final = {
    **SETTINGS,
    "size": "10.0",
    "width_pips": "0",
}  # joins the best: queues count
PAGE: Final = Path("clobstep-demo.html")


@click.command(name="demo", epilog=EPILOG)
@click.option(
    "-o",
    "output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Keep the run as a session in this file, which must not be there.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    show_default="clobstep-demo.html here",
    help="The HTML report, written anew.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the printout.")
def command(output: Path | None, report: Path | None, as_json: bool) -> None:
    """Paper-trade the maker on two recorded Bitcoin markets, and replay it.

    The recording ships with clobstep ("Resolved Markets", resolvedkit 0.1.0, CC BY 4.0): about a
    book a second, so only crossing can be seen, and the report says so. Then the same maker on two
    minutes of a made market that has deltas and prints, under every fill model: the band. No key,
    no network. Exit code 1 if the replay does not come out the same.
    """
    from clobstep.cli import trading
    from clobstep_sim.replayed.settings import PaperSettings

    began = time.perf_counter()
    if output is not None:
        trading.may_write(output, "-o")
        if output.exists():
            raise Unreadable(f"-o {output}: the file is there already; name another")
    if report is not None:
        trading.may_write(report, "--report")
    settings = PaperSettings(fill="crossing", latency=LATENCY, cash="1000")
    with tempfile.TemporaryDirectory(prefix="clobstep-") as folder, Bar() as bar:
        with trading.paper_errors():
            recording = _recording(Path(folder), bar)
            outcome = trading.trade(
                recording, ("maker", dict(SETTINGS)), settings,
                session=output or Path(folder) / "demo.clob", bar=bar,
            )  # fmt: skip
            trading.write_report(outcome, report or PAGE, must=report is not None)
            made = _made(bar)
        outcome.session = output  # else it goes with the folder
    seconds = time.perf_counter() - began
    if as_json:
        from clobstep.report import to_json

        band = {"made": to_json.band(made)}
        click.echo(plain({"seconds": round(seconds, 3), **trading.as_dict(outcome), **band}))
    else:
        _print(Printer.make(), outcome, made, seconds)
    if not outcome.ok:
        raise SystemExit(1)


def _recording(folder: Path, bar: Bar) -> Recording:
    """The recording that ships, imported as any other and called by its own name."""
    from dataclasses import replace

    from clobstep import demo
    from clobstep.imports.run import import_files
    from clobstep_sim.replayed import recording as recordings

    path = folder / "recording.clob"
    import_files([demo.RECORDING], path, markets=[demo.MARKETS], created_ns=0, progress=bar)
    return replace(recordings.load(path), name=demo.RECORDING.name.partition(".")[0])


def _made(bar: Bar) -> Band:
    """The maker in a made market, under every fill model."""
    from clobstep.report.band import band
    from clobstep.strategy.load import load_strategy
    from clobstep_sim.fuzz import profile
    from clobstep_sim.replayed import models
    from clobstep_sim.replayed.paper import paper
    from clobstep_sim.soak.feed import made_feed

    name, seed, seconds = MADE
    bar("making a market", 0, 1)
    recording = made_feed(profile.load(name), seed, seconds)
    runs = [
        paper(recording, load_strategy("maker", dict(MADE_SETTINGS)), fill=fill, latency=LATENCY)
        for fill in (*models.BAND, "naive")
    ]
    return band(runs[:-1], runs[-1:])


def _print(out: Printer, outcome: Outcome, made: Band, seconds: float) -> None:
    from clobstep.cli import trading
    from clobstep.report import text

    trading.show(out, outcome, segments=False)
    out.line()
    out.line(f"A made market, {MADE[0]} for {MADE[2]} s: what hangs on the fill model")
    click.echo(text.plain(*text.band_table(made)), nl=False)
    out.line(f"{seconds:.1f} s for import, two markets, replay, report and the band")
    if outcome.session is not None:
        out.line(f"next: clobstep inspect {quote(str(outcome.session))} --at -1")
        return
    out.line(
        "next: clobstep import FILE... -o S.clob   (your own recording; then clobstep paper S.clob)"
    )
