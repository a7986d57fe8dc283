"""Build modes: each is what it says, in a folder of its own, and never older than its sources."""

import importlib
import sys
from pathlib import Path

import pytest

import builds

CORE = builds.ROOT / "src" / "clobstep" / "core"
PRINT_MODE = "from clobstep import core; print(core.BUILD_MODE, core.__file__)"


def core_sources() -> list[Path]:
    return [p for p in CORE.iterdir() if p.suffix in {".pyx", ".pxi", ".pxd", ".h"}]


@pytest.mark.parametrize("mode", builds.usable())
def test_each_mode_is_built_in_its_own_folder(mode: str) -> None:
    name, place = builds.run(PRINT_MODE, mode).split(maxsplit=1)
    assert name == mode
    assert (builds.BUILD / mode) in Path(place.strip()).parents


def test_every_python_found_builds_and_loads_it() -> None:
    others = builds.pythons()
    print("other Pythons:", *(python.name for python in others))
    for python in others:
        assert builds.run(PRINT_MODE, "release", python.executable).split()[0] == "release"


def test_what_the_tests_import_is_the_release_build_of_these_sources() -> None:
    core = importlib.import_module("clobstep.core._core")
    assert core.BUILD_MODE == "release"
    built = Path(core.__file__).stat().st_mtime
    newer = [p.name for p in core_sources() if p.stat().st_mtime > built]
    assert not newer, f"{core.__file__} is older than these; run `make test`, which installs first"


@pytest.mark.parametrize("mode", builds.usable())
def test_no_built_extension_is_older_than_its_sources(mode: str) -> None:
    built = builds.extension(mode).stat().st_mtime
    assert not [p.name for p in core_sources() if p.stat().st_mtime > built]


def is_for_cython_alone(path: Path) -> bool:
    """Types of a module of plain Python: nobody imports them, so they are no part of a tree."""
    typed = path.with_suffix(".py")
    return path.suffix == ".pxd" and path.stem != "__init__" and typed.exists()


def test_a_tree_holds_every_module_of_today_and_none_of_yesterday() -> None:
    tree = builds.tree("debug")
    endings = {".py", ".pyi", ".pxd", ".h", ".typed"}
    held = {p.relative_to(tree) for p in tree.rglob("*") if p.suffix in endings}
    wanted = {
        path.relative_to(builds.ROOT / top)
        for top in ("src", "sim")
        for path in (builds.ROOT / top).rglob("*")
        if path.suffix in endings and not is_for_cython_alone(path)
    }
    assert held == wanted


def test_an_unknown_mode_is_named_with_the_ones_there_are() -> None:
    with pytest.raises(ValueError, match="'fast' is not a build mode; use release, debug, trace"):
        builds.tree("fast")
    with pytest.raises(builds.BuildError, match="CLOBSTEP_BUILD='fast' is not a build mode"):
        builds.command([sys.executable, "setup.py", "build"], {"CLOBSTEP_BUILD": "fast"})


def test_a_profiled_build_is_named_after_its_training_and_needs_gcc() -> None:
    env = {"CLOBSTEP_BUILD": "profiled", "CC": "false", "PYTHONPATH": None}
    with pytest.raises(builds.BuildError, match="a profiled build needs gcc, not false"):
        builds.command([sys.executable, "setup.py", "build", "--build-base", "build/none"], env)


def test_ubsan_really_looks_for_signed_overflow() -> None:
    """The interpreter's own flags would switch that off: see setup.py."""
    assert b"__ubsan_handle_add_overflow" in builds.extension("ubsan").read_bytes()


def test_what_is_generated_is_kept_beside_the_build() -> None:
    assert builds.generated("release").is_file()
    assert "_core.pyx" in builds.annotation_pages("release")
