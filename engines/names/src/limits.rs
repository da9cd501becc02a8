//! Every limit of this engine, with its unit.

/// The longest text that is looked at as a name, in bytes of UTF-8. Longer input is refused unread.
pub const NAME_BYTES_MAX: usize = 1_024;
/// The longest name after normalising, in characters. Registered names stay well under 60.
pub const NAME_CHARS_MAX: usize = 100;
/// The longest id of an entry, in bytes (a unified code has 18).
pub const ID_BYTES_MAX: usize = 128;
/// How many hits one rule reports; the rest are only counted.
pub const HITS_PER_RULE_MAX: usize = 20;
/// How many readings one character may have. The standard table has at most four.
pub const READINGS_PER_CHARACTER_MAX: usize = 6;
/// How many region words may follow each other in one name (省、市、区、开发区).
pub const REGION_WORDS_MAX: usize = 4;
/// The largest data file that is read, in bytes.
pub const DATA_FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The most errors that one load of the lexicon reports.
pub const LEXICON_ERRORS_MAX: usize = 100;
