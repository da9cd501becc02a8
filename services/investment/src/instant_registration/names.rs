//! What a registration's events mean for the library of names: reserved, registered, free again.

use jiff::Timestamp;

use super::Event;

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

/// What a stored event (kind, JSON) of this service means; `None` if nothing, or if it is of another service.
pub fn name_change(kind: &str, data: &[u8]) -> Option<NameChange> {
    let (slug, variant) = (kind.split('/').next()?, kind.rsplit('/').next()?);
    if slug != "instant-registration" || !matches!(variant, "Applied" | "LicenceIssued" | "Rejected" | "Withdrawn" | "Lapsed") {
        return None;
    }
    let data: serde_json::Value = serde_json::from_slice(data).ok()?;
    let tagged = serde_json::Value::Object([(variant.to_string(), data)].into_iter().collect());
    match serde_json::from_value(tagged).ok()? {
        Event::Applied(applied) if !applied.name_keys.is_empty() => {
            let application = applied.application;
            Some(NameChange::Reserved {
                name: application.name,
                industry: application.industry,
                until: applied.held_until,
            })
        }
        Event::LicenceIssued(licence) => Some(NameChange::Registered {
            name: licence.name,
            industry: licence.scope.first().map(|item| item.code.clone()),
        }),
        Event::Rejected { .. } | Event::Withdrawn { .. } | Event::Lapsed { .. } => Some(NameChange::Freed),
        _ => None,
    }
}
