//! WASI's `random_get`. Unlike wasmtime-wasi's, it charges fuel for the host's work and ends the turn. Otherwise a
//! guest could keep a thread busy for minutes with a few instructions: 64 KiB of random numbers take the host some 60
//! µs and the guest ten instructions.

use chacha20::ChaCha20Rng;
use rand::Rng;
use wasmtime::{AsContextMut, Caller, Extern, Linker, Result, Trap};

use super::sandbox::Sandbox;

/// Most bytes in one request, as in `crypto.getRandomValues` (Web Cryptography API, section 10.1.1).
const MAX_BYTES: usize = 65_536;

/// Largest request, in bytes, that costs no fuel: the host's work is that of any host call.
const FREE_BYTES: usize = 256;

/// Fuel for each byte of larger requests: guest code that takes about as long.
const FUEL_PER_BYTE: u64 = 16;

/// Values of WASI preview 1's `errno`: success, an invalid argument, an address outside of memory.
const SUCCESS: i32 = 0;
const INVAL: i32 = 28;
const FAULT: i32 = 21;

/// Replaces the linker's `random_get`.
pub(crate) fn replace(linker: &mut Linker<Sandbox>) -> Result<()> {
    linker.allow_shadowing(true);
    linker.func_wrap_async(
        "wasi_snapshot_preview1",
        "random_get",
        |caller: Caller<'_, Sandbox>, (address, length): (u32, u32)| {
            Box::new(random_get(caller, address as usize, length as usize))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

async fn random_get(mut caller: Caller<'_, Sandbox>, address: usize, length: usize) -> Result<i32> {
    if length > MAX_BYTES {
        return Ok(INVAL);
    }
    if length > FREE_BYTES {
        let left = caller.get_fuel()?;
        let left = left.checked_sub(length as u64 * FUEL_PER_BYTE);
        caller.set_fuel(left.unwrap_or(0))?;
        left.ok_or(Trap::OutOfFuel)?;
        // `set_fuel` has forgotten how much of the turn was left.
        tokio::task::yield_now().await;
    }
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return Ok(FAULT);
    };
    let (memory, sandbox) = memory.data_and_store_mut(caller.as_context_mut());
    let room = memory
        .get_mut(address..)
        .and_then(|rest| rest.get_mut(..length));
    let Some(room) = room else { return Ok(FAULT) };
    let generator: &mut ChaCha20Rng = sandbox.random();
    generator.fill_bytes(room);
    Ok(SUCCESS)
}
