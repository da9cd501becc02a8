//! Names at scale: generated names, labelled mutations of them, and a plain reading of the rules to hold the index against.
//!
//! The tests of the engine use it on thousands of names, `qianhai bench names` on millions. It shares with the index only `parse` and the
//! data files.

pub mod generated;
pub mod mutations;
pub mod plain;

/// A stream of numbers from a seed: the same each time.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `end`, which is above 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut drawn = self.0;
        drawn = (drawn ^ drawn >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        drawn = (drawn ^ drawn >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((drawn ^ drawn >> 31) % end as u64) as usize
    }

    /// One of a list that is not empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// The rows of a table of the data: columns separated by tabs, without comments and empty lines.
///
/// # Errors
/// The file can't be read.
pub fn rows(file: &std::path::Path) -> std::io::Result<Vec<Vec<String>>> {
    let text = std::fs::read_to_string(file)?;
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    Ok(lines
        .map(|line| line.split('\t').map(|column| column.trim().to_owned()).collect())
        .collect())
}
