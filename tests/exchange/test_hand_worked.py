"""The exchange against cases worked out by hand from the venue's rules (PROTOCOL.md)."""

from pathlib import Path

import pytest

from exchange.desk import Desk

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))


def test_there_are_at_least_forty() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("# "), "the first line says the rule"
    assert Desk().play(text) >= 3
