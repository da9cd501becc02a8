//! The registers in force: loaded as whole generations, switched at once, asked through the port.

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, RwLock};

use journal::{Change, Journal, Loaded, Order};
use kernel::ports::{Answer, Asked, Down, Registers};
use kernel::registers::{AddressRow, DishonestyRow, IdentityRow};
use kernel::{Problem, Zone};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use crate::clock;
use crate::limits::REGISTERS_POLL_MS;
use crate::registers::{BadFile, RegisterKind, csv};

/// Collection of what is in force.
const SHELF: &str = "registers";
/// Entries of one person that a decision looks at.
const ENTRIES_PER_PERSON_MAX: usize = 20;

/// A register as it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Which.
    pub kind: RegisterKind,
    /// Names the collection that holds its rows; another load, another generation.
    pub generation: String,
    /// Rows in it.
    pub rows: u64,
    /// SHA-256 of the file.
    pub digest: String,
    /// When it was loaded, milliseconds since 1970.
    pub loaded_at_ms: i64,
    /// Closed for maintenance: it does not answer.
    pub closed: bool,
}

impl Standing {
    fn collection(&self) -> String {
        format!("register-{}-{}", self.kind, self.generation)
    }
    /// For the record of a decision.
    fn version(&self) -> String {
        format!("{}:{}", self.generation, &self.digest[..16.min(self.digest.len())])
    }
}

