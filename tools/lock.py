"""Writes requirements/{test,build}.txt: every pinned version with its hashes, for all Pythons.

The ranges come from pyproject.toml. Needs `uv` on the PATH (pip install uv) and the package index.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTE = "# Made by tools/lock.py (make lock) from pyproject.toml; do not edit.\n"


def requirements(extras: list[str]) -> list[str]:
    """The ranges for a build, a run, and these extras; an extra may name other extras of ours."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    optional = project["project"]["optional-dependencies"]
    own = project["project"]["name"] + "["
    wanted = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    for extra in extras:
        for line in optional[extra]:
            if line.startswith(own):
                wanted += requirements(line[len(own) :].rstrip("]").split(","))
            else:
                wanted.append(line)
    return sorted(set(wanted))


def lock(name: str, extras: list[str]) -> None:
    command = "uv pip compile --quiet --universal --generate-hashes --python-version 3.11"
    command += " --no-header --no-annotate --no-emit-index-url --no-emit-find-links -"
    done = subprocess.run(
        command.split(),
        cwd=ROOT,
        input="\n".join(requirements(extras)),
        text=True,
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        sys.exit(f"uv could not resolve {name}.txt: {requirements(extras)}")
    (ROOT / "requirements" / f"{name}.txt").write_text(NOTE + done.stdout)


if __name__ == "__main__":
    lock("build", [])
    lock("test", ["dev"])
