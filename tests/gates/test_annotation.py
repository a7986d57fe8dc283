"""Gate: what promises to run without the interpreter does. Cython scores each line of the source by
how much of it calls into Python; a line of a `nogil` function has score 0."""

import re
from pathlib import Path

import pytest

import builds
import cython_text

LINE = re.compile(r'<pre class="cython line score-(\d+)"')
HOT = {
    "apply_deltas", "close_group", "good_delta", "guard", "order_input", "step", "step_any",
    "step_many", "store_level", "sweep", "take_delta", "take_trade",
}  # fmt: skip


@pytest.fixture(scope="module")
def pages() -> dict[str, Path]:
    return builds.annotation_pages("release")


def scores(page: Path, source: Path) -> list[int]:
    """The score of each line of a source; the page must be of this very source."""
    found = [int(score) for score in LINE.findall(page.read_text())]
    assert len(found) in (lines := len(source.read_text().splitlines()), lines + 1), source.name
    return found


def plain_functions() -> dict[str, tuple[Path, cython_text.Function]]:
    return {
        function.name: (path, function)
        for path in cython_text.core_sources(".pyx", ".pxi")
        for function in cython_text.functions(path.read_text())
        if function.is_plain_c
    }


def test_no_line_of_a_plain_c_function_calls_into_python(pages: dict[str, Path]) -> None:
    called = []
    for path, function in plain_functions().values():
        of_page = scores(pages[path.name], path)[function.first - 1 : function.last]
        called += [
            f"{path.name}:{function.first + k} in {function.name}, score {score}"
            for k, score in enumerate(of_page)
            if score
        ]
    assert not called


def test_the_hot_functions_are_among_them() -> None:
    assert plain_functions().keys() >= HOT


def test_the_python_face_is_scored(pages: dict[str, Path]) -> None:
    """Else the pages would tell nothing."""
    for name, method in (("engine.pxi", "step"), ("view.pxi", "orders")):
        path = cython_text.CORE / name
        found = {f.name: f for f in cython_text.functions(path.read_text())}
        of_page = scores(pages[name], path)[found[method].first - 1 : found[method].last]
        assert sum(of_page) > 0, name
