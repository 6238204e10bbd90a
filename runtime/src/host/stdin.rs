//! WASI's `fd_read`. Unlike wasmtime-wasi's, it reads a conversation's lines or a command's call. Otherwise stdin is
//! empty, and there are no other files.

use wasmtime::{AsContextMut, Caller, Extern, Linker, Result};

use super::sandbox::Sandbox;

/// Values of WASI preview 1: the descriptor of stdin, and the errors for success and for a descriptor that is not open.
const STDIN: u32 = 0;
const SUCCESS: i32 = 0;
const BADF: i32 = 8;

/// Bytes of WASI preview 1's `iovec`: an address and a length.
const VECTOR_BYTES: usize = 8;

/// Most vectors that are looked at. C libraries pass two, of which the first may be empty.
const MAX_VECTORS: u32 = 16;

/// Replaces the linker's `fd_read`.
pub(crate) fn replace(linker: &mut Linker<Sandbox>) -> Result<()> {
    linker.allow_shadowing(true);
    linker.func_wrap("wasi_snapshot_preview1", "fd_read", fd_read)?;
    linker.allow_shadowing(false);
    Ok(())
}

fn fd_read(
    mut caller: Caller<'_, Sandbox>,
    file: u32,
    vectors: u32,
    count: u32,
    read: u32,
) -> Result<i32> {
    if file != STDIN {
        return Ok(BADF);
    }
    // Taken out of the store, so that memory can be borrowed from it.
    let mut conversation = caller.data_mut().conversation.take();
    if let Some(conversation) = &mut conversation
        && conversation.is_at_end_of_line()
        && !conversation.is_over
    {
        conversation.receive()?;
        caller.set_fuel(conversation.limits.fuel)?;
        caller.data_mut().memory.refused = None;
    }
    let mut command = caller.data_mut().command.take();
    let fill = |room: &mut [u8]| match (&mut conversation, &mut command) {
        (Some(conversation), _) => conversation.read(room),
        (None, Some(command)) => command.read(room),
        (None, None) => 0,
    };
    let copied = copy(&mut caller, fill, vectors, count, read);
    caller.data_mut().conversation = conversation;
    caller.data_mut().command = command;
    // A trap, as in wasmtime's WASI functions for an address outside of memory.
    copied
        .ok_or_else(|| wasmtime::Error::msg("`fd_read` is to write outside the guest's memory"))?;
    Ok(SUCCESS)
}

/// Fills the first vector that has room. A guest that wants more asks again.
fn copy(
    caller: &mut Caller<'_, Sandbox>,
    mut fill: impl FnMut(&mut [u8]) -> usize,
    vectors: u32,
    count: u32,
    read: u32,
) -> Option<()> {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return None;
    };
    let memory = memory.data_mut(caller.as_context_mut());
    let number = |memory: &[u8], at: usize| {
        let bytes = memory.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes) as usize)
    };
    let mut bytes = 0;
    for index in 0..count.min(MAX_VECTORS) as usize {
        let vector = vectors as usize + index * VECTOR_BYTES;
        let address = number(memory, vector)?;
        let length = number(memory, vector + VECTOR_BYTES / 2)?;
        if length > 0 {
            bytes = fill(memory.get_mut(address..)?.get_mut(..length)?);
            break;
        }
    }
    let answer = memory.get_mut(read as usize..)?.first_chunk_mut()?;
    *answer = u32::try_from(bytes).ok()?.to_le_bytes();
    Some(())
}
