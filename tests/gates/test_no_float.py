"""Gate: no floating point under core/. Money is integers; a float would differ between builds."""

import re
from pathlib import Path

import pytest

import cython_text

TYPE = re.compile(r"\b(?:float|double|float_t|double_t|complex|np|numpy|math)\b|\bPyFloat\w*")
LITERAL = re.compile(r"(?<![\w.])(?:\d[\d_]*\.\d*|\.\d+|\d[\d_]*[eE][-+]?\d+)")
# In Cython `/` of Python integers is a float, and so is `**` of C integers. In C both are neither.
OPERATOR = re.compile(r"(?<!/)/(?!/)|\*\*")


def floats(text: str, ending: str) -> list[str]:
    """What is floating point in a source, each as `line: text`."""
    wanted = [TYPE, LITERAL] if ending == ".h" else [TYPE, LITERAL, OPERATOR]
    return [
        f"{number}: {hit.group()}"
        for number, line in enumerate(cython_text.code(text, ending).splitlines(), 1)
        for pattern in wanted
        for hit in pattern.finditer(line)
    ]


@pytest.mark.parametrize("path", cython_text.core_sources(), ids=lambda p: p.name)
def test_a_source_of_the_core_has_no_float(path: Path) -> None:
    assert not floats(path.read_text(), path.suffix)


@pytest.mark.parametrize(
    "line",
    ["cdef double x", "x = <float>y", "x = 1.5", "x = 1.", "x = .5", "x = 1e9", "x = a / b",
     "x /= 2", "from libc.math cimport floor", "x = PyFloat_AS_DOUBLE(y)", "x = a ** b"],
)  # fmt: skip
def test_the_gate_sees_it(line: str) -> None:
    assert floats(line, ".pyx")


@pytest.mark.parametrize(
    "line",
    ["x = a // b", "x = 0x1e5", "x = 0x243f6a8885a308d3ULL", "# a / b", '"""1.5 / 2"""',
     "x = 1_000", "x = s.v.now_ns", "x = rows[1].size"],
)  # fmt: skip
def test_the_gate_sees_nothing_else(line: str) -> None:
    assert not floats(line, ".pyx")
