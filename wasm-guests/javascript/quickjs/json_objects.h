/* Makes an object of properties that are all known, with its final shape. Objects with the same keys share one. */

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
