//! Random numbers from the host.

/// Most bytes in one request: the host bounds what it gives at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// A seed of this call. Ask for it in the call, when it is first needed: during a compilation the seed is always the
/// same, and the snapshot would carry it into every call.
pub fn seed() -> u64 {
    let mut seed = [0; 8];
    // SAFETY: the buffer has that many bytes.
    let given = unsafe { wasip1::random_get(seed.as_mut_ptr(), seed.len()) };
    // The host may refuse. The function then sees a fixed sequence.
    given.map_or(0, |()| u64::from_le_bytes(seed))
}

/// Fills `bytes` with random bytes of this call. Like [`seed()`], this is for calls, not for a compilation.
pub fn fill(bytes: &mut [u8]) {
    for piece in bytes.chunks_mut(PIECE_BYTES) {
        // SAFETY: the piece has that many bytes.
        // Fails only if the host refuses it; the bytes then stay what they are.
        let _ = unsafe { wasip1::random_get(piece.as_mut_ptr(), piece.len()) };
    }
}
