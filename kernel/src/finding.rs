//! What a check found: which rule looked at which element, with which evidence, and what follows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::Bilingual;

/// What follows from a finding; ordered from harmless to fatal, `max` of all findings is the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The rule is kept.
    Pass,
    /// Lawful, but the applicant is told of a risk.
    Warn,
    /// A human has to look (转人工).
    Refer,
    /// A library did not answer; never an approval.
    Unknown,
    /// The rule is broken (驳回).
    Block,
}

/// One rule applied to one element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Element of the application: `name`, `address`, `people`…
    pub element: String,
    /// Rule id, a key of `[rule]` in the service's texts or of the engine that found it.
    pub rule: String,
    /// What follows.
    pub outcome: Outcome,
    /// JSON pointer to the part of the application that it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pointer: String,
    /// Values that were compared, for the placeholders of the rule's text. No personal number stands here unmasked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<String, String>,
    /// Words and legal basis, when an engine brings its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<FindingWords>,
}

/// The words of a finding that come from an engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingWords {
    /// What was found.
    pub text: Bilingual,
    /// Law or notice.
    pub basis: Bilingual,
}

impl Finding {
    /// A finding without evidence yet.
    pub fn new(element: &str, rule: &str, outcome: Outcome) -> Self {
        Self {
            element: element.into(),
            rule: rule.into(),
            outcome,
            pointer: String::new(),
            evidence: BTreeMap::new(),
            words: None,
        }
    }
    /// `Pass` if the rule is kept, else `otherwise`.
    pub fn test(element: &str, rule: &str, kept: bool, otherwise: Outcome) -> Self {
        Self::new(element, rule, if kept { Outcome::Pass } else { otherwise })
    }
    /// Adds a value that was compared.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.evidence.insert(name.into(), value.to_string());
        self
    }
    /// Says which part of the application it is about.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = pointer.into();
        self
    }
}
