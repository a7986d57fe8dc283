"""What `record` and `paper --live` share: which markets are followed, where, for how long.

Owns: their options, the line that says where it is, and how what goes wrong on the way is told.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from clobstep.cli.files import Unreadable, told

if TYPE_CHECKING:
    from pathlib import Path

    from clobstep.live.config import Config
    from clobstep.live.feed import Feed
    from clobstep.live.record import FeedRecord, Listener
    from clobstep.session.manifest import Manifest
    from clobstep.venue.hosts import Hosts
    from clobstep.venue.notes import Note

LINE_S: Final = 1.0  # between two states of the line
LOUD: Final = frozenset({"market_lost", "failed", "vanished", "metadata"})  # told as they come
OPTIONS: Final = (
    click.option(
        "--market", "markets", multiple=True, metavar="SLUG|0x...",
        help="Follow this one: a market's slug, or its condition.",
    ),
    click.option(
        "--event", "events", multiple=True, metavar="SLUG",
        help="Follow all markets of this event that are not closed.",
    ),
    click.option(
        "--config", "config", type=click.Path(dir_okay=False), default=None,
        help="A TOML file with [markets], [hosts], [session] and [live].",
    ),
    click.option(
        "--venue", metavar="URL", default=None,
        help="A venue on loopback, as `clobstep venue` prints it. [the real one, or --config's]",
    ),
    click.option(
        "--duration", metavar="TIME", default=None, show_default="until ctrl-C",
        help="End after so long: 90s, 10m, 24h.",
    ),
    click.option(
        "--raw", type=click.Choice(["kept", "sampled", "dropped"]), default=None,
        show_default="kept, or the file's",
        help="What becomes of the messages as they came in.",
    ),
    click.option(
        "--hashes", type=click.IntRange(0), default=None, metavar="N",
        help="Check the book's hash after each N-th group of changes; 0: never.",
    ),
    click.option(
        "--speed", type=click.FloatRange(0, 1000, min_open=True), default=None,
        help="So many seconds pass in one of the wall's, as `clobstep venue --speed`; loopback "
        "only.",
    ),
)  # fmt: skip


def config_of(given: dict[str, Any]) -> Config:
    """The file's configuration, and what the options say. Errors: Unreadable."""
    import msgspec

    from clobstep.live.config import Config, read

    config = read(given["config"]) if given["config"] else Config()
    if given["venue"]:
        config = msgspec.structs.replace(config, hosts=_loopback(given["venue"]))
    markets, session, live = config.markets, config.session, config.live
    if given["markets"] or given["events"]:
        named = given["markets"]
        markets = msgspec.structs.replace(
            markets,
            conditions=tuple(name for name in named if name.startswith("0x")),
            slugs=tuple(name for name in named if not name.startswith("0x")),
            events=given["events"],
        )
    if given["raw"] is not None:
        session = msgspec.structs.replace(session, raw=given["raw"])
    for name in ("hashes", "speed"):
        if given[name] is not None:
            live = msgspec.structs.replace(live, **{name: given[name]})
    return msgspec.structs.replace(config, markets=markets, session=session, live=live)


def span_ns(text: str | None, option: str) -> int:
    """A duration, 0 for none."""
    from clobstep import units

    if text is None:
        return 0
    try:
        found = int(units.parse_duration(text))
    except units.UnitError as error:
        raise Unreadable(f"{option}: {error}") from None
    if found <= 0:
        raise Unreadable(f"{option}: {text} is no time to wait for")
    return found


def _loopback(url: str) -> Hosts:
    from clobstep.venue.hosts import LOOPBACK, Hosts

    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "http" or parts.hostname not in LOOPBACK or port is None:
        raise Unreadable(
            f"--venue {url}: is no venue on loopback, such as http://127.0.0.1:8137; other "
            "addresses stand in [hosts] of a --config file"
        )
    return Hosts.loopback(port)


async def follow(
    config: Config,
    base: Path,
    *,
    duration_ns: int,
    quiet: bool,
    goes_on: bool = True,
    settings: dict[str, Any] | None = None,
    listener: Callable[[Feed, Manifest], Listener] | None = None,
    more: Callable[[], str] = str,
) -> FeedRecord:
    """Record until the time is over, somebody ends it, or all markets have resolved.

    `more` is told at the end of the line. Errors: those of `clobstep.live.record`.
    """
    import trio

    from clobstep.live.record import following, single_errors

    line = Line(quiet=quiet, more=more)

    async def until_signal() -> None:
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                record.stop()

    async def until_time() -> None:
        await record.feed.clock.sleep(duration_ns)
        record.stop()

    async def look() -> None:
        while True:
            await trio.sleep(LINE_S)
            line.show(record)

    async with following(
        config, base, goes_on=goes_on, settings=settings, listener=listener, on_note=line.note
    ) as record:
        try:
            with single_errors():
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(until_signal)
                    nursery.start_soon(look)
                    if duration_ns:
                        nursery.start_soon(until_time)
                    await record.run()
                    nursery.cancel_scope.cancel()
        finally:
            line.end()
        return record


class Line:
    """One line on a terminal that says where it is; what is loud is told above it, anywhere."""

    def __init__(self, *, quiet: bool, more: Callable[[], str] = str) -> None:
        self._shown = sys.stderr.isatty() and not quiet
        self._more = more
        self._quiet = quiet
        self._events = 0
        self._dirty = False

    def note(self, told: Note) -> None:
        """What a person should hear at once."""
        if told.kind in LOUD and not self._quiet:
            self.end()
            click.echo(f"{told.kind}: {told.text}", err=True)

    def show(self, record: FeedRecord) -> None:
        """Where it is."""
        if not self._shown:
            return
        state = record.state()
        rate = (state.events - self._events) / LINE_S
        self._events = state.events
        text = (
            f"{state.events:,} events, {rate:,.0f}/s, {state.synced} of {state.markets} books in "
            f"sync, {state.lost} lines lost, {state.resyncs} resyncs{self._more()}"
        )
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)
        self._dirty = True

    def end(self) -> None:
        """The next line is another's."""
        if self._dirty:
            click.echo("\r\x1b[K", nl=False, err=True)
            self._dirty = False


@contextmanager
def live_errors() -> Iterator[None]:
    """What was given and cannot be, and a venue that cannot be asked, exit with 2."""
    try:
        from clobstep.live.config import ConfigError
        from clobstep.live.feed import FeedError
        from clobstep.live.gamma import GammaError
        from clobstep.venue.hosts import HostsError
    except ImportError as error:
        raise Unreadable(f"following a market needs {error.name}: pip install 'clobstep[data]'"
                         ) from None  # fmt: skip
    with told():
        try:
            yield
        except GammaError as error:
            raise Unreadable(f"{error}; is there a network, and the address right?") from None
        except (ConfigError, FeedError, HostsError) as error:
            raise Unreadable(str(error)) from None
