"""A turn: what it shows, the record of each intent, and the text of everything it refuses."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from clobstep import Engine, EngineConfig, events
from clobstep.enums import (
    NO_TOKEN,
    EffectKind,
    EventKind,
    FeedState,
    Flag,
    Origin,
    Refusal,
    Side,
    Tif,
    Wake,
)
from clobstep.strategy.protocol import CompiledStrategy, Turn, run_turn
from strategy.room import START_NS, Room, S, told

SHARE = 1_000_000


class Says:
    """A strategy that does what it is told to, once a turn."""

    def __init__(self, act: Callable[[Turn], Any], wakes: Wake = Wake.BBO) -> None:
        self.act = act
        self.wakes = wakes
        self.got: list[Any] = []

    def on_wake(self, turn: Turn) -> None:
        self.got.append(self.act(turn))


def room(act: Callable[[Turn], Any], wakes: Wake = Wake.BBO, **config: int) -> Room:
    made = Room(Says(act, wakes), **config).open()
    made.quotes("0.48", "0.52")
    return made


def one(act: Callable[[Turn], Any], **config: int) -> Any:
    """What `act` returned in its one turn."""
    made = room(act, **config)
    assert len(made.strategy.got) == 1
    return made.strategy.got[0]


# ---- looking


def test_it_shows_time_token_wake_kind_and_event() -> None:
    seen = one(lambda t: (t.now_ns, t.token, t.wake, t.kind, events.unpack(t.event).kind))
    snapshot = EventKind.BOOK_SNAPSHOT
    assert seen == (START_NS, 0, Wake.BBO, snapshot, snapshot)


def test_the_token_is_the_even_one_of_the_market_that_woke_it() -> None:
    made = Room(Says(lambda t: t.token), tokens=4).open()
    made.quotes("0.30", "0.31", token=3)
    assert made.strategy.got == [2]


def test_it_shows_both_sides_of_both_tokens() -> None:
    assert one(lambda t: (t.best(), t.best(0), t.best(1))) == (
        (4_800, 5_200), (4_800, 5_200), (4_800, 5_200)
    )  # fmt: skip
    made = Room(Says(lambda t: (t.best(), t.best(1)))).open()
    made.quotes("0.30", "0.31")
    assert made.strategy.got == [((3_000, 3_100), (6_900, 7_000))]


def test_an_empty_side_is_0_or_10000() -> None:
    made = Room(Says(lambda t: t.best())).open()
    made.say(events.snapshot, 0, bids=[("0.48", "5")], asks=[])
    made.say(events.snapshot, 0, bids=[], asks=[("0.52", "5")])
    assert made.strategy.got == [(4_800, 10_000), (0, 5_200)]


def test_it_shows_what_is_held_and_what_is_free() -> None:
    made = Room(Says(lambda t: (t.position(), t.position(1), t.spendable(), t.spendable(0))))
    made.open().holds(yes="20", no="5")
    made.quotes("0.48", "0.52")
    assert made.strategy.got == [(20 * SHARE, 5 * SHARE, 1_000 * SHARE, 20 * SHARE)]


def test_a_fill_is_held_before_it_can_be_spent() -> None:
    """Bought 10 at 0.48: matched is held, confirmed is spendable; the cash is gone at once."""

    def act(turn: Turn) -> Any:
        if turn.wake & Wake.BBO and not turn.orders():
            turn.submit(0, Side.BUY, 4_800, 10 * SHARE, post_only=True)
        return turn.position(0), turn.spendable(0), turn.spendable()

    made = room(act, Wake.BBO | Wake.ORDER)
    made.answer()
    made.fill(1, "10", confirm=False)
    assert made.strategy.got[-1] == (10 * SHARE, 0, 995_200_000)


def test_orders_are_the_open_ones_of_the_market_the_newest_first() -> None:
    def act(turn: Turn) -> Any:
        if not turn.orders():
            for price in (4_500, 4_600, 4_700):
                turn.submit(0, Side.BUY, price, 10 * SHARE)
        return turn.orders(), turn.orders(2)

    made = room(act, tokens=4)
    made.quotes("0.47", "0.52")
    assert made.strategy.got[-1] == ([3, 2, 1], [])


def test_markets_are_those_with_metadata() -> None:
    made = Room(Says(lambda t: t.markets), tokens=8)
    made.say(events.opening, cash="1")
    made.reconcile()
    for token in (6, 2):
        made.metadata(token)
    made.say(events.wake_on, 2, Wake.BBO)
    made.quotes("0.48", "0.52", token=2)
    assert made.strategy.got == [[2, 6]]


def test_open_markets_are_those_with_an_order_of_ours() -> None:
    def act(turn: Turn) -> Any:
        if turn.token == 2 and not turn.orders():
            turn.submit(2, Side.BUY, 4_000, 10 * SHARE)
        return turn.open_markets

    made = Room(Says(act), tokens=6).open()
    for token in (0, 2, 4):
        made.quotes("0.48", "0.52", token=token)
    assert made.strategy.got == [[], [], [2]]


def test_converting_says_that_a_merge_is_in_flight() -> None:
    def act(turn: Turn) -> Any:
        if not turn.converting():
            turn.merge(0, 5 * SHARE)
        return turn.converting(), turn.converting(1)

    made = Room(Says(act)).open().holds(yes="20", no="20")
    made.quotes("0.48", "0.52")
    made.quotes("0.47", "0.52")
    assert made.strategy.got == [(False, False), (True, True)]
    made.say(events.merge, 0, size="5")
    made.quotes("0.48", "0.52")
    assert made.strategy.got[-1] == (False, False)
    assert not made.refused


def test_the_view_is_the_engines() -> None:
    assert one(lambda t: t.view.book(0).feed) == FeedState.SYNCED
    assert one(lambda t: t.view.market(0).min_size) == 5 * SHARE


# ---- asking


def test_a_submit_is_the_record_that_the_builder_makes() -> None:
    made = room(lambda t: t.submit(0, Side.BUY, 4_800, 10 * SHARE, post_only=True))
    turn = made.engine.seq - 1  # the event that woke it; its intent came after
    assert made.raw == [
        events.submit(
            1, 0, "BUY", price="0.48", size="10", post_only=True, turn=turn, at=START_NS
        )
    ]  # fmt: skip
    assert made.strategy.got == [1]


def test_every_field_of_a_submit_arrives() -> None:
    expiry = START_NS + 600 * S

    def act(turn: Turn) -> None:
        turn.submit(
            1, Side.SELL, 5_200, 7_500_000, tif=Tif.GTD, expiry_ns=expiry, origin=Origin.SATELLITE
        )
        turn.submit(None, Side.BUY, 5_200, 4_000_000, tif=Tif.FAK, origin=Origin.TAKER_ARB)

    made = room(act)
    sell, buy = made.asked
    assert sell[:6] == (START_NS, expiry, 1, 0, 7_500_000, made.engine.seq - 2)
    assert (sell.token, sell.side, sell.price_pips, sell.code) == (1, 1, 5_200, Tif.GTD)
    assert sell.flags == Origin.SATELLITE << 2
    assert (buy.order_id, buy.token, buy.code, buy.size) == (2, 0, Tif.FAK, 4_000_000)


def test_a_replace_names_what_it_replaces() -> None:
    def act(turn: Turn) -> None:
        if not turn.orders():
            turn.submit(0, Side.BUY, 4_800, 10 * SHARE, post_only=True)
        else:
            turn.replace(1, 0, Side.BUY, 4_700, 8 * SHARE, post_only=True, overlap=True)

    made = room(act)
    made.answer()
    made.quotes("0.47", "0.52")
    (asked,) = made.asked
    assert (asked.kind, asked.ref, asked.order_id) == (EventKind.INTENT_REPLACE, 1, 2)
    assert asked.flags == Flag.ORDER_POST_ONLY | Flag.ORDER_OVERLAP
    assert told(made.asked) == ["replace 1: BUY YES 0.47 8"]


def test_cancels_and_conversions_are_the_records_that_the_builders_make() -> None:
    def act(turn: Turn) -> None:
        turn.cancel(7)
        turn.cancel_market()
        turn.cancel_all()
        turn.merge(None, 5 * SHARE)
        turn.split(2, 6 * SHARE)
        turn.redeem(3, 7 * SHARE)

    made = room(act, tokens=4)
    at = START_NS
    assert [events.unpack(raw)._replace(token=0).pack() for raw in made.raw[:3]] == [
        events.cancel(7, at=at),
        events.cancel_market(0, at=at),
        events.cancel_all(at=at),
    ]
    assert [intent.token for intent in made.asked[:3]] == [NO_TOKEN, 0, NO_TOKEN]
    assert made.raw[3:] == [
        events.intent_merge(0, size="5", at=at),
        events.intent_split(2, size="6", at=at),
        events.intent_redeem(3, size="7", at=at),
    ]


def test_a_slot_that_was_given_away_is_named_by_its_generation() -> None:
    made = Room(Says(lambda t: t.merge(0, SHARE))).open()
    made.say(events.retire, 0)
    made.say(events.market, 0, tick="0.01", min_size="5", fee_rate="0", generation=1)
    made.say(events.wake_on, 0, Wake.BBO, generation=1)
    made.say(
        events.snapshot, 0, bids=[("0.48", "1")], asks=[("0.52", "1")], generation=1
    )  # fmt: skip
    assert [one.generation for one in made.asked] == [1]


def test_ids_rise_from_the_last_order_that_was_taken() -> None:
    """A refused order is no order: its id is the next one's."""

    def act(turn: Turn) -> Any:
        return [
            turn.submit(0, Side.BUY, price, 10 * SHARE, post_only=True)
            for price in (4_700, 4_701, 4_600)
        ]

    made = room(act)
    assert [Refusal(r.code).name for r in made.refused] == ["OFF_TICK"]
    made.quotes("0.47", "0.52")
    assert made.strategy.got == [[1, 2, 3], [4, 5, 6]]
    made = room(lambda t: t.submit(0, Side.BUY, 4_701, 10 * SHARE))
    made.quotes("0.47", "0.52")
    assert made.strategy.got == [1, 1]


