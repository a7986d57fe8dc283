"""A secret shows itself to nobody, and text is cleaned of it and of what looks like one."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import traceback
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

import builds
from clobstep.secret import SHOWN, RedactingFilter, Secret, redact, redact_event

KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
WORDS = "correct horse battery staple"
HASH = "0x" + "5a" * 32


def test_it_says_three_stars_however_it_is_asked() -> None:
    secret = Secret(WORDS)
    said = [
        repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", f"{secret:>20}", f"{secret:x}",
        repr([secret]), repr({"a": secret}), json.dumps(secret, default=str),
    ]  # fmt: skip
    assert all(SHOWN in text for text in said)
    assert not [text for text in said if "horse" in text]
    assert secret.reveal() == WORDS


@pytest.mark.parametrize(
    "copied", [pickle.dumps, copy.copy, copy.deepcopy, lambda s: pickle.dumps({"a": [s]}, 0)]
)
def test_it_is_not_copied_or_pickled(copied: Any) -> None:
    with pytest.raises(TypeError, match="a secret is not pickled or copied"):
        copied(Secret(WORDS))


def test_it_is_not_encoded_inherited_or_made_of_bytes() -> None:
    for encode in (msgspec.json.encode, msgspec.msgpack.encode, json.dumps):
        with pytest.raises(TypeError) as caught:
            encode(Secret(WORDS))
        assert "horse" not in str(caught.value)
    with pytest.raises(TypeError, match="not inherited from"):
        type("Loud", (Secret,), {})
    wrong: Any = b"bytes"
    with pytest.raises(TypeError, match="is made of text, not of bytes"):
        Secret(wrong)


def test_it_is_equal_to_itself_only() -> None:
    secret: Any = Secret(WORDS)
    assert secret == secret
    assert secret != Secret(WORDS)
    assert secret != WORDS
    assert not hasattr(secret, "__dict__")


def test_a_traceback_with_all_variables_does_not_show_it() -> None:
    secret = Secret(WORDS)
    try:
        raise ValueError(f"with {secret}")
    except ValueError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
    text = "".join(told.format())
    assert "secret = ***" in text
    assert "horse" not in text.replace(__file__, "")


def test_what_is_alive_is_taken_out_of_text_and_what_is_not_is_left() -> None:
    secret = Secret('pa"ss\\wörd')
    for text in (secret.reveal(), json.dumps(secret.reveal()), repr(secret.reveal())):
        assert secret.reveal() not in redact(f"at {text} end")
        assert SHOWN in redact(f"at {text} end")
    assert redact("nothing to see") == "nothing to see"
    del secret
    assert redact('pa"ss\\wörd') == 'pa"ss\\wörd'


def test_a_key_is_found_in_every_case_with_and_without_0x() -> None:
    secret = Secret("0x" + KEY[:40])  # by itself no pattern finds it
    for text in (KEY[:40], KEY[:40].upper(), "0x" + KEY[:40], f"a{KEY[:40]}b"):
        assert KEY[:40].lower() not in redact(f"{text}").lower()
    assert secret.reveal()


def test_short_secrets_would_spoil_all_text_and_are_not_searched_for() -> None:
    secret = Secret("the")
    assert redact("the end of the file") == "the end of the file"
    assert secret.reveal()


@pytest.mark.parametrize(
    "text, kept, gone",
    [
        (f"key {KEY} was", "key *** was", KEY),
        (f"{HASH} key: {HASH}", f"{HASH} key: ***", None),
        ("POLY_SIGNATURE: abc-_=", "POLY_SIGNATURE: ***", "abc"),
        ("{'POLY_PASSPHRASE': 'abc', 'x': 1}", "{'POLY_PASSPHRASE': ***, 'x': 1}", "abc"),
        ("[(b'poly_api_key', b'abc'), 5]", "[(b'poly_api_key', b***), 5]", "abc"),
        ('{"apiKey":"a","secret":"b","passphrase":"c"}',
         '{"apiKey":***,"secret":***,"passphrase":***}', None),
        ("private_key=abc&x=1", "private_key=***&x=1", "abc"),
        ("signature 0x" + "ab" * 65, "signature ***", "abab"),
        ("0x" + "ab" * 317, "***", "abab"),
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_taken_out(text: str, kept: str, gone: str | None) -> None:
    assert redact(text) == kept
    assert gone is None or gone not in redact(text)


def test_ids_of_orders_and_conditions_are_left() -> None:
    text = f"order {HASH} of condition {HASH} at 0xE111180000d2663C0091e4f400237545B87B996B"
    assert redact(text) == text


@given(st.text(max_size=200))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.text(min_size=6, max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_text_around_it_hides_a_secret(words: str, before: str, after: str) -> None:
    secret = Secret(words)
    cleaned = redact(before + words + after)
    assert words not in cleaned.replace(SHOWN, "") or words in (before + after)
    assert secret.reveal() == words


# ---- logs


def test_structlog_entries_are_cleaned_before_and_behind_the_renderer() -> None:
    secret = Secret(WORDS)
    entry = {
        "event": f"saw {WORDS}", "n": 5, "ok": True, "secret": "x", "raw": WORDS.encode(),
        "deep": {"a": [WORDS, (WORDS,)], WORDS: 1}, "error": ValueError(WORDS), "own": secret,
        "headers": {"POLY_SIGNATURE": "short", "POLY_TIMESTAMP": "1"},
    }  # fmt: skip
    rendered = structlog.processors.JSONRenderer()(None, "info", dict(entry))
    assert "horse" in str(rendered)
    assert "horse" not in redact_event(None, "info", rendered)
    cleaned = redact_event(None, "info", entry)
    assert "horse" not in repr(cleaned)
    assert (cleaned["n"], cleaned["ok"], cleaned["secret"]) == (5, True, SHOWN)
    assert cleaned["headers"] == {"POLY_SIGNATURE": SHOWN, "POLY_TIMESTAMP": "1"}


def test_structlog_with_an_exception_writes_no_secret() -> None:
    secret = Secret(WORDS)
    out = io.StringIO()
    log = structlog.wrap_logger(
        structlog.PrintLogger(out),
        processors=[
            structlog.processors.format_exc_info, structlog.processors.JSONRenderer(), redact_event,
        ],
    )  # fmt: skip
    try:
        raise ValueError(f"bad {secret.reveal()}")
    except ValueError:
        log.exception("failed", key=secret, body=f'{{"passphrase":"{WORDS}"}}')
    assert "ValueError: bad ***" in out.getvalue()
    assert "horse" not in out.getvalue()


def test_the_standard_library_writes_no_secret() -> None:
    secret = Secret(WORDS)
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(RedactingFilter())
    log = logging.Logger("made here")
    log.addHandler(handler)
    try:
        raise ValueError(f"bad {secret.reveal()}")
    except ValueError:
        log.exception("failed with %s of %r", secret.reveal(), {"POLY_API_KEY": "abc"})
    log.warning("plain %d", 5, stack_info=True)
    text = out.getvalue()
    assert "failed with *** of {'POLY_API_KEY': ***}" in text
    assert "ValueError: bad ***" in text
    assert "plain 5" in text
    assert "horse" not in text


# ---- where secrets are used


def test_secrets_are_revealed_where_they_are_used_and_nowhere_else() -> None:
    allowed = {
        "secret.py", "venue/signing/signer.py", "venue/signing/auth.py", "live/orders/keystore.py",
        "live/orders/keys.py", "live/orders/credentials.py",
    }  # fmt: skip
    found = {
        path.relative_to(top).as_posix()
        for top in (builds.ROOT / "src/clobstep", builds.ROOT / "sim/clobstep_sim")
        for path in sorted(Path(top).rglob("*.py"))
        if ".reveal(" in path.read_text()
    }
    assert found <= allowed
    assert "venue/signing/signer.py" in found
