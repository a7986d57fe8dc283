"""One seed: a world with faults, then a calm one, in which the engine must end as the exchange.

Safety is looked after in the world, after each event (docs/invariants.md, 1 to 29). Here: liveness,
truth, replay, the auditor, needless rejects and starts from a snapshot (30 to 39).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clobstep import events
from clobstep.core import EFFECT_DTYPE, EVENT_DTYPE, Engine
from clobstep.enums import (
    Fault,
    FeedState,
    OperatorCode,
    OrderState,
    Reject,
    SessionState,
    Side,
    Tif,
    TradeState,
)
from clobstep.replay import _loop
from clobstep.strategy._turn import CompiledStrategy
from clobstep_sim.auditor import Auditor, compare, follow
from clobstep_sim.fuzz.profile import Profile
from clobstep_sim.fuzz.scene import OURS, SECOND, START_NS, Scene, make
from clobstep_sim.kernel import Stream
from clobstep_sim.world import KNOBS

CRASH: Final = 1
HALTED: Final = 4
STOPS: Final = {
    3: "invariant", HALTED: "the core halted itself", 5: "forbidden submit", 7: "timer",
    9: "judged",
}  # fmt: skip
QUIET_NS: Final = 200 * SECOND  # the strategy trades on without faults
STEP_NS: Final = 30 * SECOND
BOUND: Final = 60  # steps until everything has to be at rest
NARROW_PIPS: Final = 5  # a finer grid needs a wide ladder
ROOM: Final = 4  # wide ladders for all markets there can be
LOOK_EVERY: Final = 250  # events between two looks of the auditor at all readings
LOOK_AT_ALL_EVERY: Final = 2_500  # and at orders that ended long ago
# what makes the venue reject an order that was right when it left
EXPLAIN: Final = ("storm_every", "tick_every", "gamma_garbage_ppm", "minimum_every")
UNBOUNDED: Final = 1 << 62
NO_MARKS: Final = (np.zeros(0, np.int64), np.zeros(0, np.uint64))  # of a replay: no checkpoints


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
    restored: int = 0
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
    if result.restored:
        result.counts["faults"][KNOBS.index("snapshot_ppm")] = result.restored
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
            result.number = detail if stop in (3, 5, 9) else 30
            what = Fault(detail).name if stop == HALTED else str(detail)
            result.said = [f"{STOPS.get(stop, 'exchange')}: {what}, order {order}"]
            return False
        result.crashes += 1
        scene.engine = _started(scene, result, scene.world.log())
        if result.said:
            return False
        scene.world.revive(scene.engine, SECOND + outages.exponential(30) * SECOND)
    return True


def _started(scene: Scene, result: Result, log: bytes) -> Engine:
    """Our process after a crash: from the journal alone, or from a snapshot and what came after."""
    engine = replayed(scene, log)
    if not scene.snapshots.chance(scene.knobs["snapshot_ppm"]):
        return engine
    result.restored += 1
    size = EVENT_DTYPE.itemsize
    at = size * scene.snapshots.below(len(log) // size + 1)
    restored = Engine.restore(replayed(scene, log[:at]).snapshot())
    _step(restored, log[at:])
    if restored.snapshot() != engine.snapshot():
        _blame(result, 39, iter([f"a start from the snapshot at event {at // size} is another"]))
    return restored


def replayed(scene: Scene, log: bytes) -> Engine:
    """The engine that this journal makes."""
    engine = Engine(scene.config)
    _step(engine, log)
    return engine


def _step(engine: Engine, log: bytes) -> None:
    for _ in _effects(engine, log, np.empty(engine.effects_needed + 8192, dtype=EFFECT_DTYPE)):
        pass


def _effects(engine: Engine, log: bytes, room: NDArray[np.void]) -> Iterator[NDArray[np.void]]:
    """Step these events; their effects, as many at a time as there is room for."""
    events = np.frombuffer(log, dtype=EVENT_DTYPE)
    # unlike step_batch this does not come back after each event that wakes a strategy
    while len(events):
        taken, written, _ = _loop.run(engine, events, room, *NO_MARKS, 0)
        yield room[:written]
        events = events[taken:]


def _come_to_rest(scene: Scene, result: Result, outages: Stream) -> None:
    """Without faults: trade on, then let everything end; liveness within bounds, then the truth."""
    world = scene.world
    # the core's time stands still while it is ahead
    ahead_ns = max(0, scene.engine.view.now_ns - world.now_ns)
    if not _go(scene, result, outages, UNBOUNDED, world.now_ns + ahead_ns + QUIET_NS):
        return
    _blame(result, 45, (f"market {k}: its breaker is stuck" for k in world.stuck_breakers()))
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
        _blame(result, 44, _unsaid(scene))
        _blame(result, 51, _terms_differ(scene))
        _blame(result, 47, _profit_differs(scene))
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
    for token in _booked(scene):
        if view.market(token).feed != FeedState.SYNCED:  # a quiet market is silent now and then
            yield f"token {token}: the feed is {FeedState(view.market(token).feed).name}"
    for account in (view.cash, *(view.token(token) for token in range(scene.config.tokens))):
        if account.incoming or account.outgoing:
            yield "trades are not settled"


def _orders_differ(scene: Scene) -> Iterator[str]:
    view, exchange = scene.engine.view, scene.exchange
    ours, theirs = set(view.orders()), set(exchange.open_orders(OURS))
    for order_id in sorted(ours - theirs):
        yield f"order {order_id} is open with us, at the exchange {exchange.order(OURS, order_id)}"
    for order_id in sorted(theirs - ours):
        if (dust := exchange.order(OURS, order_id)) and dust["leaves"] <= scene.config.dust:
            continue  # whole for us, until a read finds it and it is cancelled
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


def _unsaid(scene: Scene) -> Iterator[str]:
    """Orders that filled after the engine held them for over, and of which it said nothing."""
    late = set(scene.world.late_and_unsaid())
    for taker, maker, *_, status, _, _ in scene.exchange.trades() if late else ():
        for order_id in late & {taker, maker}:
            if status == TradeState.CONFIRMED:
                yield f"order {order_id} filled after it was held for over, and no alert came"


def _profit_differs(scene: Scene) -> Iterator[str]:
    """Cash received less paid, and fees, of each market; what is flat cost nothing."""
    view = scene.engine.view
    for token in range(0, scene.config.tokens, 2):
        market, (flow, fees) = view.market(token), scene.world.truth(token // 2)
        if (market.flow, market.fees) != (flow, fees):
            yield (
                f"market {token // 2}: flow {market.flow}, fees {market.fees} with us, "
                f"{flow}, {fees} at the exchange"
            )
        for one, cost in ((token, market.cost_yes), (token + 1, market.cost_no)):
            if cost and not view.token(one).settled:
                yield f"token {one}: nothing is left of it, and it cost {cost}"


def _terms_differ(scene: Scene) -> Iterator[str]:
    view = scene.engine.view
    for k, terms in enumerate(scene.exchange.terms()):
        market = view.market(2 * k)
        for name in ("tick_pips", "min_size", "fee_ppm"):
            if getattr(market, name) != terms[name]:
                yield f"market {k}: {name} is {getattr(market, name)} with us, {terms[name]} there"


def _booked(scene: Scene) -> Iterator[int]:
    """Markets that the engine has room for; of the others it said BOOK_CAPACITY."""
    for k, terms in enumerate(scene.exchange.terms()):
        if terms["tick_pips"] >= NARROW_PIPS or scene.config.wide_books >= ROOM:
            yield 2 * k


def _books_differ(scene: Scene) -> Iterator[str]:
    view, exchange = scene.engine.view, scene.exchange
    for token in _booked(scene):
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
    was_on = gc.isenabled()
    gc.disable()  # it would look for cycles among ever more fills, and there are none
    try:
        yield from _gone_over(scene, log)
    finally:
        if was_on:
            gc.enable()


def _gone_over(scene: Scene, log: bytes) -> Iterator[str]:
    engine, auditor = Engine(scene.config), Auditor(scene.config)
    n_events = len(log) // EVENT_DTYPE.itemsize
    room = np.empty(engine.effects_needed + 8192, dtype=EFFECT_DTYPE)

    def step(events: bytes) -> bytes:
        return b"".join(effects.tobytes() for effects in _effects(engine, events, room))

    for start in range(0, n_events, LOOK_EVERY):
        at, found = follow(step, auditor, log, start, min(start + LOOK_EVERY, n_events))
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
