"""The bugs of table.toml, and how a source is rewritten to have them all, of which one is chosen.

A changed line becomes both: the old code, and under its mutant's number the new. What stands in a
source of the core stays what it is; the rewritten one is only ever made below build/.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import cython_text

TABLE = Path(__file__).with_name("table.toml")
CHOSEN = "CS_MUTANT"  # the C global that holds the number
# A single condition or initialised declaration: nothing may be put around it, only into it.
VALUE = re.compile(
    r"(?P<head> *(?:(?:el)?if |while |cdef [^=\n]+= ))(?P<value>(?:(?!:\n).)+?)(?P<tail>:?)",
    re.DOTALL,
)
COMMENT = re.compile(r" +#[^\n]*")


@dataclass(frozen=True)
class Site:
    """Whole lines of a file of the core, and what stands there instead."""

    file: str
    old: str
    new: str
    within: str = ""  # the function, where the lines stand in several


@dataclass(frozen=True)
class Mutant:
    """One bug. Its number is its place in the table, from 1; 0 is no bug."""

    number: int
    name: str
    bug: str
    cost: str
    sites: tuple[Site, ...]


Numbered = tuple[int, Site]


def load(text: str | None = None) -> list[Mutant]:
    """The table. A key that is unknown or lacks is a TypeError or KeyError."""
    rows = tomllib.loads(TABLE.read_text() if text is None else text)["mutant"]
    made = []
    for number, row in enumerate(rows, 1):
        name, bug, cost = row.pop("name"), row.pop("bug"), row.pop("cost")
        sites = tuple(site(**part) for part in (*row.pop("also", []), row))
        made.append(Mutant(number, name, bug, cost, sites))
    return made


def site(file: str, old: str, new: str, within: str = "") -> Site:
    return Site(file, old.rstrip("\n"), new.rstrip("\n"), within)


def place(text: str, wanted: Site) -> tuple[int, int]:
    """From which line to which the old text stands; it must be there once."""
    lines, old = text.splitlines(), wanted.old.splitlines()
    ranges = [(0, len(lines))]
    if wanted.within:
        found = [f for f in cython_text.functions(text) if f.name == wanted.within]
        ranges = [(f.first - 1, f.last) for f in found]
    starts = [
        k
        for first, last in ranges
        for k in range(first, last - len(old) + 1)
        if lines[k : k + len(old)] == old
    ]
    if len(starts) != 1:
        where = f"{wanted.file} {wanted.within}".strip()
        raise LookupError(f"{where}: {len(starts)} times, not once:\n{wanted.old}")
    return starts[0], starts[0] + len(old)


def deeper(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def choice(old: str, news: dict[int, str]) -> str:
    """The old code where nothing of it is chosen, else the new one of that number."""
    if both := VALUE.fullmatch(COMMENT.sub("", old)):
        value, is_condition = f"({both['value']})", bool(both["tail"])
        for number, new in news.items():
            other = VALUE.fullmatch(COMMENT.sub("", new))
            if other is None or (other["head"], other["tail"]) != (both["head"], both["tail"]):
                raise ValueError(f"this cannot stand for {old.strip()!r}:\n{new}")
            chosen = f"{CHOSEN} == {number}"
            if is_condition:  # without a value of its own: Cython would want one type for both
                value = f"({chosen} and ({other['value']}) or not {chosen} and {value})"
            else:
                value = f"(({other['value']}) if {chosen} else {value})"
        return both["head"] + value + both["tail"]
    indent = " " * (len(old) - len(old.lstrip()))
    made, word = "", "if"
    for number, new in news.items():
        made += f"{indent}{word} {CHOSEN} == {number}:\n{deeper(new)}\n"
        word = "elif"
    return f"{made}{indent}else:\n{deeper(old)}"


def rewrite(text: str, sites: list[Numbered]) -> str:
    """A source with all of its sites rewritten; sites are the same lines or do not touch."""
    at: dict[tuple[int, int], dict[int, str]] = {}
    for number, one in sites:
        at.setdefault(place(text, one), {})[number] = one.new
    lines, low = text.splitlines(), len(text)
    for (first, last), news in sorted(at.items(), reverse=True):
        if last > low:
            raise ValueError(f"sites overlap: {sorted(news)} and what follows line {first + 1}")
        lines[first:last] = choice("\n".join(lines[first:last]), news).splitlines()
        low = first
    return "\n".join(lines) + "\n"
