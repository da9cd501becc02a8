//! Runs a command: load the case, check who may, gather, decide, append; the answer leaves only after the commit is durable.

use std::sync::Arc;

use jiff::Timestamp;
use journal::{Append, AppendError, HoldChange, NewAnswer, NewEffect, NewEvent, Recorded};
use kernel::machine::{Decided, Stop};
use kernel::service::{ErasedState, setting_for};
use kernel::{Actor, CaseId, Deed, Effect, Link, Outline, Problem, Refusal, Who};
use quick_cache::sync::Cache;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tracing::Instrument;

use crate::failure::Failure;
use crate::house::{Desk, House};
use crate::limits::{CASES_IN_MEMORY_MAX, DECISION_TRIES_MAX, EVENTS_PER_READ};
use crate::portal::looks;
use crate::ports::{Noted, Recorder};
use crate::record::Record;
use crate::traces::SPANS;
use crate::view::{self, CaseView, LinkView, Stamp, Standing};
use crate::{clock, validate};

/// A case in memory.
#[derive(Clone)]
pub struct Loaded {
    /// Its service.
    pub desk: Arc<Desk>,
    /// Folded state.
    pub state: ErasedState,
    /// Person who opened it.
    pub owner: Option<Arc<str>>,
    /// Version and times.
    pub stamp: Stamp,
}

/// States of cases by case, each with the version it stands at.
pub struct CaseMemory(Cache<CaseId, Loaded>);

impl CaseMemory {
    /// An empty memory.
    pub fn new() -> Self {
        Self(Cache::new(CASES_IN_MEMORY_MAX))
    }
}

impl Default for CaseMemory {
    fn default() -> Self {
        Self::new()
    }
}

/// What the writer of a request gave to make its repetition harmless.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// Unique to its owner.
    pub key: String,
    /// SHA-256 of the request.
    pub digest: [u8; 32],
}

impl Idempotency {
    /// A key of an account for a request.
    pub fn of(owner: &str, key: &str, request: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in request {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self {
            key: format!("{owner}/{key}"),
            digest: hash.finalize().into(),
        }
    }
}

/// An answer to a command.
#[derive(Debug, Clone)]
pub struct Answered {
    /// HTTP status of the first answer: 201, 200 or 409.
    pub status: u16,
    /// Body as it was first sent.
    pub body: Vec<u8>,
    /// The case, when the command was carried out just now.
    pub case: Option<CaseId>,
    /// True if this is a remembered answer.
    pub repeated: bool,
}

/// A command on its way to a case.
pub struct Order<'a> {
    /// Who gives it.
    pub actor: &'a Actor,
    /// The service.
    pub desk: &'a Arc<Desk>,
    /// The case; none opens one.
    pub case: Option<&'a CaseId>,
    /// The action's name.
    pub action: &'a str,
    /// Its input.
    pub input: Value,
    /// Makes a repetition harmless.
    pub once: Option<Idempotency>,
}

/// What one try of a decision came to.
enum Try {
    Answered(Answered),
    /// Another decision came first: look again.
    Again,
}

impl House {
    /// Carries out a command and gives the case as its actor sees it afterwards.
    ///
    /// # Errors
    /// Every [`Failure`]. A refusal is remembered under the idempotency key like any other answer.
    pub async fn perform(&self, order: Order<'_>) -> Result<Answered, Failure> {
        let action = order.desk.service.find_action(order.action).ok_or(Failure::NotFound)?;
        if action.who.opens() != order.case.is_none() {
            return Err(Failure::NotFound);
        }
        if order.case.is_none() && !may_open(action.who, order.actor, order.desk) {
            return Err(Failure::Forbidden);
        }
        self.check_scope(order.actor, order.desk.service.slug, action.deed(&order.input))
            .await?;
        if let Some(once) = &order.once
            && let Some(stored) = self.journal.answer(&once.key).await?
        {
            return repeated(stored, once);
        }
        validate::check_shape(&order.input)?;
        if let Some(checker) = order.desk.actions.get(order.action) {
            checker.check(&order.input)?;
        }
        for _ in 0..DECISION_TRIES_MAX {
            match self.try_once(&order, action).await? {
                Try::Answered(answered) => return Ok(answered),
                Try::Again => {}
            }
        }
        Err(Failure::Unavailable(1))
    }

