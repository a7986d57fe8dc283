"""Finding a strategy by name and giving it its settings.

Owns: the names of those that ship, and what a person is told when a name or a setting is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Final

import msgspec

from clobstep.strategy.protocol import CompiledStrategy, StrategyError

SHIPPED: Final = {
    "maker": "clobstep.strategy.maker:Maker",
    "maker-compiled": "clobstep.strategy._maker:CompiledMaker",
    "parity": "clobstep.strategy.parity:Parity",
    "noop": "clobstep.strategy.noop:Noop",
}


def load_strategy(name: str, settings: Mapping[str, str] | None = None) -> Any:
    """`maker`, `package.module:Name` or `file.py:Name`, with settings as text.

    Settings go to the class's `Settings` (a msgspec.Struct), converted to its types. Errors:
    StrategyError naming the strategy, the setting and what would do.
    """
    wanted = SHIPPED.get(name, name)
    if ":" not in wanted:
        raise StrategyError(
            f"no strategy {name!r}: name one that ships ({', '.join(SHIPPED)}) or "
            "package.module:Name"
        )
    made = _resolve(wanted)
    kind = getattr(made, "Settings", None)
    try:
        if kind is None:
            if settings:
                raise StrategyError(f"{name} has no settings, so --set cannot be used")
            strategy = made()
        else:
            strategy = made(_settings(name, kind, settings or {}))
    except TypeError as error:
        raise StrategyError(f"{name} cannot be made: {error}") from error
    if not isinstance(strategy, CompiledStrategy) and not hasattr(strategy, "on_wake"):
        raise StrategyError(f"{name} has no on_wake(turn)")
    if not hasattr(strategy, "wakes"):
        raise StrategyError(f"{name} does not say what wakes it: wakes = Wake.BBO | ...")
    return strategy


def _resolve(wanted: str) -> Any:
    module, _, attribute = wanted.rpartition(":")
    if module.endswith(".py"):
        path = Path(module).resolve()
        if not path.is_file():
            raise StrategyError(f"{module}: no such file")
        sys.path.insert(0, str(path.parent))
        module = path.stem
    elif "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # a strategy beside where one works
    try:
        return resolve_name(f"{module}:{attribute}")
    except ModuleNotFoundError as error:
        raise StrategyError(f"{wanted}: {error}; is it installed, or in this folder?") from error
    except AttributeError:
        raise StrategyError(f"{wanted}: module {module} has no {attribute}") from None


def _settings(name: str, kind: type[msgspec.Struct], given: Mapping[str, str]) -> msgspec.Struct:
    known = {field.name: field for field in msgspec.structs.fields(kind)}
    for key in given:
        if key not in known:
            raise StrategyError(
                f"{name} has no setting {key!r}; it has {', '.join(known) or 'none'}"
            )
    try:
        return msgspec.convert(dict(given), kind, strict=False)
    except msgspec.ValidationError as error:
        raise StrategyError(f"{name}: {error}") from None
