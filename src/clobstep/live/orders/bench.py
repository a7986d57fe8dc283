"""What `clobstep bench` measures of signing: an order from its fields to what is sent.

Owns the measuring only. The key is made for it and signs nothing that anybody would take.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from clobstep.enums import Side, Tif
from clobstep.live.orders.keys import new_key
from clobstep.venue.signing.auth import Credentials, l2_headers
from clobstep.venue.signing.contracts import exchange_of
from clobstep.venue.signing.order import DEPOSIT_WALLET, EOA, OrderFields, order_body
from clobstep.venue.signing.signer import Signer, signed_by

ORDERS: Final = 5000
WALLET: Final = "0x" + "11" * 20
TOKEN: Final = (1 << 255) + 12345


def rows(orders: int = ORDERS) -> dict[str, Callable[[], dict[str, Any]]]:
    """Row -> how it is measured."""
    return {
        "sign_order": lambda: _signing(orders, EOA),
        "sign_order_of_a_deposit_wallet": lambda: _signing(orders, DEPOSIT_WALLET),
    }


def live() -> dict[str, Callable[[], dict[str, Any]]]:
    """The rows of a whole live process, which take a minute or two."""
    from clobstep.live.orders import bench_reconnect, bench_tick

    return {
        "tick_to_order": bench_tick.tick_to_order,
        "tick_to_order_maker_in_python": lambda: bench_tick.tick_to_order(strategy="maker"),
        "reconnect": bench_reconnect.reconnect,
    }


def _signing(orders: int, signature_type: int) -> dict[str, Any]:
    """Microseconds an order: fields to signature and hash, and with body and headers too."""
    key = new_key()
    signer, domain = Signer(key), exchange_of("v1", False)
    wallet = WALLET if signature_type == DEPOSIT_WALLET else signer.address
    credentials = Credentials(key, key, key)  # a key's 64 digits are base64 of some HMAC key too
    signing, sending = [], []
    right = True
    for salt in range(orders):
        before = time.perf_counter_ns()
        fields = OrderFields(
            salt, wallet, wallet, TOKEN, 5_200_000, 10_000_000, Side.BUY, signature_type,
            1_782_753_357_257 + salt,
        )  # fmt: skip
        signature, _ = signer.sign_order(domain, fields, signature_type)
        signed = time.perf_counter_ns()
        body = order_body(fields, signature, WALLET, Tif.GTC, True, 0)
        l2_headers(credentials, signer.address, 1_782_753_357, "POST", "/order", body)
        sending.append(time.perf_counter_ns() - before)
        signing.append(signed - before)
        if salt % 100 == 0:
            right = right and signed_by(domain, fields, signature) == signer.address
    return {
        "orders": orders,
        "p50_us": share(signing, 50),
        "p99_us": share(signing, 99),
        "with_body_and_headers_p50_us": share(sending, 50),
        "signatures_right": right,
    }


def share(times_ns: list[int], percent: int) -> float:
    """Microseconds that so many of a hundred took at most."""
    return round(sorted(times_ns)[len(times_ns) * percent // 100] / 1000, 1)
