"""Reads the Status of a running process.

`Watcher.look()` runs in the task that asks; nothing is kept up while nobody looks. Two figures are
estimates. The `ahead` of a quote is what its level shows less what is ours there: the venue shows
no single orders, so it is the most that can be before us. The age of a quote counts from the first
look that saw it.

Owns those ages, and the samples of the last seconds that rates are made of.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from time import perf_counter_ns
from typing import Final, NamedTuple

import trio

from clobstep.core import MarketView
from clobstep.core.views import OrderView
from clobstep.enums import (
    PIPS,
    BreakerState,
    Fault,
    FeedState,
    Flag,
    OrderState,
    RequestState,
    SessionState,
    Side,
    VenueState,
)
from clobstep.live.clock import SECOND
from clobstep.live.durations import Durations
from clobstep.live.watch.board import Board, plain
from clobstep.live.watch.status import (
    NEVER,
    Counts,
    Engines,
    Journal,
    Lines,
    MarketStatus,
    Quote,
    Status,
    Timing,
    Venue,
)
from clobstep.live.watch.watched import Line, Watched
from clobstep.venue.closing import time_to_close
from clobstep.venue.market_info import MarketInfo
from clobstep.venue.metadata_events import name as name_of

RATE_NS: Final = 10 * SECOND  # rates are of the last so much
NAME_LIMIT: Final = 80
SIDES: Final = ("BUY", "SELL")
BELIEVED: Final = (FeedState.SYNCED, FeedState.SUSPECT)
UNREAD: Final = ("metadata unknown", "", "metadata assumed")  # by MarketView.known

Orders = dict[int, list[OrderView]]  # by market
Level = tuple[int, bool, int]  # market, whether a bid of YES, price of YES


class Sample(NamedTuple):
    """Counts at a time."""

    time_ns: int
    messages: int
    events: int


class Watcher:
    """Looks at one process. `kind` says what it is: live, dry run, paper, record."""

    def __init__(self, process: Watched, board: Board, kind: str) -> None:
        self._process = process
        self._board = board
        self._kind = kind
        self._began_ns = process.clock.now_ns()
        self._cooldown_ns = process.engine.config.cooldown_ns  # making it costs 0.1 ms
        self._seen: dict[int, int] = {}  # open orders -> when they were first seen
        self._samples: deque[Sample] = deque()

    def look(self) -> Status:
        """As it is now."""
        process, view = self._process, self._process.engine.view
        now_ns = process.clock.now_ns()
        risk, counters = view.risk, view.counters()
        orders, n_unknown = self._orders(now_ns)
        markets = tuple(self._markets(orders, now_ns))
        lines = lines_of(process.markets)
        users = lines_of(() if process.user is None else (process.user,))
        messages, events = self._rates(now_ns, lines.messages + users.messages)
        return Status(
            kind=self._kind,
            time_ns=now_ns,
            uptime_ns=now_ns - self._began_ns,
            session=word(SessionState, view.session),
            fault=word(Fault, view.fault),
            venue_state=word(VenueState, view.venue),
            venue_ns=left(risk.venue_until_ns, now_ns) if view.venue else 0,
            breaker=word(BreakerState, risk.breaker),
            breaker_ns=left(risk.breaker_until_ns, now_ns) if risk.breaker else 0,
            cash=view.cash,
            exposure=sum(market.exposure for market in markets),
            profit=risk.profit,
            profit_day=risk.profit_day,
            profit_session=risk.profit_session,
            fees=sum(market.fees for market in markets),
            no_marks=risk.no_marks,
            shortfalls=risk.shortfalls,
            orders=len(self._seen),
            unknown=n_unknown,
            submits=counters["submits"],
            cancels=counters["cancels"],
            fills=counters["fills"],
            refusals=counts(view.refusals()),
            messages_per_s=messages,
            wall_drift_ns=process.clock.wall_drift_ns(),
            market_lines=lines,
            user_lines=users,
            engine=self._engine(events),
            venue=self._venue(beat_lost=risk.beat_lost),
            journal=self._journal(),
            markets=markets,
            notes=tuple(self._board.said),
            note_kinds=counts(self._board.kinds),
        )

    # ---- markets

    def _orders(self, now_ns: int) -> tuple[Orders, int]:
        """Open orders by market, and how many are UNKNOWN; ages begin here."""
        view, seen, found = self._process.engine.view, {}, Orders()
        n_unknown = 0
        for order_id in view.orders():
            order = view.order(order_id)
            if order is None:
                continue
            seen[order_id] = self._seen.get(order_id, now_ns)
            n_unknown += order.state == OrderState.UNKNOWN
            found.setdefault(order.token >> 1, []).append(order)
        self._seen = seen
        return found, n_unknown

    def _markets(self, orders: Orders, now_ns: int) -> Iterable[MarketStatus]:
        process = self._process
        fresh = process.refresher.markets
        for condition, first in process.infos.items():
            token = process.interning.find_pair(condition)
            if token is not None:
                info = fresh.get(condition, first)
                yield self._market(token, info, orders.get(token >> 1, []), now_ns)

    def _market(
        self, token: int, info: MarketInfo, orders: list[OrderView], now_ns: int
    ) -> MarketStatus:
        view, cooldown_ns = self._process.engine.view, self._cooldown_ns
        market, book = view.market(token), view.book(token)
        yes, no = view.token(token), view.token(token + 1)
        closing = time_to_close(info, now_ns)
        cooling = cooldown_ns and market.turn_ns >= 0
        return MarketStatus(
            token=token,
            condition=info.condition,
            name=plain(name_of(info), NAME_LIMIT),
            quotes=self._quotes(orders, market.feed in BELIEVED, now_ns),
            bid_pips=book.bid_pips,
            bid_size=book.bid_size,
            ask_pips=book.ask_pips,
            ask_size=book.ask_size,
            yes=yes.settled + yes.incoming - yes.outgoing,
            no=no.settled + no.incoming - no.outgoing,
            yes_free=yes.spendable,
            no_free=no.spendable,
            reserved=market.reserved_cash,
            exposure=market.exposure,
            profit=market.profit,
            fees=market.fees,
            cooldown_ns=left(market.turn_ns + cooldown_ns, now_ns) if cooling else 0,
            breaker=word(BreakerState, market.breaker),
            breaker_ns=left(market.breaker_until_ns, now_ns) if market.breaker else 0,
            rejects=market.rejects,
            holds=holds(market, now_ns),
            feed=word(FeedState, market.feed),
            data_age_ns=now_ns - market.feed_ns if market.feed_ns else NEVER,
            closing=closing.state.value,
            closing_ns=closing.left_ns,
        )

    def _quotes(self, orders: list[OrderView], believed: bool, now_ns: int) -> tuple[Quote, ...]:
        view = self._process.engine.view
        ours: dict[Level, int] = {}
        for order in orders:
            if order.state == OrderState.LIVE:
                level = level_of(order)
                ours[level] = ours.get(level, 0) + order.leaves
        return tuple(
            Quote(
                order_id=order.order_id,
                token=order.token,
                side=SIDES[order.side],
                price_pips=order.price_pips,
                size=order.leaves,
                state=word(OrderState, order.state),
                is_leaving=order.cancel_wanted or order.request == RequestState.CANCEL,
                age_ns=now_ns - self._seen[order.order_id],
                ahead=max(
                    view.size_at(order.token, order.side, order.price_pips)
                    - ours.get(level_of(order), 0),
                    0,
                )
                if believed
                else NEVER,
            )
            for order in orders
        )

    # ---- the rest

    def _rates(self, now_ns: int, messages: int) -> tuple[int, int]:
        """Messages and events a second, over the last 10 s or since the first look."""
        samples = self._samples
        samples.append(Sample(now_ns, messages, self._process.engine.seq))
        while len(samples) > 2 and samples[1].time_ns <= now_ns - RATE_NS:
            samples.popleft()
        first, last = samples[0], samples[-1]
        span_ns = last.time_ns - first.time_ns
        if not span_ns:
            return 0, 0
        heard, stepped = last.messages - first.messages, last.events - first.events
        return heard * SECOND // span_ns, stepped * SECOND // span_ns

    def _engine(self, events_per_s: int) -> Engines:
        process = self._process
        core, task, inbox = process.core, process.task, process.inbox
        return Engines(
            events=process.engine.seq,
            events_per_s=events_per_s,
            turns=core.turns,
            waiting=inbox.n_market + inbox.n_private,
            oldest_ns=perf_counter_ns() - inbox.since_ns if inbox.since_ns else 0,
            conflated=inbox.n_conflated,
            idle_ns=int((trio.current_time() - task.alive_at) * SECOND),
            lag=timing(task.lags),
            work=timing(task.works),
            commit=timing(core.commits),
        )

    def _venue(self, *, beat_lost: bool) -> Venue:
        process = self._process
        beat, account, calls, desk = process.beat, process.account, process.calls, process.desk
        return Venue(
            beat="none" if beat is None else "lost" if beat_lost else "healthy",
            beats=0 if beat is None else beat.sent,
            beats_withheld=0 if beat is None else beat.withheld,
            reads=0 if account is None else account.reads,
            reads_failed=0 if account is None else account.failures,
            clock_ahead_ns=0 if calls is None else calls.ahead_ns,
            requests=() if calls is None else counts(calls.counters),
            rejects=() if desk is None else counts(desk.rejects),
        )

    def _journal(self) -> Journal:
        writer = self._process.core.recorder.writer
        size = 0
        for path in (writer.path, writer.path.with_name(writer.path.name + "-wal")):
            size += path.stat().st_size if path.exists() else 0
        return Journal(
            path=plain(str(writer.path), 4 * NAME_LIMIT),
            events=writer.seq,
            durable=writer.durable_seq,
            size_bytes=size,
        )


def word(kind: type[IntEnum], value: int) -> str:
    """The name of a state."""
    return kind(value).name


def left(until_ns: int, now_ns: int) -> int:
    """How long until then, 0 when it is over."""
    return max(until_ns - now_ns, 0)


def counts(found: Mapping[str, int]) -> Counts:
    """Counters by name, those of zero left out."""
    return tuple(sorted((name, n) for name, n in found.items() if n))


def timing(of: Durations) -> Timing:
    """A kind of durations."""
    return Timing(of.count, of.total_ns, of.last_ns, *of.quantiles(50, 99))


def level_of(order: OrderView) -> Level:
    """Where an order rests, told of YES: a bid for NO is shown as an ask of YES."""
    is_no = order.token & 1
    return (
        order.token >> 1,
        (order.side == Side.BUY) != bool(is_no),
        PIPS - order.price_pips if is_no else order.price_pips,
    )


def holds(market: MarketView, now_ns: int) -> tuple[str, ...]:
    """Why a market takes less than any order, in words."""
    closes = market.close_out_ns and now_ns >= market.close_out_ns
    found = (
        (market.hold, "negRisk hold"),
        (market.loss_stop, "loss stop"),
        (market.unhedged, "unhedged"),
        (market.resolved, "resolved"),
        (closes, "close-out"),
        (market.known == 1 and not market.flags & Flag.META_OPEN, "takes no orders"),
        (market.known != 1, UNREAD[market.known]),
    )
    return tuple(text for holds_now, text in found if holds_now)


def lines_of(lines: Sequence[Line]) -> Lines:
    """The counters of connections of one kind, together."""
    connects = [line.counters.get("connects", 0) for line in lines]
    failed = [n for line in lines for key, n in line.counters.items() if key.startswith("failed_")]
    return Lines(
        wanted=len(lines),
        up=sum(line.is_connected for line in lines),
        connects=sum(connects),
        reconnects=sum(max(n - 1, 0) for n in connects),
        failures=sum(failed),
        messages=sum(line.counters.get("messages", 0) for line in lines),
    )
