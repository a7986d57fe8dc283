"""`clobstep import`: recordings made by others, turned into one sealed session."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import click

from clobstep.cli.files import Bar, plain, told
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from clobstep.imports.recording import Hashes, Options
    from clobstep.imports.run import ImportResult
    from clobstep.imports.tally import Reason, Tally

EPILOG = """\b
Examples:
  clobstep import market.jsonl.gz -o S.clob --sort --markets gamma.json
  clobstep import books.parquet markets.parquet -o S.clob --market btc-updown-15m-1790590500
  clobstep import deltas.parquet -o S.clob --tick 0.01 --min-size 5 --fee-rate 0.05
  clobstep import a.jsonl b.jsonl -o S.clob --json

\b
FILE is any of these, told by its content:
  JSON lines of the market channel, raw or in an envelope with "payload"; may be gzipped
  Parquet rows of changes and trades with the carried best bid and ask
  Parquet book snapshots, and the table of their markets
  CSV rows of tick changes
"""

_LABEL: Final = 11  # columns
_SHOWN: Final = 8  # markets
_NAME: Final = 50  # characters; ids are longer


@click.command(name="import", epilog=EPILOG)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("-o", "--output", required=True, type=click.Path(), help="The session to make.")
@click.option("--sort", is_flag=True, help="Order by exchange time; default: as in the files.")
@click.option(
    "--markets",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    help="Metadata: Gamma or CLOB JSON, our TOML, or a table of markets. May be repeated.",
)
@click.option("--market", help="Only the market of this slug or condition (book snapshots).")
@click.option(
    "--hashes",
    default="always",
    metavar="always|never|N",
    help="Check book hashes: of every group, of none, of every N-th.  [default: always]",
)
@click.option("--tick", help="Tick of all markets, such as 0.01, over what a file says.")
@click.option("--min-size", help="Minimum size of all markets in shares, such as 5.")
@click.option("--fee-rate", help="Fee rate of all markets, such as 0.07.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the printout.")
def command(
    files: tuple[str, ...],
    output: str,
    sort: bool,
    markets: tuple[str, ...],
    market: str | None,
    hashes: str,
    tick: str | None,
    min_size: str | None,
    fee_rate: str | None,
    as_json: bool,
) -> None:
    """Make one sealed session of recordings, which are taken as one stream.

    Every line or row that is not taken is counted with its reason and its number. What neither the
    files nor options say of a market is assumed, and listed. Exit code 1 if nothing could be taken.
    """
    from clobstep.imports.run import import_files

    options = _options(sort, market, hashes, tick, min_size, fee_rate)
    with told(), Bar() as bar:
        result = import_files(
            files, output, options=options, markets=markets,
            created_ns=time.time_ns(), progress=bar,
        )  # fmt: skip
    if as_json:
        click.echo(plain(result.as_dict()))
    else:
        _print(Printer.make(), result, options)
    if not result.events:
        raise SystemExit(1)


def _options(
    sort: bool,
    market: str | None,
    hashes: str,
    tick: str | None,
    min_size: str | None,
    fee_rate: str | None,
) -> Options:
    """What was asked for, with text read as exact numbers. Raises a usage error."""
    from clobstep import units
    from clobstep.imports.recording import Options

    numbers: dict[str, int | None] = {}
    for name, text, read in (
        ("--tick", tick, units.parse_tick),
        ("--min-size", min_size, units.parse_size),
        ("--fee-rate", fee_rate, units.parse_rate),
    ):
        try:
            numbers[name] = None if text is None else int(read(text))
        except units.UnitError as error:
            raise click.UsageError(f"{name}: {error}") from None
    return Options(
        sort=sort,
        hashes=_hashes(hashes),
        market=market,
        tick_pips=numbers["--tick"],
        min_size=numbers["--min-size"],
        fee_ppm=numbers["--fee-rate"],
    )


def _hashes(text: str) -> Hashes:
    if text == "always":
        return "always"
    if text == "never":
        return "never"
    if text.isascii() and text.isdigit() and 0 < int(text) < 1 << 31:
        return int(text)
    raise click.UsageError(f"--hashes {text}: always, never, or a number such as 10.")


def _print(out: Printer, result: ImportResult, options: Options) -> None:
    out.line((result.shape, "title"))
    for tally in result.recording.tallies:
        _print_tally(out, tally)
    for text in _order(result, options):
        _row(out, "order", text)
    for text in result.recording.said:
        _row(out, "note", text)
    if not result.events:
        out.line(("nothing was taken", "bad"), "; no session was made. Is it one of the shapes of "
                 "`clobstep import --help`?")  # fmt: skip
        return
    _print_markets(out, result)
    for text in result.assumed:
        _row(out, "ASSUMED", text, "warn")
    if result.assumed:
        _row(out, "", "give --markets FILE, or --tick, --min-size, --fee-rate")
    _print_session(out, result)


def _row(out: Printer, label: str, text: str, style: str = "") -> None:
    out.paragraph(text, style, label=f"{label:<{_LABEL}}", indent=2)


def _print_tally(out: Printer, tally: Tally) -> None:
    _row(out, "file", f"{tally.name}: {tally.read:,} {tally.unit}s read, {tally.taken:,} taken")
    for name, reason in tally.skipped.items():
        _row(out, "not taken", _reason(name, reason, tally.unit), "warn")
    for name, reason in tally.remarked.items():
        _row(out, "remark", _reason(name, reason, tally.unit))


def _reason(name: str, reason: Reason, unit: str) -> str:
    example = f"; such as {reason.example}" if reason.example else ""
    return f"{reason.count:,} x {name} ({unit} {reason.where()}{example})"


def _order(result: ImportResult, options: Options) -> list[str]:
    late, books = result.recording.out_of_order, result.recording.books_out_of_order
    if not late:
        return []
    text = f"{late:,} are earlier by exchange time than one before them"
    if options.sort:
        return [f"{text}: sorted"]
    if not books:
        return [f"{text}, but no change of a book within its market: books need no --sort"]
    return [f"{text}, {books:,} of them changes of books within one market: use --sort"]


def _print_markets(out: Printer, result: ImportResult) -> None:
    rows = result.as_dict()["markets"]
    for row in rows[:_SHOWN]:
        name = row["slug"] or row["condition"] or row["yes"]
        name = name if len(name) <= _NAME else f"{name[:12]}..."
        _row(out, "market", f"token {row['token']}: {name}, pair {_KNOWN[row['pair_known_from']]}")
    if len(rows) > _SHOWN:
        _row(out, "", f"and {len(rows) - _SHOWN:,} more markets (--json lists them)")


_KNOWN: Final = {
    "file": "known from --markets",
    "message": "known from the messages",
    "mirror": "told by mirrored changes",
    "none": "not known: its other token never appears",
}


def _print_session(out: Printer, result: ImportResult) -> None:
    kinds = ", ".join(f"{name} {count:,}" for name, count in result.kinds.items())
    _row(out, "events", f"{result.events:,} ({kinds})")
    feeds = ", ".join(f"{name} {count:,}" for name, count in result.feeds.items())
    _row(out, "feeds", f"at the end {feeds}")
    for label, counts in (("alerts", result.alerts), ("refused", result.refusals)):
        if counts:
            text = ", ".join(f"{name} {count:,}" for name, count in counts.items())
            _row(out, label, text, "warn")
    size = f"{result.bytes:,} bytes, {result.bytes / result.events:.1f} an event"
    _row(out, "session", f"{result.out}: {size}, chain {result.chain:016x}")
    out.line(f"next: clobstep books {result.out} --check")
