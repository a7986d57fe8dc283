"""The life of one order as the order table of docs/state-machines.md tells it, state by state.

`decide` is pure: it says what a word means in a state and changes nothing.
"""

from __future__ import annotations

from typing import Final

from .codes import OrderAction as A
from .codes import OrderInput as W
from .codes import OrderState as S
from .codes import Verdict

Cell = tuple[Verdict, int, A]
FILLS: Final = (W.FILL_PART, W.FILL_LAST, W.FILL_REST)


def decide(state: int, word: int) -> Cell:
    """(verdict, next state, action). AssertionError where the table says `!!`."""
    if word == W.REVERSED:
        return Verdict.TAKE, state, A.REVERSE
    if state == S.NONE:
        return _none(state, word)
    if state == S.QUEUED:
        return _queued(state, word)
    if state in (S.SENT, S.DELAYED, S.UNKNOWN):
        return _unproven(state, word)
    if state == S.LIVE:
        return _live(state, word)
    return _ended(state, word)


def _dup(state: int) -> Cell:
    return Verdict.IGNORE_DUPLICATE, state, A.NONE


def _none(state: int, word: int) -> Cell:
    if word == W.SEND:
        return Verdict.TAKE, S.SENT, A.SUBMIT
    if word == W.QUEUE:
        return Verdict.TAKE, S.QUEUED, A.QUEUE
    raise AssertionError((state, word))


def _queued(state: int, word: int) -> Cell:
    if word == W.RELEASE:
        return Verdict.TAKE, S.SENT, A.SUBMIT
    if word in (W.DROP, W.RESOLVED):
        return Verdict.TAKE, S.CANCELED, A.FINISH
    if word == W.RESTARTED:
        return Verdict.TAKE, state, A.REQUEUE
    return Verdict.REFUSE, state, A.NONE


def _finished(word: int) -> int | None:
    """Where a proof that the order is over leads, from every open state but QUEUED."""
    if word in (W.KILL, W.CANCEL_DONE):
        return S.CANCELED
    if word == W.EXPIRE_DONE:
        return S.EXPIRED
    return None


def _filled(word: int) -> Cell:
    if word == W.FILL_PART:
        return Verdict.TAKE, S.LIVE, A.FILL
    if word == W.FILL_LAST:
        return Verdict.TAKE, S.FILLED, A.FILL
    return Verdict.TAKE, S.CANCELED, A.FILL


def _unproven(state: int, word: int) -> Cell:
    """SENT, DELAYED, UNKNOWN: the venue's first clear word decides."""
    over = S.REJECTED if word == W.REJECT else _finished(word)
    if over is not None:
        return Verdict.TAKE, over, A.FINISH
    if word in FILLS:
        return _filled(word)
    if word in (W.ACCEPT_LIVE, W.PLACED, W.FOUND_OPEN):
        return Verdict.TAKE, S.LIVE, A.ACCEPT
    if word == W.ACCEPT_DELAYED and state != S.DELAYED:
        return Verdict.TAKE, S.DELAYED, A.ACCEPT
    if word in (W.ACCEPT_MATCHED, W.MATCHED_MORE):
        return Verdict.TAKE, S.LIVE, A.MATCHED
    if word == W.CANCEL_OWED:
        return Verdict.TAKE, S.LIVE, A.OWE
    if word == W.CANCEL_LATER:
        return Verdict.TAKE, state, A.WANT_CANCEL
    if state == S.UNKNOWN and word == W.RESTARTED:
        return Verdict.TAKE, state, A.REQUEUE
    if state == S.UNKNOWN and word == W.PRESUME_DEAD:
        return Verdict.TAKE, S.CANCELED, A.FINISH
    lost = (W.ACCEPT_UNCLEAR, W.LOSE, W.FOUND_GONE, W.RESOLVED, W.RESTARTED)
    if state != S.UNKNOWN and word in lost:
        return Verdict.TAKE, S.UNKNOWN, A.LOSE
    if word == W.OVERDUE:
        assert state == S.DELAYED, (state, word)
        return Verdict.TAKE, S.UNKNOWN, A.LOSE
    return _dup(state)


def _live(state: int, word: int) -> Cell:
    over = _finished(word)
    if over is not None:
        return Verdict.TAKE, over, A.FINISH
    if word in FILLS:
        return _filled(word)
    if word in (W.ACCEPT_MATCHED, W.FOUND_OPEN, W.MATCHED_MORE):
        return Verdict.TAKE, state, A.MATCHED
    if word == W.CANCEL_OWED:
        return Verdict.TAKE, state, A.OWE
    if word == W.CANCEL_LATER:
        return Verdict.TAKE, state, A.WANT_CANCEL
    if word == W.DONE_FILLED:
        return Verdict.TAKE, S.FILLED, A.FINISH
    if word == W.DONE_REST:
        return Verdict.TAKE, S.CANCELED, A.FINISH
    if word == W.RESTARTED:
        return Verdict.TAKE, state, A.REQUEUE
    lost = (W.REJECT, W.FOUND_GONE, W.NOT_CANCELED, W.CANCEL_LOST, W.OVERDUE, W.RESOLVED)
    if word in lost:
        return Verdict.TAKE, S.UNKNOWN, A.LOSE
    return _dup(state)


def _ended(state: int, word: int) -> Cell:
    if word in FILLS:
        if state == S.FILLED:
            return Verdict.TAKE, state, A.FILL_OVER
        return Verdict.TAKE, S.FILLED if word == W.FILL_LAST else state, A.FILL_LATE
    if word == W.CANCEL_OWED and state != S.FILLED:
        return Verdict.TAKE, S.LIVE, A.OWE
    if word == W.RISEN:
        return Verdict.TAKE, S.LIVE, A.ADOPT
    return _dup(state)
