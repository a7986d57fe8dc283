"""Split, merge and redeem: asked of a relayer, or printed for a person.

With a relayer each is a request, a transaction that is looked at until it is final, and its proof
(or CONVERSION_FAILED). Without one a person is told what to do, and the engine holds what it
holds until the account shows that it was done.
Owns: the conversions under way, one a market. The relayer's protocol is that of the loopback
exchange (docs/venue.md); the real one has another and is not spoken here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from clobstep import events
from clobstep.effects import Effect
from clobstep.enums import PIPS, EffectKind, EventKind
from clobstep.live.clock import SECOND, Clock
from clobstep.venue.notes import Note
from clobstep.venue.rest.request import Auth, Reply, Request

WORDS: Final = {
    EffectKind.SPLIT: ("split", EventKind.SPLIT),
    EffectKind.MERGE: ("merge", EventKind.MERGE),
    EffectKind.REDEEM: ("redeem", EventKind.REDEEM),
}
LOOK_NS: Final = SECOND
LONGEST_ID: Final = 200
DONE: Final = "STATE_CONFIRMED"
FAILED: Final = ("STATE_FAILED", "STATE_INVALID")


class Transaction(msgspec.Struct):
    """What the relayer says of one."""

    transactionID: str = ""  # noqa: N815 - the wire's name
    state: str = ""
    payout: str = ""  # pips a share, of a redeem


class Relayer:
    """Converts by `call`; `None` prints, as in a dry run.

    `names` gives (condition, asset id) of a token.
    """

    def __init__(
        self,
        call: Callable[[Request], Awaitable[Reply]] | None,
        clock: Clock,
        *,
        names: Callable[[int], tuple[str, str]],
        tell: Callable[[bytes], None],
        note: Callable[[Note], None],
    ) -> None:
        self._call = call
        self._clock = clock
        self._names = names
        self._tell = tell
        self._note = note

    async def convert(self, effect: Effect) -> None:
        """From the request to its proof."""
        word, kind = WORDS[EffectKind(effect.kind)]
        condition, asset = self._names(effect.token)
        shares = f"{effect.size / 1_000_000:.6f}"
        if self._call is None:
            text = (
                f"{word} {shares} of condition {condition} by hand: no relayer is asked; it is "
                "recognised when the account shows it"
            )
            self._note(Note("operator", text))
            return
        body = {"op": word, "condition": condition, "token": asset, "size": str(effect.size)}
        request = Request("POST", "/relayer/submit", body=msgspec.json.encode(body), auth=Auth.L2)
        sent = read(await self._call(request))
        if sent is None or not sent.transactionID:
            # It may have been taken: nothing that follows can tell, so the account's read must.
            self._note(
                Note(
                    "relayer",
                    f"{word} {shares}: no transaction was named; the account will show it",
                )
            )
            return
        done = await self._finish(sent.transactionID)
        if done.state == DONE:
            self._tell(self._proof(kind, effect, done))
        else:
            self._note(Note("relayer", f"{word} {shares}: {done.state}"))
            self._tell(self._event(EventKind.CONVERSION_FAILED, effect, 0, 0))

    async def _finish(self, transaction: str) -> Transaction:
        """Look until it is final; a look that fails is made again."""
        request = Request("GET", "/relayer/transaction", query=(("id", transaction),), auth=Auth.L2)
        assert self._call is not None
        while True:
            found = read(await self._call(request))
            if found is not None and (found.state == DONE or found.state in FAILED):
                return found
            await self._clock.sleep(LOOK_NS)

    def _proof(self, kind: EventKind, effect: Effect, done: Transaction) -> bytes:
        said = done.payout if kind == EventKind.REDEEM else ""
        is_number = said.isascii() and said.isdigit() and len(said) <= len(str(PIPS))
        return self._event(kind, effect, effect.size, min(int(said), PIPS) if is_number else 0)

    def _event(self, kind: EventKind, effect: Effect, size: int, paid_pips: int) -> bytes:
        return events.raw(
            kind,
            at=self._clock.now_ns(),
            token=effect.token,
            generation=effect.generation,
            size=size,
            price_pips=paid_pips,
        )


def read(reply: Reply) -> Transaction | None:
    """What a reply says, None if it says nothing."""
    if reply.status != 200:
        return None
    try:
        found = msgspec.json.decode(reply.body, type=Transaction)
    except (ValueError, RecursionError):  # text that is no UTF-8, too
        return None
    return found if len(found.transactionID) <= LONGEST_ID else None
