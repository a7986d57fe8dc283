"""The order desk: what the engine wants, as requests; and what of it never leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import trio
import trio.testing

from clobstep import Engine, effects, events
from clobstep.core import EVENT_DTYPE
from clobstep.enums import EventKind, Reject
from clobstep.live.clock import Clock
from clobstep.live.core import Core
from clobstep.live.inbox import Inbox
from clobstep.live.orders.desk import Holder, OrderDesk, Terms
from clobstep.live.orders.gate import Gate
from clobstep.live.orders.post import LATE_S, Mail, Post
from clobstep.secret import Secret
from clobstep.session import Manifest, Recorder, Session, SessionWriter
from clobstep.session.format import SessionError
from clobstep.venue.interning import Interning
from clobstep.venue.rest.request import Auth, Failure, Lane, Reply, Request
from clobstep.venue.signing.contracts import exchange_of
from clobstep.venue.signing.errors import SigningError
from clobstep.venue.signing.order import OrderFields, order_hash
from clobstep.venue.signing.signer import Signer, signed_by
from live.desk import CONFIG, START_NS, as_array, opening

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # a public test key
OWNER = "9180014b-33c8-9240-a14b-bdca11c0a465"
DOMAIN = exchange_of("v1", False)


class Wishes:
    """Writes down what is wanted beside orders."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def look_up(self, order_id: int, token: int) -> None:
        self.log.append(f"look up {order_id}")

    def resync(self, token: int) -> None:
        self.log.append(f"resync {token}")

    def reconcile(self) -> None:
        self.log.append("reconcile")

    def refresh(self, token: int) -> None:
        self.log.append(f"refresh {token}")

    def convert(self, effect: effects.Effect) -> None:
        self.log.append(f"convert {effect.kind} {effect.size}")

    def alert(self, record: bytes) -> None:
        self.log.append(f"alert {effects.unpack(record).code}")

    def refused(self, record: bytes) -> None:
        self.log.append(f"refused {effects.unpack(record).ref}")

    def cancel_all(self) -> None:
        self.log.append("cancel all")


class Sends(Post):
    """Keeps mail instead of sending it."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)


class Room:
    """A whole process without sockets."""

    def __init__(self, tmp_path: Path, *, dry_run: bool = False, **holder: Any) -> None:
        self.path = tmp_path / "s.clob"
        self.inbox, self.post, self.wishes = Inbox(), Sends(), Wishes()
        self.interning, self.notes = Interning(), []
        self.interning.pair("0x" + "01" * 32, "111", "222")
        self.signer = Signer(Secret(KEY))
        self.gate = Gate(self.inbox)
        self.terms: Callable[[int], Terms] = lambda token: Terms((111, 222)[token], DOMAIN)
        given = {"funder": self.signer.address, "signature_type": 0, "owner": OWNER} | holder
        self.desk = OrderDesk(
            Holder(self.signer, **given),
            self._terms,
            interning=self.interning,
            post=self.post,
            gate=self.gate,
            clock=Clock(start_ns=START_NS),
            wishes=self.wishes,
            note=self.notes.append,
            dry_run=dry_run,
        )
        engine = Engine(CONFIG)
        writer = SessionWriter.create(self.path, Manifest.of("live", CONFIG))
        self.core = Core(Recorder(engine, writer), self.interning, self.desk)
        self.core.hear(as_array(*opening()))
        self.drain()

    def _terms(self, token: int) -> Terms:
        return self.terms(token)

    def drain(self) -> list[events.Event]:
        """Let the engine hear what waits; the events."""
        heard = []
        for batch in self.inbox.take():
            heard += [events.unpack(bytes(row)) for row in batch.events]
            self.core.hear(batch.events, batch.raws)
        return heard

    def submit(self, number: int, side: str = "BUY", **given: Any) -> bytes:
        terms = {"price": "0.47", "size": "10", "post_only": True, "at": START_NS} | given
        return events.submit(number, 0, side, **terms)


def run(main: Callable[..., Any], *args: Any) -> None:
    trio.run(main, *args, clock=trio.testing.MockClock(autojump_threshold=0))


def in_trio(test: Callable[[Path], None]) -> Callable[[Path], None]:
    """A test that needs trio's clock, and waits for nothing."""

    def wrapped(tmp_path: Path) -> None:
        async def main() -> None:
            test(tmp_path)

        run(main)

    return wrapped


def body(mail: Mail) -> Any:
    return json.loads(mail.request.body)


def reply(*parts: dict[str, Any]) -> Reply:
    return Reply(200, msgspec.json.encode(parts[0] if len(parts) == 1 else list(parts)))


def live(order_hash: str) -> dict[str, Any]:
    return {
        "success": True, "errorMsg": "", "orderID": order_hash, "status": "live",
        "makingAmount": "", "takingAmount": "",
    }  # fmt: skip


