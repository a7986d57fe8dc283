# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: auto_pickle=False, embedsignature=False, always_allow_keywords=True
"""Keccak-256 and the EIP-712 hashes of orders, wallets and logins.

Theory of operation. A struct hash is the keccak of 32-byte words: the hash of the type's text, then a
word a field. Words are laid into a buffer on the stack; Python objects are looked at only while that
is done, and the hashing is plain C. The hash of a type's text is made once, when the module is loaded.
What is signed is keccak(0x19 0x01 separator struct), where the separator is the struct hash of the
domain (which exchange, which chain).

Owns nothing but those constants; holds no key. Errors: SigningError, which names the field.
"""

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcmp, memcpy, memset
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.long cimport PyLong_AsLongLongAndOverflow

from clobstep.venue.signing.errors import SigningError

ORDER_TYPE = (
    b"Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,"
    b"uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)"
)
ORDER_TYPE_V1 = (
    b"Order(uint256 salt,address maker,address signer,address taker,uint256 tokenId,uint256 makerAmount,"
    b"uint256 takerAmount,uint256 expiration,uint256 nonce,uint256 feeRateBps,uint8 side,uint8 signatureType)"
)
WALLET_TYPE = (
    b"TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,"
    b"bytes32 salt)" + ORDER_TYPE
)
LOGIN_TYPE = b"ClobAuth(address address,string timestamp,uint256 nonce,string message)"
LOGIN_TEXT = b"This message attests that I control the given wallet"
DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
DOMAIN_TYPE_NO_CONTRACT = b"EIP712Domain(string name,string version,uint256 chainId)"


# ---- keccak

cdef enum:
    RATE = 136  # bytes taken in between two permutations
    WORD = 32

cdef uint64_t[24] ROUND_KEYS = [
    0x0000000000000001ULL, 0x0000000000008082ULL, 0x800000000000808aULL, 0x8000000080008000ULL,
    0x000000000000808bULL, 0x0000000080000001ULL, 0x8000000080008081ULL, 0x8000000000008009ULL,
    0x000000000000008aULL, 0x0000000000000088ULL, 0x0000000080008009ULL, 0x000000008000000aULL,
    0x000000008000808bULL, 0x800000000000008bULL, 0x8000000000008089ULL, 0x8000000000008003ULL,
    0x8000000000008002ULL, 0x8000000000000080ULL, 0x000000000000800aULL, 0x800000008000000aULL,
    0x8000000080008081ULL, 0x8000000000008080ULL, 0x0000000080000001ULL, 0x8000000080008008ULL,
]
# The lanes in the order in which they push each other on, and how far each is turned.
cdef int[24] LANES = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1]
cdef int[24] TURNS = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44]


cdef inline uint64_t turned(uint64_t lane, int by) noexcept nogil:
    return (lane << by) | (lane >> (64 - by))


cdef void permute(uint64_t* a) noexcept nogil:
    """Keccak-f[1600]: 24 rounds over 25 lanes."""
    cdef uint64_t c[5]
    cdef uint64_t moved, kept
    cdef int k, x, y
    for k in range(24):
        for x in range(5):
            c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20]
        for x in range(5):
            kept = c[(x + 4) % 5] ^ turned(c[(x + 1) % 5], 1)
            for y in range(5):
                a[x + 5 * y] ^= kept
        moved = a[1]
        for x in range(24):
            kept = a[LANES[x]]
            a[LANES[x]] = turned(moved, TURNS[x])
            moved = kept
        for y in range(5):
            for x in range(5):
                c[x] = a[5 * y + x]
            for x in range(5):
                a[5 * y + x] = c[x] ^ (~c[(x + 1) % 5] & c[(x + 2) % 5])
        a[0] ^= ROUND_KEYS[k]


