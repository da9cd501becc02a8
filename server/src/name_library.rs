//! The library of names: the register of enterprises and every reservation of the journal, in one index, behind the port.

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use investment::instant_registration::{NameChange, name_change};
use jiff::civil::Date;
use journal::views::{Follower, View, ViewError, ViewStore, follow};
use journal::{Journal, Order, Recorded};
use kernel::finding::FindingWords;
use kernel::ports::{Answer, Asked, Down, NameHit, NameLibrary, NameParts, NameQuestion, NameReport};
use kernel::registers::{EnterpriseRow, EnterpriseStatus};
use kernel::{Bilingual, Outcome, Problem, Zone};
use names::{Departure, Entry, Hit, Index, Lexicon, Question, Severity, Status, Terms};
use serde::{Deserialize, Serialize};
use tokio::sync::{OnceCell, watch};

use crate::limits::{LIST_WAIT_MS, VIEW_WAIT_MS};
use crate::register_shelf::RegisterShelf;
use crate::registers::RegisterKind;
use crate::runner::instant;
use crate::zone_store::Files;

const VIEW: &str = "company-names";
/// Events that are read at once.
const STEP_EVENTS: usize = 1_000;

/// The library.
pub struct Names {
    journal: Journal,
    registers: Arc<RegisterShelf>,
    lexicon: Arc<Lexicon>,
    zone: Arc<Zone>,
    /// Built when the first name is asked, or when the server begins.
    index: OnceCell<RwLock<Built>>,
    /// Position that the view of reservations has reached.
    reached: watch::Receiver<u64>,
}

/// An index with what it was built from.
struct Built {
    index: Index,
    generation: String,
    /// Journal position up to which reservations are in.
    position: u64,
}

/// A name of a case, as the view keeps it.
#[derive(Serialize, Deserialize)]
struct CaseName {
    name: String,
    industry: Option<String>,
    /// Milliseconds since 1970; none once it is registered.
    until_ms: Option<i64>,
}

impl Names {
    /// Loads the words of names; the index is built later.
    ///
    /// # Errors
    /// The words contradict themselves.
    pub async fn open(
        files: &Files,
        journal: Journal,
        registers: Arc<RegisterShelf>,
        zone: Arc<Zone>,
    ) -> Result<(Self, Follower), Problem> {
        let words = Unpacked::from(files)?;
        let lexicon = Lexicon::load(&words.0.join("national"), &words.0.join("zone"));
        let lexicon = lexicon.map_err(|e| Problem::during("the words of names are read", e))?;
        let view = follow(&journal, CaseNames);
        let reached = view.watch();
        let names = Self {
            journal,
            registers,
            lexicon: Arc::new(lexicon),
            zone,
            index: OnceCell::new(),
            reached,
        };
        Ok((names, view))
    }

