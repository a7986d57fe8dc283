"""What the engine wants, done at the venue: its effects become signed orders and requests.

Theory of operation. `take` sorts effects; `urgent` lets cancels leave; `prepare` signs submits and
gives each order its name, which is its hash, before anything of it is durable; `send` lets them
leave when it is. An answer becomes events through the sans-IO codec and comes back by the gate.
A submit is sent once: what its answer does not say is looked up by the hash, never sent again.

Owns: the orders between their effect and their request, and the batch numbers. Decides nothing
about money: what to send, how much, and when to stop is said by the core.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from numpy import void
from numpy.typing import NDArray

from clobstep import effects, events
from clobstep.effects import RECORD_BYTES, REF_AT, Effect
from clobstep.enums import CancelReason, EffectKind, EventKind, Flag, Reject, Tif
from clobstep.live.clock import SECOND, Clock
from clobstep.live.orders.gate import Gate
from clobstep.live.orders.post import Mail, Post
from clobstep.secret import redact_bytes
from clobstep.session.format import SessionError
from clobstep.venue.interning import Interning, InterningError
from clobstep.venue.notes import Note
from clobstep.venue.rest.answer import Answer
from clobstep.venue.rest.cancels import MOST_CANCELS, cancel_events, cancel_request
from clobstep.venue.rest.errors import LONGEST_WAIT_NS
from clobstep.venue.rest.request import Reply
from clobstep.venue.rest.submits import MOST_ORDERS, Sent, sent, submit_events, submit_request
from clobstep.venue.signing.amounts import amounts
from clobstep.venue.signing.contracts import Domain
from clobstep.venue.signing.errors import SigningError
from clobstep.venue.signing.order import OrderFields, OrderFieldsV1, order_body
from clobstep.venue.signing.signer import Signer

RECORD: Final = 64
OF_PEOPLE: Final = frozenset(
    (EventKind.OPERATOR, EventKind.DEPOSIT, EventKind.WITHDRAWAL, EventKind.ADJUSTMENT)
)


class Terms(NamedTuple):
    """What an order of a token is signed with. `fee_rate_bps`: in V1 orders only."""

    token_id: int
    domain: Domain
    fee_rate_bps: int = 0


class Holder(NamedTuple):
    """Whose orders: the key's signer, the address with the money, and the API key."""

    signer: Signer
    funder: str
    signature_type: int
    owner: str


class Wishes(Protocol):
    """What the engine wants that is no order."""

    def look_up(self, order_id: int, token: int) -> None:
        """Look an order and its trades up by its hash."""

    def resync(self, token: int) -> None:
        """A snapshot of this token's book."""

    def reconcile(self) -> None:
        """A read of the account."""

    def refresh(self, token: int) -> None:
        """Read this market's metadata again."""

    def convert(self, effect: Effect) -> None:
        """A split, merge or redeem."""

    def alert(self, record: bytes) -> None:
        """Tell a person: an ALERT or HALT effect."""

    def refused(self, record: bytes) -> None:
        """Tell a person that their word was refused: a REFUSED effect of such a kind."""

    def cancel_all(self) -> None:
        """The journal failed: take every order away, and say nothing to the engine."""


class Signed(NamedTuple):
    """An order that may leave once it is durable."""

    order: Sent
    body: bytes


class Made(NamedTuple):
    """An order as it is signed, its id at the venue, and the body that says it there."""

    fields: OrderFields | OrderFieldsV1
    signature: str
    order_hash: str
    body: bytes


