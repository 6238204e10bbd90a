/* Reads a JSON document that is as documents should be, without the parser's tokens: keys become atoms straight from
   the text, and an object is made when all its properties are known, in its final size.

   An error and deep nesting are left to the parser, which then starts from the beginning: nothing that is done here
   can be observed. So what is accepted, and what every error says, is for the parser alone to decide. */

/* Deeper documents are left to the parser, which looks at the stack. */
#define JSON_READ_MAX_DEPTH 500

/* Properties of open objects that need no memory of their own. */
#define JSON_READ_FEW 64

/* Elements that an array has room for from the first on: to grow by one is slow. */
#define JSON_READ_ARRAY_SIZE 4

typedef struct JSONReadProperty {
    JSAtom atom;
    JSValue value;
} JSONReadProperty;

typedef struct JSONReader {
    JSContext *ctx;
    const uint8_t *p; /* what is read next; a NUL stands at the end */
    const uint8_t *end;
    int depth;
    uint32_t count; /* of the properties of all objects that are open, inner ones last */
    uint32_t size;
    JSONReadProperty *properties;
    JSONReadProperty few[JSON_READ_FEW];
} JSONReader;

/* What every function here returns that cannot go on: there is an exception if memory is out, and else this is for
   the parser. */
#define JSON_GIVE_UP JS_EXCEPTION

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

static JSValue json_read_value(JSONReader *r, const uint8_t *p);

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

static inline const uint8_t *json_skip_space(JSONReader *r, const uint8_t *p)
{
    return likely(*p > ' ') ? p : json_space_end(p, r->end);
}

/* The character behind a backslash, or -1. */
static int json_read_escape(const uint8_t **pp)
{
    const uint8_t *p = *pp;
    int i, c = *p++;

    switch(c) {
    case 'b': c = '\b'; break;
    case 'f': c = '\f'; break;
    case 'n': c = '\n'; break;
    case 'r': c = '\r'; break;
    case 't': c = '\t'; break;
    case '"': case '\\': case '/': break;
    case 'u':
        c = 0;
        for(i = 0; i < 4; i++) {
            int h = from_hex(*p++);
            if (h < 0)
                return -1;
            c = (c << 4) | h;
        }
        break;
    default:
        return -1;
    }
    *pp = p;
    return c;
}

/* A string with escapes or other than ASCII. 'p' is behind the opening quote. */
static no_inline JSValue json_read_unusual_string(JSONReader *r, const uint8_t *p)
{
    StringBuffer b_s, *b = &b_s;
    const uint8_t *next;
    int c;

    if (string_buffer_init(r->ctx, b, 48))
        goto fail;
    for(;;) {
        next = json_plain_end(p, r->end);
        if (next > p && string_buffer_write8(b, p, next - p))
            goto fail;
        p = next;
        if (p >= r->end || *p < 0x20)
            goto fail;
        if (*p == '"')
            break;
        if (*p == '\\') {
            p++;
            c = json_read_escape(&p);
            if (c < 0)
                goto fail;
        } else {
            c = utf8_decode(p, &next);
            if (next == p + 1)
                goto fail;
            p = next;
        }
        if (string_buffer_putc(b, c))
            goto fail;
    }
    r->p = p + 1;
    return string_buffer_end(b);
 fail:
    string_buffer_free(b);
    return JSON_GIVE_UP;
}

/* 'p' is behind the opening quote. */
static inline JSValue json_read_string(JSONReader *r, const uint8_t *p)
{
    const uint8_t *end = json_plain_end(p, r->end);

    if (unlikely(*end != '"'))
        return json_read_unusual_string(r, p);
    r->p = end + 1;
    return js_new_string8_len(r->ctx, (const char *)p, end - p);
}

static no_inline JSAtom json_read_unusual_key(JSONReader *r, const uint8_t *p)
{
    JSValue str = json_read_string(r, p);

    if (JS_IsException(str))
        return JS_ATOM_NULL;
    return JS_NewAtomStr(r->ctx, JS_VALUE_GET_STRING(str));
}

