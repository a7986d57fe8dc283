"""A request as a handler sees it, and its answer."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from clobstep_sim.server.accounts import Key

FIRST_PAGE: Final = "MA=="
LAST_PAGE: Final = "LTE="


@dataclass(frozen=True)
class Ask:
    """A request. `key`: who signed it, where that is needed."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: bytes
    headers: dict[str, str]
    key: Key | None = None
    part: str = ""  # the last part of a path that names something

    @property
    def account(self) -> int:
        assert self.key is not None, "a route without a key asked for its account"
        return self.key.account

    def first(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]


class Answer(NamedTuple):
    """Status, what JSON is made of (or bytes as they are), headers."""

    status: int
    data: Any
    headers: Mapping[str, str] = MappingProxyType({})


def error(status: int, text: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"error": text}, headers or {})


def page(rows: list[Any], cursor: str, limit: int) -> dict[str, Any] | None:
    """The rows from a cursor on; None for a cursor that is none."""
    try:
        start = int(base64.b64decode(cursor or FIRST_PAGE, validate=True))
    except ValueError:
        return None
    found = rows[start : start + limit] if start >= 0 else []
    following = start + limit
    more = start >= 0 and following < len(rows)
    cursor = base64.b64encode(str(following).encode()).decode() if more else LAST_PAGE
    return {"limit": limit, "next_cursor": cursor, "count": len(found), "data": found}
