//! The demonstration city: firms, addresses and people that are invented, always the same for the same seed, to try the program on.
//!
//! The city is written as the same files that an agency would hand in, and is loaded through the same reader; so what the demonstration
//! shows is what a real register does. No real person or firm is in it: see `data/demo/ORIGIN.md`.

mod draw;
mod entries;
mod firms;
mod lists;
mod people;
mod places;
pub mod stock;
#[cfg(test)]
mod tests;

use std::path::Path;

use jiff::civil::Date;
use kernel::papers::Paper;
use kernel::zone::ZoneError;
use kernel::{AgencyId, Bilingual, Zone};

use crate::registers::RegisterKind;

/// How large a city is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CitySize {
    /// Rows of the register of enterprises, former names among them.
    pub enterprises: usize,
    /// Buildings in each division of the finest level (a community).
    pub buildings_per_division: usize,
    /// Units in each building.
    pub units_per_building: usize,
    /// Rows of the register of identities; at least the ten fixed people.
    pub people: usize,
    /// People with an entry of dishonesty, the fixed one among them.
    pub dishonest: usize,
}

impl Default for CitySize {
    fn default() -> Self {
        Self {
            enterprises: 20_000,
            buildings_per_division: 4,
            units_per_building: 6,
            people: 2_000,
            dishonest: 48,
        }
    }
}

/// A city as the files of its registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct City {
    /// CSV of the register of enterprises.
    pub enterprises: String,
    /// CSV of the address register.
    pub addresses: String,
    /// CSV of the register of identities.
    pub identities: String,
    /// CSV of the register of dishonesty.
    pub dishonesty: String,
    /// Who can log in.
    pub accounts: Vec<DemoAccount>,
}

impl City {
    /// Each register with its file.
    pub fn files(&self) -> [(RegisterKind, &str); 4] {
        [
            (RegisterKind::Enterprises, &self.enterprises),
            (RegisterKind::Addresses, &self.addresses),
            (RegisterKind::Identities, &self.identities),
            (RegisterKind::Dishonesty, &self.dishonesty),
        ]
    }
}

/// What an account of the city may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A person who applies.
    Citizen,
    /// A person at an agency's desk.
    Officer,
    /// Who keeps the system.
    Admin,
}

/// An account of the demonstration city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoAccount {
    /// Log-in name: `lin.xiaoyu`.
    pub account: String,
    /// The person's name.
    pub name: String,
    /// What it may do.
    pub kind: AccountKind,
    /// The paper of a citizen.
    pub paper: Option<Paper>,
    /// The agency of an officer.
    pub agency: Option<AgencyId>,
    /// What the account is there to show.
    pub note: Bilingual,
}

/// Invents the city of a zone as it is on the day `on`: the same for the same arguments. `national` is the product's `data/`.
pub fn city(zone: &Zone, national: &Path, on: Date, seed: u64, size: CitySize) -> Result<City, ZoneError> {
    let lists = lists::Lists::read(national, zone)?;
    let people = people::people(zone, &lists, on, seed, size.people)?;
    let accounts = people::accounts(zone)?;
    let rows = people.iter().map(|person| {
        let capacity = person.capacity.to_string();
        [
            person.paper.number().to_owned(),
            person.name.clone(),
            person.verified_on.to_string(),
            capacity,
            person.paper.kind().to_owned(),
        ]
    });
    Ok(City {
        enterprises: firms::table(zone, &lists, on, seed, size.enterprises)?,
        addresses: places::table(zone, &lists, seed, size)?,
        identities: table(["paper_number", "name", "verified_on", "capacity", "paper_kind"], rows)?,
        dishonesty: entries::table(zone, &people, &accounts, on, seed, size.dishonest)?,
        accounts,
    })
}

/// CSV text of a header and rows.
fn table<const N: usize>(header: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Result<String, ZoneError> {
    let failed = |e: &dyn std::fmt::Display| ZoneError::new("demo", e);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).map_err(|e| failed(&e))?;
    for row in rows {
        writer.write_record(row).map_err(|e| failed(&e))?;
    }
    let bytes = writer.into_inner().map_err(|e| failed(&e))?;
    String::from_utf8(bytes).map_err(|e| failed(&e))
}
