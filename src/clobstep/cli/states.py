"""What states, and the words that schema.py gives no line, mean: for `clobstep explain`.

The transitions are in machines.py; a test fails when a word has no line. Touches nothing.
"""

from __future__ import annotations

from typing import Final

STATES: Final[dict[str, dict[str, str]]] = {
    "order": {
        "NONE": "no such order",
        "QUEUED": "a replace that waits for the old order's death; the venue has not seen it",
        "SENT": "on its way, no answer yet",
        "DELAYED": "in the venue's taker delay; cannot be cancelled yet",
        "LIVE": "the venue has it; with `done` it is over and only trades are owed",
        "UNKNOWN": "nobody knows; it is cancelled by hash and looked up, and its reservation holds",
        "FILLED": "ended, filled",
        "CANCELED": "ended, cancelled or killed; it may have filled in part",
        "REJECTED": "ended, the venue refused it",
        "EXPIRED": "ended by its own expiry",
    },
    "request": {
        "IDLE": "nothing in flight",
        "SUBMIT": "the submit is in flight",
        "CANCEL": "a cancel is in flight",
        "QUERY": "a look-up is in flight",
    },
    "trade": {
        "NONE": "no such fill",
        "NOT_BROADCAST": "matched, not yet sent to the chain",
        "MATCHED": "matched and sent to the chain; what it brought is provisional",
        "MINED": "in a block; still provisional",
        "CONFIRMED": "final; what it brought can be spent",
        "RETRYING": "the chain refused, the venue tries again",
        "FAILED": "final; it never happened and its postings are taken back",
    },
    "feed": {
        "DOWN": "no book",
        "WARMING": "changes without a first snapshot; not quoted on",
        "SYNCING": "a snapshot is coming in",
        "SYNCED": "believed",
        "SUSPECT": "believed for now: something did not fit; quoted on unless crossed",
        "STALE": "not believed; a snapshot is wanted",
    },
    "venue": {
        "NORMAL": "takes everything",
        "POST_ONLY": "takes post-only orders and cancels",
        "CANCEL_ONLY": "takes cancels only",
        "DISABLED": "takes nothing; cancels go out when it ends",
        "RESTARTING": "the matching engine restarts (425)",
    },
    "breaker": {
        "CLOSED": "orders pass",
        "OPEN": "paused after rejects in a row",
        "HALF_OPEN": "one order may go out to ask",
    },
    "session": {
        "STARTING": "not reconciled yet; nothing is sent",
        "RECONCILING": "orders, trades and balances are being read; nothing new is sent",
        "TRADING": "open for business",
        "DRAINING": "all cancelled, only less risk",
        "HALTED": "a fault or a person stopped it; cancels and facts only, until a restart",
    },
}

WORDS: Final[dict[str, dict[str, str]]] = {
    "AcceptStatus": {
        "RESTING": "it rests in the book",
        "MATCHED": "it matched at once; trades follow",
        "DELAYED": "it waits in the venue's taker delay",
        "UNMATCHED": "it says neither yes nor no: the order is looked up",
    },
    "FoundStatus": {
        "OPEN": "open in the book",
        "MATCHED": "over, matched; its trades may still come",
        "CANCELED": "over, cancelled",
        "EXPIRED": "over, by its own expiry",
    },
    "FeedSign": {
        "CONNECTED": "subscribed; a first snapshot follows",
        "LOST": "disconnected; the book is dropped",
        "HASH_GOOD": "the venue's hash fits our book",
        "HASH_BAD": "the venue's hash fits no candidate; once is counted, not believed",
        "HASH_LASTING": "the hash has not fitted for long: a snapshot is wanted",
        "MIRROR_MISMATCH": "the complement's change was not the mirror image",
        "GAP": "changes were dropped or conflated",
    },
    "Heartbeat": {
        "HEALTHY": "beats are answered",
        "LOST_BEAT": "the venue may cancel everything soon",
    },
    "Origin": {
        "MAKER_QUOTE": "a quote",
        "TAKER_ARB": "an arbitrage leg that takes",
        "SATELLITE": "a side strategy",
        "OTHER": "anything else of ours",
        "FOREIGN": "not sent by this engine",
    },
}
