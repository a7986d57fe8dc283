"""The configuration of a live process: one TOML file, written by a person, without any secret.

    [account]
    funder = "0x..."          # the address that holds the money
    signature_type = 3        # 0 EOA, 1 proxy, 2 safe, 3 deposit wallet

    [markets]
    slugs = ["btc-updown-5m-1782753300"]

    [caps]                    # no order without them
    market = "50"
    total = "200"
    loss_day = "20"

Amounts are pUSD in text, durations as "10m". A key that is not known is an error: a misspelt one
would be left out in silence. Owns the names of its keys and what must be there before money may be
at risk. Reads the file, and touches nothing else.
"""

from __future__ import annotations

import dataclasses
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from clobstep import units
from clobstep.config import EngineConfig
from clobstep.venue.hosts import Hosts

NEEDED: Final = ("market", "total", "loss_day")  # caps without which no order is sent


class ConfigError(ValueError):
    """A configuration that cannot be used: names the file, the key and the way out."""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the file's tables."""


class Account(Section, frozen=True):
    """Whose money. `funder` "": the key's own address (only an EOA)."""

    funder: str = ""
    signature_type: Literal[0, 1, 2, 3] = 0
    keystore: str = "~/.clobstep/key.json"


class Markets(Section, frozen=True):
    """What is followed: conditions, market slugs, or every market of these events."""

    conditions: tuple[str, ...] = ()
    slugs: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


class Caps(Section, frozen=True):
    """Limits in pUSD; "0" is none. `orders_*` are numbers of open orders."""

    market: str = "0"
    cluster: str = "0"
    total: str = "0"
    loss_market: str = "0"
    loss_day: str = "0"
    loss_session: str = "0"
    orders_market: int = 0
    orders_total: int = 0


class Strategy(Section, frozen=True):
    """Which one, as `clobstep paper --strategy` names it, and its settings as text."""

    name: str = "maker"
    settings: dict[str, str] = {}


class Session(Section, frozen=True):
    """Where the journal is, when it rolls, and what becomes of raw messages."""

    path: str = "live.clob"
    daily: bool = True
    most_mb: int = 1_024
    raw: Literal["kept", "sampled", "dropped"] = "kept"
    raw_every: int = 100


class Live(Section, frozen=True):
    """How often and how long: durations as text."""

    refresh: str = "10m"  # metadata
    read_every: str = "5m"  # the account
    silent: str = "20s"  # a market without data is looked up; the engine believes a book for 30 s
    close_out: str = "0s"  # before a market's scheduled end; 0: where the market says so only
    hashes: int = 0  # each n-th group's book hash is checked; 0 none
    speed: float = 1.0  # so many seconds pass in one of the wall's; loopback only
    seed: int = 1  # of back-offs
    metrics_port: int = 0  # Prometheus on loopback; 0 none


