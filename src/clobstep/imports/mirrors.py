"""Which two assets are a pair, and which two rows are one change, told by mirror images.

A change of one level reaches the recorder twice: BUY at p of one token and SELL at 1 - p of the
other, with one time and one size. Owns finding such twins; knows no file and no event record.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clobstep.enums import PIPS

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Changes:
    """Columns of changed levels, all of one length, in the order of the file."""

    time: Ints
    asset: Ints  # dense numbers of asset ids
    ask: Flags
    price_pips: Ints
    size: Ints


def pairs(changes: Changes, n_assets: int) -> dict[int, tuple[int, int, int]]:
    """The partner of each asset: asset -> (partner, changes that say so, changes of the asset).

    Two assets are a pair when each is the other's most frequent mirror image, and for more than
    half of its changes. Assets without such a partner are left out.
    """
    level = np.where(changes.ask, PIPS - changes.price_pips, changes.price_pips)
    order = np.lexsort((level, changes.size, changes.time))
    now, after = order[:-1], order[1:]
    twin = (
        (changes.time[now] == changes.time[after])
        & (changes.size[now] == changes.size[after])
        & (level[now] == level[after])
        & (changes.ask[now] != changes.ask[after])
        & (changes.asset[now] != changes.asset[after])
    )
    one, two = changes.asset[now[twin]], changes.asset[after[twin]]
    names = np.concatenate((one, two)) * n_assets + np.concatenate((two, one))
    met, counts = np.unique(names, return_counts=True)
    all_of = np.bincount(changes.asset, minlength=n_assets)
    best: dict[int, tuple[int, int, int]] = {}
    for name, count in zip(met.tolist(), counts.tolist(), strict=True):
        asset, partner = divmod(name, n_assets)
        if asset not in best or count > best[asset][1]:
            best[asset] = (partner, count, int(all_of[asset]))
    return {
        asset: (partner, count, total)
        for asset, (partner, count, total) in best.items()
        if best.get(partner, (-1,))[0] == asset and 2 * count > total
    }


def twins(time: Ints, owner: Ints, price_pips: Ints, size: Ints, ask: Flags) -> tuple[Ints, Ints]:
    """Find the rows that say the same change: (first row of each two, second row of each two).

    `owner` and `price_pips` name the level as a bid: a SELL at p of a token is a bid at 1 - p of
    its complement. Of equal changes the k-th BUY row belongs to the k-th SELL row. Rows without a
    partner are in neither array.
    """
    rows = np.arange(len(time))
    order = np.lexsort((rows, ask, size, price_pips, owner, time))
    new_side = _changes(time[order], owner[order], price_pips[order], size[order], ask[order])
    start = np.maximum.accumulate(np.where(new_side, np.arange(len(order)), 0))
    turn = np.empty(len(order), np.int64)
    turn[order] = np.arange(len(order)) - start  # 0 for the first such row of a side, 1, ...
    order = np.lexsort((rows, turn, size, price_pips, owner, time))
    now, after = order[:-1], order[1:]
    same = ~_changes(time[order], owner[order], price_pips[order], size[order], turn[order])[1:]
    two = same & (ask[now] != ask[after])
    return np.minimum(now[two], after[two]), np.maximum(now[two], after[two])


def _changes(*columns: NDArray[np.generic]) -> Flags:
    """Where a row differs from the one before in any column; the first one does."""
    differs = np.zeros(len(columns[0]), np.bool_)
    differs[:1] = True
    for column in columns:
        differs[1:] |= column[1:] != column[:-1]
    return differs
