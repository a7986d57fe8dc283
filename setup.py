"""Builds the extensions: every .pyx below src/ and sim/ is one, named after its place.

A .py with a .pxd beside it is plain Python with types for Cython: one more extension in a release
or profiled build, and what it is, Python, in the others.

Everything else stands in pyproject.toml.

CLOBSTEP_BUILD  the mode; each has its own folder, build/<mode>/:
                  temp-<tag>/  objects
                  lib-<tag>/   both packages, importable as they stand
                release (default), debug, trace and ubsan; profiled is a release made twice, the
                second time with what a training run counted (gcc; needs the run-time dependencies)
                build/c/ has the generated C of all modes and, beside it, the annotation HTML; the C
                of trace is another and lies in build/trace/c/
CLOBSTEP_MARCH  passed to the compiler as -march= (for example `native`), in a build folder of its
                own. For local measurements: wheels must run on every machine of their platform.
CLOBSTEP_TYPED  0 leaves the plain Python modules what they are in a release too: a quicker build,
                a slower auditor.

Cython is a build requirement; the C that an sdist carries is compiled where Cython is missing, and
where no source is newer.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import setuptools
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist
from setuptools.errors import SetupError
from setuptools.modified import newer_group

if int(setuptools.__version__.split(".")[0]) < 77:
    raise SystemExit("setuptools is older than 77: pip install --upgrade setuptools cython")

# the position is the C macro CLOBSTEP_MODE
MODES = ("release", "debug", "trace", "ubsan", "profiled")
OPTIMIZED = ("release", "profiled")
CORE = Path("src/clobstep/core")  # its headers are everybody's
KERNEL = Path("sim/clobstep_sim/kernel")
TOPS = (Path("src"), Path("sim"))
PYX = sorted(path for top in TOPS for path in top.rglob("*.pyx"))
TYPED = sorted(
    path.with_suffix(".py")
    for top in TOPS
    for path in top.rglob("*.pxd")
    if path.stem != "__init__" and path.with_suffix(".py").exists()
)
TYPED_SOURCES = [*TYPED, *(path.with_suffix(".pxd") for path in TYPED)]
SOURCES = sorted(
    path
    for top in TOPS
    for ext in ("pyx", "pxd", "pxi", "h")
    for path in top.rglob(f"*.{ext}")
    if path not in TYPED_SOURCES
)

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": False,
    "embedsignature": False,
}

# Python keeps its meaning: checked indices, floor division, and an error where a number is too
# large for the type that a .pxd gives it.
TYPED_DIRECTIVES = {
    "language_level": 3,
    "annotation_typing": False,
    "overflowcheck": True,
    "embedsignature": False,
    "auto_pickle": False,
}
# What they do is objects, which more optimizing makes no faster.
TYPED_COMPILE = ["-O1", "-g0"]

# The interpreter's own flags come first and usually hold -fwrapv and -DNDEBUG; ours come last and
# win. The core never relies on signed wrap-around: -fno-wrapv makes it an error in ubsan (with
# -fwrapv the sanitizer would not look) and lets debug behave as a compiler without the flag would.
# `cdef inline` is a wish that compilers weigh against the size of the caller; in a release it is
# an order, so that an edit of a cold line does not move a hot function out of its loop (10 %).
INLINE = "-DCYTHON_INLINE=__inline__ __attribute__((always_inline))"
COMPILE = {
    "release": ["-O3", "-g0", INLINE],
    "profiled": ["-O3", "-g0", INLINE],
    "debug": ["-O1", "-g", "-fno-wrapv"],
    "trace": ["-O1", "-g"],
    "ubsan": ["-O1", "-g", "-fno-wrapv", "-fsanitize=undefined", "-fno-sanitize-recover=all"],
}
# The part of -O3 that makes the loop of a backtest larger and 1.5 % slower; gcc only.
PLAIN_LOOPS = "-fno-split-paths"
# What the training run did not reach is compiled as in a release and not for size. Without what
# copies code: the loop of a backtest is as large as the cache of decoded instructions. gcc only.
COUNT = ["-fprofile-generate"]
COUNTED = [
    "-fprofile-use", "-fprofile-partial-training", "-Wno-missing-profile", "-fno-tracer",
    "-fno-unroll-loops", "-fno-peel-loops", "-fno-split-loops", "-fno-unswitch-loops",
    "-fno-ipa-cp-clone", "-fno-vpt",
]  # fmt: skip
TRAINING = Path("tools/training.py")
LINK = {"ubsan": ["-fsanitize=undefined"]}
DEBUG_MACROS = [("CLOBSTEP_DEBUG", "1")]
MACROS = {
    "debug": DEBUG_MACROS,
    "ubsan": DEBUG_MACROS,
    # coverage.py follows the old tracing protocol; its sys.monitoring core cannot load plugins.
    "trace": [
        ("CYTHON_TRACE", "1"),
        ("CYTHON_TRACE_NOGIL", "1"),
        ("CYTHON_USE_SYS_MONITORING", "0"),
    ],
}


def chosen_mode() -> str:
    mode = os.environ.get("CLOBSTEP_BUILD") or "release"
    if mode not in MODES:
        raise SystemExit(f"CLOBSTEP_BUILD={mode!r} is not a build mode; use {', '.join(MODES)}")
    return mode


MODE = chosen_mode()
MARCH = os.environ.get("CLOBSTEP_MARCH", "")
BASE = f"build/{MODE}" + (f"-{MARCH}" if MARCH else "")
COMPILES_TYPED = MODE in OPTIMIZED and os.environ.get("CLOBSTEP_TYPED") != "0"
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
TAG = f"{sys.implementation.cache_tag}{'t' if FREE_THREADED else ''}"


def newest(paths: list[Path]) -> float:
    return max(p.stat().st_mtime for p in paths)


def shipped_c(pyx: Path) -> Path:
    """The C beside a .pyx; it is there only in an unpacked sdist."""
    return pyx.with_suffix(".c")


def is_fresh(made: Path, page: Path) -> bool:
    """Whether the C of this page is newer than everything it may be made from."""
    sources = [*SOURCES, *TYPED_SOURCES] if page in TYPED else SOURCES
    return made.exists() and made.stat().st_mtime >= newest([*sources, Path("setup.py")])


def generated_c(extensions: list[Extension], mode: str) -> None:
    """Point each extension at the C for this mode; Cython makes what is older than its sources."""
    pages = [Path(extension.sources[0]) for extension in extensions]
    if mode != "trace" and all(is_fresh(shipped_c(page), page) for page in pages):
        for extension, page in zip(extensions, pages, strict=True):
            extension.sources = [str(shipped_c(page))]
        return
    try:
        from Cython.Build import cythonize
        from Cython.Compiler.Errors import CompileError
    except ImportError:
        missing = [str(shipped_c(pyx)) for pyx in pages if not shipped_c(pyx).exists()]
        if missing or mode == "trace":
            why = f"there is no {missing[0]} here" if missing else "trace needs its own C"
            wanted = f"Cython is not installed and {why}: pip install 'cython>=3.1'"
            raise SetupError(wanted) from None
        for extension, pyx in zip(extensions, pages, strict=True):
            extension.sources = [str(shipped_c(pyx))]
        return
    c_dir = Path("build/trace/c" if mode == "trace" else "build/c")
    directives = DIRECTIVES | ({"linetrace": True} if mode == "trace" else {})
    # Cython looks at the times of a .pyx and what it includes; directives here count as well.
    made = [c_dir / shipped_c(pyx) for pyx in pages]
    try:
        for typed in (False, True):
            for old in (True, False):
                cythonize(
                    [
                        extension
                        for extension, page, c in zip(extensions, pages, made, strict=True)
                        if (page in TYPED) is typed
                        if is_fresh(c, page) is not old
                    ],
                    build_dir=str(c_dir),
                    include_path=["src", "sim"],
                    compiler_directives=TYPED_DIRECTIVES if typed else directives,
                    annotate=not typed,
                    force=old,
                    quiet=True,
                )
    except CompileError:  # Cython has printed what and where
        raise SetupError("Cython refused a source; its messages stand above") from None
    for extension, c_file in zip(extensions, made, strict=True):
        extension.sources = [str(c_file)]


def is_known_flag(compiler: list[str], flag: str) -> bool:
    """Whether the compiler takes a flag; clang refuses gcc's own."""
    asked = [compiler[0], flag, "-E", "-x", "c", os.devnull]
    try:
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0
    except OSError:  # no such program: the build itself says so better
        return False


