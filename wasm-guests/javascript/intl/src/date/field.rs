//! The letters of date patterns (UTS 35, part 4, section 8.1), as the generator of patterns compares them.

/// Kinds of fields. The numbers are ICU's, since the order counts.
pub mod kind {
    pub const YEAR: usize = 1;
    pub const MONTH: usize = 3;
    pub const WEEKDAY: usize = 6;
    pub const PERIOD: usize = 10;
    pub const HOUR: usize = 11;
    pub const MINUTE: usize = 12;
    pub const SECOND: usize = 13;
    pub const FRACTION: usize = 14;
    /// How many kinds there are.
    pub const COUNT: usize = 16;
}

/// How the generator compares a letter repeated some number of times.
#[derive(Debug)]
pub struct Row {
    letter: u8,
    pub kind: usize,
    /// The form: above zero for numbers, below zero for texts.
    pub form: i32,
    pub shortest: u8,
}

const NUMERIC: i32 = 0x100;
const NARROW: i32 = -0x101;
const SHORTER: i32 = -0x102;
const SHORT: i32 = -0x103;
const LONG: i32 = -0x104;
const DELTA: i32 = 0x10;

const fn row(letter: u8, kind: usize, form: i32, shortest: u8) -> Row {
    Row {
        letter,
        kind,
        form,
        shortest,
    }
}

/// ICU's `dtTypes` (dtptngen.cpp). The first row of a letter is the shortest.
const ROWS: &[Row] = &[
    row(b'G', 0, SHORT, 1),
    row(b'G', 0, LONG, 4),
    row(b'G', 0, NARROW, 5),
    row(b'y', 1, NUMERIC, 1),
    row(b'Y', 1, NUMERIC + DELTA, 1),
    row(b'u', 1, NUMERIC + 2 * DELTA, 1),
    row(b'r', 1, NUMERIC + 3 * DELTA, 1),
    row(b'U', 1, SHORT, 1),
    row(b'U', 1, LONG, 4),
    row(b'U', 1, NARROW, 5),
    row(b'Q', 2, NUMERIC, 1),
    row(b'Q', 2, SHORT, 3),
    row(b'Q', 2, LONG, 4),
    row(b'Q', 2, NARROW, 5),
    row(b'M', 3, NUMERIC, 1),
    row(b'M', 3, SHORT, 3),
    row(b'M', 3, LONG, 4),
    row(b'M', 3, NARROW, 5),
    row(b'L', 3, NUMERIC + DELTA, 1),
    row(b'L', 3, SHORT - DELTA, 3),
    row(b'L', 3, LONG - DELTA, 4),
    row(b'L', 3, NARROW - DELTA, 5),
    row(b'E', 6, SHORT, 1),
    row(b'E', 6, LONG, 4),
    row(b'E', 6, NARROW, 5),
    row(b'E', 6, SHORTER, 6),
    row(b'c', 6, NUMERIC + 2 * DELTA, 1),
    row(b'c', 6, SHORT - 2 * DELTA, 3),
    row(b'c', 6, LONG - 2 * DELTA, 4),
    row(b'c', 6, NARROW - 2 * DELTA, 5),
    row(b'c', 6, SHORTER - 2 * DELTA, 6),
    row(b'd', 9, NUMERIC, 1),
    row(b'a', 10, SHORT, 1),
    row(b'a', 10, LONG, 4),
    row(b'a', 10, NARROW, 5),
    row(b'b', 10, SHORT - DELTA, 1),
    row(b'b', 10, LONG - DELTA, 4),
    row(b'b', 10, NARROW - DELTA, 5),
    row(b'B', 10, SHORT - 3 * DELTA, 1),
    row(b'B', 10, LONG - 3 * DELTA, 4),
    row(b'B', 10, NARROW - 3 * DELTA, 5),
    row(b'H', 11, NUMERIC + 10 * DELTA, 1),
    row(b'k', 11, NUMERIC + 11 * DELTA, 1),
    row(b'h', 11, NUMERIC, 1),
    row(b'K', 11, NUMERIC + DELTA, 1),
    row(b'm', 12, NUMERIC, 1),
    row(b's', 13, NUMERIC, 1),
    row(b'S', 14, NUMERIC, 1),
    row(b'v', 15, SHORT - 2 * DELTA, 1),
    row(b'v', 15, LONG - 2 * DELTA, 4),
    row(b'z', 15, SHORT, 1),
    row(b'z', 15, LONG, 4),
    row(b'O', 15, SHORT - DELTA, 1),
    row(b'O', 15, LONG - DELTA, 4),
];

/// Index of each letter's first row; the length of the table for letters without rows.
const STARTS: [u8; 128] = {
    let mut starts = [ROWS.len() as u8; 128];
    let mut index = ROWS.len();
    while index > 0 {
        index -= 1;
        starts[ROWS[index].letter as usize] = index as u8;
    }
    starts
};

/// The row of a letter. `None` for letters that no pattern here contains.
pub fn row_of(letter: u8, length: usize) -> Option<&'static Row> {
    let start = STARTS.get(usize::from(letter)).copied()?;
    let rows = ROWS.get(usize::from(start)..)?.iter();
    let mut rows = rows.take_while(|row| row.letter == letter);
    let first = rows.next()?;
    let longer = rows.take_while(|row| usize::from(row.shortest) <= length);
    Some(longer.last().unwrap_or(first))
}
