"""Everything the auditor knows, as plain dataclasses, and how it speaks (effects, alerts).

Owns: the data. The rules that change it are in the other modules. Written from docs/ only; it
shares no code and no tables with the core.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, cast

from clobstep.config import EngineConfig
from clobstep.enums import NO_TOKEN

from .codes import (
    Alert,
    EffectKind,
    Fault,
    OrderState,
    RequestState,
    SessionState,
    Side,
    Tif,
    VenueState,
)
from .parts import Account, Book, Breaker, Bucket, Conversion, Fill, Settings
from .records import Effect

# As plain numbers: a member of an enum is slow to get at, and these are asked for all the time.
FILLED: Final = int(OrderState.FILLED)
CANCELED: Final = int(OrderState.CANCELED)
REJECTED: Final = int(OrderState.REJECTED)
EXPIRED: Final = int(OrderState.EXPIRED)
ENDED: Final = (FILLED, CANCELED, REJECTED, EXPIRED)
BUY: Final = int(Side.BUY)
FAK: Final = int(Tif.FAK)
FOK: Final = int(Tif.FOK)
NOBODY: Final = int(NO_TOKEN)
N_REFUSALS: Final = 256


class RefusedError(Exception):
    """The event is refused; raised before anything is changed. What is refused often is not
    raised: `State.refuse`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(eq=False)
class Condition:
    """A market: tokens 2k and 2k+1."""

    index: int
    breaker: Breaker
    budget: Bucket
    book: Book = field(default_factory=Book)
    generation: int = 0
    known: int = 0  # 1: read from the venue; 2: assumed when a submit was taken
    tick: int = 0
    min_size: int = 0
    fee_ppm: int = 0
    flags: int = 0
    cluster: int = 0
    close_out_ns: int = 0
    meta_ns: int = 0
    resolved: bool = False
    payout: tuple[int, int] = (0, 0)  # pips, of the even and the odd token
    hold: bool = False
    loss_stop: bool = False
    loss_since_ns: int | None = None
    loss_base: int = 0  # profit when its stop was lifted
    last_profit: int = 0  # at the last valuation
    no_mark: bool = False
    mark_bid: int = 0  # of the even token, when its book was last believed; by then nobody knew
    mark_ask: int = 0
    mark_ns: int = -1  # -1: it never was
    unhedged: bool = False
    flow: int = 0
    fees: int = 0
    cost: list[int] = field(default_factory=lambda: [0, 0])
    turn: int = 0
    turn_ns: int | None = None
    opened_ns: int = 0  # when its breaker opened last
    conversion: Conversion | None = None
    wake_on: int = 0
    orders: dict[int, Order] = field(default_factory=dict)  # its open ones, the newest last
    # deadlines.py: the earliest deadline of book and breaker, and of its orders; 0: none. `moved`:
    # it may have changed since.
    due_ns: int = 0
    moved: bool = True
    orders_due_ns: int = 0
    orders_moved: bool = True
    named: bool = True  # an event or an effect was about it since the readings were compared last


@dataclass(slots=True)
class Cluster:
    """Event metadata: one question with several conditions."""

    flags: int
    read_ns: int


@dataclass(eq=False)
class Order:
    """One order; amounts are in its unit: shares, or pUSD for a FAK or FOK BUY (rules.md, 2)."""

    order_id: int
    token: int
    side: int
    tif: int
    price: int
    original: int
    origin: int
    post_only: bool = False
    expiry_ns: int = 0
    rate_ppm: int = 0
    low_pips: int = 0
    state: int = OrderState.NONE
    filled: int = 0
    canceled: int = 0
    reversed: int = 0
    restored: int = 0
    overfill: int = 0
    reserved: int = 0
    request: int = RequestState.IDLE
    request_ns: int = 0  # its deadline
    cancel_wanted: bool = False
    cancel_sent: bool = False  # in this spell of UNKNOWN
    retry_ns: int = 0
    done: bool = False
    presumed: bool = False
    looks: int = 0
    base_ns: int = 0
    look_ns: int = 0
    cancel_ns: int = 0  # when its last cancel went out
    posted_before: int = 0  # matched before it was adopted: those trades do not count again
    accepted: bool = False  # the venue took it: counts once for the breaker
    owed_ns: int = 0
    venue_matched: int = 0
    crossed: bool | None = None  # at the opposite best when it left; None: no book then
    epochs: tuple[int, int] = (-1, -1)  # of the market's breaker and the global one
    word_epoch: int = 0  # reconciliation in which something was heard of it
    born_epoch: int = 0
    predecessor: int = 0
    successor: int = 0
    asked_filled: int = 0  # the predecessor's filled when the replace was asked
    grave: int = -1  # its place in the ring of tombstones
    placed: int = 0  # counts up with each place in the table that is given away

    def of_cash(self) -> bool:
        return self.side == BUY and (self.tif == FAK or self.tif == FOK)

    def left(self) -> int:
        return self.original + self.restored + self.overfill - self.filled - self.canceled

    def is_over(self) -> bool:
        return self.state in ENDED

    @property
    def cash_order(self) -> bool:
        return self.of_cash()

    @property
    def leaves(self) -> int:
        return self.left()

    @property
    def ended(self) -> bool:
        return self.is_over()


