//! The opened house: one store, one zone, its services, and the engines behind their ports. Everything the program does begins here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::civil::Date;
use journal::Journal;
use journal::views::Follower;
use kernel::setting::day_in_zone;
use kernel::{AgencyId, Ports, Problem, Service, Zone};

use crate::case_lines::CaseLines;
use crate::catalogue::{self, Chapter};
use crate::failure::Failure;
use crate::measures::Measures;
use crate::name_library::Names;
use crate::ports::{FirmsPort, HoldsPort};
use crate::register_shelf::RegisterShelf;
use crate::runner::CaseMemory;
use crate::validate::Checker;
use crate::{clock, zone_store};

/// A service as the house keeps it: declared, with its schemas compiled.
pub struct Desk {
    /// The declaration.
    pub service: Service,
    /// Compiled input schemas of the actions, by name.
    pub actions: BTreeMap<&'static str, Checker>,
    /// Compiled input schemas of the questions, by name.
    pub questions: BTreeMap<&'static str, Checker>,
    /// The agency that handles it here.
    pub agency: AgencyId,
}

/// The house.
pub struct House {
    /// Everything durable.
    pub journal: Journal,
    /// The zone.
    pub zone: Arc<Zone>,
    /// All 43, built or not.
    pub chapters: Vec<Chapter>,
    /// The open services by slug.
    pub desks: BTreeMap<&'static str, Arc<Desk>>,
    /// The loaded registers.
    pub registers: Arc<RegisterShelf>,
    /// The library of names.
    pub names: Arc<Names>,
    /// Who answers the services.
    pub ports: Ports,
    /// Case lists.
    pub lines: Arc<CaseLines>,
    /// What the house counts about itself.
    pub measures: Measures,
    pub(crate) memory: CaseMemory,
    /// The views that follow the journal while the house is open.
    followers: Mutex<Vec<Follower>>,
}

/// Collection of what is true of the whole store.
pub const HOUSE: &str = "house";
/// Stands in [`HOUSE`] if an invented city was loaded: what is issued here has no legal force, and pages say so.
pub const DEMONSTRATION: &str = "demonstration";

/// How a house is opened.
#[derive(Debug, Clone)]
pub struct Opening {
    /// A folder or a `postgres://` address.
    pub store: String,
}

/// The services as desks of no zone in particular: for documents, which are the same everywhere.
pub fn desks_anywhere() -> BTreeMap<&'static str, Arc<Desk>> {
    let nobody = AgencyId::try_new("any").expect("a word is an agency id");
    let desk = |service: Service| {
        let slug = service.slug;
        (
            slug,
            Arc::new(Desk {
                service,
                actions: BTreeMap::new(),
                questions: BTreeMap::new(),
                agency: nobody.clone(),
            }),
        )
    };
    all_services().into_iter().map(desk).collect()
}

/// The services of all chapters.
pub fn all_services() -> Vec<Service> {
    investment::services().into_iter().chain(portal::services()).collect()
}

impl House {
    /// Opens a store that `init` has given a zone.
    ///
    /// # Errors
    /// The store is away, has no zone yet, or the zone lacks what a service needs.
    pub async fn open(opening: &Opening) -> Result<Arc<Self>, Problem> {
        let journal = Journal::open(&opening.store)
            .await
            .map_err(|e| Problem::during("the store is opened", e))?;
        Self::with_journal(journal).await
    }

