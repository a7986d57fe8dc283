"""The measured bias of the fill models, as paper prints it.

Owns: the table that ships (bias.toml, written by `clobstep calibrate`), or the one of the file that
CLOBSTEP_BIAS names, and the line about a model.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from clobstep_sim.soak.calibrate import Bias

VARIABLE = "CLOBSTEP_BIAS"
PERCENT = ("fill_points", "pnl_percent", "count_percent", "value_percent")


class BiasError(ValueError):
    """A table of biases that cannot be read; says which and why."""


class Row(msgspec.Struct, frozen=True):
    """A model in a kind of market at a latency; see calibrate.Bias."""

    kind: str
    latency_ms: int
    model: str
    fill_points: tuple[float, float]
    pnl_percent: tuple[float, float]


class Table(msgspec.Struct, frozen=True):
    """What was measured, and when."""

    measured: str
    seeds: int
    minutes: int
    row: list[Row]


def write(path: Path, found: Sequence[Bias], seeds: int, minutes: int) -> None:
    """The table as TOML."""
    head = f'measured = "{datetime.now(UTC):%Y-%m-%d}"\nseeds = {seeds}\nminutes = {minutes}\n'
    rows = []
    for one in found:
        told = asdict(one)
        lines = [f'kind = "{one.kind}"', f"latency_ms = {one.latency_ms}", f'model = "{one.model}"']
        lines += [f"{name} = [{told[name][0]:.3f}, {told[name][1]:.3f}]" for name in PERCENT]
        lines.append("markout_cents = [{:.4f}, {:.4f}]".format(*told["markout_cents"]))
        rows.append("\n[[row]]\n" + "\n".join(lines) + "\n")
    path.write_text(head + "".join(rows), encoding="utf-8")


def read() -> Table:
    """The table in force. Errors: BiasError naming the file."""
    given = os.environ.get(VARIABLE)
    try:
        if given:
            text = Path(given).read_text(encoding="utf-8")
        else:
            text = (resources.files("clobstep_sim.replayed") / "bias.toml").read_text("utf-8")
        return msgspec.toml.decode(text, type=Table)
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as error:
        where = given or "bias.toml"
        raise BiasError(f"{where}: {error}; write one: clobstep calibrate --write FILE") from None


def line(model: str, latency_ms: float) -> str:
    """What is known of a model, at the measured latency that is nearest; empty if nothing is."""
    table = read()
    rows = [row for row in table.row if row.model == model]
    if not rows:
        return ""
    nearest = min({row.latency_ms for row in rows}, key=lambda ms: abs(ms - latency_ms))
    told = [
        f"{row.kind} {row.fill_points[0]:+.1f} ±{row.fill_points[1]:.1f} points and "
        f"{row.pnl_percent[0]:+.0f} ±{row.pnl_percent[1]:.0f} %"
        for row in rows
        if row.latency_ms == nearest
    ]
    return (
        f"Measured bias of {model} in made markets at {nearest} ms each way, of fill rate and P&L "
        f"({table.measured}, {table.seeds} seeds of {table.minutes} minutes): {'; '.join(told)}."
    )
