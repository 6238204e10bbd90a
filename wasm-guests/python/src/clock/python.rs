//! The functions of `time` that depend on a time zone, and those that would wait.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;
use rustpython_vm::{
    PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyFloat, PyStrRef, PyTuple},
    function::OptionalArg,
};

use super::{
    Offset, at, civil,
    format::{Fields, format},
    of_local, seconds, with_zone,
};

/// The format of `ctime` and `asctime`.
const CTIME: &str = "%a %b %e %H:%M:%S %Y";

/// Puts the functions into the module `time`.
///
/// # Errors
/// If there is no such module.
pub fn install(vm: &VirtualMachine) -> PyResult<()> {
    let time = vm.import("time", 0)?;
    time.set_attr("localtime", vm.new_function("localtime", localtime), vm)?;
    time.set_attr("mktime", vm.new_function("mktime", mktime), vm)?;
    time.set_attr("strftime", vm.new_function("strftime", strftime), vm)?;
    time.set_attr("asctime", vm.new_function("asctime", asctime), vm)?;
    time.set_attr("ctime", vm.new_function("ctime", ctime), vm)?;
    time.set_attr("sleep", vm.new_function("sleep", sleep), vm)?;
    // Constants in CPython which depend on the call here.
    time.set_attr("__getattr__", vm.new_function("__getattr__", attribute), vm)
}

type Seconds = OptionalArg<Option<PyObjectRef>>;

fn localtime(when: Seconds, vm: &VirtualMachine) -> PyResult {
    struct_time(&local(whole_seconds(when, vm)?, vm)?, vm)
}

fn ctime(when: Seconds, vm: &VirtualMachine) -> PyResult<String> {
    Ok(format(CTIME, &local(whole_seconds(when, vm)?, vm)?))
}

fn asctime(time: OptionalArg<PyObjectRef>, vm: &VirtualMachine) -> PyResult<String> {
    Ok(format(CTIME, &fields_or_now(time, vm)?))
}

fn strftime(
    text: PyStrRef,
    time: OptionalArg<PyObjectRef>,
    vm: &VirtualMachine,
) -> PyResult<String> {
    let fields = fields_or_now(time, vm)?;
    Ok(format(&text.to_string_lossy(), &fields))
}

fn sleep(_seconds: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
    Err(vm.new_runtime_error("time.sleep is not available: a call cannot wait"))
}

fn mktime(time: PyObjectRef, vm: &VirtualMachine) -> PyResult<f64> {
    let fields = fields(&time, vm)?;
    let out_of_range = || vm.new_overflow_error("mktime argument out of range");
    let Fields {
        year,
        month,
        day,
        hour,
        minute,
        second,
        ..
    } = fields;
    let seconds = seconds([year, month, day, hour, minute, second]);
    let seconds = seconds.ok_or_else(out_of_range)?;
    let offset = with_zone(|zone| {
        let [before, after] = [false, true].map(|later| of_local(zone, seconds, later));
        let (before, after) = (before?, after?);
        // Which of two equal local times is meant, if the fields say so.
        let wanted = (fields.summer_time >= 0).then_some(fields.summer_time > 0);
        let is_after =
            Some(before.is_summer_time) != wanted && Some(after.is_summer_time) == wanted;
        Some(if is_after { after } else { before })
    });
    let offset = offset.ok_or_else(out_of_range)?;
    Ok((seconds - i64::from(offset.seconds)) as f64)
}

/// `tzname`, `timezone`, `altzone` and `daylight`, for the year of the call.
fn attribute(name: PyStrRef, vm: &VirtualMachine) -> PyResult {
    let name = name.to_string_lossy();
    let year = local(now(), vm)?.year;
    let halves = with_zone(|zone| Some([of_month(zone, year, 1)?, of_month(zone, year, 7)?]));
    let halves = halves.ok_or_else(|| vm.new_overflow_error("time out of range"))?;
    // In the southern hemisphere, January is in summer.
    let [standard, summer] = match halves {
        [january, july] if january.is_summer_time => [july, january],
        halves => halves,
    };
    let context = &vm.ctx;
    Ok(match name.as_ref() {
        "tzname" => {
            let names = [standard.abbreviation, summer.abbreviation];
            context
                .new_tuple(names.map(|name| context.new_str(name).into()).into())
                .into()
        }
        "timezone" => context.new_int(-standard.seconds).into(),
        "altzone" => context.new_int(-summer.seconds).into(),
        "daylight" => context.new_int(i32::from(summer.is_summer_time)).into(),
        _ => {
            let message = format!("module 'time' has no attribute '{name}'");
            return Err(vm.new_attribute_error(message));
        }
    })
}

