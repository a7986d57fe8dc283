"""Make everything that is generated from `clobstep.schema`.

    python -m clobstep.codegen           write the files that differ
    python -m clobstep.codegen --check   write nothing, exit 1 and name them if any differs

Owns: core/schema.h, core/schema.pxd, enums.py, config.py, show/_words.py, docs/state-machines.md
and docs/reference.md. Reads schema.py, machines.py and core/state.pxd (its text is part of the
layout hash). Runs without the compiled core.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from clobstep import codegen_docs, schema
from clobstep.machines import VERDICTS, Machine

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NOTE = "generated from schema.py by `python -m clobstep.codegen`; do not edit"

PREFIX = {
    "Side": "SIDE", "Tif": "TIF", "Origin": "ORIGIN", "Liquidity": "LIQ", "Evidence": "BY",
    "Reject": "RJ", "CancelReason": "CR", "OperatorCode": "OP", "FeedSign": "SIGN",
    "Heartbeat": "HB", "Alert": "AL", "Fault": "FAULT", "AcceptStatus": "AC", "FoundStatus": "FO",
    "Wake": "WAKE", "Flag": "FLAG", "EventKind": "EV", "EffectKind": "EF", "Refusal": "RF",
    "TradeStatus": "TI", "Verdict": "VD", "GuardCell": "GU",
}  # fmt: skip
MACHINE_PREFIX = {
    "order": "O", "request": "R", "trade": "T", "feed": "F", "venue": "V", "breaker": "B",
    "session": "S",
}  # fmt: skip
C_TYPES = {
    "<i8": "int64_t", "<u8": "uint64_t", "<u4": "uint32_t", "<i2": "int16_t", "<u2": "uint16_t",
    "u1": "uint8_t",
}  # fmt: skip
NEEDS = {
    "T": 1, "C": 2, "S": 4, "P": 8, "B": 16, "Z": 32, "+": 64, "A": 128, "O": 256, "K": 512,
    "k": 1024,
}  # fmt: skip
NEED_NAMES = {
    "T": "TOKEN", "C": "CASH_OR_TOKEN", "S": "SIDE", "P": "PRICE", "B": "BEST", "Z": "SIZE",
    "+": "POSITIVE", "A": "AMOUNT", "O": "ORDER", "K": "REF", "k": "KNOWN_SIZE",
}  # fmt: skip
# the number of values of a code, by the name in EVENTS (machines' states stand for themselves)
CODE_SIZES = {"VenueState": len(schema.VENUE.states)}

CONFIG_PY = '''"""EngineConfig: what an engine is made with.

<note>.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

