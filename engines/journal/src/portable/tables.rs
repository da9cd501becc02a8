//! The tables of a store as both kinds of store have them, and their rows as bytes that are the same whichever store wrote them.

use sha2::{Digest, Sha256};

use super::CopyError;
use crate::batch::HeadRow;
use crate::limits;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Text,
    Bytes,
}

/// A table that is copied.
#[derive(Debug)]
pub(crate) struct Table {
    pub name: &'static str,
    /// True for what stands beside the journal, in the collections *records*.
    pub records: bool,
    pub columns: &'static [(&'static str, Kind)],
    /// The columns that rows are in order of; bytes decide, so that both stores give the same order.
    pub order: &'static str,
}

use Kind::{Bytes, Integer, Text};

/// Everything durable, in the order in which it is copied. Tags are not among them: a document's row carries its own.
pub(crate) const TABLES: [Table; 6] = [
    Table {
        name: "streams",
        records: false,
        columns: &[("id", Integer), ("name", Text), ("version", Integer)],
        order: "id",
    },
    Table {
        name: "events",
        records: false,
        columns: &[
            ("position", Integer),
            ("stream", Integer),
            ("version", Integer),
            ("nth", Integer),
            ("kind", Text),
            ("data", Bytes),
            ("at_ms", Integer),
            ("hash", Bytes),
            ("record", Bytes),
        ],
        order: "position",
    },
    Table {
        name: "holds",
        records: false,
        columns: &[("space", Text), ("key", Text), ("stream", Text), ("until_ms", Integer)],
        order: "space, key",
    },
    Table {
        name: "effects",
        records: false,
        columns: &[
            ("position", Integer),
            ("idx", Integer),
            ("stream", Integer),
            ("kind", Text),
            ("data", Bytes),
            ("due_ms", Integer),
            ("attempts", Integer),
            ("state", Integer),
            ("error", Text),
        ],
        order: "position, idx",
    },
    Table {
        name: "answers",
        records: false,
        columns: &[("key", Text), ("digest", Bytes), ("body", Bytes), ("at_ms", Integer)],
        order: "key",
    },
    Table {
        name: DOCUMENTS,
        records: true,
        columns: &[
            ("collection", Text),
            ("key", Text),
            ("revision", Integer),
            ("doc", Text),
            ("tags", Text),
        ],
        order: "collection, key",
    },
];

/// The table of the collections *records*.
pub(crate) const DOCUMENTS: &str = "documents";

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// The moment of which a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub head: HeadRow,
    /// Number of the newest write to the records.
    pub revision: u64,
}

/// What passes from a source to its copy, in this order: one beginning, rows by table and order, one end.
#[derive(Debug)]
pub(crate) enum Part {
    Begin(Moment),
    Rows(Batch),
    /// What the source counted; the copy must come to the same.
    End(Totals),
}

/// Some rows of one table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Batch {
    /// Place in [`TABLES`].
    pub table: usize,
    pub rows: u32,
    /// The rows one after another: each value a mark (0 null, 1 integer, 2 text, 3 bytes) and, as it needs, 8 bytes or a length
    /// of 4 bytes with the bytes; all big-endian.
    pub bytes: Vec<u8>,
}

impl Batch {
    pub fn of(table: usize) -> Self {
        Batch { table, ..Batch::default() }
    }

    /// True when it is time to send it on.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= limits::COPY_BATCH_BYTES || self.rows as usize >= limits::COPY_BATCH_ROWS_MAX
    }

    /// Adds one value to the row that is being written.
    pub fn push(&mut self, cell: Cell<'_>) {
        let (mark, sized) = match cell {
            Cell::Null => (0, None),
            Cell::Integer(number) => {
                self.bytes.push(1);
                self.bytes.extend(number.to_be_bytes());
                return;
            }
            Cell::Text(text) => (2, Some(text.as_bytes())),
            Cell::Bytes(bytes) => (3, Some(bytes)),
        };
        self.bytes.push(mark);
        if let Some(bytes) = sized {
            // The limits of the journal keep every value far under 4 GiB.
            self.bytes.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
            self.bytes.extend(bytes);
        }
    }

    /// The rows, each with as many values as the table has columns.
    ///
    /// # Errors
    /// The bytes are not rows of the table.
    pub fn read(&self) -> Result<Vec<Vec<Cell<'_>>>, CopyError> {
        let table = &TABLES[self.table];
        let mut rest = &self.bytes[..];
        let mut rows = Vec::new();
        for _ in 0..self.rows {
            let row = table.columns.iter().map(|column| cell(&mut rest, column.1));
            rows.push(row.collect::<Option<Vec<_>>>().ok_or_else(|| not_rows(table))?);
        }
        if rest.is_empty() { Ok(rows) } else { Err(not_rows(table)) }
    }
}

fn not_rows(table: &Table) -> CopyError {
    CopyError::Damaged(format!("a part of `{}` can't be read", table.name))
}

fn cell<'a>(rest: &mut &'a [u8], kind: Kind) -> Option<Cell<'a>> {
    let mark = take(rest, 1)?[0];
    let sized = |rest: &mut &'a [u8]| {
        let length = u32::from_be_bytes(take(rest, 4)?.try_into().ok()?);
        take(rest, length as usize)
    };
    match (mark, kind) {
        (0, _) => Some(Cell::Null),
        (1, Kind::Integer) => Some(Cell::Integer(i64::from_be_bytes(take(rest, 8)?.try_into().ok()?))),
        (2, Kind::Text) => std::str::from_utf8(sized(rest)?).ok().map(Cell::Text),
        (3, Kind::Bytes) => sized(rest).map(Cell::Bytes),
        _ => None,
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

/// Rows of each table and SHA-256 of all their bytes: equal when the same rows stand in the same order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Totals(pub Vec<(u64, [u8; 32])>);

/// Counts what passes.
#[derive(Debug)]
pub(crate) struct Tally([(u64, Sha256); TABLES.len()]);

impl Tally {
    pub fn new() -> Self {
        Tally(std::array::from_fn(|_| (0, Sha256::new())))
    }

    pub fn add(&mut self, batch: &Batch) {
        let (rows, hash) = &mut self.0[batch.table];
        *rows += u64::from(batch.rows);
        hash.update(&batch.bytes);
    }

    pub fn totals(self) -> Totals {
        Totals(self.0.into_iter().map(|(rows, hash)| (rows, hash.finalize().into())).collect())
    }
}

impl Totals {
    /// Compares a copy with what was to be copied.
    ///
    /// # Errors
    /// The first table that is another.
    pub fn expect(&self, copied: &Totals) -> Result<(), CopyError> {
        for (table, (due, found)) in TABLES.iter().zip(self.0.iter().zip(&copied.0)) {
            if due != found {
                let why = format!(
                    "`{}` has {} rows where {} were copied, or another content",
                    table.name, found.0, due.0
                );
                return Err(CopyError::Damaged(why));
            }
        }
        Ok(())
    }
}

/// The tags of a document as its row carries them.
pub(crate) fn tags(text: &str) -> Result<Vec<(String, i64)>, CopyError> {
    serde_json::from_str(text).map_err(|_| CopyError::Damaged("the tags of a document can't be read".into()))
}