    /// The words and rules.
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// Keeps the index up to date until the process ends: reservations as they are made, and another register when it is loaded.
    pub async fn follow(self: Arc<Self>) {
        let mut head = self.journal.subscribe();
        let mut generation = self.registers.watch_enterprises();
        loop {
            if let Err(problem) = self.catch_up().await {
                tracing::warn!(%problem, "the library of names waits for the store");
                tokio::time::sleep(Duration::from_millis(LIST_WAIT_MS)).await;
                continue;
            }
            tokio::select! {
                changed = head.changed() => if changed.is_err() { return },
                changed = generation.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.rebuild().await;
                }
            }
        }
    }

    async fn rebuild(&self) {
        let Some(current) = self.index.get() else { return };
        match self.build().await {
            Ok(built) => *current.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = built,
            Err(problem) => tracing::error!(%problem, "the library of names could not be rebuilt; the former one serves"),
        }
    }

    async fn built(&self) -> Result<&RwLock<Built>, Problem> {
        self.index.get_or_try_init(|| async { self.build().await.map(RwLock::new) }).await
    }

    async fn build(&self) -> Result<Built, Problem> {
        let away = |e| Problem::during("the library of names is built", e);
        // What the view has reached now is in its documents; what comes later is applied event by event. A view that lags only means
        // that more events are applied.
        let head = self.journal.head().await.map_err(away)?;
        let mut reached = self.reached.clone();
        let wait = reached.wait_for(|position| *position >= head.position);
        _ = tokio::time::timeout(Duration::from_millis(VIEW_WAIT_MS), wait).await;
        let position = *self.reached.borrow();
        let generation = self.registers.watch_enterprises().borrow().clone();
        let mut entries = Vec::new();
        if self.registers.standing().contains_key(&RegisterKind::Enterprises) {
            let take = |row| entries.extend(serde_json::from_value::<EnterpriseRow>(row).ok().map(entry_of));
            self.registers.all_rows(RegisterKind::Enterprises, take).await?;
        }
        let mut cursor: Option<String> = None;
        loop {
            let page = self
                .journal
                .views()
                .list(VIEW, "", Order::Ascending, cursor.as_deref(), 10_000)
                .await;
            let (documents, next) = page.map_err(away)?;
            let read = |d: journal::Document| Some(self.entry(&d.key, serde_json::from_value(d.doc).ok()?));
            entries.extend(documents.into_iter().filter_map(read));
            match next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        let lexicon = self.lexicon.clone();
        let build = move || Index::build(lexicon, entries.into_iter());
        let (index, left_out) = tokio::task::spawn_blocking(build)
            .await
            .map_err(|e| Problem::during("the library of names is built", e))?;
        if !left_out.is_empty() {
            tracing::warn!(
                rows = left_out.len(),
                "names of the register that are no names were left out of comparison"
            );
        }
        tracing::info!(
            names = index.len(),
            mebibytes = index.memory_bytes() >> 20,
            "the library of names is built"
        );
        Ok(Built {
            index,
            generation,
            position,
        })
    }

    async fn catch_up(&self) -> Result<(), Problem> {
        let built = self.built().await?;
        loop {
            let position = built.read().unwrap_or_else(|poisoned| poisoned.into_inner()).position;
            let events = self
                .journal
                .read_from(position, STEP_EVENTS)
                .await
                .map_err(|e| Problem::during("names are followed", e))?;
            let Some(last) = events.last() else { return Ok(()) };
            let changes: Vec<_> = events
                .iter()
                .filter_map(|e| Some((e.stream.as_str(), name_change(&e.kind, &e.data)?)))
                .collect();
            let mut built = built.write().unwrap_or_else(|poisoned| poisoned.into_inner());
            for (case, change) in changes {
                built.index.remove(case);
                let Some(name) = CaseName::of(change) else { continue };
                if let Err(error) = built.index.insert(&self.entry(case, name)) {
                    tracing::warn!(case, %error, "a name is left out of comparison");
                }
            }
            built.position = last.position;
        }
    }

    fn entry(&self, case: &str, name: CaseName) -> Entry {
        let last_day = |until: i64| {
            let instant = instant(until - 1);
            Status::Reserved {
                until: kernel::setting::day_in_zone(instant, &self.zone),
            }
        };
        Entry {
            id: case.into(),
            name: name.name,
            industry_code: name.industry,
            status: name.until_ms.map_or(Status::Registered, last_day),
        }
    }

    fn report(&self, question: &NameQuestion, built: &Built) -> NameReport {
        let version = format!("{}@{}", built.generation, built.position);
        let parsed = match self.lexicon.parse(&question.name) {
            Ok(parsed) => parsed,
            Err(why) => {
                let text = Bilingual::new("名称含有无法识别的字符或过长", why.to_string());
                let basis = Bilingual::new("《企业名称登记管理规定》", "Provisions on the Registration of Enterprise Names");
                let words = FindingWords { text, basis };
                let hit = NameHit {
                    rule: "name.unreadable".into(),
                    outcome: Outcome::Block,
                    against: None,
                    wording: None,
                    words,
                };
                return NameReport {
                    version,
                    parts: NameParts::default(),
                    key: String::new(),
                    full_key: String::new(),
                    hits: vec![hit],
                };
            }
        };
        let terms = Terms {
            cancelled_months: months(question.cancelled_months),
            renamed_months: months(question.cancelled_months),
            revoked_months: months(question.revoked_months),
        };
        let own = if question.own.is_empty() {
            vec![]
        } else {
            vec![question.own.clone()]
        };
        let asked = Question {
            on: question.on,
            own,
            investors: question.investors.clone(),
            industry_code: question.industry.clone(),
            terms,
        };
        let mut hits = self.lexicon.wordings(&parsed);
        hits.extend(built.index.compare(&parsed, &asked).hits);
        let part = |part: &Option<names::Part>| part.as_ref().map(|p| p.text.clone()).unwrap_or_default();
        NameReport {
            version,
            parts: NameParts {
                region: part(&parsed.region),
                brand: part(&parsed.brand),
                industry: part(&parsed.industry),
                form: part(&parsed.form),
            },
            key: parsed.key,
            full_key: parsed.full_key,
            hits: hits.into_iter().map(|hit| self.hit(hit)).collect(),
        }
    }

    fn hit(&self, hit: Hit) -> NameHit {
        let rule = self.lexicon.rules().iter().find(|r| r.id == hit.rule);
        let mut text = rule.map(|r| Bilingual::new(&r.zh, &r.en)).unwrap_or_default();
        if let Some(against) = &hit.against {
            text = Bilingual::new(format!("{}：{}", text.zh, against.name), format!("{}: {}", text.en, against.name));
        } else if let Some(wording) = &hit.wording {
            text = Bilingual::new(format!("{}：“{wording}”", text.zh), format!("{}: “{wording}”", text.en));
        }
        let basis = rule.map(|r| Bilingual::new(&r.basis_zh, &r.basis_en)).unwrap_or_default();
        NameHit {
            rule: hit.rule,
            outcome: match hit.severity {
                Severity::Block => Outcome::Block,
                Severity::NeedsApproval => Outcome::Refer,
                Severity::Warn => Outcome::Warn,
            },
            against: hit.against.map(|a| a.name),
            wording: hit.wording,
            words: FindingWords { text, basis },
        }
    }
}