def make_order(effect: Effect, holder: Holder, terms: Terms) -> Made:
    """Sign the order of a SUBMIT effect. Errors: SigningError."""
    maker, taker = amounts(effect.code, effect.side, effect.price_pips, effect.size, effect.amount)
    signer = holder.funder if holder.signature_type == 3 else holder.signer.address
    expiration_s = effect.deadline_ns // SECOND if effect.code == Tif.GTD else 0
    fields: OrderFields | OrderFieldsV1
    if terms.domain.version == "1":
        fields = OrderFieldsV1.public(
            effect.ref,
            holder.funder,
            signer,
            terms.token_id,
            maker,
            taker,
            effect.side,
            holder.signature_type,
            expiration_s=expiration_s,
            fee_rate_bps=terms.fee_rate_bps,
        )
    else:
        fields = OrderFields(
            effect.ref,
            holder.funder,
            signer,
            terms.token_id,
            maker,
            taker,
            effect.side,
            holder.signature_type,
            effect.time_ns // 1_000_000,
        )
    signature, order_hash = holder.signer.sign_order(terms.domain, fields, holder.signature_type)
    body = order_body(
        fields,
        signature,
        owner=holder.owner,
        tif=Tif(effect.code),
        post_only=bool(effect.flags & Flag.ORDER_POST_ONLY),
        expiration_s=expiration_s,
    )
    return Made(fields, signature, order_hash, body)


