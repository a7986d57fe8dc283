"""Gate: the compiled core can reach nothing but memory and the interpreter's own functions.

No clock, no randomness, no input or output: what it does depends on its arguments alone. Asked of
the linker's table, so it holds whatever the source looks like.
"""

import re
import shutil
import subprocess
import sys

import pytest

import builds
import cython_text

# Everything of C that it may use. Names are those of the linker, without the symbol version.
ALLOWED = {
    # memory
    "calloc", "free", "malloc", "memcmp", "memcpy", "memmove", "memset",
    "__memcpy_chk", "__memmove_chk", "__memset_chk", "bzero",
    # Cython's start: names of the module and its types
    "strcmp", "strlen", "strncmp", "strrchr", "strstr", "__strcat_chk", "__strcpy_chk",
    # compiler and loader
    "__stack_chk_fail", "__stack_chk_guard", "__udivti3", "__divti3", "__modti3", "__umodti3",
    "__cxa_finalize", "__gmon_start__", "_ITM_deregisterTMCloneTable",
    "_ITM_registerTMCloneTable", "dyld_stub_binder", "_dyld_private",
}  # fmt: skip

# The interpreter's functions, but for those that read a clock, draw, print, open, run code or turn
# to floating point. PyOS_snprintf writes into memory. PyFloat_FromDouble stays: Cython's general
# addition of Python objects has a branch for floats, although nothing here ever takes it.
INTERPRETER = re.compile(r"_?Py[A-Z_]\w*")
NOT_OF_THE_INTERPRETER = re.compile(
    r"""_?PyTime | _?Py_Hash(?:Random|Secret) | \w*[Uu]random | PyFloat_As
    | PyErr_(?:Print|Display|WriteUnraisable) | PyObject_Print | PyFile | PySys_ | PyMarshal
    | _?PyOS_(?!v?snprintf) | _?PyRun | PyEval_(?:Eval|GetGlobals) | PyThread_ | PyGILState
    | PyNumber_(?:InPlace)?TrueDivide""",
    re.VERBOSE,
)


def allowed(symbol: str) -> bool:
    if INTERPRETER.fullmatch(symbol):
        return NOT_OF_THE_INTERPRETER.match(symbol) is None
    return symbol in ALLOWED


def undefined_symbols() -> set[str]:
    """What the release build takes from elsewhere."""
    on_mac = sys.platform == "darwin"
    flags = ["-u"] if on_mac else ["-D", "--undefined-only"]
    done = subprocess.run(
        ["nm", *flags, str(builds.extension())], check=True, capture_output=True, text=True
    )
    names = {line.split()[-1].partition("@")[0] for line in done.stdout.splitlines() if line}
    return {name.removeprefix("_") for name in names} if on_mac else names


@pytest.mark.skipif(shutil.which("nm") is None, reason="nm is not installed")
def test_the_core_reaches_only_what_is_listed() -> None:
    found = undefined_symbols()
    assert {"PyBytes_FromStringAndSize", "memcpy"} <= found, "nm told nothing"
    assert not sorted(name for name in found if not allowed(name))


@pytest.mark.parametrize(
    "symbol",
    # clocks
    ["time", "clock", "clock_gettime", "gettimeofday", "nanosleep", "mach_absolute_time",
     "PyTime_Time", "_PyTime_GetSystemClock",
     # randomness
     "rand", "random", "rand_r", "drand48", "getrandom", "getentropy", "arc4random",
     "_PyOS_URandom", "_Py_HashSecret",
     # input, output, the environment
     "open", "fopen", "read", "write", "fwrite", "puts", "printf", "__printf_chk", "fprintf",
     "socket", "connect", "send", "recv", "getenv", "system", "mmap", "pthread_create",
     "PySys_WriteStderr", "PyErr_WriteUnraisable", "PyRun_SimpleStringFlags", "PyOS_FSPath",
     # floating point
     "floor", "pow", "fmod", "PyNumber_TrueDivide", "PyFloat_AsDouble"],
)  # fmt: skip
def test_the_gate_would_name_it(symbol: str) -> None:
    assert not allowed(symbol)


def test_no_instruction_of_the_processor_goes_around_the_linker() -> None:
    """A clock or a random number can be read by an instruction; no symbol would tell."""
    words = re.compile(r"\b(?:asm|__asm__|__builtin_ia32_\w+|_*rdtscp?|_*rdrand\w*|_*rdseed\w*)\b")
    for path in cython_text.core_sources():
        assert not words.findall(cython_text.code(path.read_text(), path.suffix)), path.name
