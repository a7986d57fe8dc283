"""Silence on a market connection that lives: is the market quiet, or is the feed frozen?

PONGs say nothing: the venue has answered them for hours and sent no data. So each condition's last
word about its book is kept (one message is about both tokens). One that is silent for too long is
looked up over REST. If the venue shows our book the market is quiet and its clock begins anew; if
it shows another, or several markets that were busy fell silent together, or several cannot be
looked up, the connection is made again. Quiet markets alone never cause a reconnect.

The look-up puts its snapshots into the inbox, which is what the engine counts as a sign of life (a
change, a BEST or a snapshot; no FEED sign). Its own limit, `stale_after_ns`, has to be longer than
ours and a look-up together: `silent_after` gives what fits.
Owns: when each condition was heard. Touches no book and no request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import trio

from clobstep.enums import EventKind
from clobstep.live.clock import SECOND, Clock
from clobstep.live.inbox import Array
from clobstep.live.market_socket import MarketSocket
from clobstep.live.wire_socket import ignore
from clobstep.units import format_price
from clobstep.venue.notes import Note

SILENT_NS: Final = 30 * SECOND
PROBE_NS: Final = 5 * SECOND  # a look-up that takes longer shows nothing
SEVERAL: Final = 3
BUSY_READS: Final = 10  # a market is busy when it was heard so often, and
BUSY_GAPS: Final = 10  # its silence is so many times as long as what passed between two words
PACE: Final = 10  # silences between two reconnects that only the lack of look-ups asks for


class Seen(NamedTuple):
    """The top of a token's book, 0 and 10,000 where a side is empty; the venue's hash if known."""

    bid_pips: int
    ask_pips: int
    hash: str = ""

    def is_as(self, other: Seen) -> bool:
        """Equal hashes prove equal books; unequal ones may differ by a time, so the top decides."""
        same = self.hash != "" and self.hash == other.hash
        return same or (self.bid_pips, self.ask_pips) == (other.bid_pips, other.ask_pips)

    def __str__(self) -> str:
        return f"{format_price(self.bid_pips)}/{format_price(self.ask_pips)}"


Probe: TypeAlias = Callable[[list[int]], Awaitable[None]]


def silent_after(stale_after_ns: int) -> int:
    """How long a token may be silent, so that a look-up is there before the engine gives it up."""
    return min(SILENT_NS, stale_after_ns * 2 // 3)


class Watchdog:
    """Watches one MarketSocket; `run` it in a nursery.

    `probe(tokens)` reads books over REST: for each it calls `shown` with what it read, and then
    puts the snapshot into the inbox. It raises nothing for what the venue does; a token of which
    `shown` was not told could not be looked up. `ours` is the top of the engine's book.
    `counters`: probes, agreed, differed, unanswered, reconnects.
    """

    def __init__(
        self,
        socket: MarketSocket,
        *,
        probe: Probe,
        ours: Callable[[int], Seen],
        clock: Clock,
        silent_ns: int = SILENT_NS,
        several: int = SEVERAL,
        on_note: Callable[[Note], None] = ignore,
    ) -> None:
        if silent_ns < SECOND:
            raise ValueError(f"silent_ns: {silent_ns} is less than a second")
        self._socket = socket
        self._probe = probe
        self._ours = ours
        self._clock = clock
        self._silent_ns = silent_ns
        self._several = several
        self._on_note = on_note
        self._watched: set[int] = set()  # conditions: token // 2
        self._last_ns = np.zeros(0, np.int64)  # of each condition its last word
        self._since_ns = np.zeros(0, np.int64)  # when its words began to be counted
        self._n_reads = np.zeros(0, np.int64)  # reads that brought words of it
        self._probed_ns = 0
        self._unproven_ns: int | None = None  # when the line was last given up without a proof
        self._differs: list[str] = []
        self.counters: Counter[str] = Counter()
        socket.watch = self

    # ---- what the socket tells

    def connected(self, tokens: Iterable[int], at_ns: int) -> None:
        """Begin to listen for these."""
        for pair in {token >> 1 for token in tokens}:
            if (more := pair + 1 - len(self._last_ns)) > 0:
                self._last_ns = np.append(self._last_ns, np.zeros(more, np.int64))
                self._since_ns = np.append(self._since_ns, np.zeros(more, np.int64))
                self._n_reads = np.append(self._n_reads, np.zeros(more, np.int64))
            self._watched.add(pair)
            self._last_ns[pair] = self._since_ns[pair] = at_ns
            self._n_reads[pair] = 0

    def lost(self, tokens: Iterable[int]) -> None:
        """No word of these is expected now."""
        self._watched -= {token >> 1 for token in tokens}

    def heard(self, events: Array, at_ns: int) -> None:
        """Words about books; prints are none, as they renew no book."""
        kinds = events["kind"]
        pairs = events["token"][(kinds <= EventKind.BEST) & (kinds != EventKind.PRINT)] >> 1
        pairs = pairs[pairs < len(self._last_ns)]
        self._last_ns[pairs] = at_ns
        self._n_reads[pairs] += 1  # once a read, however many words it brought

    # ---- looking

    def shown(self, token: int, theirs: Seen) -> None:
        """A look-up's result, told before its snapshot is in the inbox."""
        pair = token >> 1
        if pair not in self._watched or self._last_ns[pair] > self._probed_ns:
            return  # heard meanwhile: what was read may be older
        ours = self._ours(token)
        if ours.is_as(theirs):
            self.counters["agreed"] += 1
            self._last_ns[pair] = self._clock.now_ns()
            return
        self.counters["differed"] += 1
        silent_s = (self._clock.now_ns() - int(self._last_ns[pair])) // SECOND
        self._differs.append(
            f"token {token} was silent for {silent_s} s; the venue shows {theirs}, we have {ours}"
        )

    def silent(self) -> list[int]:
        """Conditions of which nothing was heard for too long."""
        now_ns = self._clock.now_ns()
        return [p for p in sorted(self._watched) if now_ns - self._last_ns[p] >= self._silent_ns]

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._clock.sleep(max(SECOND, self._silent_ns // 6))
            if silent := self.silent():
                await self._look(silent)

    async def _look(self, silent: list[int]) -> None:
        busy = [pair for pair in silent if self._was_busy(pair)]
        if len(busy) >= self._several:
            self._give_up(f"{len(busy)} busy markets fell silent together")
            return
        self._differs = []
        self._probed_ns = self._clock.now_ns()
        self.counters["probes"] += 1
        with trio.move_on_at(self._clock.trio_time(self._probed_ns + PROBE_NS)):
            await self._probe([self._token(pair) for pair in silent])
        if self._differs:
            self._give_up(self._differs[0])
            return
        unanswered = set(self.silent()) & set(silent)
        self.counters["unanswered"] += len(unanswered)
        if len(unanswered) >= self._several and self._may_doubt():
            self._unproven_ns = self._clock.now_ns()
            self._give_up(f"{len(unanswered)} markets are silent and cannot be looked up")

    def _was_busy(self, pair: int) -> bool:
        n = int(self._n_reads[pair])
        if n < BUSY_READS:
            return False
        gap_ns = (int(self._last_ns[pair]) - int(self._since_ns[pair])) // n
        return self._clock.now_ns() - int(self._last_ns[pair]) > BUSY_GAPS * gap_ns

    def _token(self, pair: int) -> int:
        """The one of a condition's tokens that is subscribed to."""
        even = 2 * pair
        return even if even in self._socket.tokens else even + 1

    def _may_doubt(self) -> bool:
        at_ns = self._unproven_ns
        return at_ns is None or self._clock.now_ns() - at_ns >= PACE * self._silent_ns

    def _give_up(self, reason: str) -> None:
        self.counters["reconnects"] += 1
        self._on_note(Note("feed_frozen", reason))
        self._socket.reconnect(reason)
