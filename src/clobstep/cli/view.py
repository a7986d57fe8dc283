"""Where the commands print: styled spans on a terminal, plain text everywhere else.

Owns nothing but its stream. rich is imported only for a terminal, so pipes and tests of the plain
output never load it.
"""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console

Span = str | tuple[str, str]
"""Text, or (text, style) with a style of STYLES."""

STYLES: Final = {
    "title": "bold",
    "story": "italic",
    "event": "cyan",
    "effect": "default",
    "dim": "dim",
    "name": "bold",
    "good": "green",
    "warn": "yellow",
    "bad": "bold red",
}


PLAIN_WIDTH: Final = 100  # of paragraphs; lines about records are never broken where they are piped


class Printer:
    """Prints lines of spans to a stream; with `console` styled and wrapped, without it plain."""

    def __init__(self, stream: TextIO, console: Console | None = None) -> None:
        self._stream = stream
        self._console = console

    @classmethod
    def make(cls, stream: TextIO | None = None, *, styled: bool | None = None) -> Printer:
        """A printer to `stream` (standard output), styled if that is a terminal or so asked."""
        out = sys.stdout if stream is None else stream
        if styled is None:
            styled = out.isatty()
        if not styled:
            return cls(out)
        from rich.console import Console

        return cls(out, Console(file=out, highlight=False, force_terminal=True, emoji=False))

    @property
    def styled(self) -> bool:
        """Whether it prints for a terminal."""
        return self._console is not None

    def line(self, *spans: Span, indent: int = 0) -> None:
        """Print one line; no span prints an empty one. A wrapped line keeps its indent."""
        if self._console is None:
            text = "".join(span if isinstance(span, str) else span[0] for span in spans)
            self._stream.write(f"{' ' * indent}{text}".rstrip() + "\n")
            return
        from rich.padding import Padding
        from rich.text import Text

        body = Text()
        for span in spans:
            text, style = (span, "") if isinstance(span, str) else span
            body.append(text, STYLES.get(style, ""))
        # Padding, not spaces: what wraps keeps the indent.
        self._console.print(Padding(body, (0, 0, 0, indent), expand=False) if indent else body)

    def paragraph(self, text: str, style: str = "", label: str = "", indent: int = 0) -> None:
        """Print prose, wrapped, after a label on its first line."""
        width = PLAIN_WIDTH if self._console is None else min(PLAIN_WIDTH, self._console.width)
        for line in textwrap.wrap(text, max(20, width - indent - len(label))):
            self.line((label, "dim"), (line, style), indent=indent)
            label = " " * len(label)

    def rule(self, title: str) -> None:
        """Print a heading."""
        if self._console is None:
            self._stream.write(f"\n== {title} ==\n")
            return
        self._console.print()
        self._console.rule(f"[bold]{title}", align="left", style="blue")