def test_intents_of_one_turn_share_its_number_and_its_cooldown() -> None:
    def act(turn: Turn) -> None:
        turn.submit(0, Side.BUY, 4_700, 10 * SHARE, post_only=True)
        turn.submit(1, Side.BUY, 4_700, 10 * SHARE, post_only=True)

    made = room(act, cooldown_ns=30 * S)
    assert {intent.amount for intent in made.asked} == {made.engine.seq - 2}
    assert not made.refused
    made.quotes("0.47", "0.52")
    assert {Refusal(r.code).name for r in made.refused} == {"COOLDOWN"}


def test_numbers_of_numpy_and_of_enums_are_numbers() -> None:
    def act(turn: Turn) -> int:
        turn.cancel(np.uint64(3))
        turn.merge(np.uint32(1), np.int64(SHARE))
        return turn.submit(np.int64(1), Side.SELL, np.int16(5_200), np.int64(SHARE), tif=Tif.GTC)

    made = room(act)
    assert made.strategy.got == [1]
    assert [intent.token for intent in made.asked] == [NO_TOKEN, 1, 1]


# ---- what it refuses

BAD: list[tuple[str, Callable[[Turn], Any], type[Exception], str]] = [
    ("side", lambda t: t.submit(0, 2, 4_800, SHARE), ValueError,
     "side: 2 is not in 0..1: Side.BUY is 0, Side.SELL 1"),
    ("side as text", lambda t: t.submit(0, "BUY", 4_800, SHARE), TypeError,
     "side: 'BUY' is no integer: Side.BUY is 0, Side.SELL 1"),
    ("price", lambda t: t.submit(0, 0, 10_001, SHARE), ValueError,
     "price_pips: 10001 is not in 0..10000; 0.52 is 5200"),
    ("price below 0", lambda t: t.submit(0, 0, -1, SHARE), ValueError, "price_pips: -1 is not in"),
    ("price as a float", lambda t: t.submit(0, 0, 0.52, SHARE), TypeError,
     "price_pips: 0.52 is no integer; 0.52 is 5200"),
    ("price as a flag", lambda t: t.submit(0, 0, True, SHARE), TypeError,
     "price_pips: True is no integer"),
    ("size 0", lambda t: t.submit(0, 0, 4_800, 0), ValueError,
     "size: 0 is not in 1..900000000000000: microshares, micro-pUSD of a FAK or FOK BUY"),
    ("size as a float", lambda t: t.submit(0, 0, 4_800, 1e6), TypeError,
     "size: 1000000.0 is no integer"),
    ("size beyond 64 bits", lambda t: t.submit(0, 0, 4_800, 1 << 70), ValueError,
     f"size: {1 << 70} is not in 1.."),
    ("tif", lambda t: t.submit(0, 0, 4_800, SHARE, tif=4), ValueError,
     "tif: 4 is not in 0..3: a Tif"),
    ("origin", lambda t: t.submit(0, 0, 4_800, SHARE, origin=4), ValueError,
     "origin: 4 is not in 0..3: an Origin"),
    ("expiry", lambda t: t.submit(0, 0, 4_800, SHARE, tif=1, expiry_ns=-1), ValueError,
     "expiry_ns: -1 is not in 0.."),
    ("nothing", lambda t: t.submit(0, 0, 4_800, None), TypeError, "size: None is no integer"),
    ("token", lambda t: t.submit(2, 0, 4_800, SHARE), IndexError, "token: 2 is not in 0..1"),
    ("token below 0", lambda t: t.best(-1), IndexError, "token: -1 is not in 0..1"),
    ("token as text", lambda t: t.position("YES"), TypeError,
     "token: 'YES' is no integer; a token is its index, as turn.token"),
    ("token of spendable", lambda t: t.spendable(9), IndexError, "token: 9 is not in 0..1"),
    ("token of orders", lambda t: t.orders(9), IndexError, "token: 9 is not in 0..1"),
    ("token of converting", lambda t: t.converting(9), IndexError, "token: 9 is not in 0..1"),
    ("token of cancel_market", lambda t: t.cancel_market(9), IndexError, "token: 9 is not"),
    ("token of merge", lambda t: t.merge(9, SHARE), IndexError, "token: 9 is not in 0..1"),
    ("size of merge", lambda t: t.merge(0, 0), ValueError, "size: 0 is not in 1.."),
    ("size of split", lambda t: t.split(0, -SHARE), ValueError, "size: -1000000 is not in 1.."),
    ("size of redeem", lambda t: t.redeem(0, 0.5), TypeError, "size: 0.5 is no integer"),
    ("order", lambda t: t.cancel(0), ValueError,
     "order_id: 0 is no id of an order; submit and replace return one"),
    ("order below 0", lambda t: t.cancel(-4), ValueError, "order_id: -4 is no id"),
    ("order beyond 64 bits", lambda t: t.cancel(1 << 64), ValueError, "is no id of an order"),
    ("no order", lambda t: t.cancel(None), TypeError, "order_id: None is no integer"),
    ("order to replace", lambda t: t.replace(0, 0, 0, 4_800, SHARE), ValueError,
     "order_id: 0 is no id of an order"),
]  # fmt: skip


