"""Types of the compiled loop."""

import numpy as np
from numpy.typing import NDArray

from clobstep import Engine

def run(
    engine: Engine,
    events: NDArray[np.void],
    effects: NDArray[np.void],
    seqs: NDArray[np.int64],
    chains: NDArray[np.uint64],
    first: int,
) -> tuple[int, int, int]: ...
def first_other(one: NDArray[np.void], two: NDArray[np.void]) -> int: ...
