"""units.py: every price and tick exhaustively, the rest by property; rounding against fractions.

The fee formula is also held against 21 recorded on-chain legs, read from CLOBSTEP_DATA.
"""

from __future__ import annotations

import ast
import decimal
import inspect
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clobstep import units
from clobstep.units import (
    FEE_GRAIN,
    INT64_MAX,
    MARKET_BUY_CASH_GRAIN,
    MARKET_BUY_SIZE_GRAIN,
    MICROS,
    PIPS_PER_UNIT,
    SIZE_GRAIN,
    TICK_NAMES,
    TICKS_PIPS,
    UnitError,
    fee_micros,
    format_cash,
    format_duration,
    format_price,
    format_size,
    format_time,
    notional_down,
    notional_up,
    parse_cash,
    parse_duration,
    parse_price,
    parse_rate,
    parse_size,
    parse_tick,
    parse_time,
    shares_for_amount,
)

DECIMAL_PARSERS: list[Callable[[Any], int]] = [
    parse_price,
    parse_size,
    parse_cash,
    parse_rate,
    parse_tick,
]
ALL_PARSERS: list[Callable[[Any], int]] = [*DECIMAL_PARSERS, parse_time, parse_duration]
FORMATTERS: list[Callable[[Any], str]] = [
    format_price,
    format_size,
    format_cash,
    format_time,
    format_duration,
]
prices = st.integers(0, PIPS_PER_UNIT)
sizes = st.integers(0, INT64_MAX)
amounts = st.integers(-INT64_MAX, INT64_MAX)
rates = st.integers(0, MICROS)


# ---- Constants


def test_ticks_are_named_coarsest_first() -> None:
    assert TICKS_PIPS == tuple(TICK_NAMES) == (1000, 100, 50, 25, 10, 1)
    assert tuple(TICK_NAMES.values()) == ("0.1", "0.01", "0.005", "0.0025", "0.001", "0.0001")
    for pips, name in TICK_NAMES.items():
        assert parse_tick(name) == parse_tick(Decimal(name)) == parse_price(name) == pips
        assert PIPS_PER_UNIT % pips == 0


def test_grains_are_what_the_venue_documents() -> None:
    assert parse_size("0.01") == SIZE_GRAIN
    assert parse_cash("0.01") == MARKET_BUY_CASH_GRAIN
    assert parse_size("0.0001") == MARKET_BUY_SIZE_GRAIN
    assert parse_cash("0.00001") == FEE_GRAIN


# ---- Prices: exhaustive


def test_every_price_parses_and_formats() -> None:
    for pips in range(PIPS_PER_UNIT + 1):
        text = format_price(pips)
        assert parse_price(text) == parse_price(Decimal(text)) == pips
        assert Fraction(text) == Fraction(pips, PIPS_PER_UNIT)
        decimals = text.partition(".")[2]
        assert len(decimals) == 2 or (2 < len(decimals) <= 4 and not decimals.endswith("0"))
        assert parse_price(f"{Decimal(pips) / PIPS_PER_UNIT:.4f}") == pips  # zeros at the end
        assert parse_price(text.removeprefix("0")) == pips  # ".48"


@pytest.mark.parametrize("tick", TICKS_PIPS)
def test_every_price_on_every_grid(tick: int) -> None:
    name = TICK_NAMES[tick]
    for pips in range(PIPS_PER_UNIT + 1):
        text = format_price(pips, tick=tick)
        assert parse_price(text) == pips
        assert len(text.partition(".")[2]) >= len(name) - 2
        if pips % tick == 0:
            assert len(text.partition(".")[2]) == len(name) - 2
            assert parse_price(text, tick=tick) == parse_price(text, tick=name) == pips
            continue
        with pytest.raises(UnitError) as caught:
            parse_price(text, tick=name)
        head, _, near = str(caught.value).removesuffix(")").partition(" (nearest: ")
        assert head == f"{text} is not on the {name} grid"
        below, above = (parse_price(part, tick=name) for part in near.split(" and "))
        assert below < pips < above == below + tick


