"""What the commands about session files share: errors that exit with 2, and a progress bar.

Owns: how a file that cannot be read is told, and that a bar appears only after a second, only on a
terminal, and never on standard output.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from clobstep.session.reader import Session
    from clobstep.session.series import Series

WAIT_S: Final = 1.0  # before a bar is shown


class Unreadable(click.ClickException):
    """Something that was given cannot be read or written: exit code 2, without the usage."""

    exit_code = 2


class Bar:
    """A progress bar for `progress(what, done, total)`; a context manager.

    It appears a while after the first call, also when that is the last one for long.
    """

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown: Progress | None = None
        self._task: TaskID | None = None
        self._terminal = sys.stderr.isatty()
        self._lock = threading.Lock()
        self._later: threading.Timer | None = None
        self._at = ("", 0, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._terminal = False
        if self._later is not None:
            self._later.cancel()
            self._later.join()
        if self._shown is not None:
            self._shown.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show where it is."""
        if not self._terminal:
            return
        self._at = what, done, total
        left = WAIT_S - (time.monotonic() - self._began)
        if left <= 0:
            self._show()
        elif self._later is None:
            self._later = threading.Timer(left, self._show)
            self._later.daemon = True
            self._later.start()

    def _show(self) -> None:
        with self._lock:
            if not self._terminal:
                return
            what, done, total = self._at
            if self._shown is None or self._task is None:
                from rich.console import Console
                from rich.progress import Progress

                self._shown = Progress(console=Console(stderr=True), transient=True)
                self._task = self._shown.add_task(what, total=total)
                self._shown.start()
            self._shown.update(self._task, description=what, completed=done, total=total)


@contextmanager
def told() -> Iterator[None]:
    """Turn the errors of sessions and imports into messages that exit with 2."""
    from clobstep.imports.tally import RecordingError
    from clobstep.session.format import SessionError

    try:
        yield
    except (SessionError, RecordingError) as error:
        raise Unreadable(str(error)) from None
    except OSError as error:
        raise Unreadable(f"{error.filename or 'a file'}: {error.strerror or error}") from None


@contextmanager
def opened(path: str | Path) -> Iterator[Session | Series]:
    """A session for reading; what is wrong with it exits with 2.

    The name of a rolled session, without the numbers of its parts, opens all of them as one.
    """
    from clobstep.session.reader import Session
    from clobstep.session.series import Series, parts_of

    with told():
        if Path(path).exists():
            with Session.open(path) as session:
                yield session
        elif parts_of(path):
            with Series.open(path) as series:
                yield series
        else:
            raise Unreadable(f"{path}: there is no such file")


def plain(value: Any) -> str:
    """A JSON document as every command prints it."""
    import json

    return json.dumps(value, indent=2)
