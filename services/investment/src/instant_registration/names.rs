//! What a registration's events mean for the library of names: reserved, registered, free again.

use jiff::Timestamp;

use serde::Deserialize;

use super::ScopeItem;

/// A change of the library of names; the case is its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameChange {
    /// The case holds the name.
    Reserved {
        /// The whole name.
        name: String,
        /// GB/T 4754 class.
        industry: String,
        /// When the hold lapses by itself.
        until: Timestamp,
    },
    /// The name is a firm's.
    Registered {
        /// The whole name.
        name: String,
        /// GB/T 4754 class; unknown here if the licence does not say.
        industry: Option<String>,
    },
    /// The name is nobody's.
    Freed,
}

/// What this module reads of `Applied`; the rest is passed over.
#[derive(Deserialize)]
struct AppliedName {
    application: NameOf,
    name_keys: Vec<String>,
    held_until: Timestamp,
}

#[derive(Deserialize)]
struct NameOf {
    name: String,
    industry: String,
}

/// What this module reads of `LicenceIssued`.
#[derive(Deserialize)]
struct LicensedName {
    name: String,
    scope: Vec<ScopeItem>,
}

/// What this module reads of `Changed`.
#[derive(Deserialize)]
struct Relicensed {
    licence: LicensedName,
}

/// What a stored event (kind, JSON) of this service means; `None` if nothing, or if it is of another service.
pub fn name_change(kind: &str, data: &[u8]) -> Option<NameChange> {
    match kind.strip_prefix("instant-registration/")?.split_once('/')?.1 {
        "Applied" => {
            let applied: AppliedName = serde_json::from_slice(data).ok()?;
            let NameOf { name, industry } = applied.application;
            (!applied.name_keys.is_empty()).then_some(NameChange::Reserved {
                name,
                industry,
                until: applied.held_until,
            })
        }
        "LicenceIssued" => {
            let licence: LicensedName = serde_json::from_slice(data).ok()?;
            Some(NameChange::Registered {
                name: licence.name,
                industry: licence.scope.first().map(|item| item.code.clone()),
            })
        }
        // The former name stays in the case's hold until its protection ends; the library shows the case under its name of today.
        "Changed" => {
            let Relicensed { licence } = serde_json::from_slice(data).ok()?;
            Some(NameChange::Registered {
                name: licence.name,
                industry: licence.scope.first().map(|item| item.code.clone()),
            })
        }
        "Rejected" | "Withdrawn" | "Lapsed" => Some(NameChange::Freed),
        _ => None,
    }
}
