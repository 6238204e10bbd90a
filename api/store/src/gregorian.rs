//! KAZOO's times: seconds since the beginning of the year 0 (Erlang `calendar:datetime_to_gregorian_seconds/1`).

/// The beginning of 1970 in these seconds.
const EPOCH: i64 = 62_167_219_200;

/// Gregorian seconds from Unix seconds.
pub fn from_unix(seconds: i64) -> i64 {
    seconds.saturating_add(EPOCH)
}

/// Unix seconds from Gregorian seconds.
pub fn to_unix(gregorian: i64) -> i64 {
    gregorian.saturating_sub(EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_known_day() {
        // 2024-03-12T21:24:34Z
        assert_eq!(from_unix(1_710_278_674), 63_877_497_874);
        assert_eq!(to_unix(63_877_497_874), 1_710_278_674);
    }
}
