"""Checks of the account: who it is, whether the venue lets it in, and what it may move.

Owns what is said of wallets and allowances. Asks the venue only; no chain is read.
"""

from __future__ import annotations

from shlex import quote
from typing import Final

from clobstep import units
from clobstep.live.checks.result import FailError, Result, SkipError, passed, refused
from clobstep.live.config import cash
from clobstep.live.orders.calls import Calls
from clobstep.live.orders.checks.site import AccountSite
from clobstep.live.orders.credentials import credentials_path, read_credentials
from clobstep.live.orders.keys import keystore_address
from clobstep.live.orders.private_files import KeysError
from clobstep.venue.rest import reads, requests
from clobstep.venue.rest.reads import Balance, Failed
from clobstep.venue.signing.contracts import exchange_of

TYPES: Final = {0: "EOA", 1: "proxy", 2: "Safe", 3: "deposit wallet"}
UNLIMITED: Final = 1 << 127  # more than there will ever be: nobody meant a sum by it
LIMIT_FIX: Final = "keep no more in this wallet than may be lost, or allow exact sums"


async def key_file(site: AccountSite) -> Result:
    """The keystore: its mode, its folder, and that it is one; it is not decrypted here."""
    path = site.keystore
    if not path.exists():
        if site.signer is not None:
            raise SkipError("the key comes from elsewhere, not from a keystore file")
        raise SkipError(f"{path}: there is no keystore", f"clobstep keys new -k {quote(str(path))}")
    try:
        address = keystore_address(path)
    except KeysError as error:
        raise FailError(str(error), "mend the file as it says, or make a new key") from None
    site.address = address
    return passed(f"{path}: only its owner can read it; of {address or 'an address not said'}")


async def credentials(site: AccountSite) -> Result:
    """The API credentials: there, private, of this host and of this key."""
    path = credentials_path(site.keystore)
    derive = f"clobstep keys derive -k {quote(str(site.keystore))}"
    if site.signer is not None:
        site.address = site.signer.address
    if not path.exists():
        if site.signer is None:
            raise SkipError(f"{path}: there are no API credentials", derive)
        raise FailError(f"{path}: there are no API credentials", derive)
    try:
        found, address = read_credentials(path, site.hosts)
    except KeysError as error:
        raise FailError(str(error), derive) from None
    if site.address and address.lower() != site.address.lower():
        raise FailError(f"{path}: these are of {address}, the key is of {site.address}", derive)
    site.address, site.credentials = address, found
    site.made_calls = Calls(site.http, site.clock, found, address)
    await site.made_calls.look_at_clock()  # else a wrong clock of ours would look like a wrong key
    return passed(f"{path}: only its owner can read it; for {site.hosts.clob}")


async def login(site: AccountSite) -> Result:
    """The venue takes them: a private read."""
    found = reads.page(await site.calls.call(requests.orders_request()))
    if isinstance(found, Failed):
        raise refused("GET /data/orders", found)
    more = "" if found.is_last else " or more"
    n = len(found.rows)
    return passed(f"the venue knows the key; {n}{more} open orders", figures={"open_orders": n})


async def wallet(site: AccountSite) -> Result:
    """The signature type fits the funder, and is the one that has the money."""
    account = site.config.account
    kind = account.signature_type
    if not site.address:
        raise SkipError("no key and no API credentials: whose wallet is not known")
    own = site.funder.lower() == site.address.lower()
    if kind == 0 and not own:
        raise FailError(
            f"signature_type is 0, so the key's own address {site.address} has the money, and "
            f"funder is {site.funder}",
            "set signature_type to 1 (proxy), 2 (Safe) or 3 (deposit wallet), or leave funder out",
        )
    if kind and own:
        raise FailError(
            f"signature_type is {kind} ({TYPES[kind]}), and funder is the key's own address",
            "set funder to the wallet's address, as the venue's page shows it, or the type to 0",
        )
    if site.made_calls is None:
        return passed(
            f"{TYPES[kind]}, {site.funder}: the two fit; what it holds was not asked",
            "clobstep keys derive: with API credentials the venue can be asked",
        )
    held = await balances(site.made_calls)
    rich = [k for k, amount in held.items() if amount]
    figures = {"micros_by_type": held, "signature_type": kind, "funder": site.funder}
    if rich and kind not in rich:
        names = ", ".join(f"{k} ({TYPES[k]}): {units.format_cash(held[k])} pUSD" for k in rich)
        raise FailError(
            f"signature_type {kind} ({TYPES[kind]}) has nothing; the money lies at {names}",
            f"set signature_type = {rich[0]} under [account], and funder to that wallet",
            figures=figures,
        )
    advice = ""
    if kind == 0 and not site.hosts.is_loopback:
        advice = "the venue takes orders of EOAs only if they are on its list; else type 3"
    return passed(f"{TYPES[kind]}, {site.funder}", advice, figures=figures)


