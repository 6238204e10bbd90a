/* Runs of characters in JSON: those that are written as they are, and those that mean nothing. */

/* The end of a run of ASCII characters that a string holds as they are. */
static inline const uint8_t *json_plain_end(const uint8_t *p, const uint8_t *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t v;

    for(; end - p >= 8; p += 8) {
        memcpy(&v, p, 8);
        /* top bit set: not ASCII, a control character, a quote, a backslash; above the first one, it may be set
           for others too */
        v = (v | (v - ones * 0x20) | ((v ^ ones * '"') - ones) | ((v ^ ones * '\\') - ones)) & ones * 0x80;
        if (v)
            return p + ctz64(v) / 8;
    }
    if (end - p >= 4) {
        uint32_t u, ones4 = (uint32_t)ones;
        memcpy(&u, p, 4);
        u = (u | (u - ones4 * 0x20) | ((u ^ ones4 * '"') - ones4) | ((u ^ ones4 * '\\') - ones4)) & ones4 * 0x80;
        if (u)
            return p + ctz32(u) / 8;
        p += 4;
    }
    while (p < end && *p != '"' && *p != '\\' && *p >= 0x20 && *p < 0x80)
        p++;
    return p;
}

static no_inline const uint8_t *json_space_end(const uint8_t *p, const uint8_t *end)
{
    static const uint8_t indent[4] = { ' ', ' ', ' ', ' ' };

    while (*p <= ' ' && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
        p++;
        while (end - p >= 4 && !memcmp(p, indent, 4))
            p += 4;
    }
    return p;
}
