"""One seed: a world with faults, then a calm one, in which the engine must end as the exchange.

Safety is looked after in the world, after each event (docs/invariants.md, 1 to 29). Here: liveness,
truth, replay, the auditor and needless rejects (30 to 38).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from clobstep import events
from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE, Engine
from clobstep.enums import (
    FeedState,
    OperatorCode,
    OrderState,
    Reject,
    SessionState,
    Side,
    Tif,
)
from clobstep.strategy._turn import CompiledStrategy
from clobstep_sim.auditor import Auditor, compare, follow
from clobstep_sim.fuzz.profile import Profile
from clobstep_sim.fuzz.scene import OURS, SECOND, START_NS, Scene, make
from clobstep_sim.kernel import Stream

CRASH: Final = 1
STOPS: Final = {3: "invariant", 4: "the core halted itself", 5: "forbidden submit", 7: "timer"}
QUIET_NS: Final = 200 * SECOND  # the strategy trades on without faults
STEP_NS: Final = 30 * SECOND
BOUND: Final = 60  # steps until everything has to be at rest
NARROW_PIPS: Final = 5  # a finer grid needs a wide ladder
LOOK_EVERY: Final = 250  # events between two looks of the auditor at all readings
LOOK_AT_ALL_EVERY: Final = 2_500  # and at orders that ended long ago
# what makes the venue reject an order that was right when it left
EXPLAIN: Final = ("storm_every", "tick_every", "gamma_garbage_ppm")
UNBOUNDED: Final = 1 << 62


@dataclass
class Result:
    """What a seed came to. `number`: of the invariant that broke, 0 if none did."""

    seed: int
    profile: str
    number: int = 0
    said: list[str] = field(default_factory=list)
    chain: int = 0
    events: int = 0
    virtual_ns: int = 0
    crashes: int = 0
    counts: dict[str, Any] = field(default_factory=dict)
    log: bytes = b""
    wire: dict[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether nothing broke."""
        return not self.said


def run_seed(
    seed: int,
    profile: Profile,
    n_events: int,
    *,
    strategy: CompiledStrategy | None = None,
    audit: int = 0,
    wired: bool = False,
) -> Result:
    """The whole life of one world; the auditor goes over so many events of its journal.

    `wired`: the exchange's words go through the venue's bytes, slowly; all else is the same.
    """
    result = Result(seed, profile.name)
    scene = make(seed, profile.for_seed(seed), strategy=strategy, wired=wired)
    outages = Stream(seed, "outages")
    if _go(scene, result, outages, n_events, UNBOUNDED):
        result.events = scene.world.counts()["given"]
        scene.world.calm()
        _come_to_rest(scene, result, outages)
    result.counts = scene.world.counts()
    result.virtual_ns = scene.world.now_ns - START_NS
    result.chain = scene.engine.chain
    result.log = scene.world.log()
    if scene.wire is not None:
        result.wire = dict(scene.wire.counts)
    if result.passed:
        _blame(result, 36, _replays(scene, result.log))
        _blame(result, 38, _needless(scene, result))
    if result.passed and audit:
        _blame(result, 37, _audited(scene, result.log[: audit * EVENT_DTYPE.itemsize]))
    return result


def _blame(result: Result, number: int, said: Iterator[str]) -> None:
    found = list(said)
    if found and not result.said:
        result.number, result.said = number, found


def _go(scene: Scene, result: Result, outages: Stream, n_events: int, until_ns: int) -> bool:
    """Run on through crashes; False when something broke."""
    while stop := scene.world.run(n_events, until_ns):
        if stop != CRASH:
            _, detail, order = scene.world.stopped
            result.number = detail if stop in (3, 5) else 30
            result.said = [f"{STOPS.get(stop, 'exchange')}: {detail}, order {order}"]
            return False
        result.crashes += 1
        scene.engine = replayed(scene, scene.world.log())
        scene.world.revive(scene.engine, SECOND + outages.exponential(30) * SECOND)
    return True


def replayed(scene: Scene, log: bytes) -> Engine:
    """The engine that this journal makes."""
    engine = Engine(scene.config)
    array = np.frombuffer(log, dtype=EVENT_DTYPE)
    effects = np.zeros(engine.effects_needed + 8192, dtype=EFFECT_DTYPE)
    at = 0
    while at < len(array):
        taken, _ = engine.step_batch(array[at : at + 4096], effects)
        at += taken
    return engine


def _come_to_rest(scene: Scene, result: Result, outages: Stream) -> None:
    """Without faults: trade on, then let everything end; liveness within bounds, then the truth."""
    world = scene.world
    if not _go(scene, result, outages, UNBOUNDED, world.now_ns + QUIET_NS):
        return
    _lift(scene)
    if not _go(scene, result, outages, UNBOUNDED, world.now_ns + QUIET_NS):
        return
    world.rest()
    for cancels in (False, True):  # with what rests, then without
        if cancels:
            _operate(scene, OperatorCode.CANCEL_ALL)
        for _ in range(BOUND):
            if not _go(scene, result, outages, UNBOUNDED, world.now_ns + STEP_NS):
                return
            if not (waits := list(_waits(scene, cancels))):
                break
        else:
            _blame(result, 31, iter(waits))
            return
        _blame(result, 32, _orders_differ(scene))
        _blame(result, 33, _money_differs(scene))
        _blame(result, 34, _books_differ(scene))
        _blame(result, 35, iter([wrong] if (wrong := scene.exchange.check()) else []))


