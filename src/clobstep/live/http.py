"""Requests to the venue over HTTP: a pool of connections a lane, so that no one waits for another.

Owns the clients and which hosts may be asked. A Request goes in, a Reply comes out, and nothing is
raised for what the network or the venue does: a reply that is missing says whether the request may
have been executed. Nothing is repeated here, and nothing is redirected.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx
import trio
from h2.exceptions import H2Error

from clobstep import __version__
from clobstep.live.depth import bound_depth
from clobstep.live.wire_socket import cause
from clobstep.venue.hosts import Hosts, HostsError
from clobstep.venue.rest.request import Failure, Lane, Reply, Request

MAX_BODY: Final = 8 << 20  # bytes of an answer
# lane -> (seconds to connect, seconds until the whole answer is here, connections at most)
LANES: Final = {
    Lane.SUBMIT: (3.0, 10.0, 8),
    Lane.CANCEL: (3.0, 10.0, 8),
    Lane.READ: (3.0, 6.0, 16),  # what has no answer is asked again beside it
    Lane.BEAT: (2.0, 4.0, 2),
}
# Nothing of a request was sent: there was no connection to send it on.
_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
# An answer of HTTP/2 that breaks once it has begun comes as an error of the library below httpx.
BROKEN: Final = (httpx.HTTPError, httpx.StreamError, H2Error, OSError)


class HttpLanes:
    """The only way to the venue's REST hosts. Use it as an async context, or `aclose` it.

    `transport` stands for the network in tests. Requests go to `hosts.clob`; `call` takes another
    address of `hosts` by its field's name.
    """

    def __init__(self, hosts: Hosts, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        bound_depth()
        self._bases = {
            name: str(getattr(hosts, name)).rstrip("/")
            for name in ("clob", "gamma", "geoblock", "relayer")
            if getattr(hosts, name)
        }
        self._clients = {lane: self._client(lane, transport) for lane in Lane}

    async def call(
        self, request: Request, headers: Mapping[str, str] | None = None, *, host: str = "clob"
    ) -> Reply:
        """The reply, or why there is none. Errors: HostsError for a host that is not configured."""
        if (base := self._bases.get(host)) is None:
            raise HostsError(f"hosts.{host}: no address is configured, so nothing can be asked")
        url = base + request.path
        if not same_place(base, url):
            raise HostsError(f"path {request.path!r} leads away from hosts.{host}")
        started = False
        try:
            with trio.fail_after(LANES[request.lane][1]):
                async with self._clients[request.lane].stream(
                    request.method,
                    url,
                    params=request.query or None,
                    content=request.body or None,
                    headers=dict(headers or {}),
                ) as response:
                    started = True
                    return await _read(response)
        except _NOT_SENT as error:
            return Reply(0, failure=Failure.NOT_SENT, why=f"{host}: {cause(error)}")
        except BROKEN as error:
            return Reply(0, failure=Failure.NO_ANSWER, why=f"{host}: {cause(error)}")
        except trio.TooSlowError:
            part = "whole " if started else ""
            why = f"{host}: no {part}answer in {LANES[request.lane][1]:g} s"
            return Reply(0, failure=Failure.NO_ANSWER, why=why)

    async def aclose(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 1.0):
            await self.aclose()

    def _client(self, lane: Lane, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
        connect_s, answer_s, connections = LANES[lane]
        return httpx.AsyncClient(
            transport=transport,
            # Packed answers would have to be unpacked before their size is known.
            headers={"accept-encoding": "identity", "user-agent": f"clobstep/{__version__}"},
            http2=True,  # where TLS offers it
            trust_env=False,  # no proxy and no password of the environment comes between
            follow_redirects=False,
            timeout=httpx.Timeout(answer_s, connect=connect_s, pool=connect_s),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )


def same_place(base: str, url: str) -> bool:
    """Whether an address is on the host of another, by the same scheme."""
    one, other = urlsplit(base), urlsplit(url)
    return (one.scheme, one.netloc) == (other.scheme, other.netloc)


def packing(response: httpx.Response) -> str:
    """How an answer is packed, "" for not at all. A packed one is not read: 64 KiB can be 2 GiB."""
    said = response.headers.get("content-encoding", "").strip().lower()
    return "" if said in ("", "identity") else f"{said[:40]!a}"


async def _read(response: httpx.Response) -> Reply:
    """The whole answer; one that is larger than we take is none, whatever it says."""
    parts: list[bytes] = []
    size = 0
    if packed := packing(response):
        why = f"HTTP {response.status_code}, packed by {packed}, which was not asked for"
        return Reply(0, failure=Failure.NO_ANSWER, why=why)
    # To leave the loop would leave the library's generators open; cancelled, they all end.
    with trio.CancelScope() as scope:
        async for part in response.aiter_bytes():
            size += len(part)
            if size > MAX_BODY:
                scope.cancel()
                parts.clear()
            else:
                parts.append(part)
    if size > MAX_BODY:
        why = f"HTTP {response.status_code} with more than {MAX_BODY} bytes"
        return Reply(0, failure=Failure.NO_ANSWER, why=why)
    headers = tuple((key.lower(), value) for key, value in response.headers.items())
    return Reply(response.status_code, b"".join(parts), headers)
