"""`clobstep fuzz`: an engine against a simulated exchange with everything that goes wrong."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli.files import Bar, Unreadable, plain, told
from clobstep.cli.trading import may_write
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clobstep_sim.fuzz.campaign import Row, Tally
    from clobstep_sim.fuzz.profile import Profile

EPILOG: Final = """\b
Examples:
  clobstep fuzz --seed 7 --profile everything
  clobstep fuzz --seeds 1:1000 --profile all --workers 2 --store campaign.jsonl
  clobstep fuzz --minutes 10 --profile reject-storm
"""
MOST_EVENTS: Final = 10_000_000
ALL: Final = 1 << 40  # more events than a seed can have
SHOWN: Final = 5
MOST_MARKS: Final = 15
INTERRUPTED: Final = 130  # as of a shell
HEAD: Final = (
    f"{'profile':<18}{'seeds':>8}{'events':>14}{'virtual hours':>15}{'crashes':>9}{'failed':>8}"
)


def read_seeds(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[int, int] | None:
    """A:B, B not included; the second above the first."""
    if value is None:
        return None
    first, colon, last = value.partition(":")
    if not colon or not first.isdecimal() or not last.isdecimal() or int(first) >= int(last):
        raise click.BadParameter(f"{value!r}: write --seeds 1:101 for 1 to 100.", ctx, param)
    return int(first), int(last)


@click.command(epilog=EPILOG)
@click.option("--seed", type=click.IntRange(0, 2**63), default=None, help="One seed.")
@click.option(
    "--seeds", metavar="A:B", default=None, callback=read_seeds,
    help="A run of seeds, B not included.",
)  # fmt: skip
@click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), default=None,
    help="Seeds from --seed (or 1) on, for so long.",
)  # fmt: skip
@click.option(
    "--profile", "names", multiple=True, default=("everything",), show_default=True,
    help="calm, busy, reject-storm ..., all, or a .toml file of your own; may be given again.",
)  # fmt: skip
@click.option(
    "--events", type=click.IntRange(100, MOST_EVENTS), default=20_000, show_default=True,
    help="Events a seed, before its faults stop.",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(1, 1024), default=1, show_default=True, help="Processes."
)
@click.option("--dask", default="", metavar="ADDRESS", help="A Dask scheduler, as tcp://host:8786.")
@click.option(
    "--store", type=click.Path(dir_okay=False, path_type=Path), default=None,
    help="Keep each seed's result as it comes; given again, a campaign goes on from there.",
)  # fmt: skip
@click.option(
    "-o", "output", type=click.Path(dir_okay=False, path_type=Path), default=None,
    show_default="fuzz-PROFILE-SEED.clob here", help="The first failure, shrunk, as a session.",
)  # fmt: skip
@click.option(
    "--audit", type=click.IntRange(0), default=ALL, show_default="all",
    help="So many events of each seed are gone over by the auditor; 0 is over twice as fast.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON document, nothing else.")
def command(
    seed: int | None,
    seeds: tuple[int, int] | None,
    minutes: float | None,
    names: tuple[str, ...],
    events: int,
    workers: int,
    dask: str,
    store: Path | None,
    output: Path | None,
    audit: int,
    as_json: bool,
) -> None:
    """Trade in a simulated world by seed, and hold the engine to its invariants.

    Each seed is a world of its own: markets, a crowd, a network, and the profile's faults. The
    engine's invariants are checked after each event; then the faults stop, and within bounds its
    orders, cash, positions and books must be the exchange's own, and a replay of its journal must
    end in the same chain. Exit code 1 if something does not hold; the first failure is shrunk and
    written as a session. A campaign that ctrl-C ends says what it has, and exits with 130.
    """
    if seeds is not None and (seed is not None or minutes is not None):
        raise click.UsageError("--seeds goes with neither --seed nor --minutes.")
    if output is not None:
        may_write(output, "-o")
    with fuzz_errors():
        profiles = _profiles(names)
        tally = _run(profiles, seed, seeds, minutes, events, workers, dask, store, audit)
        broken = _shrink(tally.failed[0], profiles, output) if tally.failed else None
    if as_json:
        click.echo(plain(_as_dict(tally, profiles, broken)))
    else:
        _print(Printer.make(), tally, profiles, broken, store)
    if code := 1 if tally.failed or tally.idle() else INTERRUPTED if tally.stopped else 0:
        raise SystemExit(code)


@contextmanager
def fuzz_errors() -> Iterator[None]:
    """What is wrong with a profile, a campaign or a file exits with 2."""
    from clobstep_sim.fuzz.campaign import CampaignError
    from clobstep_sim.fuzz.profile import ProfileError

    with told():
        try:
            yield
        except (CampaignError, ProfileError) as error:
            raise Unreadable(str(error)) from None


def _profiles(names: tuple[str, ...]) -> list[Profile]:
    from clobstep_sim.fuzz import profile

    wanted = profile.names() if "all" in names else list(dict.fromkeys(names))
    return [profile.load(name) for name in wanted]


def _run(
    profiles: list[Profile],
    seed: int | None,
    seeds: tuple[int, int] | None,
    minutes: float | None,
    events: int,
    workers: int,
    dask: str,
    store: Path | None,
    audit: int,
) -> Tally:
    from clobstep_sim.fuzz import campaign

    source: Iterable[int]
    if minutes is not None:
        source, total = campaign.until(seed or 1, 60 * minutes), 0
    else:
        source = range(*seeds) if seeds else range(seed or 1, (seed or 1) + 1)
        total = len(source) * len(profiles)
    with Bar() as bar:
        return campaign.run(
            profiles, source, events, workers=workers, dask=dask, store=store, audit=audit,
            progress=lambda done: bar("seeds", done, max(total, done)),
        )  # fmt: skip


def _shrink(row: Row, profiles: list[Profile], output: Path | None) -> dict[str, Any]:
    """The first failure with as little around it as still shows it, written as a session."""
    from clobstep_sim.fuzz import reproducer, scene, shrink
    from clobstep_sim.fuzz.seed import run_seed

    profile = next(p for p in profiles if p.name == row.profile)
    fewer, _ = shrink.fewer_faults(row.seed, profile, row.events, row.number)
    length = shrink.fewer_events(row.seed, fewer, row.events, row.number)
    result = run_seed(row.seed, fewer, length)
    config = scene.make(row.seed, fewer).config
    left, what = shrink.shrunk(result.log, config)
    path = output or Path(f"fuzz-{row.profile}-{row.seed}.clob")
    path.unlink(missing_ok=True)
    made: dict[str, object] = {
        "seed": row.seed, "profile": row.profile, "faults": fewer.faults(), "events": length,
        "invariant": row.number, "said": row.said,
    }  # fmt: skip
    reproducer.write(path, config, left, made)
    return {
        **made,
        "left": len(left),
        "of": len(result.log) // 64,
        "shows": what,
        "session": str(path),
    }


def reproduce(row: Row, profiles: list[Profile]) -> str:
    """The line that runs a seed again."""
    given = next(p.given for p in profiles if p.name == row.profile)
    return f"clobstep fuzz --seed {row.seed} --profile {quote(given)} --events {row.events}"


def _as_dict(
    tally: Tally, profiles: list[Profile], broken: dict[str, Any] | None
) -> dict[str, Any]:
    given = sum(row.given for row in tally.rows)
    return {
        "ok": not tally.failed and not tally.idle(),
        "seeds": len(tally.rows),
        "events": given,
        "seconds": round(tally.seconds, 3),
        "stopped": tally.stopped,
        "failed": [
            {
                "profile": r.profile, "seed": r.seed, "invariant": r.number, "said": r.said,
                "again": reproduce(r, profiles),
            }
            for r in tally.failed
        ],
        "shrunk": broken,
        "never_hit": tally.unhit(),
        "never_succeeded": tally.idle(),
        "chains": {f"{r.profile} {r.seed}": r.chain for r in tally.rows},
    }  # fmt: skip


def _print(
    out: Printer, tally: Tally, profiles: list[Profile], broken: dict[str, Any] | None,
    store: Path | None,
) -> None:  # fmt: skip
    out.line((HEAD, "dim"))
    for profile in profiles:
        mine = [row for row in tally.rows if row.profile == profile.name]
        hours = sum(row.virtual_s for row in mine) / 3600
        given = sum(row.given for row in mine)
        crashes, failed = sum(row.crashes for row in mine), sum(bool(row.said) for row in mine)
        out.line(
            f"{profile.name:<18}{len(mine):>8,}{given:>14,}{hours:>15,.1f}{crashes:>9,}{failed:>8,}"
        )
    given = sum(row.given for row in tally.rows)
    if tally.seconds and tally.rows:
        out.line(
            f"{tally.seconds:.1f} s: {len(tally.rows) / tally.seconds:,.1f} seeds/s, "
            f"{given / tally.seconds / 1e6:.2f} M events/s, all checks on"
        )
    if tally.stopped:
        out.line(f"{tally.stopped}: what was done is counted")
    unhit = tally.unhit()
    if len(unhit) > MOST_MARKS:
        out.line(
            f"{len(unhit)} marks never hit: more seeds and profiles reach them (--json names all)"
        )
    elif unhit:
        out.line(f"never hit: {', '.join(unhit)}")
    if tally.idle():
        out.line(f"FAILED: never succeeded in all of these seeds: {', '.join(tally.idle())}")
    for row in tally.failed[:SHOWN]:
        out.line(f"FAILED: {row.profile}, seed {row.seed}: invariant {row.number}, {row.said[0]}")
        out.line(f"  again: {reproduce(row, profiles)}")
    if broken is not None:
        out.line(
            f"shrunk: faults {', '.join(broken['faults']) or 'none'}; {broken['left']:,} of "
            f"{broken['of']:,} events ({broken['shows']})"
        )
        out.line(f"next: clobstep inspect {quote(broken['session'])} --at -1")
    elif tally.stopped and store is not None:
        out.line(f"next: the same command again goes on from {store}")
    elif not tally.failed and not tally.stopped:
        out.line("next: clobstep fuzz --profile all --seeds 1:101 --workers 2   (every profile)")
