//! Golden files: events as each released version stored them, with what today's services make of them. A zone's journal is never
//! rewritten, so today's program must read all of them for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use journal::{Journal, Recorded};
use kernel::{CaseId, Problem, Service};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::limits::EVENTS_PER_READ;

/// File of the kinds that no test plays yet: it may only grow shorter, but for a service that is new.
const UNPLAYED: &str = "unplayed.txt";

/// One case: `tests/golden/<slug>/<version>/<name>.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Golden {
    /// Its events as they were stored.
    events: Vec<Stored>,
    /// What people see of it; only what stands here is compared, so that an outline may learn to say more.
    outline: Map<String, Value>,
}

/// A stored event, byte for byte.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    kind: String,
    data: Box<RawValue>,
}

impl Golden {
    fn fold(&self, service: &Service) -> Result<Map<String, Value>, String> {
        let machine = service.machine();
        let events: Vec<(&str, &[u8])> = self
            .events
            .iter()
            .map(|event| (&event.kind[..], event.data.get().as_bytes()))
            .collect();
        let state = machine.fold(&machine.blank(), &events).map_err(|e| e.to_string())?;
        match serde_json::to_value(machine.outline(&state)) {
            Ok(Value::Object(outline)) => Ok(outline),
            other => Err(format!("its outline is no object: {other:?}")),
        }
    }
}

/// Reads all golden files with today's services, and says what is missing or another.
pub fn check(folder: &Path, services: &[Service]) -> Vec<String> {
    services.iter().flat_map(|service| check_service(folder, service)).collect()
}

fn check_service(folder: &Path, service: &Service) -> Vec<String> {
    let mut faults = vec![];
    let unplayed = unplayed_in(folder);
    for version in 1..=service.version {
        let place = folder.join(service.slug).join(version.to_string());
        let files = files_of(&place);
        if files.is_empty() {
            faults.push(format!(
                "{}: no golden files of version {version}; see CONTRIBUTING.md",
                service.slug
            ));
        }
        let mut seen = BTreeSet::new();
        for file in files {
            match check_file(&file, service) {
                Ok(kinds) => seen.extend(kinds),
                Err(why) => faults.push(format!("{}: {why}", file.display())),
            }
        }
        if version == service.version {
            let missing = kinds_of(service).filter(|kind| !seen.contains(kind) && !unplayed.contains(kind));
            let played = kinds_of(service).filter(|kind| seen.contains(kind) && unplayed.contains(kind));
            faults.extend(played.map(|kind| format!("{kind} has an example now; take it off {UNPLAYED}")));
            faults.extend(missing.map(|kind| format!("{kind} has no golden example; see CONTRIBUTING.md")));
        }
    }
    faults
}

/// Every event of a service has words; by them its events are known.
fn kinds_of(service: &Service) -> impl Iterator<Item = String> {
    let kind = |variant: &String| format!("{}/{}/{variant}", service.slug, service.version);
    service.text.event.keys().map(kind)
}

/// The kinds that no test plays yet, one a line.
fn unplayed_in(folder: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(folder.join(UNPLAYED)).unwrap_or_default();
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_string).collect()
}

fn files_of(place: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    files
}

fn read(file: &Path) -> Result<Golden, String> {
    let text = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
    serde_json::from_str(&text).map_err(|e| e.to_string())
}

/// The kinds of a file's events, when today's outline is the expected one.
fn check_file(file: &Path, service: &Service) -> Result<Vec<String>, String> {
    let golden = read(file)?;
    let outline = golden.fold(service)?;
    for (name, expected) in &golden.outline {
        let found = outline.get(name).unwrap_or(&Value::Null);
        if found != expected {
            return Err(format!("`{name}` of the outline is {found}, and was {expected}"));
        }
    }
    Ok(golden.events.into_iter().map(|event| event.kind).collect())
}

/// An event's kind and which of its fields hold something: an approval by an officer is another example than one by the machine.
fn shape(kind: &str, data: &[u8]) -> String {
    let fields: BTreeMap<String, Value> = serde_json::from_slice(data).unwrap_or_default();
    let empty = |value: &Value| value.is_null() || *value == Value::Array(vec![]) || *value == Value::String(String::new());
    let filled = fields.iter().filter(|(_, value)| !empty(value)).map(|(name, _)| &name[..]);
    format!("{kind} {}", filled.collect::<Vec<_>>().join(" "))
}

