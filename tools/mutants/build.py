"""Builds the packages with every bug of table.toml in them, and prints where they can be imported.

    python tools/mutants/build.py           builds what is not up to date, prints the folder
    python tools/mutants/build.py --list    number, name and bug of each mutant

The folder goes first on PYTHONPATH of a new process. There `clobstep.core._core._plant(n)` chooses
mutant n for all engines of the process, and `_plant(0)` none: that is the real core, bit for bit.
Choose before the first engine is made. Owns build/mutants/, where the sources are a copy.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

import builds  # noqa: E402
from mutants import table  # noqa: E402

SOURCE = builds.BUILD / "mutants" / "source"
CORE = "src/clobstep/core"
BESIDE = ("setup.py", "pyproject.toml", "README.md", "LICENSE", "tools/training.py")
MADE = {".c", ".so", ".pyc", ".html"}
ANCHOR = b'include "base.pxi"\n'
PLANT = """
cdef int {chosen} = 0


def _plant(int number):
    \"\"\"Choose a mutant by its number in tools/mutants/table.toml; 0 is none.\"\"\"
    global {chosen}
    if not 0 <= number <= {last}:
        raise ValueError(f"there is no mutant {{number}}; the last is {last}")
    {chosen} = number


"""


def wanted(mutants: list[table.Mutant]) -> dict[str, bytes]:
    """Every file of the copy by its path: as it is, but for what the mutants change."""
    below = [p for top in ("src", "sim") for p in (ROOT / top).rglob("*") if p.is_file()]
    paths = [p for p in below if p.suffix not in MADE] + [ROOT / name for name in BESIDE]
    files = {p.relative_to(ROOT).as_posix(): p.read_bytes() for p in paths}
    sites: dict[str, list[table.Numbered]] = {}
    for mutant in mutants:
        for site in mutant.sites:
            sites.setdefault(f"{CORE}/{site.file}", []).append((mutant.number, site))
    for name, numbered in sites.items():
        files[name] = table.rewrite(files[name].decode(), numbered).encode()
    before, anchor, after = files[f"{CORE}/_core.pyx"].partition(ANCHOR)
    plant = PLANT.format(chosen=table.CHOSEN, last=len(mutants)).encode()
    files[f"{CORE}/_core.pyx"] = before + plant + anchor + after
    return files


def copy(files: dict[str, bytes]) -> None:
    """Write what differs; the build looks at times."""
    for name, content in files.items():
        path = SOURCE / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    for top in ("src", "sim"):
        for path in (SOURCE / top).rglob("*"):
            if path.is_file() and path.relative_to(SOURCE).as_posix() not in files:
                path.unlink()


def tree() -> Path:
    """The folder for PYTHONPATH, built again where a source or the table has changed."""
    here = builds.this_python()
    files = wanted(table.load())
    seen = hashlib.sha256()
    for name in sorted(files):
        seen.update(f"{name} {len(files[name])}\n".encode() + files[name])
    library = SOURCE / "build" / "release" / f"lib-{here.tag}"
    stamp = SOURCE.parent / f"stamp-{here.tag}"
    with builds.lock("mutants"):
        if not library.is_dir() or not stamp.exists() or stamp.read_text() != seen.hexdigest():
            stamp.unlink(missing_ok=True)
            copy(files)
            env = {"CLOBSTEP_BUILD": "release", "CLOBSTEP_MARCH": None, "PYTHONPATH": None}
            builds.command([here.executable, "setup.py", "--quiet", "build"], env, SOURCE)
            stamp.write_text(seen.hexdigest())
    return library


def main() -> None:
    if sys.argv[1:] == ["--list"]:
        for mutant in table.load():
            print(f"{mutant.number:3} {mutant.name:34} {mutant.bug}")
    elif sys.argv[1:]:
        raise SystemExit(__doc__)
    else:
        print(tree())


if __name__ == "__main__":
    main()
