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

/* floor(log2(x) * 2^16), x > 0: a bit a squaring, with 62 bits of the number kept. No branch hangs on
   those bits: each would be a coin toss. */
static inline int64_t kn_log2_by_squares(uint64_t x) {
    int k, top = 63 - __builtin_clzll(x);
    int64_t out = top;
    uint64_t bit, y = top > 62 ? x >> 1 : x << (62 - top);
    for (k = 0; k < 16; k++) {
        y = (uint64_t)((unsigned __int128)y * y >> 62);
        bit = y >> 63;
        y >>= bit;
        out = 2 * out + (int64_t)bit;
    }
    return out;
}

/* Of each sixteenth of [1, 2): 2^32 / its middle, and -log2 of this / 2^32, * 2^30. */
static const uint32_t KN_PARTS[16][2] = {
    {4164816771u, 47667823u},   {3926827242u, 138816582u},  {3714566310u, 224898839u},  {3524075730u, 306448299u},
    {3352169596u, 383918542u},  {3196254731u, 457698296u},  {3054198966u, 528123241u},  {2924233052u, 595485245u},
    {2804876601u, 660039670u},  {2694881440u, 722011214u},  {2593187801u, 781598637u},  {2498890063u, 838978604u},
    {2411209710u, 894308843u},  {2329473787u, 947730758u},  {2253097597u, 999371607u},  {2181570690u, 1049346328u},
};

/* log2(x) * 2^30, off by less than KN_NEAR: x is 2^top * (a part's middle) * (1 + r), |r| < 1 / 32, and
   log2(1 + r) five terms of its series. */
enum { KN_NEAR = 16 };
static inline int64_t kn_near_log2(uint64_t x) {
    int top = 63 - __builtin_clzll(x);
    uint64_t y = x << (63 - top);
    const uint32_t *part = KN_PARTS[y >> 59 & 15];
    int64_t r = (int64_t)((y >> 32) * part[0] - (1ULL << 63)) >> 33; /* * 2^30 */
    int64_t sum = 309816401;
    sum = (sum * r >> 30) - 387270501;
    sum = (sum * r >> 30) + 516360668;
    sum = (sum * r >> 30) - 774541002;
    sum = (sum * r >> 30) + 1549082005;
    return ((int64_t)top << 30) + part[1] + (sum * r >> 30);
}

/* As kn_log2_by_squares, which alone says what is right: the near one where it is not near the next number. */
static inline int64_t kn_log2(uint64_t x) {
    int64_t near = kn_near_log2(x);
    int64_t rest = near & ((1 << 14) - 1);
    return rest >= KN_NEAR && rest < (1 << 14) - KN_NEAR ? near >> 14 : kn_log2_by_squares(x);
}

/* Exponential with this mean, at least 0 and at most some 44 times the mean: -mean * ln(u), u in
   steps of 2^-63. 0 <= mean < 2^40. */
static inline int64_t kn_exponential(uint64_t *stream, int64_t mean) {
    int64_t bits = (63LL << 16) - kn_log2((kn_next(stream) >> 1) + 1); /* -log2(u) * 2^16 */
    return (int64_t)(((unsigned __int128)(uint64_t)bits * 45426u * (uint64_t)mean) >> 32);
}
#endif
