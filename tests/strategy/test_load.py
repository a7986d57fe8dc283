"""load_strategy: by name, by module, by file; and what a person is told who wrote it wrongly."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from clobstep.enums import Wake
from clobstep.strategy.load import SHIPPED, load_strategy
from clobstep.strategy.maker import Maker, MakerSettings
from clobstep.strategy.protocol import (
    CompiledStrategy,
    Plain,
    Settings,
    Strategy,
    StrategyError,
    check,
    describe,
)

MINE = """
from clobstep.enums import Wake
from clobstep.strategy.protocol import Plain, Settings

class MineSettings(Settings, frozen=True, kw_only=True):
    size: int = 5_000_000
    gap_pips: int = 100
    wait_ns: int = 0
    least_micros: int = 0
    brave: bool = False
    word: str = "so"

class Mine(Plain):
    Settings = MineSettings
    def on_wake(self, turn):
        pass

class Other(Plain):
    def on_wake(self, turn):
        pass
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    return path


def failing(name: str, settings: dict[str, str] | None = None) -> str:
    with pytest.raises(StrategyError) as error:
        load_strategy(name, settings)
    return str(error.value)


@pytest.mark.parametrize("name", SHIPPED)
def test_each_that_ships_is_a_strategy(name: str) -> None:
    made = load_strategy(name)
    check(made)
    assert isinstance(made, CompiledStrategy) == (name == "maker-compiled")
    assert isinstance(made, (CompiledStrategy, Strategy))


def test_a_module_and_a_name() -> None:
    made = load_strategy("clobstep.strategy.maker:Maker", {"size": "7000000"})
    assert type(made) is Maker
    assert made.settings == MakerSettings(size=7_000_000)


