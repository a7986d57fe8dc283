"""The log of a live process: structlog's records, as JSON lines or for a person, without secrets.

A record is made and cleaned of secrets where it is said, so that one that is forgotten a moment
later is still found in it. Writing happens in a thread: a disk or a pipe that does not take a line
must not stop the engine. When too many wait, records are dropped and counted.
Owns: the handler that it adds to Python's logging while it is open, and the log's file.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import queue
import stat
import sys
import threading
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TextIO

import structlog
from structlog.typing import EventDict, Processor

from clobstep.live.watch.board import LOUD, plain
from clobstep.secret import redact_event
from clobstep.venue.notes import Note

MOST_BYTES: Final = 32 << 20  # of a file, then it is rotated
FILES: Final = 5  # old ones that are kept
MOST_WAITING: Final = 10_000
GOODBYE_S: Final = 2.0  # for a disk or a pipe to take what waits at the end
TEXT_LIMIT: Final = 4_000
OURS: Final = "clobstep"
_CRITICAL: Final = frozenset({"halt", "journal"})

# What every record gets, from structlog and from Python's logging.
SHARED: Final[list[Processor]] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class LogError(OSError):
    """The log cannot be written where it should be; says why and the way out."""


class Logs:
    """Open it around a run: `with Logs(...) as logs`. `log` says something, `note` is an on_note.

    `path` None: standard error. Libraries are heard from WARNING on: below that they write headers
    and addresses. Errors: LogError.
    """

    def __init__(
        self,
        path: Path | str | None = None,
        *,
        as_json: bool = False,
        stream: TextIO | None = None,
        most_bytes: int = MOST_BYTES,
        files: int = FILES,
    ) -> None:
        self._out: StreamOut | PrivateFile = (
            StreamOut(stream or sys.stderr)
            if path is None
            else PrivateFile(Path(path).expanduser(), most_bytes, files)
        )
        self._into = Into()
        self._into.setFormatter(formatter(as_json))
        self._thread = threading.Thread(target=self._write, name="clobstep log", daemon=True)
        self._before = logging.NOTSET
        self.log: structlog.stdlib.BoundLogger = structlog.wrap_logger(
            logging.getLogger(f"{OURS}.live"),
            processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            wrapper_class=structlog.stdlib.BoundLogger,
        )

    @property
    def lost(self) -> int:
        """Records that could not wait or could not be written."""
        return self._into.dropped + self._out.failures

    def note(self, note: Note) -> None:
        """A note or alert of the process, as an event of its kind."""
        if note.kind in _CRITICAL:
            say = self.log.critical
        elif note.kind in LOUD:
            say = self.log.warning
        else:
            say = self.log.info
        say(note.text[:TEXT_LIMIT], kind=note.kind)

    def __enter__(self) -> Self:
        ours = logging.getLogger(OURS)
        self._before = ours.level
        ours.setLevel(logging.INFO)
        logging.getLogger().addHandler(self._into)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what waits, as long as it is taken, and let go of everything."""
        logging.getLogger().removeHandler(self._into)
        logging.getLogger(OURS).setLevel(self._before)
        self._into.end()
        self._thread.join(GOODBYE_S)
        if not self._thread.is_alive():
            self._out.close()

    def _write(self) -> None:
        while (record := self._into.waiting.get()) is not None:
            self._out.handle(record)


class Into(logging.handlers.QueueHandler):
    """Makes each line at once, and lets it wait for the thread that writes; `dropped` could not."""

    def __init__(self) -> None:
        self.waiting: queue.Queue[logging.LogRecord | None] = queue.Queue(MOST_WAITING)
        super().__init__(self.waiting)
        self.dropped = 0
        self.addFilter(is_wanted)

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.waiting.put_nowait(record)
        except queue.Full:
            self.dropped += 1

    def end(self) -> None:
        """Tell the thread that nothing comes any more, if need be in place of a record."""
        with contextlib.suppress(queue.Empty):
            while self.waiting.full():
                self.waiting.get_nowait()
                self.dropped += 1
        self.waiting.put_nowait(None)


class StreamOut(logging.StreamHandler[TextIO]):
    """A stream that is not ours; what it does not take is counted."""

    failures = 0

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002 - logging's
        self.failures += 1


class PrivateFile(logging.handlers.RotatingFileHandler):
    """A rotated file that only its owner reads. Errors: LogError, when it cannot be begun."""

    failures = 0

    def __init__(self, path: Path, most_bytes: int, files: int) -> None:
        super().__init__(path, maxBytes=most_bytes, backupCount=files, encoding="utf-8")

    def _open(self) -> TextIOWrapper:
        name = self.baseFilename
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            handle = os.open(name, flags, 0o600)
        except OSError as error:
            raise LogError(
                f"{name}: no log can be written: {error.strerror}; name another"
            ) from None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise LogError(f"{name}: is no file; name another for the log")
        os.fchmod(handle, 0o600)
        return os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002 - logging's
        self.failures += 1


def is_wanted(record: logging.LogRecord) -> bool:
    """Ours, and what libraries warn of."""
    ours = record.name == OURS or record.name.startswith(f"{OURS}.")
    return ours or record.levelno >= logging.WARNING


def formatter(as_json: bool) -> logging.Formatter:
    """Values are cleaned of secrets before they are put into a line."""
    render: list[Processor] = [structlog.processors.JSONRenderer(ensure_ascii=False)]
    if not as_json:
        render = [shown, structlog.dev.ConsoleRenderer(colors=False)]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact_event,
            *render,
        ],
    )


def shown(logger: Any, method: str, event: EventDict) -> EventDict:  # noqa: ARG001 - its call
    """For a terminal: a value is one line without control characters, a traceback is lines."""
    for key, value in event.items():
        if key in ("exception", "stack"):
            event[key] = "\n".join(plain(line, TEXT_LIMIT) for line in value.splitlines())
        elif isinstance(value, str):
            event[key] = plain(value, TEXT_LIMIT)
    return event
