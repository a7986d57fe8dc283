"""Reads Cython and C sources as text, for the gates: what is code, and where functions stand.

Python's own tokenizer refuses `0x1ULL` and `except? -1`, so this is a few regular expressions. They
know as much of the language as the core uses; tests/gates/test_cython_text.py holds them to that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import builds

CORE = builds.ROOT / "src" / "clobstep" / "core"
CYTHON_ENDINGS = (".pyx", ".pxi", ".pxd")

_CYTHON_NOISE = re.compile(
    r"""("{3}|'{3})(?:\\.|[^\\])*?\1|(["'])(?:\\.|(?!\2)[^\\\n])*\2|#[^\n]*""", re.DOTALL
)
_C_NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)
_HEAD = re.compile(r"^(?P<indent> *)(?:cdef|cpdef|def)\s(?!class\b)[^=(:]*?\b(?P<name>\w+)\(")


@dataclass(frozen=True)
class Function:
    """A function with a body. Lines count from 1; `last` is its last line of code."""

    name: str
    head: str
    first: int
    last: int

    @property
    def lines(self) -> int:
        return self.last - self.first + 1

    @property
    def is_plain_c(self) -> bool:
        """Promised to run without the interpreter."""
        return self.head.endswith("nogil:")


def core_sources(*endings: str) -> list[Path]:
    return sorted(p for p in CORE.iterdir() if p.suffix in (endings or (*CYTHON_ENDINGS, ".h")))


def code(text: str, ending: str) -> str:
    """The text with comments and the insides of strings blanked; every line keeps its place."""
    noise = _C_NOISE if ending == ".h" else _CYTHON_NOISE
    return noise.sub(lambda hit: re.sub(r"[^\n]", " ", hit.group()), text)


def functions(text: str) -> Iterator[Function]:
    """Every cdef, cpdef and def of a Cython source that has a body."""
    lines = code(text, ".pyx").splitlines()
    for k, line in enumerate(lines):
        found = _HEAD.match(line)
        if found is None:
            continue
        end = k
        while (head := " ".join(lines[k : end + 1])).count("(") > head.count(")"):
            end += 1
        head = " ".join(head.split())
        if not head.endswith(":"):
            continue  # a declaration, or a variable that a call is assigned to
        last = end
        for j in range(end + 1, len(lines)):
            if lines[j].strip():
                if len(lines[j]) - len(lines[j].lstrip()) <= len(found["indent"]):
                    break
                last = j
        yield Function(found["name"], head, k + 1, last + 1)