async def balances(calls: Calls) -> dict[int, int]:
    """What each kind of wallet of this key has, in micro-pUSD. Errors: FailError."""
    held = {}
    for kind in TYPES:
        found = reads.balance(await calls.call(requests.balance_request(signature_type=kind)))
        if isinstance(found, Failed):
            if kind == 0:
                raise refused("GET /balance-allowance", found)
            continue  # a venue that does not know this type
        held[kind] = found.amount
    return held


async def balance(site: AccountSite) -> Result:
    """There is something to trade with."""
    found = await _asked(site)
    said = f"{units.format_cash(found.amount)} pUSD"
    if not found.amount:
        raise FailError(said, "deposit; or see the wallet's check: another type may have it")
    return passed(said, figures={"micros": found.amount})


async def allowances(site: AccountSite) -> Result:
    """Each exchange that orders are signed for may move cash and shares, and how much."""
    exchanges = _exchanges(site)
    if not exchanges:
        raise SkipError("no market was found, so it is not known which exchange needs one")
    total = cash(site.config.path, "caps.total", site.config.caps.total)
    told, figures, none, unlimited, little = [], {}, [], [], []
    for what, asset in (("cash", ""), *((f"shares at {e}", a) for e, a in exchanges.items())):
        found = await _asked(site, asset)
        named = {spender.lower(): amount for spender, amount in found.allowances.items()}
        for exchange in exchanges if not asset else [what.removeprefix("shares at ")]:
            amount = named.get(exchange.lower(), 0)
            kind = "cash" if not asset else "shares"
            figures[f"{kind} {exchange}"] = str(amount)
            place = f"{kind} at {exchange}"
            if not amount:
                none.append(place)
            elif amount >= UNLIMITED:
                unlimited.append(place)
            else:
                told.append(f"{place}: exactly {units.format_cash(amount)}")
                little += [place] if kind == "cash" and amount < total else []
    if none:
        raise FailError(
            f"nothing is allowed: {', '.join(none)}; orders that need it are refused",
            "allow the exchange at the venue's page, or in the wallet; then read it again",
            figures=figures,
        )
    told += [f"{place}: unlimited" for place in unlimited]
    advice = LIMIT_FIX if unlimited else ""
    if little:
        advice = "less than caps.total: orders beyond it will be refused; " + advice
    return passed("; ".join(told), advice.removesuffix("; "), figures=figures)


def _exchanges(site: AccountSite) -> dict[str, str]:
    """Exchange -> the asset of a market that is signed for it."""
    found: dict[str, str] = {}
    for info in site.infos:
        if info.yes is not None and info.neg_risk is not None and info.version in ("v1", "v2"):
            hosts = site.hosts
            domain = exchange_of(info.version, info.neg_risk, hosts.chain_id, hosts.protocol)
            found.setdefault(domain.contract, info.yes)
    return found


async def _asked(site: AccountSite, asset: str = "") -> Balance:
    kind = site.config.account.signature_type
    request = requests.balance_request(signature_type=kind, asset_id=asset)
    found = reads.balance(await site.calls.call(request))
    if isinstance(found, Failed):
        raise refused("GET /balance-allowance", found)
    return found


async def closed_only(site: AccountSite) -> Result:
    """Whether the venue lets the account only lessen what it holds."""
    found = reads.closed_only(await site.calls.call(requests.closed_only_request()))
    if isinstance(found, Failed):
        raise refused("GET /auth/ban-status/closed-only", found)
    if found:
        raise FailError(
            "the venue has this account in closed-only mode: new positions are refused",
            "ask the venue's support why",
        )
    return passed("new positions are allowed")
