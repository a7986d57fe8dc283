"""`clobstep books`: the books of a session, and how they compare with what the venue says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli.files import Bar, opened, plain
from clobstep.cli.view import Printer
from clobstep.units import format_duration

if TYPE_CHECKING:
    from clobstep.replay.books import Check

EPILOG = """\b
Examples:
  clobstep books S.clob                 the ladders after the last event
  clobstep books S.clob --levels 3
  clobstep books S.clob --check         against later snapshots, carried bests and hashes
  clobstep books S.clob --check --json
"""

_LABEL: Final = 11  # columns


@click.command(name="books", epilog=EPILOG)
@click.argument("session", type=click.Path(dir_okay=False))
@click.option("--check", "checked", is_flag=True, help="Compare; exit code 1 if books differ.")
@click.option(
    "--levels", default=5, show_default=True, type=click.IntRange(1, 10_000),
    help="Levels of each side to show.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the printout.")
def command(session: str, checked: bool, levels: int, as_json: bool) -> None:
    """Show the books of SESSION, or with --check compare them.

    Compared are: every later snapshot with the book that the changes before it make; the best bid
    and ask with the ones that the messages carried, at the end of each group of changes, before and
    after the repair of levels whose deletion was lost; and the venue's hashes, as counted when the
    recording was read.
    """
    from clobstep.replay import books

    with opened(session) as found, Bar() as bar:
        if not checked:
            shown = books.pictures(found, levels, bar)
        else:
            check = books.check(found, bar)
    if not checked:
        if as_json:
            click.echo(plain({"session": session, "books": shown}))
        else:
            _print_books(Printer.make(), session, shown)
        return
    if as_json:
        click.echo(plain({"session": session, **check.as_dict()}))
    else:
        _print_check(Printer.make(), session, check)
    if check.ok is False:
        raise SystemExit(1)


def _print_books(out: Printer, session: str, shown: list[dict[str, Any]]) -> None:
    for book in shown:
        print_ladder(out, book)
    out.line(f"next: clobstep books {session} --check")


def print_ladder(out: Printer, book: dict[str, Any]) -> None:
    """A book of both sides, best first."""
    end = ", resolved" if book["resolved"] else ""
    name = f" {book['name']}" if book["name"] else ""
    out.line((f"token {book['token']}{name}", "name"), f": {book['feed']}{end}")
    if not book["n_bids"] and not book["n_asks"]:
        out.line(("no level", "dim"), indent=2)
        return
    for row in range(max(len(book["bids"]), len(book["asks"]))):
        bid = book["bids"][row] if row < len(book["bids"]) else ("", "")
        ask = book["asks"][row] if row < len(book["asks"]) else ("", "")
        out.line(f"{bid[1]:>14} {bid[0]:>7} | {ask[0]:<7} {ask[1]}", indent=2)
    more = [f"{book[f'n_{side}'] - len(book[side]):,} {side}" for side in ("bids", "asks")]
    out.line((f"and {more[0]}, {more[1]} further out", "dim"), indent=2)


def _row(out: Printer, label: str, text: str, style: str = "") -> None:
    out.paragraph(text, style, label=f"{label:<{_LABEL}}", indent=2)


def _print_check(out: Printer, session: str, check: Check) -> None:
    _print_snapshots(out, check)
    _print_groups(out, check)
    _print_hashes(out, check)
    feeds = ", ".join(f"{name} {count:,}" for name, count in check.feeds.items())
    _row(out, "feeds", f"STALE {check.stale:,} times; at the end {feeds}")
    if check.ok is None:
        out.line(
            ("nothing could be compared", "warn"),
            f": there are no changes between books; next: clobstep replay {session} --verify",
        )
    elif check.ok:
        out.line(
            ("every comparison is equal", "good"), f"; next: clobstep replay {session} --verify"
        )
    else:
        if check.unsorted:
            out.line(
                f"{check.unsorted:,} changes were out of exchange order: import again with --sort",
                indent=2,
            )
        at = check.different[0]["event"] if check.different else -1
        out.line(("NOT equal", "bad"), f"; next: clobstep inspect {session} --at {at}")


def _print_hashes(out: Printer, check: Check) -> None:
    if not check.hashes:
        _row(out, "hashes", "none were checked")
    label = "hashes"
    for what, n in check.hashes.items():
        named = "groups of changes" if what == "groups" else what
        again = f", {n['reordered']:,} once levels of one millisecond were put in order"
        _row(
            out, label,
            f"{named}: {n['fit']:,} of {n['checked']:,} fit ({_share(n['fit'], n['checked'])})"
            f"{again if n['reordered'] else ''}; without the search for the last trade price "
            f"{n['known']:,} ({_share(n['known'], n['checked'])})",
        )  # fmt: skip
        label = ""


def _print_snapshots(out: Printer, check: Check) -> None:
    if not check.snapshots:
        _row(out, "snapshots", "there are none")
        return
    later = check.equal + check.n_different
    _row(
        out, "snapshots",
        f"{check.equal:,} of {later:,} later snapshots are rebuilt exactly; {check.first:,} first "
        f"ones, and {check.uncompared:,} of feeds without any change, have nothing to compare",
        "" if not check.n_different else "bad",
    )  # fmt: skip
    for one in check.different:
        _row(out, "", f"event {one['event']:,}, token {one['token']}: {'; '.join(one['levels'])}")


def _print_groups(out: Printer, check: Check) -> None:
    before, after = check.unrepaired, check.repaired
    share = _share(before.differ, before.compared) if before.compared else ""
    if not before.compared:
        _row(out, "best", "no change carries the venue's best bid and ask")
        return
    since = ""
    if check.warm_time_ns:
        since = f" from {format_duration(check.warm_time_ns)} after the first change on"
    _row(out, "best", f"{before.compared:,} groups of changes were compared{since}")
    _row(
        out, "", f"before repair {before.differ:,} differ ({share}), "
        f"{before.lacking:,} lack the best level",
    )  # fmt: skip
    _row(
        out, "", f"after repair {after.differ:,} differ; {after.pruned:,} levels were deleted, "
        f"{2 * after.pruned:,} as the books of both tokens show them",
        "" if not after.differ else "bad",
    )  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"
