/* Numbers of a JSON document. */

/* Digits whose number is below 2^53. */
#define JSON_READ_EXACT_DIGITS 15

/* Powers of ten that are numbers of 53 bits. */
static const double json_exact_powers[] = {
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22
};

static JSValue json_read_number(JSONReader *r, const uint8_t *p)
{
    const uint8_t *start = p, *first, *point = NULL;
    const int max_power = countof(json_exact_powers) - 1;
    bool is_negative = *p == '-';
    uint64_t n = 0;
    int digits, power = 0, exponent = 0;
    double d;

    p += is_negative;
    first = p;
    while (is_digit(*p))
        n = n * 10 + (*p++ - '0');
    digits = p - first;
    if (digits == 0 || (*first == '0' && digits > 1))
        return JSON_GIVE_UP;
    /* nine digits are an integer whatever they are; minus zero is not one */
    if (digits <= 9 && *p != '.' && *p != 'e' && *p != 'E' && !(is_negative && n == 0)) {
        r->p = p;
        return js_int32(is_negative ? -(int32_t)n : (int32_t)n);
    }
    if (*p == '.') {
        point = ++p;
        while (is_digit(*p))
            n = n * 10 + (*p++ - '0');
        if (p == point)
            return JSON_GIVE_UP;
        power = -(int)(p - point);
        digits -= power;
    }
    if (*p == 'e' || *p == 'E') {
        bool is_fraction = *++p == '-';
        if (*p == '+' || *p == '-')
            p++;
        first = p;
        while (is_digit(*p)) {
            if (exponent < 1000)
                exponent = exponent * 10 + (*p - '0');
            p++;
        }
        if (p == first)
            return JSON_GIVE_UP;
        power += is_fraction ? -exponent : exponent;
    }
    r->p = p;
    /* one operation on numbers that are exact gives the number that is nearest */
    if (digits <= JSON_READ_EXACT_DIGITS && power >= -max_power && power <= max_power) {
        d = power < 0 ? (double)n / json_exact_powers[-power] : (double)n * json_exact_powers[power];
        return js_float64(is_negative ? -d : d);
    }
    return js_float64(strtod((const char *)start, NULL));
}
