"""What to do about each refusal, reject, alert, fault and effect, in a trader's words.

Owns: the second half of what `clobstep explain` says; the first half, what a name means, is in
schema.py. A test fails when one of those names has no line here. Touches nothing.
"""

from __future__ import annotations

from typing import Final


def _read(text: str) -> dict[str, str]:
    """Read `NAME: text` lines; an indented line goes on with the one before."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.strip().splitlines():
        if line.startswith(" "):
            found[name].append(line.strip())
        else:
            name, _, rest = line.partition(": ")
            found[name] = [rest]
    return {key: " ".join(lines) for key, lines in found.items()}


REFUSALS: Final = _read(
    """
NONE: Nothing: this is the value of a field where no refusal is meant.
UNKNOWN_KIND: The record's `kind` is no event. Build records with clobstep.events.
BAD_TIME: Give time_ns in nanoseconds since 1970, UTC; seconds and floats do not belong here.
TIME_JUMP: Check the clock of whoever made the event. After a long pause send TIMER events, each at
  most max_time_step_ns ahead.
BAD_TOKEN: Use indices below EngineConfig.tokens, or raise it.
OLD_GENERATION: The slot was retired since. Map the message to the market's new slot, or drop it.
BAD_SIDE: Use Side.BUY or Side.SELL.
BAD_PRICE: Prices are pips, 0 to 10,000; ticks are 1000, 100, 50, 25, 10 or 1.
BAD_SIZE: Sizes are microshares and amounts micro-pUSD, at most 10^15, and above 0 where one is
  needed.
BAD_CODE: See reference.md for the enum that `code` means for this kind.
BAD_FLAGS: Set only bits that the kind knows, and not both of a pair such as ROLE_MAKER and
  ROLE_TAKER.
BAD_ID: This kind needs an order id (a fill a trade id as well) other than 0.
NO_SNAPSHOT_OPEN: Begin a snapshot with a record that has SNAP_FIRST. If the first was lost, ask for
  the book again.
STALE_FACT: It may be a trade that was booked and forgotten. Carry out the RECONCILE effect: a full
  read says which.
ILLEGAL: The event does not fit the state it meets. state-machines.md shows the cell.
ORDER_UNKNOWN: Nothing is known of this order id. A reconciliation finds orders of others.
HALTED: Read the HALT effect for the fault. Only a restart that reconciles ends a halt; cancels
  work.
STARTING: Send OPENING balances, then RECONCILE_BEGUN, what the venue says, and RECONCILED.
RECONCILING: Finish the read: RECONCILED without an open difference.
DRAINING: Only orders that lessen risk are taken. OPERATOR RESUME ends it.
VENUE_RESTARTING: Wait. Trading is tried again, post-only first, after venue_retry_ns.
VENUE_DISABLED: Wait. Cancels that you ask for now go out when the venue takes them.
VENUE_CANCEL_ONLY: Wait, or cancel: the venue takes nothing else.
VENUE_POST_ONLY: Set post-only, or wait; after a restart this lasts about two minutes.
HEARTBEAT_LOST: The venue will cancel everything if the order heartbeat stays away. Mend it first.
MARKET_UNKNOWN: Send the market's metadata (MARKET), or configure fallback_metadata.
MARKET_CLOSED: It is closed, resolved or does not accept orders. Stop quoting it.
CLUSTER_UNKNOWN: Send a CLUSTER event for the market's event first: its negRisk flags matter.
METADATA_STALE: Refresh: MARKET and CLUSTER must be newer than two metadata_cycle_ns.
NEG_RISK_HOLD: Look at what the event has become. OPERATOR LIFT_HOLD lifts the hold: live,
  `clobstep tell` lift-hold.
CLOSE_OUT: Only orders that lessen risk are taken this close to the end.
ORDER_ID_USED: Count ids up; never use one again, not even that of a refused replace.
BAD_TIF: Post-only goes with GTC and GTD; an expiry with GTD only.
EXPIRY_TOO_SOON: A GTD expiry must lie gtd_min_ns (3 minutes) ahead; the venue ends it 60 s early.
OFF_TICK: Round the price to the market's own tick, down for a BUY, up for a SELL.
  view.market(token).tick_pips has the tick; it may change in mid-session.
PRICE_RANGE: Prices of orders lie between one tick and 1 less one tick.
SIZE_GRAIN: Shares have 2 decimals, and so has the pUSD amount of a FAK or FOK BUY.
BELOW_MIN_SIZE: view.market(token).min_size has the minimum, usually 5 shares.
BELOW_MIN_NOTIONAL: A BUY that crosses the book must be for 1 pUSD or more. Post-only is exempt.
REPLACE_TARGET: Replace an open order of the same condition, once; otherwise submit anew.
FEED_NOT_SYNCED: Wait for the snapshot. If none comes, look at the market socket.
BOOK_CROSSED: Our copy of the book is crossed: wait for the group that mends it, or resync.
POST_ONLY_CROSS: Quote at least one tick away from the other side's best.
SELF_TRADE: Cancel the own order it would meet first. A BUY of one token at p meets a BUY of the
  other at 1 - p.
