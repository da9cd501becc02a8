//! The city is whole, is loaded as any user's files are, and shows every case that a demonstration needs.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use kernel::Zone;
use kernel::papers::{CitizenId, Paper, UnifiedCode};
use kernel::registers::{AddressRow, AddressState, AddressUse, DishonestyRow, EnterpriseRow, EnterpriseStatus, IdentityRow};
use proptest::prelude::*;
use serde::de::DeserializeOwned;

use super::{AccountKind, City, CitySize, city};
use crate::registers::csv::{check, rows};
use crate::registers::{RegisterKind, Row};
use crate::zone_pack;

const ON: Date = date(2026, 11, 23);

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).to_owned()
}
fn zone(pack: &str) -> Zone {
    zone_pack::read(&root().join(pack), &root().join("data")).expect("the pack is good")
}
fn shipped() -> Zone {
    zone("data/zones/shenzhen-qianhai")
}
fn make(zone: &Zone, seed: u64, size: CitySize) -> City {
    city(zone, &root().join("data"), ON, seed, size).expect("the lists are good")
}

/// Loads a file of the city as a user's file is loaded.
fn load<T: DeserializeOwned>(zone: &Zone, kind: RegisterKind, file: &str) -> Vec<(Row, T)> {
    check(kind, file.as_bytes(), zone, |_| ()).unwrap_or_else(|bad| panic!("{kind}: {bad}"));
    let rows = rows(kind, file.as_bytes(), zone).expect("it was checked");
    let typed = |row: Row| {
        let value = serde_json::from_value(row.document.clone()).expect("the document is of the register's row type");
        (row, value)
    };
    rows.map(|row| typed(row.expect("it was checked"))).collect()
}

#[test]
fn firms_have_names_codes_and_pasts() {
    let zone = shipped();
    let file = make(&zone, 1, CitySize::default()).enterprises;
    let firms = load::<EnterpriseRow>(&zone, RegisterKind::Enterprises, &file);
    assert_eq!(firms.len(), 20_000);
    assert_eq!(
        firms.iter().map(|(_, firm)| &firm.name).collect::<HashSet<_>>().len(),
        20_000,
        "no name twice"
    );
    let mut by_status = BTreeMap::<_, usize>::new();
    for (_, firm) in &firms {
        let code = UnifiedCode::try_new(&firm.unified_code).expect("both checks hold");
        assert!(
            !code
                .parts()
                .organisation
                .as_str()
                .starts_with(&zone.card.unified_code.organisation_prefix),
            "never a code of ours"
        );
        let age = ON.since(firm.since.expect("every row has its day")).expect("days").get_days();
        assert!(age > 0);
        *by_status.entry((format!("{:?}", firm.status), age <= 365)).or_default() += 1;
    }
    for gone in ["Cancelled", "Renamed", "Revoked"] {
        assert!(
            by_status[&(gone.to_owned(), true)] > 100 && by_status[&(gone.to_owned(), false)] > 100,
            "{by_status:?}"
        );
    }
    let current: HashSet<&str> = firms.iter().map(|(row, _)| row.key.as_str()).collect();
    let former = firms.iter().filter(|(_, firm)| firm.status == EnterpriseStatus::Renamed);
    assert!(
        former.clone().all(|(_, firm)| current.contains(firm.unified_code.as_str())),
        "a former name has a firm"
    );
}

#[test]
fn every_community_has_the_units_of_a_demonstration() {
    let zone = shipped();
    let units = load::<AddressRow>(&zone, RegisterKind::Addresses, &make(&zone, 1, CitySize::default()).addresses);
    let mut by_community = BTreeMap::<String, Vec<&AddressRow>>::new();
    for (row, unit) in &units {
        by_community.entry(row.tags[0].clone()).or_default().push(unit);
    }
    assert_eq!(by_community.len(), 788);
    for (community, units) in by_community {
        assert_eq!(units.len(), 24);
        let free = |used_for| {
            units
                .iter()
                .any(|u| u.used_for == used_for && u.state == AddressState::Standing && u.firms == 0 && !u.shared)
        };
        assert!(free(AddressUse::Office) && free(AddressUse::Residential), "{community}");
        let states: HashSet<String> = units.iter().map(|u| format!("{:?}", u.state)).collect();
        assert_eq!(states.len(), 4, "{community}: every state");
        assert!(
            units.iter().any(|u| u.shared) && units.iter().any(|u| u.firms == 99 && !u.shared),
            "{community}: shared, and full"
        );
        assert!(
            units[0].text.starts_with("深圳市") && !units[0].text.contains("居委会"),
            "{}",
            units[0].text
        );
    }
}

#[test]
fn people_check_and_are_nobody() {
    let zone = shipped();
    let made = make(&zone, 1, CitySize::default());
    let people = load::<IdentityRow>(&zone, RegisterKind::Identities, &made.identities);
    assert_eq!(people.len(), 2_000);
    for (row, person) in &people {
        assert_eq!(row.key, person.person);
        if let Some(number) = person.person.strip_prefix("citizen-id:") {
            let id = CitizenId::try_new(number).expect("checks");
            assert_eq!(id.division(), "440399", "a division that was never assigned");
            assert!(id.age_on(ON).is_some_and(|age| age < 80));
        }
    }
    assert!(people.iter().any(|(_, person)| !person.capacity));
    let entries = load::<DishonestyRow>(&zone, RegisterKind::Dishonesty, &made.dishonesty);
    let known: HashSet<&str> = people.iter().map(|(row, _)| row.key.as_str()).collect();
    assert!(entries.iter().all(|(_, entry)| known.contains(entry.person.as_str())));
    assert_eq!(
        entries.iter().map(|(_, entry)| entry.ground).collect::<BTreeSet<_>>().len(),
        7,
        "every ground"
    );
    assert_eq!(entries.iter().map(|(_, entry)| &entry.person).collect::<HashSet<_>>().len(), 48);
    assert!(entries.iter().any(|(_, entry)| entry.lifted_on.is_some()));
}