static JSAtom json_new_atom(JSRuntime *rt, const uint8_t *p, uint32_t len, uint32_t hash)
{
    uint32_t *first = &rt->atom_hash[hash & (rt->atom_hash_size - 1)];
    JSAtomStruct *a = js_alloc_string_rt(rt, len, 0);
    JSAtom i = rt->atom_free_index;

    if (unlikely(!a))
        return JS_ATOM_NULL;
    memcpy(&a[1], p, len);
    ((uint8_t *)&a[1])[len] = '\0';
    /* no room in one of the tables */
    if (unlikely(i == 0 || rt->atom_count + 1 >= rt->atom_count_resize))
        return __JS_NewAtom(rt, a, JS_ATOM_TYPE_STRING);
    rt->atom_free_index = atom_get_free(rt->atom_array[i]);
    rt->atom_array[i] = a;
    rt->atom_count++;
    a->hash = hash;
    a->atom_type = JS_ATOM_TYPE_STRING;
    a->first_weak_ref = NULL;
    a->hash_next = *first;
    *first = i;
    return i;
}

/* Whether two texts of a length are the same; memcmp looks at one character after the other. */
static inline bool json_same_text(const uint8_t *a, const uint8_t *b, uint32_t len)
{
    uint64_t v, w;
    uint32_t i;

    for(i = 0; i + 8 <= len; i += 8) {
        memcpy(&v, a + i, 8);
        memcpy(&w, b + i, 8);
        if (v != w)
            return false;
    }
    /* the rest, with what was compared already */
    if (len >= 8) {
        memcpy(&v, a + len - 8, 8);
        memcpy(&w, b + len - 8, 8);
        return v == w;
    }
    if (len >= 4) {
        uint32_t x[2], y[2];
        memcpy(&x[0], a, 4);
        memcpy(&y[0], b, 4);
        memcpy(&x[1], a + len - 4, 4);
        memcpy(&y[1], b + len - 4, 4);
        return x[0] == y[0] && x[1] == y[1];
    }
    for(; i < len; i++) {
        if (a[i] != b[i])
            return false;
    }
    return true;
}

/* JS_ATOM_NULL if it cannot go on. 'p' is behind the opening quote. */
static inline JSAtom json_read_key(JSONReader *r, const uint8_t *p)
{
    JSRuntime *rt = r->ctx->rt;
    const uint8_t *end = json_plain_end(p, r->end);
    uint32_t len = end - p, hash, i;
    JSAtomStruct *a;

    /* a number may be an index, which is an atom without a string */
    if (unlikely(*end != '"' || is_digit(*p)))
        return json_read_unusual_key(r, p);
    r->p = end + 1;
    hash = hash_string8(p, len, JS_ATOM_TYPE_STRING) & JS_ATOM_HASH_MASK;
    for(i = rt->atom_hash[hash & (rt->atom_hash_size - 1)]; i != 0; i = a->hash_next) {
        a = rt->atom_array[i];
        if (a->hash == hash && a->atom_type == JS_ATOM_TYPE_STRING &&
            a->len == len && !a->is_wide_char && json_same_text(str8(a), p, len)) {
            if (!__JS_AtomIsConst(i))
                a->header.ref_count++;
            return i;
        }
    }
    return json_new_atom(rt, p, len, hash);
}

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

static JSValue json_read_word(JSONReader *r, const uint8_t *p)
{
    JSValue val;

    if (r->end - p < 4)
        return JSON_GIVE_UP;
    if (!memcmp(p, "true", 4)) {
        val = JS_TRUE;
    } else if (!memcmp(p, "null", 4)) {
        val = JS_NULL;
    } else if (!memcmp(p, "fals", 4) && p[4] == 'e') {
        val = JS_FALSE;
        p++;
    } else {
        return JSON_GIVE_UP;
    }
    r->p = p + 4;
    return val;
}

static JSShape *json_find_shape(JSRuntime *rt, JSObject *proto, uint32_t hash,
                                const JSONReadProperty *properties, uint32_t count)
{
    JSShape *sh;
    uint32_t i;

    for(sh = rt->shape_hash[get_shape_hash(hash, rt->shape_hash_bits)]; sh; sh = sh->shape_hash_next) {
        if (sh->hash != hash || sh->proto != proto || sh->prop_count != count)
            continue;
        for(i = 0; i < count; i++) {
            if (sh->prop[i].atom != properties[i].atom || sh->prop[i].flags != JS_PROP_C_W_E)
                break;
        }
        if (i == count)
            return sh;
    }
    return NULL;
}

