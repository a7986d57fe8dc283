"""Random records by the million, in this process or, run as a program, on another build.

Of every hundred records ninety carry a time within a second of now, and of those nearly all a
token of the engine with its generation; half of them are otherwise well-formed for their kind, with
small ids, so that they find orders and trades. The rest is random bytes. Between chunks a few good
events heal what the chunk broke, so that the guard and the ledger see work again.

As a program: EVENTS and SEED from the environment; prints a report as JSON.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from clobstep import EFFECT_DTYPE, EVENT_DTYPE, Engine, EngineConfig, events
from clobstep.core import BUILD_MODE
from clobstep.enums import MAX_SIZE, EventKind, Fault, SessionState

S: Final = 1_000_000_000
CHUNK: Final = 512
LIFE: Final = 64  # chunks that an engine lives; less when a table overflows
START_NS: Final = 1_790_000_000 * S
CONFIG: Final = {
    "tokens": 8, "orders": 256, "fills": 1024, "tombstones": 64, "wide_books": 1, "cooldown_ns": 0,
    "reject_limit": 50, "global_markets": 4, "unknown_span_ns": 2 * S, "request_timeout_ns": 2 * S,
    "owed_timeout_ns": 3 * S, "stale_after_ns": 4 * S, "loss_market_micros": 10**13,
    "market_rate": 1_000, "market_burst": 1_000, "signer_rate": 1_000, "signer_burst": 1_000,
}  # fmt: skip
CODES: Final = {
    EventKind.BOOK_SNAPSHOT: 4, EventKind.FEED: 7, EventKind.VENUE: 2, EventKind.HEARTBEAT: 2,
    EventKind.ACCEPTED: 4, EventKind.REJECTED: 22, EventKind.CANCEL_REFUSED: 9, EventKind.PLACED: 4,
    EventKind.MATCHED: 4, EventKind.CANCELED: 9, EventKind.FOUND: 4, EventKind.TRADE: 6,
    EventKind.INTENT_SUBMIT: 4, EventKind.INTENT_REPLACE: 4, EventKind.OPERATOR: 8,
}  # fmt: skip
FLAGS: Final = {
    EventKind.BOOK_DELTA: 3, EventKind.BOOK_SNAPSHOT: 3, EventKind.BEST: 1, EventKind.ACCEPTED: 1,
    EventKind.CANCEL_ACCEPTED: 1, EventKind.PLACED: 1, EventKind.MATCHED: 1, EventKind.CANCELED: 1,
    EventKind.FOUND: 1, EventKind.TRADE: 15, EventKind.INTENT_SUBMIT: 13,
    EventKind.INTENT_REPLACE: 15, EventKind.WAKE_ON: 63, EventKind.MARKET: 1,
}  # fmt: skip
RARE: Final = {
    EventKind.OPERATOR, EventKind.CLUSTER, EventKind.MARKET, EventKind.BALANCE, EventKind.VENUE,
    EventKind.RECONCILED, EventKind.HEARTBEAT, EventKind.FEED, EventKind.TICK_CHANGE,
    EventKind.RESOLVED, EventKind.RESTARTED, EventKind.BOOK_SNAPSHOT,
}  # fmt: skip
KINDS: Final = [kind for kind in EventKind for _ in range(1 if kind in RARE else 60)]
"""The rare ones stop trading for the rest of a chunk, or for good."""
ENDINGS: Final = [EventKind.RESOLVED, EventKind.RESTARTED, EventKind.RECONCILED]
TICKS: Final = np.array([1000, 100, 50, 25, 10, 1])
Array = npt.NDArray[Any]


def records(rng: np.random.Generator, engine: Engine, n: int, last_order: int) -> Array:
    """`n` records around the engine's present; intents use ids above `last_order`."""
    batch = np.frombuffer(rng.bytes(64 * n), EVENT_DTYPE).copy()
    kinds = np.array(KINDS, "u1")
    batch["kind"] = np.where(rng.random(n) < 0.9, rng.choice(kinds, n), batch["kind"])
    ends = np.isin(batch["kind"], ENDINGS) & (rng.random(n) < 0.9)
    batch["kind"][ends] = EventKind.TIMER
    near = rng.random(n) < 0.9
    token = rng.integers(0, 8, n).astype("u4")
    generation = np.array([engine.view.market(t).generation for t in range(8)], "u2")
    batch["time_ns"][near] = engine.view.now_ns + rng.integers(-S, S + 1, n)[near]
    batch["token"][near] = token[near]
    batch["generation"][near] = generation[token][near]
    known = np.array([*engine.view.orders(), *range(last_order - 9, last_order + 1)])
    shape(rng, batch, near & (rng.random(n) < 0.5), known, last_order)
    return batch