def test_price_examples() -> None:
    assert parse_price("0.52") == 5200
    assert format_price(5200) == "0.52"
    assert format_price(5000) == "0.50"
    assert format_price(5000, tick="0.1") == "0.5"
    assert format_price(5000, tick=Decimal("0.0025")) == "0.5000"
    assert format_price(10_000) == "1.00"
    assert format_price(-5) == "-0.0005"  # out of range, yet a message can print it
    with pytest.raises(UnitError) as caught:
        parse_price("0.52", tick="0.1")
    assert str(caught.value) == "0.52 is not on the 0.1 grid (nearest: 0.5 and 0.6)"


# ---- Sizes, cash, rates


@given(sizes)
@example(INT64_MAX)
def test_size_round_trip(size: int) -> None:
    text = format_size(size)
    assert parse_size(text) == parse_size(Decimal(text)) == size
    assert Fraction(text) == Fraction(size, MICROS)
    assert not ("." in text and text.endswith("0"))


@given(amounts)
@example(INT64_MAX)
@example(-INT64_MAX)
@example(-1)
def test_cash_round_trip(cash: int) -> None:
    text = format_cash(cash)
    assert parse_cash(text) == parse_cash(Decimal(text)) == cash
    assert Fraction(text) == Fraction(cash, MICROS)
    assert 2 <= len(text.partition(".")[2]) <= 6


@given(rates)
def test_every_rate_is_exact(ppm: int) -> None:
    assert parse_rate(f"{ppm // MICROS}.{ppm % MICROS:06d}") == ppm
    assert parse_rate(Decimal(ppm).scaleb(-6)) == ppm


def test_size_cash_and_rate_examples() -> None:
    assert parse_size("100") == 100_000_000
    assert parse_size("219.217767") == 219_217_767
    assert parse_size("25.0") == 25_000_000
    assert parse_size("1.5000000000") == 1_500_000  # nothing is lost
    assert format_size(100_000_000) == "100"
    assert format_size(0) == "0"
    assert parse_cash("1.00") == 1_000_000
    assert parse_cash("-.5") == -500_000
    assert parse_cash("-0") == 0
    assert format_cash(52_000_000) == "52.00"
    assert format_cash(-52_000_000) == "-52.00"
    assert format_cash(-1) == "-0.000001"
    assert parse_rate("0.07") == 70_000
    assert parse_rate("0") == 0


@given(st.decimals(allow_nan=True, allow_infinity=True) | st.decimals(0, 1, places=4))
@example(Decimal("1E-4"))
@example(Decimal("1E+999999"))
@example(Decimal("1E-999999"))
@example(Decimal("sNaN"))
def test_a_decimal_is_read_exactly_or_refused(value: Decimal) -> None:
    for parse, scale in ((parse_price, PIPS_PER_UNIT), (parse_size, MICROS), (parse_cash, MICROS)):
        try:
            read = parse(value)
        except UnitError:
            continue
        assert Fraction(value) * scale == read


@given(st.text(max_size=12) | st.text("0123456789.-+eE _", max_size=12))
def test_any_text_is_read_exactly_or_refused(text: str) -> None:
    for parse, scale in ((parse_price, PIPS_PER_UNIT), (parse_size, MICROS), (parse_cash, MICROS)):
        try:
            read = parse(text)
        except UnitError:
            continue
        assert Fraction(text) * scale == read


