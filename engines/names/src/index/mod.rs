//! The names that are registered, reserved or lately gone, held in memory so that a new name is compared with all of them at once.

mod brands;
mod compare;
mod postings;
mod texts;

use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;

use self::brands::Brands;
use self::postings::{Keyed, Lists, Slot};
use self::texts::{Texts, hash_text};
pub use compare::{Found, Question, Terms};

use crate::error::NotAName;
use crate::industry::wording_key;
use crate::lexicon::Lexicon;
use crate::limits;
use crate::parse::ParsedName;

/// How a name came free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Departure {
    /// 注销: the enterprise is deregistered.
    Cancelled,
    /// 变更: the enterprise has taken another name.
    Renamed,
    /// 撤销: the registration is revoked.
    Revoked,
}

/// Whether a name is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Status {
    /// 已登记.
    Registered,
    /// 保留期内: reserved up to and including this day.
    Reserved {
        /// The last day of the reservation.
        until: Date,
    },
    /// No longer in use since this day; protected for a time after it ([`Terms`]).
    Gone {
        /// The day of the change.
        on: Date,
        /// What happened.
        how: Departure,
    },
}

/// A name of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The unified code of the enterprise, or the id of the case that reserved the name. One id may hold several names.
    pub id: String,
    /// The name.
    pub name: String,
    /// The industry by GB/T 4754, such as `C1512` or `1512`, if known.
    pub industry_code: Option<String>,
    /// Whether it is in use.
    pub status: Status,
}

/// Why an entry cannot be taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InsertError {
    /// The name is no name.
    #[error(transparent)]
    NotAName(#[from] NotAName),
    /// The id is empty or longer than [`limits::ID_BYTES_MAX`].
    #[error("the id is empty or longer than {} bytes", limits::ID_BYTES_MAX)]
    BadId,
    /// The index has no room for more names (4 GiB of text or 2^31 entries).
    #[error("the index is full")]
    Full,
}

/// One entry, its texts as numbers.
struct Record {
    brand: u32,
    industry: u32,
    class: u32,
    region: u32,
    form: u32,
    order: u32,
    /// See [`crate::Similarity`]: 0 without a code.
    code: u32,
    text: u32,
    name_bytes: u16,
    id_bytes: u8,
    is_here: bool,
    status: Status,
}

/// The register of names, for comparing.
pub struct Index {
    lexicon: Arc<Lexicon>,
    records: Vec<Record>,
    here: usize,
    /// Id and name of each entry, one after the other.
    text: String,
    by_id: Keyed,
    brands: Brands,
    /// For each brand, its entries.
    entries: Vec<Slot>,
    entry_lists: Lists,
    industries: Texts,
    /// For each industry wording, the number of the wording under which identical ones meet.
    industry_keys: Vec<u32>,
    classes: Texts,
    regions: Texts,
    forms: Texts,
    orders: Texts,
}

impl Index {
    /// An empty index.
    pub fn new(lexicon: Arc<Lexicon>) -> Self {
        let mut classes = Texts::default();
        classes.number("");
        Self {
            lexicon,
            records: Vec::new(),
            here: 0,
            text: String::new(),
            by_id: Keyed::default(),
            brands: Brands::default(),
            entries: Vec::new(),
            entry_lists: Lists::default(),
            industries: Texts::default(),
            industry_keys: Vec::new(),
            classes,
            regions: Texts::default(),
            forms: Texts::default(),
            orders: Texts::default(),
        }
    }

    /// Builds an index of many names, reading them on all cores. Gives beside it the entries that could not be taken, by their place.
    pub fn build(lexicon: Arc<Lexicon>, names: impl Iterator<Item = Entry>) -> (Self, Vec<(usize, InsertError)>) {
        /// Names read at a time: enough to keep the cores busy, few enough to hold.
        const BATCH: usize = 16_384;
        let mut index = Self::new(Arc::clone(&lexicon));
        let mut refused = Vec::new();
        let mut names = names.peekable();
        let mut place = 0;
        while names.peek().is_some() {
            let batch: Vec<Entry> = names.by_ref().take(BATCH).collect();
            let parsed = parse_all(&lexicon, &batch);
            for (entry, parsed) in batch.into_iter().zip(parsed) {
                let taken = parsed
                    .map_err(InsertError::from)
                    .and_then(|parsed| index.insert_parsed(&entry, &parsed));
                refused.extend(taken.err().map(|why| (place, why)));
                place += 1;
            }
        }
        (index, refused)
    }

    /// Takes a name in. The same id with the same name again changes its status and industry code.
    ///
    /// # Errors
    /// The name or the id cannot be taken; nothing is changed then.
    pub fn insert(&mut self, entry: &Entry) -> Result<(), InsertError> {
        let parsed = self.lexicon.parse(&entry.name)?;
        self.insert_parsed(entry, &parsed)
    }

