"""What is wrong with a file, in words: looked at before SQLite sees it, and when it complains.

Owns: the texts for files that are no session, or are one no longer. Reads the first bytes only.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import zstandard

from clobstep.session.format import (
    APPLICATION_ID,
    FORMAT,
    HEADER_BYTES,
    MAGIC,
    SessionError,
    is_open_here,
)


def has_log(path: Path) -> bool:
    """Does a log belong to the file (it is not sealed)? Reads the first 100 bytes.

    Errors: SessionError for a missing, empty, truncated or foreign file, or a newer format.
    """
    if is_open_here(path):
        return True
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(HEADER_BYTES)
    except OSError as error:
        raise SessionError(f"{path}: cannot be read ({error.strerror})") from None
    if not head:
        raise SessionError(f"{path}: empty, not a session; nothing is lost by removing it")
    if head[: len(MAGIC)] != MAGIC[: len(head)]:
        raise SessionError(
            f"{path}: not a session (no SQLite file); recordings of others are taken by "
            "`clobstep import`"
        )
    if len(head) < HEADER_BYTES:
        raise SessionError(f"{path}: truncated to {size} bytes; take another copy")
    application, version = (int.from_bytes(head[k : k + 4], "big") for k in (68, 60))
    if application != APPLICATION_ID:
        raise SessionError(
            f"{path}: an SQLite file, but not a session (application id {application:#010x}); "
            "name another file"
        )
    if version == 0:
        raise SessionError(f"{path}: damaged: its format is 0; take another copy")
    if version > FORMAT:
        raise SessionError(
            f"{path}: format {version}, this clobstep reads up to {FORMAT}; upgrade clobstep"
        )
    page = int.from_bytes(head[16:18], "big")
    least = int.from_bytes(head[28:32], "big") * (65_536 if page == 1 else page)
    logged = head[18] == 2 or head[19] == 2
    if size < least and not logged:
        raise SessionError(
            f"{path}: truncated, {size} of {least} bytes are there; take another copy"
        )
    return logged


@contextlib.contextmanager
def told_as_ours(path: Path, what: str) -> Iterator[None]:
    """SQLite's and zstd's complaints, while `what` is read, as a SessionError naming the file."""
    try:
        yield
    except (sqlite3.Error, zstandard.ZstdError, UnicodeError) as error:
        raise SessionError(f"{path}: {what} cannot be read: {error}; take another copy") from error
