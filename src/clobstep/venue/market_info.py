"""What is known of a market, and the reader that every shape of metadata is read with.

`MarketInfo` is one condition: its tokens, grid, fees and dates, whoever said so. A field that
nobody said is None, until `markets.with_defaults` assumes it by name.
Owns: the names and units of metadata, and the wording of errors about a file of it.
Touches no file: a reader is given objects that were read already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec

from clobstep import units
from clobstep.venue import wire

R = TypeVar("R")
WAY_OUT: Final = "correct it, or take this market out of the file"


class MarketsError(ValueError):
    """Metadata that cannot be used: the message names file, place, field and the way out."""


class MarketInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Metadata of one condition. None: not said.

    Prices are pips, sizes microshares, rates parts per million, times UTC nanoseconds. `yes` and
    `no` are the asset ids of the first and the second outcome ("Up" counts as YES). `cluster` names
    the event that several markets share: its negRiskMarketID, else its event id. `accepting` is
    what the file says of the moment it was written: open, and taking orders.
    """

    condition: str
    yes: str | None = None
    no: str | None = None
    slug: str = ""
    question: str = ""
    cluster: str | None = None
    tick_pips: int | None = None
    min_size: int | None = None
    fee_ppm: int | None = None
    neg_risk: bool | None = None
    augmented: bool | None = None
    accepting: bool | None = None
    start_ns: int | None = None  # of what the market is about, else of trading
    end_ns: int | None = None  # scheduled; trading goes on past it
    closed_ns: int | None = None  # when it was closed
    close_out_ns: int | None = None  # from here on the guard takes less risk only; by choice
    payout_yes_pips: int | None = None  # what a YES share was paid; NO gets the rest
    remarks: tuple[str, ...] = ()  # what the file says and we cannot use
    assumed: tuple[str, ...] = ()  # fields that no file said, see `markets.with_defaults`
    source: str = ""  # file and place

    market_id: str = ""  # Gamma's own number
    question_id: str = ""
    event_id: str = ""
    event_slug: str = ""
    event_neg_risk: bool | None = None  # the event's own word; `neg_risk` is the market's
    group_title: str = ""  # what the market is called inside its event
    outcomes: tuple[str, ...] = ()  # YES first
    outcome_prices: tuple[str, ...] = ()  # as they are written, YES first; 1 and 0 are pinned
    version: str = ""  # "v1": clobTokenIds, "v2": positionIds, else as it is written; "" not said
    active: bool | None = None
    closed: bool | None = None
    archived: bool | None = None
    order_book: bool | None = None  # enableOrderBook
    accepting_orders: bool | None = None  # the flag alone; `accepting` weighs all five
    restricted: bool | None = None
    neg_risk_other: bool | None = None
    neg_risk_request_id: str = ""
    fees_enabled: bool | None = None
    fee_type: str = ""
    fee_exponent: str = ""
    fee_taker_only: bool | None = None
    fee_rebate_ppm: int | None = None
    taker_delay_ns: int | None = None
    taker_delay_blocks: bool | None = None  # itode: the answer to a POST waits for the delay
    clear_book_on_start: bool | None = None
    game_start_ns: int | None = None
    opened_ns: int | None = None  # began to take orders
    uma_end_ns: int | None = None
    uma_status: str = ""
    uma_history: tuple[str, ...] = ()
    game_id: str = ""
    sports_type: str = ""
    rewards_min_size: int | None = None
    rewards_max_spread_pips: int | None = None
    rewards_daily_micros: int | None = None
    volume_micros: int | None = None
    liquidity_micros: int | None = None
    contradicted: tuple[str, ...] = ()  # fields that two answers of the venue say differently


