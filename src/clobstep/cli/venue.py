"""`clobstep venue`: the simulated exchange behind the venue's own protocol, for any bot."""

from __future__ import annotations

import json
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from clobstep.cli.files import Unreadable
from clobstep.cli.view import Printer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clobstep_sim.server.server import Running
    from clobstep_sim.server.venue import VenueSettings

EPILOG: Final = """\b
Examples:
  clobstep venue --profile busy --port 8137
  clobstep venue --profile everything --port 0 --json --control
  clobstep venue --profile calm --protocol v1 --markets 2 --cash 500
"""


@click.command(name="venue", epilog=EPILOG)
@click.option(
    "--profile", "name", default="calm", show_default=True,
    help="What the market is like and what goes wrong, as for `clobstep fuzz`.",
)  # fmt: skip
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8137, show_default=True,
    help="0: any that is free; it is printed.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**62), default=1, show_default=True)
@click.option(
    "--speed", type=click.FloatRange(0, 1000, min_open=True), default=1.0, show_default=True,
    help="Seconds of the venue in one of yours; clients then need the venue's time.",
)  # fmt: skip
@click.option(
    "--protocol", type=click.Choice(["v2", "v1"]), default="v2", show_default=True,
    help="Which orders it takes.",
)  # fmt: skip
@click.option("--markets", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option(
    "--v3-markets", type=click.IntRange(0, 64), default=0, show_default=True,
    help="So many of them, the last ones, have position ids.",
)  # fmt: skip
@click.option(
    "--neg-risk-markets", type=click.IntRange(0, 64), default=0, show_default=True,
    help="So many of them, the first ones, are negRisk.",
)  # fmt: skip
@click.option(
    "--accounts", type=click.IntRange(1, 1000), default=8, show_default=True,
    help="Addresses that can log in.",
)  # fmt: skip
@click.option(
    "--cash", type=click.IntRange(0, 1_000_000), default=1000, show_default=True,
    help="pUSD of each account, whole ones.",
)  # fmt: skip
@click.option("--control", is_flag=True, help="Serve /control: the truth, and faults by name.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens.")
@click.option(
    "--let-others-in", is_flag=True, help="Allow a --host that others can reach. It has no TLS."
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON as soon as it listens.")
def command(**given: Any) -> None:
    """Serve the simulated exchange on loopback until ctrl-C.

    REST, both WebSockets, Gamma, geoblock and a small relayer, all on one port. Keys, signatures
    and limits are checked as the venue does; the official clients work against it unchanged.
    """
    with _errors():
        import trio

        trio.run(_serve, given)
    if not given["as_json"]:
        Printer.make().line("next: clobstep fuzz   (the same exchange, with an engine under test)")


async def _serve(given: dict[str, Any]) -> None:
    import trio

    from clobstep_sim.server.server import serve

    settings = _settings(given)
    async with trio.open_nursery() as nursery:
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            listen = _Listen(serve, settings, given)
            running: Running = await nursery.start(listen)
            _announce(given, running)
            async for _ in signals:
                break
            running.stop()


class _Listen:
    """`serve` with its keywords, as a nursery starts it."""

    def __init__(self, serve: Any, settings: VenueSettings, given: dict[str, Any]) -> None:
        self._serve = serve
        self._settings = settings
        self._given = given

    async def __call__(self, task_status: Any) -> None:
        given = self._given
        await self._serve(
            self._settings, given["port"], given["host"], control=given["control"],
            others_may=given["let_others_in"], task_status=task_status,
        )  # fmt: skip


def _settings(given: dict[str, Any]) -> VenueSettings:
    from clobstep_sim.fuzz import profile as profiles
    from clobstep_sim.server.venue import VenueSettings

    for name in ("v3_markets", "neg_risk_markets"):
        if given[name] > given["markets"]:
            option = f"--{name.replace('_', '-')} {given[name]}"
            raise Unreadable(f"{option}: more than --markets {given['markets']}")
    return VenueSettings(
        profiles.load(given["name"]),
        seed=given["seed"],
        speed=given["speed"],
        protocol=given["protocol"],
        markets=given["markets"],
        accounts=given["accounts"],
        cash_usd=given["cash"],
        v3_markets=given["v3_markets"],
        neg_risk_markets=given["neg_risk_markets"],
    )


def _announce(given: dict[str, Any], running: Running) -> None:
    address = f"http://{running.host}:{running.port}"
    if given["as_json"]:
        told = {"address": address, "port": running.port, "profile": given["name"]}
        told |= {"protocol": given["protocol"], "control": given["control"]}
        click.echo(json.dumps(told))  # one line: whoever waits for it reads one
        return
    out = Printer.make()
    out.line(f"listening on {address}: CLOB, Gamma, /ws/market, /ws/user, relayer; ctrl-C ends it")
    out.line(f"next: curl {address}/markets/keyset")


@contextmanager
def _errors() -> Iterator[None]:
    """What was given and cannot be exits with 2."""
    try:
        from clobstep_sim.fuzz.profile import ProfileError
        from clobstep_sim.server.server import NotLoopbackError
    except ImportError as error:
        raise Unreadable(f"{error.name} is missing: pip install 'clobstep[venue]'") from None
    try:
        yield
    except* (ProfileError, NotLoopbackError, OSError, ValueError) as found:
        first: BaseException = found
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise Unreadable(str(first)) from None
