"""Checks of this machine: Python, packages, and the disk that the journal is written to.

Owns the limits: how much room and how fast a commit has to be.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Final

import trio

from clobstep import __version__
from clobstep.live.checks.result import FailError, Result, passed
from clobstep.live.checks.site import Site

OLDEST: Final = (3, 11)
PACKAGES: Final = (
    "numpy", "msgspec", "structlog", "trio", "httpx", "trio-websocket", "websockets",
    "coincurve", "eth-keyfile", "keyring",
)  # fmt: skip
LEAST_FREE_MB: Final = 1_024
COMMITS: Final = 20
SLOW_MS: Final = 100.0  # of a commit: every order waits for one


async def python(site: Site) -> Result:  # noqa: ARG001
    """The interpreter."""
    said = f"{platform.python_implementation()} {platform.python_version()}"
    if sys.version_info < OLDEST:
        raise FailError(said, "use Python 3.11 or newer")
    return passed(f"{said}, {platform.system()} {platform.machine()}")


async def packages(site: Site) -> Result:  # noqa: ARG001
    """What live trading needs is installed."""
    found, missing = {"clobstep": __version__}, []
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        raise FailError(f"not installed: {', '.join(missing)}", "pip install 'clobstep[live]'")
    said = ", ".join(f"{name} {number}" for name, number in found.items())
    return passed(said, figures=found)


async def disk(site: Site) -> Result:
    """The session's folder: it can be written to, has room, and a commit is fast."""
    folder = Path(site.config.session.path).expanduser().absolute().parent
    if not folder.is_dir():
        raise FailError(
            f"{folder}: there is no such folder", "make it, or name another in session.path"
        )
    free_mb = shutil.disk_usage(folder).free >> 20
    try:
        # A disk that hangs is not waited for.
        times_ms = await trio.to_thread.run_sync(commits_ms, folder, abandon_on_cancel=True)
    except OSError as error:
        raise FailError(
            f"{folder}: cannot be written to: {error.strerror or error}",
            "change its owner or mode, or name another in session.path",
        ) from None
    return judged(folder, free_mb, times_ms)


def judged(folder: Path, free_mb: int, times_ms: list[float]) -> Result:
    """What the figures mean."""
    usual, most = median(times_ms), max(times_ms)
    figures = {"free_mb": free_mb, "commit_ms": round(usual, 2), "commit_most_ms": round(most, 2)}
    said = f"{folder}: {free_mb:,} MB free, a commit takes {usual:.2f} ms, {most:.2f} at most"
    if free_mb < LEAST_FREE_MB:
        raise FailError(
            said, f"free {LEAST_FREE_MB:,} MB: without room no order is sent", figures=figures
        )
    if usual > SLOW_MS:
        raise FailError(
            said,
            "every order waits for a commit: put session.path on a local disk",
            figures=figures,
        )
    return passed(said, figures=figures)


def commits_ms(folder: Path) -> list[float]:
    """How long it takes until so much as an order's events are on the disk."""
    times = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".clobstep-") as file:
        for _ in range(COMMITS):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append(1000 * (time.perf_counter() - began))
    return times
