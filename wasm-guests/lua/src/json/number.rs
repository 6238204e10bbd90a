//! JSON's numbers as integers and floats of Lua.

use std::fmt::Write;

use crate::ffi::{State, lua_pushinteger, lua_pushnumber};

/// Floats from here on cannot tell adjacent whole numbers apart. They are written with an exponent.
const MOST_EXACT: f64 = 9_007_199_254_740_992.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Integer(i64),
    Float(f64),
}

impl Number {
    /// Pushes the number.
    ///
    /// # Safety
    /// The state must be alive and have room for one value.
    pub unsafe fn push(self, state: *mut State) {
        // SAFETY: as this function demands of its caller.
        unsafe {
            match self {
                Self::Integer(number) => lua_pushinteger(state, number),
                Self::Float(number) => lua_pushnumber(state, number),
            }
        }
    }
}

/// Most digits that fit into an integer in any case.
const FEW: usize = 18;

/// The number at the beginning of a text, and its bytes.
pub fn read(json: &[u8]) -> Result<(Number, usize), &'static str> {
    few_digits(json).map_or_else(|| any(json), Ok)
}

/// The usual case: an integer of few digits without a sign.
fn few_digits(json: &[u8]) -> Option<(Number, usize)> {
    let mut number = 0;
    for (at, byte) in json.iter().take(FEW).enumerate() {
        match byte {
            b'0'..=b'9' => number = number * 10 + i64::from(byte - b'0'),
            b',' | b'}' | b']' if at > 0 && (at == 1 || json[0] != b'0') => {
                return Some((Number::Integer(number), at));
            }
            _ => return None,
        }
    }
    None
}

fn any(json: &[u8]) -> Result<(Number, usize), &'static str> {
    let mut at = usize::from(json.first() == Some(&b'-'));
    let digits = |from: usize| {
        let rest = json.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let whole = digits(at);
    if whole == 0 || (whole > 1 && json[at] == b'0') {
        return Err("a number was expected");
    }
    at += whole;
    let mut is_whole = true;
    if json.get(at) == Some(&b'.') {
        is_whole = false;
        let fraction = digits(at + 1);
        if fraction == 0 {
            return Err("digits were expected after the point");
        }
        at += 1 + fraction;
    }
    if matches!(json.get(at), Some(b'e' | b'E')) {
        is_whole = false;
        let sign = usize::from(matches!(json.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent == 0 {
            return Err("digits were expected in the exponent");
        }
        at += 1 + sign + exponent;
    }
    let text = str::from_utf8(&json[..at]).map_err(|_| "a number was expected")?;
    // -0 is a float: integers have one zero.
    if is_whole
        && text != "-0"
        && let Ok(number) = text.parse()
    {
        return Ok((Number::Integer(number), at));
    }
    let number = text.parse().map_err(|_| "a number was expected")?;
    Ok((Number::Float(number), at))
}

/// Writes the shortest text that reads as the same number. A whole float is written without a point: 10 / 2 is a float
/// in Lua, and a timeout of 5.0 may have to be an integer. `None` if JSON has no such number.
pub fn write(number: Number, json: &mut String) -> Option<()> {
    let written = match number {
        Number::Integer(number) => write!(json, "{number}"),
        Number::Float(number) if !number.is_finite() => return None,
        Number::Float(number)
            if number.fract() == 0.0
                && number.abs() < MOST_EXACT
                && !(number == 0.0 && number.is_sign_negative()) =>
        {
            write!(json, "{}", number as i64)
        }
        // Rust's `Debug` form uses an exponent where that is shorter.
        Number::Float(number) => write!(json, "{number:?}"),
    };
    written.ok()
}
