"""Write the newest measured figures into docs/performance.md.

    python tools/bench_docs.py [--check]

Reads benchmarks/results/*.json (the newest by name: they are named by date). With --check nothing
is written and a stale section is an error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOC = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def newest() -> Path:
    """The newest result; FileNotFoundError when there is none."""
    found = sorted((ROOT / "benchmarks" / "results").glob("*.json"))
    if not found:
        raise FileNotFoundError("benchmarks/results holds no result; run clobstep bench --json")
    return found[-1]


def _figures(row: dict[str, Any]) -> str:
    return ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in row.items() if k != "row")


def section(path: Path) -> str:
    """The markdown between the markers."""
    result = json.loads(path.read_text())
    machine = result["machine"]
    head = (
        f"{path.stem}, {machine['cores']} shared cores ({machine['machine']}, "
        f"{machine['system']}), Python {machine['python']}, {machine['build']} build. "
        "Rates in millions a second."
    )
    out = [
        head,
        "",
        "| row | figures |",
        "|---|---|",
    ]
    for name, row in result["rows"].items():
        if name == "memory":
            out += [f"| memory, {config} | {_figures(f)} |" for config, f in row.items()]
        else:
            out.append(f"| {name.replace('_', ' ')} | {_figures(row)} |")
    out += [f"| peer: {row['row']} | {_figures(row)} |" for row in result["peers"].values()]
    for name, row in result["ratios"].items():
        out.append(f"| **{name.replace('_', ' ')}** | {_figures(row)} |")
    return "\n".join(out)


def written() -> str:
    """The document as it should be."""
    text = DOC.read_text()
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n{section(newest())}\n{END}{rest.split(END)[1]}"


def main(argv: list[str]) -> int:
    if "--check" in argv:
        if written() != DOC.read_text():
            print("docs/performance.md is stale: run python tools/bench_docs.py")
            return 1
        return 0
    DOC.write_text(written())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
