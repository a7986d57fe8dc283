"""The Makefile and the CI hook: they say what they do, and fail with a line that helps."""

import stat
from pathlib import Path

import pytest

import builds


def test_ci_runs_make_test_at_the_top_and_nothing_else(tmp_path: Path) -> None:
    make = tmp_path / "make"
    make.write_text('#!/bin/sh\necho "$PWD: make $*"\n')
    make.chmod(make.stat().st_mode | stat.S_IXUSR)
    path = f"{tmp_path}:/usr/bin:/bin"
    printed = builds.command(
        ["bash", str(builds.ROOT / ".ci" / "run")], {"PATH": path}, cwd=tmp_path
    )
    assert printed.splitlines() == [f"{builds.ROOT}: make test"]


def test_make_alone_names_every_target() -> None:
    text = (builds.ROOT / "Makefile").read_text()
    (phony,) = (line for line in text.splitlines() if line.startswith(".PHONY:"))
    help_page = builds.command(["make"])
    for target in phony.split()[2:]:
        assert f"make {target} " in help_page


def test_a_python_that_is_too_old_is_refused_in_one_line() -> None:
    with pytest.raises(builds.BuildError, match=r"`false` is not Python 3\.11 or later"):
        builds.command(["make", "demo", "PYTHON=false"])
