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

#include "json_text.h"
#include "json_strings.h"
#include "json_numbers.h"
#include "json_objects.h"

static JSValue json_read_value(JSONReader *r, const uint8_t *p);

static inline const uint8_t *json_skip_space(JSONReader *r, const uint8_t *p)
{
    if (likely(*p > ' '))
        return p;
    if (*p == ' ' && p[1] > ' ')
        return p + 1;
    return json_space_end(p, r->end);
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