/// Adds the cases of a store that show an event of today's version, or a shape of one, for the first time, longest first; never
/// changes a file.
///
/// # Errors
/// The store or the folder can't be used.
pub async fn harvest(journal: &Journal, services: &[Service], folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut cases: Vec<Vec<Recorded>> = cases(journal).await?.into_values().collect();
    cases.sort_by_key(|events| std::cmp::Reverse(events.len()));
    let mut written = vec![];
    for service in services {
        let place = folder.join(service.slug).join(service.version.to_string());
        let prefix = format!("{}/{}/", service.slug, service.version);
        let known = files_of(&place);
        let read_known = known
            .iter()
            .map(|file| read(file).map_err(|e| Problem::during("a golden file is read", e)));
        let known_files: Vec<Golden> = read_known.collect::<Result<_, _>>()?;
        let mut number = known.len();
        let mut seen: BTreeSet<String> = known_files
            .iter()
            .flat_map(|golden| &golden.events)
            .map(|event| shape(&event.kind, event.data.get().as_bytes()))
            .collect();
        for case in cases.iter().filter(|case| case.iter().all(|event| event.kind.starts_with(&prefix))) {
            let shapes: Vec<String> = case.iter().map(|event| shape(&event.kind, &event.data)).collect();
            if shapes.iter().all(|shape| seen.contains(shape)) {
                continue;
            }
            number += 1;
            seen.extend(shapes);
            written.push(write(&place, number, service, case).map_err(|e| Problem::during("a golden file is written", e))?);
        }
    }
    Ok(written)
}

async fn cases(journal: &Journal) -> Result<BTreeMap<String, Vec<Recorded>>, Problem> {
    let mut cases: BTreeMap<String, Vec<Recorded>> = BTreeMap::new();
    let mut position = 0;
    loop {
        let events = journal.read_from(position, EVENTS_PER_READ).await;
        let events = events.map_err(|e| Problem::during("a journal is read", e))?;
        let Some(last) = events.last() else { return Ok(cases) };
        position = last.position;
        for event in events.into_iter().filter(|event| CaseId::try_new(&event.stream).is_ok()) {
            cases.entry(event.stream.clone()).or_default().push(event);
        }
    }
}

fn write(place: &Path, number: usize, service: &Service, case: &[Recorded]) -> Result<PathBuf, String> {
    let stored = |event: &Recorded| {
        let data = String::from_utf8(event.data.clone()).map_err(|e| e.to_string())?;
        Ok::<_, String>(Stored {
            kind: event.kind.clone(),
            data: RawValue::from_string(data).map_err(|e| e.to_string())?,
        })
    };
    let mut golden = Golden {
        events: case.iter().map(stored).collect::<Result<_, _>>()?,
        outline: Map::new(),
    };
    golden.outline = golden.fold(service)?;
    let status = golden.outline.get("status").and_then(Value::as_str).unwrap_or_default().to_owned();
    let file = place.join(format!("{number:02}-{status}.json"));
    let text = serde_json::to_string_pretty(&golden).map_err(|e| e.to_string())?;
    std::fs::create_dir_all(place).map_err(|e| e.to_string())?;
    std::fs::write(&file, text + "\n").map_err(|e| e.to_string())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::all_services;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden")
    }

    #[test]
    fn every_released_event_is_read_as_ever() {
        let faults = check(&folder(), &all_services());
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn a_raised_version_asks_for_golden_files_and_a_lost_variant_is_noticed() {
        let mut services = all_services();
        services.iter_mut().for_each(|service| service.version += 1);
        let faults = check(&folder(), &services);
        for service in &services {
            let of_service: Vec<_> = faults.iter().filter(|fault| fault.starts_with(service.slug)).collect();
            let asked = format!("{}: no golden files of version {}", service.slug, service.version);
            assert!(of_service[0].starts_with(&asked), "{of_service:?}");
            assert_eq!(
                of_service.len(),
                1 + service.text.event.len(),
                "and for each variant: {of_service:?}"
            );
        }
    }

    #[test]
    fn an_outline_that_changed_is_told() {
        let services = all_services();
        let file = &files_of(&folder().join("instant-registration/1"))[0];
        let mut golden = read(file).unwrap();
        golden.outline.insert("title".into(), "another".into());
        let place = std::env::temp_dir().join(format!("qianhai-golden-{}.json", std::process::id()));
        std::fs::write(&place, serde_json::to_string(&golden).unwrap()).unwrap();
        let service = services.iter().find(|service| service.slug == "instant-registration").unwrap();
        let told = check_file(&place, service);
        std::fs::remove_file(&place).unwrap();
        assert!(told.unwrap_err().contains("title"));
        assert!(check_file(file, service).is_ok());
    }
}
