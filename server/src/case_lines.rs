//! The lists of cases: a view that follows the journal and can be dropped and rebuilt from it.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use journal::views::{Follower, View, ViewError, ViewStore, follow};
use journal::{Journal, JournalError, Order, Recorded};
use kernel::{Actor, Bilingual, CaseId, Deed};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::desk::DESK;
use crate::failure::Failure;
use crate::house::House;
use crate::limits::{LIST_WAIT_MS, SCOPED_PAGES_MAX};
use crate::portal::assignments;
use crate::runner::instant;
use crate::view::{self, CaseLine};
use crate::{clock, desk};

const LINES: &str = "case-lines";

/// The view of case lists.
pub struct CaseLines {
    journal: Journal,
    /// Newest position that this process has appended; a list waits for it, so that writers see what they wrote.
    expected: watch::Sender<u64>,
    reached: OnceLock<watch::Receiver<u64>>,
}

impl CaseLines {
    /// A view over a journal; [`CaseLines::begin`] keeps it up to date.
    pub fn new(journal: Journal) -> Self {
        Self {
            journal,
            expected: watch::channel(0).0,
            reached: OnceLock::new(),
        }
    }

    /// Begins to follow the journal, for as long as the follower is kept. Called once, when the house stands.
    pub fn begin(&self, house: &Arc<House>) -> Follower {
        let follower = follow(
            &self.journal,
            LinesView {
                house: Arc::downgrade(house),
            },
        );
        self.reached.get_or_init(|| follower.watch());
        follower
    }

    /// A position that the next list must have reached.
    pub fn expect(&self, position: u64) {
        self.expected
            .send_if_modified(|known| std::mem::replace(known, position.max(*known)) < position);
    }

    /// Waits until what this process has appended is in the lists, but not for ever: a list that is a moment old is better than none.
    pub async fn catch_up(&self) {
        let wanted = *self.expected.borrow();
        self.reach(wanted).await;
    }

    /// Waits until the lists have reached a position, but not for ever.
    pub async fn reach(&self, wanted: u64) {
        let Some(mut reached) = self.reached.get().cloned() else { return };
        let wait = reached.wait_for(|position| *position >= wanted);
        _ = tokio::time::timeout(Duration::from_millis(LIST_WAIT_MS), wait).await;
    }

    /// Some cases that wait for a library, the longest waiting first.
    ///
    /// # Errors
    /// The store is away, or the cursor is not one.
    pub async fn waiting(&self, library: &str, cursor: Option<&str>, limit: usize) -> Result<(Vec<CaseId>, Option<String>), Failure> {
        let listed = self
            .journal
            .views()
            .list(LINES, &waiting_tag(library), Order::Ascending, cursor, limit)
            .await?;
        Ok((listed.0.iter().filter_map(|d| CaseId::try_new(&d.key).ok()).collect(), listed.1))
    }

    /// A page of the cases with a tag, the latest first.
    ///
    /// # Errors
    /// The store is away, or the cursor is not one.
    pub async fn page(
        &self,
        house: &House,
        tag: &str,
        actor: &Actor,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<CaseLine>, Option<String>), Failure> {
        self.catch_up().await;
        let (documents, next) = self.journal.views().list(LINES, tag, Order::Descending, cursor, limit).await?;
        let now = clock::now();
        let mut lines = Vec::with_capacity(documents.len());
        for document in documents {
            // The line itself is drawn from the case, so that it shows what this reader may see, as of now.
            let Ok(id) = CaseId::try_new(&document.key) else { continue };
            match house.load(&id).await {
                Ok(Some(loaded)) => {
                    let outline = loaded.desk.service.machine().outline(&loaded.state);
                    let line = view::line(&loaded.desk, &id, &outline, loaded.stamp, actor);
                    lines.push(line.counted(&house.zone, now));
                }
                Ok(None) => {}
                Err(Failure::Problem(_)) => lines.push(set_aside(id, &document.doc)),
                Err(other) => return Err(other),
            }
        }
        if matches!(actor, Actor::Officer { .. }) {
            let ids: Vec<&str> = lines.iter().map(|line| line.id.as_str()).collect();
            let assigned = assignments::of(self.journal.records(), &ids).await?;
            lines.iter_mut().zip(assigned).for_each(|(line, to)| line.assigned = to);
        }
        Ok((lines, next))
    }

    /// As [`CaseLines::page`], of the services that the actor may read: who acts for another sees no more than was granted.
    ///
    /// # Errors
    /// As [`CaseLines::page`]; the actor's delegation is over.
    pub async fn page_in_scope(
        &self,
        house: &House,
        tag: &str,
        actor: &Actor,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<CaseLine>, Option<String>), Failure> {
        let Some(scope) = house.scope_of(actor).await? else {
            return self.page(house, tag, actor, cursor, limit).await;
        };
        let mut seen = Vec::new();
        let mut next = cursor.map(str::to_string);
        for _ in 0..SCOPED_PAGES_MAX {
            // As many as are still wanted, so that the cursor stands right behind the last line that is shown.
            let (lines, after) = self.page(house, tag, actor, next.as_deref(), limit - seen.len()).await?;
            seen.extend(lines.into_iter().filter(|line| house.reaches(&scope, &line.service, Deed::Read)));
            next = after;
            if next.is_none() || seen.len() >= limit {
                break;
            }
        }
        Ok((seen, next))
    }
}