# ---- Refusals


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (parse_price, "", "price '': it is empty; write plain digits such as \"0.52\""),
        (parse_price, ".", "price '.': write plain digits"),
        (parse_price, "1.", "price '1.': write plain digits"),
        (parse_price, " 0.5", "price ' 0.5': it has spaces"),
        (parse_price, "0.5\n", "price '0.5\\n': it has spaces"),
        (parse_price, "0_5", "price '0_5': digits are not grouped"),
        (parse_price, "0,5", "the decimal mark is a point"),
        (parse_price, "+0.5", "price '+0.5': it has a plus sign"),
        (parse_price, "-0.5", "price '-0.5': a price is not negative"),
        (parse_price, "5e-1", "price '5e-1': exponents are not read"),
        (parse_price, "nan", "price 'nan': it is not a number"),
        (parse_price, "Infinity", "price 'Infinity': it is not a number"),
        (parse_price, "\u0660.\u0665", "price '\\u0660.\\u0665': only the digits 0 to 9"),
        (parse_price, "\uff10.\uff15", "only the digits 0 to 9"),
        (parse_size, "\u0661", "only the digits 0 to 9"),
        (parse_price, "0x1", "price '0x1': write plain digits"),
        (parse_price, "0" * 41, "it is 41 characters long, at most 40"),
        (parse_price, Decimal("1E+999999"), "price '1E+999999': exponents are not read"),
        (parse_price, "0.00001", "price 0.00001: 5 decimals; the smallest is 0.0001 pUSD a share"),
        (parse_price, "1.0001", "price 1.0001 is outside 0 to 1: a share costs 0 to 1 pUSD"),
        (parse_size, "-1", "size '-1': a size is not negative"),
        (parse_size, "1.0000001", "7 decimals; the smallest is 0.000001 shares"),
        (parse_size, "9223372036854.775808", "outside 0 to 9223372036854.775807"),
        (parse_cash, "-", "cash '-': write plain digits such as \"52.00\""),
        (parse_cash, "--1", "cash '--1': write plain digits"),
        (parse_cash, "-9223372036854.775808", "outside -9223372036854.775807 to"),
        (parse_rate, "7", 'rate 7 is outside 0 to 1: "0.07" is 7 percent'),
        (parse_tick, "0.02", "0.02 is not a tick: the ticks are 0.1, 0.01, 0.005, 0.0025, 0.001"),
        (parse_tick, "0", "0 is not a tick"),
        (parse_duration, "30", "duration '30': write digits and one of h, m, s, ms, us, ns"),
        (parse_duration, "-5s", "duration '-5s': write digits"),
        (parse_duration, "1h30m", "duration '1h30m': write digits"),
        (parse_duration, "\u0663s", "duration '\\u0663s': write digits"),
        (parse_duration, "0.1ns", "duration '0.1ns' is not whole nanoseconds"),
        (parse_duration, "2562048h", "too long: at most 9223372036854775807ns"),
        (parse_duration, "9" * 5000 + "s", "duration '999"),
        (parse_time, "1757908892351", "it may be seconds, milliseconds or nanoseconds"),
        (parse_time, "2026-04-05T15:10:00+02:00", "only UTC is read"),
        (parse_time, "2026-04-05T15:10:00", 'write UTC such as "2026-11-23T12:00:00.123456789Z"'),
        (parse_time, "2026-04-05", "write UTC"),
        (parse_time, "2026-04-05T15:10:00.Z", "write UTC"),
        (parse_time, "2026-04-05T15:10:00.1234567890Z", "write UTC"),
        (parse_time, "2026-04-05T24:00:00Z", "write UTC"),
        (parse_time, "2026-02-30T00:00:00Z", "day is out of range for month"),
        (parse_time, "2026-02-03T23:59:60Z", "2026-02-03T23:59:60Z"),
        (parse_time, "1969-12-31T23:59:59Z", "outside 1970 to 2262"),
        (parse_time, "2262-04-11T23:47:16.854775808Z", "outside 1970 to 2262"),
        (parse_time, -1, "time -1 ns is outside 0 to"),
        (parse_time, INT64_MAX + 1, "an int of 64 bits"),
    ],
)
def test_refusals_name_the_value_and_the_way_out(
    parse: Callable[[Any], int], text: object, message: str
) -> None:
    with pytest.raises(UnitError) as caught:
        parse(text)
    assert message in str(caught.value)


def test_a_float_is_refused_with_its_true_value() -> None:
    with pytest.raises(TypeError) as caught:
        parse_price(0.52)  # type: ignore[arg-type]
    assert str(caught.value) == (
        'pass "0.52" as a string: 0.52 as a float is '
        "0.520000000000000017763568394002504646778106689453125"
    )


