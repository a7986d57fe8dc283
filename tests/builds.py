"""Other builds and other Pythons, for tests: makes them when they are missing or stale.

    builds.tree("debug")                        both packages built in debug mode for this Python
    builds.tree("release", other.executable)    ... for another Python
    builds.pythons()                            other Pythons found here, each with numpy and Cython
    builds.run(code, mode, python)              runs code there and returns what it printed

Put a tree first on PYTHONPATH of a new process; one process holds only one build of an extension.
From a shell: PYTHONPATH=$(python tests/builds.py tree debug) python ...

Owns build/<mode>/ (laid out by setup.py), build/pythons/ and build/locks/. A file lock guards each,
so parallel test workers wait for one build instead of making two.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
# as in setup.py; the position is CLOBSTEP_MODE
MODES = ("release", "debug", "trace", "ubsan", "profiled")
VERSIONS = tuple((3, minor) for minor in range(11, 15))
NOT_USABLE = "is not a CPython >= 3.11 with its headers (Python.h) and ensurepip"
SOURCE_ENDINGS = {".py", ".pyi", ".typed", ".pyx", ".pxd", ".pxi", ".h"}

# What a tree or a venv depends on, asked of the interpreter itself.
PROBE = """
import importlib.util, json, sys, sysconfig
print(json.dumps({
    "version": sys.version_info[:3],
    "tag": sys.implementation.cache_tag + "t" * bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "implementation": sys.implementation.name,
    "headers": sysconfig.get_path("include"),
    "ensurepip": importlib.util.find_spec("ensurepip") is not None,
}))
"""


@dataclass(frozen=True, order=True)
class Python:
    """An interpreter on this machine; `executable` may be that of a venv."""

    version: tuple[int, ...]
    tag: str
    executable: str

    @property
    def name(self) -> str:
        return ".".join(map(str, self.version[:2]))


class BuildError(RuntimeError):
    """A build or an installation failed; the text ends with the command's last output."""


def command(args: list[str], env: Mapping[str, str | None] | None = None, cwd: Path = ROOT) -> str:
    """Run and return standard output; a failure is a BuildError that holds the last output.

    `env` is laid over this process's environment; a None removes a variable.
    """
    full = dict(os.environ)
    full.pop("MAKEFLAGS", None)  # of the `make test` that we may run under
    for name, value in (env or {}).items():
        full.pop(name, None)
        if value is not None:
            full[name] = value
    done = subprocess.run(args, cwd=cwd, env=full, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-60:])
        raise BuildError(f"{' '.join(args)}\nended with {done.returncode}:\n{tail}")
    return done.stdout


@contextlib.contextmanager
def lock(name: str) -> Iterator[None]:
    """One process at a time: around everything that writes below build/<name>/."""
    path = BUILD / "locks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # let go when the file is closed, also by a crash
        yield


# --- interpreters ---------------------------------------------------------------------------------


@cache
def probe(executable: str) -> Python | None:
    """What this executable is, or None when it is no CPython of 3.11 or later that starts.

    Starting it is the test: a shim may exist for a version that is not selected. Without headers
    no extension can be built for it, without ensurepip (Debian's python3-venv) no venv.
    """
    try:
        found = json.loads(command([executable, "-I", "-c", PROBE]))
    except (BuildError, OSError, ValueError):
        return None
    version = tuple(found["version"])
    usable = found["implementation"] == "cpython" and version[:2] >= VERSIONS[0]
    usable = usable and found["ensurepip"] and Path(found["headers"], "Python.h").exists()
    if not usable:
        return None
    return Python(version, found["tag"], executable)


def candidates() -> Iterator[str]:
    """Executables that may be Pythons: those named on the PATH, then those that pyenv knows."""
    for minor in VERSIONS:
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            if found := shutil.which("python{}.{}".format(*minor), path=folder):
                yield found
    if pyenv := shutil.which("pyenv"):
        with contextlib.suppress(BuildError):
            for version in command([pyenv, "versions", "--bare"]).split():
                prefix = command([pyenv, "prefix", version]).strip()
                yield str(Path(prefix, "bin", "python"))


@cache
def interpreters() -> tuple[Python, ...]:
    """One interpreter a version (3.11 and later) of those on this machine, as they stand."""
    found: dict[str, Python] = {}
    for executable in (sys.executable, *candidates()):
        python = probe(executable)
        if python is not None:
            found.setdefault(python.tag, python)
    return tuple(sorted(found.values()))


def pythons() -> list[Python]:
    """The other Pythons here, each as a venv with what a build and a run need. May be empty."""
    here = this_python()
    return [with_packages(python) for python in interpreters() if python.tag != here.tag]


def this_python() -> Python:
    here = probe(sys.executable)
    if here is None:
        raise BuildError(f"{sys.executable} {NOT_USABLE}")
    return here


