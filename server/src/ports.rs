//! The small adapters between a service's questions and who answers them, and the recorder that notes each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};

use jiff::Timestamp;
use journal::Journal;
use kernel::ports::{Answer, Asked, Down, Firms, Holds, NameLibrary, NameQuestion, NameReport, Registers};
use kernel::registers::{AddressRow, DishonestyRow, IdentityRow};
use kernel::{CaseId, Firm, Ports};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tracing::{Instrument, Span};

use crate::house::House;
use crate::record::Inquiry;
use crate::traces::SPANS;

/// Holds, read from the journal.
pub struct HoldsPort(pub Journal);

impl Holds for HoldsPort {
    fn holder<'a>(&'a self, space: &'a str, key: &'a str, now: Timestamp) -> Asked<'a, Option<String>> {
        Box::pin(async move {
            let holder = self.0.holder(space, key, now.as_millisecond());
            match holder.instrument(asking("holds")).await {
                Ok(hold) => Answer::Given(hold.map(|h| h.stream)),
                Err(error) => Answer::Down(Down {
                    library: "journal".into(),
                    why: error.to_string(),
                }),
            }
        })
    }
}

/// Firms, read from the cases that registered them. A firm is whatever case holds its unified code and answers the query `firm`.
#[derive(Default)]
pub struct FirmsPort(OnceLock<Weak<House>>);

impl FirmsPort {
    /// Lets it see the house that it belongs to; called once, when the house stands.
    pub fn belongs_to(&self, house: &Arc<House>) {
        self.0.get_or_init(|| Arc::downgrade(house));
    }

    async fn find(&self, code: &str, now: Timestamp) -> Result<Option<Firm>, String> {
        let house = self.0.get().and_then(Weak::upgrade).ok_or("the house is closed")?;
        let held = house.journal.holder("unified-code", code, now.as_millisecond()).await;
        let Some(hold) = held.map_err(|e| e.to_string())? else {
            return Ok(None);
        };
        let Ok(id) = CaseId::try_new(&hold.stream) else { return Ok(None) };
        let Some(loaded) = house.load(&id).await.map_err(|e| format!("{e:?}"))? else {
            return Ok(None);
        };
        let query = loaded.desk.service.queries.iter().find(|q| q.name == "firm");
        let Some(firm) = query.and_then(|q| q.look(&loaded.state)) else {
            return Ok(None);
        };
        let firm: Firm = serde_json::from_value(firm).map_err(|e| e.to_string())?;
        Ok(Some(Firm {
            registration: Some(id),
            ..firm
        }))
    }
}

impl Firms for FirmsPort {
    fn firm<'a>(&'a self, unified_code: &'a str, now: Timestamp) -> Asked<'a, Option<Firm>> {
        Box::pin(async move {
            match self.find(unified_code, now).await {
                Ok(firm) => Answer::Given(firm),
                Err(why) => Answer::Down(Down {
                    library: "firms".into(),
                    why,
                }),
            }
        })
    }
}

/// What a recorder has noted.
#[derive(Clone, Default)]
pub struct Notes(Arc<Mutex<Noted>>);

/// Who was asked what, and about whom.
#[derive(Default)]
pub struct Noted {
    /// Each question, in order.
    pub inquiries: Vec<Inquiry>,
    /// Libraries that were asked about a person, by person; it goes into no record of a decision.
    pub persons: BTreeMap<String, BTreeSet<&'static str>>,
}

impl Notes {
    /// Takes what was noted so far.
    pub fn take(&self) -> Noted {
        std::mem::take(&mut *self.open())
    }

    fn open(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Notes who was asked what, for the record of a decision.
pub struct Recorder {
    inner: Ports,
    notes: Notes,
}

impl Recorder {
    /// Ports that answer as `ports` do, and where their notes are.
    pub fn around(ports: &Ports) -> (Ports, Notes) {
        let notes = Notes::default();
        let recorder = Arc::new(Self {
            inner: ports.clone(),
            notes: notes.clone(),
        });
        (
            Ports {
                names: recorder.clone(),
                registers: recorder.clone(),
                holds: ports.holds.clone(),
                firms: recorder,
            },
            notes,
        )
    }

    fn note<T: Serialize>(&self, library: &str, version: Option<&str>, question: &impl Serialize, answer: &Answer<T>) {
        let version = answer.given().map(|_| version.unwrap_or("live").to_string());
        let inquiry = Inquiry {
            library: library.into(),
            version,
            question: digest(question),
            answer: digest(answer),
        };
        self.notes.open().inquiries.push(inquiry);
    }

    fn note_persons(&self, library: &'static str, persons: &[String]) {
        let mut noted = self.notes.open();
        for person in persons {
            noted.persons.entry(person.clone()).or_default().insert(library);
        }
    }
}

/// The step of a trace in which a library is asked.
fn asking(library: &'static str) -> Span {
    tracing::info_span!(target: SPANS, "port", otel.name = format!("port {library}"), library)
}

fn digest(value: &impl Serialize) -> String {
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    hex::encode(&Sha256::digest(bytes)[..16])
}

impl NameLibrary for Recorder {
    fn check<'a>(&'a self, question: &'a NameQuestion) -> Asked<'a, NameReport> {
        Box::pin(async move {
            let answer = self.inner.names.check(question).instrument(asking("names")).await;
            self.note("names", answer.given().map(|r| r.version.as_str()), question, &answer);
            answer
        })
    }
}

impl Registers for Recorder {
    fn version(&self, register: &str) -> Option<String> {
        self.inner.registers.version(register)
    }

    fn address<'a>(&'a self, code: &'a str) -> Asked<'a, Option<AddressRow>> {
        Box::pin(async move {
            let answer = self.inner.registers.address(code).instrument(asking("addresses")).await;
            self.note("addresses", self.version("addresses").as_deref(), &code, &answer);
            answer
        })
    }

    fn addresses_in<'a>(&'a self, community: &'a str, limit: usize) -> Asked<'a, Vec<AddressRow>> {
        self.inner.registers.addresses_in(community, limit)
    }

    fn identities<'a>(&'a self, persons: &'a [String]) -> Asked<'a, Vec<Option<IdentityRow>>> {
        Box::pin(async move {
            let answer = self.inner.registers.identities(persons).instrument(asking("identities")).await;
            self.note_persons("identities", persons);
            self.note("identities", self.version("identities").as_deref(), &persons, &answer);
            answer
        })
    }

    fn dishonesty<'a>(&'a self, persons: &'a [String]) -> Asked<'a, Vec<DishonestyRow>> {
        Box::pin(async move {
            let answer = self.inner.registers.dishonesty(persons).instrument(asking("dishonesty")).await;
            self.note_persons("dishonesty", persons);
            self.note("dishonesty", self.version("dishonesty").as_deref(), &persons, &answer);
            answer
        })
    }

    fn code_taken<'a>(&'a self, unified_code: &'a str) -> Asked<'a, bool> {
        Box::pin(async move {
            let answer = self
                .inner
                .registers
                .code_taken(unified_code)
                .instrument(asking("enterprises"))
                .await;
            self.note("enterprises", self.version("enterprises").as_deref(), &unified_code, &answer);
            answer
        })
    }
}

impl Firms for Recorder {
    fn firm<'a>(&'a self, unified_code: &'a str, now: Timestamp) -> Asked<'a, Option<Firm>> {
        Box::pin(async move {
            let answer = self.inner.firms.firm(unified_code, now).instrument(asking("firms")).await;
            self.note("firms", None, &unified_code, &answer);
            answer
        })
    }
}
