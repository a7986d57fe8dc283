"""Where the venue is: every address that a process may contact, and nothing else is contacted.

Owns the names and defaults of a configuration's `[hosts]` table (PROTOCOL facts, sections 2, 3, 6).
"""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit

import msgspec

SCHEMES = {"market_ws": ("ws", "wss"), "user_ws": ("ws", "wss")}


class HostsError(ValueError):
    """An address that cannot be used; names the field and the way out."""


class Hosts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Addresses of one venue. `protocol`: which orders it takes; V1 only on loopback today."""

    clob: str = "https://clob.polymarket.com"
    gamma: str = "https://gamma-api.polymarket.com"
    market_ws: str = "wss://ws-subscriptions-clob.polymarket.com/ws/market"
    user_ws: str = "wss://ws-subscriptions-clob.polymarket.com/ws/user"
    geoblock: str = "https://polymarket.com/api/geoblock"
    relayer: str = ""  # split, merge and redeem; without one they are printed for the operator
    chain_id: int = 137
    protocol: Literal["v2", "v1"] = "v2"

    def __post_init__(self) -> None:
        """Refuse what is no address. Keys and orders go in the clear to loopback only."""
        for field in ("clob", "gamma", "market_ws", "user_ws", "geoblock", "relayer"):
            text: str = getattr(self, field)
            if field == "relayer" and not text:
                continue
            parts = urlsplit(text)
            schemes = SCHEMES.get(field, ("http", "https"))
            if parts.scheme not in schemes or not parts.hostname:
                raise HostsError(f"hosts.{field}: {text!r} is no address; write {schemes[1]}://...")
            if parts.scheme == schemes[0] and parts.hostname not in LOOPBACK:
                raise HostsError(
                    f"hosts.{field}: {text!r} is not encrypted; write {schemes[1]}://..., "
                    "plain text is for loopback only"
                )

    @property
    def is_loopback(self) -> bool:
        """Whether everything that orders need is on this machine."""
        every = (self.clob, self.gamma, self.market_ws, self.user_ws)
        return all(urlsplit(text).hostname in LOOPBACK for text in every)

    @classmethod
    def loopback(cls, port: int, *, protocol: Literal["v2", "v1"] = "v2") -> Self:
        """The addresses of `clobstep venue --port PORT`."""
        http, ws = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}"
        return cls(
            clob=http,
            gamma=http,
            market_ws=f"{ws}/ws/market",
            user_ws=f"{ws}/ws/user",
            geoblock=f"{http}/api/geoblock",
            relayer=http,
            protocol=protocol,
        )


LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
