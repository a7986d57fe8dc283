"""A dry run beside orders that are real: it sees them, and they are none of its affair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import trio

from clobstep.effects import Effect
from clobstep.enums import EffectKind, Side, Tif
from clobstep.live.clock import Clock
from clobstep.live.orders.desk import Holder, make_order
from clobstep.venue.rest.request import Auth, Reply
from clobstep.venue.rest.submits import submit_request
from live.room import CONFIG, Desk, trader, until, venue

CANCELS = CONFIG.replace("[engine]", "[engine]\ncancel_foreign = 1")

MERGE = Effect(0, 0, 0, 0, 10_000_000, 0, 0, 0, 0, 0, EffectKind.MERGE, 0, 0, 0, 0)


class Silent:
    """Wants nothing."""

    wakes = 0

    def on_wake(self, turn: Any) -> None:
        """Never called."""


async def another_hand(desk: Desk, token: int = 0) -> None:
    """A BUY far below the market, sent with the same key and not by the trader."""
    holder = Holder(desk.signer, desk.signer.address, 0, desk.credentials.api_key.reveal())
    wish = Effect(
        0, Clock().now_ns(), 1, 4_711, 10_000_000, 0, 0, token, 100, 0,
        EffectKind.SUBMIT, Side.BUY, Tif.GTC, 0, 0,
    )  # fmt: skip
    made = make_order(wish, holder, desk.trader.terms(token))
    reply = await desk.trader.calls.call(submit_request([made.body]))
    assert (reply.status, made.order_hash.encode() in reply.body) == (200, True)


def test_it_neither_cancels_nor_converts_what_is_real(tmp_path: Path) -> None:
    async def main() -> None:
        async with (
            venue("calm", markets=1) as running,
            trader(tmp_path, running.port, dry_run=True, text=CANCELS, strategy=Silent()) as desk,
        ):
            exchange, sent = running.venue.exchange, []
            await another_hand(desk)
            before = exchange.open_orders(1)
            assert len(before) == 1
            call = desk.trader.calls._http.call

            async def seen(request: Any, *given: Any, **more: Any) -> Reply:
                sent.append((request.auth, request.method))
                return await call(request, *given, **more)

            desk.trader.calls._http.call = seen  # type: ignore[method-assign]
            with trio.fail_after(30):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(desk.trader.run)
                    await until(lambda: desk.view.counters()["cancels"])
                    await desk.trader.relayer.convert(MERGE)
                    desk.trader.stop()
            assert exchange.open_orders(1) == before
            assert {method for auth, method in sent if auth is Auth.L2} == {"GET"}
            assert desk.trader.proven
            said = [note.text for note in desk.notes if note.kind == "operator"]
            assert len(said) == 1
            assert said[0].startswith("merge 10.000000 of condition 0x")

    trio.run(main)
