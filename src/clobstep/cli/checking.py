"""What `clobstep doctor` and `clobstep live-check` share: their options, the run, and how it reads.

Owns nothing that lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from clobstep.cli.files import Unreadable, plain
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clobstep.live.checks.result import Check, Result
    from clobstep.live.config import Config
    from clobstep.live.orders.checks.site import AccountSite
    from clobstep.venue.signing.signer import Signer

F = TypeVar("F", bound=Callable[..., Any])
STYLES: Final = {"PASS": "good", "FAIL": "bad", "SKIPPED": "warn"}
WIDTH: Final = 24  # of the names, the longest and a space

_OPTIONS: Final = (
    click.option(
        "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The TOML file that a live process is run with.",
    ),
    click.option(
        "--venue", metavar="URL",
        help="The exchange on loopback, such as http://127.0.0.1:8137, instead of [hosts].",
    ),
    click.option(
        "-k", "--keystore", type=click.Path(dir_okay=False, path_type=Path),
        help="Instead of account.keystore; the API credentials lie beside it.",
    ),
    click.option(
        "--wait", "wait_s", type=click.FloatRange(0.1, 600), default=10.0, show_default=True,
        metavar="SECONDS", help="A socket that is silent for so long has failed.",
    ),
    click.option("--json", "as_json", is_flag=True, help="One JSON document, nothing else."),
)  # fmt: skip


def options(command: F) -> F:
    """The options of both commands."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@contextmanager
def errors() -> Iterator[None]:
    """What was given and cannot be used exits with 2; what is missing says what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise Unreadable(
            f"{error.name} is not installed; live trading needs it: pip install 'clobstep[live]'"
        ) from None
    except OSError as error:
        raise Unreadable(f"{error.filename or 'a file'}: {error.strerror or error}") from None
    except ValueError as error:  # ConfigError, KeysError, HostsError
        raise Unreadable(str(error)) from None


def configured(given: dict[str, Any]) -> Config:
    """The file's configuration, or the defaults, at the venue that was named."""
    import msgspec

    from clobstep.live.config import Config, read

    config = read(given["config"]) if given["config"] else Config()
    account = config.account
    if given["keystore"]:
        account = msgspec.structs.replace(account, keystore=str(given["keystore"]))
    if given["venue"]:
        config = msgspec.structs.replace(config, hosts=loopback(config, given["venue"]))
    config.check_speed()
    return msgspec.structs.replace(config, account=account)


def loopback(config: Config, url: str) -> Any:
    """The hosts of an exchange on this machine. Errors: HostsError, Unreadable."""
    from urllib.parse import urlsplit

    import msgspec

    from clobstep.venue.hosts import LOOPBACK

    parts = urlsplit(url)
    is_here = parts.scheme == "http" and parts.hostname in LOOPBACK and parts.port is not None
    if not is_here or parts.path not in ("", "/"):
        raise Unreadable(
            f"--venue {url}: it is for the exchange on loopback, http://127.0.0.1:PORT; another "
            "venue's hosts belong in the file's [hosts]"
        )
    http, ws = f"http://{parts.netloc}", f"ws://{parts.netloc}"
    return msgspec.structs.replace(
        config.hosts,
        clob=http,
        gamma=http,
        market_ws=f"{ws}/ws/market",
        user_ws=f"{ws}/ws/user",
        geoblock=f"{http}/api/geoblock",
        relayer=http,
    )


def run(
    config: Config,
    given: dict[str, Any],
    checks: Sequence[Check[AccountSite]],
    *,
    signer: Signer | None = None,
    may_send: bool = False,
) -> list[Result]:
    """All checks under trio; each is printed as soon as it is over, unless it goes to JSON."""
    import random

    import trio

    from clobstep.live.checks.result import run_checks
    from clobstep.live.clock import Clock
    from clobstep.live.gamma import GammaFetcher, Patience, new_client
    from clobstep.live.http import HttpLanes
    from clobstep.live.orders.checks.site import AccountSite

    out = Printer.make()

    def tell(result: Result) -> None:
        if not given["as_json"]:
            show(out, result)

    async def main() -> list[Result]:
        hosts, rng = config.hosts, random.Random(1)  # noqa: S311 - pauses, no secrets
        patience = Patience(tries=3, answer_s=10.0)
        async with HttpLanes(hosts) as http, new_client() as client:
            fetcher = GammaFetcher(client, hosts, rng=rng, patience=patience)
            site = AccountSite(
                config,
                Clock(speed=config.live.speed),
                http,
                fetcher,
                given["wait_s"],
                keystore=Path(config.account.keystore).expanduser(),
                signer=signer,
                may_send=may_send,
            )
            return await run_checks(checks, site, tell)

    return trio.run(main)


def show(out: Printer, result: Result) -> None:
    """A line, and the way out below it."""
    word = result.verdict.value
    out.line((f"{word:<9}", STYLES[word]), f"{result.name:<{WIDTH}}", result.reason)
    if result.fix:
        out.line((f"-> {result.fix}", "dim"), indent=9)


def finish(given: dict[str, Any], results: list[Result], following: str) -> None:
    """The sum, the next command, and the exit code."""
    words = [result.verdict.value for result in results]
    counts = {word.lower(): words.count(word) for word in STYLES}
    if given["as_json"]:
        told = {"ok": not counts["fail"], "counts": counts}
        click.echo(plain(told | {"results": [as_dict(result) for result in results]}))
    else:
        out = Printer.make()
        out.line(f"{counts['pass']} passed, {counts['fail']} failed, {counts['skipped']} skipped")
        out.line(f"next: {following}")
    if counts["fail"]:
        raise SystemExit(1)


def as_dict(result: Result) -> dict[str, Any]:
    return result._asdict() | {"verdict": result.verdict.value, "figures": dict(result.figures)}


def again(name: str, given: dict[str, Any], *more: str) -> str:
    """A command with the options that were given to this one."""
    words = ["clobstep", name]
    for option in ("config", "venue", "keystore"):
        if given[option]:
            words += [f"--{option}", quote(str(given[option]))]
    return " ".join([*words, *more])
