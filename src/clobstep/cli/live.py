"""`clobstep live`: trade with a key. Without --live it signs everything and sends nothing."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli.files import Unreadable, plain
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from clobstep.live.config import Config
    from clobstep.live.orders.run import Summary
    from clobstep.live.orders.trader import Trader
    from clobstep.live.watch.beside import Beside
    from clobstep.secret import Secret
    from clobstep.venue.notes import Note

EPILOG: Final = """\b
Examples:
  clobstep live -c clobstep.toml                       dry run: signs, hashes, sends nothing
  clobstep live -c clobstep.toml --live                asks for a typed confirmation first
  clobstep live -c c.toml --venue http://127.0.0.1:8137 --live    at `clobstep venue --port 8137`
Ctrl-C drains: stop quoting, cancel all, wait for proof, seal. A second one ends at once.
"""
QUIET: Final = frozenset({"dry-run", "not-ours"})  # kinds of notes that are counted and not shown


@click.command(name="live", epilog=EPILOG)
@click.option(
    "-c", "--config", "path", required=True, type=click.Path(dir_okay=False, path_type=Path),
    help="The TOML file: account, markets, caps, strategy.",
)  # fmt: skip
@click.option("--live", "is_live", is_flag=True, help="Send orders. Needs caps and a confirmation.")
@click.option("--venue", metavar="URL", help="A venue on loopback instead of the configured hosts.")
@click.option("--keyring", metavar="NAME", help="Take the key from the system's keyring.")
@click.option(
    "--key-from-environment", "environment", is_flag=True,
    help="Take the key from CLOBSTEP_PRIVATE_KEY if there is no keystore; unsafe.",
)  # fmt: skip
@click.option(
    "--passphrase-fd", type=click.IntRange(0), metavar="N",
    help="Read the passphrase from a line of this file descriptor.",
)  # fmt: skip
@click.option("--duration", metavar="TIME", help="Drain after so long, such as 10m.")
@click.option("--dashboard", is_flag=True, help="A screen of all that goes on, in this terminal.")
@click.option(
    "--log-file", type=click.Path(dir_okay=False, path_type=Path),
    help="Write the log there (0600, rotated) and not to the terminal.",
)  # fmt: skip
@click.option("--log-json", is_flag=True, help="The log as JSON lines.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document at the end.")
def command(**given: Any) -> None:
    """Trade a strategy with real orders, or go through all of it and send nothing.

    Exit code 0: ended, and every order is proven gone; 1: it is not proven, or the journal failed;
    2: something that was given cannot be used.
    """
    out = Printer.make()
    with _errors():
        from clobstep.live.orders.credentials import credentials_path, read_credentials
        from clobstep.live.orders.run import run_live
        from clobstep.strategy.load import load_strategy
        from clobstep.venue.signing.signer import Signer

        config = _config(given)
        duration_s = _seconds(given["duration"])
        strategy = load_strategy(config.strategy.name, config.strategy.settings)
        if given["is_live"]:
            _confirm(config, err=given["as_json"])
        signer = Signer(_key(config, given))
        keystore = Path(config.account.keystore).expanduser()
        credentials, address = read_credentials(credentials_path(keystore), config.hosts)
        _same(address, signer.address, config)

        import trio

        with _beside(out, config, given) as beside:

            async def main() -> Summary:
                return await run_live(
                    config,
                    signer,
                    credentials,
                    strategy,
                    dry_run=not given["is_live"],
                    duration_s=duration_s,
                    on_note=beside.note,
                    on_start=lambda trader: _started(out, trader, quiet=given["as_json"]),
                    beside=beside.run,
                )

            summary = trio.run(main)
    _show(out, summary, dry_run=not given["is_live"], as_json=given["as_json"])
    if summary.problem or not summary.proven:
        raise SystemExit(1)


@contextmanager
def _beside(out: Printer, config: Config, given: dict[str, Any]) -> Iterator[Beside]:
    """The log, the dashboard and the metrics that were asked for."""
    from contextlib import ExitStack

    from clobstep.live.watch.beside import Beside

    with ExitStack() as stack:
        logs = None
        if given["log_file"] or given["log_json"]:
            from clobstep.live.watch.logs import Logs

            logs = stack.enter_context(Logs(given["log_file"], as_json=given["log_json"]))
        quiet = given["as_json"] or given["dashboard"]
        yield Beside(
            "live" if given["is_live"] else "dry run",
            tell=lambda note: _tell(out, note, quiet=quiet),
            logs=logs,
            dashboard=given["dashboard"],
            metrics_port=config.live.metrics_port,
        )


def _config(given: dict[str, Any]) -> Config:
    import msgspec

    from clobstep.live.config import ConfigError, read

    config = read(given["path"])
    if given["venue"]:
        config = msgspec.structs.replace(config, hosts=_loopback(given["venue"], config))
    config.check_speed()
    if given["is_live"]:
        config.check_caps()
    if config.account.signature_type and not config.account.funder:
        raise ConfigError(
            f"{config.path}, account.funder: signature type {config.account.signature_type} has "
            "its money at another address than the key's; name it"
        )
    return config


def _loopback(url: str, config: Config) -> Any:
    """The addresses of a venue on this machine."""
    from urllib.parse import urlsplit

    from clobstep.venue.hosts import LOOPBACK, Hosts

    parts = urlsplit(url)
    if parts.hostname not in LOOPBACK or not parts.port:
        raise click.UsageError(
            f"--venue {url}: it is for loopback, as http://127.0.0.1:8137; other hosts stand in "
            f"{config.path}, [hosts]"
        )
    return Hosts.loopback(parts.port, protocol=config.hosts.protocol)


def _seconds(text: str | None) -> float:
    from clobstep import units

    if not text:
        return 0.0
    try:
        return int(units.parse_duration(text)) / 1e9
    except units.UnitError as error:
        raise click.UsageError(f"--duration {text}: {error}") from None


def _confirm(config: Config, *, err: bool) -> None:
    """Typed, not clicked: what may be lost is written down by who may lose it."""
    caps = config.caps
    click.echo(
        f"Orders go to {config.hosts.clob}. At risk: {caps.total} pUSD in all, {caps.market} a "
        f"market; the day's stop is a loss of {caps.loss_day}. A session that was drained, by you "
        "or by a loss, goes on from here.",
        err=err,
    )
    wanted = f"trade {caps.total}"
    click.echo(f"Type: {wanted}", err=err)
    if _line() != wanted:
        raise Unreadable("not confirmed; nothing was sent")


def _line() -> str:
    """A line of standard input, byte by byte: a passphrase may be the next one."""
    line = bytearray()
    while (byte := os.read(sys.stdin.fileno(), 1)) not in (b"", b"\n") and len(line) < 1_000:
        line += byte
    return line.decode(errors="replace").strip()


def _key(config: Config, given: dict[str, Any]) -> Secret:
    from clobstep.live.orders.keys import KeySources, find_key, read_line
    from clobstep.secret import Secret

    def passphrase() -> Secret:
        if given["passphrase_fd"] is not None:
            return read_line(given["passphrase_fd"], "passphrase")
        return Secret(click.prompt("passphrase", hide_input=True, err=True))

    keystore = Path(config.account.keystore).expanduser()
    sources = KeySources(
        None if given["keyring"] else keystore, given["keyring"] or "", given["environment"]
    )
    return find_key(sources, passphrase, lambda text: click.echo(f"warning: {text}", err=True))


def _same(address: str, key: str, config: Config) -> None:
    from clobstep.live.config import ConfigError

    funder = config.account.funder
    if address.lower() != key.lower():
        raise ConfigError(
            f"the API credentials are of {address}, the key of {key}; run `clobstep keys derive`"
        )
    if config.account.signature_type == 0 and funder and funder.lower() != key.lower():
        raise ConfigError(
            f"{config.path}, account.funder: {funder} is not the key's address {key}; with "
            "signature_type 0 it must be (proxy 1, safe 2, deposit wallet 3)"
        )


def _started(out: Printer, trader: Trader, *, quiet: bool) -> None:
    # What is here now stays to the end: to search all of it for cycles would stop the engine for
    # some tens of milliseconds, at a moment that nobody chose.
    gc.collect()
    gc.freeze()
    if quiet:
        return
    mode = "dry run: orders are signed and not sent" if trader.dry_run else "LIVE: orders are sent"
    begun = "begins" if trader.is_new else "goes on"
    names = ", ".join(info.slug or info.condition for info in trader.infos.values())
    out.line((mode, "warn" if trader.dry_run else "bad"), "; ctrl-C drains")
    out.line(f"session {trader.core.recorder.writer.path} {begun}; markets: {names}")


def _tell(out: Printer, note: Note, *, quiet: bool) -> None:
    from clobstep.secret import redact

    if not quiet and note.kind not in QUIET:
        out.line((note.kind, "warn"), f": {redact(note.text)}")


def _show(out: Printer, summary: Summary, *, dry_run: bool, as_json: bool) -> None:
    from clobstep import units

    if as_json:
        told: dict[str, Any] = {one.name: getattr(summary, one.name) for one in fields(summary)}
        told |= {"session": str(summary.session), "dry_run": dry_run}
        told |= {"chain": f"{summary.chain:016x}", "notes": dict(summary.notes)}
        click.echo(plain(told))
        return
    cash = units.format_cash(units.CashMicros(summary.cash_micros))
    out.line(
        f"{summary.events:,} events, {summary.signed} orders signed, "
        f"{0 if dry_run else summary.submits} sent, {summary.fills} fills, cash {cash} pUSD"
    )
    if summary.proven:
        out.line(("every order is proven gone", "good"), f"; chain {summary.chain:016x}")
        out.line(f"next: clobstep replay {summary.session} --verify")
    if summary.problem:
        out.line(("it did not end well", "bad"), f": {summary.problem}")


@contextmanager
def _errors() -> Iterator[None]:
    """What was given and cannot be used exits with 2."""
    try:
        from clobstep.live.feed import FeedError
        from clobstep.live.gamma import GammaError
        from clobstep.session.format import SessionError
        from clobstep.strategy.protocol import StrategyError
        from clobstep.venue.signing.signer import Signer as _  # noqa: F401 - the extra is there
    except ModuleNotFoundError as error:
        raise Unreadable(
            f"{error.name} is not installed; trading needs it: pip install 'clobstep[live]'"
        ) from None
    try:
        yield
    except click.ClickException:
        raise
    except (StrategyError, FeedError, GammaError, SessionError) as error:
        raise Unreadable(str(error)) from None
    except OSError as error:
        raise Unreadable(f"{error.filename or 'a file'}: {error.strerror or error}") from None
    except ValueError as error:  # ConfigError, KeysError, HostsError, SigningError
        raise Unreadable(str(error)) from None
