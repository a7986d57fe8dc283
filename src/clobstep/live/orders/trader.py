"""A live process: every task in one nursery, around the one that owns the core.

    metadata ─┐                       ┌─ submit lane ─┐
    market ───┤→ inbox → engine → desk┼─ cancel lane ─┼→ venue
    user ─gate┤    ↑     journal      └─ read lane ───┘     │
    answers ──┘────┴──────────────────────────────────────────┘     heartbeat: a lane of its own

Whatever ends it, orders are taken away first: a drain proves it, a failed journal or a crash asks
for it until the venue has said yes, and the heartbeat has stopped meanwhile.
Owns: what is started, in which order, and how it ends.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import trio

from clobstep import events
from clobstep.effects import Effect
from clobstep.enums import PIPS, SessionState
from clobstep.live.clock import SECOND, Clock
from clobstep.live.config import Config
from clobstep.live.core import Core
from clobstep.live.depth import bound_depth
from clobstep.live.feed import Feed
from clobstep.live.gamma import GammaFetcher
from clobstep.live.http import HttpLanes
from clobstep.live.market_socket import MarketSocket
from clobstep.live.orders.account import Account
from clobstep.live.orders.beat import Beat
from clobstep.live.orders.calls import Calls
from clobstep.live.orders.desk import Holder, OrderDesk, Terms
from clobstep.live.orders.gate import Gate
from clobstep.live.orders.post import Post
from clobstep.live.orders.relayer import Relayer
from clobstep.live.orders.start import Opened, openings
from clobstep.live.orders.sweep import sweep
from clobstep.live.orders.words import Words
from clobstep.live.refresher import Refresher
from clobstep.live.task import EngineTask
from clobstep.live.user_socket import UserSocket
from clobstep.live.watchdog import Seen
from clobstep.live.wire_socket import first_of
from clobstep.secret import redact, redact_bytes
from clobstep.session.format import SessionError
from clobstep.venue.hosts import Hosts
from clobstep.venue.interning import FIRST_FOREIGN_ORDER
from clobstep.venue.notes import Note
from clobstep.venue.rest import requests
from clobstep.venue.rest.account import AccountReader
from clobstep.venue.rest.reads import Failed, page
from clobstep.venue.signing.auth import Credentials, user_subscription
from clobstep.venue.signing.contracts import exchange_of
from clobstep.venue.signing.errors import SigningError
from clobstep.venue.user import UserCodec

DRAIN_S: Final = 90.0  # to prove that every order is gone
EMERGENCY_S: Final = 60.0  # to be told that every order is gone, when the journal failed
SETTLE_NS: Final = 4 * SECOND  # what was sent before has arrived by then, or never will


class NotProvenError(Exception):
    """The process ended and it is not known that all orders are gone; says what to do."""


class Trader:
    """One account, one strategy, one session. `run` it; `stop` drains it.

    `infos` of the refresher's markets are read before. `on_note` hears every note, beside the
    session. `dry_run`: everything but sending orders; the heartbeat is then not begun.
    """

    def __init__(
        self,
        config: Config,
        opened: Opened,
        holder: Holder,
        credentials: Credentials,
        *,
        http: HttpLanes,
        fetcher: GammaFetcher,
        strategy: Any,
        clock: Clock,
        infos: Any,
        dry_run: bool = True,
        on_note: Callable[[Note], None] = lambda note: None,  # noqa: ARG005
    ) -> None:
        bound_depth()  # a strategy's libraries may have raised it
        self.config, self.clock, self.dry_run = config, clock, dry_run
        self.strategy, self.is_new = strategy, opened.is_new
        self.interning = opened.interning
        self.engine = opened.recorder.engine
        self.proven = False  # all orders are known to be gone
        self._on_note = on_note
        self._early: list[Note] | None = []  # notes before there is a session to keep them
        self._emergency = trio.Event()
        self._drain = trio.Event()
        self._opening = trio.CancelScope()  # of a new session, which may take long to be read
        self._nursery: trio.Nursery | None = None
        self.feed = Feed(
            config,
            infos,
            http=http,
            fetcher=fetcher,
            clock=clock,
            interning=self.interning,
            ours=self._top,
            on_note=self._note,
        )
        self.infos = self.feed.infos
        self.inbox = self.feed.inbox
        self.gate = Gate(self.inbox)
        tell = self.gate.private
        self.calls = Calls(
            http, clock, credentials, holder.signer.address, tell=tell, note=self._note
        )
        self.post = Post(self.calls.call)
        self.desk = OrderDesk(
            holder,
            self.terms,
            interning=self.interning,
            post=self.post,
            gate=self.gate,
            clock=clock,
            wishes=self,
            note=self._note,
            dry_run=dry_run,
        )
        opened.recorder.writer.intern(self.interning.rows(opened.n_rows))
        self.core = Core(opened.recorder, self.interning, self.desk, strategy)
        early, self._early = self._early, None
        for note in early:
            self.core.note(note.kind, note.text)
        timer_ns = int(getattr(strategy, "timer_ns", 0))
        self.task = EngineTask(self.core, self.inbox, clock, timer_ns=timer_ns)
        self.words = Words(config, self.feed, self.task, strategy, note=self._note)
        self.beat = Beat(self.calls.call, clock, is_well=self._is_well, tell=tell)
        relayer = self.calls.call if config.hosts.relayer and not dry_run else None
        self.relayer = Relayer(relayer, clock, names=self._names, tell=tell, note=self._note)
        self._make_account(holder, credentials)

    def _make_account(self, holder: Holder, credentials: Credentials) -> None:
        """What reads the account, and the channel that tells of it: one codec for both."""
        codec = UserCodec(self.interning, owner=holder.owner, funder=holder.funder)
        kind = holder.signature_type
        rng = random.Random(self.config.live.seed)  # noqa: S311 - pauses, no secrets
        self._reader = AccountReader(codec, signature_type=kind)
        self.account = Account(
            self.calls.read,
            codec,
            self.gate,
            self.clock,
            self.engine.view,
            self.interning,
            signature_type=kind,
            tokens=self.assets,
            venue_now_ns=self.calls.venue_now_ns,
            every_ns=self.config.read_every_ns(),
            note=self._note,
            rng=rng,
        )
        self.user = UserSocket(
            url=self.config.hosts.user_ws,
            auth=lambda: user_subscription(credentials),
            codec=codec,
            inbox=self.gate,
            clock=self.clock,
            rng=rng,
            on_connect=self.account.connected,
            redact=lambda raw: redact_bytes(raw.replace(holder.owner.encode(), b"owner")),
            on_note=self._note,
            keep_raw=self.config.session.raw != "dropped",
        )

    @property
    def refresher(self) -> Refresher:
        """Of the metadata."""
        return self.feed.refresher

    @property
    def markets(self) -> list[MarketSocket]:
        """The market channel's connections."""
        return self.feed.sockets

    # --- life -------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until it was stopped and drained. Errors: SessionError, NotProvenError, ConfigError."""
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                if await self._begin(nursery):
                    await self._drain.wait()
                    await self._end()
                nursery.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            failed, rest = group.split(SessionError)
            if rest is not None or failed is None:
                raise
            raise first_of(failed) from group
        finally:
            if self.is_new and not self.desk.sent:
                self.proven = True  # nothing ever left
            if not self.proven and not self.dry_run:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + EMERGENCY_S):
                    await self._take_all_away()
        if not self.proven:
            raise NotProvenError(
                "not all orders are proven gone; run `clobstep cancel-all`, then start again: the "
                "session goes on and reads the account"
            )
        if self.engine.seq:
            self.core.seal()
        else:  # it was stopped while it opened: the file waits for the next start
            self.core.recorder.writer.close()

    def stop(self) -> None:
        """Drain, then end."""
        self._drain.set()
        self._opening.cancel()

    async def _begin(self, nursery: trio.Nursery) -> bool:
        """Metadata, what the account holds, then the sockets. False: stopped before it began."""
        nursery.start_soon(self.post.run)
        nursery.start_soon(self.words.listen)
        await self.calls.look_at_clock()
        nursery.start_soon(self.calls.keep_time)
        nursery.start_soon(self._watch_journal)
        now_ns = self.clock.now_ns()
        first = [] if self.is_new else [events.restarted(at=now_ns)]
        if self.engine.view.session == SessionState.DRAINING:
            first.append(events.operator("RESUME", at=now_ns))
            self._note(Note("resumed", "the session was drained; whoever starts it resumes it"))
        if not self.dry_run:
            first.append(events.heartbeat("LOST_BEAT", at=now_ns))  # until the venue took one
            self.beat.is_lost = True
        self.inbox.private(b"".join(first) + self.feed.first)
        if self.is_new:
            with self._opening:
                self.inbox.private(await self._openings())
            if self._opening.cancelled_caught:
                return False
        self.words.begin()
        nursery.start_soon(self.task.run)
        if not self.dry_run:
            nursery.start_soon(self.beat.run)
        nursery.start_soon(self.feed.run)
        nursery.start_soon(self.account.run)
        nursery.start_soon(self.account.look_ups)
        nursery.start_soon(self.user.run)
        return True

    async def _openings(self) -> bytes:
        tops = await self.feed.tops()

        def mid(token: int) -> int | None:
            top = tops.get(token)
            both = top is not None and top.bid_pips > 0 and top.ask_pips < PIPS
            return (top.bid_pips + top.ask_pips) // 2 if top is not None and both else None

        return await openings(
            self.calls.read,
            self._reader,
            self.assets(),
            self.clock,
            self.calls.venue_now_ns,
            mids=mid,
            say=lambda text: self._note(Note("opening", text)),
        )

    def drain(self) -> None:
        """Stop quoting and cancel all; the process goes on."""
        self.words.drain()

    async def _end(self) -> None:
        """Stop quoting, cancel all, wait for proof."""
        self.words.end()
        with trio.move_on_after(DRAIN_S / self.clock.speed + 5.0):
            await self.task.stepped()  # what waited may have become orders; nothing does any more
            while not await self._are_gone():
                await trio.sleep(0.2)
            self.proven = True
        self.task.stop()
        await trio.sleep(0)

    async def _are_gone(self) -> bool:
        """Nothing is open with us, and the venue shows nothing."""
        open_ids = self.engine.view.orders()
        if self.dry_run:  # what others sent stays
            open_ids = [order_id for order_id in open_ids if order_id < FIRST_FOREIGN_ORDER]
        if self.engine.seq == 0 or open_ids:
            return False
        if self.dry_run:
            return True
        found = page(await self.calls.call(requests.orders_request()))
        return not isinstance(found, Failed) and found.is_last and not found.rows

    # --- what fails -------------------------------------------------------------------------------

    async def _watch_journal(self) -> None:
        """When the journal fails: all orders go, then the process ends."""
        await self._emergency.wait()
        await self._take_all_away()
        raise self.core.error or SessionError("the journal failed")

    async def _take_all_away(self) -> None:
        """Ask until the venue shows none twice: one may have been on its way at the first look."""

        def say(text: str) -> None:  # to the person: the journal may be what failed
            self._on_note(Note("cancel-all", redact(text)))

        while not self.dry_run and not self.proven:
            within_ns = round(EMERGENCY_S * SECOND)
            found = await sweep(
                self.calls.call, self.clock, within_ns=within_ns, settle_ns=SETTLE_NS, say=say
            )
            self.proven = found.proven
            if not self.proven:
                await trio.sleep(1.0)

    def _is_well(self) -> bool:
        """Whether the venue should keep our orders: not when nobody steers them."""
        view = self.engine.view
        return self.task.is_well and not (view.halted and view.orders())

    # --- what the engine wants (Wishes) -----------------------------------------------------------

    def look_up(self, order_id: int, token: int) -> None:
        """One look at an order by its hash."""
        self.account.look_up(order_id, token)

    def resync(self, token: int) -> None:
        """A book by REST."""
        self.feed.resync(token)

    def reconcile(self) -> None:
        """A read of the account."""
        self.account.want_again()

    def refresh(self, token: int) -> None:
        """Metadata again."""
        self.feed.refresh(token)

    def convert(self, effect: Effect) -> None:
        """A split, merge or redeem."""
        assert self._nursery is not None
        self._nursery.start_soon(self.relayer.convert, effect)

    def alert(self, record: bytes) -> None:
        """A person is told."""
        self._note(self.words.alerted(record))

    def refused(self, record: bytes) -> None:
        """A person's word was refused, and that is its answer."""
        self.words.refused(record)

    def cancel_all(self) -> None:
        """The journal failed."""
        self._emergency.set()

    # --- inside -----------------------------------------------------------------------------------

    def terms(self, token: int) -> Terms:
        """What an order is signed with, from the newest metadata. Errors: SigningError."""
        condition = self.interning.condition(token)
        info = self.feed.market(condition)
        asset = self.interning.asset(token)
        if info is None or asset is None:
            raise SigningError(f"token {token}: no metadata of its market; it is not traded")
        hosts: Hosts = self.config.hosts
        domain = exchange_of(info.version or None, info.neg_risk, hosts.chain_id, hosts.protocol)
        return Terms(int(asset), domain)

    def assets(self) -> dict[int, str]:
        """Token -> asset id of all that is followed."""
        found = {}
        for even in self.feed.evens():
            for token in (even, even + 1):
                asset = self.interning.asset(token)
                if asset is not None:
                    found[token] = asset
        return found

    def _names(self, token: int) -> tuple[str, str]:
        return self.interning.condition(token), self.interning.asset(token) or ""

    def _note(self, note: Note) -> None:
        note = Note(note.kind, redact(note.text))  # an error page may say our headers back to us
        self._on_note(note)
        if self._early is None:
            self.core.note(note.kind, note.text)
        else:
            self._early.append(note)

    def _top(self, token: int) -> Seen:
        book = self.engine.view.book(token)
        return Seen(book.bid_pips, book.ask_pips)
