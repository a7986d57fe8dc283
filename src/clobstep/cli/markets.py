"""`clobstep markets`: which markets there are, which could be traded, and why not the others."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from clobstep.cli.files import Bar, Unreadable, plain
from clobstep.cli.view import Printer, Span

if TYPE_CHECKING:
    from clobstep.venue.closing import Closing
    from clobstep.venue.gamma_pages import EventInfo, Filters, Page
    from clobstep.venue.market_info import MarketInfo
    from clobstep.venue.notes import Note
    from clobstep.venue.tradable import Reason

EPILOG: Final = """\b
Examples:
  clobstep markets --tag crypto --tradable --min-liquidity 5000
  clobstep markets --event fed-decision-in-june-825 --save fed.json
  clobstep markets --file fed.json --json
"""
COLUMNS: Final = (  # name, width; the reasons come last and have no width
    ("market", 44), ("state", 9), ("tick", 7), ("min", 6), ("fee", 7), ("delay", 7),
    ("negRisk", 10), ("ver", 4),
)  # fmt: skip
STYLES: Final = {"open": "good", "past end": "warn", "closing": "warn", "unknown": "bad"}
FILE_BYTES: Final = 256 << 20
NOTES_SHOWN: Final = 5


def _time(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """UTC text as nanoseconds. A wrong one is a usage error that shows a right one."""
    from clobstep import units

    if value is None:
        return None
    try:
        return units.parse_time(value if "T" in value else f"{value}T00:00:00Z")
    except units.UnitError as error:
        raise click.BadParameter(f"{error}; write 2026-12-01 or 2026-12-01T18:00:00Z") from None


class Shown(NamedTuple):
    """A market and what we think of it."""

    info: MarketInfo
    closing: Closing
    reasons: tuple[Reason, ...]


class Source(NamedTuple):
    """Where the markets came from: the pages, and whether there are more."""

    name: str
    page: Page
    raw: tuple[bytes, ...]
    whole: bool


@click.command(name="markets", epilog=EPILOG)
@click.option(
    "--file", "file", type=click.Path(dir_okay=False, path_type=Path), default=None,
    help="Read this page, kept by --save, instead of asking the venue.",
)  # fmt: skip
@click.option("--venue", metavar="URL", default=None, help="Gamma's address, if not the real one.")
@click.option(
    "--save", type=click.Path(dir_okay=False, path_type=Path), default=None,
    help="Keep what the venue said in this file, which must not be there.",
)  # fmt: skip
@click.option("--event", "event", metavar="SLUG", default=None, help="All markets of one event.")
@click.option("--condition", "conditions", metavar="0x...", multiple=True, help="These only.")
@click.option("--tag", metavar="SLUG", default="", help="A tag of the venue, such as crypto.")
@click.option("--text", default="", help="In the slug, the question or the event's slug.")
@click.option("--tradable", is_flag=True, help="Only what could be traded.")
@click.option("--neg-risk/--no-neg-risk", "neg_risk", default=None, help="Only (not) negRisk.")
@click.option("--end-before", callback=_time, metavar="TIME", help="End date before this, UTC.")
@click.option("--min-liquidity", type=click.IntRange(0), default=None, help="pUSD.")
@click.option("--min-volume", type=click.IntRange(0), default=None, help="pUSD.")
@click.option("--closed", is_flag=True, help="Closed markets instead of open ones.")
@click.option(
    "--assume-version", type=click.Choice(["v1", "v2"]), default=None,
    help="Of markets that say no protocol version, as old files do not.",
)  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(1), default=25, show_default=True, help="Show so many."
)
@click.option(
    "--read", "most", type=click.IntRange(1), default=2000, show_default=True,
    help="Look through so many of the venue's.",
)  # fmt: skip
@click.option(
    "--at", callback=_time, metavar="TIME", help="Judge the state at this time, UTC. [now]"
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document with every field.")
def command(**given: Any) -> None:
    """List markets with their state, grid, fees, and why they could not be traded.

    The state comes from all flags and dates, never from the end date alone: markets trade past it.
    Everything is read from the venue's public catalogue; no key is needed.
    """
    import time

    if given["save"] is not None:
        _may_save(given)
    with Bar() as bar:
        source = _from_file(given["file"]) if given["file"] else _from_venue(given, bar)
    at_ns = time.time_ns() if given["at"] is None else given["at"]
    found = _judged(source, given, at_ns)
    shown = found[: given["limit"]]
    if given["save"] is not None:
        _save(given["save"], source)
    if given["as_json"]:
        click.echo(plain(_as_dict(source, found, shown, at_ns)))
    else:
        _show(source, found, shown, given)


# ---- reading


def _from_file(path: Path) -> Source:
    from clobstep.venue import gamma_pages

    try:
        if path.stat().st_size > FILE_BYTES:
            raise Unreadable(f"{path}: it has more than {FILE_BYTES >> 20} MiB; save less at once")
        raw = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}") from None
    markets: dict[str, MarketInfo] = {}
    events: list[EventInfo] = []
    notes: list[Note] = []
    for page in gamma_pages.read_pages(raw, file=path.name):
        if not page.readable:
            raise Unreadable(
                f"{path}: {page.notes[0].text}; give a page of Gamma, such as --save keeps"
            )
        for info in page.markets:
            markets.setdefault(info.condition, info)
        events += page.events
        notes += page.notes
    whole = gamma_pages.Page(tuple(markets.values()), tuple(events), "", tuple(notes))
    return Source(path.name, whole, (raw,), whole=True)


def _from_venue(given: dict[str, Any], bar: Bar) -> Source:
    from clobstep.venue.hosts import Hosts, HostsError

    try:
        import trio

        from clobstep.live import gamma as live
    except ImportError as error:
        raise Unreadable(
            f"asking the venue needs {error.name}: pip install 'clobstep[data]', or give --file"
        ) from None
    try:
        hosts = Hosts(gamma=given["venue"]) if given["venue"] else Hosts()
        return trio.run(_ask, hosts, given, bar)
    except HostsError as error:
        raise Unreadable(f"--venue: {error}") from None
    except live.GammaError as error:
        why = "; is the slug right?" if error.status == 404 else "; try again, or give --file"
        raise Unreadable(f"{error}{why}") from None
    except ValueError as error:
        raise Unreadable(str(error)) from None


async def _ask(hosts: Any, given: dict[str, Any], bar: Bar) -> Source:
    import random

    from clobstep.live import gamma as live

    most = given["most"]

    def progress(count: int) -> None:
        bar("reading markets", count, most)

    progress(0)
    async with live.new_client() as client:
        fetcher = live.GammaFetcher(client, hosts, rng=random.Random())  # noqa: S311  pauses
        if given["event"]:
            page, raw = await fetcher.event_by_slug(given["event"])
            return Source(hosts.gamma, page, (raw,), whole=True)
        if given["conditions"]:
            found = await fetcher.by_condition(given["conditions"])
        elif given["tag"]:  # only events have tags
            found = await fetcher.events(_filters(given), most=most, progress=progress)
        else:
            found = await fetcher.markets(_filters(given), most=most, progress=progress)
    return Source(hosts.gamma, found.page, found.raw, found.whole)


def _filters(given: dict[str, Any]) -> Filters:
    """What the venue can sort out itself; of an event these are other things than of a market."""
    from clobstep.venue.gamma_pages import Filters

    if given["tag"]:
        return Filters(closed=given["closed"], tag_slug=given["tag"])
    return Filters(
        closed=given["closed"],
        end_before_ns=given["end_before"],
        min_liquidity=given["min_liquidity"],
        min_volume=given["min_volume"],
    )


# ---- judging


def _judged(source: Source, given: dict[str, Any], at_ns: int) -> list[Shown]:
    from clobstep.venue.closing import time_to_close
    from clobstep.venue.tradable import Rules, why_not

    rules = Rules(assume_version=given["assume_version"] or "")
    return [
        Shown(info, time_to_close(info, at_ns), reasons)
        for info in source.page.markets
        if _wanted(info, given)
        for reasons in [why_not(info, rules)]
        if not (given["tradable"] and reasons)
    ]


def _wanted(info: MarketInfo, given: dict[str, Any]) -> bool:
    """The same filters for the venue's answers and for files. What is not said does not pass."""
    micros = 1_000_000
    text = given["text"].lower()
    least = ((given["min_liquidity"], info.liquidity_micros), (given["min_volume"],
             info.volume_micros))  # fmt: skip
    return all(
        (
            not given["conditions"] or info.condition in given["conditions"],
            not given["event"] or info.event_slug == given["event"] or not given["file"],
            not text or text in f"{info.slug} {info.question} {info.event_slug}".lower(),
            given["neg_risk"] is None or bool(info.neg_risk) is given["neg_risk"],
            given["end_before"] is None or (info.end_ns or 1 << 63) < given["end_before"],
            all(low is None or (has is not None and has >= low * micros) for low, has in least),
            not given["closed"] or bool(info.closed),
        )
    )


