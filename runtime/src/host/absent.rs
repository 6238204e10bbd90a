//! WASI functions for files with names and for waiting, which sandboxes lack. wasmtime-wasi's own functions would first
//! copy up to a megabyte of names or subscriptions, which a guest requests with a handful of instructions.

use wasmtime::{AsContextMut, Caller, Extern, Linker, Result, Store, Val};

use super::sandbox::Sandbox;

const WASI: &str = "wasi_snapshot_preview1";

/// Functions with a path. All are relative to an open folder, and there is none.
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

/// Values of WASI preview 1's `errno`: success, a file that is not open, an address outside of memory, an invalid
/// argument.
const SUCCESS: i32 = 0;
const BADF: i32 = 8;
const FAULT: i32 = 21;
const INVAL: i32 = 28;

/// Most subscriptions in one call. Standard libraries wait for one event, or for an event and a time.
const MAX_SUBSCRIPTIONS: u32 = 64;

/// Bytes of WASI preview 1's `subscription`, and of its `event`.
const SUBSCRIPTION_BYTES: usize = 48;
const EVENT_BYTES: usize = 32;

/// Bytes of the guest's own data at the beginning of both. In a subscription the kind follows directly, and in an event
/// two bytes later.
const USERDATA_BYTES: usize = 8;
const EVENT_KIND: usize = 10;

/// Replaces the functions in the linker. `store` is used for the functions' types only.
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

/// The clock stands still during a call, so every event that the guest waits for has happened.
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

/// Writes the events. `None` if an address is outside of memory.
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