def shape(
    rng: np.random.Generator, batch: Array, which: Array, known: Array, last_order: int
) -> None:
    """Make these records well-formed for their kind, with small numbers and known ids."""
    n = len(batch)
    kind = batch["kind"]
    codes, flags = np.ones(256, "u1"), np.zeros(256, "u1")
    for name, limit in CODES.items():
        codes[name] = limit
    for name, bits in FLAGS.items():
        flags[name] = bits
    tick: Array = np.where(rng.random(n) < 0.95, 100, 1)
    intent = (kind == EventKind.INTENT_SUBMIT) | (kind == EventKind.INTENT_REPLACE)
    metadata = (kind == EventKind.MARKET) | (kind == EventKind.TICK_CHANGE)
    fresh = last_order + 1 + np.arange(n)
    order_id = np.where(intent, fresh, rng.choice(known, n))
    order_id[(rng.random(n) < 0.01) & ~intent] += 10**6
    huge = rng.choice(np.array([1, 7, 10_000_001, MAX_SIZE, MAX_SIZE // 3]), n)
    small = rng.integers(1, 3_000, n) * 10_000
    soon = np.where(batch["code"] % 4 == 1, batch["time_ns"] + 600 * S, 0)
    venue = np.where(rng.random(n) < 0.5, 0, batch["time_ns"] - rng.integers(0, 2 * S, n))
    side = rng.integers(0, 2, n)
    quote = np.where(side == 0, rng.integers(40, 51, n), rng.integers(51, 61, n)) * 100
    price = np.where(intent, quote, rng.integers(0, 10_001, n) // tick * tick)
    code = batch["code"] % codes[kind]
    mask = np.where(kind == EventKind.TRADE, 5, np.where(intent & (code > 1), 0xFE, 0xFF))
    target = np.where(intent, rng.choice(known, n), rng.integers(1, 400, n))
    change: dict[str, Array] = {
        "order_id": np.maximum(order_id, 1),
        "ref": np.maximum(target, 1),
        "size": np.where(rng.random(n) < 0.98, small, huge),
        "amount": np.where(rng.random(n) < 0.99, small, huge),
        "price_pips": np.where(metadata, rng.choice(TICKS, n), price),
        "bid_pips": rng.integers(0, 60, n) * 100,
        "ask_pips": rng.integers(40, 101, n) * 100,
        "side": side,
        "code": code,
        "flags": batch["flags"] & flags[kind] & mask | (kind == EventKind.MARKET),
        "venue_time_ns": np.where(intent, soon, venue),
    }
    for field, values in change.items():
        batch[field][which] = values[which].astype(batch.dtype[field])
    batch["order_id"][which & (kind == EventKind.CLUSTER)] %= 5


def heal(engine: Engine) -> list[bytes]:
    """What brings the engine back to work after a chunk."""
    view, now = engine.view, engine.view.now_ns
    said: list[bytes] = [events.heartbeat("HEALTHY", at=now), events.venue("NORMAL", at=now)]
    said += [events.lock(cash="0", at=now), events.operator("LIFT_HOLD", at=now)]
    if view.session == SessionState.HALTED:
        said.append(events.restarted(at=now))
    said.append(events.operator("RESET_BREAKER", at=now))
    for token in range(0, 8, 2):
        seen = view.market(token)
        at: dict[str, Any] = {"at": now, "generation": seen.generation}
        for side in (token, token + 1):
            short = 10**10 - view.token(side).spendable
            amount = {"size": min(max(short, 0), MAX_SIZE), "amount": 0, "token": side}
            said.append(events.raw(EventKind.DEPOSIT, generation=seen.generation, at=now, **amount))
        said += empty(engine, token, at) if seen.resolved else []
        if seen.resolved:
            at["generation"] += 1
        said.append(events.market(token, tick="0.01", min_size="0.01", fee_rate="0.05", **at))
        book: dict[str, Any] = {"bids": [("0.45", "9000")], "asks": [("0.55", "9000")]}
        said += events.snapshot(token, **book, **at)
        for word in ("LIFT_LOSS_STOP", "CLEAR_UNHEDGED", "RESET_BREAKER"):
            said.append(events.operator(word, token=token, **at))
    cash = min(max(10**12 - view.cash.spendable, 0), MAX_SIZE)
    said.append(events.raw(EventKind.DEPOSIT, at=now, token=0xFFFFFFFF, amount=cash))
    return [*said, events.reconcile_begun(at=now)]


def empty(engine: Engine, token: int, at: dict[str, Any]) -> list[bytes]:
    """Take our shares out of a resolved condition and give its slot away, if it lets us."""
    said = []
    for side in (token, token + 1):
        held = engine.view.token(side).settled
        kind = EventKind.WITHDRAWAL if held > 0 else EventKind.DEPOSIT
        size = min(abs(held), MAX_SIZE)
        said.append(
            events.raw(kind, at=at["at"], token=side, generation=at["generation"], size=size)
        )
    return [*said, events.retire(token, **at)]


def read_orders(engine: Engine) -> list[bytes]:
    """The end of a reconciliation: every open order is found, or every other one if many are."""
    view, now = engine.view, engine.view.now_ns
    said = []
    crowded = len(view.orders()) > 120
    for k, order_id in enumerate(view.orders()):
        if crowded and k % 2:
            said.append(events.canceled(order_id, at=now))
            continue
        order: Any = view.order(order_id)
        fields = {"order_id": order_id, "token": order.token, "side": order.side}
        fields |= {"price_pips": order.price_pips, "amount": max(1, order.original)}
        fields["generation"] = view.market(order.token).generation
        said.append(events.raw(EventKind.FOUND, at=now, **fields))
    said.append(events.reconciled(read_up_to=now - S, at=now))
    said.append(events.operator("RESUME", at=now))
    return said


def run(n: int, seed: int) -> dict[str, Any]:
    """Step at least `n` records. Every fault but those from outside is an error here."""
    rng = np.random.default_rng(seed)
    total: dict[str, Counter[str]] = {k: Counter() for k in ("counters", "refusals", "faults")}
    chains, stepped = [], 0
    while stepped < n:
        engine = one_life(rng, seed)
        stepped += engine.seq
        counters, refusals = engine.view.counters(), engine.view.refusals()
        assert counters["taken"] + counters["ignored"] + counters["refused"] == engine.seq
        assert sum(refusals.values()) == counters["refused"]
        total["counters"].update(counters)
        total["refusals"].update(refusals)
        total["faults"][Fault(engine.view.fault).name] += 1
        chains.append(engine.chain)
    return {"mode": BUILD_MODE, "events": stepped, "chains": chains[-3:], **total}


def one_life(rng: np.random.Generator, seed: int) -> Engine:
    """LIFE chunks on a new engine, or until a table has overflowed and the engine has halted."""
    engine = Engine(EngineConfig(**CONFIG))
    engine.step(events.timer(at=START_NS))
    effects = np.zeros(engine.effects_needed, EFFECT_DTYPE)
    last_order, stepped = 100, 1
    for _ in range(LIFE):
        for make in (heal, read_orders):
            said = make(engine)
            for record in said:
                engine.step(record)
            stepped += len(said)
        batch = records(rng, engine, CHUNK, last_order)
        last_order += CHUNK
        at = 0
        while at < CHUNK:
            taken, _ = engine.step_batch(batch[at:], effects)
            assert taken > 0
            at += taken
        stepped += CHUNK
        assert engine.seq == stepped
        broken, fault = engine.check(), Fault(engine.view.fault).name
        assert not broken, f"invariant {broken} after {stepped} events of seed {seed}"
        assert fault in ("NONE", "OPERATOR", "RECONCILE", "CAPACITY"), f"{fault}, seed {seed}"
        if fault == "CAPACITY":
            break
    return engine


if __name__ == "__main__":
    print(json.dumps(run(int(os.environ["EVENTS"]), int(os.environ["SEED"]))))
