"""The totals of a session, and the last steps of sealing it.

Owns: what the digest of a whole session is made of, and that no log is left beside a sealed file.
"""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

from clobstep.session import manifest as manifests
from clobstep.session.format import DIGESTED, SessionError, digest, table_digest
from clobstep.session.manifest import Manifest, Sealed

VACUUM_PAGES = 16_384  # 64 MiB: SQLite makes the new file in memory first


def write_manifest(db: sqlite3.Connection, head: Manifest) -> None:
    """The manifest's one row."""
    body = manifests.encode(head)
    row = (digest((), body.encode()), body)
    db.execute("INSERT OR REPLACE INTO manifest VALUES (1, ?, ?)", row)


def totals(db: sqlite3.Connection, head: Manifest, chain: int) -> Sealed:
    """Rows and digests of all tables, as they stand in the file now."""
    tables = {}
    whole = hashlib.sha256()
    for table in DIGESTED:
        rows, told = table_digest(db, table)
        tables[table] = (rows, told.hex())
        whole.update(told)
    (events,) = db.execute("SELECT coalesce(sum(n), 0) FROM chunks").fetchone()
    (effects,) = db.execute("SELECT coalesce(sum(n), 0) FROM effects").fetchone()
    return Sealed(
        events=events,
        effects=effects,
        last_seq=head.begins_at + events,
        chain=chain,
        tables=tables,
        digest=whole.hexdigest(),
    )


def finish(db: sqlite3.Connection, path: Path, head: Manifest, chain: int) -> None:
    """Write the totals and leave the log; the tail is empty. Errors: SessionError, sqlite3's."""
    (free,) = db.execute("PRAGMA freelist_count").fetchone()
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    if free * 8 > pages and pages < VACUUM_PAGES:  # what the tail left is worth a new file
        db.execute("VACUUM")
    head.sealed = totals(db, head, chain)
    write_manifest(db, head)
    leave_log(db, path)


def leave_log(db: sqlite3.Connection, path: Path) -> None:
    """Bring all of the log into the file and remove it. Errors: SessionError, sqlite3's."""
    try:
        (mode,) = db.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        mode = "wal"
    if mode != "delete":
        raise SessionError(
            f"{path}: all is written, but another program has the file open: "
            "close it there, then seal again"
        )
