"""What goes wrong between a client and the venue: of requests, of answers, of messages.

Owns the chances, each with its own stream of numbers, and what a person switched on by name. What
goes wrong inside the venue (storms, restarts, closings) is the world's; here it is only read.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import trio

from clobstep.enums import Reject
from clobstep_sim.kernel import Stream
from clobstep_sim.server.venue import MS, SECOND, Venue
from clobstep_sim.world import KNOBS

MICROSECOND: Final = 1_000
EVERY_MARKET: Final = -1
# what lasts and is applied here, by the name of its knob: the name in World.spells()
WINDOWS: Final = {
    "storm_every": "storm", "throttle_every": "throttle", "queue_every": "queue",
    "gamma_down_every": "gamma", "feed_clog_every": "clog", "key_every": "key",
    "half_open_every": "silent", "balance_lie_every": "lie",
}  # fmt: skip


class Faults:
    """Chances and windows. `hit` draws; `force` makes the next draws of a chance come true."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self.knobs = dict(venue.settings.profile.knobs)
        seed = venue.settings.seed
        self._streams = {name: Stream(seed, f"venue {name}") for name in KNOBS}
        self.form = Stream(seed, "venue form")
        self._network = Stream(seed, "venue network")
        self._forced: Counter[str] = Counter()
        self.until: dict[str, int] = {}  # windows switched on by hand
        self.stalled: dict[int, int] = {}  # market -> until when its feed is silent
        self.storm_market = EVERY_MARKET
        self.storm_reason = Reject.OTHER
        self.is_quiet = False
        self.calmed = trio.Event()  # what is very late need not be so any longer
        self.happened: Counter[str] = Counter()

    # ---- chances

    def hit(self, name: str) -> bool:
        """Whether this chance comes true now; nothing is drawn of one that is off."""
        if self._forced[name] > 0:
            self._forced[name] -= 1
        elif (
            not self.knobs[name]
            or self.is_quiet
            or not self._streams[name].chance(self.knobs[name])
        ):
            return False
        self.happened[name] += 1
        return True

    def force(self, name: str, times: int) -> None:
        """The next so many draws come true."""
        self._forced[name] = times

    def below(self, n: int) -> int:
        return self.form.below(n)

    def coin(self) -> bool:
        return bool(self.form.below(2))

    # ---- delays

    def delay_ns(self, floor: str, tail: str) -> int:
        mean = self.knobs[tail]
        more = self._network.exponential(mean) if mean else 0
        return MICROSECOND * (self.knobs[floor] + more)

    def rest_delay_ns(self) -> int:
        """Of a request or of its answer; longer while the venue queues."""
        queued = self._network.exponential(2000) * MS if self.lasts("queue") else 0
        return self.delay_ns("rest_floor_us", "rest_tail_us") + queued

    # ---- windows

    def lasts(self, name: str) -> bool:
        return self.until_ns(name) > self._venue.now_ns

    def until_ns(self, name: str) -> int:
        return max(int(self._venue.spells()[name]), self.until.get(name, 0))

    def storm(self, market: int) -> Reject | None:
        """Why every order of this market is refused now; None if there is no storm."""
        now, spells = self._venue.now_ns, self._venue.spells()
        if spells["storm"] > now and spells["storm_market"] in (EVERY_MARKET, market):
            return Reject(spells["storm_reason"])
        if self.until.get("storm", 0) > now and self.storm_market in (EVERY_MARKET, market):
            return self.storm_reason
        return None

    def is_stalled(self, market: int) -> bool:
        """Whether this market's feed says nothing."""
        now = self._venue.now_ns
        said = max(self._venue.spells()["stalled"][market], self.stalled.get(market, 0))
        return bool(said > now)

    @property
    def is_silent(self) -> bool:
        """Whether the user channel says nothing, not even to a ping."""
        return self.lasts("silent") or self.lasts("key")

    @property
    def is_dead_air(self) -> bool:
        """Whether the market channel says nothing at all: half open."""
        return self.lasts("silent") and all(
            self.is_stalled(market) for market in range(self._venue.settings.markets)
        )

    def begin(self, name: str, given: dict[str, Any]) -> None:
        """A window by hand: `seconds` from now; of a storm its `market` and `reason`."""
        until = self._venue.now_ns + int(float(given.get("seconds", 30)) * SECOND)
        if name == "feed_stall_every":
            self.stalled[int(given.get("market", 0))] = until
            return
        self.until[WINDOWS[name]] = until
        if name == "storm_every":
            self.storm_market = int(given.get("market", EVERY_MARKET))
            self.storm_reason = Reject[str(given.get("reason", "OTHER"))]
        if name == "half_open_every":
            for market in range(self._venue.settings.markets):
                self.stalled[market] = until

    def end(self, name: str) -> None:
        """What was begun or forced by hand ends."""
        self._forced.pop(name, None)
        self.until.pop(WINDOWS.get(name, ""), None)
        if name in ("feed_stall_every", "half_open_every"):
            self.stalled.clear()

    def calm(self) -> None:
        """No more faults."""
        self._forced.clear()
        self.until.clear()
        self.stalled.clear()
        self.is_quiet = True
        self.calmed.set()
        self._venue.world.calm()
