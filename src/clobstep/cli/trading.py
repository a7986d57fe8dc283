"""What `paper` and `demo` share: the run, its proof, the report, and what is printed of them.

Owns: the order in which a person is told. The numbers come from clobstep.report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clobstep.cli.files import Bar, Unreadable, told
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from clobstep.report.analysis import Analysis
    from clobstep.report.band import Band
    from clobstep_sim.replayed.recording import Recording
    from clobstep_sim.replayed.result import PaperResult
    from clobstep_sim.replayed.settings import PaperSettings


@dataclass
class Outcome:
    """One command's run: the result, what was proven of it, and where it was written."""

    result: PaperResult
    analysis: Analysis
    band: Band | None
    engine_same: bool
    strategy_same: bool
    intents: int
    session: Path
    html: Path | None
    html_bytes: int = 0
    plots: bool = True
    said: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """The run replayed to the same chain, and the strategy asked the same again."""
        return self.engine_same and self.strategy_same


@contextmanager
def paper_errors() -> Iterator[None]:
    """Errors of models, latencies, settings, strategies and recordings exit with 2."""
    from clobstep.strategy.protocol import StrategyError
    from clobstep_sim.replayed.latency import LatencyError
    from clobstep_sim.replayed.models import ModelError
    from clobstep_sim.replayed.recording import RecordingError
    from clobstep_sim.replayed.settings import SettingsError
    from clobstep_sim.replayed.signals import SignalsError

    with told():
        try:
            yield
        except (
            StrategyError, LatencyError, ModelError, RecordingError, SettingsError, SignalsError
        ) as error:  # fmt: skip
            raise Unreadable(str(error)) from None


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """`key=value` options as a dictionary."""
    out = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise click.UsageError(f"{option} {text}: write {option} key=value.")
        out[key] = value
    return out


def trade(
    recording: Recording,
    strategy: tuple[str, dict[str, str]],
    settings: PaperSettings,
    *,
    session: Path,
    html: Path | None,
    models: Sequence[str] = (),
    bar: Bar | None = None,
) -> Outcome:
    """Run, replay what was run, run the other models beside it, and write the report.

    `models`: fill models beside the one of `settings`, each its own run.
    """
    from dataclasses import replace

    from clobstep.replay.strategy import replay_strategy
    from clobstep.replay.verify import replay
    from clobstep.report.analysis import analyse
    from clobstep.report.band import band
    from clobstep.session.reader import Session
    from clobstep.strategy.load import load_strategy
    from clobstep_sim.replayed.paper import paper

    def progress(what: str, done: int, total: int) -> None:
        if bar is not None:
            bar(what, done, total)

    steps = 3 + len(models)
    progress(f"trading, {settings.fill}", 0, steps)
    session.unlink(missing_ok=True)
    result = paper(recording, load_strategy(*strategy), settings=settings, record=session)
    progress("replaying", 1, steps)
    with Session.open(session) as written:
        verdict = replay(written, verify=True)
    with Session.open(session) as written:
        again = replay_strategy(written, load_strategy(*strategy))
    result.header["verify"] = "same chain: OK" if verdict.same and again.same else "DIFFERS"
    runs = [result]
    for number, name in enumerate(models):
        progress(f"trading, {name}", 2 + number, steps)
        other = paper(recording, load_strategy(*strategy), settings=replace(settings, fill=name))
        runs.append(other)
    analysis = analyse(result)
    honest = [run for run in runs if run.header["fill_model"] != "naive"]
    naive = [run for run in runs if run.header["fill_model"] == "naive"]
    found = band(honest, naive) if models else None
    out = Outcome(
        result, analysis, found, bool(verdict.same), again.same, again.intents, session, html
    )
    if html is not None:
        from clobstep.report import html as page

        progress("writing the report", steps - 1, steps)
        out.html_bytes = page.write(html, analysis, found)
        out.plots = page.has_plots()
    return out


def show(out: Printer, outcome: Outcome, *, segments: bool) -> None:
    """Print tables, what was proven and where things are."""
    from rich.console import Console

    from clobstep.report import text

    report = text.report(outcome.analysis, outcome.band, segments=segments)
    if out.styled:
        Console(highlight=False).print(report)
    else:
        click.echo(text.plain(report), nl=False)
    proof = (
        f"{outcome.result.engine.seq:,} events and {outcome.intents:,} intents replayed from "
        f"{outcome.session.name}: "
    )
    if outcome.ok:
        out.line(proof, ("same chain: OK", "good"), f" ({outcome.result.chain:016x})")
    else:
        what = "the engine" if not outcome.engine_same else "the strategy"
        out.line(proof, (f"{what} DIFFERS", "bad"))
    if outcome.html is not None:
        plots = "" if outcome.plots else ", without plots: pip install 'clobstep[report]'"
        out.line(f"report: {outcome.html} ({outcome.html_bytes / 1e6:.1f} MB{plots})")


def as_dict(outcome: Outcome) -> dict[str, Any]:
    """The whole outcome as plain JSON types."""
    from clobstep.report import to_json

    return {
        "session": str(outcome.session),
        "html": str(outcome.html) if outcome.html else None,
        "chain": f"{outcome.result.chain:016x}",
        "replay": {
            "same": outcome.ok,
            "engine": outcome.engine_same,
            "strategy": outcome.strategy_same,
            "events": outcome.result.engine.seq,
            "intents": outcome.intents,
        },
        "counts": outcome.result.counts,
        "report": to_json.analysis(outcome.analysis),
        "band": to_json.band(outcome.band) if outcome.band else None,
    }
