"""One call of every builder, with the line that `show.event` gives for it."""

from __future__ import annotations

from clobstep import events
from clobstep.enums import EventKind

NOON = "2026-11-23T12:00:00Z"
LATER = "2026-11-23T13:00:00Z"

# kind -> (record, its line)
EXAMPLES: dict[EventKind, tuple[bytes, str]] = {
    EventKind.BOOK_DELTA: (
        events.delta(0, "BUY", price="0.52", size="100", best=("0.52", "0.54"), end=True, at=NOON),
        "BOOK_DELTA BUY 100 of token 0 at 0.52, best 0.52/0.54, end of group",
    ),
    EventKind.BOOK_SNAPSHOT: (
        events.snapshot(2, bids=[("0.51", "100"), ("0.5", "20.5")], asks=[], at=NOON)[0],
        "BOOK_SNAPSHOT token 2 BUY, 100 at 0.51, 20.5 at 0.50, first, last",
    ),
    EventKind.PRINT: (
        events.public_trade(1, "SELL", price="0.515", size="3.25", at=NOON),
        "PRINT SELL 3.25 of token 1 at 0.515",
    ),
    EventKind.BEST: (
        events.best(0, bid=None, ask="0.99", end=True, at=NOON),
        "BEST token 0 none/0.99, end of group",
    ),
    EventKind.TICK_CHANGE: (
        events.tick_change(0, tick="0.001", at=NOON),
        "TICK_CHANGE token 0 to 0.001",
    ),
    EventKind.FEED: (events.feed("LOST", at=NOON), "FEED LOST all markets"),
    EventKind.MARKET: (
        events.market(
            0, tick="0.01", min_size="5", fee_rate="0.07", neg_risk=True, augmented=True,
            cluster=9, close_out=LATER, at=NOON,
        ),
        ("MARKET token 0 tick 0.01, minimum 5, fee rate 0.07, open, negRisk, augmented, cluster 9, "
        "close-out at 2026-11-23T13:00:00.000000000Z"),
    ),
    EventKind.CLUSTER: (
        events.cluster(9, neg_risk=True, at=NOON),
        "CLUSTER cluster 9, negRisk",
    ),
    EventKind.RESOLVED: (events.resolved(1, payout="1", at=NOON), "RESOLVED token 1 pays 1.00"),
    EventKind.RETIRE: (
        events.retire(4, generation=2, at=NOON),
        "RETIRE token 4 (generation 2)",
    ),
    EventKind.VENUE: (
        events.venue("RESTARTING", lasts="90s", at=NOON),
        "VENUE RESTARTING, for 90s",
    ),
    EventKind.HEARTBEAT: (events.heartbeat("LOST_BEAT", at=NOON), "HEARTBEAT LOST_BEAT"),
    EventKind.CLOCK: (events.clock(-1_500_000, at=NOON), "CLOCK -1500us ahead of the server"),
    EventKind.TIMER: (events.timer(at=NOON), "TIMER"),
    EventKind.ACCEPTED: (
        events.accepted(7, "MATCHED", matched="12.5", at=NOON),
        "ACCEPTED order 7 MATCHED, matched 12.5",
    ),
    EventKind.REJECTED: (
        events.rejected(7, "TICK", batch=3, at=NOON),
        "REJECTED order 7 TICK, batch 3",
    ),
    EventKind.SUBMIT_UNKNOWN: (events.submit_unknown(7, at=NOON), "SUBMIT_UNKNOWN order 7"),
    EventKind.CANCEL_ACCEPTED: (
        events.cancel_accepted(7, matched="0", at=NOON),
        "CANCEL_ACCEPTED order 7, matched 0",
    ),
    EventKind.CANCEL_REFUSED: (
        events.cancel_refused(7, "LATER", retry_after="2s", at=NOON),
        "CANCEL_REFUSED order 7 LATER, retry after 2s",
    ),
    EventKind.CANCEL_UNKNOWN: (events.cancel_unknown(7, at=NOON), "CANCEL_UNKNOWN order 7"),
    EventKind.PLACED: (
        events.placed(7, 0, "BUY", price="0.52", original="100", matched="0", at=NOON),
        "PLACED order 7 BUY of token 0 at 0.52 GTC, original 100, matched 0",
    ),
    EventKind.MATCHED: (
        events.matched(7, 0, "BUY", price="0.52", original="25", tif="FAK", at=NOON),
        "MATCHED order 7 BUY of token 0 at 0.52 FAK, original 25",
    ),
    EventKind.CANCELED: (
        events.canceled(7, "EXPIRED", matched="1.219511", at=NOON),
        "CANCELED order 7 EXPIRED, matched 1.219511",
    ),
    EventKind.FOUND: (
        events.found(7, 0, "SELL", price="0.54", original="10", status="EXPIRED", at=NOON),
        "FOUND order 7 SELL of token 0 at 0.54 EXPIRED, original 10",
    ),
    EventKind.NOT_FOUND: (events.not_found(7, at=NOON), "NOT_FOUND order 7"),
    EventKind.TRADE: (
        events.trade(
            7, 0, "BUY", trade=11, price="0.52", size="1.219511", status="MINED", role="MAKER",
            channel_role="TAKER", match_time=NOON, at=NOON,
        ),
        ("TRADE 11 of order 7 BUY 1.219511 of token 0 at 0.52 MINED, MAKER by its order id, "
        "TAKER by the user channel, matched at 2026-11-23T12:00:00.000000000Z"),
    ),
    EventKind.OPENING: (
        events.opening(token=0, size="50", cost="25", at=NOON),
        "OPENING 50 of token 0, cost 25.00 pUSD",
    ),
    EventKind.DEPOSIT: (events.deposit(cash="1000", at=NOON), "DEPOSIT 1000.00 pUSD"),
    EventKind.WITHDRAWAL: (events.withdrawal(cash="0.5", at=NOON), "WITHDRAWAL 0.50 pUSD"),
    EventKind.SPLIT: (events.split(0, size="10", at=NOON), "SPLIT 10 pairs of token 0"),
    EventKind.MERGE: (events.merge(0, size="10", at=NOON), "MERGE 10 pairs of token 0"),
    EventKind.REDEEM: (
        events.redeem(0, size="10", payout="1", at=NOON),
        "REDEEM 10 of token 0 at 1.00",
    ),
    EventKind.CONVERSION_FAILED: (
        events.conversion_failed(0, at=NOON),
        "CONVERSION_FAILED token 0",
    ),
    EventKind.ADJUSTMENT: (
        events.adjustment(token=0, size="-0.000001", at=NOON),
        "ADJUSTMENT -0.000001 of token 0",
    ),
    EventKind.BALANCE: (events.balance(token=1, size="7", at=NOON), "BALANCE 7 of token 1"),
    EventKind.LOCK: (events.lock(cash="12.34", at=NOON), "LOCK 12.34 pUSD"),
    EventKind.RECONCILE_BEGUN: (events.reconcile_begun(at=NOON), "RECONCILE_BEGUN"),
    EventKind.RECONCILED: (
        events.reconciled(read_up_to=NOON, at=NOON),
        "RECONCILED trades up to 2026-11-23T12:00:00.000000000Z",
    ),
    EventKind.INTENT_SUBMIT: (
        events.submit(
            1, 0, "BUY", price="0.52", size="100", tif="GTD", post_only=True, expiry=LATER,
            turn=4, origin="SATELLITE", at=NOON,
        ),
        ("INTENT_SUBMIT order 1 BUY 100 of token 0 at 0.52 GTD post-only, "
        "expiry 2026-11-23T13:00:00.000000000Z, turn 4, SATELLITE"),
    ),
    EventKind.INTENT_REPLACE: (
        events.replace(2, 0, "BUY", replaces=1, price="0.53", amount="25.00", tif="FAK",
                       overlap=True, origin="TAKER_ARB", at=NOON),
        ("INTENT_REPLACE order 2 BUY token 0 for 25.00 pUSD at 0.53 FAK, TAKER_ARB, "
        "replaces order 1, overlapping"),
    ),
    EventKind.INTENT_CANCEL: (events.cancel(1, at=NOON), "INTENT_CANCEL order 1"),
    EventKind.INTENT_CANCEL_MARKET: (
        events.cancel_market(0, at=NOON),
        "INTENT_CANCEL_MARKET token 0",
    ),
    EventKind.INTENT_CANCEL_ALL: (events.cancel_all(at=NOON), "INTENT_CANCEL_ALL"),
    EventKind.INTENT_MERGE: (
        events.intent_merge(0, size="10", at=NOON),
        "INTENT_MERGE 10 pairs of token 0",
    ),
    EventKind.INTENT_SPLIT: (
        events.intent_split(0, size="10", at=NOON),
        "INTENT_SPLIT 10 pairs of token 0",
    ),
    EventKind.INTENT_REDEEM: (
        events.intent_redeem(0, size="10", at=NOON),
        "INTENT_REDEEM 10 of token 0",
    ),
    EventKind.SIGNAL: (
        events.signal(source=1, key=2, first=-3, second=4, at=NOON),
        "SIGNAL source 1 key 2: -3, 4 about everything",
    ),
    EventKind.OPERATOR: (events.operator("DRAIN", at=NOON), "OPERATOR DRAIN everything"),
    EventKind.RESTARTED: (events.restarted(at=NOON), "RESTARTED"),
    EventKind.WAKE_ON: (
        events.wake_on(0, "BBO", "TIMER", at=NOON),
        "WAKE_ON token 0 BBO TIMER",
    ),
}  # fmt: skip
