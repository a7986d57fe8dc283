"""One writer a file: an advisory lock on a file beside it, let go by the kernel when we die.

Owns: `<session>-lock`. It is a file of its own because closing any handle of the database itself
would drop the locks that SQLite holds on it in this process.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from clobstep.session.format import SessionError


class WriterLock:
    """Held from `take` to `release`, or to the end of the process, however it ends."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle

    @classmethod
    def take(cls, session: Path) -> WriterLock:
        """Errors: SessionError when another writer has it, or the folder cannot be written."""
        path = session.with_name(session.name + "-lock")
        while True:
            try:
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except OSError as error:
                raise SessionError(
                    f"{session}: cannot be written here ({error.strerror}); "
                    "name a file in a folder you may write"
                ) from None
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
                os.close(handle)
                raise SessionError(
                    f"{session}: another writer has it (process {holder or 'unknown'}); "
                    "end that one first, or write another file"
                ) from None
            if _is_still_there(path, handle):
                with contextlib.suppress(OSError):  # a full disk: the message lacks a number
                    os.ftruncate(handle, 0)
                    os.pwrite(handle, b"%d\n" % os.getpid(), 0)
                return cls(path, handle)
            os.close(handle)  # its holder removed it between our open and our lock

    def release(self) -> None:
        """Let go, and remove the file; a second call does nothing."""
        if self._handle >= 0:
            with contextlib.suppress(OSError):
                self._path.unlink()
            os.close(self._handle)
            self._handle = -1


def _is_still_there(path: Path, handle: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(handle).st_ino
    except FileNotFoundError:
        return False