BOUNDS: Final = {
<bounds>
}


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Sizes and limits of an engine; every field is an integer and has a working default.

    Errors: TypeError for a value that is no int, ValueError naming the field and its bounds.
    """

<fields>

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            low, high = BOUNDS[field.name]
            if type(value) is not int:
                raise TypeError(f"EngineConfig.{field.name}: {value!r} is no int")
            if not low <= value <= high:
                raise ValueError(
                    f"EngineConfig.{field.name}: {value} is outside {low}..{high}"
                )
        if self.tokens % 2:
            raise ValueError(f"EngineConfig.tokens: {self.tokens} is odd; a condition has two")
        for name in ("fills", "tombstones"):
            value = getattr(self, name)
            if value & (value - 1):
                raise ValueError(f"EngineConfig.{name}: {value} is not a power of two")
'''


def code_size(enum: str) -> int:
    """How many values the code of an event kind may take; 0 when it has no code."""
    if not enum:
        return 0
    return CODE_SIZES.get(enum) or len(schema.ENUMS[enum])


def constants() -> list[tuple[str, int]]:
    """Every named integer of the C side, in a fixed order."""
    out: list[tuple[str, int]] = []
    for enum, members in schema.ENUMS.items():
        out += [(f"{PREFIX[enum]}_{name}", value) for name, value, _ in members]
    for machine in schema.MACHINES:
        p = MACHINE_PREFIX[machine.name]
        for letter, names in (("S", machine.states), ("I", machine.inputs), ("A", machine.actions)):
            if (p, letter) == ("T", "I"):  # already there as the enum TradeStatus
                continue
            out += [(f"{p}{letter}_{name.upper()}", k) for k, name in enumerate(names)]
    out += [(f"GC_{name}", k) for k, name in enumerate(schema.GUARD)]
    out += [(f"CT_{name.upper()}", k) for k, name in enumerate(schema.COUNTERS)]
    out.append(("N_COUNTERS", len(schema.COUNTERS)))
    out.append(("N_REFUSALS", 1 + max(r[1] for r in schema.REFUSALS)))
    cells = 0  # each cell of each table has a number: its table's first, then by input and state
    for machine in schema.MACHINES:
        out += [(f"{machine.name.upper()}_CELLS", cells)]
        out += [(f"N_{machine.name.upper()}_STATES", len(machine.states))]
        cells += len(machine.inputs) * len(machine.states)
    out.append(("N_CELLS", cells))
    out += [(f"NEED_{NEED_NAMES[key]}", needs) for key, needs in NEEDS.items()]
    return out


def layout_hash() -> int:
    """A 64-bit digest of everything that decides what a byte of a record or a state means."""
    parts = [
        repr(schema.RULES_VERSION), repr(schema.CONSTANTS), repr(schema.EVENT_FIELDS),
        repr(schema.EFFECT_FIELDS), repr(constants()), repr(schema.EVENTS), repr(schema.GUARD),
        repr([(c[0], c[1]) for c in schema.CONFIG]), repr([m.cells for m in schema.MACHINES]),
        repr([r[3] for r in schema.REJECTS]), (HERE / "core" / "state.pxd").read_text(),
    ]  # fmt: skip
    return int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest()[:8], "little")


def _machine_table(machine: Machine) -> str:
    rows = []
    for name in machine.inputs:
        cells = []
        for state in machine.states:
            cell = machine.cells[name][state]
            target = machine.states.index(cell.next)
            action = machine.actions.index(cell.action)
            cells.append(f"{{{target},{action},{VERDICTS.index(cell.verdict)}}}")
        rows.append("    {" + ",".join(cells) + f"}},  /* {name} */")
    shape = f"[{len(machine.inputs)}][{len(machine.states)}]"
    return (
        f"static const Cell {machine.name.upper()}_TABLE{shape} = {{\n" + "\n".join(rows) + "\n};"
    )


def c_header() -> str:
    """core/schema.h: constants, records, configuration and tables."""
    out = [
        f"/* {NOTE} */",
        "#ifndef CLOBSTEP_SCHEMA_H",
        "#define CLOBSTEP_SCHEMA_H",
        "#include <stdint.h>",
        "",
    ]
    out.append(f"#define CLOBSTEP_LAYOUT_HASH 0x{layout_hash():016x}ULL")
    out.append(f"#define CLOBSTEP_RULES_VERSION {schema.RULES_VERSION}")
    for name, (value, doc) in schema.CONSTANTS.items():
        suffix = "U" if value == 0xFFFFFFFF else ("LL" if value > 0x7FFFFFFF else "")
        out.append(f"#define {name} {value}{suffix}  /* {doc} */")
    out.append("enum {\n" + ",\n".join(f"    {n} = {v}" for n, v in constants()) + "\n};")
    for record, fields in (("Event", schema.EVENT_FIELDS), ("Effect", schema.EFFECT_FIELDS)):
        body = "".join(f"    {C_TYPES[t]} {n};  /* {d} */\n" for n, t, d in fields)
        out.append(f"typedef struct {{\n{body}}} {record};")
    out.append('_Static_assert(sizeof(Event) == 64, "Event has padding");')
    out.append('_Static_assert(sizeof(Effect) == 72, "Effect has padding");')
    body = "".join(f"    int64_t {c[0]};\n" for c in schema.CONFIG)
    out.append(f"typedef struct {{\n{body}}} Config;")
    out.append("typedef struct { uint8_t next, action, verdict; } Cell;")
    out += [_machine_table(m) for m in schema.MACHINES]
    rows = [
        "{"
        + ",".join(str(("yes", "no", "post", "later").index(c)) for c in row)
        + f"}}  /* {name} */"
        for name, row in schema.GUARD.items()
    ]
    out.append(
        f"static const uint8_t GUARD_TABLE[{len(rows)}][4] = {{\n    "
        + ",\n    ".join(rows)
        + "\n};"
    )
    counted = ",".join(str(int(r[3])) for r in schema.REJECTS)
    out.append(f"static const uint8_t REJECT_COUNTED[{len(schema.REJECTS)}] = {{{counted}}};")
    out.append("typedef struct { uint16_t needs; uint8_t codes, flags, known; } KindRule;")
    rules = []
    by_code = {e[1]: e for e in schema.EVENTS}
    for kind in range(256):
        if kind in by_code:
            name, _, needs, enum, flags, _ = by_code[kind]
            bits = sum(NEEDS[n] for n in needs)
            rules.append(f"    {{{bits},{code_size(enum)},{flags},1}},  /* {kind} {name} */")
        else:
            rules.append("    {0,0,0,0},")
    out.append("static const KindRule KIND_RULES[256] = {\n" + "\n".join(rules) + "\n};")
    return "\n".join(out) + "\n#endif\n"


def cython_decls() -> str:
    """core/schema.pxd: the same names for Cython."""
    out = [
        f"# {NOTE}",
        "from libc.stdint cimport (",
        "    int16_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t)",
        "",
    ]
    out.append('cdef extern from "schema.h" nogil:')
    out.append("    const uint64_t CLOBSTEP_LAYOUT_HASH")
    out.append("    const int CLOBSTEP_RULES_VERSION")
    for name, (value, _) in schema.CONSTANTS.items():
        out.append(f"    const {'uint32_t' if value == 0xFFFFFFFF else 'int64_t'} {name}")
    out.append("    enum:")
    out += [f"        {name}" for name, _ in constants()]
    for record, fields in (("Event", schema.EVENT_FIELDS), ("Effect", schema.EFFECT_FIELDS)):
        out.append(f"    ctypedef struct {record}:")
        out += [f"        {C_TYPES[t]} {n}" for n, t, _ in fields]
    out.append("    ctypedef struct Config:")
    out += [f"        int64_t {c[0]}" for c in schema.CONFIG]
    out += [
        "    ctypedef struct Cell:",
        "        uint8_t next",
        "        uint8_t action",
        "        uint8_t verdict",
    ]
    out += [
        "    ctypedef struct KindRule:",
        "        uint16_t needs",
        "        uint8_t codes",
        "        uint8_t flags",
        "        uint8_t known",
    ]
    for m in schema.MACHINES:
        out.append(f"    const Cell {m.name.upper()}_TABLE[{len(m.inputs)}][{len(m.states)}]")
    out.append(f"    const uint8_t GUARD_TABLE[{len(schema.GUARD)}][4]")
    out.append(f"    const uint8_t REJECT_COUNTED[{len(schema.REJECTS)}]")
    out.append("    const KindRule KIND_RULES[256]")
    return "\n".join(out) + "\n"


def _python_head(doc: str, *imports: str) -> list[str]:
    head = [f'"""{doc}\n\n{NOTE}.\n"""', "", "from __future__ import annotations", ""]
    return [*head, *imports, "from typing import Final"]


def python_enums() -> str:
    """enums.py: IntEnum classes, the record dtypes' field lists and the layout hash."""
    out = [*_python_head("Enums of the core.", "from enum import IntEnum, IntFlag"), ""]
    out.append(f"LAYOUT_HASH: Final = 0x{layout_hash():016X}")
    out.append(f"RULES_VERSION: Final = {schema.RULES_VERSION}")
    out += [f"{name}: Final = {value:_}" for name, (value, _) in schema.CONSTANTS.items()]
    for record, fields in (("EVENT", schema.EVENT_FIELDS), ("EFFECT", schema.EFFECT_FIELDS)):
        out.append(f"{record}_FIELDS: Final = (")
        out += [f'    ("{n}", "{t}"),' for n, t, _ in fields]
        out.append(")")
    out.append("COUNTERS: Final = (")
    out += [f'    "{c}",' for c in schema.COUNTERS]
    out.append(")")
    enums: list[tuple[str, str, list[tuple[str, int, str]]]] = []
    for name, members in schema.ENUMS.items():
        enums.append((name, "IntFlag" if name in ("Wake", "Flag") else "IntEnum", list(members)))
    for m in schema.MACHINES:
        title = m.name.capitalize()
        enums.append((f"{title}State", "IntEnum", [(s, k, "") for k, s in enumerate(m.states)]))
        if m.name != "trade":
            enums.append(
                (f"{title}Input", "IntEnum", [(s, k, m.notes[s]) for k, s in enumerate(m.inputs)])
            )
        enums.append(
            (f"{title}Action", "IntEnum", [(s.upper(), k, "") for k, s in enumerate(m.actions)])
        )
    enums.append(("GuardCondition", "IntEnum", [(s, k, "") for k, s in enumerate(schema.GUARD)]))
    for name, base, rows in enums:
        out += ["", "", f"class {name}({base}):"]
        if name == "Flag":
            out.append('    """Bits of `flags`; each name says its kind, so values recur."""\n')
        out += [f"    {n.upper()} = {v}" + (f"  # {d}" if d else "") for n, v, d in rows]
    return "\n".join([*out, "", "", *_python_tables()]) + "\n"


