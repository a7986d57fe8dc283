"""A recording to trade against: the market events of a session, and what it says of itself.

Owns: which events of a session are the market's. Private events of a live session are left out: on
paper it is our strategy's orders that meet the feed, not those of then. Signals came from outside
as the market did, and stay.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clobstep.core import EVENT_DTYPE
from clobstep.enums import MAX_TIME_NS, NO_TOKEN, EventKind
from clobstep.session.manifest import Manifest
from clobstep.session.reader import Session
from clobstep.session.series import Series
from clobstep.units import format_time
from clobstep_sim.replayed.signals import SignalsError

Array = NDArray[np.void]
DAY_NS: Final = 86_400 * 1_000_000_000
WEEK_NS: Final = 7 * DAY_NS
SPAN_NS: Final = 1_000 * DAY_NS  # no recording is longer


class RecordingError(ValueError):
    """A session that cannot be traded against; says why and the way out."""


@dataclass(frozen=True)
class Recording:
    """Market events in their order, 64 bytes each, and the manifest they came with."""

    name: str
    events: Array
    manifest: Manifest
    interning: tuple[tuple[str, int, str, str], ...] = ()
    signals: int = 0

    @property
    def data_hash(self) -> str:
        """Name of the content: that of the sealed file, or of the events where they are others."""
        sealed = self.manifest.sealed
        if sealed is not None and not self.signals:
            return sealed.digest[:16]
        return hashlib.sha256(np.ascontiguousarray(self.events).tobytes()).hexdigest()[:16]

    @property
    def begins_ns(self) -> int:
        """The first of our times that the next agrees with, within a week; 0 if there is none."""
        times = self.events["time_ns"]
        times = times[(times >= 0) & (times < MAX_TIME_NS)]
        near = np.abs(np.diff(times)) <= WEEK_NS
        return int(times[np.argmax(near)]) if near.any() else int(times[-1]) if len(times) else 0

    @property
    def tokens(self) -> list[int]:
        """Even tokens that any event names, of those that there are places for."""
        named = self.events["token"][self.events["kind"] != EventKind.FEED]
        places = self.manifest.config["tokens"]
        return sorted({int(token) & ~1 for token in np.unique(named) if token < places})


def is_of_market(events: Array) -> NDArray[np.bool_]:
    """Which events a paper run takes."""
    kinds = events["kind"]
    return np.asarray((kinds <= EventKind.RETIRE) | (kinds == EventKind.SIGNAL))


def load(session: Session | Series | Path | str) -> Recording:
    """The market events of a session file, and the signals in it.

    Errors: those of `Session.open`; RecordingError when nothing in it can be traded against.
    """
    if not isinstance(session, Session | Series):
        if not isinstance(session, Path | str):
            raise TypeError(f"session: {session!r} is no session, and no name of a file")
        with Session.open(session) as opened:
            return load(opened)
    name, manifest = Path(session.path).name, session.manifest
    parts = [chunk[is_of_market(chunk)] for chunk in session.events()]
    events = np.concatenate(parts) if parts else np.zeros(0, EVENT_DTYPE)
    if not np.any(events["kind"] <= EventKind.BEST):
        raise RecordingError(
            f"{name}: no market data in it; import a recording of the market channel"
        )
    return Recording(name, events, manifest, tuple(session.interning_rows()))


def _sound_times(recording: Recording) -> NDArray[np.int64]:
    """Our time of each event, -1 where it cannot be one: else all signals would stand before it."""
    times = recording.events["time_ns"].astype(np.int64)
    times[(times < 0) | (times > recording.begins_ns + SPAN_NS)] = -1
    following = np.append(times[1:], times[-1:])
    times[(following >= 0) & (times - WEEK_NS > following)] = -1
    return times


def with_signals(recording: Recording, signals: Array) -> Recording:
    """The recording with SIGNAL events between its own, by our time.

    Errors: SignalsError for a token that the recording does not know.
    """
    known = recording.tokens
    for row in signals:
        token = int(row["token"])
        if token != NO_TOKEN and token & ~1 not in known:
            raise SignalsError(
                f"signal at {format_time(int(row['time_ns']))}: token {token} is not in "
                f"{recording.name}; it has {', '.join(f'{one}, {one + 1}' for one in known)}"
            )
    ours = np.maximum.accumulate(_sound_times(recording))
    at = np.searchsorted(ours, signals["time_ns"], side="right")
    events = np.insert(recording.events, at, signals)
    return replace(recording, events=events, signals=recording.signals + len(signals))
