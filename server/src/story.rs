//! Plays a service's story: one whole case from start to end, on an empty store; the demonstration, the integration test and the
//! fixture of the browser tests.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::ToSpan;
use journal::Journal;
use kernel::papers::Paper;
use kernel::{AccountId, Actor, AgencyId, Bilingual, CaseId, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Failure;
use crate::house::House;
use crate::registers::RegisterKind;
use crate::runner::Order;
use crate::{carrier, clock, zone_pack, zone_store};

/// Rounds of effects that lead to effects: a start-up opens a registration, which reports, which opens matters, which report.
const EFFECT_ROUNDS_MAX: usize = 16;

/// A story as it is told in `story.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Slug of the service.
    pub service: String,
    /// What it is about.
    pub title: Bilingual,
    /// Folder of the zone's pack below `data/zones`.
    pub zone: String,
    /// CSV text of the registers; `{today-30}` stands for the day thirty days ago.
    pub registers: BTreeMap<RegisterKind, Vec<String>>,
    /// Who takes part.
    pub cast: BTreeMap<String, Role>,
    /// What happens.
    pub steps: Vec<Step>,
}

/// Someone of the cast.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The person's name.
    pub name: String,
    /// A citizen's paper.
    pub paper: Option<Paper>,
    /// An officer's agency.
    pub agency: Option<AgencyId>,
}

/// One step.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is told to the reader.
    pub tell: Bilingual,
    /// Who acts; none for a look at the case or for the time that effects take.
    #[serde(rename = "as")]
    pub by: Option<String>,
    /// The action.
    #[serde(rename = "do")]
    pub action: Option<String>,
    /// Its input.
    #[serde(default)]
    pub input: Value,
    /// The service of the case that the step is about, where it is not the story's own: the case that this one led to.
    #[serde(rename = "at")]
    pub service: Option<String>,
    /// A query of the case.
    pub look: Option<String>,
    /// Lets the outbox carry out what is due.
    #[serde(default)]
    pub effects: bool,
    /// The status that the case then has.
    pub status: Option<String>,
    /// The refusal that is expected.
    pub refused: Option<String>,
    /// JSON pointers with the values that must stand there, in the case's view or the query's answer.
    #[serde(default)]
    pub expect: BTreeMap<String, Value>,
}

/// What became of a story.
#[derive(Debug, Serialize)]
pub struct Played {
    /// Slug of the service.
    pub service: String,
    /// The case.
    pub case: Option<CaseId>,
    /// What happened, line by line.
    pub timeline: Vec<String>,
    /// Where it departed from what is told.
    pub departed: Option<String>,
}

/// Every story, by slug.
fn stories() -> Vec<(&'static str, &'static str)> {
    investment::stories().into_iter().chain(portal::stories()).collect()
}

/// The story of a service.
pub fn of(slug: &str) -> Option<Story> {
    let text = stories().into_iter().find(|(of, _)| *of == slug)?.1;
    serde_json::from_str(text).ok()
}

/// Plays a story; each line of the timeline is given to `say` as it happens.
///
/// # Errors
/// The store can't be made, or the story is no story. A departure is not an error but told in [`Played`].
pub async fn play(story: &Story, data: &Path, keep: Option<&str>, say: impl Fn(&str)) -> Result<Played, Problem> {
    let own = std::env::temp_dir().join(format!("qianhai-story-{}", clock::readable::<10>()));
    let folder = keep.map_or_else(|| own.display().to_string(), str::to_string);
    let journal = Journal::open(&folder)
        .await
        .map_err(|e| Problem::during("the story's store is made", e))?;
    if zone_store::is_installed(&journal).await? {
        return Err(Problem(format!("{folder} is not empty")));
    }
    let pack = data.join("zones").join(&story.zone);
    let files = zone_pack::files(&pack, data).map_err(|e| Problem::during("the story's zone is read", e))?;
    zone_store::install(&journal, &files).await?;
    let house = House::with_journal(journal).await?;
    for (kind, lines) in &story.registers {
        let text = with_days(&lines.join("\n"), &house);
        let loaded = house.registers.load(*kind, || Ok(text.as_bytes()), &house.zone, |_, _| ()).await;
        loaded.map_err(|e| Problem::during(&format!("the story's register {kind} is loaded"), e))?;
    }
    let mut player = Player {
        house: &house,
        story,
        cases: BTreeMap::new(),
        timeline: vec![],
    };
    let mut departed = None;
    say(&format!("{} / {}", story.title.zh, story.title.en));
    for (n, step) in story.steps.iter().enumerate() {
        let result = player.step(step).await;
        let line = format!(
            "{:>2}. {} / {}  {}",
            n + 1,
            step.tell.zh,
            step.tell.en,
            result.as_ref().map_or("✗", |_| "✓")
        );
        say(&line);
        player.timeline.push(line);
        if let Err(why) = result {
            say(&format!("    departs: {why}"));
            departed = Some(why);
            break;
        }
    }
    let (case, timeline) = (player.cases.remove(&story.service), player.timeline);
    house.close().await;
    if keep.is_none() {
        // What stays behind is in the folder for temporary things.
        _ = std::fs::remove_dir_all(&own);
    }
    Ok(Played {
        service: story.service.clone(),
        case,
        timeline,
        departed,
    })
}

