"""The venue's contracts by chain, and which exchange an order of a market is signed for.

Owns the addresses (PROTOCOL facts, section 1.2) and the rule that chooses: the market's own
`version`, then neg risk. A wrong exchange is an invalid signature, so nothing is assumed: a market
that does not say its version, and an address that nobody published, are refused.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, NamedTuple

from clobstep.venue.signing import _digest
from clobstep.venue.signing.errors import SigningError

POLYGON: Final = 137
AMOY: Final = 80002
EXCHANGE_NAME: Final = "Polymarket CTF Exchange"
ZERO_ADDRESS: Final = "0x" + "0" * 40
ZERO_32: Final = "0x" + "0" * 64

Protocol = Literal["v2", "v1"]


class Domain(NamedTuple):
    """An EIP-712 domain of orders. `separator` is its hash, made once."""

    name: str
    version: str
    chain_id: int
    contract: str
    separator: bytes


class Contracts(NamedTuple):
    """Addresses on one chain; None: not published, or the sources disagree."""

    exchange: str | None = None  # markets of version "v1"
    neg_risk_exchange: str | None = None  # ... with neg risk
    exchange_v3: str | None = None  # markets of version "v2" (position ids), neg risk or not
    exchange_v1: str | None = None  # V1 orders, dead since 2026-04-28
    neg_risk_exchange_v1: str | None = None
    collateral: str | None = None
    conditional_tokens: str | None = None
    collateral_adapter: str | None = None  # split, merge, redeem
    neg_risk_collateral_adapter: str | None = None


CONTRACTS: Final = {
    POLYGON: Contracts(
        exchange="0xE111180000d2663C0091e4f400237545B87B996B",
        neg_risk_exchange="0xe2222d279d744050d28e00520010520000310F59",
        exchange_v3="0xe3333700cA9d93003F00f0F71f8515005F6c00Aa",
        exchange_v1="0x4bFb41d5B3570DeFd03C39a9A4D8dE6Bd8B8982E",
        neg_risk_exchange_v1="0xC5d563A36AE78145C45a50134d48A1215220f80a",
        collateral="0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB",
        conditional_tokens="0x4D97DCd97eC945f40cF65F87097ACe5EA0476045",
        collateral_adapter="0xAdA100Db00Ca00073811820692005400218FcE1f",
        neg_risk_collateral_adapter="0xadA2005600Dec949baf300f4C6120000bDB6eAab",
    ),
    # The two official clients name different V1 neg-risk exchanges for Amoy: neither is taken.
    AMOY: Contracts(
        exchange="0xE111180000d2663C0091e4f400237545B87B996B",
        neg_risk_exchange="0xe2222d279d744050d28e00520010520000310F59",
        exchange_v3="0x9fE6e61422AdB6F610d8597F9684b16912D50C3D",
        exchange_v1="0xdFE02Eb6733538f8Ea35D585af8DE5958AD99E40",
        collateral="0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB",
        conditional_tokens="0x69308FB512518e39F9b16112fA8d994F4e2Bf8bB",
    ),
}


def contract(chain_id: int, name: str) -> str:
    """A contract's address by its field in Contracts. SigningError if it is not known."""
    if chain_id not in CONTRACTS:
        known = ", ".join(map(str, CONTRACTS))
        raise SigningError(f"chain_id: no contracts are known on chain {chain_id}; known: {known}")
    address: str | None = getattr(CONTRACTS[chain_id], name)
    if address is None:
        raise SigningError(
            f"{name}: its address on chain {chain_id} is not known; make the domain with "
            "contracts.domain() from an address that you have checked on the chain"
        )
    return address


def domain(address: str, version: str, chain_id: int) -> Domain:
    """The domain of an exchange at any address; `version` "1" takes V1 orders, "2" and "3" V2."""
    if version not in ("1", "2", "3"):
        raise SigningError(f"version: no exchange has the domain version {version!r}; 1, 2 or 3")
    separator = _digest.domain_separator(EXCHANGE_NAME, version, chain_id, address)
    return Domain(EXCHANGE_NAME, version, chain_id, _digest.checksum_address(address), separator)


@lru_cache(maxsize=32, typed=True)
def exchange_of(
    version: str | None,
    neg_risk: bool | None,
    chain_id: int = POLYGON,
    protocol: Protocol = "v2",
) -> Domain:
    """The exchange that an order of a market is signed for.

    `version` and `neg_risk` as the market's metadata says them: "v1" has token ids, "v2" position
    ids. `protocol` is that of the venue. SigningError for what is missing or not known.
    """
    if version not in ("v1", "v2"):
        said = "does not say its version" if version is None else f"has the version {version!r}"
        raise SigningError(
            f"version: the market {said}, so its exchange is not known; v1 (token ids) and v2 "
            "(position ids) are: read the market's metadata again"
        )
    if protocol not in ("v1", "v2"):
        raise SigningError(f"protocol: a venue speaks v2 or v1, not {protocol!r}")
    if protocol == "v1":
        if version == "v2":
            raise SigningError("version: a venue that speaks V1 has no markets of version v2")
        name = "neg_risk_exchange_v1" if _said(neg_risk) else "exchange_v1"
        return domain(contract(chain_id, name), "1", chain_id)
    if version == "v2":
        return domain(contract(chain_id, "exchange_v3"), "3", chain_id)
    name = "neg_risk_exchange" if _said(neg_risk) else "exchange"
    return domain(contract(chain_id, name), "2", chain_id)


def _said(neg_risk: bool | None) -> bool:
    if not isinstance(neg_risk, bool):
        raise SigningError(
            "neg_risk: the market does not say whether it is one of neg risk, and the two have "
            "different exchanges; read the market's metadata again"
        )
    return neg_risk
