//! The zone's pack as it is kept in the store: every version by its digest, so that an old decision finds the rules it was taken by.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use journal::{Change, Journal};
use kernel::{Problem, Zone};
use serde_json::{Map, Value, json};

use crate::zone_pack;

const PACKS: &str = "zone-packs";
const CURRENT: &str = "current";

/// Files of a pack by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Makes this pack the zone's; an earlier one stays for replays.
///
/// # Errors
/// The pack contradicts itself, or the store is away.
pub async fn install(journal: &Journal, files: &Files) -> Result<Zone, Problem> {
    let zone = zone_pack::from_files(files).map_err(|e| Problem::during("the zone's pack is read", e))?;
    let encoded: Map<String, Value> = files
        .iter()
        .map(|(path, bytes)| (path.clone(), STANDARD.encode(bytes).into()))
        .collect();
    let pack = Change::put(PACKS, zone.digest.clone(), json!({"id": zone.card.id, "files": encoded}), vec![]);
    let current = Change::put(PACKS, CURRENT, json!({"digest": zone.digest}), vec![]);
    journal
        .records()
        .write(vec![pack, current])
        .await
        .map_err(|e| Problem::during("the zone's pack is kept", e))?;
    Ok(zone)
}

/// True if the store has a zone.
///
/// # Errors
/// The store is away.
pub async fn is_installed(journal: &Journal) -> Result<bool, Problem> {
    let current = journal
        .records()
        .get(PACKS, CURRENT)
        .await
        .map_err(|e| Problem::during("the zone is looked up", e))?;
    Ok(current.is_some())
}

/// The pack in force.
///
/// # Errors
/// The store has no zone yet, or is away.
pub async fn current_files(journal: &Journal) -> Result<Files, Problem> {
    let current = journal
        .records()
        .get(PACKS, CURRENT)
        .await
        .map_err(|e| Problem::during("the zone is looked up", e))?;
    let digest = current.as_ref().and_then(|c| c.doc["digest"].as_str());
    let digest = digest.ok_or_else(|| Problem("this store has no zone yet: run `qianhai init`".into()))?;
    files_of(journal, digest).await
}

/// The pack with this digest.
///
/// # Errors
/// It was never installed here, or the store is away.
pub async fn files_of(journal: &Journal, digest: &str) -> Result<Files, Problem> {
    let pack = journal
        .records()
        .get(PACKS, digest)
        .await
        .map_err(|e| Problem::during("the zone is looked up", e))?;
    let pack = pack.ok_or_else(|| Problem(format!("the store has no zone pack {digest}")))?;
    let files = pack.doc["files"].as_object().cloned().unwrap_or_default();
    let decode = |(path, text): (String, Value)| {
        let bytes = STANDARD
            .decode(text.as_str().unwrap_or_default())
            .map_err(|e| Problem::during("the zone's pack is read", e))?;
        Ok((path, bytes))
    };
    files.into_iter().map(decode).collect()
}
