"""`clobstep cancel-all`: take every open order of an account away, with its API credentials."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli.files import Unreadable, plain
from clobstep.cli.keys import DEFAULT, json_option, told_errors

if TYPE_CHECKING:
    from clobstep.live.orders.sweep import Swept
    from clobstep.venue.hosts import Hosts
    from clobstep.venue.signing.auth import Credentials

EPILOG: Final = """\b
Examples:
  clobstep cancel-all                           with ~/.clobstep/key.api.json
  clobstep cancel-all --config live.toml        the account and the venue of this configuration
  clobstep cancel-all --venue http://127.0.0.1:8137 --json
"""


@click.command(name="cancel-all", epilog=EPILOG)
@click.option(
    "-k", "--keystore", type=click.Path(dir_okay=False, path_type=Path), default=None,
    help=f"The credentials lie beside it; it is not read.  [default: that of --config, {DEFAULT}]",
)  # fmt: skip
@click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path),
    help="A TOML file; of it [hosts] and account.keystore are used, whatever else it holds.",
)  # fmt: skip
@click.option("--venue", metavar="URL", help="The venue's address, such as http://127.0.0.1:8137.")
@click.option("--chain-id", type=click.IntRange(1), help="Default: 137, or what [hosts] says.")
@click.option(
    "--seconds", type=click.IntRange(1, 86_400), default=60, show_default=True,
    help="Try for so long.",
)  # fmt: skip
@click.option(
    "--settle", type=click.IntRange(0, 600), default=4, show_default=True,
    help="Seconds until a second look, for orders that are on their way; 0: one look is enough.",
)  # fmt: skip
@json_option
def command(**given: Any) -> None:
    """Cancel every open order of an account, and look until the venue shows none.

    It needs the API credentials only (`clobstep keys derive` made them): no passphrase, no session.
    End what trades with this key first, or it places new orders. Exit code 0: all are gone; 1: that
    is not proven; 2: it could not begin.
    """
    with told_errors():
        from clobstep.live.orders.credentials import credentials_path, read_credentials

        hosts, keystore = _where(given)
        path = credentials_path(keystore.expanduser())
        credentials, address = read_credentials(path, hosts)
        swept = _sweep(hosts, credentials, address, given)
    if given["as_json"]:
        told = {"venue": hosts.clob, "address": address, **swept._asdict()}
        click.echo(plain(told))
    elif swept.proven:
        click.echo(
            f"{address} has no open order at {hosts.clob}; {swept.cancelled} were cancelled now"
        )
        click.echo("next: clobstep cancel-all   (again, if something still trades with this key)")
    if not swept.proven:
        _not_proven(swept, hosts)
        sys.exit(1)


def _not_proven(swept: Swept, hosts: Hosts) -> None:
    click.echo(
        f"Error: not all orders are proven gone at {hosts.clob}, asked {swept.asked} times: "
        f"{swept.why}; cancel them on the venue's own page, or try again. Credentials that are "
        "not taken any more: clobstep keys derive",
        err=True,
    )


def _sweep(hosts: Hosts, credentials: Credentials, address: str, given: dict[str, Any]) -> Swept:
    import trio

    from clobstep.live.clock import SECOND, Clock
    from clobstep.live.http import HttpLanes
    from clobstep.live.orders.calls import Calls
    from clobstep.live.orders.sweep import sweep
    from clobstep.secret import redact

    async def run() -> Swept:
        clock = Clock()
        async with HttpLanes(hosts) as http:
            calls = Calls(http, clock, credentials, address)
            await calls.look_at_clock()  # in an emergency our clock may be what is wrong
            return await sweep(
                calls.call,
                clock,
                within_ns=given["seconds"] * SECOND,
                settle_ns=given["settle"] * SECOND,
                say=lambda text: click.echo(redact(text), err=True),
            )

    found = trio.run(run)
    return found._replace(why=redact(found.why))


def _where(given: dict[str, Any]) -> tuple[Hosts, Path]:
    """The venue, and the keystore whose credentials are meant.

    A configuration that is wrong elsewhere does not stand in the way of an emergency.
    """
    import tomllib

    import msgspec

    from clobstep.venue.hosts import Hosts

    table: dict[str, Any] = {}
    keystore = DEFAULT
    config: Path | None = given["config"]
    if config is not None:
        try:
            read = tomllib.loads(config.read_bytes().decode())
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            raise Unreadable(f"--config {config}: no TOML: {error}; correct it there") from None
        table, account = _table(config, read, "hosts"), _table(config, read, "account")
        keystore = account.get("keystore", DEFAULT)
        if not isinstance(keystore, str):
            raise Unreadable(f"--config {config}: account.keystore is no text")
    for name in ("venue", "chain_id"):
        if given[name] is not None:
            table = {**table, "clob" if name == "venue" else name: given[name]}
    return msgspec.convert(table, Hosts), given["keystore"] or Path(keystore)


def _table(config: Path, read: dict[str, Any], name: str) -> dict[str, Any]:
    found = read.get(name, {})
    if not isinstance(found, dict):
        raise Unreadable(f"--config {config}: {name} is no table")
    return found
