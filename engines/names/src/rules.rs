//! The rules by number: their severity, their words for people, their legal basis; and a hit, which names the rule it comes from.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::index::Status;
use crate::parse::Span;
use crate::table::{self, Faults};

/// What a hit means for the applicant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The name is refused.
    Block,
    /// The name may be used with an approval or authorisation (须经批准或者授权).
    NeedsApproval,
    /// The applicant is told and may accept the risk (承诺).
    Warn,
}

/// A rule in words, in both languages, with its legal basis.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// The rule's id, such as `133.identical.1` or `734.11.3`.
    pub id: String,
    /// What a hit of this rule means.
    pub severity: Severity,
    /// The rule in Chinese.
    pub zh: String,
    /// The rule in English.
    pub en: String,
    /// The legal basis in Chinese.
    pub basis_zh: String,
    /// The legal basis in English.
    pub basis_en: String,
}

/// The name that a hit was found against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Against {
    /// Its unified code or case id.
    pub id: String,
    /// The name as registered.
    pub name: String,
    /// Whether it is registered, reserved or gone.
    pub status: Status,
}

/// One finding about a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// The rule's id; its words and legal basis stand in [`crate::Lexicon::rules`].
    pub rule: String,
    /// What it means for the applicant.
    pub severity: Severity,
    /// The name found, if the rule compares names.
    pub against: Option<Against>,
    /// Where in the normalised name it is, in characters.
    pub part: Option<Span>,
    /// The wording or mark found, if the rule is about one.
    pub wording: Option<String>,
}

#[derive(Default)]
pub(crate) struct Rules {
    list: Vec<RuleText>,
    place: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<RuleText>,
}

/// The rules that the code itself applies: each must stand in `rules.toml`.
pub(crate) const APPLIED_IN_CODE: [&str; 22] = [
    "133.identical.1",
    "133.identical.2",
    "133.identical.3",
    "734.17",
    "133.similar.1",
    "133.similar.2",
    "133.similar.3",
    "133.similar.4",
    "133.similar.5",
    "133.similar.glyph",
    "mark.same",
    "mark.contains",
    "mark.sound",
    "734.5",
    "734.6.region",
    "734.6.industry",
    "734.7.district",
    "734.7.zone",
    "734.8.short",
    "734.8.region",
    "734.8.industry",
    "734.10",
];

impl Rules {
    pub(crate) fn load(file: &Path, faults: &mut Faults) -> Self {
        let mut it = Self::default();
        let Some(read) = table::toml::<File>(file, true, faults) else {
            return it;
        };
        for rule in read.rule {
            for words in [&rule.id, &rule.zh, &rule.en, &rule.basis_zh, &rule.basis_en] {
                if words.trim().is_empty() {
                    faults.add(file, 0, format!("the rule “{}” has an empty field", rule.id));
                }
            }
            if it.place.insert(rule.id.clone(), it.list.len()).is_some() {
                faults.add(file, 0, format!("the rule “{}” stands twice", rule.id));
            }
            it.list.push(rule);
        }
        for id in APPLIED_IN_CODE {
            if !it.place.contains_key(id) {
                faults.add(file, 0, format!("the rule “{id}” is missing"));
            }
        }
        it
    }

    pub(crate) fn all(&self) -> &[RuleText] {
        &self.list
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.place.contains_key(id)
    }

    pub(crate) fn set_severity(&mut self, id: &str, severity: Severity) {
        if let Some(place) = self.place.get(id) {
            self.list[*place].severity = severity;
        }
    }

    pub(crate) fn severity(&self, id: &str) -> Severity {
        self.place.get(id).map_or(Severity::Block, |place| self.list[*place].severity)
    }

    /// Where the rule stands in the list: hits of one severity are shown in this order.
    pub(crate) fn order(&self, id: &str) -> usize {
        self.place.get(id).copied().unwrap_or(usize::MAX)
    }
}