/// Why a register was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Faults in the file; nothing was loaded.
    #[error(transparent)]
    Bad(#[from] BadFile),
    /// The file changed between its check and its loading; nothing was put in force.
    #[error("the file changed while it was read")]
    Changed,
    /// The store is away, or the file can't be read.
    #[error(transparent)]
    Problem(#[from] Problem),
}

/// The registers of a store.
pub struct RegisterShelf {
    journal: Journal,
    standing: RwLock<Arc<HashMap<RegisterKind, Standing>>>,
    /// Told when another generation of enterprises is in force.
    enterprises: watch::Sender<String>,
}

impl RegisterShelf {
    /// Reads what is in force.
    ///
    /// # Errors
    /// The store is away.
    pub async fn open(journal: Journal) -> Result<Self, Problem> {
        let shelf = Self {
            journal,
            standing: RwLock::default(),
            enterprises: watch::channel(String::new()).0,
        };
        shelf.refresh().await?;
        Ok(shelf)
    }

    /// Looks up again what is in force; another process may have loaded a register.
    ///
    /// # Errors
    /// The store is away.
    pub async fn refresh(&self) -> Result<(), Problem> {
        let keys = RegisterKind::ALL.map(RegisterKind::as_str);
        let found = self
            .journal
            .records()
            .get_many(SHELF, &keys)
            .await
            .map_err(|e| Problem::during("the registers are looked up", e))?;
        let read = |doc: journal::Document| serde_json::from_value::<Standing>(doc.doc).ok();
        let standing: HashMap<_, _> = found.into_iter().flatten().filter_map(read).map(|s| (s.kind, s)).collect();
        let generation = standing
            .get(&RegisterKind::Enterprises)
            .map(|s| s.generation.clone())
            .unwrap_or_default();
        *self.standing.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(standing);
        self.enterprises
            .send_if_modified(|known| std::mem::replace(known, generation.clone()) != generation);
        Ok(())
    }

    /// Keeps looking until the process ends.
    pub async fn follow(self: Arc<Self>) {
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(REGISTERS_POLL_MS)).await;
            if let Err(problem) = self.refresh().await {
                tracing::warn!(%problem, "the registers can't be looked up");
            }
        }
    }

    /// What is in force, by kind.
    pub fn standing(&self) -> Arc<HashMap<RegisterKind, Standing>> {
        self.standing.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Told when another generation of enterprises is in force.
    pub fn watch_enterprises(&self) -> watch::Receiver<String> {
        self.enterprises.subscribe()
    }

    /// Loads a register from a file that can be read twice: first it is checked to its end, then its rows go into a new generation,
    /// and only when all of them stand is that generation put in force.
    ///
    /// # Errors
    /// See [`LoadError`]; what was in force stays so.
    pub async fn load<R: Read + Send>(
        &self,
        kind: RegisterKind,
        open: impl Fn() -> std::io::Result<R>,
        zone: &Zone,
        mut progress: impl FnMut(&str, u64) + Send,
    ) -> Result<Standing, LoadError> {
        let open = || open().map_err(|e| Problem::during("the file is opened", e));
        let checked = csv::check(kind, open()?, zone, |rows| progress("checked", rows))?;
        let generation = format!("{}-{}", clock::now().as_millisecond(), clock::readable::<6>());
        let standing = Standing {
            kind,
            generation,
            rows: checked.rows,
            digest: hex::encode(checked.digest),
            loaded_at_ms: clock::now_ms(),
            closed: false,
        };
        let mut rows = csv::rows(kind, open()?, zone)?;
        let mut bad = false;
        let documents = rows.by_ref().map_while(|row| match row {
            Ok(row) => Some(Loaded {
                key: row.key,
                doc: row.document,
                tags: row.tags.into_iter().map(|t| (t, 0)).collect(),
            }),
            Err(_) => {
                bad = true;
                None
            }
        });
        let records = self.journal.records();
        let away = |e: journal::JournalError| LoadError::Problem(Problem::during("a register is loaded", e));
        records
            .load(&standing.collection(), documents, |n| progress("loaded", n))
            .await
            .map_err(away)?;
        if bad || rows.digest() != checked.digest {
            records.drop_collection(&standing.collection()).await.map_err(away)?;
            return Err(LoadError::Changed);
        }
        let former = self.standing().get(&kind).cloned();
        self.put(&standing).await?;
        if let Some(former) = former {
            // What an older generation held is no longer asked; a crash before this line only leaves rows that nobody asks.
            records.drop_collection(&former.collection()).await.map_err(away)?;
        }
        Ok(standing)
    }

    /// Closes a register for maintenance, or opens it again.
    ///
    /// # Errors
    /// It was never loaded, or the store is away.
    pub async fn set_closed(&self, kind: RegisterKind, closed: bool) -> Result<Standing, Problem> {
        self.refresh().await?;
        let standing = self.standing().get(&kind).cloned();
        let standing = standing.ok_or_else(|| Problem(format!("the register {kind} was never loaded")))?;
        let standing = Standing { closed, ..standing };
        self.put(&standing).await?;
        Ok(standing)
    }

    async fn put(&self, standing: &Standing) -> Result<(), Problem> {
        let doc = serde_json::to_value(standing).map_err(|e| Problem::during("a register is put in force", e))?;
        let change = Change::put(SHELF, standing.kind.as_str(), doc, vec![]);
        self.journal
            .records()
            .write(vec![change])
            .await
            .map_err(|e| Problem::during("a register is put in force", e))?;
        self.refresh().await
    }

    /// Every row of a register, page by page.
    ///
    /// # Errors
    /// It is not in force, or the store is away.
    pub async fn all_rows(&self, kind: RegisterKind, mut take: impl FnMut(Value) + Send) -> Result<(), Problem> {
        let standing = self.serving(kind).map_err(|down| Problem(down.why))?;
        let mut cursor: Option<String> = None;
        loop {
            let page = self
                .journal
                .records()
                .list(&standing.collection(), "", Order::Ascending, cursor.as_deref(), 10_000)
                .await;
            let (documents, next) = page.map_err(|e| Problem::during("a register is read", e))?;
            documents.into_iter().for_each(|d| take(d.doc));
            match next {
                Some(next) => cursor = Some(next),
                None => return Ok(()),
            }
        }
    }

    fn serving(&self, kind: RegisterKind) -> Result<Standing, Down> {
        let down = |why: &str| Down {
            library: kind.as_str().into(),
            why: why.into(),
        };
        match self.standing().get(&kind) {
            None => Err(down("it was never loaded")),
            Some(standing) if standing.closed => Err(down("it is closed for maintenance")),
            Some(standing) => Ok(standing.clone()),
        }
    }

    async fn rows<T: DeserializeOwned>(&self, kind: RegisterKind, keys: &[String]) -> Answer<Vec<Option<T>>> {
        let standing = match self.serving(kind) {
            Ok(standing) => standing,
            Err(down) => return Answer::Down(down),
        };
        let down = |why: String| {
            Answer::Down(Down {
                library: kind.as_str().into(),
                why,
            })
        };
        let found = match self.journal.records().get_many(&standing.collection(), keys).await {
            Ok(found) => found,
            Err(error) => return down(error.to_string()),
        };
        let read = |d: Option<journal::Document>| d.map(|d| serde_json::from_value(d.doc)).transpose();
        match found.into_iter().map(read).collect() {
            Ok(rows) => Answer::Given(rows),
            Err(error) => down(error.to_string()),
        }
    }
}

