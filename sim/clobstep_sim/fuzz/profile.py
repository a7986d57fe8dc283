"""Profiles: what goes wrong and how often, as TOML beside the package or a file of your own.

Owns: reading and checking them, and the swarm: which of a profile's faults a seed leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec

from clobstep.config import BOUNDS
from clobstep_sim.kernel import Stream
from clobstep_sim.world import KNOBS

PROFILES: Final = "clobstep_sim.profiles"
BASE: Final = "calm"  # every other profile says what is otherwise
MILLION: Final = 1_000_000
SETTINGS: Final = sorted(set(BOUNDS) - {"tokens", "salt_base"})  # the scene gives these two
# knobs that are no faults: they make the market, the delays and the client's own rhythm
MARKET: Final = frozenset(
    name for name in KNOBS if not name.endswith(("_ppm", "_every")) or name.startswith("crowd_")
) | {"act_ppm", "burst_every", "read_every", "meta_every"}
MOST: Final = {
    "ppm": MILLION, "every": 10**9, "us": 10**9, "ms": 100_000, "s": 10**6, "usd": 1_000_000,
    "pips": 1_000, "ticks": 10_000, "levels": 10_000, "shares": 1_000_000,
}  # fmt: skip


class ProfileError(ValueError):
    """A profile that cannot be: says which file and field, and the nearest known one."""


@dataclass(frozen=True)
class Profile:
    """A name, a line of what it is, a value for each knob, and what its markets are like."""

    name: str
    about: str
    knobs: dict[str, int]
    scene: dict[str, list[int]]
    engine: dict[str, list[int]]
    swarm: bool = True
    given: str = ""  # by what it was asked for: its name, or the path of its file

    def for_seed(self, seed: int) -> Profile:
        """Swarm: each fault is off in half of the seeds, so that none hides another for ever."""
        if not self.swarm:
            return self
        stream = Stream(seed, "swarm")
        off = {name for name in KNOBS if stream.chance(MILLION // 2) and name not in MARKET}
        return replace(self, knobs={n: 0 if n in off else v for n, v in self.knobs.items()})

    def without(self, faults: set[str]) -> Profile:
        """The same with these faults off and no swarm, for shrinking."""
        return replace(
            self, knobs={n: 0 if n in faults else v for n, v in self.knobs.items()}, swarm=False
        )

    def values(self) -> list[int]:
        """As World takes them."""
        return [self.knobs[name] for name in KNOBS]

    def faults(self) -> list[str]:
        """The faults that are on."""
        return [name for name, value in self.knobs.items() if value and name not in MARKET]


def names() -> list[str]:
    """The profiles that come with the package."""
    files = resources.files(PROFILES).iterdir()
    return sorted(f.name[:-5] for f in files if f.name.endswith(".toml"))


def load(name: str) -> Profile:
    """A profile by its name, or by the path of a .toml file."""
    if name.endswith(".toml"):
        try:
            text = Path(name).read_text(encoding="utf-8")
        except OSError as error:
            raise ProfileError(f"{name}: {error.strerror}") from None
        return replace(_read(text, Path(name).stem, name), given=name)
    if name not in names():
        raise ProfileError(
            f"there is no profile {name!r}{_nearest(name, names())}; there are {', '.join(names())}"
        )
    return replace(_read(_text(name), name, f"{name}.toml"), given=name)


def _text(name: str) -> str:
    return (resources.files(PROFILES) / f"{name}.toml").read_text(encoding="utf-8")


def _read(text: str, name: str, where: str) -> Profile:
    try:
        data: dict[str, Any] = msgspec.toml.decode(text)
    except msgspec.DecodeError as error:
        raise ProfileError(f"{where}: {error}") from None
    _known(data, ("about", "swarm", "knobs", "scene", "engine"), f"{where}: field")
    base = None if name == BASE and where == f"{BASE}.toml" else load(BASE)
    knobs = dict(base.knobs) if base else {}
    scene = dict(base.scene) if base else {}
    engine = dict(base.engine) if base else {}
    for title, given, into, known in (
        ("knobs", data.get("knobs", {}), knobs, list(KNOBS)),
        ("scene", data.get("scene", {}), scene, sorted(scene) if base else None),
        ("engine", data.get("engine", {}), engine, list(SETTINGS)),
    ):
        if not isinstance(given, dict):
            raise ProfileError(f"{where}: [{title}] is a table of names and values")
        if known is not None:
            _known(given, known, f"{where}: [{title}]")
        into.update(given)
    for knob, value in knobs.items():
        _in_range(where, knob, value)
    for title, table in (("scene", scene), ("engine", engine)):
        for field, choices in table.items():
            whole = isinstance(choices, list) and all(type(c) is int for c in choices)
            if not choices or not whole:
                raise ProfileError(
                    f"{where}: [{title}] {field} is a list of integers to choose from"
                )
    for field, choices in engine.items():
        least, most = BOUNDS[field]
        if not all(least <= c <= most for c in choices):
            raise ProfileError(f"{where}: [engine] {field} lies within {least} and {most}")
    missing = sorted(set(KNOBS) - set(knobs))
    if missing:
        raise ProfileError(f"{where}: no value for {', '.join(missing)}")
    swarm = bool(data.get("swarm", True))
    return Profile(name, str(data.get("about", "")), knobs, scene, engine, swarm)


def _in_range(where: str, knob: str, value: object) -> None:
    most = MOST[knob.rsplit("_", 1)[-1]]
    least = 1 if knob in ("crowd_gap_us", "read_every", "meta_every", "rest_floor_us") else 0
    if type(value) is not int or not least <= value <= most:
        raise ProfileError(f"{where}: {knob} = {value!r} is no integer from {least} to {most}")


def _known(given: dict[str, Any], known: list[str] | tuple[str, ...], where: str) -> None:
    for name in given:
        if name not in known:
            raise ProfileError(f"{where}: there is no {name!r}{_nearest(name, known)}")


def _nearest(name: str, known: list[str] | tuple[str, ...]) -> str:
    close = get_close_matches(name, known, 1)
    return f"; did you mean {close[0]!r}?" if close else ""
