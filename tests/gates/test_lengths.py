"""Gate: files and functions stay small enough to be read, and nothing is left for later."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import builds
import cython_text

FILE_LINES = 400
FUNCTION_LINES = 70
COLUMNS = {".py": 100, ".pyi": 100, ".pyx": 120, ".pxi": 120, ".pxd": 120, ".h": 120}
# A table has a row a line, however many rows and columns it needs.
TABLES = {
    "src/clobstep/schema.py": "the one source of truth",
    "src/clobstep/machines.py": "the transition tables",
    "src/clobstep/enums.py": "generated from schema.py",
    "src/clobstep/config.py": "generated from schema.py",
    "src/clobstep/core/schema.h": "generated from schema.py",
    "src/clobstep/core/schema.pxd": "generated from schema.py",
}
# Spelled so that this file does not hold the words itself.
LEFT_FOR_LATER = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b")


def name_of(path: Path) -> str:
    return path.relative_to(builds.ROOT).as_posix()


def sources(*folders: str) -> list[Path]:
    found = [p for folder in folders for p in (builds.ROOT / folder).rglob("*")]
    return sorted(p for p in found if p.suffix in COLUMNS)


PRODUCT = sources("src", "sim")
WRITTEN = [path for path in PRODUCT if name_of(path) not in TABLES]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and length of each function, decorators and docstring included."""
    if path.suffix in cython_text.CYTHON_ENDINGS:
        yield from ((f.name, f.lines) for f in cython_text.functions(path.read_text()))
    elif path.suffix == ".py":
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                yield node.name, (node.end_lineno or first) - first + 1


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_a_file_is_small(path: Path) -> None:
    lines = path.read_text().count("\n")
    assert lines <= FILE_LINES
    assert not [f"{name}: {lines}" for name, lines in functions(path) if lines > FUNCTION_LINES]


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_its_lines_are_short(path: Path) -> None:
    lines = enumerate(path.read_text().splitlines(), 1)
    assert not [number for number, line in lines if len(line) > COLUMNS[path.suffix]]


@pytest.mark.parametrize("name", TABLES)
def test_functions_beside_a_table_are_small_too(name: str) -> None:
    path = builds.ROOT / name
    assert not [f"{name}: {lines}" for name, lines in functions(path) if lines > FUNCTION_LINES]


def test_nothing_is_left_for_later() -> None:
    paths = [*PRODUCT, *sources("tests", "tools", "benchmarks"), builds.ROOT / "setup.py"]
    paths += [builds.ROOT / "Makefile", builds.ROOT / "README.md"]
    paths += sorted((builds.ROOT / "docs").rglob("*.md"))
    found = [
        f"{name_of(path)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if LEFT_FOR_LATER.search(line)
    ]
    assert not found
