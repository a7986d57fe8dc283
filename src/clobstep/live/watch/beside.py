"""What stands beside a live process: its log, a dashboard, metrics. None of it can stop it.

Owns: where notes go, and what is started for the configuration that asked for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import trio

from clobstep.live.watch.board import Board
from clobstep.live.watch.watched import Watched
from clobstep.live.watch.watcher import Watcher
from clobstep.venue.notes import Note

if TYPE_CHECKING:
    from clobstep.live.watch.logs import Logs


class Beside:
    """`note` is an on_note; `run` goes beside the process. `tell` hears notes where no log does."""

    def __init__(
        self,
        kind: str,
        *,
        tell: Callable[[Note], None],
        logs: Logs | None = None,
        dashboard: bool = False,
        metrics_port: int = 0,
    ) -> None:
        self._kind = kind
        self._tell = logs.note if logs is not None else tell
        self._dashboard = dashboard
        self._metrics_port = metrics_port
        self._early: list[Note] = []
        self._board: Board | None = None

    def note(self, note: Note) -> None:
        """Into the log, and onto the board as soon as there is one."""
        self._tell(note)
        if self._board is not None:
            self._board.note(note)
        elif self._dashboard or self._metrics_port:
            self._early.append(note)

    async def run(self, process: Watched) -> None:
        """Until cancelled. Errors: MetricsError for a port that cannot be had, before it begins."""
        if not (self._dashboard or self._metrics_port):
            return
        board = self._board = Board(process.clock)
        for note in self._early:
            board.note(note)
        self._early.clear()
        watcher = Watcher(process, board, self._kind)
        async with trio.open_nursery() as nursery:
            if self._metrics_port:
                from clobstep.live.watch.metrics import Exporter

                exporter = Exporter(watcher.look, on_note=self.note)
                await nursery.start(exporter.run, self._metrics_port)
            if self._dashboard:
                from clobstep.live.watch.dashboard import Dashboard

                nursery.start_soon(Dashboard(watcher.look, on_note=self.note).run)
