"""What a Gamma market says beside its tokens, grid, fee and dates: flags, delays, rewards, volume.

None of it is needed to trade, so what cannot be read of it becomes a remark and the field stays
unsaid. Owns the names of these fields. Touches no file.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from clobstep import units
from clobstep.enums import MAX_SIZE
from clobstep.venue import wire
from clobstep.venue.market_info import WAY_OUT, Fields, MarketsError

R = TypeVar("R")
D = TypeVar("D")
SECOND_NS: Final = 1_000_000_000
MS_NS: Final = 1_000_000
TEXT_LIMIT: Final = 200  # characters; titles are shorter
LIST_LIMIT: Final = 32  # entries of a history
DELAY_LIMIT_NS: Final = 3_600 * SECOND_NS
_FLAGS: Final = {
    "active": "active", "closed": "closed", "archived": "archived",
    "order_book": "enableOrderBook", "accepting_orders": "acceptingOrders",
    "restricted": "restricted", "neg_risk_other": "negRiskOther", "fees_enabled": "feesEnabled",
    "clear_book_on_start": "clearBookOnStart", "taker_delay_blocks": "itode",
}  # fmt: skip
_TEXTS: Final = {
    "market_id": "id", "question_id": "questionID", "group_title": "groupItemTitle",
    "neg_risk_request_id": "negRiskRequestID", "fee_type": "feeType", "game_id": "gameId",
    "uma_status": "umaResolutionStatus", "sports_type": "sportsMarketType",
}  # fmt: skip
_TIMES: Final = {
    "game_start_ns": ("gameStartTime",), "uma_end_ns": ("umaEndDate",),
    "opened_ns": ("acceptingOrdersTimestamp", "startDate"),
}  # fmt: skip

_LISTS: Final = (  # of ours, of Gamma's, and whether it is a pair
    ("outcomes", "outcomes", True),
    ("outcome_prices", "outcomePrices", True),
    ("uma_history", "umaResolutionStatuses", False),
)


class Names(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names of fields that no public source has told us yet; a configuration can give them."""

    taker_delay_ms: tuple[str, ...] = ()  # a taker delay in milliseconds


NAMES: Final = Names()


def details(
    f: Fields, names: Names = NAMES, *, swapped: bool = False
) -> tuple[dict[str, Any], list[str]]:
    """Fields of MarketInfo by name, and in words what could not be read.

    `swapped`: the market names NO first; what is a pair is turned round.
    """
    odd: list[str] = []
    soft = _Soft(f, odd)
    found: dict[str, Any] = {}
    for ours, name in _FLAGS.items():
        found[ours] = soft(partial(f.flag, name), None)
    for ours, name in _TEXTS.items():
        found[ours] = soft(partial(f.text, name), "")[:TEXT_LIMIT]
    for ours, given in _TIMES.items():
        found[ours] = soft(partial(f.time, *given), None)
    for ours, name, turned in _LISTS:
        found[ours] = soft(partial(_texts, f, name, turned and swapped), ())
    schedule = soft(lambda: f.inner("feeSchedule"), None)
    if schedule is not None:
        found["fee_exponent"] = soft(lambda: _plain(schedule, "exponent"), "")
        found["fee_taker_only"] = soft(lambda: schedule.flag("takerOnly"), None)
        found["fee_rebate_ppm"] = soft(
            lambda: schedule.number(units.parse_rate, "rebateRate"), None
        )
    found["taker_delay_ns"] = soft(lambda: _delay(f, names), None)
    found["rewards_min_size"] = soft(lambda: micros(f, "rewardsMinSize"), None)
    found["rewards_max_spread_pips"] = soft(lambda: _cents(f, "rewardsMaxSpread"), None)
    found["rewards_daily_micros"] = soft(lambda: _daily(f), None)
    found["volume_micros"] = soft(lambda: micros(f, "volumeNum", "volume"), None)
    found["liquidity_micros"] = soft(lambda: micros(f, "liquidityNum", "liquidity"), None)
    return found, odd


