"""The two lists that a person runs: everything that money needs, and one order's whole way.

Owns their order: what a check needs is found by those before it.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from clobstep.live.checks import feed, machine, metadata, network
from clobstep.live.checks.result import Check
from clobstep.live.orders.checks import account, channel, order, sending
from clobstep.live.orders.checks.site import AccountSite

METADATA_S: Final = 120.0  # Gamma is asked again after a failure, with growing pauses
SEND_S: Final = 120.0

DOCTOR: Final[tuple[Check[AccountSite], ...]] = (
    Check("python", machine.python),
    Check("packages", machine.packages),
    Check("disk", machine.disk),
    *(Check(f"host {name}", partial(network.host, name=name)) for name in network.FIELDS),
    Check("clock", network.clock),
    Check("geoblock", network.geoblock),
    Check("protocol", network.protocol),
    Check("markets", metadata.markets, METADATA_S),
    Check("market socket", feed.market_socket),
    Check("key file", account.key_file),
    Check("credentials", account.credentials),
    Check("login", account.login),
    Check("user socket", channel.user_socket),
    Check("wallet", account.wallet),
    Check("balance", account.balance),
    Check("allowances", account.allowances),
    Check("closed-only", account.closed_only),
)
LIVE_CHECK: Final[tuple[Check[AccountSite], ...]] = (
    Check("markets", metadata.markets, METADATA_S),
    Check("gamma fields", metadata.fields),
    Check("market socket", feed.market_socket),
    Check("clock", network.clock),
    Check("credentials", account.credentials),
    Check("login", account.login),
    Check("wallet", account.wallet),
    Check("user socket", channel.user_socket),
    Check("account", sending.account),
    Check("order built", order.order),
    Check("order sent", sending.send, SEND_S),
)