LOSS_STOP: Only orders that lessen risk are taken. OPERATOR LIFT_LOSS_STOP, when you know why.
NO_MARK: The book must be SYNCED and two-sided, or was within mark_age_ns, to value the position.
SHORTFALL: Lessen risk, deposit, or reconcile: something spent more than was there.
UNHEDGED: A leg failed in settlement. Trade or merge back to equal, or OPERATOR CLEAR_UNHEDGED.
BREAKER_OPEN: Read the rejects: something is wrong with what you send. The pause ends by itself, or
  by OPERATOR RESET_BREAKER.
BREAKER_PROBING: One order is out to ask. Its answer opens or closes the market.
GLOBAL_BREAKER: Several markets at once: suspect the key, the balance or the venue, not a price.
COOLDOWN: Give the intents of one turn the same turn number, or wait cooldown_ns; 0 turns it off.
MARKET_BUDGET: Requote less often, or raise market_rate if the venue allows it.
SIGNER_BUDGET: Requote less often: this is the venue's own limit on a signer.
CAP_ORDERS_MARKET: Cancel some, or raise cap_orders_market.
CAP_ORDERS_TOTAL: Cancel some, or raise cap_orders_total.
CAP_MARKET: Exposure is what positions cost plus what orders reserve. Sell, merge or cancel.
CAP_CLUSTER: As CAP_MARKET, for all markets of the event together.
CAP_TOTAL: As CAP_MARKET, for everything together.
INSUFFICIENT_CASH: view.cash.spendable is what is left; a BUY that may take reserves its fee too.
INSUFFICIENT_TOKENS: Only settled tokens can be sold: a BUY must be CONFIRMED first.
ORDER_TABLE_FULL: Cancel some, or raise EngineConfig.orders; one slot in eight is kept for facts.
FILL_WINDOW_FULL: Carry out the RECONCILE effect; keys go when all trades have been read.
CONVERSION_BUSY: Wait for the split, merge or redeem in flight, or for its failure.
REPLACE_FILLED: Nothing: the old order filled, so the new one is not needed.
CANCEL_ASKED: Nothing: the cancel came before the order was sent.
"""
)


ALERTS: Final = _read(
    """
METADATA_ASSUMED: Read the market's metadata; until then sizes and fees are assumed at their worst.
NEG_RISK_HOLD: Check whether the outcomes you hold still make a whole, then LIFT_HOLD.
NEG_RISK_CLEARED: The hold stays: a person decides. OPERATOR LIFT_HOLD.
BREAKER_OPEN: Look at the REJECTED events before it: their reason says what to change.
GLOBAL_BREAKER_OPEN: Suspect the key, the balance or the venue. Nothing is sent until a probe
  passes.
BREAKER_CLOSED: Nothing: trading goes on.
ROLE_DISAGREES: Compare the fee that was charged with the venue's. The evidence is on the FILL.
FOREIGN_FILL: Something else trades on this account, or a session was lost. Reconcile.
FOREIGN_ORDER: Something else trades on this account. cancel_foreign decides what becomes of it.
FILL_MISMATCH: Read the raw message: the decoder took another's slice of the trade.
OVERFILL: The venue filled more than was asked. The ledger has it; tell the venue.
LATE_FILL: A dead order filled. The position has it; look whether you hedged twice.
RISEN: It is being cancelled. Look whether the same quote went out again meanwhile.
TRADE_FAILED: The position is not there. Hedge the other leg, or wait for the order to show up open.
TRADE_DISPUTED: Carry out the RECONCILE effect: balances say which of the two is true.
STALE_FACT: Carry out the RECONCILE effect.
SHORTFALL: Only risk-lessening orders go out. Find the fact that caused it: the event of this step.
SHORTFALL_ENDED: Nothing: everything is covered again.
UNHEDGED: Bring both tokens of the market level, or say CLEAR_UNHEDGED.
UNHEDGED_ENDED: Nothing: the market is level again.
ORDER_UNKNOWN: Nothing by hand: it is cancelled by hash and looked up until evidence ends it.
LOSS_STOP: All its orders are cancelled. Find out why before LIFT_LOSS_STOP or RESUME.
NO_MARK: Get the book of that market back, or close the position.
FEED_STALE: Carry out the RESYNC effect: fetch the book.
FILL_WINDOW_FULL: Carry out the RECONCILE effect.
ORDER_TABLE_FULL: Cancel what you do not need, or raise EngineConfig.orders.
BALANCE_DIFFERS: Something moved cash or tokens that no event tells of. Reconcile; the second time
  in a row halts. Cash that you moved: `clobstep tell` deposit or withdrawal.
