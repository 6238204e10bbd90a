//! Realms: several global objects on one engine. A program that serves makes realms to keep apart what must not meet.
//!
//! Every object that a realm gets is made in that realm: an object of another realm would lead, by its prototypes, to
//! the other realm's globals.

use std::ffi::{CStr, c_char};

use javy::quickjs::qjs;

use crate::serve;

/// The functions of the object that a realm's source is called with.
///
/// `realm(source, name)` makes another realm and returns what its source returned. `evaluate(source, name)` evaluates a
/// script in this realm; errors call the script `name`. `seal(value)` seals a value that `JSON.parse` made.
const NATIVE: [(&CStr, qjs::JSCFunction, i32); 6] = [
    (c"readLine", Some(serve::read_line), 0),
    (c"writeLine", Some(serve::write_line), 1),
    (c"endLine", Some(serve::end_line), 0),
    (c"evaluate", Some(evaluate), 2),
    (c"realm", Some(begin), 2),
    (c"seal", Some(switchhook_seal), 1),
];

unsafe extern "C" {
    /// Defined in `quickjs/seal.h`.
    fn switchhook_seal(
        context: *mut qjs::JSContext,
        this: qjs::JSValue,
        count: i32,
        arguments: *mut qjs::JSValue,
    ) -> qjs::JSValue;
}

const SCRIPT: i32 = qjs::JS_EVAL_TYPE_GLOBAL as i32;

/// Makes a realm, evaluates `source`, a function expression, in it, and calls the function with the functions of
/// [`NATIVE`].
///
/// # Safety
/// The runtime must be alive and entered, and a NUL must follow the source.
pub unsafe fn enter(runtime: *mut qjs::JSRuntime, source: &[u8], name: &CStr) -> qjs::JSValue {
    // SAFETY: as this function demands of its caller. Every value made here is freed here, but for the one returned;
    // functions keep their realm alive.
    unsafe {
        let context = qjs::JS_NewContext(runtime);
        if context.is_null() {
            return qjs::JS_EXCEPTION;
        }
        let (source, length) = (source.as_ptr().cast(), source.len());
        let function = qjs::JS_Eval(context, source, length as _, name.as_ptr(), SCRIPT);
        let mut native = qjs::JS_NewObject(context);
        for (name, function, parameters) in NATIVE {
            let (name, kind) = (name.as_ptr(), qjs::JSCFunctionEnum_JS_CFUNC_generic);
            let function = qjs::JS_NewCFunction2(context, function, name, parameters, kind, 0);
            qjs::JS_SetPropertyStr(context, native, name, function);
        }
        let returned = if qjs::JS_IsException(function) {
            function
        } else {
            qjs::JS_Call(context, function, qjs::JS_UNDEFINED, 1, &raw mut native)
        };
        qjs::JS_FreeValue(context, native);
        qjs::JS_FreeValue(context, function);
        qjs::JS_FreeContext(context);
        returned
    }
}

unsafe extern "C" fn begin(
    context: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: i32,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: QuickJS passes as many arguments as the function was made with, and texts end with a NUL.
    unsafe {
        let (Some(source), Some(name)) = texts(context, arguments) else {
            return qjs::JS_EXCEPTION;
        };
        let runtime = qjs::JS_GetRuntime(context);
        enter(runtime, source.bytes(), name.c_str())
    }
}

unsafe extern "C" fn evaluate(
    context: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: i32,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: as in `begin`. The context that QuickJS passes is that of the function's realm.
    unsafe {
        let (Some(source), Some(name)) = texts(context, arguments) else {
            return qjs::JS_EXCEPTION;
        };
        let (name, length) = (name.c_str().as_ptr(), source.bytes().len());
        qjs::JS_Eval(context, source.address, length as _, name, SCRIPT)
    }
}

unsafe fn texts(
    context: *mut qjs::JSContext,
    arguments: *mut qjs::JSValue,
) -> (Option<Text>, Option<Text>) {
    // SAFETY: for a function of two parameters, QuickJS passes two arguments.
    unsafe {
        (
            Text::of(context, *arguments),
            Text::of(context, *arguments.add(1)),
        )
    }
}

/// A value as text, UTF-8 with a NUL behind it.
pub struct Text {
    context: *mut qjs::JSContext,
    address: *const c_char,
    length: usize,
}

impl Text {
    /// The text of a value. `None`, with an exception pending, if the value has none.
    ///
    /// # Safety
    /// The context must outlive the text.
    pub unsafe fn of(context: *mut qjs::JSContext, value: qjs::JSValue) -> Option<Self> {
        let mut length = 0;
        // SAFETY: the context is alive, and the value is the caller's.
        let address = unsafe { qjs::JS_ToCStringLen2(context, &raw mut length, value, false) };
        (!address.is_null()).then_some(Self {
            context,
            address,
            length: length as usize,
        })
    }

    /// The text without the NUL.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: QuickJS's own address and length, alive as long as this is.
        unsafe { std::slice::from_raw_parts(self.address.cast(), self.length) }
    }

    fn c_str(&self) -> &CStr {
        // SAFETY: QuickJS ends its C strings with a NUL.
        unsafe { CStr::from_ptr(self.address) }
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        // SAFETY: made by this context, which is alive, and freed once.
        unsafe { qjs::JS_FreeCString(self.context, self.address) }
    }
}
