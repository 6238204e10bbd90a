//! How many pieces a memory may be mapped in. The kernel limits the mappings of a process, and without mappings there
//! are no more memories.

/// Most images over other images at one time. Each has an open file, of which a process has a thousand by default.
pub(super) const MOST_OVERLAID: usize = 256;

/// Limit of mappings if the kernel does not say (`DEFAULT_MAX_MAP_COUNT`, Linux `include/linux/mm.h`).
const DEFAULT_MOST_MAPPINGS: usize = 65_530;

/// Memories may use one half of all mappings. The other half is for stacks, machine code, initial memories of modules,
/// threads and heaps: at worst some 20,000.
const SHARE_OF_MEMORIES: usize = 2;

/// Mappings of any memory: the guards before and after it, zeros at its beginning, and what a call adds.
const MAPPINGS_ANYHOW: usize = 4;

/// Mappings for one piece: the piece, and what lies between it and the next.
const MAPPINGS_FOR_EACH: usize = 2;

/// Most pieces of a memory, so that all memories fit, with the views of all images over other images.
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
