//! Looks: who looked at whose data. Written before the data leaves, read by the person whom it is about.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use journal::{Change, Collections, Order, WriteError};
use kernel::{Actor, AgencyId, CaseId, Zone};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::ms;
use crate::clock;
use crate::failure::Failure;
use crate::limits::{LOOK_AGAIN_MS, LOOK_PERSONS_MAX, PAGE_ROWS};
use crate::runner::{Loaded, instant};
use crate::view::Standing;

const LOOKS: &str = "looks";

/// Notes that an officer looks at a case of others; the same officer at the same case within ten minutes is one look.
///
/// # Errors
/// The store is away: then the data does not leave either.
pub async fn by_reader(records: &Collections, actor: &Actor, id: &CaseId, loaded: &Loaded, what: &str) -> Result<(), Failure> {
    let Actor::Officer { account, name, agency } = actor else {
        return Ok(());
    };
    let outline = loaded.desk.service.machine().outline(&loaded.state);
    if !Standing::of(actor, loaded.owner.as_deref(), &outline, &loaded.desk.agency).may_see() {
        return Ok(());
    }
    let now = clock::now();
    let tag = format!("by:{id}/{account}");
    let (last, _) = records.list(LOOKS, &tag, Order::Descending, None, 1).await?;
    if last
        .first()
        .and_then(|d| d.doc["at_ms"].as_i64())
        .is_some_and(|at| at > ms(now) - LOOK_AGAIN_MS)
    {
        return Ok(());
    }
    let people: BTreeSet<&str> = outline
        .parties
        .iter()
        .map(|p| p.person.as_str())
        .chain(loaded.owner.as_deref())
        .collect();
    let doc = json!({
        "at_ms": ms(now), "who": {"is": "officer", "name": name, "agency": agency},
        "case": id, "service": loaded.desk.service.slug, "what": what,
    });
    let key = format!("{id}/{account}/{}", ms(now) / LOOK_AGAIN_MS);
    write(records, &key, &doc, &people.into_iter().collect::<Vec<_>>(), Some(tag), now).await
}

/// Notes that rows of registers about some persons were used in a decision; once for each case and day.
///
/// # Errors
/// The store is away.
pub async fn by_machine(
    records: &Collections,
    id: &CaseId,
    service: &str,
    asked: BTreeMap<String, BTreeSet<&'static str>>,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut people: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (person, libraries) in &asked {
        for library in libraries {
            people.entry(library).or_default().push(person);
        }
    }
    for (library, people) in people {
        let doc = json!({"at_ms": ms(now), "who": {"is": "system", "name": null, "agency": null}, "case": id, "service": service, "what": library});
        // Other people of the same case are looked at for the first time.
        let who = hex::encode(&Sha256::digest(people.join("\n"))[..8]);
        let key = format!("{id}/{library}/{}/{who}", now.strftime("%F"));
        write(records, &key, &doc, &people, None, now).await?;
    }
    Ok(())
}

/// A page of the looks at a person's data, the latest first.
///
/// # Errors
/// The store is away, or the cursor is not one.
pub async fn page(records: &Collections, zone: &Zone, person: &str, cursor: Option<&str>) -> Result<(Vec<Value>, Option<String>), Failure> {
    let (documents, next) = records
        .list(LOOKS, &person_tag(person), Order::Descending, cursor, PAGE_ROWS)
        .await?;
    let look = |document: journal::Document| {
        let mut look = document.doc;
        let at = instant(look["at_ms"].as_i64().unwrap_or_default());
        let agency = look["who"]["agency"].as_str().and_then(|id| AgencyId::try_new(id).ok());
        look["who"]["agency"] = json!(agency.and_then(|id| zone.card.agencies.get(&id)));
        json!({"at": at, "who": look["who"], "case": look["case"], "service": look["service"], "what": look["what"]})
    };
    Ok((documents.into_iter().map(look).collect(), next))
}

async fn write(records: &Collections, key: &str, doc: &Value, people: &[&str], by: Option<String>, now: Timestamp) -> Result<(), Failure> {
    let parts = people.chunks(LOOK_PERSONS_MAX).enumerate();
    let changes = parts.map(|(n, people)| {
        let mut tags: Vec<(String, i64)> = people.iter().map(|person| (person_tag(person), ms(now))).collect();
        tags.extend(by.clone().map(|tag| (tag, ms(now))));
        Change::put_if_absent(LOOKS, format!("{key}/{n}"), doc.clone(), tags)
    });
    let changes: Vec<Change> = changes.collect();
    if changes.is_empty() {
        return Ok(());
    }
    match records.write(changes).await {
        // It stands already: another request of the same reader was a moment earlier.
        Ok(_) | Err(WriteError::Conflict { .. }) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

fn person_tag(person: &str) -> String {
    format!("person:{person}")
}
