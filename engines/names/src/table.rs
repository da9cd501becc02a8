//! Reads the data files: tab-separated lines with `#` comments, and TOML; every fault is kept with its file and line.

use std::path::{Path, PathBuf};

use crate::error::{Fault, LexiconError};
use crate::limits;

/// Collects faults while the files are read, so that one load reports all of them.
#[derive(Default)]
pub(crate) struct Faults {
    list: Vec<Fault>,
}

impl Faults {
    pub(crate) fn add(&mut self, file: &Path, line: usize, why: impl Into<String>) {
        if self.list.len() < limits::LEXICON_ERRORS_MAX {
            self.list.push(Fault {
                file: file.to_owned(),
                line,
                why: why.into(),
            });
        }
    }

    pub(crate) fn finish(self) -> Result<(), LexiconError> {
        if self.list.is_empty() {
            Ok(())
        } else {
            Err(LexiconError { faults: self.list })
        }
    }
}

/// One line of a table: its number, from 1, and its columns.
pub(crate) struct Row {
    pub(crate) line: usize,
    pub(crate) columns: Vec<String>,
}

/// A table as read.
pub(crate) struct Table {
    pub(crate) file: PathBuf,
    pub(crate) rows: Vec<Row>,
}

/// The text of a file, or `None` with a fault noted. A file that is not there is a fault only if `needed`.
pub(crate) fn text(file: &Path, needed: bool, faults: &mut Faults) -> Option<String> {
    match std::fs::metadata(file) {
        Ok(about) if about.len() > limits::DATA_FILE_BYTES_MAX => {
            faults.add(file, 0, format!("larger than {} bytes", limits::DATA_FILE_BYTES_MAX));
            return None;
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !needed => return None,
        Err(error) => {
            faults.add(file, 0, format!("cannot be read: {error}"));
            return None;
        }
    }
    match std::fs::read_to_string(file) {
        Ok(text) => Some(text),
        Err(error) => {
            faults.add(file, 0, format!("cannot be read: {error}"));
            None
        }
    }
}

/// Reads a tab-separated file whose lines have between `least` and `most` columns.
pub(crate) fn table(file: &Path, needed: bool, least: usize, most: usize, faults: &mut Faults) -> Table {
    let mut rows = Vec::new();
    if let Some(text) = text(file, needed, faults) {
        for (place, line) in text.lines().enumerate() {
            let line_number = place + 1;
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let columns: Vec<String> = line.split('\t').map(|column| column.trim().to_owned()).collect();
            if columns.len() < least || columns.len() > most {
                faults.add(
                    file,
                    line_number,
                    format!("has {} columns, expected {least} to {most}", columns.len()),
                );
                continue;
            }
            rows.push(Row {
                line: line_number,
                columns,
            });
        }
    }
    Table {
        file: file.to_owned(),
        rows,
    }
}

/// Reads a TOML file into `T`; a fault names the line. `None` if it is not there and not needed, or is wrong.
pub(crate) fn toml<T: serde::de::DeserializeOwned>(file: &Path, needed: bool, faults: &mut Faults) -> Option<T> {
    let text = text(file, needed, faults)?;
    match ::toml::from_str(&text) {
        Ok(value) => Some(value),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            faults.add(file, line_of(&text, at), error.message());
            None
        }
    }
}

/// The line, from 1, in which the byte `at` lies.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// Where a file of the lexicon is read from: the zone's own, if it has one, otherwise the national one.
pub(crate) fn zone_or_national(national: &Path, zone: &Path, name: &str) -> PathBuf {
    let own = zone.join(name);
    if own.is_file() { own } else { national.join(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_byte_counts_from_one() {
        assert_eq!(line_of("a\nb\nc", 0), 1);
        assert_eq!(line_of("a\nb\nc", 2), 2);
        assert_eq!(line_of("a\nb\nc", 4), 3);
    }

    #[test]
    fn a_missing_file_is_a_fault_only_where_it_is_needed() {
        let file = Path::new("no-such-file.tsv");
        let mut faults = Faults::default();
        table(file, false, 1, 1, &mut faults);
        assert!(faults.finish().is_ok());
        let mut faults = Faults::default();
        table(file, true, 1, 1, &mut faults);
        assert!(faults.finish().is_err());
    }
}
