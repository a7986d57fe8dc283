"""What a running process must have so that it can be watched; a Trader has it.

Owns nothing: these are the shapes of others' parts, as far as a watcher looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from clobstep import Engine
from clobstep.live.clock import Clock
from clobstep.live.durations import Durations
from clobstep.live.inbox import Inbox
from clobstep.session.recorder import Recorder
from clobstep.venue.interning import Interning
from clobstep.venue.market_info import MarketInfo


class Line(Protocol):
    """A connection that is kept up."""

    @property
    def is_connected(self) -> bool: ...
    @property
    def counters(self) -> Mapping[str, int]: ...


class Working(Protocol):
    """Who steps the engine."""

    @property
    def alive_at(self) -> float: ...
    @property
    def lags(self) -> Durations: ...
    @property
    def works(self) -> Durations: ...


class Writing(Protocol):
    """Who commits."""

    @property
    def recorder(self) -> Recorder: ...
    @property
    def commits(self) -> Durations: ...
    @property
    def turns(self) -> int: ...


class Refreshing(Protocol):
    """Who keeps metadata."""

    @property
    def markets(self) -> Mapping[str, MarketInfo]: ...


class Reading(Protocol):
    """Who reads the account."""

    @property
    def reads(self) -> int: ...
    @property
    def failures(self) -> int: ...


class Beating(Protocol):
    """Who sends the heartbeat."""

    @property
    def sent(self) -> int: ...
    @property
    def withheld(self) -> int: ...


class Calling(Protocol):
    """Who asks the venue."""

    @property
    def ahead_ns(self) -> int: ...
    @property
    def counters(self) -> Mapping[str, int]: ...


class Ordering(Protocol):
    """Who sends orders."""

    @property
    def rejects(self) -> Mapping[str, int]: ...


class Watched(Protocol):
    """A running process. One without an account has None for what is about it."""

    @property
    def clock(self) -> Clock: ...
    @property
    def engine(self) -> Engine: ...
    @property
    def interning(self) -> Interning: ...
    @property
    def infos(self) -> Mapping[str, MarketInfo]: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def core(self) -> Writing: ...
    @property
    def task(self) -> Working: ...
    @property
    def refresher(self) -> Refreshing: ...
    @property
    def markets(self) -> Sequence[Line]: ...
    @property
    def user(self) -> Line | None: ...
    @property
    def account(self) -> Reading | None: ...
    @property
    def beat(self) -> Beating | None: ...
    @property
    def calls(self) -> Calling | None: ...
    @property
    def desk(self) -> Ordering | None: ...