class Config(Section, frozen=True):
    """All of it."""

    hosts: Hosts = Hosts()
    account: Account = Account()
    markets: Markets = Markets()
    caps: Caps = Caps()
    strategy: Strategy = Strategy()
    session: Session = Session()
    live: Live = Live()
    engine: dict[str, int] = {}
    path: str = ""  # of the file, for messages

    def refresh_ns(self) -> int:
        return duration(self.path, "live.refresh", self.live.refresh)

    def read_every_ns(self) -> int:
        return duration(self.path, "live.read_every", self.live.read_every)

    def silent_ns(self) -> int:
        return duration(self.path, "live.silent", self.live.silent)

    def close_out_ns(self) -> int:
        return duration(self.path, "live.close_out", self.live.close_out)

    def engine_config(self, markets: int, strategy: Any, salt_base: int) -> EngineConfig:
        """Room for so many conditions, what the strategy states, the caps, then `[engine]`."""
        room = 2 * max(markets, 1)
        wanted: dict[str, int] = {
            "tokens": room,
            "wide_books": min(max(markets, 4), 4_096),
            "metadata_cycle_ns": max(self.refresh_ns(), 1),
            "salt_base": salt_base,
            **getattr(strategy, "engine", {}),
            **self._limits(),
            **self.engine,
        }
        known = {f.name for f in dataclasses.fields(EngineConfig)}
        for name in wanted:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else "; see docs/reference.md"
                raise ConfigError(f"{self.path}, engine.{name}: no such setting{hint}")
        if wanted["tokens"] < room:
            raise ConfigError(
                f"{self.path}, engine.tokens: {wanted['tokens']} places are too few for "
                f"{markets} markets; leave it out, or give {room} or more"
            )
        try:
            return EngineConfig(**wanted)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{self.path}, engine: {error}") from None

    def _limits(self) -> dict[str, int]:
        caps, out = self.caps, {}
        for name, key in _CAPS.items():
            out[name] = cash(self.path, f"caps.{key}", getattr(caps, key))
        return {
            **out,
            "cap_orders_market": caps.orders_market,
            "cap_orders_total": caps.orders_total,
        }

    def check_caps(self) -> None:
        """That money may be put at risk. Errors: ConfigError naming the cap that is missing."""
        for key in NEEDED:
            if not cash(self.path, f"caps.{key}", getattr(self.caps, key)):
                raise ConfigError(
                    f"{self.path}, caps.{key}: not set; orders are sent only with limits: write "
                    f'{key} = "..." (pUSD) under [caps]'
                )

    def check_speed(self) -> None:
        """That time runs as the venue's does. Errors: ConfigError."""
        if self.live.speed != 1.0 and not self.hosts.is_loopback:
            raise ConfigError(f"{self.path}, live.speed: another clock is for loopback only")


_CAPS: Final = {
    "cap_market_micros": "market",
    "cap_cluster_micros": "cluster",
    "cap_total_micros": "total",
    "loss_market_micros": "loss_market",
    "loss_day_micros": "loss_day",
    "loss_session_micros": "loss_session",
}


def read(path: Path | str) -> Config:
    """The configuration in a file. Errors: ConfigError naming the place and the way out."""
    path = Path(path)
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror or error}; it is a TOML file that says the account, the "
            "markets and the caps: docs/live.md has one to begin with"
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: no TOML: {error}; correct it there") from None
    refuse_secrets(path, data)
    if "path" in data:
        raise ConfigError(f"{path}, path: no such key; the journal's is session.path")
    try:
        found = msgspec.convert({**data, "path": str(path)}, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}{_near(str(error))}") from None
    found.refresh_ns(), found.read_every_ns(), found.silent_ns(), found.close_out_ns()
    found._limits()
    return found


def refuse_secrets(path: Path, data: dict[str, Any], above: str = "") -> None:
    """A key or a passphrase has no place in this file. Errors: ConfigError; it is not repeated."""
    for key, value in data.items():
        place = f"{above}{key}"
        if isinstance(value, dict):
            refuse_secrets(path, value, f"{place}.")
            continue
        text = value.removeprefix("0x") if isinstance(value, str) else ""
        hexes = len(text) == 64 and all(c in "0123456789abcdefABCDEF" for c in text)
        named = any(word in key.lower() for word in ("secret", "passphrase", "private", "mnemonic"))
        if named or (hexes and place != "markets.conditions"):
            raise ConfigError(
                f"{path}, {place}: this looks like a secret, which has no place in a "
                "configuration; remove it and run `clobstep keys import`"
            )


def duration(path: str, key: str, text: str) -> int:
    try:
        return int(units.parse_duration(text))
    except units.UnitError as error:
        raise ConfigError(f"{path}, {key}: {error}") from None


def cash(path: str, key: str, text: str) -> int:
    try:
        found = int(units.parse_cash(text))
    except units.UnitError as error:
        raise ConfigError(f"{path}, {key}: {error}") from None
    if found < 0:
        raise ConfigError(f"{path}, {key}: {text} is below 0")
    return found


def _near(message: str) -> str:
    """The key that a misspelt one is most like."""
    if "unknown field" not in message:
        return ""
    wrong = message.split("`")[1]
    known = [
        name
        for table in (Config, Account, Markets, Caps, Strategy, Session, Live, Hosts)
        for name in table.__struct_fields__
        if name != "path" or table is Session
    ]
    near = get_close_matches(wrong, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""
