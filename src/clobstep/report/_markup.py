"""Building HTML so that text cannot become markup: everything is escaped unless it is `Html`.

Owns: tags and tables of the report's page. Knows nothing of runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, NamedTuple

from clobstep.report import words

VOID: Final = {"meta", "br"}
_MINUS: Final = re.compile(r"(?<!\w)-(?=\d)")


class Html(str):
    """Markup, not to be escaped again. Made by `tag` and `join`; by hand only from our own text."""

    __slots__ = ()


class Cell(NamedTuple):
    """A cell of a table: what is shown, what it sorts by (default: the text), and CSS classes."""

    text: str | Html
    value: int | float | None = None
    kind: str = ""


class Column(NamedTuple):
    """A column: its title, whether it is right-aligned, and what hovering over the title tells."""

    title: str
    number: bool = True
    hint: str = ""


def tag(name: str, /, *children: str | Html | None, **attributes: str | int | None) -> Html:
    """An element. `class_` is `class`, `data_x` is `data-x`; None leaves the attribute out."""
    text = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Html(f"<{name}{text}>")
    return Html(f"<{name}{text}>{join(children)}</{name}>")


def join(children: Iterable[str | Html | None], between: str = "") -> Html:
    """Children one after the other, each escaped unless it is Html."""
    parts = [
        child if isinstance(child, Html) else escape(words.clean(child))
        for child in children
        if child is not None
    ]
    return Html(between.join(parts))


def signed(micros: int, *, decimals: int = 4) -> Cell:
    """Cash with its sign, coloured by it."""
    kind = "neg" if micros < 0 else "pos" if micros > 0 else ""
    return Cell(minus(words.cash(micros, decimals=decimals, sign=True)), micros, kind)


def cents(value: float | None) -> Cell:
    """Cents a share, coloured by sign."""
    kind = "" if not value else "neg" if value < 0 else "pos"
    return Cell(minus(words.cents(value)), value, kind)


def minus(text: str) -> str:
    """The typographic minus before numbers, and a dash for what is not known."""
    return "–" if text == words.NONE else _MINUS.sub("−", text)


def table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell | str]],
    *,
    last: Sequence[Cell | str] | None = None,
    sortable: bool = False,
    scroll: bool = False,
) -> Html:
    """A table. A row of one cell is a heading over the rows below; `last` is a line of totals."""
    heads = []
    for column in columns:
        title: str | Html = column.title
        if sortable:
            title = tag("button", column.title, type="button")
        kind = "num" if column.number else None
        heads.append(tag("th", title, scope="col", class_=kind, title=column.hint or None))
    body = [_row(columns, row) for row in rows]
    parts = [tag("thead", tag("tr", *heads)), tag("tbody", *body)]
    if last is not None:
        parts.append(tag("tfoot", _row(columns, last)))
    whole = tag("table", *parts, class_="sortable" if sortable else None)
    return tag("div", whole, class_="scroll tall" if scroll else "scroll")


def _row(columns: Sequence[Column], row: Sequence[Cell | str]) -> Html:
    if len(row) == 1 and len(columns) > 1:
        (only,) = row
        text = only.text if isinstance(only, Cell) else only
        return tag("tr", tag("th", text, colspan=len(columns), scope="rowgroup"), class_="group")
    cells = []
    for column, one in zip(columns, row, strict=True):
        cell = one if isinstance(one, Cell) else Cell(one)
        kind = " ".join(filter(None, ("num" if column.number else "", cell.kind)))
        value = None if cell.value is None else repr(cell.value)
        cells.append(tag("td", cell.text, class_=kind or None, data_v=value))
    return tag("tr", *cells)
