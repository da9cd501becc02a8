//! What can be wrong with a name as text, and with the data files.

use std::fmt;
use std::path::PathBuf;

use crate::limits;

/// Why a text cannot be read as a name at all. (A name that can be read but is not allowed gives hits, not this.)
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum NotAName {
    /// Nothing but white space.
    #[error("the name is empty")]
    Empty,
    /// Longer than [`limits::NAME_BYTES_MAX`] bytes or [`limits::NAME_CHARS_MAX`] characters.
    #[error("the name is longer than {} characters", limits::NAME_CHARS_MAX)]
    TooLong,
    /// A character that cannot be seen (control, zero-width, direction mark, combining mark).
    #[error("the name holds the invisible character U+{code:04X} at position {at}")]
    Hidden {
        /// Its code point.
        code: u32,
        /// Its place in the text as given, counted in characters from 0.
        at: usize,
    },
}

/// One thing wrong in a data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; 0 where the whole file is meant.
    pub line: usize,
    /// What is wrong, in one sentence.
    pub why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.file.display(), self.line, self.why)
    }
}

/// Everything that is wrong with the data files, by file and line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexiconError {
    /// The faults, in the order of reading; at most [`limits::LEXICON_ERRORS_MAX`].
    pub faults: Vec<Fault>,
}

impl fmt::Display for LexiconError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, fault) in self.faults.iter().enumerate() {
            if place > 0 {
                writeln!(out)?;
            }
            write!(out, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for LexiconError {}