ORDER_MISSING: Nothing by hand: the order is looked up, and its reservation holds until then.
TICK_CHANGED: Round new prices to the new tick. Resting orders stay as they are.
VENUE_STATE: Nothing: submits wait as the state demands.
HEARTBEAT_LOST: Mend the heartbeat's connection: the venue cancels all within 15 s without it.
RESERVATION_REFUSED: Compare balances: the venue holds more locked than we do. A LOCK event says how
  much.
DISK_OR_OPERATOR_HALT: Restart and reconcile when the cause is gone.
BOOK_CAPACITY: Raise EngineConfig.wide_books; that market has no book until then.
"""
)


FAULTS: Final = _read(
    """
NONE: Nothing.
TABLE: A bug. Keep the session file: replaying it shows the step. Restart and reconcile.
OVERFLOW: An amount beyond 64 bits was booked: look for a size that cannot be. Restart and
  reconcile.
INVARIANT: A bug, found by the self-check. invariants.md says what the number means. Keep the
  session.
EFFECTS: A bug: one event had more effects than it may. Keep the session.
CAPACITY: The fill window was full. Raise EngineConfig.fills or reconcile more often, then restart.
OPERATOR: Somebody said HALT, or the disk failed. Restart and reconcile when the cause is gone.
RECONCILE: Balances differed twice in a row. Cash that you moved: `clobstep tell` deposit or
  withdrawal. Else find who moves this account's money. Then restart.
"""
)


EFFECTS: Final = _read(
    """
REFUSED: Read the code: `clobstep explain` has each. Nothing else changed.
SUBMIT: Send this order to the venue, once. Without an answer say SUBMIT_UNKNOWN, never send it
  again.
CANCEL: Cancel the order at the venue; answer CANCEL_ACCEPTED, CANCEL_REFUSED or CANCEL_UNKNOWN.
QUERY: Look the order and its trades up; answer FOUND (and TRADEs) or NOT_FOUND.
ORDER: Nothing to do: it tells of a change of an order's state.
FILL: Nothing to do: it tells of a fill that was booked.
SETTLED: Nothing to do: it tells of the end of a settlement.
TIMER: Send a TIMER event at deadline_ns, unless another event comes first. Replaces the one before.
RESYNC: Fetch that token's book and send it as BOOK_SNAPSHOT.
RECONCILE: RECONCILE_BEGUN, then all open orders, trades and balances, then RECONCILED.
ALERT: Show it to a person. `clobstep explain` has each.
WAKE: Run the strategy: something it asked for happened.
HALT: Show it to a person. Cancels still go out; restart and reconcile to go on.
MERGE: Turn pairs into cash on chain; answer MERGE, or CONVERSION_FAILED.
SPLIT: Make pairs from cash on chain; answer SPLIT, or CONVERSION_FAILED.
REDEEM: Redeem on chain; answer REDEEM, or CONVERSION_FAILED.
REFRESH: Read the market's metadata again and send it as MARKET.
"""
)

REJECTS: Final = _read(
    """
OTHER: Read the raw text; venue/ has no reason for it yet.
TICK: The market's tick changed: carry out the REFRESH effect.
MIN_SIZE: The market's minimum changed: carry out the REFRESH effect.
MIN_NOTIONAL: It crossed at the venue and not in our book: make it larger, or post-only.
AMOUNTS: A bug in how amounts are rounded. Keep the raw message.
BALANCE: The venue holds more locked than we do, or a BUY has not settled. Compare balances.
EXPIRATION: Compare clocks, and give a GTD order more time.
MARKET_NOT_READY: Wait: it opens later.
MARKET_CLOSED: Stop quoting it.
PAYLOAD: Check the keys, the signature type and the funder address.
BANNED: The account may not trade, or only close. Ask the venue.
AUTH: Make new API credentials.
MATCH_DELAYED: Try again later.
TIMED_OUT: It did not reach the book: a new order may be sent.
POST_ONLY_CROSS: The market moved while it travelled. Quote again from the newer book.
KILLED: Nothing: that is what FOK and FAK are for.
RATE_LIMIT: Requote less often.
RESTARTING: Nothing: submits wait, cancels go out when the engine is back.
POST_ONLY_MODE: Nothing: orders that are not post-only wait.
CANCEL_ONLY: Nothing: submits wait.
DISABLED: Nothing: submits wait, cancels go out when the venue takes them.
DUPLICATED: Nothing by hand: the order is looked up.
"""
)