/* Takes the atoms over. Of a key that is there again, the last value counts, in the first one's place. */
static JSShape *json_new_shape(JSContext *ctx, JSObject *proto, uint32_t hash,
                               JSONReadProperty *properties, uint32_t count)
{
    uint32_t hash_size = JS_PROP_INITIAL_HASH_SIZE, i, known;
    JSShape *sh;
    JSShapeProperty *prop;
    JSRuntime *rt = ctx->rt;

    while (hash_size < count)
        hash_size *= 2;
    sh = js_new_shape_nohash(ctx, proto, hash_size, max_uint32(count, JS_PROP_INITIAL_SIZE));
    if (!sh)
        return NULL;
    for(i = 0; i < count; i++) {
        JSAtom atom = properties[i].atom;
        uint32_t *first = &prop_hash_end(sh)[-(intptr_t)(atom & (hash_size - 1)) - 1];
        for(known = *first; known; known = sh->prop[known - 1].hash_next) {
            if (sh->prop[known - 1].atom == atom)
                break;
        }
        if (unlikely(known)) {
            JS_FreeAtom(ctx, atom);
            JS_FreeValue(ctx, properties[known - 1].value);
            properties[known - 1].value = properties[i].value;
            continue;
        }
        properties[sh->prop_count].value = properties[i].value;
        prop = &sh->prop[sh->prop_count++];
        prop->atom = atom;
        prop->flags = JS_PROP_C_W_E;
        prop->hash_next = *first;
        *first = sh->prop_count;
    }
    /* the hash is that of all the keys */
    if (sh->prop_count == count) {
        if (2 * (rt->shape_hash_count + 1) > rt->shape_hash_size)
            resize_shape_hash(rt, rt->shape_hash_bits + 1);
        sh->hash = hash;
        sh->is_hashed = true;
        js_shape_hash_link(rt, sh);
    }
    return sh;
}

/* Takes over the properties from 'base' on. */
static JSValue json_new_object(JSONReader *r, uint32_t base)
{
    JSContext *ctx = r->ctx;
    JSONReadProperty *properties = r->properties + base;
    uint32_t count = r->count - base, hash, i;
    JSObject *proto = object_or_null(ctx->class_proto[JS_CLASS_OBJECT]), *o;
    JSShape *sh;
    JSValue obj;

    hash = shape_initial_hash(proto);
    for(i = 0; i < count; i++)
        hash = shape_hash(shape_hash(hash, properties[i].atom), JS_PROP_C_W_E);
    sh = json_find_shape(ctx->rt, proto, hash, properties, count);
    if (sh) {
        js_dup_shape(sh);
        for(i = 0; i < count; i++)
            JS_FreeAtom(ctx, properties[i].atom);
    } else {
        sh = json_new_shape(ctx, proto, hash, properties, count);
        if (!sh)
            return JS_EXCEPTION;
        count = sh->prop_count;
    }
    r->count = base;
    obj = JS_NewObjectFromShape(ctx, sh, JS_CLASS_OBJECT, NULL);
    if (JS_IsException(obj)) {
        for(i = 0; i < count; i++)
            JS_FreeValue(ctx, properties[i].value);
        return obj;
    }
    o = JS_VALUE_GET_OBJ(obj);
    for(i = 0; i < count; i++)
        o->prop[i].u.value = properties[i].value;
    return obj;
}

static no_inline bool json_more_properties(JSONReader *r)
{
    uint32_t size = r->size * 2;
    size_t bytes = size * sizeof(r->properties[0]);
    JSONReadProperty *properties;

    if (r->properties == r->few) {
        properties = js_malloc(r->ctx, bytes);
        if (properties)
            memcpy(properties, r->few, sizeof(r->few));
    } else {
        properties = js_realloc(r->ctx, r->properties, bytes);
    }
    if (!properties)
        return false;
    r->properties = properties;
    r->size = size;
    return true;
}

