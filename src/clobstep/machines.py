"""The transition tables of the core's coupled machines, every cell written out.

Owns: which (state, input) pairs exist, where they lead and what they do. Touches nothing: this is
data, read by `clobstep.codegen`, which makes the C tables, the enums and docs/state-machines.md.

How to read a cell (rows are inputs, columns are states):

    LIVE/accept   TAKE: go to LIVE, run the action `accept`
    =/fill        TAKE: stay, run the action `fill`
    dup           IGNORE_DUPLICATE: a fact already known or overtaken; counted, nothing changes
    no            REFUSE: answered with a refusal; nothing changes but counters
    !!            FAULT: cannot happen unless the core is wrong; halts the engine

A row whose note begins with "seen:" is a sequence met in the real world.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

VERDICTS: Final = ("TAKE", "IGNORE_DUPLICATE", "REFUSE", "FAULT")


@dataclass(frozen=True)
class Cell:
    """One cell: where to go, what to do, and the verdict on the input."""

    next: str
    action: str
    verdict: str


@dataclass(frozen=True)
class Machine:
    """A full table. `cells[input][state]` is defined for every pair."""

    name: str
    doc: str
    states: tuple[str, ...]
    inputs: tuple[str, ...]
    notes: dict[str, str]
    cells: dict[str, dict[str, Cell]]
    terminal: tuple[str, ...] = ()

    @property
    def actions(self) -> tuple[str, ...]:
        """Every action named in a cell, in order of first use, `none` first."""
        seen = {"none": None}
        for row in self.cells.values():
            for cell in row.values():
                seen.setdefault(cell.action)
        return tuple(seen)


def parse(name: str, doc: str, grid: str, terminal: tuple[str, ...] = ()) -> Machine:
    """Read a text grid. A missing or unknown cell is a ValueError that names it."""
    lines = [line for line in grid.strip("\n").splitlines() if line.strip()]
    states = tuple(lines[0].split()[1:])
    cells: dict[str, dict[str, Cell]] = {}
    notes: dict[str, str] = {}
    for line in lines[1:]:
        body, _, note = line.partition("#")
        head, *texts = body.split()
        if len(texts) != len(states):
            raise ValueError(f"{name}: row {head} has {len(texts)} cells, {len(states)} needed")
        if head in cells:
            raise ValueError(f"{name}: row {head} stands twice")
        notes[head] = note.strip()
        cells[head] = {
            state: _cell(name, head, state, text, states)
            for state, text in zip(states, texts, strict=True)
        }
    return Machine(name, doc, states, tuple(cells), notes, cells, terminal)


def _cell(name: str, head: str, state: str, text: str, states: tuple[str, ...]) -> Cell:
    plain = {"dup": "IGNORE_DUPLICATE", "no": "REFUSE", "!!": "FAULT"}
    if text in plain:
        return Cell(state, "none", plain[text])
    target, _, action = text.partition("/")
    target = state if target == "=" else target
    if target not in states or not action:
        raise ValueError(f"{name}: cell {head} x {state}: {text!r} is no cell")
    return Cell(target, action, "TAKE")


ORDER: Final = parse(
    "order",
    "The life of one order as far as the evidence goes. `done` on a LIVE order means that the venue "
    "says it is over and trades for its leaves are still owed.",
    """
