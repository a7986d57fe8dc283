"""What a reply proves: done, refused and why, or nothing.

**A submit** must never be sent again blindly, and its reservation is freed by proof only:
- *refused* (REJECTED, the order ends): a text of the table; status 400, 401, 403, 404, 405, 411,
  413, 414, 415, 422, 425, 429 or 431, which the venue and its proxy give before an order reaches
  the book (400 only with a text that can be read: it might have said "Duplicated"); 503 with one of
  the texts that announce a state; 500 "order timed out", of which the venue says that it was
  rejected before the book. A text in no table is OTHER, and noted.
- *nothing reached the venue* (`Failure.NOT_SENT`) is REJECTED TIMED_OUT: "rejected before it
  reached the book" is what happened, it counts for the breaker, so that a broken line pauses the
  markets, and nothing is sent again but by a new order of the strategy's. Should it be wrong after
  all, a fill or a placement of an ended order has a row of its own in the engine.
- *unknown* (SUBMIT_UNKNOWN, looked up by its hash): everything else. No answer; 5xx with other
  texts, a plain 503 among them; statuses that say nothing of the order (3xx, 408, 409, 499); and
  a 2xx that cannot be read. "Duplicated" is REJECTED DUPLICATED, which the engine looks up as well.

**A cancel** that did not reach the book (425, 429, 503 with a state, `Failure.NOT_SENT`) goes again
later; see `cancels`.

Never raises. Owns the reading of the table in `error_rows`.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Any, Final, NamedTuple

from clobstep.enums import EventKind, Reject, VenueState
from clobstep.events import Event
from clobstep.venue import wire
from clobstep.venue.notes import Note
from clobstep.venue.rest import error_rows
from clobstep.venue.rest.answer import raw_note, value_of
from clobstep.venue.rest.error_rows import ROWS, Row
from clobstep.venue.rest.request import Failure, Reply

PROOF: Final = frozenset({400, 401, 403, 404, 405, 411, 413, 414, 415, 422, 425, 429, 431})
"""Statuses that say that the request was not taken; 400 if there is a text with it."""
LATER: Final = frozenset(
    {Reject.RATE_LIMIT, Reject.RESTARTING, Reject.DISABLED, Reject.CANCEL_ONLY,
     Reject.POST_ONLY_MODE, Reject.TIMED_OUT}
)  # fmt: skip
"""Reasons that are about the moment: it did not reach the book."""
LONGEST_WAIT_NS: Final = 3_600_000_000_000  # no Retry-After stops us for longer than an hour
_TEXT_LIMIT: Final = 2_000
_PLAIN_LIMIT: Final = 500  # bytes; a body without JSON that is longer is a page, not a message
_TEXTS: Final = ("error", "errorMsg", "error_msg", "message")


class Outcome(Enum):
    """What is proven."""

    OK = "ok"  # 2xx: the body says more
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Verdict(NamedTuple):
    """`reject` is set when refused; `row` has cause and fix for people."""

    outcome: Outcome
    reject: Reject | None = None
    row: Row | None = None
    text: str = ""  # what the venue wrote, short
    retry_after_ns: int = 0  # 0: not said
    venue: VenueState | None = None
    note: Note | None = None

    @property
    def is_later(self) -> bool:
        """Whether it was refused for the moment only, before it reached the book."""
        return self.outcome is Outcome.REFUSED and self.reject in LATER

    @property
    def why(self) -> str:
        """One line for people: what was said, the likely cause, the way out."""
        if self.row is None:
            return self.text
        said = f"{self.text!a}: " if self.text else ""
        return f"{said}{self.row.cause}; {self.row.fix}"


def classify(reply: Reply) -> Verdict:
    """What a reply proves of the request that it answers."""
    if reply.failure is Failure.NOT_SENT:
        return Verdict(Outcome.REFUSED, Reject.TIMED_OUT, error_rows.NOT_SENT, reply.why)
    if reply.failure is not Failure.NONE or reply.status == 0:
        return Verdict(Outcome.UNKNOWN, row=error_rows.NO_ANSWER, text=reply.why)
    if 200 <= reply.status < 300:
        return Verdict(Outcome.OK)
    text, code, said = _said(reply.body)
    found = of_text(reply.status, text, code, raw=reply.body)
    wait_ns = max(seconds(said), seconds(reply.header("retry-after")))
    return found._replace(retry_after_ns=wait_ns)


def of_text(status: int, text: str, code: str = "", *, raw: bytes = b"") -> Verdict:
    """What an error's text proves; with status 200 it is that of one order in a batch."""
    words = f"{text}\n{code}".lower()
    row = next((row for row in ROWS if _fits(row, status, words)), None)
    short = text[:_TEXT_LIMIT]
    if row is not None:
        outcome = Outcome.UNKNOWN if row.reject is None else Outcome.REFUSED
        return Verdict(outcome, row.reject, row, short, venue=row.venue)
    kept = raw or text.encode(errors="backslashreplace")
    if (status in PROOF and status != 400) or (text and (status == 400 or 200 <= status < 300)):
        note = raw_note("unknown", f"HTTP {status}, an error in no table", kept)
        return Verdict(Outcome.REFUSED, Reject.OTHER, error_rows.STRANGE, short, note=note)
    note = raw_note("unknown", f"HTTP {status} says nothing of what became of it", kept)
    return Verdict(Outcome.UNKNOWN, None, error_rows.NOT_UNDERSTOOD, short, note=note)


def venue_events(verdict: Verdict, time_ns: int) -> list[Event]:
    """VENUE with its duration, when the reply shows the venue's state."""
    if verdict.venue is None:
        return []
    return [
        Event(
            kind=EventKind.VENUE,
            time_ns=time_ns,
            code=verdict.venue,
            amount=verdict.retry_after_ns,
        )
    ]


def _fits(row: Row, status: int, words: str) -> bool:
    """Whether a row is about this status and text."""
    if row.phrases and not any(phrase in words for phrase in row.phrases):
        return False
    if status in row.statuses:
        return True
    if not row.phrases:
        return False
    if 200 <= status < 300 or row.reject is None:
        return True
    return status in PROOF  # a refusal's text under another status that refuses


def _said(body: bytes) -> tuple[str, str, Any]:
    """The text, the code and the seconds to wait that an error's body names; "" for a page."""
    try:
        data = value_of(body)
    except wire.WireError:
        plain = body.decode(errors="replace").strip()
        return ("" if len(body) > _PLAIN_LIMIT or plain[:1] in "<{[" else plain), "", None
    if isinstance(data, str):
        return data, "", None
    if not isinstance(data, dict):
        return "", "", None
    text = next((v for v in map(data.get, _TEXTS) if isinstance(v, str) and v), "")
    code = data.get("code")
    return text, code if isinstance(code, str) else "", data.get("retry_after_seconds")


def seconds(value: Any) -> int:
    """Seconds to wait in nanoseconds, an hour at most; 0 for what is no such number."""
    try:
        number = Decimal(wire.decimal_text(value))
    except (wire.WireError, ArithmeticError):
        return 0
    if not number.is_finite() or number <= 0:
        return 0
    if number >= LONGEST_WAIT_NS // 10**9:
        return LONGEST_WAIT_NS
    return int(number * 10**9)
