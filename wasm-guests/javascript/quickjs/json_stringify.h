/* Writes plain values as JSON: objects and arrays of this realm as they were made by literals, with properties that are
   values. Nothing of that runs code of the user, so nothing that is done here can be observed.

   Whatever else comes (a getter, a `toJSON`, another class, a cycle, want of memory) is left to JSON.stringify's own code, which then
   starts from the beginning. */

/* A deeper value is left to JSON.stringify's own code, which knows cycles and looks at the stack. */
#define JSON_WRITE_MAX_DEPTH 100

/* Characters that a result has room for from the start. Short of memory, growing costs more than they do. */
#define JSON_WRITE_INITIAL_SIZE 240

typedef struct JSONWriter {
    JSContext *ctx;
    StringBuffer b; /* remembers when memory is out */
    JSObject *object_prototype;
    JSObject *array_prototype;
    int depth;
    JSObject *open[JSON_WRITE_MAX_DEPTH]; /* the objects that are being written, outer ones first */
} JSONWriter;

static bool json_write_value(JSONWriter *w, JSValueConst val);

/* Whether values of these prototypes have no `toJSON`. */
static bool json_prototypes_are_plain(JSObject *object_prototype, JSObject *array_prototype)
{
    return !object_prototype->shape->proto && !object_prototype->is_exotic &&
        !find_own_property1(object_prototype, JS_ATOM_toJSON) &&
        array_prototype->shape->proto == object_prototype &&
        array_prototype->class_id == JS_CLASS_ARRAY &&
        !find_own_property1(array_prototype, JS_ATOM_toJSON);
}

static void json_write_escaped(StringBuffer *b, int c)
{
    static const char short_escapes[] = "btn\0fr"; /* from 8 on */
    char text[8];

    text[0] = '\\';
    if (c == '"' || c == '\\') {
        text[1] = c;
    } else if (c >= 8 && c <= 13 && c != 11) {
        text[1] = short_escapes[c - 8];
    } else {
        snprintf(text, sizeof(text), "\\u%04x", c);
        string_buffer_write8(b, (uint8_t *)text, 6);
        return;
    }
    string_buffer_write8(b, (uint8_t *)text, 2);
}

/* The end of a run that is written as it is: anything but control characters, quotes and backslashes. */
static inline const uint8_t *json_written_plain_end(const uint8_t *p, const uint8_t *end)
{
    do {
        p = json_plain_end(p, end);
        while (p < end && *p >= 0x80)
            p++;
    } while (p < end && *p >= 0x20 && *p != '"' && *p != '\\');
    return p;
}

static void json_write_string(JSONWriter *w, JSString *str)
{
    StringBuffer *b = &w->b;
    const uint8_t *p, *end, *next;

    if (str->is_wide_char) {
        JSValue quoted = JS_ToQuotedString(w->ctx, JS_MKPTR(JS_TAG_STRING, str));
        if (JS_IsException(quoted))
            string_buffer_set_error(b);
        else
            string_buffer_concat_value_free(b, quoted);
        return;
    }
    string_buffer_putc8(b, '"');
    p = str8(str);
    end = p + str->len;
    for(;;) {
        next = json_written_plain_end(p, end);
        if (next > p)
            string_buffer_write8(b, p, next - p);
        if (next == end)
            break;
        json_write_escaped(b, *next);
        p = next + 1;
    }
    string_buffer_putc8(b, '"');
}

static void json_write_int(StringBuffer *b, int32_t n)
{
    char text[16];
    size_t len = i32toa(text, n);

    string_buffer_write8(b, (uint8_t *)text, len);
}

/* Whether there is something to write for it: undefined, symbols and functions are left out. */
static inline bool json_is_written(JSValueConst val)
{
    int tag = JS_VALUE_GET_TAG(val);
    return tag != JS_TAG_UNDEFINED && tag != JS_TAG_SYMBOL;
}

static bool json_write_property(JSONWriter *w, JSAtom atom, JSValueConst val, bool *has_content)
{
    if (!json_is_written(val))
        return true;
    if (*has_content)
        string_buffer_putc8(&w->b, ',');
    *has_content = true;
    if (__JS_AtomIsTaggedInt(atom)) {
        string_buffer_putc8(&w->b, '"');
        json_write_int(&w->b, __JS_AtomToUInt32(atom));
        string_buffer_putc8(&w->b, '"');
    } else {
        json_write_string(w, w->ctx->rt->atom_array[atom]);
    }
    string_buffer_putc8(&w->b, ':');
    return json_write_value(w, val);
}

