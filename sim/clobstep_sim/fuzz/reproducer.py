"""A failed seed as a session file, so that `clobstep inspect` and `replay` work on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clobstep.config import EngineConfig
from clobstep.core import EVENT_DTYPE, Engine
from clobstep.session import SessionWriter
from clobstep.session.manifest import Manifest
from clobstep.session.recorder import Recorder


def write(path: Path, config: EngineConfig, events: list[bytes], made: dict[str, object]) -> None:
    """The events stepped through an engine of this config; `made` says how they came to be."""
    manifest = Manifest.of("fuzz", config, settings=made)
    with SessionWriter.create(path, manifest) as writer:
        Recorder(Engine(config), writer).step(np.frombuffer(b"".join(events), dtype=EVENT_DTYPE))
        writer.seal()