@pytest.mark.parametrize("act, kind, text", [row[1:] for row in BAD], ids=[r[0] for r in BAD])
def test_it_says_what_is_wrong(
    act: Callable[[Turn], Any], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind) as error:
        room(act)
    assert text in str(error.value)


def test_what_was_refused_has_left_no_intent() -> None:
    def act(turn: Turn) -> None:
        for bad in (lambda: turn.submit(0, 2, 4_800, SHARE), lambda: turn.cancel(0)):
            with pytest.raises(ValueError, match="is n"):
                bad()
        turn.submit(0, Side.BUY, 4_700, 10 * SHARE)

    made = room(act)
    assert [intent.order_id for intent in made.asked] == [1]


def test_1024_intents_are_a_turn_and_one_more_is_not() -> None:
    made = room(lambda t: [t.cancel(k) for k in range(1, 1_025)])
    assert len(made.asked) == 1_024
    with pytest.raises(OverflowError, match="turn: more than 1024 intents"):
        room(lambda t: [t.cancel(k) for k in range(1, 1_026)])


def test_an_intent_too_many_ends_the_turn_even_if_it_was_caught() -> None:
    def act(turn: Turn) -> None:
        for _ in range(1_024):
            turn.cancel_all()
        with pytest.raises(OverflowError):
            turn.submit(0, Side.BUY, 4_700, 10 * SHARE)

    with pytest.raises(OverflowError, match="turn: 1 intents more than 1024"):
        room(act)


