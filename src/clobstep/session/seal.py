"""Sealing: the totals, the digest of the whole content, and a file that is one file again.

Owns: what a sealed session is. After `finish` the file has no log beside it and opens with
immutable=1, also where nothing can be written.
"""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

from clobstep.session.format import DIGESTED, SessionError, table_digest
from clobstep.session.manifest import Manifest, Sealed


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
    """Write the totals and leave the log. The tail must be empty. Errors: sqlite3's."""
    from clobstep.session.writer import write_manifest

    head.sealed = totals(db, head, chain)
    write_manifest(db, head)
    (free,) = db.execute("PRAGMA freelist_count").fetchone()
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    if free * 8 > pages:  # what the tail left; else not worth writing everything again
        db.execute("VACUUM")
    (mode,) = db.execute("PRAGMA journal_mode = DELETE").fetchone()
    if mode != "delete":
        raise SessionError(
            f"{path}: all is written, but somebody reads the file: close it there, then seal again"
        )
