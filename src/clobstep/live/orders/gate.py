"""Private words wait while the account is read: none can overtake what is being read.

A read of the account is several requests; a word that came meanwhile may be newer than some of
their answers. So between the beginning of a read and its end, answers and the user channel's words
are kept, in order, and heard after it. Words that are older than the read come late then, as
they may on any connection.
Owns: what is held.
"""

from __future__ import annotations

from clobstep.live.inbox import PRIVATE_LIMIT, Inbox, InboxFullError, Raw

RECORD = 64


class Gate:
    """In front of an inbox; `private` is what producers call."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._held: list[tuple[bytes, tuple[Raw, ...]]] = []
        self._n_held = 0
        self.is_holding = False

    def private(self, events: bytes, raws: tuple[Raw, ...] = ()) -> None:
        """As Inbox.private; kept back while the account is read. Errors: InboxFullError."""
        if not self.is_holding:
            self._inbox.private(events, raws)
            return
        self._n_held += len(events) // RECORD
        if self._n_held > PRIVATE_LIMIT:
            raise InboxFullError(f"{self._n_held} private events wait for the account's read")
        self._held.append((events, raws))

    def hold(self) -> None:
        """A read begins."""
        self.is_holding = True

    def release(self, read: bytes = b"", raws: tuple[Raw, ...] = ()) -> None:
        """It ended: what was read is heard, then what waited."""
        self.is_holding = False
        self._inbox.private(read, raws)
        held, self._held, self._n_held = self._held, [], 0
        for events, of in held:
            self._inbox.private(events, of)