cdef void absorb(uint64_t* state, const uint8_t* block) noexcept nogil:
    """Take in RATE bytes; a lane is little-endian whatever the machine is."""
    cdef uint64_t lane
    cdef int k, b
    for k in range(RATE // 8):
        lane = 0
        for b in range(8):
            lane |= <uint64_t>block[8 * k + b] << (8 * b)
        state[k] ^= lane
    permute(state)


cdef void keccak(const uint8_t* data, size_t size, uint8_t* out) noexcept nogil:
    """32 bytes into `out`, which may be part of `data`."""
    cdef uint64_t state[25]
    cdef uint8_t last[RATE]
    cdef int k
    memset(state, 0, sizeof(state))
    while size >= RATE:
        absorb(state, data)
        data += RATE
        size -= RATE
    memset(last, 0, RATE)
    memcpy(last, data, size)
    last[size] = 0x01  # Keccak's own padding, not that of SHA-3
    last[RATE - 1] |= 0x80
    absorb(state, last)
    for k in range(WORD):
        out[k] = <uint8_t>(state[k // 8] >> (8 * (k % 8)))


def keccak256(data):
    """The Keccak-256 of bytes, or of any buffer of them."""
    cdef bytes given = data if type(data) is bytes else bytes(memoryview(data))
    cdef uint8_t out[WORD]
    keccak(<const uint8_t*>PyBytes_AS_STRING(given), PyBytes_GET_SIZE(given), out)
    return PyBytes_FromStringAndSize(<char*>out, WORD)


# ---- words

def shown(value):
    """A refused value for an error's text: enough to find it, too little to be a secret."""
    if isinstance(value, int):
        return str(value) if value.bit_length() <= 64 else f"an integer of {value.bit_length()} bits"
    if isinstance(value, (str, bytes)):
        return repr(value) if len(value) <= 6 else f"{value[:6]!r}... ({len(value)} long)"
    return type(value).__name__


cdef int put_uint(uint8_t* out, object value, str name, int bits=256) except -1:
    """An unsigned integer, or the 32 bytes of one, as a big-endian word."""
    cdef int overflow = 0, k
    cdef long long small
    if type(value) is bytes and len(value) == WORD and bits == 256:
        memcpy(out, PyBytes_AS_STRING(value), WORD)
        return 0
    if not isinstance(value, int) or isinstance(value, bool):
        raise SigningError(f"{name}: {shown(value)} is no integer")
    small = PyLong_AsLongLongAndOverflow(value, &overflow)
    if overflow == 0 and small >= 0 and (bits >= 63 or small >> bits == 0):
        memset(out, 0, WORD - 8)
        for k in range(8):
            out[WORD - 1 - k] = <uint8_t>(small >> (8 * k))
        return 0
    if overflow <= 0 or bits < 256 or value.bit_length() > 256:
        raise SigningError(f"{name}: {shown(value)} is not in 0..2^{bits}-1")
    memcpy(out, PyBytes_AS_STRING(int.to_bytes(value, WORD, "big")), WORD)
    return 0


cdef inline int digit_of(uint8_t letter) noexcept nogil:
    """The value of a hexadecimal digit, -1 for what is none."""
    if c'0' <= letter <= c'9':
        return letter - c'0'
    if c'a' <= letter <= c'f':
        return letter - c'a' + 10
    if c'A' <= letter <= c'F':
        return letter - c'A' + 10
    return -1


cdef int put_hex(uint8_t* out, object text, int size) except -1:
    """`size` bytes of 0x and hexadecimal digits; 1 if so, else 0."""
    cdef bytes raw
    cdef const uint8_t* p
    cdef int k, high, low
    if not isinstance(text, str) or len(text) != 2 + 2 * size:
        return 0
    raw = text.encode("ascii", "replace")
    p = <const uint8_t*>PyBytes_AS_STRING(raw)
    if p[0] != c'0' or p[1] != c'x':
        return 0
    for k in range(size):
        high = digit_of(p[2 + 2 * k])
        low = digit_of(p[3 + 2 * k])
        if high < 0 or low < 0:
            return 0
        out[k] = <uint8_t>(high << 4 | low)
    return 1


cdef int put_bytes32(uint8_t* out, object value, str name) except -1:
    if type(value) is bytes and len(value) == WORD:
        memcpy(out, PyBytes_AS_STRING(value), WORD)
    elif not put_hex(out, value, WORD):
        raise SigningError(f"{name}: {shown(value)} is not 32 bytes; write 0x and 64 hexadecimal digits")
    return 0


cdef void spell(const uint8_t* address, uint8_t* out) noexcept nogil:
    """The 40 digits of an address; the case of its letters is the checksum of EIP-55."""
    cdef uint8_t hashed[WORD]
    cdef int k, digit
    for k in range(40):
        digit = address[k // 2] >> 4 if k % 2 == 0 else address[k // 2] & 15
        out[k] = c'0' + digit if digit < 10 else c'a' + digit - 10
    keccak(out, 40, hashed)
    for k in range(40):
        digit = hashed[k // 2] >> 4 if k % 2 == 0 else hashed[k // 2] & 15
        if out[k] >= c'a' and digit >= 8:
            out[k] -= 32


cdef int put_address(uint8_t* out, object text, str name) except -1:
    """An address as a word. Letters of both cases must agree with the checksum."""
    cdef uint8_t right[40]
    cdef bytes given
    memset(out, 0, 12)
    if not put_hex(out + 12, text, 20):
        raise SigningError(f"{name}: {shown(text)} is no address; write 0x and 40 hexadecimal digits")
    if text.islower() or text[2:].isupper():  # the x of 0x is small
        return 0
    spell(out + 12, right)
    given = text.encode("ascii")
    if memcmp(PyBytes_AS_STRING(given) + 2, right, 40) != 0:
        raise SigningError(
            f"{name}: {shown(text)} has a letter or digit wrong (its checksum fails); copy it again"
        )
    return 0


def checksum_address(text, name="address"):
    """An address with the case of its letters as EIP-55 has it."""
    cdef uint8_t word[WORD]
    cdef uint8_t out[40]
    put_address(word, text, name)
    spell(word + 12, out)
    return "0x" + out[:40].decode("ascii")


def address_of(public_key):
    """The address of an uncompressed public key: its 64 bytes x and y, without the 04 before them."""
    cdef uint8_t word[WORD]
    cdef uint8_t out[40]
    if type(public_key) is not bytes or len(public_key) != 64:
        raise SigningError("public key: not 64 bytes; take x and y without the 04 before them")
    keccak(<const uint8_t*>PyBytes_AS_STRING(public_key), 64, word)
    spell(word + 12, out)
    return "0x" + out[:40].decode("ascii")


# ---- structs

cdef bytes hashed(const uint8_t* data, size_t size):
    cdef uint8_t out[WORD]
    keccak(data, size, out)
    return PyBytes_FromStringAndSize(<char*>out, WORD)


cdef uint8_t[WORD] ORDER_WORD, ORDER_V1_WORD, WALLET_WORD, LOGIN_WORD, DOMAIN_WORD, DOMAIN_SHORT_WORD
cdef uint8_t[WORD] LOGIN_TEXT_WORD, WALLET_NAME_WORD, WALLET_VERSION_WORD


cdef void put_text(uint8_t* out, bytes text) noexcept:
    """Text stands in a struct as its hash."""
    keccak(<const uint8_t*>PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text), out)


put_text(ORDER_WORD, ORDER_TYPE)
put_text(ORDER_V1_WORD, ORDER_TYPE_V1)
put_text(WALLET_WORD, WALLET_TYPE)
put_text(LOGIN_WORD, LOGIN_TYPE)
put_text(LOGIN_TEXT_WORD, LOGIN_TEXT)
put_text(DOMAIN_WORD, DOMAIN_TYPE)
put_text(DOMAIN_SHORT_WORD, DOMAIN_TYPE_NO_CONTRACT)
put_text(WALLET_NAME_WORD, b"DepositWallet")
put_text(WALLET_VERSION_WORD, b"1")


def domain_separator(str name, str version, chain_id, contract=None):
    """The struct hash of a domain; one without a contract is that of a login."""
    cdef uint8_t w[5 * WORD]
    put_text(w + WORD, name.encode())
    put_text(w + 2 * WORD, version.encode())
    put_uint(w + 3 * WORD, chain_id, "chain_id")
    if contract is None:
        memcpy(w, DOMAIN_SHORT_WORD, WORD)
        return hashed(w, 4 * WORD)
    memcpy(w, DOMAIN_WORD, WORD)
    put_address(w + 4 * WORD, contract, "contract")
    return hashed(w, 5 * WORD)


def order_struct(salt, maker, signer, token_id, maker_amount, taker_amount, side, signature_type,
                 timestamp_ms, metadata, builder):
    """The struct hash of a V2 order (11 fields; exchanges of domain version 2 and 3)."""
    cdef uint8_t w[12 * WORD]
    memcpy(w, ORDER_WORD, WORD)
    put_uint(w + WORD, salt, "salt")
    put_address(w + 2 * WORD, maker, "maker")
    put_address(w + 3 * WORD, signer, "signer")
    put_uint(w + 4 * WORD, token_id, "token_id")
    put_uint(w + 5 * WORD, maker_amount, "maker_amount")
    put_uint(w + 6 * WORD, taker_amount, "taker_amount")
    put_uint(w + 7 * WORD, side, "side", 1)
    put_uint(w + 8 * WORD, signature_type, "signature_type", 2)
    put_uint(w + 9 * WORD, timestamp_ms, "timestamp_ms")
    put_bytes32(w + 10 * WORD, metadata, "metadata")
    put_bytes32(w + 11 * WORD, builder, "builder")
    return hashed(w, 12 * WORD)


def order_struct_v1(salt, maker, signer, taker, token_id, maker_amount, taker_amount, expiration_s, nonce,
                    fee_rate_bps, side, signature_type):
    """The struct hash of a V1 order (12 fields)."""
    cdef uint8_t w[13 * WORD]
    memcpy(w, ORDER_V1_WORD, WORD)
    put_uint(w + WORD, salt, "salt")
    put_address(w + 2 * WORD, maker, "maker")
    put_address(w + 3 * WORD, signer, "signer")
    put_address(w + 4 * WORD, taker, "taker")
    put_uint(w + 5 * WORD, token_id, "token_id")
    put_uint(w + 6 * WORD, maker_amount, "maker_amount")
    put_uint(w + 7 * WORD, taker_amount, "taker_amount")
    put_uint(w + 8 * WORD, expiration_s, "expiration_s")
    put_uint(w + 9 * WORD, nonce, "nonce")
    put_uint(w + 10 * WORD, fee_rate_bps, "fee_rate_bps")
    put_uint(w + 11 * WORD, side, "side", 1)
    put_uint(w + 12 * WORD, signature_type, "signature_type", 2)
    return hashed(w, 13 * WORD)


def wallet_struct(contents, chain_id, wallet):
    """What a deposit wallet is asked to have signed: the hash of an order, and the wallet's own domain.

    ERC-7739's TypedDataSign; the salt of a wallet's domain is 0.
    """
    cdef uint8_t w[7 * WORD]
    memcpy(w, WALLET_WORD, WORD)
    put_bytes32(w + WORD, contents, "contents")
    memcpy(w + 2 * WORD, WALLET_NAME_WORD, WORD)
    memcpy(w + 3 * WORD, WALLET_VERSION_WORD, WORD)
    put_uint(w + 4 * WORD, chain_id, "chain_id")
    put_address(w + 5 * WORD, wallet, "signer")
    memset(w + 6 * WORD, 0, WORD)
    return hashed(w, 7 * WORD)


def login_struct(address, timestamp_s, nonce):
    """The struct hash of ClobAuth, which L1 signs; the time stands in it as text."""
    cdef uint8_t w[5 * WORD]
    put_uint(w, timestamp_s, "timestamp_s", 63)
    memcpy(w, LOGIN_WORD, WORD)
    put_address(w + WORD, address, "address")
    put_text(w + 2 * WORD, str(int(timestamp_s)).encode())
    put_uint(w + 3 * WORD, nonce, "nonce")
    memcpy(w + 4 * WORD, LOGIN_TEXT_WORD, WORD)
    return hashed(w, 5 * WORD)


def typed_digest(separator, struct):
    """What is signed, and for an order its hash: keccak(0x19 0x01 separator struct)."""
    cdef uint8_t w[2 + 2 * WORD]
    w[0] = 0x19
    w[1] = 0x01
    put_bytes32(w + 2, separator, "separator")
    put_bytes32(w + 2 + WORD, struct, "struct")
    return hashed(w, 2 + 2 * WORD)
