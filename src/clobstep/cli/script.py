"""The session that `clobstep tour` plays: nine scenes of a small market maker's minute.

Owns the events, as a person would write them, and what must be seen after each scene. Pure data
and standard library; it drives nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clobstep import events
from clobstep.units import format_cash, format_price, format_size

if TYPE_CHECKING:
    from clobstep.core import View

TOKENS: Final = ("RAIN-YES", "RAIN-NO", "SNOW-YES", "SNOW-NO")
"""What the demo calls tokens 0 to 3: two markets, RAIN and SNOW, of two tokens each."""
RAIN_YES, RAIN_NO, SNOW_YES, _ = range(4)
DAY: Final = "2026-11-23"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the view must show after a scene."""

    label: str
    read: Callable[[View], str]
    expected: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A few events, the story they tell, and what must be seen afterwards."""

    title: str
    story: str
    events: tuple[bytes, ...]
    facts: tuple[Fact, ...]
    ledger: bool = False  # show the whole ledger then


def _at(clock: str) -> str:
    return f"{DAY}T{clock}Z"


def _spendable(expected: str) -> Fact:
    return Fact("cash spendable", lambda view: format_cash(view.cash.spendable), expected)


def _reserved(expected: str) -> Fact:
    return Fact("cash reserved", lambda view: format_cash(view.cash.reserved), expected)


def _settled(token: int, expected: str) -> Fact:
    label = f"{TOKENS[token]} settled"
    return Fact(label, lambda view: format_size(view.token(token).settled), expected)


def _incoming(token: int, expected: str) -> Fact:
    label = f"{TOKENS[token]} incoming"
    return Fact(label, lambda view: format_size(view.token(token).incoming), expected)


def _order(order: int, expected: str) -> Fact:
    def read(view: View) -> str:
        seen = view.order(order)
        if seen is None:
            return "unknown"
        return f"filled {format_size(seen.filled)}, leaves {format_size(seen.leaves)}"

    return Fact(f"order {order}", read, expected)


def _best(view: View, token: int) -> str:
    book = view.book(token)
    return f"{format_price(book.bid_pips)}/{format_price(book.ask_pips)}"


def _open(expected: str) -> Fact:
    return Fact("open orders", lambda view: ", ".join(map(str, view.orders())) or "none", expected)


def _start() -> Scene:
    return Scene(
        "Start",
        "Opening cash, then what the venue says: they agree, so the session may trade.",
        (
            events.opening(cash="1000", at=_at("12:00:00")),
            events.reconcile_begun(at=_at("12:00:00.1")),
            events.balance(cash="1000", at=_at("12:00:00.2")),
            events.reconciled(read_up_to=_at("12:00:00"), at=_at("12:00:00.3")),
        ),
        (_spendable("1000.00"),),
    )


def _market() -> Scene:
    at = _at("12:00:01")
    book = events.snapshot(
        RAIN_YES,
        bids=[("0.52", "250"), ("0.51", "400"), ("0.50", "900")],
        asks=[("0.53", "300"), ("0.54", "500"), ("0.55", "800")],
        at=at,
    )
    return Scene(
        "A market and its book",
        "Its own tick, minimum and fee rate; then the whole book. One ladder a token: the asks of "
        "YES are the bids of NO.",
        (
            events.market(RAIN_YES, tick="0.01", min_size="5", fee_rate="0.07", at=at),
            events.feed("CONNECTED", token=RAIN_YES, at=at),
            *book,
        ),
        (
            Fact("RAIN-YES best", lambda view: _best(view, RAIN_YES), "0.52/0.53"),
            Fact("RAIN-NO best", lambda view: _best(view, RAIN_NO), "0.47/0.48"),
        ),
    )


def _quote() -> Scene:
    at, answer = _at("12:00:02"), _at("12:00:02.04")
    return Scene(
        "A quote on both sides",
        "BUY YES at 0.52 and BUY NO at 0.47, which offers YES at 0.53. One turn, so the cooldown "
        "counts them once. Post-only, so no fee is reserved. Our 100 show in the book.",
        (
            events.submit(
                1, RAIN_YES, "BUY", price="0.52", size="100", post_only=True, turn=1, at=at
            ),
            events.submit(
                2, RAIN_NO, "BUY", price="0.47", size="100", post_only=True, turn=1, at=at
            ),
            events.accepted(1, at=answer),
            events.accepted(2, at=answer),
            events.delta(
                RAIN_YES, "BUY", price="0.52", size="350", best=("0.52", "0.53"), end=True,
                at=_at("12:00:02.06"),
            ),
        ),
        (_reserved("99.00"), _spendable("901.00")),
    )  # fmt: skip


def _fill() -> Scene:
    return Scene(
        "A partial fill",
        "Somebody sells 290 at 0.52: the 250 in front of us, then 40 of ours. Our order is among "
        "the trade's maker orders: that decides maker. Provisional until CONFIRMED.",
        (
            events.public_trade(RAIN_YES, "SELL", price="0.52", size="290", at=_at("12:00:09")),
            events.trade(
                1, RAIN_YES, "BUY", trade=501, price="0.52", size="40", role="MAKER",
                at=_at("12:00:09"),
            ),
            events.delta(
                RAIN_YES, "BUY", price="0.52", size="60", best=("0.52", "0.53"), end=True,
                at=_at("12:00:09.01"),
            ),
            events.trade(
                1, RAIN_YES, "BUY", trade=501, price="0.52", size="40", role="MAKER",
                status="CONFIRMED", at=_at("12:00:12"),
            ),
        ),
        (_order(1, "filled 40, leaves 60"), _reserved("78.20"), _settled(RAIN_YES, "40")),
    )  # fmt: skip


def _replace() -> Scene:
    return Scene(
        "A replace",
        "The venue has no amend. The new order waits until the old one is proven dead, and takes "
        "off what the old one filled meanwhile: 10 here, so 90 go out.",
        (
            events.best(RAIN_YES, bid="0.52", ask="0.53", end=True, at=_at("12:00:32")),
            events.replace(
                3, RAIN_YES, "BUY", replaces=1, price="0.51", size="100", post_only=True, turn=2,
                at=_at("12:00:33"),
            ),
            events.trade(
                1, RAIN_YES, "BUY", trade=502, price="0.52", size="10", role="MAKER",
                at=_at("12:00:33.03"),
            ),
            events.cancel_accepted(1, matched="50", at=_at("12:00:33.06")),
            events.accepted(3, at=_at("12:00:33.1")),
        ),
        (_open("2, 3"), _reserved("92.90"), _incoming(RAIN_YES, "10")),
        ledger=True,
    )  # fmt: skip


def _refusals() -> Scene:
    at = _at("12:00:34")
    return Scene(
        "What the guard refuses",
        "Off the tick; a post-only order that would take; an order that would meet our own. "
        "Nothing is sent, nothing is reserved.",
        (
            events.submit(
                4, RAIN_YES, "BUY", price="0.515", size="100", post_only=True, turn=2, at=at
            ),
            events.submit(
                4, RAIN_YES, "BUY", price="0.53", size="100", post_only=True, turn=2, at=at
            ),
            events.submit(4, RAIN_NO, "BUY", price="0.49", size="100", turn=2, at=at),
        ),
        (_open("2, 3"), _reserved("92.90")),
    )


def _storm() -> Scene:
    at, answer = _at("12:00:40"), _at("12:00:40.2")
    book = events.snapshot(SNOW_YES, bids=[("0.30", "100")], asks=[("0.40", "100")], at=at)
    orders = range(11, 16)
    submits = [
        events.submit(
            order, SNOW_YES, "BUY", price=f"0.{order + 10}", size="10", post_only=True, turn=3,
            at=at,
        )
        for order in orders
    ]  # fmt: skip
    return Scene(
        "A reject storm",
        "Another market says no five times in a row: it is paused for five minutes, then one "
        "probe. The other market goes on.",
        (
            events.market(SNOW_YES, tick="0.01", min_size="5", fee_rate="0.05", at=at),
            *book,
            *submits,
            *(events.rejected(order, "MARKET_NOT_READY", at=answer) for order in orders),
            events.submit(16, SNOW_YES, "BUY", price="0.20", size="10", turn=3, at=_at("12:00:41")),
        ),
        (_open("2, 3"), _reserved("92.90")),
    )


def _failed() -> Scene:
    return Scene(
        "A settlement fails",
        "Trade 502 never reaches the chain: its postings are taken back, to the last micro. The "
        "market is UNHEDGED and may only lessen risk.",
        (
            events.trade(
                1, RAIN_YES, "BUY", trade=502, price="0.52", size="10", role="MAKER",
                status="FAILED", at=_at("12:00:44"),
            ),
        ),
        (_incoming(RAIN_YES, "0"), _settled(RAIN_YES, "40"), _spendable("886.30")),
    )  # fmt: skip


def _end() -> Scene:
    return Scene(
        "Cancel all, and a fill that comes too late",
        "Both cancels are acknowledged, yet a fill of before arrives: it is booked in full. YES "
        "and NO are level again: 40 pairs become 40 pUSD.",
        (
            events.cancel_all(at=_at("12:00:45")),
            events.cancel_accepted(3, at=_at("12:00:45.05")),
            events.cancel_accepted(2, at=_at("12:00:45.05")),
            events.trade(
                2, RAIN_NO, "BUY", trade=503, price="0.47", size="40", role="MAKER",
                match_time=_at("12:00:45"), at=_at("12:00:45.2"),
            ),
            events.trade(
                2, RAIN_NO, "BUY", trade=503, price="0.47", size="40", role="MAKER",
                status="CONFIRMED", match_time=_at("12:00:45"), at=_at("12:00:46"),
            ),
            events.intent_merge(RAIN_YES, size="40", at=_at("12:00:47")),
            events.merge(RAIN_YES, size="40", at=_at("12:00:49")),
        ),
        (_open("none"), _reserved("0.00"), _spendable("1000.40")),
    )  # fmt: skip


def scenes() -> tuple[Scene, ...]:
    """The scenes in their order; the same records at every call."""
    return (
        _start(), _market(), _quote(), _fill(), _replace(), _refusals(), _storm(), _failed(),
        _end(),
    )  # fmt: skip
