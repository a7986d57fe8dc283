/* Random numbers in integers, so that a seed means the same on every machine, Python and numpy.
   A stream is one word of state (splitmix64). Nothing here takes a logarithm from a library: those
   differ in the last bit. */
#ifndef CLOBSTEP_DRAWS_H
#define CLOBSTEP_DRAWS_H
#include <stdint.h>

static inline uint64_t kn_next(uint64_t *stream) {
    uint64_t z = *stream += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

/* The stream of a number; of equal seeds every number has another. */
static inline uint64_t kn_stream(uint64_t seed, uint64_t number) {
    uint64_t state = seed ^ (number * 0xD1342543DE82EF95ULL);
    return kn_next(&state);
}

/* floor(a * b / 2^64) */
static inline uint64_t kn_high(uint64_t a, uint64_t b) { return (uint64_t)(((unsigned __int128)a * b) >> 64); }

/* 0 .. n - 1, n > 0; uneven by at most n in 2^64 */
static inline int64_t kn_below(uint64_t *stream, int64_t n) { return (int64_t)kn_high(kn_next(stream), (uint64_t)n); }

/* true `millionths` times of a million */
static inline int kn_chance(uint64_t *stream, int64_t millionths) { return kn_below(stream, 1000000) < millionths; }

/* floor(log2(x) * 2^16), x > 0: a bit a squaring, with 62 bits of the number kept */
static inline int64_t kn_log2(uint64_t x) {
    int k, top = 63 - __builtin_clzll(x);
    int64_t out = top;
    uint64_t y = top > 62 ? x >> 1 : x << (62 - top);
    for (k = 0; k < 16; k++) {
        y = (uint64_t)((unsigned __int128)y * y >> 62);
        out <<= 1;
        if (y >> 63) { y >>= 1; out++; }
    }
    return out;
}

/* Exponential with this mean, at least 0 and at most some 44 times the mean: -mean * ln(u), u in
   steps of 2^-63. 0 <= mean < 2^40. */
static inline int64_t kn_exponential(uint64_t *stream, int64_t mean) {
    int64_t bits = (63LL << 16) - kn_log2((kn_next(stream) >> 1) + 1); /* -log2(u) * 2^16 */
    return (int64_t)(((unsigned __int128)(uint64_t)bits * 45426u * (uint64_t)mean) >> 32);
}
#endif
