"""What a check is and what it says, and how many are run one after the other.

A check is a small function that is given a site and gives a Result, or raises FailError or
SkipError from wherever it notices. Owns the time limits, and that nothing a check does, or does not
do, keeps the next one from running.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, Generic, NamedTuple, TypeVar, overload

import trio

from clobstep.live.wire_socket import cause, ignore
from clobstep.secret import redact, redact_value
from clobstep.venue.rest.reads import Failed

S = TypeVar("S")
T = TypeVar("T")
Figures = Mapping[str, Any]
LIMIT_S: Final = 30.0


class Verdict(Enum):
    """How a check ended."""

    PASS = "PASS"  # noqa: S105 - no password
    FAIL = "FAIL"
    SKIPPED = "SKIPPED"


class Result(NamedTuple):
    """One line. `fix`: the way out of a FAIL, what a SKIPPED one needs, or advice on a PASS."""

    verdict: Verdict
    reason: str
    fix: str = ""
    figures: Figures = {}  # noqa: RUF012 - never changed
    name: str = ""  # given by the runner, unless a check has several results


class FailError(Exception):
    """A check failed: the reason and the way out."""

    def __init__(self, reason: str, fix: str = "", *, figures: Figures | None = None) -> None:
        super().__init__(reason)
        self.result = Result(Verdict.FAIL, reason, fix, figures or {})


class SkipError(Exception):
    """A check cannot be made: the reason, and what it needs."""

    def __init__(self, reason: str, fix: str = "") -> None:
        super().__init__(reason)
        self.result = Result(Verdict.SKIPPED, reason, fix)


def passed(reason: str, fix: str = "", *, figures: Figures | None = None) -> Result:
    return Result(Verdict.PASS, reason, fix, figures or {})


def refused(what: str, found: Failed) -> FailError:
    """A request whose answer is none: what the venue said, the likely cause and the way out."""
    row = found.verdict.row
    if row is None:
        return FailError(f"{what}: {found.why}")
    said = f"{found.verdict.text!a}: " if found.verdict.text else ""
    return FailError(f"{what}: {said}{row.cause}", row.fix)


class Check(NamedTuple, Generic[S]):
    """A name, a function, and how long it may take."""

    name: str
    run: Callable[[S], Awaitable[Result | Sequence[Result]]]
    limit_s: float = LIMIT_S


async def run_checks(
    checks: Sequence[Check[S]], site: S, tell: Callable[[Result], None] = ignore
) -> list[Result]:
    """All of them, in order; `tell` hears each result as soon as it is there."""
    found: list[Result] = []
    for check in checks:
        for result in await _one(check, site):
            named = _clean(result, check.name)
            found.append(named)
            tell(named)
    return found


async def _one(check: Check[S], site: S) -> Sequence[Result]:
    try:
        with trio.fail_after(check.limit_s):
            made = await outcome(check.run(site))
            return [made] if isinstance(made, Result) else made
    except trio.TooSlowError:
        return [Result(Verdict.FAIL, f"it took longer than {check.limit_s:g} s")]


@overload
async def outcome(made: Awaitable[Result], name: str = "") -> Result: ...
@overload
async def outcome(made: Awaitable[T], name: str = "") -> T | Result: ...
async def outcome(made: Awaitable[T], name: str = "") -> T | Result:
    """What a check, or a part of one, says: a result too where it raised."""
    try:
        found = await made
    except (FailError, SkipError) as told:
        return told.result._replace(name=name)
    except Exception as error:  # whatever it is, the other checks are made
        kind = type(error).__name__
        why = f"the check itself broke: {kind}: {cause(error)}"
        return Result(Verdict.FAIL, why, name=name)
    if isinstance(found, Result) and name:
        return found._replace(name=name)
    return found


def _clean(result: Result, name: str) -> Result:
    """Named, and without secrets, whatever the venue repeated."""
    return Result(
        result.verdict,
        redact(result.reason),
        redact(result.fix),
        redact_value(result.figures),
        result.name or name,
    )