OUTSIDE: list[Callable[[Turn], Any]] = [
    lambda t: t.now_ns, lambda t: t.token, lambda t: t.wake, lambda t: t.kind, lambda t: t.event,
    lambda t: t.view, lambda t: t.markets, lambda t: t.open_markets, lambda t: t.best(),
    lambda t: t.position(), lambda t: t.spendable(), lambda t: t.converting(),
    lambda t: t.orders(), lambda t: t.quotes(), lambda t: t.rules(),
    lambda t: t.submit(0, 0, 1, 1), lambda t: t.replace(1, 0, 0, 1, 1), lambda t: t.cancel(1),
    lambda t: t.cancel_market(), lambda t: t.cancel_all(), lambda t: t.merge(0, 1),
    lambda t: t.split(0, 1), lambda t: t.redeem(0, 1),
]  # fmt: skip


@pytest.mark.parametrize("use", OUTSIDE)
def test_it_is_for_on_wake_only(use: Callable[[Turn], Any]) -> None:
    """A turn that never ran holds no engine; one that ran must not look into the future."""
    with pytest.raises(RuntimeError, match="turn: used outside of on_wake"):
        use(Turn())
    made = room(lambda t: t)
    gc.collect()
    with pytest.raises(RuntimeError, match="a strategy acts only when it is woken"):
        use(made.strategy.got[0])


