"""What becomes of a message on its way: a wrong word never comes before the right one."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from clobstep.enums import EventKind, TradeStatus
from clobstep_sim.server.spoil import spoil_user

TRADE = json.dumps({"status": "CONFIRMED", "size": "5", "trader_side": "MAKER"}).encode()


class Always:
    """These faults, each time."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def hit(self, name: str) -> bool:
        return name in self._names

    def below(self, n: int) -> int:
        return n - 1


def sent(*faults: str) -> list[tuple[str, int, bool]]:
    said: Any = SimpleNamespace(
        data=TRADE, event=SimpleNamespace(kind=EventKind.TRADE, code=TradeStatus.CONFIRMED, size=0)
    )
    always: Any = Always(*faults)
    return spoil_user(always, said)


@pytest.mark.parametrize("fault", ["trade_disputed_ppm", "trade_garbled_ppm"])
def test_a_wrong_word_follows_the_right_one_or_is_not_said(fault: str) -> None:
    right, wrong = sent(fault)
    assert json.loads(right[0]) == json.loads(TRADE)
    assert json.loads(wrong[0]) != json.loads(TRADE)
    assert right[1:] == wrong[1:] == (0, True)
    late = sent(fault, "user_late_ppm")
    assert [json.loads(text) for text, _, _ in late] == [json.loads(TRADE)]
    assert late[0][1] > 0
