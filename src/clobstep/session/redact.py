"""A copy of a session without the ids of accounts, so that it can be shown to others.

Raw messages of the user channel and of private answers name owners, and an owner is the id of an
API key. In the copy these values are `***`, wherever they stand: in raw messages and in notes. The
events, the effects and the chain stay what they are, so the copy replays like the original; digests
are made anew, those that parts of a series name of each other too.

What stays: order hashes, trade ids and addresses, which the chain shows to everybody.
Owns: which keys are about accounts.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import zstandard

from clobstep.secret import SHOWN, redact_bytes
from clobstep.session import rawblocks
from clobstep.session.format import SessionError, digest
from clobstep.session.manifest import Sealed
from clobstep.session.reader import Session
from clobstep.session.seal import live_copy
from clobstep.session.series import parts_of
from clobstep.session.totals import finish

PUBLIC: Final = frozenset({"market", "gamma"})  # sources of raw messages that name nobody
_NAME: Final = r"(?:\w*owner|api[_-]?key|poly_api_key)"
_KEY: Final = re.compile(_NAME, re.IGNORECASE)
_PAIR: Final = re.compile(
    rf"""(?P<kept>["']{_NAME}["']\s*[:=]\s*)"(?P<value>(?:[^"\\]|\\.)*)(?:"|$)""", re.IGNORECASE
)
LEAST: Final = 12  # characters; shorter values are looked for behind their names only


def redacted_copy(path: Path | str, out: Path | str) -> list[Path]:
    """Copy a session, or all parts of a series, into the folder `out`; the new files.

    Errors: SessionError; what was begun is removed.
    """
    path, out = Path(path), Path(out)
    parts = [path] if path.exists() else [part for _, part in parts_of(path)]
    if not parts:
        raise SessionError(f"{path}: there is no such file")
    made: list[Path] = []
    before: Sealed | None = None
    ids = {value for part in parts for value in _ids(part)}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for part in parts:
            live_copy(part, out / part.name)
            made.append(out / part.name)
            before = _redact(made[-1], ids, before)
    except BaseException as error:
        for new in made:
            new.unlink(missing_ok=True)
        if isinstance(error, OSError | sqlite3.Error):
            raise SessionError(f"{out}: cannot be written: {error}; name another folder") from error
        raise
    return made


# ---- what is to go


def _ids(part: Path) -> Iterator[str]:
    """Every value that is named an account's, anywhere in a part."""
    with Session.open(part) as session:
        for raw in session.raw():
            if raw.source not in PUBLIC:
                yield from _named(raw.payload.decode("utf-8", "replace"))
        for note in session.notes():
            yield from _named(note.text)


def _named(text: str) -> Iterator[str]:
    for hit in _PAIR.finditer(text):
        yield hit["value"]
    yield from _walked(_value(text))


def _walked(value: Any) -> Iterator[str]:
    """The same, however its keys are spelt."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and _KEY.fullmatch(key):
                yield inner
            yield from _walked(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walked(inner)


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None


# ---- its going


def _clean(text: str, ids: set[str]) -> str:
    """Without the values behind such names, and without these ids wherever they stand."""
    text = _PAIR.sub(rf'\g<kept>"{SHOWN}"', text)
    for value in ids:
        if len(value) >= LEAST:
            text = text.replace(value, SHOWN)
    if any(value != SHOWN for value in _walked(_value(text))):  # spelt with escapes
        return f'"{SHOWN}"'
    return text


def _clean_raw(raw: rawblocks.Raw, ids: set[str]) -> rawblocks.Raw:
    if raw.source in PUBLIC:
        return raw
    text = redact_bytes(raw.payload).decode("utf-8", "surrogateescape")
    return raw._replace(payload=_clean(text, ids).encode("utf-8", "surrogateescape"))


def _redact(path: Path, ids: set[str], before: Sealed | None) -> Sealed | None:
    """Change a copy in place; its new totals if it is sealed."""
    with Session.open(path) as session:
        head = session.manifest
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("BEGIN")
        for number, *of, stated, data in db.execute(
            "SELECT id, n, first_seq, first_time_ns, last_time_ns, digest, data FROM raw"
        ).fetchall():
            rows = [_clean_raw(raw, ids) for raw in rawblocks.unpack(tuple(of), stated, data)]
            new = zstandard.ZstdCompressor(level=3).compress(msgspec.msgpack.encode(rows))
            db.execute(
                "UPDATE raw SET digest = ?, data = ? WHERE id = ?", (digest(of, new), new, number)
            )
        for number, text in db.execute("SELECT id, text FROM notes").fetchall():
            db.execute("UPDATE notes SET text = ? WHERE id = ?", (_clean(text, ids), number))
        db.execute("COMMIT")
        db.execute("VACUUM")  # what was overwritten still lies in pages that are free
        if head.sealed is None:
            return None
        if head.previous is not None and before is not None:
            head.previous.digest = before.digest
        chain = head.sealed.chain
        head.sealed = None
        finish(db, path, head, chain)
        return head.sealed
    finally:
        db.close()
