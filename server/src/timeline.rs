//! What has happened to a case, event by event, in words; personal numbers masked.

use std::collections::BTreeMap;

use kernel::papers::{CitizenId, Paper};
use kernel::{Actor, CaseId};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::house::House;
use crate::record::Record;
use crate::runner::instant;

/// The events of a case as JSON, the first first, at most `limit`.
///
/// # Errors
/// The store is away.
pub async fn of(house: &House, id: &CaseId, limit: usize) -> Result<Vec<Value>, Failure> {
    let events = house.journal.read_stream(id.as_str(), 0, limit).await?;
    let records = house.journal.records_of(id.as_str()).await?;
    let Some(loaded) = house.load(id).await? else { return Ok(vec![]) };
    let words = &loaded.desk.service.text.event;
    let mut timeline = Vec::with_capacity(events.len());
    for event in &events {
        let kind = event.kind.rsplit('/').next().unwrap_or_default();
        let mut data: Value = serde_json::from_slice(&event.data).unwrap_or_default();
        let values = placeholders(&data);
        mask(&mut data);
        let record = records.iter().rfind(|r| r.first_version <= event.version);
        let by_machine = loaded.desk.service.machine().is_by_machine(&event.kind, &event.data);
        let actor = record.and_then(|r| serde_json::from_slice::<Record>(&r.record).ok()).map(|r| {
            if by_machine {
                actor_json(&Actor::System)
            } else {
                actor_json(&r.actor)
            }
        });
        timeline.push(json!({
            "version": event.version, "kind": kind, "at": instant(event.at_ms), "actor": actor,
            "text": words.get(kind).map(|w| w.fill(&values)), "data": data, "hash": hex::encode(event.hash),
        }));
    }
    Ok(timeline)
}

fn actor_json(actor: &Actor) -> Value {
    match actor {
        Actor::Person { name, by: None, .. } => json!({"is": "person", "name": name}),
        Actor::Person { name, by: Some(agent), .. } => json!({"is": "person", "name": name, "by": agent.name}),
        Actor::Officer { name, agency, .. } => json!({"is": "officer", "name": name, "agency": agency}),
        Actor::System => json!({"is": "system"}),
    }
}

/// The simple values of an event, for the placeholders of its words.
fn placeholders(data: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    data.as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
        .collect()
}

/// Stars out every number of a person, wherever it stands: as a value, in a key, or as the key of an object.
pub fn mask(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(masked) = masked(text) {
                *text = masked;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(map) => {
            let numbered = map.contains_key("kind") && map.contains_key("number");
            let paper = numbered
                .then(|| serde_json::from_value::<Paper>(Value::Object(map.clone())).ok())
                .flatten();
            if let Some(paper) = paper {
                map.insert("number".into(), paper.masked().into());
                return;
            }
            let old = std::mem::take(map);
            for (key, mut item) in old {
                mask(&mut item);
                map.insert(masked(&key).unwrap_or(key), item);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn masked(text: &str) -> Option<String> {
    if let Some((kind, number)) = text.split_once(':')
        && let Some(Ok(paper)) = Paper::try_new(kind, number)
    {
        return Some(format!("{kind}:{}", paper.masked()));
    }
    // Eighteen digits may also be a unified code, which is public; only what checks as a person's number is hidden.
    CitizenId::try_new(text).ok().map(|id| id.masked())
}
