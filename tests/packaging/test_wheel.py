"""The wheel: what it holds, and that it works where nothing can be compiled."""

import re
import shutil
import zipfile
from pathlib import Path

import pytest

import builds
from venvs import STEP, STEP_PRINTS, Venv

pytestmark = pytest.mark.xdist_group("packaging")


# others compile against these
C_FACES = ("clobstep/core/", "clobstep/strategy/", "clobstep_sim/kernel/", "clobstep_sim/exchange/")


def sources(*endings: str) -> set[str]:
    """Files with these endings, named as they are installed."""
    return {
        str(path.relative_to(builds.ROOT / top))
        for top in ("src", "sim")
        for path in (builds.ROOT / top).rglob("*")
        if path.suffix in endings
    }


def installed_sources() -> set[str]:
    faces = {name for name in sources(".pxd", ".h") if name.startswith(C_FACES)}
    data = ("clobstep/demo/", "clobstep_sim/profiles/", "clobstep_sim/replayed/")
    demo = {name for name in sources(".gz", ".toml", "") if name.startswith(data)}
    return sources(".py", ".pyi", ".typed") | faces | {n for n in demo if "." in n or "NOTICE" in n}


def test_it_holds_every_module_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    held = {name for name in names if ".dist-info/" not in name}
    extensions = {name for name in held if name.endswith(".so")}
    typed = {name.removesuffix(".pxd") for name in sources(".pxd")}
    typed &= {name.removesuffix(".py") for name in sources(".py") if "__init__" not in name}
    compiled = {name.removesuffix(".pyx") for name in sources(".pyx")} | typed
    assert {name.split(".")[0] for name in extensions} == compiled
    assert held - extensions == installed_sources()
    assert {name.split("/")[1] for name in names - held} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses",
        "top_level.txt",
    }


def test_its_metadata(wheel: Path) -> None:
    import clobstep

    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("/METADATA"))
        metadata = archive.read(name).decode()
    fields = re.findall(r"^([\w-]+): (.*)$", metadata.split("\n\n")[0], re.MULTILINE)
    assert ("Name", "clobstep") in fields
    assert ("Version", clobstep.__version__) in fields
    assert ("Requires-Python", ">=3.11") in fields
    assert ("License-Expression", "MIT") in fields
    always = {
        value.split(">")[0] for key, value in fields if key == "Requires-Dist" and ";" not in value
    }
    small = {"numpy", "click", "joblib", "msgspec", "rich", "sortedcontainers", "zstandard"}
    assert always == small, "the core install stays small"


def test_no_extension_names_a_place_of_this_machine(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        codes = [archive.read(n) for n in archive.namelist() if n.endswith(".so")]
    assert codes
    for code in codes:
        assert str(builds.ROOT).encode() not in code
        assert str(Path.home()).encode() not in code


def test_it_installs_and_runs_where_there_is_no_compiler(wheel: Path, tmp_path: Path) -> None:
    nothing = tmp_path / "empty"
    nothing.mkdir()
    compilers = ("cc", "gcc", "clang", "c99", "tcc", "icx")
    assert not [name for name in compilers if shutil.which(name, path=str(nothing))]
    venv = Venv(tmp_path / "venv", path=str(nothing))
    venv.pip("install", "--only-binary=:all:", str(wheel))
    assert venv("python", "-c", STEP).split() == [builds.fastest(), *STEP_PRINTS[1:]]
    assert re.match(r"clobstep \d+\.\d+\.\d+\b", venv("clobstep", "--version"))
    assert venv("clobstep", "demo")
    assert venv("clobstep", "fuzz", "--seed", "1", "--events", "1000", "--json")
    with pytest.raises(builds.BuildError):  # Cython is no part of what a user installs
        venv("python", "-c", "import Cython")
