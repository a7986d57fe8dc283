"""`clobstep paper`: a strategy against a recorded market, or against the live one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli import paper_live
from clobstep.cli.files import Bar, Unreadable, opened, plain
from clobstep.cli.following import live_errors
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from clobstep.cli.trading import Outcome
    from clobstep.session.manifest import Holds
    from clobstep_sim.replayed.recording import Recording
    from clobstep_sim.replayed.settings import PaperSettings

EPILOG = """\b
Examples:
  clobstep paper S.clob --strategy maker --fill risk-averse
  clobstep paper S.clob --strategy maker --all-fills --set size=20.0 --set width_pips=0.01
  clobstep paper S.clob --strategy mine.py:Mine --latency submit=60ms,cancel=40ms,answer=30ms
  clobstep paper S.clob --strategy maker --fill crossing --json
  clobstep paper --live --event fed-decision-in-june-825 --strategy maker --duration 1h
"""


OPTIONS: Final = (
    click.option(
        "--strategy", "-s", "name", default="maker", show_default=True,
        help="maker, maker-compiled, parity, noop, package.module:Name or file.py:Name.",
    ),
    click.option(
        "--set", "sets", multiple=True, metavar="KEY=VALUE",
        help="A strategy's setting: size=20.0 (shares), width_pips=0.01, stop_before_ns=30s; or "
        "whole numbers in its own unit, size=20000000.",
    ),
    click.option(
        "--fill", default=None,
        show_default="risk-averse, or crossing where a recording has no deltas and prints",
        help="crossing, trade-through, risk-averse, power:1 to power:3, log, front, naive.",
    ),
    click.option("--all-fills", is_flag=True, help="Run every fill model, and show the band."),
    click.option(
        "--latency", default=None, show_default="50ms each way",
        help="20ms; lognormal:20ms:0.5; table:FILE; or submit=..,cancel=..,answer=..",
    ),
    click.option(
        "--feed-latency", default=None, show_default="as recorded, else 50ms",
        help="Added to our time of market data.",
    ),
    click.option("--cash", default="1000", show_default=True, help="pUSD at the start."),
    click.option("--seed", default=1, show_default=True, help="Of what is drawn."),
    click.option("--settle", default="5s", show_default=True, help="From MATCHED to CONFIRMED."),
    click.option("--merge-delay", default="30s", show_default=True, help="Of a merge or split."),
    click.option("--merge-cost", default="0", show_default=True, help="pUSD a merge or split."),
    click.option(
        "--engine", multiple=True, metavar="KEY=INTEGER",
        help="A setting of the engine, as in docs/reference.md.",
    ),
    click.option(
        "--signals", type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Lines `time,source,key,size,amount[,token]` that reach the strategy.",
    ),
    click.option(
        "-o", "output", type=click.Path(dir_okay=False, path_type=Path), default=None,
        show_default="SESSION-paper.clob here, written anew; live-paper.clob",
        help="The run as a session; a file that is there is not overwritten.",
    ),
    click.option(
        "--report", type=click.Path(dir_okay=False, path_type=Path), default=None,
        show_default="SESSION-paper.html here", help="The HTML report, written anew.",
    ),
    *paper_live.OPTIONS,
    click.option("--no-report", is_flag=True, help="Write no HTML report."),
    click.option("--json", "as_json", is_flag=True, help="One JSON document, nothing else."),
)  # fmt: skip
SETTINGS: Final = (
    "fill", "latency", "feed_latency", "cash", "seed", "settle", "merge_delay", "merge_cost",
)  # fmt: skip


def _options(function: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS):
        function = option(function)
    return function


@click.command(name="paper", epilog=EPILOG)
@click.argument(
    "session", type=click.Path(dir_okay=False, path_type=Path), required=False, default=None
)
@_options
def command(session: Path | None, **given: Any) -> None:
    """Trade a strategy on paper against the market data of SESSION, or --live.

    Our orders meet the recorded book with latency both ways, wait in its queues by the fill model,
    and are settled at the recorded payout. A model that needs what the recording does not hold is
    refused. The run is written as a session and replayed: exit code 1 if it does not come out the
    same. With --live the feed is the venue's own, without a key; it is recorded too, so that
    `clobstep paper OUTPUT-feed.clob` with the same settings gives the same run.
    """
    from clobstep.cli import trading

    if given["no_report"] and given["report"]:
        raise click.UsageError("--report and --no-report do not go together.")
    if given["live"] and session:
        raise click.UsageError("SESSION and --live do not go together.")
    strategy = (given["name"], trading.pairs(given["sets"], "--set"))
    with trading.paper_errors():
        outcome = _live(strategy, given) if given["live"] else _recorded(session, strategy, given)
        if not given["no_report"]:
            stem = f"{session.stem}-paper" if session else paper_live.output_of(given).stem
            page = given["report"] or Path(f"{stem}.html")
            trading.write_report(outcome, page, must=given["report"] is not None)
    if given["as_json"]:
        click.echo(plain(trading.as_dict(outcome)))
    else:
        _show(outcome, strategy, given)
    if not outcome.ok:
        raise SystemExit(1)


def _recorded(
    session: Path | None, strategy: tuple[str, dict[str, str]], given: dict[str, Any]
) -> Outcome:
    """A run on what was recorded."""
    from clobstep.cli import trading

    if session is None:
        raise click.UsageError("SESSION is missing: a recording, or --live for the venue's feed.")
    only = [name for name in paper_live.ONLY if given[name] not in (None, ())]
    if only:
        option = only[0].removesuffix("s") if only[0] in ("markets", "events") else only[0]
        raise click.UsageError(f"--{option} belongs to --live.")
    with Bar() as bar:
        loaded = _recording(session, given["signals"])
        written = _output(session, given["output"])
        if given["report"]:
            trading.may_write(given["report"], "--report")
        settings = _settings(loaded.manifest.holds, given)
        beside = _beside(settings.fill, loaded.manifest.holds) if given["all_fills"] else ()
        return trading.trade(
            loaded, strategy, settings, session=written, bar=bar, models=beside
        )  # fmt: skip


def _live(strategy: tuple[str, dict[str, str]], given: dict[str, Any]) -> Outcome:
    """A run on the venue's own feed."""
    from clobstep.cli import trading

    if given["signals"]:
        raise click.UsageError("--signals belong to a recording.")
    if given["report"]:
        trading.may_write(given["report"], "--report")
    with live_errors():
        from clobstep.live.feed import HOLDS
    settings = _settings(HOLDS, given)
    beside = _beside(settings.fill, HOLDS) if given["all_fills"] else []
    return paper_live.trade_live(strategy, settings, beside, given)


