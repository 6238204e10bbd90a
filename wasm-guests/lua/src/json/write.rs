//! Writes Lua values as JSON. Tables are read raw: no metamethod runs.

use std::{
    ffi::{CStr, c_void},
    fmt,
};

use super::{
    MAX_DEPTH, is_marked,
    number::{self, Number},
    text,
};
use crate::{
    ffi::{
        BOOLEAN, NIL, NUMBER, REGISTRY, STRING, State, TABLE, USERDATA, lua_checkstack, lua_gettop,
        lua_isinteger, lua_next, lua_pushnil, lua_rawequal, lua_rawgeti, lua_rawlen, lua_settop,
        lua_toboolean, lua_tointegerx, lua_tonumberx, lua_topointer, lua_type, lua_typename,
    },
    registry, stack,
};

/// Slots of Lua's stack for one table that is being written: a key, its value, and temporary values.
const SLOTS: i32 = 5;

/// Most parts of a path that are shown: the outermost ones.
const MAX_PARTS: usize = 8;

/// Why a value has no JSON form.
#[derive(Debug, Default)]
pub struct Unwritable {
    /// The path to the value, innermost part first: `["id"]`, `[3]`.
    place: Vec<String>,
    reason: String,
}

impl Unwritable {
    fn new(reason: impl Into<String>) -> Self {
        Self {
            place: Vec::new(),
            reason: reason.into(),
        }
    }

    fn inside(mut self, part: impl FnOnce() -> String) -> Self {
        self.place.push(part());
        self
    }
}

/// Continues a sentence: `: .data.id is a function, …`.
impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.place.iter().rev().take(MAX_PARTS) {
            f.write_str(part)?;
        }
        if self.place.len() > MAX_PARTS {
            f.write_str("…")?;
        }
        write!(f, " {}", self.reason)
    }
}

/// Appends the JSON of the value on top.
///
/// # Safety
/// The state must be alive and have such a value.
pub unsafe fn write(state: *mut State, json: &mut String) -> Result<(), Unwritable> {
    let mut writer = Writer {
        state,
        json,
        around: Vec::new(),
    };
    // SAFETY: as this function demands of its caller.
    unsafe { writer.value() }
}

struct Writer<'a> {
    state: *mut State,
    json: &'a mut String,
    /// The tables around the value.
    around: Vec<*const c_void>,
}

