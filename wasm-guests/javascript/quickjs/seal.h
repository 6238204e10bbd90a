/* Seals what JSON.parse has made: of no object in it can a property be written, added or removed. As Object.freeze would
   object by object, but by shapes, and without a call for each. */

/* Objects on the way down that need no memory of their own. */
#define SEAL_FEW 64

typedef struct SealOpen {
    JSContext *ctx;
    uint32_t count, size;
    JSObject **objects; /* found, and not sealed yet */
    JSObject *few[SEAL_FEW];
} SealOpen;

static no_inline bool seal_more(SealOpen *open)
{
    uint32_t size = open->size * 2;
    size_t bytes = size * sizeof(open->objects[0]);
    JSObject **objects;

    if (open->objects == open->few) {
        objects = js_malloc(open->ctx, bytes);
        if (objects)
            memcpy(objects, open->few, sizeof(open->few));
    } else {
        objects = js_realloc(open->ctx, open->objects, bytes);
    }
    if (!objects)
        return false;
    open->objects = objects;
    open->size = size;
    return true;
}

static bool seal_push(SealOpen *open, JSValueConst val)
{
    JSObject *p;

    if (!JS_IsObject(val))
        return true;
    p = JS_VALUE_GET_OBJ(val);
    /* of these classes only is what JSON.parse makes */
    if (p->class_id != JS_CLASS_OBJECT && p->class_id != JS_CLASS_ARRAY)
        return true;
    if (open->count == open->size && !seal_more(open))
        return false;
    open->objects[open->count++] = p;
    return true;
}

static bool seal_object(SealOpen *open, JSObject *p)
{
    JSShape *sh;
    int i;

    if (p->fast_array && convert_fast_array_to_array(open->ctx, p))
        return false;
    if (js_shape_prepare_update(open->ctx, p, NULL))
        return false;
    p->extensible = 0;
    sh = p->shape;
    for(i = 0; i < sh->prop_count; i++) {
        sh->prop[i].flags &= ~(JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
        if (!seal_push(open, p->prop[i].u.value))
            return false;
    }
    return true;
}

/* Not by calling itself: documents can be nested deeper than that. The value is a tree of data properties. */
JSValue switchhook_seal(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    SealOpen open;
    bool is_good;

    open.ctx = ctx;
    open.count = 0;
    open.size = SEAL_FEW;
    open.objects = open.few;
    is_good = seal_push(&open, argv[0]);
    while (is_good && open.count > 0)
        is_good = seal_object(&open, open.objects[--open.count]);
    if (open.objects != open.few)
        js_free(ctx, open.objects);
    return is_good ? JS_UNDEFINED : JS_EXCEPTION;
}
