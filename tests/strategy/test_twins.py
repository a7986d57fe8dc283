"""The maker in Python and the compiled one ask alike: on random markets, and on recordings.

A random market says whatever a venue may say, in any order: books, changes, ticks, gaps, answers,
late fills, failures, signals, the end. Both makers hear the same and must ask the same, turn by
turn. What a setting does is worked by hand in test_maker.py.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from clobstep import demo, events
from clobstep.enums import OrderState, RequestState, Side
from clobstep.imports.run import import_files
from clobstep.strategy._maker import CompiledMaker
from clobstep.strategy.maker import Maker, MakerSettings
from clobstep.units import format_price, format_size
from clobstep_sim.replayed.paper import paper
from clobstep_sim.replayed.recording import Recording, load
from recordings import data
from strategy.room import START_NS, Room, S, told

SHARE = 1_000_000
TICKS = ("0.01", "0.001", "0.0025", "0.0001")
END = START_NS + 300 * S


class Twins:
    """Two rooms that hear the same; any difference in what is asked fails."""

    def __init__(self, settings: MakerSettings, rng: Random) -> None:
        self.rng = rng
        self.a, self.b = (
            Room(make(settings), tokens=4, stale_after_ns=20 * S) for make in (Maker, CompiledMaker)
        )
        self.tick = rng.choice(TICKS)
        self.mid = 5_000
        self.order = 0
        least = rng.choice(("5", "15"))
        for room in (self.a, self.b):
            room.open(tick=self.tick, close_out=END, min_size=least)

    def say(self, build: Any, *args: Any, **fields: Any) -> None:
        for room in (self.a, self.b):
            room.say(build, *args, **fields)
        assert told(self.a.asked) == told(self.b.asked)
        assert self.a.raw[-50:] == self.b.raw[-50:]
        assert self.a.engine.chain == self.b.engine.chain

    def wait(self, most_ns: int) -> None:
        self.a.now += self.rng.randrange(most_ns)
        self.b.now = self.a.now

    def price(self, pips: int) -> str:
        step = {"0.01": 100, "0.001": 10, "0.0025": 25, "0.0001": 1}[self.tick]
        return format_price(min(max(pips // step, 1), 10_000 // step - 1) * step)

    # ---- what may happen

    def book(self, token: int) -> None:
        rng = self.rng
        self.mid = min(max(self.mid + rng.randrange(-300, 301), 20), 9_980)
        half = rng.choice((5, 50, 100, 300, 1_500))
        bids = [(self.price(self.mid - half), "100")] if rng.random() < 0.95 else []
        asks = [(self.price(self.mid + half), "100")] if rng.random() < 0.95 else []
        records = events.snapshot(token, bids=bids, asks=asks, at=self.a.now)
        if rng.random() < 0.05:
            records = records[:1]  # the rest is lost
        for record in records:
            self.say(lambda at, record=record: record)

    def delta(self, token: int) -> None:
        rng = self.rng
        side = rng.choice((Side.BUY, Side.SELL))
        far = rng.randrange(-200, 400)
        price = self.price(self.mid - far if side == Side.BUY else self.mid + far)
        self.say(events.delta, token, side, price=price, size=rng.choice(("0", "50")), end=True)

    def answer(self, _: int) -> None:
        """One open order hears something."""
        rng, view = self.rng, self.a.view
        if not view.orders():
            return
        order = view.order(rng.choice(view.orders()))
        if order.state == OrderState.SENT and rng.random() < 0.8:
            if rng.random() < 0.15:
                self.say(events.rejected, order.order_id, "POST_ONLY_CROSS")
            else:
                self.say(events.accepted, order.order_id)
        elif order.request == RequestState.CANCEL and rng.random() < 0.7:
            self.say(events.cancel_accepted, order.order_id)
        elif order.state in (OrderState.LIVE, OrderState.SENT) and rng.random() < 0.6:
            self.fill(order)

    def fill(self, order: Any) -> None:
        size = min(order.leaves, self.rng.choice((order.leaves, SHARE, 3_333_333)))
        if size <= 0 or (order.tif >= 2 and order.side == Side.BUY):
            return
        self.a.last_trade += 1
        given: dict[str, Any] = {
            "trade": self.a.last_trade, "price": format_price(order.price_pips),
            "size": format_size(size), "role": "MAKER" if order.tif < 2 else "TAKER",
        }  # fmt: skip
        for status in ("MATCHED", self.rng.choice(("CONFIRMED", "CONFIRMED", "FAILED", ""))):
            if status:
                side = Side(order.side)
                self.say(events.trade, order.order_id, order.token, side, status=status, **given)

    def settle(self, token: int) -> None:
        market = self.a.turn and self.a.view
        pairs = min(market.token(token).settled, market.token(token + 1).settled)
        if pairs > 0 and self.rng.random() < 0.5:
            self.say(events.merge, token, size=format_size(pairs))

    def odd(self, token: int) -> None:
        rng = self.rng
        happens = rng.randrange(7)
        if happens == 0:
            self.say(events.feed, rng.choice(("GAP", "LOST", "HASH_BAD")), token=token)
        elif happens == 1:
            self.say(events.feed, rng.choice(("LOST", "CONNECTED")))
        elif happens == 2:
            self.tick = rng.choice(TICKS)
            self.say(events.tick_change, token, tick=self.tick)
        elif happens == 3:
            value = rng.choice((-5, 20_000, self.mid, self.mid + 150, 9_999))
            of = rng.choice((token, token + 1, None))
            self.say(events.signal, source=1, key=2, first=value, token=of)
        elif happens == 4:
            self.say(events.deposit, token=token + rng.randrange(2), size="25", cost="10")
        elif happens == 5:
            self.say(events.market, token, tick=self.tick, min_size="5", fee_rate="0.07",
                     close_out=END)  # fmt: skip
        else:
            self.say(events.venue, rng.choice(("NORMAL", "POST_ONLY", "CANCEL_ONLY")))

    def go(self, steps: int) -> None:
        acts = (self.book, self.delta, self.answer, self.settle, self.odd)
        self.say(events.deposit, token=0, size="60", cost="30")
        self.say(events.deposit, token=1, size="40", cost="20")
        for _ in range(steps):
            self.wait(3 * S)
            act = self.rng.choices(acts, (3, 6, 10, 1, 1))[0]
            act(self.rng.choice((0, 0, 2)))
            if self.rng.random() < 0.1:
                self.say(events.timer)
        for token in (0, 2):
            self.say(events.resolved, token, payout="0")


def some_settings(rng: Random) -> MakerSettings:
    return MakerSettings(
        size=rng.choice((5, 10, 20, 33)) * SHARE + rng.choice((0, 0, 12_345)),
        width_pips=rng.choice((0, 1, 50, 100, 250)),
        requote_pips=rng.choice((0, 1, 1, 50, 100)),
        skew_pips=rng.choice((0, 0, 10, 100)),
        max_position=rng.choice((0, 25, 100, 500)) * SHARE,
        max_spread_pips=rng.choice((300, 2_000, 10_000)),
        sell_inventory=rng.random() < 0.5,
        merge_size=rng.choice((0, 1, 15)) * SHARE,
        overlap=rng.random() < 0.5,
        stop_before_ns=rng.choice((0, 60 * S, 250 * S)),
        flatten=rng.random() < 0.5,
    )


@pytest.mark.parametrize("seed", range(40))
def test_on_a_random_market(seed: int) -> None:
    rng = Random(seed)
    twins = Twins(some_settings(rng), rng)
    twins.go(250)
    assert twins.a.engine.check() == twins.b.engine.check() == 0


def test_the_random_markets_have_seen_it_all() -> None:
    """What the random test would prove nothing about is named here."""
    words: set[str] = set()
    for seed in range(12):
        rng = Random(seed)
        twins = Twins(some_settings(rng), rng)
        twins.go(150)
        words |= {told([events.unpack(raw)])[0].split()[0] for raw in twins.a.raw}
        words |= {f"flags {events.unpack(raw).flags}" for raw in twins.a.raw}
        words |= {f"tif {events.unpack(raw).code}" for raw in twins.a.raw}
    assert {"BUY", "SELL", "replace", "cancel", "merge"} <= words
    assert {"flags 1", "flags 3", "tif 3"} <= words  # post-only, overlapping, FAK


# ---- on recordings


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """The demo's first market, its events once; with signals between them."""
    path = tmp_path_factory.mktemp("shipped") / "S.clob"
    import_files([demo.RECORDING], path, markets=[demo.MARKETS])
    return load(path)