class BuildExt(build_ext):
    def build_extensions(self) -> None:
        compiler = self.compiler.compiler_so
        if MODE in OPTIMIZED and is_known_flag(compiler, PLAIN_LOOPS):
            for extension in self.extensions:
                extension.extra_compile_args.append(PLAIN_LOOPS)
        # Some interpreters pass on the run path they were linked with. The extension links no
        # library of theirs, and a folder of the build machine has no place in a wheel.
        linker = self.compiler.linker_so
        self.compiler.linker_so = [arg for arg in linker if not arg.startswith("-Wl,-rpath")]
        typed = [e for e in self.extensions if Path(e.sources[0]) in TYPED]
        generated_c(self.extensions, MODE)
        self.typed_c = {Path(e.sources[0]) for e in typed}
        if MODE != "profiled":
            super().build_extensions()
        elif is_known_flag(compiler, COUNTED[1]):
            self.build_profiled()
        else:
            raise SetupError(f"a profiled build needs gcc, not {compiler[0]}: leave CLOBSTEP_BUILD")

    def build_extension(self, extension: Extension) -> None:
        """The plain Python modules are compiled alike in a release and in a profiled build."""
        if MODE == "profiled" and Path(extension.sources[0]) in self.typed_c:
            made = Path(self.get_ext_fullpath(extension.name))
            other = Path(f"build/release/lib-{TAG}", self.get_ext_filename(extension.name))
            if not newer_group([*extension.sources, *extension.depends], str(other), "newer"):
                made.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(other, made)
                return
        super().build_extension(extension)

    def build_profiled(self) -> None:
        """Twice: what counts its own branches, and with the counts of a training run."""
        made = {e.name: Path(self.get_ext_fullpath(e.name)) for e in self.extensions}
        if not self.force and not any(
            newer_group([*e.sources, *e.depends], str(made[e.name]), "newer")
            for e in self.extensions
        ):
            return
        self.force = True  # the second pass has the same sources as the first
        for old in Path(self.build_temp).rglob("*.gcda"):
            old.unlink()
        # The auditor is not trained; without its modules compiled it runs as plain Python. Those of
        # an earlier build are of other sources.
        trained = [e for e in self.extensions if Path(e.sources[0]) not in self.typed_c]
        for name in made.keys() - {e.name for e in trained}:
            made[name].unlink(missing_ok=True)
        all_of_them = self.extensions
        plain = {e.name: (e.extra_compile_args, e.extra_link_args) for e in all_of_them}
        for compile_more, link_more in ((COUNT, COUNT), (COUNTED, [])):
            self.extensions = trained if compile_more is COUNT else all_of_them
            for extension in self.extensions:
                compile_args, link_args = plain[extension.name]
                extension.extra_compile_args = compile_args + compile_more
                extension.extra_link_args = link_args + link_more
            super().build_extensions()
            if compile_more is COUNT:
                for extension in trained:  # if this ends here, the next build makes them again
                    os.utime(made[extension.name], (0, 0))
                self.train()

    def train(self) -> None:
        """Run what is usually run; the counts land beside the objects when the process ends."""
        places = {
            str(Path(self.get_ext_fullpath(e.name)).resolve().parents[e.name.count(".")])
            for e in self.extensions
        }
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sorted(places))}
        ran = [sys.executable, str(TRAINING)]
        done = subprocess.run(ran, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SetupError(
                f"the training run ({TRAINING}) of a profiled build failed; it needs what clobstep "
                f"needs at run time, so build without isolation:\n{done.stdout}{done.stderr}"
            )


class BuildPy(build_py):
    """Leaves in the library tree what this build made, and no module that was since removed.

    What is the same already is left alone (and told by content: times mislead after a checkout),
    because a test may be running from the tree while a wheel is made of it.
    """

    def copy_file(self, infile: str, outfile: str, *args: Any, **options: Any) -> tuple[str, bool]:
        if Path(outfile).is_file() and filecmp.cmp(infile, outfile, shallow=False):
            return outfile, False
        return super().copy_file(infile, outfile, *args, **options)

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        kept = {Path(p).resolve() for p in self.get_outputs(include_bytecode=False)}
        kept |= {Path(p).resolve() for p in self.get_finalized_command("build_ext").get_outputs()}
        for package in ("clobstep", "clobstep_sim"):
            for path in Path(self.build_lib, package).rglob("*"):
                if path.is_file() and path.resolve() not in kept:
                    path.unlink()


class Sdist(sdist):
    """Adds the generated C, so that an sdist builds where Cython cannot be had."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        super().make_release_tree(base_dir, files)
        pages = [*PYX, *TYPED]
        made = [extension_of(page) for page in pages]
        generated_c(made, "release")
        for pyx, extension in zip(pages, made, strict=True):
            target = Path(base_dir, shipped_c(pyx))
            target.unlink(missing_ok=True)  # it may be a hard link to the source
            shutil.copyfile(extension.sources[0], target)


def extension_of(pyx: Path) -> Extension:
    march = [f"-march={MARCH}"] if MARCH else []
    typed = pyx in TYPED
    sources = [*SOURCES, *TYPED_SOURCES] if typed else SOURCES
    return Extension(
        ".".join(pyx.with_suffix("").parts[1:]),
        [str(pyx)],
        depends=[*map(str, sources), "setup.py", *([str(TRAINING)] if MODE == "profiled" else [])],
        include_dirs=[str(CORE), str(KERNEL)],
        define_macros=[("CLOBSTEP_MODE", str(MODES.index(MODE))), *MACROS.get(MODE, [])],
        undef_macros=[] if MODE in OPTIMIZED else ["NDEBUG"],
        extra_compile_args=[*(TYPED_COMPILE if typed else COMPILE[MODE]), *march],
        extra_link_args=LINK.get(MODE, []),
    )


setup(
    ext_modules=[extension_of(page) for page in [*PYX, *(TYPED if COMPILES_TYPED else [])]],
    cmdclass={"build_ext": BuildExt, "build_py": BuildPy, "sdist": Sdist},
    options={
        "build": {
            "build_base": BASE,
            "build_temp": f"{BASE}/temp-{TAG}",
            "build_lib": f"{BASE}/lib-{TAG}",
        },
        "build_py": {"force": True},  # BuildPy.copy_file decides
        "build_ext": {"parallel": os.cpu_count() or 1},
    },
)
