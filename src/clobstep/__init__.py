"""clobstep: a trading engine for Polymarket whose core is a pure step function.

The names below are loaded when they are first used: importing the package costs a few
milliseconds, and neither the compiled core nor numpy is loaded until one of them needs it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from clobstep import enums as enums
    from clobstep import events as events
    from clobstep import show as show
    from clobstep import units as units
    from clobstep.config import EngineConfig as EngineConfig
    from clobstep.core import EFFECT_DTYPE as EFFECT_DTYPE
    from clobstep.core import EVENT_DTYPE as EVENT_DTYPE
    from clobstep.core import Engine as Engine

__version__: Final = "0.2.0"

_HOMES: Final = {
    "Engine": "clobstep.core",
    "EVENT_DTYPE": "clobstep.core",
    "EFFECT_DTYPE": "clobstep.core",
    "EngineConfig": "clobstep.config",
}
_MODULES: Final = ("core", "enums", "events", "show", "units")

__all__ = [
    "EFFECT_DTYPE", "EVENT_DTYPE", "Engine", "EngineConfig", "__version__", "core", "enums",
    "events", "get_include", "show", "units",
]  # fmt: skip


def get_include() -> str:
    """The folder to pass as an include path when a C or Cython module is built against the core.

    It holds `clobstep/core/_core.pxd` and `schema.h`; the layout hash in them is compared with the
    running core's by `same_layout()`.
    """
    from pathlib import Path

    return str(Path(__file__).resolve().parent / "core")


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in _MODULES:
        return import_module(f"clobstep.{name}")
    raise AttributeError(f"module 'clobstep' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
