"""The reader that the gates depend on sees what is there."""

import cython_text

SAMPLE = '''# a / b and 1.5
include "x.pxi"
cdef extern from "bits.h" nogil:
    int outside(int)
    uint64_t mixed(uint64_t, const void*)

cdef int first(State* s, int64_t a) noexcept nogil:
    """Halves: a / 2."""
    cdef int64_t b = outside(a)  # not a function
    if b:

        return 0
    # a closing remark
cdef inline Order* second(
        State* s, uint64_t id) except? 0x10ULL:
    return NULL if s.x["/"] else other(s, id)

cdef class Face:
    def method(self, a=(1, 2)):
        return "1.5 / 2"

    @property
    def value(self):
        return 'it\\'s'
cdef int last(int a) noexcept: return a
'''


def test_functions_have_their_names_and_lines() -> None:
    found = {f.name: (f.first, f.last) for f in cython_text.functions(SAMPLE)}
    assert found == {
        "first": (7, 12), "second": (14, 16), "method": (19, 20), "value": (23, 24),
    }  # fmt: skip


def test_a_promise_to_do_without_the_interpreter_is_seen() -> None:
    plain = {f.name for f in cython_text.functions(SAMPLE) if f.is_plain_c}
    assert plain == {"first"}


def test_strings_and_comments_are_blanked_in_place() -> None:
    code = cython_text.code(SAMPLE, ".pyx")
    assert "/" not in code
    assert "1.5" not in code
    assert len(code) == len(SAMPLE)
    assert code.count("\n") == SAMPLE.count("\n")
    assert cython_text.code('a /* b / c */ / "/" // d\n', ".h").split() == ["a", "/"]


def test_the_core_is_seen_whole() -> None:
    """A second, cruder count: a line at the margin that begins a function."""
    for path in cython_text.core_sources(".pyx", ".pxi"):
        text = path.read_text()
        crude = [
            line
            for line in cython_text.code(text, ".pyx").splitlines()
            if line.lstrip().startswith(("cdef ", "def ", "cpdef ")) and line.rstrip().endswith(":")
            if "(" in line
        ]
        found = list(cython_text.functions(text))
        assert len(found) >= len(crude), path.name
