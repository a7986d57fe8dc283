"""Reads of the account, and look-ups of single orders: what the venue says we have.

A read is a look at orders, trades and balances as of one moment (`venue.rest.account`). Private
words wait at the gate from its beginning to its end. One that fails tells nothing, and is begun
again after a pause that grows; one that the engine asks for meanwhile is that one.

Owns: when a read runs, and which orders are being looked up. Decides nothing: what differs is the
core's affair.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import trio

from clobstep import events
from clobstep.core import View
from clobstep.live.backoff import Backoff
from clobstep.live.clock import SECOND, Clock
from clobstep.live.orders.conversions import with_conversions
from clobstep.live.orders.gate import Gate
from clobstep.venue.interning import Interning
from clobstep.venue.notes import Note
from clobstep.venue.rest.account import AccountLook, AccountReader
from clobstep.venue.rest.lookup import Lookup
from clobstep.venue.rest.reads import Failed
from clobstep.venue.rest.request import Reply, Request
from clobstep.venue.user import UserCodec

Call = Callable[[Request], Awaitable[Reply]]

AT_ONCE: Final = 8  # requests of one look that are out at a time
READ_S: Final = 8.0  # a look that takes longer is given up: words wait for it
NEVER: Final = 1 << 62
SUBSCRIBED_NS: Final = 5 * SECOND  # a subscription works by then
AGAIN_NS: Final = 5 * SECOND  # between a read and the next that the engine asks for
LOOK_UPS: Final = 4  # orders that are looked up at a time


class Account:
    """Two tasks: `run` reads, `look_ups` answers the engine's questions about single orders."""

    def __init__(
        self,
        call: Call,
        codec: UserCodec,
        gate: Gate,
        clock: Clock,
        view: View,
        interning: Interning,
        *,
        signature_type: int,
        tokens: Callable[[], Mapping[int, str]],
        venue_now_ns: Callable[[], int],
        every_ns: int,
        note: Callable[[Note], None],
        rng: random.Random,
    ) -> None:
        self.reads = 0  # that were told
        self.failures = 0
        self._call = call
        self._codec = codec
        self._gate = gate
        self._clock = clock
        self._view = view
        self._interning = interning
        self._tokens = tokens
        self._venue_now_ns = venue_now_ns
        self._every_ns = every_ns
        self._note = note
        self._backoff = Backoff(rng, first_ns=SECOND, most_ns=30 * SECOND)
        self._due_ns = self._ended_ns = clock.now_ns()
        self._second_ns = 0  # when to read again after the user channel has subscribed
        self._changed = trio.Event()
        self._reading = False
        self._reader = AccountReader(
            codec,
            signature_type=signature_type,
            unsettled_ns=max(0, view.watermark_ns - UNSETTLED_NS) if view.watermark_ns else None,
        )
        self._asked: dict[int, int] = {}  # orders that wait for a look-up -> token
        self._more = trio.Event()

    # --- the engine's side ------------------------------------------------------------------------

    def want(self) -> None:
        """A read, as soon as none is running."""
        self._due_by(self._clock.now_ns())

    def connected(self) -> None:
        """The user channel has subscribed: a read now, and one when that has surely taken effect.

        A fill between the first read and the moment from which the venue tells us is in neither.
        """
        self._second_ns = self._clock.now_ns() + SUBSCRIBED_NS
        self.want()

    def want_again(self) -> None:
        """A read that the engine asks for: not right after one, which would see the same.

        Balances lag behind trades, and a person who moved money needs a moment to say so; the
        second read in a row that differs halts.
        """
        now_ns = self._clock.now_ns()
        self._due_by(max(now_ns, (now_ns if self._reading else self._ended_ns) + AGAIN_NS))

    def _due_by(self, at_ns: int) -> None:
        self._due_ns = min(self._due_ns, at_ns)
        self._changed.set()

    def look_up(self, order_id: int, token: int) -> None:
        """One look at an order; its answer comes by the gate, or none and the engine asks again."""
        self._asked[order_id] = token
        self._more.set()

    # --- reads ------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled: at once, when wanted, and every now and then."""
        while True:
            while self._clock.now_ns() < self._due_ns:
                self._changed = trio.Event()
                with trio.move_on_at(self._clock.trio_time(self._due_ns)):
                    await self._changed.wait()
            if self._clock.now_ns() >= self._second_ns:
                self._second_ns = 0
            self._due_ns, self._reading = NEVER, True
            good = await self.once()
            self._reading, self._ended_ns = False, self._clock.now_ns()
            if good:
                self._backoff.worked()
                self._due_by(self._second_ns or self._ended_ns + self._every_ns)
            else:
                self._due_ns = self._ended_ns + self._backoff.next_ns()

    async def once(self) -> bool:
        """One read; whether it was told."""
        self._gate.private(events.reconcile_begun(at=self._clock.now_ns()))
        self._gate.hold()
        told = b""
        try:
            look = self._reader.look(
                self._tokens(), watermark_ns=self._view.watermark_ns, ordered=self._ordered
            )
            with trio.move_on_after(READ_S) as limit:
                await drive(look, self._call, self._clock, self._venue_now_ns)
            if look.answer is not None:
                evens = sorted({token & ~1 for token in self._tokens()})
                told = with_conversions(look.answer.events, self._view, evens)
                self._tell(look.answer.notes)
            elif limit.cancelled_caught:
                self._failed(f"the account was not read within {READ_S:g} s")
            else:
                self._failed(look.failed)
        finally:
            self._tell(self._codec.take_notes())
            self._gate.release(told)
        self.reads += bool(told)
        return bool(told)

    def _failed(self, why: Failed | str) -> None:
        self.failures += 1
        if isinstance(why, Failed):
            self._note(why.note)
            why = why.why
        self._note(Note("account", f"a read of the account failed: {why}"))

    def _ordered(self, order_id: int) -> int | None:
        order = self._view.order(order_id)
        return None if order is None else order.original

    # --- look-ups ---------------------------------------------------------------------------------

    async def look_ups(self) -> None:
        """Until cancelled."""
        at_a_time = trio.Semaphore(LOOK_UPS)
        running: set[int] = set()
        async with trio.open_nursery() as nursery:
            while True:
                await self._more.wait()
                self._more = trio.Event()
                asked, self._asked = self._asked, {}
                for order_id, token in asked.items():
                    if order_id in running:
                        continue  # its answer is the answer to this question too
                    await at_a_time.acquire()
                    running.add(order_id)
                    nursery.start_soon(self._look_up, order_id, token, at_a_time, running)

    async def _look_up(
        self, order_id: int, token: int, at_a_time: trio.Semaphore, running: set[int]
    ) -> None:
        try:
            order_hash = self._interning.order_hash(order_id)
            if order_hash is None:  # it has no name, so no request of it ever left
                self._gate.private(events.not_found(order_id, at=self._clock.now_ns()))
                return
            look = Lookup(
                self._codec,
                order_hash,
                order_id,
                condition=self._interning.condition(token),
                ordered=self._ordered,
            )
            while (request := look.want()) is not None:
                look.take(await self._call(request), self._clock.now_ns())
            self._tell(self._codec.take_notes())
            if look.answer is not None:
                self._tell(look.answer.notes)
                self._gate.private(look.answer.events)
            else:
                why = look.failed.why if isinstance(look.failed, Failed) else look.failed
                self._note(Note("look-up", f"order {order_id} was not looked up: {why}"))
        finally:
            running.discard(order_id)
            at_a_time.release()

    def _tell(self, notes: tuple[Note, ...] | list[Note]) -> None:
        for note in notes:
            self._note(note)


async def drive(
    look: AccountLook, call: Call, clock: Clock, venue_now_ns: Callable[[], int]
) -> None:
    """Ask what a look wants, several requests at a time, until it wants nothing more."""
    limiter = trio.CapacityLimiter(AT_ONCE)
    while wanted := look.wants(venue_now_ns()):
        replies: list[Reply] = [Reply(0)] * len(wanted)

        async def ask(k: int, request: Request, into: list[Reply] = replies) -> None:
            async with limiter:
                into[k] = await call(request)

        async with trio.open_nursery() as nursery:
            for k, request in enumerate(wanted):
                nursery.start_soon(ask, k, request)
        look.take(replies, clock.now_ns())


UNSETTLED_NS: Final = 3_600 * SECOND  # after a restart, trades so much older are read again
