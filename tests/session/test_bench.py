"""The rows of the bench can be had, and say what they should; how fast is not asked here."""

from pathlib import Path

import numpy as np
import pytest

from clobstep.bench import journal, streams
from clobstep.core import EVENT_DTYPE


def test_every_row_is_made(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(journal, "WARM", 10)
    monkeypatch.setattr(journal, "PASSES", 2)
    events = streams.whole(streams.make(n=6000))
    rows = journal.session(events, tmp_path)
    assert rows["journal_commit"]["commits"] == 1500
    assert rows["journal_commit"]["ratio"] > 0
    assert rows["session_size"]["events"] == rows["session_replay"]["events"] == len(events)
    assert 0 < rows["session_size"]["chunk_bytes_an_event"] < 12
    assert rows["session_memory"]["half_peak_kib"] > 0
    assert list(tmp_path.iterdir()) == []


def test_a_commit_needs_events_enough() -> None:
    with pytest.raises(ValueError, match="300 events are too few for 1200 \\+ 50 commits"):
        journal.commit(np.zeros(300, EVENT_DTYPE), commits=50)
