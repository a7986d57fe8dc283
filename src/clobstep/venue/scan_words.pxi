# Eight and sixteen bytes at a time: find a quote, read a decimal. Owns no state. Each function reads
# only what its caller has checked to be there, and says 0 for whatever it cannot be sure about.

cdef extern from *:
    """
    /* a decimal is not read on beyond this: times ten still fits */
    #define MAX_DECIMAL 900000000000000000LL
    #define SC_ALL(byte) (0x0101010101010101ULL * (byte))
    static const int64_t sc_power[8] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};

    static inline uint64_t sc_load8(const uint8_t *p) { uint64_t w; memcpy(&w, p, 8); return w; }

    /* a hash of sixteen bytes that is never 0 */
    static inline uint64_t sc_hash16(const uint8_t *p) {
        unsigned __int128 r = (unsigned __int128)(sc_load8(p) ^ 0x243f6a8885a308d3ULL)
                            * (sc_load8(p + 8) ^ 0x13198a2e03707344ULL);
        return ((uint64_t)r ^ (uint64_t)(r >> 64)) | 1;
    }

    /* the top bit of the first byte that equals; bits above the first may lie */
    static inline uint64_t sc_find(uint64_t w, uint64_t pattern) {
        w ^= pattern;
        return (w - SC_ALL(0x01)) & ~w & SC_ALL(0x80);
    }

    /* the length of a string that ends within its first sixteen bytes and has no escape, or -1 */
    static inline int sc_short_string(const uint8_t *p) {
        uint64_t w = sc_load8(p);
        uint64_t quote = sc_find(w, SC_ALL('"')), escape = sc_find(w, SC_ALL(92));
        if (escape) return -1;
        if (quote) return __builtin_ctzll(quote) >> 3;
        w = sc_load8(p + 8);
        quote = sc_find(w, SC_ALL('"'));
        if (!quote || sc_find(w, SC_ALL(92))) return -1;
        return 8 + (__builtin_ctzll(quote) >> 3);
    }

    static inline int sc_is_digits(uint64_t w) {
        return ((w & SC_ALL(0xf0)) | (((w + SC_ALL(0x06)) & SC_ALL(0xf0)) >> 4)) == SC_ALL(0x33);
    }

    /* eight digits, the first at the lowest address */
    static inline uint64_t sc_eight(uint64_t w) {
        w = (w & SC_ALL(0x0f)) * 2561 >> 8;
        w = (w & 0x00ff00ff00ff00ffULL) * 6553601 >> 16;
        return (w & 0x0000ffff0000ffffULL) * 42949672960001ULL >> 32;
    }

    /* neither a quote nor a backslash among n bytes: the text of a string, nothing else */
    static inline int sc_is_plain(const uint8_t *p, int n) {
        uint8_t found = 0;
        for (int k = 0; k < n; k++) found |= (uint8_t)((p[k] == '"') | (p[k] == 92));
        return !found;
    }

    /* up to seven characters before a quote, eight bytes readable: units of 10^-decimals.
       Returns the characters, or 0: empty, longer, no plain decimal, or more decimals than that. */
    static inline int sc_decimal8(const uint8_t *p, int decimals, int64_t *units) {
        uint64_t w = sc_load8(p);
        uint64_t quote = sc_find(w, SC_ALL('"'));
        if (!quote) return 0;
        int length = __builtin_ctzll(quote) >> 3;
        uint64_t dot = (sc_find(w, SC_ALL('.')) & (quote - 1)) | (0x80ULL << (8 * length));
        int whole = __builtin_ctzll(dot) >> 3;
        int has_dot = whole < length;
        int digits = length - has_dot;
        int fraction = digits - whole;
        if (digits == 0 || fraction > decimals || (has_dot && fraction == 0)) return 0;
        uint64_t low = (1ULL << (8 * whole)) - 1;
        w = (w & low) | ((has_dot ? w >> 8 : w) & ~low);
        w = (w << (8 * (8 - digits))) | (SC_ALL('0') >> (8 * digits));
        if (!sc_is_digits(w)) return 0;
        *units = (int64_t)sc_eight(w) * sc_power[decimals - fraction];
        return length;
    }

    /* the same for up to fifteen characters, sixteen bytes readable; 0 also beyond 2^62 */
    static inline int sc_decimal16(const uint8_t *p, int decimals, int64_t *units) {
        uint64_t first = sc_load8(p), second = sc_load8(p + 8);
        uint64_t q0 = sc_find(first, SC_ALL('"')), q1 = sc_find(second, SC_ALL('"'));
        if (!(q0 | q1)) return 0;
        int length = q0 ? __builtin_ctzll(q0) >> 3 : 8 + (__builtin_ctzll(q1) >> 3);
        uint64_t d0 = sc_find(first, SC_ALL('.')), d1 = sc_find(second, SC_ALL('.'));
        int whole = d0 ? __builtin_ctzll(d0) >> 3 : d1 ? 8 + (__builtin_ctzll(d1) >> 3) : length;
        if (whole > length) whole = length;
        int has_dot = whole < length;
        int digits = length - has_dot;
        int fraction = digits - whole;
        if (digits == 0 || fraction > decimals || (has_dot && fraction == 0)) return 0;
        unsigned __int128 w = ((unsigned __int128)second << 64) | first;
        unsigned __int128 low = ((unsigned __int128)1 << (8 * whole)) - 1;
        w = (w & low) | ((has_dot ? w >> 8 : w) & ~low);
        unsigned __int128 zeros = ((unsigned __int128)SC_ALL('0') << 64) | SC_ALL('0');
        w = (w << (8 * (16 - digits))) | (zeros >> (8 * digits));
        uint64_t high = (uint64_t)w, rest = (uint64_t)(w >> 64);
        if (!sc_is_digits(high) || !sc_is_digits(rest)) return 0;
        uint64_t value = sc_eight(high) * 100000000ULL + sc_eight(rest);
        int64_t power = sc_power[decimals - fraction];
        if (value > (uint64_t)((1LL << 62) / power)) return 0;
        *units = (int64_t)value * power;
        return length;
    }

    static inline int sc_hex(uint8_t c) {
        if (c >= '0' && c <= '9') return c - '0';
        c |= 0x20;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    }

    /* thirteen digits, sixteen bytes readable: a time in milliseconds until the year 2286 */
    static inline int sc_thirteen(const uint8_t *p, int64_t *value) {
        uint64_t high = sc_load8(p);
        uint64_t rest = (sc_load8(p + 5) & ~0xffffffULL) | 0x303030ULL;
        if (!sc_is_digits(high) || !sc_is_digits(rest)) return 0;
        *value = (int64_t)(sc_eight(high) * 100000ULL + sc_eight(rest));
        return 1;
    }
    """
    const int64_t MAX_DECIMAL
    bint sc_is_plain(const uint8_t* p, int n) noexcept nogil
    int sc_decimal8(const uint8_t* p, int decimals, int64_t* units) noexcept nogil
    int sc_decimal16(const uint8_t* p, int decimals, int64_t* units) noexcept nogil
    bint sc_thirteen(const uint8_t* p, int64_t* value) noexcept nogil
    uint64_t sc_hash16(const uint8_t* p) noexcept nogil
    int sc_hex(uint8_t c) noexcept nogil
    int sc_short_string(const uint8_t* p) noexcept nogil
