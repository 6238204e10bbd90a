//! Reads JSON and pushes it as Lua values.

use std::ffi::c_int;

use super::{MAX_DEPTH, mark_array, number, text};
use crate::{
    ffi::{
        REGISTRY, State, lua_checkstack, lua_copy, lua_createtable, lua_gettop, lua_pushboolean,
        lua_pushnil, lua_pushvalue, lua_rawgeti, lua_rawset, lua_rawseti, lua_settop,
    },
    registry, stack,
};

/// Elements, or pairs of key and value, that are read before their table is made. Most tables are then made in their
/// final size. A call has some forty.
const FIRST: i64 = 64;

/// Slots of Lua's stack for one table that is being read: its elements, the table, and temporary values.
const SLOTS: c_int = 2 * FIRST as c_int + 4;

/// A mistake in a JSON text, with its offset in bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub message: &'static str,
    pub at: usize,
}

/// Pushes the value of a JSON text. May raise Lua's error for a lack of memory.
///
/// # Safety
/// The state must be alive and have room for one value. If the text is not JSON, further values may have been pushed.
pub unsafe fn push(state: *mut State, json: &[u8]) -> Result<(), Unreadable> {
    let mut reader = Reader {
        state,
        json,
        at: 0,
        unescaped: Vec::new(),
    };
    let read = reader.value(0).and_then(|()| match reader.peek() {
        None => Ok(()),
        Some(_) => Err("there is more after the value"),
    });
    read.map_err(|message| Unreadable {
        message,
        at: reader.at,
    })
}

struct Reader<'a> {
    state: *mut State,
    json: &'a [u8],
    at: usize,
    /// The last string that had escapes, unescaped.
    unescaped: Vec<u8>,
}

impl Reader<'_> {
    /// The next byte that is not white space. It stays unread.
    fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.json.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    fn value(&mut self, depth: usize) -> Result<(), &'static str> {
        // SAFETY: the state is alive, as `push` demands; its caller has seen to room for one value.
        unsafe {
            match self.peek() {
                Some(b'"') => self.text()?,
                Some(b'{') => self.object(depth)?,
                Some(b'[') => self.array(depth)?,
                Some(b'-' | b'0'..=b'9') => {
                    let (number, length) = number::read(&self.json[self.at..])?;
                    self.at += length;
                    number.push(self.state);
                }
                Some(b't') => {
                    self.word(b"true")?;
                    lua_pushboolean(self.state, 1);
                }
                Some(b'f') => {
                    self.word(b"false")?;
                    lua_pushboolean(self.state, 0);
                }
                Some(b'n') => {
                    self.word(b"null")?;
                    lua_rawgeti(self.state, REGISTRY, registry::NULL);
                }
                Some(_) => return Err("a value was expected"),
                None => return Err("the text ends before the value does"),
            }
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), &'static str> {
        if !self.json[self.at..].starts_with(word) {
            return Err("a value was expected");
        }
        self.at += word.len();
        Ok(())
    }

    /// Reads a string and pushes it.
    unsafe fn text(&mut self) -> Result<(), &'static str> {
        let (text, length) = text::read(&self.json[self.at..], &mut self.unescaped)?;
        self.at += length;
        // SAFETY: the caller has seen to room.
        unsafe { stack::push_text(self.state, text) };
        Ok(())
    }

    /// Reads an opening bracket.
    fn enter(&mut self, depth: usize) -> Result<(), &'static str> {
        self.at += 1;
        if depth >= MAX_DEPTH {
            return Err("nested too deep");
        }
        // SAFETY: the state is alive, as `push` demands.
        if unsafe { lua_checkstack(self.state, SLOTS) } == 0 {
            return Err("nested too deep for what is on the stack");
        }
        Ok(())
    }

    /// Whether another element follows the `count` elements that were read.
    fn has_next(&mut self, count: i64, end: u8) -> Result<bool, &'static str> {
        let next = self.peek();
        if next == Some(end) {
            self.at += 1;
            return Ok(false);
        }
        if count > 0 {
            if next != Some(b',') {
                return Err("a comma or the end was expected");
            }
            self.at += 1;
        }
        Ok(true)
    }

    unsafe fn array(&mut self, depth: usize) -> Result<(), &'static str> {
        self.enter(depth)?;
        let mut count = 0;
        // SAFETY: there are as many slots as `enter` has seen to.
        unsafe {
            lua_pushnil(self.state);
            let table = lua_gettop(self.state);
            while self.has_next(count, b']')? {
                self.value(depth + 1)?;
                count += 1;
                if count == FIRST {
                    self.make_array(table, count);
                } else if count > FIRST {
                    lua_rawseti(self.state, table, count);
                }
            }
            if count < FIRST {
                self.make_array(table, count);
            }
        }
        Ok(())
    }

    /// Moves the `count` values on top into a new array in the slot below them.
    unsafe fn make_array(&mut self, table: c_int, count: i64) {
        // SAFETY: the caller has put them there, and there are as many slots more as `enter` has seen to.
        unsafe {
            lua_createtable(self.state, count as c_int, 0);
            mark_array(self.state);
            lua_copy(self.state, -1, table);
            stack::pop(self.state, 1);
            for item in (1..=count).rev() {
                lua_rawseti(self.state, table, item);
            }
        }
    }

    unsafe fn object(&mut self, depth: usize) -> Result<(), &'static str> {
        self.enter(depth)?;
        let mut count = 0;
        // SAFETY: there are as many slots as `enter` has seen to.
        unsafe {
            lua_pushnil(self.state);
            let table = lua_gettop(self.state);
            while self.has_next(count, b'}')? {
                if self.peek() != Some(b'"') {
                    return Err("a key was expected");
                }
                self.text()?;
                if self.peek() != Some(b':') {
                    return Err("a colon was expected");
                }
                self.at += 1;
                self.value(depth + 1)?;
                count += 1;
                if count == FIRST {
                    self.make_object(table, count);
                } else if count > FIRST {
                    lua_rawset(self.state, table);
                }
            }
            if count < FIRST {
                self.make_object(table, count);
            }
        }
        Ok(())
    }

    /// Moves the `count` pairs on top into a new object in the slot below them.
    unsafe fn make_object(&mut self, table: c_int, count: i64) {
        // SAFETY: as `make_array`.
        unsafe {
            lua_createtable(self.state, 0, count as c_int);
            lua_copy(self.state, -1, table);
            stack::pop(self.state, 1);
            // In their order, so that the last of several equal keys counts.
            for pair in 0..count as c_int {
                let key = table + 1 + 2 * pair;
                lua_pushvalue(self.state, key);
                lua_pushvalue(self.state, key + 1);
                lua_rawset(self.state, table);
            }
            lua_settop(self.state, table);
        }
    }
}