/* Indices come first and in order, which they have to be already. */
static bool json_write_object(JSONWriter *w, JSObject *o)
{
    JSShape *sh = o->shape;
    JSShapeProperty *pr;
    bool has_content = false, has_names = false;
    int i, index = -1;
    uint32_t number;

    string_buffer_putc8(&w->b, '{');
    for(i = 0, pr = sh->prop; i < sh->prop_count; i++, pr++) {
        if (pr->atom == JS_ATOM_NULL)
            continue;
        if (pr->atom == JS_ATOM_toJSON)
            return false;
        if (__JS_AtomIsTaggedInt(pr->atom)) {
            if (has_names || (int)__JS_AtomToUInt32(pr->atom) < index)
                return false;
            index = __JS_AtomToUInt32(pr->atom);
        } else {
            JSAtomStruct *a = w->ctx->rt->atom_array[pr->atom];
            if (a->atom_type != JS_ATOM_TYPE_STRING)
                continue;
            /* an index that is too large for the other kind */
            if (unlikely(a->len == 10) && is_num_string(&number, a))
                return false;
            has_names = true;
        }
        if (!(pr->flags & JS_PROP_ENUMERABLE))
            continue;
        if (pr->flags & JS_PROP_TMASK)
            return false;
        if (!json_write_property(w, pr->atom, o->prop[i].u.value, &has_content))
            return false;
    }
    string_buffer_putc8(&w->b, '}');
    return true;
}

static bool json_write_array(JSONWriter *w, JSObject *o)
{
    uint32_t i;

    /* nothing but a length, which is that of its elements */
    if (!o->fast_array || o->shape->prop_count != 1 ||
        JS_VALUE_GET_TAG(o->prop[0].u.value) != JS_TAG_INT ||
        JS_VALUE_GET_INT(o->prop[0].u.value) != o->u.array.count)
        return false;
    string_buffer_putc8(&w->b, '[');
    for(i = 0; i < o->u.array.count; i++) {
        JSValue val = o->u.array.u.values[i];
        if (i > 0)
            string_buffer_putc8(&w->b, ',');
        if (!json_write_value(w, json_is_written(val) ? val : JS_NULL))
            return false;
    }
    string_buffer_putc8(&w->b, ']');
    return true;
}

/* Whether it is as this realm's literals make it. */
static inline bool json_is_plain_object(JSONWriter *w, JSObject *o)
{
    return o->class_id == JS_CLASS_OBJECT && !o->is_exotic &&
        (o->shape->proto == w->object_prototype || !o->shape->proto);
}

static inline bool json_is_plain_array(JSONWriter *w, JSObject *o)
{
    return o->class_id == JS_CLASS_ARRAY && o->shape->proto == w->array_prototype;
}

static bool json_write_rope(JSONWriter *w, JSValueConst val)
{
    JSValue str = JS_ToString(w->ctx, val);

    if (JS_IsException(str)) {
        string_buffer_set_error(&w->b);
        return false;
    }
    json_write_string(w, JS_VALUE_GET_STRING(str));
    JS_FreeValue(w->ctx, str);
    return true;
}

/* False if it cannot go on: memory is out, or JSON.stringify's own code has to do it. */
static bool json_write_value(JSONWriter *w, JSValueConst val)
{
    StringBuffer *b = &w->b;
    JSObject *o;
    bool done;
    int i;

    if (b->error_status)
        return false;
    switch(JS_VALUE_GET_NORM_TAG(val)) {
    case JS_TAG_STRING:
        json_write_string(w, JS_VALUE_GET_STRING(val));
        return true;
    case JS_TAG_STRING_ROPE:
        return json_write_rope(w, val);
    case JS_TAG_OBJECT:
        o = JS_VALUE_GET_OBJ(val);
        if (w->depth == JSON_WRITE_MAX_DEPTH || js_check_stack_overflow(w->ctx->rt, 0))
            return false;
        for(i = 0; i < w->depth; i++) {
            if (w->open[i] == o)
                return false;
        }
        w->open[w->depth++] = o;
        done = json_is_plain_object(w, o) ? json_write_object(w, o) :
            json_is_plain_array(w, o) && json_write_array(w, o);
        w->depth--;
        return done;
    case JS_TAG_FLOAT64:
        if (!isfinite(JS_VALUE_GET_FLOAT64(val)))
            val = JS_NULL;
        string_buffer_concat_value(b, val);
        return true;
    case JS_TAG_INT:
        json_write_int(b, JS_VALUE_GET_INT(val));
        return true;
    case JS_TAG_BOOL:
    case JS_TAG_NULL:
        string_buffer_concat_value(b, val);
        return true;
    default:
        return false;
    }
}

/* JS_UNDEFINED if JSON.stringify's own code has to do it. */
static JSValue json_write_document(JSContext *ctx, JSValueConst val)
{
    JSONWriter w_s, *w = &w_s;

    if (!JS_IsObject(ctx->class_proto[JS_CLASS_OBJECT]) || !JS_IsObject(ctx->class_proto[JS_CLASS_ARRAY]))
        return JS_UNDEFINED;
    w->ctx = ctx;
    w->object_prototype = JS_VALUE_GET_OBJ(ctx->class_proto[JS_CLASS_OBJECT]);
    w->array_prototype = JS_VALUE_GET_OBJ(ctx->class_proto[JS_CLASS_ARRAY]);
    w->depth = 0;
    if (!json_prototypes_are_plain(w->object_prototype, w->array_prototype))
        return JS_UNDEFINED;
    string_buffer_init(ctx, &w->b, JSON_WRITE_INITIAL_SIZE);
    if (!json_write_value(w, val) || w->b.error_status) {
        string_buffer_free(&w->b);
        if (JS_HasException(ctx))
            JS_FreeValue(ctx, JS_GetException(ctx));
        return JS_UNDEFINED;
    }
    return string_buffer_end(&w->b);
}
