//! The three ways to say no: a refusal (the citizen can act on it), bad input (with pointers), a problem (ours, logged under an id).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::Bilingual;

/// The service understood the command and will not do it; the words for the citizen stand under `code` in the service's texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Kebab-case, unique in its service: `not-a-party`.
    pub code: String,
    /// Values for the placeholders of the text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, String>,
}

impl Refusal {
    /// A refusal without values.
    pub fn new(code: &str) -> Self {
        Self {
            code: code.into(),
            with: BTreeMap::new(),
        }
    }
    /// Adds the value of a placeholder.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.with.insert(name.into(), value.to_string());
        self
    }
}

/// What was sent can't be read as this command: every fault with the place where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadInput {
    /// At least one, at most [`crate::limits::FAULTS_MAX`].
    pub faults: Vec<Fault>,
}

/// One fault of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// JSON pointer (RFC 6901) to the faulty value; empty for the whole input.
    pub pointer: String,
    /// Kebab-case: `required`, `type`, `citizen-id.wrong-check-character`.
    pub code: String,
    /// The same sentence in both languages.
    pub message: Bilingual,
}

impl BadInput {
    /// One fault at one place.
    pub fn at(pointer: impl Into<String>, code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        let message = Bilingual {
            zh: zh.into(),
            en: en.into(),
        };
        Self {
            faults: vec![Fault {
                pointer: pointer.into(),
                code: code.into(),
                message,
            }],
        }
    }
}

/// Something of ours is broken; the citizen gets an id, the log gets the rest.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Problem(pub String);

impl Problem {
    /// Wraps any error with what was being done.
    pub fn during(doing: &str, error: impl std::fmt::Display) -> Self {
        Self(format!("{doing}: {error}"))
    }
}