def _operate(scene: Scene, code: OperatorCode) -> None:
    scene.world.hear(events.operator(code, at=0))


def _lift(scene: Scene) -> None:
    """A person lifts what only a person lifts."""
    _operate(scene, OperatorCode.LIFT_HOLD)
    _operate(scene, OperatorCode.RESET_BREAKER)
    for token in range(0, scene.config.tokens, 2):
        generation = scene.engine.view.market(token).generation
        for code in (
            OperatorCode.LIFT_LOSS_STOP,
            OperatorCode.CLEAR_UNHEDGED,
            OperatorCode.RESET_BREAKER,
        ):
            scene.world.hear(events.operator(code, token=token, generation=generation, at=0))
    _operate(scene, OperatorCode.RESUME)


def _waits(scene: Scene, cancels: bool) -> Iterator[str]:
    """What is not at rest yet."""
    view = scene.engine.view
    if scene.world.open_mail:
        yield "requests, answers or words are under way"
    if view.session not in (SessionState.TRADING, SessionState.DRAINING):
        yield f"the session is {SessionState(view.session).name}, fault {view.fault}"
    for order_id in view.orders():
        order = view.order(order_id)
        assert order is not None
        at_rest = order.state == OrderState.LIVE and order.tif <= Tif.GTD and not cancels
        if not at_rest or order.request or order.done or order.cancel_wanted:
            yield f"order {order_id} is {OrderState(order.state).name}, request {order.request}"
    if view.cash.incoming or view.cash.outgoing:
        yield "trades are not settled"


def _orders_differ(scene: Scene) -> Iterator[str]:
    view, exchange = scene.engine.view, scene.exchange
    ours, theirs = set(view.orders()), set(exchange.open_orders(OURS))
    for order_id in sorted(ours - theirs):
        yield f"order {order_id} is open with us, at the exchange {exchange.order(OURS, order_id)}"
    for order_id in sorted(theirs - ours):
        yield f"order {order_id} is open at the exchange, with us {view.order(order_id)}"
    for order_id in sorted(ours & theirs):
        mine, truth = view.order(order_id), exchange.order(OURS, order_id)
        assert mine is not None
        assert truth is not None
        if mine.leaves != truth["leaves"]:
            yield f"order {order_id}: {mine.leaves} left with us, {truth['leaves']} at the exchange"


def _money_differs(scene: Scene) -> Iterator[str]:
    view, exchange = scene.engine.view, scene.exchange
    cash = exchange.money(OURS)["settled"]
    if view.cash.settled != cash:
        yield f"cash {view.cash.settled} with us, {cash} at the exchange"
    for token in range(scene.config.tokens):
        mine, truth = view.token(token), exchange.tokens(OURS, token)["settled"]
        if mine.settled != truth or mine.incoming or mine.outgoing:
            yield f"token {token}: {mine} with us, {truth} at the exchange"


def _books_differ(scene: Scene) -> Iterator[str]:
    view, exchange = scene.engine.view, scene.exchange
    for token in range(0, scene.config.tokens, 2):
        if (
            scene.exchange.terms()[token // 2]["tick_pips"] < NARROW_PIPS
            and scene.config.wide_books < 4
        ):
            continue  # no room for such a book: the engine said BOOK_CAPACITY
        if view.market(token).feed != FeedState.SYNCED:
            yield f"token {token}: the feed is {FeedState(view.market(token).feed).name}"
        for side, truth in zip((Side.BUY, Side.SELL), exchange.book(token), strict=True):
            mine = view.levels(token, side)
            if mine != truth:
                yield f"token {token}, {side.name}: {set(mine) ^ set(truth)} differ"


def _needless(scene: Scene, result: Result) -> Iterator[str]:
    """Rejects of what the guard should not have let out, where nothing else explains them."""
    if any(scene.knobs[name] for name in EXPLAIN):
        return
    for reason in (Reject.TICK, Reject.MIN_SIZE, Reject.AMOUNTS, Reject.PAYLOAD):
        if times := result.counts["rejects"].get(reason):
            yield f"{times} orders were rejected for {reason.name}"


def _audited(scene: Scene, log: bytes) -> Iterator[str]:
    """The first event after which engine and auditor part."""
    engine, auditor = Engine(scene.config), Auditor(scene.config)
    n_events = len(log) // EVENT_DTYPE.itemsize
    for start in range(0, n_events, LOOK_EVERY):
        at, found = follow(engine.step, auditor, log, start, min(start + LOOK_EVERY, n_events))
        if not found:
            found = compare(engine, auditor, everything=start % LOOK_AT_ALL_EVERY == 0)
        if found:
            yield from (f"event {at}: {line}" for line in found)
            return
    yield from compare(engine, auditor)
    yield from auditor.check()


def _replays(scene: Scene, log: bytes) -> Iterator[str]:
    again = replayed(scene, log)
    if again.chain != scene.engine.chain:
        yield f"a replay's chain is {again.chain:016x}, the run's {scene.engine.chain:016x}"