def test_it_is_closed_after_an_exception_too() -> None:
    kept: list[Turn] = []

    def act(turn: Turn) -> None:
        kept.append(turn)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        room(act)
    with pytest.raises(RuntimeError, match="outside of on_wake"):
        kept[0].best()


# ---- run_turn


def woken() -> tuple[Engine, bytes]:
    engine = Engine(EngineConfig(tokens=2, orders=16, fills=64, tombstones=16))
    book = events.snapshot(0, bids=[("0.48", "1")], asks=[("0.52", "1")], at=START_NS)
    for record in (events.wake_on(0, Wake.BBO, at=START_NS), *book):
        effects = engine.step(record)
    assert len(effects) // 72 == 1 or effects[-72:]
    return engine, book[-1]


def test_run_turn_wants_the_record_of_the_event() -> None:
    engine, _ = woken()
    for wrong in (b"", b"x" * 63, "x" * 64, None):
        with pytest.raises(ValueError, match="event: a record of 64 bytes"):
            run_turn(engine, wrong, Says(lambda t: None), Turn())


def test_run_turn_wants_an_engine_that_woke_somebody() -> None:
    engine, event = woken()
    engine.step(events.timer(at=START_NS))
    with pytest.raises(ValueError, match="woke nobody"):
        run_turn(engine, event, Says(lambda t: None), Turn())


def test_run_turn_wants_something() -> None:
    engine, event = woken()
    with pytest.raises(TypeError):
        run_turn(None, event, Says(lambda t: None), Turn())
    with pytest.raises(TypeError):
        run_turn(engine, event, Says(lambda t: None), None)
    with pytest.raises(AttributeError, match="on_wake"):
        run_turn(engine, event, object(), Turn())


def test_a_compiled_strategy_without_a_function_is_named() -> None:
    class Empty(CompiledStrategy):
        pass

    engine, event = woken()
    with pytest.raises(TypeError, match="Empty: a compiled strategy that sets no function"):
        run_turn(engine, event, Empty(), Turn())


def test_one_turn_serves_one_engine_after_another() -> None:
    turn = Turn()
    says = Says(lambda t: (t.now_ns, t.view.market(0).generation, t.best()))
    for _ in range(2):
        engine, event = woken()
        run_turn(engine, event, says, turn)
        del engine
        gc.collect()
    assert says.got[0] == says.got[1]


def test_a_turn_within_a_turn_is_refused() -> None:
    engine, event = woken()
    inner = Says(lambda t: None)
    with pytest.raises(RuntimeError, match="this turn is running"):
        run_turn(engine, event, Says(lambda t: run_turn(engine, event, inner, t)), Turn())


def test_it_is_not_woken_by_its_own_intents() -> None:
    made = Room(Says(lambda t: t.cancel_all(), Wake.ORDER | Wake.BBO)).open()
    effects = made.quotes("0.48", "0.52")
    assert made.turns == 1
    assert [e.kind for e in effects].count(EffectKind.WAKE) == 1