/// The line of a case that can't be read, from what stood in the list before.
fn set_aside(id: CaseId, doc: &Value) -> CaseLine {
    let text = |name: &str| doc[name].as_str().unwrap_or_default().to_string();
    let at = instant(doc["at_ms"].as_i64().unwrap_or_default());
    CaseLine {
        id,
        service: text("service"),
        title: text("title"),
        status: "set-aside".into(),
        status_text: Bilingual::new("数据异常，已隔离待查", "Set aside: something of ours is broken"),
        closed: false,
        opened_at: at,
        updated_at: at,
        awaits_me: false,
        due: None,
        days_left: None,
        overdue: false,
        assigned: None,
    }
}

/// Draws the line of each case that an event touched.
struct LinesView {
    house: Weak<House>,
}

impl View for LinesView {
    fn name(&self) -> &str {
        LINES
    }

    fn version(&self) -> u32 {
        3
    }

    fn collections(&self) -> Vec<String> {
        vec![LINES.into(), DESK.into()]
    }

    async fn apply(&mut self, event: &Recorded, store: &mut ViewStore<'_>) -> Result<(), ViewError> {
        let Ok(id) = CaseId::try_new(&event.stream) else { return Ok(()) };
        let gone = || ViewError::Store(JournalError::Unavailable("the house is closed".into()));
        let house = self.house.upgrade().ok_or_else(gone)?;
        let loaded = match house.load_at_least(&id, event.version).await {
            Ok(loaded) => loaded.ok_or_else(|| ViewError::Event(format!("{id} has no events")))?,
            Err(Failure::Unavailable(_)) => return Err(gone()),
            Err(other) => return Err(ViewError::Event(format!("{other:?}"))),
        };
        if loaded.stamp.version > event.version {
            // A later event of the same case draws the line as it then stands.
            return Ok(());
        }
        let outline = loaded.desk.service.machine().outline(&loaded.state);
        let slug = loaded.desk.service.slug;
        let sort = loaded.stamp.updated_at.as_millisecond();
        let people = outline.parties.iter().map(|p| p.person.as_str()).chain(loaded.owner.as_deref());
        let mut tags: Vec<String> = people.flat_map(|p| tags_of(p, slug, &outline.status)).collect();
        tags.extend([
            service_tag(slug),
            status_tag(slug, &outline.status),
            agency_tag(loaded.desk.agency.as_str()),
            in_status(&agency_tag(loaded.desk.agency.as_str()), &outline.status),
        ]);
        tags.extend(outline.waits.iter().map(|wait| waiting_tag(&wait.library)));
        let assigned = assignments::of(house.journal.records(), &[id.as_str()]).await;
        let assigned = assigned.map_err(|_| gone())?.pop().flatten();
        match desk::drawn(&loaded, &outline, assigned.as_ref()) {
            Some((doc, tags)) => store.put(DESK, id.as_str(), doc, tags)?,
            None => store.delete(DESK, id.as_str())?,
        }
        let doc = json!({"service": slug, "status": outline.status, "title": outline.title, "at_ms": sort});
        store.put(LINES, id.as_str(), doc, tags.into_iter().map(|tag| (tag, sort)).collect())
    }
}

/// Cases that a person takes part in.
pub fn person_tag(person: &str) -> String {
    format!("person:{person}")
}

/// Cases of one service that a person takes part in.
pub fn person_service_tag(person: &str, slug: &str) -> String {
    format!("person:{person}:{slug}")
}

/// Every list that a person's case stands in.
fn tags_of(person: &str, slug: &str, status: &str) -> [String; 4] {
    let (all, of_service) = (person_tag(person), person_service_tag(person, slug));
    let both = (in_status(&all, status), in_status(&of_service, status));
    [all, of_service, both.0, both.1]
}

/// Of the cases with a tag those in a status.
pub fn in_status(tag: &str, status: &str) -> String {
    format!("{tag}#{status}")
}

/// All cases of a service.
pub fn service_tag(slug: &str) -> String {
    format!("service:{slug}")
}

/// All cases of a service in a status.
pub fn status_tag(slug: &str, status: &str) -> String {
    format!("service:{slug}:{status}")
}

/// All cases that an agency handles.
pub fn agency_tag(agency: &str) -> String {
    format!("agency:{agency}")
}

/// Cases that a silent library holds up.
pub fn waiting_tag(library: &str) -> String {
    format!("waiting:{library}")
}