# ---- printing


def _as_dict(source: Source, found: list[Shown], shown: list[Shown], at_ns: int) -> dict[str, Any]:
    import msgspec

    return {
        "source": source.name,
        "at_ns": at_ns,
        "read": len(source.page.markets),
        "whole": source.whole,
        "found": len(found),
        "notes": [note._asdict() for note in source.page.notes],
        "events": [event._asdict() for event in source.page.events],
        "markets": [
            {
                **msgspec.to_builtins(one.info),
                "state": one.closing.state.value,
                "state_why": one.closing.why,
                "left_ns": one.closing.left_ns,
                "tradable": not one.reasons,
                "why_not": [reason.value for reason in one.reasons],
            }
            for one in shown
        ],
    }


def _show(source: Source, found: list[Shown], shown: list[Shown], given: dict[str, Any]) -> None:
    out = Printer.make()
    head = "".join(f"{name:<{width}}" for name, width in COLUMNS)
    if shown:
        out.line((f"{head}why not", "title"))
    for one in shown:
        out.line(*_row(one))
    more = "" if source.whole else ", there are more"
    out.line(
        f"{len(shown)} of {len(found)} markets shown, {len(source.page.markets)} read from "
        f"{source.name}{more}"
    )
    for note in source.page.notes[:NOTES_SHOWN]:
        out.line((f"note: {note.text}", "warn"))
    if len(source.page.notes) > NOTES_SHOWN:
        out.line(f"and {len(source.page.notes) - NOTES_SHOWN} more notes; --json has them")
    for event in source.page.events:
        if given["event"] and not event.complete:
            out.line((f"note: not every market of {event.slug} could be read", "warn"))
    out.line(f"next: {_next(found, given)}")