def _python_tables() -> list[str]:
    """Each table's inputs and states, in the order in which its cells are numbered."""
    out = ["# name, inputs, states, and a bit for each cell that cannot be (FAULT)"]
    out.append("TABLES: Final = (")
    for m in schema.MACHINES:
        title = m.name.capitalize()
        inputs = f"{title}Input" if m.name != "trade" else "TradeStatus"
        cells = [m.cells[name][state].verdict for name in m.inputs for state in m.states]
        faults = sum(1 << k for k, verdict in enumerate(cells) if verdict == "FAULT")
        out += [f'    ("{m.name}", {inputs}, {title}State,', f"     0x{faults:X}),"]
    return [*out, ")"]


def python_config() -> str:
    """config.py: EngineConfig with its defaults and bounds."""
    bounds = [f'    "{name}": ({least:_}, {most:_}),' for name, _, least, most, _ in schema.CONFIG]
    fields = [
        f'    {name}: int = {default:_}\n    """{doc[0].upper() + doc[1:]}."""'
        for name, default, _, _, doc in schema.CONFIG
    ]
    text = CONFIG_PY.replace("<note>", NOTE).replace("<bounds>", "\n".join(bounds))
    return text.replace("<fields>", "\n".join(fields))


def python_words() -> str:
    """show/_words.py: what refusals and alerts mean, for people who read records."""
    out = [*_python_head("What refusals and alerts mean, in words."), ""]
    for name, rows in (("REFUSALS", schema.REFUSALS), ("ALERTS", schema.ALERTS)):
        out.append(f"{name}: Final = {{")
        out += [f'    "{n}": "{doc}",' for n, _, doc in rows]
        out += ["}", ""]
    return "\n".join(out[:-1]) + "\n"


def outputs() -> dict[Path, str]:
    """Every generated file and what it should hold."""
    files = {
        HERE / "core" / "schema.h": c_header(),
        HERE / "core" / "schema.pxd": cython_decls(),
        HERE / "enums.py": python_enums(),
        HERE / "config.py": python_config(),
        HERE / "show" / "_words.py": python_words(),
    }
    if (ROOT / "docs").is_dir():  # absent from an installed package
        files[ROOT / "docs" / "state-machines.md"] = codegen_docs.state_machines(NOTE)
        files[ROOT / "docs" / "reference.md"] = codegen_docs.reference(NOTE)
    return files


def main(argv: list[str]) -> int:
    """Write or check; returns the exit status."""
    stale = [p for p, text in outputs().items() if not p.exists() or p.read_text() != text]
    for path in stale:
        print(("stale: " if "--check" in argv else "wrote: ") + str(path.relative_to(ROOT)))
        if "--check" not in argv:
            path.write_text(outputs()[path])
    if stale and "--check" in argv:
        print("run `make generate`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
