"""The one task that owns the core: it waits, takes what came, and keeps time for the engine.

Owns: when the engine's timer, the strategy's timer and the commit of what waits are due. Whether it
is well is for others to see: `alive_at` is the last time it finished a step or an idle tick, and
the order heartbeat stops when that is too long ago. `lags` are the waits of what it took from the
inbox, `works` the times it then needed.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import Final

import trio

from clobstep import events
from clobstep.live.clock import Clock
from clobstep.live.core import Core
from clobstep.live.durations import Durations
from clobstep.live.inbox import Inbox
from clobstep.session.format import SessionError

COMMIT_S: Final = 0.05  # what is not about money is durable this soon
IDLE_S: Final = 1.0  # an idle tick proves that the task is not stuck
WELL_S: Final = 2.0  # and it is not well when it proved nothing for so long


class EngineTask:
    """Runs a core on an inbox and a clock until it is stopped or the journal fails."""

    def __init__(self, core: Core, inbox: Inbox, clock: Clock, *, timer_ns: int = 0) -> None:
        self.core = core
        self.alive_at = trio.current_time()
        self.lags = Durations()
        self.works = Durations()
        self._inbox = inbox
        self._clock = clock
        self._timer_ns = timer_ns
        self._wake_ns = clock.now_ns() + timer_ns if timer_ns else 0
        self._commit_at: float | None = None
        self._stopping = False
        self._round: trio.Event | None = None  # somebody waits for its end

    @property
    def is_well(self) -> bool:
        """It finished something lately, and the journal takes what it writes."""
        return self.core.error is None and trio.current_time() - self.alive_at <= WELL_S

    def stop(self) -> None:
        """End after what waits now."""
        self._stopping = True
        self._inbox.nudge()

    async def stepped(self) -> None:
        """Until all that waits now was stepped."""
        if self._round is None:
            self._round = trio.Event()
        await self._round.wait()

    async def run(self) -> None:
        """Until `stop`. Errors: SessionError when the journal failed; what a strategy raises."""
        while not self._stopping:
            with trio.move_on_at(self._next()):
                await self._inbox.wait()
            self.once()
            if self.core.error is not None:
                raise self.core.error

    def once(self) -> None:
        """Hear all that waits and all that is due; nothing in here waits."""
        core = self.core
        since_ns, began_ns = self._inbox.since_ns, perf_counter_ns()
        for batch in self._inbox.take():
            core.hear(batch.events, batch.raws)
        self._timers()
        if since_ns:
            self.lags.add(began_ns - since_ns)
            self.works.add(perf_counter_ns() - began_ns)
        now = trio.current_time()
        if not core.uncommitted:
            self._commit_at = None
        elif self._commit_at is None:
            self._commit_at = now + COMMIT_S
        elif now >= self._commit_at or self._stopping:
            self._commit()
        self.alive_at = now
        if self._round is not None:
            self._round.set()
            self._round = None

    def _commit(self) -> None:
        try:
            self.core.commit()
        except SessionError:
            return  # the core keeps it, `run` raises it
        self._commit_at = None

    def _timers(self) -> None:
        """A TIMER event for each deadline that has come: the engine's, then the strategy's."""
        now_ns = self._clock.now_ns()
        due_ns = self.core.engine.view.deadline_ns
        if due_ns and due_ns <= now_ns:
            self.core.hear_one(events.timer(at=now_ns))
        if self._wake_ns and self._wake_ns <= now_ns:
            self._wake_ns = now_ns + self._timer_ns
            self.core.hear_one(events.timer(at=now_ns))

    def _next(self) -> float:
        """When something is due at the latest, by trio's clock."""
        times = [self.alive_at + IDLE_S]
        if self._commit_at is not None:
            times.append(self._commit_at)
        if due_ns := self.core.engine.view.deadline_ns:
            times.append(self._clock.trio_time(due_ns))
        if self._wake_ns:
            times.append(self._clock.trio_time(self._wake_ns))
        return min(times)
