"""These tests sync thousands of times: in memory, where there is such a folder, that costs nothing.

What a sync promises is SQLite's and the kernel's business; that we ask for it is tested in
test_disk.py, where every call can be seen.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

IN_MEMORY = Path("/dev/shm")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="clobstep-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None))
    yield made
    shutil.rmtree(made, ignore_errors=True)
