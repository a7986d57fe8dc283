"""Making a session file, and opening one for writing: the only places that set SQLite up.

Owns: how a file comes to be (whole or not at all) and how durable a commit is.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from clobstep.session.format import APPLICATION_ID, FORMAT, SCHEMA, SessionError, connect
from clobstep.session.manifest import Manifest
from clobstep.session.totals import write_manifest

WAL_PAGES = 1_000  # SQLite copies its log into the file when it is longer, and overwrites it then
WAL_BYTES = 1 << 26  # and cuts it to this length then, if a reader let it grow
# macOS calls a sync done when the drive has the data in its memory; fullfsync waits for the medium.
DURABLE = ("synchronous = FULL", "fullfsync = ON", "checkpoint_fullfsync = ON")


def make(path: Path, head: Manifest) -> None:
    """A whole, empty session under another name, then under its own: never half of one."""
    new = path.with_name(path.name + "-new")
    for left in (path.name + "-wal", path.name + "-journal"):
        if path.with_name(left).exists():
            raise SessionError(
                f"{path}: beside it is {left}, the log of a session that was removed; "
                "remove it as well"
            )
    try:
        for end in ("", "-journal", "-wal", "-shm"):  # of a run that ended in here
            new.with_name(new.name + end).unlink(missing_ok=True)
        db = sqlite3.connect(new, isolation_level=None)
        try:
            for setting in DURABLE:
                db.execute(f"PRAGMA {setting}")
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {FORMAT}")
            db.executescript(f"BEGIN;{SCHEMA}COMMIT;")
            write_manifest(db, head)
            db.execute("PRAGMA journal_mode = WAL")  # from its first moment to its sealing
        finally:
            db.close()
        new.rename(path)
        folder = os.open(path.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except (OSError, sqlite3.Error) as error:
        new.unlink(missing_ok=True)
        raise SessionError(
            f"{path}: cannot be made: {error}; free some room, or name a file on another disk"
        ) from error


def open_to_write(path: Path) -> sqlite3.Connection:
    """With a log that is synced at every commit. Errors: SessionError."""
    db = connect(path, "rw")
    try:
        (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise SessionError(f"{path}: SQLite cannot keep a log on this file system ({mode})")
        for setting in (*DURABLE, "secure_delete = OFF"):
            db.execute(f"PRAGMA {setting}")
        db.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        db.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
    except BaseException as error:
        db.close()
        if isinstance(error, sqlite3.Error):
            raise SessionError(f"{path}: cannot be written: {error}") from error
        raise
    return db
