"""`clobstep paper`: a strategy against a recorded market."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from clobstep.cli.files import Bar, opened, plain
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from clobstep.session.manifest import Holds

EPILOG = """\b
Examples:
  clobstep paper S.clob --strategy maker --fill risk-averse
  clobstep paper S.clob --strategy maker --all-fills --set size=20000000 --set width_pips=100
  clobstep paper S.clob --strategy mine.py:Mine --latency submit=60ms,cancel=40ms,answer=30ms
  clobstep paper S.clob --strategy maker --fill crossing --json
"""


@click.command(name="paper", epilog=EPILOG)
@click.argument("session", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--strategy",
    "-s",
    "name",
    default="maker",
    show_default=True,
    help="maker, maker-compiled, parity, noop, package.module:Name or file.py:Name.",
)
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="A strategy's setting.")
@click.option(
    "--fill",
    default="risk-averse",
    show_default=True,
    help="crossing, trade-through, risk-averse, power:1 to power:3, log, front, naive.",
)
@click.option("--all-fills", is_flag=True, help="Run every fill model, and show the band.")
@click.option(
    "--latency",
    default=None,
    show_default="50ms each way",
    help="20ms; lognormal:20ms:0.5; table:FILE; or submit=..,cancel=..,answer=..",
)
@click.option(
    "--feed-latency",
    default=None,
    show_default="as recorded, else 50ms",
    help="Added to our time of market data.",
)
@click.option("--cash", default="1000", show_default=True, help="pUSD at the start.")
@click.option(
    "--seed", default=1, show_default=True, help="Of drawn latencies and the naive model."
)
@click.option("--settle", default="5s", show_default=True, help="From MATCHED to CONFIRMED.")
@click.option("--merge-delay", default="30s", show_default=True, help="Of a merge or split.")
@click.option("--merge-cost", default="0", show_default=True, help="pUSD a merge or split.")
@click.option(
    "--engine",
    "engine",
    multiple=True,
    metavar="KEY=INTEGER",
    help="A setting of the engine, as in docs/reference.md.",
)
@click.option(
    "--signals",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Lines `time,source,key,size,amount[,token]` that reach the strategy.",
)
@click.option(
    "-o",
    "output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    show_default="SESSION-paper.clob here",
    help="The run as a session.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    show_default="SESSION-paper.html here",
    help="The HTML report.",
)
@click.option("--no-report", is_flag=True, help="Write no HTML report.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the printout.")
def command(
    session: Path, name: str, sets: tuple[str, ...], fill: str, all_fills: bool,
    latency: str | None, feed_latency: str | None, cash: str, seed: int, settle: str,
    merge_delay: str, merge_cost: str, engine: tuple[str, ...], signals: Path | None,
    output: Path | None, report: Path | None, no_report: bool, as_json: bool,
) -> None:  # fmt: skip
    """Trade a strategy on paper against the market data of SESSION.

    Our orders meet the recorded book with latency both ways, wait in its queues by the fill model,
    and are settled at the recorded payout. A model that needs what the recording does not hold is
    refused. The run is written as a session and replayed: exit code 1 if it does not come out the
    same.
    """
    from clobstep.cli import trading
    from clobstep_sim.replayed import recording as recordings
    from clobstep_sim.replayed.settings import PaperSettings

    settings = PaperSettings(
        fill=fill, latency=latency, feed_latency=feed_latency, cash=cash, seed=seed,
        settle=settle, merge_delay=merge_delay, merge_cost=merge_cost,
        engine=_integers(engine),
    )  # fmt: skip
    written = output or Path(f"{session.stem}-paper.clob")
    if written.resolve() == session.resolve():
        raise click.UsageError("-o names the recording itself; the run needs a file of its own.")
    if output and output.exists():
        raise click.UsageError(f"-o {output}: the file is there already; name another.")
    page = None if no_report else report or Path(f"{session.stem}-paper.html")
    with trading.paper_errors(), Bar() as bar:
        with opened(session) as found:
            loaded = recordings.load(found)
        if signals is not None:
            from clobstep_sim.replayed.signals import read_signals

            loaded = recordings.with_signals(loaded, read_signals(signals))
        outcome = trading.trade(
            loaded, (name, trading.pairs(sets, "--set")), settings,
            session=written, html=page, bar=bar,
            models=_beside(fill, loaded.manifest.holds) if all_fills else (),
        )  # fmt: skip
    if as_json:
        click.echo(plain(trading.as_dict(outcome)))
    else:
        out = Printer.make()
        trading.show(out, outcome, segments=True)
        out.line(f"next: clobstep replay {written} --strategy {name}" if outcome.ok
                 else f"next: clobstep replay {written} --verify")  # fmt: skip
    if not outcome.ok:
        raise SystemExit(1)


def _integers(given: tuple[str, ...]) -> dict[str, int]:
    from clobstep.cli.trading import pairs

    try:
        return {key: int(value) for key, value in pairs(given, "--engine").items()}
    except ValueError as error:
        raise click.UsageError(f"--engine: {error}; all settings are integers.") from None


def _beside(fill: str, holds: Holds) -> list[str]:
    """The other models of the band, and the naive one to compare with."""
    from clobstep_sim.replayed import models

    return [name for name in (*models.band(holds), "naive") if name != fill]
