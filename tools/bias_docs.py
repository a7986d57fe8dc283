"""Write the measured bias of the fill models into docs/simulation.md, between its markers.

    python tools/bias_docs.py [--check]

The numbers are those of sim/clobstep_sim/replayed/bias.toml, which `clobstep calibrate --write`
made. With --check nothing is written and a stale table is an error.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "simulation.md"
TABLE = ROOT / "sim" / "clobstep_sim" / "replayed" / "bias.toml"
BEGIN, END = "<!-- bias -->", "<!-- /bias -->"
COLUMNS = ("fill_points", "pnl_percent", "count_percent", "value_percent", "markout_cents")


def section(table: dict[str, Any]) -> str:
    """The table as Markdown, a row a model."""
    heads = ("market, latency each way", "model", "fill rate, points", "P&L, %", "by count, %")
    heads += ("by value, %", "markout 10 s, cents")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    last = None
    for row in table["row"]:
        where = f"{row['kind']}, {row['latency_ms']} ms"
        cells = [f"{row[c][0]:+.2f} ±{row[c][1]:.2f}" for c in COLUMNS[:-1]]
        cells.append("{:+.3f} ±{:.3f}".format(*row[COLUMNS[-1]]))
        lines.append(f"| {'' if where == last else where} | {row['model']} | {' | '.join(cells)} |")
        last = where
    told = (
        f"Measured {table['measured']}, {table['seeds']} seeds of {table['minutes']} minutes each."
    )
    return "\n".join([*lines, "", told])


def written() -> str:
    """The page as it should be."""
    head, rest = PAGE.read_text().split(BEGIN)
    table = tomllib.loads(TABLE.read_text())
    return f"{head}{BEGIN}\n{section(table)}\n{END}{rest.split(END)[1]}"


def main(argv: list[str]) -> int:
    new = written()
    if "--check" in argv:
        return 0 if new == PAGE.read_text() else 1
    PAGE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
