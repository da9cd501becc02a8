//! The grant as it is handed in, and the checks of whom, by whom and for how long.

use jiff::civil::Date;
use kernel::papers::{CitizenId, Paper, UnifiedCode};
use kernel::setting::end_of_day;
use kernel::{Actor, Answer, Deed, Finding, Outcome, Setting};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decide::{Facts, Terms};
use super::{Event, Granted, No, SLUG, Side};

/// Years at which a person comes of age (《民法典》第十七条).
const ADULT_YEARS: u16 = 18;

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// For whom, and who acts.
    pub whom: Whom,
    /// In what, and how far.
    pub scope: Scope,
    /// Last day on which it holds.
    #[schemars(with = "String", extend("format" = "date"))]
    pub until: Date,
}

/// For whom someone acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Whom {
    /// For me: I name an agent.
    Myself {
        /// Who will act.
        agent: Representative,
    },
    /// For a firm whose legal representative I am.
    Firm {
        /// Its unified code.
        unified_code: UnifiedCode,
        /// Its full name.
        #[schemars(length(min = 2, max = 100))]
        firm_name: String,
        /// Who will act.
        agent: Representative,
    },
    /// For a ward whose guardian I am; I act myself.
    Ward {
        /// The ward's citizen number; it says when the ward comes of age.
        ward_number: CitizenId,
        /// The ward's name.
        #[schemars(length(min = 1, max = 60))]
        ward_name: String,
        /// What the guardianship rests on: parent, decision of a court or a committee, with its number.
        #[schemars(length(min = 4, max = 500))]
        evidence: String,
    },
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Representative {
    /// Name as on the paper.
    #[schemars(length(min = 1, max = 60))]
    pub name: String,
    /// Paper.
    pub paper: Paper,
}

/// In what someone may act, and how far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Slugs of services; all of them if empty.
    #[serde(default)]
    #[schemars(length(max = 50), inner(regex(pattern = r"^[a-z0-9-]{1,60}$")))]
    pub services: Vec<String>,
    /// The gravest thing that the agent may do; what weighs less is included.
    pub powers: Deed,
}

impl Scope {
    /// Whether this may be done with a case of that service. No delegation reaches into delegations.
    pub fn covers(&self, service: &str, deed: Deed) -> bool {
        service != SLUG && deed <= self.powers && (self.services.is_empty() || self.services.iter().any(|s| s == service))
    }
}

/// Of which kind a delegation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mandate {
    /// 委托代理, by a person.
    ByPerson,
    /// 委托代理, by a firm through its legal representative.
    ByFirm,
    /// 法定代理, by a guardian.
    ByGuardian,
}

/// Persons whose rows of the register of identities a grant needs.
pub fn people(grant: &Grant, actor: &Actor) -> Vec<String> {
    let mut people: Vec<String> = actor.person().map(str::to_string).into_iter().collect();
    if let Whom::Ward { ward_number, .. } = &grant.whom {
        people.push(Paper::CitizenId(ward_number.clone()).key());
    }
    people
}

/// Decides a grant: who has no capacity can't grant, what the machine can't know an officer decides.
pub fn decide(grant: &Grant, facts: &Facts, setting: &Setting) -> Result<Vec<Event>, No> {
    let Actor::Person { person, name, by, .. } = &setting.actor else {
        return Err(No::Chained);
    };
    if by.is_some() {
        return Err(No::Chained);
    }
    let mut findings = vec![applicant(person, name, facts, setting)?];
    let (mandate, principal, agent) = sides(grant, person, name, facts, setting, &mut findings)?;
    // A representative may name himself for his firm: he is not the firm.
    if agent.person == principal.person {
        return Err(No::OneselfAsAgent);
    }
    of_age(&agent, setting)?;
    let until = last_day(grant, setting)?;
    let evidence = match &grant.whom {
        Whom::Ward { evidence, .. } => evidence.clone(),
        Whom::Myself { .. } | Whom::Firm { .. } => String::new(),
    };
    let at = setting.now;
    let granted = Granted {
        owner: person.clone(),
        owner_name: name.clone(),
        mandate,
        principal,
        agent,
        scope: grant.scope.clone(),
        until,
        ends_at: end_of_day(until, setting.zone.time_zone()),
        evidence,
        at,
    };
    let refer = findings.iter().any(|f| f.outcome > Outcome::Warn);
    let next = if refer {
        Event::Referred { findings, at }
    } else {
        Event::Offered { at }
    };
    Ok(vec![Event::Granted(Box::new(granted)), next])
}

