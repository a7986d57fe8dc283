"""What a strategy is, and what it is given.

A strategy says in `wakes` what it wants to know; the core filters, `on_wake` is called only then.
It looks at the turn and asks through the turn. It has no clock, no randomness and no I/O: two equal
strategies that are woken alike ask alike, and `clobstep replay --strategy` compares every intent.
Values it keeps between turns are allowed as long as they follow from the turns alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, runtime_checkable

import msgspec

from clobstep.enums import Wake
from clobstep.strategy._turn import CompiledStrategy, Turn, run_turn

__all__ = [
    "CompiledStrategy",
    "Settings",
    "Strategy",
    "StrategyError",
    "Turn",
    "check",
    "describe",
    "run_turn",
]


class StrategyError(Exception):
    """A strategy cannot be loaded or set up; says what is wrong and the way out."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of a strategy's settings: named integers, flags and texts with defaults.

    Their names end in their units, as everywhere. `BOUNDS` names the least and the most of those
    that have such. Errors, also from the constructor: TypeError, ValueError naming the setting.
    """

    BOUNDS: ClassVar[dict[str, tuple[int, int]]] = {}

    def __post_init__(self) -> None:
        """Refuse what no run could use."""
        for field in msgspec.structs.fields(self):
            value = getattr(self, field.name)
            if field.type in (int, bool, str) and type(value) is not field.type:
                raise TypeError(f"{field.name}: {value!r} is no {field.type.__name__}")
        for name, (least, most) in self.BOUNDS.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name}: {value} is not in {least}..{most}")


@runtime_checkable
class Strategy(Protocol):
    """Anything with these two. A class that is made from settings names them in `Settings`."""

    wakes: Any
    """`Wake` bits: BBO, ORDER, PRINT, TIMER, SIGNAL, FEED."""

    def on_wake(self, turn: Turn) -> None:
        """Look and ask. Called once for each event that wakes it, never for its own intents."""
        ...


class Plain:
    """A base for strategies in Python: settings in, `on_wake` to be written."""

    Settings: ClassVar[type[Settings]] = Settings
    wakes: Wake = Wake.BBO | Wake.ORDER
    timer_ns: int = 0  # with Wake.TIMER: woken this often
    engine: ClassVar[dict[str, int]] = {}  # EngineConfig fields the strategy states as its own

    def __init__(self, settings: Any = None) -> None:
        self.settings = self.Settings() if settings is None else settings

    def on_wake(self, turn: Turn) -> None:
        """Look and ask."""
        raise NotImplementedError(f"{type(self).__name__}.on_wake")


def check(strategy: Any, name: str = "") -> None:
    """That a strategy has what every runner needs. Errors: StrategyError saying what is missing."""
    name = name or (strategy if isinstance(strategy, type) else type(strategy)).__qualname__
    if isinstance(strategy, type):
        raise StrategyError(f"{name}: is a class; give a strategy made from it: {name}()")
    if not isinstance(strategy, CompiledStrategy) and not callable(
        getattr(strategy, "on_wake", None)
    ):
        raise StrategyError(f"{name}: has no method on_wake(turn)")
    wakes = getattr(strategy, "wakes", None)
    if not isinstance(wakes, int) or isinstance(wakes, bool) or not 0 < wakes <= _EVERY:
        raise StrategyError(
            f"{name}: wakes is {wakes!r}; say what wakes it, as in wakes = Wake.BBO | Wake.ORDER "
            f"(there are {', '.join(Wake.__members__)})"
        )
    timer_ns = getattr(strategy, "timer_ns", 0)
    if not isinstance(timer_ns, int) or isinstance(timer_ns, bool) or timer_ns < 0:
        raise StrategyError(f"{name}: timer_ns is {timer_ns!r}; it is a number of nanoseconds")
    if timer_ns and not wakes & Wake.TIMER:
        raise StrategyError(f"{name}: has a timer_ns but is not woken by it: add Wake.TIMER")
    engine = getattr(strategy, "engine", {})
    if not isinstance(engine, Mapping):
        raise StrategyError(
            f"{name}: engine is {engine!r}; it maps settings of the engine to numbers"
        )


_EVERY = int(Wake.BBO | Wake.ORDER | Wake.PRINT | Wake.TIMER | Wake.SIGNAL | Wake.FEED)


def describe(strategy: Any) -> dict[str, Any]:
    """Name and settings of a strategy, as a session's manifest keeps them.

    Settings are its attribute `settings`: a msgspec.Struct, a dataclass or a mapping; a strategy
    without one has none. Errors: StrategyError when they hold what JSON cannot.
    """
    settings = getattr(strategy, "settings", None)
    name = f"{type(strategy).__module__}:{type(strategy).__qualname__}"
    known = isinstance(settings, msgspec.Struct | Mapping) or dataclasses.is_dataclass(settings)
    try:
        plain = msgspec.to_builtins(settings) if known else {}
    except TypeError as error:
        raise StrategyError(f"{name}: its settings cannot be written down: {error}") from None
    return {"name": name, "settings": plain}
