//! `_switchhook`: functions of the host for this guest's own Python modules.

pub(crate) use _switchhook::module_def;

#[rustpython_vm::pymodule]
mod _switchhook {
    use rustpython_vm::{
        PyObjectRef, PyRef, PyResult, VirtualMachine,
        builtins::{PyDictRef, PyStrRef, PyTupleRef},
        function::FuncArgs,
    };
    use switchhook_guest::{Level, environment, is_being_compiled, random};

    use crate::clock::{self, Offset, with_zone};

    /// Most random bytes in one request.
    const MOST_RANDOM_BYTES: usize = 1024 * 1024;

    /// Writes a record: a level's name, and values as texts with spaces between them.
    #[pyfunction]
    fn log(args: FuncArgs, vm: &VirtualMachine) -> PyResult<()> {
        let mut texts = args
            .args
            .iter()
            .map(|value| value.str(vm))
            .collect::<PyResult<Vec<PyStrRef>>>()?
            .into_iter()
            .map(|text| text.to_string_lossy().into_owned());
        let name = texts.next().unwrap_or_default();
        let level = Level::ALL.into_iter().find(|level| level.name() == name);
        let level = level.ok_or_else(|| vm.new_value_error(format!("no level {name}")))?;
        switchhook_guest::log(level, &texts.collect::<Vec<_>>());
        Ok(())
    }

    /// The function's variables.
    #[pyfunction]
    fn environment(vm: &VirtualMachine) -> PyResult<PyDictRef> {
        if is_being_compiled() {
            let message =
                "env comes with the call: it has no values while the function is compiled";
            return Err(vm.new_runtime_error(message));
        }
        let variables = vm.ctx.new_dict();
        for (name, value) in environment::variables() {
            variables.set_item(name.as_str(), vm.ctx.new_str(value).into(), vm)?;
        }
        Ok(variables)
    }

    #[pyfunction]
    fn random_bytes(count: usize, vm: &VirtualMachine) -> PyResult<Vec<u8>> {
        if is_being_compiled() {
            let message =
                "random numbers come with the call: there are none while the function is compiled";
            return Err(vm.new_runtime_error(message));
        }
        if count > MOST_RANDOM_BYTES {
            let message = format!("at most {MOST_RANDOM_BYTES} random bytes at once");
            return Err(vm.new_value_error(message));
        }
        let mut bytes = vec![0; count];
        random::fill(&mut bytes);
        Ok(bytes)
    }

    #[pyfunction]
    fn has_zone(name: PyStrRef) -> bool {
        name.to_str()
            .is_some_and(|name| clock::zone(name).is_some())
    }

    #[pyfunction]
    fn zone_names(vm: &VirtualMachine) -> Vec<PyObjectRef> {
        clock::zone_names()
            .map(|name| vm.ctx.new_str(name).into())
            .collect()
    }

    /// Offset, summer time and abbreviation of a zone whose clocks never change.
    #[pyfunction]
    fn fixed_offset(name: PyStrRef, vm: &VirtualMachine) -> PyResult<Option<PyTupleRef>> {
        let offset = clock::fixed(&zone(&name, vm)?);
        Ok(offset.map(|offset| tuple(offset, vm)))
    }

    /// Offset, summer time and abbreviation at an instant, in seconds since 1970.
    #[pyfunction]
    fn offset_at(name: PyStrRef, seconds: i64, vm: &VirtualMachine) -> PyResult<PyTupleRef> {
        let zone = zone(&name, vm)?;
        let offset = clock::at(&zone, seconds).ok_or_else(|| out_of_range(vm))?;
        Ok(tuple(offset, vm))
    }

    /// Offset, summer time and abbreviation at a local time, in seconds since 1970 as if it were UTC. `fold` 1 takes
    /// the later of two offsets.
    #[pyfunction]
    fn offset_of_local(
        name: PyStrRef,
        seconds: i64,
        fold: i32,
        vm: &VirtualMachine,
    ) -> PyResult<PyTupleRef> {
        let zone = zone(&name, vm)?;
        let offset = clock::of_local(&zone, seconds, fold != 0).ok_or_else(|| out_of_range(vm))?;
        Ok(tuple(offset, vm))
    }

    /// By how many seconds a local time differs from standard time.
    #[pyfunction]
    fn summer_time_of_local(
        name: PyStrRef,
        seconds: i64,
        fold: i32,
        vm: &VirtualMachine,
    ) -> PyResult<i32> {
        let zone = zone(&name, vm)?;
        clock::summer_time_of_local(&zone, seconds, fold != 0).ok_or_else(|| out_of_range(vm))
    }

    /// The instant of a local time in the call's zone, in seconds since 1970.
    #[pyfunction]
    fn seconds_of_local(args: FuncArgs, vm: &VirtualMachine) -> PyResult<i64> {
        let numbers = args
            .args
            .iter()
            .map(|number| number.try_to_value::<i64>(vm))
            .collect::<PyResult<Vec<i64>>>()?;
        let &[year, month, day, hour, minute, second, fold] = numbers.as_slice() else {
            return Err(vm.new_type_error("seven numbers expected"));
        };
        let seconds = clock::seconds([year, month, day, hour, minute, second]);
        let offset =
            seconds.and_then(|seconds| with_zone(|zone| clock::of_local(zone, seconds, fold != 0)));
        match (seconds, offset) {
            (Some(seconds), Some(offset)) => Ok(seconds - i64::from(offset.seconds)),
            _ => Err(out_of_range(vm)),
        }
    }

    fn zone(name: &PyStrRef, vm: &VirtualMachine) -> PyResult<jiff::tz::TimeZone> {
        name.to_str()
            .and_then(clock::zone)
            .ok_or_else(|| vm.new_value_error("no such time zone"))
    }

    fn out_of_range(vm: &VirtualMachine) -> PyRef<rustpython_vm::builtins::PyBaseException> {
        vm.new_overflow_error("time out of range")
    }

    fn tuple(offset: Offset, vm: &VirtualMachine) -> PyTupleRef {
        let values: Vec<PyObjectRef> = vec![
            vm.ctx.new_int(offset.seconds).into(),
            vm.ctx.new_bool(offset.is_summer_time).into(),
            vm.ctx.new_str(offset.abbreviation).into(),
        ];
        vm.ctx.new_tuple(values)
    }
}
