"""The venue: the simulator's exchange with its crowd, in a time that passes, and who listens to it.

Owns the exchange, the world around it, the clock, the names, and the two writers of messages. A
request handler asks it; the sockets hear from it. What goes wrong on the way is `faults`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import trio

from clobstep import events
from clobstep.config import EngineConfig
from clobstep.core import Engine
from clobstep.enums import EventKind
from clobstep.events import Event
from clobstep_sim.exchange import Exchange
from clobstep_sim.exchange.frames import EVERYBODY
from clobstep_sim.exchange.frames_user import UserFrames
from clobstep_sim.fuzz.profile import Profile
from clobstep_sim.fuzz.scene import WARM_ACTS
from clobstep_sim.kernel import Stream
from clobstep_sim.server.accounts import FIRST, Accounts
from clobstep_sim.server.books import Books, HashedFrames
from clobstep_sim.server.names import VenueNames
from clobstep_sim.server.trades import TradeLog
from clobstep_sim.world import World

SECOND: Final = 1_000_000_000
MICROS: Final = 1_000_000
MS: Final = 1_000_000
ALL_EVENTS: Final = 10**15


@dataclass(frozen=True)
class VenueSettings:
    """What a venue is made of. `start_ns` 0: now. `speed`: seconds of the venue in one of ours."""

    profile: Profile
    seed: int = 1
    speed: float = 1.0
    protocol: Literal["v2", "v1"] = "v2"
    markets: int = 4
    accounts: int = 8
    cash_usd: int = 1000
    v3_markets: int = 0  # the last ones have position ids
    neg_risk_markets: int = 0  # the first ones
    chain_id: int = 137
    page: int = 500  # rows of a page of orders and trades
    start_ns: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not 1 <= self.markets <= 64:
            raise ValueError(f"{self.markets} markets: 1 to 64")
        if not 1 <= self.accounts <= 1000:
            raise ValueError(f"{self.accounts} accounts: 1 to 1000")
        if not 0 < self.speed <= 1000:
            raise ValueError(f"a speed of {self.speed}: more than 0, 1000 at most")
        if self.protocol == "v1" and self.v3_markets:
            raise ValueError("protocol v1 has no position ids")


@dataclass(frozen=True)
class Said:
    """A message: about which market and token, of which kind, to whom (-1: the market channel)."""

    account: int
    token: int
    event: Event
    data: bytes


class Venue:
    """One run. `start` when trio runs; `advance` lets time pass; `listen` to what is said."""

    def __init__(self, settings: VenueSettings) -> None:
        self.settings = settings
        markets, seed = settings.markets, settings.seed
        self._start_ns = settings.start_ns or time.time_ns()
        v3 = frozenset(range(markets - min(settings.v3_markets, markets), markets))
        self.names = VenueNames(seed, markets, v3)
        self.exchange, self.blocks = make_exchange(settings, self._start_ns)
        engine = Engine(EngineConfig(tokens=2 * markets, orders=8))  # takes the client's place
        knobs = settings.profile.values()
        self.world = World(
            seed, knobs, engine, self.exchange, None, False, False, through=self._through
        )
        self.accounts = Accounts(self.names, seed, settings.accounts, settings.chain_id)
        self.trades = TradeLog(self.exchange, self.names)
        self.books = Books(self)
        self._market = HashedFrames(self.exchange, self.names, self.books)
        self._user = UserFrames(self.exchange, self.names)
        self._ears: list[Callable[[list[Said]], None]] = []
        self._rolled: list[Callable[[int], None]] = []
        self._began = 0.0
        self.left: dict[tuple[int, str], int] = {}  # (account, asset) of markets that are gone
        self._held: dict[int, list[int]] = {}  # resolved market -> what each account holds
        self.world.warm(WARM_ACTS)
        self.world.start_alone()

    # ---- time

    def start(self) -> None:
        """Time passes from now on."""
        self._began = trio.current_time()

    @property
    def now_ns(self) -> int:
        """The exchange's time now, whether or not it has been reached."""
        passed = (trio.current_time() - self._began) * self.settings.speed
        return self._start_ns + int(passed * SECOND)

    @property
    def now_s(self) -> int:
        return self.now_ns // SECOND

    def advance(self) -> None:
        """Whatever is due until now happens, and is said."""
        if self.now_ns > self.world.now_ns:
            self._hold()
            self.world.run(ALL_EVENTS, self.now_ns)
            self._look_at_places()

    def speak(self) -> None:
        """What the exchange has said of a request goes out."""
        self.world.carry()

    async def sleep(self, nanoseconds: int) -> None:
        """So long in the venue's time."""
        if nanoseconds > 0:
            await trio.sleep(nanoseconds / SECOND / self.settings.speed)

    # ---- what is said

    def listen(self, ear: Callable[[list[Said]], None]) -> None:
        """`ear` is given the messages of each moment."""
        self._ears.append(ear)

    def when_rolled(self, ear: Callable[[int], None]) -> None:
        """`ear` is told when another market has a place, before it says anything."""
        self._rolled.append(ear)

    def _through(self, words: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        self._look_at_places()
        self.trades.look()
        heard = [(account, events.unpack(record)) for account, record in words]
        self.books.changed(heard)
        said = []
        for account, e in heard:
            market = account == EVERYBODY
            if not market and e.kind == EventKind.TRADE:
                self.trades.told(e)
            data = self._market.frame(e) if market else self._user.frame(account, e)
            if data is not None:
                token = e.token if market or e.kind == EventKind.TRADE else self._token(account, e)
                said.append(Said(account, token, e, data))
        if said:
            for ear in self._ears:
                ear(said)
        return []

    def _token(self, account: int, e: Event) -> int:
        order = self.exchange.order(account, e.order_id)
        return e.token if order is None else order["token"]

    # ---- places that are given again

    def _look_at_places(self) -> None:
        generations = self.world.spells()["generations"]
        for market, generation in enumerate(generations):
            if self.names.generations[market] != generation:
                self._forget(market)
                self.names.generations[market] = generation
                self.books.forget(market)
                for ear in self._rolled:
                    ear(market)

    def _forget(self, market: int) -> None:
        """What was left in a market that is gone pays nothing; its owner still has it."""
        held = self._held.pop(market, [])
        for at, size in enumerate(held):
            account, odd = divmod(at, 2)
            if size:
                asset = self.names.asset(2 * market + odd)
                self.left[account + FIRST, asset] = size

    def _hold(self) -> None:
        """Of markets that have resolved: what each account has. What is nobody's is redeemed."""
        for market, terms in enumerate(self.exchange.terms()):
            if not terms["is_resolved"]:
                self._held.pop(market, None)
                continue
            self._held[market] = []
            for account in range(FIRST, FIRST + self.settings.accounts):
                for token in (2 * market, 2 * market + 1):
                    t = self.exchange.tokens(account, token)
                    if t["settled"] and not self.accounts.is_taken(account) and not t["out"]:
                        self.exchange.redeem(account, token, t["settled"])
                        t["settled"] = 0
                    self._held[market].append(t["settled"])

    # ---- looks

    @property
    def market_count(self) -> int:
        return self.settings.markets

    def spells(self) -> dict[str, Any]:
        return self.world.spells()

    def is_neg_risk(self, market: int) -> bool:
        """Which exchange verifies its orders: that never changes."""
        return market < self.settings.neg_risk_markets

    def protocol_of(self, market: int) -> int:
        """Of the domain that its orders are signed for."""
        if self.settings.protocol == "v1":
            return 1
        return 3 if market in self.names.v3 else 2

    def token_of(self, asset: str) -> int | None:
        """The place of an asset that trades now."""
        return self.books.assets().get(asset)

    def market_of(self, condition: str) -> int | None:
        return self.books.conditions().get(condition)


def make_exchange(settings: VenueSettings, start_ns: int) -> tuple[Exchange, bool]:
    """Markets as the profile's scene draws them; the crowd's account and those that are given."""
    stream, scene = Stream(settings.seed, "venue scene"), settings.profile.scene

    def drawn(name: str) -> int:
        return scene[name][stream.below(len(scene[name]))]

    exchange = Exchange(publishing=True, start_ns=start_ns)
    blocks = bool(drawn("blocks"))
    per_market = bool(drawn("gate_per_market"))
    for _ in range(settings.markets):
        exchange.market(
            tick_pips=drawn("tick_pips"),
            fee_ppm=drawn("fee_ppm"),
            delay_ns=drawn("delay_ms") * MS,
            per_market_gate=per_market,
            blocks=blocks,
        )
    exchange.account(unlimited=True)
    for _ in range(settings.accounts):
        exchange.account(cash=settings.cash_usd * MICROS)
    return exchange, blocks
