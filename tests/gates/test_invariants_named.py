"""Gate: every invariant of docs/invariants.md is named by the test that holds it.

A test names one as `invariant 7`, `invariants 1 to 20` or `test_invariant_7`, or takes its number
from a parametrisation whose name has the word: `parametrize("invariant", range(1, 21))`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import builds

PAGE = builds.ROOT / "docs" / "invariants.md"
ROW = re.compile(r"^\| (\d+) \|.*\| (\S+) \|$", re.MULTILINE)
NAMED = re.compile(r"invariants?[ _]((?:\d+(?:, | and | to |-|\b))+)", re.IGNORECASE)
RANGE = re.compile(r"(\d+)(?: to |-)(\d+)")


def rows() -> list[tuple[int, Path]]:
    """(number, test file) of every row of the page."""
    return [(int(number), builds.ROOT / name) for number, name in ROW.findall(PAGE.read_text())]


def in_words(text: str) -> Iterator[int]:
    for numbers in NAMED.findall(text):
        for first, last in RANGE.findall(numbers):
            yield from range(int(first), int(last) + 1)
        yield from map(int, re.findall(r"\d+", numbers))


def first_integers(node: ast.expr, tree: ast.Module) -> Iterator[int]:
    """The integers that a parametrisation begins its rows with, looked up where it names them."""
    match node:
        case ast.Constant(value=int(number)):
            yield number
        case ast.Call(func=ast.Name(id="range"), args=limits):
            yield from range(*(ast.literal_eval(limit) for limit in limits))
        case ast.Call(args=[inner, *_]):  # sorted(...), pytest.param(...)
            yield from first_integers(inner, tree)
        case ast.Dict(keys=keys):
            for key in filter(None, keys):
                yield from first_integers(key, tree)
        case ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values):
            for value in values:
                row = value.elts[0] if isinstance(value, ast.Tuple) else value
                yield from first_integers(row, tree)
        case ast.Name(id=name):
            for line in tree.body:
                match line:
                    case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                        yield from first_integers(value, tree)
                    case ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value):
                        yield from first_integers(value, tree) if found == name else ()


def in_parametrisations(text: str) -> Iterator[int]:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[names, values, *_]):
                if "invariant" in ast.unparse(names):
                    yield from first_integers(values, tree)


def named_in(text: str) -> set[int]:
    return {*in_words(text), *in_parametrisations(text)}


def test_the_page_counts_from_one_without_a_gap() -> None:
    numbers = [number for number, _ in rows()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 28


@pytest.mark.parametrize("number, path", rows(), ids=lambda value: getattr(value, "name", value))
def test_an_invariant_is_named_by_its_test(number: int, path: Path) -> None:
    assert path.is_file(), f"docs/invariants.md: {path.name} does not exist"
    assert number in named_in(path.read_text()), f"{path.name} does not name invariant {number}"


@pytest.mark.parametrize(
    "text, numbers",
    [
        ("# invariant 7", {7}),
        ('"""Invariants 1 to 3, 8 and 11."""', {1, 2, 3, 8, 11}),
        ("def test_invariant_24(): ...", {24}),
        ('@pytest.mark.parametrize("invariant", range(1, 4))\ndef t(): ...', {1, 2, 3}),
        ('@pytest.mark.parametrize("invariant, x", [(5, 1), (9, 2)])\ndef t(): ...', {5, 9}),
        (
            'ROWS = {3: "a", 4: "b"}\n@mark.parametrize("invariant", sorted(ROWS))\ndef t(): ...',
            {3, 4},
        ),
        ("x = 7  # no invariant at all", set()),
        ('@pytest.mark.parametrize("number", range(1, 4))\ndef t(): ...', set()),
    ],
)
def test_names_are_read_as_people_write_them(text: str, numbers: set[int]) -> None:
    assert named_in(text) == numbers
