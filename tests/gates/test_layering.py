"""Gate: who imports whom. Data flows one way, so a layer can be read, tested and replaced alone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import builds
import cython_text

WORDS = ("clobstep.enums", "clobstep.config")  # generated names and numbers
TABLES = ("clobstep.schema", "clobstep.machines", "clobstep.codegen", "clobstep.codegen_docs")
FACE = (*WORDS, "clobstep.units", "clobstep.events", "clobstep.effects", "clobstep.show")
BASE = (*FACE, "clobstep", "clobstep.core", "clobstep.secret")
PARTS = ("clobstep.session", "clobstep.venue", "clobstep.strategy")
TOPS = (
    "clobstep.live", "clobstep.report", "clobstep.bench", "clobstep.imports", "clobstep.replay",
)  # fmt: skip

APART = ("clobstep.venue.signing", "clobstep.live.orders")  # not allowed by the part they lie in

# What each part may import of ours besides itself; the longest name that fits a module counts. The
# bare `clobstep` is the package's own face (`from clobstep import Engine`), not all that is in it.
ALLOWED: dict[str, tuple[str, ...]] = {
    "clobstep.enums": (),
    "clobstep.config": (),
    "clobstep.machines": (),
    "clobstep.schema": ("clobstep.machines",),
    "clobstep.codegen": TABLES,
    "clobstep.codegen_docs": TABLES,
    "clobstep.units": (),
    "clobstep.secret": (),
    "clobstep.core": WORDS,
    "clobstep.events": (*WORDS, "clobstep.units"),
    "clobstep.effects": WORDS,
    "clobstep.show": FACE,
    "clobstep": BASE,
    **dict.fromkeys(PARTS, BASE),
    **dict.fromkeys(TOPS, (*BASE, *PARTS)),
    # What needs no key cannot reach one: only orders and the loopback exchange know of signing.
    "clobstep.venue.signing": (*BASE, "clobstep.venue"),
    "clobstep.live.orders": (*BASE, *PARTS, "clobstep.venue.signing", "clobstep.live"),
    "clobstep.demo": (),  # data and where it is
    "clobstep.bench": (*BASE, *PARTS, "clobstep.live"),
    "clobstep.imports": (*BASE, *PARTS),
    "clobstep.replay": (*BASE, *PARTS),
    "clobstep.cli": (*BASE, *PARTS, *TOPS, *APART, "clobstep.demo", "clobstep_sim"),
    "clobstep.__main__": ("clobstep.cli",),
    "clobstep.cli.names": (*BASE, "clobstep.schema", "clobstep.cli"),  # what `explain` looks up
    "clobstep_sim": (*BASE, *PARTS, *TOPS),
    "clobstep_sim.server": (*BASE, *PARTS, *TOPS, "clobstep.venue.signing", "clobstep_sim"),
    # The auditor must not share a mistake with what it audits.
    "clobstep_sim.auditor": WORDS,
}
# Beside ours, the core may know of Python's words for types, C's memory, and numpy's record types.
OUTSIDE_OF_CORE = {
    "__future__", "typing", "numpy", "numpy.typing", "libc.stdint", "libc.stdlib", "libc.string",
    "cpython.buffer", "cpython.bytes",
}  # fmt: skip
BY_NAME = {"import_module", "__import__", "find_spec", "exec", "eval"}

CYTHON_IMPORT = re.compile(
    r"^\s*from\s+([\w.]+)\s+c?import\s+([^\n]*)|^\s*c?import\s+([\w., ]+)", re.M
)


def modules(top: Path) -> dict[str, Path]:
    """Module name -> file, of everything below src/ or sim/; a part of the core is one too."""
    found = {}
    for path in sorted(top.rglob("*")):
        if path.suffix in (".py", ".pyi", *cython_text.CYTHON_ENDINGS):
            name = ".".join(path.relative_to(top).with_suffix("").parts).removesuffix(".__init__")
            found[name if path.suffix == ".py" else f"{name}{path.suffix}"] = path
    return found


def imports(name: str, path: Path) -> Iterator[tuple[str, list[str]]]:
    """(module, names taken from it) of every import, also of those for types only."""
    text = path.read_text()
    if path.suffix in cython_text.CYTHON_ENDINGS:
        for module, taken, plain in CYTHON_IMPORT.findall(cython_text.code(text, path.suffix)):
            if module:
                yield module, re.findall(r"\w+", taken)
            for one in filter(None, plain.split(",")):
                yield one.split()[0], []
        return
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: len(package.split(".")) - node.level + 1]
            above = ".".join(parts) if node.level else ""
            module = ".".join(filter(None, (above, node.module)))
            yield module, [alias.name for alias in node.names]


def part_of(name: str) -> str:
    """The row of ALLOWED that a module stands under; the bare `clobstep` is for itself only."""
    rows = [r for r in ALLOWED if name == r or (r != "clobstep" and name.startswith(r + "."))]
    if not rows:
        raise LookupError(f"{name} stands in no layer; give it a row in {Path(__file__).name}")
    return max(rows, key=len)


def is_below(name: str, roots: tuple[str, ...]) -> bool:
    roots = tuple(r for r in roots if r != "clobstep") if name != "clobstep" else roots
    apart = [a for a in APART if name == a or name.startswith(a + ".")]
    if apart:
        return any(r in apart for r in roots)
    return any(name == r or name.startswith(r + ".") for r in roots)


def forbidden(root: Path) -> list[str]:
    """`who: whom` for every import of ours that a layer may not have, in the tree at `root`."""
    ours = modules(root / "src") | modules(root / "sim")
    found = []
    for name, path in ours.items():
        part = part_of(name)
        for module, names in imports(name, path):
            if module.partition(".")[0] not in ("clobstep", "clobstep_sim"):
                if part == "clobstep.core" and module not in OUTSIDE_OF_CORE:
                    found.append(f"{name}: {module}")
                continue
            full = {f"{module}.{n}" for n in names}
            targets = {n if n in ours else module for n in full} or {module}
            allowed = (part, *ALLOWED[part])
            found += [f"{name}: {target}" for target in targets if not is_below(target, allowed)]
    return sorted(found)


def test_every_import_goes_the_right_way() -> None:
    assert not forbidden(builds.ROOT)


def test_the_tables_are_read_at_run_time_by_explain_only() -> None:
    ours = modules(builds.ROOT / "src")
    readers = {
        name
        for name, path in ours.items()
        for module, names in imports(name, path)
        if "clobstep.cli.names" in (module, *(f"{module}.{n}" for n in names))
    }
    assert readers == {"clobstep.cli.explain"}


def test_modules_are_named_where_they_are_imported() -> None:
    """An import by a string would pass unseen. The package and the command line load late."""
    found = {
        name
        for top in ("src", "sim")
        for name, path in modules(builds.ROOT / top).items()
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name | ast.Attribute)
        if (node.id if isinstance(node, ast.Name) else node.attr) in BY_NAME
    }
    assert found <= {"clobstep", "clobstep.cli"}


def test_headers_of_the_core_include_no_more_than_integers_and_memory() -> None:
    include = re.compile(r'#\s*include\s+[<"]([^>"]+)')
    found = {h for p in cython_text.core_sources(".h") for h in include.findall(p.read_text())}
    assert found <= {"stdint.h", "string.h"}


@pytest.mark.parametrize(
    "name, line",
    [
        ("src/clobstep/core/feed.pxi", "from clobstep.units import parse_price"),
        ("src/clobstep/core/feed.pxi", "import time"),
        ("src/clobstep/core/feed.pxd", "from libc.time cimport time"),
        ("src/clobstep/core/views.py", "from ..events import raw"),
        ("src/clobstep/session/log.py", "from clobstep.live import engine"),
        ("src/clobstep/venue/rest/reads.py", "import clobstep.strategy"),
        ("src/clobstep/venue/rest/reads.py", "from clobstep.venue.signing import digest"),
        ("src/clobstep/live/paper.py", "from clobstep.live.orders import keys"),
        ("sim/clobstep_sim/replayed/paper.py", "import clobstep.venue.signing.signer"),
        ("src/clobstep/strategy/maker.py", "from clobstep import schema"),
        ("src/clobstep/events/book.py", "from clobstep import Engine"),
        ("src/clobstep/report/plot.py", "from clobstep_sim import kernel"),
        ("src/clobstep/cli/show.py", "def run():\n    from clobstep.codegen import main"),
        ("sim/clobstep_sim/auditor/model.py", "from clobstep.core import Engine"),
        ("sim/clobstep_sim/auditor/model.py", "from clobstep import units"),
    ],
)
def test_the_gate_names_it(tmp_path: Path, name: str, line: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    for module in ("units", "schema", "strategy", "events", "live", "codegen"):
        (tmp_path / "src/clobstep" / f"{module}.py").parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "src/clobstep" / f"{module}.py").write_text("")
    path.write_text(line + "\n")
    assert len(forbidden(tmp_path)) == 1


def test_a_module_without_a_layer_is_named(tmp_path: Path) -> None:
    (tmp_path / "src/clobstep").mkdir(parents=True)
    (tmp_path / "src/clobstep/newcomer.py").write_text("")
    with pytest.raises(LookupError, match=r"clobstep\.newcomer stands in no layer"):
        forbidden(tmp_path)
