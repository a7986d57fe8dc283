"""`clobstep paper --live`: the run on a feed that goes on. The command itself is in `paper`.

Owns: the options that only a live run has, and the order of its end: the recording is sealed, then
the run on it, then it is proven.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli.files import Bar, Unreadable
from clobstep.cli.following import OPTIONS as FOLLOWING
from clobstep.cli.following import config_of, follow, live_errors, span_ns

if TYPE_CHECKING:
    from clobstep.cli.trading import Outcome
    from clobstep.live.feed import Feed
    from clobstep.live.record import FeedRecord
    from clobstep.session.manifest import Manifest
    from clobstep_sim.replayed.live import LivePaper
    from clobstep_sim.replayed.settings import PaperSettings

OPTIONS: Final = (
    click.option("--live", is_flag=True, help="Trade on the feed as it comes, not on a SESSION."),
    *FOLLOWING,
    click.option(
        "--margin", default="2s", show_default=True, metavar="TIME",
        help="Live: stay so long behind the feed, so that nothing of it comes too late.",
    ),
    click.option(
        "--record", "record", type=click.Path(dir_okay=False, path_type=Path), default=None,
        show_default="OUTPUT-feed.clob",
        help="Live: the series that the feed is kept in, to run on it again.",
    ),
)  # fmt: skip
ONLY: Final = (
    "markets", "events", "config", "venue", "duration", "raw", "hashes", "speed", "record",
)  # fmt: skip
OUTPUT: Final = Path("live-paper.clob")
SECOND: Final = 1_000_000_000


def trade_live(
    strategy: tuple[str, dict[str, str]],
    settings: PaperSettings,
    models: list[str],
    given: dict[str, Any],
) -> Outcome:
    """Run until it is over, seal and prove it.

    `models`: fill models that are run on the recorded feed at the end. Errors: Unreadable, those of
    `paper`.
    """
    output = output_of(given)
    base = feed_of(given)
    _may_write(output, base)
    ran: list[LivePaper] = []
    with live_errors():
        try:
            record = _run(strategy, settings, base, output, given, ran)
            with Bar() as bar:
                return _ended(ran[0], record, base, output, strategy, settings, models, bar)
        except BaseException as error:
            if ran and ran[0].paper.engine.seq:
                error.add_note(f"what was committed is in {output}; `clobstep seal {output}`")
            raise
        finally:
            for one in ran:
                one.close()


def output_of(given: dict[str, Any]) -> Path:
    """Where the run goes."""
    return Path(given["output"] or OUTPUT)


def feed_of(given: dict[str, Any]) -> Path:
    """Where the feed is kept."""
    output = output_of(given)
    return Path(given["record"] or output.with_name(f"{output.stem}-feed{output.suffix}"))


def late(count: int, margin: str) -> str:
    """What words that came too late mean."""
    return (
        f"{count} words of the market came when the venue had passed their time: they count from "
        f"then on, and the recorded feed may give another run; a --margin above {margin} helps"
    )


def _may_write(output: Path, base: Path) -> None:
    from clobstep.cli.trading import may_write
    from clobstep.session.series import parts_of

    may_write(output, "-o")
    may_write(base, "--record")
    if output.exists():
        raise Unreadable(f"{output}: is there already; name another with -o")
    if base.resolve() == output.resolve():
        raise Unreadable(f"--record {base}: is the run itself; name another file for the feed")
    if there := parts_of(base):
        raise Unreadable(f"{there[0][1]}: is there already; name another series with --record")


def _run(
    strategy: tuple[str, dict[str, str]],
    settings: PaperSettings,
    base: Path,
    output: Path,
    given: dict[str, Any],
    ran: list[LivePaper],
) -> FeedRecord:
    """The live part; the run is in `ran` as soon as it is made."""
    import trio

    from clobstep.strategy.load import load_strategy
    from clobstep_sim.replayed.live import LivePaper

    config = config_of(given)
    if given["raw"] is None and not given["config"]:
        config = _without_raw(config)
    speed = config.live.speed
    behind_ns = int(span_ns(given["margin"], "--margin") * max(speed, 1.0))
    duration_ns = span_ns(given["duration"], "--duration")
    made = load_strategy(*strategy)

    def listener(feed: Feed, manifest: Manifest) -> LivePaper:
        run = LivePaper(
            f"{base.stem}.0000{base.suffix}", feed.first, manifest, feed.interning, made, settings,
            output, commit_ns=int(SECOND * max(speed, 1.0)),
        )  # fmt: skip
        ran.append(run)
        return run

    async def main() -> FeedRecord:
        return await follow(
            config,
            base,
            duration_ns=duration_ns,
            quiet=given["as_json"],
            goes_on=False,
            settings={"oldest_ns": behind_ns},
            listener=listener,
            more=lambda: _fills(ran),
        )

    return trio.run(main)


def _without_raw(config: Any) -> Any:
    import msgspec

    session = msgspec.structs.replace(config.session, raw="dropped")
    return msgspec.structs.replace(config, session=session)


def _fills(ran: list[LivePaper]) -> str:
    """For the line that says where it is."""
    if not ran:
        return ""
    view = ran[0].paper.engine.view
    return f"; {view.counters()['fills']:,} fills, {len(view.orders())} orders, {ran[0].late} late"


def _ended(
    run: LivePaper,
    record: FeedRecord,
    base: Path,
    output: Path,
    strategy: tuple[str, dict[str, str]],
    settings: PaperSettings,
    models: list[str],
    bar: Bar,
) -> Outcome:
    """Seal and prove it, and run the other models on what was recorded."""
    from dataclasses import replace

    from clobstep.cli import trading
    from clobstep.report.analysis import analyse
    from clobstep.session.series import Series
    from clobstep.strategy.load import load_strategy
    from clobstep_sim.replayed import recording as recordings
    from clobstep_sim.replayed.paper import paper

    total = 2 + len(models)
    with Series.open(base) as series:
        manifest = series.manifest
        loaded = recordings.load(series) if models else None
    result = run.finish(manifest)
    bar("replaying", 0, total)
    proof = trading.prove(result, output, strategy)
    result.counts |= {"late": run.late, "feed_events": record.engine.seq}
    others = []
    for number, name in enumerate(models, 1):
        bar(f"trading, {name}", number, total)
        assert loaded is not None
        other = replace(settings, fill=name)
        others.append(paper(loaded, load_strategy(*strategy), settings=other))
    bar("reporting", total - 1, total)
    band = trading.band_of(result, others, manifest.holds) if models else None
    return trading.Outcome(result, analyse(result), band, *proof, output)
