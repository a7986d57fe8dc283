"""Gate: what a type checker is told about compiled modules is what there is."""

import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import builds

# At run time only: what Cython leaves in every module, and a table imported for its own use.
NOT_IN_THE_STUB = {
    "clobstep.core._core": ["__pyx_capi__", "__test__", "COUNTERS"],
    "clobstep.venue.signing._digest": ["__test__"],
}


@pytest.mark.parametrize("module", NOT_IN_THE_STUB)
def test_the_stub_says_what_the_compiled_module_has(tmp_path: Path, module: str) -> None:
    """mypy's own comparison: every public name, method and parameter of one is in the other."""
    tree = builds.tree("release")
    allowed = tmp_path / "allowed.txt"
    allowed.write_text("".join(f"{module}.{name}\n" for name in NOT_IN_THE_STUB[module]))
    done = subprocess.run(
        # Whether a C type may be a base beside another one is nothing that users write.
        [sys.executable, "-m", "mypy.stubtest", "--concise", "--ignore-disjoint-bases",
         "--allowlist", str(allowed), module],
        cwd=tmp_path, env=os.environ | {"MYPYPATH": str(tree), "PYTHONPATH": str(tree)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_offers_what_it_lists() -> None:
    core = importlib.import_module("clobstep.core")
    modules = {"views"}
    offered = {
        name
        for name, value in vars(core).items()
        if not name.startswith("_") and not inspect.ismodule(value)
        if name not in {"TYPE_CHECKING", "Any", "annotations"} | modules
    }
    lazy = {"EVENT_DTYPE", "EFFECT_DTYPE"}
    assert offered | lazy == set(core.__all__)
    assert all(getattr(core, name) is not None for name in core.__all__)


def test_clobstep_offers_what_it_lists() -> None:
    clobstep = importlib.import_module("clobstep")
    assert dir(clobstep) == sorted(clobstep.__all__)
    assert all(getattr(clobstep, name) is not None for name in clobstep.__all__)


def test_users_pass_mypy_strict(tmp_path: Path) -> None:
    """A few lines as a user writes them, with the types they should have."""
    user = """
from typing import assert_type
import numpy as np
from clobstep import EFFECT_DTYPE, EVENT_DTYPE, Engine, EngineConfig
from clobstep.core import Account, BookView, MarketView, OrderView

engine = Engine(EngineConfig(tokens=4))
assert_type(engine.step(bytes(64)), bytes)
taken, written = engine.step_batch(np.zeros(3, EVENT_DTYPE), np.zeros(9, EFFECT_DTYPE))
assert_type(taken + written, int)
assert_type(engine.view.order(1), OrderView | None)
assert_type(engine.view.token(0), Account)
assert_type(engine.view.market(0).resolved, bool)
assert_type(engine.view.book(0), BookView)
assert_type(engine.view.levels(0, 1), list[tuple[int, int]])
assert_type(engine.view.market(0), MarketView)
assert_type(Engine.restore(engine.snapshot()), Engine)
"""
    tree = builds.tree("release")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "-c", user],
        cwd=tmp_path, env=os.environ | {"MYPYPATH": str(tree)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