def test_an_order_is_signed_named_and_durable_before_it_leaves(tmp_path: Path) -> None:
    @in_trio
    def test(tmp_path: Path) -> None:
        room = Room(tmp_path)
        room.core.hear_one(room.submit(1))
        (mail,) = room.post.mails
        assert (mail.request.method, mail.request.path) == ("POST", "/order")
        assert (mail.request.auth, mail.request.lane) == (Auth.L2, Lane.SUBMIT)
        order = body(mail)["order"]
        assert order["makerAmount"] == "4700000"
        assert order["takerAmount"] == "10000000"
        assert order["tokenId"] == "111"
        assert order["timestamp"] == str(START_NS // 1_000_000)  # the engine's time: a replay's too
        assert body(mail)["owner"] == OWNER
        assert body(mail)["postOnly"] is True
        fields = OrderFields(
            order["salt"], order["maker"], order["signer"], 111, 4_700_000, 10_000_000, 0, 0,
            int(order["timestamp"]),
        )  # fmt: skip
        assert signed_by(DOMAIN, fields, order["signature"]) == room.signer.address
        name = "0x" + order_hash(DOMAIN, fields).hex()
        assert room.interning.find_order(name) == 1
        with Session.open(room.path) as left:  # as a crash would leave it
            assert ("order", 1, name, "") in left.interning_rows()
        mail.answer(reply(live(name)))
        assert [e.kind for e in room.drain()] == [EventKind.ACCEPTED]
        assert room.core.engine.view.order(1).leaves == 10_000_000

    test(tmp_path)


def test_orders_of_one_turn_go_together_fifteen_at_most(tmp_path: Path) -> None:
    @in_trio
    def test(tmp_path: Path) -> None:
        room = Room(tmp_path)
        room.core.hear(as_array(*(room.submit(k, price="0.40") for k in range(1, 18))))
        sizes = [len(body(m)) if m.request.path == "/orders" else 1 for m in room.post.mails]
        assert sizes == [15, 2]
        names = [room.interning.order_hash(k) for k in range(1, 16)]
        refused = {"success": False, "errorMsg": "not enough balance / allowance", "orderID": ""}
        room.post.mails[0].answer(reply(*[live(str(n)) for n in names[:14]], refused))
        heard = room.drain()
        assert [e.kind for e in heard] == [EventKind.ACCEPTED] * 14 + [EventKind.REJECTED]
        assert dict(room.desk.rejects) == {Reject(heard[-1].code).name: 1}
        assert heard[-1].order_id == 15
        assert heard[-1].amount == 1  # the batch's number: its rejects count once

    test(tmp_path)


def test_cancels_of_a_moment_are_one_request_on_their_own_lane(tmp_path: Path) -> None:
    @in_trio
    def test(tmp_path: Path) -> None:
        room = Room(tmp_path)
        room.core.hear(as_array(room.submit(1), room.submit(2)))
        names = [str(room.interning.order_hash(k)) for k in (1, 2)]
        room.post.mails.pop().answer(reply(live(names[0]), live(names[1])))
        room.drain()
        room.core.hear_one(events.cancel_all(at=START_NS + 1))
        (mail,) = room.post.mails
        assert (mail.request.method, mail.request.path, mail.request.lane) == (
            "DELETE", "/orders", Lane.CANCEL,
        )  # fmt: skip
        assert sorted(body(mail)) == sorted(names)
        gone = {"canceled": [names[0]], "not_canceled": {names[1]: "Order already matched"}}
        mail.answer(Reply(200, msgspec.json.encode(gone)))
        heard = {e.order_id: e.kind for e in room.drain()}
        assert heard == {1: EventKind.CANCEL_ACCEPTED, 2: EventKind.CANCEL_REFUSED}

    test(tmp_path)


def test_a_lost_answer_is_looked_up_and_not_sent_again(tmp_path: Path) -> None:
    @in_trio
    def test(tmp_path: Path) -> None:
        room = Room(tmp_path)
        room.core.hear_one(room.submit(1))
        room.post.mails.pop().answer(Reply(0, failure=Failure.NO_ANSWER, why="timeout"))
        assert [e.kind for e in room.drain()] == [EventKind.SUBMIT_UNKNOWN]
        (cancel,) = room.post.mails  # by its hash, whether the venue has it or not
        name = str(room.interning.order_hash(1))
        assert (cancel.request.method, body(cancel)) == ("DELETE", {"orderID": name})
        said = {"canceled": [], "not_canceled": {name: "Order not found"}}
        cancel.answer(Reply(200, msgspec.json.encode(said)))
        assert [e.kind for e in room.drain()] == [EventKind.CANCEL_REFUSED]
        assert "look up 1" in room.wishes.log
        assert len(room.post.mails) == 1
        assert room.core.engine.view.order(1).reserved > 0

    test(tmp_path)


def test_what_waited_too_long_in_its_lane_is_never_sent(tmp_path: Path) -> None:
    async def main() -> None:
        asked: list[Request] = []
        answered: list[Reply] = []
        expired: list[str] = []

        async def call(request: Request) -> Reply:
            asked.append(request)
            await trio.sleep(LATE_S + 1)
            return Reply(200)

        post = Post(call)
        request = Request("POST", "/order", lane=Lane.SUBMIT)
        for k in range(9):  # one more than there are workers
            post.send(Mail(request, answered.append, lambda k=k: expired.append(str(k))))
        with trio.move_on_after(20):
            await post.run()
        assert len(asked) == len(answered) == 8
        assert expired == ["8"]

    run(main)


def test_a_cancel_does_not_wait_behind_submits() -> None:
    async def main() -> None:
        order: list[str] = []

        async def call(request: Request) -> Reply:
            if request.lane is Lane.SUBMIT:
                await trio.sleep(30)
            return Reply(200)

        post = Post(call)
        for _ in range(100):
            post.send(Mail(Request("POST", "/order", lane=Lane.SUBMIT), lambda r: None))
        cancel = Request("DELETE", "/order", lane=Lane.CANCEL)
        post.send(Mail(cancel, lambda r: order.append(f"canceled at {trio.current_time():g}")))
        with trio.move_on_after(1):
            await post.run()
        assert order == ["canceled at 0"]

    run(main)


def test_an_order_that_cannot_be_signed_is_a_reject_and_never_leaves(tmp_path: Path) -> None:
    @in_trio
    def test(tmp_path: Path) -> None:
        room = Room(tmp_path)

        def unknown(token: int) -> Terms:
            raise SigningError("version: the market does not say its version")

        room.terms = unknown
        room.core.hear_one(room.submit(1))
        assert room.post.mails == []
        (heard,) = room.drain()
        assert (heard.kind, heard.code) == (EventKind.REJECTED, Reject.PAYLOAD)
        assert "does not say its version" in room.notes[0].text

    test(tmp_path)


def test_a_dry_run_signs_and_sends_nothing(tmp_path: Path) -> None:
    @in_trio
    def test(tmp_path: Path) -> None:
        room = Room(tmp_path, dry_run=True)
        room.core.hear(as_array(room.submit(1), room.submit(2)))
        assert room.post.mails == []
        assert room.desk.signed == 2
        assert room.interning.order_hash(1) != room.interning.order_hash(2)
        assert [(e.kind, e.code) for e in room.drain()] == [(EventKind.REJECTED, Reject.KILLED)] * 2
        assert dict(room.desk.rejects) == {"KILLED": 2}
        view = room.core.engine.view
        assert view.cash.reserved == 0
        assert view.market(0).rejects == 0  # none that counts

    test(tmp_path)


def test_a_failed_journal_lets_nothing_leave_and_takes_all_orders_away(tmp_path: Path) -> None:
    @in_trio
    def test(tmp_path: Path) -> None:
        room = Room(tmp_path)

        def fails() -> None:
            raise SessionError("the disk is full")

        room.core.recorder.writer.commit = fails  # type: ignore[method-assign]
        room.core.hear_one(room.submit(1))
        assert room.post.mails == []
        assert room.wishes.log[-1] == "cancel all"
        assert room.core.error is not None

    test(tmp_path)


def test_words_wait_while_the_account_is_read_and_keep_their_order(tmp_path: Path) -> None:
    @in_trio
    def test(tmp_path: Path) -> None:
        inbox = Inbox()
        gate = Gate(inbox)
        words = [events.timer(at=START_NS + k) for k in range(5)]
        gate.private(words[0])
        gate.hold()
        gate.private(words[2])
        gate.private(words[3])
        assert [b.events["time_ns"][0] for b in inbox.take()] == [START_NS]
        gate.release(words[1])
        gate.private(words[4])
        heard = [int(b.events["time_ns"][0]) - START_NS for b in inbox.take()]
        assert heard == [1, 2, 3, 4]
        assert EVENT_DTYPE.itemsize == len(words[0])

    test(tmp_path)


def test_only_refusals_of_a_persons_words_are_handed_on(tmp_path: Path) -> None:
    @in_trio
    def test(tmp_path: Path) -> None:
        room = Room(tmp_path)
        room.wishes.log.clear()
        for event in (
            events.wake_on(9, at=START_NS),  # refused, and nobody's word
            events.operator("RESUME", at=START_NS),  # of a session that trades: nothing new
            events.operator("LIFT_LOSS_STOP", at=START_NS),  # of no market: refused
        ):
            room.core.hear_one(event)
        assert sum(room.core.engine.view.refusals().values()) == 2
        assert room.wishes.log == [f"refused {int(EventKind.OPERATOR)}"]

    test(tmp_path)
