"""One line of a recording: its envelope taken off, its messages and their times found.

    {"event_type": "book", ...}                      the raw message, or an array of them
    {"capturedAt": 1776808414, "payload": {...}}     an object in an envelope
    {"source": "...", "recv_wall_ts": 1777366911692, "payload": "{...}"}        text in one

Owns what counts as a message of the market channel and what counts as a receive time. Raw bytes in
and out: no price or size is looked at here.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final, NamedTuple

import msgspec

from clobstep import units
from clobstep.imports.parquet import EARLIEST_NS, LATEST_NS

RECEIVED: Final = (
    "recv_wall_ts", "recv_ts", "received_at", "receivedAt", "capturedAt", "captured_at",
)  # fmt: skip
PAYLOAD: Final = "payload"
S_NS: Final = 1_000_000_000
_MS_DIGITS: Final = 13
BROKEN: Final = "not whole: cut off or damaged JSON"
STRANGE: Final = "no message of the market channel"

Object = dict[str, msgspec.Raw]
_OBJECT: Final = msgspec.json.Decoder(Object)
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT: Final = msgspec.json.Decoder(str)


class _Usual(msgspec.Struct, gc=False):
    """What a pushed message always has; what has not is looked at key by key."""

    event_type: str
    timestamp: str
    market: str
    payload: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_USUAL: Final = msgspec.json.Decoder(_Usual)


class LineError(ValueError):
    """A line, or a message in it, that is not taken: `args` are the reason and an example."""


class Message(NamedTuple):
    """One object of the market channel. Times are nanoseconds, 0 where there is none."""

    raw: bytes
    kind: str  # event_type; "" for a book that was asked for (REST) rather than pushed
    time_ns: int
    condition: str
    in_array: bool


class Line(NamedTuple):
    """The messages of a line, and when it came in: 0 where it does not say."""

    messages: list[Message]
    problems: list[LineError]  # of single messages in an array
    received_ns: int = 0
    received_fine: bool = False  # more exactly than to the second


def read(line: bytes) -> Line:
    """Take a line apart. Raises LineError."""
    text = line.strip()
    try:
        return _read(text)
    except UnicodeError as error:
        raise LineError("no UTF-8", f"{error}: {_show(text)}") from None
    except RecursionError:
        raise LineError(BROKEN, f"nested too deep: {_show(text)}") from None


def _read(text: bytes) -> Line:
    if text.startswith(b"["):
        return Line(*_messages(text))
    usual = _usual(text)
    if usual is not None:
        return Line([usual], [])
    envelope = _object(text)
    if PAYLOAD not in envelope:
        return Line([_message(text, envelope, in_array=False)], [])
    source = _word(envelope.get("source"))
    payload = bytes(envelope[PAYLOAD]).strip()
    if payload.startswith(b'"'):
        payload = _TEXT.decode(payload).encode().strip()
    try:
        messages, problems = _messages(payload)
    except LineError as error:
        if source:
            raise LineError(f"source {source}: {error.args[0]}", error.args[1]) from None
        raise
    return Line(messages, problems, *_received(envelope))


def _object(text: bytes) -> Object:
    if not text.startswith(b"{"):
        raise LineError(STRANGE if _is_json(text) else "no JSON", _show(text))
    try:
        return _OBJECT.decode(text)
    except msgspec.DecodeError as error:
        raise LineError(BROKEN, f"{error}: {_show(text)}") from None


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return True


def _messages(text: bytes) -> tuple[list[Message], list[LineError]]:
    if not text.startswith(b"["):
        return [_usual(text) or _message(text, _object(text), in_array=False)], []
    try:
        items = _ARRAY.decode(text)
    except msgspec.DecodeError as error:
        raise LineError(BROKEN, f"{error}: {_show(text)}") from None
    messages, problems = [], []
    for raw in map(bytes, items):
        try:
            messages.append(_message(raw, _object(raw), in_array=True))
        except LineError as error:
            problems.append(error)
    if not messages and problems:
        raise problems[0]
    return messages, problems


def _usual(text: bytes) -> Message | None:
    """A pushed message in its usual form, the fast way; None for anything else."""
    try:
        found = _USUAL.decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        return None
    stamp = found.timestamp
    if len(stamp) != _MS_DIGITS or not stamp.isascii() or not stamp.isdigit():
        return None
    time_ns = int(stamp) * 1_000_000
    if found.payload is not msgspec.UNSET or not EARLIEST_NS <= time_ns < LATEST_NS:
        return None
    return Message(text, found.event_type, time_ns, found.market, False)


def _message(raw: bytes, found: Object, *, in_array: bool) -> Message:
    kind = _word(found.get("event_type"))
    if not kind and not ("asset_id" in found and "bids" in found and "asks" in found):
        raise LineError(STRANGE, _show(raw))
    stamp = found.get("timestamp")
    time_ns, _ = _time_ns(bytes(stamp)) if stamp is not None else (0, False)
    if stamp is not None and not time_ns:
        raise LineError("no time, or one outside 2020 to 2100", _show(raw))
    return Message(raw, kind, time_ns, _word(found.get("market")), in_array)


def metadata_of(book: bytes) -> dict[str, int | bool]:
    """What a book says of its market, as fields of MarketInfo; what cannot be read is left out."""
    found = _object(book)
    said: dict[str, int | bool] = {}
    for name, key, read in (
        ("tick_pips", "tick_size", units.parse_tick),
        ("min_size", "min_order_size", units.parse_size),
    ):
        with suppress(ValueError):  # UnitError is one
            said[name] = int(read(_text(found.get(key))))
    if "neg_risk" in found and bytes(found["neg_risk"]) in (b"true", b"false"):
        said["neg_risk"] = bytes(found["neg_risk"]) == b"true"
    return said


def tick_before(change: bytes) -> dict[str, int | bool]:
    """The tick that a market had before this tick_size_change."""
    with suppress(ValueError):
        return {"tick_pips": int(units.parse_tick(_text(_object(change).get("old_tick_size"))))}
    return {}


def _text(raw: msgspec.Raw | None) -> str:
    """A number or a string as text."""
    return _word(raw) or ("" if raw is None else bytes(raw).decode("utf-8", "replace"))


def _received(envelope: Object) -> tuple[int, bool]:
    """When the line came in, and whether it says so more exactly than to the second."""
    for name in RECEIVED:
        if name in envelope:
            time_ns, fine = _time_ns(bytes(envelope[name]))
            if time_ns:
                return time_ns, fine
    return 0, False


def _time_ns(value: bytes) -> tuple[int, bool]:
    """A time as nanoseconds, its unit told by its size, and whether it is finer than seconds.

    (0, False) for what is no time between 2020 and 2100.
    """
    text = value.strip(b' "')
    whole, _, part = text.partition(b".")
    if not whole.isdigit() or (part and not part.isdigit()) or len(whole) > 19:
        return _utc_ns(text)
    number = int(whole)
    for unit in (S_NS, 1_000_000, 1_000, 1):
        if EARLIEST_NS <= number * unit < LATEST_NS:
            fraction = int(part[:9].ljust(9, b"0")) * unit // S_NS if part else 0
            return number * unit + fraction, unit < S_NS or bool(part)
    return 0, False


def _utc_ns(text: bytes) -> tuple[int, bool]:
    try:
        time_ns = units.parse_time(text.decode())
    except ValueError:  # UnicodeDecodeError and UnitError are ones
        return 0, False
    return (time_ns, b"." in text) if EARLIEST_NS <= time_ns < LATEST_NS else (0, False)


def _word(raw: msgspec.Raw | None) -> str:
    """A JSON string as text; "" for anything else."""
    if raw is None or not bytes(raw).startswith(b'"'):
        return ""
    return _TEXT.decode(raw)


def _show(raw: bytes) -> str:
    return raw[:80].decode("utf-8", "replace") + ("..." if len(raw) > 80 else "")
