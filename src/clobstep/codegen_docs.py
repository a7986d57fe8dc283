"""The generated documents: docs/state-machines.md and docs/reference.md, as text.

Part of `clobstep.codegen`; reads only the schema.
"""

from __future__ import annotations

from clobstep import schema
from clobstep.machines import Cell, Machine


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
    out = ["# State machines", "", f"<!-- {note} -->", "",
           "`NEXT / action` is taken; `=` stays; `dup` is a fact already known or overtaken (counted); `no` is refused;",
           "`!!` cannot happen and would halt the engine. Rows marked *seen* were met in the real world.", ""]  # fmt: skip
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


def _table(head: str, rows: list[str]) -> list[str]:
    return [f"| {head} |", "|---" * (head.count("|") + 1) + "|", *rows, ""]


def reference(note: str) -> str:
    """docs/reference.md: records, kinds, refusals, guard table, alerts, configuration."""
    out = ["# Reference", "", f"<!-- {note} -->", ""]
    for title, fields in (("Event record (64 bytes)", schema.EVENT_FIELDS), ("Effect record (72 bytes)", schema.EFFECT_FIELDS)):
        out += [f"## {title}", ""]
        out += _table("field | type | meaning", [f"| {n} | `{t}` | {d} |" for n, t, d in fields])
    out += ["## Events", "", "Needs: T token of this generation, C token or NO_TOKEN, S side, P price 0..10000, B best bid and ask, Z size >= 0, + size > 0,",
            "A amount >= 0, O order id, K ref.", ""]  # fmt: skip
    out += _table("kind | code | needs | `code` is | flags | meaning",
                  [f"| {n} | {v} | `{needs}` | {enum} | {flags} | {doc} |" for n, v, needs, enum, flags, doc in schema.EVENTS])  # fmt: skip
    out += ["## Effects", ""]
    out += _table("kind | code | meaning", [f"| {n} | {v} | {d} |" for n, v, d in schema.EFFECTS])
    out += ["## Refusals, in order of precedence", ""]
    out += _table("refusal | code | meaning", [f"| {n} | {v} | {d} |" for n, v, d in schema.REFUSALS])
    out += ["## What each condition allows", "", "`post`: post-only orders only; `later`: taken now, sent when the venue allows.", ""]
    out += _table("condition | adds risk | lessens risk | cancel | merge",
                  [f"| {n} | " + " | ".join(row) + " |" for n, row in schema.GUARD.items()])  # fmt: skip
    out += ["## Reject reasons", ""]
    out += _table("reason | code | meaning | counts for the breaker",
                  [f"| {n} | {v} | {d} | {'yes' if c else 'no'} |" for n, v, d, c in schema.REJECTS])  # fmt: skip
    for name in ("Alert", "Fault", "CancelReason", "OperatorCode", "Evidence", "Liquidity", "Wake", "Flag"):
        out += [f"## {name}", ""]
        out += _table("name | code | meaning", [f"| {n} | {v} | {d} |" for n, v, d in schema.ENUMS[name]])
    out += ["## Configuration", ""]
    out += _table("field | default | least | most | meaning",
                  [f"| {n} | {d:_} | {lo:_} | {hi:_} | {doc} |" for n, d, lo, hi, doc in schema.CONFIG])  # fmt: skip
    return "\n".join(out)
