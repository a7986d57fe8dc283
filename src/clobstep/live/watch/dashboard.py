"""The dashboard's task: a screen four times a second, or a line now and then where none is.

What watches must not stop what it watches. Drawing and writing happen in a thread, since a terminal
may take its time or none at all (Ctrl-S); a terminal that is gone, or a fault in here, ends the
dashboard and nothing else.
Owns: when it is drawn, and the terminal while it runs. It asks for no key.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import trio
from rich.console import Console
from rich.live import Live

from clobstep.live.watch.screen import Screen, one_line
from clobstep.live.watch.status import Status
from clobstep.live.wire_socket import ignore
from clobstep.venue.notes import Note

EVERY_S: Final = 0.25
LINE_EVERY_S: Final = 10.0
GOODBYE_S: Final = 1.0  # for a terminal that does not take what is written


class Dashboard:
    """`run` it in a nursery. `look` gives the Status; `on_note` hears why it ended by itself."""

    def __init__(
        self,
        look: Callable[[], Status],
        console: Console | None = None,
        *,
        on_note: Callable[[Note], None] = ignore,
    ) -> None:
        self._look = look
        self._console = Console() if console is None else console
        self._on_note = on_note
        self._limiter = trio.CapacityLimiter(1)

    async def run(self) -> None:
        """Until cancelled, or until nothing can be written any more."""
        console = self._console
        try:
            if console.is_terminal and not console.is_dumb_terminal:
                await self._screen()
            else:
                await self._lines()
        except Exception as error:
            self._on_note(Note("dashboard", f"it has ended: {error!r}; trading goes on"))

    async def _screen(self) -> None:
        live = Live(
            console=self._console,
            screen=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        try:
            await self._in_thread(live.start)
            while True:
                picture = Screen(self._look())
                await self._in_thread(partial(live.update, picture, refresh=True))
                await trio.sleep(EVERY_S)
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + GOODBYE_S):
                await self._in_thread(live.stop)

    async def _lines(self) -> None:
        while True:
            line = one_line(self._look())
            await self._in_thread(partial(self._console.out, line, highlight=False))
            await trio.sleep(LINE_EVERY_S)

    async def _in_thread(self, write: Callable[[], object]) -> None:
        """Write; whoever waits for it may leave. Errors: OSError."""

        def guarded() -> None:
            try:
                write()
            except SystemExit as error:  # rich's word for a pipe that nobody reads
                raise BrokenPipeError("nobody reads what is written") from error

        await trio.to_thread.run_sync(guarded, abandon_on_cancel=True, limiter=self._limiter)