    fn insert_parsed(&mut self, entry: &Entry, name: &ParsedName) -> Result<(), InsertError> {
        if entry.id.is_empty() || entry.id.len() > limits::ID_BYTES_MAX {
            return Err(InsertError::BadId);
        }
        let code = self.lexicon.similarity.code(entry.industry_code.as_deref());
        let held = self.of_id(&entry.id).find(|number| self.name_of(*number) == entry.name);
        if let Some(number) = held {
            let record = &mut self.records[number as usize];
            (record.status, record.code) = (entry.status, code);
            return Ok(());
        }
        let number = self.records.len() as u32;
        if self.text.len() + entry.id.len() + entry.name.len() > u32::MAX as usize || number >= 1 << 31 {
            return Err(InsertError::Full);
        }
        let letters: Vec<char> = name.brand.iter().flat_map(|brand| brand.text.chars()).collect();
        let brand = self.brands.number(&letters, &self.lexicon.characters);
        let text = self.text.len() as u32;
        self.text.push_str(&entry.id);
        self.text.push_str(&entry.name);
        let record = Record {
            brand,
            industry: self.industry_number(part_text(&name.industry)),
            class: self.classes.number(&name.industry_class),
            region: self.regions.number(&name.region_key),
            form: self.forms.number(part_text(&name.form)),
            order: self.orders.number(&name.order),
            code,
            text,
            // Both lengths are bounded: the name was parsed, the id checked above.
            name_bytes: entry.name.len() as u16,
            id_bytes: entry.id.len() as u8,
            is_here: true,
            status: entry.status,
        };
        self.records.push(record);
        self.by_id.push(hash_text(&entry.id), number);
        self.entries.resize(self.brands.len(), Slot::default());
        self.entry_lists.push(&mut self.entries[brand as usize], number);
        self.here += 1;
        Ok(())
    }

    /// Takes all names of an id out. Gives how many there were.
    pub fn remove(&mut self, id: &str) -> usize {
        let numbers: Vec<u32> = self.of_id(id).collect();
        for number in &numbers {
            let record = &mut self.records[*number as usize];
            record.is_here = false;
            let brand = record.brand as usize;
            self.entry_lists.remove(&mut self.entries[brand], *number);
            self.by_id.remove(hash_text(id), *number);
            self.here -= 1;
        }
        numbers.len()
    }

    /// How many names are held.
    pub fn len(&self) -> usize {
        self.here
    }

    /// Whether no name is held.
    pub fn is_empty(&self) -> bool {
        self.here == 0
    }

    /// The memory of the index, in bytes, computed from its parts; the lexicon is apart.
    pub fn memory_bytes(&self) -> usize {
        self.records.capacity() * size_of::<Record>()
            + self.text.capacity()
            + self.by_id.memory_bytes()
            + self.brands.memory_bytes()
            + self.entries.capacity() * size_of::<Slot>()
            + self.entry_lists.memory_bytes()
            + self.industry_keys.capacity() * 4
            + [&self.industries, &self.classes, &self.regions, &self.forms, &self.orders]
                .map(Texts::memory_bytes)
                .iter()
                .sum::<usize>()
    }

    fn industry_number(&mut self, wording: &str) -> u32 {
        let number = self.industries.number(wording);
        if self.industry_keys.len() <= number as usize {
            self.industry_keys.push(number);
            let key = wording_key(wording);
            if key != wording {
                // The key of a key is itself or shorter: this ends.
                let key = self.industries.number(key);
                self.industry_keys.resize(self.industries.len(), key);
                self.industry_keys[number as usize] = key;
            }
        }
        number
    }

    fn of_id<'a>(&'a self, id: &'a str) -> impl Iterator<Item = u32> + 'a {
        self.by_id
            .get(hash_text(id))
            .iter()
            .copied()
            .filter(move |number| self.id_of(*number) == id)
    }

    fn id_of(&self, number: u32) -> &str {
        let record = &self.records[number as usize];
        &self.text[record.text as usize..][..record.id_bytes.into()]
    }

    fn name_of(&self, number: u32) -> &str {
        let record = &self.records[number as usize];
        &self.text[record.text as usize + usize::from(record.id_bytes)..][..record.name_bytes.into()]
    }
}

fn part_text(part: &Option<crate::parse::Part>) -> &str {
    part.as_ref().map_or("", |part| part.text.as_str())
}

/// Reads a batch of names on all cores, in their order.
fn parse_all(lexicon: &Lexicon, batch: &[Entry]) -> Vec<Result<ParsedName, NotAName>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = batch.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = batch
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(|entry| lexicon.parse(&entry.name)).collect::<Vec<_>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("reading a name does not panic"))
            .collect()
    })
}