fn months(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn entry_of(row: EnterpriseRow) -> Entry {
    let long_ago = Date::constant(1949, 10, 1);
    let gone = |how| Status::Gone {
        on: row.since.unwrap_or(long_ago),
        how,
    };
    let status = match row.status {
        EnterpriseStatus::Registered => Status::Registered,
        EnterpriseStatus::Cancelled => gone(Departure::Cancelled),
        EnterpriseStatus::Renamed => gone(Departure::Renamed),
        EnterpriseStatus::Revoked => gone(Departure::Revoked),
    };
    Entry {
        id: row.unified_code,
        name: row.name,
        industry_code: row.industry,
        status,
    }
}

impl NameLibrary for Names {
    fn check<'a>(&'a self, question: &'a NameQuestion) -> Asked<'a, NameReport> {
        Box::pin(async move {
            let down = |why: String| {
                Answer::Down(Down {
                    library: "names".into(),
                    why,
                })
            };
            match self.registers.standing().get(&RegisterKind::Enterprises) {
                None => return down("the register of enterprises was never loaded".into()),
                Some(standing) if standing.closed => return down("the register of enterprises is closed for maintenance".into()),
                Some(_) => {}
            }
            match self.built().await {
                Ok(built) => Answer::Given(self.report(question, &built.read().unwrap_or_else(|poisoned| poisoned.into_inner()))),
                Err(problem) => down(problem.to_string()),
            }
        })
    }
}

impl CaseName {
    fn of(change: NameChange) -> Option<Self> {
        match change {
            NameChange::Reserved { name, industry, until } => Some(Self {
                name,
                industry: Some(industry),
                until_ms: Some(until.as_millisecond()),
            }),
            NameChange::Registered { name, industry } => Some(Self {
                name,
                industry,
                until_ms: None,
            }),
            NameChange::Freed => None,
        }
    }
}

/// Keeps the names of cases, so that a start need not read the whole journal.
struct CaseNames;

impl View for CaseNames {
    fn name(&self) -> &str {
        VIEW
    }

    fn version(&self) -> u32 {
        1
    }

    async fn apply(&mut self, event: &Recorded, store: &mut ViewStore<'_>) -> Result<(), ViewError> {
        let Some(change) = name_change(&event.kind, &event.data) else {
            return Ok(());
        };
        match CaseName::of(change) {
            Some(name) => {
                let doc = serde_json::to_value(name).map_err(|e| ViewError::Event(e.to_string()))?;
                store.put(VIEW, &event.stream, doc, vec![])
            }
            None => store.delete(VIEW, &event.stream),
        }
    }
}

/// The words of names, national and the zone's own, unpacked for the engine to read and removed afterwards.
struct Unpacked(PathBuf);

impl Unpacked {
    fn from(files: &Files) -> Result<Self, Problem> {
        let unpacked = Self(std::env::temp_dir().join(format!("qianhai-names-{}", crate::clock::readable::<12>())));
        let failed = |e: std::io::Error| Problem::during("the words of names are unpacked", e);
        for (prefix, folder) in [("national/names/", "national"), ("names/", "zone")] {
            let folder = unpacked.0.join(folder);
            std::fs::create_dir_all(&folder).map_err(failed)?;
            for (path, bytes) in files {
                if let Some(name) = path.strip_prefix(prefix).map(Path::new).and_then(Path::file_name) {
                    std::fs::write(folder.join(name), bytes).map_err(failed)?;
                }
            }
        }
        Ok(unpacked)
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        // A folder that stays behind holds nothing secret.
        _ = std::fs::remove_dir_all(&self.0);
    }
}
