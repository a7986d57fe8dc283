"""What `clobstep bench` measures from tick to order: bytes of a message in, a signed request out.

    message -> codec -> engine -> maker -> intent -> engine -> signature -> journal -> request

All that a live process does but its network. Each message moves the best bid by a cent, so the
maker replaces its bid; answers are given between the measured spans. Beside it a bare durable
commit of one event, taken in turns with them, because that part is the disk's and not ours; and
the same spans less their own commits, which write more than one event; and the best stretch of
messages, which is what the same machine does while its neighbours are quiet.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import trio

from clobstep import Engine, EngineConfig, events
from clobstep.core import EVENT_DTYPE
from clobstep.effects import Effect
from clobstep.enums import OrderState, RequestState, Wake
from clobstep.live.clock import Clock
from clobstep.live.core import Core
from clobstep.live.inbox import Inbox
from clobstep.live.orders.bench import share
from clobstep.live.orders.desk import Holder, OrderDesk, Terms
from clobstep.live.orders.gate import Gate
from clobstep.live.orders.keys import new_key
from clobstep.live.orders.post import Mail, Post
from clobstep.session import Manifest, Recorder, SessionWriter
from clobstep.strategy.load import load_strategy
from clobstep.venue.interning import Interning
from clobstep.venue.market import MarketCodec
from clobstep.venue.rest.request import Lane
from clobstep.venue.signing.auth import Credentials, l2_headers
from clobstep.venue.signing.contracts import exchange_of
from clobstep.venue.signing.signer import Signer

MESSAGES: Final = 3_000
WARM: Final = 200
STRETCH: Final = 300  # messages; a machine's neighbours are loud for seconds, not for all of a run
YES, NO, CONDITION = "7" * 77, "5" * 77, "0x" + "5f" * 32
START_MS: Final = 1_790_000_000_000
STEP_NS: Final = 100_000_000  # between two messages, in the engine's time
REACH_US: Final = 250.0  # above the bare commit
BIDS, ASKS = (48, 47, 46), (52, 53, 54)


class Keeps(Post):
    """Mail with the headers that it would leave with."""

    def __init__(self, credentials: Credentials, address: str) -> None:
        self.out: list[tuple[Mail, dict[str, str]]] = []
        self._credentials = credentials
        self._address = address

    def send(self, mail: Mail) -> None:
        request = mail.request
        headers = l2_headers(
            self._credentials, self._address, START_MS // 1000, request.method, request.path,
            request.body,
        )  # fmt: skip
        self.out.append((mail, headers))


class Wanted:
    """What the engine wants beside orders: nothing comes of it here, an alert is a fault."""

    def look_up(self, order_id: int, token: int) -> None:
        raise RuntimeError(f"order {order_id} of token {token} is looked up")

    def resync(self, token: int) -> None:
        raise RuntimeError(f"the book of token {token} is not believed")

    def reconcile(self) -> None:
        """The account is never read here."""

    def refresh(self, token: int) -> None:
        raise RuntimeError(f"metadata of token {token} is read again")

    def convert(self, effect: Effect) -> None:
        raise RuntimeError(f"a conversion: {effect}")

    def alert(self, record: bytes) -> None:
        raise RuntimeError(f"an alert: {record!r}")

    def refused(self, record: bytes) -> None:
        raise RuntimeError(f"a person's word was refused: {record!r}")

    def cancel_all(self) -> None:
        raise RuntimeError("the journal failed")


class Bench:
    """A live process without its sockets."""

    def __init__(self, path: Path, strategy: str) -> None:
        key = new_key()
        signer, clock, names = Signer(key), Clock(), Interning()
        names.pair(CONDITION, YES, NO)
        self.post = Keeps(Credentials(key, key, key), signer.address)
        self.gate_inbox = Inbox()
        domain = exchange_of("v1", False)
        self.desk = OrderDesk(
            Holder(signer, signer.address, 0, signer.address),
            lambda token: Terms(int((YES, NO)[token]), domain),
            interning=names, post=self.post, gate=Gate(self.gate_inbox), clock=clock,
            wishes=Wanted(), note=_refuse, dry_run=False,
        )  # fmt: skip
        made = load_strategy(strategy, {"overlap": "true", "requote_pips": "100"})
        config = EngineConfig(tokens=2, **made.engine)
        writer = SessionWriter.create(path, Manifest.of("live", config))
        self.core = Core(Recorder(Engine(config), writer), names, self.desk, made)
        self.committing_ns, self._commit = 0, self.core.commit
        vars(self.core).update(commit=self.commit)
        self.codec = MarketCodec(names, hashes="never")
        self.now_ns = START_MS * 1_000_000
        self._begin(made)

    def _begin(self, strategy: Any) -> None:
        at = self.now_ns
        wakes = [wake for wake in Wake if int(strategy.wakes) & wake]
        self.hear(
            events.opening(cash="100000", at=at),
            events.venue("NORMAL", at=at),
            events.heartbeat("HEALTHY", at=at),
            events.cluster(1, at=at),
            events.market(0, tick="0.01", min_size="5", fee_rate="0", cluster=1, at=at),
            events.feed("CONNECTED", at=at),
            events.reconcile_begun(at=at),
            events.balance(cash="100000", at=at),
            events.reconciled(read_up_to=at, at=at),
            events.wake_on(0, *wakes, at=at),
        )
        self.message(text(_book(YES, BIDS, ASKS) | {"timestamp": str(at // 1_000_000)}))
        self.settle()

    def commit(self) -> None:
        """The core's own, and how long it took."""
        before = time.perf_counter_ns()
        self._commit()
        self.committing_ns += time.perf_counter_ns() - before

    def hear(self, *records: bytes) -> None:
        self.core.hear(np.frombuffer(b"".join(records), EVENT_DTYPE))

    def message(self, raw: bytes) -> None:
        """What the market socket and the engine's task do with one."""
        found = self.codec.decode(raw, self.now_ns)
        self.core.hear(found, ((self.now_ns, "market", raw),))

    def settle(self) -> int:
        """Answers to all that left; how many orders did."""
        orders = 0
        self.now_ns += 1_000
        out, self.post.out = self.post.out, []
        view = self.core.engine.view
        for mail, _ in out:
            orders += mail.request.lane is Lane.SUBMIT
        told = []
        for order_id in view.orders():
            order = view.order(order_id)
            assert order is not None, "it is open"
            if order.request == RequestState.CANCEL:
                told.append(events.cancel_accepted(order_id, matched="0", at=self.now_ns))
                told.append(events.canceled(order_id, "USER", matched="0", at=self.now_ns))
            elif order.state == OrderState.SENT:
                told.append(events.accepted(order_id, "RESTING", matched="0", at=self.now_ns))
        if told:
            self.hear(*told)
        return orders


