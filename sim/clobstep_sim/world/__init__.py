"""The simulated world: an engine, the exchange, and all that goes wrong between them."""

from typing import Final

from clobstep_sim.world import _world
from clobstep_sim.world._world import World, WorldError

# What can be set, in the order in which World takes it: the compiled module's only numbers.
KNOBS: Final = tuple(
    name.lower()
    for at, name in sorted((at, name) for name, at in vars(_world).items() if type(at) is int)
    if name.isupper() and name != "N_KNOBS"
)

__all__ = ["KNOBS", "World", "WorldError"]
