//! Given these events, when this command, then these events or this refusal: the one way in which services are tested.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use crate::dated::{Dated, DatedValue};
use crate::effect::Effect;
use crate::ids::CaseId;
use crate::matter::Matter;
use crate::refusal::Refusal;
use crate::setting::{Actor, Setting};
use crate::text::Bilingual;
use crate::working_days::Calendar;
use crate::zone::{AddressCodeShape, UnifiedCodeSeries, Zone, ZoneCard, ZoneParts};

/// A case with a history.
pub struct Given<M: Matter> {
    state: M::State,
}

/// What a command led to.
pub struct Then<M: Matter> {
    /// The events, or the refusal.
    pub outcome: Result<Vec<M::Event>, Refusal>,
    /// The state after the events.
    pub state: M::State,
    /// What follows from the events.
    pub effects: Vec<Effect>,
}

/// Begins with these events; none for a new case.
pub fn given<M: Matter>(events: &[M::Event]) -> Given<M> {
    let mut state = M::State::default();
    events.iter().for_each(|event| M::evolve(&mut state, event));
    Given { state }
}

impl<M: Matter> Given<M> {
    /// Decides a command with these facts in this setting.
    pub fn when(self, command: &M::Command, facts: &M::Facts, setting: &Setting) -> Then<M> {
        let mut state = self.state;
        let outcome = M::decide(&state, command, facts, setting).map_err(Into::into);
        let mut effects = vec![];
        for event in outcome.iter().flatten() {
            M::evolve(&mut state, event);
            effects.extend(M::react(&state, event));
        }
        Then { outcome, state, effects }
    }
}

impl<M: Matter> Then<M> {
    /// The events.
    ///
    /// # Panics
    /// If the command was refused.
    #[track_caller]
    pub fn events(&self) -> &[M::Event] {
        match &self.outcome {
            Ok(events) => events,
            Err(refusal) => panic!("refused: {refusal:?}"),
        }
    }
    /// The code of the refusal.
    ///
    /// # Panics
    /// If the command was not refused.
    #[track_caller]
    pub fn refused(&self) -> &str {
        match &self.outcome {
            Ok(events) => panic!("not refused, {} events", events.len()),
            Err(refusal) => &refusal.code,
        }
    }
}

/// An imaginary zone for tests, with these parameters of one service, valid for ever.
///
/// # Panics
/// If the parameters contradict themselves.
pub fn zone(slug: &str, terms: &[(&str, Value)], industries: &[(&str, &str)]) -> Zone {
    let dated = |value: &Value| {
        let forever = DatedValue {
            value: value.clone(),
            valid_from: Date::constant(1900, 1, 1),
            valid_to: None,
            source: "test".into(),
        };
        Dated::try_new(vec![forever]).expect("one value has no overlap")
    };
    let parameters = terms.iter().map(|(name, value)| (name.to_string(), dated(value))).collect();
    let card = ZoneCard {
        id: "test".into(),
        name: Bilingual::new("测试区", "Test zone"),
        time_zone: "Asia/Shanghai".into(),
        region_words: vec!["测试市".into(), "测试".into()],
        unified_code: UnifiedCodeSeries {
            division: "990100".into(),
            organisation_prefix: "MA".into(),
        },
        address_code: AddressCodeShape {
            digits: 12,
            building_digits: 12,
        },
        agencies: BTreeMap::new(),
        handled_by: BTreeMap::new(),
        office_hours: BTreeMap::new(),
    };
    Zone::assemble(ZoneParts {
        card,
        divisions: BTreeMap::new(),
        calendar: Calendar::default(),
        parameters: BTreeMap::from([(slug.to_string(), parameters)]),
        industries: industries.iter().map(|(code, name)| (code.to_string(), name.to_string())).collect(),
        digest: format!("{slug}-test"),
    })
    .expect("the test zone is sound")
}

/// A setting at an instant (RFC 3339), with the service's terms.
///
/// # Panics
/// If the instant is malformed.
pub fn setting(zone: Zone, terms: Arc<dyn Any + Send + Sync>, now: &str, actor: Actor) -> Setting {
    let now: Timestamp = now.parse().expect("an RFC 3339 instant");
    let case = CaseId::try_new("TEST-1").expect("a case id");
    Setting::new(case, now, actor, 1, Arc::new(zone), terms)
}
