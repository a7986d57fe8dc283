"""Gate: importing loads what is needed and nothing else; replaying cannot reach a signer."""

import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"numpy", "click", "rich", "sortedcontainers", "clobstep.core._core"}
# Packages that can sign an order or speak to the venue.
SIGNERS = {
    "coincurve", "cryptography", "ecdsa", "eth_abi", "eth_account", "eth_keys", "nacl",
    "py_clob_client", "py_clob_client_v2", "secp256k1", "web3",
    "aiohttp", "httpx", "requests", "trio", "websockets", "wsproto",
}  # fmt: skip
OUR_SIGNERS = {"clobstep.live", "clobstep.venue.signing"}  # the rest of venue/ only reads


def loaded_by(code: str) -> set[str]:
    """Every module that a fresh interpreter has loaded after this code."""
    told = "import json, sys; print('\\n' + json.dumps(sorted(sys.modules)))"
    path = os.pathsep.join(filter(None, sys.path))  # what this test would import, and in its order
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{told}"],
        check=True, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_clobstep_is_light() -> None:
    loaded = loaded_by("import clobstep")
    assert "clobstep" in loaded
    assert not loaded & HEAVY
    assert not {name for name in loaded if name.startswith("clobstep.")}


@pytest.mark.parametrize("module", ["units", "enums", "events", "effects", "show", "config"])
def test_words_and_records_need_neither_numpy_nor_the_core(module: str) -> None:
    loaded = loaded_by(f"import clobstep.{module}")
    assert f"clobstep.{module}" in loaded
    assert not loaded & HEAVY


def test_the_engine_needs_no_numpy_for_bytes() -> None:
    loaded = loaded_by("from clobstep import Engine; Engine().step(bytes(64))")
    assert "clobstep.core._core" in loaded
    assert "numpy" not in loaded


def test_the_engine_needs_no_table_of_the_schema() -> None:
    """Tables are compiled in: nothing at run time could be changed under the core."""
    loaded = loaded_by("from clobstep import Engine; Engine().step(bytes(64))")
    assert not loaded & {"clobstep.schema", "clobstep.machines", "clobstep.codegen"}


def test_help_is_immediate() -> None:
    loaded = loaded_by("from clobstep.cli import main; main(['--help'], standalone_mode=False)")
    assert "click" in loaded
    assert not loaded & {"numpy", "rich", "clobstep.core._core"}


def test_no_command_can_reach_a_signer(tmp_path: Path) -> None:
    """Every module of the command line at once, and a whole run of the demo."""
    package = __import__("clobstep.cli", fromlist=["__path__"])
    names = [name for _, name, _ in pkgutil.walk_packages(package.__path__, "clobstep.cli.")]
    wanted = [name for name in names if not name.endswith("__main__")]
    run = ["demo", "--report", str(tmp_path / "demo.html")]
    demo = f"from clobstep.cli import main; main({run}, standalone_mode=False)"
    loaded = loaded_by("\n".join([*(f"import {name}" for name in wanted), demo]))
    assert "clobstep.core._core" in loaded
    tops = {name.partition(".")[0] for name in loaded}
    assert not tops & SIGNERS
    assert not {name for name in loaded if any(name.startswith(our) for our in OUR_SIGNERS)}