/* 'p' is behind the opening brace. */
static JSValue json_read_object(JSONReader *r, const uint8_t *p)
{
    uint32_t base = r->count;
    JSONReadProperty *property;
    JSAtom key;
    JSValue val;

    p = json_skip_space(r, p);
    if (*p != '}') {
        for(;;) {
            if (*p != '"')
                return JSON_GIVE_UP;
            key = json_read_key(r, p + 1);
            if (key == JS_ATOM_NULL)
                return JSON_GIVE_UP;
            p = json_skip_space(r, r->p);
            if (*p != ':') {
                JS_FreeAtom(r->ctx, key);
                return JSON_GIVE_UP;
            }
            val = json_read_value(r, json_skip_space(r, p + 1));
            if (JS_IsException(val) || (r->count == r->size && !json_more_properties(r))) {
                JS_FreeValue(r->ctx, val);
                JS_FreeAtom(r->ctx, key);
                return JSON_GIVE_UP;
            }
            property = &r->properties[r->count++];
            property->atom = key;
            property->value = val;
            p = json_skip_space(r, r->p);
            if (*p == '}')
                break;
            if (*p != ',')
                return JSON_GIVE_UP;
            p = json_skip_space(r, p + 1);
        }
    }
    r->p = p + 1;
    return json_new_object(r, base);
}

/* 'p' is behind the opening bracket. */
static JSValue json_read_array(JSONReader *r, const uint8_t *p)
{
    JSContext *ctx = r->ctx;
    JSValue arr, val;
    JSObject *a;

    arr = JS_NewArray(ctx);
    if (JS_IsException(arr))
        return arr;
    a = JS_VALUE_GET_OBJ(arr);
    p = json_skip_space(r, p);
    if (*p != ']') {
        for(;;) {
            val = json_read_value(r, p);
            if (JS_IsException(val))
                goto fail;
            if (a->u.array.count == a->u.array.u1.size &&
                expand_fast_array(ctx, a, max_uint32(a->u.array.count + 1, JSON_READ_ARRAY_SIZE))) {
                JS_FreeValue(ctx, val);
                goto fail;
            }
            a->u.array.u.values[a->u.array.count++] = val;
            p = json_skip_space(r, r->p);
            if (*p == ']')
                break;
            if (*p != ',')
                goto fail;
            p = json_skip_space(r, p + 1);
        }
    }
    a->prop[0].u.value = js_int32(a->u.array.count);
    r->p = p + 1;
    return arr;
 fail:
    JS_FreeValue(ctx, arr);
    return JSON_GIVE_UP;
}

static JSValue json_read_container(JSONReader *r, const uint8_t *p)
{
    JSValue val;

    if (r->depth == JSON_READ_MAX_DEPTH || js_check_stack_overflow(r->ctx->rt, 0))
        return JSON_GIVE_UP;
    r->depth++;
    val = *p == '{' ? json_read_object(r, p + 1) : json_read_array(r, p + 1);
    r->depth--;
    return val;
}

/* A value that begins at 'p'; 'r->p' is behind it then. */
static inline JSValue json_read_value(JSONReader *r, const uint8_t *p)
{
    switch(*p) {
    case '"':
        return json_read_string(r, p + 1);
    case '{':
    case '[':
        return json_read_container(r, p);
    case '-':
    case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9':
        return json_read_number(r, p);
    default:
        return json_read_word(r, p);
    }
}

/* JS_UNDEFINED if the parser has to read it. */
static JSValue json_read_document(JSContext *ctx, const char *buf, size_t len)
{
    JSONReader r_s, *r = &r_s;
    JSValue val;

    r->ctx = ctx;
    r->end = (const uint8_t *)buf + len;
    r->depth = 0;
    r->count = 0;
    r->size = JSON_READ_FEW;
    r->properties = r->few;
    val = json_read_value(r, json_skip_space(r, (const uint8_t *)buf));
    if (!JS_IsException(val) && json_skip_space(r, r->p) != r->end) {
        JS_FreeValue(ctx, val);
        val = JSON_GIVE_UP;
    }
    while (r->count > 0) {
        JSONReadProperty *property = &r->properties[--r->count];
        JS_FreeAtom(ctx, property->atom);
        JS_FreeValue(ctx, property->value);
    }
    if (r->properties != r->few)
        js_free(ctx, r->properties);
    if (JS_IsException(val) && !JS_HasException(ctx))
        return JS_UNDEFINED;
    return val;
}
