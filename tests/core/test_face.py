"""The Python face: configuration, views, and the arithmetic they show, against exact fractions."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any, Final

import numpy as np
import pytest

from clobstep import EFFECT_DTYPE, EVENT_DTYPE, Engine, EngineConfig, events
from clobstep.config import BOUNDS
from clobstep.core import Account, BookView, MarketView, OrderView, RiskView, View
from clobstep.effects import Effect, unpack_all
from clobstep.enums import (
    COUNTERS,
    MAX_SIZE,
    PIPS,
    EffectKind,
    EventKind,
    FeedState,
    OrderState,
    Refusal,
    Side,
    Tif,
)
from clobstep.units import TICKS_PIPS
from core.support import SHARE, START_NS, Rig, S, of_kind, refused

CASH: Final = 10**14  # micro-pUSD: enough for every order of these tests


# ---- Configuration


def test_default_configuration_works() -> None:
    engine = Engine()
    assert engine.config == EngineConfig()
    assert Engine(EngineConfig()).config == Engine(None).config
    assert (engine.seq, engine.check()) == (0, 0)
    rig = Rig()
    rig.engine = engine
    rig.trading()
    assert rig.submit() == 1
    assert engine.seq > 0


@pytest.mark.parametrize("name", list(BOUNDS))
def test_config_bounds(name: str) -> None:
    """Both ends are taken (where memory allows), one beyond is refused by name."""
    low, high = BOUNDS[name]
    assert getattr(replace(EngineConfig(), **{name: low}), name) == low
    assert low <= getattr(EngineConfig(), name) <= high
    for value in (low - 1, high + 1):
        with pytest.raises(ValueError, match=f"EngineConfig.{name}: {value} is outside"):
            EngineConfig(**{name: value})
    wrong: tuple[Any, ...] = (1.0, "1", None, True)
    for kind in wrong:
        with pytest.raises(TypeError, match=f"EngineConfig.{name}: {kind!r} is no int"):
            EngineConfig(**{name: kind})


def test_config_shapes() -> None:
    with pytest.raises(ValueError, match=r"EngineConfig\.tokens: 7 is odd"):
        EngineConfig(tokens=7)
    for name in ("fills", "tombstones"):
        with pytest.raises(ValueError, match=f"EngineConfig.{name}: 24 is not a power of two"):
            EngineConfig(**{name: 24})
    with pytest.raises(TypeError):
        EngineConfig(speed=3)  # type: ignore[call-arg]
    assert {f.name for f in fields(EngineConfig)} == set(BOUNDS)


@pytest.mark.parametrize("config", [3, {"tokens": 2}, "x", EngineConfig])
def test_engine_takes_a_config_only(config: Any) -> None:
    with pytest.raises(TypeError, match=r"Engine: config is a .*, not a clobstep.EngineConfig"):
        Engine(config)


def test_an_engine_is_whole_or_not_there() -> None:
    """There is no way to an engine or a view without memory behind it."""
    engine = Engine()
    made: Any = Engine.__new__(Engine)
    assert unpack_all(made.step(events.accepted(1, at=START_NS)))[0].code == Refusal.ORDER_UNKNOWN
    loose: Any = View
    for arguments in ((), (None,), (3,)):
        with pytest.raises(TypeError):
            loose(*arguments)
    with pytest.raises(AttributeError):
        engine.seq = 3  # type: ignore[misc]
    with pytest.raises(AttributeError):
        engine.more = 3  # type: ignore[attr-defined]


# ---- Views


def test_views_are_named_tuples_of_integers() -> None:
    rig = Rig().trading()
    order = rig.submit()
    shown = (rig.view.cash, rig.view.token(0), rig.view.market(0), rig.view.book(0),
             rig.view.risk)  # fmt: skip
    kinds = (Account, Account, MarketView, BookView, RiskView)
    assert tuple(map(type, shown)) == kinds
    assert type(rig.view.order(order)) is OrderView
    for view in (*shown, rig.view.order(order)):
        assert {type(value) for value in view} <= {int, bool}
    assert rig.view.cash.spendable == rig.view.cash.settled - rig.view.cash.reserved
    assert set(rig.view.counters()) == set(COUNTERS)
    assert rig.view.refusals() == {}
    assert rig.view.order(99) is None
    assert rig.view.order(0) is None


@pytest.mark.parametrize("token", [-1, 8, 1 << 40, 1.0, "0", None, True])
def test_views_of_no_token(token: Any) -> None:
    view = Rig().view
    for look in (view.token, view.market, view.book, lambda t: view.levels(t, 0)):
        with pytest.raises(IndexError, match=r"token: .* is not in 0..7"):
            look(token)


def test_other_wrong_looks() -> None:
    view = Rig().view
    for side in (2, -1, "BUY"):
        with pytest.raises(ValueError, match=r"side: .* is neither 0 .bids. nor 1 .asks."):
            view.levels(0, side)
    for order in (-1, 1 << 64, "1", 1.0, None):
        with pytest.raises(TypeError, match=r"order_id: .* is no unsigned 64-bit integer"):
            view.order(order)


def test_a_view_outlives_and_follows_its_engine() -> None:
    rig = Rig().trading()
    view = rig.view
    assert view.cash.settled == 10_000 * SHARE
    rig.say(events.deposit, cash="1")
    assert view.cash.settled == 10_001 * SHARE
    del rig
    assert view.cash.settled == 10_001 * SHARE
    assert view.book(0) == BookView(4800, 1000 * SHARE, 5200, 1000 * SHARE, FeedState.SYNCED)
    assert view.book(1) == BookView(4800, 1000 * SHARE, 5200, 1000 * SHARE, FeedState.SYNCED)


def test_a_new_view() -> None:
    view = Engine().view
    assert view.book(0) == BookView(0, 0, PIPS, 0, FeedState.DOWN)
    assert (view.now_ns, view.deadline_ns, view.halted, view.orders()) == (0, None, False, [])
    assert view.cash == Account(0, 0, 0, 0, 0, 0)


# ---- Books: every price there is


@pytest.mark.parametrize("token, side", [(0, 0), (0, 1), (1, 0), (1, 1)])
@pytest.mark.parametrize("wide", [False, True], ids=["narrow", "wide"])
def test_every_price_comes_back(token: int, side: int, wide: bool) -> None:
    """A level at each of the 10,001 prices (each 5th on a narrow ladder), set and taken away."""
    rig = Rig(wide_books=1)
    prices = list(range(0, PIPS + 1, 1 if wide else 5))
    random.Random(token * 2 + side).shuffle(prices)
    levels: dict[int, int] = {}
    for k, price in enumerate(prices):
        said = {"token": token, "side": side, "price_pips": price, "size": k + 1}
        assert not of_kind(
            rig.step(events.raw(EventKind.BOOK_DELTA, at=START_NS, **said)), EffectKind.ALERT
        )
        levels[price] = k + 1
        if k % 499 == 0:
            assert rig.view.levels(token, side) == ordered(levels, side)
    assert rig.view.levels(token, side) == ordered(levels, side)
    assert rig.view.levels(token ^ 1, side ^ 1) == [
        (PIPS - price, size) for price, size in ordered(levels, side)
    ]
    assert len(rig.view.levels(token, side)) == len(prices)
    for k, price in enumerate(prices):
        said = {"token": token, "side": side, "price_pips": price, "size": 0}
        rig.step(events.raw(EventKind.BOOK_DELTA, at=START_NS, **said))
        del levels[price]
        best = rig.view.book(token)
        if levels:
            top = max(levels) if side == 0 else min(levels)
            assert (best.ask_pips if side else best.bid_pips) == top
        if k % 499 == 0:
            assert rig.view.levels(token, side) == ordered(levels, side)
    assert rig.view.levels(token, side) == []
    assert rig.engine.check() == 0


def ordered(levels: dict[int, int], side: int) -> list[tuple[int, int]]:
    return sorted(levels.items(), reverse=side == Side.BUY)


def test_good_deltas_and_good_records_are_the_same() -> None:
    """The fast path of a delta refuses what the slow one does: all corners of its fields."""
    corners: dict[str, tuple[int, ...]] = {
        "side": (0, 1, 2, 128), "flags": (0, 1, 2, 3, 4, 128), "code": (0, 255),
        "price_pips": (-1, 0, PIPS, PIPS + 1), "size": (-1, 0, MAX_SIZE, MAX_SIZE + 1),
        "bid_pips": (-1, 0, PIPS + 1), "token": (0, 7, 8), "generation": (0, 1),
    }  # fmt: skip
    for name, values in corners.items():
        for value in values:
            answers = []
            for started in (True, False):  # before the first event a delta goes the slow way
                rig = Rig()
                if started:
                    rig.say(events.timer)
                record = events.raw(
                    EventKind.BOOK_DELTA,
                    at=START_NS,
                    **({"flags": 2, "ask_pips": PIPS} | {name: value}),
                )
                answers.append(refused(rig.step(record)))
            assert answers[0] is answers[1], (name, value)


# ---- Money: fills against fractions


def fee_of(size: int, pips: int, ppm: int) -> int:
    """size x rate x p x (1 - p), floored to 5 decimals of pUSD, in micro-pUSD."""
    price = Fraction(pips, PIPS)
    exact = Fraction(size, SHARE) * Fraction(ppm, 1_000_000) * price * (1 - price)
    return int(exact * 100_000) * 10


def notional(size: int, pips: int) -> Fraction:
    """In micro-pUSD, exact."""
    return Fraction(size * pips, PIPS)


def rich(ppm: int, tick: int, **config: int) -> Rig:
    rig = Rig(fills=4096, market_burst=10_000, signer_burst=10_000, **config)
    rig.step(events.raw(EventKind.OPENING, at=START_NS, token=0xFFFFFFFF, amount=CASH))
    for token in (0, 1):
        rig.step(events.raw(EventKind.OPENING, at=START_NS, token=token, size=CASH))
    rig.step(
        events.raw(EventKind.MARKET, at=START_NS, token=0, price_pips=tick, amount=ppm, flags=1)
    )
    rig.say(events.snapshot, 0, bids=[], asks=[])
    rig.reconcile()
    return rig


@pytest.mark.parametrize("seed", range(4))
def test_fills_move_exactly_what_fractions_say(seed: int) -> None:
    rng = random.Random(seed)
    ppm = rng.choice((0, 1, 40_000, 70_000, 999_999, 1_000_000))
    rig = rich(ppm, 1)
    out = into = shares_in = shares_out = 0
    for trade in range(1, 400):
        size = rng.choice((rng.randint(1, 99), rng.randint(1, 10**9), rng.randint(1, 10**13)))
        pips, side = rng.randint(0, PIPS), rng.randrange(2)
        taker = rng.random() < 0.7
        said = {"token": 0, "size": size, "price_pips": pips, "side": side, "code": 1}
        flags = 1 if taker else 2
        record = events.raw(
            EventKind.TRADE, at=START_NS, order_id=7, ref=trade, flags=flags, **said
        )
        (fill,) = of_kind(rig.step(record), EffectKind.FILL)
        cash, fee = int(notional(size, pips)), fee_of(size, pips, ppm) if taker else 0
        assert (fill.deadline_ns, fill.amount, fill.size) == (cash, fee, size)
        if side == Side.BUY:
            out, shares_in = out + cash + fee, shares_in + size
        else:
            shares_out += size
            net = cash - fee
            out, into = (out - net, into) if net < 0 else (out, into + net)
        seen = rig.view.cash
        assert (seen.outgoing, seen.incoming, seen.settled) == (out, into, CASH)
        assert rig.view.token(0)[:3] == (CASH, shares_in, shares_out)
    assert rig.engine.check() == 0


@pytest.mark.parametrize("seed", range(4))
def test_reservations_are_what_fractions_say(seed: int) -> None:
    """A BUY reserves its notional, up, and its fee; a SELL its shares; fills free their part."""
    rng = random.Random(seed)
    tick, ppm = rng.choice(TICKS_PIPS), rng.choice((0, 40_000, 70_000))
    rig = rich(ppm, tick, orders=256)
    for order in range(1, 120):
        size = rng.randint(1, 10**6) * 10_000
        pips = rng.randrange(tick, PIPS, tick)
        post, side = rng.random() < 0.3, rng.randrange(2)
        said = {"token": 0, "size": size, "price_pips": pips, "side": side, "flags": int(post)}
        record = events.raw(EventKind.INTENT_SUBMIT, at=START_NS, order_id=order, **said)
        if refused(rig.step(record)) is Refusal.SELF_TRADE:
            continue
        left = size - rng.randint(0, size - 1)
        if left < size:
            part = {"token": 0, "size": size - left, "price_pips": pips, "side": side, "code": 1}
            rig.step(events.raw(EventKind.TRADE, at=START_NS, order_id=order, ref=order, **part))
        held = rig.view.order(order).reserved
        if side == Side.SELL:
            assert held == left
        else:
            up = -(-notional(left, pips) // 1)
            assert held == up + (0 if post else fee_of(left, pips, ppm))
        rig.say(events.canceled, order)
        assert rig.view.order(order).reserved == 0
        assert rig.view.cash.reserved == rig.view.token(0).reserved == 0
    assert rig.engine.check() == 0


@pytest.mark.parametrize("tif", [Tif.FAK, Tif.FOK], ids=lambda t: t.name)
@pytest.mark.parametrize("tick", TICKS_PIPS)
def test_buy_by_amount_with_price_improvement(tick: int, tif: Tif) -> None:
    """Amount in, shares out: what comes at a better price may be more than was signed."""
    ppm, amount = 70_000, 25_000_000
    rig = rich(ppm, tick)
    limit = (6_000 // tick) * tick
    ask = {"order_id": 1, "token": 0, "price_pips": limit, "size": amount, "code": tif}
    effects = rig.step(events.raw(EventKind.INTENT_SUBMIT, at=START_NS, **ask))
    (submit,) = of_kind(effects, EffectKind.SUBMIT)
    assert (submit.amount, submit.size) == (amount, amount * PIPS // limit // 100 * 100)
    assert (
        Fraction(submit.amount * PIPS, submit.size) >= limit
    )  # the signed price is the limit or above
    low = Fraction(PIPS - tick, PIPS)
    worst = int(Fraction(amount, SHARE) * Fraction(ppm, 1_000_000) * low * 100_000) * 10
    assert rig.view.order(1).reserved == rig.view.cash.reserved == amount + worst
    better = limit - tick
    shares = amount * PIPS // better
    rig.say(events.accepted, 1, "MATCHED", matched="25")
    paid = fees = 0
    for trade, (size, pips) in enumerate(
        ((shares // 3, better), (shares - shares // 3, better)), 1
    ):
        said = {"token": 0, "size": size, "price_pips": pips, "code": 3, "flags": 1}
        fill = of_kind(
            rig.step(events.raw(EventKind.TRADE, at=START_NS, order_id=1, ref=trade, **said)),
            EffectKind.FILL,
        )[0]
        paid, fees = paid + fill.deadline_ns, fees + fill.amount
        assert fill.deadline_ns == int(notional(size, pips))
        assert fill.amount == fee_of(size, pips, ppm)
    assert amount - 2 <= paid <= amount
    assert rig.view.token(0).settled == CASH + shares
    assert shares > submit.size
    ended = rig.view.order(1)
    assert (ended.state, ended.filled + ended.canceled) == (OrderState.FILLED, amount)
    assert rig.view.cash == Account(CASH - paid - fees, 0, 0, 0, 0, CASH - paid - fees)
    assert fees <= worst
    assert rig.engine.check() == 0


def test_effects_read_the_same_through_numpy_and_struct() -> None:
    rig = Rig().trading()
    twin = rig.copy()
    record = events.submit(1, 0, "BUY", price="0.40", size="100", at=START_NS)
    said = rig.engine.step(record)
    room = np.zeros(rig.engine.effects_needed, EFFECT_DTYPE)
    _, written = twin.engine.step_batch(np.frombuffer(record, EVENT_DTYPE), room)
    assert room[:written].tobytes() == said
    assert [Effect(*map(int, row)) for row in room[:written]] == unpack_all(said)
    assert EVENT_DTYPE.itemsize == 64
    assert EFFECT_DTYPE.itemsize == 72
    assert S == 10**9
