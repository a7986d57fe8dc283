"""Scenarios read from text: what a trader would write down, row by row.

    # A resting order is cancelled, and its cash is free again.
    use trading
    ignore TIMER

    1s  submit 1 0 BUY 100@0.52 post_only  | SUBMIT 1 amount=52 ; ORDER 1 SENT
        cash spendable=948 reserved=52

- A line that starts with # is a comment; the first lines say what happens and why it matters.
- `use name` runs the rows of setups/name.txt first. `config field=value` sets an EngineConfig
  field by its name without the unit (`cooldown=0s`, `cap_market=100`, `orders=4`).
- `ignore TIMER` leaves out one kind of effect; nothing else is ever left out.
- An event row: time since noon, builder of `clobstep.events`, its arguments, and after | every
  effect it must have, in any order (the rules fix none). Words that are no `name=value` are
  arguments in the builder's order; BUY and SELL are the side, GTC, GTD, FAK, FOK the time in force,
  size@price both, and post_only, overlap, end and such are switches. `!field=1` overwrites a field
  of the record itself, for records that no builder would write.
- An effect row names a kind and the fields that matter; those not named are not compared.
- A view row: cash, token T, order N, book T, market T, engine with fields; `orders 1 2` are the
  open ones, `levels T BUY 100@0.51 ...` a side, best first, `counter name=1`.
- `| -` says that an event has no effect.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, NamedTuple

from clobstep import EngineConfig, effects, events, units
from clobstep.effects import Effect
from clobstep.enums import EffectKind
from scenarios.values import EFFECTS, VIEWS, Field, is_time, read_time

HERE: Final = Path(__file__).parent
_SIDES: Final = ("BUY", "SELL")
_TIFS: Final = ("GTC", "GTD", "FAK", "FOK")
_TIMES: Final = ("venue_time", "match_time", "expiry", "close_out", "read_up_to")
_SUFFIXES: Final = ("", "_ns", "_micros", "_pips")


class ScenarioError(Exception):
    """A row that cannot be read. The message names file, line and reason."""


class Expected(NamedTuple):
    """An effect a row names, with the values it gives."""

    kind: EffectKind
    values: tuple[tuple[str, Field, int], ...]  # (its text, field, value)

    def matches(self, effect: Effect) -> bool:
        return effect.kind == self.kind and all(f.of(effect) == v for _, f, v in self.values)

    def __str__(self) -> str:
        return " ".join([self.kind.name, *(text for text, _, _ in self.values)])


class Row(NamedTuple):
    """One row: an event with its effects, or a look at the state."""

    where: str  # file:line
    text: str
    records: list[bytes]
    expected: list[Expected]
    look: Callable[[Any], list[str]] | None  # gives what is wrong, as text


class Scenario(NamedTuple):
    """A file that was read."""

    title: str
    config: EngineConfig
    ignored: frozenset[EffectKind]
    rows: list[Row]


def load(path: Path) -> Scenario:
    """Read a file and those it uses. ScenarioError for what cannot be read."""
    title, rows = "", []
    config: dict[str, int] = {}
    ignored: set[EffectKind] = set()
    for where, line in _lines(path):
        try:
            head, *words = line.split()
            if head == "#":
                title = title or " ".join(words)
            elif head == "config":
                config |= dict(_setting(word) for word in words)
            elif head == "ignore":
                ignored |= {EffectKind[word] for word in words}
            else:
                rows.append(_row(where, line))
        except (ValueError, KeyError, TypeError) as error:
            raise ScenarioError(f"{where}: {line.strip()}\n    {error}") from error
    return Scenario(title, EngineConfig(**config), frozenset(ignored), rows)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        words = line.split()
        if words[:1] == ["use"]:
            for name in words[1:]:
                used = HERE / "setups" / f"{name}.txt"
                yield from ((w, text) for w, text in _lines(used) if not text.startswith("#"))
        elif words and words[0][0] == "#":
            yield f"{path.name}:{number}", f"# {line.lstrip('# ')}"
        elif words:
            yield f"{path.name}:{number}", line


def _setting(word: str) -> tuple[str, int]:
    name, _, value = word.partition("=")
    for suffix in _SUFFIXES:
        field = name + suffix
        if field in EngineConfig.__dataclass_fields__:
            read = {"_ns": units.parse_duration, "_micros": units.parse_cash,
                    "_pips": units.parse_price}.get(suffix, int)  # fmt: skip
            return field, int(read(value))
    raise ValueError(f"{name}: EngineConfig has no such field")


def _row(where: str, line: str) -> Row:
    event, bar, effect_text = line.partition("|")
    head, *words = event.split()
    if not is_time(head):
        if bar:
            raise ValueError("a look at the state has no effects")
        return Row(where, line.strip(), [], [], _look(head, words))
    if not bar:
        raise ValueError("an event row names its effects after |, or - for none")
    texts = [text.split() for text in effect_text.split(";")]
    expected = [] if texts == [["-"]] else [_effect(words) for words in texts]
    return Row(where, line.strip(), _records(read_time(head), words), expected, None)


# ---- Events


def _records(time_ns: int, words: list[str]) -> list[bytes]:
    name, *arguments = words
    build = getattr(events, name)
    if name == "raw":
        kind, *patches = arguments
        return [_patch(events.raw(int(kind), at=time_ns), patches)]
    patches = [word for word in arguments if word.startswith("!")]
    positional, named = _arguments(build, [w for w in arguments if not w.startswith("!")])
    built = build(*positional, at=time_ns, **named)
    return [_patch(record, patches) for record in ([built] if isinstance(built, bytes) else built)]


def _arguments(
    build: Callable[..., object], words: list[str]
) -> tuple[list[object], dict[str, object]]:
    names = inspect.signature(build).parameters
    positional: list[object] = []
    named: dict[str, object] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            named[name] = _value(name, value, names)
        elif word in _SIDES and "side" in names:
            named["side"] = word
        elif word in _TIFS and "tif" in names:
            named["tif"] = word
        elif "@" in word:
            named["size"], _, named["price"] = word.partition("@")
        elif word in names:
            named[word] = True
        else:
            positional.append(int(word) if word.isdecimal() else word)
    return positional, named


def _value(name: str, word: str, names: Any) -> object:
    if name not in names:
        raise ValueError(f"{name}: the builder has no such argument")
    if name in _TIMES:
        return read_time(word)
    if name == "best":
        bid, ask = word.split("/")
        return (None if bid == "none" else bid, None if ask == "none" else ask)
    if name in ("bids", "asks", "levels"):
        return [tuple(reversed(level.split("@"))) for level in word.split(",") if level]
    if name in ("bid", "ask") and word == "none":
        return None
    if word in ("yes", "no"):
        return word == "yes"
    whole = "int" in str(names[name].annotation) and word.lstrip("-").isdecimal()
    return int(word) if whole else word


def _patch(record: bytes, patches: list[str]) -> bytes:
    event = events.unpack(record)
    for patch in patches:
        name, _, value = patch.lstrip("!").partition("=")
        event = event._replace(**{name: read_time(value) if is_time(value) else int(value, 0)})
    return event.pack()


# ---- Effects


def _effect(words: list[str]) -> Expected:
    if not words:
        raise ValueError("an effect is missing between | and ;")
    kind = EffectKind[words[0]]
    form, values = EFFECTS[kind], []
    bare = [word for word in words[1:] if "=" not in word]
    if len(bare) != len(form.first):
        raise ValueError(f"{kind.name} has {len(form.first)} values without a name, not {bare}")
    for word, field in zip(bare, form.first, strict=True):
        values.append((word, field, field.read(word)))
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if equals:
            values.append((word, form.named[name], form.named[name].read(value)))
    return Expected(kind, tuple(values))


def show_effect(effect: Effect) -> str:
    """Write an effect as a row would, with every field that is not 0."""
    kind = EffectKind(effect.kind)
    form = EFFECTS[kind]
    first = [field.show(field.of(effect)) for field in form.first]
    named = [f"{n}={f.show(f.of(effect))}" for n, f in form.named.items() if f.of(effect)]
    return " ".join([kind.name, *first, *named])


def unmatched(expected: list[Expected], got: list[Effect]) -> bool:
    """Whether no pairing gives each expected effect one of its own, and each effect one."""
    if not expected or not got:
        return len(expected) != len(got)
    first, *rest = expected
    return all(
        unmatched(rest, got[:i] + got[i + 1 :]) for i, e in enumerate(got) if first.matches(e)
    )


def read_effects(step: bytes, ignored: frozenset[EffectKind]) -> list[Effect]:
    return [e for e in effects.unpack_all(step) if e.kind not in ignored]


# ---- Looks at the state


def _look(head: str, words: list[str]) -> Callable[[Any], list[str]]:
    if head == "orders":
        ids = sorted(int(word) for word in words)
        return lambda view: _differ("orders", ids, sorted(view.orders()))
    if head == "levels":
        return _levels(int(words[0]), words[1], words[2:])
    if head in ("counter", "refused"):
        pairs = [word.split("=") for word in words]
        return lambda view: _counts(
            view.counters() if head == "counter" else view.refusals(), pairs
        )
    fields = VIEWS[head]
    key = None if head in ("cash", "engine") else int(words.pop(0))
    if words == ["none"]:
        return lambda view: [] if _holder(view, head, key) is None else [f"{head} {key} is there"]
    values = []
    for word in words:
        name, _, value = word.partition("=")
        values.append((name, fields[name], fields[name].read(value)))
    if not values:
        raise ValueError(f"{head}: which fields?")
    return lambda view: _check(_holder(view, head, key), values)


def _holder(view: Any, head: str, key: int | None) -> Any:
    return view if head == "engine" else view.cash if key is None else getattr(view, head)(key)


def _check(holder: Any, values: list[tuple[str, Field, int]]) -> list[str]:
    if holder is None:
        return ["there is none"]
    return [
        f"{name}={field.show(field.of(holder))}, expected {field.show(value)}"
        for name, field, value in values
        if field.of(holder) != value
    ]


def _levels(token: int, side: str, words: list[str]) -> Callable[[Any], list[str]]:
    wanted = []
    for word in words:
        size, _, price = word.partition("@")
        wanted.append((int(units.parse_price(price)), int(units.parse_size(size))))
    number = _SIDES.index(side)
    return lambda view: _differ(
        "levels", wanted, [(int(p), int(s)) for p, s in view.levels(token, number)]
    )


def _counts(counts: dict[str, int], pairs: list[list[str]]) -> list[str]:
    return [
        f"{name}={counts[name]}, expected {value}"
        for name, value in pairs
        if counts[name] != int(value)
    ]


def _differ(what: str, wanted: object, got: object) -> list[str]:
    return [] if wanted == got else [f"{what} {got}, expected {wanted}"]


# ---- Running


def run(engine: Any, row: Row, ignored: frozenset[EffectKind]) -> list[str]:
    """Step one row; gives what is wrong, as lines, nothing when it is as expected."""
    if row.look is not None:
        return row.look(engine.view)
    step = b"".join(engine.step(record) for record in row.records)
    got = read_effects(step, ignored)
    if unmatched(row.expected, got):
        return beside([str(e) for e in row.expected], [show_effect(e) for e in got])
    broken = engine.check()
    return [f"    check() is {broken}: see docs/invariants.md"] if broken else []


def beside(expected: list[str], got: list[str]) -> list[str]:
    """The two lists side by side."""
    rows = [("expected", "got"), *zip_longest(expected or ["-"], got or ["-"], fillvalue="")]
    width = max(len(left) for left, _ in rows)
    return [f"    {left:{width}}   {right}" for left, right in rows]
