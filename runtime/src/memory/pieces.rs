//! How many pieces a memory may be mapped in. The kernel allows a process a limited number of mappings; when they are used up, nobody
//! gets a memory.

/// Images that may exist over others at one time: each keeps a file open, of which a process has a thousand by default.
pub(super) const MOST_OVERLAID: usize = 256;

/// What the kernel allows where it does not say (`DEFAULT_MAX_MAP_COUNT`, Linux `include/linux/mm.h`).
const DEFAULT_MOST_MAPPINGS: usize = 65_530;

/// One half of all mappings is for memories. The other is for what else there is: stacks, machine code, first memories of
/// modules, threads and heaps, of which there are some 20,000 at the worst.
const SHARE_OF_MEMORIES: usize = 2;

/// Mappings that a memory has anyhow: what is closed before and after it, zeros at its beginning, and what a call adds.
const MAPPINGS_ANYHOW: usize = 4;

/// A piece, and the zeros or the other image's piece between it and the next one.
const MAPPINGS_FOR_EACH: usize = 2;

/// How many pieces each of so many memories may have, so that all fit in, with the views of all images that lie over others.
pub(super) fn most_pieces(memories: usize) -> usize {
    let most = std::fs::read_to_string("/proc/sys/vm/max_map_count")
        .ok()
        .and_then(|text| text.trim().parse().ok());
    pieces_of(most.unwrap_or(DEFAULT_MOST_MAPPINGS), memories)
}

fn pieces_of(most_mappings: usize, memories: usize) -> usize {
    let each = most_mappings / SHARE_OF_MEMORIES / memories.saturating_add(MOST_OVERLAID);
    each.saturating_sub(MAPPINGS_ANYHOW) / MAPPINGS_FOR_EACH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_memories_the_fewer_pieces() {
        assert_eq!(pieces_of(DEFAULT_MOST_MAPPINGS, 260), 29);
        assert_eq!(pieces_of(DEFAULT_MOST_MAPPINGS, 4_096), 1);
        assert_eq!(pieces_of(DEFAULT_MOST_MAPPINGS, usize::MAX), 0);
        assert_eq!(pieces_of(0, 1), 0);
    }
}
