//! What follows from an event: a name is held, another service is asked, a person is told, a timer is set.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::CaseId;
use crate::text::Bilingual;

/// One consequence of one event.
///
/// Holds are taken and released in the very commit of the event: if a hold is already another case's, the event does not happen and
/// the command is decided again. All others are carried out after the commit by the outbox, under the key (event position, index),
/// so that what they do happens once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "effect")]
pub enum Effect {
    /// This case alone may have `key` in `space`, such as a company name, until then or for ever.
    Hold {
        /// What kind of thing is held: `company-name`, `unified-code`.
        space: String,
        /// The normalised thing.
        key: String,
        /// When the hold lapses by itself.
        until: Option<Timestamp>,
    },
    /// Gives a hold back; nothing happens if another has it.
    Release {
        /// As in `Hold`.
        space: String,
        /// As in `Hold`.
        key: String,
    },
    /// Performs a `Who::System` action on a case, now or at a time (a timer).
    Perform {
        /// The case; none for the case itself.
        case: Option<CaseId>,
        /// The action's name.
        action: String,
        /// Its input.
        input: Value,
        /// Not before; none for at once.
        at: Option<Timestamp>,
    },
    /// Opens a case of another service with one of its `Who::Case` actions, once.
    Open {
        /// The service's slug.
        service: String,
        /// The action's name.
        action: String,
        /// Its input.
        input: Value,
        /// A `Who::System` action of this case that is performed if the other service refuses, with [`OpeningRefused`]; none to let it be.
        on_refusal: Option<String>,
    },
    /// Tells a person, in the words `[notice.<name>]` of the service.
    Notify {
        /// [`crate::papers::Paper::key`] of the person.
        person: String,
        /// Name of the notice.
        notice: String,
        /// Values of its placeholders.
        with: BTreeMap<String, String>,
    },
}

/// What a case is told when another service refused to open one for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpeningRefused {
    /// The service that refused.
    pub service: String,
    /// Its code.
    pub code: String,
    /// Its words.
    pub message: Bilingual,
}
