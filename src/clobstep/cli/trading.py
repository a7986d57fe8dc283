"""What `paper` and `demo` share: the run, its proof, the report, and what is printed of them.

Owns: the order in which a person is told. The numbers come from clobstep.report.
"""

from __future__ import annotations

import linecache
import os
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clobstep.cli.files import Bar, Unreadable, told
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from clobstep.report.analysis import Analysis
    from clobstep.report.band import Band
    from clobstep.session.manifest import Holds
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
    strategy_same: bool | None
    """None where the strategy was not run again."""
    intents: int
    session: Path | None
    html: Path | None = None
    html_bytes: int = 0
    html_lacks: str = ""
    """Why the report could not be written where nobody said it should be."""
    plots: bool = True

    @property
    def ok(self) -> bool:
        """The run replayed to the same chain, and the strategy asked the same again."""
        return self.engine_same and self.strategy_same is not False


@contextmanager
def paper_errors() -> Iterator[None]:
    """Errors of models, latencies, settings, strategies and recordings exit with 2.

    So does what a strategy raises in its turn, told with its own line: that is a fault of what was
    given, not of the program. Anything else keeps its traceback.
    """
    from clobstep.strategy.protocol import StrategyError
    from clobstep_sim.replayed.bias import BiasError
    from clobstep_sim.replayed.latency import LatencyError
    from clobstep_sim.replayed.models import ModelError
    from clobstep_sim.replayed.recording import RecordingError
    from clobstep_sim.replayed.settings import SettingsError
    from clobstep_sim.replayed.signals import SignalsError

    known = (
        StrategyError,
        BiasError,
        LatencyError,
        ModelError,
        RecordingError,
        SettingsError,
        SignalsError,
    )
    with told():
        try:
            yield
        except click.ClickException:
            raise
        except Exception as error:
            fault = _of_strategy(error)
            if fault is not None:
                raise Unreadable(fault) from error
            if isinstance(error, known):
                raise Unreadable(str(error)) from None
            raise


def _of_strategy(error: Exception) -> str | None:
    """What a strategy raised and where, if it was one; its own file before what it called."""
    frames = list(traceback.walk_tb(error.__traceback__))
    turns = [k for k, (frame, _) in enumerate(frames) if frame.f_code.co_name == "on_wake"]
    if not turns:
        return None
    own = frames[turns[0]][0].f_code.co_filename
    lines = [f"the strategy raised {type(error).__name__}: {error}"]
    for frame, number in frames[turns[0] :]:
        code = frame.f_code
        if code.co_filename == own:
            text = linecache.getline(code.co_filename, number).strip()
            lines.append(f"  {Path(own).name}, line {number}, in {code.co_name}: {text}")
    return "\n".join(lines + [f"  {note}" for note in getattr(error, "__notes__", ())])