    /// Whether somebody may do an action to a case, before their input is looked at: what is wrong with it tells of the case.
    ///
    /// # Errors
    /// Forbidden to who may see the case; not found for everybody else, and for an action that the case has not.
    pub fn may_act(&self, loaded: &Loaded, actor: &Actor, action: &str) -> Result<(), Failure> {
        let found = loaded
            .desk
            .service
            .find_action(action)
            .filter(|a| !a.who.opens())
            .ok_or(Failure::NotFound)?;
        check_standing(loaded, &loaded.desk, actor, found.who)
    }

    async fn try_once(&self, order: &Order<'_>, action: &kernel::service::Action) -> Result<Try, Failure> {
        let Order { actor, desk, .. } = order;
        let machine = desk.service.machine();
        let now = clock::now();
        let (id, loaded) = match order.case {
            Some(id) => (id.clone(), self.load(id).await?.ok_or(Failure::NotFound)?),
            None => {
                let owner = actor.person().map(Arc::from);
                let stamp = Stamp {
                    version: 0,
                    opened_at: now,
                    updated_at: now,
                };
                (
                    self.new_case_id(now)?,
                    Loaded {
                        desk: Arc::clone(desk),
                        state: machine.blank(),
                        owner,
                        stamp,
                    },
                )
            }
        };
        if order.case.is_some() {
            check_standing(&loaded, desk, actor, action.who)?;
        }
        let command = action.parse(order.input.clone())?;
        let setting = setting_for(&desk.service, id.clone(), now, (*actor).clone(), clock::seed(), self.zone.clone())
            .map_err(|e| Problem::during("the zone's parameters are read", e))?;
        let (ports, notes) = Recorder::around(&self.ports);
        let step = |name| tracing::info_span!(target: SPANS, "step", otel.name = name, service = desk.service.slug, action = order.action);
        let gather = machine.gather(&loaded.state, &command, &setting, &ports);
        let facts = gather.instrument(step("gather")).await;
        let Noted { inquiries, persons } = notes.take();
        // Both are durable before the answer leaves; neither waits for the other.
        let looked = looks::by_machine(self.journal.records(), &id, desk.service.slug, persons, now);
        let decided = async {
            let decided = match machine.decide(&loaded.state, &command, &facts, &setting) {
                Ok(decided) => decided,
                Err(Stop::Refusal(refusal)) => return self.refuse(order, &id, &loaded, refusal, now).await,
                Err(Stop::Problem(problem)) => return Err(problem.into()),
            };
            let record = Record {
                service: desk.service.slug.into(),
                version: desk.service.version,
                action: order.action.into(),
                command: machine.command_to_json(&command)?,
                facts: machine.facts_to_json(&facts)?,
                inquiries,
                now,
                actor: (*actor).clone(),
                seed: setting.seed,
                zone: self.zone.digest.clone(),
            };
            let append = self.append(order, id.clone(), &loaded, decided, &record, now);
            append.instrument(step("append")).await
        };
        let (looked, decided) = tokio::join!(looked, decided);
        looked.and(decided)
    }

