"""A secret, and how text is cleaned of secrets before it is logged.

Owns `Secret`, which shows nothing of itself, and the patterns of what is taken out of text: the
secrets that are alive, and what looks like a key, a signature or a credential of the venue.
Touches no file, clock or socket.

What it does not do: wipe memory (Python cannot), or hide from code that asks with `reveal()`. Every
use of a secret is a call of that name, so that it can be searched for.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, NoReturn, final
from weakref import WeakKeyDictionary

SHOWN: Final = "***"
LEAST_SEARCHED: Final = 6  # shorter ones stand in too many words to be searched for
MAX_DEPTH: Final = 12  # of a log entry's values


@final
class Secret:
    """Text that nobody should see. `repr`, `str` and `format` say `***`.

    It is equal to nothing but itself, is not copied, pickled or encoded, and while it is alive
    `redact` takes its text out of what is logged.
    """

    __slots__ = ("__text", "__weakref__")

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a secret is made of text, not of {type(text).__name__}")
        self.__text = text
        _alive[self] = _spellings(text) if len(text) >= LEAST_SEARCHED else ()

    def reveal(self) -> str:
        """The text itself, for what signs, encrypts or sends it."""
        return self.__text

    def __repr__(self) -> str:
        return SHOWN

    def __str__(self) -> str:
        return SHOWN

    def __format__(self, spec: str) -> str:
        return SHOWN

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a secret is not pickled or copied; pass it on as it is")

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("Secret is not inherited from: a subclass could show it")


_alive: WeakKeyDictionary[Secret, tuple[str, ...]] = WeakKeyDictionary()

_NAMES: Final = (
    r"POLY[_-]SIGNATURE|POLY[_-]PASSPHRASE|POLY[_-]API[_-]KEY"
    r"|api[_-]?key|api[_-]?secret|secret|pass(?:phrase|word)|private[_-]?key|mnemonic|signature"
)
_PATTERNS: Final = (
    # a value behind its name: a header, JSON, a keyword argument, a pair of a list
    re.compile(
        rf"""(?P<kept>(?:{_NAMES})["']?\s*[:=,]\s*b?)(?:"[^"]*"|'[^']*'|[^\s"',}}\])&]+)""",
        re.IGNORECASE,
    ),
    # 32 bytes without 0x: a key or a passphrase. With 0x they are ids of orders and conditions ...
    re.compile(r"(?P<kept>)(?<![0-9A-Za-z])[0-9a-fA-F]{64}(?![0-9A-Za-z])"),
    # ... unless they are called a key.
    re.compile(
        r"(?P<kept>\b(?:key|pk|priv)\b[^0-9A-Za-z]{0,4})0x[0-9a-fA-F]{64}(?![0-9A-Za-z])",
        re.IGNORECASE,
    ),
    # a signature of an order: 65 bytes, or more of a deposit wallet
    re.compile(r"(?P<kept>)(?:0x)?[0-9a-fA-F]{128,}"),
)


def _spellings(text: str) -> tuple[str, ...]:
    """How a secret stands in a line, longest first: as it is, in JSON, in a repr, without 0x."""
    found = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    found.add(repr(text)[1:-1])
    if re.fullmatch(r"(0x)?[0-9a-fA-F]{32,}", text):
        bare = text.removeprefix("0x")
        found |= {bare, bare.lower(), bare.upper()}
    return tuple(sorted(found, key=len, reverse=True))


def redact(text: str) -> str:
    """The text with `***` for every secret that is alive and for what looks like one."""
    for spellings in list(_alive.values()):
        for spelling in spellings:
            text = text.replace(spelling, SHOWN)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<kept>{SHOWN}", text)
    return text


def redact_bytes(raw: bytes) -> bytes:
    """As `redact`, of bytes that are kept as they came: those that are no text stay as they are."""
    return redact(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def redact_value(value: Any, depth: int = 0) -> Any:
    """A log entry's value without secrets; numbers stay what they are, containers are walked."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping) and depth < MAX_DEPTH:
        return {
            redact(str(key)): SHOWN
            if isinstance(key, str) and re.fullmatch(_NAMES, key, re.IGNORECASE)
            else redact_value(entry, depth + 1)
            for key, entry in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset) and depth < MAX_DEPTH:
        return [redact_value(entry, depth + 1) for entry in value]
    return redact(value.decode("latin-1") if isinstance(value, bytes) else repr(value))


def redact_event(logger: Any, method: str, event: Any) -> Any:  # noqa: ARG001 - structlog's call
    """A structlog processor. Put it last, behind the renderer, or else before it.

    Behind the renderer it sees every line as it is written; before it, the values of an entry.
    """
    if isinstance(event, MutableMapping):
        cleaned = redact_value(event)
        event.clear()
        event.update(cleaned)
        return event
    return redact_value(event)


class RedactingFilter(logging.Filter):
    """For a handler of the standard library: the message and the traceback without secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the record; it is always let through."""
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True
