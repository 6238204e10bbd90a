/* Strings and keys of a JSON document. */

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
