"""Gate: what is made from schema.py is what schema.py says today, and a stale file is named."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import builds

PACKAGE = Path("src/clobstep")
HEADER, DECLARATIONS = PACKAGE / "core/schema.h", PACKAGE / "core/schema.pxd"
ENUMS, CONFIG = PACKAGE / "enums.py", PACKAGE / "config.py"
ACCEPT_LIVE = "ACCEPT_LIVE    no              no               LIVE/accept"
MACHINES_PAGE, REFERENCE = Path("docs/state-machines.md"), Path("docs/reference.md")


def check(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """The generator of the sources below `root`, which needs no compiled core."""
    return subprocess.run(
        [sys.executable, "-m", "clobstep.codegen", *args],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources and pages in a folder of their own, without anything compiled."""
    ignored = shutil.ignore_patterns("*.so", "__pycache__")
    shutil.copytree(builds.ROOT / PACKAGE, tmp_path / PACKAGE, ignore=ignored)
    shutil.copytree(builds.ROOT / "docs", tmp_path / "docs")
    return tmp_path


def test_nothing_generated_is_stale() -> None:
    done = check(builds.ROOT, "--check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "path, old, new, stale",
    [
        # a cell of the order table: ACCEPT_LIVE in SENT
        (PACKAGE / "machines.py", ACCEPT_LIVE, ACCEPT_LIVE.replace("LIVE/", "DELAYED/"),
         {HEADER, ENUMS, MACHINES_PAGE}),
        # a cell of the guard's table
        (PACKAGE / "schema.py", '"HALTED": ("no",', '"HALTED": ("yes",',
         {HEADER, ENUMS, REFERENCE}),
        # a default of the configuration
        (PACKAGE / "schema.py", '("tokens", 64,', '("tokens", 32,',
         {HEADER, ENUMS, CONFIG, REFERENCE}),
        # a field of the state is part of the layout
        (PACKAGE / "core/state.pxd", "int64_t turn\n", "int64_t turns\n", {HEADER, ENUMS}),
        # a generated file edited by hand
        (DECLARATIONS, "SIDE_BUY", "SIDE_BID", {DECLARATIONS}),
    ],
)  # fmt: skip
def test_a_change_makes_its_files_stale(
    copy: Path, path: Path, old: str, new: str, stale: set[Path]
) -> None:
    text = (copy / path).read_text()
    assert old in text
    (copy / path).write_text(text.replace(old, new, 1))
    done = check(copy, "--check")
    assert done.returncode == 1, done.stderr
    named = {line.removeprefix("stale: ") for line in done.stdout.splitlines() if "stale: " in line}
    assert named == {p.as_posix() for p in stale}
    check(copy)
    assert check(copy, "--check").returncode == 0, "writing them again did not mend it"
