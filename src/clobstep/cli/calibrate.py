"""`clobstep calibrate`: how far the fill models are from the truth, in made markets."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli.files import Bar, Unreadable, plain
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from clobstep_sim.soak.calibrate import Bias

EPILOG: Final = """\b
Examples:
  clobstep calibrate
  clobstep calibrate --kind quiet-market --latency 20 --seeds 5 --minutes 5
  clobstep calibrate --seeds 40 --workers 2 --write bias.toml
"""
HEAD: Final = (
    f"{'model':<15}{'fill rate':>20}{'P&L':>20}{'by count':>20}{'by value':>20}{'markout 10 s':>20}"
)


@click.command(name="calibrate", epilog=EPILOG)
@click.option(
    "--kind", "names", multiple=True, show_default="busy-market, fine-market, quiet-market",
    help="A kind of market: a profile, as for `clobstep fuzz`; may be given again.",
)  # fmt: skip
@click.option(
    "--latency", "latencies", multiple=True, type=click.IntRange(1, 10_000), metavar="MS",
    show_default="5, 50, 250",
    help="Of a request, and of its answer; may be given again.",
)  # fmt: skip
@click.option(
    "--model", "models", multiple=True, show_default="all", help="A fill model; may be given again."
)
@click.option("--seeds", type=click.IntRange(2, 100_000), default=10, show_default=True)
@click.option(
    "--minutes", type=click.IntRange(1, 60), default=10, show_default=True,
    help="Virtual time of each seed.",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(1, 1024), default=1, show_default=True, help="Processes."
)
@click.option(
    "--write", type=click.Path(dir_okay=False, path_type=Path), default=None,
    help="Write the table as TOML; paper reads one from the file that CLOBSTEP_BIAS names.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON document, nothing else.")
def command(
    names: tuple[str, ...],
    latencies: tuple[int, ...],
    models: tuple[str, ...],
    seeds: int,
    minutes: int,
    workers: int,
    write: Path | None,
    as_json: bool,
) -> None:
    """Trade a maker in the simulated exchange, and the same orders on paper under each fill model.

    The exchange knows what became of each order; paper infers it from the recorded feed of that
    very run, without our own orders in it. Printed is paper less truth, the mean over seeds with
    its 95 % interval: of the share of posted shares that were filled, of the P&L (what comes from
    more or fewer shares, and from what a share was worth), and of the markout after 10 s.
    """
    from clobstep.cli.trading import may_write, paper_errors
    from clobstep_sim.fuzz.profile import ProfileError
    from clobstep_sim.replayed import bias
    from clobstep_sim.soak import calibrate

    if write is not None:
        may_write(write, "--write")
    with paper_errors(), Bar() as bar:
        try:
            found = calibrate.table(
                names or calibrate.KINDS, latencies or calibrate.LATENCIES_MS,
                models or calibrate.MODELS, seeds, 60 * minutes, workers=workers,
                progress=lambda done, of: bar("runs", done, of),
            )  # fmt: skip
        except ProfileError as error:
            raise Unreadable(str(error)) from None
    if write is not None:
        bias.write(write, found, seeds, minutes)
    if as_json:
        click.echo(plain({"seeds": seeds, "minutes": minutes, "rows": [asdict(b) for b in found]}))
        return
    _print(Printer.make(), found)
    if write is not None:
        click.echo(f"written: {write}\nnext: CLOBSTEP_BIAS={write} clobstep paper S.clob")
    else:
        click.echo("next: clobstep calibrate --write bias.toml   (and paper prints it)")


def _print(out: Printer, found: list[Bias]) -> None:
    last = None
    for one in found:
        if (one.kind, one.latency_ms) != last:
            last = (one.kind, one.latency_ms)
            out.line()
            out.line(
                (f"{one.kind}, {one.latency_ms} ms each way", "title"),
                f": {one.fill_rate:.2f} % of posted shares filled, P&L {one.pnl_usd:+,.2f} pUSD a "
                f"seed, {one.seeds} seeds",
            )
            out.line((HEAD, "dim"))
        cells: list[Any] = [
            _cell(one.fill_points, "pp"), _cell(one.pnl_percent, "%"),
            _cell(one.count_percent, "%"), _cell(one.value_percent, "%"),
            _cell(one.markout_cents, "c", 3),
        ]  # fmt: skip
        out.line(f"{one.model:<15}" + "".join(f"{cell:>20}" for cell in cells))


def _cell(value: tuple[float, float], unit: str, decimals: int = 2) -> str:
    return f"{value[0]:+.{decimals}f} ±{value[1]:.{decimals}f} {unit}"