input          NONE            QUEUED           SENT              DELAYED          LIVE             UNKNOWN          FILLED         CANCELED       REJECTED       EXPIRED
SEND           SENT/submit     !!               !!                !!               !!               !!               !!             !!             !!             !!             # guard passed, no predecessor
QUEUE          QUEUED/queue    !!               !!                !!               !!               !!               !!             !!             !!             !!             # a replace waits for its predecessor's death
RELEASE        !!              SENT/submit      !!                !!               !!               !!               !!             !!             !!             !!             # predecessor proven dead, guard passed again
DROP           !!              CANCELED/finish  !!                !!               !!               !!               !!             !!             !!             !!             # a queued order dies here: the venue never saw it
ACCEPT_LIVE    no              no               LIVE/accept       LIVE/accept      dup              LIVE/accept      dup            dup            dup            dup            # answer: resting
ACCEPT_DELAYED no              no               DELAYED/accept    dup              dup              DELAYED/accept   dup            dup            dup            dup            # answer: in the venue's taker delay, cannot be cancelled
ACCEPT_MATCHED no              no               LIVE/matched      LIVE/matched     =/matched        LIVE/matched     dup            dup            dup            dup            # answer: matched now, trades follow
ACCEPT_UNCLEAR no              no               UNKNOWN/lose      UNKNOWN/lose     dup              dup              dup            dup            dup            dup            # seen: "unmatched" and "Duplicated" say neither yes nor no
REJECT         no              no               REJECTED/finish   REJECTED/finish  UNKNOWN/lose     REJECTED/finish  dup            dup            dup            dup            # seen: a reject after an accept is a contradiction, looked up
KILL           no              no               CANCELED/finish   CANCELED/finish  CANCELED/finish  CANCELED/finish  dup            dup            dup            dup            # FAK or FOK without a match: a normal end
LOSE           no              no               UNKNOWN/lose      UNKNOWN/lose     dup              dup              dup            dup            dup            dup            # seen: time-out, yet every retry filled
PLACED         LIVE/adopt      no               LIVE/accept       LIVE/accept      dup              LIVE/accept      dup            dup            dup            dup            # user channel placement
FOUND_OPEN     LIVE/adopt      no               LIVE/accept       LIVE/accept      =/matched        LIVE/accept      dup            dup            dup            dup            # looked up: open
MATCHED_MORE   LIVE/adopt      no               LIVE/matched      LIVE/matched     =/matched        LIVE/matched     dup            dup            dup            dup            # user channel update or look-up with a matched size; may precede its trades
FOUND_GONE     no              no               UNKNOWN/lose      UNKNOWN/lose     UNKNOWN/lose     dup              dup            dup            dup            dup            # a definite "not open" from a reconciliation, or a look that found nothing
CANCEL_DONE    no              no               CANCELED/finish   CANCELED/finish  CANCELED/finish  CANCELED/finish  dup            dup            dup            dup            # cancelled, every matched share is booked
CANCEL_OWED    no              no               LIVE/owe          LIVE/owe         =/owe            LIVE/owe         dup            LIVE/owe       LIVE/owe       LIVE/owe       # seen: cancel(0), trade, cancel(part), cancel(rest), trade
EXPIRE_DONE    no              no               EXPIRED/finish    EXPIRED/finish   EXPIRED/finish   EXPIRED/finish   dup            dup            dup            dup            # a cancellation whose reason is the order's own expiry
NOT_CANCELED   no              no               dup               dup              UNKNOWN/lose     dup              dup            dup            dup            dup            # seen: "already canceled or matched": which of the two is looked up
CANCEL_LATER   no              no               =/want_cancel     =/want_cancel    =/want_cancel    =/want_cancel    dup            dup            dup            dup            # the cancel did not reach the book (425, 429, 503): again
CANCEL_LOST    no              no               dup               dup              UNKNOWN/lose     dup              dup            dup            dup            dup            # outcome of a cancel unknown
FILL_PART      =/book_foreign  =/book_foreign   LIVE/fill         LIVE/fill        =/fill           LIVE/fill        =/fill_over    =/fill_late    =/fill_late    =/fill_late    # seen: fill before the answer, fill after the cancel was acknowledged
FILL_LAST      =/book_foreign  =/book_foreign   FILLED/fill       FILLED/fill      FILLED/fill      FILLED/fill      =/fill_over    FILLED/fill_late  FILLED/fill_late  FILLED/fill_late  # leaves become zero and nothing was cancelled
FILL_REST      =/book_foreign  =/book_foreign   CANCELED/fill     CANCELED/fill    CANCELED/fill    CANCELED/fill    =/fill_over    =/fill_late    =/fill_late    =/fill_late    # leaves become zero, the rest had been cancelled
DONE_FILLED    !!              !!               !!                !!               FILLED/finish    !!               !!             !!             !!             !!             # the venue says it is over, what lacks is dust
DONE_REST      !!              !!               !!                !!               CANCELED/finish  !!               !!             !!             !!             !!             # the same, and part of it had been cancelled
RISEN          !!              !!               !!                !!               !!               !!               LIVE/rise      LIVE/rise      LIVE/rise      LIVE/rise      # seen: an order held dead shows up open: reserved again, cancelled at once, alerted
REVERSED       =/reverse       =/reverse        =/reverse         =/reverse        =/reverse        =/reverse        =/reverse      =/reverse      =/reverse      =/reverse      # seen: a matched trade FAILED in settlement
PRESUME_DEAD   !!              !!               !!                !!               !!               CANCELED/finish  !!             !!             !!             !!             # cancel sent, enough empty looks over enough time
OVERDUE        !!              !!               !!                UNKNOWN/lose     UNKNOWN/lose     !!               !!             !!             !!             !!             # owed trades, delay or expiry past its time without a word
RESOLVED       no              CANCELED/finish  UNKNOWN/lose      UNKNOWN/lose     UNKNOWN/lose     dup              dup            dup            dup            dup            # the market resolved: the venue clears its book, we look
RESTARTED      no              =/requeue        UNKNOWN/lose      UNKNOWN/lose     =/requeue        =/requeue        dup            dup            dup            dup            # our process restarted: what had no answer is not known
""",
    terminal=("FILLED", "CANCELED", "REJECTED", "EXPIRED"),
)

REQUEST: Final = parse(
    "request",
    "The one request an order may have in flight. `cancel_wanted` and `query_wanted` are bits beside it, "
    "served as soon as order, request and venue allow.",
    """
