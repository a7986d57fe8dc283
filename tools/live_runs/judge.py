"""Figures of a run, and whether each criterion is met: one table for people, one JSON for all.

Owns the limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from clobstep.enums import Fault
from live_runs import verify
from live_runs.person import Person
from live_runs.piece import Piece

GROWS_KB: Final = 8 << 10  # memory that a run may gain by noise alone
GROWS_SHARE: Final = 1.1
LAG_MS: Final = 100.0  # of a hundred batches the 99th, in the median half second
LATER: Final = 2.0  # and no more than so much of what it was in the first half
WRONG_BALANCES: Final = ("balance_lie_every", "money_every")
STARTS: Final = 3  # a balance lies for up to half a minute, and a start reads it again
WARM: Final = 4  # the first quarter of the samples says nothing about memory


class Criterion(NamedTuple):
    """One line of the table."""

    name: str
    good: bool
    figures: str


def judge(
    piece: Piece, differs: list[str], code: int | None, person: Person
) -> tuple[dict[str, Any], bool]:
    """All of a run whose trader has ended."""
    plan = piece.plan
    found: list[Criterion] = []
    truth, posted, samples = piece.truth(), piece.posted(), piece.statuses()
    out: dict[str, Any] = {"profile": Path(plan.profile).stem, "seed": plan.seed, "exit": code}
    found.append(Criterion("books equal", not differs, "; ".join(differs) or "to the micro"))
    error = piece.error().strip().rpartition("\n")[2]
    found.append(Criterion("ended by itself", code == 0, error or f"exit code {code}"))
    found.append(Criterion("exchange whole", not truth["check"], f"check {truth['check']}"))
    read = verify.verify(plan.session, plan.strategy, dict(plan.settings))
    checked = verify.check_all(plan.session, piece.commits())
    alerts = verify.alerts(plan.session)
    out |= {"replay": read, "session": checked, "alerts": alerts}
    found += _of_session(read, checked)
    found += _of_orders(piece, truth, posted)
    found.append(_of_breakers(alerts["breakers"]))
    found.append(_of_halts(person, truth["spells"]))
    out["person"] = {"said": dict(person.said), "halts": dict(person.halts)}
    out["memory"], line = _memory(samples)
    found.append(line)
    out["lag"], line = _lag(samples)
    found.append(line)
    last = samples[-1] if samples else {}
    out["last"] = {k: v for k, v in last.items() if k not in ("tokens", "lag")}
    out["posted"] = {k: v for k, v in posted.items() if k != "hashes"}
    out["faults"] = truth["faults"] | truth["spells"]
    out["criteria"] = [c._asdict() for c in found]
    return out, all(c.good for c in found)


def _of_session(read: dict[str, Any], checked: dict[str, Any]) -> list[Criterion]:
    same = read["same"] is True and read["sealed"]
    parts = f"{read['events']:,} events, {read['parts']} parts, chain {read['chain']}"
    strategy = read["strategy"]
    turns = f"{strategy['turns']:,} turns, {strategy['intents']:,} intents"
    broken = checked["broken"]
    lost = checked["commits_lost"]
    return [
        Criterion("replay --verify", same, parts if same else f"{read['difference']}"),
        Criterion("strategy again", strategy["same"], f"{turns} {strategy['first'] or ''}"),
        Criterion("invariants", not broken, f"{broken or 'each ' + str(checked['checked_each'])}"),
        Criterion("commits kept", not lost, f"{checked['commits']:,} told; lost: {lost or 'none'}"),
    ]


def _of_orders(piece: Piece, truth: dict[str, Any], posted: dict[str, Any]) -> list[Criterion]:
    orders, trades = verify.names_of(piece.plan.session)
    unknown = set(posted["hashes"]) - orders
    theirs = {row["id"] for account in truth["accounts"][:1] for row in account["trades"]}
    unheard = theirs - trades
    twice = posted["again"] or posted["salts"]
    return [
        Criterion(
            "nothing posted twice", not twice and posted["orders"] > 0,
            f"{posted['orders']:,} orders, {len(posted['again'])} again, "
            f"{len(posted['salts'])} salts again",
        ),
        Criterion("orders journaled", not unknown, f"{len(unknown)} at the venue, not in the file"),
        Criterion("trades journaled", not unheard, f"{len(theirs):,} trades, {len(unheard)} not"),
    ]  # fmt: skip


def _of_breakers(found: dict[str, Any]) -> Criterion:
    text = (
        f"{found['opened']} opened, {found['closed']} closed, {found['probed_in_vain']} probed in "
        f"vain, {found['still_paused_at_the_end']} still paused, "
        f"{len(found['never_probed'])} never probed"
    )
    return Criterion("pauses probed", not found["never_probed"], text)


def _of_halts(person: Person, spells: dict[str, int]) -> Criterion:
    """It may halt only for balances that were wrong twice, and no more often than that was."""
    reasons = sum(spells.get(knob, 0) for knob in WRONG_BALANCES)
    n = person.halts.total()
    good = set(person.halts) <= {Fault.RECONCILE.name} and n <= STARTS * reasons
    text = f"{dict(person.halts) or 'none'}; balances lied or money was moved {reasons} times"
    return Criterion("halts", good, text)


def _memory(samples: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], Criterion]:
    """Of the last process: a quarter after its beginning beside its last quarter."""
    rows = [s["rss_kb"] for s in _of_last(samples)]
    later = rows[len(rows) // WARM :]
    half = len(later) // 2
    if not half:
        return {}, Criterion("memory flat", False, "no samples")
    before, after = median(later[:half]), median(later[half:])
    good = after <= before * GROWS_SHARE + GROWS_KB
    figures = {"first_kb": rows[0], "before_kb": before, "after_kb": after, "most_kb": max(rows)}
    return figures, Criterion(
        "memory flat", good, f"{before / 1024:.0f} then {after / 1024:.0f} MB"
    )


def _lag(samples: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], Criterion]:
    rows = [s for s in _of_last(samples) if "p99_ms" in s["lag"]["market"]]
    lags = [s["lag"]["market"]["p99_ms"] for s in rows]
    half = len(lags) // 2
    if not half:
        return {}, Criterion("lag flat", False, "no samples")
    before, after = median(lags[:half]), median(lags[half:])
    most = max(s["lag"]["market"]["most_ms"] for s in rows)
    waiting = max(s["waiting"][0] for s in rows)
    figures = {"p99_before_ms": before, "p99_after_ms": after, "most_ms": most, "waiting": waiting}
    good = after <= max(LAG_MS, LATER * before)
    return figures, Criterion("lag flat", good, f"p99 {before} then {after} ms, most {most} ms")


def _of_last(samples: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Samples of the last process: its processor time only rises."""
    begin = 0
    for k in range(1, len(samples)):
        if samples[k]["cpu_s"] < samples[k - 1]["cpu_s"]:
            begin = k
    return samples[begin:]


def table(out: dict[str, Any]) -> str:
    """For people."""
    head = f"{out['profile']}, seed {out['seed']}"
    lines = [
        f"  {'PASS' if c['good'] else 'FAIL'}  {c['name']:<22} {c['figures'][:300]}"
        for c in out["criteria"]
    ]
    return "\n".join([head, *lines])