def soft_clob(f: Fields, names: Names = NAMES) -> tuple[dict[str, Any], list[str]]:
    """As `details`, of an object of `/clob-markets` with its short keys."""
    odd: list[str] = []
    soft = _Soft(f, odd)
    found: dict[str, Any] = {
        "taker_delay_blocks": bool(soft(lambda: f.flag("itode"), None)),  # left out where false
        "clear_book_on_start": soft(lambda: f.flag("cbos", "clear_book_on_start"), None),
        "accepting_orders": soft(lambda: f.flag("ao", "accepting_orders"), None),
        "game_start_ns": soft(lambda: f.time("gst"), None),
        "opened_ns": soft(lambda: f.time("aot"), None),
    }
    schedule = soft(lambda: f.inner("fd"), None)
    if schedule is not None:
        found["fee_exponent"] = soft(lambda: _plain(schedule, "e"), "")
        found["fee_taker_only"] = soft(lambda: schedule.flag("to"), None)
    rewards = soft(lambda: f.inner("r"), None)
    if rewards is not None:
        found["rewards_min_size"] = soft(lambda: micros(rewards, "mi"), None)
        found["rewards_max_spread_pips"] = soft(lambda: _cents(rewards, "ma"), None)
    found["taker_delay_ns"] = soft(lambda: _delay(f, names, "seconds_delay"), None)
    return found, odd


class _Soft:
    """Reads, or remarks why not: the reason is kept and the field stays unsaid."""

    def __init__(self, f: Fields, odd: list[str]) -> None:
        self._source = f.source
        self._odd = odd

    def __call__(self, read: Callable[[], R], otherwise: D) -> R | D:
        try:
            return read()
        except (MarketsError, wire.WireError) as error:
            said = str(error).removeprefix(f"{self._source}, ").removesuffix(f"; {WAY_OUT}")
            self._odd.append(said[:TEXT_LIMIT])
            return otherwise


def micros(f: Fields, *names: str) -> int | None:
    """A number not below 0 in millionths, what is smaller dropped."""
    return _scaled(f, 1_000_000, *names)


def delay_ns(f: Fields, name: str, scale: int) -> int | None:
    """A delay in nanoseconds. MarketsError for one of more than an hour: that is no delay."""
    found = _scaled(f, scale, name)
    if found is not None and found > DELAY_LIMIT_NS:
        raise f.error(name, f"{wire.show(f.get(name)[1])} is more than an hour")
    return found


def _delay(f: Fields, names: Names, seconds: str = "secondsDelay") -> int | None:
    """The milliseconds where the venue has them: they are finer than secondsDelay."""
    for name in names.taker_delay_ms:
        found = delay_ns(f, name, MS_NS)
        if found is not None:
            return found
    return delay_ns(f, seconds, SECOND_NS)


def _cents(f: Fields, name: str) -> int | None:
    return _scaled(f, 100, name)


def _daily(f: Fields) -> int | None:
    rewards = f.items("clobRewards") or []
    daily = [
        micros(Fields(one, f.file, f"{f.place}, clobRewards"), "rewardsDailyRate") or 0
        for one in rewards[:LIST_LIMIT]
        if isinstance(one, dict)
    ]
    return sum(daily) if daily else None


def _scaled(f: Fields, scale: int, *names: str) -> int | None:
    name, value = f.get(*names)
    if value is None:
        return None
    try:
        number = Decimal(wire.decimal_text(value))
        if not number.is_finite() or not 0 <= number <= MAX_SIZE:
            raise ValueError
        return int((number * scale).to_integral_value(ROUND_FLOOR))
    except (ArithmeticError, ValueError):
        raise f.error(name, f"{wire.show(value)} is no such number") from None


def _texts(f: Fields, name: str, swapped: bool) -> tuple[str, ...]:
    items = f.items(name) or []
    texts = tuple(str(wire.decimal_text(item))[:TEXT_LIMIT] for item in items[:LIST_LIMIT])
    return texts[::-1] if swapped else texts


def _plain(f: Fields, name: str) -> str:
    """A number as the shortest text, so that 1 and 1.0 are equal."""
    value = f.get(name)[1]
    if value is None:
        return ""
    try:
        number = Decimal(wire.decimal_text(value))
    except (ArithmeticError, ValueError):
        raise f.error(name, f"{wire.show(value)} is no number") from None
    if not number.is_finite() or abs(number.adjusted()) > LIST_LIMIT:
        raise f.error(name, f"{wire.show(value)} is no number of ours")
    return f"{number.normalize():f}"
