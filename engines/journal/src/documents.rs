//! Decides a group of writes to collections against the revisions that stand, before anything is written.

use std::collections::HashMap;

use crate::collections::Change;
use crate::error::{JournalError, WriteError};
use crate::front::{Queued, Reply};
use crate::limits;

/// What the writer of a store of documents is asked to do.
pub(crate) enum Write {
    Changes(Vec<Prepared>, Reply<u64, WriteError>),
    /// Removes some documents of a collection; tells whether there may be more.
    Drop(String, Reply<bool, JournalError>),
    Close,
}

impl Queued for Write {
    fn bytes(&self) -> usize {
        match self {
            Write::Changes(changes, _) => changes
                .iter()
                .map(|change| change.doc.as_ref().map_or(64, |doc| doc.text.len()))
                .sum(),
            Write::Drop(..) | Write::Close => 64,
        }
    }
    fn closes(&self) -> bool {
        matches!(self, Write::Close)
    }
}

/// A change whose document is written out as it will be stored.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub collection: String,
    pub key: String,
    /// The revision that must stand (0: absent); `None` asks for nothing.
    pub only_if: Option<u64>,
    /// The document; `None` deletes.
    pub doc: Option<PreparedDocument>,
}

/// A document as it will be stored.
#[derive(Debug)]
pub(crate) struct PreparedDocument {
    pub text: String,
    pub tags: Vec<(String, i64)>,
}

impl Prepared {
    /// Checks the limits and writes the document out.
    pub fn new(change: Change) -> Result<Self, JournalError> {
        let refuse = |why: String| Err(JournalError::Refused(why));
        let (collection, key, doc, only_if) = match change {
            Change::Put {
                collection,
                key,
                doc,
                tags,
            } => (collection, key, Some((doc, tags)), None),
            Change::PutIf {
                collection,
                key,
                doc,
                tags,
                revision,
            } => (collection, key, Some((doc, tags)), Some(revision)),
            Change::Delete { collection, key } => (collection, key, None, None),
        };
        let tags = doc.iter().flat_map(|doc| &doc.1).map(|tag| &tag.0);
        for text in [&collection, &key].into_iter().chain(tags) {
            if text.is_empty() || text.len() > limits::NAME_BYTES_MAX || text.contains('\0') {
                return refuse(format!(
                    "a collection, key or tag is empty, over {} bytes, or has a NUL",
                    limits::NAME_BYTES_MAX
                ));
            }
        }
        let Some((doc, mut tags)) = doc else {
            return Ok(Prepared {
                collection,
                key,
                only_if,
                doc: None,
            });
        };
        tags.sort_unstable();
        tags.dedup();
        let text = doc.to_string();
        if text.len() > limits::DOCUMENT_BYTES_MAX || tags.len() > limits::DOCUMENT_TAGS_MAX {
            return refuse(format!("{key} in {collection} has {} bytes and {} tags", text.len(), tags.len()));
        }
        Ok(Prepared {
            collection,
            key,
            only_if,
            doc: Some(PreparedDocument { text, tags }),
        })
    }

    pub fn place(&self) -> Place<'_> {
        (&self.collection, &self.key)
    }
}

/// Collection and key.
pub(crate) type Place<'a> = (&'a str, &'a str);

/// A document that stands: its revision and its tags.
#[derive(Debug)]
pub(crate) struct Standing {
    pub revision: u64,
    pub tags: Vec<(String, i64)>,
}

/// What the group leaves of one document.
#[derive(Debug)]
pub(crate) struct Final<'a> {
    pub place: Place<'a>,
    pub revision: u64,
    pub doc: Option<&'a PreparedDocument>,
}

/// Gives each write its new revision or its conflict, the documents to write in order of their place, and the last revision.
pub(crate) fn plan<'a>(
    standing: &HashMap<Place<'a>, Standing>,
    mut last: u64,
    writes: impl Iterator<Item = &'a [Prepared]>,
) -> (Vec<Result<u64, WriteError>>, Vec<Final<'a>>, u64) {
    let mut group: HashMap<Place<'a>, (u64, Option<&'a PreparedDocument>)> = HashMap::new();
    let mut outcomes = Vec::new();
    for write in writes {
        let mut own = HashMap::new();
        let conflict = write.iter().find_map(|change| {
            let place = change.place();
            let found = own
                .get(&place)
                .or_else(|| group.get(&place))
                .map(|found: &(u64, Option<_>)| if found.1.is_some() { found.0 } else { 0 });
            let actual = found.unwrap_or_else(|| standing.get(&place).map_or(0, |standing| standing.revision));
            if change.only_if.is_some_and(|revision| revision != actual) {
                return Some(WriteError::Conflict {
                    collection: change.collection.clone(),
                    key: change.key.clone(),
                    actual,
                });
            }
            own.insert(place, (last + 1, change.doc.as_ref()));
            None
        });
        outcomes.push(conflict.map_or(Ok(last + 1), Err));
        if outcomes.last().is_some_and(Result::is_ok) {
            last += 1;
            group.extend(own);
        }
    }
    let mut finals: Vec<_> = group
        .into_iter()
        .map(|(place, (revision, doc))| Final { place, revision, doc })
        .collect();
    finals.sort_unstable_by_key(|document| document.place);
    (outcomes, finals, last)
}
