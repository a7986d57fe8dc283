"""A venue on loopback for tests: it runs in a thread of its own, as a process of its own would."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import httpx
import trio
from websockets.sync.client import ClientConnection

from clobstep_sim.fuzz import profile as profiles
from clobstep_sim.fuzz.profile import Profile
from clobstep_sim.server.server import Running, serve
from clobstep_sim.server.venue import Venue, VenueSettings

T = TypeVar("T")
SECONDS = 20.0
AT_ONCE = {
    "rest_floor_us": 1, "rest_tail_us": 0, "feed_floor_us": 0, "feed_tail_us": 0,
    "user_floor_us": 0, "user_tail_us": 0, "burst_every": 0,
}  # fmt: skip
SCENE = {
    "tick_pips": [100], "fee_ppm": [0], "delay_ms": [0], "blocks": [0], "gate_per_market": [0],
}  # fmt: skip


def quick(
    name: str = "calm", *, scene: dict[str, list[int]] | None = None, **knobs: int
) -> Profile:
    """A profile without delays."""
    found = profiles.load(name)
    return replace(
        found, knobs=found.knobs | AT_ONCE | knobs, scene=found.scene | SCENE | (scene or {})
    )


def until(look: Callable[[], T], seconds: float = SECONDS) -> T:
    """What `look` gives as soon as it is something. AssertionError after so long."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        threading.Event().wait(0.01)


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def fetched(url: str) -> str:
    """A page, "" while there is none."""
    try:
        return httpx.get(url, trust_env=False).text
    except httpx.HTTPError:
        return ""


def hear(ws: ClientConnection, is_it: Callable[[Any], object]) -> list[Any]:
    """Messages up to the first that is the one waited for; of what is no JSON the text."""
    end, found = time.monotonic() + SECONDS, []
    while True:
        text = str(ws.recv(timeout=max(0.01, end - time.monotonic())))
        try:
            found.append(json.loads(text))
        except ValueError:
            found.append(text)
        if is_it(found[-1]):
            return found


@dataclass
class Run:
    """A venue that listens, seen from another thread."""

    running: Running
    token: trio.lowlevel.TrioToken

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.running.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.running.port}"

    @property
    def venue(self) -> Venue:
        return self.running.venue

    def call(self, look: Callable[..., T], *args: Any) -> T:
        """A look or an act in the venue's own thread, between two of its steps."""
        return trio.from_thread.run_sync(look, *args, trio_token=self.token)

    def asset(self, token: int) -> str:
        return self.call(self.venue.names.asset, token)

    def condition(self, market: int) -> str:
        return self.call(self.venue.names.condition, market)

    def spell(self, name: str, **given: Any) -> None:
        answer = httpx.post(f"{self.url}/control/spell", json={"name": name, **given})
        assert answer.status_code == 200, answer.text

    def truth(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self.url}/control/truth").json()
        return found

    def submits(self) -> int:
        """Orders that clients have posted."""
        return int(httpx.get(f"{self.url}/control/posted").json()["orders"])

    def open_orders(self) -> int:
        return sum(len(one["orders"]) for one in self.truth()["accounts"])


@contextmanager
def venue(profile: Profile | None = None, **settings: Any) -> Iterator[Run]:
    """One that runs until the block ends."""
    told: queue.Queue[Run | BaseException] = queue.Queue()
    made = VenueSettings(profile or quick(), **settings)

    async def listen(task_status: trio.TaskStatus[Running] = trio.TASK_STATUS_IGNORED) -> None:
        await serve(made, 0, control=True, task_status=task_status)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            running: Running = await nursery.start(listen)
            told.put(Run(running, trio.lowlevel.current_trio_token()))

    def thread() -> None:
        try:
            trio.run(main)
        except BaseException as error:
            told.put(error)

    worker = threading.Thread(target=thread)
    worker.start()
    run = told.get(timeout=SECONDS)
    if isinstance(run, BaseException):
        raise run
    try:
        yield run
    finally:
        run.call(run.running.stop)
        worker.join(SECONDS)
        assert not worker.is_alive(), "the venue does not end"
        if not told.empty():
            error = told.get()
            assert isinstance(error, BaseException)
            raise error
