"""The page: one file that loads nothing, takes no markup of files, and is the same every time."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from clobstep.report import _plots, html
from clobstep.report._sections import MOST_FILLS
from clobstep.report.analysis import analyse
from clobstep.report.band import band
from clobstep.report.run import Run
from report.make_run import hand, many
from report.test_text import model

LOADS = {"src", "href", "srcset", "data", "poster", "action", "formaction", "background", "ping"}


class Page(HTMLParser):
    """Tags with their attributes, and the text of each script and style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in ("script", "style"):
            self.raw.append((self._open, data))
        else:
            self.words.append(data)

    def counts(self) -> Counter[str]:
        return Counter(tag for tag, _ in self.tags)

    def text(self) -> str:
        return " ".join(self.words)

    def specs(self) -> list[dict[str, object]]:
        return [json.loads(text) for kind, text in self.raw if kind == "script" and text[0] == "{"]


@pytest.fixture
def no_plotly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.setitem(sys.modules, "plotly.offline", None)


@pytest.fixture
def small_plotly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page with plots but without the 5 MB that draw them."""
    monkeypatch.setattr(html, "_plotly", lambda: "/* plotly.js */")


@pytest.mark.usefixtures("small_plotly")
def test_nothing_is_loaded() -> None:
    page = Page(html.page(analyse(hand().run()), band([model("a", 1), model("b", 2)])))
    for name, attributes in page.tags:
        for key in LOADS & set(attributes):
            value = attributes[key] or ""
            assert (name, value[:1]) == ("a", "#"), (name, key, value)
        assert not any(key.startswith("on") for key in attributes), (name, attributes)
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & set(page.counts())
    for _, text in page.raw:
        assert not re.search(r"https?:|//\w|@import|url\(|fetch\(|XMLHttpRequest", text), text[:80]
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_plotly_is_put_in_once_and_set_to_stay_at_home() -> None:
    pytest.importorskip("plotly")
    text = html.page(analyse(hand().run()))
    page = Page(text)
    big = [script for kind, script in page.raw if kind == "script" and len(script) > 1_000_000]
    assert len(big) == 1
    assert 'plotlyServerURL:""' in text
    assert "displaylogo:false" in text
    assert not [a for t, a in page.tags if t == "script" and "src" in a]


@pytest.mark.usefixtures("no_plotly")
def test_without_plotly_the_tables_are_there_and_a_word_how_to_get_plots() -> None:
    text = html.page(analyse(hand().run()))
    page = Page(text)
    assert html.NO_PLOTS in page.text()
    assert "pip install 'clobstep[report]'" in page.text()
    assert page.counts()["table"] >= 5
    assert not page.specs()
    assert len(text) < 200_000


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)><b a='\"&#60;"


def hostile() -> Run:
    make = hand()
    for name in ("question", "event", "slug", "condition"):
        make.markets[0][name] = f"{name} {HOSTILE}"
    make.markets[0]["assumed"] = [HOSTILE]
    make.markets[1]["assumed"] = ["tick_pips"]
    make.totals["refused"] = {HOSTILE: 1, "OFF_TICK": 1}
    run = make.run()
    run.header = {
        key: HOSTILE if isinstance(value, str) else value for key, value in run.header.items()
    } | {"label": HOSTILE}  # fmt: skip
    return run


@pytest.mark.usefixtures("small_plotly")
def test_text_of_files_does_not_become_markup() -> None:
    clean = hostile()
    clean.markets[0] |= {"question": "q", "event": "e", "slug": "s", "assumed": ["tick_pips"]}
    clean.header = {k: "x" if v == HOSTILE else v for k, v in clean.header.items()}
    clean.totals["refused"] = {"OTHER": 1, "OFF_TICK": 1}
    expected = Page(html.page(analyse(clean))).counts()
    found = Page(html.page(analyse(hostile())))
    assert found.counts() == expected
    assert "b" not in expected
    assert HOSTILE in found.text()  # shown as it is
    for spec in found.specs():
        # plotly.js reads a little HTML: escaped for it too, but for our own <extra>.
        assert not re.search(r"<(?!/?extra>)", json.dumps(spec))


@pytest.mark.usefixtures("small_plotly")
def test_the_plots_are_complete() -> None:
    page = Page(html.page(analyse(hand().run()), band([model("a", 1), model("b", 2)])))
    places = [a["id"] for t, a in page.tags if a.get("class") == "plot"]
    assert places == ["plot-equity", "plot-price-0", "plot-price-1", "plot-markouts", "plot-band"]
    specs = [a["id"] for t, a in page.tags if a.get("type") == "application/json"]
    assert specs == [f"{place}-spec" for place in places]
    assert len(page.specs()) == 5
    used = set(re.findall(r'"@([a-z0-9-]+)"', "".join(text for _, text in page.raw)))
    style = next(text for kind, text in page.raw if kind == "style")
    for name in used:
        assert style.count(f"--{name}:") == 3, name  # light, dark, print


@pytest.mark.usefixtures("small_plotly")
def test_the_figures_of_the_hand_worked_run() -> None:
    run = hand().run()
    run.header["label"] = "crossing fills only"
    run.markets[1]["assumed"] = ["tick_pips"]
    text = Page(html.page(analyse(run))).text()
    for line in (
        "+24.33", "exactly +24.326750", "crossing fills only", "replay: same chain: OK",
        "market-2: tick_pips", "+24.3268", "~[−1.000, +2.000]", "INSUFFICIENT", "SELL NO",
        "Of 3 resting orders that ended, 33.3 % had lived under 1 s.", "What this cannot show",
    ):  # fmt: skip
        assert line in text, line


@pytest.mark.usefixtures("small_plotly")
def test_a_long_run_says_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_plots, "_BAND_ROWS", 60)
    run = many(4, markets=8, fills=800, minutes=8).run()
    page = Page(html.page(analyse(run)))
    assert f"The first {MOST_FILLS} of 800 fills; the JSON has all." in page.text()
    assert "The 6 markets with the most fills, of 8 traded." in page.text()
    assert page.text().count("changes of the best are drawn, the extremes among them") == 6
    for spec in page.specs()[1:7]:
        data = spec["data"]
        assert isinstance(data, list)
        assert len(data[0]["x"]) <= 5 * 60  # a step has two points above, two below
        assert len(data[1]["x"]) <= 60


@pytest.mark.usefixtures("small_plotly")
def test_an_empty_run_has_a_page() -> None:
    text = Page(html.page(analyse(Run()))).text()
    assert "a strategy on a session" in text
    assert "fill model not stated" in text
    assert "no fill has one" in text


@pytest.mark.parametrize(
    "verify, kind",
    [
        ("same chain: OK", "good"),
        ("FAILED at event 7", "bad"),
        ("not verified", "warn"),
        ("", "warn"),
    ],
)
@pytest.mark.usefixtures("small_plotly")
def test_the_replay_has_three_states(verify: str, kind: str) -> None:
    run = hand().run()
    run.header["verify"] = verify
    chips = [a.get("class") for t, a in Page(html.page(analyse(run))).tags if t == "span"]
    assert f"chip {kind}" in chips


PROGRAM = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from report.make_run import many
from clobstep.report import _plots, html
from clobstep.report.analysis import analyse
page = html.page(analyse(many(6, markets=4, fills=80, minutes=4).run()))
print(hashlib.sha256(page.encode()).hexdigest())
"""


def test_the_same_run_gives_the_same_bytes() -> None:
    """In this process and in others, whatever the order of their hashes."""
    run = many(6, markets=4, fills=80, minutes=4).run()
    here = hashlib.sha256(html.page(analyse(run)).encode()).hexdigest()
    tests = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, sys.path))
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, tests], capture_output=True, text=True, check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": path},
        )  # fmt: skip
        assert done.stdout.strip() == here


@pytest.mark.usefixtures("small_plotly")
def test_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    size = html.write(path, analyse(hand().run()))
    assert path.stat().st_size == size
    assert path.read_bytes().startswith(b'<!doctype html>\n<html lang="en">')