fn of_month(zone: &TimeZone, year: i64, month: i64) -> Option<Offset> {
    at(zone, seconds([year, month, 1, 0, 0, 0])?)
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs() as i64)
}

fn whole_seconds(seconds: Seconds, vm: &VirtualMachine) -> PyResult<i64> {
    let Some(seconds) = seconds.flatten() else {
        return Ok(now());
    };
    match seconds.downcast_ref::<PyFloat>() {
        Some(float) if float.to_f64().is_finite() => Ok(float.to_f64().floor() as i64),
        Some(_) => Err(vm.new_value_error("cannot convert float NaN or infinity to integer")),
        None => seconds.try_index(vm)?.try_to_primitive(vm),
    }
}

fn local(seconds: i64, vm: &VirtualMachine) -> PyResult<Fields> {
    let found = with_zone(|zone| {
        let offset = at(zone, seconds)?;
        let civil = civil(seconds + i64::from(offset.seconds))?;
        Some(Fields {
            year: civil.year().into(),
            month: civil.month().into(),
            day: civil.day().into(),
            hour: civil.hour().into(),
            minute: civil.minute().into(),
            second: civil.second().into(),
            weekday: civil.weekday().to_monday_zero_offset().into(),
            year_day: civil.day_of_year().into(),
            summer_time: offset.is_summer_time.into(),
            zone: Some(offset.abbreviation),
            offset: Some(offset.seconds),
        })
    });
    found.ok_or_else(|| vm.new_overflow_error("timestamp out of range for platform time_t"))
}

fn struct_time(fields: &Fields, vm: &VirtualMachine) -> PyResult {
    let int = |value: i64| -> PyObjectRef { vm.ctx.new_int(value).into() };
    let values = vec![
        int(fields.year),
        int(fields.month),
        int(fields.day),
        int(fields.hour),
        int(fields.minute),
        int(fields.second),
        int(fields.weekday),
        int(fields.year_day),
        int(fields.summer_time),
        vm.ctx
            .new_str(fields.zone.as_deref().unwrap_or_default())
            .into(),
        int(fields.offset.unwrap_or_default().into()),
    ];
    let class = vm.import("time", 0)?.get_attr("struct_time", vm)?;
    class.call((vm.ctx.new_tuple(values),), vm)
}

fn fields_or_now(time: OptionalArg<PyObjectRef>, vm: &VirtualMachine) -> PyResult<Fields> {
    match time.into_option() {
        Some(time) => fields(&time, vm),
        None => local(now(), vm),
    }
}

/// The fields of a `struct_time`, or of a tuple of nine numbers.
fn fields(time: &PyObjectRef, vm: &VirtualMachine) -> PyResult<Fields> {
    let Some(tuple) = time.downcast_ref::<PyTuple>() else {
        return Err(vm.new_type_error("Tuple or struct_time argument required"));
    };
    let numbers = tuple
        .as_slice()
        .iter()
        .take(9)
        .map(|number| number.try_index(vm)?.try_to_primitive::<i64>(vm))
        .collect::<PyResult<Vec<i64>>>()?;
    let &[
        year,
        month,
        day,
        hour,
        minute,
        second,
        weekday,
        year_day,
        summer_time,
    ] = numbers.as_slice()
    else {
        return Err(vm.new_type_error("time tuple must have exactly 9 items"));
    };
    let of_zone = |name| vm.get_attribute_opt(time.clone(), name);
    let zone =
        of_zone("tm_zone")?.and_then(|zone| zone.downcast::<rustpython_vm::builtins::PyStr>().ok());
    let offset = of_zone("tm_gmtoff")?.and_then(|offset| offset.try_to_value::<i32>(vm).ok());
    Ok(Fields {
        year,
        // As in CPython, 0 means that the field does not matter.
        month: month.max(1),
        day: day.max(1),
        hour,
        minute,
        second,
        weekday,
        year_day: year_day.max(1),
        summer_time,
        zone: zone.map(|zone| zone.to_string_lossy().into_owned()),
        offset,
    })
}
