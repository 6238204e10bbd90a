//! Writes Python values as JSON, like `json.dumps`, but refuses `NaN` and the infinities, which JSON lacks.

use std::{
    borrow::Cow,
    fmt::{Display, Write},
};

use malachite_bigint::BigInt;
use num_traits::ToPrimitive;
use rustpython_vm::{
    AsObject, PyObject, VirtualMachine,
    builtins::{PyDict, PyFloat, PyInt, PyList, PyStr, PyTuple},
};

use super::MOST_NESTED;

/// Why a value has no JSON form.
pub struct NoForm {
    /// The name of the exception that `json.dumps` would raise.
    pub name: &'static str,
    /// The mistake and the path to the value.
    pub message: String,
}

/// Most characters of a path that are shown.
const MOST_PATH_CHARACTERS: usize = 200;

/// The JSON form of a value.
///
/// # Errors
/// [`NoForm`].
pub fn write(value: &PyObject, vm: &VirtualMachine) -> Result<String, NoForm> {
    let mut writer = Writer {
        json: String::new(),
        above: Vec::new(),
        path: Vec::new(),
        vm,
    };
    writer.value(value).map_err(|error| {
        let NoForm { name, mut message } = error;
        if !writer.path.is_empty() {
            let way: String = writer.path.iter().rev().map(String::as_str).collect();
            let way: String = way.chars().take(MOST_PATH_CHARACTERS).collect();
            let _ = write!(message, " (at result{way})");
        }
        NoForm { name, message }
    })?;
    Ok(writer.json)
}

struct Writer<'a> {
    json: String,
    /// The containers around the value that is being written.
    above: Vec<*const PyObject>,
    /// The path to a value without a JSON form, innermost part first.
    path: Vec<String>,
    vm: &'a VirtualMachine,
}

impl Writer<'_> {
    fn value(&mut self, value: &PyObject) -> Result<(), NoForm> {
        let context = &self.vm.ctx;
        if let Some(text) = value.downcast_ref::<PyStr>() {
            self.text(text);
        } else if self.vm.is_none(value) {
            self.json.push_str("null");
        } else if value.is(&context.true_value) {
            self.json.push_str("true");
        } else if value.is(&context.false_value) {
            self.json.push_str("false");
        } else if let Some(int) = value.downcast_ref::<PyInt>() {
            self.int(int.as_bigint());
        } else if let Some(float) = value.downcast_ref::<PyFloat>() {
            let number = float.to_f64();
            if !number.is_finite() {
                let message = format!("{} has no JSON form", python_name(number));
                return Err(no_form("ValueError", message));
            }
            self.float(number);
        } else if let Some(dict) = value.downcast_ref::<PyDict>() {
            self.within(value, |writer| writer.object(dict))?;
        } else if let Some(list) = value.downcast_ref::<PyList>() {
            self.within(value, |writer| writer.array(&list.borrow_vec()))?;
        } else if let Some(tuple) = value.downcast_ref::<PyTuple>() {
            self.within(value, |writer| writer.array(tuple.as_slice()))?;
        } else {
            let class = value.class();
            let message = format!("Object of type {} is not JSON serializable", class.name());
            return Err(no_form("TypeError", message));
        }
        Ok(())
    }

    /// Writes the contents of a container.
    fn within(
        &mut self,
        container: &PyObject,
        write: impl FnOnce(&mut Self) -> Result<(), NoForm>,
    ) -> Result<(), NoForm> {
        let address: *const PyObject = container;
        if self.above.contains(&address) {
            return Err(no_form(
                "ValueError",
                "Circular reference detected".to_owned(),
            ));
        }
        if self.above.len() >= MOST_NESTED {
            let message = format!("values are nested more than {MOST_NESTED} deep");
            return Err(no_form("ValueError", message));
        }
        self.above.push(address);
        write(self)?;
        self.above.pop();
        Ok(())
    }

    fn array(&mut self, values: &[impl AsRef<PyObject>]) -> Result<(), NoForm> {
        self.json.push('[');
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.json.push(',');
            }
            self.value(value.as_ref())
                .inspect_err(|_| self.path.push(format!("[{index}]")))?;
        }
        self.json.push(']');
        Ok(())
    }

    fn object(&mut self, dict: &PyDict) -> Result<(), NoForm> {
        self.json.push('{');
        for (index, (name, value)) in dict.into_iter().enumerate() {
            if index > 0 {
                self.json.push(',');
            }
            self.name(&name)?;
            self.json.push(':');
            self.value(&value).inspect_err(|_| {
                let name = name
                    .str(self.vm)
                    .map(|name| name.to_string_lossy().into_owned());
                self.path.push(format!("[{:?}]", name.unwrap_or_default()));
            })?;
        }
        self.json.push('}');
        Ok(())
    }

    /// Writes the name of a member: a text, or a value that `json.dumps` converts to a text.
    fn name(&mut self, name: &PyObject) -> Result<(), NoForm> {
        if let Some(text) = name.downcast_ref::<PyStr>() {
            self.text(text);
            return Ok(());
        }
        let start = self.json.len();
        self.json.push('"');
        let is_name = self.vm.is_none(name)
            || name.downcast_ref::<PyInt>().is_some()
            || name.downcast_ref::<PyFloat>().is_some();
        if !is_name {
            self.json.truncate(start);
            let class = name.class();
            let message = format!(
                "keys must be str, int, float, bool or None, not {}",
                class.name()
            );
            return Err(no_form("TypeError", message));
        }
        match name.downcast_ref::<PyFloat>().map(|float| float.to_f64()) {
            Some(number) if !number.is_finite() => self.json.push_str(python_name(number)),
            _ => self.value(name)?,
        }
        self.json.push('"');
        Ok(())
    }

    fn int(&mut self, int: &BigInt) {
        match int.to_i64() {
            Some(int) => self.display(int),
            None => self.display(int),
        }
    }

    /// Writes the shortest digits that read as the same number, with a point or an exponent.
    fn float(&mut self, number: f64) {
        // Writing to a `String` cannot fail.
        let _ = write!(self.json, "{number:?}");
    }

    fn display(&mut self, value: impl Display) {
        let _ = write!(self.json, "{value}");
    }

    fn text(&mut self, text: &PyStr) {
        self.json.push('"');
        match text.to_str() {
            Some(text) => self.characters(text),
            None => self.halves(text),
        }
        self.json.push('"');
    }

    fn characters(&mut self, text: &str) {
        let mut written = 0;
        for (at, byte) in text.bytes().enumerate() {
            let escape: Cow<'_, str> = match byte {
                b'"' => "\\\"".into(),
                b'\\' => "\\\\".into(),
                b'\n' => "\\n".into(),
                b'\r' => "\\r".into(),
                b'\t' => "\\t".into(),
                0..=0x1f => format!("\\u{byte:04x}").into(),
                _ => continue,
            };
            self.json.push_str(&text[written..at]);
            self.json.push_str(&escape);
            written = at + 1;
        }
        self.json.push_str(&text[written..]);
    }

    /// Writes a text that contains halves of surrogate pairs, which must be escaped.
    fn halves(&mut self, text: &PyStr) {
        for point in text.as_wtf8().code_points() {
            match point.to_char() {
                Some(character) => self.characters(character.encode_utf8(&mut [0; 4])),
                None => {
                    let _ = write!(self.json, "\\u{:04x}", point.to_u32());
                }
            }
        }
    }
}

fn no_form(name: &'static str, message: String) -> NoForm {
    NoForm { name, message }
}

/// Python's text for NaN and the infinities.
fn python_name(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}