def tick_to_order(messages: int = MESSAGES, strategy: str = "maker-compiled") -> dict[str, Any]:
    """Microseconds from a message's bytes to the signed request's, and of a bare commit."""
    return trio.run(_measure, messages, strategy)


async def _measure(messages: int, strategy: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="clobstep-bench-", dir=Path.cwd()) as folder:
        bench = Bench(Path(folder) / "bench.clob", strategy)
        whole, inside, bare = [], [], []
        clock = time.perf_counter_ns
        for k in range(WARM + messages):
            bench.now_ns += STEP_NS
            raw = _move(k, bench.now_ns // 1_000_000)
            bench.committing_ns = 0
            before = clock()
            bench.message(raw)
            took, committing = clock() - before, bench.committing_ns
            if bench.settle() != 1:
                raise RuntimeError(f"message {k} did not make one order")
            bench.now_ns += 1_000
            bench.core.commit()
            bench.hear(events.timer(at=bench.now_ns))
            before = clock()
            bench.core.commit()
            if k >= WARM:
                bare.append(clock() - before)
                whole.append(took)
                inside.append(took - committing)
        bench.core.seal()
    row = {
        "messages": messages,
        "p50_us": share(whole, 50), "p99_us": share(whole, 99),
        "without_commit_p50_us": share(inside, 50), "without_commit_p99_us": share(inside, 99),
        "bare_commit_p50_us": share(bare, 50), "bare_commit_p99_us": share(bare, 99),
    }  # fmt: skip
    ours = round(row["p50_us"] - row["bare_commit_p50_us"], 1)
    best = min(
        share(whole[k : k + STRETCH], 50) - share(bare[k : k + STRETCH], 50)
        for k in range(0, len(whole), STRETCH)
    )
    return row | {
        "p50_less_commit_us": ours, "best_stretch_less_commit_us": round(best, 1),
        "reach_us": REACH_US,
    }  # fmt: skip


def _move(k: int, ms: int) -> bytes:
    """The best bid rises by a cent, or falls back, as the venue says it of both tokens."""
    cents, size = 49, "0" if k % 2 else "100"
    bid, ask = 48 if k % 2 else 49, ASKS[0]
    sides = ((YES, cents, "BUY", bid, ask), (NO, 100 - cents, "SELL", 100 - ask, 100 - bid))
    return text({
        "market": CONDITION,
        "price_changes": [
            {"asset_id": asset, "price": price(p), "size": size, "side": side, "hash": "",
             "best_bid": price(b), "best_ask": price(a)}
            for asset, p, side, b, a in sides
        ],
        "timestamp": str(ms),
        "event_type": "price_change",
    })  # fmt: skip


def price(cents: int) -> str:
    """As the venue writes it: fewest digits."""
    return f"{cents / 100:g}"


def text(said: dict[str, Any]) -> bytes:
    """Compact JSON."""
    return msgspec.json.encode(said)


def _book(asset: str, bids: tuple[int, ...], asks: tuple[int, ...]) -> dict[str, Any]:
    sides = {"bids": sorted(bids), "asks": sorted(asks, reverse=True)}
    levels = {s: [{"price": price(p), "size": "100"} for p in ps] for s, ps in sides.items()}
    return {"event_type": "book", "market": CONDITION, "asset_id": asset, "hash": ""} | levels


def _refuse(note: Any) -> None:
    raise RuntimeError(str(note))
