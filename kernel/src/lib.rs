//! The words that every service of a zone shares: a case, a service, a refusal, a person's paper, money, a working day.
//!
//! The kernel does no I/O, reads no clock and draws no random number: all of that arrives in a [`Setting`] or through the
//! [`Ports`]. A service is a [`Matter`] (事项) with four functions, `gather`, `decide`, `evolve` and `react`, declared once as a
//! [`Service`] value; everything else in the house is written against that value.

pub mod case;
pub mod dated;
pub mod deadline;
pub mod effect;
pub mod finding;
pub mod firm;
pub mod ids;
pub mod limits;
pub mod machine;
pub mod matter;
pub mod money;
pub mod papers;
pub mod ports;
pub mod refusal;
pub mod registers;
pub mod schema;
pub mod service;
pub mod setting;
pub mod testing;
pub mod text;
pub mod working_days;
pub mod zone;

pub use case::{Bond, Due, Link, Outline, Party, Report, Stage, Step, StepState, Wait};
pub use deadline::Clock;
pub use effect::{Effect, OpeningRefused};
pub use finding::{Finding, Outcome};
pub use firm::Firm;
pub use ids::{AccountId, AgencyId, CaseId};
pub use matter::Matter;
pub use ports::{Answer, Asked, Ports};
pub use refusal::{BadInput, Fault, Problem, Refusal};
pub use service::{Deed, Service, Who};
pub use setting::{Actor, Agent, Setting};
pub use text::Bilingual;
pub use zone::Zone;