class OrderDesk:
    """The desk of a live process. `dry_run`: everything but the sending, of cancels too."""

    def __init__(
        self,
        holder: Holder,
        terms: Callable[[int], Terms],
        *,
        interning: Interning,
        post: Post,
        gate: Gate,
        clock: Clock,
        wishes: Wishes,
        note: Callable[[Note], None],
        dry_run: bool = True,
    ) -> None:
        self.signed = 0
        self.sent = 0  # orders of this process that may be at the venue
        self.rejects: Counter[str] = Counter()  # by reason: those of the venue, and our own
        self.dry_run = dry_run
        self._holder = holder
        self._terms = terms
        self._interning = interning
        self._post = post
        self._gate = gate
        self._clock = clock
        self._wishes = wishes
        self._note = note
        self._submits: list[Effect] = []
        self._ready: list[Signed] = []
        self._refused: list[bytes] = []
        self._converts: list[Effect] = []
        self._cancels: list[int] = []
        self._batch = 0
        self._does = self._table()

    def _table(self) -> dict[int, Callable[[bytes], None]]:
        """What is done with the record of an effect; a kind that is not in it asks for nothing."""
        wishes = self._wishes

        def of(do: Callable[[Effect], None]) -> Callable[[bytes], None]:
            return lambda record: do(effects.unpack(record))

        def refused(record: bytes) -> None:
            if record[REF_AT] in OF_PEOPLE:
                wishes.refused(record)

        convert = of(self._converts.append)
        return {
            int(EffectKind.SUBMIT): of(self._submits.append),
            int(EffectKind.CANCEL): of(lambda effect: self._cancels.append(effect.order_id)),
            int(EffectKind.QUERY): of(lambda e: wishes.look_up(e.order_id, e.token)),
            int(EffectKind.RESYNC): of(lambda effect: wishes.resync(effect.token)),
            int(EffectKind.RECONCILE): lambda _: wishes.reconcile(),
            int(EffectKind.REFRESH): of(lambda effect: wishes.refresh(effect.token)),
            int(EffectKind.MERGE): convert,
            int(EffectKind.SPLIT): convert,
            int(EffectKind.REDEEM): convert,
            int(EffectKind.ALERT): wishes.alert,
            int(EffectKind.HALT): wishes.alert,
            int(EffectKind.REFUSED): refused,
        }

    # --- the core's side --------------------------------------------------------------------------

    def take(self, found: NDArray[void]) -> None:
        """Sort what an event caused."""
        raw = found.tobytes()
        for k, kind in enumerate(found["kind"].tolist()):
            do = self._does.get(kind)
            if do is not None:
                do(raw[k * RECORD_BYTES : (k + 1) * RECORD_BYTES])

    def urgent(self) -> None:
        """Cancels leave, many in one request."""
        wanted = self._cancels.copy()
        self._cancels.clear()
        if self.dry_run:
            for order_id in wanted:
                self._gate.private(self._let_be(order_id))
            return
        named: dict[str, int] = {}
        for order_id in wanted:
            order_hash = self._interning.order_hash(order_id)
            if order_hash is None:  # no request of it ever left
                self._gate.private(events.cancel_unknown(order_id, at=self._clock.now_ns()))
            else:
                named[order_hash] = order_id
        hashes = list(named)
        for at in range(0, len(hashes), MOST_CANCELS):
            part = {name: named[name] for name in hashes[at : at + MOST_CANCELS]}
            self._post.send(Mail(cancel_request(list(part)), self._cancel_answer(part)))

    def prepare(self) -> bool:
        """Sign what is to be submitted, under names that are kept with its events."""
        wanted = self._submits.copy()
        self._submits.clear()
        for effect in wanted:
            try:
                self._ready.append(self._sign(effect))
            except (SigningError, InterningError) as error:
                self._refused.append(self._reject(effect.order_id, Reject.PAYLOAD))
                self._note(Note("not-signed", f"order {effect.order_id}: {error}"))
        return bool(self._ready or self._refused or self._converts)

    def send(self) -> None:
        """All of it is durable: it leaves, up to 15 orders in a request."""
        ready, self._ready = self._ready, []
        for event in self._refused:
            self._gate.private(event)
        self._refused.clear()
        for at in range(0, len(ready), MOST_ORDERS):
            self._submit(ready[at : at + MOST_ORDERS])
        converts = self._converts.copy()
        self._converts.clear()
        for effect in converts:
            self._wishes.convert(effect)

    def failed(self, error: SessionError) -> None:
        """Nothing that was not durable leaves, and every order goes."""
        self._submits.clear()
        self._ready.clear()
        self._converts.clear()
        self._note(Note("journal", f"{error}; all orders are cancelled"))
        self._wishes.cancel_all()

    # --- orders -----------------------------------------------------------------------------------

    def _sign(self, effect: Effect) -> Signed:
        made = make_order(effect, self._holder, self._terms(effect.token))
        self._interning.bind_order(made.order_hash, effect.order_id)
        self.signed += 1
        return Signed(sent(effect, made.order_hash), made.body)

    def _submit(self, some: Sequence[Signed]) -> None:
        """One request. In a dry run it is built, and answered as an order that met nothing."""
        request = submit_request([one.body for one in some])
        orders = [one.order for one in some]
        if self.dry_run:
            for order in orders:
                text = f"order {order.order_id}, {order.order_hash}: signed and not sent"
                self._note(Note("dry-run", text))
                self._gate.private(self._reject(order.order_id, Reject.KILLED))
            return
        self.sent += len(orders)
        self._batch += 1
        batch = self._batch if len(orders) > 1 else 0

        def answer(reply: Reply) -> None:
            now_ns = self._clock.now_ns()
            self.hear(submit_events(orders, reply, now_ns, batch_id=batch), "submit", reply)

        def expire() -> None:
            for order in orders:
                self._note(Note("late", f"order {order.order_id} waited too long and was not sent"))
                self._gate.private(self._reject(order.order_id, Reject.TIMED_OUT))

        self._post.send(Mail(request, answer, expire))

    def _let_be(self, order_id: int) -> bytes:
        """No order of a dry run is at the venue: what it would cancel is another's."""
        name = self._interning.order_hash(order_id) or order_id
        self._note(Note("dry-run", f"cancel of order {name}, which another hand sent: not sent"))
        at, again = self._clock.now_ns(), LONGEST_WAIT_NS
        return events.cancel_refused(order_id, CancelReason.LATER, at=at, retry_after=again)

    def _cancel_answer(self, asked: dict[str, int]) -> Callable[[Reply], None]:
        def answer(reply: Reply) -> None:
            self.hear(cancel_events(asked, reply, self._clock.now_ns()), "cancel", reply)

        return answer

    def hear(self, answer: Answer, source: str, reply: Reply) -> None:
        """An answer's events go to the engine, with the bytes they were read from."""
        for note in answer.notes:
            self._note(note)
        for k in range(0, len(answer.events), RECORD):
            e = events.unpack(answer.events[k : k + RECORD])
            if e.kind == EventKind.REJECTED:
                self.rejects[Reject(e.code).name] += 1
        raw = (self._clock.now_ns(), f"rest {source} {reply.status}", redact_bytes(reply.body))
        self._gate.private(answer.events, (raw,) if reply.body else ())

    def _reject(self, order_id: int, reason: Reject) -> bytes:
        self.rejects[reason.name] += 1
        return events.rejected(order_id, reason, at=self._clock.now_ns())