def test_a_module_in_this_folder(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(mine.parent)
    monkeypatch.syspath_prepend(str(mine.parent))
    mine.rename(mine.with_name("beside_me.py"))
    assert type(load_strategy("beside_me:Mine")).__name__ == "Mine"


def test_a_file_and_a_name(mine: Path) -> None:
    made = load_strategy(f"{mine}:Mine")
    assert describe(made)["name"] == "mine:Mine"


def test_a_file_is_read_anew(mine: Path) -> None:
    load_strategy(f"{mine}:Mine")
    mine.write_text(MINE.replace("5_000_000", "6_000_000"))
    assert load_strategy(f"{mine}:Mine").settings.size == 6_000_000


def test_a_file_named_like_a_module_does_not_take_its_place(mine: Path) -> None:
    import random

    mine.rename(mine.with_name("random.py"))
    made = load_strategy(f"{mine.with_name('random.py')}:Mine")
    assert type(made).__module__ == "random_strategy"
    assert sys.modules["random"] is random


# ---- settings


def test_settings_as_text(mine: Path) -> None:
    given = {
        "size": "20.0", "gap_pips": "0.025", "wait_ns": "1.5s", "least_micros": "0.25",
        "brave": "yes", "word": "1.0",
    }  # fmt: skip
    s = load_strategy(f"{mine}:Mine", given).settings
    assert (s.size, s.gap_pips, s.wait_ns, s.least_micros) == (
        20_000_000,
        250,
        1_500_000_000,
        250_000,
    )
    assert (s.brave, s.word) == (True, "1.0")
    s = load_strategy(f"{mine}:Mine", {"size": "20_000_000", "brave": "0"}).settings
    assert (s.size, s.brave) == (20_000_000, False)


@pytest.mark.parametrize(
    "key, text, words",
    [
        ("sise", "1", "maker has no setting 'sise' (did you mean size?); it has size, width_pips"),
        ("colour", "1", "maker has no setting 'colour'; it has size, width_pips, requote_pips"),
        ("size", "lots", ("maker: size: 'lots' is no whole number; sizes are in microshares, "
                         "20 shares are 20000000 or 20.0")),
        ("size", "20", "maker: size: 20 is not in 10000..900000000000000"),
        ("size", "", "maker: size: '' is no whole number"),
        ("size", "1e7", "maker: size: '1e7' is no whole number"),
        ("width_pips", "0.00001", "maker: width_pips: "),
        ("width_pips", "-1", "maker: width_pips: -1 is not in 0..10000"),
        ("width_pips", "99999999999999999999", "maker: width_pips: 99999999999999999999 is not in"),
        ("stop_before_ns", "30", ""),
        ("stop_before_ns", "30 parsecs", "maker: stop_before_ns: duration '30 parsecs'"),
        ("overlap", "maybe", "maker: overlap: 'maybe' is neither true nor false"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(key: str, text: str, words: str) -> None:
    if not words:
        assert load_strategy("maker", {key: text}).settings.stop_before_ns == 30
        return
    for name in ("maker", "maker-compiled"):
        assert words.replace("maker", name, 1) in failing(name, {key: text})


def test_settings_of_one_that_has_none(tmp_path: Path) -> None:
    path = tmp_path / "bare.py"
    path.write_text("class Bare:\n    wakes = 1\n    def on_wake(self, turn): pass\n")
    assert load_strategy(f"{path}:Bare").wakes == 1
    assert failing(f"{path}:Bare", {"x": "1"}).endswith("has no settings, so x cannot be set")


def test_settings_that_are_no_struct(tmp_path: Path) -> None:
    path = tmp_path / "odd.py"
    path.write_text("class Odd:\n    wakes = 1\n    Settings = dict\n    def on_wake(s, t): pass\n")
    assert "its Settings is no msgspec.Struct" in failing(f"{path}:Odd")


# ---- names


@pytest.mark.parametrize(
    "name, words",
    [
        ("makr", ("no strategy 'makr': name one of maker, maker-compiled, parity, noop, "
                 "package.module:Name or file.py:Name; did you mean maker?")),
        ("", "no strategy '': name one of maker"),
        ("nowhere.py:Mine", "nowhere.py: no such file"),
        ("nowhere.py", "nowhere.py: name its class too, as in nowhere.py:Nowhere"),
        ("no.such.module:Mine", "no.such.module: no such module; is it installed, or"),
        ("clobstep.strategy.maker:Mine", ("there is no Mine in clobstep.strategy.maker; "
                                         "it has Maker")),
        ("clobstep.strategy.maker:", "there is no class named in clobstep.strategy.maker; it"),
        ("clobstep.strategy.maker:GRAIN", "is a int, not a class of strategies"),
        ("clobstep.units:parse_price", "cannot be made: TypeError"),
        ("1+1:Mine", "'1+1' is no name of a module"),
        (":Mine", "'' is no name of a module"),
    ],
)  # fmt: skip
def test_a_wrong_name_says_what_there_is(name: str, words: str) -> None:
    assert words in failing(name)


def test_a_file_without_its_class_says_which_it_has(mine: Path) -> None:
    assert failing(str(mine)) == f"{mine}: name its class too, as in {mine}:Mine"
    assert failing(f"{mine}:Nine").endswith(f"there is no Nine in {mine}; it has Mine, Other")


@pytest.mark.parametrize(
    "text, words",
    [
        ("def on_wake(:\n", "mine.py, line 1: SyntaxError: "),
        ("x = 1\n  y = 2\n", "mine.py, line 2: IndentationError: unexpected indent"),
        ("import nowhere_at_all\n", ("ModuleNotFoundError: No module named 'nowhere_at_all' "
                                    "(mine.py, line 1: import nowhere_at_all)")),
        ("a = 1\nb = a / 0\n", "ZeroDivisionError: division by zero (mine.py, line 2: b = a / 0)"),
        (("class Mine:\n    wakes = 1\n    def __init__(self):\n        raise OSError('no key')\n"
         "    def on_wake(self, turn): pass\n"),
         "Mine cannot be made: OSError: no key (mine.py, line 4: raise OSError('no key'))"),
        ("class Mine:\n    wakes = 1\n", "Mine: has no method on_wake(turn)"),
        ("class Mine:\n    def on_wake(self, turn): pass\n", "Mine: wakes is None; say what"),
        ("class Mine:\n    wakes = 0\n    def on_wake(self, turn): pass\n", "Mine: wakes is 0;"),
        ("class Mine:\n    wakes = 'BBO'\n    def on_wake(self, turn): pass\n",
         ("Mine: wakes is 'BBO'; say what wakes it, as in wakes = Wake.BBO | Wake.ORDER (there are "
         "BBO, ORDER, PRINT, TIMER, SIGNAL, FEED)")),
        ("class Mine:\n    wakes = 1\n    timer_ns = 1.5\n    def on_wake(self, turn): pass\n",
         "Mine: timer_ns is 1.5; it is a number of nanoseconds"),
        ("class Mine:\n    wakes = 1\n    timer_ns = 5\n    def on_wake(self, turn): pass\n",
         "Mine: has a timer_ns but is not woken by it: add Wake.TIMER"),
        ("class Mine:\n    wakes = 1\n    engine = 5\n    def on_wake(self, turn): pass\n",
         "Mine: engine is 5; it maps"),
    ],
)  # fmt: skip
def test_a_broken_file_says_where(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text)
    assert words in failing(f"{path}:Mine")


def test_a_broken_file_leaves_no_module_behind(tmp_path: Path) -> None:
    path = tmp_path / "halfway.py"
    path.write_text("x = 1\n1 / 0\n")
    failing(f"{path}:X")
    assert "halfway" not in sys.modules


def test_a_class_is_no_strategy_yet() -> None:
    with pytest.raises(StrategyError, match=r"Maker: is a class; give a strategy made from it"):
        check(Maker, "Maker")


# ---- describe


class Sized(Plain):
    class Settings(Settings, frozen=True, kw_only=True):
        size: int = 3

    def on_wake(self, turn: Any) -> None: ...


@dataclasses.dataclass
class Loose:
    edge: int = 4


def test_describe_names_class_and_settings() -> None:
    assert describe(Sized())["settings"] == {"size": 3}
    assert describe(Sized())["name"].endswith("test_load:Sized")
    given = describe(load_strategy("maker-compiled", {"size": "9000000"}))
    assert given["name"] == "clobstep.strategy._maker:CompiledMaker"
    assert given["settings"] == msgspec.to_builtins(MakerSettings(size=9_000_000))


def test_describe_takes_dataclasses_and_mappings() -> None:
    assert describe(SimpleNamespace(settings=Loose()))["settings"] == {"edge": 4}
    assert describe(SimpleNamespace(settings={"a": 1}))["settings"] == {"a": 1}
    assert describe(SimpleNamespace())["settings"] == {}
    with pytest.raises(StrategyError, match="its settings cannot be written down"):
        describe(SimpleNamespace(settings={"a": object()}))


# ---- the bases


def test_settings_are_checked_when_they_are_made() -> None:
    with pytest.raises(ValueError, match=r"requote_pips: -1 is not in 0\.\.10000"):
        MakerSettings(requote_pips=-1)
    with pytest.raises(TypeError, match=r"size: 0\.5 is no int"):
        MakerSettings(size=0.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="overlap: 1 is no bool"):
        MakerSettings(overlap=1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Unexpected keyword argument 'sise'"):
        MakerSettings(sise=1)  # type: ignore[call-arg]


def test_plain_wants_its_method() -> None:
    with pytest.raises(NotImplementedError, match=r"Plain\.on_wake"):
        Plain().on_wake(None)  # type: ignore[arg-type]
    assert Plain().settings == Settings()
    assert Plain().wakes == Wake.BBO | Wake.ORDER


def test_what_lies_beside_a_strategy_hides_no_module(tmp_path: Path) -> None:
    """Its folder comes last: a file there named like one of Python's own is not found first."""
    (tmp_path / "random.py").write_text("raise RuntimeError('not the one that was meant')\n")
    (tmp_path / "beside.py").write_text("SIZE = 5\n")
    (tmp_path / "mine.py").write_text(
        "import beside\n\n\nclass Mine:\n    wakes = 1\n    size = beside.SIZE\n\n"
        "    def on_wake(self, turn):\n        pass\n"
    )
    code = (
        "from clobstep.strategy.load import load_strategy\n"
        f"assert load_strategy({str(tmp_path / 'mine.py')!r} + ':Mine').size == 5\n"
        "import random\n"
        "random.Random(1)\n"
    )
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
