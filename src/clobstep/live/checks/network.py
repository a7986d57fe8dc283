"""Checks of the way to the venue: names, ports, certificates, HTTP; its clock; where we are.

Owns the paths that are asked, and how wrong a clock may be.
"""

from __future__ import annotations

import socket
from typing import Final

import trio

from clobstep.live.checks.result import FailError, Result, SkipError, passed, refused
from clobstep.live.checks.site import Site
from clobstep.live.clock import SECOND
from clobstep.live.wire_socket import WireError, open_stream, parse_address
from clobstep.venue.gamma_pages import Filters, markets_request
from clobstep.venue.rest import reads, requests
from clobstep.venue.rest.reads import Failed
from clobstep.venue.rest.request import Request

FIELDS: Final = ("clob", "gamma", "market_ws", "user_ws", "geoblock", "relayer")
ASKED: Final = {
    "clob": requests.time_request(),
    "gamma": markets_request(Filters(), limit=1),
    "geoblock": Request("GET", ""),
    "relayer": Request("GET", "/"),
}
UNSURE_NS: Final = 2 * SECOND  # whole seconds and the way there and back cannot tell less
WRONG_NS: Final = 5 * SECOND
NTP: Final = "set it by NTP: `timedatectl set-ntp true`, or `chronyc makestep`"
VERSIONS: Final = {"v1": 1, "v2": 2}


async def host(site: Site, name: str) -> Result:
    """One configured address: its name, its port, its certificate, and an answer over HTTP."""
    address = str(getattr(site.hosts, name))
    if not address:
        raise SkipError(f"hosts.{name} is not configured")
    uri = parse_address("ws" + address.removeprefix("http").removeprefix("ws"))
    began_ns = site.clock.now_ns()
    try:
        await trio.socket.getaddrinfo(uri.host, uri.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise FailError(
            f"{uri.host} has no address: {error.strerror or error}",
            f"is the network up, and hosts.{name} spelt right?",
        ) from None
    figures = {"dns_ms": site.since_ms(began_ns)}
    began_ns = site.clock.now_ns()
    try:
        stream = await open_stream(uri)
    except WireError as error:
        raise FailError(
            str(error), f"see hosts.{name}; is a firewall between?", figures=figures
        ) from None
    await trio.aclose_forcefully(stream)
    figures["connect_ms"] = site.since_ms(began_ns)
    secure = "TCP and TLS" if uri.secure else "TCP"
    said = f"{address}: DNS {figures['dns_ms']} ms, {secure} {figures['connect_ms']} ms"
    if (request := ASKED.get(name)) is None:
        return passed(said, figures=figures)
    began_ns = site.clock.now_ns()
    reply = await site.http.call(request, host=name)
    figures["http_ms"] = site.since_ms(began_ns)
    if not reply.status:
        raise FailError(reply.why, "it connects and does not answer: ask again, then the venue")
    said += f", HTTP {reply.status} in {figures['http_ms']} ms"
    if reply.status == 403:
        raise FailError(
            said, "a proxy before the venue refuses this machine's address", figures=figures
        )
    if reply.status >= 500 or reply.status == 429:
        raise FailError(
            said, "the venue is in trouble or busy: wait, then ask again", figures=figures
        )
    return passed(said, figures=figures)


async def clock(site: Site) -> Result:
    """Our clock against the venue's."""
    began_ns = site.clock.now_ns()
    found = reads.server_time(await site.http.call(requests.time_request()))
    ended_ns = site.clock.now_ns()
    if isinstance(found, Failed):
        raise refused("GET /time", found)
    # It says whole seconds: on the mean it is half of one further.
    ahead_ns = (began_ns + ended_ns) // 2 - found - SECOND // 2
    ahead_s = round(ahead_ns / SECOND, 1)
    where = "ahead of" if ahead_ns > 0 else "behind"
    said = f"this machine's clock is {abs(ahead_s)} s {where} the venue's"
    if abs(ahead_ns) > WRONG_NS:
        raise FailError(said, NTP, figures={"ahead_s": ahead_s})
    if abs(ahead_ns) > UNSURE_NS:
        return passed(said, NTP, figures={"ahead_s": ahead_s})
    return passed(
        "it agrees with the venue's, as far as whole seconds tell", figures={"ahead_s": ahead_s}
    )


async def geoblock(site: Site) -> Result:
    """Whether orders from this address are taken."""
    found = reads.geoblock(await site.http.call(Request("GET", ""), host="geoblock"))
    if isinstance(found, Failed):
        raise refused("geoblock", found)
    where = f"{found.country or '?'} {found.region}".strip()
    figures = {"country": found.country, "region": found.region, "blocked": found.blocked}
    if found.blocked:
        raise FailError(
            f"blocked in {where}: the venue takes at most orders that close a position from here",
            "run where the venue allows it",
            figures=figures,
        )
    return passed(f"not blocked in {where}", figures=figures)


async def protocol(site: Site) -> Result:
    """Which orders the venue takes."""
    found = reads.version(await site.http.call(requests.version_request()))
    if isinstance(found, Failed):
        raise refused("GET /version", found)
    if found != VERSIONS[site.hosts.protocol]:
        raise FailError(
            f"the venue takes orders of V{found}, hosts.protocol says {site.hosts.protocol}",
            f'set protocol = "v{found}" under [hosts], if this clobstep knows it',
        )
    return passed(f"orders of V{found}", figures={"version": found})
