"""Finding a strategy by name and giving it its settings.

Owns: the names of those that ship, how settings are written as text, and what a person is told when
a name or a setting is wrong.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from pkgutil import resolve_name
from traceback import extract_tb
from types import ModuleType
from typing import Any, Final

import msgspec

from clobstep import units
from clobstep.strategy.protocol import StrategyError, check

SHIPPED: Final = {
    "maker": "clobstep.strategy.maker:Maker",
    "maker-compiled": "clobstep.strategy._maker:CompiledMaker",
    "parity": "clobstep.strategy.parity:Parity",
    "noop": "clobstep.strategy.noop:Noop",
}
FORMS: Final = f"{', '.join(SHIPPED)}, package.module:Name or file.py:Name"


def load_strategy(name: str, settings: Mapping[str, str] | None = None) -> Any:
    """`maker`, `package.module:Name` or `file.py:Name`, with settings as text.

    Settings go to the class's `Settings` (a msgspec.Struct), converted to its types: a whole number
    is in the setting's own unit, and one with a point or a unit is turned into it, so `size=20.0`
    is 20 shares, `width_pips=0.01` a cent and `stop_before_ns=30s` half a minute. A file is read
    anew each time. Errors: StrategyError naming the strategy, the setting and what would do.
    """
    wanted = SHIPPED.get(name, name)
    if ":" not in wanted:
        raise StrategyError(_no_such(name))
    made = _resolve(wanted)
    if not callable(made):
        raise StrategyError(f"{name}: is a {type(made).__name__}, not a class of strategies")
    kind = getattr(made, "Settings", None)
    given = dict(settings or {})
    if kind is None and given:
        raise StrategyError(f"{name} has no settings, so {', '.join(given)} cannot be set")
    ready = _settings(name, kind, given) if kind is not None else None
    try:
        strategy = made() if kind is None else made(ready)
    except Exception as error:
        raise StrategyError(
            f"{name} cannot be made: {type(error).__name__}: {error}{_where(error)}"
        ) from error
    check(strategy, name)
    return strategy


def _no_such(name: str) -> str:
    if name.endswith(".py"):
        return f"{name}: name its class too, as in {name}:{_guess(name)}"
    near = get_close_matches(name, SHIPPED, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"no strategy {name!r}: name one of {FORMS}{hint}"


def _guess(name: str) -> str:
    """A class in a file, or what one would be called."""
    if Path(name).is_file():
        found = _strategies(_from_file(name))
        if found:
            return found[0]
    return Path(name).stem.capitalize()


def _strategies(module: ModuleType) -> list[str]:
    """Names of a module's own classes that can be woken."""
    return [
        key
        for key, value in vars(module).items()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and hasattr(value, "on_wake")
    ]


def _resolve(wanted: str) -> Any:
    place, _, attribute = wanted.rpartition(":")
    if place.endswith(".py"):
        module = _from_file(place)
    else:
        if "" not in sys.path and str(Path.cwd()) not in sys.path:
            sys.path.append(str(Path.cwd()))  # a strategy beside where one works
        module = _imported(place)
    try:
        if not attribute:
            raise AttributeError
        return resolve_name(f"{module.__name__}:{attribute}")
    except (AttributeError, ValueError):
        found = _strategies(module)
        has = f"; it has {', '.join(found)}" if found else "; no class in it has an on_wake"
        what = attribute or "class named"
        raise StrategyError(f"{wanted}: there is no {what} in {place}{has}") from None


def _imported(place: str) -> ModuleType:
    try:
        found = resolve_name(f"{place}:")
    except ModuleNotFoundError as error:
        if error.name and (place == error.name or place.startswith(f"{error.name}.")):
            raise StrategyError(
                f"{place}: no such module; is it installed, or in this folder? A file is named "
                "with its ending: file.py:Name"
            ) from None
        raise _broken(place, error) from error
    except ValueError:
        raise StrategyError(f"{place!r} is no name of a module; there are {FORMS}") from None
    except Exception as error:
        raise _broken(place, error) from error
    if not isinstance(found, ModuleType):
        raise StrategyError(f"{place} is no module; there are {FORMS}")
    return found


def _from_file(place: str) -> ModuleType:
    """The module that a file is, run anew: another module of that name is left alone."""
    path = Path(place).resolve()
    if not path.is_file():
        raise StrategyError(f"{place}: no such file")
    known = sys.modules.get(path.stem)
    ours = known is None or getattr(known, "__file__", None) == str(path)
    name = path.stem if ours else f"{path.stem}_strategy"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise StrategyError(f"{place}: cannot be read as Python")
    module = importlib.util.module_from_spec(spec)
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))  # for what stands beside it; last, so it hides nothing
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        sys.modules.pop(name, None)
        raise _broken(place, error) from error
    return module


def _broken(place: str, error: Exception) -> StrategyError:
    if isinstance(error, SyntaxError):
        where = f"{Path(error.filename or place).name}, line {error.lineno}"
        return StrategyError(f"{place}: {where}: {type(error).__name__}: {error.msg}")
    return StrategyError(f"{place}: {type(error).__name__}: {error}{_where(error)}")


def _where(error: BaseException) -> str:
    """Where an exception was raised: the innermost line that is not of the import machinery."""
    frames = [
        frame
        for frame in extract_tb(error.__traceback__)
        if Path(frame.filename).name != "load.py" and not frame.filename.startswith("<")
    ]
    if not frames:
        return ""
    last = frames[-1]
    return f" ({Path(last.filename).name}, line {last.lineno}: {last.line})"


# ---- settings


def _settings(name: str, kind: Any, given: dict[str, str]) -> Any:
    """The struct of a strategy, from texts."""
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        raise StrategyError(f"{name}: its Settings is no msgspec.Struct; derive it from Settings")
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    values: dict[str, Any] = {}
    for key, text in given.items():
        if key not in fields:
            near = get_close_matches(key, fields, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            has = ", ".join(fields) or "none"
            raise StrategyError(f"{name} has no setting {key!r}{hint}; it has {has}")
        values[key] = _value(name, key, fields[key].type, text)
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise StrategyError(f"{name}: {error}") from None


def _value(name: str, key: str, kind: Any, text: str) -> Any:
    """One setting, as its type wants it. Numbers with a point or a unit are turned into units."""
    try:
        if kind is bool:
            words = {"true": True, "1": True, "yes": True, "on": True,
                     "false": False, "0": False, "no": False, "off": False}  # fmt: skip
            if text.lower() not in words:
                raise ValueError(f"{text!r} is neither true nor false")
            return words[text.lower()]
        return _whole(key, text) if kind is int else text
    except (ValueError, TypeError) as error:
        raise StrategyError(f"{name}: {key}: {error}") from None


def _whole(key: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        pass
    if key.endswith("_ns"):
        return units.parse_duration(text)
    if key.endswith("_pips"):
        return units.parse_price(text)
    if key.endswith("_micros"):
        return units.parse_cash(text)
    if "." in text:
        return units.parse_size(text)
    raise ValueError(
        f"{text!r} is no whole number; sizes are in microshares, 20 shares are 20000000 or 20.0"
    )