fn sides(
    grant: &Grant,
    person: &str,
    name: &str,
    facts: &Facts,
    setting: &Setting,
    findings: &mut Vec<Finding>,
) -> Result<(Mandate, Side, Side), No> {
    let side = |person: String, name: &str| Side { person, name: name.into() };
    let named = |agent: &Representative| side(agent.paper.key(), &agent.name);
    Ok(match &grant.whom {
        Whom::Myself { agent } => (Mandate::ByPerson, side(person.into(), name), named(agent)),
        Whom::Firm {
            unified_code,
            firm_name,
            agent,
        } => {
            let licensed = match &facts.firm {
                Some(Answer::Given(firm)) => firm.as_ref(),
                Some(Answer::Down(down)) => return Err(silent(&down.library)),
                None => None,
            };
            let represents = licensed.is_some_and(|firm| firm.representative == person);
            findings.push(
                Finding::test("firm", "firm.representative", represents, Outcome::Refer)
                    .with("code", unified_code)
                    .at("/whom/unified_code"),
            );
            // The licence wins over what was typed.
            let firm_name = licensed.map_or(firm_name.as_str(), |firm| firm.name.as_str());
            (Mandate::ByFirm, side(unified_code.key(), firm_name), named(agent))
        }
        Whom::Ward {
            ward_number, ward_name, ..
        } => {
            findings.push(ward(ward_number, facts, setting)?);
            let key = Paper::CitizenId(ward_number.clone()).key();
            (Mandate::ByGuardian, side(key, ward_name), side(person.into(), name))
        }
    })
}

/// Who grants is of age and has capacity, as far as paper and register tell.
fn applicant(person: &str, name: &str, facts: &Facts, setting: &Setting) -> Result<Finding, No> {
    let me = Side {
        person: person.into(),
        name: name.into(),
    };
    of_age(&me, setting)?;
    let row = match &facts.identities {
        Some(Answer::Given(rows)) => rows.first().and_then(Option::as_ref),
        Some(Answer::Down(down)) => return Err(silent(&down.library)),
        None => None,
    };
    if row.is_some_and(|row| !row.capacity) {
        return Err(No::NoCapacity);
    }
    // A paper without a birth date tells no age; then the register must know the person.
    let known = row.is_some() || birth_number(person).is_some();
    Ok(Finding::test("principal", "principal.capacity", known, Outcome::Refer).with("person", name))
}

/// A minor, or an adult whom the register knows to lack capacity; always for an officer, because no register knows guardians.
fn ward(number: &CitizenId, facts: &Facts, setting: &Setting) -> Result<Finding, No> {
    let row = match &facts.identities {
        Some(Answer::Given(rows)) => rows.get(1).and_then(Option::as_ref),
        Some(Answer::Down(_)) | None => None,
    };
    let minor = number.age_on(setting.today).is_none_or(|age| age < ADULT_YEARS);
    if !minor && row.is_some_and(|row| row.capacity) {
        return Err(No::WardOfAge);
    }
    Ok(Finding::new("ward", "ward.guardian", Outcome::Refer)
        .with("born", number.birth_date())
        .at("/whom/evidence"))
}

/// Refuses a person whose citizen number says that he is under age.
fn of_age(side: &Side, setting: &Setting) -> Result<(), No> {
    let young = |number: &CitizenId| number.age_on(setting.today).is_none_or(|age| age < ADULT_YEARS);
    match birth_number(&side.person) {
        Some(number) if young(&number) => Err(No::Minor { name: side.name.clone() }),
        _ => Ok(()),
    }
}

fn birth_number(person: &str) -> Option<CitizenId> {
    CitizenId::try_new(person.strip_prefix("citizen-id:")?).ok()
}

/// The last day: as wished, within the zone's limit, and not beyond the day before a minor ward comes of age.
fn last_day(grant: &Grant, setting: &Setting) -> Result<Date, No> {
    let terms: &Terms = setting.terms();
    if grant.until < setting.today {
        return Err(No::Past);
    }
    let latest = setting.months_from_today(terms.months_max);
    if grant.until > latest {
        return Err(No::TooLong { latest });
    }
    let of_age = match &grant.whom {
        Whom::Ward { ward_number, .. } => last_day_of_minority(ward_number).filter(|day| *day >= setting.today),
        Whom::Myself { .. } | Whom::Firm { .. } => None,
    };
    Ok(of_age.map_or(grant.until, |day| grant.until.min(day)))
}

/// The day before the eighteenth birthday; counted as [`CitizenId::age_on`] counts, also for who was born on 29 February.
fn last_day_of_minority(number: &CitizenId) -> Option<Date> {
    let day = number.birth_date().checked_add(jiff::Span::new().years(ADULT_YEARS)).ok()?;
    if number.age_on(day) == Some(ADULT_YEARS) {
        day.yesterday().ok()
    } else {
        Some(day)
    }
}

fn silent(library: &str) -> No {
    No::LibraryDown { library: library.into() }
}