@cache
def with_packages(python: Python) -> Python:
    """The venv build/pythons/<tag> of this interpreter, with requirements/build.txt installed."""
    venv = BUILD / "pythons" / python.tag
    executable = str(venv / "bin" / "python")
    locked = ROOT / "requirements" / "build.txt"
    stamp = venv / "installed"
    wanted = hashlib.sha256(locked.read_bytes()).hexdigest() + f" {python.version}"
    with lock(f"python-{python.tag}"):
        if not stamp.exists() or stamp.read_text() != wanted:
            command([python.executable, "-m", "venv", "--clear", str(venv)])
            pip = [executable, "-m", "pip", "install", "--quiet", "--only-binary=:all:"]
            command([*pip, "--require-hashes", "-r", str(locked)])
            stamp.write_text(wanted)
    return Python(python.version, python.tag, executable)


# --- modes ----------------------------------------------------------------------------------------


@cache
def fastest() -> str:
    """The mode of wheels and benchmarks: profiled where the compiler is gcc, release elsewhere."""
    compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
    asked = [compiler, "-fprofile-partial-training", "-E", "-x", "c", os.devnull]
    try:
        command(asked)
    except (BuildError, OSError):
        return "release"
    return "profiled"


def usable() -> list[str]:
    """The modes that this compiler can build."""
    return [mode for mode in MODES if mode != "profiled" or fastest() == "profiled"]


# --- trees ----------------------------------------------------------------------------------------


def sources() -> list[Path]:
    """Everything a tree is made from."""
    below = [p for top in ("src", "sim") for p in (ROOT / top).rglob("*")]
    made = [ROOT / "setup.py", ROOT / "tools" / "training.py"]
    return [*sorted(p for p in below if p.suffix in SOURCE_ENDINGS), *made]


def fingerprint() -> str:
    """Changes whenever a source is edited, added, renamed or removed."""
    seen = hashlib.sha256()
    for path in sources():
        stat = path.stat()
        seen.update(f"{path.relative_to(ROOT)} {stat.st_mtime_ns} {stat.st_size}\n".encode())
    return seen.hexdigest()


@cache
def tree(mode: str, python: str | None = None) -> Path:
    """The folder to put first on PYTHONPATH: both packages built in this mode for this Python.

    Checked once a process: a test run sees one state of the sources.
    """
    if mode not in MODES:
        raise ValueError(f"{mode!r} is not a build mode; use {', '.join(MODES)}")
    target = probe(python) if python else this_python()
    if target is None:
        raise ValueError(f"{python} {NOT_USABLE}")
    folder = BUILD / mode / f"lib-{target.tag}"
    stamp = BUILD / mode / f"stamp-{target.tag}"
    here = target.tag == this_python().tag
    if mode != "release" or not here:
        tree("release")  # makes the C of all and what a profiled build copies: once, under one lock
    with lock(mode):
        wanted = fingerprint()
        if not folder.is_dir() or not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            # MARCH would lead to another folder; a PYTHONPATH could shadow what setup.py imports.
            env: dict[str, str | None] = {"CLOBSTEP_BUILD": mode, "CLOBSTEP_MARCH": None}
            # With another Python the auditor runs as plain Python: half a minute less each.
            env |= {"PYTHONPATH": None, "CLOBSTEP_TYPED": None if here else "0"}
            command([target.executable, "setup.py", "--quiet", "build"], env)
            stamp.write_text(wanted)
    return folder


def generated(mode: str = "release") -> Path:
    """The C that Cython made for this mode."""
    tree(mode)
    below = BUILD / "trace" if mode == "trace" else BUILD
    return below / "c" / "src" / "clobstep" / "core" / "_core.c"


def annotation_pages(mode: str = "release") -> dict[str, Path]:
    """Cython's annotation HTML by source name (`book.pxi`): which lines call into Python, and how
    much of it (class `score-N` of the line; 0 is plain C)."""
    folder = generated(mode).parent
    core = ROOT / "src" / "clobstep" / "core"
    sources = sorted((*core.glob("*.pyx"), *core.glob("*.pxi")))
    pages = {source.name: folder / f"{source.stem}.html" for source in sources}
    return {name: page for name, page in pages.items() if page.exists()}


def extension(mode: str = "release", python: str | None = None) -> Path:
    """The compiled core of this mode."""
    (found,) = (tree(mode, python) / "clobstep" / "core").glob("_core.*.so")
    return found


def run(
    code: str,
    mode: str = "release",
    python: str | None = None,
    env: Mapping[str, str | None] | None = None,
) -> str:
    """Run `code` in a new process on this build and return what it printed.

    The process imports both packages from the tree only: it runs in the build folder, not in ROOT.
    """
    folder = tree(mode, python)
    full = {"PYTHONPATH": str(folder), "UBSAN_OPTIONS": "print_stacktrace=1"} | dict(env or {})
    return command([python or sys.executable, "-c", code], full, cwd=folder)


def main(args: list[str]) -> None:
    """`tree MODE [PYTHON]` prints a tree, MODE `fastest` being the one of wheels; `pythons` prints
    the Pythons found, this one first."""
    match args:
        case ["tree", "fastest"]:
            print(tree(fastest()))
        case ["tree", mode]:
            print(tree(mode))
        case ["tree", mode, python]:
            print(tree(mode, python))
        case ["pythons"]:
            print(*(f"{p.name} {p.executable}" for p in [this_python(), *pythons()]), sep="\n")
        case _:
            sys.exit("usage: builds.py tree MODE [PYTHON] | pythons")


if __name__ == "__main__":
    main(sys.argv[1:])