struct Player<'a> {
    house: &'a std::sync::Arc<House>,
    story: &'a Story,
    /// The story's own case, and those that it led to, by service.
    cases: BTreeMap<String, CaseId>,
    timeline: Vec<String>,
}

impl Player<'_> {
    async fn step(&mut self, step: &Step) -> Result<(), String> {
        if step.effects {
            self.carry_effects().await?;
        }
        let mut seen = Value::Null;
        if let (Some(by), Some(action)) = (&step.by, &step.action) {
            seen = self.act(by, action, step).await?;
        }
        if let Some(query) = &step.look {
            seen = self.look(step, query).await?;
        }
        if seen.is_null() && step.refused.is_none() && (step.status.is_some() || !step.expect.is_empty()) {
            seen = self.see(step).await?;
        }
        if let Some(status) = &step.status {
            let found = self.see(step).await?["status"].clone();
            if found != **status {
                return Err(format!("the status is {found}, told is {status}"));
            }
        }
        for (pointer, value) in &step.expect {
            let found = seen.pointer(pointer).cloned().unwrap_or_default();
            if found != *value {
                return Err(format!("at {pointer} stands {found}, told is {value}"));
            }
        }
        Ok(())
    }

    async fn act(&mut self, by: &str, action: &str, step: &Step) -> Result<Value, String> {
        let actor = self.actor(by)?;
        let service = self.service(step);
        let desk = self.house.desks.get(service.as_str()).ok_or("no such service")?;
        let opens = desk.service.opening_actions().any(|a| a.name == action);
        let case = if opens { None } else { Some(self.case(step).await?) };
        let input = self.with_values(&with_days(&step.input.to_string(), self.house)).await?;
        let input: Value = serde_json::from_str(&input).map_err(|e| e.to_string())?;
        let input = if input.is_null() { crate::runner::empty_input() } else { input };
        let order = Order {
            actor: &actor,
            desk,
            case: case.as_ref(),
            action,
            input,
            once: None,
        };
        match (self.house.perform(order).await, &step.refused) {
            (Ok(answered), None) => {
                if let (true, Some(case)) = (opens, answered.case) {
                    self.cases.insert(service, case);
                }
                serde_json::from_slice(&answered.body).map_err(|e| e.to_string())
            }
            (Ok(_), Some(code)) => Err(format!("carried out, told is the refusal {code}")),
            (Err(Failure::Refusal { code, .. }), Some(told)) if code == *told => Ok(Value::Null),
            (Err(other), _) => Err(format!("{other:?}")),
        }
    }

    fn actor(&self, name: &str) -> Result<Actor, String> {
        let role = self.story.cast.get(name).ok_or_else(|| format!("{name} is not in the cast"))?;
        let account = AccountId::try_new(name).map_err(|e| e.to_string())?;
        match (&role.paper, &role.agency) {
            (Some(paper), _) => Ok(Actor::Person {
                account,
                person: paper.key(),
                name: role.name.clone(),
                by: None,
            }),
            (None, Some(agency)) => Ok(Actor::Officer {
                account,
                name: role.name.clone(),
                agency: agency.clone(),
            }),
            (None, None) => Err(format!("{name} is neither citizen nor officer")),
        }
    }

    /// Replaces `{of:service:/pointer}` by what stands there in the case of that service.
    async fn with_values(&self, text: &str) -> Result<String, String> {
        let mut values = BTreeMap::new();
        for (service, id) in &self.cases {
            let (_, view) = self.house.see(id, &Actor::System).await.map_err(|e| format!("{e:?}"))?;
            values.insert(service.clone(), serde_json::to_value(view).map_err(|e| e.to_string())?);
        }
        let value = |place: &str| {
            let (service, pointer) = place.split_once(':')?;
            values.get(service)?.pointer(pointer)?.as_str().map(str::to_string)
        };
        Ok(replaced(text, "{of:", |place| value(place).unwrap_or_default()))
    }

    fn service(&self, step: &Step) -> String {
        step.service.clone().unwrap_or_else(|| self.story.service.clone())
    }

    /// The case that a step is about; one that another opened is found among the cases linked to the story's own.
    async fn case(&self, step: &Step) -> Result<CaseId, String> {
        let service = self.service(step);
        if let Some(id) = self.cases.get(&service) {
            return Ok(id.clone());
        }
        let own = self.cases.get(&self.story.service).ok_or("no case was opened")?;
        let (_, view) = self.house.see(own, &Actor::System).await.map_err(|e| format!("{e:?}"))?;
        let link = view.links.into_iter().find(|link| link.service == service);
        link.map(|link| link.case)
            .ok_or_else(|| format!("the case has led to no case of {service}"))
    }

    async fn see(&self, step: &Step) -> Result<Value, String> {
        let id = &self.case(step).await?;
        let (_, view) = self.house.see(id, &Actor::System).await.map_err(|e| format!("{e:?}"))?;
        serde_json::to_value(view).map_err(|e| e.to_string())
    }

    async fn look(&self, step: &Step, query: &str) -> Result<Value, String> {
        let id = &self.case(step).await?;
        let loaded = self.house.load(id).await.map_err(|e| format!("{e:?}"))?.ok_or("no such case")?;
        let found = loaded
            .desk
            .service
            .queries
            .iter()
            .find(|q| q.name == query)
            .ok_or("no such query")?;
        found.look(&loaded.state).ok_or_else(|| format!("the case has no {query}"))
    }

    async fn carry_effects(&self) -> Result<(), String> {
        let carrier = carrier::HouseCarrier(self.house.clone());
        for _ in 0..EFFECT_ROUNDS_MAX {
            let due = self
                .house
                .journal
                .due_effects(clock::now_ms(), 100)
                .await
                .map_err(|e| e.to_string())?;
            if due.is_empty() {
                return Ok(());
            }
            for effect in due {
                match journal::outbox::Carrier::carry(&carrier, &effect).await {
                    journal::outbox::Carried::Done => self.house.journal.effect_done(effect.key).await.map_err(|e| e.to_string())?,
                    other => return Err(format!("the effect {} came to {other:?}", effect.kind)),
                }
            }
        }
        Err("effects lead to effects without end".into())
    }
}

/// Replaces `{today}`, `{today+N}` and `{today-N}` by days in the zone, and `{workday+N}` by the N-th working day after today.
fn with_days(text: &str, house: &House) -> String {
    let text = replaced(text, "{today", |rest| {
        let days: i64 = rest.parse().unwrap_or(0);
        house.today().saturating_add(days.days()).to_string()
    });
    replaced(&text, "{workday+", |rest| {
        let day = house.zone.calendar.add_working_days(house.today(), rest.parse().unwrap_or(1));
        day.map_or_else(|_| house.today().to_string(), |day| day.value.to_string())
    })
}

/// Replaces what stands from each `opening` to its `}`.
fn replaced(text: &str, opening: &str, by: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(opening) {
        let Some(end) = rest[at..].find('}') else { break };
        out.push_str(&rest[..at]);
        out.push_str(&by(&rest[at + opening.len()..at + end]));
        rest = &rest[at + end + 1..];
    }
    out.push_str(rest);
    out
}
