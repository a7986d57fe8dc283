"""The exchange's words as the venue's bytes, and the way back through the product's own codecs.

`Frames` owns no time: a message is said when its word was, and who hears it when is the network's
affair. `Ear` is an account's end: its codecs, with tables in which tokens, own orders and trades
have the exchange's numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from clobstep import events
from clobstep.core import EVENT_DTYPE
from clobstep.venue.interning import Interning
from clobstep.venue.market import MarketCodec
from clobstep.venue.notes import Note
from clobstep.venue.user import UserCodec
from clobstep_sim.exchange._exchange import Exchange
from clobstep_sim.exchange.frames_market import MarketFrames
from clobstep_sim.exchange.frames_user import UserFrames
from clobstep_sim.exchange.names import Names

EVERYBODY = -1  # the account of the market channel


class Frame(NamedTuple):
    """One message: who hears it (EVERYBODY: the market channel), when it was said, its bytes."""

    account: int
    time_ns: int
    data: bytes


class Frames:
    """Writes the messages of an exchange, which has all its markets already."""

    def __init__(self, exchange: Exchange, names: Names | None = None) -> None:
        names = Names() if names is None else names
        self._market = MarketFrames(exchange, names)
        self._user = UserFrames(exchange, names)

    def say(self, words: Iterable[tuple[int, bytes]]) -> list[Frame]:
        """The messages of these words, in their order."""
        said = []
        for account, record in words:
            e = events.unpack(record)
            market = account == EVERYBODY
            data = self._market.frame(e) if market else self._user.frame(account, e)
            if data is not None:
                said.append(Frame(account, e.time_ns, data))
        return said


class Ear:
    """What an account makes of messages: the product's codecs. `owns` each order it sends."""

    def __init__(self, exchange: Exchange, account: int, names: Names | None = None) -> None:
        self._names = Names() if names is None else names
        self._exchange = exchange
        self._account = account
        self._trades = 0
        self.table = Interning()
        for market in range(len(exchange.terms())):
            yes, no = (self._names.asset(2 * market + k) for k in range(2))
            self.table.pair(self._names.condition(market), yes, no)
        self.market = MarketCodec(self.table, hashes="never", strangers=False)
        self.user = UserCodec(
            self.table, owner=self._names.owner(account), funder=self._names.funder(account)
        )

    def owns(self, order_id: int) -> None:
        """This order is its own: before the first word of it is heard."""
        self.table.bind_order(self._names.order(self._account, order_id), order_id)

    def hear(self, frame: Frame, time_ns: int | None = None) -> list[bytes]:
        """The events of a message, heard when it was said unless a time is given."""
        at = frame.time_ns if time_ns is None else time_ns
        if frame.account == EVERYBODY:
            found = self.market.decode(frame.data, at).tobytes()
        else:
            self._count_trades()
            found = self.user.decode(frame.data, at)
        size = EVENT_DTYPE.itemsize
        return [found[k : k + size] for k in range(0, len(found), size)]

    def take_notes(self) -> list[Note]:
        return self.market.take_notes() + self.user.take_notes()

    def _count_trades(self) -> None:
        """A table numbers trades as they are named: name them all, in the exchange's order."""
        for _ in self._exchange.trades(self._trades):
            self.table.trade(self._names.trade(self._trades))
            self._trades += 1