impl Writer<'_> {
    /// Writes the value on top, which stays there.
    unsafe fn value(&mut self) -> Result<(), Unwritable> {
        let state = self.state;
        // SAFETY: the state is alive and has a value on top.
        unsafe {
            match lua_type(state, -1) {
                NIL => self.json.push_str("null"),
                BOOLEAN if lua_toboolean(state, -1) != 0 => self.json.push_str("true"),
                BOOLEAN => self.json.push_str("false"),
                NUMBER => {
                    let number = number_on_top(state);
                    number::write(number, self.json)
                        .ok_or_else(|| Unwritable::new("is no number that JSON has"))?;
                }
                STRING => text::write(stack::text(state, -1), self.json),
                TABLE => self.table()?,
                USERDATA if is_null(state) => self.json.push_str("null"),
                kind => {
                    let kind = CStr::from_ptr(lua_typename(state, kind)).to_string_lossy();
                    let reason = format!("is a {kind}, which has no JSON form");
                    return Err(Unwritable::new(reason));
                }
            }
        }
        Ok(())
    }

    unsafe fn table(&mut self) -> Result<(), Unwritable> {
        let state = self.state;
        // SAFETY: the caller has put a table on top; there are as many slots more as are asked for.
        unsafe {
            let table = lua_topointer(state, -1);
            if self.around.len() >= MAX_DEPTH {
                let reason = if self.around.contains(&table) {
                    "is in itself".to_owned()
                } else {
                    format!("is nested more than {MAX_DEPTH} deep")
                };
                return Err(Unwritable::new(reason));
            }
            if lua_checkstack(state, SLOTS) == 0 {
                return Err(Unwritable::new("is nested too deep"));
            }
            let top = lua_gettop(state);
            self.around.push(table);
            let is_array = is_marked(state);
            lua_pushnil(state);
            let written = if lua_next(state, -2) == 0 {
                self.json.push_str(if is_array { "[]" } else { "{}" });
                Ok(())
            } else if is_array || lua_type(state, -2) == NUMBER {
                self.array()
            } else {
                self.object()
            };
            self.around.pop();
            if written.is_err() {
                // The tables around this one add their parts of the path.
                lua_settop(state, top);
            }
            written
        }
    }

    /// Writes a table as an array. Its first key and value are on top, and are popped.
    unsafe fn array(&mut self) -> Result<(), Unwritable> {
        let state = self.state;
        self.json.push('[');
        let mut count = 0;
        // SAFETY: as said above; a key is replaced by the next, or nothing.
        unsafe {
            loop {
                if lua_type(state, -2) != NUMBER || lua_isinteger(state, -2) == 0 {
                    stack::pop(state, 1);
                    return Err(not_in_a_list(state));
                }
                if lua_tointegerx(state, -2, std::ptr::null_mut()) != count + 1 {
                    stack::pop(state, 2);
                    return self.rest_of_array(count);
                }
                if count > 0 {
                    self.json.push(',');
                }
                count += 1;
                self.value()
                    .map_err(|e| e.inside(|| format!("[{count}]")))?;
                stack::pop(state, 1);
                if lua_next(state, -2) == 0 {
                    break;
                }
            }
        }
        self.json.push(']');
        Ok(())
    }

    /// Writes the elements after the first `count` of the table on top, which does not keep them in order.
    unsafe fn rest_of_array(&mut self, mut count: i64) -> Result<(), Unwritable> {
        let state = self.state;
        // SAFETY: as said above.
        unsafe {
            let most = lua_rawlen(state, -1) as i64;
            while count < most {
                if count > 0 {
                    self.json.push(',');
                }
                count += 1;
                if lua_rawgeti(state, -1, count) == NIL {
                    return Err(hole(count));
                }
                self.value()
                    .map_err(|e| e.inside(|| format!("[{count}]")))?;
                stack::pop(state, 1);
            }
            lua_pushnil(state);
            let mut keys = 0;
            while lua_next(state, -2) != 0 {
                stack::pop(state, 1);
                keys += 1;
                if keys > most {
                    let key = lua_tointegerx(state, -1, std::ptr::null_mut());
                    let is_integer = lua_type(state, -1) == NUMBER && lua_isinteger(state, -1) != 0;
                    return Err(if is_integer && key > most {
                        hole(most + 1)
                    } else {
                        not_in_a_list(state)
                    });
                }
            }
        }
        self.json.push(']');
        Ok(())
    }

    /// Writes a table as an object. Its first key and value are on top, and are popped.
    unsafe fn object(&mut self) -> Result<(), Unwritable> {
        let state = self.state;
        self.json.push('{');
        let mut is_first = true;
        // SAFETY: as said there.
        unsafe {
            loop {
                if lua_type(state, -2) != STRING {
                    stack::pop(state, 1);
                    return Err(not_in_an_object(state));
                }
                if !is_first {
                    self.json.push(',');
                }
                is_first = false;
                text::write(stack::text(state, -2), self.json);
                self.json.push(':');
                self.value().map_err(|e| {
                    e.inside(|| format!(".{}", String::from_utf8_lossy(stack::text(state, -2))))
                })?;
                stack::pop(state, 1);
                if lua_next(state, -2) == 0 {
                    break;
                }
            }
        }
        self.json.push('}');
        Ok(())
    }
}

unsafe fn number_on_top(state: *mut State) -> Number {
    // SAFETY: the caller has put a number there.
    unsafe {
        if lua_isinteger(state, -1) != 0 {
            Number::Integer(lua_tointegerx(state, -1, std::ptr::null_mut()))
        } else {
            Number::Float(lua_tonumberx(state, -1, std::ptr::null_mut()))
        }
    }
}

unsafe fn is_null(state: *mut State) -> bool {
    // SAFETY: the caller has put a value on top, and seen to room for another.
    unsafe {
        lua_rawgeti(state, REGISTRY, registry::NULL);
        let is = lua_rawequal(state, -1, -2) != 0;
        stack::pop(state, 1);
        is
    }
}

fn hole(at: i64) -> Unwritable {
    Unwritable::new(format!(
        "is a list without an element {at}: write json.null for what is missing, and the keys of an object as texts"
    ))
}

/// The mistake: the key on top is not an index.
unsafe fn not_in_a_list(state: *mut State) -> Unwritable {
    // SAFETY: the caller has put it there.
    let key = unsafe { key(state) };
    Unwritable::new(format!(
        "is a list with the key {key} beside its numbers: the keys of an object are texts, ['1']"
    ))
}

/// The mistake: the key on top is not a string.
unsafe fn not_in_an_object(state: *mut State) -> Unwritable {
    // SAFETY: the caller has put it there.
    let key = unsafe { key(state) };
    Unwritable::new(format!(
        "is an object with the key {key}, which is no text: write ['{key}']"
    ))
}

unsafe fn key(state: *mut State) -> String {
    // SAFETY: the caller has put it there. What is pushed is gone with the function that fails.
    unsafe { String::from_utf8_lossy(stack::push_described(state, -1)).into_owned() }
}
