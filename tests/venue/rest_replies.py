"""Replies of the venue's REST interface for tests, and what they become."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from clobstep import events
from clobstep.enums import Side, Tif
from clobstep.events import Event
from clobstep.venue.rest.answer import Answer
from clobstep.venue.rest.request import Reply
from clobstep.venue.rest.submits import Sent

NOW = 1_790_000_000_000_000_000
SHARE = 1_000_000
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "live", "matched", "0xaa", "0xab", "LTE=", "1e999999", "NaN", "-1"])
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def reply(body: Any, status: int = 200, **headers: str) -> Reply:
    """A reply whose body is this value as JSON, or these bytes; a header_name is header-name."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Reply(status, raw, named)


def order(
    order_hash: str = "0xaa",
    order_id: int = 1,
    *,
    side: Side = Side.BUY,
    tif: Tif = Tif.GTC,
    original: int = 10 * SHARE,
) -> Sent:
    return Sent(order_id, order_hash, side, tif, original)


def said(answer: Answer) -> list[Event]:
    records = answer.events
    return [events.unpack(records[i : i + 64]) for i in range(0, len(records), 64)]


def kinds(answer: Answer) -> list[str]:
    """The kinds of the notes."""
    return [note.kind for note in answer.notes]
