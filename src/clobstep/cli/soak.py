"""`clobstep soak`: a strategy in the simulated exchange, for a day or as long as you like."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli.files import Bar, Unreadable, plain
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clobstep.strategy._turn import CompiledStrategy
    from clobstep_sim.replayed.result import PaperResult

EPILOG: Final = """\b
Examples:
  clobstep soak --hours 24
  clobstep soak --hours 1 --profile quiet-market --set size=20.0 --set width_pips=0.01
  clobstep soak --hours 0.25 -o day.clob --json
"""
COMPILED: Final = {"maker": "maker-compiled"}  # the same intents, without the interpreter
MOST_HOURS: Final = 24 * 31


@click.command(name="soak", epilog=EPILOG)
@click.option(
    "--hours", type=click.FloatRange(0, MOST_HOURS, min_open=True), default=24, show_default=True,
    help="Virtual time.",
)  # fmt: skip
@click.option(
    "--profile", "name", default="busy-market", show_default=True,
    help="What the market is like and what goes wrong, as for `clobstep fuzz`.",
)  # fmt: skip
@click.option(
    "--strategy", "-s", "strategy", default="maker", show_default=True,
    help="maker, or package.module:Name of a compiled one.",
)  # fmt: skip
@click.option(
    "--set", "sets", multiple=True, metavar="KEY=VALUE", help="A strategy's setting, as for paper."
)
@click.option("--seed", type=click.IntRange(0, 2**63), default=1, show_default=True)
@click.option(
    "--cash", type=click.IntRange(0, 1_000_000), default=1000, show_default=True,
    help="pUSD at the start, whole ones.",
)  # fmt: skip
@click.option(
    "--engine", multiple=True, metavar="KEY=INTEGER", help="A setting of the engine, as for paper."
)
@click.option(
    "-o", "output", type=click.Path(dir_okay=False, path_type=Path), default=None,
    help="Keep the run as a session in this file, which must not be there. A busy day is a "
    "gigabyte.",
)  # fmt: skip
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), default=None,
    help="Write the HTML report too.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON document, nothing else.")
def command(**given: Any) -> None:
    """Let a strategy trade in a made market, and print the report that paper prints.

    The orders lie in the simulated exchange's own queues: nothing is inferred, settlement and
    delays are the exchange's, and others see us. Everything the engine was given is stepped again
    by a second engine: exit code 1 if its chain is another.
    """
    from clobstep.cli import trading
    from clobstep.report.analysis import analyse

    if given["output"]:
        trading.may_write(given["output"], "-o")
        if given["output"].exists():
            raise Unreadable(f"-o {given['output']}: the file is there already; name another")
    if given["report"]:
        trading.may_write(given["report"], "--report")
    with _errors(), Bar() as bar:
        result = _run(given, bar)
        same = result.header["verify"] != "DIFFERS"
        outcome = trading.Outcome(
            result, analyse(result), None, same, None, result.counts["intents"], given["output"]
        )
        if given["report"]:
            trading.write_report(outcome, given["report"], must=True)
    if given["as_json"]:
        click.echo(plain(trading.as_dict(outcome)))
    else:
        out = Printer.make()
        trading.show(out, outcome, segments=True)
        out.line(f"next: {_next(given)}")
    if not outcome.ok:
        raise SystemExit(1)


def _run(given: dict[str, Any], bar: Bar) -> PaperResult:
    from clobstep.cli.trading import pairs
    from clobstep_sim.fuzz import profile as profiles
    from clobstep_sim.soak.soak import SoakSettings, soak

    try:
        engine = {key: int(value) for key, value in pairs(given["engine"], "--engine").items()}
    except ValueError as error:
        raise click.UsageError(f"--engine: {error}; all settings are integers.") from None
    settings = SoakSettings(given["seed"], given["hours"], given["cash"], engine)
    return soak(
        profiles.load(given["name"]),
        compiled(given["strategy"], pairs(given["sets"], "--set")),
        settings,
        record=given["output"],
        progress=lambda share: bar("trading", round(1000 * share), 1000),
    )


def compiled(name: str, sets: dict[str, str]) -> CompiledStrategy:
    """A strategy that the world can run. Errors: Unreadable for one of Python's."""
    from clobstep.strategy._turn import CompiledStrategy
    from clobstep.strategy.load import load_strategy

    found = load_strategy(COMPILED.get(name, name), sets)
    if not isinstance(found, CompiledStrategy):
        raise Unreadable(
            f"--strategy {name}: is written in Python, and the made market runs compiled ones: "
            "maker, or your own CompiledStrategy; on a recording, clobstep paper runs both"
        )
    return found


@contextmanager
def _errors() -> Iterator[None]:
    """What was given and cannot be exits with 2; a run that stopped by itself with 1."""
    from clobstep.cli.trading import paper_errors
    from clobstep_sim.fuzz.profile import ProfileError
    from clobstep_sim.soak.market import SoakError

    with paper_errors():
        try:
            yield
        except (ProfileError, ValueError) as error:
            raise Unreadable(str(error)) from None
        except SoakError as error:
            click.echo(f"the run stopped {error}", err=True)
            raise SystemExit(1) from None


def _next(given: dict[str, Any]) -> str:
    if given["output"]:
        return f"clobstep replay {quote(str(given['output']))} --verify"
    return f"clobstep fuzz --profile {given['name']}   (the same market, with an engine under test)"
