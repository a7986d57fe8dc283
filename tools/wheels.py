"""Writes dist/: a wheel for each Python found on this machine and an sdist with the generated C.

The wheels are for this machine's platform; nothing in them depends on its processor. Where the
compiler is gcc they are profiled builds (setup.py).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import builds  # noqa: E402


def environment(mode: str) -> dict[str, str | None]:
    return {"CLOBSTEP_BUILD": mode, "CLOBSTEP_MARCH": None, "PYTHONPATH": None}


def wheel(python: builds.Python, into: Path, mode: str) -> Path:
    """Build with the locked tools, not with whatever is newest, and without the network."""
    before = set(into.glob("*.whl"))
    pip = [python.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    with builds.lock(mode):
        build = [*pip, "--no-build-isolation", "--wheel-dir", str(into), "."]
        builds.command(build, environment(mode))
    (made,) = set(into.glob("*.whl")) - before
    return made


def sdist(python: builds.Python, into: Path) -> Path:
    code = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
    with builds.lock("release"):
        builds.command([python.executable, "-c", code, str(into)], environment("release"))
    (made,) = into.glob("*.tar.gz")
    return made


def main() -> None:
    into = ROOT / "dist"
    into.mkdir(exist_ok=True)
    for old in (*into.glob("*.whl"), *into.glob("*.tar.gz")):
        old.unlink()
    here = builds.this_python()
    mode = builds.fastest()
    made = [sdist(here, into), *(wheel(p, into, mode) for p in [here, *builds.pythons()])]
    print(*(os.path.relpath(path) for path in made), sep="\n")


if __name__ == "__main__":
    main()
