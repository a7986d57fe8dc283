"""The state of a session at one event, and steps back and forth from it.

Owns where it stands. Forward it steps the engine it has; back it begins at the last recorded
snapshot, which costs some milliseconds.
"""

from __future__ import annotations

from typing import Any, Final

from clobstep import Engine, show
from clobstep.enums import EffectKind
from clobstep.replay import state
from clobstep.replay.state import Recorded
from clobstep.session.format import SessionError

LAST_EFFECTS: Final = 12
_BACK: Final = 4_096  # events in which the last effects are looked for


class Inspector:
    """Looks at a session, event by event. `seq` is the last event that has happened."""

    def __init__(self, session: Recorded, at: int = -1) -> None:
        """Stand after event `at`; negative counts from the end, -1 is the last.

        Raises SessionError for a number that there is not.
        """
        self.session = session
        self._engine = state.at(session, self.number(at))

    @property
    def seq(self) -> int:
        """The event it stands after; 0 is before the first."""
        return self._engine.seq

    @property
    def engine(self) -> Engine:
        """The engine in that state."""
        return self._engine

    def number(self, at: int) -> int:
        """An event's number from what a person wrote. Raises SessionError."""
        first, last = self.session.begins_at, self.session.last_seq
        seq = at if at >= 0 else last + 1 + at
        if not first <= seq <= last:
            raise SessionError(
                f"{self.session.path}: there is no event {at}; it has {first + 1} to {last}, "
                f"-1 is the last, {first} is before the first"
            )
        return seq

    def go(self, at: int) -> None:
        """Stand after another event. Raises SessionError for a number that there is not."""
        seq = self.number(at)
        if seq < self._engine.seq:
            self._engine = state.at(self.session, seq)
        else:
            state.forward(self.session, self._engine, seq)

    def move(self, events: int) -> bool:
        """Go so many events forth or, negative, back; False where there is no such event."""
        seq = self._engine.seq + events
        if not self.session.begins_at <= seq <= self.session.last_seq:
            return False
        self.go(seq)
        return True

    def picture(self, levels: int = state.LEVELS) -> dict[str, Any]:
        """The event, its effects, the last ones before, and the state. Plain JSON types."""
        seq = self._engine.seq
        record = state.event(self.session, seq) if seq > self.session.begins_at else b""
        own, before = self._effects(seq)
        return {
            "of": self.session.last_seq,
            "event": show.event(record, time=True) if record else None,
            "effects": own,
            "effects_before": before,
            **state.picture(self.session, self._engine, levels=levels),
        }

    def _effects(self, seq: int) -> tuple[list[str], list[str]]:
        """Lines of the effects of event `seq`, and of the last ones before it but timers."""
        own: list[str] = []
        before: list[str] = []
        for effect in state.effects(self.session, max(seq - _BACK, 1), seq):
            line = show.effect(effect.tobytes())
            if effect["seq"] == seq:
                own.append(line)
            elif effect["kind"] != EffectKind.TIMER:
                before.append(f"event {int(effect['seq']):,}: {line}")
        return own, before[-LAST_EFFECTS:]