def may_write(path: Path, option: str) -> None:
    """Refuse a file whose folder is not there or cannot be written, before anything is run."""
    folder = path.parent
    if not folder.is_dir():
        raise Unreadable(f"{option} {path}: there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        raise Unreadable(f"{option} {path}: the folder {folder} cannot be written")


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """`key=value` options as a dictionary."""
    out = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise click.UsageError(f"{option} {text}: write {option} key=value.")
        if key in out:
            raise click.UsageError(f"{option} {key} is given twice.")
        out[key] = value
    return out


def trade(
    recording: Recording,
    strategy: tuple[str, dict[str, str]],
    settings: PaperSettings,
    *,
    session: Path,
    models: Sequence[str] = (),
    bar: Bar | None = None,
) -> Outcome:
    """Run, replay what was run, and run the other models beside it.

    `models`: fill models beside the one of `settings`, each its own run. `session` is written
    under another name and gets its own when it is whole.
    """
    from dataclasses import replace

    from clobstep.report.analysis import analyse
    from clobstep.strategy.load import load_strategy
    from clobstep_sim.replayed.paper import paper

    def progress(what: str, done: int) -> None:
        if bar is not None:
            bar(what, done, 3 + len(models))

    progress(f"trading, {settings.fill}", 0)
    part = session.with_name(f"{session.name}.part-{os.getpid()}")
    result = paper(recording, load_strategy(*strategy), settings=settings, record=part)
    try:
        progress("replaying", 1)
        proof = prove(result, part, strategy)
        part.replace(session)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    result.session = session
    others = []
    for number, name in enumerate(models, 2):
        progress(f"trading, {name}", number)
        other = replace(settings, fill=name)
        others.append(paper(recording, load_strategy(*strategy), settings=other))
    progress("reporting", 2 + len(models))
    found = band_of(result, others, recording.manifest.holds) if models else None
    return Outcome(result, analyse(result), found, *proof, session)


def prove(
    result: PaperResult, session: Path, strategy: tuple[str, dict[str, str]]
) -> tuple[bool, bool | None, int]:
    """Replay what was run: whether engine and strategy did the same, and how many intents."""
    from clobstep.replay.strategy import replay_strategy
    from clobstep.replay.verify import replay
    from clobstep.session.reader import Session
    from clobstep.strategy.load import load_strategy

    with Session.open(session) as written:
        verdict = replay(written, verify=True)
    with Session.open(session) as written:
        again = replay_strategy(written, load_strategy(*strategy))
    result.header["verify"] = "same chain: OK" if verdict.same and again.same else "DIFFERS"
    return bool(verdict.same), again.same, again.intents


def band_of(result: PaperResult, others: Sequence[PaperResult], holds: Holds) -> Band:
    """The models that a band is made of, and beside it those that are only for comparison."""
    from clobstep.report.band import band
    from clobstep_sim.replayed import models

    inside = [models.read(name) for name in models.band(holds)]
    honest: list[PaperResult] = []
    beside: list[PaperResult] = []
    for run in (result, *others):
        (honest if models.read(run.header["fill_model"]) in inside else beside).append(run)
    return band(honest, beside) if honest else band([result], others)


def write_report(outcome: Outcome, path: Path, *, must: bool) -> None:
    """The HTML report, whole or not at all. Unless it `must` be, a failure is only told."""
    from clobstep.report import html as page

    # A file is replaced when the new one is whole. What is no file (a device, a pipe) is written to
    # and must never be replaced, and a link stays one.
    place = path.resolve()
    whole = place.is_file() or not place.exists()
    new = place.with_name(f"{place.name}.part-{os.getpid()}") if whole else place
    outcome.plots = page.has_plots()
    try:
        outcome.html_bytes = page.write(new, outcome.analysis, outcome.band)
        if whole:
            new.replace(place)
        outcome.html = path
    except OSError as error:
        if whole:
            with suppress(OSError):
                new.unlink(missing_ok=True)
        if must:
            raise Unreadable(f"--report {path}: {error.strerror or error}") from None
        outcome.html_lacks = f"{path}: {error.strerror or error}"


def show(out: Printer, outcome: Outcome, *, segments: bool) -> None:
    """Print tables, what was proven and where things are."""
    from rich.console import Console

    from clobstep.report import text

    report = text.report(outcome.analysis, outcome.band, segments=segments)
    if out.styled:
        Console(highlight=False).print(report)
    else:
        click.echo(text.plain(report), nl=False)
    intents = "" if outcome.strategy_same is None else f" and {outcome.intents:,} intents"
    proof = f"{outcome.result.engine.seq:,} events{intents} replayed"
    if outcome.session is not None:
        proof += f" from {outcome.session}"
    if outcome.ok:
        out.line(f"{proof}: ", ("same chain: OK", "good"), f" ({outcome.result.chain:016x})")
    else:
        what = "the engine" if not outcome.engine_same else "the strategy"
        out.line(f"{proof}: ", (f"{what} DIFFERS", "bad"))
    if outcome.html is not None:
        plots = "" if outcome.plots else ", without plots: pip install 'clobstep[report]'"
        out.line(f"report: {outcome.html} ({outcome.html_bytes / 1e6:.1f} MB{plots})")
    elif outcome.html_lacks:
        out.line(("no report", "warn"), f": {outcome.html_lacks}; name a place with --report FILE")


def as_dict(outcome: Outcome) -> dict[str, Any]:
    """The whole outcome as plain JSON types."""
    from clobstep.report import to_json

    return {
        "session": str(outcome.session) if outcome.session else None,
        "html": str(outcome.html) if outcome.html else None,
        "html_lacks": outcome.html_lacks or None,
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
