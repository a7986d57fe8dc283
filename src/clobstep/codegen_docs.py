"""The generated documents: docs/state-machines.md and docs/reference.md, as text.

Part of `clobstep.codegen`; reads only the schema.
"""

from __future__ import annotations

from collections.abc import Iterable

from clobstep import schema
from clobstep.machines import Cell, Machine

LEGEND = """\
`NEXT / action` is taken; `=` stays; `dup` is a fact already known or overtaken (counted); \
`no` is refused;
`!!` cannot happen and would halt the engine. Rows marked *seen* were met in the real world."""
NEEDS = """\
Needs: T token of this generation, C token or NO_TOKEN, S side, P price 0..10000, \
B best bid and ask, Z size >= 0, + size > 0,
A amount >= 0, O order id, K ref, k size >= 0 if SIZE_KNOWN."""
ENUMS = (
    "Alert", "Fault", "CancelReason", "OperatorCode", "Evidence", "Liquidity", "Wake", "Flag",
)  # fmt: skip


def _cell(cell: Cell, state: str) -> str:
    if cell.verdict != "TAKE":
        return {"IGNORE_DUPLICATE": "dup", "REFUSE": "no", "FAULT": "!!"}[cell.verdict]
    return ("=" if cell.next == state else cell.next) + " / " + cell.action


def _diagram(machine: Machine) -> list[str]:
    edges: dict[tuple[str, str], list[str]] = {}
    for name in machine.inputs:
        for state in machine.states:
            cell = machine.cells[name][state]
            if cell.verdict == "TAKE" and cell.next != state:
                edges.setdefault((state, cell.next), []).append(name)
    out = ["```mermaid", "stateDiagram-v2", f"    [*] --> {machine.states[0]}"]
    for (a, b), names in edges.items():
        label = ", ".join(names[:3]) + (f", +{len(names) - 3}" if len(names) > 3 else "")
        out.append(f"    {a} --> {b}: {label}")
    out += [f"    {state} --> [*]" for state in machine.terminal]
    return [*out, "```"]


def state_machines(note: str) -> str:
    """docs/state-machines.md: each machine's diagram, table and remarks."""
    out = ["# State machines", "", f"<!-- {note} -->", "", LEGEND, ""]
    for m in schema.MACHINES:
        out += [f"## {m.name.capitalize()}", "", m.doc, "", *_diagram(m), ""]
        out.append("| input | " + " | ".join(m.states) + " | remark |")
        out.append("|---" * (len(m.states) + 2) + "|")
        for name in m.inputs:
            row = " | ".join(_cell(m.cells[name][s], s) for s in m.states)
            remark = m.notes[name]
            remark = "*seen:*" + remark[5:] if remark.startswith("seen:") else remark
            out.append(f"| {name} | {row} | {remark} |")
        out.append("")
    return "\n".join(out)


def _table(title: str, head: str, rows: Iterable[Iterable[object]]) -> list[str]:
    lines = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return [f"## {title}", "", f"| {head} |", "|---" * (head.count("|") + 1) + "|", *lines, ""]


def reference(note: str) -> str:
    """docs/reference.md: records, kinds, refusals, guard table, alerts, configuration."""
    out = ["# Reference", "", f"<!-- {note} -->", ""]
    for title, fields in (
        ("Event record (64 bytes)", schema.EVENT_FIELDS),
        ("Effect record (72 bytes)", schema.EFFECT_FIELDS),
    ):
        out += _table(title, "field | type | meaning", [(n, f"`{t}`", d) for n, t, d in fields])
    out += _table(
        f"Events\n\n{NEEDS}",
        "kind | code | needs | `code` is | flags | meaning",
        [(n, v, f"`{needs}`", *rest) for n, v, needs, *rest in schema.EVENTS],
    )
    out += _table("Effects", "kind | code | meaning", schema.EFFECTS)
    out += _table("Refusals, in order of precedence", "refusal | code | meaning", schema.REFUSALS)
    out += _table(
        "What each condition allows\n\n"
        "`post`: post-only orders only; `later`: taken now, sent when the venue allows.",
        "condition | adds risk | lessens risk | cancel | merge",
        [(name, *row) for name, row in schema.GUARD.items()],
    )
    out += _table(
        "Reject reasons",
        "reason | code | meaning | counts for the breaker",
        [(n, v, doc, "yes" if counts else "no") for n, v, doc, counts in schema.REJECTS],
    )
    for name in ENUMS:
        out += _table(name, "name | code | meaning", schema.ENUMS[name])
    out += _table(
        "Configuration",
        "field | default | least | most | meaning",
        [(n, f"{d:_}", f"{lo:_}", f"{hi:_}", doc) for n, d, lo, hi, doc in schema.CONFIG],
    )
    return "\n".join(out)
