"""For tests and reports, and only if it was asked for: the truth, and faults by name.

Owns nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from clobstep.enums import Flag, TradeStatus
from clobstep_sim.exchange import ExchangeError
from clobstep_sim.server.accounts import FIRST
from clobstep_sim.server.asking import Answer, Ask, error
from clobstep_sim.server.faults import WINDOWS
from clobstep_sim.server.venue import SECOND
from clobstep_sim.world import KNOBS, WorldError

if TYPE_CHECKING:
    from clobstep_sim.server.server import Running

SPELLS: Final = frozenset(WINDOWS) | {"feed_stall_every"}


class Control:
    """Handlers of /control."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._venue = running.venue
        self._faults = running.faults

    # ---- the truth

    async def truth(self, ask: Ask) -> Answer:
        """Accounts that somebody has, markets and books, trades, the exchange's own check.

        `?trades=no` leaves the trades out, of which there may be many.
        """
        trades = ask.first("trades") != "no"
        venue, exchange = self._venue, self._venue.exchange
        accounts = [
            self._account(account, trades=trades)
            for account in range(FIRST, FIRST + venue.settings.accounts)
            if venue.accounts.is_taken(account)
        ]
        return Answer(200, {
            "now_ns": exchange.now_ns,
            "accounts": accounts,
            "markets": [self._market(m, terms) for m, terms in enumerate(exchange.terms())],
            "faults": dict(self._faults.happened),
            "spells": {KNOBS[k]: n for k, n in venue.spells()["seen"].items()},
            "check": exchange.check(),
        })  # fmt: skip

    async def posted(self, ask: Ask) -> Answer:  # noqa: ARG002
        """Orders as they arrived, and those that the exchange has heard of, by their hashes."""
        posted = self._running.posted
        assert posted is not None, "whoever is asked for control counts"
        return Answer(200, posted.told() | {"hashes": self._venue.names.signed()})

    def _account(self, account: int, *, trades: bool = True) -> dict[str, Any]:
        venue, names = self._venue, self._venue.names
        tokens = {}
        for token in range(2 * venue.settings.markets):
            held = venue.exchange.tokens(account, token)
            if any(held.values()):
                tokens[names.asset(token)] = held
        return {
            "account": account,
            "address": names.funder(account),
            "keys": venue.accounts.keys(account),
            "cash": venue.exchange.money(account),
            "moved_micros": venue.spells()["moved_micros"] if account == FIRST else 0,
            "tokens": tokens,
            "left": {asset: n for (who, asset), n in venue.left.items() if who == account},
            "orders": {
                names.order(account, order_id): venue.exchange.order(account, order_id)
                for order_id in venue.exchange.open_orders(account)
            },
            "trades": [
                {"id": names.trade(row.number), "status": row.status.name} | row.trade
                for row in (venue.trades.of_account.get(account, ()) if trades else ())
            ],
        }

    def _market(self, market: int, terms: dict[str, int]) -> dict[str, Any]:
        names, exchange = self._venue.names, self._venue.exchange
        tokens = [2 * market, 2 * market + 1]
        return terms | {
            "condition": names.condition(market),
            "assets": [names.asset(token) for token in tokens],
            "neg_risk": self._venue.is_neg_risk(market),
            "books": [exchange.book(token) for token in tokens],
        }

    # ---- faults

    async def calm(self, ask: Ask) -> Answer:  # noqa: ARG002
        """No more faults; the crowd slows down."""
        self._faults.calm()
        return Answer(200, {"ok": True})

    async def spell(self, ask: Ask) -> Answer:
        """{"name": of a knob, "do": "begin" or "end", ...}: see docs/venue.md."""
        try:
            given = msgspec.json.decode(ask.body, type=dict[str, Any])
            return self._spell(str(given.get("name")), given)
        except (msgspec.DecodeError, RecursionError, ValueError, KeyError, TypeError) as no:
            return error(400, f"{type(no).__name__}: {no}")

    def _spell(self, name: str, given: dict[str, Any]) -> Answer:
        is_end = given.get("do", "begin") == "end"
        if name not in KNOBS and name not in ACTS:
            known = ", ".join(sorted((*ACTS, *(k for k in KNOBS if _is_fault(k)))))
            return error(400, f"there is no {name!r}; there are {known}")
        try:
            if name in ACTS:
                ACTS[name](self, given)
            elif is_end:
                self._faults.end(name)
            elif name in SPELLS:
                self._faults.begin(name, given)
                self._after(name)
            elif name.endswith("_ppm"):
                self._faults.force(name, int(given.get("times", 1)))
            elif name == "feed_lost_every":
                self._running.sockets.lose_feed()
            elif name == "user_lost_every":
                self._running.sockets.lose_user()
            else:
                self._venue.world.begin(KNOBS.index(name))
                self._venue.speak()
        except (ExchangeError, WorldError) as no:
            return error(400, str(no))
        return Answer(200, {"ok": True})

    def _after(self, name: str) -> None:
        if name == "key_every":
            self._running.sockets.lose_user()

    # ---- what happens at the exchange, exactly

    def _restart(self, given: dict[str, Any]) -> None:
        self._venue.exchange.restart(int(float(given.get("seconds", 90)) * SECOND))

    def _state(self, given: dict[str, Any]) -> None:
        self._venue.exchange.set_state(int(given["state"]))

    def _tick(self, given: dict[str, Any]) -> None:
        self._venue.exchange.set_tick(int(given["market"]), int(given["pips"]))
        self._venue.speak()

    def _fee(self, given: dict[str, Any]) -> None:
        self._venue.exchange.set_fee(int(given["market"]), int(given["ppm"]))

    def _flags(self, given: dict[str, Any]) -> None:
        flags = Flag.META_OPEN
        flags |= Flag.META_NEG_RISK if given.get("neg_risk") else Flag(0)
        flags |= Flag.META_AUGMENTED if given.get("augmented") else Flag(0)
        self._venue.world.flags(int(given["market"]), int(flags))

    def _close(self, given: dict[str, Any]) -> None:
        self._venue.exchange.close(int(given["market"]))
        self._venue.speak()

    def _resolve(self, given: dict[str, Any]) -> None:
        self._venue.world.end_market(int(given["market"]), int(given.get("payout_pips", 10_000)))

    def _fail(self, given: dict[str, Any]) -> None:
        """The newest trade of an account, or all of its trades that are not final, will fail."""
        rows = self._venue.trades.of_account.get(int(given.get("account", FIRST)), [])
        for row in rows[-int(given.get("last", 1)) :]:
            if row.status not in (TradeStatus.CONFIRMED, TradeStatus.FAILED):
                self._venue.exchange.fail(row.number)


ACTS: Final = {
    "restart": Control._restart, "state": Control._state, "tick": Control._tick,
    "fee": Control._fee, "flags": Control._flags, "close": Control._close,
    "resolve": Control._resolve, "fail": Control._fail,
}  # fmt: skip


def _is_fault(knob: str) -> bool:
    return knob.endswith(("_ppm", "_every")) and not knob.startswith("crowd_")
