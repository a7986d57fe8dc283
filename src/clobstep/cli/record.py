"""`clobstep record`: a live market, kept as a session."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli.files import plain
from clobstep.cli.following import OPTIONS, config_of, follow, live_errors, span_ns
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from collections.abc import Callable

    from clobstep.live.record import FeedRecord

EPILOG: Final = """\b
Examples:
  clobstep record --event fed-decision-in-june-825 -o fed.clob --duration 24h
  clobstep record --market market-0-1 --venue http://127.0.0.1:8137 --duration 1m
  clobstep record --config clobstep.toml --raw sampled --hashes 100 --json
"""


def _options(function: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS):
        function = option(function)
    return function


@click.command(name="record", epilog=EPILOG)
@_options
@click.option(
    "-o", "output", type=click.Path(dir_okay=False, path_type=Path), default=Path("recording.clob"),
    show_default=True,
    help="Name of the series; its parts are numbered. One that was left goes on.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON document at the end.")
def command(output: Path, as_json: bool, **given: Any) -> None:
    """Record the public feed of markets, without a key, until ctrl-C.

    Books, prints, ticks, metadata and resolutions are kept as events, with the messages they were
    read from. An engine steps them as they come: a book that is not believed is asked for by REST,
    and what was checked is printed at the end. Exit code 1 if no book was ever heard.
    """
    from clobstep.cli.trading import may_write

    may_write(output, "-o")
    with live_errors():
        import trio

        duration_ns = span_ns(given["duration"], "--duration")

        async def main() -> FeedRecord:
            return await follow(
                config_of(given), output, duration_ns=duration_ns, quiet=as_json
            )  # fmt: skip

        record = trio.run(main)
    told = _as_dict(record, output)
    if as_json:
        click.echo(plain(told))
    else:
        _show(told, output)
    if not told["counters"].get("snapshots"):
        raise SystemExit(1)


def _as_dict(record: FeedRecord, output: Path) -> dict[str, Any]:
    from clobstep.session.series import parts_of

    counters = record.engine.view.counters()
    return {
        "series": str(output),
        "parts": [str(path) for _, path in parts_of(output)],
        "events": record.engine.seq,
        "chain": f"{record.engine.chain:016x}",
        "state": record.state()._asdict(),
        "counters": {name: n for name, n in counters.items() if n},
        "feed": dict(record.feed.counters),
        "sockets": [dict(socket.counters) for socket in record.feed.sockets],
    }


def _show(told: dict[str, Any], output: Path) -> None:
    out, state = Printer.make(), told["state"]
    out.line(
        f"{told['events']:,} events of {state['markets']} markets in {len(told['parts'])} "
        f"file{'s' * (len(told['parts']) != 1)}: {', '.join(told['parts'])}"
    )
    out.line(
        f"{state['connects']} connections, {state['lost']} lost; {state['resyncs']} resyncs; "
        f"{state['conflated']} events conflated; {state['resolved']} markets resolved"
    )
    out.line("counters: " + ", ".join(f"{name} {n:,}" for name, n in told["counters"].items()))
    if not told["counters"].get("snapshots"):
        out.line(("no book was heard", "bad"), ": is the venue's feed up?")
    out.line(f"chain {told['chain']}")
    out.line(f"next: clobstep paper {quote(str(output))} --strategy maker")
