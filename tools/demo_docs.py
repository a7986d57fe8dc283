"""Write what `clobstep demo` prints into the README, between its markers.

    python tools/demo_docs.py [--check]

Only what is the same on every machine: no times, no size of the report. With --check nothing is
written and a stale section is an error.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "README.md"
BEGIN, END = "<!-- demo:begin -->", "<!-- demo:end -->"
PARTS = ("crossing fills only", "Profit and loss", "Orders:", "Markouts")
PROOF = "same chain: OK"
LAST = "A made market"


def printed() -> str:
    """The demo's output, run in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "clobstep.cli", "demo"],
            cwd=folder,
            env={**os.environ, "COLUMNS": "100"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"clobstep demo ended with {done.returncode}: {done.stderr}")
    return done.stdout


def section(output: str) -> str:
    """The parts that the README shows: each up to the next empty line; the proof; the band."""
    lines = output.splitlines()
    shown: list[str] = []
    for part in (*PARTS, LAST):
        if part == LAST:
            shown += [next(line for line in lines if line.endswith(")") and PROOF in line), ""]
        at = next(k for k, line in enumerate(lines) if line.startswith(part))
        for line in lines[at:]:
            if not line.strip() or line.startswith(("session ", "A from")):
                break
            shown.append(line.rstrip())
        shown.append("")
    return "```text\n" + "\n".join(shown[:-1]) + "\n```"


def written(output: str) -> str:
    """The README as it should be."""
    head, rest = PAGE.read_text().split(BEGIN)
    return f"{head}{BEGIN}\n{section(output)}\n{END}{rest.split(END)[1]}"


def main(argv: list[str]) -> int:
    new = written(printed())
    if "--check" in argv:
        return 0 if new == PAGE.read_text() else 1
    PAGE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
