"""`clobstep explain`: every name has a meaning, and what to do about it where something is."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from clobstep import enums, schema
from clobstep.cli import advice, main, names, states


def run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["explain", *args])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("advised", "rows"),
    [
        (advice.REFUSALS, schema.REFUSALS),
        (advice.ALERTS, schema.ALERTS),
        (advice.FAULTS, schema.FAULTS),
        (advice.EFFECTS, schema.EFFECTS),
        (advice.REJECTS, schema.REJECTS),
    ],
    ids=["refusals", "alerts", "faults", "effects", "rejects"],
)
def test_advice_names_just_what_there_is(
    advised: dict[str, str], rows: tuple[tuple[object, ...], ...]
) -> None:
    assert list(advised) == [row[0] for row in rows]
    assert all(text.endswith((".", ":")) and len(text) > 5 for text in advised.values())


def test_every_state_has_its_line() -> None:
    assert {m.name: list(m.states) for m in schema.MACHINES} == {
        name: list(lines) for name, lines in states.STATES.items()
    }


def test_every_word_without_a_line_in_the_schema_has_one() -> None:
    for enum, words in states.WORDS.items():
        assert list(words) == [row[0] for row in schema.ENUMS[enum]]


def test_every_meaning_says_something() -> None:
    every = names.meanings()
    assert [meaning for meaning in every if not meaning.means] == []
    known = {meaning.name for meaning in every}
    for kind in (enums.Refusal, enums.Alert, enums.Fault, enums.EventKind, enums.EffectKind):
        assert set(kind.__members__) <= known
    assert {row[0] for row in schema.CONFIG} <= known


def test_advice_names_only_things_that_exist() -> None:
    """Words in capitals in the advice are names of something, or plain words."""
    every = {meaning.name for meaning in names.meanings()}
    plain = {"BUY", "SELL", "UTC", "API", "NO", "YES", "OPERATOR", "TRADE", "FOR", "REFRESH"}
    for table in (advice.REFUSALS, advice.ALERTS, advice.FAULTS, advice.EFFECTS, advice.REJECTS):
        for name, text in table.items():
            for word in text.replace("TRADEs", "TRADE").replace("TRADES", "TRADE").split():
                bare = word.strip(".,:;()`")
                if len(bare) > 2 and bare.isupper() and bare.replace("_", "").isalpha():
                    assert bare in every | plain, f"{name}: {bare}"


def test_a_refusal() -> None:
    code, out = run("OFF_TICK")
    assert code == 0
    assert f"OFF_TICK  refusal {enums.Refusal.OFF_TICK.value}\n" in out
    assert "price is not on the market's tick grid" in out
    assert "tick_pips" in out


@pytest.mark.parametrize("text", ["off_tick", "Off-Tick", " off tick "])
def test_case_and_dashes_do_not_matter(text: str) -> None:
    assert run(text) == run("OFF_TICK")


def test_a_name_with_several_meanings_shows_all() -> None:
    code, out = run("UNHEDGED")
    assert code == 0
    assert "UNHEDGED  refusal" in out
    assert "UNHEDGED  alert" in out
    assert "lessens risk: yes" in out


def test_an_event_says_what_it_needs() -> None:
    code, out = run("TRADE")
    assert code == 0
    assert "order id, ref, token with generation" in out
    assert "a TradeStatus" in out


def test_a_setting_says_its_default_for_people() -> None:
    code, out = run("cooldown_ns")
    assert code == 0
    assert "30s" in out
    assert "1.00 pUSD" in run("min_notional_micros")[1]


@pytest.mark.parametrize(
    ("text", "near"),
    [("OFFTICK", "OFF_TICK"), ("BREAKR_OPEN", "BREAKER_OPEN"), ("COOLDOWNS", "COOLDOWN")],
)
def test_a_misspelt_name_gets_near_ones(text: str, near: str) -> None:
    code, out = run(text)
    assert code == 2
    assert f"Near it: {near}" in out


def test_a_name_like_nothing_points_to_the_list() -> None:
    code, out = run("xyzzy")
    assert code == 2
    assert "`clobstep explain` lists them all" in out


def test_the_list_has_every_group() -> None:
    code, out = run()
    assert code == 0
    for what in ("refusal", "event", "reject reason", "setting", "alert", "order state"):
        assert f"\n{what}\n" in f"\n{out}"


def test_json() -> None:
    code, out = run("UNHEDGED", "--json")
    assert code == 0
    found = json.loads(out)
    assert [m["what"] for m in found] == ["refusal", "alert"]
    assert found[0]["code"] == enums.Refusal.UNHEDGED
    assert found[0]["details"]["allows"].startswith("adds risk: no")
    assert len(json.loads(run("--json")[1])) == len(names.meanings())