TABLE: list[dict[str, Any]] = [
    {},
    {"width_pips": 100, "skew_pips": 50, "requote_pips": 100},
    {"width_pips": 50, "overlap": True, "sell_inventory": False},
    {"width_pips": 30, "skew_pips": 20, "merge_size": 20 * SHARE, "max_position": 60 * SHARE},
    {"size": 33 * SHARE, "stop_before_ns": 60 * S, "flatten": True},
    {"requote_pips": 300, "max_spread_pips": 400, "overlap": True, "merge_size": SHARE},
]


def chains(recording: Recording, settings: MakerSettings, **given: Any) -> list[tuple[int, int]]:
    out = []
    for make in (Maker, CompiledMaker):
        result = paper(recording, make(settings), **given)
        out.append((result.chain, result.counts["intents"]))
    return out


@pytest.mark.parametrize("settings", TABLE, ids=str)
def test_on_the_recording_that_ships(shipped: Recording, settings: dict[str, Any]) -> None:
    part = replace(shipped, events=shipped.events[:12_000])
    python, compiled = chains(part, MakerSettings(**settings), fill="crossing", latency="50ms")
    assert python == compiled
    assert python[1] > 100


@pytest.fixture(scope="module")
def final(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Six markets of a live final, changes and trades; believed after five minutes."""
    path = tmp_path_factory.mktemp("final") / "S.clob"
    import_files([data("market_ws/nhl_2026-06-07_0130.parquet")], path)
    return load(path)


@pytest.mark.parametrize(
    "settings, fill", [(TABLE[0], "risk-averse"), (TABLE[2], "front"), (TABLE[3], "log")]
)
def test_on_a_real_recording(final: Recording, settings: dict[str, Any], fill: str) -> None:
    python, compiled = chains(final, MakerSettings(**settings), fill=fill, latency="20ms")
    assert python == compiled
    assert python[1] > 1_000