    async fn append(
        &self,
        order: &Order<'_>,
        id: CaseId,
        before: &Loaded,
        decided: Decided,
        record: &Record,
        now: Timestamp,
    ) -> Result<Try, Failure> {
        let desk = order.desk;
        let version = before.stamp.version + decided.events.len() as u64;
        let stamp = Stamp {
            version,
            updated_at: now,
            ..before.stamp
        };
        // A case that another case opens is its applicant's, whom its first event names.
        let owner = before
            .owner
            .clone()
            .or_else(|| decided.events.first().and_then(|e| owner_in(&e.data)));
        let outline = desk.service.machine().outline(&decided.state);
        let view = self.view_of(desk, &id, outline, stamp, order.actor, owner.as_deref()).await;
        let status = if order.case.is_none() { 201 } else { 200 };
        let body = serde_json::to_vec(&view).map_err(|e| Problem::during("an answer is written", e))?;
        let mut append = Append {
            stream: id.to_string(),
            expected: before.stamp.version,
            record: serde_json::to_vec(record).map_err(|e| Problem::during("a record is written", e))?,
            answer: order.once.as_ref().map(|once| remembered(once, status, &body)),
            at_ms: now.as_millisecond(),
            ..Append::default()
        };
        for (n, event) in decided.events.into_iter().enumerate() {
            for (k, effect) in event.effects.iter().enumerate() {
                put_effect(&mut append, n as u32, k as u32, effect, now)?;
            }
            append.events.push(NewEvent {
                kind: event.kind,
                data: event.data,
            });
        }
        if append.events.is_empty() {
            return Err(Problem(format!("{}/{} decided on no event", desk.service.slug, order.action)).into());
        }
        match self.measures.append(&self.journal, append).await {
            Ok(appended) => {
                self.measures.decided(before, &view.line);
                let loaded = Loaded {
                    desk: Arc::clone(desk),
                    state: decided.state,
                    owner,
                    stamp,
                };
                self.memory.0.insert(id.clone(), loaded);
                self.lines.expect(appended.last_position);
                Ok(Try::Answered(Answered {
                    status,
                    body,
                    case: Some(id),
                    repeated: false,
                }))
            }
            Err(AppendError::VersionConflict { .. } | AppendError::HoldConflict { .. }) => {
                self.memory.0.remove(&id);
                Ok(Try::Again)
            }
            Err(AppendError::AlreadyAnswered(stored)) => answered_before(stored, order),
            Err(other) => {
                // What the store did is not known for sure: the next one reads the case again.
                self.memory.0.remove(&id);
                Err(other.into())
            }
        }
    }