def _row(one: Shown) -> list[Span]:
    from clobstep import units
    from clobstep.venue.closing import about

    info = one.info
    neg_risk = {None: "?", False: "no", True: "yes"}[info.neg_risk]
    if info.augmented:
        neg_risk = "augmented"
    blocks = "itode" if info.taker_delay_blocks else "-"
    delay = about(info.taker_delay_ns) if info.taker_delay_ns else blocks
    cells = (
        _called(info),
        one.closing.state.value,
        "?" if info.tick_pips is None else units.format_price(info.tick_pips),
        "?" if info.min_size is None else units.format_size(info.min_size),
        "?" if info.fee_ppm is None else units.format_size(info.fee_ppm),
        delay,
        neg_risk,
        info.version or "?",
    )
    row: list[Span] = []
    for (name, width), cell in zip(COLUMNS, cells, strict=True):
        text = cell if len(cell) < width else f"{cell[: width - 3]}.."
        style = STYLES.get(cell, "dim") if name == "state" else "default"
        row.append((f"{text:<{width}}", style))
    row.append(("; ".join(reason.value for reason in one.reasons), "dim"))
    return row


def _called(info: MarketInfo) -> str:
    """Its slug, or where that is too long what tells it from the others of its event."""
    slug = info.slug or info.question or info.condition
    room = COLUMNS[0][1] - len(info.group_title) - 3
    if len(slug) < COLUMNS[0][1] or not info.group_title or not info.event_slug or room < 8:
        return slug
    event = info.event_slug
    return f"{event if len(event) <= room else f'{event[: room - 2]}..'}: {info.group_title}"


def _next(found: list[Shown], given: dict[str, Any]) -> str:
    """What to type now."""
    unsaid = sum("VERSION_UNSAID" in {r.name for r in one.reasons} for one in found)
    if unsaid and not given["assume_version"] and unsaid == len(found):
        also = f" --file {quote(str(given['file']))}" if given["file"] else ""
        return f"clobstep markets{also} --assume-version v1   ({unsaid} say no protocol version)"
    if given["save"]:
        return f"clobstep import FILE... -o S.clob --markets {quote(str(given['save']))}"
    if not found:
        return "clobstep markets --limit 10   (nothing matched)"
    if given["file"]:
        return f"clobstep import FILE... -o S.clob --markets {quote(str(given['file']))}"
    slug = next((one.info.event_slug for one in found if one.info.event_slug), "")
    if given["event"] or not slug:
        return "the same with --save markets.json: an import reads that file"
    return f"clobstep markets --event {quote(slug)} --save markets.json"


# ---- saving


def _may_save(given: dict[str, Any]) -> None:
    path: Path = given["save"]
    if given["file"]:
        raise Unreadable("--save keeps what the venue said; with --file there is nothing new")
    if path.exists():
        raise Unreadable(f"--save {path}: the file is there already; name another")
    if not path.parent.is_dir():
        raise Unreadable(f"--save {path}: there is no folder {path.parent}")


def _save(path: Path, source: Source) -> None:
    from clobstep.venue import gamma_pages

    try:
        with path.open("xb") as file:
            file.write(gamma_pages.lines(list(source.raw)))
    except OSError as error:
        raise Unreadable(f"--save {path}: {error.strerror or error}") from None
