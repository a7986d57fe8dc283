"""Paper trading on a feed that goes on: our orders meet the market as it comes.

The paper venue stays a little behind our time, and a word of the market counts there at most that
long before it came: so nothing that comes later can have been earlier, and the run is to the bit
the one that the recorded feed would give. Owns: the run, and the session that it is written to.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clobstep.core import EVENT_DTYPE
from clobstep.session.manifest import Manifest
from clobstep.session.writer import SessionWriter
from clobstep.venue.interning import Interning
from clobstep_sim.replayed._paper import PaperStream
from clobstep_sim.replayed.paper import Paper, sink
from clobstep_sim.replayed.recording import Recording, is_of_market
from clobstep_sim.replayed.result import PaperResult
from clobstep_sim.replayed.settings import PaperSettings

Array = NDArray[np.void]
SECOND: Final = 1_000_000_000


class LivePaper:
    """Hears a feed that is recorded (`clobstep.live.record.Listener`), and trades on it.

    `first`: the feed's own first events, which name all markets; `manifest`: of its recording,
    whose settings say how far we stay behind (`oldest_ns`). `commit_ns`: our time between commits.
    Errors: those of `paper`; SessionError when the session cannot be made or written.
    """

    def __init__(
        self,
        name: str,
        first: bytes,
        manifest: Manifest,
        interning: Interning,
        strategy: Any,
        settings: PaperSettings,
        record: Path,
        *,
        commit_ns: int = SECOND,
    ) -> None:
        events = np.frombuffer(first, EVENT_DTYPE)
        rows = interning.rows()
        self.paper = Paper(Recording(name, events, manifest), strategy, settings, record)
        self.behind_ns = settings.oldest_ns(manifest)
        if not self.behind_ns:
            raise ValueError("oldest_ns: a live run stays behind its feed; the manifest says none")
        self.committed_ns = 0
        self._interning = interning
        self._named = len(rows)
        self._skip = len(events)  # they are there already, and will be heard again
        self._commit_ns = commit_ns
        self._writer = SessionWriter.create(record, self.paper.manifest())
        try:
            self._writer.intern(rows)
            self._writer.commit()
            self._stream = self.paper.made(PaperStream, sink(self._writer))
        except BaseException:
            self._writer.close()
            raise

    @property
    def late(self) -> int:
        """Words that came after the venue had passed their time."""
        return self._stream.late

    def heard(self, found: Array) -> None:
        """Words of the market, in the order in which they are recorded."""
        if self._skip:
            found, self._skip = found[self._skip :], 0
        self._stream.feed(np.ascontiguousarray(found[is_of_market(found)]))

    def passed(self, now_ns: int) -> None:
        """Trade up to what nothing that is still to come can change."""
        if self._skip:
            return
        self._stream.advance(now_ns - self.behind_ns - 1)
        if now_ns - self.committed_ns >= self._commit_ns:
            self._writer.commit()
            self.committed_ns = now_ns

    def finish(self, manifest: Manifest) -> PaperResult:
        """The feed is over: run to the end of all that is on its way, and seal.

        `manifest`: of the recording, sealed.
        """
        paper, writer = self.paper, self._writer
        self._stream.run()
        writer.intern(self._interning.rows(self._named))
        writer.snapshot(paper.engine.seq, paper.engine.chain, paper.engine.snapshot())
        paper.recording = replace(paper.recording, manifest=manifest)
        writer.seal(paper.manifest())
        return paper.result(self._stream)

    def close(self) -> None:
        """Let go of the session: after `finish` nothing, else what was committed stays."""
        self._writer.close()