class State:
    """The whole of it. `now` is the engine's time; `effects` those of the event being served."""

    def __init__(self, config: EngineConfig) -> None:
        self.config = cast("EngineConfig", Settings(config))
        self.seq = 0
        self.now = 0
        self.started = False
        self.session = SessionState.STARTING
        self.fault = Fault.NONE
        self.venue: int = VenueState.NORMAL
        self.venue_until_ns = 0
        self.heartbeat_ok = True
        self.cash = Account()
        self.tokens = [Account() for _ in range(config.tokens)]
        self.conditions = [self.fresh_condition(k) for k in range(config.tokens // 2)]
        self.wide: set[int] = set()  # tokens whose book has prices off the 5-pip grid
        self.clusters: dict[int, Cluster] = {}
        self.orders: dict[int, Order] = {}
        self.placed = 0
        self.tombs: dict[int, Order] = {}
        self.ring = [0] * config.tombstones  # ids in the order in which they ended
        self.buried = 0
        self.table_told = False
        self.reconcile_asked = False
        self.openings_over = False
        self.after_restart = False  # the venue's post-only time follows a restart
        self.fills: dict[tuple[int, int], Fill] = {}
        self.window_told = False
        self.watermark_ns = 0
        self.last_intent_id = 0
        self.salt = config.salt_base
        self.signer = Bucket(config.signer_rate, config.signer_burst)
        self.cancels = Bucket(config.cancel_rate, config.cancel_burst)
        self.breaker = Breaker(config.breaker_base_ns)
        self.differences = 0
        self.differed = False
        self.read = False  # reconciled without differences since the start or restart
        self.epoch = 0
        self.epoch_open = False
        self.shortfall = False
        self.valuation_ns = 0
        self.day = -1
        self.day_start = 0
        self.last_sum = 0  # at the last valuation
        self.session_base = 0  # the sum when a drain was lifted
        self.drained = False  # by an operator or a loss; until RESUME
        self.day_since_ns: int | None = None
        self.session_since_ns: int | None = None
        self.past_flow = 0  # of conditions that were retired
        self.past_fees = 0
        self.external: Counter[int] = Counter()  # settled by other facts than trades, an account
        self.deposited = 0  # cash from outside
        self.given_cost = 0  # cost of tokens that came from outside
        self.all_fills: list[Fill] = []
        self.armed_ns = 0
        self.armed_before_ns = 0  # before this event
        self.counters: Counter[str] = Counter()  # of what is counted seldom
        self.n_events = self.n_taken = self.n_timers = self.n_wakes = self.n_deltas = 0
        self.n_groups = self.n_agreed = self.n_crossed = 0
        self.refusals = [0] * N_REFUSALS
        self.n_refused = self.n_ignored = 0
        self.refused = 0  # the refusal of the event being served, 0: none so far
        self.effects: list[Effect] = []
        self.phase = 0
        self.woken = 0  # what happened that strategies want to know
        self.touched: set[int] = set()  # orders, since the readings were compared last
        self.moved = True  # a condition moved since `due_ns` was worked out
        self.due_ns = 0  # the earliest deadline of all conditions, 0: none (deadlines.py)
        self.stirred = False  # this event may have changed orders or money
        self.n_tokens = config.tokens
        self.max_step_ns = config.max_time_step_ns
        self.stale_after_ns = config.stale_after_ns

    def counted(self) -> Counter[str]:
        """Every counter by the name that docs/reference.md gives it."""
        return self.counters + Counter(
            events=self.n_events, taken=self.n_taken, timers=self.n_timers, wakes=self.n_wakes,
            deltas=self.n_deltas, groups=self.n_groups, groups_agreed=self.n_agreed,
            crossed_groups=self.n_crossed, refused=self.n_refused, ignored=self.n_ignored,
        )  # fmt: skip

    def fresh_condition(self, index: int) -> Condition:
        c = self.config
        return Condition(index, Breaker(c.breaker_base_ns), Bucket(c.market_rate, c.market_burst))

    def condition(self, token: int) -> Condition:
        return self.conditions[token >> 1]

    def account(self, token: int) -> Account:
        """Of a token, or of cash for NO_TOKEN."""
        return self.cash if token == NO_TOKEN else self.tokens[token]

    def find(self, order_id: int) -> Order | None:
        """An open order, or an ended one still remembered."""
        return self.orders.get(order_id) or self.tombs.get(order_id)

    def orders_of(self, condition: Condition) -> list[Order]:
        """Its open orders, the newest first."""
        mine = list(condition.orders.values())
        mine.reverse()
        return mine

    def in_turn(self) -> list[Order]:
        """Open orders by market, the newest first (rules.md, 9)."""
        return [o for c in self.conditions if c.orders for o in self.orders_of(c)]

    def open(self, order: Order) -> None:
        """It is open from now on, the newest of its condition."""
        self.placed += 1
        order.placed = self.placed
        self.orders[order.order_id] = order
        self.condition(order.token).orders[order.order_id] = order

    def close(self, order: Order) -> None:
        """It is not open any more."""
        del self.orders[order.order_id]
        del self.condition(order.token).orders[order.order_id]

    def move(self, condition: Condition) -> None:
        """Its deadlines may be others by now."""
        condition.moved = self.moved = True

    def stir(self) -> None:
        """Any order and any account may change."""
        self.stirred = self.moved = True
        for condition in self.conditions:
            condition.moved = condition.orders_moved = True

    def name_all(self) -> None:
        """It is about every market, or about none; then it is rare."""
        for condition in self.conditions:
            condition.named = True

    def emit(
        self,
        kind: int,
        token: int = NO_TOKEN,
        *,
        order_id: int = 0,
        ref: int = 0,
        size: int = 0,
        amount: int = 0,
        deadline_ns: int = 0,
        price_pips: int = 0,
        side: int = 0,
        code: int = 0,
        flags: int = 0,
        aux: int = 0,
    ) -> None:
        made = self.of_token(kind, token)
        made.order_id, made.ref, made.size, made.amount = order_id, ref, size, amount
        made.deadline_ns, made.price_pips, made.side = deadline_ns, price_pips, side
        made.code, made.flags, made.aux = code, flags, aux

    def of_token(self, kind: int, token: int) -> Effect:
        """An effect of a token, or of none or one that is not there, to be filled in."""
        made = self.begin(kind)
        made.token = token
        if token < self.n_tokens:
            condition = self.condition(token)
            condition.named = True
            made.generation = condition.generation
        return made

    def about(self, kind: int, order: Order) -> Effect:
        """An effect of an order, to be filled in."""
        made = self.begin(kind)
        condition = self.condition(order.token)
        condition.named = True
        made.token, made.generation = order.token, condition.generation
        made.order_id, made.side, made.price_pips = order.order_id, order.side, order.price
        made.aux = order.origin
        return made

    def begin(self, kind: int) -> Effect:
        """An effect of nothing in particular, to be filled in."""
        made = Effect()
        made.seq, made.time_ns, made.phase = self.seq, self.now, self.phase
        made.kind, made.token = kind, NOBODY
        self.effects.append(made)
        return made

    def alert(
        self,
        code: Alert,
        token: int = NO_TOKEN,
        *,
        order_id: int = 0,
        ref: int = 0,
        amount: int = 0,
        deadline_ns: int = 0,
        aux: int = 0,
    ) -> None:
        self.counters["alerts"] += 1
        self.emit(
            EffectKind.ALERT, token, order_id=order_id, ref=ref, amount=amount,
            deadline_ns=deadline_ns, code=code, aux=aux,
        )  # fmt: skip

    def refuse(self, code: int) -> bool:
        """The event is refused; said before anything is changed, by what then changes nothing."""
        self.refused = code
        return False

    def ask_reconcile(self) -> None:
        """One read at a time: none while one is open or asked for."""
        if not self.epoch_open and not self.reconcile_asked:
            self.reconcile_asked = True
            self.emit(EffectKind.RECONCILE)

    def wake(self, condition: Condition, bit: int) -> None:
        """Remember what happened that a strategy wants to know, as it wants it just then."""
        self.woken |= bit & condition.wake_on
