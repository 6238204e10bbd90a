//! WASI functions for what sandboxes lack, in place of wasmtime-wasi's: files with names, and time that passes. wasmtime-wasi would first
//! copy up to a megabyte of names or subscriptions, for which a guest needs a handful of instructions.

use wasmtime::{AsContextMut, Caller, Extern, Linker, Result, Store, Val};

use super::sandbox::Sandbox;

const WASI: &str = "wasi_snapshot_preview1";

/// All that name a file: relative to a folder that is open, and none is.
const OF_PATHS: [&str; 10] = [
    "path_create_directory",
    "path_filestat_get",
    "path_filestat_set_times",
    "path_link",
    "path_open",
    "path_readlink",
    "path_remove_directory",
    "path_rename",
    "path_symlink",
    "path_unlink_file",
];

/// WASI preview 1 `errno`: what all is well, no such file, an address outside memory and a wrong argument are called.
const SUCCESS: i32 = 0;
const BADF: i32 = 8;
const FAULT: i32 = 21;
const INVAL: i32 = 28;

/// What can be waited for at one time. Standard libraries wait for one thing, or for that and a time.
const MAX_SUBSCRIPTIONS: u32 = 64;

/// Bytes of WASI preview 1's `subscription` and `event`.
const SUBSCRIPTION_BYTES: usize = 48;
const EVENT_BYTES: usize = 32;

/// Both begin with these bytes of the guest's own. In a subscription the kind follows at once, in an event it does two
/// bytes later.
const USERDATA_BYTES: usize = 8;
const EVENT_KIND: usize = 10;

/// Replaces them in the linker. `store` is only asked for the functions' types.
pub(crate) fn replace(linker: &mut Linker<Sandbox>, mut store: Store<Sandbox>) -> Result<()> {
    linker.allow_shadowing(true);
    for name in OF_PATHS {
        let Extern::Func(function) = linker.get(&mut store, WASI, name)? else {
            continue;
        };
        linker.func_new(WASI, name, function.ty(&store), |_, _, results| {
            if let [result] = results {
                *result = Val::I32(BADF);
            }
            Ok(())
        })?;
    }
    linker.func_wrap(WASI, "poll_oneoff", poll_oneoff)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The clock stands still during a call: whatever is waited for is there.
fn poll_oneoff(
    mut caller: Caller<'_, Sandbox>,
    subscriptions: u32,
    events: u32,
    count: u32,
    written: u32,
) -> i32 {
    if count == 0 || count > MAX_SUBSCRIPTIONS {
        return INVAL;
    }
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return FAULT;
    };
    let memory = memory.data_mut(caller.as_context_mut());
    let all_there = answer(memory, subscriptions as usize, events as usize, count);
    let told = all_there.and_then(|()| {
        *memory.get_mut(written as usize..)?.first_chunk_mut()? = count.to_le_bytes();
        Some(())
    });
    if told.is_some() { SUCCESS } else { FAULT }
}

/// `None` if something lies outside the memory.
fn answer(memory: &mut [u8], subscriptions: usize, events: usize, count: u32) -> Option<()> {
    for index in 0..count as usize {
        let at = subscriptions + index * SUBSCRIPTION_BYTES;
        let subscription: [u8; USERDATA_BYTES + 1] = *memory.get(at..)?.first_chunk()?;
        let (kind, userdata) = subscription.split_last()?;
        let mut event = [0; EVENT_BYTES];
        event[..USERDATA_BYTES].copy_from_slice(userdata);
        event[EVENT_KIND] = *kind;
        let at = events + index * EVENT_BYTES;
        *memory.get_mut(at..)?.first_chunk_mut()? = event;
    }
    Some(())
}
