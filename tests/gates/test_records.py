"""Gate: a record has the same bytes in the schema, in numpy and in C, and no byte is undefined.

Padding would hold whatever memory held before: chains and snapshots of equal runs would differ.
"""

import re
import shutil
import sysconfig
from pathlib import Path

import numpy as np
import pytest

import builds
import cython_text
from clobstep import EFFECT_DTYPE, EVENT_DTYPE, schema

RECORDS = [
    ("Event", EVENT_DTYPE, schema.EVENT_FIELDS, 64),
    ("Effect", EFFECT_DTYPE, schema.EFFECT_FIELDS, 72),
]
# Never copied as bytes: it holds the pointers and what a single step needs.
NOT_IN_A_SNAPSHOT = {"State"}

TYPEDEF = re.compile(r"^ctypedef struct (\w+):(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^ +(\w+) +(\*?)(\w+)(?:\[(\w+)\])?\s*$", re.MULTILINE)
ENUM = re.compile(r"^ +(\w+) = (\w+)\s*$", re.MULTILINE)

Layout = dict[str, tuple[int, int]]  # struct -> (size, alignment)
COMPILER = shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0]) or shutil.which("cc")


def state_structs() -> dict[str, list[tuple[str, str, int]]]:
    """The structs of state.pxd: (type, field, how many) in order; a pointer has the type `*`."""
    text = cython_text.code((cython_text.CORE / "state.pxd").read_text(), ".pxd")
    numbers = {name: int(value, 0) for name, value in ENUM.findall(text)}
    structs = {}
    for name, body in TYPEDEF.findall(text):
        lines = [line for line in body.splitlines() if line.strip()]
        fields = FIELD.findall(body)
        assert len(fields) == len(lines), f"{name} has a field that this test cannot read"
        structs[name] = [
            ("*" if star else kind, field, numbers.get(many) or int(many or 1))
            for kind, star, field, many in fields
        ]
    return structs


def holes(fields: list[tuple[str, str, int]], known: Layout) -> tuple[int, int, list[str]]:
    """Size, alignment and holes of a struct by the rules of C, which all our platforms share."""
    offset, widest, found = 0, 1, []
    for kind, field, many in fields:
        size, alignment = known[kind]
        if offset % alignment:
            found.append(f"{alignment - offset % alignment} bytes before {field}")
            offset += alignment - offset % alignment
        offset += size * many
        widest = max(widest, alignment)
    if offset % widest:
        found.append(f"{widest - offset % widest} bytes at the end")
        offset += widest - offset % widest
    return offset, widest, found


def layouts() -> tuple[Layout, dict[str, list[str]]]:
    """Sizes of all structs of the state, and the holes of each."""
    known: Layout = {f"{u}int{n}_t": (n // 8, n // 8) for u in ("", "u") for n in (8, 16, 32, 64)}
    known |= {"*": (8, 8), "Effect": (72, 8), "Config": (8 * len(schema.CONFIG), 8)}
    found = {}
    for name, fields in state_structs().items():
        size, alignment, found[name] = holes(fields, known)
        known[name] = (size, alignment)
    return known, found


def places(dtype: np.dtype[np.void]) -> dict[str, tuple[int, int]]:
    """(offset, size) of each field, in order."""
    assert dtype.fields is not None
    return {name: (place[1], place[0].itemsize) for name, place in dtype.fields.items()}


@pytest.mark.parametrize("name, dtype, fields, size", RECORDS, ids=["Event", "Effect"])
def test_a_record_of_numpy_is_the_schema_without_padding(
    name: str, dtype: np.dtype[np.void], fields: tuple[tuple[str, str, str], ...], size: int
) -> None:
    expected, at = {}, 0
    for field, kind, _ in fields:
        width = np.dtype(kind).itemsize
        assert at % width == 0, f"{field} is not aligned"
        expected[field] = (at, width)
        at += width
    assert list(places(dtype).items()) == list(expected.items())
    assert dtype.itemsize == size == at


def test_no_struct_of_the_state_has_a_hole() -> None:
    _, found = layouts()
    assert len(found) > 10
    holes_of = {name: h for name, h in found.items() if h and name not in NOT_IN_A_SNAPSHOT}
    assert not holes_of


def test_the_gate_sees_a_hole() -> None:
    known: Layout = {"uint8_t": (1, 1), "int64_t": (8, 8)}
    fields = [("uint8_t", "a", 1), ("int64_t", "b", 2), ("uint8_t", "c", 3)]
    assert holes(fields, known) == (32, 8, ["7 bytes before b", "5 bytes at the end"])


def c_program() -> str:
    """Prints `struct.field offset size` of the records, and the sizes of all structs."""
    lines = ["#include <stddef.h>", "#include <stdio.h>", '#include "schema.h"']
    for name, fields in state_structs().items():
        body = ""
        for kind, field, many in fields:
            body += f" {'void *' if kind == '*' else kind} {field}[{many}];"
        lines.append(f"typedef struct {{{body} }} {name};")
    lines.append("int main(void) {")
    shown = [(name, [f for f, _, _ in fields]) for name, _, fields, _ in RECORDS]
    for name, names in [*shown, ("Config", [row[0] for row in schema.CONFIG])]:
        for field in names:
            where = f"(int)offsetof({name}, {field}), (int)sizeof((({name} *)0)->{field})"
            lines.append(f'printf("{name}.{field} %d %d\\n", {where});')
    structs = ("Event", "Effect", "Config", *state_structs())
    lines += [f'printf("{name} 0 %d\\n", (int)sizeof({name}));' for name in structs]
    return "\n".join([*lines, "return 0; }"])


@pytest.mark.skipif(COMPILER is None, reason="no C compiler is installed")
def test_the_compiler_lays_them_out_as_the_schema_says(tmp_path: Path) -> None:
    source, program = tmp_path / "layout.c", tmp_path / "layout"
    source.write_text(c_program())
    include = f"-I{cython_text.CORE}"
    builds.command([str(COMPILER), "-std=c11", include, str(source), "-o", str(program)])
    told = {}
    for line in builds.command([str(program)]).splitlines():
        name, at, width = line.split()
        told[name] = (int(at), int(width))
    expected = {name: (0, size) for name, _, _, size in RECORDS}
    for name, dtype, _, _ in RECORDS:
        expected |= {f"{name}.{field}": place for field, place in places(dtype).items()}
    expected |= {f"Config.{row[0]}": (8 * k, 8) for k, row in enumerate(schema.CONFIG)}
    known, _ = layouts()
    expected |= {name: (0, known[name][0]) for name in ("Config", *state_structs())}
    assert told == expected
