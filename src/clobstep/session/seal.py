"""Sealing a session that was left, checking a sealed one, and copying one that is being written.

A sealed session is one file without a log: it opens with immutable=1, also where nothing can be
written, and everything in it has a digest.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from clobstep import Engine
from clobstep.session.damage import has_log, told_as_ours
from clobstep.session.format import SessionError, connect
from clobstep.session.lock import WriterLock
from clobstep.session.manifest import Sealed
from clobstep.session.reader import Session
from clobstep.session.recover import recover
from clobstep.session.totals import leave_log, totals

LOGS = ("-wal", "-journal")


def seal(path: Path | str) -> Sealed:
    """Seal a session that was left unsealed; its totals. One that is sealed stays as it is.

    Errors: SessionError when another writer has it, or it is damaged.
    """
    path = Path(path)
    with Session.open(path) as session:
        done = session.manifest.sealed
    if done is None:
        _, writer = recover(path)
        writer.seal()
        with Session.open(path) as session:
            done = session.manifest.sealed
        assert done is not None, "seal() writes the totals"
    elif has_log(path) or any(path.with_name(path.name + end).exists() for end in LOGS):
        lock = WriterLock.take(path)  # it was broken off at its very end
        try:
            with told_as_ours(path, "the log"):
                db = connect(path, "rw")
                try:
                    leave_log(db, path)
                finally:
                    db.close()
        finally:
            lock.release()
    return done


def check(path: Path | str) -> Sealed:
    """Read everything in a sealed session and compare it with its digests; its totals.

    What it does not prove: that the events give these effects (that is a replay's business).
    Errors: SessionError naming the first thing that does not fit.
    """
    with Session.open(path) as session:
        stated = session.manifest.sealed
        if stated is None:
            raise SessionError(f"{path}: is not sealed; `clobstep seal` it first")
        with told_as_ours(session.path, "the file"):
            for (text,) in session.db.execute("PRAGMA integrity_check(1)"):
                if text != "ok":
                    raise SessionError(f"{path}: damaged: {text}; take another copy")
            found = totals(session.db, session.manifest, stated.chain)
        for table, row in found.tables.items():
            if list(row) != list(stated.tables.get(table, ())):
                raise SessionError(
                    f"{path}: damaged: the table {table} does not agree with the manifest; "
                    "take another copy"
                )
        if found != stated:
            raise SessionError(f"{path}: damaged: totals do not agree with the manifest")
        effects = sum(len(part) for part in session.effects())
        events = sum(len(part) for part in session.events())
        if (events, effects) != (stated.events, stated.effects):
            raise SessionError(f"{path}: damaged: {events} events and {effects} effects are there")
        for seq, _, blob in session.snapshots():
            try:
                Engine.restore(blob)
            except ValueError as error:
                raise SessionError(f"{path}: snapshot at event {seq}: {error}") from error
        for _ in session.raw():
            pass
    return stated


def live_copy(path: Path | str, out: Path | str) -> None:
    """A copy of a session as it is now, also while it is written; `out` must not exist.

    The copy is one file without a log; it is not sealed unless the original was. Errors:
    SessionError.
    """
    path, out = Path(path), Path(out)
    if out.exists():
        raise SessionError(f"{out}: is there already; name another file or remove it")
    new = out.with_name(out.name + "-new")
    new.unlink(missing_ok=True)
    try:
        with Session.open(path) as session:
            to = sqlite3.connect(new, isolation_level=None)
            try:
                session.db.backup(to)
                to.execute("PRAGMA journal_mode = DELETE")
            finally:
                to.close()
        new.rename(out)
    except (OSError, sqlite3.Error) as error:
        new.unlink(missing_ok=True)
        raise SessionError(f"{path}: cannot be copied to {out}: {error}") from error
