"""The C-level API as it is installed: a foreign Cython extension compiles and runs against it."""

import re
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

# The strategy of docs/strategies.md in Python and the same in C: one chain, the same intents again.
TRADE = """
from pathlib import Path
from clobstep import demo
from clobstep.imports.run import import_files
from clobstep.replay.strategy import replay_strategy
from clobstep.session.reader import Session
from clobstep.strategy.load import load_strategy
from clobstep_sim import paper
names = {"__name__": "docs"}
exec(BLOCK, names)
recording, run = Path(FOLDER, "S.clob"), Path(FOLDER, "run.clob")
import_files([demo.RECORDING], recording, markets=[demo.MARKETS])
compiled = load_strategy("bidder:Bidder")
theirs = paper(recording, compiled, fill="crossing", record=run)
ours = paper(recording, names["Bid"](), fill="crossing")
assert theirs.counts["intents"] == ours.counts["intents"] > 10
assert theirs.chain == ours.chain, "they do not ask alike"
assert theirs.header["params"] == {"size": 10_000_000}
with Session.open(run) as session:
    assert replay_strategy(session, compiled).same
print(len(theirs.orders))
"""


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in a copy, against the tree as it would be installed: our src/ is not in reach."""
    folder = tmp_path_factory.mktemp("thirdparty")
    for name in ("bot.pyx", "bidder.pyx", "setup.py"):
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


def test_a_foreign_compiled_strategy_trades(bot: Path, tmp_path: Path) -> None:
    block = next(text for text in blocks("python") if "class Bid(Plain)" in text)
    path = f"{builds.tree('release')}:{bot}"
    code = TRADE.replace("BLOCK", repr(block)).replace("FOLDER", repr(str(tmp_path)))
    assert int(builds.run(code, env={"PYTHONPATH": path})) > 10


def test_the_docs_show_the_strategy_that_is_compiled_here() -> None:
    assert blocks("cython") == [(SOURCE / "bidder.pyx").read_text()]


def blocks(language: str) -> list[str]:
    page = (builds.ROOT / "docs" / "strategies.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.M | re.S)