impl Registers for RegisterShelf {
    fn version(&self, register: &str) -> Option<String> {
        let kind: RegisterKind = register.parse().ok()?;
        self.serving(kind).ok().map(|s| s.version())
    }

    fn address<'a>(&'a self, code: &'a str) -> Asked<'a, Option<AddressRow>> {
        Box::pin(async move {
            let rows = self.rows(RegisterKind::Addresses, &[code.to_string()]).await;
            map(rows, |mut rows| rows.pop().flatten())
        })
    }

    fn addresses_in<'a>(&'a self, community: &'a str, limit: usize) -> Asked<'a, Vec<AddressRow>> {
        Box::pin(async move {
            let standing = match self.serving(RegisterKind::Addresses) {
                Ok(standing) => standing,
                Err(down) => return Answer::Down(down),
            };
            let listed = self
                .journal
                .records()
                .list(&standing.collection(), community, Order::Ascending, None, limit)
                .await;
            match listed {
                Ok((documents, _)) => Answer::Given(documents.into_iter().filter_map(|d| serde_json::from_value(d.doc).ok()).collect()),
                Err(error) => Answer::Down(Down {
                    library: "addresses".into(),
                    why: error.to_string(),
                }),
            }
        })
    }

    fn identities<'a>(&'a self, persons: &'a [String]) -> Asked<'a, Vec<Option<IdentityRow>>> {
        Box::pin(self.rows(RegisterKind::Identities, persons))
    }

    fn dishonesty<'a>(&'a self, persons: &'a [String]) -> Asked<'a, Vec<DishonestyRow>> {
        Box::pin(async move {
            let mut all = Vec::new();
            // Entries of a person are numbered from 1; nearly everyone has none, so one look settles most.
            let mut asked: Vec<String> = persons.to_vec();
            for n in 1..=ENTRIES_PER_PERSON_MAX {
                let keys: Vec<String> = asked.iter().map(|person| format!("{person}#{n}")).collect();
                let rows: Vec<Option<DishonestyRow>> = match self.rows(RegisterKind::Dishonesty, &keys).await {
                    Answer::Given(rows) => rows,
                    Answer::Down(down) => return Answer::Down(down),
                };
                asked = asked
                    .into_iter()
                    .zip(&rows)
                    .filter(|(_, row)| row.is_some())
                    .map(|(person, _)| person)
                    .collect();
                all.extend(rows.into_iter().flatten());
                if asked.is_empty() {
                    break;
                }
            }
            Answer::Given(all)
        })
    }

    fn code_taken<'a>(&'a self, unified_code: &'a str) -> Asked<'a, bool> {
        Box::pin(async move {
            let rows: Answer<Vec<Option<Value>>> = self.rows(RegisterKind::Enterprises, &[unified_code.to_string()]).await;
            map(rows, |rows| rows.iter().any(Option::is_some))
        })
    }
}

fn map<A, B>(answer: Answer<A>, change: impl FnOnce(A) -> B) -> Answer<B> {
    match answer {
        Answer::Given(value) => Answer::Given(change(value)),
        Answer::Down(down) => Answer::Down(down),
    }
}
