"""`clobstep live-check`: every step of an order's way, up to its sending; with --send beyond."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli import checking
from clobstep.cli.files import Unreadable

if TYPE_CHECKING:
    from clobstep.live.checks.result import Result
    from clobstep.live.config import Config
    from clobstep.venue.signing.signer import Signer

EPILOG: Final = """\b
Examples:
  clobstep live-check --config live.toml                 an order is built and signed, not sent
  clobstep live-check --config live.toml --send          ... sent far from the touch, and cancelled
  clobstep live-check --venue http://127.0.0.1:8137 -k key.json --send --yes-send
"""
WORD: Final = "send"  # what has to be typed


@click.command(name="live-check", epilog=EPILOG)
@checking.options
@click.option("--keyring", metavar="NAME", help="Take the key from the system's keyring.")
@click.option(
    "--key-from-environment", "environment", is_flag=True,
    help="Take the key from CLOBSTEP_PRIVATE_KEY if there is no keystore; unsafe.",
)  # fmt: skip
@click.option(
    "--passphrase-fd", type=click.IntRange(0), metavar="N",
    help="Read the passphrase from a line of this file descriptor (0 is standard input) and do not "
    "ask for it.",
)  # fmt: skip
@click.option(
    "--send", is_flag=True,
    help="Send the order, see it, cancel it, and compare the account; asks for a typed word.",
)  # fmt: skip
@click.option("--yes-send", is_flag=True, help="Do not ask; on loopback only.")
def command(**given: Any) -> None:
    """Go an order's whole way with the venue, step by step: PASS, FAIL or SKIPPED, and why.

    Metadata with every field, both sockets, the clock, a private read, the account read as a whole,
    and the smallest order, built, signed and hashed as live trading would. Nothing is sent unless
    --send is given: then it is a BUY at the lowest price of the grid, post-only, which ends by
    itself after five minutes, and it is cancelled at once.

    Exit code 1 if a step failed.
    """
    with checking.errors():
        from clobstep.live.orders.checks.lists import LIVE_CHECK

        config = checking.configured(given)
        if given["yes_send"] and not config.hosts.is_loopback:
            raise Unreadable("--yes-send: on loopback only; elsewhere the word has to be typed")
        signer = _signer(config, given)
        if given["send"] and not given["yes_send"]:
            _confirm(config)
        results = checking.run(config, given, LIVE_CHECK, signer=signer, may_send=given["send"])
    checking.finish(given, results, _next(given, results))


def _signer(config: Config, given: dict[str, Any]) -> Signer | None:
    """The key as `clobstep keys` finds it; None where there is none and none was named."""
    from clobstep.cli.keys import asked_passphrase
    from clobstep.live.orders.keys import KeySources, find_key
    from clobstep.venue.signing.signer import Signer

    path = Path(config.account.keystore).expanduser()
    named = given["keyring"] or given["environment"] or given["keystore"]
    if not named and not path.exists():
        return None
    # A keyring that is named is meant, whether the keystore is there or not.
    keystore = None if given["keyring"] else path
    key = find_key(
        KeySources(keystore, given["keyring"] or "", given["environment"]),
        lambda: asked_passphrase(given["passphrase_fd"], twice=False),
        lambda text: click.echo(f"warning: {text}", err=True),
    )
    return Signer(key)


def _confirm(config: Config) -> None:
    """Errors: Unreadable when something else is typed."""
    click.echo(
        f"This sends one order to {config.hosts.clob}: a BUY of the smallest size at the lowest "
        "price, post-only, at most 1 pUSD, and cancels it.",
        err=True,
    )
    if click.prompt(f'Type "{WORD}" to go on', err=True, default="", show_default=False) != WORD:
        raise Unreadable("not confirmed: nothing was asked and nothing was sent")


def _next(given: dict[str, Any], results: list[Result]) -> str:
    words = {result.name: result.verdict.value for result in results}
    if "FAIL" in words.values():
        return checking.again("doctor", given)
    if words["order built"] == "SKIPPED":
        return checking.again("doctor", given, "  (it says what is missing)")
    if not given["send"]:
        return checking.again("live-check", given, "--send")
    return "docs/live.md: a dry run, then the first small order"