#[test]
fn accounts_show_what_their_notes_say() {
    let zone = shipped();
    let made = make(&zone, 7, CitySize::default());
    let key = |account: &str| {
        let found = made.accounts.iter().find(|a| a.account == account).expect("an account");
        found.paper.as_ref().map(Paper::key).expect("a citizen")
    };
    let people = load::<IdentityRow>(&zone, RegisterKind::Identities, &made.identities);
    let entries = load::<DishonestyRow>(&zone, RegisterKind::Dishonesty, &made.dishonesty);
    let terms = zone.terms_on("instant-registration", ON).expect("terms");
    let days_max = terms["face-check-days"].as_i64().expect("a number");
    let citizens: Vec<_> = made
        .accounts
        .iter()
        .filter(|account| account.kind == AccountKind::Citizen)
        .collect();
    assert_eq!(citizens.len(), 6);
    for citizen in citizens {
        let person = &people
            .iter()
            .find(|(row, _)| row.key == key(&citizen.account))
            .expect("in the register")
            .1;
        assert_eq!(person.name, citizen.name);
        let age = ON.since(person.verified_on).expect("days").get_days();
        assert_eq!(i64::from(age) > days_max, citizen.account == "tang.shuwen", "{}", citizen.account);
        let barred = entries
            .iter()
            .any(|(_, entry)| entry.person == key(&citizen.account) && entry.lifted_on.is_none());
        assert_eq!(barred, citizen.account == "he.jianbo", "{}", citizen.account);
    }
    let officers: Vec<_> = made
        .accounts
        .iter()
        .filter(|account| account.kind == AccountKind::Officer)
        .collect();
    let of = |agency: &str| {
        officers
            .iter()
            .filter(|o| o.agency.as_ref().is_some_and(|id| id.as_str() == agency))
            .count()
    };
    assert_eq!(
        (of("market-regulation"), of("tax"), of("banks"), of("public-security")),
        (2, 1, 1, 1)
    );
    assert!(officers.iter().all(|officer| officer.agency.is_some()));
    assert_eq!(made.accounts.iter().filter(|account| account.kind == AccountKind::Admin).count(), 1);
    assert!(
        made.accounts
            .iter()
            .all(|account| kernel::AccountId::try_new(&account.account).is_ok())
    );
}

#[test]
fn the_same_seed_makes_the_same_city_and_another_seed_another() {
    let zone = shipped();
    let size = CitySize {
        enterprises: 500,
        people: 100,
        ..CitySize::default()
    };
    let (one, again, other) = (make(&zone, 1, size), make(&zone, 1, size), make(&zone, 2, size));
    assert_eq!(one, again);
    assert!(one.enterprises != other.enterprises && one.addresses != other.addresses && one.identities != other.identities);
    assert_eq!(one.accounts, other.accounts, "the accounts are the same under every seed");
    let head = |city: &City| city.identities.lines().take(11).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(head(&one), head(&other), "and so are the ten fixed people");
}

#[test]
fn another_zone_has_its_own_city() {
    let zone = zone("tests/zones/tiny");
    let made = make(
        &zone,
        1,
        CitySize {
            enterprises: 300,
            people: 50,
            dishonest: 10,
            ..CitySize::default()
        },
    );
    let units = load::<AddressRow>(&zone, RegisterKind::Addresses, &made.addresses);
    assert_eq!(units.len(), 3 * 4 * 6);
    assert!(
        units
            .iter()
            .all(|(row, unit)| unit.code.len() == 12 && row.tags[0].len() == 9 && unit.text.starts_with("微岛市"))
    );
    let firms = load::<EnterpriseRow>(&zone, RegisterKind::Enterprises, &made.enterprises);
    assert!(firms.iter().all(|(_, firm)| firm.unified_code[2..8] == *"469800"));
    load::<IdentityRow>(&zone, RegisterKind::Identities, &made.identities);
    load::<DishonestyRow>(&zone, RegisterKind::Dishonesty, &made.dishonesty);
    let officers = made.accounts.iter().filter_map(|account| account.agency.as_ref());
    assert!(
        officers
            .map(kernel::AgencyId::as_str)
            .eq(["island-registry", "island-registry", "harbour-office", "island-treasury"])
    );
    for (_, file) in made.files() {
        assert!(!file.contains("深圳") && !file.contains("4403"), "nothing of the shipped zone");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// A city of any size and seed is loaded without a fault, also one with nothing in it.
    #[test]
    fn any_city_can_be_loaded(seed: u64, firms in 0..400_usize, people in 0..60_usize, dishonest in 0..80_usize, units in 0..40_usize, buildings in 0..12_usize) {
        let size = CitySize { enterprises: firms, buildings_per_division: buildings, units_per_building: units, people, dishonest };
        let zone = zone("tests/zones/tiny");
        let made = make(&zone, seed, size);
        for (kind, file) in made.files() {
            let checked = check(kind, file.as_bytes(), &zone, |_| ());
            prop_assert!(checked.is_ok(), "{kind}: {checked:?}");
        }
        prop_assert_eq!(made.enterprises.lines().count(), firms + 1);
        prop_assert_eq!(made.identities.lines().count(), people.max(10) + 1);
    }
}
