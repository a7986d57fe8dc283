"""A person's word to a running process: a Unix socket beside its session, one line in, one out.

    {"word": "deposit", "amount": "25"}                     ->  {"ok": true, "said": "taken; ..."}
    {"word": "lift-hold", "market": "btc-updown-5m-17..."}  ->  {"ok": false, "said": "REFUSED ..."}

The socket is for the user who started the process (mode 0600), and no key is needed to speak.
Whatever comes in is data: what is no word is answered as such, and nothing of it ends the process.
Owns: the words and what each needs, the socket's file, and both ends of the line. What a word does
is the affair of who hears it.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal, NamedTuple

import msgspec
import trio

from clobstep import units
from clobstep.enums import EventKind, OperatorCode
from clobstep.venue.notes import Note

MOST_BYTES: Final = 4_096  # of a line
MOST_MARKET: Final = 256  # characters of a slug or condition
SILENT_S: Final = 5.0  # a line that is not whole by then is not heard
ANSWER_S: Final = 10.0
MOST_PATH: Final = 107 if sys.platform == "linux" else 103  # bytes that a Unix socket's name has
_HIDDEN: Final = len("/.12345678/s")  # where it is made, below its folder
_NO_SOCKETS: Final = "this system has no Unix sockets; a process hears signals only"
_SHOWN: Final = 80  # characters that are said back of what is no word


Market = Literal["none", "may", "needs"]


class TellError(Exception):
    """Nobody can be told, or nobody can listen: says why, and the way out."""


class Word(NamedTuple):
    """What is said: the event that it becomes, and what has to stand beside it."""

    does: str
    kind: EventKind | None = None  # None: a question
    code: OperatorCode | None = None
    market: Market = "none"
    amount: bool = False


def _person(code: OperatorCode, does: str, market: Market = "none") -> Word:
    return Word(does, EventKind.OPERATOR, code, market)


WORDS: Final = {
    "status": Word("session, cash, open orders"),
    "drain": _person(OperatorCode.DRAIN, "no new orders, cancel all; the process goes on"),
    "resume": _person(OperatorCode.RESUME, "end a drain, or the stop of a day's or session's loss"),
    "cancel-all": _person(OperatorCode.CANCEL_ALL, "cancel every open order; quoting goes on"),
    "halt": _person(OperatorCode.HALT, "stop; only a new start ends it"),
    "deposit": Word("so much pUSD came into the account", EventKind.DEPOSIT, amount=True),
    "withdrawal": Word("so much pUSD left the account", EventKind.WITHDRAWAL, amount=True),
    "found": Word(
        "more is there than the session says: pUSD, or shares of an outcome",
        EventKind.ADJUSTMENT,
        market="may",
        amount=True,
    ),
    "missing": Word("less is there than it says", EventKind.ADJUSTMENT, market="may", amount=True),
    "lift-hold": _person(OperatorCode.LIFT_HOLD, "end a negRisk hold, or all of them", "may"),
    "lift-loss-stop": _person(OperatorCode.LIFT_LOSS_STOP, "end a market's loss stop", "needs"),
    "reset-breaker": _person(
        OperatorCode.RESET_BREAKER, "close a market's breaker, or the one of all", "may"
    ),
    "clear-unhedged": _person(
        OperatorCode.CLEAR_UNHEDGED, "a market was made level by hand", "needs"
    ),
}


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line in. `amount`: pUSD, or shares of an `outcome`; `market`: slug or condition."""

    word: str
    amount: str = ""
    market: str = ""
    outcome: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.word, self.amount, self.market, self.outcome)))


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line out. `ok`: it was taken. Not `usable`: it was no word that an engine could hear."""

    ok: bool
    said: str
    usable: bool = True


Hear = Callable[[Said, str], Awaitable[Answer]]


def control_path(session: Path) -> Path:
    """Where a session's process listens; `session` is the name without the number of a part."""
    return session.with_name(f"{session.name}-control")


def wrong_with(said: Said) -> str:
    """Why it is no word, and the way out; empty if it is one. Which markets there are: not here."""
    word = WORDS.get(said.word)
    if word is None:
        return f"{_shown(said.word)}: no such word; there are {', '.join(WORDS)}"
    if not (said.market.isascii() and said.market.isprintable()) or len(said.market) > MOST_MARKET:
        return f"{_shown(said.market)}: neither a slug nor a condition"
    if said.market and word.market == "none":
        return f"{said.word}: it is about all markets; leave the market out"
    if not said.market and word.market == "needs":
        return f"{said.word}: name its market with --market SLUG"
    if bool(said.outcome) != bool(said.market and word.kind == EventKind.ADJUSTMENT):
        return f"{said.word}: shares are those of a market's outcome: --market SLUG --outcome NAME"
    if bool(said.amount) != word.amount:
        way_out = "say how much, such as 25.50" if word.amount else "it has no amount"
        return f"{said.word}: {way_out}"
    try:
        if word.amount and units.parse_cash(said.amount) <= 0:
            return f"{said.word}: {said.amount} is not above 0; there is a word for less"
    except units.UnitError as error:
        return f"{said.word}: {_cut(error)}"
    return ""