    /// Opens the house over an opened journal.
    ///
    /// # Errors
    /// As [`House::open`].
    pub async fn with_journal(journal: Journal) -> Result<Arc<Self>, Problem> {
        let files = zone_store::current_files(&journal).await?;
        let zone = crate::zone_pack::from_files(&files).map_err(|e| Problem::during("the zone's pack is read", e))?;
        let zone = Arc::new(zone);
        let chapters = catalogue::chapters();
        let desks = desks(&zone, &chapters)?;
        let registers = Arc::new(RegisterShelf::open(journal.clone()).await?);
        let (names, names_view) = Names::open(&files, journal.clone(), registers.clone(), zone.clone()).await?;
        let names = Arc::new(names);
        let firms = Arc::new(FirmsPort::default());
        let ports = Ports {
            names: names.clone(),
            registers: registers.clone(),
            holds: Arc::new(HoldsPort(journal.clone())),
            firms: firms.clone(),
        };
        let lines = Arc::new(CaseLines::new(journal.clone()));
        let house = Arc::new(Self {
            journal,
            zone,
            chapters,
            desks,
            registers,
            names,
            ports,
            lines,
            measures: Measures::default(),
            memory: CaseMemory::new(),
            followers: Mutex::new(vec![names_view]),
        });
        firms.belongs_to(&house);
        let lines_view = house.lines.begin(&house);
        house.followers().push(lines_view);
        let figures_view = crate::figures::begin(&house);
        house.followers().push(figures_view);
        Ok(house)
    }

    /// True if an invented city was loaded into this store.
    ///
    /// # Errors
    /// The store is away.
    pub async fn is_demonstration(&self) -> Result<bool, Failure> {
        Ok(self.journal.records().get(HOUSE, DEMONSTRATION).await?.is_some())
    }

    /// Today in the zone.
    pub fn today(&self) -> Date {
        day_in_zone(clock::now(), &self.zone)
    }

    /// The open service with this slug.
    ///
    /// # Errors
    /// Not found.
    pub fn desk(&self, slug: &str) -> Result<&Arc<Desk>, Failure> {
        self.desks.get(slug).ok_or(Failure::NotFound)
    }

    /// How many events each view is behind the journal.
    pub fn view_lags(&self) -> Vec<(String, u64)> {
        let head = *self.journal.subscribe().borrow();
        let lag = |f: &Follower| (f.name().to_string(), head.saturating_sub(f.position()));
        self.followers().iter().map(lag).collect()
    }

    fn followers(&self) -> MutexGuard<'_, Vec<Follower>> {
        self.followers.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Finishes what was accepted and lets go of the store.
    pub async fn close(&self) {
        // Dropping a follower stops it; what it has not yet seen it sees when the house is opened again.
        self.followers().clear();
        self.journal.clone().close().await;
    }
}

fn desks(zone: &Zone, chapters: &[Chapter]) -> Result<BTreeMap<&'static str, Arc<Desk>>, Problem> {
    let today = day_in_zone(clock::now(), zone);
    let mut desks = BTreeMap::new();
    for service in all_services() {
        service
            .check_zone(zone, today)
            .map_err(|e| Problem(format!("the zone can't run {}: {e}", service.slug)))?;
        let agency = zone.card.handled_by.get(service.slug).cloned();
        let agency = agency.map_or_else(|| agency_in_catalogue(&service, chapters), Ok)?;
        if !zone.card.agencies.contains_key(&agency) {
            return Err(Problem(format!("the zone has no agency {agency}, which handles {}", service.slug)));
        }
        let actions = service.actions.iter().map(|a| (a.name, Checker::new(&a.schema))).collect();
        let questions = service.questions.iter().map(|q| (q.name, Checker::new(&q.schema))).collect();
        desks.insert(
            service.slug,
            Arc::new(Desk {
                service,
                actions,
                questions,
                agency,
            }),
        );
    }
    Ok(desks)
}

/// The agency that leads a reform, where the zone names no other.
fn agency_in_catalogue(service: &Service, chapters: &[Chapter]) -> Result<AgencyId, Problem> {
    if let Some(whole) = service.part_of {
        let slug = service.slug;
        return Err(Problem(format!(
            "the zone does not say who handles {slug}, a part of {whole}: [handled-by]"
        )));
    }
    let entry = chapters.iter().flat_map(|c| &c.services).find(|s| s.slug == service.slug);
    let entry = entry.ok_or_else(|| Problem(format!("{} is not in the catalogue", service.slug)))?;
    AgencyId::try_new(&entry.agency).map_err(|e| Problem::during("the catalogue is read", e))
}
