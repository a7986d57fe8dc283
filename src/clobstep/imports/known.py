"""Pairs that a file of metadata names, given their places when a recording first speaks of them.

Owns nothing but the order: a market of the file that the recording never names takes no place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from clobstep.venue.interning import Interning

if TYPE_CHECKING:
    from clobstep.venue.markets import MarketInfo


class KnownPairs(Interning):
    """An interning that asks the metadata first, so that YES takes the even place."""

    def __init__(self, infos: Iterable[MarketInfo] = ()) -> None:
        super().__init__()
        self.by_asset: dict[str, MarketInfo] = {}
        self.by_condition: dict[str, MarketInfo] = {}
        for info in infos:
            self.by_condition.setdefault(info.condition, info)
            for asset in (info.yes, info.no):
                if asset:
                    self.by_asset.setdefault(asset, info)

    def token(self, condition: str, asset_id: str) -> int:
        """As Interning.token; a pair that the file names is placed whole, YES first."""
        if self.find(asset_id) is None:
            info = self.info_of(condition, asset_id)
            if info is not None and asset_id in (info.yes, info.no):
                self.pair(info.condition, info.yes or None, info.no or None, source="file")
        return super().token(condition, asset_id)

    def info_of(self, condition: str, asset_id: str = "") -> MarketInfo | None:
        """The file's market with this asset, or this condition."""
        info = self.by_asset.get(asset_id)
        return self.by_condition.get(condition) if info is None and condition else info
