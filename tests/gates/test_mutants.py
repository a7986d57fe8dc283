"""Gate: every planted bug of tools/mutants has its place in the core, and rewriting is right."""

import re

import pytest

import cython_text
from mutants import build, table
from mutants.table import Site

MUTANTS = table.load()

MADE = """
cdef int one(int a) noexcept nogil:
    cdef int b = a  # why
    if a >= 3 \\
            and b:                 # why
        b += 1
    return b


cdef int two(int a) noexcept nogil:
    a -= 1
    return a
"""

REWRITTEN = """
cdef int one(int a) noexcept nogil:
    cdef int b = ((0) if CS_MUTANT == 1 else (a))
    if (CS_MUTANT == 3 and (b) or not CS_MUTANT == 3 and (CS_MUTANT == 2 and (a > 3) or not CS_MUTANT == 2 and (a >= 3 \\
            and b))):
        b += 1
    return b


cdef int two(int a) noexcept nogil:
    a -= 1
    if CS_MUTANT == 4:
        return 0
    elif CS_MUTANT == 5:
        a = 7
        return a
    else:
        return a
"""  # noqa: E501


def test_there_are_enough_and_each_has_its_own_name() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) >= 30
    assert len(set(names)) == len(names)
    assert all(name == name.lower() and name.replace("-", "").isalpha() for name in names)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_its_lines_stand_once_where_it_says(mutant: table.Mutant) -> None:
    assert len(mutant.bug) > 20
    assert len(mutant.cost) > 20
    for site in mutant.sites:
        assert site.new != site.old
        table.place((cython_text.CORE / site.file).read_text(), site)


def test_the_copy_has_all_of_them_and_the_core_none() -> None:
    files = build.wanted(MUTANTS)
    for mutant in MUTANTS:
        for site in mutant.sites:
            text = files[f"{build.CORE}/{site.file}"].decode()
            assert re.search(rf"\b{table.CHOSEN} == {mutant.number}\b", text)
    assert b"def _plant(" in files[f"{build.CORE}/_core.pyx"]
    changed = {site.file for mutant in MUTANTS for site in mutant.sites} | {"_core.pyx"}
    for path in cython_text.core_sources():
        same = files[f"{build.CORE}/{path.name}"] == path.read_bytes()
        assert same == (path.name not in changed)
        assert table.CHOSEN not in path.read_text()


def test_old_and_new_stand_beside_each_other() -> None:
    both = "    if a >= 3 \\\n            and b:                 # why"
    sites = [
        (1, Site("", "    cdef int b = a  # why", "    cdef int b = 0")),
        (2, Site("", both, "    if a > 3:")),
        (3, Site("", both, "    if b:")),
        (4, Site("", "    return a", "    return 0")),
        (5, Site("", "    return a", "    a = 7\n    return a", "two")),
    ]
    assert table.rewrite(MADE, sites) == REWRITTEN


def test_what_cannot_be_placed_is_named() -> None:
    with pytest.raises(LookupError, match="made: 0 times"):
        table.place(MADE, Site("made", "    a -= 2", "    pass"))
    with pytest.raises(LookupError, match="made: 2 times"):
        table.place(MADE + MADE, Site("made", "    a -= 1", "    pass"))
    with pytest.raises(LookupError, match="made one: 0 times"):
        table.place(MADE, Site("made", "    a -= 1", "    pass", "one"))
    overlapping = [(1, Site("", "    a -= 1", "    pass")),
                   (2, Site("", "    a -= 1\n    return a", "    return 1"))]  # fmt: skip
    with pytest.raises(ValueError, match="overlap"):
        table.rewrite(MADE, overlapping)
    with pytest.raises(ValueError, match="cannot stand for"):
        table.rewrite(MADE, [(1, Site("", "    cdef int b = a  # why", "    b = 0"))])
