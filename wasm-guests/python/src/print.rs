//! `print`, which writes a record of the call's log.

use rustpython_vm::{
    PyObjectRef, PyResult, VirtualMachine,
    builtins::PyStrRef,
    function::{FuncArgs, KwArgs, PosArgs},
};
use switchhook_guest::{Level, log};

/// The keyword arguments of the builtin `print`.
const OPTIONS: [&str; 4] = ["sep", "end", "file", "flush"];

/// Writes the values as one record, without the line feed at its end. With `file`, writes there.
///
/// # Errors
/// Exceptions of turning the values into texts, and unknown options.
pub fn print(args: FuncArgs, vm: &VirtualMachine) -> PyResult<()> {
    let (values, options): (PosArgs, KwArgs) = args.bind(vm)?;
    let options: Vec<(String, PyObjectRef)> = options.into_iter().collect();
    if let Some((name, _)) = options
        .iter()
        .find(|(name, _)| !OPTIONS.contains(&name.as_str()))
    {
        let message = format!("print() got an unexpected keyword argument '{name}'");
        return Err(vm.new_type_error(message));
    }
    let option = |wanted: &str| {
        let found = options.iter().find(|(name, _)| name == wanted);
        found
            .map(|(_, value)| value)
            .filter(|value| !vm.is_none(value))
    };
    let text_option = |name: &str, otherwise: &str| match option(name) {
        Some(value) => match value.clone().downcast::<rustpython_vm::builtins::PyStr>() {
            Ok(text) => Ok(text.to_string_lossy().into_owned()),
            Err(_) => Err(vm.new_type_error(format!("{name} must be None or a string"))),
        },
        None => Ok(otherwise.to_owned()),
    };
    let separator = text_option("sep", " ")?;
    let end = text_option("end", "\n")?;
    let values = values
        .iter()
        .map(|value| value.str(vm))
        .collect::<PyResult<Vec<PyStrRef>>>()?;
    let texts: Vec<_> = values.iter().map(|value| value.to_string_lossy()).collect();
    let mut text = texts.join(&separator);
    text.push_str(&end);
    if let Some(file) = option("file") {
        vm.call_method(file, "write", (text,))?;
        return Ok(());
    }
    let text = text.strip_suffix('\n').unwrap_or(&text);
    log(Level::Log, &[text]);
    Ok(())
}