    async fn refuse(&self, order: &Order<'_>, id: &CaseId, loaded: &Loaded, refusal: Refusal, now: Timestamp) -> Result<Try, Failure> {
        let failure = refusal_in_words(order.desk, &refusal);
        let Some(once) = &order.once else { return Err(failure) };
        let body = serde_json::to_vec(&failure.body()).map_err(|e| Problem::during("an answer is written", e))?;
        let append = Append {
            stream: id.to_string(),
            expected: loaded.stamp.version,
            answer: Some(remembered(once, failure.status(), &body)),
            at_ms: now.as_millisecond(),
            ..Append::default()
        };
        match self.measures.append(&self.journal, append).await {
            Ok(_) => Err(failure),
            Err(AppendError::AlreadyAnswered(stored)) => answered_before(stored, order),
            Err(AppendError::VersionConflict { .. }) => {
                self.memory.0.remove(id);
                Ok(Try::Again)
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Loads a case; what another process added is read from its stream.
    ///
    /// # Errors
    /// The store is away, or an event of the case can't be read (the case is set aside, nothing else stops).
    pub async fn load(&self, id: &CaseId) -> Result<Option<Loaded>, Failure> {
        let mut loaded = self.memory.0.get(id);
        loop {
            let after = loaded.as_ref().map_or(0, |l| l.stamp.version);
            let events = self.journal.read_stream(id.as_str(), after, EVENTS_PER_READ).await?;
            let Some(first) = events.first() else { break };
            loaded = Some(self.fold(id, loaded, first, &events)?);
            if events.len() < EVENTS_PER_READ {
                break;
            }
        }
        if let Some(loaded) = &loaded {
            self.memory.0.insert(id.clone(), loaded.clone());
        }
        Ok(loaded)
    }

    /// As [`House::load`], but content with what is in memory if it stands at `version` or later.
    ///
    /// # Errors
    /// As [`House::load`].
    pub async fn load_at_least(&self, id: &CaseId, version: u64) -> Result<Option<Loaded>, Failure> {
        match self.memory.0.get(id).filter(|loaded| loaded.stamp.version >= version) {
            Some(loaded) => Ok(Some(loaded)),
            None => self.load(id).await,
        }
    }

    fn fold(&self, id: &CaseId, loaded: Option<Loaded>, first: &Recorded, events: &[Recorded]) -> Result<Loaded, Failure> {
        let slug = first.kind.split('/').next().unwrap_or_default();
        let desk = self
            .desks
            .get(slug)
            .ok_or_else(|| Problem(format!("case {id} is of {slug}, which this program has not")))?;
        let machine = desk.service.machine();
        let before = loaded.unwrap_or_else(|| Loaded {
            desk: Arc::clone(desk),
            state: machine.blank(),
            owner: None,
            stamp: Stamp {
                version: 0,
                opened_at: instant(first.at_ms),
                updated_at: instant(first.at_ms),
            },
        });
        let stored: Vec<(&str, &[u8])> = events.iter().map(|e| (e.kind.as_str(), e.data.as_slice())).collect();
        let state = machine.fold(&before.state, &stored).map_err(|e| {
            tracing::error!(case = %id, error = %e, "case set aside: an event can't be read");
            Problem(format!("case {id} is set aside: {e}"))
        })?;
        let last = events.last().unwrap_or(first);
        let stamp = Stamp {
            version: last.version,
            updated_at: instant(last.at_ms),
            ..before.stamp
        };
        let owner = before.owner.or_else(|| owner_in(&first.data));
        Ok(Loaded {
            desk: Arc::clone(desk),
            state,
            owner,
            stamp,
        })
    }

    /// A case for a reader.
    ///
    /// # Errors
    /// Not found, also for who may not know of it; the store is away.
    pub async fn see(&self, id: &CaseId, actor: &Actor) -> Result<(Loaded, CaseView), Failure> {
        let loaded = self.load(id).await?.ok_or(Failure::NotFound)?;
        let outline = loaded.desk.service.machine().outline(&loaded.state);
        let standing = Standing::of(actor, loaded.owner.as_deref(), &outline, &loaded.desk.agency);
        if !standing.may_see() {
            return Err(Failure::NotFound);
        }
        let service = &loaded.desk.service;
        self.check_scope(actor, service.slug, Deed::Read).await?;
        let links = self.links(&outline.links).await;
        let view = view::case(&loaded.desk, id, outline, loaded.stamp, actor, standing);
        let line = view.line.counted(&self.zone, clock::now());
        let mut view = CaseView { links, line, ..view };
        if let Some(scope) = self.scope_of(actor).await? {
            // What an agent may not do is not offered to him.
            let deed = |name: &str| service.find_action(name).map(|action| action.deed(&Value::Null));
            view.actions
                .retain(|offered| deed(offered.name).is_some_and(|deed| self.reaches(&scope, service.slug, deed)));
        }
        Ok((loaded, view))
    }

    async fn view_of(&self, desk: &Desk, id: &CaseId, outline: Outline, stamp: Stamp, actor: &Actor, owner: Option<&str>) -> CaseView {
        let standing = Standing::of(actor, owner, &outline, &desk.agency);
        let links = self.links(&outline.links).await;
        let view = view::case(desk, id, outline, stamp, actor, standing);
        let line = view.line.counted(&self.zone, stamp.updated_at);
        CaseView { links, line, ..view }
    }

    /// The linked cases as they stand now; one that can't be read is left out, for the case that is shown is not to fail with it.
    async fn links(&self, links: &[Link]) -> Vec<LinkView> {
        let mut views = Vec::with_capacity(links.len());
        for link in links {
            let Ok(Some(loaded)) = self.load(&link.case).await else { continue };
            let (service, outline) = (&loaded.desk.service, loaded.desk.service.machine().outline(&loaded.state));
            views.push(LinkView {
                case: link.case.clone(),
                service: service.slug.into(),
                service_name: service.text.name.clone(),
                agency: self.zone.card.agencies.get(&loaded.desk.agency).cloned().unwrap_or_default(),
                title: outline.title,
                status_text: service.text.status.get(&outline.status).cloned().unwrap_or_default(),
                closed: outline.closed,
                due: outline.due,
                spent_seconds: link.spent_seconds,
            });
        }
        views
    }

    fn new_case_id(&self, now: Timestamp) -> Result<CaseId, Problem> {
        let day = kernel::setting::day_in_zone(now, &self.zone);
        let text = format!(
            "QH{:02}{:02}{:02}-{}",
            day.year() % 100,
            day.month(),
            day.day(),
            clock::readable::<10>()
        );
        CaseId::try_new(&text).map_err(|e| Problem::during("a case is numbered", e))
    }
}

/// Whether this actor may open a case of this service with an action that is `who`'s.
pub fn may_open(who: Who, actor: &Actor, desk: &Desk) -> bool {
    match who {
        Who::Applicant => actor.person().is_some(),
        Who::Clerk => matches!(actor, Actor::Officer { agency, .. } if *agency == desk.agency),
        Who::Case => matches!(actor, Actor::System),
        Who::Anyone | Who::Owner | Who::Party | Who::Officer | Who::System => false,
    }
}

fn check_standing(loaded: &Loaded, desk: &Desk, actor: &Actor, who: Who) -> Result<(), Failure> {
    if loaded.desk.service.slug != desk.service.slug {
        return Err(Failure::NotFound);
    }
    let outline = desk.service.machine().outline(&loaded.state);
    let standing = Standing::of(actor, loaded.owner.as_deref(), &outline, &desk.agency);
    match (standing.may(who), standing.may_see()) {
        (true, _) => Ok(()),
        (false, true) => Err(Failure::Forbidden),
        (false, false) => Err(Failure::NotFound),
    }
}

/// The person who opened a case stands in its first event's `owner`, whatever the service.
fn owner_in(first: &[u8]) -> Option<Arc<str>> {
    let data: Value = serde_json::from_slice(first).ok()?;
    data.get("owner").and_then(Value::as_str).map(Arc::from)
}

/// The words of a refusal; a placeholder that names a status or a rule is shown in words.
pub fn refusal_in_words(desk: &Desk, refusal: &Refusal) -> Failure {
    let words = desk.service.text.refusal.get(&refusal.code);
    let message = words
        .map(|w| w.fill(&refusal.with))
        .unwrap_or_else(|| kernel::Bilingual::new(&refusal.code, &refusal.code));
    Failure::Refusal {
        code: refusal.code.clone(),
        message,
    }
}

fn remembered(once: &Idempotency, status: u16, body: &[u8]) -> NewAnswer {
    let mut bytes = status.to_be_bytes().to_vec();
    bytes.extend_from_slice(body);
    NewAnswer {
        key: once.key.clone(),
        digest: once.digest,
        body: bytes,
    }
}

fn repeated(stored: journal::StoredAnswer, once: &Idempotency) -> Result<Answered, Failure> {
    if stored.digest != once.digest {
        return Err(kernel::BadInput::at(
            "",
            "idempotency-key-reused",
            "同一 Idempotency-Key 已用于另一请求",
            "this Idempotency-Key was used for another request",
        )
        .into());
    }
    let Some((status, body)) = stored.body.split_first_chunk::<2>() else {
        return Err(Problem("a remembered answer is damaged".into()).into());
    };
    Ok(Answered {
        status: u16::from_be_bytes(*status),
        body: body.to_vec(),
        case: None,
        repeated: true,
    })
}

fn answered_before(stored: journal::StoredAnswer, order: &Order<'_>) -> Result<Try, Failure> {
    let once = order.once.as_ref().ok_or_else(|| Problem("an answer without a key".into()))?;
    repeated(stored, once).map(Try::Answered)
}

fn put_effect(append: &mut Append, event_index: u32, index: u32, effect: &Effect, now: Timestamp) -> Result<(), Problem> {
    let (kind, due) = match effect {
        Effect::Hold { space, key, until } => {
            let until_ms = until.map(|t| t.as_millisecond());
            append.holds.push(HoldChange::Take {
                space: space.clone(),
                key: key.clone(),
                until_ms,
            });
            return Ok(());
        }
        Effect::Release { space, key } => {
            append.holds.push(HoldChange::Release {
                space: space.clone(),
                key: key.clone(),
            });
            return Ok(());
        }
        Effect::Perform { at, .. } => ("perform", at.unwrap_or(now)),
        Effect::Open { .. } => ("open", now),
        Effect::Notify { .. } => ("notify", now),
    };
    let data = serde_json::to_vec(effect).map_err(|e| Problem::during("an effect is written", e))?;
    append.effects.push(NewEffect {
        event_index,
        index,
        kind: kind.into(),
        data,
        due_ms: due.as_millisecond(),
    });
    Ok(())
}

/// Milliseconds since 1970 as an instant; what the journal stores is always in range.
pub fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The body of an action without input.
pub fn empty_input() -> Value {
    json!({})
}
