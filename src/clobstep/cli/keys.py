"""`clobstep keys`: make, import and use the private key that signs orders."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli.files import Unreadable, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clobstep.secret import Secret
    from clobstep.venue.hosts import Hosts

EPILOG: Final = """\b
Examples:
  clobstep keys new                             a random key, encrypted into ~/.clobstep/key.json
  clobstep keys import -k main.json             a key that you have; it is asked for, never shown
  clobstep keys import --keyring main           ... into the system's keyring
  clobstep keys derive --json                   API credentials of the key, from the venue
  clobstep keys derive --venue http://127.0.0.1:8137   ... from the exchange on loopback
"""
DEFAULT: Final = "~/.clobstep/key.json"
TIMEOUT_S: Final = 20

keystore_option = click.option(
    "-k", "--keystore", type=click.Path(dir_okay=False, path_type=Path), default=DEFAULT,
    show_default=True, help="The encrypted file.",
)  # fmt: skip
passphrase_option = click.option(
    "--passphrase-fd", type=click.IntRange(0), metavar="N",
    help="Read the passphrase from a line of this file descriptor (0 is standard input) and do not "
    "ask for it.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")


@click.group(name="keys", epilog=EPILOG)
def command() -> None:
    """Make, import and use the private key that signs orders.

    A key lies in a keystore (version 3, scrypt, mode 0600) or in the system's keyring. It is never
    an argument, never in a configuration file, and never printed. Use a wallet of its own with
    little in it. Every command takes --json.
    """


@command.command(name="new", epilog=EPILOG)
@keystore_option
@passphrase_option
@json_option
def new(keystore: Path, passphrase_fd: int | None, as_json: bool) -> None:
    """Make a random key and encrypt it into a new file; prints its address."""
    with told_errors():
        from clobstep.live.orders.keys import new_key, write_keystore

        path = keystore.expanduser()
        _must_be_free(path)
        address = write_keystore(path, new_key(), asked_passphrase(passphrase_fd, twice=True))
    _show(as_json, address, path, "made")


@command.command(name="import", epilog=EPILOG)
@keystore_option
@click.option("--keyring", metavar="NAME", help="Put it into the system's keyring instead.")
@click.option(
    "--key-fd", type=click.IntRange(0), metavar="N",
    help="Read the key from a line of this file descriptor (0 is standard input) and do not ask "
    "for it. With the passphrase from the same one, the key is the first line.",
)  # fmt: skip
@passphrase_option
@json_option
def import_(
    keystore: Path,
    keyring: str | None,
    key_fd: int | None,
    passphrase_fd: int | None,
    as_json: bool,
) -> None:
    """Take a key that you have: 64 hexadecimal digits, with or without 0x."""
    with told_errors():
        from clobstep.live.orders.keys import store_in_keyring, write_keystore

        path = keystore.expanduser()
        if not keyring:
            _must_be_free(path)
        key = _asked("private key", key_fd)
        if keyring:
            address = store_in_keyring(keyring, key)
        else:
            address = write_keystore(path, key, asked_passphrase(passphrase_fd, twice=True))
    _show(as_json, address, None if keyring else path, "imported", keyring=keyring)


@command.command(name="derive", epilog=EPILOG)
@keystore_option
@click.option("--keyring", metavar="NAME", help="Take the key from the system's keyring.")
@click.option(
    "--key-from-environment", "environment", is_flag=True,
    help="Take the key from CLOBSTEP_PRIVATE_KEY if there is no keystore; unsafe.",
)  # fmt: skip
@passphrase_option
@click.option("--venue", metavar="URL", help="The venue's address, such as http://127.0.0.1:8137.")
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file whose table [hosts] says where the venue is.",
)  # fmt: skip
@click.option("--chain-id", type=click.IntRange(1), help="Default: 137, or what [hosts] says.")
@click.option(
    "--nonce", type=click.IntRange(0, 2**53), default=0, show_default=True,
    help="Tells several credentials of one key apart.",
)  # fmt: skip
@json_option
def derive(**given: Any) -> None:
    """Ask the venue for the key's API credentials, and keep them beside the keystore.

    Those that exist are taken, else new ones are made. Only this host is contacted.
    """
    with told_errors():
        from clobstep.live.orders.credentials import credentials_path, write_credentials
        from clobstep.live.orders.keys import KeySources, find_key
        from clobstep.venue.signing.signer import Signer

        hosts = _hosts(given["venue"], given["config"], given["chain_id"])
        path = given["keystore"].expanduser()
        # A keyring that is named is meant, whether the default keystore is there or not.
        sources = KeySources(
            None if given["keyring"] else path, given["keyring"] or "", given["environment"]
        )
        key = find_key(
            sources,
            lambda: asked_passphrase(given["passphrase_fd"], twice=False),
            lambda text: click.echo(f"warning: {text}", err=True),
        )
        signer = Signer(key)
        credentials, created = _fetch(hosts, signer, given["nonce"])
        kept = credentials_path(path)
        write_credentials(kept, credentials, hosts, signer.address)
    told = {
        "address": signer.address,
        "venue": hosts.clob,
        "chain_id": hosts.chain_id,
        "created": created,
        "credentials": str(kept),
    }
    if given["as_json"]:
        click.echo(plain(told))
        return
    made = "made now" if created else "there already"
    click.echo(f"API credentials of {signer.address} at {hosts.clob} ({made}): {kept}")
    venue = f" --venue {given['venue']}" if given["venue"] else ""
    click.echo(f"next: clobstep doctor -k {quote(str(path))}{venue}")


def _fetch(hosts: Hosts, signer: Any, nonce: int) -> Any:
    """Both requests, under trio. No proxy and no file of the environment has a say."""
    import time

    import httpx
    import trio

    from clobstep.live.orders.credentials import derive as ask

    async def run() -> Any:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            return await ask(client, hosts, signer, int(time.time()), nonce)

    return trio.run(run)


def _hosts(venue: str | None, config: Path | None, chain_id: int | None) -> Hosts:
    """Where the venue is; HostsError and msgspec's errors say what is wrong with it."""
    import msgspec

    from clobstep.venue.hosts import Hosts

    table: dict[str, Any] = {}
    if config is not None:
        read = msgspec.toml.decode(config.read_bytes())
        found = read.get("hosts") if isinstance(read, dict) else None
        if not isinstance(found, dict):
            raise Unreadable(f"--config {config}: it has no table [hosts]")
        table = found
    if venue is not None:
        table = {**table, "clob": venue}
    if chain_id is not None:
        table = {**table, "chain_id": chain_id}
    return msgspec.convert(table, Hosts)


