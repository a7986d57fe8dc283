"""A request and its reply as values. Owns nothing."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Auth(Enum):
    """What a request needs to be answered."""

    NONE = "none"
    L1 = "l1"
    L2 = "l2"


class Lane(Enum):
    """Who must not wait for whom: each lane has connections of its own."""

    SUBMIT = "submit"
    CANCEL = "cancel"
    READ = "read"
    BEAT = "beat"


class Request(NamedTuple):
    """One request. `path` has no query: it is what L2 signs, with the exact bytes of `body`."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    auth: Auth = Auth.NONE
    lane: Lane = Lane.READ


class Failure(Enum):
    """Why there is no reply."""

    NONE = "none"
    NOT_SENT = "not sent"  # nothing reached the venue: no connection, no name, no certificate
    NO_ANSWER = "no answer"  # it may have executed


class Reply(NamedTuple):
    """What came back. `status` 0: nothing, and `failure` says why. `headers` in lower case."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    failure: Failure = Failure.NONE
    why: str = ""  # of a failure, for people

    def header(self, name: str) -> str:
        """A header's value, "" when it is not there."""
        return next((value for key, value in self.headers if key == name), "")