@given(st.floats())
@example(5e-324)
@example(1e-5)
@example(0.5)
@example(-0.0)
@example(math.inf)
def test_every_float_is_refused_everywhere(value: float) -> None:
    with decimal.localcontext() as context:
        context.traps[decimal.FloatOperation] = True
        for refuse in (*ALL_PARSERS, *FORMATTERS):
            with pytest.raises(TypeError) as caught:
                refuse(value)
            assert len(str(caught.value)) < 300
            assert "pass " in str(caught.value) or refuse not in DECIMAL_PARSERS
    with pytest.raises(TypeError):
        parse_price("0.5", tick=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("refuse", [*ALL_PARSERS, *FORMATTERS])
@pytest.mark.parametrize("value", [True, False, None, b"0.5", [], object()])
def test_other_types_are_refused(refuse: Callable[[Any], object], value: object) -> None:
    with pytest.raises(TypeError, match="is not a"):
        refuse(value)


def test_an_int_is_refused_where_it_could_mean_two_things() -> None:
    with pytest.raises(TypeError) as caught:
        parse_size(100)  # type: ignore[arg-type]
    assert str(caught.value) == (
        'size 100 as an int could mean either: pass "100" for 100 shares '
        'or "0.0001" for 100 microshares'
    )
    only_text: list[Callable[[Any], int]] = [*DECIMAL_PARSERS, parse_duration]
    for parse in only_text:
        for value in (0, 1, 5200, -1, INT64_MAX + 1, 10**5000):
            with pytest.raises(TypeError):
                parse(value)


def test_a_tick_argument_is_text_or_pips_of_a_known_tick() -> None:
    assert parse_price("0.5", tick=1000) == parse_price("0.5", tick=Decimal("0.1")) == 5000
    with pytest.raises(UnitError, match="26 is not a tick in pips"):
        format_price(5000, tick=26)
    with pytest.raises(UnitError, match="an int of 16610 bits is not a tick"):
        parse_price("0.5", tick=10**5000)
    with pytest.raises(TypeError, match="True is not a tick"):
        parse_price("0.5", tick=True)
    with pytest.raises(UnitError, match="1 is not a tick"):
        parse_price("0.5", tick=Decimal(1))


# ---- Times and durations


@given(sizes)
@example(INT64_MAX)
@example(0)
def test_time_round_trip(ns: int) -> None:
    text = format_time(ns)
    assert parse_time(text) == parse_time(ns) == ns
    assert len(text) == len("2026-11-23T12:00:00.123456789Z")


def test_time_examples() -> None:
    assert parse_time("2026-11-23T12:00:00.123456789Z") == 1_795_435_200_123_456_789
    assert format_time(1_795_435_200_123_456_789) == "2026-11-23T12:00:00.123456789Z"
    assert format_time(-1) == "1969-12-31T23:59:59.999999999Z"
    assert parse_time("1970-01-01T00:00:00.5Z") == 500_000_000
    gamma = ("2026-04-05 15:10:00+00", "2026-04-05T15:10:00+00:00", "2026-04-05T15:10:00Z")
    assert {parse_time(text) for text in gamma} == {1_775_401_800_000_000_000}
    with pytest.raises(UnitError, match="does not fit 64 bits"):
        format_time(INT64_MAX + 1)
    with pytest.raises(UnitError, match="does not fit 64 bits"):
        format_time(-INT64_MAX - 2)


@given(
    sizes | st.builds(int.__mul__, st.integers(0, 10**6), st.sampled_from([10**6, 3600 * 10**9]))
)
@example(0)
@example(INT64_MAX)
def test_duration_round_trip(ns: int) -> None:
    assert parse_duration(format_duration(ns)) == ns


def test_duration_examples() -> None:
    spelled = {"30s": 30 * 10**9, "250ms": 250 * 10**6, "5m": 300 * 10**9, "1h": 3600 * 10**9}
    for text, ns in spelled.items():
        assert parse_duration(text) == ns
        assert format_duration(ns) == text
    assert parse_duration("1.5s") == parse_duration("1500ms") == 1_500_000_000
    assert parse_duration("7us") == 7_000
    assert format_duration(90 * 10**9) == "90s"
    assert format_duration(0) == "0s"
    assert format_duration(-7) == "-7ns"


# ---- Rounding, against exact fractions


@given(sizes, prices)
def test_notional_rounds_by_less_than_one_micro(size: int, price: int) -> None:
    exact = Fraction(size * price, PIPS_PER_UNIT)
    assert notional_down(size, price) == math.floor(exact)
    assert notional_up(size, price) == math.ceil(exact)


@given(st.integers(0, INT64_MAX // SIZE_GRAIN), prices)
def test_an_orders_notional_is_exact_either_way(grains: int, price: int) -> None:
    size = grains * SIZE_GRAIN
    assert notional_down(size, price) == notional_up(size, price)


@given(sizes, prices, rates)
@example(INT64_MAX, 5000, MICROS)
def test_fee_is_the_floor_to_five_decimals(size: int, price: int, rate: int) -> None:
    p = Fraction(price, PIPS_PER_UNIT)
    exact_pusd = Fraction(size, MICROS) * Fraction(rate, MICROS) * p * (1 - p)
    fee = fee_micros(size, price, rate)
    assert fee == math.floor(exact_pusd * 100_000) * FEE_GRAIN
    assert fee == fee_micros(size, PIPS_PER_UNIT - price, rate)  # the complement pays the same


@given(st.integers(0, 10**12), st.integers(1, PIPS_PER_UNIT))
@example(5_000_000, 6600)
def test_shares_for_amount_never_push_the_price_below_the_limit(amount: int, price: int) -> None:
    shares = shares_for_amount(amount, price)
    assert shares % MARKET_BUY_SIZE_GRAIN == 0
    assert shares * price <= amount * PIPS_PER_UNIT  # amount / shares >= price
    assert (shares + MARKET_BUY_SIZE_GRAIN) * price > amount * PIPS_PER_UNIT  # and no finer floor


def test_rounding_refuses_what_would_turn_its_direction() -> None:
    for function in (notional_up, notional_down):
        with pytest.raises(UnitError, match="size_microshares is -1: it must be 0 to"):
            function(-1, 5000)
        with pytest.raises(UnitError, match="price_pips is 10001: it must be 0 to 10000"):
            function(1, 10_001)
        with pytest.raises(TypeError, match=r"1\.0 is not an int of size_microshares"):
            function(1.0, 5000)  # type: ignore[arg-type]
    with pytest.raises(UnitError, match="rate_ppm is 1000001"):
        fee_micros(1, 1, MICROS + 1)
    with pytest.raises(UnitError, match="price_pips is 0: no number of shares"):
        shares_for_amount(1, 0)
    with pytest.raises(UnitError, match="amount_micros is -1"):
        shares_for_amount(-1, 1)
    with pytest.raises(UnitError, match="shares_for_amount is an int of"):
        shares_for_amount(INT64_MAX, 1)


# ---- Recorded on-chain fee legs


def recorded_fee_legs() -> list[tuple[str, int, int, int, str, str]]:
    """(side, size in microshares, cash in micros, fee in micros, price, rate) of each leg."""
    checkout = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("CLOBSTEP_DATA", checkout.parent / "shared" / "data"))
    path = folder / "fees" / "chain_order_filled_taker_fees.json"
    if not path.is_file():
        reason = f"no recorded fee legs at {path}: set CLOBSTEP_DATA to the recorded data"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    legs = []
    for _, side, maker, taker, fee, price, rate in json.loads(path.read_text("utf-8"))["rows"]:
        size, cash = (taker, maker) if side == "BUY" else (maker, taker)
        legs.append((side, size, cash, fee, price, rate))
    return legs


def test_fee_equals_all_21_recorded_legs() -> None:
    legs = recorded_fee_legs()
    assert len(legs) == 21
    for _, size, _, fee, price, rate in legs:
        assert fee_micros(size, parse_price(price), parse_rate(rate)) == fee


def test_recorded_cash_is_notional_down_and_notional_up_bounds_it() -> None:
    legs = recorded_fee_legs()
    assert {side for side, *_ in legs} == {"BUY", "SELL"}
    for _, size, cash, _, price, _ in legs:
        pips = parse_price(price)
        assert notional_down(size, pips) == cash
        assert 0 <= notional_up(size, pips) - cash <= 1


# ---- The module itself


def test_no_float_arithmetic_in_the_module() -> None:
    for node in ast.walk(ast.parse(inspect.getsource(units))):
        assert not isinstance(node, ast.Div), "true division makes floats: use //"
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("float", "round")


def test_importing_it_brings_in_the_standard_library_only() -> None:
    # By its file: the package around it may bring in more.
    code = "import sys, runpy; runpy.run_path(sys.argv[1]); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(units.__file__)],
        capture_output=True,
        text=True,
        check=True,
    )
    roots = {name.partition(".")[0] for name in done.stdout.split()}
    assert roots - sys.stdlib_module_names <= {"__main__"}