input            IDLE             SUBMIT          CANCEL          QUERY
SEND             SUBMIT/none      !!              !!              !!             # the order leaves
ASK_CANCEL       CANCEL/emit      =/want          dup             =/want         # a cancel is asked for
ASK_QUERY        QUERY/emit       =/want          =/want          dup            # a look is asked for
SUBMIT_ANSWERED  dup              IDLE/serve      dup             dup            # any answer to the submit, or proof from elsewhere
CANCEL_ANSWERED  dup              dup             IDLE/serve      dup            # any answer to the cancel
QUERY_ANSWERED   dup              dup             dup             IDLE/serve     # any answer to the look
TIMED_OUT        !!               IDLE/serve      IDLE/serve      IDLE/serve     # no answer by the deadline
FINISHED         =/none           IDLE/none       IDLE/none       IDLE/none      # the order ended
RESTARTED        =/serve          IDLE/serve      IDLE/serve      IDLE/serve     # a request in flight at a crash has no answer any more
""",
)

TRADE: Final = parse(
    "trade",
    "Settlement of one fill, keyed by (trade, order). Not every state is seen.",
    """
input           NONE                  NOT_BROADCAST   MATCHED         MINED           CONFIRMED    RETRYING         FAILED
NOT_BROADCAST   NOT_BROADCAST/post    dup             dup             dup             dup          dup              dup          # matched, not yet sent to the chain
MATCHED         MATCHED/post          MATCHED/note    dup             dup             dup          dup              dup          # sent to the chain
MINED           MINED/post            MINED/note      MINED/note      dup             dup          MINED/note       dup          # in a block
CONFIRMED       CONFIRMED/post_final  CONFIRMED/settle CONFIRMED/settle CONFIRMED/settle dup       CONFIRMED/settle =/dispute    # the only state that is safe to spend from
RETRYING        RETRYING/post         RETRYING/note   RETRYING/note   RETRYING/note   dup          dup              dup          # the chain refused, the venue tries again
FAILED          FAILED/post_failed    FAILED/undo     FAILED/undo     FAILED/undo     =/dispute    FAILED/undo      dup          # seen: ghost fills; a third of one user's market buys
""",
    terminal=("CONFIRMED", "FAILED"),
)

FEED: Final = parse(
    "feed",
    "How far the book of one condition can be believed. SYNCED and SUSPECT may be quoted on.",
    """
input            DOWN             WARMING          SYNCING          SYNCED          SUSPECT         STALE
CONNECTED        =/none           dup              dup              dup             dup             dup              # subscribed; the book comes with the first snapshot
LOST             dup              DOWN/drop        DOWN/drop        DOWN/drop       DOWN/drop       DOWN/drop        # a reconnect drops the book until a snapshot
DELTA            WARMING/apply    =/apply          =/apply          =/apply         =/apply         =/apply          # one level, absolute size
SNAPSHOT_FIRST   SYNCING/clear    SYNCING/clear    SYNCING/clear    SYNCING/clear   SYNCING/clear   SYNCING/clear    # a snapshot replaces the book
SNAPSHOT_LEVELS  no               no               =/levels         no              no              no               # more levels of it
SNAPSHOT_LAST    no               no               SYNCED/ready     no              no              no               # complete and not crossed
SNAPSHOT_CROSSED no               no               STALE/spoil      no              no              no               # complete and crossed: not believed, asked for again
AGREED           dup              =/warm           dup              =/none          SYNCED/calm     =/none           # end of group: our best is the carried best
WARMED           !!               SYNCED/calm      !!               !!              !!              !!               # imports without snapshots: long enough, often enough
MISSING_BEST     dup              =/cool           dup              STALE/resync    STALE/resync    =/none           # a carried best that we do not hold
CROSSED          dup              =/cool           dup              SUSPECT/doubt   =/doubt         =/none           # end of group and crossed: heals by itself as a rule
TICK             =/grid           =/grid           =/grid           SUSPECT/grid    =/grid          =/grid           # all prices stay valid, the guard's grid changes
HASH_GOOD        dup              =/none           dup              =/none          SYNCED/calm     =/none           # the venue's hash of the book fits
HASH_BAD         dup              =/none           dup              SUSPECT/doubt   =/doubt         =/none           # it fits no candidate: counted
HASH_LASTING     dup              =/none           dup              STALE/resync    STALE/resync    =/none           # it has not fitted for N groups or M ms
MIRROR_MISMATCH  dup              =/none           dup              SUSPECT/doubt   =/doubt         =/none           # the complement's change was not the mirror image
GAP              dup              STALE/resync     STALE/resync     STALE/resync    STALE/resync    =/none           # changes were dropped or conflated
SILENCE          dup              STALE/resync     STALE/resync     STALE/resync    STALE/resync    =/none           # seen: PONGs for hours and no data
RESTARTED        =/none           DOWN/drop        DOWN/drop        DOWN/drop       DOWN/drop       DOWN/drop        # our process restarted
""",
)

VENUE: Final = parse(
    "venue",
    "What the matching engine takes. 425, 503 and the post-only minutes after a restart are states, not rejects.",
    """
