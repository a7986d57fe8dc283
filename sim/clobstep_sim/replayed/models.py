"""Fill models by name, what each needs of a recording, and what its result may be called.

Owns: the refusal of a model whose evidence the recording does not hold. The arithmetic is in
queue.pxi and rest.pxi.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clobstep.session.manifest import Holds


class ModelError(ValueError):
    """No such fill model, or the recording does not hold what it needs."""


@dataclass(frozen=True)
class Model:
    """A fill model."""

    name: str
    code: int
    label: str
    needs: tuple[str, ...]  # fields of Holds
    honest: bool = True


CROSSING: Final = Model(
    "crossing",
    0,
    "crossing fills only: a resting order is filled when the other side of a "
    "displayed book reaches its price; what queues and prints would have filled is not seen",
    (),
)
MODELS: Final = (
    CROSSING,
    Model("trade-through", 1, "pessimistic: prints strictly through our price, and crossed books",
          ("deltas", "prints")),
    Model("risk-averse", 2, "queue: every cancel was behind us", ("deltas", "prints")),
    Model("power", 3, "queue: cancels ahead of us by chance, f(x) = x^n", ("deltas", "prints")),
    Model("log", 4, "queue: cancels ahead of us by chance, f(x) = log(1 + x)",
          ("deltas", "prints")),
    Model("front", 5, "optimistic: always first in the queue", ("deltas", "prints")),
    Model("naive", 6, "what naive paper engines do: the whole order at a touch, or by chance with "
          "time; shown for comparison, not to be believed", (), honest=False),
)  # fmt: skip
NAMES: Final = tuple(model.name for model in MODELS)
BAND: Final = ("trade-through", "risk-averse", "power:2", "power:3", "log", "front")
"""From the pessimistic to the optimistic end: what a band is made of."""


def read(text: str) -> tuple[Model, int]:
    """`risk-averse` or `power:3`: the model and its exponent."""
    name, colon, power = str(text).partition(":")
    found = next((model for model in MODELS if model.name == name), None)
    if found is None:
        raise ModelError(
            f"no fill model {text!r}; there are {', '.join(NAMES)} (power:1 to power:3)"
        )
    if colon and (name != "power" or power not in ("1", "2", "3")):
        raise ModelError(f"{text!r}: only power takes a number, 1, 2 or 3, as in power:3")
    return found, int(power or 3)


def lacking(model: Model, holds: Holds) -> list[str]:
    """What a model needs and the recording does not hold."""
    return [name for name in model.needs if not getattr(holds, name)]


def check(model: Model, holds: Holds) -> None:
    """Errors: ModelError naming what is missing and the way out."""
    missing = lacking(model, holds)
    if missing:
        raise ModelError(
            f"fill model {model.name} needs {' and '.join(model.needs)}, and this recording holds "
            f"no {' and no '.join(missing)}; take fill crossing, which says that it sees "
            "crossings only"
        )


def band(holds: Holds) -> tuple[str, ...]:
    """The models a band is made of; none where only crossings can be seen."""
    return BAND if holds.deltas and holds.prints else ()
