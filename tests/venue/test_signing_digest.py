"""Keccak, addresses and type hashes against others, on lengths around its blocks."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hypothesis import example, given
from hypothesis import strategies as st
from py_clob_client_v2.order_utils import exchange_order_builder_v2 as theirs

from clobstep.venue.signing import _digest
from clobstep.venue.signing.errors import SigningError


@pytest.mark.parametrize(
    "data, expected",
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    ],
)
def test_keccak_of_what_is_published(data: bytes, expected: str) -> None:
    assert _digest.keccak256(data).hex() == expected


@pytest.mark.parametrize("size", [*range(300), 1360, 4096])
def test_keccak_of_every_length_around_a_block(size: int) -> None:
    data = bytes(k * 7 % 256 for k in range(size))
    assert _digest.keccak256(data) == keccak(primitive=data)


@given(st.binary(max_size=2000))
def test_keccak_of_anything(data: bytes) -> None:
    assert _digest.keccak256(bytearray(data)) == _digest.keccak256(data) == keccak(primitive=data)


def test_keccak_of_what_is_no_bytes() -> None:
    for wrong in ("text", 5, None):
        made: Any = wrong
        with pytest.raises(TypeError):
            _digest.keccak256(made)


@given(st.binary(min_size=20, max_size=20))
@example(bytes(20))
@example(b"\xff" * 20)
def test_the_case_of_an_address_is_its_checksum(raw: bytes) -> None:
    right = to_checksum_address(raw)
    for text in ("0x" + raw.hex(), "0x" + raw.hex().upper(), right):
        assert _digest.checksum_address(text) == right
    letters = [k for k, letter in enumerate(right) if k > 1 and letter.isalpha()]
    if len(letters) > 2:
        wrong = right[: letters[0]] + right[letters[0]].swapcase() + right[letters[0] + 1 :]
        if not (wrong[2:].islower() or wrong[2:].isupper()):
            with pytest.raises(SigningError, match="its checksum fails"):
                _digest.checksum_address(wrong)


def test_texts_of_types_are_the_official_ones() -> None:
    assert theirs.ORDER_TYPE_STRING.encode() == _digest.ORDER_TYPE
    assert theirs.SOLADY_TYPE_STRING.encode() == _digest.WALLET_TYPE
    assert theirs.DOMAIN_TYPE_STRING.encode() == _digest.DOMAIN_TYPE
    assert _digest.keccak256(_digest.ORDER_TYPE) == theirs.ORDER_TYPE_HASH


def test_a_public_key_is_64_bytes() -> None:
    for wrong in (bytes(63), bytes(65), bytearray(64)):
        made: Any = wrong
        with pytest.raises(SigningError, match="public key: not 64 bytes"):
            _digest.address_of(made)


@pytest.mark.parametrize("wrong", [bytes(31), "0x", None, 5])
def test_hashes_are_made_of_32_bytes(wrong: Any) -> None:
    with pytest.raises(SigningError, match=r"separator: .* is not 32 bytes"):
        _digest.typed_digest(wrong, bytes(32))
    with pytest.raises(SigningError, match=r"struct: .* is not 32 bytes"):
        _digest.typed_digest(bytes(32), wrong)
