//! The caps on files of registers, with their units.

/// Rows of one file.
pub const FILE_ROWS_MAX: u64 = 50_000_000;
/// Bytes of one row after it was turned into UTF-8. What is longer is an unclosed quote or an attack.
pub const ROW_BYTES_MAX: usize = 64 * 1024;
/// Characters of one field.
pub const FIELD_CHARS_MAX: usize = 512;
/// Characters of a company's or a person's name.
pub const NAME_CHARS_MAX: usize = 128;
/// Faults that are listed; the others are counted.
pub const BAD_ROWS_LISTED_MAX: usize = 100;
/// Bytes by which the encoding of a file is told, counted from the first that is not ASCII.
pub const ENCODING_SAMPLE_BYTES: usize = 64 * 1024;
/// Rows between two reports of progress.
pub const PROGRESS_EVERY_ROWS: u64 = 50_000;