input            NORMAL               POST_ONLY            CANCEL_ONLY           DISABLED              RESTARTING
SEEN_NORMAL      =/none               NORMAL/resume        NORMAL/resume         NORMAL/resume         POST_ONLY/careful     # two post-only minutes follow a restart
SEEN_POST_ONLY   POST_ONLY/careful    =/careful            POST_ONLY/careful     POST_ONLY/careful     POST_ONLY/careful     # 503 with code post_only_mode, or announced
SEEN_CANCEL_ONLY CANCEL_ONLY/stop     CANCEL_ONLY/stop     =/stop                CANCEL_ONLY/stop      CANCEL_ONLY/stop      # 503 cancel-only
SEEN_DISABLED    DISABLED/stop        DISABLED/stop        DISABLED/stop         =/stop                DISABLED/stop         # 503 disabled: cancels are refused too
SEEN_RESTARTING  RESTARTING/stop      RESTARTING/stop      RESTARTING/stop       RESTARTING/stop       =/stop                # 425 on every order end point
TIMED_OUT        !!                   NORMAL/resume        POST_ONLY/careful     POST_ONLY/careful     POST_ONLY/careful     # no further sign for the state's time: try, post-only first
""",
)

BREAKER: Final = parse(
    "breaker",
    "Backs off from a storm of rejects. One a market and one global; HALF_OPEN lets one probe through.",
    """
input            CLOSED           OPEN            HALF_OPEN
COUNTED          =/count          =/tally         =/tally          # a counted reject of an order that is not the probe
LIMIT            OPEN/open        =/tally         =/tally          # the counted reject that reaches the limit
ACCEPTED         =/reset          =/none          =/none           # an accepted order that is not the probe
COOLED           !!               HALF_OPEN/none  !!               # the pause is over
PROBE_SENT       !!               !!              =/probe          # one submit goes out to ask
PROBE_ACCEPTED   !!               !!              CLOSED/reset     # the only way to close, but for an operator
PROBE_REJECTED   !!               !!              OPEN/reopen      # the next step: 600, 1,200, ... 7,200 s
PROBE_UNCOUNTED  !!               !!              =/free           # a reject that does not count: a new probe may go
TRIP             OPEN/open        =/none          =/none           # global only: enough markets opened within the window
OPERATOR_RESET   dup              CLOSED/reset    CLOSED/reset     # by hand
""",
)

SESSION: Final = parse(
    "session",
    "Whether the engine as a whole may add risk.",
    """
input             STARTING            RECONCILING          TRADING              DRAINING         HALTED
RECONCILE_BEGUN   RECONCILING/none    dup                  =/none               =/none           no                # a read of the venue's orders, trades and balances begins
RECONCILED        no                  TRADING/settle       =/settle             =/settle         =/settle          # it ended and everything agrees
DIFFERS           no                  =/refetch            RECONCILING/refetch  =/refetch        =/none            # it ended with an open difference: read again
DIFFERS_AGAIN     no                  HALTED/halt          HALTED/halt          HALTED/halt      dup               # and still: a person must look
DRAIN             DRAINING/drain      DRAINING/drain       DRAINING/drain       =/drain          =/drain           # operator or loss stop: no new risk, cancel all
RESUME            no                  no                   dup                  TRADING/resume   no                # operator only, after a reconciliation without differences
RESUME_UNREAD     no                  no                   dup                  RECONCILING/refetch no             # operator, but the account has not been reconciled since the start
HALT              HALTED/halt         HALTED/halt          HALTED/halt          HALTED/halt      dup               # a fault, or an operator
RESTARTED         =/none              =/none               RECONCILING/none     =/none           RECONCILING/none  # HALT ends only by a restart that reconciles; DRAINING only by an operator
""",
)

MACHINES: Final = (ORDER, REQUEST, TRADE, FEED, VENUE, BREAKER, SESSION)
