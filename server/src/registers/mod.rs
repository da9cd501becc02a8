//! The registers that a zone is given as files (一网四库): which there are, and how a file becomes their rows.

mod columns;
pub mod csv;
mod decode;
pub mod limits;
mod rows;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use kernel::Bilingual;
use serde::{Deserialize, Serialize};

/// A register that is loaded from a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegisterKind {
    /// 企业名称库.
    Enterprises,
    /// 统一地址编码库.
    Addresses,
    /// 实名核身数据库.
    Identities,
    /// 失信人员名单库.
    Dishonesty,
}

impl RegisterKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Enterprises, Self::Addresses, Self::Identities, Self::Dishonesty];

    /// The kind as it is typed on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enterprises => "enterprises",
            Self::Addresses => "addresses",
            Self::Identities => "identities",
            Self::Dishonesty => "dishonesty",
        }
    }
    /// What the register is called.
    pub fn name(self) -> Bilingual {
        match self {
            Self::Enterprises => Bilingual::new("企业名称库", "Register of enterprises"),
            Self::Addresses => Bilingual::new("统一地址编码库", "Unified address register"),
            Self::Identities => Bilingual::new("实名核身数据库", "Register of verified identities"),
            Self::Dishonesty => Bilingual::new("失信人员名单库", "Register of dishonesty"),
        }
    }
}

impl fmt::Display for RegisterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No register has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such register; there are enterprises, addresses, identities and dishonesty")]
pub struct NoSuchRegister;

impl FromStr for RegisterKind {
    type Err = NoSuchRegister;
    fn from_str(text: &str) -> Result<Self, NoSuchRegister> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(NoSuchRegister)
    }
}

/// A row that is ready to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What the row is found by: the unified code, the address code, [`kernel::papers::Paper::key`]. Where several rows are about one
    /// thing (a person's entries of dishonesty, a firm's former names) it is followed by `#1`, `#2`… in the order of the file.
    pub key: String,
    /// The row type of [`kernel::registers`] as JSON.
    pub document: serde_json::Value,
    /// What rows are listed by: an address under its community; an entry of dishonesty under its person; a former name under its
    /// firm's unified code. Other rows have none.
    pub tags: Vec<String>,
}

/// What is wrong in a file, and where. It never repeats a personal number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// Line of the file, the header being line 1.
    pub line: u64,
    /// Column by its English name; empty if it is about the whole row.
    pub column: String,
    /// What is wrong.
    pub why: Bilingual,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = if self.column.is_empty() {
            String::new()
        } else {
            format!(", {}", self.column)
        };
        write!(f, "line {}{column}: {} / {}", self.line, self.why.zh, self.why.en)
    }
}

/// A file that can't be loaded. Nothing of it may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{total} faults in the file; the first: {}", rows.first().map(BadRow::to_string).unwrap_or_default())]
pub struct BadFile {
    /// Faults in all.
    pub total: u64,
    /// The first of them, at most [`limits::BAD_ROWS_LISTED_MAX`].
    pub rows: Vec<BadRow>,
}

impl From<BadRow> for BadFile {
    fn from(row: BadRow) -> Self {
        Self { total: 1, rows: vec![row] }
    }
}
