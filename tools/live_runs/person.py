"""Whoever runs a live trader: says what money was moved by hand, and starts a halted one again.

A withdrawal that nobody told is money missing, and a balance that lies twice looks the same: the
engine halts, and only a start that reads the account ends that. Holds and a loss stop end by a
word; in the runs somebody has looked and says it.
Owns what was said and how often. Decides nothing that the trader could.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Final

from clobstep.enums import Fault, SessionState
from clobstep.live.operator import TellError, ask, control_path
from clobstep.units import CashMicros, format_cash
from live_runs.piece import Piece

LOOK_S: Final = 1.0
WORDS_S: Final = 45.0
START_S: Final = 20.0  # between two starts of one that halts
OF_MARKET: Final = ("clear-unhedged", "lift-loss-stop")


class Person:
    """Beside one piece; `watch` instead of waiting."""

    def __init__(self, piece: Piece) -> None:
        self.said: Counter[str] = Counter()
        self.halts: Counter[str] = Counter()
        self._piece = piece
        self._moved = 0  # micros that the trader knows of
        self._words_at = time.monotonic() + WORDS_S
        self._start_at = 0.0

    def watch(self, seconds: float, *, goes_on: bool = True) -> int | None:
        """For so long, or until the trader has ended by itself: then its exit code."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if (code := self._piece.wait(min(LOOK_S, left))) is not None:
                return code
            self.look(goes_on=goes_on)
        return None

    def look(self, *, goes_on: bool = True) -> None:
        """What a person would say or do now. Not `goes_on`: it is to end, holds may stay."""
        status = self._piece.status()
        if status is None:
            return
        self._money(known=status["seq"] > 0)
        if status["halted"] and goes_on and time.monotonic() > self._start_at:
            self.halts[Fault(status["fault"]).name] += 1
            self._piece.end()
            self._piece.begin()
            self._start_at = time.monotonic() + START_S  # what is wrong may last for a while
        elif goes_on and time.monotonic() > self._words_at:
            self._words_at = time.monotonic() + WORDS_S
            if status["session"] == SessionState.DRAINING:
                self._say("resume")
            self._say("lift-hold")
            for market in self._piece.markets():
                for word in OF_MARKET:
                    self._say(word, market=market)

    def _money(self, *, known: bool) -> None:
        moved = self._piece.moved_micros()
        more = moved - self._moved
        if not known:
            self._moved = moved  # it will find it there when it begins
        elif more:
            word = "deposit" if more > 0 else "withdrawal"
            if self._say(word, format_cash(CashMicros(abs(more)))):
                self._moved = moved

    def _say(self, word: str, amount: str = "", market: str = "") -> bool:
        try:
            answer = ask(control_path(self._piece.plan.session), word, amount, market)
        except TellError:
            return False  # it is just starting, or has ended
        self.said[word if answer.ok else f"{word} refused"] += 1
        return answer.ok
