"""The tape: the market feed without our own orders, a trade with them told as one decrease."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from clobstep import Engine
from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind, Side
from clobstep_sim.fuzz.scene import OURS
from clobstep_sim.soak.soak import Made
from soak.support_made import kind, made

TOLD = (EventKind.BOOK_DELTA, EventKind.BOOK_SNAPSHOT, EventKind.PRINT, EventKind.BEST)
PRINT_NS = 21_000_000


def run(**sets: str) -> tuple[Made, np.ndarray, np.ndarray]:
    """A run, the tape of it and what our client heard."""
    one = made(kind(crowd_life_s=0), taping=True, **sets)
    heard = np.concatenate([piece.events for piece in one.market.run(60)])
    tape = np.frombuffer(one.market.scene.world.tape(), EVENT_DTYPE)
    return one, tape, heard[np.isin(heard["kind"], TOLD)]


def test_where_we_do_not_trade_it_is_what_was_heard() -> None:
    _, tape, heard = run(max_spread_pips="1")  # never quotes
    ours = tape[np.isin(tape["kind"], TOLD)]
    heard = heard[int(np.flatnonzero(heard == ours[0])[0]) :]  # the tape began a little later
    same = min(len(ours), len(heard))
    assert same > 10_000
    for name in ("kind", "token", "side", "price_pips", "size", "bid_pips", "ask_pips", "flags"):
        assert (ours[name][:same] == heard[name][:same]).all(), name


@pytest.fixture(scope="module")
def traded() -> tuple[Made, np.ndarray, np.ndarray]:
    return run()


def test_its_book_is_the_exchanges_less_ours(
    traded: tuple[Made, np.ndarray, np.ndarray],
) -> None:
    one, tape, _ = traded
    exchange = one.market.scene.exchange
    book: dict[tuple[int, int], int] = {}
    for event in tape[tape["kind"] == EventKind.BOOK_DELTA]:
        odd = int(event["token"]) & 1
        pips = 10_000 - int(event["price_pips"]) if odd else int(event["price_pips"])
        book[int(event["side"]) ^ odd, pips] = int(event["size"])
    for side, levels in zip((Side.BUY, Side.SELL), exchange.book(0), strict=True):
        truth = dict(levels)
        for order_id in exchange.open_orders(OURS):
            order = exchange.order(OURS, order_id)
            assert order is not None
            odd = order["token"] & 1
            if order["side"] ^ odd == side:
                pips = 10_000 - order["price_pips"] if odd else order["price_pips"]
                truth[pips] -= order["leaves"]
        told = {pips: size for (s, pips), size in book.items() if s == side}
        assert len(told) > 5
        assert {pips: truth.get(pips, 0) for pips in told} == told


def test_a_trade_with_us_is_a_decrease_of_the_prints_size(
    traded: tuple[Made, np.ndarray, np.ndarray],
) -> None:
    one, tape, _ = traded
    exchange = one.market.scene.exchange
    seen = whole = 0
    deltas = tape[tape["kind"] == EventKind.BOOK_DELTA]
    for number in range(len(exchange.trades())):
        trade = exchange.trade(number)
        if trade["maker"] != OURS:
            continue
        seen += 1
        at = trade["time_ns"] // 1_000_000 * 1_000_000
        pips = trade["maker_pips"]
        other = (deltas["token"] & 1) != (trade["maker_token"] & 1)
        prices = np.where(other, 10_000 - deltas["price_pips"], deltas["price_pips"])
        here = deltas[(deltas["venue_time_ns"] == at) & (prices == pips)]
        falls = [int(a["size"]) - int(b["size"]) for a, b in pairwise(here)]
        whole += any(fall >= trade["shares"] for fall in falls)
    assert seen > 50
    assert whole == seen


def test_an_engine_takes_it(traded: tuple[Made, np.ndarray, np.ndarray]) -> None:
    """Nothing in it that the core refuses."""
    one, tape, _ = traded
    engine = Engine(one.config)
    for event in tape[:20_000]:
        engine.step(event.tobytes())
    refused = {name: n for name, n in engine.view.refusals().items() if n}
    assert not refused
