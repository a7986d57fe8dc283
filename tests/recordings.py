"""Real recordings that are not part of the project: where they are, or a skip that says so.

CLOBSTEP_DATA names the folder; by default it is `../shared/data` beside the checkout. With CI set a
missing folder fails, so that no gate passes by not looking.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import builds

DEFAULT = builds.ROOT.parent / "shared" / "data"


def data(name: str) -> Path:
    """The path of a recording, for example `market_ws/btc_5m_2026-04-21.jsonl`."""
    folder = Path(os.environ.get("CLOBSTEP_DATA", DEFAULT))
    path = folder / name
    if path.exists():
        return path
    if os.environ.get("CI"):
        raise FileNotFoundError(f"{name} is not in {folder}; set CLOBSTEP_DATA")
    pytest.skip(f"no recording {name} in {folder}; set CLOBSTEP_DATA")
