"""One consistent look at the account: its orders, trades and balances, as of one moment.

The venue has no read of everything at once. So orders and trades are read, then the balances, then
orders and trades again. What is told is the first reading: a trade that settles meanwhile is under
way by it, and the engine lets a balance lie on either side of what is under way. Only a trade that
is not in the first reading and is on the chain in the second may be in the balances unseen; then
the second reading is taken for the first, and it goes on. An active account is read all the same.

Told as the engine is to hear it: TRADE by TRADE, oldest first, FOUND for each order that was open
in either reading (what ended it or made it between is a word that waits until the look was told),
BALANCE of cash and of each token, RECONCILED. Its `venue_time_ns` says up to when all trades were
read: when the first reading began, less `lag_ns` (how long a match may take to show in the list),
or 0, which moves no watermark, when a trade could not be read. A look that fails tells nothing.

A trade below the engine's watermark whose key is gone would be refused (STALE_FACT) and asked for
again, so what was final in an earlier look **and** lies below the watermark is not told again. What
is not final is: its key is held. Hence `AccountReader` remembers, and reads from the oldest trade
that had not settled; what is older than that is not told, whether the venue lists it or not.
Owns that memory, and each look until it is over. No clock, no socket.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from clobstep.enums import EventKind, TradeStatus
from clobstep.events import Event
from clobstep.venue import user_words, wire
from clobstep.venue.rest import reads, requests
from clobstep.venue.rest.answer import Answer, answer
from clobstep.venue.rest.reads import Failed
from clobstep.venue.rest.request import Reply, Request
from clobstep.venue.user import UserCodec

MOST_PAGES: Final = 1_000
LAG_NS: Final = 30_000_000_000
_FINAL: Final = (TradeStatus.CONFIRMED, TradeStatus.FAILED)
# A trade of these is in no balance yet, or not any more.
_OFF_CHAIN: Final = frozenset(
    {TradeStatus.NOT_BROADCAST, TradeStatus.MATCHED, TradeStatus.RETRYING, TradeStatus.FAILED}
)

Ordered = Callable[[int], int | None]
Key = tuple[int, int]  # (trade, order): what a fill is known by
Rows = dict[tuple[str, str], tuple[bytes, dict[str, Any]]]  # (id, bucket) -> as written, as read


class AccountReader:
    """Makes looks, and remembers what need not be told again.

    `codec` is the one that reads the user channel. `unsettled_ns`: the match time of the oldest
    trade that may not have settled; give one after a restart (the watermark less as long as
    settlement may take), else everything below the watermark is taken for settled.
    """

    def __init__(
        self,
        codec: UserCodec,
        *,
        signature_type: int,
        unsettled_ns: int | None = None,
        lag_ns: int = LAG_NS,
    ) -> None:
        self.unsettled_ns = unsettled_ns
        self.final: set[Key] = set()  # what the last look told as final
        self.codec = codec
        self.signature_type = signature_type
        self.lag_ns = lag_ns

    def look(
        self,
        tokens: Mapping[int, str],
        *,
        watermark_ns: int,
        ordered: Ordered | None = None,
        most_rounds: int = 5,
    ) -> AccountLook:
        """A look at the orders, the trades, the cash and these tokens (token -> asset id).

        `watermark_ns` is the engine's; `ordered` as of `UserCodec.found`. After `most_rounds`
        readings, each with a trade that the one before it lacks and that is on the chain, it fails.
        """
        since_ns = (
            watermark_ns if self.unsettled_ns is None else min(watermark_ns, self.unsettled_ns)
        )
        return AccountLook(self, tokens, watermark_ns, since_ns, ordered, most_rounds)


class AccountLook:
    """`wants(venue_now_ns)` -> requests, to be sent at once; `take` their replies, in that order.

    It is over when `answer` or `failed` is set. RECONCILE_BEGUN is said by the caller before.
    """

    def __init__(
        self,
        reader: AccountReader,
        tokens: Mapping[int, str],
        watermark_ns: int,
        since_ns: int,
        ordered: Ordered | None,
        most_rounds: int,
    ) -> None:
        self.answer: Answer | None = None
        self.failed: Failed | str = ""
        self.rounds = 0  # readings of orders and trades that are complete
        self._reader, self._tokens, self._ordered = reader, dict(tokens), ordered
        self._watermark_ns, self._since_ns = watermark_ns, since_ns
        self._most_rounds = most_rounds
        self._began_ns = 0
        self._before: _Reading | None = None
        self._orders, self._trades = _List(), _List()
        self._balances: list[int] | None = None
        self._asked: tuple[Request, ...] = ()

    @property
    def over(self) -> bool:
        return self.answer is not None or self.failed != ""

    def wants(self, venue_now_ns: int) -> tuple[Request, ...]:
        """What to ask next, in no order; () when it is over. `venue_now_ns`: the venue's clock."""
        if self.over:
            return ()
        if self._before is not None and self._balances is None:
            kinds = ("", *self._tokens.values())
            as_type = self._reader.signature_type
            self._asked = tuple(
                requests.balance_request(signature_type=as_type, asset_id=a) for a in kinds
            )
            return self._asked
        if self._orders.is_new and self._trades.is_new:
            self._began_ns = venue_now_ns
        after_s = (self._since_ns // 10**9 - 1) if self._since_ns > 0 else None
        wanted = []
        if not self._orders.is_whole:
            wanted.append(requests.orders_request(self._orders.cursor))
        if not self._trades.is_whole:
            wanted.append(requests.trades_request(self._trades.cursor, after_s=after_s))
        self._asked = tuple(wanted)
        return self._asked

    def take(self, replies: Sequence[Reply], time_ns: int) -> None:
        """The replies to what `wants` gave, one each. ValueError for another number."""
        if self.over or len(replies) != len(self._asked):
            raise ValueError(f"{len(replies)} replies to {len(self._asked)} requests")
        if self._before is not None and self._balances is None:
            self._take_balances(replies)
            return
        open_lists = [one for one in (self._orders, self._trades) if not one.is_whole]
        for one, reply in zip(open_lists, replies, strict=True):
            problem = one.take(reply)
            if problem:
                self.failed = problem
                return
        if self._orders.is_whole and self._trades.is_whole:
            self._compare(time_ns)

    # ---- inside

    def _take_balances(self, replies: Sequence[Reply]) -> None:
        found = []
        for reply in replies:
            one = reads.balance(reply)
            if isinstance(one, Failed):
                self.failed = one
                return
            found.append(one.amount)
        self._balances = found

    def _compare(self, time_ns: int) -> None:
        self.rounds += 1
        read = _Reading(self._began_ns, self._orders, self._trades)
        first = self._before
        if first is not None and not read.hides_of(first):
            self._finish(first, read, time_ns)
        elif self.rounds >= self._most_rounds:
            self.failed = f"trades settled unseen between each of {self.rounds} readings"
        else:
            self._before, self._balances = read, None
            self._orders, self._trades = _List(), _List()

    def _finish(self, first: _Reading, second: _Reading, time_ns: int) -> None:
        codec, reader = self._reader.codec, self._reader
        lost = codec.counters["lost"]
        orders = first.orders.raws() + second.orders.raws_beside(first.orders)
        found = [e for raw in orders for e in codec.found(raw, time_ns, self._ordered)]
        if codec.counters["lost"] != lost:
            self.failed = "an open order could not be read; the codec's notes say which"
            return
        rows = reads.oldest_first(first.trades.raws())
        fills = [event for row in rows for event in codec.trade(row, time_ns)]
        read_to_ns = max(0, first.began_ns - reader.lag_ns)
        if codec.counters["lost"] != lost:
            read_to_ns = 0
        told = [event for event in fills if not self._is_old(event)]
        end = Event(kind=EventKind.RECONCILED, time_ns=time_ns, venue_time_ns=read_to_ns)
        self.answer = answer([*told, *found, *self._balance_events(time_ns), end])
        self._remember(fills)

    def _is_old(self, event: Event) -> bool:
        if not 0 < event.venue_time_ns < self._watermark_ns:
            return False
        if event.venue_time_ns < self._since_ns:
            return True
        return (event.ref, event.order_id) in self._reader.final

    def _balance_events(self, time_ns: int) -> list[Event]:
        assert self._balances is not None
        cash, *rest = self._balances
        tokens = zip(self._tokens, rest, strict=True)
        return [
            reads.balance_event(cash, time_ns),
            *(reads.balance_event(amount, time_ns, token=token) for token, amount in tokens),
        ]

    def _remember(self, fills: list[Event]) -> None:
        """What is final now need not be told again; what is not says from where to read."""
        reader = self._reader
        reader.final = {(e.ref, e.order_id) for e in fills if e.code in _FINAL}
        open_ns = [e.venue_time_ns for e in fills if e.code not in _FINAL and e.venue_time_ns > 0]
        reader.unsettled_ns = min(open_ns, default=None)


class _List:
    """The pages of one list, until the last."""

    def __init__(self) -> None:
        self.cursor = requests.FIRST_CURSOR
        self.is_whole = False
        self._seen = {requests.FIRST_CURSOR}
        self._rows: Rows = {}

    @property
    def is_new(self) -> bool:
        return not self.is_whole and self.cursor == requests.FIRST_CURSOR

    def take(self, reply: Reply) -> Failed | str:
        """Add a page; what is wrong with it, or ""."""
        page = reads.page(reply)
        if isinstance(page, Failed):
            return page
        for raw in page.rows:
            try:
                row = wire.decode(raw)
            except wire.WireError as error:
                return f"a row cannot be read: {error}"
            key = (str(row.get("id")), str(row.get("bucket_index") or ""))
            if self._rows.setdefault(key, (raw, row))[1] != row:
                return f"{key[0][:80]!a} is there twice, and not the same"
        if page.is_last:
            self.is_whole = True
        elif page.next_cursor in self._seen or len(self._seen) >= MOST_PAGES:
            return f"pages without end: cursor {page.next_cursor[:40]!a} again"
        self._seen.add(page.next_cursor)
        self.cursor = page.next_cursor
        return ""

    def raws(self) -> list[bytes]:
        return [raw for raw, _ in self._rows.values()]

    def raws_beside(self, other: _List) -> list[bytes]:
        """Rows that the other does not have."""
        return [raw for key, (raw, _) in self._rows.items() if key not in other._rows]

    def statuses(self) -> dict[tuple[str, str], TradeStatus | None]:
        """Of rows that are trades: each one's, None for a word nobody has seen."""
        rows = self._rows.items()
        return {key: user_words.trade_status(str(row.get("status"))) for key, (_, row) in rows}


class _Reading(NamedTuple):
    """Orders and trades, and when they were begun to be read."""

    began_ns: int
    orders: _List
    trades: _List

    def hides_of(self, first: _Reading) -> bool:
        """Whether balances read since `first` may hold a trade that it lacks."""
        before, now = first.trades.statuses(), self.trades.statuses()
        new = {now[key] for key in now.keys() - before.keys()}
        return bool(new - _OFF_CHAIN) or not before.keys() <= now.keys()
