"""The venue on a socket: everything on one port, inside a trio nursery.

    async with trio.open_nursery() as nursery:
        running = await nursery.start(serve, VenueSettings(profile), 0)
        ...                       # running.port
        running.stop()

Owns the tasks: time that passes, the listener, requests that arrive late.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Final

import trio
from hypercorn.config import Config
from hypercorn.trio import serve as hypercorn_serve

from clobstep_sim.server import app, points
from clobstep_sim.server.faults import Faults
from clobstep_sim.server.gamma import Gamma
from clobstep_sim.server.posted import Posted
from clobstep_sim.server.sockets import Sockets
from clobstep_sim.server.venue import Venue, VenueSettings

TICK_S: Final = 0.004
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class NotLoopbackError(ValueError):
    """An address that others can reach, and nobody said that they may."""


@dataclass
class Running:
    """A venue that listens. `port`: where."""

    venue: Venue
    faults: Faults
    sockets: Sockets
    port: int = 0
    host: str = "127.0.0.1"
    gamma: Gamma | None = None
    posted: Posted | None = None
    stopped: trio.Event = field(default_factory=trio.Event)

    def stop(self) -> None:
        """It ends: connections are closed."""
        self.stopped.set()


async def serve(
    settings: VenueSettings,
    port: int,
    host: str = "127.0.0.1",
    *,
    control: bool = False,
    others_may: bool = False,
    task_status: trio.TaskStatus[Running] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Listen until `Running.stop`. Port 0: any that is free. Errors: NotLoopbackError, OSError."""
    if host not in LOOPBACK and not others_may:
        raise NotLoopbackError(
            f"{host} can be reached by others, and this venue has no TLS; listen on 127.0.0.1, "
            "or say --let-others-in"
        )
    venue = Venue(settings)
    faults = Faults(venue)
    running = Running(venue, faults, Sockets(venue, faults), port, host)
    config = Config()
    config.graceful_timeout = 0.1
    config.accesslog = config.errorlog = None
    config.keep_alive_timeout = 60
    config.bind = [f"fd://{bound(host, port)}"]
    async with trio.open_nursery() as nursery:
        running.posted = Posted() if control else None
        door = app.Door(venue, faults, nursery, running.posted)
        asgi = app.application(
            door, points.points(running, nursery, control=control), points.sockets(running)
        )
        venue.start()
        nursery.start_soon(_time_passes, running)
        binds = await nursery.start(_listen, asgi, config, running.stopped)
        running.port = int(binds[0].rsplit(":", 1)[1])
        task_status.started(running)
        await running.stopped.wait()
        nursery.cancel_scope.cancel()


def bound(host: str, port: int) -> int:
    """A socket of that address, as a number that hypercorn then owns. Errors: OSError."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        return found.detach()


async def _listen(
    asgi: object,
    config: Config,
    stopped: trio.Event,
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    await hypercorn_serve(
        asgi,  # type: ignore[arg-type]
        config,
        shutdown_trigger=stopped.wait,
        task_status=task_status,
    )


async def _time_passes(running: Running) -> None:
    while True:
        running.venue.advance()
        running.sockets.look_at_losses()
        if running.gamma is not None:
            running.gamma.remember()
        await trio.sleep(TICK_S)
