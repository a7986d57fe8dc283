"""A small relayer of our own: split, merge and redeem without a chain, on loopback only.

Owns what was asked and what became of each. It is executed through the exchange some seconds later,
with the profile's faults of conversions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec
import trio

from clobstep_sim.exchange import ExchangeError
from clobstep_sim.exchange.names import digest, uuid
from clobstep_sim.server.asking import Answer, Ask, error
from clobstep_sim.server.faults import Faults
from clobstep_sim.server.venue import SECOND, Venue

VERY_LATE_NS: Final = 300 * SECOND
OPS: Final = ("split", "merge", "redeem")
NEW, MINED, CONFIRMED, FAILED = "STATE_NEW", "STATE_MINED", "STATE_CONFIRMED", "STATE_FAILED"


class Wanted(msgspec.Struct):
    """The body of /relayer/submit. `size`: microshares; `token` of a redeem only."""

    op: str
    condition: str
    size: str
    token: str = ""


@dataclass
class Transaction:
    """One conversion: what was asked, and what became of it."""

    account: int
    wanted: Wanted
    market: int
    generation: int
    state: str = NEW
    error: str = ""
    paid: int = 0  # micro-pUSD, of a redeem


class Relayer:
    """Handlers of /relayer. `nursery`: where a transaction waits for its block."""

    def __init__(self, venue: Venue, faults: Faults, nursery: trio.Nursery) -> None:
        self._venue = venue
        self._faults = faults
        self._nursery = nursery
        self._known: dict[str, Transaction] = {}

    async def submit(self, ask: Ask) -> Answer:
        try:
            wanted = msgspec.json.decode(ask.body, type=Wanted)
            size = int(wanted.size)
        except (msgspec.DecodeError, RecursionError, ValueError):
            return error(400, "invalid payload")
        market = self._venue.market_of(wanted.condition)
        if wanted.op not in OPS or market is None or not 0 < size < 1 << 50:
            return error(400, "invalid payload: an op, a condition that is there, a size")
        token = self._token(wanted)
        if wanted.op == "redeem" and (token is None or token >> 1 != market):
            return error(400, "invalid payload: a token of the condition")
        number = uuid(digest("transaction", self._venue.settings.seed, len(self._known)))
        generation = self._venue.names.generations[market]
        transaction = Transaction(ask.account, wanted, market, generation)
        self._known[number] = transaction
        self._nursery.start_soon(self._mine, transaction)
        return Answer(200, {"transactionID": number, "state": NEW})

    def _token(self, wanted: Wanted) -> int | None:
        return self._venue.token_of(wanted.token)

    async def look(self, ask: Ask) -> Answer:
        found = self._known.get(ask.first("id"))
        if found is None or found.account != ask.account:
            return error(404, "transaction not found")
        told: dict[str, Any] = {"transactionID": ask.first("id"), "state": found.state}
        told |= {"op": found.wanted.op, "size": found.wanted.size, "paid": str(found.paid)}
        if found.error:
            told["error"] = found.error
        return Answer(200, told)

    async def _mine(self, transaction: Transaction) -> None:
        """In a block after some seconds, or known five minutes later never to be in one."""
        if self._faults.hit("convert_lost_ppm"):
            await self._venue.sleep(VERY_LATE_NS)
            transaction.state, transaction.error = FAILED, "never mined"
            return
        await self._venue.sleep(2 * SECOND + self._faults.below(10 * SECOND))
        self._venue.advance()
        if self._faults.hit("convert_fails_ppm"):
            transaction.state, transaction.error = FAILED, "execution reverted"
            return
        wrong = self._execute(transaction)
        if wrong:
            transaction.state, transaction.error = FAILED, wrong
            return
        if self._faults.hit("convert_late_ppm"):
            await self._venue.sleep(VERY_LATE_NS)
        transaction.state = MINED
        await self._venue.sleep(2 * SECOND)
        transaction.state = CONFIRMED

    def _execute(self, transaction: Transaction) -> str:
        """What is wrong, or an empty text."""
        exchange, wanted = self._venue.exchange, transaction.wanted
        account, market, size = transaction.account, transaction.market, int(wanted.size)
        if self._venue.names.generations[market] != transaction.generation:
            return "the condition is gone"
        try:
            if wanted.op == "redeem":
                token = self._token(wanted)
                transaction.paid = -1 if token is None else exchange.redeem(account, token, size)
                done = transaction.paid >= 0
            elif wanted.op == "split":
                done = exchange.split(account, market, size)
            else:
                done = exchange.merge(account, market, size)
        except ExchangeError as no:
            return str(no)
        self._venue.speak()
        return "" if done else "execution reverted: not enough of it is free"
