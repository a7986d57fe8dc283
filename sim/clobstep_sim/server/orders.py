"""An order as a client sends it: its fields, its hash, who signed it, what it asks for.

Owns the reading of a payload; knows neither accounts nor books.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import msgspec

from clobstep.enums import PIPS, Side, Tif
from clobstep_sim.server import eip712

TIFS: Final = {"GTC": Tif.GTC, "GTD": Tif.GTD, "FOK": Tif.FOK, "FAK": Tif.FAK}
SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}
EOA, PROXY, SAFE, WALLET = range(4)  # signature types
SECOND: Final = 1_000_000_000
CENT: Final = 10_000  # micros
MARKET_BUY: Final = (
    "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, "
    "taker amount a max of 4 decimals"
)


class RefusedError(ValueError):
    """What the venue answers: a status and a text."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


class Fields(msgspec.Struct, rename="camel"):
    """The signed part, of either protocol."""

    salt: int
    maker: str
    signer: str
    token_id: str
    maker_amount: str
    taker_amount: str
    side: str
    signature_type: int
    signature: str
    expiration: str = "0"
    timestamp: str | None = None
    metadata: str | None = None
    builder: str | None = None
    taker: str | None = None
    nonce: str | None = None
    fee_rate_bps: str | None = None


class Payload(msgspec.Struct, rename="camel"):
    """One entry of a request."""

    order: Fields
    owner: str
    order_type: str = "GTC"
    post_only: bool = False
    defer_exec: bool = False


@dataclass(frozen=True)
class Asked:
    """What the exchange is asked: its own units."""

    side: int
    price_pips: int
    amount: int
    tif: int
    expire_ns: int


def read_one(body: bytes) -> Payload:
    try:
        return msgspec.json.decode(body, type=Payload)
    except (msgspec.DecodeError, RecursionError):
        raise RefusedError("Invalid order payload") from None


def read_many(body: bytes, most: int) -> list[Payload]:
    try:
        found = msgspec.json.decode(body, type=list[Payload])
    except (msgspec.DecodeError, RecursionError):
        raise RefusedError("Invalid order payload") from None
    if len(found) > most:
        raise RefusedError(f"Too many orders in payload: {len(found)}, max allowed: {most}")
    if not found:
        raise RefusedError("Invalid order payload")
    return found


@lru_cache(maxsize=64)
def separator(protocol: int, neg_risk: bool, chain_id: int) -> bytes:
    contract = eip712.CONTRACTS[protocol, neg_risk]
    return eip712.domain(eip712.EXCHANGE, str(protocol), chain_id, contract)


def struct_hash(o: Fields, protocol: int) -> bytes:
    """The hash of the fields. RefusedError for what is no order of that protocol."""
    number, address = eip712.number, eip712.address
    try:
        if o.side not in SIDES:
            raise eip712.UnreadableError("no side")
        amounts = number(o.token_id) + number(o.maker_amount) + number(o.taker_amount)
        head = number(o.salt) + address(o.maker) + address(o.signer)
        kind = number(int(SIDES[o.side])) + number(o.signature_type)
        if protocol == 1:
            rest = number(o.expiration) + number(o.nonce or "0") + number(o.fee_rate_bps or "0")
            fields = head + address(o.taker or "") + amounts + rest + kind
            return eip712.keccak(eip712.keccak(eip712.ORDER_V1.encode()) + fields)
        codes = eip712.hexed(o.metadata or "", 32) + eip712.hexed(o.builder or "", 32)
        fields = head + amounts + kind + number(o.timestamp or "") + codes
        return eip712.keccak(eip712.keccak(eip712.ORDER_V2.encode()) + fields)
    except eip712.UnreadableError:
        raise RefusedError("Invalid order payload") from None


def order_hash(o: Fields, protocol: int, neg_risk: bool, chain_id: int) -> str:
    """The order's id: its hash for the contract that verifies it."""
    digest = eip712.typed(separator(protocol, neg_risk, chain_id), struct_hash(o, protocol))
    return "0x" + digest.hex()


def is_signed_by(o: Fields, owner: str, protocol: int, neg_risk: bool, chain_id: int) -> bool:
    """Whether `owner`, the address of the API key, signed this for the right contract."""
    domain, contents = separator(protocol, neg_risk, chain_id), struct_hash(o, protocol)
    try:
        signature = bytes.fromhex(o.signature.removeprefix("0x"))
    except ValueError:
        return False
    if o.signature_type != WALLET:
        return eip712.recover(eip712.typed(domain, contents), signature) == owner
    kind = eip712.ORDER_V2.encode()
    tail = domain + contents + kind + len(kind).to_bytes(2, "big")
    digest = eip712.wrapped_digest(domain, contents, chain_id, o.signer)
    return signature[65:] == tail and eip712.recover(digest, signature[:65]) == owner


def check_people(p: Payload, owner: str, api_key: str, protocol: int) -> None:
    """Who owns, makes and signs. `owner`: the address of the API key."""
    o = p.order
    if p.owner != api_key:
        raise RefusedError("the order owner has to be the owner of the API KEY")
    if o.signature_type not in (EOA, PROXY, SAFE, WALLET) or (
        protocol == 1 and o.signature_type == WALLET
    ):
        raise RefusedError("Invalid order payload")
    if o.signature_type == WALLET:
        if o.signer.lower() != o.maker.lower():
            raise RefusedError("the order signer address has to be the address of the API KEY")
        return
    if o.signer.lower() != owner:
        raise RefusedError("the order signer address has to be the address of the API KEY")
    if o.signature_type == EOA and o.maker.lower() != owner:
        raise RefusedError("the order maker address has to be the address of the API KEY")


def asked(p: Payload, tick_pips: int) -> Asked:
    """Side, price and amount in the exchange's units. Of a price off the grid it says so itself."""
    o = p.order
    if p.order_type not in TIFS:
        raise RefusedError("Invalid order payload")
    tif, side = TIFS[p.order_type], SIDES[o.side]
    maker, taker, expiration = int(o.maker_amount), int(o.taker_amount), int(o.expiration)
    if not 0 < maker < 1 << 44 or not 0 < taker < 1 << 44 or expiration > 4_000_000_000:
        raise RefusedError("Invalid order payload")
    if p.post_only and tif in (Tif.FOK, Tif.FAK):
        raise RefusedError("invalid post-only order: only GTC and GTD orders can be post-only")
    cash, shares = (maker, taker) if side == Side.BUY else (taker, maker)
    if tif in (Tif.FOK, Tif.FAK):
        price = _market_price(side, cash, shares, tick_pips)
        amount = cash if side == Side.BUY else shares
    else:
        price = _limit_price(cash, shares)
        amount = shares
    return Asked(side, price, amount, tif, expiration * SECOND)


def _limit_price(cash: int, shares: int) -> int:
    price, rest = divmod(cash * PIPS, shares)
    if rest or not 0 < price < PIPS:
        return 0  # lies on no grid
    return price


def _market_price(side: Side, cash: int, shares: int, tick_pips: int) -> int:
    """The last price of the grid that keeps what was signed: what is bought costs no more."""
    if side == Side.BUY:
        if cash % CENT or shares % 100:
            raise RefusedError(MARKET_BUY)
        price = cash * PIPS // shares // tick_pips * tick_pips
    else:
        if shares % CENT or cash % 100:
            raise RefusedError(MARKET_BUY.replace("market buy", "market sell"))
        price = -(-cash * PIPS // (shares * tick_pips)) * tick_pips
    return price if 0 < price < PIPS else 0