def _asked(what: str, fd: int | None) -> Secret:
    """What is typed and not shown, or a line of a file descriptor."""
    from clobstep.live.orders.keys import read_line
    from clobstep.secret import Secret

    if fd is not None:
        return read_line(fd, what)
    return Secret(click.prompt(what, hide_input=True, err=True).strip())


def asked_passphrase(fd: int | None, *, twice: bool) -> Secret:
    """A passphrase that is typed and not shown, or a line of a file descriptor."""
    from clobstep.live.orders.keys import read_line
    from clobstep.secret import Secret

    if fd is not None:
        return read_line(fd, "passphrase")
    return Secret(click.prompt("passphrase", hide_input=True, confirmation_prompt=twice, err=True))


def _must_be_free(path: Path) -> None:
    """Before anything is asked for."""
    if path.exists():
        raise Unreadable(f"{path}: there is a file already; name another with -k, or move it away")


def _show(
    as_json: bool, address: str, path: Path | None, done: str, *, keyring: str | None = None
) -> None:
    where = f"--keyring {quote(keyring)}" if keyring else f"-k {quote(str(path))}"
    if as_json:
        told = {"address": address, "keystore": str(path) if path else None, "keyring": keyring}
        click.echo(plain(told))
        return
    click.echo(f"{done}: the key of {address}, {path or f'keyring {keyring}'}")
    if path:
        click.echo("Keep the file and the passphrase: nobody can make either again.")
    click.echo(f"next: clobstep keys derive {where}")


@contextmanager
def told_errors() -> Iterator[None]:
    """What was given and cannot be used exits with 2; what is missing says what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise Unreadable(
            f"{error.name} is not installed; this command needs it: pip install 'clobstep[live]'"
        ) from None
    except OSError as error:
        raise Unreadable(f"{error.filename or 'a file'}: {error.strerror or error}") from None
    except ValueError as error:  # KeysError, HostsError, and those of msgspec
        raise Unreadable(str(error)) from None
