"""Fresh environments for tests of what a user installs, and a first step to run in them."""

from pathlib import Path

import builds

# One event of zero bytes: its kind does not exist, so it must come back refused, as an effect.
STEP = """
from clobstep import Engine, EngineConfig
from clobstep.core import BUILD_MODE
effects = Engine(EngineConfig()).step(bytes(64))
print(BUILD_MODE, len(effects) // 72, len(effects) % 72)
"""
STEP_PRINTS = ["release", "1", "0"]


class Venv:
    """A fresh environment. Commands run in its own folder and see nothing of this project."""

    def __init__(self, folder: Path, path: str | None = None) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.env = {"PYTHONPATH": None, "CLOBSTEP_BUILD": None, "CLOBSTEP_MARCH": None}
        if path is not None:
            self.env["PATH"] = path
        builds.command([builds.this_python().executable, "-m", "venv", str(folder)], self.env)

    def __call__(self, program: str, *args: str, **env: str) -> str:
        return builds.command([str(self.bin / program), *args], self.env | env, cwd=self.folder)

    def pip(self, *args: str, **env: str) -> str:
        return self("python", "-m", "pip", "--quiet", *args, **env)
