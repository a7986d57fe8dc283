"""Confidence intervals by resampling blocks of fills that share a fate. Owns the draws.

Fills of one event are not independent: a mean over them is as sure as the number of events allows.
So whole clusters are drawn, with replacement, as many as there are, 2,000 times, and the interval
is the middle 95 % of the means (Efron's percentile interval of the cluster bootstrap).

The draws are the raw 64-bit output of numpy's PCG64 under a stated seed, modulo the number of
blocks: the same on every machine and with every version of numpy. Sums are integers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

SEED: Final = 20_240_601
REPLICATES: Final = 2_000

Ints = NDArray[np.int64]
_CACHED_BLOCKS: Final = 500  # draws over more blocks are made anew, a slice of replicates a time
_SLICE: Final = 4_000_000  # counts held at once


@dataclass(frozen=True)
class Ratio:
    """A mean as it is resampled: one numerator and one denominator a block, exact integers."""

    numerators: Sequence[int]
    denominators: Sequence[int]


def percentiles(ratio: Ratio, seed: int = SEED) -> tuple[float, float] | None:
    """The 2.5 % and 97.5 % points of the resampled mean; None for fewer than two blocks."""
    blocks = len(ratio.numerators)
    if blocks < 2 or sum(ratio.denominators) <= 0:
        return None
    # Both are shifted alike so that a sum of `blocks` of the largest fits 63 bits.
    largest = max(*map(abs, ratio.numerators), *ratio.denominators)
    shift = max(0, (largest * blocks).bit_length() - 62)
    tops = np.array([n >> shift for n in ratio.numerators], np.int64)
    bottoms = np.array([d >> shift for d in ratio.denominators], np.int64)
    means = []
    for counts in _counts(blocks, seed):
        bottom = counts @ bottoms
        taken = bottom > 0
        means.append((counts @ tops)[taken] / bottom[taken])
    ordered = np.sort(np.concatenate(means))
    cut = len(ordered) // 40
    return float(ordered[cut]), float(ordered[len(ordered) - 1 - cut])


def _counts(blocks: int, seed: int) -> Iterator[Ints]:
    """How often each replicate (row) drew each block (column), a slice of replicates a time."""
    if blocks <= _CACHED_BLOCKS:
        yield _cached(blocks, seed)
    else:
        yield from _draw(blocks, seed)


@lru_cache(maxsize=64)
def _cached(blocks: int, seed: int) -> Ints:
    return np.concatenate(list(_draw(blocks, seed)))


def _draw(blocks: int, seed: int) -> Iterator[Ints]:
    generator = np.random.PCG64(seed)
    rows = max(1, _SLICE // blocks)
    for start in range(0, REPLICATES, rows):
        here = min(rows, REPLICATES - start)
        raw = generator.random_raw(here * blocks)
        picks = (raw % np.uint64(blocks)).astype(np.int64).reshape(here, blocks)
        picks += np.arange(here, dtype=np.int64)[:, None] * blocks
        counts = np.bincount(picks.ravel(), minlength=here * blocks)
        yield counts.reshape(here, blocks).astype(np.int64)