class Operator:
    """The listening end. `hear` is given a word that is one, and who said it.

    `on_note` hears why nobody can be listened to; the process goes on without.
    """

    def __init__(self, path: Path, hear: Hear, *, on_note: Callable[[Note], None]) -> None:
        self.path = path
        self._hear = hear
        self._on_note = on_note

    async def run(self) -> None:
        """Until cancelled; the file is taken away at the end."""
        try:
            made = _listening(self.path)
        except (TellError, OSError) as error:
            self._on_note(Note("operator", f"`clobstep tell` reaches nobody here: {error}"))
            return
        mine = _which(self.path)
        try:
            listener = trio.SocketListener(trio.socket.from_stdlib_socket(made))
            await trio.serve_listeners(self._serve, [listener])
        finally:
            if _which(self.path) == mine:
                self.path.unlink(missing_ok=True)

    async def _serve(self, stream: trio.SocketStream) -> None:
        """One word and its answer; nothing that the other end does gets out of here."""
        try:
            async with stream:
                answer = await self._answer(stream)
                with trio.move_on_after(SILENT_S):
                    await stream.send_all(msgspec.json.encode(answer) + b"\n")
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # who asked has gone

    async def _answer(self, stream: trio.SocketStream) -> Answer:
        line = None
        with trio.move_on_after(SILENT_S):
            line = await _line(stream)
        if line is None:
            return self._unusable(f"no whole line of JSON came within {SILENT_S:g} s")
        if len(line) > MOST_BYTES:
            return self._unusable(f"a word has at most {MOST_BYTES} bytes")
        try:
            said = msgspec.json.decode(line, type=Said)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            return self._unusable(f"it is no word: {_cut(error)}")
        why = wrong_with(said)
        return self._unusable(why) if why else await self._hear(said, _who(stream))

    def _unusable(self, why: str) -> Answer:
        self._on_note(Note("operator", f"not heard: {why}"))
        return Answer(False, why, usable=False)


def ask(
    path: Path,
    word: str,
    amount: str = "",
    market: str = "",
    outcome: str = "",
    *,
    timeout_s: float = ANSWER_S,
) -> Answer:
    """Say a word to who listens at `path`, and wait for the answer. Errors: TellError: nobody.

    No answer is one too: then nobody knows whether it was heard.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise TellError(_NO_SOCKETS)
    with socket.socket(socket.AF_UNIX) as made:
        made.settimeout(timeout_s)
        try:
            made.connect(os.fspath(path))
        except OSError as error:
            raise TellError(
                f"{path}: nobody listens ({error.strerror or error}); start `clobstep live` with "
                "the same configuration, in the same folder"
            ) from None
        try:
            made.sendall(msgspec.json.encode(Said(word, amount, market, outcome)) + b"\n")
            found = b""
            while not found.endswith(b"\n") and (more := made.recv(MOST_BYTES)):
                found += more
            return msgspec.json.decode(found, type=Answer)
        except (OSError, msgspec.MsgspecError) as error:
            return Answer(
                False,
                f"no answer came ({error}), so it may have been heard or not; `clobstep tell ... "
                "status` shows what is, before you say it again",
            )


async def _line(stream: trio.SocketStream) -> bytes | None:
    """A line and what came with it; more than MOST_BYTES if it has no end; None if it was cut.

    Errors: BrokenResourceError: the other end only looked whether somebody listens.
    """
    found = bytearray()
    while b"\n" not in found and len(found) <= MOST_BYTES:
        more = await stream.receive_some(MOST_BYTES)
        if not more and not found:
            raise trio.BrokenResourceError("nothing was said")
        if not more:
            return None
        found += more
    return bytes(found)


def _listening(path: Path) -> socket.socket:
    """A socket of that name. It is made where nobody else can go, so it is never open to others.

    Errors: TellError, OSError.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise TellError(_NO_SOCKETS)
    longest = len(os.fsencode(path.parent)) + max(_HIDDEN, 1 + len(os.fsencode(path.name)))
    if longest > MOST_PATH:
        raise TellError(
            f"{path}: too long for a Unix socket, which has {MOST_PATH} bytes; choose a shorter "
            "session.path, or start in its folder and name it without one"
        )
    _make_way(path)
    with TemporaryDirectory(prefix=".", dir=path.parent) as folder:
        made = socket.socket(socket.AF_UNIX)
        try:
            hidden = Path(folder) / "s"
            made.bind(os.fspath(hidden))
            hidden.chmod(0o600)
            made.listen()
            hidden.replace(path)
        except BaseException:
            made.close()
            raise
    return made


def _make_way(path: Path) -> None:
    """What a dead process left may be replaced; anything else may not. Errors: TellError."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise TellError(f"{path}: is there and is no socket; move it away and start again")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(os.fspath(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return
        except BlockingIOError:
            pass  # so many wait for it that it has no room
    raise TellError(f"{path}: another process listens there; end it, or name another session.path")


def _which(path: Path) -> tuple[int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _who(stream: trio.SocketStream) -> str:
    """Who is at the other end, where the system says it."""
    if not hasattr(socket, "SO_PEERCRED"):
        return "somebody"
    size = struct.calcsize("3i")
    raw = stream.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    pid, uid, _ = struct.unpack("3i", raw)
    return f"uid {uid}, pid {pid}"


def _shown(text: str) -> str:
    return ascii(text[:_SHOWN])


def _cut(error: Exception) -> str:
    """What is wrong, which may hold what came in: nothing that steers a terminal."""
    return ascii(str(error))[1:-1][: 4 * _SHOWN]
