/* The few things that Cython cannot say: 128-bit products, bit scans, checked addition.
   No state, no I/O. GCC and clang. */
#ifndef CLOBSTEP_BITS_H
#define CLOBSTEP_BITS_H
#include <stdint.h>
#include <string.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "clobstep records are little-endian"
#endif
#ifndef CLOBSTEP_MODE
#define CLOBSTEP_MODE 0
#endif
#ifdef CLOBSTEP_DEBUG
#define CLOBSTEP_IS_DEBUG 1
#else
#define CLOBSTEP_IS_DEBUG 0
#endif

#define CLOBSTEP_SUM_LIMIT (1LL << 61)

#define cs_likely(x) __builtin_expect(!!(x), 1)
#define cs_unlikely(x) __builtin_expect(!!(x), 0)

/* of a function that is to stay out of its only caller: what is rare would slow down what is not */
#define cs_apart __attribute__((noinline)) void

/* A price of side 0, and of side 1 its complement: pips in the ladder of the bids. Which of them it is
   is a coin toss that no branch predictor knows. */
static inline int32_t cs_bid_pips(int32_t pips, int32_t side) { return (pips ^ -side) + (10001 & -side); }

/* `a` where the condition holds, else `b`, by arithmetic: for conditions that are coin tosses, where a
   compiler may make a branch of a selection */
static inline int64_t cs_pick(int holds, int64_t a, int64_t b) { return b ^ ((a ^ b) & -(int64_t)holds); }

static inline int cs_top_bit(uint64_t x) { return 63 - __builtin_clzll(x); }

static inline int cs_low_bit(uint64_t x) { return __builtin_ctzll(x); }

/* Zeros a record, 32 bytes at a time: of a few hundred at once compilers make a `rep stos`, whose start
   takes longer than the stores. `size` is a constant, a multiple of 8. */
static inline void cs_clear(void *record, size_t size) {
    size_t k = 0;
#pragma GCC unroll 16
    for (; k + 32 <= size; k += 32) memset((char *)record + k, 0, 32);
    if (size & 16) memset((char *)record + k, 0, 16), k += 16;
    if (size & 8) memset((char *)record + k, 0, 8);
}

/* 64 x 64 -> 128 bits, folded: the mixing step of the chain */
static inline uint64_t cs_fold(uint64_t a, uint64_t b) {
    unsigned __int128 r = (unsigned __int128)a * b;
    return (uint64_t)r ^ (uint64_t)(r >> 64);
}

/* Word by word: a copy of the whole record is made with wide loads, and those wait until the narrow
   stores of a record that was just written are in the cache. */
static inline uint64_t cs_word(const void *record, int k) {
    uint64_t word;
    memcpy(&word, (const char *)record + 8 * k, 8);
    return word;
}

/* eight words of a record into the chain; secrets are digits of pi */
static inline uint64_t cs_chain8(uint64_t h, const void *record) {
    uint64_t m = cs_fold(cs_word(record, 0) ^ 0x243f6a8885a308d3ULL, cs_word(record, 1) ^ 0x13198a2e03707344ULL)
               ^ cs_fold(cs_word(record, 2) ^ 0xa4093822299f31d0ULL, cs_word(record, 3) ^ 0x082efa98ec4e6c89ULL)
               ^ cs_fold(cs_word(record, 4) ^ 0x452821e638d01377ULL, cs_word(record, 5) ^ 0xbe5466cf34e90c6cULL)
               ^ cs_fold(cs_word(record, 6) ^ 0xc0ac29b7c97c50ddULL, cs_word(record, 7) ^ 0x3f84d5b5b5470917ULL);
    return cs_fold(h ^ m, 0x9e3779b97f4a7c15ULL) + 0x9216d5d98979fb1bULL;
}

static inline uint64_t cs_chain9(uint64_t h, const void *record) {
    return cs_fold(cs_chain8(h, record) ^ cs_word(record, 8), 0xd1310ba698dfb5acULL) + 0x2ffd72dbd01adfb7ULL;
}

static inline int cs_add_overflows(int64_t a, int64_t b, int64_t *out) {
    return __builtin_add_overflow(a, b, out);
}

/* floor(a * b * c * d / divisor): a, b, c, d >= 0, divisor > 0, the quotient fits 63 bits */
static inline int64_t cs_mul4_div(int64_t a, int64_t b, int64_t c, int64_t d, int64_t divisor) {
    unsigned __int128 n = (unsigned __int128)((uint64_t)a) * (uint64_t)b;
    uint64_t cd = (uint64_t)c * (uint64_t)d;
    return (int64_t)(n * cd / (uint64_t)divisor);
}

/* floor(a * b / c) for a of any sign, b >= 0, c > 0 */
static inline int64_t cs_muldiv_floor(int64_t a, int64_t b, int64_t c) {
    __int128 n = (__int128)a * b;
    __int128 q = n / c;
    if (n % c < 0) q -= 1;
    return (int64_t)q;
}
#endif
