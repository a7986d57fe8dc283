"""The C-level API as it is installed: a foreign Cython extension compiles and runs against it."""

import shutil
import sys
from pathlib import Path

import pytest

import builds

SOURCE = Path(__file__).parent / "thirdparty"

# The same records once through the Python face and once from C: one chain, the same effects.
COMPARE = """
import bot
from clobstep import Engine, EngineConfig
from clobstep.core import BUILD_MODE
records = b"".join(bytes([n]) * 64 for n in range(256)) + bytes(64)
ours, theirs = Engine(EngineConfig()), Engine(EngineConfig())
out = b"".join(ours.step(records[k : k + 64]) for k in range(0, len(records), 64))
effects, last_kind, size = bot.drive(theirs, records)
assert bot.layout_agrees()
assert size == 72 and len(out) == size * effects, (size, len(out), effects)
assert effects > 0
assert (ours.seq, ours.chain) == (theirs.seq, theirs.chain), "the chains differ"
assert ours.seq == 257
print(BUILD_MODE)
"""


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in a copy, against the tree as it would be installed: our src/ is not in reach."""
    folder = tmp_path_factory.mktemp("thirdparty")
    for name in ("bot.pyx", "setup.py"):
        shutil.copy(SOURCE / name, folder)
    env = {"PYTHONPATH": str(builds.tree("release"))}
    builds.command([sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"], env, folder)
    return folder


def test_the_include_folder_holds_what_c_and_cython_need() -> None:
    place = builds.run("import clobstep; print(clobstep.get_include())").strip()
    held = {p.name for p in Path(place).iterdir()}
    assert builds.tree("release") in Path(place).parents
    assert {"_core.pxd", "schema.pxd", "state.pxd", "schema.h", "bits.h"} <= held


@pytest.mark.parametrize("mode", ["release", "debug"])
def test_a_foreign_extension_steps_the_core(bot: Path, mode: str) -> None:
    """It was compiled once; the layout, not the build mode, is what has to agree."""
    path = f"{builds.tree(mode)}:{bot}"
    assert builds.run(COMPARE, mode, env={"PYTHONPATH": path}).split() == [mode]
