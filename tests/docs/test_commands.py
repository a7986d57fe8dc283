"""The commands and the Python that the README and the docs show, run as they stand.

`sh` blocks: each line is a command; `make X` must be a target, `pip install .` is what the
packaging tests do, and everything else is run; `pip install 'clobstep[...]'` must name extras that
there are. live.md is one way from its beginning to its end: its blocks share a folder, the exchange
stays in the background, and what is asked for is typed. `console` blocks: lines after `$ ` are
commands and what follows is their whole output. `python` blocks run one after the other, page by
page; a `text` block right behind one is what it prints.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from clobstep.live import config

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
CLOBSTEP = [sys.executable, "-m", "clobstep.cli"]


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and where it begins."""

    page: Path
    line: int
    language: str
    text: str
    printed: str | None  # what the next block says that it prints

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = list(FENCE.finditer(text))
    out = []
    for number, this in enumerate(found, 1):
        after = found[number] if number < len(found) else None
        printed = None
        if after and after[1] == "text" and not text[this.end() : after.start()].strip():
            printed = after[2]
        line = text.count("\n", 0, this.start()) + 1
        out.append(Block(page, line, this[1], this[2], printed))
    return out


BLOCKS = [block for page in PAGES for block in blocks(page)]
WAY = ROOT / "docs" / "live.md"
SHELL = [b for b in BLOCKS if b.language in ("sh", "console") and b.page != WAY]
WORDS = "correct horse battery\n"
TYPED = {
    "keys new": 2 * WORDS,
    "keys derive": WORDS,
    "--send": f"{WORDS}send\n",
    "live-check": WORDS,
}


def commands(block: Block) -> list[tuple[str, str | None]]:
    """(command, expected output or None) of a shell block."""
    if block.language == "sh":
        lines = [line.partition("  #")[0].strip() for line in block.text.splitlines()]
        return [(line, None) for line in lines if line and not line.startswith("#")]
    out: list[tuple[str, str | None]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            out.append((line[2:], ""))
        else:
            command, shown = out.pop()
            out.append((command, f"{shown}{line}\n"))
    return out


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z]+):", makefile, re.M))


def run(command: str, folder: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    """In a session of its own: what is asked for is read from `typed`, not from a terminal."""
    shell = f'clobstep() {{ "{sys.executable}" -m clobstep.cli "$@"; }}\n{command}'
    env = {**os.environ, "COLUMNS": "100"}
    return subprocess.run(
        ["/bin/sh", "-c", shell], cwd=folder, env=env, capture_output=True, text=True, timeout=120,
        input=typed, start_new_session=True,
    )  # fmt: skip


@contextlib.contextmanager
def background(command: str, folder: Path) -> Iterator[int]:
    """`clobstep venue ... &` on a port that is free; which one."""
    args = [*CLOBSTEP, *command.removesuffix("&").split()[1:], "--port", "0", "--json"]
    with subprocess.Popen(args, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(json.loads(process.stdout.readline())["port"])
        finally:
            process.terminate()


def test_every_page_is_read() -> None:
    names = {page.name for page in PAGES}
    assert {"README.md", "concepts.md", "determinism.md", "rules.md"} <= names
    # toml and cython have tests of their own
    read = {"sh", "console", "python", "text", "mermaid", "toml", "cython"}
    assert {block.language for block in BLOCKS} <= read
    assert len(SHELL) >= 2


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_commands_run(block: Block, tmp_path: Path) -> None:
    for command, shown in commands(block):
        word, *rest = command.split()
        if word == "make":
            assert rest[0] in targets(), f"{block}: no make target {rest[0]}"
            continue
        if command == "pip install .":
            assert (ROOT / "pyproject.toml").exists()
            continue
        assert word == "clobstep", f"{block}: {command!r} is not run by this test"
        done = run(command.replace("--slow", "--fast"), tmp_path)
        assert done.returncode == 0, f"{block}: {command}\n{done.stderr}"
        assert done.stdout, f"{block}: {command} printed nothing"
        if shown:
            assert done.stdout == shown, f"{block}: {command}"


def test_the_way_to_live_trading(tmp_path: Path) -> None:
    own = [b for b in BLOCKS if b.page == WAY]
    (toml,) = (b.text for b in own if b.language == "toml")
    (tmp_path / "live.toml").write_text(toml)
    config.read(tmp_path / "live.toml").check_caps()
    lines = [line for b in own if b.language == "sh" for line, _ in commands(b)]
    install, start, *rest = lines
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    named = re.fullmatch(r"pip install 'clobstep\[([a-z,]+)\]'", install)
    assert named is not None
    assert set(named[1].split(",")) <= set(extras)
    assert start.startswith("clobstep venue ")
    assert start.endswith(" &")
    with background(start, tmp_path) as port:
        for line in rest:
            assert line.startswith("clobstep ")
            typed = next((text for key, text in TYPED.items() if key in line), "")
            done = run(line.replace(":8137", f":{port}"), tmp_path, typed)
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
            assert "FAIL" not in done.stdout
    assert len(rest) == 5


@pytest.mark.parametrize(
    "page", [p for p in PAGES if any(b.language == "python" and b.page == p for b in BLOCKS)],
    ids=lambda page: str(page.relative_to(ROOT)),
)  # fmt: skip
def test_python_runs(page: Path) -> None:
    names: dict[str, object] = {"__name__": "docs"}
    ran = 0
    for block in BLOCKS:
        if block.page != page or block.language != "python":
            continue
        # As many empty lines before it as stand in the page, so that a traceback names its line.
        code = compile("\n" * block.line + block.text, str(page), "exec")
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(code, names)
        if block.printed is not None:
            assert out.getvalue() == block.printed, str(block)
        ran += 1
    assert ran


def test_readme_says_how_to_begin() -> None:
    first = next(block for block in BLOCKS if block.page.name == "README.md")
    assert [command for command, _ in commands(first)] == ["make demo", "make test"]


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("name", ["demo", "show", "explain", "test"])
def test_help_pages_name_their_examples(name: str) -> None:
    if name == "test":
        done = subprocess.run([*CLOBSTEP, "--help"], capture_output=True, text=True)
    else:
        done = subprocess.run([*CLOBSTEP, name, "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "Examples:" in done.stdout