class Fields:
    """One object of a file, read field by field; every error says where it stands."""

    def __init__(self, data: Mapping[str, Any], file: str, place: str) -> None:
        self.data = data
        self.file = file
        self.place = place

    @property
    def source(self) -> str:
        return f"{self.file}, {self.place}"

    def error(self, field: str, why: str, way_out: str = WAY_OUT) -> MarketsError:
        return MarketsError(f"{self.source}, {field}: {why}; {way_out}")

    def has(self, *names: str) -> bool:
        return all(self.data.get(name) is not None for name in names)

    def get(self, *names: str) -> tuple[str, Any]:
        """The first of these fields that says something, and its name; else the first name, None.

        null and "" say nothing.
        """
        for name in names:
            value = self.data.get(name)
            if value is not None and value != "":
                return name, value
        return names[0], None

    def text(self, *names: str) -> str:
        """Text, or "" if not said. Whole numbers are ids, and read as text."""
        name, value = self.get(*names)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(wire.decimal_text(value))
        if value is not None and not isinstance(value, str):
            raise self.error(name, f"{wire.show(value)} is no text")
        return value or ""

    def flag(self, *names: str) -> bool | None:
        name, value = self.get(*names)
        if value is not None and not isinstance(value, bool):
            raise self.error(name, f"{wire.show(value)} is neither true nor false")
        return value

    def number(self, parse: Callable[[str | Decimal], int], *names: str) -> int | None:
        """A number by one of the parsers of `units`, exactly."""
        name, value = self.get(*names)
        if value is None:
            return None
        try:
            return int(parse(wire.decimal_text(value)))
        except ValueError as error:  # UnitError and WireError are ones
            raise self.error(name, str(error)) from None

    def time(self, *names: str) -> int | None:
        name, value = self.get(*names)
        if value is None:
            return None
        try:
            return wire.time_ns(value) or None
        except wire.WireError as error:
            raise self.error(name, str(error)) from None

    def items(self, *names: str) -> list[Any] | None:
        """A list, or text that holds one in JSON, as Gamma writes its lists."""
        name, value = self.get(*names)
        if isinstance(value, str):
            try:
                value = wire.decode(value)
            except wire.WireError as error:
                raise self.error(name, f"no list in JSON: {error}") from None
        if value is not None and not isinstance(value, list):
            raise self.error(name, f"{wire.show(value)} is no list")
        return value

    def inner(self, name: str) -> Fields | None:
        """An object inside of this one."""
        value = self.data.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.error(name, f"{wire.show(value)} is no object")
        return Fields(value, self.file, f"{self.place}, {name}")

    def condition(self, *names: str) -> str:
        found = self.text(*names)
        if not found:
            raise self.error(names[0], "no condition id, so it is not known whose metadata it is")
        return found


def asset_pair(f: Fields, field: str, ids: list[Any] | None) -> tuple[str | None, str | None]:
    """The two asset ids, or two Nones where none is named yet."""
    if not ids:
        return None, None
    if len(ids) != 2:
        raise f.error(field, f"{len(ids)} tokens; a market has two")
    first, second = (asset_id(f, field, value) for value in ids)
    if first is not None and first == second:
        raise f.error(field, "both tokens are the same")
    return first, second


def asset_id(f: Fields, field: str, value: object) -> str | None:
    """An asset id: decimal digits. None for null and ""."""
    if value is None or value == "":
        return None
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not (text.isascii() and text.isdigit() and len(text) <= 78):
        raise f.error(field, f"{wire.show(value)} is no token id: at most 78 decimal digits")
    return text


def no_first(f: Fields, field: str, outcomes: list[Any] | None) -> bool:
    """Whether the outcomes are named the other way round: NO or Down first.

    Anything but two outcomes is no market of ours.
    """
    if outcomes is None:
        return False
    if len(outcomes) != 2:
        raise f.error(field, f"{len(outcomes)} outcomes; only markets of two are supported")
    names = [name.lower() if isinstance(name, str) else "" for name in outcomes]
    return names in (["no", "yes"], ["down", "up"])


def fee_rate(
    schedule: Fields | None, rate: str, exponent: str, taker_only: str
) -> tuple[int | None, tuple[str, ...]]:
    """The fee rate in ppm, and what of the schedule cannot be used.

    Charged are shares x rate x p x (1 - p), to the taker (rules.md, 2). A curve of another
    exponent is refused: its rate is not used, so the market's fee has to be assumed.
    """
    if schedule is None:
        return None, ()
    power = schedule.get(exponent)[1]
    if power is not None and (isinstance(power, str) or power != 1):
        return None, (
            f"fee curve with exponent {wire.show(power)} is not supported, rate not used",
        )
    remarks: tuple[str, ...] = ()
    if schedule.flag(taker_only) is False:
        remarks = ("fees are for makers too, which is not supported: makers pay none here",)
    return schedule.number(units.parse_rate, rate), remarks
