"""The sdist: complete, and it builds where Cython cannot be had."""

import tarfile
from pathlib import Path

import pytest

import builds
from venvs import STEP, STEP_PRINTS, Venv

pytestmark = pytest.mark.xdist_group("packaging")


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(into, filter="data")
    (top,) = into.iterdir()
    return top


@pytest.fixture(scope="module")
def without_cython(tmp_path_factory: pytest.TempPathFactory) -> Venv:
    venv = Venv(tmp_path_factory.mktemp("without-cython") / "venv")
    locked = str(builds.ROOT / "requirements" / "build.txt")
    venv.pip("install", "--only-binary=:all:", "--require-hashes", "-r", locked)
    venv.pip("uninstall", "--yes", "cython")
    return venv


def test_it_holds_what_a_builder_and_a_tester_need(unpacked: Path) -> None:
    held = {str(p.relative_to(unpacked)) for p in unpacked.rglob("*") if p.is_file()}
    wanted = {str(p.relative_to(builds.ROOT)) for p in builds.sources()}
    wanted |= {"Makefile", "LICENSE", "README.md", "pyproject.toml", "requirements/test.txt"}
    wanted |= {"tests/builds.py", "tools/wheels.py", "src/clobstep/core/_core.c"}
    wanted |= {name.removesuffix(".pyx") + ".c" for name in wanted if name.endswith(".pyx")}
    assert not wanted - held
    assert not {name for name in held if name.endswith((".so", ".pyc"))}


def test_without_cython_its_own_c_is_compiled(sdist: Path, without_cython: Venv) -> None:
    with pytest.raises(builds.BuildError):
        without_cython("python", "-c", "import Cython")
    without_cython.pip("install", "--no-deps", "--no-build-isolation", str(sdist))
    assert without_cython("python", "-c", STEP).split() == STEP_PRINTS


def test_what_needs_cython_says_so(unpacked: Path, without_cython: Venv) -> None:
    with pytest.raises(
        builds.BuildError, match="Cython is not installed and trace needs its own C"
    ):
        builds.command(
            [str(without_cython.bin / "python"), "setup.py", "build"],
            without_cython.env | {"CLOBSTEP_BUILD": "trace"},
            cwd=unpacked,
        )


def test_make_demo_does_everything_on_a_fresh_copy(unpacked: Path) -> None:
    """The first set-up command of the README. The second one is what runs this test."""
    python = builds.this_python().executable
    printed = builds.command(["make", "demo", f"PYTHON={python}"], {"PYTHONPATH": None}, unpacked)
    assert len(printed.splitlines()) > 5
    assert not (unpacked / "build" / "c").exists(), "the C of the sdist is newer than its sources"
    again = builds.command(["make", "-n", "demo", f"PYTHON={python}"], cwd=unpacked)
    assert "pip" not in again, "a second run does not install again"
