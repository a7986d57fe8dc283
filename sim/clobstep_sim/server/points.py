"""Which request goes to which handler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio

from clobstep_sim.server.app import (
    BEAT,
    CANCEL,
    CONVERT,
    GAMMA,
    LOGIN,
    PLAIN,
    PUBLIC,
    READ,
    SUBMIT,
    Point,
)
from clobstep_sim.server.asking import Answer, Ask
from clobstep_sim.server.control import Control
from clobstep_sim.server.gamma import Gamma
from clobstep_sim.server.limits import Limits
from clobstep_sim.server.public import Public
from clobstep_sim.server.reads import Reads
from clobstep_sim.server.relayer import Relayer
from clobstep_sim.server.trading import Trading

if TYPE_CHECKING:
    from clobstep_sim.server.server import Running


def sockets(running: Running) -> dict[str, Any]:
    return {"/ws/market": running.sockets.market, "/ws/user": running.sockets.user}


def points(running: Running, nursery: trio.Nursery, *, control: bool) -> list[Point]:
    """All routes of a venue; those of control only if asked for."""
    venue, faults = running.venue, running.faults
    trading = Trading(venue, faults, Limits())
    gamma, public, reads = Gamma(venue), Public(venue), Reads(venue, faults)
    running.gamma = gamma
    trading.when_rejected_late = lambda account, order_id: running.sockets.reject_later(
        account, reads.row(account, order_id)
    )
    found = [*_private(trading, reads), *_gamma(gamma, public), *_public(public)]
    found += _relayer(Relayer(venue, faults, nursery))
    return found + (_control(Control(running)) if control else [])


def _private(trading: Trading, reads: Reads) -> list[Point]:
    return [
        Point("POST", "/auth/api-key", LOGIN, reads.make_key),
        Point("GET", "/auth/derive-api-key", LOGIN, reads.make_key),
        Point("GET", "/auth/api-keys", READ, reads.api_keys),
        Point("DELETE", "/auth/api-key", READ, reads.delete_key),
        Point("GET", "/auth/ban-status/closed-only", READ, reads.closed_only),
        Point("POST", "/order", SUBMIT, trading.post_order),
        Point("POST", "/orders", SUBMIT, trading.post_orders),
        Point("DELETE", "/order", CANCEL, trading.cancel_order),
        Point("DELETE", "/orders", CANCEL, trading.cancel_orders),
        Point("DELETE", "/cancel-all", CANCEL, trading.cancel_all),
        Point("DELETE", "/cancel-market-orders", CANCEL, trading.cancel_market_orders),
        Point("GET", "/data/orders", READ, reads.orders),
        Point("GET", "/data/order/{order_id}", READ, reads.order, "order_id"),
        Point("GET", "/data/trades", READ, reads.trades),
        Point("GET", "/balance-allowance", READ, reads.balance),
        Point("GET", "/balance-allowance/update", READ, reads.update_balance),
        Point("POST", "/v1/heartbeats", BEAT, reads.beat),
        Point("POST", "/heartbeats", BEAT, reads.old_beat),
        Point("GET", "/order-scoring", READ, reads.scoring),
        Point("POST", "/orders-scoring", READ, reads.are_scoring),
    ]


def _public(public: Public) -> list[Point]:
    return [
        Point("GET", "/", PLAIN, public.ok),
        Point("GET", "/ok", PLAIN, public.ok),
        Point("GET", "/time", PUBLIC, public.time),
        Point("GET", "/version", PUBLIC, public.version),
        Point("GET", "/api/geoblock", PUBLIC, public.geoblock),
        Point("GET", "/book", PUBLIC, public.book),
        Point("POST", "/books", PUBLIC, public.books),
        Point("GET", "/price", PUBLIC, public.price),
        Point("POST", "/prices", PUBLIC, public.prices),
        Point("GET", "/midpoint", PUBLIC, public.midpoint),
        Point("POST", "/midpoints", PUBLIC, public.midpoints),
        Point("GET", "/spread", PUBLIC, public.spread),
        Point("POST", "/spreads", PUBLIC, public.spreads),
        Point("GET", "/last-trade-price", PUBLIC, public.last_trade),
        Point("GET", "/tick-size", PUBLIC, public.tick_size),
        Point("GET", "/neg-risk", PUBLIC, public.neg_risk),
        Point("GET", "/fee-rate", PUBLIC, public.fee_rate),
        Point("GET", "/markets-by-token/{token}", PUBLIC, public.by_token, "token"),
        Point("GET", "/clob-markets/{condition}", PUBLIC, public.clob_market, "condition"),
        Point("GET", "/markets/{condition}", PUBLIC, public.long_market, "condition"),
        Point("GET", "/sampling-markets", PUBLIC, public.long_markets),
    ]


def _gamma(gamma: Gamma, public: Public) -> list[Point]:
    async def markets(ask: Ask) -> Answer:
        """The CLOB and Gamma have one address here, and a listing of that name each."""
        is_clob = "next_cursor" in ask.query
        return await (public.long_markets(ask) if is_clob else gamma.market_list(ask))

    return [
        Point("GET", "/markets/keyset", GAMMA, gamma.markets_keyset),
        Point("GET", "/events/keyset", GAMMA, gamma.events_keyset),
        Point("GET", "/events", GAMMA, gamma.event_list),
        Point("GET", "/events/slug/{event}", GAMMA, gamma.event, "event"),
        Point("GET", "/events/{event}", GAMMA, gamma.event, "event"),
        Point("GET", "/markets", GAMMA, markets),
    ]


def _relayer(relayer: Relayer) -> list[Point]:
    return [
        Point("POST", "/relayer/submit", CONVERT, relayer.submit),
        Point("GET", "/relayer/transaction", READ, relayer.look),
    ]


def _control(control: Control) -> list[Point]:
    return [
        Point("GET", "/control/truth", PLAIN, control.truth),
        Point("GET", "/control/posted", PLAIN, control.posted),
        Point("POST", "/control/spell", PLAIN, control.spell),
        Point("POST", "/control/calm", PLAIN, control.calm),
    ]
