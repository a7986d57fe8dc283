"""EngineConfig: what an engine is made with.

generated from schema.py by `python -m clobstep.codegen`; do not edit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

BOUNDS: Final = {
    "tokens": (2, 65_536),
    "wide_books": (0, 4_096),
    "orders": (4, 1_048_576),
    "fills": (16, 16_777_216),
    "tombstones": (4, 16_777_216),
    "max_time_step_ns": (1, 1_152_921_504_606_846_976),
    "cooldown_ns": (0, 1_152_921_504_606_846_976),
    "reject_limit": (1, 1_073_741_824),
    "breaker_base_ns": (1, 1_152_921_504_606_846_976),
    "breaker_max_ns": (1, 1_152_921_504_606_846_976),
    "global_markets": (1, 1_073_741_824),
    "global_window_ns": (1, 1_152_921_504_606_846_976),
    "request_timeout_ns": (1, 1_152_921_504_606_846_976),
    "unknown_looks": (1, 255),
    "unknown_span_ns": (1, 1_152_921_504_606_846_976),
    "owed_timeout_ns": (1, 1_152_921_504_606_846_976),
    "cancel_retry_ns": (1, 1_152_921_504_606_846_976),
    "venue_retry_ns": (1, 1_152_921_504_606_846_976),
    "post_only_ns": (1, 1_152_921_504_606_846_976),
    "stale_after_ns": (1, 1_152_921_504_606_846_976),
    "warm_time_ns": (0, 1_152_921_504_606_846_976),
    "warm_groups": (1, 1_073_741_824),
    "metadata_cycle_ns": (1, 1_152_921_504_606_846_976),
    "loss_market_micros": (0, 1_000_000_000_000_000),
    "loss_day_micros": (0, 1_000_000_000_000_000),
    "loss_session_micros": (0, 1_000_000_000_000_000),
    "loss_persist_ns": (0, 1_152_921_504_606_846_976),
    "loss_check_ns": (1, 1_152_921_504_606_846_976),
    "mark_age_ns": (1, 1_152_921_504_606_846_976),
    "cap_market_micros": (0, 1_000_000_000_000_000),
    "cap_cluster_micros": (0, 1_000_000_000_000_000),
    "cap_total_micros": (0, 1_000_000_000_000_000),
    "cap_orders_market": (0, 1_073_741_824),
    "cap_orders_total": (0, 1_073_741_824),
    "signer_rate": (1, 1_000_000),
    "signer_burst": (1, 1_000_000),
    "market_rate": (1, 1_000_000),
    "market_burst": (1, 1_000_000),
    "cancel_rate": (1, 1_000_000),
    "cancel_burst": (1, 1_000_000),
    "gtd_min_ns": (0, 1_152_921_504_606_846_976),
    "min_notional_micros": (0, 1_000_000_000_000_000),
    "cash_low_pips": (0, 9_999),
    "dust": (0, 1_000_000),
    "fallback_metadata": (0, 1),
    "cancel_foreign": (0, 1),
    "salt_base": (0, 9_007_199_254_740_991),
}


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Sizes and limits of an engine; every field is an integer and has a working default.

    Errors: TypeError for a value that is no int, ValueError naming the field and its bounds.
    """

    tokens: int = 64
    """Token slots, even: two a condition."""
    wide_books: int = 4
    """Conditions that may be on the 0.0001 grid at once (160 kB each)."""
    orders: int = 1_024
    """Open orders; one in eight is kept for facts."""
    fills: int = 16_384
    """Places for fill keys, one of which stays free; a power of two."""
    tombstones: int = 65_536
    """Ended orders remembered; a power of two."""
    max_time_step_ns: int = 3_600_000_000_000
    """An event further ahead is refused."""
    cooldown_ns: int = 30_000_000_000
    """Between turns of one market; 0 turns it off."""
    reject_limit: int = 5
    """Rejects in a row that pause a market."""
    breaker_base_ns: int = 300_000_000_000
    """First pause; each failed probe doubles it."""
    breaker_max_ns: int = 7_200_000_000_000
    """Longest pause."""
    global_markets: int = 3
    """Markets paused within global_window_ns that pause all."""
    global_window_ns: int = 60_000_000_000
    """The window for global_markets."""
    request_timeout_ns: int = 10_000_000_000
    """A request without an answer is UNKNOWN after this."""
    unknown_looks: int = 3
    """Empty looks that prove an order dead."""
    unknown_span_ns: int = 60_000_000_000
    """And the least time from the request's deadline to the last of them."""
    owed_timeout_ns: int = 60_000_000_000
    """Owed trades, delays and expiries are looked up after this."""
    cancel_retry_ns: int = 1_000_000_000
    """Pause before a cancel that did not reach the book goes again."""
    venue_retry_ns: int = 30_000_000_000
    """Pause before a stopped venue is tried again, post-only."""
    post_only_ns: int = 120_000_000_000
    """Post-only time after a restart."""
    stale_after_ns: int = 30_000_000_000
    """A feed silent for longer is STALE."""
    warm_time_ns: int = 0
    """WARMING becomes SYNCED after this (imports only; 0 never)."""
    warm_groups: int = 1
    """And this many agreeing groups in a row."""
    metadata_cycle_ns: int = 3_600_000_000_000
    """Refresh cycle; metadata older than two is refused."""
    loss_market_micros: int = 0
    """Loss stop of a market; 0 is none."""
    loss_day_micros: int = 0
    """Loss stop of a UTC day; 0 is none."""
    loss_session_micros: int = 0
    """Loss stop of the session; 0 is none."""
    loss_persist_ns: int = 5_000_000_000
    """A loss must persist this long."""
    loss_check_ns: int = 1_000_000_000
    """How often positions are valued."""
    mark_age_ns: int = 5_000_000_000
    """A mark older than this is none."""
    cap_market_micros: int = 0
    """Exposure cap of a market; 0 is none."""
    cap_cluster_micros: int = 0
    """Exposure cap of a cluster (event); 0 is none."""
    cap_total_micros: int = 0
    """Exposure cap of all; 0 is none."""
    cap_orders_market: int = 0
    """Open orders in a market; 0 is none."""
    cap_orders_total: int = 0
    """Open orders in all; 0 is none."""
    signer_rate: int = 40
    """Submits a second, per signer."""
    signer_burst: int = 60
    """And at once."""
    market_rate: int = 40
    """Submits a second, per market."""
    market_burst: int = 60
    """And at once."""
    cancel_rate: int = 80
    """Cancels a second, per signer: paces retries only."""
    cancel_burst: int = 120
    """And at once."""
    gtd_min_ns: int = 180_000_000_000
    """Least time to a GTD expiry."""
    min_notional_micros: int = 1_000_000
    """Least amount of a marketable BUY."""
    cash_low_pips: int = 0
    """Lowest price a FAK or FOK BUY may meet; 0 is the tick."""
    dust: int = 10_000
    """Microshares or micro-pUSD that a filled order may lack or exceed."""
    fallback_metadata: int = 0
    """1: unknown metadata is assumed, with an alert."""
    cancel_foreign: int = 0
    """1: foreign orders are cancelled, 0: adopted."""
    salt_base: int = 0
    """Salts count up from here."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            low, high = BOUNDS[field.name]
            if type(value) is not int:
                raise TypeError(f"EngineConfig.{field.name}: {value!r} is no int")
            if not low <= value <= high:
                raise ValueError(
                    f"EngineConfig.{field.name}: {value} is outside {low}..{high}"
                )
        if self.tokens % 2:
            raise ValueError(f"EngineConfig.tokens: {self.tokens} is odd; a condition has two")
        for name in ("fills", "tombstones"):
            value = getattr(self, name)
            if value & (value - 1):
                raise ValueError(f"EngineConfig.{name}: {value} is not a power of two")
