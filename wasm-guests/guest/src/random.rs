//! Seeds for random numbers.

/// The most that is asked for at once, in bytes: hosts give a bounded amount at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// A seed of this call. To be asked for at the first use in a call: while a source is compiled it is always the same, and
/// would be the same in every call.
pub fn seed() -> u64 {
    let mut seed = [0; 8];
    // SAFETY: the buffer has that many bytes.
    let given = unsafe { wasip1::random_get(seed.as_mut_ptr(), seed.len()) };
    // Fails only if the host refuses it; a function may then see a fixed sequence.
    given.map_or(0, |()| u64::from_le_bytes(seed))
}

/// Random bytes of this call, to be asked for as a [`seed()`] is.
pub fn fill(bytes: &mut [u8]) {
    for piece in bytes.chunks_mut(PIECE_BYTES) {
        // SAFETY: the piece has that many bytes.
        // Fails only if the host refuses it; the bytes then stay what they are.
        let _ = unsafe { wasip1::random_get(piece.as_mut_ptr(), piece.len()) };
    }
}
