"""No byte outside a message is read: messages stand between pages that may not be touched."""

from __future__ import annotations

import subprocess
import sys

import pytest

import recordings
from venue.test_scan import RECORDED

PROGRAM = """
import ctypes, json, mmap, random, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from clobstep.venue.market import MarketCodec
from venue.reference import messages

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
page, room = mmap.PAGESIZE, 4 * mmap.PAGESIZE
flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
base = libc.mmap(None, room + 2 * page, mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0)
assert base not in (None, ctypes.c_void_p(-1).value)
inner = base + page
for guard in (base, inner + room):
    assert libc.mprotect(guard, page, 0) == 0

codecs = [MarketCodec(), MarketCodec(fast=False)]
plain = MarketCodec()
done = 0

def at(address, raw):
    global done
    view = memoryview((ctypes.c_char * len(raw)).from_address(address)).cast("B")
    view[:] = raw
    wanted = plain.decode(raw, 1).tobytes()
    for codec in codecs:
        assert codec.decode(view, 1).tobytes() == wanted
        if codec is codecs[0]:
            codec.decode_many(view)
    done += 1

rng = random.Random(1)
forms = {}
for raw in messages(Path(sys.argv[1])):
    said = json.loads(raw)
    if len(raw) < room:
        forms.setdefault((said["event_type"], len(raw) % 8), raw)
        spaced = json.dumps(said, separators=(", ", ":")).encode()
        forms.setdefault((said["event_type"], len(spaced) % 8, 1), spaced)
for raw in forms.values():
    at(inner, raw)
    at(inner + room - len(raw), raw)
    for end in rng.sample(range(len(raw)), min(len(raw), 150)):
        at(inner + room - end, raw[:end])
        cut = bytearray(raw)
        cut[end] = rng.randrange(256)
        at(inner + room - len(raw), bytes(cut))
if sys.argv[3:]:
    libc.mprotect(inner, page, 0)
    at(inner, b"[]")
print(done)
"""


def run(*more: str) -> subprocess.CompletedProcess[str]:
    tests = str(__file__).rsplit("/venue/", 1)[0]
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(recordings.data(RECORDED[0])), tests, *more],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs mmap and mprotect of libc")


def test_nothing_outside_a_message_is_read() -> None:
    done = run()
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 3000


def test_a_touched_guard_page_would_be_seen() -> None:
    assert run("and touch one").returncode < 0
