"""The configuration file: what is read, and how each mistake is told."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from clobstep.live.config import ConfigError, read

GOOD = """
[account]
funder = "0x1111111111111111111111111111111111111111"
signature_type = 3

[markets]
slugs = ["a", "b"]
conditions = ["0x202abb9a00000000000000000000000000000000000000000000000000000000"]

[caps]
market = "50"
total = "200.5"
loss_day = "20"
orders_total = 12

[live]
refresh = "30s"

[engine]
reject_limit = 3
"""


def file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "c.toml"
    path.write_text(text)
    return path


def test_caps_and_times_reach_the_engine(tmp_path: Path) -> None:
    config = read(file(tmp_path, GOOD))
    config.check_caps()
    engine = config.engine_config(3, None, 77)
    assert (engine.tokens, engine.reject_limit, engine.salt_base) == (6, 3, 77)
    assert (engine.cap_market_micros, engine.cap_total_micros) == (50_000_000, 200_500_000)
    assert (engine.loss_day_micros, engine.cap_orders_total) == (20_000_000, 12)
    assert engine.metadata_cycle_ns == 30_000_000_000


def test_a_strategy_states_settings_and_the_file_has_the_last_word(tmp_path: Path) -> None:
    class Quotes:
        engine: ClassVar = {"cooldown_ns": 0, "reject_limit": 9}

    engine = read(file(tmp_path, GOOD)).engine_config(1, Quotes(), 0)
    assert (engine.cooldown_ns, engine.reject_limit) == (0, 3)


def test_defaults_are_the_venue_and_no_caps(tmp_path: Path) -> None:
    config = read(file(tmp_path, ""))
    assert config.hosts.clob == "https://clob.polymarket.com"
    with pytest.raises(ConfigError, match=r"caps\.market: not set; .* write market = "):
        config.check_caps()


@pytest.mark.parametrize(
    "text, says",
    [
        ("[account", "no TOML"),
        ("[acount]\nfunder = ''", "unknown field `acount`; did you mean account?"),
        ("[caps]\nmarkt = '5'", "unknown field `markt`.*did you mean market?"),
        ("[caps]\nmarket = 'much'", r"caps\.market: .*much"),
        ("[caps]\nmarket = '-5'", r"caps\.market: -5 is below 0"),
        ("[caps]\nmarket = 5", "Expected `str`, got `int`"),
        ("[live]\nrefresh = 'soon'", r"live\.refresh: .*soon"),
        ("[account]\nsignature_type = 7", "Invalid enum value 7"),
        ("path = 'x'", "path: no such key"),
        ("[hosts]\nclob = 'clob.polymarket.com'", "is no address"),
        ("[hosts]\nclob = 'http://clob.polymarket.com'", "not encrypted"),
        ("[account]\npassphrase = 'x'", "looks like a secret"),
        (f"[account]\nfunder = '0x{'a1' * 32}'", "looks like a secret"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as told:
        read(file(tmp_path, text))
    assert "c.toml" in str(told.value)


def test_a_secret_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        read(file(tmp_path, f"[account]\nfunder = '0x{'a1' * 32}'"))
    assert "a1a1" not in str(told.value)


def test_a_misspelt_engine_setting_is_named(tmp_path: Path) -> None:
    config = read(file(tmp_path, "[engine]\nreject_limt = 3"))
    with pytest.raises(ConfigError, match=r"engine\.reject_limt: .*did you mean reject_limit"):
        config.engine_config(1, None, 0)


def test_another_speed_is_for_loopback_only(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="loopback only"):
        read(file(tmp_path, "[live]\nspeed = 20.0")).check_speed()
