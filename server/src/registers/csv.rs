//! Reads a register's file row by row: any number of rows in bounded memory, and every fault by its line.
//!
//! Nothing may be loaded from a file with a fault, so a file is read twice: [`check`] reads it to its end, and only if it is clean
//! [`rows`] gives the rows to be stored. The digest of both readings must be the same, or the file was changed in between.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use kernel::{Bilingual, Zone};
use sha2::{Digest, Sha256};

use super::decode::{Decoded, RowTooLong};
use super::limits::{BAD_ROWS_LISTED_MAX, FILE_ROWS_MAX, PROGRESS_EVERY_ROWS, ROW_BYTES_MAX};
use super::rows::{Fields, parse};
use super::{BadFile, BadRow, RegisterKind, Row, columns};

/// A file without a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Rows below the header.
    pub rows: u64,
    /// SHA-256 of the file.
    pub digest: [u8; 32],
}

/// Reads a file to its end and tells every fault, or that there is none. `progress` is told the number of rows now and then.
pub fn check(kind: RegisterKind, file: impl Read, zone: &Zone, mut progress: impl FnMut(u64)) -> Result<Checked, BadFile> {
    let mut rows = rows(kind, file, zone)?;
    let mut bad = BadFile {
        total: 0,
        rows: Vec::new(),
    };
    let mut count = 0_u64;
    for row in &mut rows {
        match row {
            Ok(_) => count += 1,
            Err(faults) => {
                bad.total += faults.len() as u64;
                bad.rows.extend(faults.into_iter().take(BAD_ROWS_LISTED_MAX - bad.rows.len()));
            }
        }
        if count.is_multiple_of(PROGRESS_EVERY_ROWS) {
            progress(count);
        }
    }
    progress(count);
    if bad.total > 0 {
        Err(bad)
    } else {
        Ok(Checked {
            rows: count,
            digest: rows.digest(),
        })
    }
}

/// Begins to read a file: the header is read and compared with the register's columns.
pub fn rows<R: Read>(kind: RegisterKind, file: R, zone: &Zone) -> Result<Rows<'_, R>, BadFile> {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(Decoded::new(file));
    let mut header = ::csv::StringRecord::new();
    let read = reader.read_record(&mut header).map_err(|e| BadFile::from(unreadable(1, &e)))?;
    if !read {
        return Err(whole_row(1, "文件是空的", "the file is empty").into());
    }
    let places = columns::places(kind, &header).map_err(|rows| BadFile {
        total: rows.len() as u64,
        rows: rows.into_iter().take(BAD_ROWS_LISTED_MAX).collect(),
    })?;
    let fields = header.len();
    Ok(Rows {
        kind,
        zone,
        reader,
        places,
        fields,
        record: header,
        seen: HashSet::new(),
        counted: HashMap::new(),
        rows: 0,
        ended: false,
    })
}

/// The rows of a file, each either ready to be stored or with what is wrong in it.
pub struct Rows<'a, R> {
    kind: RegisterKind,
    zone: &'a Zone,
    reader: ::csv::Reader<Decoded<R>>,
    places: Vec<Option<usize>>,
    fields: usize,
    record: ::csv::StringRecord,
    /// Keys so far, as 128 bits of their hash: 17 bytes a row instead of the key itself, and never two keys alike.
    seen: HashSet<u128>,
    /// How often a key came, where several rows may have it.
    counted: HashMap<u128, u32>,
    rows: u64,
    ended: bool,
}

impl<R: Read> Rows<'_, R> {
    /// SHA-256 of the file as far as it was read; of the whole file after the last row.
    pub fn digest(&self) -> [u8; 32] {
        self.reader.get_ref().digest()
    }

    fn read(&mut self) -> Option<Result<Row, Vec<BadRow>>> {
        let before = self.reader.position().line();
        self.reader.get_mut().begin_row();
        match self.reader.read_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => {
                self.ended = true;
                return None;
            }
            Err(e) => {
                self.ended = true;
                return Some(Err(vec![unreadable(before, &e)]));
            }
        }
        let line = self.line().max(before);
        self.rows += 1;
        if self.rows > FILE_ROWS_MAX {
            self.ended = true;
            let why = whole_row(line, "行数超过上限", &format!("the file has more than {FILE_ROWS_MAX} rows"));
            return Some(Err(vec![why]));
        }
        Some(self.row(line))
    }

    /// The line on which the record begins: the reader stands behind it, past its line end and those within it. (Before the record it
    /// may have stood on a blank line, so that place is only the least that the line can be.)
    fn line(&self) -> u64 {
        let within = self.record.iter().map(|field| field.matches('\n').count() as u64).sum::<u64>();
        self.reader.position().line().saturating_sub(1 + within)
    }

    fn row(&mut self, line: u64) -> Result<Row, Vec<BadRow>> {
        if self.record.len() != self.fields {
            let (has, wants) = (self.record.len(), self.fields);
            let (zh, en) = (
                format!("有{has}列，表头有{wants}列"),
                format!("has {has} fields, the header has {wants}"),
            );
            return Err(vec![whole_row(line, &zh, &en)]);
        }
        let mut fields = Fields {
            kind: self.kind,
            record: &self.record,
            places: &self.places,
            line,
            faults: Vec::new(),
        };
        let parsed = parse(&mut fields, self.zone);
        let mut faults = fields.faults;
        let Some(parsed) = parsed.filter(|_| faults.is_empty()) else {
            return Err(faults);
        };
        let mut key = parsed.key;
        let hash = hash_of(&key);
        if parsed.several {
            let count = self.counted.entry(hash).or_default();
            *count += 1;
            key = format!("{key}#{count}");
        } else if !self.seen.insert(hash) {
            let column = columns::of(self.kind)[0].name.into();
            faults.push(BadRow {
                line,
                column,
                why: Bilingual::new("与前面某行重复", "stands on an earlier line already"),
            });
            return Err(faults);
        }
        match parsed.document {
            Ok(document) => Ok(Row {
                key,
                document,
                tags: parsed.tags,
            }),
            Err(e) => Err(vec![whole_row(line, "无法保存", &e.to_string())]),
        }
    }
}

impl<R: Read> Iterator for Rows<'_, R> {
    type Item = Result<Row, Vec<BadRow>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended { None } else { self.read() }
    }
}

fn hash_of(key: &str) -> u128 {
    let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    digest[..16].iter().fold(0, |hash, byte| hash << 8 | u128::from(*byte))
}

fn whole_row(line: u64, zh: &str, en: &str) -> BadRow {
    BadRow {
        line,
        column: String::new(),
        why: Bilingual::new(zh, en),
    }
}

/// The reader gave up: the row never ends, or the disk does not answer.
fn unreadable(line: u64, error: &::csv::Error) -> BadRow {
    if let ::csv::ErrorKind::Io(e) = error.kind() {
        if e.get_ref().is_some_and(|inner| inner.is::<RowTooLong>()) {
            let zh = format!("此行超过{ROW_BYTES_MAX}字节；可能是引号未闭合，其后的行未读");
            let en = format!("longer than {ROW_BYTES_MAX} bytes; perhaps a quote is not closed; the lines after it were not read");
            return whole_row(line, &zh, &en);
        }
        return whole_row(line, &format!("文件读取失败：{e}"), &format!("the file can't be read: {e}"));
    }
    whole_row(line, "无法识别此行", &error.to_string())
}
