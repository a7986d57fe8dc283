"""Files that only their owner may read: how they are written, and when they are not trusted.

Owns the modes (0600, in a folder that nobody else can write to) and the writing in one step: a
reader finds the old file or the new one, never half of one.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from shlex import quote
from typing import Final

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
LARGEST: Final = 64 * 1024


class KeysError(ValueError):
    """A key, its file or its source that cannot be used; names the way out, and no secret."""


def read_private(path: Path) -> bytes:
    """All of a private file. KeysError if others can read or replace it, or if it is not there."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise KeysError(f"{path}: {error.strerror or error}") from None
    try:
        _check_file(path, os.fstat(fd))
        _check_folder(path.parent)
        with os.fdopen(fd, "rb", closefd=False) as file:
            data = file.read(LARGEST + 1)
    finally:
        os.close(fd)
    if len(data) > LARGEST:
        raise KeysError(f"{path}: it has more than {LARGEST} bytes, which no key file has")
    return data


def write_private(path: Path, data: bytes, *, replace: bool) -> None:
    """Write a private file in one step, its folder too if that is missing.

    KeysError if it cannot be written, and without `replace` if there is one already.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        _check_folder(path.parent)
        fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        with os.fdopen(fd, "wb") as file:
            os.fchmod(fd, FILE_MODE)
            file.write(data)
            file.flush()
            os.fsync(fd)
        if replace:
            temporary.replace(path)
        else:
            path.hardlink_to(temporary)  # unlike a rename it fails where there is a file
        _sync_folder(path.parent)
    except FileExistsError:
        raise KeysError(f"{path}: there is a file already; name another, or move it away") from None
    except OSError as error:
        raise KeysError(f"{path}: {error.strerror or error}") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _check_file(path: Path, found: os.stat_result) -> None:
    """Judged by the open file, so that it cannot be changed for another in between."""
    mode = stat.S_IMODE(found.st_mode)
    if not stat.S_ISREG(found.st_mode):
        raise KeysError(f"{path}: it is no plain file")
    if found.st_uid not in (os.geteuid(), 0):
        raise KeysError(f"{path}: it belongs to another user; chown {os.geteuid()} {_at(path)}")
    if mode & ~FILE_MODE:
        raise KeysError(
            f"{path}: its mode {mode:04o} is wider than 0600; if others could read it, take its "
            f"secrets for known; chmod 600 {_at(path)}"
        )


def _check_folder(folder: Path) -> None:
    """Who can write to a folder can put another file in the place of ours."""
    mode = folder.stat().st_mode
    if mode & 0o022 and not mode & stat.S_ISVTX:
        raise KeysError(
            f"{folder}: others can write to this folder (mode {stat.S_IMODE(mode):04o}); "
            f"chmod 700 {_at(folder)}"
        )


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _at(path: Path) -> str:
    return quote(str(path))
