//! The record of a decision: all that is needed to take it again years later and get the same answer.

use jiff::Timestamp;
use kernel::Actor;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What stands beside the events of one decision.
#[derive(Debug, Serialize, Deserialize)]
pub struct Record {
    /// The service's slug.
    pub service: String,
    /// The service's version that decided.
    pub version: u32,
    /// The action.
    pub action: String,
    /// The command, as the service read it.
    pub command: Box<RawValue>,
    /// What the libraries answered.
    pub facts: Box<RawValue>,
    /// Who was asked what, with a digest of the answer.
    pub inquiries: Vec<Inquiry>,
    /// When.
    pub now: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// The number drawn.
    pub seed: u64,
    /// Digest of the zone's pack.
    pub zone: String,
}

/// One question to a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    /// `names`, `addresses`, …
    pub library: String,
    /// Which state of the library answered; none if it was silent.
    pub version: Option<String>,
    /// First 16 bytes of SHA-256 of the question, hexadecimal: personal numbers are not repeated here.
    pub question: String,
    /// The same of the answer.
    pub answer: String,
}
