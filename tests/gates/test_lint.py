"""Gate: ruff, mypy --strict and cython-lint are content. Settings are in pyproject.toml."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import builds

CHECKS = {
    "ruff": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    "cython-lint": ["cython-lint", "src", "sim", "tests/packaging/thirdparty"],
}
HINTS = {"format": "\nrun `ruff format`", "ruff": "\nmuch of this is mended by `ruff check --fix`"}


@pytest.mark.parametrize("name", CHECKS)
def test_checker_finds_nothing(name: str) -> None:
    # This environment's locked tools, whatever is on the PATH. cython-lint starts pycodestyle.
    tools = Path(sys.executable).parent
    done = subprocess.run(
        [str(tools / CHECKS[name][0]), *CHECKS[name][1:]],
        cwd=builds.ROOT,
        env=os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr + HINTS.get(name, "")


def test_no_path_or_host_of_a_machine_is_in_the_build_files() -> None:
    """What builds here must build anywhere: only names that are looked up, never places."""
    files = ["pyproject.toml", "setup.py", "Makefile", "MANIFEST.in", ".ci/run"]
    paths = [builds.ROOT / name for name in files]
    for folder in ("requirements", "tools"):
        paths += [p for p in (builds.ROOT / folder).iterdir() if p.is_file()]
    place = re.compile(
        r"https?://|file://|(?<![\w.$)}])/(?:home|root|opt|usr(?!/bin/env)|Users|work|tmp)\b"
    )
    found = [f"{p.name}: {hit.group()}" for p in paths for hit in place.finditer(p.read_text())]
    assert not found