def _show(outcome: Outcome, strategy: tuple[str, dict[str, str]], given: dict[str, Any]) -> None:
    """What came out, and what to type now."""
    from clobstep.cli import trading

    out = Printer.make()
    trading.show(out, outcome, segments=True)
    if given["live"]:
        heard, feed = outcome.result.counts["feed_events"], paper_live.feed_of(given)
        out.line(f"feed: {heard:,} events in {feed}; clobstep paper {quote(str(feed))} runs on it")
    if missed := outcome.result.counts.get("late"):
        out.line((paper_live.late(missed, given["margin"]), "warn"))
    how = f"--strategy {quote(strategy[0])}" if outcome.ok else "--verify"
    sets = "".join(f" --set {quote(text)}" for text in given["sets"]) if outcome.ok else ""
    out.line(f"next: clobstep replay {quote(str(outcome.session))} {how}{sets}")


def _output(session: Path, output: Path | None) -> Path:
    """Where the run goes. Only an earlier run under the name that is made up is overwritten."""
    from clobstep.cli.trading import may_write
    from clobstep.session.format import SessionError
    from clobstep.session.reader import Session

    written = output or Path(f"{session.stem}-paper.clob")
    if written.resolve() == session.resolve():
        raise Unreadable(
            f"{written}: is the recording itself; name a file for the run with -o"
        )  # fmt: skip
    may_write(written, "-o")
    if output and output.exists():
        raise Unreadable(f"-o {output}: the file is there already; name another")
    if not written.exists():
        return written
    with suppress(SessionError), Session.open(written) as there:
        if there.manifest.kind == "paper":
            return written
    raise Unreadable(f"{written}: is there already and is no paper run; name another with -o")


def _settings(holds: Holds, given: dict[str, Any]) -> PaperSettings:
    """What was given, and the most careful fill model that the recording allows."""
    from clobstep_sim.replayed import models
    from clobstep_sim.replayed.settings import PaperSettings

    chosen = {name: given[name] for name in SETTINGS}
    if chosen["fill"] is None:
        chosen["fill"] = "risk-averse" if models.band(holds) else "crossing"
    return PaperSettings(engine=_integers(given["engine"]), **chosen)


def _recording(session: Path, signals: Path | None) -> Recording:
    from clobstep_sim.replayed import recording as recordings

    with opened(session) as found:
        loaded = recordings.load(found)
    if signals is None:
        return loaded
    from clobstep_sim.replayed.signals import read_signals

    return recordings.with_signals(loaded, read_signals(signals))


def _integers(given: tuple[str, ...]) -> dict[str, int]:
    from clobstep.cli.trading import pairs

    try:
        return {key: int(value) for key, value in pairs(given, "--engine").items()}
    except ValueError as error:
        raise click.UsageError(f"--engine: {error}; all settings are integers.") from None


def _beside(fill: str, holds: Holds) -> list[str]:
    """The other models of the band, and the naive one to compare with."""
    from clobstep_sim.replayed import models

    names = (*models.band(holds), "naive")
    return [name for name in names if models.read(name) != models.read(fill)]
