"""What a person says to a trader: a word becomes an event, and the answer is what came of it.

A word does not wait at the gate: a read of the account that it should come before may be running.
What was answered as taken is durable. Draining also turns the strategy's wakes off, for a strategy
that may still lessen its risk would quote on; resuming turns them on again.
Owns: whether words are heard yet, whether the process is ending, and what was refused.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import trio

from clobstep import effects, events, show, units
from clobstep.enums import NO_TOKEN, Alert, EffectKind, EventKind, Fault, SessionState, Wake
from clobstep.live.config import Config
from clobstep.live.feed import Feed
from clobstep.live.inbox import InboxFullError
from clobstep.live.operator import WORDS, Answer, Operator, Said, control_path
from clobstep.live.task import EngineTask
from clobstep.session.format import SessionError
from clobstep.venue.notes import Note

BUSY_S: Final = 5.0
ENDING: Final = Answer(False, "the process is ending; start it again instead")


class Words:
    """One trader's. The strategy is asked only for what wakes it."""

    def __init__(
        self,
        config: Config,
        feed: Feed,
        task: EngineTask,
        strategy: Any,
        *,
        note: Callable[[Note], None],
    ) -> None:
        self.is_begun = False
        self.is_ending = False
        self._config = config
        self._feed = feed
        self._task = task
        self._core = task.core
        self._clock = feed.clock
        self._wakes = [wake for wake in Wake if int(strategy.wakes) & wake]
        self._note = note
        self._one = trio.Lock()  # what is refused is the word that was said last
        self._refused: list[bytes] = []
        self._shown: set[EffectKind] = set()

    # --- the trader's side ------------------------------------------------------------------------

    async def listen(self) -> None:
        """Until cancelled: words come by a socket beside the session."""
        path = control_path(Path(self._config.session.path).expanduser())
        await Operator(path, self.hear, on_note=self._note).run()

    def begin(self) -> None:
        """The strategy is woken from here, and words are heard."""
        self.is_begun = True
        self._wake_on(*self._wakes)

    def drain(self) -> None:
        """Stop quoting and cancel all. The strategy is woken by nothing any more, as replays see.

        Draining alone would let it lessen its risk, and so quote on.
        """
        self._wake_on()
        self._put(events.operator("DRAIN", at=self._clock.now_ns()))

    def end(self) -> None:
        """The same for good. A session that halted is not left drained: a start ends the HALT."""
        self.is_ending = True
        if self._core.engine.view.halted:
            self._wake_on()
            self._put(events.operator("CANCEL_ALL", at=self._clock.now_ns()))
        else:
            self.drain()

    def refused(self, record: bytes) -> None:
        """The engine refused an event of a kind that people say."""
        self._refused.append(record)

    def alerted(self, record: bytes) -> Note:
        """An ALERT or HALT as people read it; how moved money is told, once for each of the two."""
        effect = effects.unpack(record)
        kind, text = EffectKind(effect.kind), show.effect(record)
        is_alert = kind == EffectKind.ALERT
        differs = (
            effect.code == Alert.BALANCE_DIFFERS and effect.token == NO_TOKEN
            if is_alert
            else effect.code == Fault.RECONCILE
        )
        if differs and kind not in self._shown:
            self._shown.add(kind)
            text += (
                f"; if money was moved by hand: clobstep tell -c {self._config.path or 'FILE'} "
                "deposit|withdrawal AMOUNT" + ("" if is_alert else ", then start again")
            )
        return Note("alert" if is_alert else "halt", text)

    # --- a person's side --------------------------------------------------------------------------

    async def hear(self, said: Said, who: str) -> Answer:
        """Put a word to the engine and wait until it was stepped."""
        async with self._one:
            if WORDS[said.word].kind is None:
                return Answer(True, self.status())
            answer = await self._tell(said)
            self._note(Note("operator", f"{who} said {said}: {answer.said}"))
            if answer.ok:
                try:
                    self._core.commit()
                except SessionError as error:
                    return Answer(False, f"the journal failed, so nothing counts: {error}")
            return answer

    def status(self) -> str:
        """What people ask for."""
        if not self.is_begun:
            return "the account is read for the first time; the session has not begun"
        view = self._core.engine.view
        told = SessionState(view.session).name
        if view.halted:
            told += f" by {Fault(view.fault).name}: stop it and start it again"
        cash = units.format_cash(units.CashMicros(view.cash.settled))
        return f"{told}; cash {cash} pUSD; {len(view.orders())} open orders"

    async def _tell(self, said: Said) -> Answer:
        if not self.is_begun:
            return Answer(False, "the session has not begun; what the account holds now counts")
        if self.is_ending and said.word == "resume":
            return ENDING
        token = None
        if said.market and (token := self._token(said.market)) is None:
            known = ", ".join(info.slug or info.condition for info in self._feed.infos.values())
            why = f"{said.market}: no market of this process; it follows {known[:1_000]}"
            return Answer(False, why, usable=False)
        if said.outcome:
            assert token is not None, "the word was looked at"
            if (which := self._outcome(said)) is None:
                return Answer(False, f"{said.outcome}: say YES or NO, or its name", usable=False)
            token += which
        self._refused.clear()
        try:
            self._say(said, token)
        except (ValueError, InboxFullError) as error:
            return Answer(False, str(error), usable=not isinstance(error, ValueError))
        with trio.move_on_after(BUSY_S) as waiting:
            await self._task.stepped()
        if waiting.cancelled_caught:
            return Answer(
                False,
                "the engine is busy and will hear it when it comes to it; do not say it again "
                "before `status` answers",
            )
        if self._core.error is not None:
            return Answer(False, f"the journal failed, so nothing counts: {self._core.error}")
        if self._refused:
            return Answer(False, f"{show.effect(self._refused[0])}; {self.status()}")
        if said.word == "resume":
            if self.is_ending:  # since it was said
                return ENDING
            self._wake_on(*self._wakes)
        return Answer(True, f"taken; {self.status()}")

    def _say(self, said: Said, token: int | None) -> None:
        """Errors: ValueError for an amount that is none; InboxFullError."""
        word, now_ns = WORDS[said.word], self._clock.now_ns()
        if said.word == "drain":
            self.drain()
        elif word.kind == EventKind.DEPOSIT:
            self._put(events.deposit(cash=said.amount, at=now_ns))
        elif word.kind == EventKind.WITHDRAWAL:
            self._put(events.withdrawal(cash=said.amount, at=now_ns))
        elif word.kind == EventKind.ADJUSTMENT:
            amount = said.amount if said.word == "found" else f"-{said.amount}"
            self._put(self._adjustment(amount, token, now_ns))
        else:
            assert word.code is not None
            self._put(events.operator(word.code, at=now_ns, token=token))

    def _adjustment(self, amount: str, token: int | None, now_ns: int) -> bytes:
        if token is None:
            return events.adjustment(cash=amount, at=now_ns)
        generation = self._core.engine.view.market(token).generation
        return events.adjustment(token=token, size=amount, generation=generation, at=now_ns)

    def _outcome(self, said: Said) -> int | None:
        """0 for YES, 1 for NO, by these words or by the market's own."""
        names = next(
            info.outcomes
            for condition, info in self._feed.infos.items()
            if said.market in (info.slug, condition)
        )
        for words in (("YES", "NO"), names):
            for which, word in enumerate(words):
                if word.casefold() == said.outcome.casefold():
                    return which
        return None

    def _token(self, market: str) -> int | None:
        for condition, info in self._feed.infos.items():
            if market in (info.slug, condition):
                return self._feed.interning.find_pair(condition)
        return None

    def _wake_on(self, *wakes: Wake) -> None:
        now_ns = self._clock.now_ns()
        evens = self._feed.evens()
        self._put(b"".join(events.wake_on(even, *wakes, at=now_ns) for even in evens))

    def _put(self, found: bytes) -> None:
        self._feed.inbox.private(found)
